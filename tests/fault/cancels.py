#!/usr/bin/env python3
"""Cancel requests that find nothing to cancel.

While PostgreSQL waits for the next statement of a block it does not heed a
cancel request, and what comes then is run as if nobody had asked.  ormd must
not leave it at that: the connection would be given up with its Sync under way,
and all whose writes are in the block would be told that nobody knows.
"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "integration")]

import proxy
from harness import (Daemon, MEDITATION, Postgres, TOP, case, folder, run,
                     same, until)

DEADLINE_MS = 400
w = {}


def setup():
    w["postgres"] = Postgres()
    w["postgres"].database(
        "cancels", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = w["postgres"].psql("cancels")
    w["db"].run("INSERT INTO users (username) VALUES ('riko')")
    place = folder()
    w["wire"] = proxy.Proxy(
        os.path.join(place, ".s.PGSQL.5432"),
        os.path.join(w["postgres"].folder, ".s.PGSQL.5432"), framed=True)
    w["ormd"] = Daemon("host=%s dbname=cancels user=ormd" % place, MEDITATION,
                       ["writers=1", "lock_timeout=60s"])
    # It looks whether the model and the database differ.
    until("the writer to be free", lambda: "the database" in
          w["ormd"].logged())


def append_held(judge):
    """What is told of an append whose INSERT is blocked, and of whose wire
    this judges; its deadline comes in between."""
    with w["ormd"].connect() as c:
        w["db"].run("BEGIN; LOCK TABLE meditation_sessions IN SHARE MODE")
        w["wire"].judge = judge
        try:
            reply = c.ask("append", {
                "model": "User", "id": 1, "deadline_ms": DEADLINE_MS,
                "attribute": "meditation_sessions", "items": [{"rating": 5}],
                "return": "none"})
        finally:
            w["wire"].judge = None
            w["db"].run("ROLLBACK")
        data = reply["error"]["data"]
        same([data["kind"], data["committed"]], ["timeout", "no"])
    same(w["db"].value("SELECT count(*) FROM meditation_sessions"), "0")
    same(w["ormd"].logged().count("given up"), 0)


@case("one that comes between two rounds: the second is not begun")
def between():
    held = []

    def judge(_link, way, kind, data):
        if way == proxy.BACK and kind == b"D" and not held and \
                b"riko" in data:
            held.append(data)
            return proxy.hold(2.5 * DEADLINE_MS / 1000)
        return None
    append_held(judge)
    same(len(held), 1)


@case("one that is there before the statement that it is to stop: another one "
      "follows")
def too_early():
    held = []

    def judge(_link, way, kind, data):
        if way == proxy.OUT and kind == b"P" and not held and \
                b'INSERT INTO "meditation_sessions"' in data:
            held.append(data)
            return proxy.hold(1.5 * DEADLINE_MS / 1000)
        return None
    append_held(judge)
    same(len(held), 1)


if __name__ == "__main__":
    run(setup)
