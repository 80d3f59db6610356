#!/usr/bin/env python3
"""`load': which members of nested collections a reply shows.

Random wishes are asked of ormd, and of psql as subqueries by hand.  Then: what
is not shown is not read either, where an index can tell.
"""

import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import schemas
from harness import (Daemon, MEDITATION, Postgres, TOP, case, check, dumps,
                     loads, run, same, sanitized, until)

USERS, ASKED, MANY = 12, 150, 20000
w = {}


def setup():
    postgres = Postgres()
    address = postgres.database(
        "nested", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = postgres.psql("nested")
    w["db"].run(
        "INSERT INTO users (id, username) SELECT i, 'user' || i FROM "
        "generate_series(1, %d) i; INSERT INTO meditations (id, title, "
        "duration) SELECT i, nullif(chr(96 + i %% 5), 'd'), nullif(i %% 3, 0) "
        "FROM generate_series(1, 7) i; INSERT INTO meditation_sessions (id, "
        "rating, completed_duration, user_id, meditation_id) SELECT i, "
        "nullif(i * 7 %% 6, 0), i * 31 %% 50, 1 + i * i %% %d, nullif(i * 5 "
        "%% 8, 0) FROM generate_series(1, 150) i" % (USERS, USERS - 2))
    w["ormd"] = schemas.hold(Daemon(address, MEDITATION).when_ready())
    w["client"] = w["ormd"].connect()


class Wish:
    """A wish for ormd, and the same as the end of a subquery."""

    def __init__(self, columns, key):
        self.asked, self.where, order = {}, "true", []
        if random.random() < 0.6:
            name = random.choice(columns)
            sign = random.choice(["=", ">", "<", "<>"])
            value = random.choice("abce") if name == "title" \
                else random.randrange(1, 6)
            self.where = "%s %s '%s'" % (name, sign, value)
            self.asked["where"] = {
                name: {{"=": "==", "<>": "!="}.get(sign, sign): value}}
            if random.random() < 0.2:
                self.where = name + " IS NULL"
                self.asked["where"] = {name: None}
        if random.random() < 0.7:
            terms = [random.choice(["", "-"]) + name for name in
                     random.sample(columns, random.randrange(1, 3))]
            self.asked["order_by"] = terms
            order = [t.lstrip("-") + (" DESC" if t[0] == "-" else "")
                     for t in terms] + key
        self.rest = "ORDER BY %s" % ", ".join(order + ["s.id"])
        if random.random() < 0.7:
            self.asked["limit"] = random.randrange(1, 6)
            self.rest += " LIMIT %d" % self.asked["limit"]


def listed(item, rows):
    return "(SELECT coalesce(json_agg(%s), '[]') FROM (%s) x)" % (item, rows)


@case("random wishes: which, in which order, how many, two levels deep and "
      "through a proxy")
def random_wishes():
    random.seed(4)
    for _ in range(ASKED):
        outer = Wish(["rating", "completed_duration"], [])
        inner = Wish(["rating", "completed_duration"], [])
        proxied = Wish(["title", "duration"], ["m.id"])
        first = random.randrange(USERS)
        got = w["client"].call("find", {
            "model": "User", "where": {"id": {">": first}}, "limit": 5,
            "only": ["id", "meditation_sessions.id", "meditations.id",
                     "meditation_sessions.meditation.id",
                     "meditation_sessions.meditation.meditation_sessions.id"],
            "load": {"meditations": proxied.asked, "meditation_sessions": dict(
                outer.asked, load={"meditation": {"load": {
                    "meditation_sessions": inner.asked}}})}})
        deepest = listed(
            "json_build_object('id', x.id)", "SELECT * FROM "
            "meditation_sessions s WHERE s.meditation_id = m.id AND %s %s"
            % (inner.where, inner.rest))
        sessions = listed(
            "json_build_object('id', x.id, 'meditation', (SELECT "
            "json_build_object('id', m.id, 'meditation_sessions', %s) FROM "
            "meditations m WHERE m.id = x.meditation_id))" % deepest,
            "SELECT * FROM meditation_sessions s WHERE s.user_id = u.id AND "
            "%s %s" % (outer.where, outer.rest))
        through = listed(
            "CASE WHEN x.id IS NOT NULL THEN json_build_object('id', x.id) "
            "END", "SELECT m.* FROM meditation_sessions s %s JOIN meditations "
            "m ON m.id = s.meditation_id WHERE s.user_id = u.id AND %s %s"
            % ("" if "where" in proxied.asked else "LEFT", proxied.where,
               proxied.rest))
        want = w["db"].rows(
            "SELECT u.id, %s AS meditation_sessions, %s AS meditations FROM "
            "users u WHERE u.id > %d ORDER BY u.id LIMIT 5"
            % (sessions, through, first))
        try:
            same(got["items"], want)
        except AssertionError as e:
            raise AssertionError("%s\n%s\n%s\n%s" % (
                e, dumps(outer.asked), dumps(inner.asked),
                dumps(proxied.asked))) from e


def last_statement():
    """What an ormd's reader asked last, and how psql can run it again."""
    return w["db"].value("SELECT query FROM pg_stat_activity WHERE usename = "
                         "'ormd' AND query LIKE '%LATERAL%' ORDER BY "
                         "query_start DESC LIMIT 1")


def scans(node):
    """All nodes of a plan."""
    yield node
    for inner in node.get("Plans", []):
        yield from scans(inner)


@case("the first of %d children are found by index, the others are not read"
      % MANY)
def not_read():
    w["db"].run("INSERT INTO users (id, username) VALUES (100, 'much'); "
                "INSERT INTO meditation_sessions (id, rating, user_id) SELECT "
                "1000 + i, i %% 1000, 100 FROM generate_series(1, %d) i; "
                "CREATE INDEX by_rating ON meditation_sessions (user_id, "
                "rating DESC, id); ANALYZE" % MANY)
    got = w["client"].call("get", {
        "model": "User", "id": 100, "only": ["meditation_sessions.rating"],
        "load": {"meditation_sessions": {
            "where": {"rating": {"<": 900}}, "order_by": ["-rating"],
            "limit": 3}}})
    same(got, {"meditation_sessions": [{"rating": 899}] * 3})
    until("the statement to be seen", last_statement)
    w["db"].run("PREPARE again (int, int[], bigint) AS " + last_statement())
    plan = loads(w["db"].value("SET plan_cache_mode = force_generic_plan; "
                               "EXPLAIN (ANALYZE, FORMAT json) EXECUTE again("
                               "900, '{100}', 3)"))[0]["Plan"]
    found = [n for n in scans(plan) if n.get("Index Name") == "by_rating"]
    same([n["Actual Rows"] for n in found], [3])


@case("what the rules leave out, what is unknown, what is one object: refused "
      "with its place")
def refused():
    for load, kind, path in (
            ({"meditations": {"limit": 1}}, "invalid_value",
             "/load/meditations"),
            ({"sessions": {}}, "unknown_field", "/load/sessions"),
            ({"meditation_sessions": {"load": {"meditation": {
                "limit": 1}}}}, "invalid_value",
             "/load/meditation_sessions/load/meditation/limit"),
            ({"meditation_sessions": {"order_by": ["_password_hash"]}},
             "unknown_field", "/load/meditation_sessions/order_by/0")):
        e = w["client"].error("get", {"model": "User", "id": 1, "load": load})
        same([e.kind, e.data["path"]], [kind, path])
    e = w["client"].error("get", {
        "model": "MeditationSession", "id": 1,
        "load": {"user": {"where": {"_password_hash": "x"}}}})
    same([e.kind, e.data["path"]], ["invalid_value", "/load/user/where"])


@case("wishes that are refused leave nothing behind")
def nothing_left():
    def resident():
        with open("/proc/%d/statm" % w["ormd"].pid) as f:
            return int(f.read().split()[1]) * 4096

    def refuse(n):
        c = w["client"]
        for i in range(n):
            c.send(dumps({"id": i, "method": "get", "params": {
                "model": "User", "id": 1, "load": {"meditations": {
                    "limit": 1 + i, "order_by": ["title"]}}}}) + "\n")
        for _ in range(n):
            check("error" in c.reply())
    refuse(200)
    before = resident()
    for _ in range(20):
        refuse(200)
    # A sanitizer holds back what was freed, up to its 256 MB.
    check(resident() - before < (300 << 20 if sanitized() else 4 << 20),
          "%d bytes more" % (resident() - before))


run(setup)
