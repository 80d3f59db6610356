#!/usr/bin/env python3
"""The audit: who changed which row through which request, read in psql."""

import os
import re
import signal
import subprocess
import sys
import threading
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (BUILD, ROLE, TOP, Daemon, Postgres, case, check, dumps,
                     loads, run, same, until)
from users import AUTH, CHEAP, COLUMNS, ID, OPEN

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import crypt

w = {}				# the world: ormd, psql
CANARY = "canary-%d"		# what is private; never in the audit

USERS = {"type": "integer", "references": "users.id"}
MODEL = {
    "ormd": 1,
    "auth": AUTH,
    "models": {
        "User": {
            "table": "users", "access": dict(
                OPEN, owner="self", update=["owner"], delete=["owner"]),
            "columns": dict(
                COLUMNS, pin={"type": "text", "write_only": True},
                _memo={"type": "text", "default": "'canary-memo'"}),
            "relationships": {
                "notes": {"target": "Note", "back_populates": "user",
                          "cascade": "all, delete-orphan"}},
            "serialize_rules": ["-notes.user"]},
        "Note": {
            "table": "notes", "access": OPEN,
            "columns": {
                "id": ID, "text": {"type": "text", "unique": True},
                "user_id": USERS},
            "relationships": {
                "user": {"target": "User", "back_populates": "notes"},
                "tags": {"target": "Tag", "secondary": {
                    "table": "note_tags", "local": ["note_id"],
                    "remote": ["tag_id"]}}},
            "serialize_rules": ["-user"]},
        "Tag": {"table": "tags", "access": OPEN,
                "columns": {"id": ID, "label": {"type": "text"}}},
        "Visit": {
            "table": "visits", "access": OPEN,
            "columns": {
                "id": ID,
                "user_id": dict(USERS, on_delete="cascade"),
                "by": dict(USERS, on_delete="set null")}},
        "Value": {
            "table": "values_of", "access": OPEN,
            "columns": {
                "id": ID, "n": {"type": "numeric(12,3)"},
                "b": {"type": "bigint"}, "f": {"type": "double precision"},
                "t": {"type": "timestamptz"}, "d": {"type": "date"},
                "i": {"type": "interval"}, "y": {"type": "bytea"},
                "j": {"type": "jsonb"}, "k": {"type": "json"},
                "a": {"type": "text[]"}, "m": {"type": "integer[]"},
                "u": {"type": "uuid"}, "o": {"type": "boolean"},
                "x": {"type": "text"}}}},
    "tables": {"note_tags": {
        "columns": {
            "note_id": {"type": "integer", "references": "notes.id"},
            "tag_id": {"type": "integer", "references": "tags.id"}},
        "primary_key": ["note_id", "tag_id"]}}}
TABLES = """
CREATE TABLE users (id serial PRIMARY KEY, username text UNIQUE NOT NULL,
    _password_hash text, pin text, _memo text DEFAULT 'canary-memo',
    role text);
CREATE TABLE notes (id serial PRIMARY KEY, text text UNIQUE,
    user_id integer REFERENCES users (id));
CREATE TABLE tags (id serial PRIMARY KEY, label text);
CREATE TABLE note_tags (note_id integer REFERENCES notes (id),
    tag_id integer REFERENCES tags (id), PRIMARY KEY (note_id, tag_id));
CREATE TABLE visits (id serial PRIMARY KEY,
    user_id integer REFERENCES users (id) ON DELETE CASCADE,
    by integer REFERENCES users (id) ON DELETE SET NULL);
CREATE TABLE values_of (id serial PRIMARY KEY, n numeric(12,3), b bigint,
    f double precision, t timestamptz, d date, i interval, y bytea, j jsonb,
    k json, a text[], m integer[], u uuid, o boolean, x text);
"""


def setup():
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database("audit", TABLES)
    w["db"] = w["postgres"].psql("audit")
    w["ormd"] = Daemon(w["address"], MODEL, CHEAP + [
        "audit=on", "admins=root"]).when_ready()


def lines(fields="*"):
    """What the audit says since it was asked last."""
    found = w["db"].rows("SELECT %s FROM ormd.audit WHERE id > %d ORDER BY id"
                         % (fields, w.get("seen", 0)))
    w["seen"] = int(w["db"].value("SELECT coalesce(max(id), 0) FROM "
                                  "ormd.audit"))
    return found


def user(name):
    """A connection of this user, who is made for it."""
    c = w["ormd"].connect()
    key = c.call("create", {"model": "User", "return": "key", "values": {
        "username": name, "password": CANARY % 1}})
    c.call("login", {"username": name, "password": CANARY % 1})
    lines()
    return c, key


@case("sign-up, login, a change, logout: who, from where, by which request")
def story():
    with w["ormd"].connect() as c:
        lines()
        key = c.call("create", {"model": "User", "return": "key", "values": {
            "username": "ann", "password": CANARY % 1, "pin": CANARY % 2}})
        c.call("login", {"username": "ann", "password": CANARY % 1})
        c.ids = 40
        c.call("update", {"model": "User", "id": key, "key": "once",
                          "values": {"username": "eve"}})
        c.call("logout", {})
    said = lines()
    for line in said:
        same(line["address"], "127.0.0.1")
        same(line["key"], {"id": key})
        check(line.pop("at") is not None and line.pop("transaction"))
        for name in ("id", "address", "key"):
            del line[name]
    nothing = dict.fromkeys(
        ["caller", "login", "idempotency_key", "rule", "columns",
         "new_values"])
    ann = dict(nothing, caller=str(key), login="ann")
    same(said, [
        dict(nothing, method="create", request="1", action="insert",
             model="User", new_values={"id": key, "username": "ann"},
             columns=["id", "username", "_password_hash", "pin"]),
        dict(ann, method="login", request="2", action="login", model="User"),
        dict(ann, method="update", request="41", action="update",
             model="User", idempotency_key="once", columns=["username"],
             new_values={"username": "eve"}),
        dict(ann, method="logout", request="42", action="logout",
             model="User")])


@case("a new password is the change of a private column")
def password():
    c, key = user("pat")
    with c:
        c.call("update", {"model": "User", "id": key, "values": {
            "password": CANARY % 3}})
        same(lines("login, action, columns, new_values"), [
            {"login": "pat", "action": "update",
             "columns": ["_password_hash"], "new_values": {}}])
        # An old hash is replaced by the login that could read it.
        old = crypt.crypt(CANARY % 4, crypt.mksalt(crypt.METHOD_BLOWFISH,
                                                   rounds=16))
        w["db"].run("UPDATE users SET _password_hash = '%s' WHERE id = %d"
                    % (old, key))
        c.call("login", {"username": "pat", "password": CANARY % 4})
        same(lines("method, login, action, columns, new_values"), [
            {"method": "login", "login": "pat", "action": "update",
             "columns": ["_password_hash"], "new_values": None},
            {"method": "login", "login": "pat", "action": "login",
             "columns": None, "new_values": None}])


@case("a wrong password, a token and reads leave nothing")
def nothing():
    c, key = user("nina")
    with c, w["ormd"].connect() as other:
        same(other.error("login", {"username": "nina",
                                   "password": "wrong"}).kind,
             "unauthenticated")
        token = other.call("login", {"username": "nina",
                                     "password": CANARY % 1})["token"]
        same([x["action"] for x in lines("action")], ["login"])
        with w["ormd"].connect() as third:
            third.call("login", {"token": token})
            third.call("find", {"model": "Note"})
            third.call("get", {"model": "User", "id": key})
        c.call("preview", {"method": "delete", "params": {
            "model": "User", "id": key}})
        c.call("update", {"model": "User", "id": key,
                          "values": {"username": "nina"}})
        same(lines("action"), [])


@case("a delete names each row that goes, also by PostgreSQL's ON DELETE")
def deletes():
    c, key = user("dora")
    with c:
        c.call("create", {"model": "Note", "return": "none", "values": {
            "text": "n", "user": {"$get": key}, "tags": [{"label": "l"}]}})
        with w["ormd"].connect() as other:
            other.call("create", {"model": "Visit", "values": [
                {"user_id": key}, {"by": key}, {}], "return": "none"})
        same([[x["model"], x["action"], x["login"]] for x in lines(
            "model, action, login")], [
                ["Note", "insert", "dora"], ["Tag", "insert", "dora"],
                ["note_tags", "insert", "dora"]] + [
                    ["Visit", "insert", None]] * 3)
        c.call("delete", {"model": "User", "id": key})
    same([[x["model"], x["action"], x["rule"], x["columns"], x["new_values"]]
          for x in lines("model, action, rule, columns, new_values")], [
              ["User", "delete", None, None, None],
              ["Note", "delete", "O2", None, None],
              ["note_tags", "delete", "M2", None, None],
              ["Visit", "delete", "database: ON DELETE CASCADE", None, None],
              ["Visit", "update", "database: ON DELETE SET NULL", ["by"],
               {"by": None}]])


@case("what fails leaves nothing, wherever it fails")
def failures():
    c, key = user("fay")
    with c:
        c.call("create", {"model": "Note", "values": {"text": "taken"}})
        lines()
        notes = [{"text": "free"}, {"text": "taken"}]
        same(c.error("create", {"model": "Note", "values": notes}).kind,
             "unique")
        same(c.error("transaction", {"ops": [
            {"method": "create", "params": {"model": "Tag", "values": {}}},
            {"method": "count", "params": {"model": "Tag"}},
            {"method": "update", "params": {
                "model": "Tag", "id": 99999, "values": {}}}]}).kind,
             "not_found")
        same(c.error("delete", {"model": "Note", "id": 99999}).kind,
             "not_found")
        same(c.error("update", {"model": "User", "id": key + 1000,
                                "values": {"username": "x"}}).kind,
             "not_found")
        same(lines("action"), [])


@case("a repeat with the same key leaves nothing more")
def repeats():
    c, _ = user("rita")
    with c:
        for _ in range(3):
            c.call("create", {"model": "Note", "key": "r1", "values": {
                "text": "repeated"}})
        same(lines("model, idempotency_key"), [
            {"model": "Note", "idempotency_key": "r1"}])


@case("merged clients stand each by its own name; who failed does not")
def merged():
    people = [user("m%d" % i) for i in range(8)]
    rounds, done = 12, []

    def write(number):
        c = people[number][0]
        for i in range(rounds):
            text = "m%d-%d" % (number, i) if i % 4 != 3 else "taken"
            reply = c.ask("create", {"model": "Note", "return": "key",
                                     "values": {"text": text}})
            if "result" in reply:
                done.append(("m%d" % number, str(c.ids), text,
                             reply["result"]))
    threads = [threading.Thread(target=write, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for c, _ in people:
        c.close()
    said = [(x["login"], x["request"], x["new_values"]["text"],
             x["key"]["id"]) for x in lines("login, request, new_values, key")]
    same(sorted(map(list, said)), sorted(map(list, done)))
    same(len(done), 8 * rounds * 3 // 4)


@case("values are what replies print")
def values():
    given = {"n": "1.500", "b": 9007199254740993, "f": "NaN",
             "t": "2024-02-29T12:00:00.25Z", "d": "2024-02-29", "i": "P1DT2H",
             "y": "AAECAw==", "j": {"a": [1, None, "\u00e9\"\\"]},
             "k": [{"z": 1}], "a": ["a,b", "{\"}", None, "\\"],
             "m": [1, None, -2], "u": "00000000-0000-4000-8000-00000000000a",
             "o": True, "x": "'; DROP TABLE ormd.audit; -- \u2028 {}\""}
    with w["ormd"].connect() as c:
        lines()
        key = c.call("create", {"model": "Value", "values": given,
                                "return": "key"})
        c.call("update", {"model": "Value", "id": key, "return": "none",
                          "values": dict.fromkeys(given)})
        c.call("update", {"model": "Value", "id": key, "return": "none",
                          "values": {"a": [], "x": "", "j": 0}})
        # More than numeric holds, which json does not mind.
        c.send('{"method":"update","params":{"model":"Value","id":%d,'
               '"values":{"k":1e200000}},"id":0}\n' % key)
        check("result" in c.reply())
        same(lines("new_values::text")[-1], {"new_values": '{"k":1e200000}'})
        w["seen"] -= 4
    first, second, third, _ = [loads(x["new_values"]) for x in
                               lines("new_values::text")]
    same(first, dict(given, id=key))
    same(second, dict.fromkeys(given))
    same(third, {"a": [], "x": "", "j": 0})


@case("an admin is audited like anybody")
def admins():
    c, _ = user("root")
    with c:
        _, key = user("ruth")
        c.call("update", {"model": "User", "id": key, "values": {
            "username": "ruth2"}})
        same(lines("login, action, key"), [
            {"login": "root", "action": "update", "key": {"id": key}}])


@case("ormd's role may insert, and neither read nor change")
def role():
    for sql in ("SELECT * FROM ormd.audit", "UPDATE ormd.audit SET login = ''",
                "DELETE FROM ormd.audit", "TRUNCATE ormd.audit"):
        said = w["db"].run(
            "BEGIN; SET LOCAL ROLE %s; DO $$ BEGIN EXECUTE '%s'; RAISE "
            "'it may'; EXCEPTION WHEN insufficient_privilege THEN NULL; END "
            "$$; COMMIT" % (ROLE, sql.replace("'", "''")))
        same(said, "")


@case("row-level security does not hide from it what PostgreSQL does itself")
def locked():
    path = os.path.join(w["ormd"].folder, "model.json")
    policies = subprocess.run(
        [os.path.join(BUILD, "daemon", "ormd-model"), "ddl", "--rls", path],
        check=True, stdout=subprocess.PIPE).stdout.decode()
    address = w["postgres"].database("locked", TABLES, policies)
    ormd = Daemon(address, MODEL, CHEAP + ["audit=on", "rls=on"]).when_ready()
    with w["postgres"].psql("locked") as db, ormd.connect() as c:
        key = c.call("create", {"model": "User", "return": "key", "values": {
            "username": "ann", "password": CANARY % 1}})
        c.call("login", {"username": "ann", "password": CANARY % 1})
        c.call("create", {"model": "Note", "return": "none",
                          "values": {"user_id": key}})
        db.run("INSERT INTO visits(user_id) VALUES (%d)" % key)
        c.call("delete", {"model": "User", "id": key})
        same([list(x.values()) for x in db.rows(
            "SELECT login, model, action FROM ormd.audit ORDER BY id")], [
                [None, "User", "insert"], ["ann", "User", "login"],
                ["ann", "Note", "insert"], ["ann", "User", "delete"],
                ["ann", "Note", "delete"], ["ann", "Visit", "delete"]])
    ormd.stop()


@case("off, it costs and says nothing; SIGHUP turns it on")
def switched():
    conf = os.path.join(w["ormd"].folder, "ormd.conf")

    def write(value):
        with open(conf, "w") as f:
            f.write("audit = %s\n" % value)
    write("off")
    quiet = Daemon(w["address"], MODEL, CHEAP, wait=False)
    quiet.kill()
    quiet.command[1:1] = ["-c", conf]
    quiet.run()
    quiet.when_ready()
    with quiet.connect() as c:
        lines()
        c.call("create", {"model": "Tag", "values": {"label": "quiet"}})
        same(lines(), [])
        write("on")
        quiet.signal(signal.SIGHUP)

        def told():
            c.call("create", {"model": "Tag", "values": {"label": "loud"}})
            return lines()
        until("the audit to be on", told)
    quiet.stop()


@case("without its table nothing is written, and the error and the log say so")
def no_table():
    w["db"].run("ALTER TABLE ormd.audit RENAME TO audit_away")
    blind = Daemon(w["address"], MODEL, CHEAP + ["audit=on"]).when_ready()
    until("the log to tell", lambda: "may not insert into ormd.audit"
          in blind.logged())
    with blind.connect() as c:
        e = c.error("create", {"model": "Tag", "values": {"label": "lost"}})
        same(e.kind, "internal")
        check("ormd.audit" in e.data["hint"] and "ormd.sql" in
              e.data["hint"], e.data)
        c.call("find", {"model": "Tag"})
    blind.stop()
    w["db"].run("ALTER TABLE ormd.audit_away RENAME TO audit; "
                "REVOKE ALL ON ormd.audit FROM %s" % ROLE)
    with w["ormd"].connect() as c:
        e = c.error("create", {"model": "Tag", "values": {"label": "lost"}})
        same(e.kind, "forbidden")
        check("INSERT on ormd.audit" in e.data["hint"], e.data)
    w["db"].run("GRANT ALL ON ormd.audit TO %s" % ROLE)
    loose = Daemon(w["address"], MODEL, CHEAP + ["audit=on"]).when_ready()
    until("the log to tell", lambda: "may change what is in ormd.audit"
          in loose.logged())
    check("differ in" not in loose.logged(), loose.logged())
    loose.stop()
    w["db"].run("REVOKE ALL ON ormd.audit FROM {0}; GRANT INSERT ON "
                "ormd.audit TO {0}".format(ROLE))
    same(w["db"].value("SELECT count(*) FROM tags WHERE label = 'lost'"), "0")


@case("the statements of the manual page work")
def manual():
    with open(os.path.join(TOP, "sql", "ormd-audit.7")) as f:
        page = f.read()
    shown = re.findall(r"(?s)^\.Bd [^\n]*\n(.*?;)\n\.Ed$", page, re.M)
    check(len(shown) == 6, shown)
    for sql in shown:
        w["db"].run("BEGIN; %s\nROLLBACK" % sql)
    story = [x for x in shown if "'{\"id\": 7}'" in x][0]
    key = w["db"].value("SELECT key FROM ormd.audit WHERE model = 'User' AND "
                        "action = 'delete'")
    check("|dora|127.0.0.1|delete||" in w["db"].run(
        story.replace('{"id": 7}', key)))


@case("no password, token, pin or private column is in the audit")
def secrets():
    text = w["db"].run("SELECT a::text FROM ormd.audit a")
    check(len(text.splitlines()) > 100, dumps(len(text)))
    for secret in ("canary", "$argon2id$", "$2"):
        check(secret not in text, secret)


if __name__ == "__main__":
    sys.exit(run(setup))
