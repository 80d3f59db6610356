#!/usr/bin/env python3
"""Keys that change while others refer to them (rule U12), within one unit of
work that also changes, moves, makes or deletes those others.

Each case is previewed first: what can be written must not be refused there.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Daemon, Postgres, case, run, same

CASCADE = {"on_update": "CASCADE", "on_delete": "CASCADE"}
MODEL = {"ormd": 1, "models": {
    "Order": {
        "table": "orders",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "customer": {"type": "text"}},
        "relationships": {"lines": {
            "target": "Line", "back_populates": "order",
            "cascade": "all, delete-orphan"}},
        "serialize_rules": ["-lines.order"]},
    "Line": {
        "table": "lines",
        "columns": {
            "order_id": dict({"type": "integer", "references": "orders.id"},
                             **CASCADE),
            "no": {"type": "integer"},
            "qty": {"type": "integer"},
            "sku": {"type": "text", "references": "products.sku"}},
        "primary_key": ["order_id", "no"],
        "relationships": {
            "order": {"target": "Order", "back_populates": "lines"},
            "product": {"target": "Product", "back_populates": "lines"},
            "boxes": {"target": "Box", "back_populates": "line",
                      "cascade": "all, delete-orphan"}},
        "serialize_only": ["order_id", "no", "qty", "sku"]},
    "Box": {
        "table": "boxes",
        "columns": {"order_id": {"type": "integer"},
                    "no": {"type": "integer"}, "box": {"type": "integer"},
                    "weight": {"type": "integer"}},
        "primary_key": ["order_id", "no", "box"],
        "foreign_keys": [dict({
            "columns": ["order_id", "no"],
            "references": ["lines.order_id", "lines.no"]}, **CASCADE)],
        "relationships": {
            "line": {"target": "Line", "back_populates": "boxes"}},
        "serialize_only": ["order_id", "no", "box", "weight"]},
    "Product": {
        "table": "products",
        "columns": {"sku": {"type": "text", "primary_key": True},
                    "title": {"type": "text"}},
        "relationships": {
            "lines": {"target": "Line", "back_populates": "product",
                      "passive_updates": False},
            "stickers": {"target": "Sticker", "back_populates": "product",
                         "cascade": "all, delete-orphan"}},
        "serialize_only": ["sku", "title"]},
    "Sticker": {
        "table": "stickers",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "sku": {"type": "text", "nullable": False,
                            "references": "products.sku"}},
        "relationships": {
            "product": {"target": "Product", "back_populates": "stickers"}},
        "serialize_only": ["id", "sku"]},
    "Land": {
        "table": "lands",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "code": {"type": "text", "unique": True},
                    "mark": {"type": "text", "unique": True}},
        "relationships": {
            "towns": {"target": "Town", "back_populates": "land"}},
        "serialize_only": ["id", "code"]},
    "Town": {
        "table": "towns",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "code": {"type": "text", "references": "lands.code",
                             "on_update": "CASCADE"}},
        "relationships": {
            "land": {"target": "Land", "back_populates": "towns"}},
        "serialize_only": ["id", "code"]},
    "Road": {
        "table": "roads",
        "columns": {"mark": {"type": "text", "references": "lands.mark",
                             "on_update": "CASCADE"},
                    "no": {"type": "integer"}, "len": {"type": "integer"}},
        "primary_key": ["mark", "no"],
        "serialize_only": ["mark", "no", "len"]},
    "Node": {
        "table": "nodes",
        "columns": {"name": {"type": "text", "primary_key": True},
                    "parent": {"type": "text", "references": "nodes.name"}},
        "relationships": {
            "children": {"target": "Node", "back_populates": "above",
                         "passive_updates": False},
            "above": {"target": "Node", "back_populates": "children",
                      "remote_side": ["name"]}},
        "serialize_only": ["name", "parent"]}}}
TABLES = (
    "CREATE TABLE orders (id int PRIMARY KEY, customer text)",
    "CREATE TABLE products (sku text PRIMARY KEY, title text)",
    "CREATE TABLE lines (order_id int REFERENCES orders ON UPDATE CASCADE ON "
    "DELETE CASCADE, no int, qty int, sku text REFERENCES products, "
    "PRIMARY KEY (order_id, no))",
    "CREATE TABLE boxes (order_id int, no int, box int, weight int, PRIMARY "
    "KEY (order_id, no, box), FOREIGN KEY (order_id, no) REFERENCES lines ON "
    "UPDATE CASCADE ON DELETE CASCADE)",
    "CREATE TABLE stickers (id int PRIMARY KEY, sku text NOT NULL REFERENCES "
    "products)",
    "CREATE TABLE lands (id int PRIMARY KEY, code text UNIQUE, mark text "
    "UNIQUE)",
    "CREATE TABLE towns (id int PRIMARY KEY, code text REFERENCES lands(code) "
    "ON UPDATE CASCADE)",
    "CREATE TABLE roads (mark text REFERENCES lands(mark) ON UPDATE CASCADE, "
    "no int, len int, PRIMARY KEY (mark, no))",
    "CREATE TABLE nodes (name text PRIMARY KEY, parent text REFERENCES nodes)")
ROWS = """
TRUNCATE orders, products, lines, boxes, stickers, nodes, lands, towns, roads;
INSERT INTO lands VALUES (1, 'a', 'A'), (2, 'b', 'B');
INSERT INTO towns VALUES (1, 'a'), (2, 'b');
INSERT INTO roads VALUES ('A', 1, 10), ('A', 2, 20), ('B', 1, 30);
INSERT INTO orders VALUES (1, 'ann'), (2, 'bob');
INSERT INTO products VALUES ('a', 'A'), ('b', 'B');
INSERT INTO lines VALUES (1, 1, 10, 'a'), (1, 2, 20, 'a'), (2, 1, 30, 'b');
INSERT INTO boxes VALUES (1, 1, 1, 5), (1, 1, 2, 6), (2, 1, 1, 7);
INSERT INTO stickers VALUES (1, 'a'), (2, 'a'), (3, 'b');
INSERT INTO nodes VALUES ('root', NULL), ('l', 'root'), ('r', 'root'),
    ('ll', 'l')"""
w = {}


def setup():
    postgres = Postgres()
    address = postgres.database("rekeying", *TABLES)
    w["db"] = postgres.psql("rekeying")
    w["ormd"] = Daemon(address, MODEL).when_ready()
    w["client"] = w["ormd"].connect()


def op(method, model, **params):
    return {"method": method, "params": dict(params, model=model)}


def update(model, key, **values):
    return op("update", model, id=key, values=values)


def unit(*ops):
    """Previews the operations in a fresh state, and runs them; the results."""
    w["db"].run(ROWS)
    params = {"ops": list(ops)}
    w["client"].call("preview", {"method": "transaction", "params": params})
    return w["client"].call("transaction", params)["results"]


def refused(kind, *ops):
    w["db"].run(ROWS)
    params = {"ops": list(ops)}
    before = all_rows()
    seen = w["client"].error("preview", {"method": "transaction",
                                         "params": params})
    error = w["client"].error("transaction", params)
    same([seen.kind, error.kind], [kind, kind])
    same(all_rows(), before)
    return error.data["path"]


def rows(table):
    """The rows of a table as texts, "1 2 x", in order."""
    return w["db"].value(
        "SELECT coalesce(string_agg(translate(t::text, '(),', '  '), '|' "
        "ORDER BY t), '') FROM %s t" % table).replace(" ", "")


def all_rows():
    return [rows(t) for t in ("orders", "products", "lines", "boxes",
                              "stickers", "nodes")]


def listed(query):
    return w["db"].value("SELECT string_agg(concat_ws(' ', %s), ', ' ORDER BY "
                         "%s) FROM %s" % (query[0], query[0], query[1]))


def lines():
    return listed(("order_id, no, qty, coalesce(sku, '-')", "lines"))


def boxes():
    return listed(("order_id, no, box, weight", "boxes"))


def stickers():
    return listed(("id, sku", "stickers"))


def nodes():
    return listed(("name, coalesce(parent, '-')", "nodes"))


@case("an order gets another key; its lines and their boxes, changed in the "
      "same unit, are found, before and behind it")
def keys_of_children_follow():
    first, last = update("Line", [1, 1], qty=11), update("Box", [1, 1, 2],
                                                         weight=66)
    for ops in ([update("Order", 1, id=9), first, last],
                [last, first, update("Order", 1, id=9)],
                [first, update("Order", 1, id=9), last]):
        results = unit(*ops)
        same(lines(), "2 1 30 b, 9 1 11 a, 9 2 20 a")
        same(boxes(), "2 1 1 7, 9 1 1 5, 9 1 2 66")
        by_kind = {tuple(sorted(r)): r for r in results}
        same(by_kind["no", "order_id", "qty", "sku"],
             {"order_id": 9, "no": 1, "qty": 11, "sku": "a"})
        same(by_kind["box", "no", "order_id", "weight"],
             {"order_id": 9, "no": 1, "box": 2, "weight": 66})


@case("each level changes a part of the key of its own")
def keys_at_every_level():
    unit(update("Order", 1, id=9), update("Line", [1, 1], no=7),
         update("Box", [1, 1, 2], box=3))
    same(lines(), "2 1 30 b, 9 2 20 a, 9 7 10 a")
    same(boxes(), "2 1 1 7, 9 7 1 5, 9 7 3 6")
    unit(update("Box", [1, 1, 2], box=3), update("Line", [1, 1], no=7),
         update("Order", 1, id=9))
    same(boxes(), "2 1 1 7, 9 7 1 5, 9 7 3 6")


@case("rows that hang on a changed key are deleted, made, moved to and from it")
def rows_come_and_go():
    unit(update("Order", 1, id=9), op("delete", "Line", id=[1, 1]),
         op("create", "Line", values={"no": 5, "order": {"$get": 1}}),
         op("append", "Line", id=[1, 2], attribute="boxes",
            items=[{"box": 4, "weight": 1}]))
    same(lines(), "2 1 30 b, 9 2 20 a, 9 5 -")
    same(boxes(), "2 1 1 7, 9 2 4 1")
    unit(update("Order", 1, id=9, lines=[{"$get": [1, 2]}, {"no": 8}]))
    same(lines(), "2 1 30 b, 9 2 20 a, 9 8 -")
    unit(update("Order", 1, id=9), update("Line", [2, 1], no=6,
                                          order={"$get": 1}))
    same(lines(), "9 1 10 a, 9 2 20 a, 9 6 30 b")
    same(boxes(), "9 1 1 5, 9 1 2 6, 9 6 1 7")
    unit(update("Line", [1, 1], order_id=2, no=4), update("Order", 2, id=8),
         update("Order", 1, id=9))


@case("NO ACTION: those that refer to the old key are released, moved or "
      "deleted before it changes")
def released_before():
    b = update("Product", "a", sku="z")
    for ops in ([b, update("Product", "a", stickers=[])],
                [update("Sticker", 1, product={"$get": "b"}),
                 op("delete", "Sticker", id=2), b],
                [b, op("delete", "Sticker", id=1),
                 op("create", "Product", values={
                     "sku": "n", "stickers": [{"$get": 2}]})]):
        unit(*ops)
        same(lines(), "1 1 10 z, 1 2 20 z, 2 1 30 b")
    same(stickers(), "2 n, 3 b")
    # The lines are carried along (passive_updates), or released.
    unit(update("Product", "a", sku="z", stickers=[], lines=[]))
    same(lines(), "1 1 10 -, 1 2 20 -, 2 1 30 b")
    unit(update("Product", "a", sku="z", stickers=[]),
         update("Line", [1, 1], qty=12), update("Line", [1, 2], product=None))
    same(lines(), "1 1 12 z, 1 2 20 -, 2 1 30 b")


@case("two keys that change hands with what refers to them")
def hands_change():
    unit(update("Product", "a", sku="z"), update("Product", "b", sku="y"),
         update("Sticker", 1, product={"$get": "b"}),
         update("Sticker", 2, product={"$get": "b"}),
         op("delete", "Sticker", id=3),
         update("Line", [2, 1], product={"$get": "a"}))
    same(lines(), "1 1 10 z, 1 2 20 z, 2 1 30 z")


@case("unique values that others refer to by ON UPDATE CASCADE: rows are found "
      "by the new ones; swapped, nobody loses what he refers to")
def unique_values():
    results = unit(update("Land", 1, mark="Z"),
                   update("Road", ["A", 1], len=11),
                   update("Land", 1, code="z"), update("Town", 1, id=9))
    same([results[1], results[3]], [{"mark": "Z", "no": 1, "len": 11},
                                    {"id": 9, "code": "z"}])
    unit(update("Land", 1, code="b"), update("Land", 2, code="a"))
    same(listed(("id, code", "towns")), "1 b, 2 a")
    # Keys of roads would follow on the way: this is left to PostgreSQL.
    params = {"ops": [update("Land", 1, mark="B"),
                      update("Land", 2, mark="A")]}
    w["db"].run(ROWS)
    same(w["client"].error("transaction", params).kind, "unique")
    same(listed(("mark, no, len", "roads")), "A 1 10, A 2 20, B 1 30")


@case("a tree: children are carried along within one table")
def tree():
    unit(update("Node", "root", name="top"), update("Node", "l", name="left"))
    same(nodes(), "left top, ll left, r top, top -")
    unit(update("Node", "l", name="left"),
         update("Node", "r", above={"$get": "l"}))
    same(nodes(), "left root, ll left, r left, root -")


@case("who is left behind is in the way: refused, with the place, and nothing "
      "has changed")
def in_the_way():
    same(refused("foreign_key", update("Product", "b", sku="y"),
                 update("Sticker", 1, product={"$get": "b"})),
         "/ops/0/params/values/sku")
    same(refused("foreign_key", op("delete", "Sticker", id=1),
                 update("Product", "a", title="x", sku="z")),
         "/ops/1/params/values/sku")


if __name__ == "__main__":
    run(setup)
