#!/usr/bin/env python3
"""Runs the conformance vectors with rules of who may do what.

Each model file gets users, who may do everything, and the requests are one's:
so every statement passes predicates or policies of row-level security, and
the vectors have to come out as without.  Where ORMD_LONG is set, all three
ways are gone; else every second model file goes one of those with policies.
"""

import copy
import os
import sys

sys.dont_write_bytecode = True

import run
from harness import LONG, RULES, Postgres, Tap, bad_ends, folder, say

RIGHTS = {what: ["user"] for what in ("read", "create", "update", "delete")}
CALLERS = {
    "table": "callers", "access": RIGHTS,
    "columns": {"id": {"type": "integer", "primary_key": True},
                "login": {"type": "text", "unique": True},
                "_hash": {"type": "text"}}}
TABLE = ["CREATE TABLE callers (id serial PRIMARY KEY, login text UNIQUE, "
         "_hash text)", "INSERT INTO callers(login) VALUES ('caller')"]
WAYS = ["policies", "both", "predicates"]


def with_users(file):
    file = copy.deepcopy(file)
    for model in file["models"].values():
        model["access"] = RIGHTS
    file["models"]["Caller"] = CALLERS
    file["auth"] = {"model": "Caller", "login": "login", "password": "_hash"}
    return file


def make(postgres, name, entry):
    """A client on the Unix socket is the caller by its user's id."""
    return run.Model(
        postgres, name, dict(entry, ddl=entry["ddl"] + TABLE),
        with_users(entry["file"]),
        {"path": os.path.join(folder(), "ormd.sock"),
         "options": ["peer_users=%d:caller" % os.geteuid()]})


def main():
    book = run.book_read()
    tap = Tap()
    postgres = Postgres(settings=["max_connections=100"])
    n = dict.fromkeys(WAYS, 0)
    for i, (name, entry) in enumerate(book["models"].items()):
        vectors = [v for v in book["vectors"] if v["model"] == name]
        for way in WAYS if LONG else WAYS[i // 2 % 2:][:i % 2]:
            os.environ["ORMD_RULES"] = way
            n[way] += len(run.run_model(postgres, name + "_" + way, entry,
                                        vectors, tap, make, way + ": "))
    if bad_ends():
        tap.not_ok("each ormd ended as it was told", "\n".join(bad_ends()))
    for way in RULES:
        say("%-18s %3d vectors" % (way, n[way]))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
