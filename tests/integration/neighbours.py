#!/usr/bin/env python3
"""What one request of a merged batch may do to the others: nothing.

Each case has ormd gather requests of many clients into one batch: its only
backend is held up by a lock until all of them wait.  Then one of them, or all
of them together, is too much; each client has to be told what it would have
been told alone.
"""

import os
import socket
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Daemon, MEDITATION, Postgres, TOP, case, run, same, until)

CLIENTS = 24
HUGE = CLIENTS + 1		# this user alone has too many sessions
HUGE_SESSIONS = 30000
HOLDER = CLIENTS + 2
NOTE = "felt calm and present"
w = {}


def setup():
    w["postgres"] = Postgres()
    address = w["postgres"].database(
        "neighbours", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = w["postgres"].psql("neighbours")
    w["db"].run(
        "INSERT INTO users (id, username) SELECT i, 'user' || i FROM "
        "generate_series(1, %d) i; SELECT setval(pg_get_serial_sequence("
        "'users', 'id'), 1000)" % HOLDER)
    options = ["request_memory=1MiB", "max_reply=64KiB", "readers=1",
               "lock_timeout=60s", "statement_timeout=60s", "queue_wait=60s"]
    w["one"] = Daemon(address, MEDITATION, options + ["writers=1"])
    w["two"] = Daemon(address, MEDITATION, options + ["writers=2"])
    for name in ("one", "two"):
        w[name].when_ready()
        # One looks whether the model and the database differ.
        until("the writers to be free", lambda: "the database" in
              w[name].logged())
    # Somebody else, who locks rows.
    w["else"] = w["postgres"].psql("neighbours")


def fill(each, huge=HUGE_SESSIONS):
    """So many sessions for everybody, but for HUGE."""
    w["db"].run(
        "TRUNCATE meditation_sessions; INSERT INTO meditation_sessions "
        "(user_id, rating, session_note) SELECT u, 3, '%s' FROM "
        "generate_series(1, %d) u, generate_series(1, CASE u WHEN %d THEN %d "
        "ELSE %d END)" % (NOTE, HUGE, HUGE, huge, each))


def sessions():
    """How many each user has, by key."""
    return {r["user_id"]: r["n"] for r in w["db"].rows(
        "SELECT user_id, count(*) AS n FROM meditation_sessions GROUP BY 1")}


def names():
    return [r["username"] for r in w["db"].rows(
        "SELECT username FROM users WHERE id < %d ORDER BY id" % HOLDER)]


def waiting():
    return int(w["db"].value(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ormd' AND "
        "wait_event_type = 'Lock'"))


class Gathered:
    """All backends are held up by a lock, so that what is sent meanwhile waits
    for one, and then goes as one batch."""

    def __init__(self, ormd="one"):
        self.ormd = w[ormd]
        self.writers = 1 if ormd == "one" else 2

    def __enter__(self):
        w["db"].run("BEGIN; SELECT * FROM users WHERE id = %d FOR UPDATE; "
                    "LOCK TABLE meditations" % HOLDER)
        self.clients = [self.ormd.connect(120.0)]
        self.clients[0].post("count", {"model": "Meditation"})
        for i in range(self.writers):
            self.clients.append(self.ormd.connect(120.0))
            self.clients[-1].post("update", {
                "model": "User", "id": HOLDER, "return": "none",
                "values": {"username": "holder"}})
            until("the backend to wait", lambda: waiting() == 2 + i)
        return self

    def send(self, method, params, **members):
        """From a client of its own, which is returned."""
        c = self.ormd.connect(120.0)
        self.clients.append(c)
        c.post(method, params, **members)
        c.post("ping")			# is answered out of turn
        same(c.reply()["result"], {})
        return c

    def go(self):
        w["db"].run("COMMIT")

    def __exit__(self, *_):
        w["db"].run("ROLLBACK")
        for c in self.clients:
            c.close()


def together(requests):
    """The replies to these, a client and (method, params) each."""
    with Gathered() as gathered:
        clients = [gathered.send(*r) for r in requests]
        gathered.go()
        return [c.reply() for c in clients]


def refused(reply):
    """[kind, committed] of an error; None: there is none."""
    if "result" in reply:
        return None
    data = reply["error"]["data"]
    return [data["kind"], data.get("committed")]


def only_huge_refused(replies, committed):
    """Each has what it asked for, but for HUGE, if that is among them."""
    same([refused(r) for r in replies],
         [None] * CLIENTS + [["limit", committed]] * (len(replies) - CLIENTS))


def users():
    """A few, of whom the last is HUGE."""
    return list(range(1, 8)) + [HUGE]


def empty(user, **more):
    return "set", dict({"model": "User", "id": user, "items": [],
                        "attribute": "meditation_sessions",
                        "return": "none"}, **more)


def rename(user, name, **more):
    return "update", dict({"model": "User", "id": user,
                           "values": {"username": name % user}}, **more)


@case("collections that are read to be emptied: what does not fit together "
      "is done one by one, and only what does not fit alone is refused")
def emptied():
    # The answers may be too much, or what is made of them.
    for each in list(range(32, 64, 3)) + [300]:
        fill(each, 0)
        only_huge_refused(together([empty(i) for i in range(1, HUGE)]), "no")
        same(sessions(), {})
    fill(10)
    only_huge_refused(together([empty(i) for i in range(1, HUGE + 1)]), "no")
    same(sessions(), {HUGE: HUGE_SESSIONS})


@case("the same with keys: each runs once, and a repeat is told the same")
def emptied_with_keys():
    fill(200)
    asked = [empty(i, key="empty-%d" % i, **{"return": "object", "only":
             ["id", "meditation_sessions.id"]}) for i in range(1, HUGE + 1)]
    for _ in range(2):
        replies = together(asked)
        only_huge_refused(replies, "no")
        for i, r in enumerate(replies[:-1]):
            same(r["result"], {"id": i + 1, "meditation_sessions": []})
        same(sessions(), {HUGE: HUGE_SESSIONS})
        w["db"].run("INSERT INTO meditation_sessions (user_id, rating) VALUES "
                    "(1, 5)")
        same(together([asked[0]])[0]["result"], replies[0]["result"])
        same(sessions(), {1: 1, HUGE: HUGE_SESSIONS})
        w["db"].run("DELETE FROM meditation_sessions WHERE user_id = 1")


@case("replies that are read with the commit: a write is refused before it, "
      "or answered")
def printed():
    # Around what a batch may take, what is on its way makes the difference.
    for each, last in ((100, HUGE), (125, HUGE), (150, HUGE), (175, HUGE),
                       (200, HUGE), (300, HUGE), (20, HUGE + 1),
                       (900, HUGE + 1)):
        fill(each)
        name = "printed-%d-" % each + "%d"
        replies = together([rename(i, name, only=[
            "username", "meditation_sessions.session_note"])
            for i in range(1, last)])
        only_huge_refused(replies, "no")
        for i, r in enumerate(replies[:CLIENTS]):
            same(r["result"], {
                "username": name % (i + 1),
                "meditation_sessions": [{"session_note": NOTE}] * each})
        same(names(), [name % i for i in range(1, HUGE)] + ["user%d" % HUGE])


@case("reads: what does not fit together is read one by one")
def reads():
    shape = ["username", "meditation_sessions.rating",
             "meditation_sessions.session_note"]
    want = {"rating": 3, "session_note": NOTE}
    for each in (50, 100, 150, 200, 900):
        fill(each)
        replies = together([("get", {"model": "User", "id": i, "only": shape})
                            for i in range(1, HUGE + 1)])
        only_huge_refused(replies, None)
        same(replies[-1]["error"]["data"]["detail"], '{"$get":%d}' % HUGE)
        for r in replies[:-1]:
            same(r["result"]["meditation_sessions"], [want] * each)


def stopped():
    """How often PostgreSQL was told to stop, or to take something back."""
    with open(w["postgres"].log) as f:
        return f.read().count("ERROR:")


@case("who keeps asking for too much asks alone: the others' batch is not given "
      "up each time")
def greedy():
    fill(10, 3 * HUGE_SESSIONS)
    shape = ["meditation_sessions.session_note"]
    with w["one"].connect(60.0) as c:
        stops = []
        for _ in range(5):
            before = stopped()
            with Gathered() as gathered:
                others = [gathered.send("get", {
                    "model": "User", "id": i, "only": shape})
                    for i in users()[:-1]]
                c.post("get", {"model": "User", "id": HUGE, "only": shape})
                c.post("ping")
                same(c.reply()["result"], {})
                gathered.go()
                same([len(o.reply()["result"]["meditation_sessions"])
                      for o in others], [10] * len(others))
                same(refused(c.reply()), ["limit", None])
            stops.append(stopped() - before)
        # Once for the batch, and once for itself.
        same(stops, [2, 2, 2, 1, 1])


@case("pages: one that has to be shortened does not shorten the others")
def pages():
    fill(300)
    replies = together([("find", {
        "model": "User", "where": {"id": {">=": i}}, "limit": 2,
        "order_by": ["id"], "only": ["id", "meditation_sessions.rating"]})
        for i in range(1, HUGE)])
    for i, r in enumerate(replies):
        got = r["result"]
        # The huge one does not fit behind the one before it.
        same([u["id"] for u in got["items"]], [i + 1, i + 2]
             if i + 2 < HUGE else [i + 1])
        same([len(u["meditation_sessions"]) for u in got["items"]],
             [300] * len(got["items"]))


@case("a reply that is longer than max_reply is one client's affair")
def long_reply():
    fill(3, 1200)
    fine = [None] * (len(users()) - 1)
    replies = together([("get", {"model": "User", "id": i}) for i in users()])
    same([refused(r) for r in replies], fine + [["limit", None]])
    replies = together([rename(i, "long%d") for i in users()])
    same([refused(r) for r in replies], fine + [["limit", "yes"]])
    same(names()[HUGE - 1], "long%d" % HUGE)
    # A key keeps the reply, so that without it nothing is done.
    replies = together([rename(i, "kept%d", key="long-%d" % i)
                        for i in users()])
    same([refused(r) for r in replies], fine + [["limit", "no"]])
    same([names()[i - 1] for i in users()],
         ["kept%d" % i for i in users()[:-1]] + ["long%d" % HUGE])


class Held:
    """Somebody else has locked this, as LOCK TABLE or SELECT does."""

    def __init__(self, how="SELECT * FROM users WHERE id = %d FOR UPDATE"
                 % HUGE):
        self.how = how

    def __enter__(self):
        w["else"].run("BEGIN; " + self.how)

    def __exit__(self, *_):
        w["else"].run("ROLLBACK")


def renamed(name, gathered, held=None, others=None):
    """Renamings of users(), of whom HUGE is held up, with such deadlines:
    (clients of the others, that of HUGE)."""
    clients = []
    for i in users():
        ms = held if i == HUGE else others
        clients.append(gathered.send(*rename(
            i, name, only=["username"], **{"deadline_ms": ms} if ms else {})))
    gathered.go()
    until("the batch to wait", waiting)
    return clients[:-1], clients[-1]


def check_renamed(others, name):
    for c, i in zip(others, users()):
        same(c.reply()["result"], {"username": name % i})
    same([names()[i - 1] == name % i for i in users()],
         [True] * len(others) + [False])


@case("a deadline is the end for one, and another try for the others")
def deadline():
    with Held(), Gathered() as gathered:
        others, held = renamed("in-time%d", gathered, 2500)
        same(refused(held.reply()), ["timeout", "no"])
        check_renamed(others, "in-time%d")


@case("so is a cancel")
def cancel():
    with Held(), Gathered() as gathered:
        others, held = renamed("cancel%d", gathered)
        held.post("cancel", {"id": 1})
        check_renamed(others, "cancel%d")
        same(sorted(str(refused(held.reply())) for _ in range(2)),
             ["None", "['cancelled', 'no']"])


@case("so is a client that goes")
def vanished():
    with Held(), Gathered() as gathered:
        others, held = renamed("vanish%d", gathered)
        held.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        held.close()
        check_renamed(others, "vanish%d")


@case("one that waits, and has time, takes not all the time of one that has "
      "little")
def pressed():
    with Held(), Gathered("two") as gathered:
        others, held = renamed("pressed%d", gathered, None, 4000)
        check_renamed(others, "pressed%d")
        w["else"].run("ROLLBACK")
        same(held.reply()["result"], {"username": "pressed%d" % HUGE})


@case("of reads, too")
def reads_cancelled():
    fill(3, 4)
    with Gathered() as gathered:
        with Held("LOCK TABLE meditation_sessions"):
            clients = [gathered.send("get", {"model": "User", "id": i})
                       for i in users()]
            gathered.go()
            until("the batch to wait", waiting)
            clients[0].post("cancel", {"id": 1})
            same(sorted(str(refused(clients[0].reply())) for _ in range(2)),
                 ["None", "['cancelled', None]"])
        same([len(c.reply()["result"]["meditation_sessions"])
              for c in clients[1:]], [3] * (len(clients) - 2) + [4])


if __name__ == "__main__":
    run(setup)
