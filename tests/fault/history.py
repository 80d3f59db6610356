#!/usr/bin/env python3
"""Writes with keys through all kinds of faults: each happens exactly once.

First one fault at a time: the connection between ormd and PostgreSQL, or
between a client and ormd, cut after so many bytes; a commit that arrives after
the connection is gone.  Then all at once, for a while: eight clients write and
read over two ormds, while backends are terminated, connections are cut, and
ormd and the postmaster are killed with -9.  A client repeats a write under its
key until it knows what became of it, so it knows exactly what has to be in the
tables afterwards; of writes without a key it notes yes, no or unknown.

ORMD_LONG cuts at hundreds of bytes and goes on for minutes.  $ORMD_SEED is the seed.
"""

import collections
import os
import random
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import proxy
from harness import (Client, Daemon, LONG, MEDITATION, Postgres, SLOW, TOP,
                     case, check, dumps, folder, loads, run, same, say, until)

SECONDS = 240 if LONG else 10
CLIENTS = 8
CUTS = 300 if LONG else 20	# of one stream, at most
SEED = int(os.environ.get("ORMD_SEED") or random.SystemRandom().getrandbits(32))
ONLY = ["id", "username", "meditation_sessions.id",
        "meditation_sessions.rating", "meditation_sessions.session_note",
        "meditation_sessions.meditation_id"]
w = {}


def setup():
    say("seed %d" % SEED)
    w["postgres"] = Postgres(durable=True)
    w["postgres"].database("history", files=[
        os.path.join(TOP, "sql", "meditation.sql")])
    with w["postgres"].psql("history") as db:
        db.run("INSERT INTO meditations (id, title) VALUES (1, 'Calm'), "
               "(2, 'Focus'); INSERT INTO users (username) VALUES ('taken'); "
               "SELECT setval(pg_get_serial_sequence('meditations', 'id'), "
               "100)")
    place = folder()
    # PostgreSQL, as ormd sees it: everything passes this.
    w["wire"] = proxy.Proxy(
        os.path.join(place, ".s.PGSQL.5432"),
        os.path.join(w["postgres"].folder, ".s.PGSQL.5432"), framed=True)
    w["address"] = "host=%s dbname=history user=ormd" % place


def query(sql):
    with w["postgres"].psql("history") as db:
        return db.rows(sql)


def quiet():
    """No commit is under way or held back any more."""
    def idle():
        return w["wire"].quiet() and query(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = "
            "'ormd' AND state <> 'idle'")[0]["n"] == 0
    until("the last transactions", idle, 60, 0.05)


# ---- one fault at a time ---------------------------------------------------

class Meter:
    """A judge that counts bytes, and cuts once, after so many of one way."""

    def __init__(self, way, most, how=proxy.cut):
        self.way, self.most, self.how = way, most, how
        self.passed = {proxy.OUT: 0, proxy.BACK: 0}
        self.fired = False

    def __call__(self, _link, way, _kind, data):
        before = self.passed[way]
        self.passed[way] += len(data)
        if way != self.way or self.fired or self.passed[way] <= self.most:
            return None
        self.fired = True
        return self.how(self.most - before)


def at_sync(verdict):
    """A judge that does this to the first Sync, then nothing more."""
    left = [verdict]

    def judge(_link, way, kind, _data):
        if way == proxy.OUT and kind == b"S" and left:
            return left.pop()
        return None
    return judge


def fresh_backend():
    with w["postgres"].psql("history") as db:
        db.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
               "WHERE usename = 'ormd'")


def settle(client):
    """Both backends are there again, have looked at the model, are idle."""
    def done():
        return "result" in client.ask("update", {
            "model": "Meditation", "id": 2, "return": "none",
            "values": {"title": "settle %d" % random.getrandbits(40)}}) and \
            "result" in client.ask("count", {"model": "Meditation"})
    until("the backends", done, 10, 0.01)


def family(name, key=None):
    params = {"model": "User", "only": ONLY, "values": {
        "username": name, "meditation_sessions": [
            {"rating": 1, "session_note": name},
            {"rating": 2, "session_note": name}]}}
    if key is not None:
        params["key"] = key
    return params


def stored(name):
    """How many users of that name there are; each has to be whole."""
    rows = query("SELECT (SELECT count(*) FROM meditation_sessions s WHERE "
                 "s.user_id = u.id) AS sessions FROM users u WHERE username "
                 "= '%s'" % name)
    check(all(r["sessions"] == 2 for r in rows), "%s is there by half" % name)
    return len(rows)


def offsets(total, rng):
    """Where to cut a stream of so many bytes."""
    if total <= CUTS:
        return range(total)
    # Where the ends are, something may be special; else anywhere.
    ends = [0, 1, total - 1, total - 5, total - 6]
    return sorted(set(ends + rng.sample(range(total), CUTS - len(ends))))


def metered(client, name, key, meter):
    """A create on a new backend, so that all streams are alike."""
    fresh_backend()
    settle(client)
    w["wire"].judge = meter
    reply = client.ask("create", family(name, name if key else None))
    w["wire"].judge = None
    return meter, reply


def cut_everywhere(key):
    """Cuts one create at many bytes; keyed, it has to be answered."""
    rng = random.Random(SEED)
    daemon = Daemon(w["address"], MEDITATION,
                    ["readers=1", "writers=1"]).when_ready()
    said = collections.Counter()
    names = {}
    with daemon.connect() as c:
        for way in (proxy.OUT, proxy.BACK):
            name = "%s-%s-metered" % ("key" if key else "plain", way)
            meter, _ = metered(c, name, key, Meter(way, 10 ** 9))
            for n in offsets(meter.passed[way], rng):
                name = "%s-%s-%07d" % ("key" if key else "plain", way, n)
                meter, reply = metered(c, name, key, Meter(way, n))
                said["cut"] += meter.fired
                names[name] = verdict(reply)
                said[names[name]] += 1
                if key:
                    check("result" in reply, "%s: %s" % (name, dumps(reply)))
                    again = c.ask("create", family(name, name))
                    same(again["result"], reply["result"])
        settle(c)
    daemon.stop()
    quiet()
    for name, told in names.items():
        there = stored(name)
        check(there <= 1, "%s is there twice" % name)
        check(told == "unknown" or told == ("yes" if there else "no"),
              "%s: %s was said, %d is stored" % (name, told, there))
    return said


def verdict(reply):
    """Is it committed?  yes, no, unknown."""
    if "result" in reply:
        return "yes"
    data = reply["error"]["data"]
    check(data["kind"] in ("uncertain", "database_down", "overloaded",
                           "timeout", "draining"), reply)
    check(data["committed"] in ("no", "unknown"), reply)
    same(data["kind"] == "uncertain", data["committed"] == "unknown")
    return data["committed"]


@case("a create with a key, cut between ormd and PostgreSQL at many bytes: "
      "always answered, always there once", 900)
def cut_keyed():
    said = cut_everywhere(True)
    say("%(cut)d cuts, %(yes)d answered" % said)
    same(said["no"] + said["unknown"], 0)
    check(said["cut"] > 20)


@case("the same without a key: `uncertain' where it is, and never a wrong "
      "word", 900)
def cut_plain():
    said = cut_everywhere(False)
    say("%(cut)d cuts: %(yes)d answered, %(no)d refused, %(unknown)d "
        "uncertain" % said)
    check(said["cut"] > 20 and said["unknown"] > 0)


@case("cut at the Sync in every manner: with a key the truth, without one "
      "uncertain where it is", 120)
def syncs():
    daemon = Daemon(w["address"], MEDITATION,
                    ["readers=1", "writers=1"]).when_ready()
    ways = {"before": (proxy.cut(0), 0), "within": (proxy.cut(3), 0),
            "after": (proxy.cut(5), None), "deaf": (proxy.deaf(), 1),
            "late": (proxy.late(0.3), 1), "held": (proxy.hold(0.3), 1)}
    with daemon.connect() as c:
        for name, (how, there) in ways.items():
            for key in (None, "sync-" + name):
                settle(c)
                w["wire"].judge = at_sync(how)
                who = "sync-%s-%s" % (name, key)
                reply = c.ask("create", family(who, key))
                w["wire"].judge = None
                told = verdict(reply)
                quiet()
                if key or name == "held":
                    same(told, "yes")
                    same(stored(who), 1)
                else:
                    same(told, "unknown")
                    if there is not None:
                        same(stored(who), there)
    daemon.stop()


@case("a commit that comes later than lock_timeout: `uncertain', and the "
      "repeat learns it", 60)
def too_late():
    daemon = Daemon(w["address"], MEDITATION,
                    ["readers=1", "writers=1",
                     "lock_timeout=300ms"]).when_ready()
    with daemon.connect() as c:
        settle(c)
        w["wire"].judge = at_sync(proxy.late(1.5 * SLOW))
        reply = c.ask("create", family("late", "late"))
        w["wire"].judge = None
        same(verdict(reply), "unknown")
        same(stored("late"), 0)
        quiet()
        same(stored("late"), 1)
        made = c.call("create", family("late", "late"))
        same(made["username"], "late")
    same(stored("late"), 1)
    daemon.stop()


@case("PostgreSQL's answers a byte at a time, and ormd's words", 60)
def trickles():
    daemon = Daemon(w["address"], MEDITATION).when_ready()
    with daemon.connect() as c:
        for way in (proxy.OUT, proxy.BACK):
            seen = set()

            def judge(link, at, _kind, _data):
                if at == way and id(link) not in seen:
                    seen.add(id(link))
                    return proxy.trickle(1, 0.0002)
                return None
            w["wire"].judge = judge
            same(c.call("create", family("drop-" + way,
                                         "drop-" + way))["username"],
                 "drop-" + way)
            w["wire"].judge = None
            fresh_backend()
            settle(c)
    daemon.stop()


@case("the client's connection cut or reset at many bytes: the repeat over "
      "another one gets the answer, and it is there once", 300)
def client_cuts():
    rng = random.Random(SEED)
    daemon = Daemon(w["address"], MEDITATION).when_ready()
    done = collections.Counter()
    with proxy.Proxy(("127.0.0.1", 0), daemon.address) as front:
        for way in (proxy.OUT, proxy.BACK):
            front.judge = Meter(way, 10 ** 9)
            with Client(front.address) as c:
                c.call("create", family("client-" + way, "client-" + way))
            for n in offsets(front.judge.passed[way], rng):
                how = rng.choice([proxy.cut, proxy.reset])
                name = "client-%s-%d" % (way, n)
                front.judge = Meter(way, n, how)
                with Client(front.address) as c:
                    try:
                        c.ask("create", family(name, name))
                    except (OSError, ValueError):
                        done[how(0)[0]] += 1
                front.judge = None
                with Client(front.address) as c:
                    same(c.call("create", family(name, name))["username"],
                         name)
                same(stored(name), 1)
    daemon.stop()
    say("%(cut)d cut, %(reset)d reset" % done)
    check(done["cut"] > 5 and done["reset"] > 5)


# ---- all of them at once ---------------------------------------------------

class Writer:
    """One client: what it did, and what has to be in the tables therefore."""

    def __init__(self, load, n):
        self.load, self.n = load, n
        self.rng = random.Random("%d-%d" % (SEED, n))
        self.connection = None
        self.serial = 0
        # {user: [name, {session: (rating, note, meditation)}]}
        self.users = {}
        self.keys = set()		# acknowledged
        self.plain = {}			# note: yes, no, unknown
        self.told = collections.Counter()
        self.broken = None
        self.doing = None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.load.stop:
                self.turn()
        except Exception as error:
            self.broken = "client %d, %s: %r" % (self.n, self.doing, error)
        self.leave()

    def name(self):
        self.serial += 1
        return "c%d-%d" % (self.n, self.serial)

    # How to talk.

    def leave(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def exchange(self, method, params):
        """The reply; None when the connection broke."""
        try:
            if self.connection is None:
                self.connection = Client(
                    self.rng.choice(self.load.fronts).address)
            if self.rng.random() < 0.02:
                self.told["left"] += 1
                self.connection.post(method, params)
                time.sleep(self.rng.random() * 0.01)
                self.leave()
                return None
            return self.connection.ask(method, params)
        except (OSError, ValueError):
            self.told["broken"] += 1
            self.leave()
            return None

    def keyed(self, method, params):
        """Asks until it knows.  The result, or the error's kind."""
        params = dict(params, key=self.name())
        self.doing = "%s %s" % (method, dumps(params))
        tries = 0
        while True:
            reply = self.exchange(method, params)
            if reply is not None and "result" in reply:
                self.told["acknowledged"] += 1
                self.keys.add(params["key"])
                return reply["result"]
            if reply is not None:
                data = reply["error"]["data"]
                self.told[data["kind"]] += 1
                check("committed" in data, reply)
                same(data["kind"] == "uncertain",
                     data["committed"] == "unknown")
                if data["committed"] == "no" and not data["retryable"]:
                    return data["kind"]
            tries += 1
            self.told["repeats"] += 1
            check(tries < 2000, "it never gets an answer: %s"
                  % dumps(reply))
            time.sleep(self.rng.random() * 0.04)

    # What to say.

    def turn(self):
        if not self.users or (len(self.users) < 4 and
                              self.rng.random() < 0.2):
            return self.create()
        what = self.rng.choices(
            [self.append, self.append_by_proxy, self.remove,
             self.remove_by_proxy, self.set, self.rename, self.pair,
             self.move, self.delete, self.refused, self.shared,
             self.plain_pair, self.read],
            [6, 4, 4, 2, 4, 3, 4, 3, 1, 3, 3, 8, 5])[0]
        return what(self.rng.choice(sorted(self.users)))

    def sessions(self, note, n):
        return [{"rating": i, "session_note": note} for i in range(n)]

    def adopt(self, user, result, kept, new):
        """The result has to be what was kept and so many new sessions."""
        same(result["id"], user)
        got = {s["id"]: (s["rating"], s["session_note"], s["meditation_id"])
               for s in result["meditation_sessions"]}
        for key, value in kept.items():
            check(got.get(key) == value, "session %d is %s, not %s"
                  % (key, got.get(key), value))
        fresh = sorted(v for k, v in got.items() if k not in kept)
        same([list(v) for v in fresh], [list(v) for v in sorted(new)])
        self.users[user] = [result["username"], got]

    def create(self):
        note, n = self.name(), self.rng.randint(0, 4)
        result = self.keyed("create", {"model": "User", "only": ONLY,
                                       "values": {
                                           "username": note,
                                           "meditation_sessions":
                                           self.sessions(note, n)}})
        check(isinstance(result, dict), result)
        same(result["username"], note)
        self.adopt(result["id"], result, {},
                   [(i, note, None) for i in range(n)])

    def collection(self, method, user, items, kept, new,
                   attribute="meditation_sessions"):
        result = self.keyed(method, {
            "model": "User", "id": user, "attribute": attribute,
            "items": items, "only": ONLY})
        check(isinstance(result, dict), result)
        self.adopt(user, result, kept, new)

    def append(self, user):
        note = self.name()
        self.collection("append", user, self.sessions(note, 2),
                        self.users[user][1],
                        [(0, note, None), (1, note, None)])

    def append_by_proxy(self, user):
        note = self.name()
        self.collection("append", user, [
            {"$get": m, "$through": {"rating": m, "session_note": note}}
            for m in (1, 2)], self.users[user][1],
            [(1, note, 1), (2, note, 2)], "meditations")

    def some(self, user, n):
        mine = sorted(self.users[user][1])
        return self.rng.sample(mine, min(n, len(mine)))

    def remove(self, user):
        gone = self.some(user, 2)
        self.collection("remove", user, [{"$get": s} for s in gone],
                        {k: v for k, v in self.users[user][1].items()
                         if k not in gone}, [])

    def remove_by_proxy(self, user):
        mine = self.users[user][1]
        first = [min(k for k, v in mine.items() if v[2] == m)
                 for m in (1, 2) if any(v[2] == m for v in mine.values())]
        if len(first) == 2:
            self.collection("remove", user, [{"$get": 1}, {"$get": 2}],
                            {k: v for k, v in mine.items()
                             if k not in first}, [], "meditations")

    def set(self, user):
        note, keep = self.name(), self.some(user, 3)
        self.collection("set", user, [{"$get": s} for s in keep] +
                        self.sessions(note, 2),
                        {k: self.users[user][1][k] for k in keep},
                        [(0, note, None), (1, note, None)])

    def rename(self, user):
        name = self.name()
        result = self.keyed("update", {"model": "User", "id": user, "only":
                                       ONLY, "values": {"username": name}})
        check(isinstance(result, dict), result)
        same(result["username"], name)
        self.adopt(user, result, self.users[user][1], [])

    def pair(self, user):
        """Two updates and a create that have to go together."""
        two, note = self.some(user, 2), self.name()
        ops = [{"method": "update", "params": {
            "model": "MeditationSession", "id": s, "return": "none",
            "values": {"session_note": note}}} for s in two]
        ops.append({"method": "append", "params": {
            "model": "User", "id": user, "attribute": "meditation_sessions",
            "items": self.sessions(note, 1), "only": ONLY}})
        result = self.keyed("transaction", {"ops": ops})
        check(isinstance(result, dict), result)
        kept = {k: (v[0], note, v[2]) if k in two else v
                for k, v in self.users[user][1].items()}
        self.adopt(user, result["results"][-1], kept, [(0, note, None)])

    def move(self, user):
        other = self.rng.choice(sorted(self.users))
        moved = self.some(user, 2)
        if other == user or not moved:
            return
        kept = dict(self.users[other][1])
        kept.update({k: self.users[user][1][k] for k in moved})
        self.collection("append", other, [{"$get": s} for s in moved], kept,
                        [])
        for s in moved:
            del self.users[user][1][s]

    def delete(self, user):
        result = self.keyed("delete", {"model": "User", "id": user})
        check(isinstance(result, dict), result)
        want = {"User": 1}
        if self.users[user][1]:
            want["MeditationSession"] = len(self.users[user][1])
        same(result["deleted"], want)
        del self.users[user]

    def refused(self, user):
        """A unit whose last part cannot be: nothing of it may stay."""
        note = self.name()
        same(self.keyed("transaction", {"ops": [
            {"method": "append", "params": {
                "model": "User", "id": user,
                "attribute": "meditation_sessions",
                "items": self.sessions(note, 2)}},
            {"method": "count", "params": {"model": "Meditation"}},
            {"method": "create", "params": {
                "model": "User", "values": {"username": "taken"}}}]}),
            "unique")
        self.told["refused"] += 1

    def shared(self, _user):
        """All clients on one parent."""
        note = self.name()
        check(self.keyed("append", {
            "model": "Meditation", "id": 1, "return": "none",
            "attribute": "meditation_sessions",
            "items": self.sessions(note, 2)}) is None)
        self.plain[note] = "yes"

    def plain_pair(self, _user):
        """Without a key: noted is what is said."""
        note = self.name()
        params = {"model": "MeditationSession", "return": "none",
                  "values": self.sessions(note, 2)}
        self.doing = "create " + dumps(params)
        reply = self.exchange("create", params)
        told = "unknown" if reply is None else verdict(reply)
        self.told["plain " + told] += 1
        self.plain[note] = told

    def read(self, user):
        self.doing = "get %d" % user
        reply = self.exchange("get", {"model": "User", "id": user,
                                      "only": ONLY})
        if reply is None:
            return
        if "error" in reply:
            data = reply["error"]["data"]
            check(data["retryable"] and "committed" not in data, reply)
            return
        self.told["reads"] += 1
        check(reply["result"] is not None, "user %d is gone" % user)
        same(reply["result"]["username"], self.users[user][0])
        self.adopt(user, reply["result"], self.users[user][1], [])


class Load:
    """The clients, two ormds behind proxies of their own, and the faults."""

    def __init__(self):
        self.stop = False
        self.rng = random.Random(SEED)
        self.faults = collections.Counter()
        self.daemons = [Daemon(w["address"], MEDITATION).when_ready()
                        for _ in range(2)]
        self.fronts = [proxy.Proxy(("127.0.0.1", 0), d.address)
                       for d in self.daemons]
        self.writers = [Writer(self, n) for n in range(CLIENTS)]

    def cut_wires(self):
        """Judges: now and then a connection breaks, mostly at the Sync."""
        wire, front = random.Random(SEED + 1), random.Random(SEED + 2)

        def judge_wire(_link, way, kind, data):
            chance = 0.02 if way == proxy.OUT and kind == b"S" else 0.0002
            if wire.random() >= chance:
                return None
            return wire.choice([
                proxy.cut(0), proxy.cut(wire.randint(0, len(data))),
                proxy.cut(len(data)), proxy.deaf(),
                proxy.late(wire.random() * 0.3),
                proxy.hold(wire.random() * 0.1)])

        def judge_front(_link, _way, _kind, data):
            if front.random() >= 0.005:
                return None
            n = front.randint(0, len(data))
            return front.choice([proxy.cut(n), proxy.reset(n),
                                 proxy.hold(front.random() * 0.1)])
        w["wire"].judge = judge_wire
        for f in self.fronts:
            f.judge = judge_front

    def terminate(self):
        with w["postgres"].psql("history") as db:
            self.faults["backends terminated"] += int(db.value(
                "SET client_min_messages = error; SELECT "
                "count(pg_terminate_backend(pid)) FROM (SELECT pid FROM "
                "pg_stat_activity WHERE usename = 'ormd' ORDER BY random() "
                "LIMIT %d) v" % self.rng.randint(1, 3)))

    def kill_ormd(self):
        daemon = self.rng.choice(self.daemons)
        daemon.signal(signal.SIGKILL)
        same(daemon.wait(), -signal.SIGKILL)
        self.faults["ormd killed"] += 1
        time.sleep(self.rng.random() * 0.1)
        daemon.run()

    def kill_postmaster(self):
        w["postgres"].stop(signal.SIGKILL)
        self.faults["postmaster killed"] += 1
        time.sleep(self.rng.random() * 0.2)
        w["postgres"].restart_after_crash()

    def go(self, seconds):
        for writer in self.writers:
            writer.thread.start()
        self.cut_wires()
        end = time.monotonic() + seconds
        # Each once for certain, then by chance.
        plan = [self.kill_postmaster, self.kill_ormd, self.terminate]
        try:
            while time.monotonic() < end and not self.fallen():
                time.sleep(0.1 + self.rng.random() * 0.3)
                (plan.pop() if plan else self.rng.choices(
                    [self.terminate, self.kill_ormd, self.kill_postmaster],
                    [12, 4, 1])[0])()
        finally:
            self.stop = True
        self.finish()

    def fallen(self):
        return [x.broken for x in self.writers if x.broken is not None]

    def finish(self):
        time.sleep(0.2)
        w["wire"].judge = None
        for f in self.fronts:
            f.judge = None
        for writer in self.writers:
            writer.thread.join()
        check(not self.fallen(), "\n".join(self.fallen()))
        for name, n in w["wire"].done.items():
            self.faults["ormd-PostgreSQL " + name] += n
        for f in self.fronts:
            for name, n in f.done.items():
                self.faults["client-ormd " + name] += n
            f.stop()
        for d in self.daemons:
            d.stop()
        quiet()


def compare(writer, users, sessions, keys):
    """What is stored of one client, against what it knows."""
    start = "c%d-" % writer.n
    mine = {u["id"]: u["username"] for u in users
            if u["username"].startswith(start)}
    same(sorted([k, v] for k, v in mine.items()),
         sorted([k, v[0]] for k, v in writer.users.items()))
    there = collections.defaultdict(dict)
    notes = collections.Counter()
    for s in sessions:
        if not s["session_note"].startswith(start):
            continue
        if s["user_id"] is None:
            notes[s["session_note"]] += 1
        else:
            there[s["user_id"]][s["id"]] = (s["rating"], s["session_note"],
                                            s["meditation_id"])
    for user, (_, want) in writer.users.items():
        check(there[user] == want, "user %d has %s, not %s"
              % (user, there[user], want))
        del there[user]
    check(not there, "sessions that nobody made: %s" % dict(there))
    for note, told in writer.plain.items():
        n = notes.pop(note, 0)
        check(n in (0, 2), "%s: %d of 2 are stored" % (note, n))
        check(told == "unknown" or told == ("yes" if n else "no"),
              "%s: %s was said, %d are stored" % (note, told, n))
    check(not notes, "pairs that nobody made: %s" % dict(notes))
    same(sorted(k for k in keys if k.startswith(start)),
         sorted(writer.keys))


@case("all faults at once: each acknowledged write is there exactly once, "
      "none that was refused, none by half", SECONDS + 240)
def history():
    w["wire"].done.clear()
    load = Load()
    load.go(SECONDS)
    told = sum((x.told for x in load.writers), collections.Counter())
    for what, counts in (("faults", load.faults), ("told", told)):
        say("%s: %s" % (what, ", ".join(
            "%d %s" % (n, name) for name, n in sorted(counts.items()))))
    users = query("SELECT id, username FROM users")
    sessions = query("SELECT id, rating, session_note, user_id, "
                     "meditation_id FROM meditation_sessions WHERE "
                     "session_note ~ '^c[0-9]+-'")
    claims = query("SELECT key, reply IS NOT NULL AS replied FROM "
                   "ormd.idempotency WHERE key ~ '^c[0-9]+-'")
    check(all(c["replied"] for c in claims), "a claim has no reply")
    for writer in load.writers:
        compare(writer, users, sessions, {c["key"] for c in claims})
    for fault in ("backends terminated", "ormd killed", "postmaster killed",
                  "ormd-PostgreSQL cut"):
        check(load.faults[fault] > 0, "no " + fault)
    check(told["acknowledged"] > 20 * CLIENTS and told["repeats"] > 10,
          "hardly anything happened")


if __name__ == "__main__":
    run(setup)
