#!/usr/bin/env python3
"""Many clients at once that do what they like, against limits that are all very
low: nobody is answered twice, by another's answer or out of turn, ormd lives,
and when they have gone nothing of them is left.

The seed is printed; $ORMD_SEED repeats it.
"""

import os
import random
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (LONG, SLOW, Client, Daemon, Postgres, case, check, dumps,
                     loads, run, same, say, until)
from users import CHEAP, MODEL, TABLES

SECONDS = 60 if LONG else 3
CLIENTS = 16
RESET = b"\1\0\0\0\0\0\0\0"
w = {}

LIMITS = CHEAP + [
    "readers=3", "writers=2", "max_line=64KiB", "max_line_anyone=1KiB",
    "max_in_flight=12", "output_limit=4KiB", "client_memory=64KiB",
    "total_memory=1MiB", "max_queue=24", "merge_cap=4", "max_hashing=4",
    "queue_wait=300ms", "line_timeout=500ms", "write_timeout=1s",
    "login_timeout=300ms", "probe_interval=50ms", "login_check=100ms",
    "request_rate=2000", "request_burst=50", "max_connections_address=14",
    "login_attempts=100000", "login_attempts_address=100000",
    "stream_line=1KiB"]


def setup():
    w["seed"] = int(os.environ.get("ORMD_SEED", random.randrange(1 << 30)))
    say("ORMD_SEED=%d" % w["seed"])
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database("storm", TABLES)
    ormd = Daemon(w["address"], MODEL, CHEAP).when_ready()
    with ormd.connect() as c:
        c.call("create", {"model": "User", "return": "none", "values": [
            {"username": "user %d" % i, "password": "the right one"}
            for i in range(3)]})
        w["tokens"] = [c.call("login", {
            "username": "user %d" % i,
            "password": "the right one"})["token"] for i in range(3)]
    ormd.stop()
    with w["postgres"].psql("storm") as db:
        db.run("INSERT INTO notes (text) SELECT repeat('x', i) FROM "
               "generate_series(1, 300) i")


def a_call(r):
    """(method, params), any of many."""
    return r.choice([
        ("ping", {}), ("hello", {}), ("describe", {}),
        ("get", {"model": "User", "id": r.randint(1, 4)}),
        ("get", {"model": "Note", "id": r.randint(1, 310)}),
        ("find", {"model": "Note", "limit": r.choice([1, 5, 100])}),
        ("find", {"model": "Note", "stream": True, "only": ["id"]}),
        ("count", {"model": "Note", "where": {"text": "y" * r.choice(
            [1, 900, 3000, 20000, 70000])}}),
        ("create", {"model": "Note", "values": {"text": "new"},
                    "return": "none"}),
        ("create", {"model": "User", "values": {"username": "user 1"}}),
        ("create", {"model": "User", "return": "none", "values": [
            {"username": "%x" % r.getrandbits(60), "password": "p" * 8}
            for _ in range(r.randint(1, 3))]}),
        ("update", {"model": "Note", "id": 1, "values": {"text": "other"},
                    "return": "none"}),
        ("login", {"token": r.choice(w["tokens"] + ["A" * 43])}),
        ("login", {"username": "user 2", "password": r.choice(
            ["the right one", "a wrong one"])}),
        ("logout", {}), ("nothing", {}), ("get", {"model": "Nothing"})])


class Guest:
    """One connection of a client that does as it likes."""

    def __init__(self, ormd, r):
        self.r, self.n, self.asked = r, 0, {}
        self.client = Client(ormd.address, 5.0)

    def line(self):
        if self.r.random() < 0.1:
            return dumps([self.one() for _ in range(
                self.r.randint(1, 5))]) + "\n"
        return dumps(self.one()) + "\n"

    def one(self):
        if self.n and self.r.random() < 0.1:
            return {"method": "cancel",
                    "params": {"id": self.r.randrange(self.n)}}
        method, params = a_call(self.r)
        if self.r.random() < 0.1:
            params = dict(params, deadline_ms=self.r.choice([1, 5, 200]))
        call = {"method": method, "params": params}
        if self.r.random() < 0.95:
            call["id"] = self.n
            self.asked[self.n] = method
            self.n += 1
        return call

    def told(self, reply):
        """Every answer is to a question, and there is one to each."""
        if isinstance(reply, list):
            for one in reply:
                self.told(one)
            return
        if "method" in reply:		# rows of a stream
            return
        if reply["id"] is None:
            check("error" in reply, reply)
            return
        check(reply["id"] in self.asked, "a second answer: " + dumps(reply))
        del self.asked[reply["id"]]

    def live(self):
        r, c = self.r, self.client
        try:
            for _ in range(r.randint(1, 6)):
                c.send("".join(self.line() for _ in range(r.choice(
                    [1, 1, 3, 20]))))
                if r.random() < 0.1:
                    c.send("{" * r.randint(1, 3000))
                    if r.random() < 0.5:
                        time.sleep(0.6)
                    c.send("\n")
                for _ in range(r.choice([0, 1, 5])):
                    self.take()
            if r.random() < 0.3:
                c.finish()
                while self.take():
                    pass
            if r.random() < 0.3:
                c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                    RESET)
        except (OSError, TimeoutError):
            pass			# ormd may close it, or have nothing
        finally:
            c.close()

    def take(self):
        self.client.socket.settimeout(self.r.choice([0.01, 0.3]) * SLOW)
        line = self.client.line()
        if line is None:
            return False
        self.told(loads(line.decode()))
        return True


@case("whatever they do, ormd lives, and forgets them", 60 + 10 * SECONDS)
def storm():
    ormd = Daemon(w["address"], MODEL, LIMITS).when_ready()
    end = time.monotonic() + SECONDS
    failed, counts = [], [0] * CLIENTS

    def come_and_go(k):
        r = random.Random(w["seed"] * 1000 + k)
        while time.monotonic() < end and not failed:
            try:
                Guest(ormd, r).live()
                counts[k] += 1
            except OSError:
                time.sleep(0.01)
            except Exception as e:
                failed.append(repr(e))
    threads = [threading.Thread(target=come_and_go, args=(k,))
               for k in range(CLIENTS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    same(failed, [])
    say("%d guests" % sum(counts))

    def nobody():
        return len(os.listdir("/proc/%d/fd" % ormd.pid)) < 24
    until("all of them to be forgotten", nobody, 20)
    with ormd.connect() as c:
        # What they had begun to hash may be in the way for a moment.
        until("a login to be let in", lambda: "token" in c.ask("login", {
            "username": "user 0", "password": "the right one"}).get(
                "result", {}))
        for i in range(1, 20):
            same(c.call("get", {"model": "Note", "id": i,
                                "only": ["id"]}), {"id": i})
    ormd.stop()


if __name__ == "__main__":
    run(setup)
