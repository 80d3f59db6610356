#!/usr/bin/env python3
"""What a reply takes: only what it prints is read, what has no end is refused
before anything is read, and a private name is a name that is not there.

The statements are those that PostgreSQL itself writes into its log.
"""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Daemon, Postgres, case, check, dumps, loads, run, same,
                     say)

# Private columns, and beside each a name that there is not.
HIDDEN, PLAIN = "_hxq", "hxq"
NAMES = ((HIDDEN, "_hzq"), (PLAIN, "hzq"))
PRIVATE = {HIDDEN: {"type": "text"}, PLAIN: {"type": "text", "private": True}}

# Beside what readers see there is a private column in each table.
MODEL = {"ormd": 1, "models": {
    "Author": {
        "table": "authors",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "name": {"type": "text"}, **PRIVATE},
        "relationships": {"books": {"target": "Book",
                                    "back_populates": "author"}},
        "association_proxies": {
            "titles": {"through": "books", "attribute": "title"},
            "shops": {"through": "books", "attribute": "shop"}},
        "serialize_rules": ["-books.author", "-books.shop"]},
    "Book": {
        "table": "books",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "title": {"type": "text"}, **PRIVATE,
                    "doc": {"type": "jsonb"},
                    "author_id": {"type": "integer",
                                  "references": "authors.id"},
                    "shop_id": {"type": "integer",
                                "references": "shops.id"}},
        "relationships": {
            "author": {"target": "Author", "back_populates": "books"},
            "shop": {"target": "Shop", "back_populates": "books"},
            "reviews": {"target": "Review", "back_populates": "book"}},
        "serialize_rules": ["-author.books", "-reviews.book", "-shop.books"]},
    "Review": {
        "table": "reviews",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "stars": {"type": "integer"}, **PRIVATE,
                    "book_id": {"type": "integer",
                                "references": "books.id"}},
        "relationships": {"book": {"target": "Book",
                                   "back_populates": "reviews"}},
        "serialize_rules": ["-book.reviews"]},
    "Shop": {
        "table": "shops",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "name": {"type": "text"}, **PRIVATE},
        "relationships": {"books": {"target": "Book",
                                    "back_populates": "shop"}},
        "serialize_only": ["id", "name"]},
    # Their own rules leave a cycle: nothing of it may be printed.
    "Man": {
        "table": "men",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "boss_id": {"type": "integer", "references": "men.id"}},
        "relationships": {
            "boss": {"target": "Man", "back_populates": "staff",
                     "remote_side": ["id"]},
            "staff": {"target": "Man", "back_populates": "boss"}}}}}
TABLES = """
CREATE TABLE authors (id integer PRIMARY KEY, name text, {0} text, {1} text);
CREATE TABLE shops (id integer PRIMARY KEY, name text, {0} text, {1} text);
CREATE TABLE books (id integer PRIMARY KEY, title text, {0} text, {1} text,
    doc jsonb, author_id integer REFERENCES authors,
    shop_id integer REFERENCES shops);
CREATE TABLE reviews (id integer PRIMARY KEY, stars integer, {0} text,
    {1} text, book_id integer REFERENCES books);
CREATE TABLE men (id integer PRIMARY KEY, boss_id integer REFERENCES men);
CREATE INDEX ON books (author_id); CREATE INDEX ON books (shop_id);
CREATE INDEX ON reviews (book_id); CREATE INDEX ON men (boss_id);
INSERT INTO authors VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO shops VALUES (1, 'North');
INSERT INTO books SELECT i, 'Book ' || i, 'h', 'h', '{{"a": 1}}', 1 + i % 2, 1
    FROM generate_series(1, 6) i;
INSERT INTO reviews SELECT i, i % 5, 'h', 'h', 1 + i % 6
    FROM generate_series(1, 20) i;
INSERT INTO men VALUES (1, NULL), (2, 1);
""".format(HIDDEN, PLAIN)
w = {}


def setup():
    postgres = Postgres(settings=["log_statement=all"])
    address = postgres.database("reading", TABLES)
    w["address"], w["log"] = address, postgres.log
    w["db"] = postgres.psql("reading")
    w["ormd"] = Daemon(address, MODEL).when_ready()
    w["c"] = w["ormd"].connect()


def statements(method, params):
    """The reply, and the statements over tables that it took."""
    w["db"].value("SELECT 'before'")
    start = os.path.getsize(w["log"])
    reply = w["c"].ask(method, params)
    with open(w["log"]) as f:
        f.seek(start)
        text = f.read()
    found = [s for s in re.findall(r"LOG:.* execute [^:]*: (.*)", text)
             if re.search(r'(FROM|INTO|UPDATE) "', s)]
    return reply, found


def reads(params, want, method="get"):
    """Reads of each table the columns that are said, and no other table."""
    reply, found = statements(method, dict({"model": "Author", "id": 1},
                                           **params))
    check("result" in reply, reply)
    got = {}
    for s in found:
        select, table = re.search(r'SELECT (.*?) FROM "(\w+)"', s).groups()
        columns = set(re.findall(r't0\."(\w+)"', select))
        check(table not in got, "%s is read twice" % table)
        got[table] = columns
    same({t: sorted(c) for t, c in got.items()},
         {t: sorted(c) for t, c in want.items()})


@case("only relationships and columns that are printed are read")
def only():
    author = {"id", "name"}
    book = {"id", "title", "doc", "author_id", "shop_id"}
    review = {"id", "stars", "book_id"}
    reads({}, {"authors": author, "books": book, "reviews": review})
    reads({"rules": ["-books"]}, {"authors": author})
    reads({"rules": ["-books.reviews"]}, {"authors": author, "books": book})
    reads({"only": ["name"]}, {"authors": author})
    reads({"only": ["books.title"]},
          {"authors": {"id"}, "books": {"id", "title", "author_id"}})
    reads({"only": ["books.reviews.stars"]},
          {"authors": {"id"}, "books": {"id", "author_id"},
           "reviews": {"id", "stars", "book_id"}})
    reads({"only": ["titles"]},
          {"authors": {"id"}, "books": {"id", "title", "author_id"}})
    reads({"only": ["shops.name"]},
          {"authors": {"id"}, "books": {"id", "author_id", "shop_id"},
           "shops": {"id", "name"}})
    reads({"rules": ["shops", "-books", "-shops.id"]},
          {"authors": author, "books": {"id", "author_id", "shop_id"},
           "shops": {"id", "name"}})
    # A page reads what it is ordered by, and looks where its condition says.
    reply, found = statements("find", {
        "model": "Book", "only": ["title"], "order_by": ["author.name"],
        "where": {"reviews": {"any": {"stars": 4}}}})
    same(len(found), 1)
    check('"shops"' not in found[0] and '"doc"' not in found[0], found)
    # An empty page leads to nothing.
    reply, found = statements("find", {"model": "Author",
                                       "where": {"id": 99}})
    same([reply["result"], len(found)], [{"items": []}, 1])


@case("a write reads for its reply what that prints")
def written():
    for stars, mode, tables in ((2, "none", []), (3, "key", []),
                                (4, "object", ["reviews", "books"])):
        params = {"model": "Review", "id": 1, "values": {"stars": stars},
                  "return": mode}
        if mode == "object":
            params["only"] = ["stars", "book.title"]
        reply, found = statements("update", params)
        check("result" in reply, reply)
        wrote = [n for n, s in enumerate(found) if 'UPDATE "reviews"' in s]
        same(len(wrote), 1)
        same([re.search(r'FROM "(\w+)"', s).group(1)
              for s in found[wrote[0] + 1:]], tables)


@case("endless rules are told hop by hop, before any statement")
def endless():
    for method, params, hops in (
            ("get", {"model": "Man", "id": 1},
             "Man.boss -> Man.staff -> Man"),
            ("find", {"model": "Man", "rules": ["-boss.boss"]},
             "Man.boss -> Man.staff -> Man"),
            ("create", {"model": "Man", "values": {"id": 9}}, "Man"),
            ("update", {"model": "Man", "id": 1, "values": {"boss_id": 2}},
             "Man"),
            ("append", {"model": "Man", "id": 1, "attribute": "staff",
                        "items": [{"id": 9}]}, "Man"),
            ("transaction", {"ops": [
                {"method": "delete", "params": {"model": "Man", "id": 2}},
                {"method": "get", "params": {"model": "Man", "id": 1}}]},
             "Man"),
            ("find", {"model": "Man", "only": ["id"], "rules": ["boss"]},
             "Man")):
        reply, found = statements(method, params)
        check("error" in reply, reply)
        data = reply["error"]["data"]
        same(found, [])
        same([reply["error"]["code"], data["kind"]],
             [-32602, "endless_rules"])
        said = " ".join([reply["error"]["message"], data.get("detail", "")])
        check(hops in said and " -> " in said, dumps(reply))
        check(data.get("hint"), "no hint: " + dumps(reply))
    same(w["db"].value("SELECT string_agg(id || '', ',') FROM men"), "1,2")


@case("the rules that an endless_rules hints at are the mend")
def mended():
    model = loads(dumps(MODEL))
    own = model["models"]["Man"].setdefault("serialize_rules", [])
    for _ in range(3):			# each tells of the first cycle
        with Daemon(w["address"], model).when_ready().connect() as c:
            reply = c.ask("get", {"model": "Man", "id": 2})
        if "result" in reply:
            break
        rules = re.findall(r'"(-[^"]+)"', reply["error"]["data"]["hint"])
        check(rules and not set(rules) & set(own), reply)
        own += rules
    same(reply.get("result"), {"id": 2, "boss_id": 1, "staff": [],
                               "boss": {"id": 1, "boss_id": None,
                                        "boss": None}})


def everywhere(name):
    """Requests that have the name in each place that takes one."""
    def find(model="Book", **params):
        return ("find", dict({"model": model}, **params))

    def load(**wish):
        return ("get", {"model": "Author", "id": 1, "load": {"books": wish}})

    def groups(model="Book", **params):
        return ("aggregate", dict({"model": model}, **params))
    yield from (
        find(rules=[name]), find(rules=["-" + name]),
        find(rules=["-author." + name]), find(rules=["author." + name]),
        find(only=[name]), find(only=["id", "author." + name]),
        find("Author", only=["shops." + name]),
        find(where={name: 1}), find(where={name: None}),
        find(where={name: {"like": "h%"}}), find(where={name: {}}),
        find(where={"not": {"or": [{"and": [{name: "h"}]}]}}),
        find(where={"author": {"has": {name: "h"}}}),
        find(where={"reviews": {"any": {name: "h"}}}),
        find("Author", where={"shops": {"any": {name: "h"}}}),
        find("Author", where={"books": {"contains": {"$get": {name: 1}}}}),
        find(where={"author." + name: "h"}),
        find(where={name + ".a": 1}),
        find(order_by=[name]), find(order_by=["-" + name]),
        find(order_by=["author." + name]), find(order_by=[name + ".id"]),
        ("count", {"model": "Book", "where": {name: "h"}}),
        ("get", {"model": "Author", "id": {name: "h"}}),
        ("get", {"model": "Author", "id": 1, "load": {name: {}}}),
        load(where={name: "h"}), load(order_by=[name]),
        load(order_by=["author." + name]), load(load={name: {}}),
        load(load={"reviews": {"where": {"book": {"has": {name: 1}}}}}),
        groups(group_by=[name]), groups(group_by=["author." + name]),
        groups(functions={"x": {"max": name}}),
        groups("Author", functions={"x": {"min": "books." + name}}),
        groups(functions={"x": {"count": "author." + name}}),
        groups(group_by=["title"], having={name: 1}),
        groups(group_by=["title"], order_by=[name]),
        groups(where={name: 1}),
        ("create", {"model": "Book", "values": {"id": 50, name: "x"}}),
        ("create", {"model": "Author", "values": {
            "id": 50, "books": [{"id": 50, name: "x"}]}}),
        ("update", {"model": "Book", "id": 1, "values": {name: "x"}}),
        ("merge", {"model": "Book", "values": {"id": 1, name: "x"}}),
        ("append", {"model": "Author", "id": 1, "attribute": name,
                    "items": []}),
        ("append", {"model": "Author", "id": 1, "attribute": "shops",
                    "items": [{"$get": 1, "$through": {name: 1}}]}),
        ("describe", {"model": name}),
    )


@case("a private name is treated everywhere as one that is not there")
def private():
    refused = other = 0
    for hidden, unknown in NAMES:
        for asked, beside in zip(everywhere(hidden), everywhere(unknown)):
            got, found = statements(*asked)
            want, _ = statements(*beside)
            del got["id"], want["id"]
            same(loads(dumps(got).replace(hidden, unknown)), want)
            if "error" in got:
                same(found, [])
                check(got["error"]["data"]["kind"] in (
                    "unknown_field", "unknown_model"), (asked, got))
                refused += 1
                continue
            # What is not there can be left out, as SerializerMixin has it.
            check(asked[1]["rules"][0].startswith("-"), (asked, got))
            check(hidden not in dumps(got), got)
            other += 1
    say("%d refused, %d without effect" % (refused, other))
    check(refused > 80 and other <= 4)


@case("no hint leads to a private name")
def hints():
    for hidden, _ in NAMES:
        for near in (hidden[:-1], hidden + "s", hidden.upper(), "x" + hidden):
            for method, params in everywhere(near):
                reply = w["c"].ask(method, params)
                text = dumps(reply).replace(near, "")
                check(HIDDEN not in text and PLAIN not in text, reply)


if __name__ == "__main__":
    run(setup)
