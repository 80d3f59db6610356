#!/usr/bin/env python3
"""The tokens of previews: where they hold, and what they tell nobody."""

import itertools
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (ROLE, TOP, Daemon, Postgres, case, check, free_port, run,
                     same, until)
import users
from users import CHEAP, ID, OPEN

ORMD_SQL = os.path.join(TOP, "sql", "ormd.sql")
DELETE = {"method": "delete", "params": {"model": "Box", "id": {"name": "b"}}}
# The key of a box is nobody's business: it goes by its name.
MODEL = {
    "ormd": 1,
    "models": {
        "Box": {
            "table": "boxes",
            "columns": {
                "id": dict(ID, private=True),
                "name": {"type": "text", "nullable": False, "unique": True}},
            "relationships": {
                "things": {"target": "Thing", "back_populates": "box",
                           "cascade": "all, delete-orphan"}},
            "serialize_rules": ["-things"]},
        "Thing": {
            "table": "things",
            "columns": {
                "id": dict(ID, private=True),
                "name": {"type": "text", "unique": True},
                "box_id": {"type": "integer", "private": True,
                           "references": "boxes.id"}},
            "relationships": {
                "box": {"target": "Box", "back_populates": "things"}},
            "serialize_rules": ["-box"]}}}
TABLES = """
CREATE TABLE boxes (id serial PRIMARY KEY, name text UNIQUE NOT NULL);
CREATE TABLE things (id serial PRIMARY KEY, name text UNIQUE,
    box_id integer REFERENCES boxes (id));
INSERT INTO boxes VALUES (71, 'a'), (72, 'b');
INSERT INTO things VALUES (501, 'x', 71), (502, 'y', 72), (503, 'z', 72);
"""
USERS = dict(users.MODEL, models=dict(
    users.MODEL["models"], Box=dict(MODEL["models"]["Box"], access=OPEN),
    Thing=dict(MODEL["models"]["Thing"], access=OPEN)))
NEW_KEY = "DELETE FROM ormd.seal; \\i " + ORMD_SQL
WARNING = "plans of previews end with this process"
w = {}
made = itertools.count(1)


def setup():
    w["postgres"] = Postgres()


class World:
    """A database with a few boxes, and the daemons that a test starts."""

    def __init__(self, *statements, model=MODEL, more="", options=()):
        name = "plans%d" % next(made)
        self.address = w["postgres"].database(name, TABLES + more,
                                              *statements)
        self.db = w["postgres"].psql(name)
        self.model = model
        self.options = list(options)
        self.daemons = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.stop()
        self.db.close()

    def daemon(self):
        daemon = Daemon(self.address, self.model, self.options)
        self.daemons.append(daemon.when_ready())
        return daemon


def token(daemon, request=None):
    with daemon.connect() as c:
        return c.call("preview", request or DELETE)["plan"]


def delete(daemon, plan):
    with daemon.connect() as c:
        return c.ask("delete", dict(DELETE["params"], plan=plan))


def deleted(reply):
    return reply.get("result") == {"deleted": {"Box": 1, "Thing": 2},
                                   "updated": {}}


def changed(reply):
    return reply.get("error", {"data": {}})["data"].get("kind") == \
        "plan_changed"


@case("a plan holds over a restart, and with another ormd on the database")
def holds():
    with World() as world:
        first, other = world.daemon(), world.daemon()
        plan = token(first)
        same(token(other), plan)
        first.stop()
        first.run()
        first.when_ready()
        same(token(first), plan)
        other.stop()
        check(WARNING not in first.logged() + other.logged(), first.logged())
        check(changed(delete(first, "0" * 32)))
        check(deleted(delete(first, plan)))


@case("the first request of all gets a plan that holds")
def first_request():
    with World() as world:
        plan = token(world.daemon())
        for _ in range(5):
            port = free_port()
            daemon = Daemon(world.address, MODEL, port=port)
            same(token(daemon), plan)
            daemon.stop()


@case("two databases with equal rows give different plans")
def two_databases():
    with World(NEW_KEY) as one, World(NEW_KEY) as two:
        a, b = one.daemon(), two.daemon()
        plans = [token(a), token(b)]
        check(plans[0] != plans[1], plans)
        check(changed(delete(b, plans[0])))
        check(deleted(delete(b, plans[1])))


@case("running ormd.sql again leaves the key as it is")
def key_stays():
    with World() as world:
        look = "SELECT encode(key, 'hex') FROM ormd.seal"
        before = world.db.value(look)
        same(len(before), 64)
        world.db.run_file(ORMD_SQL)
        same(world.db.value(look), before)


@case("a new key ends all plans, when ormd is told to reload")
def new_key():
    with World() as world:
        daemon = world.daemon()
        plan = token(daemon)
        world.db.run(NEW_KEY)
        same(token(daemon), plan)
        daemon.signal(signal.SIGHUP)
        until("the new key to be read", lambda: token(daemon) != plan)
        check(changed(delete(daemon, plan)))
        check(deleted(delete(daemon, token(daemon))))


@case("without ormd.seal a plan ends with its process, and the log says why")
def no_table():
    with World("DROP TABLE ormd.seal") as world:
        first, other = world.daemon(), world.daemon()
        plan = token(first)
        same(token(first), plan)
        check(token(other) != plan)
        check(changed(delete(other, plan)))
        same(first.logged().count(WARNING), 1)
        check("run ormd.sql again" in first.logged(), first.logged())
        first.stop()
        first.run()
        first.when_ready()
        check(token(first) != plan)
        check(deleted(delete(first, token(first))))


@case("without the whole support schema, too")
def no_schema():
    with World("DROP SCHEMA ormd CASCADE") as world:
        daemon = world.daemon()
        check(deleted(delete(daemon, token(daemon))))
        check(WARNING in daemon.logged(), daemon.logged())


@case("ormd.sql run again mends it, without a restart")
def mended():
    with World("DROP TABLE ormd.seal") as world:
        daemon = world.daemon()
        plan = token(daemon)
        world.db.run_file(ORMD_SQL)
        world.db.run("GRANT SELECT ON ormd.seal TO " + ROLE)
        daemon.signal(signal.SIGHUP)
        until("the key to be read", lambda: token(daemon) != plan)
        plan = token(daemon)
        daemon.stop()
        same(token(world.daemon()), plan)


@case("a key that cannot be read is told from one that is not there")
def unreadable():
    for change, told in (
            ("REVOKE ALL ON ormd.seal FROM " + ROLE, "may not be read"),
            ("REVOKE ALL ON SCHEMA ormd FROM PUBLIC; REVOKE ALL ON SCHEMA "
             "ormd FROM " + ROLE, "could not be read"),
            ("DELETE FROM ormd.seal", "no row of ormd.seal")):
        with World(change) as world:
            daemon = world.daemon()
            check(told in daemon.logged(), daemon.logged())
            check(deleted(delete(daemon, token(daemon))))


def fnv(seed, data):
    h = seed
    for byte in data:
        h = (h ^ byte) * 1099511628211 % 2 ** 64
    for shift, factor in ((30, 0xbf58476d1ce4e5b9), (27, 0x94d049bb133111eb)):
        h = (h ^ h >> shift) * factor % 2 ** 64
    return h ^ h >> 31


def open_digest(rows):
    """What plans once were: anybody could have made them."""
    sums = [0, 0]
    for table, key in rows:
        data = b'd"%s"\0' % table + key.to_bytes(4, "big")
        for i, seed in enumerate((14695981039346656037, 7809847782465536322)):
            sums[i] = (sums[i] + fnv(seed, data)) % 2 ** 64
    return "%016x%016x" % tuple(sums)


@case("who has a plan cannot find a private key by trial")
def no_trial():
    # Of the transcripts in tests/unit/plan: so the guess is a good one.
    same(open_digest([(b"users", 1), (b"meditation_sessions", 1),
                      (b"meditation_sessions", 2)]),
         "527901b846155e237a80331e3e10ac40")
    lone = {"method": "delete", "params": {"model": "Thing",
                                           "id": {"name": "x"}}}
    with World() as world:
        plan = token(world.daemon(), lone)
        check(plan not in {open_digest([(b"things", key)])
                           for key in range(2000)}, plan)


@case("a plan is its caller's own")
def callers():
    with World(model=USERS, more=users.TABLES, options=CHEAP) as world:
        daemon = world.daemon()
        plans = {}
        with daemon.connect() as c:
            plans["anyone"] = c.call("preview", DELETE)["plan"]
            for who in ("ann", "bob"):
                c.call("create", {"model": "User", "values": {
                    "username": who, "password": "p-" + who}})
                c.call("login", {"username": who, "password": "p-" + who})
                plans[who] = c.call("preview", DELETE)["plan"]
                c.call("logout")
            same(len(set(plans.values())), 3)
            c.call("login", {"username": "ann", "password": "p-ann"})
            same(c.call("preview", DELETE)["plan"], plans["ann"])
            for who in ("bob", "anyone"):
                check(changed(c.ask("delete", dict(DELETE["params"],
                                                   plan=plans[who]))))
            check(deleted(c.ask("delete", dict(DELETE["params"],
                                               plan=plans["ann"]))))


@case("a delete may be asked for in other words; plans of the rest are only "
      "alike for the same request")
def requests():
    def update(thing, name):
        return {"method": "update", "params": {
            "model": "Thing", "id": {"name": thing}, "values": {
                "name": name}}}
    with World() as world:
        daemon = world.daemon()
        plan = token(daemon)
        op = {"method": "delete", "params": dict(DELETE["params"], max=9)}
        same(token(daemon, op), plan)
        whole = {"method": "transaction", "params": {"ops": [op]}}
        same(token(daemon, whole), plan)
        # All of them reach one row, and nobody is to see that they do.
        seen = [token(daemon, r) for r in (
            update("y", "one"), update("y", "two"),
            {"method": "transaction", "params": {"ops": [update("y", "one")]}},
            {"method": "set", "params": {
                "model": "Box", "id": {"name": "b"}, "attribute": "things",
                "items": [{"$get": {"name": "z"}}]}},
            {"method": "delete", "params": {"model": "Thing",
                                            "id": {"name": "y"}}})]
        same(len(set(seen)), len(seen))
        same(token(daemon, update("y", "one")), seen[0])
        world.db.run("UPDATE things SET id = 600 WHERE name = 'y'")
        check(token(daemon, update("y", "one")) != seen[0])
        with daemon.connect() as c:
            reply = c.call("transaction", {"ops": [
                {"method": "delete", "params": dict(
                    DELETE["params"], plan=token(daemon))}]})
            same(reply["results"], [{"deleted": {"Box": 1, "Thing": 2},
                                     "updated": {}}])


if __name__ == "__main__":
    run(setup)
