#!/usr/bin/env python3
"""What is wrong is named, nothing of it is stored, and ormd lives on.

Requests that are refused, by ormd or by PostgreSQL, on the shipped model; then
model files and settings that ormd has to refuse when it starts.
"""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import schemas
from harness import (Daemon, MEDITATION, Postgres, TOP, case, check, dumps,
                     loads, run, same, sanitized)

w = {}


def setup():
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database(
        "meditation", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = w["postgres"].psql("meditation")
    w["ormd"] = schemas.hold(
        Daemon(w["address"], MEDITATION).when_ready())
    w["client"] = w["ormd"].connect()
    w["riko"] = w["client"].call("create", {
        "model": "User", "values": {"username": "riko"}, "return": "key"})
    w["calm"] = w["client"].call("create", {
        "model": "Meditation", "values": {"title": "Calm"}, "return": "key"})


def counts():
    return w["db"].run(
        "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM "
        "meditations), (SELECT count(*) FROM meditation_sessions)")


def refused(method, params, code, kind, **data):
    """The request fails like this, and leaves all tables as they were."""
    before = counts()
    error = w["client"].error(method, params)
    same((error.code, error.kind), (code, kind))
    check(isinstance(error.data.get("retryable"), bool), error.data)
    check(error.message and isinstance(error.message, str), str(error))
    for member, value in data.items():
        same(error.data.get(member), value)
    same(counts(), before)
    same(w["client"].call("ping"), {})
    return error


def create(model, **values):
    return {"model": model, "values": values}


@case("a unique name twice: `unique' with attribute, path and constraint")
def unique():
    refused("create", create("User", username="riko"), -32002, "unique",
            model="User", attribute="username", path="/values/username",
            constraint="users_username_key", sqlstate="23505",
            retryable=False)


@case("a unique name twice, with sessions nested: nothing of them is stored")
def unique_with_nested():
    refused("create", create("User", username="riko", meditation_sessions=[
        {"rating": 5, "meditation": {"title": "New one"}},
        {"rating": 4, "meditation": {"$get": w["calm"]}}]),
        -32002, "unique", attribute="username", path="/values/username")


@case("a unique name twice, deep inside: the path leads there, nothing is "
      "stored")
def unique_deep():
    refused("create", create("Meditation", title="Deep", meditation_sessions=[
        {"rating": 1, "user": {"username": "fresh"}},
        {"rating": 2, "user": {"username": "riko"}}]),
        -32002, "unique", model="User", attribute="username",
        path="/values/meditation_sessions/1/user/username")


@case("the same new name twice in one request")
def unique_within():
    refused("create", create("Meditation", title="Deep", users=[
        {"username": "twin"}, {"username": "twin"}]), -32002, "unique",
        model="User", attribute="username")


@case("an update to a name that is taken")
def unique_update():
    made = w["client"].call("create", {
        "model": "User", "values": {"username": "other"}, "return": "key"})
    refused("update", {"model": "User", "id": made,
                       "values": {"username": "riko"}}, -32002, "unique",
            attribute="username", path="/values/username")
    w["client"].call("delete", {"model": "User", "id": made})


@case("a primary key that exists")
def taken_key():
    refused("create", create("User", id=w["riko"], username="x"), -32002,
            "unique", constraint="users_pkey", sqlstate="23505")


@case("an attribute that the model does not have, at any depth")
def unknown_attribute():
    refused("create", create("User", username="x", nmae="y"), -32602,
            "unknown_field", path="/values/nmae")
    refused("create", create("User", username="x", meditation_sessions=[
        {"rating": 1}, {"rating": 2, "meditation": {"titel": "x"}}]),
        -32602, "unknown_field",
        path="/values/meditation_sessions/1/meditation/titel")
    refused("update", {"model": "User", "id": w["riko"],
                       "values": {"a/b~c": 1}}, -32602, "unknown_field",
            path="/values/a~1b~0c")


@case("a parameter, a model or a method that there is not")
def unknown_names():
    refused("get", {"model": "User", "id": 1, "idd": 2}, -32602,
            "unknown_field", path="/idd")
    refused("get", {"model": "Usr", "id": 1}, -32602, "unknown_model",
            path="/model")
    refused("gett", {"model": "User", "id": 1}, -32601, "method_not_found")
    refused("find", {"model": "User", "where": {"nmae": 1}}, -32602,
            "unknown_field", path="/where/nmae")
    refused("find", {"model": "User", "order_by": ["id", "-nmae"]}, -32602,
            "unknown_field", path="/order_by/1")
    refused("append", {"model": "User", "id": 1, "attribute": "nmae",
                       "items": []}, -32602, "unknown_field",
            path="/attribute")


@case("a parameter that is missing")
def missing_parameters():
    refused("get", {"model": "User"}, -32602, "required", attribute="id")
    refused("get", {}, -32602, "required", attribute="model")
    refused("get", None, -32602, "required", attribute="model")
    refused("create", {"model": "User"}, -32602, "required", attribute="values")
    refused("set", {"model": "User", "id": 1, "items": []}, -32602,
            "required", attribute="attribute")


@case("values of the wrong type, and numbers that do not fit")
def wrong_types():
    for value in ("five", True, [1], {"a": 1}, 1.5, 2147483648, -2147483649,
                  10 ** 30, "5"):
        refused("create", create("MeditationSession", rating=value), -32602,
                "invalid_value", path="/values/rating")
    for value in (5, False, ["x"], {"$get": 1}):
        refused("create", create("User", username=value), -32602,
                "invalid_value", path="/values/username")
    refused("get", {"model": "User", "id": "one"}, -32602, "invalid_value",
            path="/id")
    refused("find", {"model": "User", "where": {"id": {">": "x"}}}, -32602,
            "invalid_value", path="/where/id/>")


@case("a list where an object has to be, and the reverse")
def wrong_shapes():
    refused("create", create("User", username="x", meditation_sessions={
        "rating": 1}), -32602, "invalid_value",
        path="/values/meditation_sessions")
    refused("create", create("MeditationSession", user=[{"$get": 1}]), -32602,
            "invalid_value", path="/values/user")
    refused("create", create("User", username="x", meditation_sessions=[7]),
            -32602, "invalid_value", path="/values/meditation_sessions/0")
    refused("append", {"model": "User", "id": w["riko"],
                       "attribute": "meditation_sessions", "items": [None]},
            -32602, "invalid_value", path="/items/0")


@case("null in a NOT NULL column, given or left out")
def not_null():
    refused("create", create("User"), -32002, "not_null", model="User",
            attribute="username", sqlstate="23502")
    refused("create", create("Meditation", title="x", users=[{}]), -32002,
            "not_null", attribute="username")
    refused("update", {"model": "User", "id": w["riko"],
                       "values": {"username": None}}, -32002, "not_null",
            attribute="username", path="/values/username")


@case("objects that are not there")
def not_found():
    refused("create", create("User", username="x", meditation_sessions=[
        {"meditation": {"$get": w["calm"]}},
        {"meditation": {"$get": 999999}}]), -32001, "not_found",
        path="/values/meditation_sessions/1/meditation/$get")
    refused("create", create("User", username="x", meditations=[
        {"title": "new"}, {"$get": 999999}]), -32001, "not_found",
        path="/values/meditations/1/$get")
    refused("update", {"model": "User", "id": 999999,
                       "values": {"username": "x"}}, -32001, "not_found",
            path="/id")
    refused("delete", {"model": "User", "id": 999999}, -32001, "not_found",
            path="/id")
    refused("append", {"model": "User", "id": 999999,
                       "attribute": "meditations",
                       "items": [{"title": "new"}]}, -32001, "not_found",
            path="/id")
    error = refused("remove", {"model": "User", "id": w["riko"],
                               "attribute": "meditations",
                               "items": [{"$get": w["calm"]}]}, -32001,
                    "not_found")
    check(error.data["path"].startswith("/items/0"), str(error))


@case("a foreign key that leads nowhere")
def foreign_key():
    refused("create", create("MeditationSession", user_id=999999), -32002,
            "foreign_key", attribute="user_id", path="/values/user_id",
            constraint="meditation_sessions_user_id_fkey", sqlstate="23503")


@case("a batch of creates with one wrong: each request on its own")
def one_of_many():
    before = w["db"].value("SELECT count(*) FROM users")
    batch = [{"id": i, "method": "create", "params": {
        "model": "User", "return": "key",
        "values": {"username": "riko" if i == 3 else "m%d" % i}}}
        for i in range(6)]
    w["client"].send(dumps(batch) + "\n")
    replies = {r["id"]: r for r in w["client"].reply()}
    same(sorted(replies), list(range(6)))
    same([i for i in range(6) if "error" in replies[i]], [3])
    same(replies[3]["error"]["data"]["kind"], "unique")
    same(int(w["db"].value("SELECT count(*) FROM users")), int(before) + 5)


@case("a list in one create with one wrong: none is stored")
def list_with_one_wrong():
    refused("create", {"model": "User", "values": [
        {"username": "l1"}, {"username": "l2"}, {"username": "riko"}]},
        -32002, "unique", path="/values/2/username")


@case("no SQL and no values of others in any message")
def nothing_leaks():
    w["db"].run("UPDATE users SET _password_hash = 'other-secret'")
    for params in (create("User", username="riko"),
                   create("User", id=w["riko"], username="y"),
                   create("MeditationSession", user_id=999999)):
        said = str(refused("create", params, -32002,
                           "foreign_key" if "user_id" in params["values"]
                           else "unique"))
        for word in ("INSERT", "SELECT", "unnest", "other-secret"):
            check(word not in said, said)


# ---- lines -----------------------------------------------------------------

def line_error(line, code, kind):
    with w["ormd"].connect() as c:
        c.send(line + b"\n")
        reply = c.reply()
        same((reply["id"], reply["error"]["code"],
              reply["error"]["data"]["kind"]), (None, code, kind))
        same(c.call("ping"), {})


@case("broken JSON, and all else that the checker refuses by line")
def broken_json():
    for line in (b'{"id":1,"method":"ping"', b"{]", b"nonsense", b"'",
                 b'{"id":1,"method":"ping"} trailing',
                 b'{"id":1,"method":"ping","params":{"a":01}}',
                 b'{"id":1,"method":"ping","params":{"a":NaN}}',
                 b'{"id":1,"method":"ping","params":{"a":"\x01"}}',
                 b'{"id":1,"method":"p\xff\xfe"}',
                 b'{"id":1,"method":"p\xc0\xaf"}',
                 b'{"id":1,"method":"p\xed\xa0\x80"}',
                 b'{"id":1,"method":"\\ud800"}',
                 b'{"id":1,"method":"\\u0000"}',
                 b'{"id":1,"method":"ping\0"}',
                 b'{"id":1,"id":2,"method":"ping"}'):
        with w["ormd"].connect() as c:
            c.send(line + b"\n")
            reply = c.reply()
            same(reply["id"], None)
            check(reply["error"]["code"] in (-32700, -32600), dumps(reply))
            same(c.call("ping"), {})


@case("nesting deeper than max_depth")
def deep():
    line_error(b'{"id":1,"method":"ping","params":{"x":' + b"[" * 40 +
               b"]" * 40 + b"}}", -32008, "limit")


@case("what is JSON, but no request")
def no_request():
    for line in (b"1", b'"ping"', b"null", b"{}", b'{"id":1}', b"[]",
                 b'{"jsonrpc":"2.0","method":1,"params":"bar"}',
                 b'{"jsonrpc":"1.0","method":"ping"}'):
        with w["ormd"].connect() as c:
            c.send(line + b"\n")
            reply = c.reply()
            same((reply["error"]["code"], reply["error"]["data"]["kind"]),
                 (-32600, "invalid_request"))
            same(c.call("ping"), {})


@case("a line of 2 MiB: too_large once, and the connection goes on")
def two_mebibytes():
    line_error(b'{"id":1,"method":"' + b"x" * (2 << 20) + b'"}', -32600,
               "too_large")


@case("a line without end is refused before it fills the memory")
def endless_line():
    with w["ormd"].connect() as c:
        for _ in range(64):
            c.send(b"x" * (1 << 20))
        c.send(b'\n{"id":2,"method":"ping"}\n')
        same(c.reply()["error"]["data"]["kind"], "too_large")
        same(c.reply(), {"jsonrpc": "2.0", "id": 2, "result": {}})
    with open("/proc/%d/status" % w["ormd"].pid) as f:
        peak = int(f.read().split("VmHWM:")[1].split()[0])
    check(peak < (32 << 10) or sanitized(), "it had %d kB once" % peak)


ODD = (None, True, 0, -1, 1.5, 2 ** 40, "", "x", "id", [], [None], [[]],
       [1, "x", {}], {}, {"$get": None}, {"$get": {}}, {"$get": []},
       {"$ref": "x"}, {"$merge": {}}, {"$as": 1}, {"$through": {}},
       {"and": []}, {"or": [{}]}, {"not": None}, {"id": {"in": []}},
       {"id": None}, {"username": {">": None}}, {"id": {}},
       {"meditation_sessions": None}, {"meditations": [{}]},
       {"meditation_sessions": [{"meditation": {"users": [None]}}]})
METHODS = {
    "get": {"model": "User", "id": 1, "only": ["id"], "rules": []},
    "find": {"model": "User", "where": {}, "order_by": ["id"], "limit": 1,
             "after": "x", "before": "x", "count": True, "only": ["id"], "rules": []},
    "count": {"model": "User", "where": {"id": 1}},
    "create": {"model": "User", "values": {"username": "riko"},
               "return": "key", "only": ["id"]},
    "update": {"model": "User", "id": 999999, "values": {"username": "riko"},
               "return": "none", "version": 1},
    "delete": {"model": "User", "id": 999999},
    "merge": {"model": "User", "values": {"username": "riko"},
              "return": "none"},
    "append": {"model": "User", "id": 999999, "attribute": "meditations",
               "items": [{"title": "x"}], "return": "none"},
    "remove": {"model": "User", "id": 999999, "attribute": "meditations",
               "items": [{"$get": 1}], "return": "none"},
    "set": {"model": "User", "id": 999999,
            "attribute": "meditation_sessions", "items": [], "return": "none"},
    "transaction": {"ops": [{"method": "get", "params": {}}],
                    "isolation": "serializable"},
    "describe": {"model": "User"}, "hello": {"client": "x"}, "ping": {},
    "cancel": {"id": 1}, "login": {"username": "x", "password": "y"},
    "preview": {"method": "delete", "params": {}}, "watch": {"model": "User"}}


def odd_params(params):
    """Each parameter left out, doubled in depth, or replaced by odd ones."""
    yield None
    for name in params:
        yield {k: v for k, v in params.items() if k != name}
        yield dict(params, **{name: [params[name]]})
        yield dict(params, **{name: {name: params[name]}})
        for odd in ODD:
            yield dict(params, **{name: odd})


@case("every parameter of every method left out or replaced by something "
      "odd: each request is answered, no error is `internal'", 120)
def odd_parameters():
    internal = []
    for method, params in METHODS.items():
        for odd in odd_params(params):
            try:
                reply = w["client"].ask(method, odd)
            except OSError:
                raise AssertionError("ormd broke the connection at %s %s"
                                     % (method, dumps(odd))) from None
            if reply.get("error", {}).get("code") == -32603:
                internal.append("%s %s: %s" % (method, dumps(odd),
                                               dumps(reply["error"])))
    check(not internal, "\n".join(internal[:10]))


@case("ormd is still the one that was started")
def still_there():
    same(w["ormd"].process.poll(), None)
    same(w["client"].call("get", {"model": "User", "id": w["riko"],
                                  "only": ["username"]}),
         {"username": "riko"})


# ---- model files and settings ----------------------------------------------

def shipped():
    with open(MEDITATION) as f:
        return loads(f.read())


def refuses_model(change, *words):
    model = shipped()
    change(model)
    daemon = Daemon(w["address"], model, wait=False)
    check(daemon.wait() != 0, "it was accepted: " + daemon.logged())
    said = daemon.logged()
    check("model.json" in said, "the file is not named: " + said)
    for word in words:
        check(word in said, "%s is not in: %s" % (word, said))


@case("model file: an unknown key is refused, by JSON Pointer")
def model_unknown_key():
    def change(m):
        m["models"]["User"]["columns"]["username"]["uniqe"] = True
    refuses_model(change, "/models/User/columns/username/uniqe", "unique")


@case("model file: a relationship to no model")
def model_no_target():
    def change(m):
        m["models"]["User"]["relationships"]["meditation_sessions"][
            "target"] = "MeditationSesion"
    refuses_model(change,
                  "/models/User/relationships/meditation_sessions")


@case("model file: two ends that do not name each other")
def model_ends():
    def change(m):
        m["models"]["MeditationSession"]["relationships"]["user"][
            "back_populates"] = "meditations"
    refuses_model(change, "/relationships/", "back_populates")


@case("model file: a foreign key to no column")
def model_no_column():
    def change(m):
        m["models"]["MeditationSession"]["columns"]["user_id"][
            "references"] = "users.idd"
    refuses_model(change, "/models/MeditationSession/columns/user_id")


@case("model file: a proxy to nothing, a rule that names nothing")
def model_proxy():
    def change(m):
        m["models"]["User"]["association_proxies"]["meditations"][
            "attribute"] = "meditaton"
    refuses_model(change, "/models/User/association_proxies/meditations")

    def change_rule(m):
        m["models"]["User"]["serialize_rules"].append("-nothing.here")
    refuses_model(change_rule, "/models/User/serialize_rules/2")


@case("model file: no JSON, no file")
def model_no_json():
    daemon = Daemon(w["address"], MEDITATION, wait=False)
    broken = os.path.join(daemon.folder, "broken.json")
    daemon.kill()
    with open(broken, "w") as f:
        f.write(json.dumps(shipped())[:-2])
    for path in (broken, broken + ".not"):
        daemon = Daemon(w["address"], path, wait=False)
        check(daemon.wait() != 0, "it was accepted")
        check(os.path.basename(path) in daemon.logged(), daemon.logged())


@case("settings: an unknown key and a bad value are refused by name")
def bad_settings():
    for option in ("max_lines=1MiB", "max_line=much", "merging=maybe"):
        daemon = Daemon(w["address"], MEDITATION, [option], wait=False)
        check(daemon.wait() != 0, option + " was accepted")
        check(option.split("=")[0] in daemon.logged(), daemon.logged())


if __name__ == "__main__":
    run(setup)
