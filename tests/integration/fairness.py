#!/usr/bin/env python3
"""One client that asks for much takes turns with the others: counted, not timed,
by the statements that PostgreSQL logs.

The only reader, or writer, is held by a lock until all have asked.
"""

import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (SLOW, Daemon, MEDITATION, Postgres, TOP, case, check,
                     dumps, run, same, until)

CAP = 8				# requests in a batch
SHARE = 4			# of one client, while others wait
LIGHT = 6			# of one client, while others may come
OTHERS = 4
w = {}


def setup():
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database(
        "fair", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = w["postgres"].psql("fair")
    w["db"].run(
        "INSERT INTO users (id, username) SELECT i, 'user' || i FROM "
        "generate_series(1, 1000) i; SELECT setval(pg_get_serial_sequence("
        "'users', 'id'), 100000); ALTER ROLE ormd SET log_statement = 'all'")


def start(*options):
    return Daemon(w["address"], MEDITATION, [
        "readers=1", "writers=1", "queue_wait=60s", "lock_timeout=60s",
        "merge_cap=%d" % CAP] + list(options)).when_ready()


def waiting():
    w["db"].run("SELECT pg_stat_clear_snapshot()")
    return int(w["db"].value(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ormd' AND "
        "wait_event_type = 'Lock'"))


class Held:
    """Nobody reads or writes users; one of ormd's backends tries to."""

    def __init__(self, ormd, method="get", **params):
        self.client = ormd.connect(60.0)
        self.ask = method, dict({"model": "User", "id": 999}, **params)

    def __enter__(self):
        w["db"].run("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        self.client.post(*self.ask)
        until("a backend to wait", waiting)
        self.logged = os.path.getsize(w["postgres"].log)
        return self

    def __exit__(self, kind, _error, _trace):
        w["db"].run("ROLLBACK")
        if kind is None:
            self.client.reply()
        self.client.close()

    def batches(self):
        """The keys of each batch since then."""
        with open(w["postgres"].log, errors="replace") as f:
            f.seek(self.logged)
            found = re.findall(r"parameters: \$1 = '\{([\d,]*)\}'", f.read())
        return [[int(word) for word in keys.split(",")] for keys in found
                if keys != "999"]


def get(i, only=("username",)):
    return dumps({"id": i, "method": "get", "params": {
        "model": "User", "id": i, "only": list(only)}}) + "\n"


def arrived(ormd, clients):
    """A ping of each is answered: what it sent before has been read."""
    for c in clients:
        same(c.call("ping"), {})


@case("a flood of one shape leaves places in the batch to others")
def one_shape():
    ormd = start()
    flood = ormd.connect(60.0)
    others = [ormd.connect(60.0) for _ in range(OTHERS)]
    with Held(ormd) as held:
        flood.send("".join(get(i) for i in range(1, 101)))
        arrived(ormd, [flood])
        for i, c in enumerate(others):
            c.send(get(500 + i))
        arrived(ormd, others)
    for i, c in enumerate(others):
        same(c.reply()["result"], {"username": "user%d" % (500 + i)})
    for i in range(1, 101):
        same(flood.reply()["result"], {"username": "user%d" % i})
    batches = held.batches()
    same(sorted(batches[0]), list(range(1, 1 + SHARE)) +
         list(range(500, 500 + OTHERS)))
    # The others may ask again for a moment: until then its pieces are smaller.
    sizes = [len(b) for b in batches[1:-1]]
    check(set(sizes) <= {LIGHT, CAP} and sizes == sorted(sizes), sizes)
    same(sorted(sum(batches[1:], [])), list(range(1 + SHARE, 101)))
    ormd.stop()


@case("a flood that nobody is beside is merged as far as may be")
def nobody_beside():
    ormd = start()
    with ormd.connect(60.0) as flood:
        with Held(ormd) as held:
            time.sleep(0.05)		# the one who holds was alone, too
            flood.send("".join(get(i) for i in range(1, 97)))
            arrived(ormd, [flood])
        for i in range(1, 97):
            same(flood.reply()["result"], {"username": "user%d" % i})
        same([len(b) for b in held.batches()], [CAP] * 12)
    ormd.stop()


@case("a flood of many shapes, too")
def many_shapes():
    names = ["id", "username", "meditation_sessions.id",
             "meditation_sessions.rating", "meditation_sessions.user_id",
             "meditation_sessions.session_note"]
    ormd = start()
    with ormd.connect(60.0) as flood, ormd.connect(60.0) as other:
        with Held(ormd) as held:
            flood.send("".join(get(i, [n for b, n in enumerate(names)
                                       if i >> b & 1]) for i in range(1, 64)))
            arrived(ormd, [flood])
            other.send(get(500, ["meditation_sessions.completed_duration"]))
            arrived(ormd, [other])
        same(other.reply()["result"], {"meditation_sessions": []})
        for i in range(1, 64):
            check("result" in flood.reply())
    before = []
    for keys in held.batches():
        if 500 in keys:
            break
        before += keys
    check(len(set(before)) <= SHARE, before)
    ormd.stop()


@case("what waits for a backend is shared, too")
def full():
    ormd = start("max_queue=40")
    flood = ormd.connect(60.0)
    others = [ormd.connect(60.0) for _ in range(11)]
    with Held(ormd):
        flood.send("".join(get(i) for i in range(1, 101)))
        arrived(ormd, [flood])
        for i, c in enumerate(others[:-1]):
            c.send(get(500 + i))
            arrived(ormd, [c])
        others[-1].send(get(510))
        same(others[-1].reply()["error"]["data"]["kind"], "overloaded")
    for i, c in enumerate(others[:-1]):
        same(c.reply()["result"], {"username": "user%d" % (500 + i)})
    got = [flood.reply() for _ in range(100)]
    same([r["result"]["username"] for r in got[:30]],
         ["user%d" % i for i in range(1, 31)])
    same({r["error"]["data"]["kind"] for r in got[30:]}, {"overloaded"})
    same(flood.call("ping"), {})
    ormd.stop()


@case("the last reader is for those of whom nothing runs")
def last_reader():
    ormd = start("readers=3", "merge_cap=1")
    floods = [ormd.connect(60.0) for _ in range(2)]
    with ormd.connect() as other:
        w["db"].run("BEGIN; LOCK TABLE meditations IN ACCESS EXCLUSIVE MODE")
        try:
            for n, c in enumerate(floods):
                c.send("".join(dumps({"id": i, "method": "get", "params": {
                    "model": "Meditation", "id": i}}) + "\n"
                    for i in range(50)))
                arrived(ormd, [c])
                until("readers to wait", lambda: waiting() >= 2 + n)
                if n == 0:
                    for i in range(20):
                        same(other.call("get", {"model": "User", "id": 5,
                                                "only": ["id"]}), {"id": 5})
                    same(waiting(), 2)
            # Of the second nothing ran, so that it has the last one now.
            other.post("get", {"model": "User", "id": 6, "only": ["id"]})
            check(other.silent())
        finally:
            w["db"].run("ROLLBACK")
        same(other.reply()["result"], {"id": 6})
        for c in floods:
            same([c.reply()["result"] for _ in range(50)], [None] * 50)
            c.close()
    ormd.stop()


@case("the slow leave the last reader to the quick, if there are any")
def slow_ones():
    ormd = start("readers=3", "merge_cap=1")
    clients = [ormd.connect(60.0) for _ in range(4)]

    def quick():
        same(clients[0].call("get", {"model": "User", "id": 5,
                                     "only": ["id"]}), {"id": 5})

    def held(asking, then):
        """What happens while all of them wait for the lock."""
        w["db"].run("BEGIN; LOCK TABLE meditations IN ACCESS EXCLUSIVE MODE")
        for c in asking:
            c.post("get", {"model": "Meditation", "id": 1})
        try:
            until("readers to wait",
                  lambda: waiting() >= min(len(asking), 2))
            then()
        finally:
            w["db"].run("ROLLBACK")
        for c in asking:
            reply = c.reply()
            same(reply.get("result", reply), None)

    def others():
        for _ in range(20):
            quick()
        same(waiting(), 2)

    until("readers to be there", lambda: w["db"].value(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ormd'")
        == "4")
    quick()
    held(clients[1:2], lambda: time.sleep(0.3))		# slow for 30 s, then
    held(clients[1:], others)
    for c in clients:
        c.close()
    ormd.stop()


def create(name):
    return dumps({"id": 1, "method": "create", "params": {
        "model": "User", "values": {"username": name}, "return": "key"}}) + \
        "\n"


def statements(ormd, clients, name):
    """In how many transactions are their creates done, sent at once?"""
    with Held(ormd, "update", values={"username": "held"}):
        for i, c in enumerate(clients):
            c.send(create("%s%d" % (name, i)))
        arrived(ormd, clients)
    for c in clients:
        check("result" in c.reply())
    return int(w["db"].value("SELECT count(DISTINCT xmin::text) FROM users "
                             "WHERE username LIKE '%s%%'" % name))


@case("who keeps failing goes alone, until that is better; that the database "
      "was away is nobody's failure")
def failures():
    ormd = start("connect_timeout=1s")
    clients = [ormd.connect(60.0) for _ in range(CAP)]
    same(statements(ormd, clients, "well"), 1)
    for c in clients:
        for _ in range(3):
            c.send(create("user1"))
            same(c.reply()["error"]["data"]["kind"], "unique")
    same(statements(ormd, clients, "failed"), CAP)
    same(statements(ormd, clients, "better"), 1)
    w["db"].close()
    w["postgres"].stop()
    time.sleep(0.1 * SLOW)
    for c in clients:
        for _ in range(4):
            c.send(create("nobody"))
            same(c.reply()["error"]["data"]["kind"], "database_down")
    check(w["postgres"].start())
    w["db"] = w["postgres"].psql("fair")
    with ormd.connect() as c:
        until("a writer to be back", lambda: "result" in c.ask("update", {
            "model": "User", "id": 998, "values": {}, "return": "none"}))
    same(statements(ormd, clients, "again"), 1)
    ormd.stop()


if __name__ == "__main__":
    run(setup)
