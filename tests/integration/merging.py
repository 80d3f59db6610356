#!/usr/bin/env python3
"""Merging changes when statements are sent, never what a client is told.

The same requests go at once from many connections to two ormds, one with
merging and one without, each with a database of its own.  Replies and tables
have to be equal, and the first has to have needed fewer transactions.
"""

import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Daemon, MEDITATION, Postgres, TOP, case, check, dumps,
                     loads, run, same, say, until)

CONNECTIONS = 32
EACH = 40
w = {}


def setup():
    w["postgres"] = Postgres()


def at_once(daemon, requests, timeout=20.0):
    """requests: one list a connection, all sent together; the replies."""
    replies = [None] * len(requests)
    gate = threading.Barrier(len(requests))

    def one(n):
        with daemon.connect(timeout) as c:
            text = "".join(dumps(r) + "\n" for r in requests[n])
            gate.wait()
            c.send(text)
            replies[n] = [c.reply() for _ in requests[n]]
    threads = [threading.Thread(target=one, args=(n,))
               for n in range(len(requests))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return replies


class Side:
    """An ormd, its database, and what each connection is told."""

    def __init__(self, name, merging):
        self.name = name
        address = w["postgres"].database(
            name, files=[os.path.join(TOP, "sql", "meditation.sql")])
        self.db = w["postgres"].psql(name)
        self.db.run(
            "INSERT INTO users (id, username) SELECT i, 'user' || i FROM "
            "generate_series(1, 400) i; INSERT INTO meditations (id, title) "
            "SELECT i, 'med' || i FROM generate_series(1, 20) i; INSERT INTO "
            "meditation_sessions (id, rating, user_id, meditation_id) SELECT "
            "u * 10 + k, 1 + k % 5, u, 1 + (u + k) % 20 FROM "
            "generate_series(1, 400) u, generate_series(0, 4) k; "
            "SELECT setval(pg_get_serial_sequence('users', 'id'), 100000), "
            "setval(pg_get_serial_sequence('meditations', 'id'), 100000), "
            "setval(pg_get_serial_sequence('meditation_sessions', 'id'), "
            "100000)")
        self.daemon = Daemon(address, MEDITATION,
                             ["merging=" + merging]).when_ready()

    def ask(self, requests):
        return at_once(self.daemon, requests)

    def tables(self):
        return [self.db.rows("SELECT * FROM %s ORDER BY id" % t)
                for t in ("users", "meditations", "meditation_sessions")]

    def db_users(self):
        """How many users with_children() has made."""
        return int(self.db.value("SELECT count(*) FROM users WHERE username "
                                 "~ '^(first|second)-'"))

    def close(self):
        """Ends ormd; how many transactions it needed."""
        self.daemon.stop()
        self.db.close()
        with w["postgres"].psql("postgres") as db:
            return int(db.value(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = "
                "'%s'" % self.name))


def both(name, make, fewer=0.7):
    """Sends make(connection, i) to both sides and compares all."""
    requests = [[dict(make(n, i), id=i) for i in range(EACH)]
                for n in range(CONNECTIONS)]
    on, off = Side(name + "_on", "on"), Side(name + "_off", "off")
    merged, single = on.ask(requests), off.ask(requests)
    for n in range(CONNECTIONS):
        for i in range(EACH):
            if merged[n][i] != single[n][i]:
                raise AssertionError("%s\nmerged %s\nsingle %s" % (
                    dumps(requests[n][i]), dumps(merged[n][i]),
                    dumps(single[n][i])))
    same(on.tables(), off.tables())
    fewest, most = on.close(), off.close()
    say("%d requests: %d transactions merged, %d not"
        % (CONNECTIONS * EACH, fewest, most))
    check(fewest < fewer * most, "nothing was merged")
    return merged


def by(n, i):
    return 1 + (n * EACH + i * 7) % 400


@case("get by key")
def gets():
    both("gets", lambda n, i: {"method": "get", "params": {
        "model": "User", "id": by(n, i) + (395 if i % 10 == 0 else 0)}})


@case("get by a unique column, and only some attributes")
def gets_unique():
    both("getsu", lambda n, i: {"method": "get", "params": {
        "model": "User", "id": {"username": "user%d" % by(n, i)},
        "only": ["username", "meditation_sessions.rating"]}})


@case("get with wishes for what is nested, two kinds of them, each with its "
      "values")
def gets_with_wishes():
    both("wishes", lambda n, i: {"method": "get", "params": {
        "model": "User", "id": by(n, i), "load": {"meditation_sessions": {
            "where": {"rating": {">": n % 3}}, "limit": 1 + n % 2}
            if n % 4 else {"order_by": ["-rating"], "limit": 2}}}})


@case("find and count with values of their own")
def finds():
    both("finds", lambda n, i: {
        "method": "find", "params": {
            "model": "MeditationSession", "only": ["id", "rating"],
            "where": {"user_id": by(n, i), "rating": {">=": 1 + i % 5}},
            "order_by": ["-rating"], "limit": 3}} if i % 2 else {
        "method": "count", "params": {
            "model": "MeditationSession",
            "where": {"meditation_id": 1 + by(n, i) % 20}}}, 1.01)


@case("creates with keys given, some of which are taken")
def creates():
    merged = both("creates", lambda n, i: {"method": "create", "params": {
        "model": "User", "values": {
            "id": 1000 + n * EACH + i,
            "username": "user%d" % by(n, i) if i % 8 == 3
            else "fresh%d-%d" % (n, i)}}})
    failed = [r for rs in merged for r in rs if "error" in r]
    same(len(failed), CONNECTIONS * EACH // 8)
    for r in failed:
        same((r["error"]["data"]["kind"], r["error"]["data"]["path"]),
             ("unique", "/values/username"))


@case("nested creates: each client gets its own objects back")
def nested():
    def make(n, i):
        key = 1000 + n * EACH + i
        return {"method": "create", "params": {
            "model": "User", "values": {
                "id": key, "username": "n%d" % key, "meditation_sessions": [
                    {"id": key * 10 + k, "rating": k,
                     "meditation": {"$get": 1 + k if i % 9 else 99}}
                    for k in range(3)]}}}
    # A batch in which one is refused is run again one by one.
    merged = both("nested", make, 0.9)
    for n in range(CONNECTIONS):
        for i, r in enumerate(merged[n]):
            key = 1000 + n * EACH + i
            if i % 9 == 0:
                same(r["error"]["data"]["kind"], "not_found")
                check(r["error"]["data"]["path"] in
                      ["/values/meditation_sessions/%d/meditation/$get" % k
                       for k in range(3)], r)
                continue
            same([s["id"] for s in r["result"]["meditation_sessions"]],
                 [key * 10 + k for k in range(3)])


def with_children(names):
    """Creates of users with two sessions, whose keys the database makes."""
    return [[{"id": i, "method": "create", "params": {
        "model": "User", "values": {
            "username": "%s-%d-%d" % (names, n, i), "meditation_sessions": [
                {"rating": k, "session_note": "%s-%d-%d" % (names, n, i),
                 "meditation": {"$get": 1}} for k in range(2)]}}}
        for i in range(EACH)] for n in range(CONNECTIONS)]


def check_children(side, requests, replies):
    """Each client has its own user, with its own sessions, as stored."""
    keys = set()
    for asked, told in zip(requests, replies):
        for q, r in zip(asked, told):
            check("result" in r, r)
            user, name = r["result"], q["params"]["values"]["username"]
            same((user["username"], [(s["session_note"], s["rating"])
                                     for s in user["meditation_sessions"]]),
                 (name, [(name, 0), (name, 1)]))
            keys.add(user["id"])
    same(len(keys), CONNECTIONS * EACH)
    same(side.db.value(
        "SELECT count(*) FROM users u JOIN meditation_sessions s ON "
        "s.user_id = u.id WHERE s.session_note = u.username"),
        str(2 * side.db_users()))


@case("nested creates whose keys the database makes: many share a draw, each "
      "has its own")
def keys_drawn():
    side = Side("drawn", "on")
    requests = with_children("first")
    check_children(side, requests, side.ask(requests))
    fewest = side.close()
    check(fewest < CONNECTIONS * EACH / 2, "nothing was merged")


@case("keys that were drawn ahead and that somebody else takes: no client "
      "sees it")
def keys_taken():
    side = Side("taken", "on")
    requests = with_children("first")
    check_children(side, requests, side.ask(requests))
    # What is left of the last draw, and what would come next.
    side.db.run(
        "INSERT INTO users (id, username) SELECT i, 'hand' || i FROM "
        "generate_series(100001, 110000) i ON CONFLICT DO NOTHING; "
        "SELECT setval(pg_get_serial_sequence('users', 'id'), 110000)")
    requests = with_children("second")
    check_children(side, requests, side.ask(requests))
    side.close()


@case("keys that were drawn ahead before a crash, and that the sequence gives "
      "once more")
def keys_drawn_twice():
    side = Side("twice", "on")
    requests = with_children("first")
    check_children(side, requests, side.ask(requests))
    # What was not flushed to disk is gone, as are all connections.
    mine = "pg_stat_activity WHERE usename = 'ormd' AND datname = '%s'" \
        % side.name
    pids = side.db.value("SELECT string_agg(pid::text, ',') FROM " + mine)
    side.db.run("SELECT pg_terminate_backend(pid) FROM " + mine)
    until("they are gone", lambda: side.db.value(
        "SELECT count(*) FROM %s AND pid IN (%s)" % (mine, pids)) == "0")
    side.db.run("SELECT setval(pg_get_serial_sequence('users', 'id'), "
                "(SELECT max(id) FROM users))")
    requests = with_children("second")
    check_children(side, requests, side.ask(requests))
    side.close()


@case("collections of thousands, emptied by all at once: what they take "
      "together breaks no connection")
def large_together():
    clients, each = 48, 4000
    name = "large"
    address = w["postgres"].database(
        name, files=[os.path.join(TOP, "sql", "meditation.sql")])
    with w["postgres"].psql(name) as db:
        db.run("INSERT INTO users (id, username) SELECT i, 'user' || i FROM "
               "generate_series(1, %d) i; INSERT INTO meditation_sessions "
               "(user_id, rating, session_note) SELECT 1 + i %% %d, 3, "
               "'felt calm and present' FROM generate_series(1, %d) i; "
               "ANALYZE" % (clients, clients, clients * each))
        ormd = Daemon(address, MEDITATION, ["request_memory=60MiB"])
        ormd.when_ready()
        said = at_once(ormd, [[{"id": 1, "method": "set", "params": {
            "model": "User", "id": i + 1, "items": [], "return": "none",
            "attribute": "meditation_sessions"}}] for i in range(clients)],
            120.0)
        same([r for [r] in said if "error" in r], [])
        same(db.value("SELECT count(*) FROM meditation_sessions"), "0")
        ormd.stop()


@case("updates, also of rows that are not there")
def updates():
    both("updates", lambda n, i: {"method": "update", "params": {
        "model": "MeditationSession",
        "id": (1 + n * 12 + i % 12) * 10 + i % 5,
        "only": ["id", "rating", "session_note"],
        "values": {"rating": i, "session_note": "note %d %d" % (n, i)}}})


@case("collections set, appended to and removed from, each user by one client")
def collections():
    def make(n, i):
        user = 1 + n * 12 + i % 12
        key = 200000 + n * EACH + i
        if i % 3 == 0:
            return {"method": "set", "params": {
                "model": "User", "id": user,
                "attribute": "meditation_sessions",
                "items": [{"$get": user * 10 + 1}, {"id": key, "rating": 9}]
                if i < 12 else [{"id": key, "rating": 8}]}}
        if i % 3 == 1:
            return {"method": "append", "params": {
                "model": "User", "id": user, "attribute": "meditations",
                "items": [{"$get": 1 + i % 20,
                           "$through": {"id": key, "rating": 7}}]}}
        return {"method": "remove", "params": {
            "model": "User", "id": user, "attribute": "meditation_sessions",
            "items": [{"$get": user * 10 + i % 5}]}}
    both("collections", make, 1.01)


@case("deletes with their cascade, some of them twice")
def deletes():
    def make(n, i):
        return {"method": "delete", "params": {
            "model": "User", "id": 1 + n * 12 + min(i, 23) // 2}}
    merged = both("deletes", make, 1.01)
    done = [r["result"]["deleted"] for rs in merged for r in rs
            if "result" in r]
    same(sum(d["User"] for d in done), CONNECTIONS * 12)
    same(sum(d.get("MeditationSession", 0) for d in done),
         CONNECTIONS * 12 * 5)


@case("two clients on one key at the same time: both are answered, the row "
      "is whole")
def one_key():
    side = Side("one_key", "on")
    requests = [[{"id": i, "method": "update", "params": {
        "model": "User", "id": 1, "only": ["username"],
        "values": {"username": "%d-%d" % (n, i)}}} for i in range(EACH)]
        for n in range(CONNECTIONS)]
    for n, replies in enumerate(side.ask(requests)):
        for i, reply in enumerate(replies):
            check("result" in reply, reply)
    check(side.db.value("SELECT username FROM users WHERE id = 1") in
          {"%d-%d" % (n, EACH - 1) for n in range(CONNECTIONS)})
    side.close()


@case("creates without keys: every client its own, none twice")
def generated():
    side = Side("generated", "on")
    requests = [[{"id": i, "method": "create", "params": {
        "model": "User", "values": {
            "username": "g%d-%d" % (n, i),
            "meditation_sessions": [{"rating": n}, {"rating": i}]}}}
        for i in range(EACH)] for n in range(CONNECTIONS)]
    seen = set()
    for n, replies in enumerate(side.ask(requests)):
        for i, reply in enumerate(replies):
            made = loads(dumps(reply))["result"]
            same(made["username"], "g%d-%d" % (n, i))
            same([s["rating"] for s in made["meditation_sessions"]], [n, i])
            for s in made["meditation_sessions"]:
                same(s["user_id"], made["id"])
                seen.add(s["id"])
    same(len(seen), 2 * CONNECTIONS * EACH)
    side.close()


if __name__ == "__main__":
    run(setup)
