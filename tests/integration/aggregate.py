#!/usr/bin/env python3
"""`aggregate': functions over what matches, and over what is related to it.

Random questions are asked of ormd, and of Python over the rows that psql reads.
"""

import os
import random
import sys
from decimal import Decimal

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Daemon, MEDITATION, Postgres, TOP, case, check, dumps,
                     run, same)
import schemas

ASKED = 150
w = {}


def setup():
    postgres = Postgres()
    address = postgres.database(
        "aggregate", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = postgres.psql("aggregate")
    w["db"].run(
        "INSERT INTO users (id, username) SELECT i, 'user' || i % 5 || '-' || "
        "i FROM generate_series(1, 12) i; INSERT INTO meditations (id, title, "
        "duration) SELECT i, nullif(chr(96 + i % 3), 'c'), nullif(i % 4, 0) * "
        "5 FROM generate_series(1, 9) i; INSERT INTO meditation_sessions (id, "
        "rating, completed_duration, user_id, meditation_id) SELECT i, "
        "nullif(i * 7 % 6, 0), nullif(i * 31 % 50, 3), nullif(i * i % 11, 0), "
        "nullif(i * 5 % 8, 0) FROM generate_series(1, 200) i")
    w["ormd"] = schemas.hold(Daemon(address, MEDITATION).when_ready())
    w["client"] = w["ormd"].connect()
    rows = {t: w["db"].rows("SELECT * FROM %s ORDER BY id" % t) for t in
            ("users", "meditations", "meditation_sessions")}
    w["User"], w["Meditation"] = rows["users"], rows["meditations"]
    w["MeditationSession"] = rows["meditation_sessions"]
    users = {u["id"]: u for u in w["User"]}
    meditations = {m["id"]: m for m in w["Meditation"]}
    for s in w["MeditationSession"]:
        s["user"] = users.get(s["user_id"])
        s["meditation"] = meditations.get(s["meditation_id"])
    for owner, name in (("User", "user"), ("Meditation", "meditation")):
        for o in w[owner]:
            o["meditation_sessions"] = [s for s in w["MeditationSession"]
                                        if s[name] is o]


def values(obj, way):
    """What a name leads to from an object: values, or objects."""
    found = [obj]
    for name in way.split("."):
        found = [v for o in found if o is not None
                 for v in (o[name] if isinstance(o[name], list) else
                           [o[name]])]
    return [v for v in found if v is not None]


def computed(function, objects, way):
    if way is None:
        return len(objects)
    have = [v for o in objects for v in values(o, way)]
    if function == "count":
        return len(have)
    if function == "count_distinct":
        return len({v["id"] if isinstance(v, dict) else v for v in have})
    if not have:
        return None
    if function == "avg":
        return Decimal(sum(have)) / len(have)
    return {"sum": sum, "min": min, "max": max}[function](have)


GROUPS = {
    "MeditationSession": ["rating", "user.username", "meditation.duration",
                          "meditation.title", "user_id"],
    "User": ["id", "username"],
    "Meditation": ["title", "duration", "id"],
}
NUMBERS = {
    "MeditationSession": ["rating", "completed_duration",
                          "meditation.duration", "user.id",
                          "meditation.meditation_sessions.rating"],
    "User": ["id", "meditation_sessions.rating",
             "meditation_sessions.meditation.duration",
             "meditation_sessions.completed_duration"],
    "Meditation": ["duration", "meditation_sessions.rating",
                   "meditation_sessions.user.id",
                   "meditation_sessions.user.meditation_sessions.rating"],
}
COUNTED = {
    "MeditationSession": ["user", "user.meditation_sessions"],
    "User": ["meditation_sessions", "meditation_sessions.meditation"],
    "Meditation": ["meditation_sessions", "meditation_sessions.user"],
}


def a_question(model):
    functions = {}
    for i in range(random.randrange(1, 5)):
        function = random.choice(["count", "count_distinct", "sum", "avg",
                                  "min", "max"])
        ways = NUMBERS[model]
        if function in ("count", "count_distinct"):
            ways = ways + COUNTED[model]
        functions["f%d" % i] = (function, random.choice(ways))
    if random.random() < 0.4:
        functions["n"] = ("count", None)
    groups = random.sample(GROUPS[model], random.randrange(0, 3))
    return groups, functions


def one(found):
    return found[0] if found else None


def grouped(model, below, groups, functions):
    held = {} if groups else {(): []}
    for o in w[model]:
        if o["id"] < below:
            key = tuple(one(values(o, g)) for g in groups)
            held.setdefault(key, []).append(o)
    out = []
    for key in sorted(held, key=lambda k: [(v is None, v or 0) if not
                                           isinstance(v, str) else (False, v)
                                           for v in k]):
        group = dict(zip(groups, key))
        for name, (function, way) in functions.items():
            group[name] = computed(function, held[key], way)
        out.append(group)
    return out


def plain(group, functions):
    """Averages as numbers, to the digits that PostgreSQL gives."""
    for name, (function, _) in functions.items():
        if function == "avg" and group[name] is not None:
            group[name] = round(Decimal(group[name]), 12)
    return group


@case("random questions: groups, functions, ways to one and to several")
def random_questions():
    random.seed(7)
    for _ in range(ASKED):
        model = random.choice(list(GROUPS))
        groups, functions = a_question(model)
        below = random.choice([1, 5, 60, 300])
        asked = {"model": model, "where": {"id": {"<": below}},
                 "group_by": groups, "functions": {
                     name: function if way is None else {function: way}
                     for name, (function, way) in functions.items()}}
        got = w["client"].call("aggregate", asked)
        want = grouped(model, below, groups, functions)
        try:
            same([plain(g, functions) for g in got["groups"]],
                 [plain(g, functions) for g in want])
        except AssertionError as e:
            raise AssertionError("%s\n%s" % (e, dumps(asked))) from e


@case("the average rating of each meditation, also of those that nobody does; "
      "the best ones")
def average_rating():
    got = w["client"].call("aggregate", {
        "model": "Meditation", "group_by": ["id"], "functions": {
            "mean": {"avg": "meditation_sessions.rating"}}})
    same([g["id"] for g in got["groups"]], list(range(1, 10)))
    same([g["id"] for g in got["groups"] if g["mean"] is None], [8, 9])
    check("more" not in got)
    top = w["client"].call("aggregate", {
        "model": "Meditation", "group_by": ["id"], "functions": {
            "mean": {"avg": "meditation_sessions.rating"}},
        "having": {"mean": {"!=": None}}, "order_by": ["-mean"], "limit": 2})
    best = sorted((g for g in got["groups"] if g["mean"] is not None),
                  key=lambda g: (-Decimal(g["mean"]), g["id"]))[:2]
    same(top, {"groups": best, "more": True})


@case("all groups, some at a time")
def pages():
    seen, last = [], 0
    while True:
        got = w["client"].call("aggregate", {
            "model": "MeditationSession", "group_by": ["user_id"],
            "having": {"user_id": {">": last}}, "limit": 3})
        seen += [g["user_id"] for g in got["groups"]]
        last = seen[-1]
        if not got.get("more"):
            break
    same(seen, sorted({s["user_id"] for s in w["MeditationSession"]
                       if s["user_id"] is not None}))


@case("what is hidden, unknown or of the wrong type is refused with its place")
def refused():
    for params, kind, path in (
            ({"group_by": ["user._password_hash"]}, "unknown_field",
             "/group_by/0"),
            ({"functions": {"x": {"max": "user._password_hash"}}},
             "unknown_field", "/functions/x/max"),
            ({"functions": {"x": {"avg": "session_note"}}}, "invalid_value",
             "/functions/x/avg"),
            ({"having": {"rating": 3}}, "unknown_field", "/having/rating")):
        e = w["client"].error("aggregate",
                              dict(params, model="MeditationSession"))
        same([e.kind, e.data["path"]], [kind, path])


run(setup)
