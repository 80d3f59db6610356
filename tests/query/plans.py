#!/usr/bin/env python3
"""How PostgreSQL finds what queries ask for: by indexes, not table by table.

The tables are those of the benchmark, smaller, and one with arrays and JSON.
PostgreSQL itself writes down the plan of each statement that ormd sends; they
are printed here, and no one may read a large table from end to end.
"""

import json
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

from harness import (Daemon, MEDITATION, Postgres, TOP, case, check, dumps,
                     run, say)

LARGE = ("users", "meditation_sessions", "notes")
USERS = 20000
MOST = 1000			# rows that are read for a page of 20
ROWS = """
CREATE TABLE notes (id integer PRIMARY KEY, tags text[], doc jsonb,
    weight integer);
INSERT INTO users (id, username)
    SELECT i, 'user' || i FROM generate_series(1, {n}) i;
INSERT INTO meditations (id, title)
    SELECT i, 'Meditation ' || i FROM generate_series(1, 500) i;
INSERT INTO meditation_sessions (id, rating, user_id, meditation_id)
    SELECT i, CASE WHEN i % 11 > 0 THEN i % 5 + 1 END,
    CASE WHEN i % 1000 > 0 THEN 1 + i % {n} END,
    1 + hashint4(i) % 500 + CASE WHEN hashint4(i) < 0 THEN 499 ELSE 0 END
    FROM generate_series(1, {n} * 10) i ORDER BY hashint4(i);
INSERT INTO notes SELECT i, ARRAY['t' || i % 500, 't' || i % 17],
    jsonb_build_object('a', i % 1000, 'b', jsonb_build_object('c',
    'x' || i % 700)), nullif(i % 300, 0) FROM generate_series(1, 50000) i;
CREATE INDEX ON users (username text_pattern_ops);
CREATE INDEX ON meditation_sessions (rating, id);
CREATE INDEX ON notes USING gin (tags);
CREATE INDEX ON notes USING gin (doc jsonb_path_ops);
CREATE INDEX ON notes (weight);
""".format(n=USERS)
# In what ormd asks for itself when it has connected.
OWN = ("pg_attribute", "to_regclass", "ormd.class", "ormd.seal", "set_config")
w = {}


def model():
    with open(MEDITATION) as f:
        made = json.load(f)
    made["models"]["Note"] = {"table": "notes", "columns": {
        "id": {"type": "integer", "primary_key": True},
        "tags": {"type": "text[]"}, "doc": {"type": "jsonb"},
        "weight": {"type": "integer"}}}
    return made


def setup():
    postgres = Postgres(settings=[
        "shared_preload_libraries=auto_explain",
        "auto_explain.log_min_duration=0", "auto_explain.log_analyze=on",
        "auto_explain.log_timing=off", "autovacuum=off"])
    address = postgres.database(
        "plans", ROWS, files=[os.path.join(TOP, "sql", "meditation.sql")])
    with postgres.psql("plans") as db:
        db.run("VACUUM ANALYZE")
    w["log"] = postgres.log
    w["ormd"] = Daemon(address, model()).when_ready()


def plans(c, method, params):
    """The result, and the plans of the statements that it took."""
    start = os.path.getsize(w["log"])
    result = c.call(method, params)
    with open(w["log"]) as f:
        f.seek(start)
        text = f.read()
    found = [plan for plan in re.findall(r"  plan:\n((?:\t.*\n)+)", text)
             if not any(own in plan for own in OWN)]
    check(found, "no plan in the log: " + text)
    return result, found


def rows_read(plan):
    """How many rows the scans of a plan have looked at."""
    total = 0
    for scan in re.finditer(r"Scan.*\(actual rows=(\d+) loops=(\d+)\)"
                            r"((?:\n\t +(?!->).*)*)", plan):
        removed = sum(map(int, re.findall(r"Rows Removed by \D*: (\d+)",
                                          scan.group(3))))
        total += (int(scan.group(1)) + removed) * int(scan.group(2))
    return total


def judge(what, params, found, most=None):
    """Prints the plans; they may not read more than `most' rows."""
    say("")
    say("%s: %s" % (what, dumps({k: v for k, v in params.items()
                                 if k not in ("only", "model")})[:200]))
    for plan in found:
        plan = re.sub(r"\tQuery Text: .*\n|\(cost=\S+ rows=\d+ width=\d+\) ",
                      "", plan)
        say("\n".join("    " + line[:150].replace("\t", "")
                      for line in plan.splitlines()))
        for name in re.findall(r"Seq Scan on (\w+)", plan):
            check(name not in LARGE, "%s reads all of %s" % (what, name))
        check("Index" in plan, what + " uses no index")
        check(most is None or rows_read(plan) <= most,
              "%s reads %d rows" % (what, rows_read(plan)))


def find(c, what, model_name, where=None, order_by=(), only=("id",),
         most=None, **more):
    params = dict({"model": model_name, "only": list(only),
                   "where": where or {}, "order_by": list(order_by),
                   "limit": 20}, **more)
    result, found = plans(c, "find", params)
    judge(what, params, found, most)
    return result


def page_on(c, what, model_name, order_by, where=None, skip=5, most=MOST):
    """The first page, one far behind it, and the one before that."""
    page = find(c, what, model_name, where, order_by, most=most)
    check(len(page["items"]) == 20, page)
    params = {"model": model_name, "where": where or {}, "only": ["id"],
              "order_by": order_by, "limit": 1000}
    for _ in range(skip):
        page = c.call("find", dict(params, after=page["next"]))
    page = find(c, what + ", far behind", model_name, where, order_by,
                most=most, after=page["next"])
    find(c, what + ", in front of that", model_name, where, order_by,
         most=most, before=page["prev"])


@case("values of columns")
def values():
    with w["ormd"].connect() as c:
        find(c, "by key", "User", {"id": 7})
        find(c, "by a unique column", "User", {"username": "user7"})
        find(c, "a range of keys", "User", {"id": {">": 100, "<=": 120}})
        find(c, "one of three", "User", {"username": {"in": [
            "user1", "user2", "nobody"]}})
        got = find(c, "one of thousands", "User", {"id": {"in": list(
            range(1, 10000, 3))}}, limit=1000)
        check(len(got["items"]) == 1000)
        find(c, "a foreign key", "MeditationSession", {"user_id": 7})
        find(c, "one or the other", "User", {"or": [
            {"id": 7}, {"username": "user8"}]}, order_by=["username"])
        got = find(c, "text that begins so", "User",
                   {"username": {"like": "user199_"}})
        check(len(got["items"]) == 10, got)


@case("ranges of which only the values tell that they are narrow")
def narrow():
    with w["ormd"].connect() as c:
        find(c, "in another order", "MeditationSession",
             {"user_id": {">=": 10, "<=": 12}}, most=MOST)
        find(c, "of two columns", "MeditationSession",
             {"id": {">": USERS * 10 - 50}, "user_id": {">": 100}},
             ["-rating"], most=MOST)
        find(c, "of those that are related", "User", {
            "meditation_sessions": {"any": {"id": {">": USERS * 10 - 5}}}},
            most=MOST)
        find(c, "within not", "MeditationSession",
             {"not": {"user_id": {">": 3}}}, ["-id"], most=MOST)
        for where in ({"id": {">": USERS * 10 - 30}},
                      {"user_id": {">": USERS - 9}}):
            params = {"model": "MeditationSession", "where": where}
            judge("count", params, plans(c, "count", params)[1], MOST)
            params.update(functions={"mean": {"avg": "rating"}},
                          group_by=["meditation.title"])
            judge("functions", params, plans(c, "aggregate", params)[1],
                  MOST)


@case("arrays and JSON")
def documents():
    with w["ormd"].connect() as c:
        for what, where in (
                ("an array contains", {"tags": {"contains": ["t7", "t5"]}}),
                ("arrays overlap", {"tags": {"overlap": ["t77", "none"]}}),
                ("an element is", {"tags": {"any": "t99"}}),
                ("JSON contains", {"doc": {"contains": {"b": {"c": "x9"}}}}),
                ("a place in JSON is", {"doc.b.c": "x9"})):
            params = {"model": "Note", "where": where}
            judge(what, params, plans(c, "count", params)[1], MOST)


@case("relationships")
def relationships():
    with w["ormd"].connect() as c:
        find(c, "has", "MeditationSession",
             {"user": {"has": {"username": "user7"}}})
        find(c, "is that one", "MeditationSession",
             {"user": {"==": {"$get": 7}}})
        find(c, "is that one, by a unique column", "MeditationSession",
             {"user": {"==": {"$get": {"username": "user7"}}}})
        find(c, "is null", "MeditationSession", {"user_id": None})
        find(c, "any", "User",
             {"meditation_sessions": {"any": {"meditation_id": 3}}})
        find(c, "not any", "User",
             {"not": {"meditation_sessions": {"any": {}}}})
        find(c, "contains", "User",
             {"meditation_sessions": {"contains": {"$get": 55}}})
        find(c, "any through a proxy", "User",
             {"meditations": {"any": {"title": "Meditation 7"}}})
        find(c, "contains, through a proxy", "User",
             {"meditations": {"contains": {"$get": 7}}})
        find(c, "users of the same meditations as one", "User",
             {"meditations": {"any": {"meditation_sessions": {"any": {
                 "user": {"has": {"username": "user9"}}}}}}})
        for where in ({"user_id": 7},
                      {"user": {"has": {"username": "user7"}}}):
            params = {"model": "MeditationSession", "where": where}
            judge("count", params, plans(c, "count", params)[1])


@case("one thing or another, of which one is of other objects")
def choices():
    with w["ormd"].connect() as c:
        mine = {"user": {"has": {"username": "user7"}}}
        either = {"or": [{"id": 55}, mine]}
        find(c, "by key, or has", "MeditationSession", either, most=MOST)
        find(c, "the same in another order", "MeditationSession", either,
             ["-user.username"], most=MOST)
        find(c, "the same by what may be null", "MeditationSession", either,
             ["rating"], most=MOST)
        find(c, "has, or has", "MeditationSession", {"or": [
            mine, {"user": {"has": {"username": "user9"}}}]}, most=MOST)
        find(c, "within and", "MeditationSession", {
            "rating": {">": 1}, "and": [either, {"id": {">": 9}}]}, most=MOST)
        find(c, "a column, or any", "User", {"or": [
            {"username": "user8"}, {"id": 70},
            {"meditation_sessions": {"any": {"id": {"in": [1, 2, 3]}}}}]},
            most=MOST)
        find(c, "a column, or contains through a proxy", "User", {"or": [
            {"username": "user8"}, {"meditations": {"contains":
                                                    {"$get": 7}}}]})
        # Many are found: there, a page has to end early.
        for order in ([], ["-id"], ["rating"]):
            find(c, "much, or much", "MeditationSession", {"or": [
                {"rating": 4}, {"user": {"has": {"id": {">": 5000}}}}]},
                order, most=MOST)
        params = {"model": "MeditationSession", "where": either}
        result, found = plans(c, "count", params)
        check(result == {"count": 11}, result)
        judge("count", params, found, MOST)
        params.update(functions={"n": "count", "best": {"max": "rating"}},
                      group_by=["user.username"])
        judge("aggregate", params, plans(c, "aggregate", params)[1], MOST)


@case("nested collections, and functions over them")
def nested():
    with w["ormd"].connect() as c:
        for what, wish in (
                ("as they are", {}),
                ("some of them", {"where": {"rating": {">": 3}}}),
                ("the best of them", {"order_by": ["-rating"], "limit": 2}),
                ("by what they refer to", {"order_by": ["meditation.title"],
                                           "limit": 2}),
                ("that refer to this", {"where": {"meditation": {"has": {
                    "title": "Meditation 7"}}}, "limit": 2})):
            params = {"model": "User", "limit": 10, "only": [
                "username", "meditation_sessions.meditation.title"],
                "load": {"meditation_sessions": wish}}
            judge("nested, " + what, params, plans(c, "find", params)[1],
                  MOST)
        for params in (
                {"model": "User", "where": {"id": {"in": [5, 6, 7]}},
                 "functions": {"n": {"count": "meditations"}, "best": {
                     "max": "meditation_sessions.rating"}},
                 "group_by": ["username"]},
                {"model": "MeditationSession", "where": {"user_id": 7},
                 "functions": {"mean": {"avg": "rating"}},
                 "group_by": ["meditation.title"]}):
            judge("functions", params, plans(c, "aggregate", params)[1], MOST)
        for key in (7, {"username": "user7"}):
            params = {"model": "User", "id": key}
            judge("get", params, plans(c, "get", params)[1], MOST)


@case("pages, far from the first")
def pages():
    with w["ormd"].connect() as c:
        page_on(c, "by key", "MeditationSession", [])
        page_on(c, "by key, descending", "MeditationSession", ["-id"])
        page_on(c, "by a unique column", "User", ["username"])
        page_on(c, "by what may be null", "Note", ["weight"])
        page_on(c, "the same, descending", "Note", ["-weight"])
        page_on(c, "by an index of two columns", "MeditationSession",
                ["rating", "id"], skip=30)
        page_on(c, "by a column of whom it refers to", "MeditationSession",
                ["user.username"])
        page_on(c, "the same, descending", "MeditationSession",
                ["-user.username", "-id"])
        # PostgreSQL may take them in this order, and leave out the others.
        page_on(c, "the members of one parent", "MeditationSession",
                ["-id"], {"meditation_id": 3}, skip=0, most=None)


@case("pages among those that have no value")
def among_nulls():
    with w["ormd"].connect() as c:
        for order in (["weight"], ["-weight"]):
            page_on(c, "nulls by " + order[0], "Note", order,
                    {"weight": None}, skip=0)
        # The first are null: this page goes on from them to values.
        page = c.call("find", {"model": "Note", "order_by": ["-weight"],
                               "limit": 160, "only": ["id"]})
        got = find(c, "from nulls to values", "Note", order_by=["-weight"],
                   only=["weight"], after=page["next"])
        weights = [r["weight"] for r in got["items"]]
        check(weights[0] is None and weights[-1] == 299, weights)


run(setup)
