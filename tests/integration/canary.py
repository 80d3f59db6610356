#!/usr/bin/env python3
"""No private value comes out, whatever is asked and whatever goes wrong.

Every private column holds a canary of its own, and so do passwords and tokens.
All methods are sent, with private columns named wherever a name can stand, and
constraints, triggers and types of the database refuse writes in ways that have
PostgreSQL tell the stored row.  Everything that ormd has sent, logged or
written is looked through at the end, for each level of the log.
"""

import base64
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (BUILD, Client, Daemon, Postgres, case, check, dumps,
                     loads, run, same, until)
from users import AUTH, CHEAP, COLUMNS, ID, OPEN

LEVELS = ("error", "warning", "info", "debug")
ME = "riko"
PRIVATE = ("_password_hash", "_secret", "_uni", "_pair", "_ex", "_number",
           "_odd", "_mood", "_boss_id")
CANARY = "canary-%s"		# of a column
NUMBER = 7013370137		# of a column that is a number
DIGITS = "31337"		# of the row that _boss_id leads to

w = {}
seen = []			# every byte that ormd has sent, and ormctl printed
tokens = []

MODEL = {
    "ormd": 1,
    "auth": AUTH,
    "enums": {"mood": ["good", "canary-_mood"]},
    "models": {
        "User": {
            "table": "users", "access": OPEN,
            "columns": dict(
                COLUMNS,
                pin={"type": "text", "write_only": True},
                grp={"type": "integer"},
                n={"type": "integer", "default": "1"},
                must={"type": "text"}, say={"type": "text"},
                _secret={"type": "text"},
                _uni={"type": "text", "unique": True},
                _pair={"type": "text"}, _ex={"type": "text"},
                _number={"type": "bigint"}, _odd={"type": "text"},
                _mood={"type": "mood"},
                _boss_id={"type": "integer", "references": "users.id"}),
            "unique": [["grp", "_pair"]],
            "password": {"column": "_password_hash"},
            "relationships": {
                "notes": {"target": "Note", "back_populates": "user",
                          "cascade": "all, delete-orphan"},
                "boss": {"target": "User", "foreign_keys":
                         ["users._boss_id"], "remote_side": ["users.id"]}},
            "association_proxies": {
                "texts": {"through": "notes", "attribute": "text"}},
            "serialize_rules": ["-notes.user", "-boss"]},
        "Note": {
            "table": "notes", "access": OPEN,
            "columns": {
                "id": ID, "text": {"type": "text"}, "_memo": {"type": "text"},
                "user_id": {"type": "integer", "nullable": False,
                            "references": "users.id"}},
            "relationships": {
                "user": {"target": "User", "back_populates": "notes"}},
            "association_proxies": {
                "owner_name": {"through": "user", "attribute": "username"}},
            "serialize_rules": ["-user"]}}}
TABLES = """
CREATE TYPE mood AS ENUM ('good', 'canary-_mood');
CREATE TABLE users (id serial PRIMARY KEY, username text UNIQUE NOT NULL,
    role text, pin text, grp integer, n integer DEFAULT 1,
    must text NOT NULL DEFAULT 'x', say text, _password_hash text,
    _secret text, _uni text, _pair text,
    _ex text, _number bigint, _odd text, _mood mood,
    _boss_id integer REFERENCES users (id),
    CONSTRAINT users_uni UNIQUE (_uni), UNIQUE (grp, _pair),
    CONSTRAINT n_small CHECK (n < 1000),
    CONSTRAINT odd_number CHECK (n < 100 OR _odd::integer > 0),
    CONSTRAINT odd_date CHECK (n < 50 OR n >= 100 OR _odd::date > '2000-1-1'),
    CONSTRAINT odd_mood CHECK (n < 40 OR n >= 50 OR _odd::mood = 'good'),
    EXCLUDE USING btree (lower(say) WITH =, _ex WITH =));
CREATE TABLE notes (id serial PRIMARY KEY, text text, _memo text,
    user_id integer NOT NULL REFERENCES users (id));
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.say = 'notice' THEN RAISE WARNING 'row %%', NEW;
    ELSIF NEW.say = 'private' THEN NEW._uni := 'canary-_uni';
    ELSIF NEW.say = 'state' THEN RAISE EXCEPTION USING ERRCODE = '22023',
        MESSAGE = 'bad "' || NEW._secret || '" here', DETAIL = NEW::text;
    ELSIF NEW.say = 'detail' THEN RAISE EXCEPTION 'refused' USING
        DETAIL = NEW::text, HINT = NEW._secret;
    ELSIF NEW.say = 'odd' THEN NEW.n := NEW._odd::integer;
    ELSIF NEW.say = 'fatal' THEN RAISE EXCEPTION USING ERRCODE = 'XX000',
        MESSAGE = NEW._secret;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tell BEFORE UPDATE ON users FOR EACH ROW
    EXECUTE FUNCTION tell();
""".replace("%%", "%")


class Witness(Client):
    """Keeps what ormd sends, but for the tokens that it has to send."""

    def line(self):
        line = super().line()
        if line is not None:
            reply = loads(line.decode())
            result = reply.get("result")
            if isinstance(result, dict) and "token" in result:
                tokens.append(result.pop("token"))
                line = dumps(reply).encode()
            seen.append(line)
        return line


def connect(who=None):
    c = Witness(w["ormd"].address)
    if who is not None:
        c.call("login", {"username": who, "password": password(who)})
    return c


def password(who):
    return CANARY % ("password-of-" + who)


def fill():
    """Two users whose private columns collide when public ones change."""
    with Client(w["ormd"].address) as c:
        for who in (ME, "root"):
            c.call("create", {"model": "User", "return": "key", "values": {
                "username": who, "password": password(who),
                "pin": CANARY % "pin", "notes": [{"text": "of " + who}]}})
    w["db"].run("""
        ALTER TABLE users DISABLE TRIGGER tell;
        UPDATE users SET _secret = 'canary-_secret', _pair = 'canary-_pair',
            _ex = 'canary-_ex', _number = %d, _odd = 'canary-_odd',
            _mood = 'canary-_mood', grp = id, say = 'quiet' || id;
        UPDATE users SET _uni = 'canary-_uni' WHERE username = 'root';
        UPDATE notes SET _memo = 'canary-_memo';
        UPDATE users SET role = 'boss' WHERE username = 'root';
        ALTER TABLE users ENABLE TRIGGER tell""" % NUMBER)


def names():
    """Private names as requests could spell them."""
    for name in PRIVATE + ("_memo", "pin", "password"):
        yield name
    yield "users._secret"
    yield '"_secret"'


def askings(name):
    """Each place that takes an attribute's name, with one that is private."""
    find = lambda **more: ("find", dict({"model": "User"}, **more))
    for value in (CANARY % name, {"!=": None}, {"like": "canary%"}, NUMBER,
                  {"in": [CANARY % name]}, {">": ""}, None):
        yield find(where={name: value})
        yield find(where={"or": [{name: value}, {"id": 1}]})
        yield find(where={"not": {name: value}})
        yield "find", {"model": "Note", "where": {
            "user": {"has": {name: value}}}}
        yield find(where={"boss": {"has": {name: value}}})
        yield find(where={"notes": {"any": {name: value}}})
        yield "count", {"model": "User", "where": {name: value}}
        yield "aggregate", {"model": "User", "where": {name: value}}
        yield "aggregate", {"model": "User", "group_by": ["grp"],
                            "having": {name: value}}
        yield "get", {"model": "User", "id": {name: value}}
        for method in ("update", "delete", "append", "remove", "set"):
            yield method, {"model": "User", "id": {name: value},
                           "values": {}, "attribute": "notes", "items": []}
        yield "create", {"model": "Note", "values": {
            "user": {"$get": {name: value}}}}
        if name not in ("pin", "password"):
            for method in ("create", "merge"):
                yield method, {"model": "User", "values": {name: value}}
            yield "update", {"model": "User", "id": 1,
                             "values": {name: value}}
            yield "merge", {"model": "User", "values": {
                "id": 1, "boss": {"id": 2, name: value}}}
    for path in (name, "-" + name, "notes." + name, "boss." + name,
                 "notes.user." + name):
        for which in ("rules", "only"):
            for id in (1, {"username": ME}):
                yield "get", {"model": "User", "id": id, which: [path]}
            yield find(**{which: ["username", path]})
            yield "update", {"model": "User", "id": 1, "values": {"n": 1},
                             which: [path]}
            yield "append", {"model": "User", "id": 1, "attribute": "notes",
                             "items": [], which: [path]}
        yield find(order_by=[path])
        yield find(order_by=["-" + path])
        yield "find", {"model": "Note", "order_by": ["user." + path]}
        yield "get", {"model": "User", "id": 1, "return": path}
        for function in ("count", "min", "max", "sum", "avg"):
            yield "aggregate", {"model": "User", "functions": {
                "x": {function: path}}}
        yield "aggregate", {"model": "User", "group_by": [path]}
        yield "aggregate", {"model": "User", "group_by": ["grp"],
                            "order_by": [path]}
    for load in ({name: {}}, {"notes": {"order_by": [name]}},
                 {"notes": {"where": {name: "x"}}},
                 {"notes": {"only": [name], "limit": 1}}):
        yield "get", {"model": "User", "id": 1, "load": load}
        yield find(load=load)
    for method in ("append", "remove", "set"):
        yield method, {"model": "User", "id": 1, "attribute": name,
                       "items": ["x"]}
    yield "describe", {"model": name}
    yield "hello", {"client": name}
    yield "preview", {"method": "update", "params": {
        "model": "User", "id": 1, "values": {name: 1}}}
    yield "transaction", {"ops": [{"method": "find", "params": {
        "model": "User", "where": {name: 1}}}]}
    yield "find", {"model": "User", "after": name}
    yield "delete", {"model": "User", "id": 99, "max": {name: 1}}
    yield "watch", {"model": "User", "where": {name: 1}}
    yield "ping", {name: 1}
    yield "cancel", {"id": name}
    yield "login", {"username": ME, name: "x"}


# Each change of a public column that PostgreSQL refuses by telling what is
# private, and the kind of the error.
REFUSED = (
    ({"say": "private"}, "unique"),		# Key (_uni)=(…) exists
    ({"grp": 2}, "unique"),			# Key (grp, _pair)=(2, …)
    ({"say": "QUIET2"}, "exclusion"),		# Key (lower(say), _ex)=(…)
    ({"n": 1000}, "check"),			# Failing row contains (…)
    ({"must": None}, "not_null"),		# the same
    ({"n": 100}, "invalid_value"),		# … for type integer: "…"
    ({"n": 50}, "invalid_value"),		# … for type date: "…"
    ({"n": 40}, "invalid_value"),		# … for enum mood: "…"
    ({"say": "odd"}, "invalid_value"),
    ({"say": "state"}, "invalid_value"),
    ({"say": "detail"}, "check"),
    ({"say": "fatal"}, "internal"),
    ({"n": 1 << 40}, "invalid_value"),
    ({"notes": None}, "invalid_value"),
)


def refusals(c):
    for values, kind in REFUSED:
        for more in ({}, {"key": dumps(values)}):
            e = c.error("update", dict({"model": "User", "id": 1,
                                        "values": values}, **more))
            same(e.kind, kind)
        for method, params in (
                ("transaction", {"ops": [{"method": "update", "params": {
                    "model": "User", "id": 1, "values": values}}]}),
                ("merge", {"model": "User", "values": dict(values, id=1)}),
                ("preview", {"method": "update", "params": {
                    "model": "User", "id": 1, "values": values}})):
            c.ask(method, params)
    c.call("update", {"model": "User", "id": 1, "values": {"say": "notice"}})
    c.call("update", {"model": "User", "id": 1, "values": {"say": "quiet1"}})
    same(c.error("create", {"model": "Note", "values": {}}).kind, "not_null")
    # Held by a private reference of another row.
    w["db"].run("ALTER TABLE users DISABLE TRIGGER tell; INSERT INTO users(id,"
                "username, _boss_id) VALUES (%s, 'b', NULL), (3, 'c', %s); "
                "ALTER TABLE users ENABLE TRIGGER tell" % (DIGITS, DIGITS))
    same(c.error("delete", {"model": "User", "id": int(DIGITS)}).kind,
         "foreign_key")
    w["db"].run("DELETE FROM users WHERE id = 3 OR id = " + DIGITS)


def losses(c):
    """Connections that end while PostgreSQL has something to tell."""
    for values in ({"n": 100}, {"say": "state"}, {"n": 1000}):
        w["db"].run("BEGIN; SELECT FROM users WHERE id = 1 FOR UPDATE")
        id = c.post("update", {"model": "User", "id": 1, "values": values})
        until("it to wait", lambda: w["spy"].value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = "
            "'Lock'") == "1")
        w["spy"].run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     "WHERE wait_event_type = 'Lock'")
        w["db"].run("ROLLBACK")
        same(c.reply()["id"], id)


def ormctl(*words):
    done = subprocess.run(
        [os.path.join(BUILD, "daemon", "ormctl"), "-H",
         "%s:%d" % w["ormd"].address] + list(words), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60)
    seen.append(done.stdout)


def setup():
    w["postgres"] = Postgres()
    w["spy"] = w["postgres"].psql("postgres")


def scour(level):
    """Everything, with one level of the log."""
    name = "canary_" + level
    address = w["postgres"].database(name, TABLES)
    w["db"] = w["postgres"].psql(name)
    w["ormd"] = Daemon(address, MODEL, CHEAP + [
        "audit=on", "log_level=" + level, "admins=root"]).when_ready()
    fill()
    sent = set()
    for who in (None, ME, "root"):
        with connect(who) as c:
            if level == "debug":
                for private in names():
                    for method, params in askings(private):
                        sent.add(method)
                        c.ask(method, params)
            refusals(c)
            losses(c)
            document = c.call("rpc.discover")
            for text in (dumps(document), dumps(c.call("describe"))):
                for private in PRIVATE + ("_memo",):
                    check('"%s"' % private not in text, private)
            if level == "debug" and who == "root":
                same(sorted({m["name"] for m in document["methods"]} - sent),
                     ["logout", "rpc.discover"])
            c.call("logout")
    for words in (["describe"], ["find", "User"], ["get", "User", "1"],
                  ["-r", "find", "User", 'only=["_secret"]'],
                  ["update", "User", "1", "n=1000"]):
        ormctl(*words)
    for private in PRIVATE:
        ormctl("find", "User", ":order_by=[\"%s\"]" % private)
    activity = w["spy"].run("SELECT query FROM pg_stat_activity")
    tables = w["db"].run(
        "SELECT a::text FROM ormd.audit a; SELECT t::text FROM ormd.token t; "
        "SELECT key || coalesce(reply, '') FROM ormd.idempotency")
    with open("/proc/%d/limits" % w["ormd"].pid) as f:
        core = [x for x in f if x.startswith("Max core file size")]
    same(core[0].split()[4:6], ["1", "1"])
    w["ormd"].stop()
    w["heaps"].update({
        level + ": ormd's log": w["ormd"].logged(),
        level + ": pg_stat_activity": activity,
        level + ": the tables of ormd": tables})
    w["db"].close()


def every_level():
    w["heaps"] = {}
    for level in LEVELS:
        scour(level)


@case("each method, each place and each error at each level of the log", 300)
def scoured():
    every_level()
    check(len(seen) > 5000 and len(tokens) > 7, len(seen))


@case("no canary is in a reply, in a log, in what PostgreSQL shows, or in "
      "tables of ormd's own", 60)
def quiet():
    heaps = dict(w["heaps"], replies=b"\n".join(seen).decode())
    for name, heap in heaps.items():
        for secret in ["$argon2id$", str(NUMBER), password(ME),
                       password("root"), CANARY % "pin"] + tokens:
            check(secret not in heap, "%s is in %s" % (secret, name))
    # What was asked with a canary in it may be told back, in quotes.
    for name, heap in heaps.items():
        at = heap.find("canary")
        check(at == -1, "%s: %s" % (name, heap[max(0, at - 300):at + 100]))


HIDDEN = {
    "ormd": 1,
    "models": {
        "Loose": {"table": "loose", "columns": {
            "_id": {"type": "text", "primary_key": True,
                    "default": "'canary-' || gen_random_uuid()"},
            "n": {"type": "integer"}}},
        "Known": {"table": "known", "columns": {
            "_id": {"type": "text", "primary_key": True,
                    "default": "'canary-' || gen_random_uuid()"},
            "name": {"type": "text", "nullable": False, "unique": True},
            "n": {"type": "integer"}}}}}
HIDDEN_TABLES = """
CREATE TABLE loose (_id text PRIMARY KEY
    DEFAULT 'canary-' || gen_random_uuid(), n integer);
CREATE TABLE known (_id text PRIMARY KEY
    DEFAULT 'canary-' || gen_random_uuid(), name text NOT NULL UNIQUE,
    n integer);
"""


@case("a private key is in no cursor, in no reply, and cannot be guessed")
def hidden_key():
    address = w["postgres"].database("hidden", HIDDEN_TABLES)
    ormd = Daemon(address, HIDDEN, ["audit=on"]).when_ready()
    replies = []
    with Client(ormd.address) as c, w["postgres"].psql("hidden") as db:
        def ask(method, /, **params):
            replies.append(dumps(c.ask(method, params)))
            return loads(replies[-1])
        ask("create", model="Loose", values=[{"n": i} for i in range(5)])
        ask("create", model="Known", values=[
            {"name": "k%d" % i, "n": i % 2} for i in range(5)])
        found = ask("find", model="Loose", limit=2)["result"]
        same([len(found["items"]), found["next"]], [2, None])
        got, after = [], {}
        while after is not None:
            page = ask("find", model="Known", limit=2, order_by=["n"],
                       **after)["result"]
            got += [x["name"] for x in page["items"]]
            after = {"after": page["next"]} if "next" in page else None
        same(got, ["k0", "k2", "k4", "k1", "k3"])
        ask("update", model="Known", id={"name": "k1"}, values={"n": 7})
        ask("delete", model="Known", id={"name": "k2"})
        ask("preview", method="delete", params={
            "model": "Known", "id": {"name": "k1"}})
        key = db.value("SELECT min(_id) FROM known")
        refused = []
        for guess in (key, "wrong"):
            for method, params in (
                    ("get", {"id": guess}), ("get", {"id": [guess]}),
                    ("get", {"id": {"_id": guess}}),
                    ("delete", {"id": guess}),
                    ("update", {"id": guess, "values": {}}),
                    ("merge", {"values": {"_id": guess, "name": "x"}}),
                    ("create", {"values": {"name": "k1"}, "return": "key"}),
                    ("find", {"after": guess}),
                    ("find", {"order_by": ["_id"]})):
                reply = c.ask(method, dict(params, model="Known"))
                del reply["id"]
                check("error" in reply, reply)
                refused.append(dumps(reply))
        half = len(refused) // 2
        same(refused[:half], refused[half:])
        replies += refused
        heap = "\n".join(replies) + ormd.logged() + db.run(
            "SELECT a::text FROM ormd.audit a")
    for text in re.findall(r'[A-Za-z0-9_-]{12,}', heap):
        for cut in range(4):		# a cursor is base64
            heap += base64.urlsafe_b64decode(
                text[cut:len(text) - (len(text) - cut) % 4]).decode("latin1")
    check("canary" not in heap, heap)
    ormd.stop()


@case("a private value cannot be guessed: right and wrong are told alike")
def guesses():
    w["ormd"] = Daemon(w["postgres"].address("canary_debug"), MODEL,
                       CHEAP).when_ready()
    with Client(w["ormd"].address) as c:
        for private in PRIVATE:
            replies = []
            for value in (CANARY % private, "wrong"):
                for method, params in askings(private):
                    text = json.dumps(params).replace(CANARY % private,
                                                      value)
                    reply = c.ask(method, loads(text))
                    reply.pop("id")
                    replies.append(dumps(reply).replace(value, "?"))
            half = len(replies) // 2
            same(replies[:half], replies[half:])


if __name__ == "__main__":
    sys.exit(run(setup))
