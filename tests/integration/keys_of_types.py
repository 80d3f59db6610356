#!/usr/bin/env python3
"""Keys of every type: an object is the same, however its key is written.

For each type: a model whose key has it, its children, and links to another
model.  A key is given in two spellings; whatever one names, the other has to
find, as a parent, as a child's reference and at both ends of a link.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import schemas
from harness import Daemon, Postgres, case, run, same

# type: (one spelling, the other, another key)
KEYS = {
    "smallint": (7, 7, -7),
    "integer": (7, 7, -7),
    "bigint": (2 ** 60, 2 ** 60, -1),
    "text": ("é x", "é x", "e\u0301 x"),
    "varchar(8)": ("a  ", "a  ", "a"),
    "char(4)": ("ab", "ab  ", "abc"),
    "uuid": ("00112233-4455-6677-8899-AABBCCDDEEFF",
             "00112233445566778899aabbccddeeff",
             "00112233-4455-6677-8899-aabbccddeef0"),
    "numeric(8,3)": ("1.5", 1.5000, "1.501"),
    "boolean": (True, True, False),
    "real": (0.1, 0.10000000149, 0.2),
    "double precision": (0.1, 0.1, 0.3),
    "date": ("0044-03-15 BC", "0044-03-15 BC", "0044-03-15"),
    "time": ("12:30", "12:30:00.0", "12:30:00.000001"),
    "timetz": ("12:30+02", "12:30:00+02:00", "12:30:00+01"),
    "timestamp": ("2024-01-31T24:00", "2024-02-01 00:00:00",
                  "2024-02-01T00:00:01"),
    "timestamptz": ("2024-02-01T01:00:00+02:00", "2024-01-31T23:00:00Z",
                    "2024-01-31T23:00:00.1Z"),
    "timestamptz(3)": ("2024-01-31T23:00:00.1234Z",
                       "2024-01-31T23:00:00.1230Z",
                       "2024-01-31T23:00:00.1235Z"),
    "interval": ("PT90M", "PT1H30M", "P1D"),
    "bytea": ("3q2+7w==", "3q2+7w==", ""),
    "mood": ("so \"so\"", "so \"so\"", "ok"),
    "cidr": ("10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/9"),
}
NAMES = {t: "T%d" % n for n, t in enumerate(KEYS)}

w = {}


def setup():
    models = {"Far": {"table": "far", "columns": {
        "id": {"type": "integer", "primary_key": True}}}}
    tables = {}
    ddl = ["CREATE TYPE mood AS ENUM ('ok', 'so \"so\"')",
           "CREATE TABLE far (id integer PRIMARY KEY)"]
    for kind, name in NAMES.items():
        table = name.lower()
        ddl.append(
            "CREATE TABLE {0} (k {1} PRIMARY KEY, label text); CREATE TABLE "
            "{0}_kids (id integer PRIMARY KEY, k {1} REFERENCES {0}); CREATE "
            "TABLE {0}_far (k {1} REFERENCES {0}, far_id integer REFERENCES "
            "far, PRIMARY KEY (k, far_id))".format(table, kind))
        models[name] = {
            "table": table, "columns": {
                "k": {"type": kind, "primary_key": True},
                "label": {"type": "text"}},
            "relationships": {
                "kids": {"target": name + "Kid", "back_populates": "up"},
                "far": {"target": "Far", "secondary": {
                    "table": table + "_far", "local": ["k"],
                    "remote": ["far_id"]}}},
            "serialize_rules": ["-kids.up"]}
        models[name + "Kid"] = {
            "table": table + "_kids", "columns": {
                "id": {"type": "integer", "primary_key": True},
                "k": {"type": kind, "references": table + ".k"}},
            "relationships": {
                "up": {"target": name, "back_populates": "kids"}},
            "serialize_rules": ["-up.kids", "-up.far"]}
        tables[table + "_far"] = {
            "columns": {"k": {"type": kind, "references": table + ".k"},
                        "far_id": {"type": "integer",
                                   "references": "far.id"}},
            "primary_key": ["k", "far_id"]}
    postgres = Postgres()
    address = postgres.database("keys", *ddl)
    w["db"] = postgres.psql("keys")
    w["ormd"] = schemas.hold(Daemon(address, {
        "ormd": 1, "enums": {"mood": ["ok", "so \"so\""]}, "models": models,
        "tables": tables}).when_ready())
    w["c"] = w["ormd"].connect()
    w["c"].call("create", {"model": "Far", "values": [{"id": 1}, {"id": 2}]})


def walk(kind):
    name = NAMES[kind]
    one, other, another = KEYS[kind]

    def call(method, **params):
        return w["c"].call(method, {"model": params.pop("of", name),
                                    **params})

    made = call("create", values={"k": one, "label": "x",
                                  "kids": [{"id": 1}],
                                  "far": [{"$get": 1}]})
    key = made["k"]
    same([kid["k"] for kid in made["kids"]], [key])
    for spelling in (one, other, key, {"k": other}, [one]):
        same(call("get", id=spelling), made)
    same(call("find", where={"k": other})["items"], [made])
    same(call("find", where={"k": {"in": [another, other]}})["items"],
         [made])
    call("create", values={"k": another, "kids": [{"id": 2}]})
    # A child that refers by the column, one by the object, one that moves.
    call("create", of=name + "Kid", values=[
        {"id": 3, "k": other}, {"id": 4, "up": {"$get": other}}])
    call("append", id=other, attribute="kids", items=[{"$get": 2}])
    got = call("get", id=one)
    same([kid["id"] for kid in got["kids"]], [1, 2, 3, 4])
    same([call("get", of=name + "Kid", id=n)["up"]["k"]
          for n in (1, 2, 3, 4)], [key] * 4)
    same(call("get", id=another)["kids"], [])
    # Links: what is linked already is not linked again.
    got = call("append", id=other, attribute="far",
               items=[{"$get": 1}, {"$get": 2}])
    same(got["far"], [{"id": 1}, {"id": 2}])
    same(call("remove", id=one, attribute="far",
              items=[{"$get": 1}])["far"], [{"id": 2}])
    same(call("update", id=other, values={"label": "y"})["label"], "y")
    same(call("merge", values={"k": other, "label": "z"})["label"], "z")
    call("set", id=one, attribute="kids", items=[{"$get": 4}])
    same(call("count", of=name + "Kid", where={"up": {"==": {
        "$get": other}}}), {"count": 1})
    same(call("delete", id=other)["deleted"], {name: 1})
    same(w["db"].value("SELECT count(*) FROM %s_far" % name.lower()), "0")
    same(call("find", of=name + "Kid", where={"k": None},
              only=["id"])["items"], [{"id": n} for n in (1, 2, 3, 4)])


for _kind in KEYS:
    case("a key of %s is the same in each spelling" % _kind)(
        lambda kind=_kind: walk(kind))


if __name__ == "__main__":
    run(setup)
