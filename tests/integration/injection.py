#!/usr/bin/env python3
"""SQL in every place of a request that takes anything: stored or refused.

The places are found in the schemas of rpc.discover, so that none is forgotten:
whatever a schema allows is made, with a string full of SQL in the place of
each value and each name.  The SQL would advance a sequence, which no rollback takes
back, and PostgreSQL's own log shows whether a word of it was ever in a
statement.
"""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (ROLE, Daemon, Postgres, case, check, dumps, run, same,
                     say)
from users import CHEAP, ID, OPEN

HOLE = "<hole>"
TRIP = "nextval('tripwire')"
SQL = (				# for the ways in which a text could be broken
    "'||%s||'" % TRIP, "\"||%s||\"" % TRIP, TRIP,
    "1; SELECT %s --" % TRIP, "x') ; SELECT %s; --" % TRIP,
    "\\'; SELECT %s; --" % TRIP, "$1 $2 %%s $$ %s $$ */" % TRIP,
    "id\" = 1 OR %s > 0 --" % TRIP)
DEEPEST = 9			# of a value that is made
OPENED = 4			# ways to one schema

w = {}
FK = {"type": "integer", "references": "users.id"}
MODEL = {
    "ormd": 1,
    "auth": {"model": "User", "login": "username",
             "password": "_password_hash"},
    "enums": {"mood": ["good", "bad"]},
    "models": {
        "User": {
            "table": "users", "access": OPEN, "columns": {
                "id": ID,
                "username": {"type": "text", "nullable": False,
                             "unique": True, "default": "gen_random_uuid()"},
                "_password_hash": {"type": "text"},
                "pin": {"type": "text", "write_only": True},
                "v": {"type": "integer"}},
            "version": "v", "password": {"column": "_password_hash"},
            "relationships": {
                "notes": {"target": "Note", "back_populates": "user",
                          "cascade": "all, delete-orphan"}},
            "association_proxies": {
                "texts": {"through": "notes", "attribute": "text"},
                "tags": {"through": "notes", "attribute": "tag"}},
            "serialize_rules": ["-notes.user"]},
        "Note": {
            "table": "notes", "access": OPEN, "columns": {
                "id": {"type": "uuid", "primary_key": True,
                       "default": "gen_random_uuid()"},
                "text": {"type": "text"}, "name": {"type": "varchar(90)"},
                "word": {"type": "char(90)"}, "mood": {"type": "mood"},
                "amount": {"type": "numeric"}, "day": {"type": "date"},
                "at": {"type": "timestamptz"}, "span": {"type": "interval"},
                "doc": {"type": "jsonb"}, "raw": {"type": "json"},
                "list": {"type": "text[]"}, "numbers": {"type": "integer[]"},
                "bytes": {"type": "bytea"}, "net": {"type": "inet"},
                "real": {"type": "double precision"},
                "yes": {"type": "boolean"}, "big": {"type": "bigint"},
                "user_id": FK,
                "tag_a": {"type": "text"}, "tag_b": {"type": "text"}},
            "foreign_keys": [{"columns": ["tag_a", "tag_b"],
                              "references": ["tags.a", "tags.b"],
                              "on_update": "cascade"}],
            "relationships": {
                "user": {"target": "User", "back_populates": "notes"},
                "tag": {"target": "Tag", "back_populates": "notes"}},
            "serialize_rules": ["-user", "-tag"]},
        "Tag": {
            "table": "tags", "access": OPEN, "columns": {
                "a": {"type": "text"}, "b": {"type": "text"}},
            "primary_key": ["a", "b"],
            "relationships": {
                "notes": {"target": "Note", "back_populates": "tag"}},
            "serialize_rules": ["-notes"]}}}
TABLES = """
CREATE SEQUENCE tripwire;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE users (id serial PRIMARY KEY, username text UNIQUE NOT NULL
    DEFAULT gen_random_uuid(), _password_hash text, pin text, v integer);
CREATE TABLE tags (a text, b text, PRIMARY KEY (a, b));
CREATE TABLE notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), text text,
    name varchar(90), word char(90), mood mood, amount numeric, day date,
    at timestamptz, span interval, doc jsonb, raw json, list text[],
    numbers integer[], bytes bytea, net inet, "real" double precision,
    yes boolean, big bigint, user_id integer REFERENCES users (id), tag_a text,
    tag_b text, FOREIGN KEY (tag_a, tag_b) REFERENCES tags (a, b)
    ON UPDATE CASCADE);
GRANT ALL ON SEQUENCE tripwire TO %s;
""" % ROLE


class Places:
    """The values that a schema allows, each with one hole."""

    def __init__(self, document):
        self.root = document
        self.path = []		# of references, against endless ones
        self.opened = {}	# how often, for one method

    def follow(self, ref):
        at = self.root
        for step in ref[2:].split("/"):
            step = step.replace("%25", "%").replace("~1", "/")
            at = at[step]
        return at

    def holes(self, schema, env, depth=0):
        """In the place of the value, of each name in it, of each part."""
        yield HOLE
        if depth > DEEPEST or not isinstance(schema, dict):
            return
        yield from self.parts(schema, env, depth)

    def parts(self, schema, env, depth):
        if "$ref" in schema:
            ref = schema["$ref"]
            self.opened[ref] = self.opened.get(ref, 0) + 1
            if ref not in self.path and self.opened[ref] <= OPENED:
                self.path.append(ref)
                yield from self.parts(self.follow(ref), env, depth)
                self.path.pop()
            return
        for word in ("anyOf", "oneOf", "allOf"):
            for one in schema.get(word, ()):
                if isinstance(one, dict) and "if" not in one:
                    yield from self.parts(one, env, depth)
        if "items" in schema:
            items = schema["items"]
            some = items if isinstance(items, list) else [items]
            for i, one in enumerate(some):
                for value in self.holes(one, {}, depth + 1):
                    yield ["a"] * i + [value] + ["a"] * (len(some) - 1 - i)
        if "properties" in schema or "propertyNames" in schema or \
                "additionalProperties" in schema or \
                schema.get("type") == "object":
            yield from self.members(schema, env, depth)
        elif not schema or schema.get("type") == "array":
            yield [HOLE]
            yield {HOLE: 1}

    def members(self, schema, env, depth):
        """An object: what has to be there, and one member with a hole."""
        for chosen, properties in self.chosen(schema):
            needed = {name: self.sample(name) for name in
                      schema.get("required", ())}
            needed.update(chosen)
            yield dict(needed, **{HOLE: 1})
            for name, schemas in properties.items():
                yield dict(needed, **{name + "." + HOLE: 1})
                for one in schemas:
                    for value in self.holes(one, {}, depth + 1):
                        yield dict(needed, **{name: value})
            names = schema.get("propertyNames", {}).get("enum", ["notes"])
            more = schema.get("additionalProperties", {})
            for name in names if more is not False else ():
                if name not in properties:
                    for value in self.holes(more, {}, depth + 1):
                        yield dict(needed, **{name: value})

    def chosen(self, schema):
        """What members a schema has, for each `if' that may be true."""
        ways = [({}, {name: [one] for name, one in
                      schema.get("properties", {}).items()})]
        for one in schema.get("allOf", ()):
            if isinstance(one, dict) and "if" in one:
                (name, told), = one["if"]["properties"].items()
                if depth_of(self.path) and name == "method" and \
                        told["const"] not in ("find", "create", "update"):
                    continue
                then = dict(ways[0][1])
                for way in self.thens(one["then"]):
                    for member, inner in way[1].items():
                        then[member] = [inner]
                    ways.append((dict({name: told["const"]}, **way[0]),
                                 dict(then)))
        return ways

    def thens(self, then):
        """The members that `then' gives, also by a choice of its own."""
        yield {}, then.get("properties", {})
        for one in then.get("allOf", ()):
            one = self.follow(one["$ref"]) if "$ref" in one else one
            for inner in one.get("allOf", ()):
                if isinstance(inner, dict) and "if" in inner:
                    (name, told), = inner["if"]["properties"].items()
                    yield {name: told["const"]}, \
                        inner["then"]["properties"]

    @staticmethod
    def sample(name):
        return {"model": "User", "id": 1, "values": {}, "items": [],
                "attribute": "notes", "ops": [], "method": "find",
                "params": {"model": "User"}, "$get": ["a", "b"], "a": "a",
                "b": "b", "$ref": "label"}.get(name, 1)


def depth_of(path):
    """How many of the references lead to the parameters of a method."""
    return sum("/params." in ref for ref in path)


def filled(value, text):
    if value == HOLE:
        return text
    if isinstance(value, str):
        return value.replace(HOLE, text)
    if isinstance(value, list):
        return [filled(v, text) for v in value]
    if isinstance(value, dict):
        return {filled(k, text): filled(v, text) for k, v in value.items()}
    return value


def setup():
    w["postgres"] = Postgres(settings=["log_statement=all"])
    w["address"] = w["postgres"].database("injection", TABLES)
    w["db"] = w["postgres"].psql("injection")
    w["ormd"] = Daemon(w["address"], MODEL, CHEAP + [
        "audit=on", "login_attempts=1000000", "max_deleted=1",
        "login_attempts_address=1000000"]).when_ready()
    with w["ormd"].connect() as c:
        w["document"] = c.call("rpc.discover")
        w["user"] = c.call("create", {"model": "User", "values": {
            "username": "kept", "texts": ["kept"]}, "return": "key"})


def untouched():
    same(w["db"].value("SELECT is_called FROM tripwire"), "f")


@case("the tripwire works: ormd's role can step on it, and it tells")
def tripwire():
    w["db"].run("SET ROLE %s; BEGIN; SELECT 'x'%s; ROLLBACK; RESET ROLE"
                % (ROLE, SQL[0][1:-1] + "''"))
    same(w["db"].value("SELECT is_called FROM tripwire"), "t")
    w["db"].run("ALTER SEQUENCE tripwire RESTART")
    untouched()


@case("text is stored as it is, in each column that is one")
def stored():
    with w["ormd"].connect() as c:
        for text in SQL:
            for model, names in (("Note", ("text", "name", "doc", "raw")),
                                 ("User", ("username",))):
                for name in names:
                    made = c.call("create", {"model": model,
                                             "values": {name: text}})
                    same(made[name], text)
                    found = c.call("find", {"model": model, "where": {
                        "id": made["id"], **({} if name == "raw" else {
                            name: text if name != "doc" else
                            {"==": text}})}})
                    same(len(found["items"]), 1)
            made = c.call("create", {"model": "Note", "values": {
                "list": [text], "tag": {"a": text, "b": text}}})
            same([made["list"], made["tag_a"], made["tag_b"]],
                 [[text], text, text])
            same(c.call("get", {"model": "Tag", "id": [text, text]})["b"],
                 text)
            c.call("update", {"model": "Tag", "id": [text, text],
                              "values": {"b": "x" + text}})
            same(c.call("delete", {"model": "Note", "id": made["id"],
                                   "max": 9})["deleted"], {"Note": 1})
    untouched()


@case("each place of each method takes SQL for what it is, or refuses it", 240)
def places():
    kinds, n = {}, 0
    with w["ormd"].connect() as c:
        for method in w["document"]["methods"]:
            name = method["name"]
            places = Places(w["document"])
            found = places.holes({"$ref": "#/components/schemas/params." +
                                  name}, {})
            found = {dumps(params): params for params in found
                     if isinstance(params, dict)}
            requests = [filled(params, SQL[i % len(SQL)])
                        for i, params in enumerate(found.values())]
            n += len(requests)
            for at in range(0, len(requests), 100):
                some = requests[at:at + 100]
                for params in some:
                    c.post(name, params)
                for params in some:
                    reply = c.reply()
                    while "method" in reply:
                        reply = c.reply()
                    kind = "result" if "result" in reply else \
                        reply["error"]["data"]["kind"]
                    kinds[kind] = kinds.get(kind, 0) + 1
                    check(kind not in ("internal", "database_down",
                                       "uncertain"), [name, params, reply])
    say("%d requests: %s" % (n, dumps(kinds)))
    check(n > 8000 and kinds["result"] > 400, kinds)
    untouched()


@case("a method, an id and a key of its own are nothing but text")
def envelope():
    with w["ormd"].connect() as c:
        for text in SQL:
            same(c.error(text).kind, "method_not_found")
            c.send(dumps({"id": text, "method": "create", "params": {
                "model": "Note", "values": {}, "key": "by " + text,
                "return": "none"}}) + "\n")
            same(c.reply()["id"], text)
    same(w["db"].value("SELECT count(DISTINCT idempotency_key) FROM "
                       "ormd.audit WHERE idempotency_key = 'by ' || "
                       "(request::jsonb #>> '{}')"),
         str(len(SQL)))
    untouched()


@case("no word of it was in a statement, and none had an error of form")
def log():
    with open(w["postgres"].log, errors="replace") as f:
        text = f.read()
    # An entry goes on in lines that begin with a tab.
    entries = re.sub(r"\n\t", " ", text).split("\n")
    said = [e for e in entries if re.search(
        r"(LOG:  [0-9A-Z]+: +(execute|statement)|STATEMENT: )", e)]
    check(len(said) > 2000, len(said))
    mine = [e for e in said if TRIP in e and "SET ROLE" not in e and
            "SELECT 'x'||" not in e]
    same(mine, [])
    for e in entries:
        # A type may lack an operator (inet has no LIKE).
        check(not re.search(r"ERROR:  (42(?!883)|08|XX)", e), e)
    untouched()
    same(w["db"].value("SELECT count(*) FROM users WHERE username = 'kept'"),
         "1")


if __name__ == "__main__":
    sys.exit(run(setup))
