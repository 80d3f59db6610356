#!/usr/bin/env python3
"""Clients that have said all, and clients that have gone.

One that closes its half of the connection gets all its answers, however long
they take; of one that has gone, what runs is cancelled soon, whether ormd was
reading from it or not; and neither is taken for the other.
"""

import os
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (BUILD, SLOW, Client, Daemon, MEDITATION, Postgres, TOP,
                     case, check, dumps, loads, run, same, until)

ORMCTL = os.path.join(BUILD, "daemon", "ormctl")
RESET = b"\1\0\0\0\0\0\0\0"
w = {}


def setup():
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database(
        "gone", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = w["postgres"].psql("gone")
    w["db"].run("INSERT INTO users (id, username) SELECT i, 'user' || i FROM "
                "generate_series(1, 50) i; SELECT setval("
                "pg_get_serial_sequence('users', 'id'), 100)")
    options = ["probe_interval=300ms", "lock_timeout=60s",
               "statement_timeout=60s", "queue_wait=60s", "writers=2"]
    w["tcp"] = Daemon(w["address"], MEDITATION, options)
    w["unix"] = Daemon(w["address"], MEDITATION, options,
                       path=os.path.join(w["tcp"].folder, "s"))
    for name in ("tcp", "unix"):
        w[name].when_ready()


class Lock:
    """User 1 is locked, so that updates wait."""

    def __enter__(self):
        w["db"].run("BEGIN; SELECT * FROM users WHERE id = 1 FOR UPDATE")
        return self

    def __exit__(self, *_):
        w["db"].run("ROLLBACK")


def waiting():
    return int(w["db"].value(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ormd' AND "
        "wait_event_type = 'Lock'"))


def update(name, **members):
    request = {"id": 1, "method": "update", "params": {
        "model": "User", "id": 1, "return": "key",
        "values": {"username": name}}}
    request.update(members)
    return dumps(request) + "\n"


def name_of(i):
    return w["db"].value("SELECT username FROM users WHERE id = %d" % i)


def blocked(c, *texts):
    c.send("".join(texts) or update("gone"))
    until("the update to wait", waiting)


def cancelled():
    start = time.monotonic()
    until("its update to be cancelled", lambda: waiting() == 0)
    return time.monotonic() - start


@case("a client that closes its half gets its answer, also a late one")
def half():
    for kind in ("tcp", "unix"):
        with w[kind].connect() as c:
            with Lock():
                blocked(c, update("late"))
                c.finish()
                time.sleep(1.2)
                same(waiting(), 1)
            line = c.line()
            same(loads(line.decode())["result"], 1)
            check(line.endswith(b"}"), line)
            if kind == "unix":		# there is no need to ask
                check(line.startswith(b"{"), line)
            same(c.line(), None)
        same(name_of(1), "late")
        w["db"].run("UPDATE users SET username = 'user1' WHERE id = 1")


@case("and all of them in order, with nothing but blanks before them")
def half_many():
    with w["tcp"].connect() as c:
        with Lock():
            blocked(c, update("a"), update("b", id=2),
                    dumps({"id": 3, "method": "get", "params": {
                        "model": "User", "id": 1,
                        "only": ["username"]}}) + "\n")
            c.finish()
            time.sleep(1.0)
        lines = [c.line() for _ in range(3)]
        same([loads(x.decode())["id"] for x in lines], [1, 2, 3])
        same(loads(lines[2].decode())["result"], {"username": "b"})
        check(0 < len(lines[0]) - len(lines[0].lstrip(b" ")) < 10, lines[0])
        check(lines[1].startswith(b"{") and lines[2].startswith(b"{"), lines)
        same(c.line(), None)


@case("ormctl, too, and it shows no blanks")
def filter_():
    with Lock():
        p = subprocess.Popen([ORMCTL, "-r", "-H", "127.0.0.1:%d"
                              % w["tcp"].address[1]], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        p.stdin.write(update("ctl", id="x"))
        p.stdin.close()
        until("the update to wait", waiting)
        time.sleep(0.8)
    out = p.stdout.read()
    same(p.wait(), 0)
    same(out.splitlines(),
         ['{"jsonrpc":"2.0","id":"x","result":1}'])
    p.stdout.close()


@case("a client that has gone without a word: its update is cancelled soon")
def gone():
    for kind in ("tcp", "unix"):
        with Lock():
            c = w[kind].connect()
            blocked(c)
            c.close()
            took = cancelled()
            check(took < 2.0 * SLOW, "it took %.1f s" % took)
        check(name_of(1) != "gone")


@case("one that closes its half first, and goes later")
def half_then_gone():
    for kind in ("tcp", "unix"):
        with Lock():
            c = w[kind].connect()
            blocked(c)
            c.finish()
            time.sleep(0.7)
            same(waiting(), 1)
            c.close()
            took = cancelled()
            check(took < 2.0 * SLOW, "it took %.1f s" % took)


@case("one whose connection was reset: at once")
def reset():
    with Lock():
        c = w["tcp"].connect()
        blocked(c)
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        c.close()
        took = cancelled()
        check(took < 1.0 * SLOW, "it took %.1f s" % took)


@case("one from which ormd had stopped reading")
def paused():
    reads = "".join(dumps({"id": i, "method": "get", "params": {
        "model": "User", "id": 2}}) + "\n" for i in range(600))
    for kind in ("tcp", "unix"):
        for how in (None, RESET):
            with Lock():
                c = w[kind].connect()
                blocked(c, update("gone"), reads)
                if how and kind == "tcp":
                    c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                        how)
                c.close()
                took = cancelled()
                check(took < 2.0 * SLOW, "it took %.1f s" % took)
    with w["tcp"].connect() as c, Lock():	# and one that has not gone
        blocked(c, update("there"), reads)
        c.finish()
        time.sleep(1.0)
        same(waiting(), 1)
        w["db"].run("ROLLBACK")
        same([c.reply()["id"] for _ in range(601)], [1] + list(range(600)))
        same(c.line(), None)
    same(name_of(1), "there")


@case("what was sent and left alone is done if it is short")
def fire_and_forget():
    for kind in ("tcp", "unix"):
        for i in range(20):
            name = "%s-%d" % (kind, i)
            c = w[kind].connect()
            c.send(dumps({"method": "create", "params": {
                "model": "User", "values": {"username": name}}}) + "\n")
            c.close()
        until("all of them to be there", lambda: w["db"].value(
            "SELECT count(*) FROM users WHERE username LIKE '%s-%%'"
            % kind) == "20")


def sockets(port):
    """The server's ends of its connections: (timer, ...) by client port."""
    found = {}
    with open("/proc/net/tcp") as f:
        for line in f.readlines()[1:]:
            words = line.split()
            if int(words[1].split(":")[1], 16) == port and words[3] == "01":
                found[int(words[2].split(":")[1], 16)] = words[5]
    return found


@case("a machine that is silent is asked by TCP")
def keepalive():
    with w["tcp"].connect() as c:
        same(c.call("ping"), {})
        timer = sockets(w["tcp"].address[1])[c.socket.getsockname()[1]]
        same(timer.split(":")[0], "02")		# the timer of keepalive
        ticks = os.sysconf("SC_CLK_TCK")
        check(int(timer.split(":")[1], 16) / ticks <= 61, timer)


@case("thousands that come and go in the middle leave nothing behind", 60)
def many():
    for i in range(300):
        c = Client(w["tcp"].address if i % 2 else w["unix"].address)
        c.send(dumps({"id": 1, "method": "get", "params": {
            "model": "User", "id": 2}})[:i % 60] + "\n" * (i % 3))
        if i % 5 == 0:
            c.finish()
        c.close()
    for kind in ("tcp", "unix"):
        with w[kind].connect() as c:
            same(c.call("ping"), {})

        def descriptors():
            return len(os.listdir("/proc/%d/fd" % w[kind].pid))
        until("ormd to close them all", lambda: descriptors() < 40)


if __name__ == "__main__":
    run(setup)
