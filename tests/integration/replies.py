#!/usr/bin/env python3
"""Replies that are too large, and requests that need too much memory.

A page that does not fit ends early and goes on exactly behind its last row; an
object that does not fit is refused by its name; ormd holds no more than it may;
and whatever was refused, the connection and everybody else go on.
"""

import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Daemon, MEDITATION, Postgres, TOP, case, check, dumps,
                     loads, run, same, sanitized)

KIB = 1024
USERS = 120
FINE = 30000
w = {}


def setup():
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database(
        "large", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = w["postgres"].psql("large")
    # Users of 1 to 40 sessions, 1 kB each; 500 has one of 3 MB, 501 has 64 of
    # 64 kB, 502 has 128 MB of them, 503 has 6 MB in short ones.
    w["db"].run(
        "INSERT INTO users (id, username) SELECT i, 'user' || i FROM "
        "generate_series(1, %d) i;"
        "INSERT INTO meditations (id, title, instructions) SELECT i, 'm' || "
        "i %% 7, repeat('i', 200000) FROM generate_series(1, 40) i;"
        "INSERT INTO meditation_sessions (id, user_id, session_note) "
        "SELECT u * 100 + k, u, repeat('n', 1000) FROM "
        "generate_series(1, %d) u, generate_series(1, 40) k WHERE k <= "
        "1 + (u * 7) %% 40;"
        "INSERT INTO users (id, username) VALUES (500, 'wide'), "
        "(501, 'many'), (502, 'endless'), (503, 'fine');"
        "INSERT INTO meditation_sessions (id, user_id, session_note) VALUES "
        "(50000, 500, repeat('w', 3000000));"
        "INSERT INTO meditation_sessions (id, user_id, session_note) SELECT "
        "60000 + k, 501, repeat('m', 65536) FROM generate_series(1, 64) k;"
        "INSERT INTO meditation_sessions (id, user_id, session_note) SELECT "
        "70000 + k, 502, repeat('e', 65536) FROM generate_series(1, 2000) k;"
        "INSERT INTO meditation_sessions (id, user_id, session_note) SELECT "
        "100000 + k, 503, repeat('f', 200) FROM generate_series(1, %d) k;"
        "SELECT setval(pg_get_serial_sequence('meditation_sessions', 'id'), "
        "200000)" % (USERS, USERS, FINE))
    w["small"] = Daemon(w["address"], MEDITATION,
                        ["max_reply=64KiB"]).when_ready()
    w["lean"] = Daemon(w["address"], MEDITATION,
                       ["request_memory=1MiB", "max_reply=8MiB",
                        "readers=2", "writers=2"]).when_ready()


def pages(c, params, most):
    """The lines of all pages, each within its bound; and their items."""
    items, count, params = [], 0, dict(params)
    while True:
        c.post("find", params)
        line = c.line()
        check(len(line) + 1 <= most, "a line of %d bytes" % (len(line) + 1))
        reply = loads(line.decode())
        check("result" in reply, line[:500].decode())
        items += reply["result"]["items"]
        count += 1
        if "next" not in reply["result"]:
            return items, count
        check(reply["result"]["items"], "an empty page with a next")
        params["after"] = reply["result"]["next"]


def everything(c, params):
    """The same without nested objects: what has to come, and in which order."""
    params = dict(params, only=["id"], limit=1000)
    return [r["id"] for r in c.call("find", params)["items"]]


@case("a page that does not fit ends early, and goes on behind its last row")
def early():
    few = {"<": 500}
    with w["small"].connect() as c:
        for params in (
                {"model": "User", "limit": 1000, "where": {"id": few}},
                {"model": "User", "limit": 1000, "where": {"id": few},
                 "order_by": ["-username"]},
                {"model": "User", "limit": 7, "where": {"id": few},
                 "order_by": ["-id"]},
                {"model": "User", "limit": 50, "where": {"id": few},
                 "rules": ["-meditation_sessions.session_note"]}):
            want = everything(c, params)
            same(len(want), USERS)
            items, n = pages(c, params, 64 * KIB)
            same([r["id"] for r in items], want)
            check(n > USERS // params["limit"], "in only %d pages" % n)


@case("a page before another begins late, and goes on in front of its first")
def late():
    params = {"model": "User", "limit": 30, "where": {"id": {"<": 500}},
              "order_by": ["-username"]}
    for name in ("small", "lean"):
        with w[name].connect() as c:
            want = everything(c, params)
            first = c.call("find", dict(params, limit=1000, only=["id"]))
            same([r["id"] for r in first["items"]], want)
            # From behind the last row: a page of one row tells where it is.
            last = c.call("find", dict(params, limit=USERS - 1,
                                       only=["id"]))["next"]
            prev = c.call("find", dict(params, after=last))["prev"]
            items, count = [], 0
            while prev is not None:
                c.post("find", dict(params, before=prev))
                line = c.line()
                if name == "small":
                    check(len(line) < 64 * KIB, len(line))
                page = loads(line.decode())["result"]
                check("next" in page and page["items"], line[:200].decode())
                items = page["items"] + items
                prev = page.get("prev")
                count += 1
            same([r["id"] for r in items], want[:-1])
            check(count > USERS // 30, "in only %d pages" % count)
            for user in items:
                same(len(user["meditation_sessions"]),
                     1 + user["id"] * 7 % 40)


@case("each page is as full as it can be, and its objects are whole")
def full():
    with w["small"].connect() as c, w["lean"].connect() as wide:
        same(wide.call("get", {"model": "User", "id": 3}),
             c.call("get", {"model": "User", "id": 3}))
        c.post("find", {"model": "User", "limit": 1000,
                        "where": {"id": {"<": 500}}})
        line = c.line()
        # No session list is longer than 46 kB.
        check(len(line) > 18 * KIB, "only %d bytes" % len(line))
        for user in loads(line.decode())["result"]["items"]:
            same(len(user["meditation_sessions"]), 1 + user["id"] * 7 % 40)


@case("the count of a page that ends early is that of all")
def counted():
    with w["small"].connect() as c:
        got = c.call("find", {"model": "User", "limit": 1000, "count": True,
                              "where": {"id": {"<": 500}}})
        same(got["count"], USERS)
        check(len(got["items"]) < USERS and "next" in got)


@case("a long `next' takes its room from the objects")
def long_next():
    with w["small"].connect() as c:
        # 200 kB to sort by, not printed: not even one page can say its next.
        error = c.error("find", {"model": "Meditation", "only": ["id"],
                                 "limit": 10,
                                 "order_by": ["instructions"]})
        same(error.kind, "limit")
        same(error.data["model"], "Meditation")
        same(len(c.call("find", {"model": "Meditation", "only": ["id"],
                                 "order_by": ["instructions"]})["items"]), 40)
        w["db"].run("UPDATE meditations SET instructions = repeat('i', 5000) "
                    "|| id WHERE id <= 40")
        try:
            got, _ = pages(c, {"model": "Meditation", "only": ["id", "title"],
                               "limit": 9, "order_by": ["instructions"]},
                           64 * KIB)
            same(len({r["id"] for r in got}), 40)
            same(len(got), 40)
        finally:
            w["db"].run("UPDATE meditations SET instructions = "
                        "repeat('i', 200000)")


@case("an object that is too large alone is named, wherever it comes from")
def too_large():
    with w["small"].connect() as c:
        def refused(method, params):
            error = c.error(method, params)
            same((error.kind, error.code), ("limit", -32008))
            same(error.data["model"], "User")
            same(loads(error.data["detail"]), {"$get": 500})
            check("max_reply" in error.message, error.message)
            same(c.call("get", {"model": "User", "id": 1,
                                "only": ["id"]}), {"id": 1})
            return error
        refused("get", {"model": "User", "id": 500})
        refused("get", {"model": "User", "id": {"username": "wide"}})
        refused("find", {"model": "User", "where": {"id": 500}})
        error = refused("update", {"model": "User", "id": 500,
                                   "values": {"username": "wide"}})
        same(error.data["committed"], "yes")
        # The pages before it come, then it stands in the way by its name.
        some = {"id": {">=": 119, "<": 502}}
        got = c.call("find", {"model": "User", "where": some,
                              "rules": ["-meditation_sessions.user"]})
        same([r["id"] for r in got["items"]], [119, 120])
        refused("find", {"model": "User", "where": some,
                         "after": got["next"]})
        rest = {"model": "User", "where": {"id": {">=": 500}},
                "only": ["id"]}
        first = c.call("find", dict(rest, limit=1))
        same(first["items"], [{"id": 500}])
        same(c.call("find", dict(rest, after=first["next"]))["items"],
             [{"id": 501}, {"id": 502}, {"id": 503}])


@case("a batch is one line: what does not fit any more is `limit', by itself")
def batch():
    with w["small"].connect() as c:
        c.send(dumps([{"id": i, "method": "get", "params": {
            "model": "User", "id": 17}} for i in range(3)] + [
                {"id": 3, "method": "ping"}]) + "\n")
        line = c.line()
        check(len(line) < 64 * KIB, "a line of %d bytes" % len(line))
        got = [r.get("error", {}).get("data", {}).get("kind", "fine")
               for r in loads(line.decode())]
        same(got, ["fine", "limit", "limit", "fine"])


@case("an id that is too long is refused: it would come back in every reply")
def long_id():
    with w["small"].connect() as c:
        c.send(dumps({"id": "x" * 200, "method": "ping"}) + "\n")
        same(c.reply()["id"], "x" * 200)
        c.send(dumps({"id": "x" * 70000, "method": "ping"}) + "\n")
        reply = c.reply()
        same((reply["id"], reply["error"]["code"]), (None, -32600))


@case("a page whose rows need too much memory ends early, too")
def lean_pages():
    with w["lean"].connect() as c:
        for params in (
                {"model": "Meditation", "limit": 40},
                {"model": "Meditation", "order_by": ["-title"]},
                {"model": "User", "limit": 1000,
                 "where": {"id": {"<": 500}}}):
            items, n = pages(c, params, 8 * KIB * KIB)
            same([r["id"] for r in items], everything(c, params))
            check(n > 1, "all in one page")


@case("an object whose rows need too much memory is named")
def lean_object():
    with w["lean"].connect() as c:
        for user in (500, 501):
            for method, params in (
                    ("get", {"id": user}),
                    ("find", {"where": {"id": user}}),
                    ("find", {"where": {"id": {">=": user}},
                              "limit": 20})):
                error = c.error(method, dict(params, model="User"))
                same(error.kind, "limit")
                check("request_memory" in error.message, error.message)
                same(error.data["model"], "User")
                same(loads(error.data["detail"]), {"$get": user})
        same(c.call("get", {"model": "User", "id": 500, "only": ["id"]}),
             {"id": 500})


@case("one that needs a part of it is not refused: what waits in a socket is "
      "counted once")
def fine_object():
    with Daemon(w["address"], MEDITATION, ["request_memory=32MiB"]) \
            .when_ready().connect() as c:
        same(len(c.call("get", {
            "model": "User", "id": 503,
            "only": ["meditation_sessions.session_note"]})
            ["meditation_sessions"]), FINE)


@case("a write whose reply needs too much memory happens as it is told")
def lean_write():
    with w["lean"].connect() as c:
        error = c.error("update", {"model": "User", "id": 501,
                                   "values": {"username": "more"}})
        same(error.kind, "limit")
        name = w["db"].value("SELECT username FROM users WHERE id = 501")
        same(error.data["committed"], "yes" if name == "more" else "no")
        same(c.call("update", {"model": "User", "id": 501, "return": "key",
                               "values": {"username": "many"}}), 501)


@case("requests that were sent together with a large one get their answers")
def merged():
    with w["lean"].connect() as c:
        for _ in range(5):
            for i in (1, 500, 2, 501, 3, 500, 4):
                c.post("get", {"model": "User", "id": i})
            got = [c.reply() for _ in range(7)]
            same(["result" in r for r in got],
                 [True, False, True, False, True, False, True])
            same([r["result"]["id"] for r in got if "result" in r],
                 [1, 2, 3, 4])


def resident(pid, what="RssAnon:"):
    with open("/proc/%d/status" % pid) as f:
        return int(f.read().split(what)[1].split()[0])


def peak_reset(pid):
    with open("/proc/%d/clear_refs" % pid, "w") as f:
        f.write("5")


@case("ormd stops PostgreSQL when more rows come than it may hold", 90)
def endless():
    daemon = w["lean"]
    with daemon.connect() as c, daemon.connect() as other:
        peak_reset(daemon.pid)
        before = resident(daemon.pid, "VmHWM:")
        c.post("get", {"model": "User", "id": 502})
        c.post("update", {"model": "User", "id": 502,
                          "values": {"username": "never"}})
        c.post("find", {"model": "MeditationSession", "limit": 1000,
                        "where": {"user_id": 502},
                        "rules": ["-user", "-meditation"]})
        same(other.call("get", {"model": "User", "id": 1, "only": ["id"]}),
             {"id": 1})
        got = [c.reply() for _ in range(3)]
        for reply in got[:2]:
            same(reply["error"]["data"]["kind"], "limit")
        same(loads(got[0]["error"]["data"]["detail"]), {"$get": 502})
        name = w["db"].value("SELECT username FROM users WHERE id = 502")
        same(name, "endless")
        same(got[1]["error"]["data"]["committed"], "no")
        check(1 <= len(got[2]["result"]["items"]) < 100)
        check("next" in got[2]["result"])
        grown = resident(daemon.pid, "VmHWM:") - before
        check(grown < 24 * KIB or sanitized(), "it grew by %d kB" % grown)


@case("many large requests at once hold no more than they may", 120)
def bounded():
    daemon = w["lean"]
    before = resident(daemon.pid)

    def one(model, limit):
        with daemon.connect() as c:
            for _ in range(6):
                c.post("find", {"model": model, "limit": limit})
            for _ in range(6):
                check(c.line() is not None)
    threads = [threading.Thread(target=one, args=(m, n))
               for m, n in (("Meditation", 40), ("User", 1000),
                            ("MeditationSession", 1000)) * 4]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    grown = resident(daemon.pid) - before
    # Two backends with a mebibyte each, what libpq's and the sockets' buffers
    # add, and the replies.
    check(grown < 32 * KIB or sanitized(), "it grew by %d kB" % grown)
    same(daemon.process.poll(), None)


if __name__ == "__main__":
    run(setup)
