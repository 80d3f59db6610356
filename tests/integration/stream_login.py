#!/usr/bin/env python3
"""Streams of those who log in: a stream is of whom it began with, to its end,
and it ends when that login does.
"""

import copy
import os
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Client, Daemon, Postgres, case, check, loads, run, same

import users

NOTES = 1000			# of each, of 10 kB: more than any buffer has
w = {}


def setup():
    postgres = Postgres()
    model = copy.deepcopy(users.MODEL)
    model["models"]["Note"]["access"] = {
        "owner": "user", "read": ["owner", "admin"]}
    address = postgres.database("streams", users.TABLES)
    w["db"] = postgres.psql("streams")
    w["ormd"] = Daemon(address, model, users.CHEAP + [
        "login_check=200ms", "output_limit=64KiB"]).when_ready()
    with w["ormd"].connect() as c:
        for name in ("ann", "bob"):
            c.call("create", {"model": "User", "return": "none", "values": {
                "username": name, "password": "pass " + name}})
    w["db"].run(
        "UPDATE users SET role = 'boss' WHERE username = 'bob'; "
        "CREATE INDEX ON notes (user_id); INSERT INTO notes (text, user_id) "
        "SELECT repeat('x', 10000), u.id FROM users u, generate_series(1, %d)"
        % NOTES)


def login(c, name):
    c.call("login", {"username": name, "password": "pass " + name})


def begin(name):
    """A stream of which only the first line is read, and by whom it is."""
    c = Client(w["ormd"].address, 60, connect=False)
    c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    c.socket.connect(w["ormd"].address)
    login(c, name)
    c.post("find", {"model": "Note", "stream": True, "limit": 10 * NOTES,
                    "only": ["id", "text", "user_id"]})
    return c, [loads(c.line().decode())]


def rest(c, lines):
    """Reads on to the reply; it, and the rows of the lines."""
    while "method" in lines[-1]:
        lines.append(loads(c.line().decode()))
    return lines[-1], [row for line in lines[:-1]
                       for row in line["params"]["items"]]


def ends_after(name, most, change):
    """The stream of that user, when something happens in the middle."""
    c, lines = begin(name)
    with c:
        change()
        time.sleep(0.5)			# login_check is over
        reply, rows = rest(c, lines)
        check("error" in reply, reply)
        same([reply["error"]["code"], reply["error"]["data"]["kind"]],
             [-32007, "unauthenticated"])
        check("hint" in reply["error"]["data"], reply)
        check(0 < len(rows) < most, len(rows))
        return c.ask("count", {"model": "Note"})


@case("a login behind a stream takes its turn, and changes nothing in it")
def behind():
    c, lines = begin("ann")
    with c:
        c.post("login", {"username": "bob", "password": "pass bob"})
        c.post("count", {"model": "Note"})
        time.sleep(0.5)
        reply, rows = rest(c, lines)
        same(reply.get("result"), {"count": NOTES})
        same({row["user_id"] for row in rows}, {1})
        same(c.reply()["result"]["user"]["username"], "bob")
        same(c.reply()["result"], {"count": 2 * NOTES})


@case("a stream ends when its login is ended from elsewhere")
def ended():
    def out():
        with w["ormd"].connect() as other:
            login(other, "ann")
            other.call("logout", {"all": True})
    reply = ends_after("ann", NOTES, out)
    same(reply["error"]["data"]["kind"], "unauthenticated")


@case("a stream ends when its user is no admin any more, who then goes on "
      "with what he has left")
def demoted():
    def demote():
        w["db"].run("UPDATE users SET role = NULL WHERE username = 'bob'")
    same(ends_after("bob", 2 * NOTES, demote)["result"], {"count": NOTES})


@case("a stream goes on while its login holds, however long it takes")
def holds():
    c, lines = begin("ann")
    with c:
        for _ in range(5):
            lines.append(loads(c.line().decode()))
            time.sleep(0.25)
        reply, rows = rest(c, lines)
        same([reply.get("result"), len(rows)], [{"count": NOTES}, NOTES])


if __name__ == "__main__":
    run(setup)
