#!/usr/bin/env python3
"""Row-level security as a second lock behind the predicates.

What is sent to everybody in access.py is sent to three ormds, which hold rows
back by predicates, by row-level security, and by both: they have to answer
alike.  And the policies have to hold where nobody asks the predicates.

A part of the requests is sent, and all of them where ORMD_LONG is set.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from access_rules import MODEL, fresh, reads, writes
from access_world import CALLERS, World, ddl, leak_check, some, w
from harness import (Daemon, Postgres, case, check, dumps, run, same, say,
                     until)

AS_USER = ("SELECT set_config('ormd.class', 'user', false), "
           "set_config('ormd.user', '1', false)")


def setup():
    w["postgres"] = Postgres()
    w["plain"] = World("plain", ddl())
    rls = ddl() + ddl("--rls")
    w["both"] = World("locked", rls, ["rls=on", "login_check=1s"])
    w["policies"] = World("policies", rls, [
        "rls=on", "predicates=off", "login_check=1s"])


def differences(replies):
    """What the worlds say differently; keys of new rows are as they come."""
    texts = []
    for reply in replies:
        reply.pop("id", None)
        error = reply.get("error", {}).get("data", {})
        if error.get("kind") in ("unique", "foreign_key"):
            error.pop("constraint", None)
        texts.append(dumps(reply))
    return texts if len(set(texts)) > 1 else None


@case("by predicates, by row-level security, and by both: what is read", 300)
def three_ways_reads():
    worlds = [w["plain"], w["both"], w["policies"]]
    told = [r for r, _ in some(list(reads()), 13)]
    for request in told:
        posted = [(world.clients[who][0], who) for who in CALLERS
                  for world in worlds]
        for c, _ in posted:
            c.post(*request)
        replies = [c.reply() for c, _ in posted]
        for i, who in enumerate(CALLERS):
            said = differences(replies[3 * i:3 * i + 3])
            check(said is None, "%s: %s\n%s" % (who, dumps(request),
                                                "\n".join(said or [])))
    say("%d requests, of each of 4, in 3 ways" % len(told))


@case("by predicates, by row-level security, and by both: what is written",
      600)
def three_ways_writes():
    worlds = [w["plain"], w["both"], w["policies"]]
    n = 0
    for world in worlds:
        world.db.run("SELECT refill()")
    for who in CALLERS:
        for request, _, _ in some(list(writes(fresh(), who)), 17):
            posted = [world.clients[who][0] for world in worlds]
            for c in posted:
                c.post(*request)
            replies = [c.reply() for c in posted]
            done = ["result" in r for r in replies]
            said = differences(replies)
            check(said is None, "%s: %s\n%s" % (who, dumps(request),
                                                "\n".join(said or [])))
            n += 1
            if any(done):
                stored = [world.stored() for world in worlds]
                check(stored[0] == stored[1] == stored[2],
                      "%s: %s" % (who, dumps(request)))
            # Also where nothing was done: keys may have been drawn.
            for world in worlds:
                world.db.run("SELECT refill()")
    say("%d writes in 3 ways" % n)


HIDDEN = {"like": "notes-canary-1%"}
ASKED = [
    ("aggregate", {"model": "Note", "functions": {
        "n": {"count": "id"}, "most": {"max": "text"}}}),
    ("aggregate", {"model": "Note", "group_by": ["post.user.text"],
                   "functions": {"least": {"min": "text"}}}),
    ("aggregate", {"model": "Mark", "group_by": ["note.text"],
                   "functions": {"n": {"count": "id"}}}),
    ("count", {"model": "Post", "where": {"not": {"notes": {"any": {
        "text": HIDDEN}}}}}),
    ("count", {"model": "User", "where": {"texts": {"any": HIDDEN}}}),
    ("count", {"model": "User", "where": {"noted": {"contains": {
        "$get": 3}}}}),
    ("find", {"model": "Note", "where": {"post": {"has": {"notes": {"any": {
        "text": HIDDEN}}}}}, "only": ["text"]}),
    ("find", {"model": "Mark", "order_by": ["note.text"], "only": ["text"]}),
    # The place behind the first row is told by what orders it.
    ("find", {"model": "Mark", "order_by": ["note.text"], "only": ["text"],
              "limit": 1}),
    ("find", {"model": "Mark", "order_by": ["-note.text"], "only": ["text"],
              "limit": 1}),
    ("find", {"model": "Note", "order_by": ["post.user.text", "-text"],
              "only": ["text"], "limit": 1}),
    ("find", {"model": "User", "only": ["text", "notes.text", "texts",
                                        "vaults.text", "posts.notes.text"]}),
    ("get", {"model": "Post", "id": 1, "only": ["notes.text"], "load": {
        "notes": {"order_by": ["-text"], "limit": 1}}}),
    ("get", {"model": "Post", "id": 1, "only": ["notes.text"], "load": {
        "notes": {"where": {"text": HIDDEN}}}}),
    ("get", {"model": "User", "id": 1, "only": ["posts.notes.text"], "load": {
        "posts": {"where": {"notes": {"any": {"text": HIDDEN}}}}}}),
    ("transaction", {"ops": [
        {"method": "find", "params": {"model": "Note", "only": ["text"]}},
        {"method": "get", "params": {"model": "Note", "id": 1,
                                     "only": ["text"]}}]})]


@case("what hidden rows could be told by without being named")
def asked_around():
    rows = fresh()
    for request in ASKED:
        for who in CALLERS:
            replies = [w[name].clients[who][0].ask(*request)
                       for name in ("plain", "both", "policies")]
            for reply in replies:
                check("result" in reply, dumps([request, reply]))
                leak_check(rows, who, request, reply)
            said = differences(replies)
            check(said is None, "%s: %s\n%s" % (who, dumps(request),
                                                "\n".join(said or [])))


@case("the second lock holds where the first is not asked")
def second_lock():
    db = w["postgres"].psql("locked")
    w["both"].clients[1][0].call("update", {
        "model": "Note", "id": 1, "values": {"text": "kept"}, "key": "kept"})
    same(db.value("SELECT count(*) > 0 FROM ormd.token"), "t")
    same(db.value("SELECT count(*) > 0 FROM ormd.idempotency"), "t")
    db.run("SELECT refill(); SET ROLE ormd")
    same(db.value("SELECT count(*) FROM notes"), "0")
    same(db.value("SELECT count(*) FROM tags"), "0")
    same(db.value("SELECT count(*) FROM ormd.token"), "0")
    db.run("SELECT set_config('ormd.class', 'anyone', false)")
    same(db.value("SELECT count(*) FROM notes"), "0")
    same(db.value("SELECT count(*) FROM tags"), "3")
    db.run(AS_USER)
    same(db.value("SELECT string_agg(id::text, ',' ORDER BY id) FROM notes"),
         "1,4,5")
    same(db.value("SELECT string_agg(id::text, ',' ORDER BY id) FROM marks"),
         "1,3")
    same(db.value("SELECT count(*) FROM vaults"), "0")
    same(db.value("SELECT (SELECT count(*) FROM ormd.token) + (SELECT count(*) "
                  "FROM ormd.idempotency) + (SELECT count(*) FROM ormd.seal)"), "0")
    same(db.value("WITH u AS (UPDATE notes SET text = 'x' RETURNING id) "
                  "SELECT count(*) FROM u"), "3")
    same(db.value("WITH u AS (DELETE FROM posts WHERE id = 2 RETURNING id) "
                  "SELECT count(*) FROM u"), "0")
    same(db.value("WITH l AS (DELETE FROM likes RETURNING *) "
                  "SELECT one || '-' || other FROM l"), "1-3")
    db.run("INSERT INTO post_tags VALUES (3, 3)")
    db.run("SELECT set_config('ormd.class', 'rules', false)")
    same(db.value("SELECT count(*) FROM notes"), "5")
    same(db.value("SELECT rolsuper OR rolbypassrls OR rolcreaterole OR "
                  "rolcreatedb FROM pg_roles WHERE rolname = 'ormd'"), "f")
    same(db.value("SELECT count(*) FROM pg_class WHERE relowner = "
                  "'ormd'::regrole"), "0")
    for bad in ("INSERT INTO notes(user_id) VALUES (2)",
                "UPDATE notes SET user_id = 2 WHERE id = 1",
                "INSERT INTO marks(note_id) VALUES (2)",
                "INSERT INTO post_tags VALUES (2, 3)",
                "INSERT INTO likes VALUES (3, 2)",
                "SELECT set_config('ormd.class', 'rules', false); "
                "UPDATE notes SET text = 'y'"):
        refused = False
        other = w["postgres"].psql("locked")
        try:
            other.run("SET ROLE ormd; " + AS_USER)
            other.run(bad)
        except AssertionError as e:
            refused = "row-level security" in str(e)
        other.close()
        check(refused, bad)
    db.run("RESET ROLE; SELECT refill()")
    db.close()
    check("no row-level security" not in w["both"].ormd.logged(), "")
    loose = Daemon(w["plain"].address, MODEL, ["rls=on"])
    until("ormd to say that nothing is locked", lambda:
          loose.logged().count("no row-level security") == 12, 10)
    loose.stop()


@case("no login reads all users, whatever their number")
def token_by_index():
    db = w["postgres"].psql("locked")
    db.run("INSERT INTO users(id, text) SELECT i, 'user ' || i FROM "
           "generate_series(1001, 3000) i; ANALYZE users")
    before, start = users_read(db), db.value("SELECT now()")
    ormd = Daemon(w["both"].address, MODEL, ["rls=on"]).when_ready()
    with ormd.connect() as c:
        token = c.call("login", {"username": "ann", "password":
                                 "ann's password"})["token"]
        c.call("login", {"token": token})
        same(c.call("get", {"model": "Note", "id": 1, "only": ["id"]}),
             {"id": 1})
    ormd.stop()			# its backends tell what they did as they end
    until("its backends to end", lambda: db.value(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'ormd' AND "
        "backend_start > '%s'" % start) == "0", 10)
    check(users_read(db) - before < 100, users_read(db) - before)
    db.run("SELECT refill()")
    db.close()


def users_read(db):
    """How many rows of users all statements have read so far."""
    return int(db.value("SELECT seq_tup_read + idx_tup_fetch FROM "
                        "pg_stat_user_tables WHERE relname = 'users'"))


if __name__ == "__main__":
    run(setup)
