#!/usr/bin/env python3
"""Who may do what: every method, over every relationship, by everybody.

The requests are generated from a model, and what has to come of each is
computed from its rules (access_rules.py).  Every row has a text of its own, and
no reply may hold one of a row that the client does not see.  Where a request
names a row that the client does not see, it is sent again with a key that no
row has: but for the key the replies have to be the same.

A part of the requests is sent, and all of them where ORMD_LONG is set.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from access_rules import (ABSENT, MODELS, NOT_FOUND, REFUSED, TABLES,
                          apply_acts, find, fresh, merge_verdict,
                          nested_allowed, reads, sees, table_of, verdict,
                          writes)
from access_world import CALLERS, World, ddl, leak_check, some, w
from harness import Postgres, case, check, dumps, loads, run, same, say


def setup():
    w["postgres"] = Postgres()
    w["plain"] = World("plain", ddl())


def ask_all(world, requests):
    """Each request by everybody at once: callers meet in one batch."""
    for request in requests:
        posted = []
        for who in CALLERS:
            for c in world.clients[who]:
                c.post(*request)
                posted.append((who, c))
        yield [(who, c.reply()) for who, c in posted]


@case("everybody reads, along every relationship, what he may see", 300)
def all_reads():
    rows = fresh()
    told = some(list(reads()), 5)
    n = 0
    for (request, what), replies in zip(told, ask_all(
            w["plain"], [r for r, _ in told])):
        for who, reply in replies:
            leak_check(rows, who, request, reply)
            want = what(rows, who)
            said = "%s: %s %s\n%s\nnot %s" % (
                who, request[0], dumps(request[1]), dumps(reply), dumps(want))
            check("result" in reply, said)
            got = reply["result"]
            if isinstance(got, dict):
                got.pop("next", None)
            check(got == want, said)
            n += 1
    say("%d requests, %d answers" % (len(told), n))


@case("callers whose requests share a statement get their own rows only", 120)
def together():
    rows = fresh()
    world = w["plain"]
    told = [(r, what) for r, what in reads() if r[0] == "get"]
    told = some([t for t in told if len(t[0][1]["only"]) > 1], 3)
    for at in range(0, len(told), 40):
        batch = told[at:at + 40]
        for who in CALLERS:
            for c in world.clients[who]:
                c.send("".join(dumps({"id": i, "method": m, "params": p}) +
                               "\n" for i, ((m, p), _) in enumerate(batch)))
        for who in CALLERS:
            for c in world.clients[who]:
                for i in range(len(batch)):
                    reply = c.reply()
                    check(reply.get("result") == batch[i][1](rows, who),
                          dumps([str(who), batch[i][0], reply]))


@case("what is hidden cannot be named, and nobody is told of it")
def hidden():
    for who in CALLERS:
        c = w["plain"].clients[who][0]
        mail = who != "admin"
        role = who is None
        attempts = [("mail", mail), ("role", role)]
        for name, is_hidden in attempts:
            for method, params in (
                    ("get", {"model": "User", "id": 1, "only": [name]}),
                    ("find", {"model": "User", "where": {name: "x"}}),
                    ("find", {"model": "User", "order_by": [name]}),
                    ("find", {"model": "Post", "where": {
                        "user": {"has": {name: "x"}}}}),
                    ("find", {"model": "Post", "order_by": ["user." + name]}),
                    ("get", {"model": "Post", "id": 1,
                             "only": ["user." + name]})):
                reply = c.ask(method, params)
                same("error" in reply and reply["error"]["data"]["kind"],
                     "unknown_field" if is_hidden else False)
            described = c.call("describe", {"model": "User"})
            same(name in described["models"]["User"]["attributes"],
                 not is_hidden)
        models = sorted(c.call("describe")["models"])
        same(models, sorted(m for m in MODELS if who == "admin" or any(
            word in lists for what, lists in MODELS[m].get(
                "access", {}).items() if what != "owner"
            for word in ("anyone", "user", "owner")
            if who is not None or word == "anyone")))
        same(sorted(c.call("hello")["models"]), models)
        if who is None:
            continue
        access = c.call("describe", {"model": "Mark"})["models"]["Mark"][
            "access"]
        same(access, dict({"owner": "note.user"}, **{
            k: ["owner"] for k in ("read", "create", "update", "delete")}))
        if who != "admin":
            near = c.error("describe", {"model": "Vaults"})
            same([near.kind, near.data.get("hint")], ["unknown_model", None])


def twin_check(world, who, request, named, rows):
    """Of a row that one does not see, the reply is that of an absent one."""
    for name in named:
        if name == "not a member" or name[1] in (None, ABSENT) or sees(
                rows, who, *[name[0], find(rows, name[0], name[1])]) or (
                    name[0] == "User" and name[1] == who):
            continue
        text = dumps(request[1])
        key = str(name[1])
        params = loads(text)
        swap(params, name)
        a = world.clients[who][0].ask(*request)
        b = world.clients[who][0].ask(request[0], params)
        a.pop("id")
        b.pop("id")
        check(dumps(a) == dumps(b), "%s: %s\n%s\n%s" % (
            who, dumps([request, params, key]), dumps(a), dumps(b)))


def swap(params, name):
    """Puts a key that no row has in place of the named one's."""
    model = params["model"]
    if model == name[0] and params.get("id") == name[1]:
        params["id"] = ABSENT
    for values in (params.get("values"), *params.get("items", [])):
        if not isinstance(values, dict):
            continue
        for k, v in list(values.items()):
            if isinstance(v, dict) and v.get("$get") == name[1]:
                v["$get"] = ABSENT
            elif k == "$get" and v == name[1] or (
                    len(name) > 2 and k.endswith("_id") and v == name[1]):
                values[k] = ABSENT


def compare(world, rows, made, said):
    got = world.stored()
    for table, lines in rows.items():
        left = [{k: v for k, v in r.items()} for r in got[table]]
        for row in lines:
            check(row in left, "%s\n%s is missing from %s: %s" % (
                said, dumps(row), table, dumps(left)))
            left.remove(row)
        for model, values in made:
            if table_of(model) != table:
                continue
            fit = [r for r in left if all(r[k] == v
                                          for k, v in values.items())]
            check(len(fit) > 0, "%s\nno %s like %s in %s" % (
                said, model, dumps(values), dumps(left)))
            left.remove(fit[0])
        if table in [table_of(m) for m, _ in made]:
            continue
        check(left == [], "%s\n%s has %s" % (said, table, dumps(left)))


def write_try(world, who, request, named, acts):
    rows = fresh()
    if acts == "merge":
        want, acts = merge_verdict(rows, who, request)
    else:
        want = verdict(rows, who, named, nested_allowed(who, acts),
                       request)
    method, params = request
    told = dict(params, **{"return": "none"}) if method != "delete" else params
    preview = world.clients[who][1].ask("preview", {"method": method,
                                                    "params": told})
    reply = world.clients[who][0].ask(method, told)
    said = "%s: %s %s\n%s, not %s" % (who, method, dumps(params),
                                      dumps(reply), want)
    leak_check(rows, who, request, reply)
    leak_check(rows, who, request, preview)
    kind = reply.get("error", {}).get("data", {}).get("kind")
    check(kind is None if want is None else kind in want, said)
    if kind in NOT_FOUND | REFUSED:
        got = preview.get("error", {}).get("data", {}).get("kind")
        check(got == kind, said + "\npreview: " + dumps(preview))
    if kind is not None:
        return False
    made = apply_acts(rows, who, [a for a in acts if a[0] != "nested"])
    made += [(a[1], a[3]) for a in acts if a[0] == "nested"]
    if method == "delete":
        count_check(who, reply, acts, said)
    compare(world, rows, made, said)
    return True


def count_check(who, reply, acts, said):
    """A delete's reply counts what the client sees of what went."""
    rows = fresh()
    want = {}
    for op, model, row_id, values in acts:
        if op == "delete" and values["counts"] and sees(rows, who, model,
                                   find(rows, model, row_id)):
            want[model] = want.get(model, 0) + 1
    check(reply["result"]["deleted"] == want, said + "\n" + dumps(want))


@case("everybody writes, by every method and relationship, what he may", 600)
def all_writes():
    world = w["plain"]
    n = done = 0
    world.db.run("SELECT refill()")
    for who in CALLERS:
        for request, named, acts in some(list(writes(fresh(), who)), 7):
            if write_try(world, who, request, named, acts):
                world.db.run("SELECT refill()")
                done += 1
            n += 1
    same(world.stored(), world.before, unordered=True)
    say("%d writes, of which %d were allowed" % (n, done))


@case("callers whose writes share a statement write rows of their own")
def merged_writes():
    world = w["plain"]
    world.db.run("SELECT refill()")
    users = [(who, c) for who in (1, 2) for c in world.clients[who]]
    for who, c in users:
        c.send("".join(dumps({"id": i, "method": "create", "params": {
            "model": "Note", "only": ["text"],
            "values": {"text": "%d of %d" % (i, who)}}}) + "\n"
            for i in range(50)))
    for who, c in users:
        for i in range(50):
            same(c.reply(), {"jsonrpc": "2.0", "id": i, "result": {
                "text": "%d of %d" % (i, who)}})
    same(world.db.value("SELECT count(*) FROM notes WHERE text = ANY(SELECT "
                        "i || ' of ' || user_id FROM generate_series(0, 49) "
                        "i)"), "200")
    # One may change it, the other sees it and may not; both at once.
    for who, c in users:
        c.send("".join(dumps({"id": i, "method": "update", "params": {
            "model": "Post", "id": 1 + i % 2, "only": ["text"],
            "values": {"text": "by %d" % who}}}) + "\n" for i in range(20)))
    for who, c in users:
        for i in range(20):
            reply = c.reply()
            if 1 + i % 2 == who:
                same(reply["result"], {"text": "by %d" % who})
            else:
                same(reply["error"]["data"]["kind"], "forbidden")
    same(world.db.rows("SELECT text FROM posts WHERE id < 3 ORDER BY id"),
         [{"text": "by 1"}, {"text": "by 2"}])
    world.db.run("SELECT refill()")


@case("a row that one does not see is answered as one that is not there", 300)
def twins():
    world = w["plain"]
    world.db.run("SELECT refill()")
    for who in CALLERS[:3]:
        rows = fresh()
        for request, named, _ in some(list(writes(rows, who)), 4):
            twin_check(world, who, request, named, rows)
    same(world.stored(), world.before, unordered=True)


@case("attributes that are not one's to write")
def attributes():
    for who in CALLERS:
        c = w["plain"].clients[who][0]
        e = c.ask("update", {"model": "User", "id": 1, "values": {
            "since": "1999"}, "return": "none"})
        kind = e.get("error", {}).get("data", {}).get("kind")
        check(kind is None if who == "admin" else kind == "forbidden",
              dumps(e))
        for method, params in (
                ("update", {"model": "User", "id": 1, "values": {
                    "role": "root"}}),
                ("create", {"model": "User", "values": {
                    "text": "eve", "role": "root"}}),
                ("append", {"model": "User", "id": 1, "attribute": "posts",
                            "items": [{"user": {"text": "eve",
                                                "role": "root"}}]})):
            if who != "admin":
                e = c.error(method, params)
                check(e.kind in ("forbidden", "unknown_field"), str(e))
    w["plain"].db.run("SELECT refill()")


if __name__ == "__main__":
    run(setup)
