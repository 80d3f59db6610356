#!/usr/bin/env python3
"""ormd-model inspect and check, on databases that were not made for ormd.

An airline as people make it, and one with every oddity; each becomes a model
file that ormd starts with at once.  And round trips: what ddl makes of a
model, inspected, describes the same tables.
"""

import difflib
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from harness import (BUILD, MEDITATION, SANITIZER, TOP, Daemon, Postgres, case,
                     check, dumps, folder, loads, run, same, until)

PROGRAM = os.path.join(BUILD, "daemon", "ormd-model")
w = {}


def setup():
    w["pg"] = Postgres()
    w["folder"] = folder()


def address(name):
    return "host=%s dbname=%s user=postgres" % (w["pg"].folder, name)


def ormd_model(*words):
    """(status, what it printed, what it said)"""
    done = subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    out, err = done.stdout.decode(), done.stderr.decode()
    check(not SANITIZER.search(err), err)
    return done.returncode, out, err


def keep(name, text):
    path = os.path.join(w["folder"], name + ".model.json")
    with open(path, "w") as f:
        f.write(text)
    return path


def inspected(name, *words):
    """The model of a database, kept in a file: (model, path, notes)."""
    status, text, notes = ormd_model("inspect", address(name), *words)
    same(status, 0)
    path = keep("-".join([name, *words]), text)
    status, out, err = ormd_model("check", path)
    same(status, 0)
    return loads(text), path, notes


def dump(name):
    """The tables as pg_dump prints them."""
    text = subprocess.run(
        [os.path.join(w["pg"].bin, "pg_dump"), "-s", "-h", w["pg"].folder,
         "-U", "postgres", "-N", "ormd", name], check=True,
        stdout=subprocess.PIPE).stdout.decode()
    return [line for line in text.splitlines()
            if line and not line.startswith(("--", "SET ", "\\", "GRANT",
                                             "ALTER DEFAULT"))]


def same_text(got, want):
    if got != want:
        raise AssertionError("\n".join(difflib.unified_diff(
            want, got, "want", "got", lineterm="", n=1)))


def tables_of(path, name, *before):
    """A database with what ddl makes of this model file."""
    status, sql, err = ormd_model("ddl", path)
    same((status, err), (0, ""))
    file = os.path.join(w["folder"], name + ".sql")
    with open(file, "w") as f:
        f.write(sql)
    w["pg"].database(name)
    for statement in (*before, "\\i " + file):
        w["pg"].psql(name).run(statement)


def round_trip(path, name):
    """model -> tables -> model -> tables: the tables are the same."""
    tables_of(path, name)
    again = inspected(name)[1]
    tables_of(again, name + "_again")
    same_text(dump(name + "_again"), dump(name))
    return again


@case("the airline: one model file, the same each time, that check takes")
def airline():
    w["pg"].database("airline", files=[os.path.join(HERE, "airline.sql")])
    w["airline"], path, notes = inspected("airline")
    w["airline_path"] = path
    status, text, again = ormd_model("inspect", address("airline"))
    with open(path) as f:
        same_text(text.splitlines(), f.read().splitlines())
    same(again, notes)
    same(sorted(w["airline"]["models"]), sorted([
        "Aircraft", "Airport", "Assignment", "BoardingPass", "Booking",
        "BookingItem", "Country", "Employee", "Flight", "Language", "Licence",
        "LoyaltyCard", "Passenger", "Payment", "Seat"]))
    same(sorted(w["airline"]["tables"]), ["employee_languages"])
    same(notes.splitlines(), [
        "ormd-model: note: " + n for n in (
            "airports.location is of the type point, which ormd does not "
            "know: its values are text, as PostgreSQL writes it",
            "departures is a view and left out",
            "event_log has no primary key, nor another over columns that "
            "have values, and is left out",
            "passengers.email is of the domain public.email: the model has "
            "what that is over",
            "passengers.password_hash is private: its name says that it is "
            "a secret",
            "payments is partitioned: the model is the whole, its 2 "
            "partitions are left out")])


@case("both ends of each relationship, with cascades that follow ON DELETE")
def ends():
    models = w["airline"]["models"]
    for name, model in models.items():
        for end, rel in model.get("relationships", {}).items():
            back = models[rel["target"]]["relationships"][
                rel["back_populates"]]
            same((back["target"], back["back_populates"]), (name, end))

    def rel(model, name):
        return models[model]["relationships"][name]
    same(rel("Aircraft", "seats")["cascade"], "all, delete-orphan")
    same(rel("Passenger", "loyalty_card"),
         {"target": "LoyaltyCard", "back_populates": "passenger",
          "uselist": False, "cascade": "all, delete-orphan"})
    same(rel("Passenger", "bookings")["passive_deletes"], "all")
    check("passive_deletes" not in rel("Passenger", "payer_bookings"))
    same(rel("Employee", "manager")["back_populates"], "employees")
    same(rel("Employee", "languages")["secondary"],
         {"table": "ops.employee_languages", "local": ["employee_id"],
          "remote": ["language_code"]})
    same(models["Flight"]["association_proxies"],
         {"employees": {"through": "assignments", "attribute": "employee"}})
    same(models["Flight"]["columns"]["duration"]["computed"],
         "(arrives - departs)")
    same(models["Airport"]["comment"], "Where we fly to, or did")


def fits(ormd):
    """ormd has held the model against the database, and found nothing."""
    until("ormd to look at the catalog",
          lambda: re.search("the model (fits|and the database)",
                            ormd.logged()))
    check("the model fits the database" in ormd.logged(), ormd.logged())


@case("ormd starts with it at once, finds that it fits, and serves all of it")
def serve():
    w["ormd"] = Daemon(address("airline"), w["airline_path"])
    w["ormd"].when_ready()
    fits(w["ormd"])
    w["client"] = w["ormd"].connect()
    for model in w["airline"]["models"]:
        items = w["client"].call("find", {"model": model})["items"]
        check(len(items) > 0, model)


def call(method, **params):
    return w["client"].call(method, {k.rstrip("_"): v
                                     for k, v in params.items()})


@case("objects show what is around them, and no more")
def nested():
    flight = call("get", model="Flight", id=1)
    same(flight["origin_object"]["name"], "Berlin")
    same(flight["aircraft"]["registration"], "D-AXYZ")
    same(flight["duration"], "PT3H30M")
    check("booking_items" not in flight and "seats" not in flight["aircraft"])
    same([(a["duty"], a["employee"]["first_name"])
          for a in flight["assignments"]],
         [("captain", "Ada"), ("cabin", "Lea")])
    same(sorted(flight["assignments"][0]["employee"]),
         ["first_name", "hired", "home_base", "id", "last_name",
          "manager_id"])
    booking = call("get", model="Booking",
                   id="00000000-0000-0000-0000-000000000001")
    same(booking["passenger"], {"id": 1, "name": "Ann",
                                "email": "ann@example.org",
                                "home_country": "DE"})
    same([i["fare"] for i in booking["booking_items"]], ["99.95", "99.95"])
    same(call("get", model="Employee", id=2)["languages"],
         [{"code": "de", "name": "German"},
          {"code": "is", "name": "Icelandic"}])
    same(call("get", model="BoardingPass", id=1)["seat"],
         {"aircraft_id": 1, "seat_no": "2A", "cabin": "economy"})
    # And more for those who ask.
    same(call("get", model="Airport", id="BER", rules=["origin_flights"],
              only=["origin_flights.flight_no"]),
         {"origin_flights": [{"flight_no": "ORM1"}]})


@case("writes go through keys that the database always makes, computed "
      "columns, domains and partitions")
def writes():
    made = call("create", model="Flight", values={
        "flight_no": "ORM3", "origin": "BER", "destination": "KEF",
        "departs": "2026-06-01T08:00:00Z", "arrives": "2026-06-01T12:00:00Z",
        "assignments": [{"employee": {"$get": 2}, "duty": "pilot"}]})
    same((made["id"], made["duration"]), (3, "PT4H"))
    for values in {"duration": "PT5H"}, {"id": 33}:
        said = w["client"].error("update", {"model": "Flight", "id": 3,
                                            "values": values})
        same((said.kind, said.data["path"]),
             ("invalid_value", "/values/" + list(values)[0]))
    call("append", model="Flight", id=3, attribute="employees",
         items=[{"$get": 1}], return_="none")
    call("remove", model="Flight", id=3, attribute="employees",
         items=[{"$get": 2}], return_="none")
    same(w["pg"].psql("airline").run(
        "SELECT employee_id FROM ops.assignments WHERE flight_id = 3"), "1")
    # The sequence goes on behind a key that ormd drew ahead.
    made = call("create", model="Flight", values={
        "flight_no": "ORM4", "origin": "BER", "destination": "KEF",
        "departs": "2026-06-02T08:00:00Z", "arrives": "2026-06-02T12:00:00Z"})
    same(made["id"], 4)
    said = w["client"].error("create", {"model": "Passenger", "values": {
        "name": "Cy", "email": "nowhere"}})
    same(said.kind, "check")
    same(call("create", model="Passenger", values={
        "name": "Cy", "email": "cy@example.org",
        "loyalty_card": {}})["loyalty_card"]["miles"], 0)
    made = call("create", model="Payment", values={
        "paid_at": "2025-07-01", "amount": "1.50", "booking": {
            "passenger": {"$get": 1}}}, return_="key")
    same(w["pg"].psql("airline").run("SELECT count(*) FROM payments_2025"),
         "1")


@case("what the database would not delete, ormd does not delete either")
def deletes():
    psql = w["pg"].psql("airline")
    said = w["client"].error("delete", {"model": "Passenger", "id": 1})
    same(said.kind, "foreign_key")
    said = w["client"].error("delete", {"model": "Language", "id": "de"})
    same(said.kind, "foreign_key")
    # SET NULL, and CASCADE to what goes with it.
    call("delete", model="Passenger", id=2)
    same(psql.run("SELECT payer_id IS NULL FROM bookings WHERE total > 0"),
         "t")
    call("delete", model="Employee", id=1)
    same(psql.run("SELECT count(*) FROM ops.licences"), "0")
    same(psql.run("SELECT count(manager_id), count(*) FROM ops.employees"),
         "0|2")
    call("delete", model="Aircraft", id=2)
    same(psql.run("SELECT count(*) FROM flights WHERE aircraft_id IS NULL"),
         "3")
    w["ormd"].stop()


@case("the database of oddities: nothing is left out without a word")
def odd():
    w["pg"].database("odd", files=[os.path.join(HERE, "odd.sql")])
    w["odd"], w["odd_path"], notes = inspected("odd")
    said = {"%s.%s" % (schema, table) for schema, table in (
        (m.get("schema", "public"), m["table"])
        for m in w["odd"]["models"].values())}
    said |= {"%s.%s" % (t.get("schema", "public"), name)
             for name, t in w["odd"]["tables"].items()}
    for row in w["pg"].psql("odd").rows(
            "SELECT n.nspname, c.relname, c.relispartition FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN "
            "('r', 'p', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname NOT "
            "IN ('information_schema', 'ormd')"):
        name = "%(nspname)s.%(relname)s" % row
        label = name.replace("public.", "")
        check(name in said or row["relispartition"] or
              re.search(r"(?m)^ormd-model: note: %s .*left out$"
                        % re.escape(label), notes), name + "\n" + notes)
        said.discard(name)
    same(sorted(said), [])
    for note in ("user.a.b is private: clients cannot write its name",
                 "user.and is private: ",
                 "types.tsv is left out: ",
                 "types.e is of the type public.with_empty, ",
                 "types.dd is of the domain public.small_positive: ",
                 "twice has the foreign key twice_wide_id_fkey, left out: ",
                 "rules has the foreign key rules_old_box_fkey, which is NOT "
                 "VALID: ",
                 "rules has indexes that the model does not say: "
                 "rules_a_few, rules_ab, rules_hash, rules_lower",
                 "rules has the constraint rules_during_excl, ",
                 "accounts.passwordHash is private: ",
                 "by_unique_index has no primary key: the model has "
                 "by_unique_index_code in its place",
                 "box_tags_too has no key: ",
                 "base rows of the 2 tables that inherit from it are seen "):
        check("\normd-model: note: " + note in "\n" + notes,
              note + "\n" + notes)


@case("ormd serves the oddities, one by one")
def serve_odd():
    ormd = Daemon(address("odd"), w["odd_path"])
    ormd.when_ready()
    fits(ormd)
    w["client"] = ormd.connect()
    for model in w["odd"]["models"]:
        call("find", model=model)
    same(call("get", model="User", id=1),
         {"order": 1, "select": "x", 'Ünïcode "quoted" name': 1,
          "UPPER": "U", "group": None, "group_object": None,
          "limits": [{"order": 1, "select": "x",
                      'Ünïcode "quoted" name': 1, "UPPER": "U",
                      "group": None}],
          "wheres": [{"order": 1, "select": "x",
                      'Ünïcode "quoted" name': 1, "UPPER": "U",
                      "group": None}]})
    same(call("get", model="GrößeUser", id=1)["äpfel"]["süß"], True)
    same(call("get", model="PointsAtDot", id=1)["dots_object"],
         {"name": "n"})
    same([n["note"] for n in call("get", model="Pair", id=[1, 2])[
        "pair_notes"]], ["first", "second"])
    same(call("get", model="Spouse", id=2)["spouse_spouse"],
         {"id": 1, "spouse_id": 2})
    same(call("get", model="Event", id=[1, "2026-01-01"])["event_notes"],
         [{"id": 1, "event_id": 1, "day": "2026-01-01"}])
    # Keys by identity ALWAYS, drawn ahead for those who refer to them.
    made = call("create", model="Alway", values={
        "label": "loud", "always_parts": [{}, {}]}, rules=["always_parts"])
    same((made["id"], made["serial_no"], made["shout"]), (1, 1, "LOUD"))
    same([p["always_id"] for p in made["always_parts"]], [1, 1])
    same(w["client"].error("create", {"model": "Given", "values": {
        "x": 1}}).kind, "not_null")
    same(call("create", model="Given", values={"id": 7})["x"], 3)
    same(call("create", model="BySequence", values={})["id"], 1)
    # A circle of two tables, and one of two rows.
    made = call("create", model="Hen", values={
        "egg": {"hen": {"$get": 1}}})
    same(made["egg"]["laid_by"], 1)
    types = call("get", model="Type", id=1)
    same({k: types[k] for k in ("m", "ms", "l", "lm", "d", "dd", "c", "r",
                                "jb", "n3", "by", "arr", "char", "i")},
         {"m": "it's ok", "ms": ["sad"], "l": "schlecht", "lm": "sad",
          "d": 5, "dd": 6, "c": "(1,x)", "r": "[1,5)", "jb": {"a": [1]},
          "n3": "12.50", "by": "AP8=", "arr": [[1, 2], [3, 4]], "char": "c",
          "i": "10.0.0.0/8"})
    same(call("update", model="Type", id=1, values={
        "d": 9, "lm": "happy \"very\"", "l": "gut", "r": "[2,3)"},
        only=["d", "lm", "l", "r"]),
        {"d": 9, "lm": "happy \"very\"", "l": "gut", "r": "[2,3)"})
    same(w["client"].error("update", {"model": "Type", "id": 1, "values": {
        "d": -1}}).kind, "check")
    account = call("get", model="Account", id=1)
    same(sorted(account), ["id", "name", "password_changed", "token_id"])
    ormd.stop()


@case("--schema chooses, what leads out of the choice is noted")
def schemas():
    model, _, notes = inspected("airline", "--schema", "ops")
    same(sorted(model["models"]), ["Assignment", "Employee", "Language",
                                   "Licence"])
    check("ops.assignments has the foreign key assignments_flight_id_fkey, "
          "left out: it leads to public.flights, which is not in the model"
          in notes, notes)
    model, _, _ = inspected("odd", "--schema=Größe", "--schema=select")
    same(sorted(m["table"] for m in model["models"].values()),
         ["box_tags", "from", "user", "Äpfel & Birnen"])
    same(ormd_model("inspect", address("odd"), "--schema")[0], 2)
    same(ormd_model("inspect")[0], 2)
    status, out, err = ormd_model("inspect", address("nowhere"))
    same((status, out), (2, ""))
    check('"nowhere" does not exist' in err, err)
    status, out, err = ormd_model("inspect", address("odd"), "--schema",
                                  'a"b\\c')
    same((status, loads(out)), (0, {"ormd": 1, "models": {}}))


@case("the shipped sample, inspected, is the shipped model")
def sample():
    w["pg"].database("sample", files=[os.path.join(TOP, "sql",
                                                   "meditation.sql")])
    got = inspected("sample")[0]["models"]
    with open(MEDITATION) as f:
        want = loads(f.read())["models"]
    for name in want:
        for rule in ("serialize_rules",):
            got[name].pop(rule)
            want[name].pop(rule)
        for proxy in want[name].get("association_proxies", {}).values():
            proxy.pop("creator")	# the default one
    same(got, want)


@case("round trip: the tables of a model, inspected, are the same tables")
def round_trips():
    round_trip(MEDITATION, "trip_sample")
    round_trip(os.path.join(HERE, "library.model.json"), "trip_library")
    round_trip(keep("everything", """{"ormd": 1,
      "enums": {"colour": ["red", "it's"], "S p.m": ["x"]},
      "models": {
        "A": {"table": "order", "schema": "S p", "comment": "it's a\\nb",
          "columns": {
            "k": {"type": "integer"},
            "n": {"type": "bigint", "autoincrement": true},
            "c": {"type": "colour", "default": "'red'", "nullable": false,
                  "comment": "c"},
            "m": {"type": "S p.m[]"},
            "u": {"type": "varchar(7)", "unique": true},
            "i": {"type": "timestamp(3) with time zone", "index": true},
            "g": {"type": "text", "computed": "lower(u)"}},
          "primary_key": ["n", "k"],
          "unique": [["k", "c"], {"columns": ["k", "u"],
                                  "initially": "deferred"},
                     {"columns": ["i"], "deferrable": true}],
          "checks": ["k > 0 AND n > 0"]},
        "B": {"table": "b", "columns": {
            "id": {"type": "integer", "primary_key": true,
                   "autoincrement": false},
            "k": {"type": "integer"}, "n": {"type": "bigint"},
            "up": {"type": "integer", "references": "b.id",
                   "on_delete": "set null", "on_update": "cascade"},
            "quiet": {"type": "integer", "references": "b.id",
                      "index": false, "deferrable": true}},
          "foreign_keys": [{"columns": ["n", "k"], "references":
            ["S p.order.n", "S p.order.k"], "on_delete": "restrict"}]}},
      "tables": {
        "links": {"columns": {
            "b": {"type": "integer", "references": "b.id",
                  "on_delete": "cascade"},
            "b2": {"type": "integer", "references": "b.id"}},
          "primary_key": ["b", "b2"]}}}"""), "trip_everything")


@case("round trip: the models of airline and oddities make tables that are "
      "inspected to the same models")
def back_and_forth():
    # Once the model's own tables are there, nothing is lost any more.
    # What is no table, ddl leaves to others.
    others = ("CREATE SEQUENCE loose; CREATE SEQUENCE base_id_seq; CREATE "
              "TYPE pair AS (a integer, b text); CREATE TYPE with_empty AS "
              "ENUM ('', 'x')")
    for name, before in (("airline", ()), ("odd", [others])):
        tables_of(w[name + "_path"], "back_" + name, *before)
        got = inspected("back_" + name)[0]
        want = w[name]
        same(got.get("enums"), want.get("enums"))
        for section in ("models", "tables"):
            same(sorted(got[section]), sorted(want[section]))
            for thing in want[section]:
                columns(got[section][thing], want[section][thing])
                same(got[section][thing], want[section][thing])


def columns(got, want):
    """Takes away what a table made by ddl says in another way."""
    for side in (got, want):
        for column in side["columns"].values():
            # An index where ddl makes one of its own.
            column.pop("index", None)


@case("ddl takes every word of PostgreSQL as the name of a table, a column, "
      "an enum and an array of it")
def reserved():
    psql = w["pg"].psql("postgres")
    words = psql.run("SELECT word FROM pg_get_keywords()").split()
    types = set(psql.run(
        "SELECT word FROM pg_get_keywords() WHERE to_regtype(quote_ident("
        "word)) IS NOT NULL OR word IN (SELECT format_type(oid, NULL) FROM "
        "pg_type) OR word IN ('int', 'dec', 'decimal', 'float', 'nchar', "
        "'national', 'character', 'double', 'real')").split())
    check(len(words) > 400 and len(types) < 50)
    enums = [word for word in words if word not in types]
    columns = {"id": {"type": "integer", "primary_key": True}}
    for word in words:
        columns[word] = {"type": word if word in enums else "text"}
        if word in ("and", "or", "not"):	# no names of attributes
            columns[word]["private"] = True
    for word in enums:
        columns["x " + word] = {"type": word + "[]"}
    path = keep("reserved", dumps({
        "ormd": 1, "enums": {word: ["x"] for word in enums},
        "models": {"All": {"table": "every one", "columns": columns}},
        "tables": {word: {"schema": "select", "comment": word, "columns": {
            word: {"type": "integer", "references": "every one.id"}}}
            for word in words}}))
    tables_of(path, "reserved")
    same(findings(path, "reserved"),
         (0, [], "models: 1, tables: %d, errors: 0, warnings: 0"
          % (len(words) + 1)))


@case("ddl makes an index for each foreign key, whatever its columns")
def indexes():
    for name in ("airline", "odd"):
        text = re.sub(r', "index": false', "", open(w[name + "_path"]).read())
        before = []
        if name == "odd":
            before = ["CREATE SEQUENCE loose; CREATE SEQUENCE base_id_seq; "
                      "CREATE TYPE pair AS (a integer, b text); CREATE TYPE "
                      "with_empty AS ENUM ('', 'x')"]
        tables_of(keep("indexed", text), "indexed_" + name, *before)
        same(w["pg"].psql("indexed_" + name).rows(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint k "
            "WHERE contype = 'f' AND NOT EXISTS (SELECT FROM pg_index i "
            "WHERE i.indrelid = k.conrelid AND (SELECT array_agg(a ORDER BY "
            "a) FROM unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1])"
            " a) = (SELECT array_agg(a ORDER BY a) FROM unnest(k.conkey) a))"
            ), [])


def findings(path, name, *words):
    """(status, findings without the model's own, the last line)"""
    status, out, err = ormd_model("check", *words, path, address(name))
    lines = [line[len(path) + 2:] for line in err.splitlines()
             if line.startswith(path) and "/index: each delete" not in line]
    return status, lines, out[len(path) + 2:].rstrip()


@case("check of a model and the database that it was made from: no errors")
def no_drift():
    same(findings(w["airline_path"], "back_airline", "--data"),
         (0, [], "models: 15, tables: 16, errors: 0, warnings: 10"))
    status, lines, _ = findings(w["odd_path"], "back_odd", "--data")
    same((status, lines), (0, []))
    # Sequences that were forgotten when rows were loaded.
    status, lines, _ = findings(w["odd_path"], "odd")
    same(status, 1)
    same([line for line in lines if line.startswith("error")],
         ["error: /models/PairNote/columns/n: 1 sequence behind "
          "pair_notes.n: the next is 1, the largest 2",
          "error: /models/Spouse/columns/id: 1 sequence behind spouse.id: "
          "the next is 1, the largest 2"])


@case("check says where a model and its database have drifted apart")
def drift():
    w["pg"].database("drift", "\\i " + os.path.join(
        TOP, "sql", "meditation.sql"))
    w["pg"].psql("drift").run("""
        ALTER TABLE users RENAME username TO user_name;
        ALTER TABLE meditations ALTER duration TYPE bigint,
            ALTER title SET NOT NULL;
        ALTER TABLE meditation_sessions
            DROP CONSTRAINT meditation_sessions_user_id_fkey,
            DROP CONSTRAINT meditation_sessions_meditation_id_fkey,
            ADD FOREIGN KEY (meditation_id) REFERENCES meditations,
            ADD mood text;
        DROP INDEX meditation_sessions_user_id_idx;
        CREATE TABLE stranger (user_id integer REFERENCES users)""")
    status, lines, last = findings(MEDITATION, "drift")
    same(status, 1)
    same(lines, [
        "warning: /models/Meditation/columns/title/nullable: title is NOT "
        "NULL in the database",
        "error: /models/Meditation/columns/duration/type: duration is "
        "integer in the model, bigint in the database",
        "error: /models/User/columns/username: the database's table users "
        "has no column username",
        "error: /models/User: the database's column users.user_name is not "
        "in the model, and no row can be made without it",
        "warning: /models/User: the database's unique users_username_key of "
        "users is not in the model",
        "warning: /models/MeditationSession: the database's column "
        "meditation_sessions.mood is not in the model",
        "error: /models/MeditationSession/columns/user_id/references: the "
        "database has no foreign key of user_id to users",
        "warning: /models/MeditationSession/columns/user_id/references: "
        "each delete in users reads all of meditation_sessions, since the "
        "database has no index of user_id",
        "error: /models/MeditationSession/columns/meditation_id/on_delete: "
        "the foreign key of meditation_id to meditations is ON DELETE "
        "CASCADE in the model, NO ACTION in the database",
        "warning: /models/User: public.stranger, which is not in the model, "
        "refers to users, ON DELETE NO ACTION"])
    same(last, "models: 3, tables: 3, errors: 5, warnings: 5")


@case("check --data counts orphans, dangling, duplicate and missing values "
      "in the rows, with samples")
def data():
    model = keep("data", """{"ormd": 1, "models": {
      "Owner": {"table": "owners", "columns": {
          "id": {"type": "integer", "primary_key": true},
          "mail": {"type": "text", "unique": true, "nullable": false}},
        "relationships": {
          "pets": {"target": "Pet", "back_populates": "owner",
                   "cascade": "all, delete-orphan"},
          "card": {"target": "Card", "back_populates": "owner",
                   "uselist": false},
          "clubs": {"target": "Club", "secondary": {"table": "members",
            "local": ["owner_id"], "remote": ["club_id"]}}}},
      "Vet": {"table": "vets", "columns": {
          "id": {"type": "integer", "primary_key": true}},
        "relationships": {"pets": {"target": "Pet", "back_populates": "vet",
            "cascade": "all, delete-orphan"}}},
      "Pet": {"table": "pets", "columns": {
          "kind": {"type": "text"}, "no": {"type": "integer"},
          "owner_id": {"type": "integer", "references": "owners.id"},
          "vet_id": {"type": "integer", "references": "vets.id"}},
        "primary_key": ["kind", "no"],
        "relationships": {
          "owner": {"target": "Owner", "back_populates": "pets"},
          "vet": {"target": "Vet", "back_populates": "pets"}}},
      "Card": {"table": "cards", "columns": {
          "id": {"type": "integer", "primary_key": true},
          "owner_id": {"type": "integer", "references": "owners.id"}},
        "relationships": {"owner": {"target": "Owner",
                                    "back_populates": "card"}}},
      "Club": {"table": "clubs", "columns": {
          "id": {"type": "integer", "primary_key": true}}}},
      "tables": {"members": {"columns": {
          "owner_id": {"type": "integer", "references": "owners.id"},
          "club_id": {"type": "integer", "references": "clubs.id"}}}}}""")
    w["pg"].database("data", """
        CREATE TABLE owners (id serial PRIMARY KEY, mail text);
        CREATE TABLE vets (id serial PRIMARY KEY);
        CREATE TABLE clubs (id serial PRIMARY KEY);
        CREATE TABLE pets (kind text NOT NULL, no integer NOT NULL,
            owner_id integer, vet_id integer);
        CREATE TABLE cards (id serial PRIMARY KEY, owner_id integer);
        CREATE TABLE members (owner_id integer, club_id integer);
        INSERT INTO owners (mail) VALUES ('a'), ('a'), (NULL), ('d');
        INSERT INTO vets DEFAULT VALUES; INSERT INTO clubs DEFAULT VALUES;
        INSERT INTO pets VALUES ('cat', 1, 1, 1), ('cat', 2, 1, NULL),
            ('dog', 1, NULL, NULL), ('dog', 1, 99, 1);
        INSERT INTO pets SELECT 'ant', n, NULL, NULL
            FROM generate_series(10, 16) n;
        INSERT INTO cards (owner_id) VALUES (1), (1), (NULL), (NULL);
        INSERT INTO members VALUES (1, 1), (1, 1), (2, 1), (3, 7)""")
    status, lines, last = findings(model, "data", "--data")
    same(status, 1)
    shown = [line for line in lines if "the database" not in line and
             "serialize_rules" not in line]
    same(shown, [
        "error: /models/Owner/columns/mail/nullable: 1 row of owners "
        "without mail: 3",
        "error: /models/Owner/columns/mail/unique: 1 value of (mail) in "
        "more than one row of owners: a",
        "error: /models/Owner/relationships/card: 1 value of (owner_id) in "
        "more than one row of cards, which is one-to-one: 1",
        "error: /models/Pet/columns/owner_id/references: 1 row of pets "
        "with (owner_id) that is not in owners: (dog, 1)",
        "error: /models/Pet/primary_key: 1 value of (kind, no) in more than "
        "one row of pets: (dog, 1)",
        "error: /models/Pet: 8 rows of pets that nothing owns: (ant, 10), "
        "(ant, 11), (ant, 12), (ant, 13), (ant, 14), ...",
        "warning: /models/Pet: 1 row of pets that only some of its parents "
        "own: (cat, 2)",
        "error: /tables/members/columns/club_id/references: 1 row of "
        "members with (club_id) that is not in clubs: (3, 7)",
        "error: /tables/members: 1 value of (owner_id, club_id) in more "
        "than one row of members, which links once: (1, 1)"])
    # Without --data the rows are left in peace.
    check(not any("rows of" in line or "row of" in line
                  for line in findings(model, "data")[1]))


@case("check in ways that make no sense is status 2, and what cannot be "
      "asked is told and does not end it")
def misuse():
    same(ormd_model("check", "--data", w["odd_path"])[0], 2)
    same(ormd_model("check", "--date", w["odd_path"])[0], 2)
    same(ormd_model("check", address("odd"))[0], 2)
    same(ormd_model("check", w["odd_path"], w["airline_path"],
                    address("odd"))[0], 2)
    status, out, err = ormd_model("check", w["odd_path"],
                                  "postgresql://%2Fnowhere/x")
    same((status, out), (2, ""))
    check("ormd-model: connection to server" in err, err)
    w["pg"].database("broken", """
        CREATE TABLE users (id integer PRIMARY KEY, username text NOT NULL
            UNIQUE, _password_hash text);
        CREATE TABLE meditations (id text PRIMARY KEY, title text,
            duration integer, instructions text);
        CREATE TABLE meditation_sessions (id serial PRIMARY KEY,
            completed_duration integer, rating integer, session_note text,
            user_id integer, meditation_id integer);
        INSERT INTO meditation_sessions (user_id) VALUES (7)""")
    status, lines, _ = findings(MEDITATION, "broken", "--data")
    same(status, 1)
    for words in ("not looked for rows of meditation_sessions with "
                  "(meditation_id) that is not in meditations: ERROR:  "
                  "operator does not exist",
                  "1 row of meditation_sessions with (user_id) that is not "
                  "in users: 1"):
        check(any(words in line for line in lines), "\n".join(lines))


if __name__ == "__main__":
    run(setup)
