#!/usr/bin/env python3
"""Runs the conformance vectors against ormd and a private PostgreSQL.

	run.py [--all] [--summary] [AREA-OR-ID-PREFIX...]

Without a prefix: the areas of AREAS below, as `make check' does.  --all runs
every vector.  Each vector is a test case (TAP); at the end a line for each
area says how many passed.  How a vector is run and compared is README.md.
"""

import itertools
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import schemas
from harness import (Daemon, Postgres, RpcError, Tap, bad_ends, check, differ,
                     dumps, loads, say, time_limit)

AREAS = ("",)
INVALID = -32602
SECONDS = 30


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def name_quoted(name):
    return '"' + name.replace('"', '""') + '"'


class Model:
    """One model file with its database and its ormd.

    served: what ormd is told instead; how: what its Daemon is told besides.
    """

    def __init__(self, postgres, name, entry, served=None, how=None):
        self.file = entry["file"]
        self.models = self.file["models"]
        self.tables = {m["table"]: m for m in self.models.values()}
        self.tables.update(self.file.get("tables", {}))
        self.refers = self._references()
        address = postgres.database("m_" + name, *entry["ddl"])
        self.psql = postgres.psql("m_" + name)
        self.serials = self._serials()
        self.daemon = schemas.hold(
            Daemon(address, served or self.file, **how or {}).when_ready())

    def close(self):
        self.psql.close()
        self.daemon.stop()

    def _references(self):
        """(table, column) -> the (table, column) it leads to."""
        refers = {}
        for table, entry in self.tables.items():
            for column, about in entry["columns"].items():
                if "references" in about:
                    refers[table, column] = tuple(
                        about["references"].split("."))
            for key in entry.get("foreign_keys", ()):
                for column, to in zip(key["columns"], key["references"]):
                    refers.setdefault((table, column), tuple(to.split(".")))
        return refers

    def root(self, table, column):
        """Whose generated id stands in this column, through other keys."""
        seen = set()
        while (table, column) in self.refers and (table, column) not in seen:
            seen.add((table, column))
            table, column = self.refers[table, column]
        return table, column

    def _serials(self):
        """table -> the column that a sequence fills."""
        rows = self.psql.rows(
            "SELECT c.relname AS t, a.attname AS c FROM pg_class c JOIN "
            "pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'r' AND "
            "c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND "
            "pg_get_serial_sequence(quote_ident(c.relname), a.attname) "
            "IS NOT NULL")
        return {r["t"]: r["c"] for r in rows}

    def fill(self, given):
        """Makes the tables hold exactly these rows."""
        names = ", ".join(name_quoted(t) for t in self.tables)
        script = ["BEGIN", "TRUNCATE %s RESTART IDENTITY" % names]
        inserts = [
            "i%d AS (INSERT INTO %s SELECT * FROM json_populate_recordset("
            "NULL::%s, %s))" % (n, name_quoted(t), name_quoted(t),
                                quoted(dumps(rows)))
            for n, (t, rows) in enumerate(given.items()) if rows]
        if inserts:
            script.append("WITH %s SELECT 1" % ", ".join(inserts))
        for table, column in self.serials.items():
            script.append(
                "SELECT setval(pg_get_serial_sequence(%s, %s), "
                "coalesce(max(%s), 0) + 1, false) FROM %s"
                % (quoted(name_quoted(table)), quoted(column),
                   name_quoted(column), name_quoted(table)))
        script.append("COMMIT")
        self.psql.run(";\n".join(script))

    def rows(self):
        """{table: [rows]}, read in one go."""
        parts = ", ".join(
            "%s, (SELECT coalesce(json_agg(row_to_json(the_row)), '[]') FROM %s the_row)"
            % (quoted(t), name_quoted(t)) for t in self.tables)
        return loads(self.psql.run("SELECT json_build_object(%s)" % parts))


class Renaming:
    """table -> {id that ormd's sequence gave: id in the vector}."""

    def __init__(self, model, ids):
        self.model = model
        self.ids = ids

    def value(self, table, column, value):
        to, key = self.model.root(table, column)
        if key == self.model.serials.get(to) and to in self.ids:
            return self.ids[to].get(value, value)
        return value

    def rows(self, rows):
        return {t: [{c: self.value(t, c, v) for c, v in row.items()}
                    for row in list_] for t, list_ in rows.items()}

    def object(self, name, value):
        """An object of a model, as a reply prints it."""
        if isinstance(value, list):
            return [self.object(name, v) for v in value]
        if not isinstance(value, dict):
            return value
        model = self.model.models[name]
        return {k: self._attribute(model, k, v) for k, v in value.items()}

    def _attribute(self, model, key, value):
        if key in model["columns"]:
            return self.value(model["table"], key, value)
        if key in model.get("relationships", {}):
            return self.object(model["relationships"][key]["target"], value)
        if key in model.get("association_proxies", {}):
            proxy = model["association_proxies"][key]
            through = model["relationships"][proxy["through"]]["target"]
            through = self.model.models[through]
            if isinstance(value, list):
                return [self._attribute(through, proxy["attribute"], v)
                        for v in value]
            return self._attribute(through, proxy["attribute"], value)
        return value

    def result(self, request, result):
        """The result of a request, renamed by its model."""
        name = request["params"].get("model")
        if name is None or not isinstance(result, dict):
            return result
        if request["method"] == "find":
            return dict(result, items=self.object(name, result["items"]))
        return self.object(name, result)


def renamings(model, vector, rows):
    """All ways to match the ids that are there with those of the vector."""
    tables, choices = [], []
    for table, ids in vector.get("generated", {}).items():
        column = model.serials[table]
        told = {r[column] for r in vector["then"]["rows"][table]}
        new = sorted(r[column] for r in rows[table]
                     if r[column] not in told - set(ids))
        check(len(new) == len(ids), "%s: %d new rows, not %d (%s)"
              % (table, len(new), len(ids), dumps(rows[table])))
        tables.append(table)		# in order first: as written
        choices.append([dict(zip(p, sorted(ids)))
                        for p in itertools.permutations(new)])
    for choice in itertools.product(*choices):
        yield Renaming(model, dict(zip(tables, choice)))


def compare_error(told, error, request):
    check(error is not None, "no error, but %s was to come; request %s"
          % (dumps(told), dumps(request)))
    if told["kind"] == "invalid":
        check(error.code == INVALID, "not code %d but %s"
              % (INVALID, error))
    else:
        check(error.kind == told["kind"], "not kind %s but %s"
              % (told["kind"], error))
    for member in ("constraint", "sqlstate"):
        if member in told:
            check(error.data.get(member) == told[member], "not %s %s but %s"
                  % (member, told[member], error))


def compare_results(vector, replies, renaming):
    """Where the replies differ from the vector, as text; or None."""
    for told in vector["then"].get("results", ()):
        request = vector["requests"][told["at"]]
        got = replies[told["at"]]
        if "op" in told:
            request = request["params"]["ops"][told["op"]]
            got = got["results"][told["op"]]
        want = told["result"]
        if request["method"] in ("find", "count") and isinstance(got, dict):
            got = {k: v for k, v in got.items() if k in want}
        got = renaming.result(request, got)
        said = differ(got, want, "", told.get("unordered", False))
        if said:
            return "reply %d: %s\n%s answered %s" % (
                told["at"], said, dumps(request), dumps(got))
    return None


def compare_rows(told, rows):
    """Per table as a multiset of whole rows; text, or None."""
    for table in told:
        said = differ(rows.get(table, []), told[table], table, True)
        if said:
            return "%s\ngot  %s\nwant %s" % (
                said, dumps(rows.get(table)), dumps(told[table]))
    return None


def converse(model, vector):
    """Sends the requests; the results, and the error that ended it."""
    replies = []
    with model.daemon.connect() as client:
        for request in vector["requests"]:
            if request["method"] == "$sql":
                model.psql.run(request["params"]["sql"])
                replies.append(None)
                continue
            try:
                replies.append(client.call(request["method"],
                                           request["params"]))
            except RpcError as error:
                return replies, error
    return replies, None


def run_vector(model, vector):
    model.fill(vector["given"])
    replies, error = converse(model, vector)
    told = vector["then"].get("error")
    if told is not None:
        check(len(replies) == told["at"], "request %d failed: %s"
              % (len(replies), error))
        compare_error(told, error, vector["requests"][told["at"]])
    elif error is not None:
        raise AssertionError("request %s failed: %s" % (
            dumps(vector["requests"][len(replies)]), error))
    rows = model.rows()
    first = None
    for renaming in renamings(model, vector, rows):
        said = compare_rows(vector["then"]["rows"], renaming.rows(rows)) or \
            compare_results(vector, replies, renaming)
        if said is None:
            return
        first = first or said
    raise AssertionError("%s\nrequests: %s" % (
        first, "\n".join(dumps(r) for r in vector["requests"])))


def refuses(postgres, name, entry):
    """`"at":"load"': ormd has to refuse this model file by JSON Pointer."""
    daemon = Daemon(postgres.database("m_" + name, *entry["ddl"]),
                    entry["file"], wait=False)
    check(daemon.wait() != 0, "the model file was accepted")
    check("/models/" in daemon.logged() or "/tables/" in daemon.logged(),
          "no JSON Pointer in: " + daemon.logged())


def run_model(postgres, name, entry, vectors, tap, make=Model, way=""):
    """The vectors of one model file; which of them passed."""
    passed = []
    model, broken = None, None
    for vector in vectors:
        title = "%s%s: %s" % (way, vector["id"],
                              vector["why"].replace("#", "no. "))
        try:
            with time_limit(SECONDS):
                if vector["then"].get("error", {}).get("at") == "load":
                    refuses(postgres, name, entry)
                else:
                    if model is None and broken is None:
                        try:
                            model = make(postgres, name, entry)
                        except Exception as error:
                            broken = error
                            raise
                    check(broken is None, "model %s cannot be served, see "
                          "above" % name)
                    run_vector(model, vector)
            tap.ok(title)
            passed.append(vector)
        except Exception as error:	# a vector must not end the others
            tap.not_ok(title, "%s: %s" % (type(error).__name__, error))
    if model is not None:
        try:
            model.close()
        except Exception as error:
            tap.not_ok("ormd of model %s ends cleanly" % name, error)
    return passed


def wanted(vector, prefixes):
    return any(vector["area"].startswith(p) or vector["id"].startswith(p)
               for p in prefixes)


def book_read():
    with open(os.path.join(HERE, "vectors.json"), encoding="utf-8") as f:
        return loads(f.read())


def main(words):
    book = book_read()
    prefixes = [w for w in words if not w.startswith("--")] or AREAS
    if "--all" in words:
        prefixes = ("",)
    chosen = [v for v in book["vectors"] if wanted(v, prefixes)]
    check(chosen, "no vector has such an area or id")
    tap = Tap()
    passed = []
    postgres = Postgres(settings=["max_connections=100"])
    for name, entry in book["models"].items():
        vectors = [v for v in chosen if v["model"] == name]
        if vectors:
            passed += run_model(postgres, name, entry, vectors, tap)
    if bad_ends():
        tap.not_ok("each ormd ended as it was told", "\n".join(bad_ends()))
    for area in sorted({v["area"] for v in chosen}):
        say("%-18s %3d of %3d" % (
            area, sum(v["area"] == area for v in passed),
            sum(v["area"] == area for v in chosen)))
    say("%-18s %3d of %3d" % ("all", len(passed), len(chosen)))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
