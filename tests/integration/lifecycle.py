#!/usr/bin/env python3
"""ormd's life: before its database is there, while backends die, a reload, an
orderly end.
"""

import json
import os
import signal
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Daemon, MEDITATION, Postgres, SLOW, TOP, case, check,
                     dumps, loads, run, same, until)

w = {}
BACKENDS = "FROM pg_stat_activity WHERE usename = 'ormd'"
USERS = """TRUNCATE users CASCADE;
INSERT INTO users (id, username) SELECT i, 'user' || i
FROM generate_series(1, 50) i;
SELECT setval(pg_get_serial_sequence('users', 'id'), 50)"""


def setup():
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database(
        "meditation", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = w["postgres"].psql("meditation")
    w["db"].run(USERS)


def start(options=(), model=MEDITATION):
    return Daemon(w["address"], model, options).when_ready()


def get(i):
    return {"model": "User", "id": i, "only": ["id", "username"]}


USER_1 = {"id": 1, "username": "user1"}


@case("PostgreSQL absent at start: ormd listens, says database_down, and "
      "answers within 1 s of PostgreSQL accepting")
def absent():
    postgres = w["postgres"]
    w["db"].close()
    postgres.stop()
    daemon = Daemon(w["address"])
    with daemon.connect() as c:
        same(c.call("ping"), {})
        error = c.error("get", get(1))
        same((error.code, error.kind, error.data["retryable"]),
             (-32004, "database_down", True))
        error = c.error("create", {"model": "User",
                                   "values": {"username": "x"}})
        same(error.kind, "database_down")
        same(c.error("gett").kind, "method_not_found")
        time.sleep(1.5)			# the pauses between attempts grow
        check(postgres.start())
        accepted = time.monotonic()
        while "error" in c.ask("get", get(1)):
            check(time.monotonic() - accepted < 1.0 * SLOW,
                  "no answer within 1 s of PostgreSQL accepting")
            time.sleep(0.01)
        same(c.call("get", get(1)), USER_1)
    daemon.stop()
    w["db"] = postgres.psql("meditation")


@case("PostgreSQL restarted: the same ormd and connection go on")
def restarted():
    daemon = start()
    with daemon.connect() as c:
        same(c.call("get", get(1)), USER_1)
        w["db"].close()
        w["postgres"].stop()
        error = c.error("get", get(1))
        same((error.kind, error.data["retryable"]), ("database_down", True))
        check(w["postgres"].start())
        accepted = time.monotonic()
        while "error" in c.ask("get", get(1)):
            check(time.monotonic() - accepted < 1.0 * SLOW,
                  "no answer within 1 s of PostgreSQL accepting")
            time.sleep(0.01)
    daemon.stop()
    w["db"] = w["postgres"].psql("meditation")


@case("all backends lost in one turn while nobody asks: ormd is connected "
      "again before somebody does")
def backends_unasked():
    def connected():
        return w["db"].value("SELECT count(*) %s AND state = 'idle'"
                             % BACKENDS)

    daemon = start(["readers=3", "writers=2", "connect_timeout=300ms"])
    for _ in range(3):			# they are not always lost together
        until("all backends", lambda: connected() == "5", 5)
        time.sleep(0.4)			# no timer is left of connecting
        try:
            daemon.signal(signal.SIGSTOP)	# it sees all of it at once
            w["db"].run("SELECT pg_terminate_backend(pid) " + BACKENDS)
            until("the backends to end", lambda: connected() == "0")
        finally:
            daemon.signal(signal.SIGCONT)
    until("all backends", lambda: connected() == "5", 5)
    daemon.stop()


@case("all backends terminated while idle: the same connection is answered "
      "again, and told database_down at most until then")
def backends_idle():
    daemon = start()
    with daemon.connect() as c:
        def answered():
            reply = c.ask("get", get(1))
            if "error" in reply:
                same((reply["error"]["data"]["kind"],
                      reply["error"]["data"]["retryable"]),
                     ("database_down", True))
                return False
            same(reply["result"], USER_1)
            return True

        for _ in range(5):
            until("an answer", answered)
            pids = w["db"].run("SELECT pid, pg_terminate_backend(pid) "
                               + BACKENDS).split("\n")
            pids = ", ".join(line.split("|")[0] for line in pids)
            check(pids, "no backends")
            # A backend that dies late could still answer, or take a
            # request with it.
            until("the backends to end", lambda: w["db"].value(
                "SELECT count(*) FROM pg_stat_activity WHERE pid IN (%s)"
                % pids) == "0")
            until("an answer", answered)
    daemon.stop()


@case("backends terminated again and again under load: one reply for each "
      "request, what was acknowledged is stored, what failed is not")
def backends_under_load():
    daemon = start()
    w["db"].run("TRUNCATE users CASCADE")
    acknowledged, failed, unknown, broken = [], [], [], []
    end = time.monotonic() + 3

    def write(n):
        try:
            with daemon.connect() as c:
                i = 0
                while time.monotonic() < end:
                    i += 1
                    name = "%d-%d" % (n, i)
                    reply = c.ask("create", {
                        "model": "User", "return": "none",
                        "values": {"username": name}})
                    if "result" in reply:
                        acknowledged.append(name)
                        continue
                    data = reply["error"]["data"]
                    if data["kind"] == "uncertain":
                        same(data["committed"], "unknown")
                        unknown.append(name)
                    else:
                        check(data["retryable"], data)
                        failed.append(name)
        except Exception as error:
            broken.append(repr(error))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    while time.monotonic() < end:
        w["db"].run("SELECT pg_terminate_backend(pid) " + BACKENDS)
        time.sleep(0.05)
    for t in threads:
        t.join()
    check(not broken, broken)
    stored = set(w["db"].run("SELECT username FROM users").split("\n"))
    lost = [n for n in acknowledged if n not in stored]
    check(not lost, "acknowledged, but lost: %s" % lost[:5])
    there = [n for n in failed if n in stored]
    check(not there, "said to have failed, but stored: %s" % there[:5])
    strange = stored - set(acknowledged) - set(unknown) - {""}
    check(not strange, "nobody asked for these: %s" % list(strange)[:5])
    check(len(acknowledged) > 50, "only %d were stored" % len(acknowledged))
    daemon.stop()
    w["db"].run(USERS)


@case("a statement that waits for a lock longer than lock_timeout fails "
      "alone, and says that nothing was committed")
def lock():
    daemon = start(["lock_timeout=300ms"])
    with w["postgres"].psql("meditation") as locker, \
            daemon.connect() as c, daemon.connect() as other:
        locker.run("BEGIN; UPDATE users SET username = 'held' WHERE id = 2")
        c.post("update", {"model": "User", "id": 2, "return": "none",
                          "values": {"username": "waits"}})
        same(other.call("update", {"model": "User", "id": 3, "return": "none",
                                   "values": {"username": "goes"}}), None)
        error = c.reply()["error"]
        same((error["code"], error["data"]["kind"],
              error["data"].get("committed")), (-32005, "timeout", "no"))
        locker.run("ROLLBACK")
        same(c.call("get", get(2))["username"], "user2")
    daemon.stop()


@case("SIGTERM: stops accepting, lets what runs finish, says draining to the "
      "rest, ends with status 0")
def drain():
    daemon = start()
    locker = w["postgres"].psql("meditation")
    busy, late = daemon.connect(), daemon.connect()
    same(late.call("ping"), {})
    locker.run("BEGIN; LOCK TABLE users IN EXCLUSIVE MODE")
    busy.post("create", {"model": "User", "values": {"username": "last"},
                         "only": ["username"]})
    until("the write to wait for the lock", lambda: int(w["db"].value(
        "SELECT count(*) FROM pg_locks WHERE NOT granted")) > 0)
    daemon.signal(signal.SIGTERM)

    def refuses():
        try:
            daemon.connect(1).close()
            return False
        except OSError:
            return True
    until("ormd to stop accepting", refuses)
    late.send(dumps({"id": 9, "method": "get", "params": get(1)}) + "\n")
    said = late.line()
    if said is not None:		# or it was closed: promise 2
        same(loads(said.decode())["error"]["data"]["kind"], "draining")
    same(daemon.process.poll(), None)
    locker.run("COMMIT")
    same(busy.reply()["result"], {"username": "last"})
    same(daemon.wait(), 0)
    same(busy.line(), None)
    for c in (busy, late, locker):
        c.close()
    same(w["db"].value("SELECT count(*) FROM users WHERE username = 'last'"),
         "1")


@case("SIGTERM with a request that does not end: ends within drain_timeout")
def drain_timeout():
    daemon = start(["drain_timeout=500ms"])
    with w["postgres"].psql("meditation") as locker, daemon.connect() as c:
        locker.run("BEGIN; LOCK TABLE users IN EXCLUSIVE MODE")
        c.post("create", {"model": "User", "values": {"username": "never"}})
        until("the write to wait for the lock", lambda: int(w["db"].value(
            "SELECT count(*) FROM pg_locks WHERE NOT granted")) > 0)
        begin = time.monotonic()
        daemon.signal(signal.SIGTERM)
        same(daemon.wait(), 0)
        took = time.monotonic() - begin
        check(0.3 < took < 3 * SLOW, "it took %.1f s" % took)
        locker.run("ROLLBACK")
    until("its statement to be cancelled", lambda: w["db"].value(
        "SELECT count(*) " + BACKENDS) == "0")
    same(w["db"].value("SELECT count(*) FROM users WHERE username = 'never'"),
         "0")


@case("SIGTERM when idle: idle connections are closed, status 0")
def stop_idle():
    daemon = start()
    with daemon.connect() as c:
        same(c.call("ping"), {})
        daemon.signal(signal.SIGTERM)
        same(c.line(), None)
    same(daemon.wait(5), 0)


def write_model(path, change=None):
    with open(MEDITATION) as f:
        model = json.load(f)
    if change:
        change(model["models"])
    with open(path + ".new", "w") as f:
        json.dump(model, f)
    os.rename(path + ".new", path)


@case("SIGHUP: a new model file is in force, the connection stays, a bad one "
      "is refused with its place and the old one stays")
def reload():
    with open(MEDITATION) as f:
        daemon = start(model=json.load(f))
    with daemon.connect() as c:
        same(sorted(c.call("get", {"model": "User", "id": 1})),
             ["id", "meditation_sessions", "username"])

        def no_name(models):
            models["User"]["serialize_rules"].append("-username")
        write_model(daemon.model, no_name)
        daemon.signal(signal.SIGHUP)
        until("the new model", lambda: "username" not in c.call(
            "get", {"model": "User", "id": 1}))

        def bad(models):
            models["User"]["relationships"]["meditation_sessions"][
                "target"] = "Nobody"
        write_model(daemon.model, bad)
        seen = len(daemon.logged())
        daemon.signal(signal.SIGHUP)
        until("the refusal in the log", lambda: "/models/User/relationships/"
              in daemon.logged()[seen:])
        same(sorted(c.call("get", {"model": "User", "id": 1})),
             ["id", "meditation_sessions"])
        write_model(daemon.model)
        daemon.signal(signal.SIGHUP)
        until("the first model again", lambda: "username" in
              c.call("get", {"model": "User", "id": 1}))
    daemon.stop()


@case("SIGHUP twenty times under load: no reply fails, no connection drops")
def reload_under_load():
    daemon = start()
    stop, broken, count = [], [], []

    def read():
        try:
            with daemon.connect() as c:
                while not stop:
                    same(c.call("get", get(1)), USER_1)
                    count.append(1)
        except Exception as error:
            broken.append(repr(error))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for t in threads:
        t.start()
    for _ in range(20):
        daemon.signal(signal.SIGHUP)
        time.sleep(0.05)
    stop.append(1)
    for t in threads:
        t.join()
    check(not broken, broken)
    check(len(count) > 50, "only %d reads" % len(count))
    daemon.stop()


@case("a column of another type: nobody is told, however many backends have "
      "prepared for the old one; one that is gone: the log says which")
def tables_change():
    model = {"ormd": 1, "models": {"Cup": {"table": "cups", "columns": {
        "id": {"type": "integer", "primary_key": True},
        "size": {"type": "integer"}}}}}
    w["db"].run("CREATE TABLE cups(id int PRIMARY KEY, size int); "
                "INSERT INTO cups VALUES (1, 7)")
    daemon = start(["readers=8", "merging=off"], model)
    cup = {"model": "Cup", "id": 1}

    def prepared():
        for c in clients:
            c.post("get", cup)
        same([c.reply()["result"] for c in clients],
             [{"id": 1, "size": 7}] * len(clients))
        return w["db"].value("SELECT count(*) %s AND query LIKE '%%cups%%'"
                             % BACKENDS) == "8"

    clients = [daemon.connect() for _ in range(32)]
    until("all readers to have been used", prepared)
    w["db"].run("ALTER TABLE cups ALTER size TYPE bigint")
    for _ in range(3):
        same(clients[0].call("get", cup), {"id": 1, "size": 7})
    said = "column cups.size is integer in the model, bigint in the database"
    until("the log", lambda: said in daemon.logged())
    daemon.stop()

    daemon = start([], model)
    w["db"].run("ALTER TABLE cups RENAME size TO girth")
    with daemon.connect() as c:
        error = c.error("get", cup)
    same([error.kind, error.data["sqlstate"]], ["internal", "42703"])
    said = "column cups.size of the model is not in the database"
    until("the log", lambda: said in daemon.logged())
    daemon.stop()
    w["db"].run("DROP TABLE cups")


@case("settings from a file, -o over the file, and an address in use")
def settings():
    first = start()
    path = os.path.join(first.folder, "ormd.conf")
    with open(path, "w") as f:
        f.write("# a comment\nmodel = %s\ndatabase = %s\n\n"
                "max_batch = 2\nmax_depth = 20\n"
                % (MEDITATION, w["address"]))
    second = Daemon(w["address"], options=["max_depth=25"])
    second.kill()
    second.command[1:] = ["-c", path, "-o", "listen=%s:%d" % second.address,
                          "-o", "max_depth=10"]
    second.run()
    with second.connect() as c:
        c.send(dumps([{"id": i, "method": "ping"} for i in range(3)]) + "\n")
        check("error" in c.reply(), "max_batch of the file is not in force")
        c.send('{"id":1,"method":"ping","params":%s1%s}\n'
               % ('{"a":' * 15, "}" * 15))
        check("error" in c.reply(), "-o max_depth is not in force")
    second.stop()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        third = Daemon(w["address"], wait=False, port=taken.getsockname()[1])
        check(third.wait() != 0, "it listens where another does")
        check(str(taken.getsockname()[1]) in third.logged(), third.logged())
    first.stop()


@case("the log holds no value that a client sent")
def log_is_discreet():
    daemon = start(["log_level=debug"])
    with daemon.connect() as c:
        c.call("create", {"model": "User", "values": {
            "username": "discreet-name"}})
        c.error("create", {"model": "User", "values": {
            "username": "discreet-name"}})
        c.error("create", {"model": "User", "values": {
            "discreet-name": "discreet-name"}})
        c.send('{"discreet-name"\n')
        c.reply()
    daemon.stop()
    check("discreet-name" not in daemon.logged(), daemon.logged())


if __name__ == "__main__":
    run(setup)
