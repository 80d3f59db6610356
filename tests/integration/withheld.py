#!/usr/bin/env python3
"""Rows that the database withholds without an error.

A BEFORE trigger that returns NULL, or a row-level policy, makes PostgreSQL
skip a row and call that success.  Whatever a unit of work was to write, it is
written whole or not at all, with a key or without one, also in a database
without ormd's own schema; and those who wrote at the same time keep theirs.
"""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Daemon, MEDITATION, Postgres, TOP, case, check, run,
                     same, until)

w = {}
TABLES = ("users", "meditations", "meditation_sessions")
WITHHOLD = """CREATE FUNCTION withhold() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RETURN NULL; END'"""


def setup():
    w["postgres"] = Postgres()
    # Nothing of ormd's is in it.
    w["address"] = w["postgres"].database(
        "withheld", "DROP SCHEMA ormd CASCADE", WITHHOLD,
        files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = w["postgres"].psql("withheld")
    w["ormd"] = Daemon(w["address"], MEDITATION).when_ready()
    w["client"] = w["ormd"].connect()


def fill():
    w["db"].run("TRUNCATE users, meditations, meditation_sessions")
    w["db"].run("INSERT INTO users (id, username) SELECT i, 'u' || i FROM "
                "generate_series(1, 9) i; INSERT INTO meditations (id, title) "
                "VALUES (1, 'Calm'), (2, 'Focus'); INSERT INTO "
                "meditation_sessions (id, rating, user_id, meditation_id) "
                "SELECT 10 * u + i, i, u, 1 FROM generate_series(1, 9) u, "
                "generate_series(1, 3) i")
    for table in TABLES:
        w["db"].run("SELECT setval('%s_id_seq', 1000)" % table)


def stored():
    return [w["db"].rows("SELECT * FROM %s ORDER BY id" % t) for t in TABLES]


def trigger(table, when, about="true"):
    w["db"].run("CREATE TRIGGER withhold BEFORE %s ON %s FOR EACH ROW WHEN "
                "(%s) EXECUTE FUNCTION withhold()" % (when, table, about))


def untrigger(table):
    w["db"].run("DROP TRIGGER withhold ON " + table)


def withheld(method, params, model, kind="check"):
    """Refused as a whole."""
    before = stored()
    error = w["client"].error(method, params)
    same((error.code, error.kind), (-32002, kind))
    same((error.data["committed"], error.data["retryable"]), ("no", False))
    same(error.data.get("model"), model)
    check("trigger" in error.data.get("hint", ""), error.data)
    same(stored(), before)


def title(key, text):
    return {"method": "update", "params": {
        "model": "Meditation", "id": key, "values": {"title": text}}}


@case("an update that a trigger skips: what the transaction writes beside it "
      "is rolled back")
def update():
    fill()
    trigger("meditations", "UPDATE", "NEW.title = 'withheld'")
    for first, second in ((1, 2), (2, 1)):
        withheld("transaction", {"ops": [
            title(first, "withheld"), title(second, "stored"),
            {"method": "create", "params": {
                "model": "User", "values": {"username": "beside"}}}]},
            "Meditation")
    w["client"].call("transaction", {"ops": [title(1, "A"), title(2, "B")]})
    untrigger("meditations")


@case("an insert that a trigger skips, deep inside, with a key of its own or "
      "one of the sequence")
def insert():
    fill()
    trigger("meditation_sessions", "INSERT", "NEW.rating = 5")
    for more in ({}, {"id": 500}):
        withheld("create", {"model": "User", "values": {
            "username": "new", "meditation_sessions": [
                {"rating": 4}, dict(more, rating=5), {"rating": 3}]}},
            "MeditationSession")
    w["client"].call("create", {"model": "User", "values": {
        "username": "new", "meditation_sessions": [{"rating": 4}]}})
    untrigger("meditation_sessions")


@case("a delete whose object, or whose children, a trigger keeps")
def delete():
    fill()
    for table, about, model in (
            ("users", "OLD.id = 3", "User"),
            ("meditation_sessions", "OLD.id = 32", "MeditationSession")):
        trigger(table, "DELETE", about)
        # By the key alone, and after a look.
        withheld("delete", {"model": "User", "id": 3}, model)
        withheld("delete", {"model": "User", "id": 3, "max": 100}, model)
        withheld("transaction", {"ops": [
            title(1, "beside"), {"method": "delete", "params": {
                "model": "User", "id": 3}}]}, model)
        same(w["client"].call("delete", {"model": "User", "id": 4 if
                                         table == "users" else 5})["deleted"],
             {"User": 1, "MeditationSession": 3})
        same(w["client"].error("delete", {"model": "User",
                                          "id": 77}).kind, "not_found")
        untrigger(table)


@case("a child that is let go and that a trigger keeps")
def orphan():
    fill()
    trigger("meditation_sessions", "DELETE", "OLD.id = 12")
    withheld("set", {"model": "User", "id": 1, "items": [{"$get": 11}],
                     "attribute": "meditation_sessions"}, "MeditationSession")
    untrigger("meditation_sessions")


def policies(*made):
    w["db"].run("ALTER TABLE meditation_sessions ENABLE ROW LEVEL SECURITY; "
                "CREATE POLICY sees ON meditation_sessions FOR SELECT USING "
                "(true); CREATE POLICY adds ON meditation_sessions FOR INSERT "
                "WITH CHECK (true)")
    for n, text in enumerate(made):
        w["db"].run("CREATE POLICY p%d ON meditation_sessions %s" % (n, text))


def no_policies():
    for name in w["db"].run("SELECT policyname FROM pg_policies WHERE "
                            "tablename = 'meditation_sessions'").split():
        w["db"].run("DROP POLICY %s ON meditation_sessions" % name)
    w["db"].run("ALTER TABLE meditation_sessions DISABLE ROW LEVEL SECURITY")


@case("a row that a policy shows but keeps from being deleted")
def row_level():
    fill()
    policies("FOR UPDATE USING (true)", "FOR DELETE USING (id <> 22)")
    withheld("delete", {"model": "User", "id": 2}, "MeditationSession")
    withheld("delete", {"model": "User", "id": 2, "max": 100},
             "MeditationSession")
    withheld("remove", {"model": "User", "id": 2, "attribute":
                        "meditation_sessions", "items": [
                            {"$get": 21}, {"$get": 22}]}, "MeditationSession")
    same(w["client"].call("delete", {"model": "User", "id": 3})["deleted"],
         {"User": 1, "MeditationSession": 3})
    no_policies()


@case("a table with a rewrite rule is not written, and it is said why")
def rule():
    fill()
    w["db"].run("CREATE RULE also AS ON INSERT TO meditations DO ALSO "
                "NOTIFY somebody")
    error = w["client"].error("create", {"model": "Meditation",
                                         "values": {"title": "ruled"}})
    same((error.kind, error.data["committed"]), ("internal", "no"))
    check("CREATE RULE" in error.data.get("hint", ""), error.data)
    w["db"].run("DROP RULE also ON meditations")


@case("writes of several clients in one batch: one is withheld, the others "
      "are stored")
def merged():
    fill()
    trigger("meditation_sessions", "INSERT", "NEW.rating = 5")
    one = Daemon(w["address"], MEDITATION,
                 ["writers=1", "merging=on"]).when_ready()
    clients = [one.connect() for _ in range(8)]
    with w["postgres"].psql("withheld") as lock, one.connect() as plug:
        lock.run("BEGIN; SELECT FROM meditations WHERE id = 2 FOR UPDATE")
        plug.post("update", title(2, "plug")["params"])
        until("the plug to wait", lambda: int(w["db"].value(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ormd' "
            "AND wait_event_type = 'Lock'")) == 1)
        for n, c in enumerate(clients):
            c.post("create", {"model": "MeditationSession", "return": "key",
                              "values": {"rating": n, "user": {"$get": 1}}})
        time.sleep(0.2)
        lock.run("COMMIT")
        check("result" in plug.reply())
    for n, c in enumerate(clients):
        reply = c.reply()
        if n == 5:
            same(reply["error"]["data"]["kind"], "check")
            same(reply["error"]["data"]["committed"], "no")
        else:
            same(w["db"].value("SELECT rating FROM meditation_sessions WHERE "
                               "id = %d" % reply["result"]), str(n))
        c.close()
    one.stop()
    untrigger("meditation_sessions")


if __name__ == "__main__":
    run(setup)
