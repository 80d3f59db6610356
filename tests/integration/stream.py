#!/usr/bin/env python3
"""`find' with `stream': all objects, page by page, as fast as the client reads.

What comes is what `find' would print, once each and in order, also while rows
come and go; a slow reader holds neither a backend nor a snapshot nor memory;
and cancel, deadline, errors and the end of the client work in the middle.
"""

import os
import random
import signal
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (SLOW, Client, Daemon, MEDITATION, Postgres, RpcError,
                     TOP, case, check, dumps, loads, run, same, sanitized,
                     until)

KIB = 1024
USERS = 3000
w = {}


def setup():
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database(
        "stream", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = w["postgres"].psql("stream")
    w["db"].run(
        "INSERT INTO users (id, username) SELECT i, 'user' || i FROM "
        "generate_series(1, %d) i;"
        "INSERT INTO meditations (id, title, duration, instructions) SELECT "
        "i, CASE WHEN i %% 5 > 0 THEN 't' || i %% 5 END, i %% 7, "
        "repeat('i', 20000) FROM generate_series(1, 2000) i;"
        "INSERT INTO meditation_sessions (id, user_id, meditation_id, "
        "session_note) SELECT i, 1 + i %% %d, 1 + i %% 2000, repeat('n', 100) "
        "FROM generate_series(1, 6000) i;"
        "SELECT setval(pg_get_serial_sequence('users', 'id'), 100000), "
        "setval(pg_get_serial_sequence('meditations', 'id'), 100000);"
        "ANALYZE" % (USERS, USERS))
    w["ormd"] = Daemon(w["address"], MEDITATION,
                       ["readers=2", "writers=2"]).when_ready()
    w["small"] = Daemon(w["address"], MEDITATION,
                        ["readers=1", "writers=1", "output_limit=64KiB",
                         "stream_line=4KiB", "max_reply=64KiB",
                         "request_memory=1MiB"]).when_ready()


class Stream:
    """The lines of one stream; `items' as they come."""

    def __init__(self, client, params, **members):
        self.client = client
        self.id = client.post("find", dict(params, stream=True), **members)
        self.lines = 0
        self.longest = 0
        self.next = None
        self.reply = None

    def rows(self):
        """The objects of the next line; None: the reply has come."""
        line = self.client.line()
        check(line is not None, "the connection ended")
        got = loads(line.decode())
        same(got["jsonrpc"], "2.0")
        if "method" not in got:
            same(got["id"], self.id)
            self.reply = got
            return None
        same((got["method"], got["params"]["id"]), ("rows", self.id))
        check("id" not in got and got["params"]["items"])
        self.lines += 1
        self.longest = max(self.longest, len(line) + 1)
        self.next = got["params"].get("next")
        return got["params"]["items"]

    def rest(self):
        """All objects up to the reply."""
        items = []
        while True:
            rows = self.rows()
            if rows is None:
                return items
            items += rows

    def all(self):
        items = self.rest()
        if "error" in self.reply:
            raise RpcError(self.reply["error"])
        same(self.reply["result"]["count"], len(items))
        return items


def stream(client, params):
    return Stream(client, params).all()


def pages(client, params):
    items, params = [], dict(params, limit=1000)
    while True:
        got = client.call("find", params)
        items += got["items"]
        if "next" not in got:
            return items
        params["after"] = got["next"]


@case("a stream brings what the pages bring, in their order")
def equal():
    with w["ormd"].connect() as c:
        for params in (
                {"model": "User", "only": ["id", "username"]},
                {"model": "User",
                 "rules": ["-meditation_sessions.meditation.instructions"]},
                {"model": "User", "order_by": ["-username"], "only": ["id"]},
                {"model": "Meditation", "order_by": ["-title", "duration"],
                 "only": ["id", "title"]},
                {"model": "Meditation", "where": {"duration": 3},
                 "order_by": ["title"], "only": ["id"]},
                {"model": "MeditationSession", "where": {"id": {"<": 1500}},
                 "rules": ["-user", "-meditation"]},
                {"model": "User", "where": {"id": {"<": 1}}}):
            same(stream(c, params), pages(c, params))
        same(c.call("ping"), {})


@case("lines are as long as stream_line, pages as the client reads them")
def lines():
    with w["small"].connect() as c:
        s = Stream(c, {"model": "User", "only": ["id", "username"]})
        same(len(s.all()), USERS)
        check(s.longest <= 4 * KIB + 200, "a line of %d bytes" % s.longest)
        check(s.lines > 20, "in only %d lines" % s.lines)
        # One object of 20 kB in each line.
        s = Stream(c, {"model": "Meditation", "limit": 50,
                       "rules": ["-meditation_sessions"]})
        same(len(s.all()), 50)
        same(s.lines, 50)


@case("limit bounds the whole stream, and its result says where to go on")
def limit():
    with w["ormd"].connect() as c:
        everybody = [r["id"] for r in pages(
            c, {"model": "User", "only": ["id"],
                "order_by": ["-username"]})]
        got, after = [], None
        for n in (1, 2, 99, 100, 101, 1500, 5000):
            params = {"model": "User", "only": ["id"], "limit": n,
                      "order_by": ["-username"]}
            if after is not None:
                params["after"] = after
            s = Stream(c, params)
            items = [r["id"] for r in s.all()]
            got += items
            after = s.reply["result"].get("next")
            same(len(items), min(n, USERS - len(got) + len(items)))
            same(after, s.next)
        same(got, everybody)
        same(after, None)
        same(stream(c, {"model": "User", "only": ["id"], "limit": USERS}),
             [{"id": i + 1} for i in range(USERS)])


@case("after any line of rows, its next goes on where it ended")
def resume():
    params = {"model": "User", "only": ["id"], "order_by": ["username"]}
    with w["small"].connect() as c:
        want = [r["id"] for r in pages(c, params)]
    got, after, cuts = [], None, 0
    while True:
        with w["small"].connect() as c:
            s = Stream(c, dict(params, **({"after": after} if after else {})))
            for _ in range(random.randint(1, 3)):
                rows = s.rows()
                if rows is None:
                    break
                got += [r["id"] for r in rows]
                after = s.next
        if after is None:		# so there are no more
            break
        cuts += 1
    same(got, want)
    check(cuts > 2, "it was cut %d times" % cuts)


@case("a stream has its turn among the requests of its connection")
def order():
    with w["ormd"].connect() as c:
        name = "behind"
        c.send("".join(dumps(r) + "\n" for r in (
            {"id": 1, "method": "create", "params": {
                "model": "User", "return": "none",
                "values": {"id": 90001, "username": "before"}}},
            {"id": 2, "method": "count", "params": {"model": "User"}},
            {"id": 3, "method": "find", "params": {
                "model": "User", "stream": True, "only": ["id"]}},
            {"id": 4, "method": "update", "params": {
                "model": "User", "id": 90001, "return": "none",
                "values": {"username": name}}},
            {"id": 5, "method": "find", "params": {
                "model": "User", "stream": True, "only": ["username"],
                "where": {"id": {">": 90000}}}},
            {"id": 6, "method": "delete", "params": {
                "model": "User", "id": 90001}})))
        seen, rows = [], {3: [], 5: []}
        for _ in range(2000):
            got = c.reply()
            if got.get("method") == "rows":
                i = got["params"]["id"]
                rows[i] += got["params"]["items"]
                check(i == {2: 3, 4: 5}[seen[-1]], "rows of %d behind %d"
                      % (i, seen[-1]))
                continue
            seen.append(got["id"])
            check("result" in got, got)
            if got["id"] == 6:
                break
        same(seen, [1, 2, 3, 4, 5, 6])
        same(len(rows[3]), USERS + 1)
        same(rows[5], [{"username": name}])


@case("where nothing could be told apart there are no streams")
def refused():
    with w["ormd"].connect() as c:
        def told(method, params, path):
            error = c.error(method, params)
            same((error.kind, error.data["path"]), ("invalid_params", path))
        ask = {"model": "User", "stream": True}
        told("transaction", {"ops": [{"method": "find", "params": ask}]},
             "/ops/0/params/stream")
        told("find", dict(ask, count=True), "/count")
        told("find", dict(ask, before="x"), "/before")
        c.send(dumps([{"id": 1, "method": "find", "params": ask},
                      {"id": 2, "method": "ping"}]) + "\n")
        got = {r["id"]: r for r in c.reply()}
        same(got[1]["error"]["data"]["path"], "/stream")
        same(got[2]["result"], {})
        c.send(dumps({"method": "find", "params": ask}) + "\n")
        check(c.silent(), "a notification was answered")
        same(c.error("find", {"model": "User", "stream": "yes"}).kind,
             "invalid_value")
        same(c.error("get", {"model": "User", "id": 1, "stream": True}).kind,
             "unknown_field")
        same(c.call("ping"), {})


def slow_client(daemon):
    """One whose buffers are small, so that little is under way."""
    c = Client(daemon.address, connect=False)
    c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    c.socket.connect(daemon.address)
    return c


def resident(pid, what="RssAnon:"):
    with open("/proc/%d/status" % pid) as f:
        return int(f.read().split(what)[1].split()[0])


def transactions():
    """Of ormd's backends, those that are in one."""
    return w["db"].rows("SELECT pid FROM pg_stat_activity WHERE usename = "
                        "'ormd' AND (state <> 'idle' OR backend_xmin IS NOT "
                        "NULL)")


def settled(s):
    """Waits until no more comes by itself."""
    until("the stream to wait for its reader",
          lambda: not any(transactions() or time.sleep(0.02)
                          for _ in range(10)))


@case("while a client does not read, neither backend nor snapshot nor memory "
      "is held, and others are served")
def slow():
    daemon = w["small"]
    with slow_client(daemon) as c, daemon.connect() as other:
        before = resident(daemon.pid)
        s = Stream(c, {"model": "Meditation"})
        got = len(s.rows())
        settled(s)
        same(transactions(), [])
        grown = resident(daemon.pid) - before
        check(grown < 4 * KIB or sanitized(), "it grew by %d kB" % grown)
        # The one reader is free.
        for i in range(20):
            same(other.call("get", {"model": "User", "id": i + 1,
                                    "only": ["id"]}), {"id": i + 1})
        same(len(stream(other, {"model": "User", "only": ["id"]})), USERS)
        same(got + len(s.rest()), 2000)


@case("cancel ends a stream that waits for its reader, and one that does not")
def cancel():
    with slow_client(w["small"]) as c:
        s = Stream(c, {"model": "Meditation"})
        s.rows()
        settled(s)
        c.send(dumps({"id": "c", "method": "cancel",
                      "params": {"id": s.id}}) + "\n")
        seen = {}
        while len(seen) < 2:
            got = c.reply()
            if "method" not in got:
                seen[got["id"]] = got
        same(seen["c"]["result"], {})
        same(seen[s.id]["error"]["data"]["kind"], "cancelled")
        check("committed" not in seen[s.id]["error"]["data"])
        same(c.call("ping"), {})
        same(c.call("get", {"model": "User", "id": 1, "only": ["id"]}),
             {"id": 1})
    with w["ormd"].connect() as c:
        for _ in range(10):
            s = Stream(c, {"model": "Meditation"})
            s.rows()
            c.send(dumps({"method": "cancel", "params": {"id": s.id}}) + "\n")
            s.rest()
            same(s.reply["error"]["data"]["kind"], "cancelled")


@case("deadline_ms is for the whole of a stream")
def deadline():
    with slow_client(w["small"]) as c:
        s = Stream(c, {"model": "Meditation", "deadline_ms": 300})
        s.rows()
        time.sleep(0.5)
        s.rest()
        same(s.reply["error"]["data"]["kind"], "timeout")
        same(c.call("ping"), {})


@case("an error in the middle comes behind the rows before it")
def error():
    w["db"].run("UPDATE meditations SET instructions = repeat('x', 70000) "
                "WHERE id = 1500")
    try:
        with w["small"].connect() as c:
            s = Stream(c, {"model": "Meditation",
                           "rules": ["-meditation_sessions"]})
            same([r["id"] for r in s.rest()], list(range(1, 1500)))
            same(s.reply["error"]["data"]["kind"], "limit")
            same(loads(s.reply["error"]["data"]["detail"]), {"$get": 1500})
            # Past it by hand.
            past = c.call("find", {"model": "Meditation", "after": s.next,
                                   "only": ["id"], "limit": 1})
            same(past["items"], [{"id": 1500}])
            got = stream(c, {"model": "Meditation", "after": past["next"],
                             "rules": ["-meditation_sessions"]})
            same([r["id"] for r in got], list(range(1501, 2001)))
    finally:
        w["db"].run("UPDATE meditations SET instructions = "
                    "repeat('i', 20000) WHERE id = 1500")


@case("a database that goes away in the middle is told, and next goes on")
def database():
    with slow_client(w["small"]) as c:
        s = Stream(c, {"model": "Meditation"})
        got = s.rows()
        settled(s)
        w["db"].close()
        w["postgres"].stop()
        try:
            got += s.rest()
            data = s.reply["error"]["data"]
            same((data["kind"], data["retryable"]), ("database_down", True))
        finally:
            w["postgres"].restart_after_crash()
            w["db"] = w["postgres"].psql("stream")
        w["small"].when_ready()
        w["ormd"].when_ready()
        got += stream(c, {"model": "Meditation", "after": s.next})
        same([r["id"] for r in got], list(range(1, 2001)))


@case("a client that goes away in the middle leaves nothing behind")
def leaves():
    daemon = w["small"]
    for how in (b"\1\0\0\0\0\0\0\0", None):
        for n in (0, 1, 20):
            c = slow_client(daemon)
            s = Stream(c, {"model": "Meditation"})
            for _ in range(n):
                s.rows()
            if how is not None:		# a reset
                c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, how)
            c.close()
    with daemon.connect() as c:
        until("ormd to be done with them", lambda: not transactions())
        same(c.call("count", {"model": "User"}), {"count": USERS})


@case("rows that come, go and change while a stream runs: those that were "
      "there all along come once, and none comes twice", 120)
def changes():
    rng = random.Random(5)
    stable = set(range(1, USERS + 1))
    stop = threading.Event()

    def churn():
        with w["postgres"].psql("stream") as db:
            i = 10000
            while not stop.is_set():
                i += 1			# never the same again
                db.run("INSERT INTO users (id, username) VALUES (%d, 'user' "
                       "|| %d) ON CONFLICT DO NOTHING; DELETE FROM users "
                       "WHERE id = %d" % (i, rng.randrange(10 ** 6, 10 ** 7),
                                          10000 + rng.randrange(i - 10000)))
    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for order_by in (["id"], ["-id"], ["username"], ["-username"]):
            with w["small"].connect() as c:
                got = [r["id"] for r in stream(c, {
                    "model": "User", "order_by": order_by, "rules": [
                        "-meditation_sessions.meditation"]})]
            same(len(set(got)), len(got))
            check(stable <= set(got), "%d are missing"
                  % len(stable - set(got)))
    finally:
        stop.set()
        thread.join()
        w["db"].run("DELETE FROM users WHERE id >= 10000")


@case("many streams at once all end, and do not keep others waiting", 120)
def many():
    def one():
        with w["ormd"].connect() as c:
            same(len(stream(c, {"model": "User", "rules": [
                "-meditation_sessions.meditation"]})), USERS)
    threads = [threading.Thread(target=one) for _ in range(12)]
    for t in threads:
        t.start()
    worst = 0
    with w["ormd"].connect() as c:
        while any(t.is_alive() for t in threads):
            start = time.monotonic()
            same(c.call("get", {"model": "User", "id": 7, "only": ["id"]}),
                 {"id": 7})
            worst = max(worst, time.monotonic() - start)
    for t in threads:
        t.join()
    check(worst < 1.0 * SLOW, "a get took %.2f s" % worst)


@case("when ormd is told to end, a stream is, too")
def drain():
    daemon = Daemon(w["address"], MEDITATION,
                    ["drain_timeout=1s", "output_limit=64KiB"]).when_ready()
    with slow_client(daemon) as c, daemon.connect() as quick:
        s = Stream(c, {"model": "Meditation"})
        s.rows()
        settled(s)
        daemon.signal(signal.SIGTERM)
        s.rest()
        same(s.reply["error"]["data"]["kind"], "draining")
        check(quick.line() is None)
        same(daemon.wait(), 0)


if __name__ == "__main__":
    run(setup)
