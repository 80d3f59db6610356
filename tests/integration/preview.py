#!/usr/bin/env python3
"""Previews are what the write then does; guarded deletes do no more than that.

First the requests of all conformance vectors, and random ones (those of
tests/random): each write is previewed, which may change nothing, then it is
done, and what has become of the tables has to be what the preview said.
Deletes are done with the plan of the preview, and with the number of rows that
it told as `max'.  Then what PostgreSQL does on its own, locks, bounds, and
changes that come between.
"""

import itertools
import os
import random
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.append(os.path.join(HERE, "..", "conformance"))

import run as conformance

sys.path.append(os.path.join(HERE, "..", "random"))

try:
    from mapping import make_classes
except ImportError as error:
    # Debian's package is for Debian's Python; another may come first.
    DEBIAN = "/usr/bin/python3"
    if os.path.realpath(sys.executable) != os.path.realpath(DEBIAN):
        os.execv(DEBIAN, [DEBIAN] + sys.argv)
    print("Bail out! %s; install python3-sqlalchemy" % error, flush=True)
    sys.exit(1)
import generate
from book import Book
from harness import (BUILD, LONG, MEDITATION, TOP, Daemon, Postgres, RpcError,
                     case, check, dumps, loads, run, same, say)

WRITES = ("create", "update", "delete", "merge", "append", "remove", "set",
          "transaction")
# What only the database finds out.
UNSEEN = ("unique", "check", "exclusion")
# And a reference to a row that the same unit takes away: few units do that.
BROKEN_MOST = 0.005
VECTORS = os.path.join(HERE, "..", "conformance", "vectors.json")
NOTHING = {"inserts": {}, "updates": {}, "deletes": {}}
w = {"compared": 0, "refused": 0, "other": 0, "unseen": 0, "held": 0,
     "broken": 0}

# ---- a write against its preview -------------------------------------------


def key_columns(about):
    if "primary_key" in about:
        return about["primary_key"]
    return [c for c, column in about["columns"].items()
            if column.get("primary_key")]


class Tables:
    """The tables of a model file, looked at through psql."""

    def __init__(self, file, psql):
        self.psql = psql
        self.keys = {}			# table -> its key columns
        self.names = {}			# table -> what a preview calls it
        for name, about in file["models"].items():
            self.keys[about["table"]] = key_columns(about)
            self.names[about["table"]] = name
        for table, about in file.get("tables", {}).items():
            self.keys[table] = key_columns(about)
            self.names[table] = table

    def look(self):
        """{table: {key: row}}; where there is no key, rows are numbered."""
        parts = ", ".join(
            "%s, (SELECT coalesce(json_agg(row_to_json(r)), '[]') FROM %s r)"
            % (conformance.quoted(t), conformance.name_quoted(t))
            for t in self.keys)
        seen = loads(self.psql.run("SELECT json_build_object(%s)" % parts))
        return {t: self._by_key(t, rows) for t, rows in seen.items()}

    def _by_key(self, table, rows):
        found = {}
        for row in rows:
            # Without a key all columns are one, and rows may be equal.
            key = tuple(dumps(row[c]) for c in self.keys[table] or row)
            while not self.keys[table] and key in found:
                key += ("again",)
            found[key] = row
        return found

    def sequences(self):
        return self.psql.rows("SELECT schemaname, sequencename, last_value "
                              "FROM pg_sequences ORDER BY 1, 2")

    def compare(self, preview, before, after):
        """What happened has to be what was said."""
        for table, name in self.names.items():
            old, new = before[table], after[table]
            gone = [k for k in old if k not in new]
            come = [k for k in new if k not in old]
            changed = [k for k in old if k in new and old[k] != new[k]]
            told = [preview[kind].get(name, {"count": 0, "keys": []})
                    for kind in ("inserts", "updates", "deletes")]
            # A row whose key is updated is gone and come; where a new one has
            # taken its old key, that one seems to be it.
            taken = [k for k in old if k in new and k in
                     self._keys(told[0]) and k in self._keys(told[1])]
            changed = [k for k in changed if k not in taken] + taken
            moved = len(gone) - told[2]["count"]
            check(moved >= 0 and len(come) - moved == told[0]["count"] and
                  len(changed) + moved == told[1]["count"],
                  "%s: %d come, %d changed, %d gone, but the preview said %s"
                  % (name, len(come), len(changed), len(gone), dumps(told)))
            self._compare_keys(table, told[1], changed + gone)
            # One that moved may have taken the key of one that is deleted.
            self._compare_keys(table, told[2], gone + changed)

    @staticmethod
    def _keys(told):
        return [tuple(dumps(k) for k in (key if isinstance(key, list)
                                         else [key])) for key in told["keys"]]

    def _compare_keys(self, table, told, keys):
        check(len(told["keys"]) == min(told["count"], 10), dumps(told))
        if not self.keys[table]:
            return
        for key in self._keys(told):
            check(key in keys, "%s is not among %s" % (key, keys))
        if "rules" in told:
            same(sum(told["rules"].values()), told["count"])


def reached(preview):
    """How many rows a delete takes or changes."""
    return sum(about["count"] for kind in ("updates", "deletes")
               for about in preview[kind].values())


def preview_then_do(client, tables, method, params, alike=True):
    """Returns the preview; the write raises its RpcError, foreseen (alike).

    Where a write is wrong in two ways, either error may be found first.
    """
    before, drawn = tables.look(), tables.sequences()
    said = client.ask("preview", {"method": method, "params": params})
    same(tables.sequences(), drawn)
    check(tables.look() == before, "the preview has changed something")
    preview = said.get("result")
    if preview is not None and method == "delete":
        params = held(client, tables, params, preview, before)
    try:
        client.call(method, params)
    except RpcError as error:
        check(tables.look() == before, "the error left something behind")
        compare_errors(said, error, alike)
        raise
    check(preview is not None, "%s %s is done, but its preview is refused: %s"
          % (method, dumps(params), dumps(said)))
    check("cut" not in preview, preview)
    tables.compare(preview, before, tables.look())
    w["compared"] += 1
    return preview


def held(client, tables, params, preview, before):
    """One row less is refused; the params that take just as much."""
    most = reached(preview)
    if most > 0:
        refused = client.error("delete", dict(params, max=most - 1,
                                              plan=preview["plan"]))
        same([refused.kind, refused.data["path"], refused.data["committed"]],
             ["limit", "/max", "no"])
        check(tables.look() == before, "a refused delete changed something")
        w["held"] += 1
    return dict(params, max=most, plan=preview["plan"])


def compare_errors(said, error, alike):
    if "error" not in said:
        if error.kind == "foreign_key" and not alike:
            same(error.data["committed"], "no")
            w["broken"] += 1
            return
        check(error.kind in UNSEEN, "not foreseen: %s" % error)
        w["unseen"] += 1
        return
    foreseen = RpcError(said["error"])
    if not alike:
        w["refused" if foreseen.kind == error.kind else "other"] += 1
        return
    same([foreseen.kind, foreseen.code], [error.kind, error.code])
    if "path" in error.data:
        same(foreseen.data.get("path"), "/params" + error.data["path"])
    same([foreseen.data.get("model"), foreseen.data.get("attribute")],
         [error.data.get("model"), error.data.get("attribute")])
    w["refused"] += 1


def vector_play(model, tables, vector):
    model.fill(vector["given"])
    with model.daemon.connect() as client:
        for request in vector["requests"]:
            if request["method"] == "$sql":
                model.psql.run(request["params"]["sql"])
            elif request["method"] not in WRITES:
                client.ask(request["method"], request["params"])
            else:
                try:
                    preview_then_do(client, tables, request["method"],
                                    request["params"])
                except RpcError:
                    return


def vectors_of(name, entry, vectors):
    model = conformance.Model(w["postgres"], name, entry)
    tables = Tables(entry["file"], model.psql)
    wrong = []
    try:
        for vector in vectors:
            try:
                vector_play(model, tables, vector)
            except Exception as error:		# told with all others
                wrong.append("%s: %s" % (vector["id"], error))
    finally:
        model.close()
    check(not wrong, "\n".join(wrong))


@case("the writes of all conformance vectors do what their previews said",
      600)
def all_vectors():
    with open(VECTORS, encoding="utf-8") as f:
        book = loads(f.read())
    wrong = []
    for name, entry in book["models"].items():
        vectors = [v for v in book["vectors"] if v["model"] == name and
                   v["then"].get("error", {}).get("at") != "load"]
        try:
            vectors_of(name, entry, vectors)
        except AssertionError as error:
            wrong.append("%s\n%s" % (name, error))
    say("%(compared)d writes compared with their previews, %(refused)d refused "
        "alike, %(unseen)d by what only the database knows, %(held)d deletes "
        "held to one row less" % w)
    check(not wrong, "\n".join(wrong))
    check(w["compared"] >= 145 and w["held"] >= 25 and w["refused"] >= 19,
          "fewer than there were")


# ---- random writes -----------------------------------------------------------

RANDOM_EACH = 200 if LONG else 15
RANDOM_SEED = random.randrange(1 << 31) if LONG else 1
# Their columns are not what the generator makes rows for.
RANDOM_NOT = ("types", "ser", "ser_only", "ser_only2", "ser_only3",
              "ser_rules")


def random_unit(model, book, tables, seed, number):
    """One unit; None, or how it differs from its preview."""
    rng = random.Random("%s %s" % (seed, number))
    # Rows without a key are told apart by their values, and so not by nulls.
    rows = {t: [r for r in list_ if tables.keys[t] or None not in r.values()]
            for t, list_ in generate.state(rng, book).items()}
    method, params = generate.Writer(rng, book, rows).request()
    model.fill(rows)
    for table, column in model.serials.items():	# above all keys of a request
        model.psql.run("SELECT setval(pg_get_serial_sequence('%s', '%s'), "
                       "1000)" % (table, column))
    try:
        with model.daemon.connect() as client:
            preview_then_do(client, tables, method, params, False)
    except RpcError:
        pass
    except Exception as error:		# told with all others
        return "seed %s, unit %d: given %s\n%s\n%s" % (
            seed, number, dumps(rows),
            dumps({"method": method, "params": params}), error)
    return None


@case("random writes do what their previews said", 60 + 50 * RANDOM_EACH)
def random_units():
    with open(VECTORS, encoding="utf-8") as f:
        book = loads(f.read())["models"]
    before, wrong = dict(w), []
    for name, entry in book.items():
        if name in RANDOM_NOT:
            continue
        try:
            model = conformance.Model(w["postgres"], "r_" + name, entry)
        except AssertionError:
            continue			# a model that ormd refuses
        tables = Tables(entry["file"], model.psql)
        about = Book(entry["file"])
        make_classes(about, circles=False)	# tells it the relationships
        for number in range(RANDOM_EACH):
            said = random_unit(model, about, tables, RANDOM_SEED, number)
            if said is not None:
                wrong.append("%s, %s" % (name, said))
        model.close()
    say("seed %d: %d writes compared, %d refused alike, %d of another kind, "
        "%d by what only the database knows, %d by what they take away "
        "themselves, %d deletes held to one row less"
        % (RANDOM_SEED, *(w[k] - before[k] for k in (
            "compared", "refused", "other", "unseen", "broken", "held"))))
    check(not wrong, "%d differ\n%s" % (len(wrong), "\n".join(wrong[:5])))
    check(w["compared"] - before["compared"] > 5 * RANDOM_EACH)
    check(w["broken"] < BROKEN_MOST * w["compared"], w["broken"])


# ---- what PostgreSQL does on its own ---------------------------------------

def references(to, **about):
    return dict({"type": "integer", "references": to, "index": True}, **about)


ID = {"type": "integer", "primary_key": True}
FARM = {"ormd": 1, "tables": {
    "pet_tags": {"primary_key": ["pet_id", "tag_id"], "columns": {
        "pet_id": {"type": "integer", "references": "pets.id",
                   "on_delete": "cascade"},
        "tag_id": {"type": "integer", "references": "tags.id"}}}},
    "models": {
        "Owner": {"table": "owners", "columns": {
            "id": ID, "name": {"type": "text"}}, "relationships": {
                "pets": {"target": "Pet", "back_populates": "owner",
                         "cascade": "all", "passive_deletes": True}},
            "serialize_rules": ["-pets.owner"]},
        "Pet": {"table": "pets", "columns": {
            "id": ID, "owner_id": references("owners.id", on_delete="cascade")
        }, "relationships": {
            "owner": {"target": "Owner", "back_populates": "pets"},
            "tags": {"target": "Tag", "passive_deletes": True, "secondary": {
                "table": "pet_tags", "local": ["pet_id"],
                "remote": ["tag_id"]}}},
            "serialize_rules": ["-owner.pets"]},
        "Tag": {"table": "tags", "columns": {"id": ID}},
        "Toy": {"table": "toys", "columns": {
            "id": ID, "pet_id": references("pets.id", on_delete="cascade")}},
        "Label": {"table": "labels", "columns": {
            "id": ID,
            "toy_id": references("toys.id", on_delete="set null"),
            "tag_id": references("tags.id", on_delete="set default",
                                 default="1")}},
        "Visit": {"table": "visits", "columns": {
            "id": ID, "pet_id": references("pets.id"),
            "toy_id": references("toys.id", on_delete="restrict")}},
        "Account": {"table": "accounts", "columns": {
            "code": {"type": "text", "primary_key": True}}},
        "Entry": {"table": "entries", "columns": {
            "account": {"type": "text", "references": "accounts.code",
                        "on_update": "cascade", "primary_key": True},
            "line": {"type": "integer", "primary_key": True}}},
        "Note": {"table": "notes", "columns": {
            "id": ID, "account": {"type": "text"},
            "line": {"type": "integer"}}, "foreign_keys": [
                {"columns": ["account", "line"],
                 "references": ["entries.account", "entries.line"],
                 "on_update": "set null"}]},
        "Seal": {"table": "seals", "columns": {
            "id": ID, "account": {"type": "text",
                                  "references": "accounts.code"}}}}}

FARM_ROWS = """
    INSERT INTO owners(name) VALUES ('ann'), ('bo'), ('cy');
    INSERT INTO tags SELECT generate_series(1, 3);
    INSERT INTO pets(owner_id) SELECT 1 + i / 4 FROM generate_series(0, 7) i;
    INSERT INTO pet_tags SELECT p, t FROM generate_series(1, 8) p,
        generate_series(1, 2) t;
    INSERT INTO toys(pet_id) SELECT 1 + i % 8 FROM generate_series(0, 31) i;
    INSERT INTO labels(toy_id, tag_id) SELECT 1 + i % 32, 2 FROM
        generate_series(0, 63) i;
    INSERT INTO visits(pet_id) VALUES (8);
    INSERT INTO accounts VALUES ('a'), ('b'), ('c');
    INSERT INTO entries SELECT c, i FROM unnest(array['a','b']) c,
        generate_series(1, 3) i;
    INSERT INTO notes(account, line) VALUES ('a', 1), ('a', 2), ('b', 1);
    INSERT INTO seals(account) VALUES ('b');
"""

made = itertools.count(1)


class Farm:
    """Owners and their pets, fresh, with an ormd."""

    def __init__(self, *options):
        name = "farm%d" % next(made)
        address = w["postgres"].database(name, w["farm_ddl"], FARM_ROWS)
        self.psql = w["postgres"].psql(name)
        self.other = w["postgres"].psql(name)
        self.daemon = Daemon(address, FARM, options).when_ready()
        self.tables = Tables(FARM, self.psql)
        self.client = self.daemon.connect()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.psql.close()
        self.other.close()
        self.daemon.kill()

    def preview(self, method, **params):
        return self.client.call("preview", {"method": method,
                                            "params": params})

    def checked(self, method, **params):
        return preview_then_do(self.client, self.tables, method, params)

    def delete_error(self, **params):
        before = self.tables.look()
        error = self.client.error("delete", params)
        check(self.tables.look() == before, "something was deleted")
        return error


def setup():
    w["postgres"] = Postgres(settings=["max_connections=100"])
    path = os.path.join(w["postgres"].folder, "farm.model.json")
    with open(path, "w") as f:
        f.write(dumps(FARM))
    w["farm_ddl"] = subprocess.run(
        [os.path.join(BUILD, "daemon", "ormd-model"), "ddl", path],
        check=True, capture_output=True, text=True).stdout


def rules(preview, kind):
    return {name: about["rules"] for name, about in preview[kind].items()}


@case("ON DELETE of tables without a relationship is followed, to the end")
def on_delete():
    with Farm() as farm:
        preview = farm.checked("delete", model="Owner", id=1)
        same(rules(preview, "deletes"), {
            "Owner": {"asked for": 1},
            "Pet": {"database: ON DELETE CASCADE": 4},
            "Toy": {"database: ON DELETE CASCADE": 16},
            "pet_tags": {"database: ON DELETE CASCADE": 8}})
        same(rules(preview, "updates"),
             {"Label": {"database: ON DELETE SET NULL": 32}})
        same(preview["deletes"]["Pet"]["keys"], [1, 2, 3, 4])
        same(preview["deletes"]["pet_tags"]["keys"][0], [1, 1])
        farm.psql.run("DELETE FROM pet_tags WHERE tag_id = 2")
        preview = farm.checked("delete", model="Tag", id=2)
        same(rules(preview, "updates"),
             {"Label": {"database: ON DELETE SET DEFAULT": 64}})


@case("a row that would keep the delete from happening is foretold")
def no_action():
    with Farm() as farm:
        for _ in range(2):
            try:
                farm.checked("delete", model="Owner", id=2)
                check(False, "deleted though there is a visit")
            except RpcError as error:
                same(error.kind, "foreign_key")
            # NO ACTION first, then RESTRICT two tables below.
            farm.psql.run("UPDATE visits SET pet_id = NULL, toy_id = 5")
        farm.psql.run("DELETE FROM visits")
        same(reached(farm.checked("delete", model="Owner", id=2)),
             1 + 4 + 8 + 16 + 32)


@case("ON UPDATE is followed as well, from key to key")
def on_update():
    with Farm() as farm:
        preview = farm.checked("update", model="Account", id="a",
                               values={"code": "z"})
        same(preview["updates"]["Entry"], {
            "count": 3, "keys": [["a", 1], ["a", 2], ["a", 3]],
            "rules": {"database: ON UPDATE CASCADE": 3}})
        same(rules(preview, "updates")["Note"],
             {"database: ON UPDATE SET NULL": 2})
        try:
            farm.checked("update", model="Account", id="b",
                         values={"code": "y"})
            check(False, "updated though there is a seal")
        except RpcError as error:
            same(error.kind, "foreign_key")


@case("max counts what PostgreSQL does on its own, by model or in all")
def most():
    with Farm() as farm:
        for most, about in ((60, "rows"), ({"Toy": 15}, "Toy"),
                            ({"Label": 31}, "Label"),
                            ({"pet_tags": 7}, "pet_tags"),
                            ({"Owner": 0}, "Owner"), (0, "rows")):
            error = farm.delete_error(model="Owner", id=1, max=most)
            same([error.kind, error.code, error.data["path"],
                  error.data["retryable"]], ["limit", -32008, "/max", False])
            check(about in error.message, error)
            same(error.data["detail"], "Owner 1, Pet 4, Toy 16, Label 32, "
                 "pet_tags 8")
            if about not in ("rows", "pet_tags"):
                same(error.data["model"], about)
        for bad, path in (({"Tyo": 1}, "/max/Tyo"), ({"Toy": -1}, "/max/Toy"),
                          (-1, "/max"), ("3", "/max"), ({"toys": 1},
                                                        "/max/toys")):
            error = farm.delete_error(model="Owner", id=1, max=bad)
            same([error.code, error.data["path"]], [-32602, path])
        farm.client.call("delete", {"model": "Owner", "id": 1, "max": {
            "Owner": 1, "Pet": 4, "Toy": 16, "Label": 32, "pet_tags": 8}})


@case("max_deleted stands for a max that is not given")
def default_most():
    with Farm("max_deleted=10") as farm:
        error = farm.delete_error(model="Owner", id=1)
        same([error.kind, error.data["detail"]], [
            "limit", "Owner 1, Pet 4, Toy 16, Label 32, pet_tags 8"])
        # A preview is there to see how many they are.
        same(reached(farm.preview("delete", model="Owner", id=1)), 61)
        same(reached(farm.checked("delete", model="Owner", id=3)), 1)
        error = farm.client.error("transaction", {"ops": [
            {"method": "delete", "params": {"model": "Owner", "id": 1,
                                            "max": 61}},
            {"method": "delete", "params": {"model": "Pet", "id": 5}}]})
        same([error.kind, error.data["path"]], ["limit", "/ops/1/params"])
        same(farm.psql.value("SELECT count(*) FROM owners"), "2")
        farm.client.call("delete", {"model": "Owner", "id": 1, "max": {}})


@case("a refused delete of very many rows does not look at all of them")
def bounded_delete():
    with Farm("preview_limit=50") as farm:
        farm.psql.run("INSERT INTO toys(pet_id) SELECT 1 FROM "
                      "generate_series(1, 5000)")
        error = farm.delete_error(model="Pet", id=1, max={"Toy": 10})
        same([error.kind, error.data["model"], error.data["detail"]],
             ["limit", "Toy", "more than 50 of Toy"])
        error = farm.delete_error(model="Pet", id=1, max=100)
        same([error.kind, error.data["detail"]],
             ["limit", "more than 100 of Toy"])
        farm.client.call("delete", {"model": "Pet", "id": 1, "max": 9999})


@case("a plan holds the delete to exactly what the preview told")
def plan():
    with Farm() as farm:
        told = farm.preview("delete", model="Owner", id=1)["plan"]
        same(farm.preview("delete", model="Owner", id=1)["plan"], told)
        check(farm.preview("delete", model="Owner", id=3)["plan"] != told)
        changes = (
            ("INSERT INTO toys(id, pet_id) VALUES (1000, 1)",
             "DELETE FROM toys WHERE id = 1000"),
            ("UPDATE labels SET toy_id = NULL WHERE id = 1",
             "UPDATE labels SET toy_id = 1 WHERE id = 1"),
            ("UPDATE pets SET owner_id = 2 WHERE id = 1",
             "UPDATE pets SET owner_id = 1 WHERE id = 1"),
            # As many rows, but others.
            ("UPDATE pet_tags SET tag_id = 3 WHERE pet_id = 1 AND tag_id = 1",
             "UPDATE pet_tags SET tag_id = 1 WHERE pet_id = 1 AND tag_id = 3"))
        for there, back in changes:
            farm.psql.run(there)
            error = farm.delete_error(model="Owner", id=1, plan=told)
            same([error.kind, error.code, error.data["path"],
                  error.data["committed"]],
                 ["plan_changed", -32003, "/plan", "no"])
            farm.psql.run(back)
        # Other values of the same rows are no other plan.
        farm.psql.run("UPDATE owners SET name = 'anna' WHERE id = 1")
        for bad in ("", told[1:], told.upper() + "X", 7):
            error = farm.delete_error(model="Owner", id=1, plan=bad)
            same([error.kind, error.data["path"]], ["invalid_value", "/plan"])
        same(farm.client.call("transaction", {"ops": [
            {"method": "delete", "params": {"model": "Owner", "id": 1,
                                            "plan": told}}]})["results"],
             [{"deleted": {"Owner": 1}, "updated": {}}])


@case("a change that commits while the delete waits for a lock is noticed")
def between():
    with Farm() as farm:
        told = farm.preview("delete", model="Owner", id=1)["plan"]
        farm.other.run("BEGIN; INSERT INTO toys(pet_id) VALUES (2)")
        farm.client.post("delete", {"model": "Owner", "id": 1, "plan": told})
        check(farm.client.silent(0.3), "it did not wait for the open row")
        farm.other.run("COMMIT")
        same(farm.client.reply()["error"]["data"]["kind"], "plan_changed")
        same(farm.psql.value("SELECT count(*) FROM owners"), "3")


@case("a preview waits for nobody, and nobody waits for it")
def locks():
    with Farm() as farm:
        farm.other.run("BEGIN; SELECT 1 FROM owners FOR UPDATE; "
                       "UPDATE pets SET owner_id = NULL; "
                       "SELECT 1 FROM toys, labels FOR UPDATE")
        begun = time.monotonic()
        preview = farm.preview("delete", model="Owner", id=1)
        farm.preview("update", model="Owner", id=1, values={"name": "x"})
        farm.preview("create", model="Owner", values={"pets": [{}, {}]})
        check(time.monotonic() - begun < 2, "it waited")
        # Of the open transaction nothing is seen.
        same(preview["deletes"]["Toy"]["count"], 16)
        farm.other.run("ROLLBACK")


@case("a preview sees one moment, whatever is written meanwhile")
def one_moment():
    stop = threading.Event()

    def swap(farm):
        to = 2
        while not stop.is_set():
            # Always eight pets, and all toys with them.
            farm.other.run("UPDATE pets SET owner_id = %d" % to)
            to = 3 - to

    with Farm() as farm:
        farm.psql.run("DELETE FROM visits")
        thread = threading.Thread(target=swap, args=(farm,))
        thread.start()
        try:
            seen = set()
            for _ in range(200):
                told = farm.preview("delete", model="Owner", id=1)
                pets = told["deletes"].get("Pet", {"count": 0})["count"]
                toys = told["deletes"].get("Toy", {"count": 0})["count"]
                same([toys, pets % 4], [pets * 4, 0])
                seen.add(pets)
        finally:
            stop.set()
            thread.join()
        say("pets seen: %s" % sorted(seen))


@case("a preview is cut at preview_limit, and says so")
def cut():
    with Farm("preview_limit=20") as farm:
        preview = farm.preview("delete", model="Owner", id=1)
        same(preview["cut"], True)
        check("plan" not in preview, preview)
        check(reached(preview) <= 20, preview)
        same(preview["deletes"]["Pet"]["count"], 4)
        same(farm.preview("set", model="Owner", id=1, attribute="pets",
                          items=[])["updates"]["Pet"]["count"], 4)
        # 1 owner, 4 pets, 8 tags, 16 toys, 32 labels, and no visits.
        farm.psql.run("DELETE FROM labels WHERE id > 2; DELETE FROM toys "
                      "WHERE pet_id = 1 AND id > 1; DELETE FROM pet_tags")
        preview = farm.preview("delete", model="Owner", id=1)
        same(["cut" in preview, reached(preview)], [False, 1 + 4 + 13 + 2])
        farm.psql.run("INSERT INTO toys(pet_id) VALUES (1)")
        preview = farm.preview("delete", model="Owner", id=1)
        same([preview["cut"], preview["deletes"]["Toy"]["count"]], [True, 14])


@case("new keys stay unknown: a preview draws none")
def new_keys():
    with Farm() as farm:
        drawn = farm.tables.sequences()
        preview = farm.preview("create", model="Owner", values={
            "name": "di", "pets": [{"tags": [{"$get": 1}, {"id": 9}]}]})
        same(farm.tables.sequences(), drawn)
        same(preview["inserts"]["Owner"],
             {"count": 1, "keys": [], "rules": {"asked for": 1}})
        same(preview["inserts"]["pet_tags"], {
            "count": 2, "keys": [[None, 1], [None, 9]],
            "rules": {"M1 Pet.tags": 2}})
        same(preview["inserts"]["Tag"]["keys"], [9])
        same([preview["updates"], preview["deletes"]], [{}, {}])


@case("rules are named, and what is asked for is told from what follows")
def names():
    address = w["postgres"].database(
        "seed", files=[os.path.join(TOP, "sql", "meditation.sql"),
                       os.path.join(TOP, "sql", "meditation-data.sql")])
    tables = Tables(loads(open(MEDITATION).read()),
                    w["postgres"].psql("seed"))
    daemon = Daemon(address).when_ready()
    with daemon.connect() as c:
        user = c.call("create", {"model": "User", "values": {
            "username": "pre", "meditations": [
                {"title": "x"}, {"title": "y"}, {"title": "z"}]}})
        ids = [s["id"] for s in user["meditation_sessions"]]
        told = preview_then_do(c, tables, "update", {
            "model": "User", "id": user["id"], "values": {
                "username": "view", "meditation_sessions": [
                    {"$get": ids[0]}, {"rating": 1}]}})
        same(told["deletes"], {"MeditationSession": {
            "count": 2, "keys": ids[1:],
            "rules": {"O3 User.meditation_sessions": 2}}})
        same(rules(told, "updates"), {"User": {"asked for": 1}})
        told = preview_then_do(c, tables, "append", {
            "model": "User", "id": user["id"], "attribute": "meditations",
            "items": [{"title": "new"}]})
        same(rules(told, "inserts"), {
            "Meditation": {"asked for": 1}, "MeditationSession": {"P2": 1}})
        other = c.call("create", {"model": "User",
                                  "values": {"username": "o"}})
        told = preview_then_do(c, tables, "append", {
            "model": "User", "id": other["id"],
            "attribute": "meditation_sessions", "items": [{"$get": ids[0]}]})
        same(rules(told, "updates"), {"MeditationSession": {
            "O4 User.meditation_sessions": 1}})
        told = preview_then_do(c, tables, "delete", {"model": "User",
                                                     "id": other["id"]})
        same(rules(told, "deletes"), {
            "User": {"asked for": 1},
            "MeditationSession": {"O2 User.meditation_sessions": 1}})
    daemon.stop()


@case("a transaction is previewed as one, with its labels and reads")
def transaction():
    with Farm() as farm:
        ops = [{"method": "create", "as": "o", "params": {
                    "model": "Owner", "values": {"name": "di"}}},
               {"method": "count", "params": {"model": "Owner"}},
               {"method": "update", "params": {
                   "model": "Pet", "id": 1, "values": {
                       "owner": {"$ref": "o"}}}},
               {"method": "delete", "params": {"model": "Owner", "id": 3}},
               {"method": "find", "params": {"model": "Pet"}}]
        told = farm.checked("transaction", ops=ops)
        same(rules(told, "updates"), {"Pet": {"O4 Pet.owner": 1}})
        same(farm.preview("transaction", ops=[]), NOTHING)
        error = farm.client.error("preview", {"method": "transaction",
                                              "params": {"ops": ops[:3] + [{
                                                  "method": "delete",
                                                  "params": {"model": "Pet",
                                                             "id": 99}}]}})
        same([error.kind, error.data["path"]],
             ["not_found", "/params/ops/3/params/id"])


@case("what cannot be previewed is refused, with the place in the request")
def refusals():
    with Farm() as farm:
        for params, kind, path in (
                ({}, "required", ""),
                ({"method": "delete"}, "required", ""),
                ({"method": "get", "params": {"model": "Owner", "id": 1}},
                 "invalid_value", "/method"),
                ({"method": "preview", "params": {}}, "invalid_value",
                 "/method"),
                ({"method": "ping", "params": {}}, "invalid_value",
                 "/method"),
                ({"method": "delete", "params": {}, "maxx": 1},
                 "unknown_field", "/maxx"),
                ({"method": "delete", "params": {"model": "Owner", "id": 1,
                                                 "maxx": 1}},
                 "unknown_field", "/params/maxx"),
                ({"method": "delete", "params": {"model": "Owner", "id": 1,
                                                 "max": "x"}},
                 "invalid_value", "/params/max"),
                ({"method": "update", "params": {
                    "model": "Owner", "id": 1, "values": {"nam": 1}}},
                 "unknown_field", "/params/values/nam"),
                ({"method": "create", "params": {
                    "model": "Toy", "values": {"pet_id": 99}}},
                 "foreign_key", "/params/values/pet_id")):
            error = farm.client.error("preview", params)
            same([error.kind, error.data.get("path", "")], [kind, path])
        # The params of a write as they stand, with what stands beside them.
        same(reached(farm.preview("delete", model="Owner", id=3, key="k",
                                  deadline_ms=1000, max=0)), 1)


if __name__ == "__main__":
    run(setup)
