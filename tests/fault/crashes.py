#!/usr/bin/env python3
"""kill -9 under load: nothing that was acknowledged is lost.

Clients write without pause, each a user with two nested sessions under a name
of its own, and note what they were told.  Meanwhile the postmaster, or ormd,
is killed and started again.  Afterwards the tables are held against the notes:
all that was acknowledged is there and whole, nothing that was refused is
there, and nothing is there by half.  ORMD_LONG makes more rounds of it.
"""

import itertools
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

from harness import (Daemon, LONG, MEDITATION, Postgres, SLOW, TOP, case,
                     check, run, same, say, until)

ROUNDS = 20 if LONG else 2
WRITERS = 16
w = {}


def setup():
    w["postgres"] = Postgres(durable=True)
    w["address"] = w["postgres"].database(
        "meditation", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["ormd"] = Daemon(w["address"], MEDITATION).when_ready()
    with w["ormd"].connect() as c:
        same(c.call("create", {"model": "Meditation", "return": "key",
                               "values": {"id": 1, "title": "Calm"}}), 1)


class Load:
    """Writers, and what each was told."""

    runs = itertools.count()	# an object's id() may come again

    def __init__(self):
        self.run = next(Load.runs)
        self.stop = False
        self.acknowledged, self.refused, self.unknown = [], [], []
        self.broken = []
        self.answers = []	# monotonic times of acknowledgements
        self.threads = [threading.Thread(target=self._write, args=(n,))
                        for n in range(WRITERS)]
        for t in self.threads:
            t.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop = True
        for t in self.threads:
            t.join()

    def _write(self, n):
        i = 0
        while not self.stop:
            try:
                with w["ormd"].connect() as c:
                    while not self.stop:
                        i += 1
                        self._one(c, "%d-%d-%d" % (self.run, n, i))
            except OSError:
                time.sleep(0.02)	# ormd is being killed
            except Exception as error:
                self.broken.append(repr(error))
                return

    def _one(self, client, name):
        self.unknown.append(name)	# until we are told
        reply = client.ask("create", {
            "model": "User", "return": "none", "values": {
                "username": name, "meditation_sessions": [
                    {"rating": 1, "meditation": {"$get": 1}},
                    {"rating": 2, "meditation": {"$get": 1}}]}})
        if "result" in reply:
            self.acknowledged.append(name)
            self.answers.append(time.monotonic())
            self.unknown.remove(name)
            return
        data = reply["error"]["data"]
        if data["kind"] == "uncertain":
            same(data["committed"], "unknown")
            return
        check(data["kind"] in ("database_down", "overloaded") and
              data["retryable"] is True, data)
        self.refused.append(name)
        self.unknown.remove(name)
        time.sleep(0.005)

    def answers_again(self, accepted):
        """Is something acknowledged within 1 s of PostgreSQL accepting?"""
        until("an acknowledgement", lambda: self.answers and
              self.answers[-1] > accepted - 0.05, 1.5, 0.002)
        first = min(t for t in self.answers if t > accepted - 0.05)
        say("first acknowledgement %.0f ms after accepting"
            % ((first - accepted) * 1e3))
        check(first - accepted < 1.0 * SLOW)

    def compare(self):
        check(not self.broken, self.broken[:3])
        with w["postgres"].psql("meditation") as db:
            rows = db.rows(
                "SELECT username AS name, (SELECT count(*) FROM "
                "meditation_sessions s WHERE s.user_id = u.id) AS sessions "
                "FROM users u")
        stored = {r["name"]: r["sessions"] for r in rows
                  if r["name"].startswith("%d-" % self.run)}
        say("%d acknowledged, %d refused, %d unknown of which %d are stored"
            % (len(self.acknowledged), len(self.refused), len(self.unknown),
               sum(n in stored for n in self.unknown)))
        lost = [n for n in self.acknowledged if n not in stored]
        check(not lost, "acknowledged, but lost: %s" % lost[:5])
        there = [n for n in self.refused if n in stored]
        check(not there, "refused, but stored: %s" % there[:5])
        half = [n for n in stored if stored[n] != 2]
        check(not half, "stored by half: %s" % half[:5])
        check(len(stored) <= len(self.acknowledged) + len(self.unknown))
        check(len(self.acknowledged) > 20, "hardly anything was stored")


@case("the postmaster killed with -9 under load and started again: ormd "
      "answers within 1 s of its accepting and was not restarted",
      60 * ROUNDS)
def postmaster():
    with Load() as load:
        for _ in range(ROUNDS):
            time.sleep(1)
            w["postgres"].stop(signal.SIGKILL)
            w["postgres"].restart_after_crash()
            load.answers_again(time.monotonic())
            time.sleep(0.5)
    same(w["ormd"].process.poll(), None)
    load.compare()


@case("one backend killed with -9 under load: PostgreSQL restarts itself, "
      "ormd goes on", 60 * ROUNDS)
def backend():
    with Load() as load:
        for _ in range(ROUNDS):
            time.sleep(0.5)
            with w["postgres"].psql("meditation") as db:
                pid = int(db.value("SELECT pid FROM pg_stat_activity WHERE "
                                   "usename = 'ormd' LIMIT 1"))
            os.kill(pid, signal.SIGKILL)
            until("PostgreSQL to see it", lambda: not
                  w["postgres"].accepts(), 10, 0.002)
            until("PostgreSQL to accept again", w["postgres"].accepts, 60,
                  0.005)
            load.answers_again(time.monotonic())
    same(w["ormd"].process.poll(), None)
    load.compare()


@case("ormd killed with -9 under load and started again", 60 * ROUNDS)
def ormd():
    with Load() as load:
        for _ in range(ROUNDS):
            time.sleep(1)
            w["ormd"].signal(signal.SIGKILL)
            same(w["ormd"].wait(), -signal.SIGKILL)
            w["ormd"].run()
        w["ormd"].when_ready()
        time.sleep(0.5)
    load.compare()


@case("PostgreSQL stopped (SIGSTOP) for a while: requests end by their time, "
      "others go on afterwards", 60)
def hung():
    daemon = Daemon(w["address"], MEDITATION,
                    ["statement_timeout=500ms", "queue_wait=500ms"])
    daemon.when_ready()
    with w["postgres"].psql("meditation") as db:
        pids = [int(p) for p in db.value(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'ormd'"
        ).split()]
    with daemon.connect() as c:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            start = time.monotonic()
            error = c.error("get", {"model": "User", "id": 1})
            took = time.monotonic() - start
            check(error.kind in ("timeout", "overloaded", "database_down"),
                  str(error))
            check(took < 5 * SLOW, "it took %.1f s" % took)
            same(c.call("ping"), {})
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        end = time.monotonic() + 5 * SLOW
        while "error" in c.ask("get", {"model": "User", "id": 1}):
            check(time.monotonic() < end, "it never recovers")
            time.sleep(0.05)
    daemon.stop()


if __name__ == "__main__":
    run(setup)
