#!/usr/bin/env python3
"""Writes with a key run once, however often they are sent.

A repeat gets the very bytes of the first reply: over the same connection,
another one, another ormd on the same database.  Two at once are one; another
request under the same key is key_reused; what failed left no claim, and may
be sent again when its cause is gone.
"""

import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import schemas
from harness import (Daemon, MEDITATION, Postgres, TOP, case, check, dumps,
                     run, same, until)

KEY_MOST = 200			# bytes
w = {}


def setup():
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database(
        "keys", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["ormd"] = schemas.hold(
        Daemon(w["address"], MEDITATION).when_ready())
    w["other"] = Daemon(w["address"], MEDITATION).when_ready()
    w["db"] = w["postgres"].psql("keys")
    w["db"].run("INSERT INTO meditations (id, title) VALUES (1, 'Calm'), "
                "(2, 'Focus'); SELECT setval(pg_get_serial_sequence("
                "'meditations', 'id'), 100)")


def line(method, key=None, **params):
    """A request as it goes over the wire."""
    if key is not None:
        params["key"] = key
    return dumps({"id": 1, "method": method, "params": params}) + "\n"


def say(client, text):
    """Sends a line; the bytes of the reply."""
    client.send(text)
    return client.line()


def result(text):
    """A reply that has to be a success."""
    check(text is not None and b'"result":' in text, str(text))
    return text


def count(what):
    return int(w["db"].value("SELECT count(*) FROM " + what))


def claims(key):
    return count("ormd.idempotency WHERE key = '%s'" % key)


def create(name, key=None, **more):
    return line("create", key, model="User", values={
        "username": name, "meditation_sessions": [
            {"rating": 1, "session_note": name},
            {"rating": 2, "session_note": name,
             "meditation": {"$get": 1}}]}, **more)


def kind(text):
    error = w["error"] = json.loads(text)["error"]
    return error["code"], error["data"]["kind"]


# ---- repeats ---------------------------------------------------------------

@case("a repeat gets the bytes of the first reply and does not run: the same "
      "connection, another, another ormd")
def repeats():
    text = create("ann", "k-ann")
    with w["ormd"].connect() as a, w["ormd"].connect() as b, \
            w["other"].connect() as c:
        first = result(say(a, text))
        for client in (a, b, c, a):
            same(say(client, text).decode(), first.decode())
    same(count("users WHERE username = 'ann'"), 1)
    same(count("meditation_sessions WHERE session_note = 'ann'"), 2)
    same(claims("k-ann"), 1)


@case("the stored reply stays what it was when the object has changed")
def old_reply():
    text = create("old", "k-old")
    with w["ormd"].connect() as c:
        first = result(say(c, text))
        w["db"].run("UPDATE meditation_sessions SET rating = 9 WHERE "
                    "session_note = 'old'")
        same(say(c, text).decode(), first.decode())
        w["db"].run("DELETE FROM users WHERE username = 'old'")
        same(say(c, text).decode(), first.decode())
    same(count("users WHERE username = 'old'"), 0)


@case("set, append, remove, update, merge, delete, a transaction: each runs "
      "once under its key")
def methods():
    with w["ormd"].connect() as c, w["other"].connect() as d:
        user = c.call("create", {"model": "User", "return": "key",
                                 "values": {"username": "each"}})
        at = {"model": "User", "id": user}

        def twice(method, key, **params):
            text = line(method, key, **params)
            first = result(say(c, text))
            same(say(d, text).decode(), first.decode())
            same(say(c, text).decode(), first.decode())
            return json.loads(first)["result"]
        made = twice("append", "k-append", attribute="meditation_sessions",
                     items=[{"rating": 5, "session_note": "each"}], **at)
        same(len(made["meditation_sessions"]), 1)
        twice("append", "k-proxy", attribute="meditations",
              items=[{"$get": 1, "$through": {"session_note": "each"}},
                     {"$get": 1, "$through": {"session_note": "each"}}], **at)
        same(count("meditation_sessions WHERE session_note = 'each'"), 3)
        twice("remove", "k-remove", attribute="meditations",
              items=[{"$get": 1}], **at)
        same(count("meditation_sessions WHERE session_note = 'each'"), 2)
        twice("set", "k-set", attribute="meditation_sessions",
              items=[{"rating": 7, "session_note": "each"}], **at)
        same(count("meditation_sessions WHERE session_note = 'each'"), 1)
        twice("update", "k-update", values={"username": "each one"}, **at)
        twice("merge", "k-merge", model="Meditation",
              values={"title": "merged"})
        same(count("meditations WHERE title = 'merged'"), 1)
        twice("transaction", "k-transaction", ops=[
            {"method": "create", "as": "m", "params": {
                "model": "Meditation", "values": {"title": "both"}}},
            {"method": "append", "params": dict(
                at, attribute="meditations", items=[{"$ref": "m"}])},
            {"method": "count", "params": {"model": "User"}}])
        same(count("meditations WHERE title = 'both'"), 1)
        same(count("meditation_sessions WHERE user_id = %d" % user), 2)
        gone = twice("delete", "k-delete", **at)
        same(gone["deleted"], {"User": 1, "MeditationSession": 2})
        same(claims("k-transaction"), 1)


@case("return none and return key are kept as well")
def returns():
    for mode in ("none", "key"):
        text = line("create", "k-" + mode, model="Meditation",
                    values={"title": "R" + mode}, **{"return": mode})
        with w["ormd"].connect() as a, w["other"].connect() as b:
            first = result(say(a, text))
            same(say(b, text).decode(), first.decode())
        same(count("meditations WHERE title = 'R%s'" % mode), 1)


@case("deadline_ms is no part of the request: a repeat may wait longer")
def deadline():
    with w["ormd"].connect() as c:
        first = result(say(c, create("patient", "k-patient")))
        same(say(c, create("patient", "k-patient",
                           deadline_ms=9999)).decode(), first.decode())


@case("a repeat sends another id: its own comes back")
def other_id():
    text = create("ids", "k-ids")
    with w["ormd"].connect() as c:
        first = result(say(c, text)).decode()
        again = say(c, text.replace('"id":1', '"id":"two"', 1)).decode()
        same(again, first.replace('"id":1', '"id":"two"', 1))


@case("a notification with a key runs once, and claims it")
def notification():
    text = line("create", "k-silent", model="Meditation",
                values={"title": "silent"}).replace('"id":1,', "", 1)
    with w["ormd"].connect() as c:
        c.send(text + text)
        same(c.call("ping"), {})
        until("its row", lambda: count(
            "meditations WHERE title = 'silent'") == 1)
        # The same request, with an id this time: the reply is there.
        result(say(c, text.replace("{", '{"id":1,', 1)))
    same(count("meditations WHERE title = 'silent'"), 1)


# ---- refusals --------------------------------------------------------------

@case("another request under the same key is key_reused, and changes nothing")
def reused():
    with w["ormd"].connect() as a, w["other"].connect() as b:
        result(say(a, create("first", "k-one")))
        for client in (a, b):
            for text in (create("second", "k-one"),
                         line("create", "k-one", model="Meditation",
                              values={"title": "second"}),
                         line("update", "k-one", model="Meditation", id=1,
                              values={"title": "second"}),
                         line("delete", "k-one", model="Meditation", id=1),
                         create("first", "k-one", **{"return": "none"})):
                same(kind(say(client, text)), (-32003, "key_reused"))
                same(w["error"]["data"]["committed"], "no")
        same(say(a, create("first", "k-one")),
             say(b, create("first", "k-one")))
    same(count("users WHERE username = 'second'"), 0)
    same(count("meditations WHERE title = 'second'"), 0)
    same(count("meditations WHERE id = 1"), 1)


@case("a key has 1 to 200 bytes and is a string")
def limits():
    with w["ormd"].connect() as c:
        for bad in ("", "x" * (KEY_MOST + 1), "ä" * (KEY_MOST // 2) + "x"):
            same(kind(say(c, create("limits", bad))),
                 (-32602, "invalid_value"))
            same(w["error"]["data"]["path"], "/key")
        for bad in (1, True, None, ["x"], {}):
            text = create("limits", "@").replace('"@"', dumps(bad))
            same(kind(say(c, text)), (-32602, "invalid_value"))
            same(w["error"]["data"]["path"], "/key")
        same(count("users WHERE username = 'limits'"), 0)
        for n, good in enumerate(("k", "x" * KEY_MOST,
                                  "ä" * (KEY_MOST // 2), "'; \\ \" \t")):
            text = create("limits%d" % n, good)
            same(result(say(c, text)), say(c, text))
    same(count("users WHERE username LIKE 'limits%'"), 4)


@case("a key on a read, or inside a transaction, is unknown_field")
def on_reads():
    with w["ormd"].connect() as c:
        for text in (line("get", "k-read", model="User", id=1),
                     line("find", "k-read", model="User"),
                     line("count", "k-read", model="User"),
                     line("describe", "k-read"), line("ping", "k-read")):
            same(kind(say(c, text)), (-32602, "unknown_field"))
            same(w["error"]["data"]["path"], "/key")
        text = line("transaction", ops=[{"method": "create", "params": {
            "model": "Meditation", "values": {"title": "in"},
            "key": "k-in"}}])
        same(kind(say(c, text)), (-32602, "unknown_field"))
        same(w["error"]["data"]["path"], "/ops/0/params/key")
    same(claims("k-read") + claims("k-in"), 0)


@case("a write that fails leaves no claim, and may be sent again when its "
      "cause is gone")
def failing():
    w["db"].run("INSERT INTO users (username) VALUES ('taken')")
    with w["ormd"].connect() as a, w["other"].connect() as b:
        # Refused by PostgreSQL, by the unit of work, after a first segment.
        unique = create("taken", "k-fail-1")
        absent = line("append", "k-fail-2", model="User", id=777777,
                      attribute="meditation_sessions", items=[{"rating": 1}])
        late = line("transaction", "k-fail-3", ops=[
            {"method": "create", "params": {
                "model": "Meditation", "values": {"title": "late"}}},
            {"method": "count", "params": {"model": "User"}},
            {"method": "update", "params": {
                "model": "User", "id": 777777,
                "values": {"username": "here"}}}])
        for client in (a, b, a):
            same(kind(say(client, unique))[1], "unique")
            same(kind(say(client, absent))[1], "not_found")
            same(kind(say(client, late))[1], "not_found")
            same(w["error"]["data"]["committed"], "no")
        for n in (1, 2, 3):
            same(claims("k-fail-%d" % n), 0)
        same(count("meditations WHERE title = 'late'"), 0)
        w["db"].run("DELETE FROM users WHERE username = 'taken'; INSERT INTO "
                    "users (id, username) VALUES (777777, 'here now')")
        for text in (unique, absent, late):
            same(result(say(a, text)), say(b, text))
    same(count("meditation_sessions WHERE user_id = 777777"), 1)
    same(count("meditations WHERE title = 'late'"), 1)


@case("what is refused before any SQL claims nothing either")
def before_sql():
    with w["ormd"].connect() as c:
        text = line("create", "k-early", model="User",
                    values={"usrname": "early"})
        same(kind(say(c, text))[1], "unknown_field")
        same(claims("k-early"), 0)
        result(say(c, create("early", "k-early")))


@case("a row that a trigger withholds: nothing is stored, nothing claimed")
def withheld():
    w["db"].run("""
        CREATE FUNCTION withhold() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER withhold BEFORE UPDATE ON meditations FOR EACH ROW
            WHEN (NEW.title = 'withheld') EXECUTE FUNCTION withhold()""")
    ops = [{"method": "update", "params": {
        "model": "Meditation", "id": i, "return": "none",
        "values": {"title": title}}} for i, title in (
            (1, "withheld"), (2, "stored"))]
    with w["ormd"].connect() as c:
        for key in ("k-withheld", None, "k-withheld"):
            same(kind(say(c, line("transaction", key, ops=ops))),
                 (-32002, "check"))
            same([w["error"]["data"]["committed"],
                  w["error"]["data"]["retryable"]], ["no", False])
            same(count("meditations WHERE title = 'stored'"), 0)
        same(claims("k-withheld"), 0)
    w["db"].run("DROP FUNCTION withhold CASCADE")


# ---- two at once -----------------------------------------------------------

def waiting(n):
    """So many of ormd's statements wait for a lock."""
    until("%d statements to wait" % n, lambda: int(w["db"].value(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ormd' AND "
        "wait_event_type = 'Lock'")) == n)


def at_once(first, second, text):
    """Both are sent while a lock holds up the first; both replies."""
    with w["postgres"].psql("keys") as lock:
        lock.run("BEGIN; SELECT FROM meditations WHERE id = 2 FOR UPDATE")
        first.send(text)
        waiting(1)
        second.send(text)
        waiting(2)
        lock.run("COMMIT")
    return first.line(), second.line()


def update(key, title, **more):
    return line("transaction", key, ops=[
        {"method": "update", "params": {"model": "Meditation", "id": 2,
                                        "values": {"title": title}}},
        {"method": "create", "params": {"model": "Meditation", "values": {
            "title": title, "instructions": "made by it"}}}], **more)


@case("two at once, over two connections and by two ormds: one runs, the "
      "other waits for its reply")
def both():
    for n, other in enumerate((w["ormd"], w["other"])):
        key = "k-both-%d" % n
        with w["ormd"].connect() as a, other.connect() as b:
            one, two = at_once(a, b, update(key, key))
            same(result(one).decode(), two.decode())
        same(count("meditations WHERE instructions = 'made by it' AND title "
                   "= '%s'" % key), 1)


@case("two at once, the second another request: it waits, then key_reused")
def both_differ():
    with w["postgres"].psql("keys") as lock, w["ormd"].connect() as a, \
            w["other"].connect() as b:
        lock.run("BEGIN; SELECT FROM meditations WHERE id = 2 FOR UPDATE")
        a.send(update("k-differ", "A"))
        waiting(1)
        b.send(create("differ", "k-differ"))
        waiting(2)
        lock.run("COMMIT")
        result(a.line())
        same(kind(b.line()), (-32003, "key_reused"))
    same(count("users WHERE username = 'differ'"), 0)


@case("two at once, the first is cancelled: the second runs")
def both_cancelled():
    with w["postgres"].psql("keys") as lock, w["ormd"].connect() as a, \
            w["other"].connect() as b:
        lock.run("BEGIN; SELECT FROM meditations WHERE id = 2 FOR UPDATE")
        a.send(update("k-cancel", "cancelled"))
        waiting(1)
        b.send(update("k-cancel", "cancelled"))
        waiting(2)
        a.send('{"method":"cancel","params":{"id":1}}\n')
        same(kind(a.line())[1], "cancelled")
        same(w["error"]["data"]["committed"], "no")
        lock.run("COMMIT")
        result(b.line())
    same(count("meditations WHERE title = 'cancelled' AND instructions = "
               "'made by it'"), 1)


@case("twenty at once over twenty connections to two ormds, in bursts: one "
      "row, twenty equal replies")
def many():
    for burst in range(10):
        key = "k-many-%d" % burst
        clients = [w[("ormd", "other")[n % 2]].connect() for n in range(20)]
        for c in clients:
            c.send(create("many%d" % burst, key))
        replies = {c.line() for c in clients}
        for c in clients:
            c.close()
        same(len(replies), 1)
        result(replies.pop())
        same(count("users WHERE username = 'many%d'" % burst), 1)
        same(count("meditation_sessions WHERE session_note = 'many%d'"
                   % burst), 2)


# ---- merging ---------------------------------------------------------------

def hold_up(clients, texts):
    """All of them wait for the one writer, so that they are merged."""
    with w["postgres"].psql("keys") as lock, w["one"].connect() as plug:
        lock.run("BEGIN; SELECT FROM meditations WHERE id = 2 FOR UPDATE")
        plug.send(line("update", model="Meditation", id=2,
                       values={"title": "plug"}))
        waiting(1)
        for c, text in zip(clients, texts):
            c.send(text)
        time.sleep(0.2)
        lock.run("COMMIT")
        result(plug.line())
    return [c.line() for c in clients]


def merged(texts):
    """The replies, and how many requests went in merged batches."""
    w["one"] = Daemon(w["address"], MEDITATION,
                      ["writers=1", "merging=on"]).when_ready()
    clients = [w["one"].connect() for _ in texts]
    before = int(w["db"].value("SELECT count(*) FROM ormd.idempotency"))
    replies = hold_up(clients, texts)
    for c in clients:
        c.close()
    w["one"].stop()
    return replies, int(w["db"].value(
        "SELECT count(*) FROM ormd.idempotency")) - before


@case("merged writes with keys of their own: each claims its own, in one "
      "transaction")
def merged_keys():
    texts = [create("m%d" % n, "k-m%d" % n) for n in range(8)]
    replies, made = merged(texts)
    same(made, 8)
    for text, reply in zip(texts, replies):
        with w["ormd"].connect() as c:
            same(result(reply).decode(), say(c, text).decode())
    same(int(w["db"].value(
        "SELECT count(DISTINCT made) FROM ormd.idempotency WHERE key LIKE "
        "'k-m_'")), 1)		# made is now(): the transaction's


@case("a merged batch in which the same key stands twice, and one key of an "
      "earlier request")
def merged_twice():
    with w["ormd"].connect() as c:
        before = result(say(c, create("t0", "k-t0")))
    texts = [create("t%d" % (n % 3), "k-t%d" % (n % 3)) for n in range(9)]
    replies, made = merged(texts)
    same(made, 2)
    same(replies[0].decode(), before.decode())
    for n in range(9):
        same(result(replies[n]).decode(), replies[n % 3].decode())
    same(count("users WHERE username LIKE 't_'"), 3)


@case("a merged batch of which one fails: the others are stored, no claim of "
      "it is left")
def merged_failure():
    def append(n, user):
        return line("append", "k-f%d" % n, model="User", id=user,
                    attribute="meditation_sessions",
                    items=[{"rating": n, "session_note": "merged"}])
    w["db"].run("INSERT INTO users (id, username) SELECT i, 'f' || i FROM "
                "generate_series(900000, 900007) i")
    texts = [append(n, 900000 + n if n != 3 else 999999) for n in range(8)]
    replies, made = merged(texts)
    same(made, 7)
    for n, reply in enumerate(replies):
        if n == 3:
            same(kind(reply)[1], "not_found")
        else:
            result(reply)
    same(claims("k-f3"), 0)
    same(count("meditation_sessions WHERE session_note = 'merged'"), 7)
    # The same where it is PostgreSQL that refuses one.
    texts = [create("f900004" if n == 2 else "g%d" % n, "k-g%d" % n)
             for n in range(6)]
    replies, made = merged(texts)
    same(made, 5)
    same(kind(replies[2])[1], "unique")
    same(claims("k-g2"), 0)
    same(count("users WHERE username LIKE 'g_'"), 5)


@case("a merged batch of which one key was used for another request")
def merged_reused():
    with w["ormd"].connect() as c:
        result(say(c, create("used", "k-u1")))
    replies, made = merged([create("u%d" % n, "k-u%d" % n)
                            for n in range(4)])
    same(made, 3)
    same(kind(replies[1])[1], "key_reused")
    same(count("users WHERE username LIKE 'u_'"), 3)


# ---- how long --------------------------------------------------------------

@case("past key_retention a key goes when a later one comes, and may be used "
      "anew; a younger one stays")
def retention():
    w["db"].run("UPDATE ormd.idempotency SET made = now() - interval "
                "'23 hours'")
    before = count("ormd.idempotency")
    with Daemon(w["address"], MEDITATION).when_ready().connect() as c:
        result(say(c, create("day", "k-day")))
    same(count("ormd.idempotency"), before + 1)
    short = Daemon(w["address"], MEDITATION,
                   ["key_retention=1s"]).when_ready()
    time.sleep(1.2)
    with short.connect() as c:
        result(say(c, create("sweep", "k-sweep")))
    same(count("ormd.idempotency"), 1)
    same(claims("k-sweep"), 1)
    with w["ormd"].connect() as c:
        same(kind(say(c, create("ann", "k-ann")))[1], "unique")
        result(say(c, line("create", "k-ann", model="Meditation",
                           values={"title": "anew"})))
    short.stop()


@case("the sweep takes what is old, not what somebody holds; it waits for "
      "nobody")
def sweep_beside():
    w["db"].run("INSERT INTO ormd.idempotency(key, request, made) SELECT "
                "'old' || i, '', now() - interval '3 days' FROM "
                "generate_series(1, 10) i")
    with w["postgres"].psql("keys") as lock:
        lock.run("BEGIN; SELECT FROM ormd.idempotency WHERE key = 'old5' FOR "
                 "UPDATE")
        with Daemon(w["address"], MEDITATION).when_ready().connect() as c:
            result(say(c, create("beside", "k-beside")))
        same(count("ormd.idempotency WHERE key LIKE 'old%'"), 1)
        lock.run("COMMIT")


# ---- without the table -----------------------------------------------------

@case("a database without ormd.idempotency: a write with a key says what to "
      "load, one without works")
def no_table():
    for name, change in (("notable", "DROP TABLE ormd.idempotency"),
                         ("noschema", "DROP SCHEMA ormd CASCADE")):
        address = w["postgres"].database(
            name, change, files=[os.path.join(TOP, "sql", "meditation.sql")])
        text = line("create", "k", model="User",
                    values={"username": "keyed"})
        daemon = Daemon(address, MEDITATION).when_ready()
        with daemon.connect() as c, w["postgres"].psql(name) as db:
            said = kind(say(c, text))
            check("ormd.sql" in w["error"]["data"].get("hint", ""),
                  w["error"])
            same(said, (-32603, "internal"))
            same((w["error"]["data"]["committed"],
                  w["error"]["data"]["sqlstate"]), ("no", "42P01"))
            result(say(c, line("create", model="User",
                               values={"username": "plain"})))
            same(db.value("SELECT username FROM users"), "plain")
            # Loaded while ormd runs: it works at once.
            db.run_file(os.path.join(TOP, "sql", "ormd.sql"))
            db.run("GRANT SELECT, INSERT, UPDATE, DELETE ON "
                   "ormd.idempotency TO ormd")
            result(say(c, text))
        daemon.stop()


@case("no right to ormd.idempotency: forbidden, with a hint")
def no_right():
    address = w["postgres"].database(
        "noright", "REVOKE ALL ON ormd.idempotency FROM ormd",
        files=[os.path.join(TOP, "sql", "meditation.sql")])
    daemon = Daemon(address, MEDITATION).when_ready()
    with daemon.connect() as c:
        values = {"username": "keyed"}
        same(kind(say(c, line("create", "k", model="User", values=values))),
             (-32007, "forbidden"))
        check("ormd.idempotency" in w["error"]["data"].get("hint", ""),
              w["error"])
        result(say(c, line("create", model="User", values=values)))
    daemon.stop()


if __name__ == "__main__":
    run(setup)
