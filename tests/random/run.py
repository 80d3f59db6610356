#!/usr/bin/env python3
"""Random units of work, by SQLAlchemy and by ormd: the same rows after each?

	run.py [--seed N] [--units N] [--at N] [MODEL...]
	run.py --replay FILE [--units TIMES] MODEL

For each model: random rows are put into two databases, one random request is
carried out by SQLAlchemy on the one and sent to ormd on the other, then all
rows are compared.  --at runs the unit of that number alone, and shows it.  A
model is a test case (TAP).  A unit that differs is shrunk and printed;
--replay runs such a print again (its lines of rows and of the request).

`make check' compares the same few units each time, `make check-long' 24 000
new ones.
"""

import argparse
import collections
import os
import random
import sys
import time
import traceback

DEBIAN = "/usr/bin/python3"

sys.dont_write_bytecode = True
try:
    import psycopg2
    import reference
except ImportError as error:
    # Debian's packages are for Debian's Python; another may come first.
    if os.path.realpath(sys.executable) != os.path.realpath(DEBIAN):
        os.execv(DEBIAN, [DEBIAN] + sys.argv)
    print("Bail out! %s; install python3-sqlalchemy and python3-psycopg2"
          % error, flush=True)
    sys.exit(1)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import compare
import generate
import shrink
from book import FIRST_GENERATED, Book
from harness import (LONG, Daemon, Postgres, RpcError, Tap, bad_ends, dumps,
                     loads, say)
from refusal import LeftOut

VECTORS = os.path.join(HERE, "..", "conformance", "vectors.json")

# name in vectors.json -> its share of the units
MODELS = {
    "seed": 4, "blog": 3, "tree": 2, "tree_cascade": 2, "orders": 3,
    "o2o": 2, "o2o_orphan": 2, "o2o_orphan_nounique": 1, "profile": 2,
    "social": 1, "addresses": 1, "messages": 2, "deep": 1, "keywords": 3,
    "keywords_pk": 2, "m2o_orphan": 1, "m2m_orphan": 1, "m2m_cascade": 1,
    "m2m_set": 1, "teams": 2, "docs": 2, "natural": 1, "natural_active": 1,
    "slots": 1,
}
SHORT = 800
SHORT_SEED = 1
LONG_UNITS = 24000
SHOWN = 3			# differences of one model that are printed

# What ormd may answer to a unit that cannot be; all else is a mistake of the
# generator or of ormd.
KINDS = {"not_found", "unique", "foreign_key", "not_null", "check",
         "exclusion", "orphan", "cycle", "version_conflict", "invalid_value"}


def sort_of(said):
    """Shrinking must not slip from one mistake to another."""
    if "ormd answers" not in said:
        return said.split(":")[0]
    return said.split("{")[0] + loads(said[said.index("{"):])["message"][:20]


class Arena:
    """Two databases of one model, with SQLAlchemy and ormd."""

    def __init__(self, postgres, name, entry):
        self.name = name
        self.book = Book(entry["file"])
        dsn = "host=%s user=postgres dbname=" % postgres.folder
        ours = postgres.database("ormd_" + name, *entry["ddl"])
        postgres.database("alchemy_" + name, *entry["ddl"])
        self.tables = [psycopg2.connect(dsn + kind + name)
                       for kind in ("alchemy_", "ormd_")]
        for connection in self.tables:
            connection.autocommit = True
            self.prepare(connection, connection is self.tables[0])
        self.reference = reference.Reference(self.book, dsn + "alchemy_" +
                                             name)
        self.daemon = Daemon(ours, entry["file"]).when_ready()
        self.client = self.daemon.connect()
        self.kinds = collections.Counter()
        self.rules = collections.Counter()
        self.left_out = collections.Counter()
        self.refused = 0

    def prepare(self, connection, deferrable):
        """Generated ids from 1000 on; constraints that can wait (U3)."""
        cursor = connection.cursor()
        for table in self.book.tables.values():
            if table.serial:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence('\"%s\"', '%s'), "
                    "%d, false)" % (table.name, table.serial,
                                    FIRST_GENERATED))
        if deferrable:
            cursor.execute(
                "SELECT conrelid::regclass::text, quote_ident(conname), "
                "contype, pg_get_constraintdef(oid), EXISTS (SELECT FROM "
                "pg_constraint f WHERE f.contype = 'f' AND f.conindid = "
                "c.conindid) FROM pg_constraint c WHERE contype IN "
                "('f', 'u') AND NOT condeferrable AND "
                "connamespace = 'public'::regnamespace")
            for table, name, kind, text, needed in cursor.fetchall():
                if kind == "f":
                    cursor.execute("ALTER TABLE %s ALTER CONSTRAINT %s "
                                   "DEFERRABLE" % (table, name))
                elif not needed:
                    cursor.execute(
                        "ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT "
                        "%s %s DEFERRABLE" % (table, name, name, text))
        cursor.execute("SET session_replication_role = replica")

    def close(self):
        self.client.close()
        self.reference.close()
        for connection in self.tables:
            connection.close()
        self.daemon.stop()

    def fill(self, rows):
        words = ["DELETE FROM \"%s\"" % t for t in rows]
        values = []
        for table, list_ in rows.items():
            if list_:
                words.append("INSERT INTO \"%s\" SELECT * FROM "
                             "json_populate_recordset(NULL::\"%s\", %%s)"
                             % (table, table))
                values.append(dumps(list_))
        for connection in self.tables:
            connection.cursor().execute(";".join(words), values)

    def rows(self, connection):
        cursor = connection.cursor()
        cursor.execute("SELECT json_build_object(%s)" % ", ".join(
            "'%s', (SELECT coalesce(json_agg(row_to_json(r)), '[]') "
            "FROM \"%s\" r)" % (t, t) for t in self.book.tables))
        return cursor.fetchone()[0]

    def answer(self, method, params):
        """ormd's refusal, or None."""
        try:
            self.client.call(method, params)
        except RpcError as refusal:
            return refusal
        return None

    def leave_out(self, why):
        self.left_out[why] += 1

    def difference(self, rows, method, params):
        """How the two sides differ, as text; None if they agree."""
        self.fill(rows)
        error = self.answer(method, params)
        if error is not None and error.kind not in KINDS:
            return "ormd answers %s" % error
        try:
            outcome = self.reference.run(method, params)
        except LeftOut as why:
            return self.leave_out(str(why))
        self.rules.update(outcome.rules)
        if error is not None and outcome.kind is not None:
            self.refused += 1
            if error.kind != outcome.kind:
                self.kinds[outcome.kind, error.kind] += 1
        elif error is not None:
            if outcome.open and error.kind in ("foreign_key", "not_found"):
                return self.leave_out("a foreign key fails by the order (U2)")
            if outcome.moved and error.kind == "unique" and \
                    error.data["constraint"].endswith("_pkey"):
                return self.leave_out("a primary key changes hands (U3)")
            return "SQLAlchemy %saccepts, ormd answers %s" % (
                "".join(r + " " for r in outcome.rules), error)
        elif outcome.kind is not None:
            if outcome.why_key:
                # SQLAlchemy finds rows by keys that its updates have moved.
                return self.leave_out("a primary key changes hands (U3)")
            if outcome.kind == "foreign_key" and \
                    "update or delete on table" in outcome.why and \
                    outcome.moved:
                # Who has let go of it and taken it again goes along in ormd.
                return self.leave_out("a key changes under its children (U12)")
            return "SQLAlchemy refuses (%s: %s), ormd accepts" % (
                outcome.kind, outcome.why)
        want, got = (self.rows(c) for c in self.tables)
        return compare.differences(self.book, want, got)

    def unit(self, seed, number):
        rng = random.Random("%s %s %s" % (seed, self.name, number))
        rows = generate.state(rng, self.book)
        writer = generate.Writer(rng, self.book, rows)
        return (rows,) + writer.request()

    def report(self, seed, number, rows, method, params, said):
        kind = sort_of(said)

        def fails(*smaller):
            if not self.book.whole(smaller[0]):
                return False
            try:
                now = self.difference(*smaller)
            except Exception:
                return False
            return now is not None and \
                sort_of(now) == kind
        small = shrink.shrink(rows, method, params, fails)
        self.fill(small[0])
        return "--seed %s --at %d %s\ngiven %s\n%s\n%s" % (
            seed, number, self.name,
            dumps({t: r for t, r in small[0].items() if r}),
            dumps({"method": small[1], "params": small[2]}),
            self.difference(*small))

    def show(self, seed, number):
        unit = self.unit(seed, number)
        say(dumps(unit[0]))
        say(dumps({"method": unit[1], "params": unit[2]}))

    def replay(self, path, times):
        """A print of report(), the sign of a remark before it or not."""
        with open(path, encoding="utf-8") as f:
            lines = [line.lstrip("# ").strip() for line in f]
        given = loads([x for x in lines if x.startswith("given ")][0][6:])
        request = loads([x for x in lines if x.startswith("{")][0])
        rows = {t: given.get(t, []) for t in self.book.tables}
        found = [self.difference(rows, request["method"], request["params"])
                 for _ in range(times)]
        return [said for said in found if said is not None]

    def run(self, seed, numbers):
        """Compares units; what differed, as texts."""
        failed, more = [], []
        shown = 0
        for number in numbers:
            unit = self.unit(seed, number)
            try:
                said = self.difference(*unit)
            except Exception:
                said = "the reference broke: " + traceback.format_exc(
                    limit=-4)
                failed.append("--seed %s --at %d %s\n%s\n%s" % (
                    seed, number, self.name, dumps(
                        {"method": unit[1], "params": unit[2]}), said))
                continue
            if said is None:
                continue
            if shown < SHOWN:
                shown += 1
                failed.append(self.report(seed, number, *unit, said))
            else:
                more.append(str(number))
        return failed + (["and --at " + " ".join(more)] if more else [])


def told():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int)
    parser.add_argument("--units", type=int,
                        default=LONG_UNITS if LONG else SHORT)
    parser.add_argument("--at", type=int)
    parser.add_argument("--replay")
    parser.add_argument("models", nargs="*")
    words = parser.parse_args()
    if words.seed is None:
        words.seed = random.randrange(1 << 31) if LONG else SHORT_SEED
    return words


def main():
    words = told()
    with open(VECTORS, encoding="utf-8") as f:
        models = loads(f.read())["models"]
    chosen = {m: MODELS.get(m, 1) for m in words.models} or MODELS
    tap = Tap()
    say("seed %d" % words.seed)
    postgres = Postgres(settings=["max_connections=100"])
    compared = 0
    for name, share in chosen.items():
        began = time.monotonic()
        numbers = range(max(1, words.units * share // sum(chosen.values())))
        if words.at is not None:
            numbers = [words.at]
        try:
            arena = Arena(postgres, name, models[name])
            if words.at is not None:
                arena.show(words.seed, words.at)
            failed = arena.run(words.seed, numbers) \
                if words.replay is None else \
                arena.replay(words.replay, len(numbers))
            arena.close()
        except Exception:
            tap.not_ok(name, traceback.format_exc(limit=-4))
            continue
        compared += len(numbers)
        title = "%s: %d units of work end as SQLAlchemy's do" % (
            name, len(numbers))
        if failed:
            tap.not_ok(title, "\n".join(failed))
        else:
            tap.ok(title)
        say("%d refused, by rule %s, other kind of error %s, left out %s; "
            "%.0f ms each" % (
                arena.refused, dict(arena.rules) or "none",
                dict(arena.kinds) or "never", dict(arena.left_out) or "none",
            (time.monotonic() - began) * 1000 / len(numbers)))
    if bad_ends():
        tap.not_ok("each ormd ended as it was told", "\n".join(bad_ends()))
    say("%d units compared, seed %d" % (compared, words.seed))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
