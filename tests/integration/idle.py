#!/usr/bin/env python3
"""Ten thousand idle connections: held, cheap, and in nobody's way."""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Client, Daemon, MEDITATION, Postgres, SLOW, TOP, case,
                     check, raise_descriptors, run, same, sanitized, say)

WANTED = 10000
SPARE = 200			# descriptors for all else
MOST_BYTES = 1536		# of user memory a connection
w = {"idle": []}


def setup():
    limit = raise_descriptors(2 * WANTED + SPARE)
    w["count"] = min(WANTED, limit - SPARE)
    postgres = Postgres()
    address = postgres.database(
        "meditation", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["ormd"] = Daemon(address, MEDITATION, ["max_connections=16000"])
    w["ormd"].when_ready()
    say("%d connections, descriptors up to %d" % (w["count"], limit))


def private_bytes():
    """The daemon's memory that is nobody else's."""
    total = 0
    with open("/proc/%d/smaps_rollup" % w["ormd"].pid) as f:
        for line in f:
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1]) * 1024
    return total


def one_after_another(asks):
    start = time.monotonic()
    with w["ormd"].connect() as c:
        for _ in range(asks):
            same(c.call("count", {"model": "User"}), {"count": 0})
    return (time.monotonic() - start) / asks


def open_connections(count, talk):
    for _ in range(count):
        c = Client(w["ormd"].address)
        if talk:
            same(c.call("ping"), {})
            c.buffer = None		# ours is not what is measured
        w["idle"].append(c)


@case("they are accepted and answered, at most 1.5 kB of user memory each",
      300)
def held():
    with w["ormd"].connect() as c:
        w["alone"] = one_after_another(300)
        for _ in range(50):
            c.call("count", {"model": "User"})
    before = private_bytes()
    open_connections(w["count"], True)
    each = (private_bytes() - before) / w["count"]
    say("%.0f bytes of private memory a connection" % each)
    check(each <= MOST_BYTES or sanitized(), "%.0f bytes each" % each)


@case("after each has asked for something bigger, it gives the memory back",
      300)
def used_and_idle():
    before = private_bytes()
    for c in w["idle"][::5]:
        c.buffer = bytearray()
        c.call("describe")
        c.buffer = None
    each = (private_bytes() - before) / (w["count"] // 5)
    say("%.0f bytes more of private memory a connection" % each)
    check(each <= MOST_BYTES or sanitized(), "%.0f bytes each" % each)


@case("beside them a request takes no longer than before", 120)
def not_in_the_way():
    beside = one_after_another(300)
    say("%.0f µs alone, %.0f µs beside them"
        % (w["alone"] * 1e6, beside * 1e6))
    check(beside < 3 * w["alone"] + 0.002 * SLOW, "%.0f µs, alone %.0f µs"
          % (beside * 1e6, w["alone"] * 1e6))


@case("all of them are still served, then leave, and others come", 300)
def come_and_go():
    for c in w["idle"]:
        c.buffer = bytearray()
        same(c.call("ping"), {})
        c.close()
    w["idle"].clear()
    open_connections(200, True)
    for c in w["idle"]:
        c.close()
    same(w["ormd"].process.poll(), None)


if __name__ == "__main__":
    run(setup)
