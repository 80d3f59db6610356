#!/usr/bin/env python3
"""Pages in both directions, in random orders, also while rows come and go.

ORMD_QUERY_SEED picks other orders; what differs is printed with its seed.
"""

import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from kit import fill, insert, start
from harness import LONG, SLOW, case, check, dumps, run, same, say

from ask import Asker
from judge import Judge, in_order
from town import Town

SEED = int(os.environ.get("ORMD_QUERY_SEED", "1"))
WALKS = 2000 if LONG else 60
MOVING = 400 if LONG else 15
w = {}


def setup():
    w["ormd"], w["psql"] = start()


def params_of(order, **more):
    return dict({"model": "Person", "only": ["id"], "order_by": [
        ("-" if down else "") + name for name, down in order]}, **more)


def ids(rows):
    return [r["id"] for r in rows]


def pages(c, params, cursor, name):
    """The pages from a cursor on, until there is none."""
    found = []
    while cursor is not None:
        way = "after" if name == "next" else "before"
        page = c.call("find", dict(params, **{way: cursor}))
        found.append(page)
        cursor = page.get(name)
        check(len(found) < 1000, "pages without end")
    return found


def walk(c, ask, judge, about):
    """Forward to the end, and back to the beginning."""
    order, where = ask.order(), {}
    if ask.r.random() < 0.5:
        where = ask.where("Person", 1)
    if ask.r.random() < 0.3:
        # Each of these is looked for by itself.
        either = [where or {"age": {"<": 30}},
                  {"boss": {"has": ask.where("Person", 1)}},
                  {"memberships": {"any": ask.where("Membership", 1)}}]
        ask.r.shuffle(either)
        where = {"or": either[:ask.r.randint(2, 3)]}
    elif ask.r.random() < 0.2:
        # True of all; but of so many tables no branches are made.
        where = {"and": [where, {"or": [{}] + [{"staff": {"any": {}}}] * 5}]}
    params = params_of(order, where=where, limit=ask.r.randint(1, 12))
    want = ids(in_order(judge, judge.find("Person", where), order))
    about += ": " + dumps(params)
    first = c.call("find", params)
    check("prev" not in first, about)
    there = [first] + pages(c, params, first.get("next"), "next")
    got = [i for page in there for i in ids(page["items"])]
    check(got == want, "%s\ngot  %s\nwant %s" % (about, got, want))
    check(all("prev" in page for page in there[1:]), about)
    back = pages(c, params, there[-1].get("prev"), "prev")
    got = [i for page in reversed(back) for i in ids(page["items"])]
    if len(there) > 1:
        check(got == want[:len(want) - len(there[-1]["items"])],
              "%s\nback %s\nof   %s" % (about, got, want))
        check(all("next" in page for page in back), about)
        # And from its middle forward again: the same as before.
        again = c.call("find", dict(params, after=back[0]["next"]))
        check(ids(again["items"]) == ids(there[-1]["items"]), about)
    return len(there)


@case("pages have all rows in their order, forward and back", 3600)
def walks():
    n = 0
    with w["ormd"].connect(60) as c:
        for seed in range(SEED, SEED + WALKS):
            if seed % 25 == SEED % 25:
                town = Town(seed)
                fill(w["psql"], town)
                ask, judge = Asker(town), Judge(town.tables)
            n += walk(c, ask, judge, "seed %d" % seed)
    say("%d walks over %d pages" % (WALKS, n))


def change(town, last, stay):
    """Rows that may go go, rather those at the end of a page; others come."""
    people = town.tables["people"]
    mortal = [p for p in people if p["id"] not in stay]
    gone = set(ids(town.r.sample(mortal, min(2, len(mortal)))))
    if last not in stay and town.r.random() < 0.7:
        gone.add(last)
    people[:] = [p for p in people if p["id"] not in gone]
    town.newest += 3
    fresh = [town.person(i, 20)
             for i in range(town.newest - 3, town.newest)]
    people.extend(fresh)
    if gone:
        w["psql"].run("DELETE FROM people WHERE id IN (%s)"
                      % ", ".join(map(str, gone)))
    insert(w["psql"], "people", fresh)


def moving(c, seed, name):
    """One walk while rows come and go between its pages."""
    town = Town(seed, 60)
    for p in town.tables["people"]:		# nobody refers to who may go
        p["boss_id"] = p["boss_id"] and (p["boss_id"] % 20) + 1
    town.newest = 1000
    town.tables["memberships"], town.tables["person_skills"] = [], []
    fill(w["psql"], town)
    stay = set(range(1, 31))
    order = Asker(town).order()
    params = params_of(order, limit=town.r.randint(1, 9))
    page = c.call("find", params)
    if name == "prev":			# from the last page back to the first
        page = ([page] + pages(c, params, page.get("next"), "next"))[-1]
    seen = ids(page["items"])
    if name == "prev":
        seen.reverse()
    cursor = page.get(name)
    while cursor is not None:
        if len(seen) < 150:		# or there might be no end
            change(town, seen[-1], stay)
        way = "after" if name == "next" else "before"
        page = c.call("find", dict(params, **{way: cursor}))
        got = ids(page["items"])
        seen += got if name == "next" else got[::-1]
        cursor = page.get(name)
    about = "seed %d %s: %s\nseen %s" % (seed, name, dumps(params), seen)
    check(len(set(seen)) == len(seen), "one came twice: " + about)
    judge = Judge(town.tables)
    rows = in_order(judge, [p for p in town.tables["people"]
                            if p["id"] in stay], order)
    want = ids(rows) if name == "next" else ids(rows)[::-1]
    check([i for i in seen if i in stay] == want,
          "%s\nwant %s" % (about, want))


@case("rows that stay are seen once while others come and go", 3600)
def come_and_go():
    with w["ormd"].connect(60) as c:
        for seed in range(SEED, SEED + MOVING):
            moving(c, seed, "next")
            moving(c, seed, "prev")


def disturb(stop, failures):
    """Another client that creates and deletes all the time."""
    try:
        with w["ormd"].connect(60) as c:
            while not stop.is_set():
                made = [c.call("create", {"model": "Person", "values": {
                    "name": n, "age": len(n)}, "return": "key"})
                    for n in ("a", "bb", "ccc", "dddd")]
                for key in made:
                    c.call("delete", {"model": "Person", "id": key})
    except Exception as e:
        failures.append(e)


@case("the same while another client writes", 120)
def at_once():
    town = Town(SEED)
    fill(w["psql"], town)
    w["psql"].run("SELECT setval(pg_get_serial_sequence('people', 'id'), "
                  "5000)")
    ask, judge = Asker(town), Judge(town.tables)
    stop, failures, n = threading.Event(), [], 0
    writers = [threading.Thread(target=disturb, args=(stop, failures))
               for _ in range(3)]
    for t in writers:
        t.start()
    end = time.monotonic() + (30 if LONG else 1) * SLOW
    try:
        with w["ormd"].connect(60) as c:
            while time.monotonic() < end:
                order = ask.order()
                params = params_of(order, limit=ask.r.randint(2, 9))
                first = c.call("find", params)
                there = [first] + pages(c, params, first.get("next"),
                                        "next")
                seen = [i for page in there for i in ids(page["items"])]
                same(len(set(seen)), len(seen))
                same([i for i in seen if i <= 40],
                     ids(in_order(judge, town.tables["people"], order)))
                n += 1
    finally:
        stop.set()
        for t in writers:
            t.join()
    same([str(e) for e in failures], [])
    say("%d walks" % n)


@case("a cursor is good for its own query, and as it was given")
def cursors():
    fill(w["psql"], Town(SEED))
    base = params_of([("name", False)], limit=3, where={"id": {">": 0}})
    with w["ormd"].connect() as c:
        given = c.call("find", base)["next"]
        for other in (dict(base, model="City"),
                      dict(base, order_by=["-name"]),
                      dict(base, order_by=["city.name"]),
                      dict(base, order_by=[]),
                      dict(base, where={"id": {">": 1}}),
                      dict(base, where={}), dict(base, where={"or": []})):
            for way in ("after", "before"):
                e = c.error("find", dict(other, **{way: given}))
                same([e.kind, e.data["path"]], ["invalid_value", "/" + way])
        for forged in ("", "x", given[:-4], given + "AAAA", given[1:],
                       "é" * 9, "A" * 10000, "=" * 40,
                       given[:10] + ("A" if given[10] != "A" else "B") +
                       given[11:]):
            e = c.error("find", dict(base, after=forged))
            same([e.kind, e.data["path"]], ["invalid_value", "/after"])
        for odd in (1, True, [given], {"after": given}):
            e = c.error("find", dict(base, before=odd))
            same([e.kind, e.data["path"]], ["invalid_value", "/before"])
        e = c.error("find", dict(base, after=given, before=given))
        same([e.kind, e.data["path"]], ["invalid_params", "/before"])
        # The shape and the size of a page are not the query's.
        same(len(c.call("find", dict(base, after=given, limit=7, count=True,
                                     only=["name"]))["items"]), 7)
        # In a transaction it has its place there.
        e = c.error("transaction", {"ops": [{"method": "find", "params": dict(
            base, after="x")}]})
        same([e.kind, e.data["path"]],
             ["invalid_value", "/ops/0/params/after"])


@case("behind the last row is nothing, from where one comes back")
def behind_the_end():
    fill(w["psql"], Town(SEED))
    base = params_of([("age", True)], limit=1000)
    with w["ormd"].connect() as c:
        rows = ids(c.call("find", base)["items"])
        page = c.call("find", dict(base, limit=len(rows) - 1))
        w["psql"].run("DELETE FROM memberships; DELETE FROM person_skills; "
                      "UPDATE people SET boss_id = NULL; DELETE FROM people "
                      "WHERE id = %d" % rows[-1])
        empty = c.call("find", dict(base, after=page["next"]))
        same(empty["items"], [])
        check("next" not in empty, empty)
        same(ids(c.call("find", dict(base, before=empty["prev"]))["items"]),
             rows[:-1])
        # And in front of the first.
        page = c.call("find", dict(base, after=c.call(
            "find", dict(base, limit=1))["next"], limit=2))
        w["psql"].run("DELETE FROM people WHERE id = %d" % rows[0])
        empty = c.call("find", dict(base, before=page["prev"]))
        same(empty["items"], [])
        check("prev" not in empty, empty)
        same(ids(c.call("find", dict(base, after=empty["next"]))["items"]),
             rows[1:-1])


run(setup)
