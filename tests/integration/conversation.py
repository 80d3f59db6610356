#!/usr/bin/env python3
"""A first conversation on the shipped model, with psql looking on.

What a newcomer does with nc: each step is a line to ormd, and then the tables
are read with psql.  The steps build on each other.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import schemas
from harness import (Daemon, MEDITATION, Postgres, TOP, case, check, dumps,
                     loads, run, same)

w = {}				# the world: ormd, psql, what was made


def setup():
    postgres = Postgres()
    address = postgres.database(
        "meditation", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = postgres.psql("meditation")
    w["ormd"] = schemas.hold(Daemon(address, MEDITATION).when_ready())
    w["client"] = w["ormd"].connect()


def call(method, **params):
    params = {k.rstrip("_"): v for k, v in params.items()}
    return w["client"].call(method, params)


def sessions(where="true"):
    return w["db"].rows("SELECT id, rating, user_id, meditation_id FROM "
                        "meditation_sessions WHERE %s ORDER BY id" % where)


@case("create a meditation: the reply is the object, psql sees the row")
def create_meditation():
    made = call("create", model="Meditation", values={
        "title": "Calm", "duration": 10, "instructions": "Breathe."})
    same(made, {"id": made["id"], "title": "Calm", "duration": 10,
                "instructions": "Breathe.", "meditation_sessions": []})
    w["calm"] = made["id"]
    same(w["db"].rows("SELECT * FROM meditations"),
         [{"id": w["calm"], "title": "Calm", "duration": 10,
           "instructions": "Breathe."}])


@case("create a user with two nested sessions, one on an existing meditation "
      "and one on a new one")
def create_user():
    made = call("create", model="User", values={
        "username": "riko",
        "meditation_sessions": [
            {"rating": 5, "session_note": "good",
             "meditation": {"$get": w["calm"]}},
            {"rating": 4, "completed_duration": 1200,
             "meditation": {"title": "Body scan", "duration": 20}}]})
    w["riko"] = made["id"]
    w["scan"] = int(w["db"].value(
        "SELECT id FROM meditations WHERE title = 'Body scan'"))
    rows = sessions()
    same([(r["rating"], r["user_id"], r["meditation_id"]) for r in rows],
         [(5, w["riko"], w["calm"]), (4, w["riko"], w["scan"])])
    w["first"], w["second"] = [r["id"] for r in rows]
    same(w["db"].rows("SELECT username, _password_hash FROM users"),
         [{"username": "riko", "_password_hash": None}])
    same(made, call("get", model="User", id=w["riko"]))


@case("get the user: sessions and their meditations inside, no password "
      "hash, no recursion")
def get_user():
    w["db"].run("UPDATE users SET _password_hash = 'secret-hash'")
    w["client"].send(dumps({"id": 7, "method": "get", "params": {
        "model": "User", "id": w["riko"]}}) + "\n")
    line = w["client"].line().decode()
    check("hash" not in line, line)
    same(loads(line), {"jsonrpc": "2.0", "id": 7, "result": {
        "id": w["riko"], "username": "riko", "meditation_sessions": [
            {"id": w["first"], "completed_duration": None, "rating": 5,
             "session_note": "good", "user_id": w["riko"],
             "meditation_id": w["calm"], "meditation": {
                 "id": w["calm"], "title": "Calm", "duration": 10,
                 "instructions": "Breathe."}},
            {"id": w["second"], "completed_duration": 1200, "rating": 4,
             "session_note": None, "user_id": w["riko"],
             "meditation_id": w["scan"], "meditation": {
                 "id": w["scan"], "title": "Body scan", "duration": 20,
                 "instructions": None}}]}})


@case("get by a unique column, and of what is not there")
def get_otherwise():
    same(call("get", model="User", id={"username": "riko"}),
         call("get", model="User", id=w["riko"]))
    same(call("get", model="User", id=987654), None)
    same(call("get", model="User", id={"username": "nobody"}), None)


@case("append two meditations through the proxy, each with a rating")
def append_meditations():
    call("append", model="User", id=w["riko"], attribute="meditations",
         items=[{"$get": w["calm"], "$through": {"rating": 3}},
                {"title": "Walking", "$through": {
                    "rating": 2, "session_note": "in the park"}}])
    w["walking"] = int(w["db"].value(
        "SELECT id FROM meditations WHERE title = 'Walking'"))
    rows = sessions()
    same([(r["rating"], r["user_id"], r["meditation_id"])
          for r in rows[2:]],
         [(3, w["riko"], w["calm"]), (2, w["riko"], w["walking"])])
    w["third"], w["fourth"] = [r["id"] for r in rows[2:]]
    same(w["db"].value("SELECT session_note FROM meditation_sessions WHERE "
                       "id = %d" % w["fourth"]), "in the park")


@case("remove one: its session row is gone, the meditation stays")
def remove_meditation():
    result = call("remove", model="User", id=w["riko"],
                  attribute="meditations", items=[{"$get": w["scan"]}])
    same([s["id"] for s in result["meditation_sessions"]],
         [w["first"], w["third"], w["fourth"]])
    same([r["id"] for r in sessions()],
         [w["first"], w["third"], w["fourth"]])
    same(w["db"].value("SELECT title FROM meditations WHERE id = %d"
                       % w["scan"]), "Body scan")


@case("remove of one done twice takes the first session only")
def remove_duplicate():
    call("append", model="User", id=w["riko"], attribute="meditations",
         items=[{"$get": w["scan"], "$through": {"rating": 1}},
                {"$get": w["scan"], "$through": {"rating": 2}}])
    call("remove", model="User", id=w["riko"], attribute="meditations",
         items=[{"$get": w["scan"]}])
    same([r["rating"] for r in sessions("meditation_id = %d" % w["scan"])],
         [2])
    call("remove", model="User", id=w["riko"], attribute="meditations",
         items=[{"$get": w["scan"]}])
    same(sessions("meditation_id = %d" % w["scan"]), [])


@case("set meditation_sessions to one of three: the other two rows are gone")
def set_sessions():
    same(len(sessions()), 3)
    result = call("set", model="User", id=w["riko"],
                  attribute="meditation_sessions",
                  items=[{"$get": w["third"]}])
    same([s["id"] for s in result["meditation_sessions"]], [w["third"]])
    same(sessions(), [{"id": w["third"], "rating": 3, "user_id": w["riko"],
                       "meditation_id": w["calm"]}])
    same(w["db"].value("SELECT count(*) FROM meditations"), "3")


@case("set the proxy: sessions of kept members stay with their columns")
def set_proxy():
    call("set", model="User", id=w["riko"], attribute="meditations",
         items=[{"$get": w["walking"]}, {"$get": w["calm"]}])
    rows = sessions()
    same(sorted(r["meditation_id"] for r in rows),
         sorted([w["calm"], w["walking"]]))
    same([r for r in rows if r["id"] == w["third"]],
         [{"id": w["third"], "rating": 3, "user_id": w["riko"],
           "meditation_id": w["calm"]}])


@case("update changes the columns given and no other")
def update_session():
    result = call("update", model="MeditationSession", id=w["third"],
                  values={"rating": 1, "session_note": "tired"})
    same((result["rating"], result["session_note"], result["user_id"]),
         (1, "tired", w["riko"]))
    same(w["db"].rows("SELECT rating, session_note, user_id, meditation_id "
                      "FROM meditation_sessions WHERE id = %d" % w["third"]),
         [{"rating": 1, "session_note": "tired", "user_id": w["riko"],
           "meditation_id": w["calm"]}])


@case("a session whose user becomes null is let go, so it is deleted; its "
      "foreign-key column set to null leaves it")
def let_go():
    made = call("create", model="MeditationSession", values={
        "user": {"$get": w["riko"]}, "meditation": {"$get": w["scan"]}})
    call("update", model="MeditationSession", id=made["id"],
         values={"user": None}, return_="none")
    same(sessions("id = %d" % made["id"]), [])
    made = call("create", model="MeditationSession", values={
        "user_id": w["riko"], "meditation_id": w["scan"]})
    call("update", model="MeditationSession", id=made["id"],
         values={"user_id": None})
    same(sessions("id = %d" % made["id"]),
         [{"id": made["id"], "rating": None, "user_id": None,
           "meditation_id": w["scan"]}])
    call("delete", model="MeditationSession", id=made["id"])


@case("find with where, order, limit and after walks all pages")
def find_pages():
    call("create", model="User", values=[
        {"username": "user %02d" % i} for i in range(25)])
    seen, after = [], {}
    while True:
        page = call("find", model="User", only=["username"],
                    where={"username": {">=": "user", "<": "uses"}},
                    order_by=["-username"], limit=10, **after)
        seen += [u["username"] for u in page["items"]]
        if "next" not in page or page["next"] is None:
            break
        after = {"after": page["next"]}
        check(len(seen) <= 25, "the pages do not end")
    same(seen, ["user %02d" % i for i in range(24, -1, -1)])
    same(call("count", model="User", where={
        "username": {"in": ["user 01", "user 02", "nobody"]}}),
         {"count": 2})
    page = call("find", model="User", limit=1, count=True)
    same((len(page["items"]), page["count"]), (1, 26))


@case("delete the meditation: its sessions are gone for all users, the users "
      "stay")
def delete_meditation():
    call("create", model="User", values={
        "username": "mira", "meditation_sessions": [
            {"rating": 5, "meditation": {"$get": w["calm"]}},
            {"rating": 4, "meditation": {"$get": w["walking"]}}]})
    before = w["db"].value("SELECT count(*) FROM users")
    mine = len(sessions("meditation_id = %d" % w["calm"]))
    check(mine == 2, "%d sessions on it" % mine)
    result = call("delete", model="Meditation", id=w["calm"])
    same({k: v for k, v in result["deleted"].items() if v},
         {"Meditation": 1, "MeditationSession": 2})
    same(sessions("meditation_id = %d OR meditation_id IS NULL"
                  % w["calm"]), [])
    same([r["meditation_id"] for r in sessions()], [w["walking"]] * 2)
    same(w["db"].value("SELECT count(*) FROM users"), before)
    same(call("get", model="Meditation", id=w["calm"]), None)


@case("delete the user: his sessions are gone, others' stay")
def delete_user():
    result = call("delete", model="User", id=w["riko"])
    same({k: v for k, v in result["deleted"].items() if v},
         {"User": 1, "MeditationSession": 1})
    same(sessions("user_id = %d OR user_id IS NULL" % w["riko"]), [])
    same(len(sessions()), 1)
    same(w["db"].value("SELECT count(*) FROM users WHERE username = 'riko'"),
         "0")
    same(w["client"].error("delete", {"model": "User", "id": w["riko"]}).kind,
         "not_found")


@case("return: key and none")
def returns():
    key = call("create", model="User", values={"username": "key"},
               return_="key")
    same(int(w["db"].value("SELECT id FROM users WHERE username = 'key'")),
         key)
    same(call("update", model="User", id=key, values={"username": "keys"},
              return_="none"), None)
    same(call("delete", model="User", id=key, return_="none"), None)


@case("rules and only shape a reply, on top of the model's rules")
def shaping():
    user = call("find", model="User", where={"username": "mira"},
                only=["username", "meditation_sessions.rating"])
    same(user["items"], [{"username": "mira",
                          "meditation_sessions": [{"rating": 4}]}])
    user = call("get", model="User", id={"username": "mira"},
                rules=["-meditation_sessions"])
    same(sorted(user), ["id", "username"])
    user = call("get", model="User", id={"username": "mira"},
                rules=["-meditation_sessions.meditation", "-id"])
    same(sorted(user), ["meditation_sessions", "username"])
    check("meditation" not in user["meditation_sessions"][0], user)


@case("a private column is no attribute: not in values, where, order or only")
def private_column():
    ask = w["client"].error
    same(ask("create", {"model": "User", "values": {
        "username": "x", "_password_hash": "y"}}).kind, "unknown_field")
    same(ask("find", {"model": "User", "where": {
        "_password_hash": "secret-hash"}}).kind, "unknown_field")
    same(ask("find", {"model": "User", "order_by": [
        "_password_hash"]}).kind, "unknown_field")
    same(ask("get", {"model": "User", "id": 1, "only": [
        "_password_hash"]}).kind, "unknown_field")
    check("_password_hash" not in dumps(call("describe")))


@case("hello and describe tell what there is")
def hello():
    said = call("hello")
    for member in ("server", "version", "protocol", "limits", "models"):
        check(member in said, "hello has no " + member)
    check({"User", "Meditation", "MeditationSession"} <= set(said["models"]),
          said)
    said = dumps(call("describe", model="User"))
    for word in ("username", "meditation_sessions", "meditations"):
        check(word in said, "describe does not name " + word)


@case("fifteen lines of Python's standard library hold a conversation")
def fifteen_lines():
    import subprocess
    path = os.path.join(TOP, "tests", "examples", "client.py")
    done = subprocess.run(
        [sys.executable, path, str(w["ormd"].address[1])],
        capture_output=True, text=True, check=False)
    same(done.stderr, "")
    same(done.returncode, 0)
    check("python" in done.stdout and "Sitting" in done.stdout, done.stdout)
    same(w["db"].rows(
        "SELECT m.title, s.rating FROM users u JOIN meditation_sessions s ON "
        "s.user_id = u.id JOIN meditations m ON m.id = s.meditation_id WHERE "
        "u.username = 'python'"), [{"title": "Sitting", "rating": 5}])
    with open(path) as f:
        lines = [s for s in f.read().split("\n")
                 if s.strip() and not s.startswith("#")]
    check(len(lines) <= 15, "%d lines" % len(lines))


if __name__ == "__main__":
    run(setup)
