#!/usr/bin/env python3
"""Thousands of wrong logins: they are limited, nobody else suffers, and they
tell nothing.

ORMD_LONG: ten thousand of them, and many times as many measurements.
"""

import os
import re
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Client, Daemon, LONG, Postgres, case, check, dumps,
                     run, same, sanitized, say)
from users import CHEAP, MODEL, TABLES

LOGINS = 10000 if LONG else 1000
CLIENTS = 20
TURN_MOST_US = 10000
TRIALS = 400 if LONG else 40

w = {}


def setup():
    w["address"] = Postgres().database("flood", TABLES)
    ormd = Daemon(w["address"], MODEL, CHEAP).when_ready()
    with ormd.connect() as c:
        for name in ["riko"] + ["user %d" % i for i in range(10)]:
            c.call("create", {"model": "User", "values": {
                "username": name, "password": "the right one"}})
    ormd.stop()


class Flood:
    """Wrong logins over several connections; what came of them, by kind."""

    def __init__(self, ormd, total, name):
        self.kinds = {}
        self.lock = threading.Lock()
        each = total // CLIENTS
        self.threads = [
            threading.Thread(target=self.pour, args=(
                ormd, [name(k * each + i) for i in range(each)]))
            for k in range(CLIENTS)]
        for t in self.threads:
            t.start()

    def pour(self, ormd, names):
        counts = {}
        with Client(ormd.address, timeout=300) as c:
            c.send("".join(dumps({"id": i, "method": "login", "params": {
                "username": name, "password": "a wrong one"}}) + "\n"
                for i, name in enumerate(names)))
            for i in range(len(names)):
                reply = c.reply()
                check(reply["id"] == i, reply)
                kind = reply["error"]["data"]["kind"]
                counts[kind] = counts.get(kind, 0) + 1
        with self.lock:
            for kind, n in counts.items():
                self.kinds[kind] = self.kinds.get(kind, 0) + n

    def goes_on(self):
        return any(t.is_alive() for t in self.threads)

    def end(self):
        for t in self.threads:
            t.join()
        return self.kinds


def read_for(client, goes_on, least=200):
    """Seconds that reads of another client took meanwhile."""
    took = []
    while goes_on() or len(took) < least:
        begun = time.perf_counter()
        client.call("get", {"model": "User", "id": 1, "only": ["username"]})
        took.append(time.perf_counter() - begun)
    return sorted(took)


def figures(name, took):
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    say("%s: %d reads, p50 %.2f ms, p99 %.2f ms, longest %.2f ms" % (
        name, len(took), p50 * 1e3, p99 * 1e3, took[-1] * 1e3))
    return p50, p99


def resident_kib(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def flooded(name, limits):
    """A flood beside a reader: (kinds, growth in KiB, seconds)."""
    ormd = Daemon(w["address"], MODEL, CHEAP + ["log_level=debug"] + limits)
    with Client(ormd.address) as c:
        c.call("login", {"username": "riko", "password": "the right one"})
        alone = figures("alone", read_for(c, lambda: False, 500))
        before = resident_kib(ormd.pid)
        begun = time.monotonic()
        flood = Flood(ormd, LOGINS, name)
        beside = figures("beside the flood", read_for(c, flood.goes_on))
        kinds = flood.end()
        seconds = time.monotonic() - begun
        grown = resident_kib(ormd.pid) - before
        same(c.call("hello")["user"]["username"], "riko")
        # The reader shares two processors with two hashers and the flood.
        check(beside[0] < alone[0] * 10 + 0.05, "others were held up")
    ormd.stop()
    longest = int(re.search(r"longest turn took (\d+) us",
                            ormd.logged()).group(1))
    say("%d logins in %.1f s: %s; the longest turn of the loop took %d us, "
        "memory grew by %d KiB" % (LOGINS, seconds, dumps(kinds), longest,
                                   grown))
    check(sanitized() or longest < TURN_MOST_US,
          "a turn of the loop took %d us" % longest)
    same(sum(kinds.values()), LOGINS)
    return kinds, grown, seconds


@case("wrong logins from one address are limited, and cost next to nothing "
      "then", 600)
def by_address():
    kinds, grown, seconds = flooded(lambda i: "somebody %d" % i, [])
    # One of the hundred comes back every six seconds.
    check(100 <= kinds["unauthenticated"] <= 102 + seconds / 6, dumps(kinds))
    same(sorted(kinds), ["overloaded", "unauthenticated"])
    check(sanitized() or grown < 64 * 1024, "memory grew")


@case("wrong passwords for one user are limited", 600)
def by_name():
    kinds, _, seconds = flooded(lambda i: "user 1",
                                ["login_attempts_address=1000000"])
    check(10 <= kinds["unauthenticated"] <= 12 + seconds / 60, dumps(kinds))
    ormd = Daemon(w["address"], MODEL, CHEAP)
    with Client(ormd.address) as c:
        c.call("login", {"username": "user 1", "password": "the right one"})
    ormd.stop()


@case("where nothing limits them but the processors, the queue is bounded "
      "and others still get their turn", 900)
def by_nothing():
    kinds, grown, _ = flooded(lambda i: "user %d" % (i % 20), [
        "login_attempts_address=1000000", "login_attempts=1000000",
        "max_hashing=8"])
    same(sorted(kinds), ["overloaded", "unauthenticated"])
    check(kinds["overloaded"] > 0, dumps(kinds))
    # At most two hashes of 19 MiB at a time, and what lies in queues.
    check(sanitized() or grown < 128 * 1024, "memory grew")


@case("a name that nobody has takes as long as a wrong password", 900)
def equal_times():
    ormd = Daemon(w["address"], MODEL, CHEAP + [
        "login_attempts_address=1000000", "login_attempts=1000000"])
    took = {"known": [], "unknown": []}
    with Client(ormd.address) as c:
        for i in range(TRIALS):
            # In turns, each first as often: whatever else happens on this
            # machine happens to both.
            for kind in sorted(took, reverse=i % 2 == 0):
                name = "%s %d" % ("user" if kind == "known" else "nemo",
                                  i % 10)
                begun = time.perf_counter()
                e = c.error("login", {"username": name,
                                      "password": "a wrong one"})
                took[kind].append(time.perf_counter() - begun)
                same(e.kind, "unauthenticated")
    ormd.stop()
    # The shortest are those that nothing else on this machine disturbed.
    known, unknown = (min(took[k]) for k in ("known", "unknown"))
    longer = sum(a > b for a, b in zip(took["known"], took["unknown"]))
    # The sign test: of so many pairs, how often is one the longer?
    z = (longer - TRIALS / 2) / (TRIALS ** 0.5 / 2)
    say("known %.2f ms, unknown %.2f ms (the shortest of %d); known took "
        "longer %d times, z = %.2f" % (known * 1e3, unknown * 1e3, TRIALS,
                                       longer, z))
    check(abs(z) < 4, "the times tell who exists: z = %.2f" % z)
    check(abs(known - unknown) < 0.1 * known, "the times tell who exists")


if __name__ == "__main__":
    sys.exit(run(setup))
