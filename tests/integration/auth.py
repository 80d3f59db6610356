#!/usr/bin/env python3
"""Logging in: sign-up, passwords and their hashes, tokens, who one is.

What must not be seen is looked for at the end, in everything that was: all
replies, the log at its most talkative, and the tables.
"""

import hashlib
import os
import re
import signal
import sys
import time
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Client, Daemon, Postgres, case, check, dumps, loads, run,
                     same, until)
from users import CHEAP, MODEL, TABLES

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import crypt

w = {}				# the world: ormd, psql
secrets = []			# what must not be seen anywhere
seen = []			# every byte that ormd has sent


class Witness(Client):
    """Keeps what ormd sends, but for the tokens that it has to send."""

    def line(self):
        line = super().line()
        if line is not None:
            seen.append(line)
        return line


def connect():
    return Witness(w["ormd"].address)


def secret(text):
    secrets.append(text)
    return text


def setup():
    # It tells all that it is told.
    w["postgres"] = Postgres(settings=["track_activities=on",
                                       "log_statement=all"])
    w["address"] = w["postgres"].database("auth", TABLES)
    w["db"] = w["postgres"].psql("auth")
    w["ormd"] = Daemon(w["address"], MODEL, CHEAP + [
        "log_level=debug", "login_check=300ms"]).when_ready()


def sign_up(name, password, **more):
    with connect() as c:
        return c.call("create", {"model": "User", "values": dict(
            {"username": name, "password": secret(password)}, **more)})


def login(c, name, password):
    seen_before = len(seen)
    result = c.call("login", {"username": name,
                              "password": secret(password)})
    del seen[seen_before:]
    secrets.append(result["token"])
    return result


def hash_of(name):
    return w["db"].value("SELECT _password_hash FROM users WHERE "
                         "username = '%s'" % name)


@case("hello says that there are logins, and that one is nobody")
def hello_nobody():
    with connect() as c:
        hello = c.call("hello")
        same([hello["auth"], hello["user"], hello["admin"]],
             [True, None, False])
        described = c.call("describe", {"model": "User"})
    password = described["models"]["User"]["attributes"]["password"]
    same(password["write_only"], True)


@case("sign-up: the password is not in the reply, its argon2id hash in the "
      "table")
def sign_up_riko():
    made = sign_up("riko", "correct horse 1")
    same(sorted(made), ["id", "notes", "role", "username"])
    check(hash_of("riko").startswith("$argon2id$v=19$m=19456,t=2,p=1$"),
          hash_of("riko"))
    w["riko"] = made["id"]


@case("log in, say hello, log in by the token on another connection")
def log_in():
    with connect() as c:
        result = login(c, "riko", "correct horse 1")
        same(sorted(result), ["admin", "expires", "token", "user"])
        same(result["user"], {"id": w["riko"], "username": "riko"})
        same(result["admin"], False)
        same(len(result["token"]), 43)
        hello = c.call("hello")
        same(hello["user"], result["user"])
    with connect() as c:
        before = len(seen)
        again = c.call("login", {"token": result["token"]})
        del seen[before:]
        same(again, result)
        same(c.call("hello")["user"], result["user"])
    row = w["db"].rows("SELECT *, expires - made AS life FROM ormd.token")[0]
    digest = hashlib.sha256(b64(result["token"])).hexdigest()
    same(row["hash"], "\\x" + digest)
    same([row["user"], row["life"]], [str(w["riko"]), "30 days"])


def b64(text):
    import base64
    return base64.urlsafe_b64decode(text + "=")


@case("a wrong password, a user who is not there and one without password "
      "get the same answer; then the connection is nobody's")
def wrong():
    w["db"].run("INSERT INTO users(username) VALUES ('blank')")
    w["db"].run("INSERT INTO users(username, _password_hash) VALUES "
                "('weak', '$1$abcdefgh$G/9R8zQj6ZXLuQ3G4iyAb1'), "
                "('junk', 'secret')")
    with connect() as c:
        said = set()
        for name in ("riko", "nobody", "blank", "weak", "junk", "Riko"):
            login(c, "riko", "correct horse 1")
            e = c.error("login", {"username": name,
                                  "password": secret("wrong " + name)})
            said.add((e.code, e.kind, e.message, dumps(e.data)))
            same(c.call("hello")["user"], None)
        same(len(said), 1)
        same(said.pop()[:2], (-32007, "unauthenticated"))
        for token in ("", "x", secret("A" * 43), "A" * 42 + "=", "A" * 44):
            same(c.error("login", {"token": token}).kind, "unauthenticated")


@case("what is no login is refused by name, before anything is looked at")
def refused():
    with connect() as c:
        for params, kind, path in (
                (None, "required", None), ({}, "required", None),
                ({"username": "riko"}, "required", None),
                ({"password": "x"}, "required", None),
                ({"username": 7, "password": "x"}, "invalid_value",
                 "/username"),
                ({"username": "riko", "password": secret("beside a token"),
                  "token": "x"}, "invalid_params", None),
                ({"username": "riko", "password": ["x"]}, "invalid_value",
                 "/password"),
                ({"username": "riko", "password": "x" * 1025},
                 "invalid_value", "/password"),
                ({"username": "riko", "pasword": "x"}, "unknown_field",
                 "/pasword")):
            e = c.error("login", params)
            same([e.kind, e.data.get("path")], [kind, path])
        same(c.error("logout", {"every": True}).kind, "unknown_field")
        e = c.error("login", {"login": "riko", "password": "x"})
        same((e.kind, e.data["path"], e.data["hint"]),
             ("unknown_field", "/login",
              "login takes username and password, or a token"))
        same(c.error("logout", {"all": 1}).kind, "invalid_value")


@case("bcrypt and yescrypt hashes are accepted once, and replaced")
def older():
    for name, method in (("old", crypt.METHOD_BLOWFISH), ("yes", None)):
        password = secret("older horse " + name)
        if method is None:
            hashed = crypt.crypt(password, "$y$j9T$" + "abcdefgh" * 2)
            check(hashed is not None and hashed.startswith("$y$"), hashed)
        else:
            hashed = crypt.crypt(password, crypt.mksalt(method, rounds=16))
            check(hashed.startswith("$2b$"))
        w["db"].run("INSERT INTO users(username, _password_hash) VALUES "
                    "('%s', '%s')" % (name, hashed))
        with connect() as c:
            same(c.error("login", {"username": name,
                                   "password": secret("no horse")}).kind,
                 "unauthenticated")
            same(hash_of(name), hashed)
            one = login(c, name, password)
            check(hash_of(name).startswith("$argon2id$"))
            new = hash_of(name)
            before = len(seen)
            same(c.call("login", {"token": one["token"]}), one)
            del seen[before:]
            two = login(c, name, password)
            same(hash_of(name), new)
            check(two["token"] != one["token"])


@case("a hash of another cost is replaced, and other tokens stay good")
def cost():
    with connect() as c:
        token = login(c, "riko", "correct horse 1")["token"]
    dearer = Daemon(w["address"], MODEL, ["password_memory=20MiB"])
    with Client(dearer.address) as c:
        fresh = c.call("login", {"username": "riko",
                                 "password": "correct horse 1"})["token"]
        secrets.append(fresh)
        check("m=20480" in hash_of("riko"), hash_of("riko"))
        same(c.call("login", {"token": token})["user"]["id"], w["riko"])
    dearer.stop()


@case("requests sent right behind a login run as the user, those sent before "
      "it do not")
def pipelined():
    with connect() as c:
        before = len(seen)
        c.send("".join(dumps(r) + "\n" for r in [
            {"id": 1, "method": "hello"},
            {"id": 2, "method": "login", "params": {
                "username": "riko", "password": "correct horse 1"}},
            {"id": 3, "method": "hello"},
            {"id": 4, "method": "logout"},
            {"id": 5, "method": "hello"},
            {"id": 6, "method": "login", "params": {
                "username": "riko", "password": secret("no such horse")}},
            {"id": 7, "method": "hello"}]))
        replies = [c.reply() for _ in range(7)]
        secrets.append(replies[1]["result"]["token"])
        del seen[before:]
    same([r["id"] for r in replies], list(range(1, 8)))
    riko = {"id": w["riko"], "username": "riko"}
    same([replies[i]["result"]["user"] for i in (0, 2, 4, 6)],
         [None, riko, None, None])
    with connect() as c:
        before = len(seen)
        c.send(dumps([
            {"id": 1, "method": "login", "params": {
                "username": "riko", "password": "correct horse 1"}},
            {"id": 2, "method": "hello"}, {"id": 3, "method": "ping"}]) +
            "\n")
        replies = c.reply()
        secrets.append(replies[0]["result"]["token"])
        del seen[before:]
    same(replies[1]["result"]["user"], riko)


@case("logging out ends the token, logging out of all ends all of them, also "
      "on connections that are open")
def log_out():
    tokens = []
    clients = [connect() for _ in range(4)]
    for c in clients:
        tokens.append(login(c, "riko", "correct horse 1")["token"])
    same(clients[0].call("logout"), {})
    same(clients[0].call("hello")["user"], None)
    same(clients[0].error("login", {"token": tokens[0]}).kind,
         "unauthenticated")
    before = len(seen)
    same(clients[0].call("login", {"token": tokens[1]})["user"]["id"],
         w["riko"])
    del seen[before:]
    same(clients[1].call("logout", {"all": True}), {})
    for token in tokens:
        same(clients[1].error("login", {"token": token}).kind,
             "unauthenticated")

    def ended():
        e = clients[2].ask("count", {"model": "User"}).get("error")
        return e is not None and e["data"]["kind"] == "unauthenticated"
    until("the login to end", ended, 5)
    same(clients[2].call("ping"), {})
    same(clients[2].call("hello")["user"], None)
    same(clients[2].call("logout"), {})
    clients[2].call("describe", {"model": "User"})
    login(clients[3], "riko", "correct horse 1")
    same(clients[3].call("hello")["user"]["id"], w["riko"])
    for c in clients:
        c.close()


@case("a new password ends all tokens, whoever sets it and how")
def change():
    for how in ("update", "psql"):
        sign_up("mira " + how, "mira's first")
        with connect() as c, connect() as other:
            user = login(c, "mira " + how, "mira's first")
            old = login(other, "mira " + how, "mira's first")["token"]
            if how == "update":
                c.call("update", {"model": "User", "id": user["user"]["id"],
                                  "values": {
                                      "password": secret("mira's second")},
                                  "return": "none"})
            else:
                w["db"].run("UPDATE users SET _password_hash = "
                            "_password_hash || ' ' WHERE id = %d"
                            % user["user"]["id"])
            same(c.error("login", {"token": old}).kind, "unauthenticated")
            until("the other login to end", lambda: "error" in
                  other.ask("count", {"model": "User"}), 5)
            if how == "update":
                same(c.error("login", {"username": "mira update",
                                       "password": "mira's first"}).kind,
                     "unauthenticated")
                login(c, "mira update", "mira's second")


@case("a deleted user's login ends; an admin is one by role or by "
      "configuration, and other roles are noticed")
def ends():
    made = sign_up("fleeting", "gone soon")
    with connect() as c, connect() as nobody:
        login(c, "fleeting", "gone soon")
        w["db"].run("UPDATE users SET role = 'boss' WHERE id = %d"
                    % made["id"])
        until("the role to be noticed", lambda: c.call("hello")["admin"], 5)
        w["db"].run("UPDATE users SET role = 'boss ' WHERE id = %d"
                    % made["id"])
        until("the role to be lost", lambda: not c.call("hello")["admin"], 5)
        w["db"].run("DELETE FROM users WHERE id = %d" % made["id"])
        until("the login to end", lambda: "error" in
              c.ask("count", {"model": "User"}), 5)
    named = Daemon(w["address"], MODEL, CHEAP + ["admins=riko, mira update"])
    with Client(named.address) as c:
        result = c.call("login", {"username": "riko",
                                  "password": "correct horse 1"})
        secrets.append(result["token"])
        same(result["admin"], True)
    named.stop()


@case("a user whose login has become too long, or null, is nobody")
def overlong():
    made = sign_up("short", "for a while")
    for wrong in ("repeat('x', 1025)", "repeat('é', 600)"):
        with connect() as c:
            token = login(c, "short", "for a while")["token"]
            w["db"].run("UPDATE users SET username = %s WHERE id = %d"
                        % (wrong, made["id"]))
            until("the login to end", lambda: "error" in
                  c.ask("count", {"model": "User"}), 5)
            same(c.error("login", {"token": token}).kind, "unauthenticated")
            w["db"].run("UPDATE users SET username = 'short' WHERE id = %d"
                        % made["id"])
            before = len(seen)
            same(c.call("login", {"token": token})["user"]["id"], made["id"])
            del seen[before:]


@case("only an admin gives roles")
def roles():
    values = {"username": "climber", "password": secret("up up up"),
              "role": "boss"}
    with connect() as c:
        e = c.error("create", {"model": "User", "values": values})
        same([e.kind, e.data["path"]], ["forbidden", "/values/role"])
        same(c.error("preview", {"method": "create", "params": {
            "model": "User", "values": values}}).kind, "forbidden")
        e = c.error("create", {"model": "Note", "values": {
            "text": "x", "user": values}})
        same([e.kind, e.data["path"]], ["forbidden", "/values/user/role"])
        user = login(c, "riko", "correct horse 1")["user"]
        same(c.error("update", {"model": "User", "id": user["id"],
                                "values": {"role": "boss"}}).kind,
             "forbidden")
        w["db"].run("UPDATE users SET role = 'boss' WHERE id = %d"
                    % user["id"])
        until("riko to be admin", lambda: c.call("hello")["admin"], 5)
        made = c.call("create", {"model": "User", "values": values})
        same(made["role"], "boss")
    w["db"].run("UPDATE users SET role = NULL WHERE role = 'boss'")


@case("passwords in nested, merged and listed objects and in transactions "
      "are hashed too")
def everywhere():
    with connect() as c:
        c.call("create", {"model": "Note", "values": {
            "text": "hello", "user": {"username": "nested",
                                      "password": secret("nested one")}}})
        made = c.call("create", {"model": "User", "values": [
            {"username": "list %d" % i, "password": secret("listed %d" % i)}
            for i in range(3)], "return": "key"})
        c.call("merge", {"model": "User", "values": {
            "id": made[0], "password": secret("merged one")}})
        c.call("transaction", {"ops": [
            {"method": "create", "params": {"model": "User", "values": {
                "username": "in ta", "password": secret("in ta 1")}},
             "as": "u"},
            {"method": "update", "params": {
                "model": "User", "id": {"$ref": "u"},
                "values": {"password": secret("in ta 2")}}}]})
        for name, password in (("nested", "nested one"),
                               ("list 0", "merged one"),
                               ("list 1", "listed 1"), ("in ta", "in ta 2")):
            login(c, name, password)
        c.call("update", {"model": "User", "id": made[2],
                          "values": {"password": None}})
        same(hash_of("list 2"), "")


@case("passwords that are none are refused at their place, and too many")
def no_passwords():
    with connect() as c:
        for value, kind in (("", "invalid_value"), (7, "invalid_value"),
                            ({"$get": 1}, "invalid_value"),
                            ("x" * 1025, "invalid_value")):
            e = c.error("create", {"model": "Note", "values": {
                "user": {"username": "none", "password": value}}})
            same([e.kind, e.data["path"]], [kind, "/values/user/password"])
        e = c.error("create", {"model": "User", "values": [
            {"username": "many %d" % i, "password": "p%d" % i}
            for i in range(17)]})
        same([e.kind, e.data["path"]], ["limit", "/values/16/password"])
        for params in ({"where": {"password": "x"}},
                       {"where": {"_password_hash": {"like": "$%"}}},
                       {"order_by": ["password"]},
                       {"order_by": ["_password_hash"]}):
            same(c.error("find", dict(params, model="User")).kind,
                 "unknown_field")
        same(c.error("get", {"model": "User", "id": {"password": "x"}}).kind,
             "unknown_field")
        got = c.call("get", {"model": "User", "id": w["riko"],
                             "only": ["username", "password"]})
        same(got, {"username": "riko"})


@case("a preview makes no hash and shows no password")
def preview():
    with connect() as c:
        c.call("preview", {"method": "create", "params": {
            "model": "User", "values": {
                "username": "shown",
                "password": secret("previewed pass")}}})


@case("with an idempotency key: the same request again gets the stored "
      "reply, another password is another request, and keys are the user's")
def keyed():
    def request(password, user="keyed"):
        return {"model": "User", "key": "k-1", "values": {
            "username": user, "password": secret(password)}}
    with connect() as c:
        made = c.call("create", request("keyed pass"))
        same(c.call("create", request("keyed pass")), made)
        same(c.error("create", request("keyed pass 2")).kind, "key_reused")
        login(c, "keyed", "keyed pass")
        own = c.call("create", request("keyed pass", "keyed too"))
        check(own["id"] != made["id"])
        login(c, "riko", "correct horse 1")
        same(c.error("create", request("keyed pass")).kind, "unique")
    rows = w["db"].rows("SELECT * FROM ormd.idempotency")
    same(len(rows), 2)


@case("too many wrong passwords: the user's logins wait, whether he exists "
      "or not; others do not, and tokens do not")
def limited():
    ormd = Daemon(w["address"], MODEL, CHEAP + ["login_attempts=3",
                                                "login_window=90s"])
    with Client(ormd.address) as c:
        token = c.call("login", {"username": "riko",
                                 "password": "correct horse 1"})["token"]
        secrets.append(token)
        answers = []
        for name in ("riko", "nobody at all"):
            kinds = []
            for _ in range(5):
                e = c.error("login", {"username": name,
                                      "password": "wrong again"})
                kinds.append(e.kind)
            same(kinds, ["unauthenticated"] * 3 + ["overloaded"] * 2)
            same(e.data["retryable"], True)
            check(re.search("try again in (2[0-9]|30) s", e.data["hint"]),
                  e.data)
            answers.append(e.message)
        same(len(set(answers)), 1)
        # The right one has to wait, too, or it would be told apart.
        same(c.error("login", {"username": "riko",
                               "password": "correct horse 1"}).kind,
             "overloaded")
        same(c.call("login", {"token": token})["user"]["id"], w["riko"])
        login(Client(ormd.address), "keyed", "keyed pass")
    ormd.stop()
    ormd = Daemon(w["address"], MODEL, CHEAP + ["login_attempts=3",
                                                "login_window=3s"])
    with Client(ormd.address) as c:
        until("a login to be too many", lambda: c.error("login", {
            "username": "riko",
            "password": "wrong again"}).kind == "overloaded")
        time.sleep(1.1)
        secrets.append(c.call("login", {
            "username": "riko", "password": "correct horse 1"})["token"])
        for _ in range(3):		# the count has begun anew
            same(c.error("login", {"username": "riko",
                                   "password": "wrong again"}).kind,
                 "unauthenticated")
    ormd.stop()
    ormd = Daemon(w["address"], MODEL, CHEAP + ["login_attempts_address=5"])
    with Client(ormd.address) as c, Client(ormd.address) as d:
        kinds = [c.error("login", {"username": "u%d" % i, "password": "x"}
                         if i % 2 else {"token": "A" * 43}).kind
                 for i in range(7)]
        same(kinds, ["unauthenticated"] * 5 + ["overloaded"] * 2)
        same(d.error("login", {"username": "riko",
                               "password": "correct horse 1"}).kind,
             "overloaded")
        same(c.call("ping"), {})
    ormd.stop()


@case("a client on a Unix socket is the user whom its user id stands for")
def peers():
    path = os.path.join(w["ormd"].folder, "sock")
    ormd = Daemon(w["address"], MODEL, CHEAP + [
        "peer_users=4000000001:nobody, %d:riko" % os.getuid(),
        "login_check=300ms", "log_level=debug"], path=path)
    with Client(path) as c:
        c.send('{"id":1,"method":"hello"}\n{"id":2,"method":"hello"}\n'
               '{"id":3,"method":"ping"}\n')
        replies = {r["id"]: r["result"] for r in
                   (c.reply() for _ in range(3))}
        same([replies[1]["user"], replies[2]["user"]],
             [{"id": w["riko"], "username": "riko"}] * 2)
        same(c.call("logout"), {})
        same(c.call("hello")["user"], None)
        time.sleep(0.4)
        same(c.call("hello")["user"], None)
    with Client(path) as c:
        same(c.call("hello")["user"]["username"], "riko")
        w["db"].run("UPDATE users SET username = 'riko II' WHERE "
                    "username = 'riko'")
        until("the login to end", lambda: "error" in
              c.ask("count", {"model": "User"}), 5)
        w["db"].run("UPDATE users SET username = 'riko' WHERE "
                    "username = 'riko II'")
        until("it to come back", lambda: "result" in
              c.ask("count", {"model": "User"}), 5)
        c.call("logout", {"all": True})
    ormd.stop()
    for wrong in ("alice", "1000", "1000:", ":riko", "-1:riko", "1x:riko",
                  "99999999999:riko"):
        same(Daemon(w["address"], MODEL, ["peer_users=" + wrong],
                    wait=False).wait(), 2)


@case("what was being hashed or asked when ormd drains is finished or "
      "refused, and ormd ends")
def drains():
    ormd = Daemon(w["address"], MODEL, ["password_memory=64MiB",
                                        "password_passes=4"])
    clients = [Client(ormd.address) for _ in range(6)]
    for i, c in enumerate(clients):
        c.post("login", {"username": "riko", "password":
                         "correct horse 1" if i % 2 else "wrong"})
    time.sleep(0.05)
    ormd.stop()
    for c in clients:
        reply = c.reply()
        if "result" in reply:
            secrets.append(reply["result"]["token"])
        else:
            check(reply["error"]["data"]["kind"] in
                  ("draining", "unauthenticated"), reply)
        c.close()


@case("clients that go while their password is tried take nothing along")
def gone():
    for i in range(20):
        with Client(w["ormd"].address) as c:
            if i % 2:
                c.post("login", {"username": "nested",
                                 "password": "nested one"})
            else:
                c.post("create", {"model": "User", "values": {
                    "username": "gone %d" % i,
                    "password": secret("gone pass %d" % i)}})
    with connect() as c:
        login(c, "riko", "correct horse 1")


@case("a deadline holds for hashing too, and what was not tried for other "
      "reasons does not count as wrong")
def deadlines():
    with connect() as c:
        password = {"username": "nested", "password": "nested one",
                    "deadline_ms": 1}
        for _ in range(15):
            same(c.error("login", password).kind, "timeout")
        e = c.error("create", {"model": "User", "deadline_ms": 1, "values": {
            "username": "late", "password": secret("too late")}})
        same([e.kind, e.data["committed"]], ["timeout", "no"])
        w["db"].run("ALTER TABLE users RENAME TO users_away")
        for _ in range(15):
            e = c.error("login", {"username": "listed",
                                  "password": secret("not looked at")})
            same(e.kind, "internal")
        w["db"].run("ALTER TABLE users_away RENAME TO users")
        same(c.error("login", {"username": "listed",
                               "password": secret("now wrong")}).kind,
             "unauthenticated")
        login(c, "nested", "nested one")


def without_auth():
    model = loads(dumps(MODEL))
    del model["auth"]
    for each in model["models"].values():
        del each["access"]
    return model


@case("the model loses its auth, and gets it back, amid logins and looks at "
      "them")
def auth_comes_and_goes():
    ormd = Daemon(w["address"], MODEL, CHEAP + ["login_check=1ms",
                                               "lock_timeout=60s"])

    def exchange(model):
        before = ormd.logged().count("reloaded; ")
        with open(ormd.model, "w") as f:
            f.write(dumps(model))
        ormd.signal(signal.SIGHUP)
        until("the reload", lambda: ormd.logged().count("reloaded; ") > before)

    with Client(ormd.address) as looked, Client(ormd.address) as c:
        token = login(looked, "nested", "nested one")["token"]
        user = looked.call("hello")["user"]
        w["db"].run("BEGIN; LOCK TABLE ormd.token")
        time.sleep(0.02)		# longer than login_check
        c.post("login", {"username": "nested", "password": "nested one"})
        looked.post("hello")
        until("both to wait", lambda: w["db"].value(
            "SELECT count(*) FROM pg_locks WHERE NOT granted") == "2", 40)
        exchange(without_auth())
        w["db"].run("COMMIT")
        result = c.reply()["result"]
        secrets.append(result["token"])
        same(result["user"], user)
        same([looked.reply()["result"]["user"], looked.call("hello")["user"]],
             [None, None])
        exchange(MODEL)
        same([x.call("hello")["user"] for x in (c, looked)], [user, user])
        same(c.call("login", {"token": token})["user"], user)
    ormd.stop()


@case("without auth in the model there are no logins")
def no_auth():
    ormd = Daemon(w["address"], without_auth())
    with Client(ormd.address) as c:
        hello = c.call("hello")
        same([hello["auth"], hello["user"]], [False, None])
        check("admin" not in hello)
        same(c.error("login", {"username": "riko", "password": "x"}).kind,
             "forbidden")
        same(c.error("create", {"model": "User", "values": {
            "username": "x", "password": "x"}}).kind, "unknown_field")
    ormd.stop()


@case("a database without the table for tokens is named in the hint")
def no_table():
    with connect() as c:
        w["db"].run("ALTER TABLE ormd.token RENAME TO token_away")
        e = c.error("login", {"username": "keyed",
                              "password": "keyed pass"})
        w["db"].run("ALTER TABLE ormd.token_away RENAME TO token")
        same(e.kind, "internal")
        check("ormd.token" in e.data["hint"], e.data)


@case("no password and no token is in any reply, in the log, in what "
      "PostgreSQL shows or in a table", 120)
def canary():
    dump = w["db"].run(
        "SELECT u::text FROM users u; SELECT t::text FROM ormd.token t; "
        "SELECT i::text, convert_from(decode(substr(encode(request, 'hex'), "
        "1, 0), 'hex'), 'UTF8') FROM ormd.idempotency i; "
        "SELECT query FROM pg_stat_activity")
    with open(w["postgres"].log, errors="replace") as f:
        server = f.read()
    heaps = {"a reply": b"\n".join(seen).decode(),
             "ormd's log": w["ormd"].logged(),
             "PostgreSQL's log": server, "the database": dump}
    check(len(secrets) > 60 and len(seen) > 60)
    check(all("$argon2id$" not in line.decode() for line in seen))
    for text in secrets:
        for name, heap in heaps.items():
            check(text not in heap, "%r is in %s" % (text, name))


if __name__ == "__main__":
    sys.exit(run(setup))
