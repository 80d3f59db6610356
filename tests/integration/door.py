#!/usr/bin/env python3
"""The limits at the door: connections of an address, descriptors, what somebody
may send who has not logged in, for how long, and how often anybody may ask.

All clients are on this machine; another address is another one of the loopback.
"""

import os
import resource
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (SLOW, TOP, Client, Daemon, MEDITATION, Postgres, case,
                     check, dumps, loads, run, same, sanitized, say, until)
from users import CHEAP, MODEL, TABLES

w = {}


def setup():
    w["postgres"] = Postgres()
    w["users"] = w["postgres"].database("users", TABLES)
    w["plain"] = w["postgres"].database(
        "plain", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["ormd"] = with_users()
    with w["ormd"].connect() as c:
        for name in ("riko", "mira"):
            c.call("create", {"model": "User", "values": {
                "username": name, "password": "the right one"}})


def with_users(*options):
    return Daemon(w["users"], MODEL, CHEAP + list(options)).when_ready()


def client(ormd, host="127.0.0.1"):
    c = Client(ormd.address, connect=False)
    c.socket.bind((host, 0))
    c.socket.connect(ormd.address)
    return c


def login(name, password="the right one"):
    return dumps({"id": name, "method": "login", "params": {
        "username": name, "password": password}}) + "\n"


def resident(pid, what="VmRSS:"):
    with open("/proc/%d/status" % pid) as f:
        return int(f.read().split(what)[1].split()[0])


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def processor(pid):
    """Seconds that it has had so far."""
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


# ---- connections -----------------------------------------------------------

@case("an address has a share of the connections")
def of_an_address():
    ormd = with_users("max_connections_address=5")
    held = [client(ormd, "127.0.0.4") for _ in range(5)]
    for c in held:
        same(c.call("ping"), {})
    with client(ormd, "127.0.0.4") as c:
        error = c.reply()["error"]
        same([error["data"]["kind"], error["data"]["retryable"]],
             ["overloaded", True])
        check("max_connections_address" in error["message"], error)
        check("hint" in error["data"], error)
        same(c.line(), None)
    others = [client(ormd, "127.0.0.2") for _ in range(5)]
    for c in others:
        same(c.call("ping"), {})
    held.pop().close()

    def let_in():
        with client(ormd, "127.0.0.4") as c:
            c.post("ping")
            return c.reply().get("result") == {}
    until("its place to be free", let_in)
    for c in held + others:
        same(c.call("ping"), {})
        c.close()
    ormd.stop()


@case("a flood of connections costs no memory and keeps nobody else out", 120)
def flood():
    ormd = with_users("max_connections_address=50")
    other = client(ormd, "127.0.0.2")
    same(other.call("ping"), {})
    before, fds = resident(ormd.pid), descriptors(ormd.pid)
    with open("/proc/%d/clear_refs" % ormd.pid, "w") as f:
        f.write("5")
    held = []

    def pour():
        for _ in range(1000):
            c = client(ormd)
            c.socket.setblocking(False)
            held.append(c)
            if len(held) > 400:
                held.pop(0).close()
    threads = [threading.Thread(target=pour) for _ in range(3)]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        same(other.call("ping"), {})
        check(descriptors(ormd.pid) <= fds + 60, "more than its share")
    for t in threads:
        t.join()
    same(client(ormd, "127.0.0.3").call("ping"), {})
    for c in held:
        c.close()
    until("all of them to be gone", lambda: descriptors(ormd.pid) <= fds + 2)
    grown = resident(ormd.pid, "VmHWM:") - before
    say("it grew by %d kB" % grown)
    check(grown < 4096 or sanitized(), "it grew by %d kB" % grown)
    ormd.stop()


@case("clients leave descriptors to ormd itself", 120)
def reserve():
    ormd = Daemon(w["plain"], MEDITATION, ["readers=3", "writers=2"])
    ormd.when_ready()
    with ormd.connect() as first:
        first.call("ping")
        _, hard = resource.prlimit(ormd.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(ormd.pid, resource.RLIMIT_NOFILE, (200, hard))
        clients = [ormd.connect() for _ in range(150)]
        kinds = []
        for c in clients:
            c.post("ping")
            reply = c.reply()
            kinds.append(reply["error"]["data"]["kind"] if "error" in reply
                         else "fine")
        check(80 <= kinds.count("fine") <= 200 - 64, kinds)
        same(kinds.count("overloaded"), 150 - kinds.count("fine"))
        # With all of them there, backends that were lost come back.
        with w["postgres"].psql("plain") as db:
            for _ in range(3):
                db.run("SELECT pg_terminate_backend(pid) FROM "
                       "pg_stat_activity WHERE usename = 'ormd' AND datname "
                       "= 'plain'")
                until("readers to be back", lambda: first.ask(
                    "count", {"model": "User"}).get("result"))
                until("writers to be back", lambda: first.ask(
                    "delete", {"model": "User", "id": 1})["error"]["data"]
                    ["kind"] == "not_found")
        for c in clients:
            c.close()
    ormd.stop()


@case("without descriptors ormd does not spin, goes on with those it has, and "
      "takes the others when there are some again", 120)
def exhausted():
    ormd = Daemon(w["plain"], MEDITATION).when_ready()
    with ormd.connect() as first:
        same(first.call("count", {"model": "User"}), {"count": 0})
        limits = resource.prlimit(ormd.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(ormd.pid, resource.RLIMIT_NOFILE, (8, limits[1]))
        before = processor(ormd.pid)
        clients = []
        for i in range(40):
            c = Client(ormd.address)
            c.post("ping")
            clients.append(c)
        begun = time.monotonic()
        while time.monotonic() - begun < 1.5:
            same(first.call("count", {"model": "User"}), {"count": 0})
            time.sleep(0.05)
        spent = processor(ormd.pid) - before
        say("%.2f s of the processor in 1.5 s" % spent)
        check(spent < 0.3 * SLOW, "it took %.2f s of the processor" % spent)
        same(ormd.logged().count("cannot accept"), 1)
        resource.prlimit(ormd.pid, resource.RLIMIT_NOFILE, limits)
        answers = [c.reply() for c in clients]
        refused = [r for r in answers if "error" in r]
        check(len(refused) < 40, "nobody was let in")
        for r in refused:
            same(r["error"]["data"]["kind"], "overloaded")
        for c in clients:
            c.close()
        with ormd.connect() as c:
            same(c.call("ping"), {})
    ormd.stop()


# ---- before a login --------------------------------------------------------

def long_line(n, i=1):
    text = dumps({"id": i, "method": "count", "params": {
        "model": "User", "where": {"username": ""}}}) + "\n"
    return text.replace('""', '"%s"' % ("x" * (n - len(text) + 1)))


def kind(reply):
    return reply["error"]["data"]["kind"] if "error" in reply else "fine"


@case("before a login lines are short")
def short():
    with w["ormd"].connect() as c:
        c.send(long_line(4096))
        same(c.reply(), {"jsonrpc": "2.0", "id": 1, "result": {"count": 0}})
        for line in (long_line(4097), long_line(100000), long_line(2 << 20)):
            c.send(line)
            reply = c.reply()
            same([reply["id"], kind(reply)], [None, "too_large"])
            check("max_line_anyone" in reply["error"]["message"], reply)
            check("log in" in reply["error"]["data"]["hint"], reply)
            same(c.call("ping"), {})
        c.send("x" * 5000)			# without an end
        same(kind(c.reply()), "too_large")
        c.send("\n")
        same(c.call("hello")["limits"]["max_line"], 4096)
        c.send(login("riko"))
        check("token" in c.reply()["result"])
        same(c.call("hello")["limits"]["max_line"], 1 << 20)
        c.send(long_line(1 << 20))
        same(kind(c.reply()), "fine")
        c.send(long_line((1 << 20) + 1))
        reply = c.reply()
        same(kind(reply), "too_large")
        check("max_line" in reply["error"]["message"], reply)
        c.call("logout")
        c.send(long_line(4097))
        same(kind(c.reply()), "too_large")


@case("a long line may come right behind a login, and counts once that is "
      "done")
def behind():
    for password, expected in (("the right one", "fine"),
                               ("a wrong one", "too_large")):
        for size in (4097, 60000, 500000):
            with w["ormd"].connect() as c:
                c.send(login("mira", password) + long_line(size, 2) +
                       dumps({"id": 3, "method": "hello"}) + "\n")
                same("error" in c.reply(), expected != "fine")
                same(kind(c.reply()), expected)
                same(c.reply()["id"], 3)
    with w["ormd"].connect() as c:	# its end comes later
        line = long_line(20000, 2)
        c.send(login("mira") + line[:10000])
        check("result" in c.reply())
        c.send(line[10000:])
        same(kind(c.reply()), "fine")
    with w["ormd"].connect() as c:	# and what is short does not wait
        c.send(login("mira") + '{"id":2,"method":"ping"}\n')
        same([c.reply()["id"], c.reply()["id"]], [2, "mira"])


@case("a model without users has no such limit")
def nobody():
    ormd = Daemon(w["plain"], MEDITATION).when_ready()
    with ormd.connect() as c:
        c.send(long_line(100000))
        same(kind(c.reply()), "fine")
        same(c.call("hello")["limits"]["max_line"], 1 << 20)
    ormd.stop()


@case("many unfinished lines of strangers cost little")
def unfinished():
    ormd = with_users()
    with open("/proc/%d/clear_refs" % ormd.pid, "w") as f:
        f.write("5")
    before = resident(ormd.pid)
    clients = [ormd.connect() for _ in range(500)]
    for c in clients:
        c.send("{" * 4096)
    with ormd.connect() as c:
        same(c.call("ping"), {})
    grown = resident(ormd.pid, "VmHWM:") - before
    say("500 of them: %d kB" % grown)
    check(grown < 500 * 12 or sanitized(), "it grew by %d kB" % grown)
    for c in clients:
        c.close()
    ormd.stop()


@case("who does not log in may be silent only for login_timeout")
def silent():
    ormd = with_users("login_timeout=1s")
    user, asks, stranger, leaves = (ormd.connect() for _ in range(4))
    for c in (user, leaves):
        c.send(login("riko"))
        check("result" in c.reply())
    begun = time.monotonic()
    while time.monotonic() - begun < 3:
        same(asks.call("ping"), {})
        time.sleep(0.2)
    reply = stranger.reply()
    same([reply["id"], kind(reply)], [None, "timeout"])
    check("login_timeout" in reply["error"]["message"], reply)
    same(stranger.line(), None)
    same(user.call("hello")["user"]["username"], "riko")
    leaves.call("logout")
    same(kind(leaves.reply()), "timeout")
    same(leaves.line(), None)
    same(kind(asks.reply()), "timeout")
    for c in (user, asks, stranger, leaves):
        c.close()
    ormd.stop()


# ---- hashes of passwords ----------------------------------------------------

def signing_up(i, n):
    return dumps({"id": i, "method": "create", "params": {
        "model": "User", "return": "none", "values": [
            {"username": "%s-%d-%d" % (os.getpid(), i, k), "password": "x" * 8}
            for k in range(n)]}}) + "\n"


@case("who signs up many at once takes turns with others, and has half of the "
      "queue at most", 120)
def hashes():
    ormd = with_users("max_line_anyone=64KiB", "max_hashing=64")
    flood = [client(ormd, "127.0.0.7") for _ in range(4)]
    with client(ormd, "127.0.0.8") as other:
        for i, c in enumerate(flood):
            c.send(signing_up(2 + i, 16))
            same(other.call("ping"), {})
        for c in flood[2:]:
            same(kind(c.reply()), "overloaded")
        for _ in range(3):
            other.send(login("riko"))
            check("token" in other.reply()["result"])
        flood[0].socket.settimeout(0.001)
        try:
            flood[0].line()
            raise AssertionError("the logins waited for all of them")
        except TimeoutError:
            pass
        flood[0].socket.settimeout(60 * SLOW)
        # What is given up is not hashed any more.
        flood[0].send('{"method":"cancel","params":{"id":2}}\n')
        same(kind(flood[0].reply()), "cancelled")
        same(kind(flood[1].reply()), "fine")
        flood[0].send(signing_up(10, 16))	# nobody waits for it
        time.sleep(0.1)
        flood[0].socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   b"\1\0\0\0\0\0\0\0")
        flood[0].close()

        def room():
            flood[1].send(signing_up(11, 16))
            return kind(flood[1].reply()) == "fine"
        until("the place to be free again", room, 20)
    for c in flood:
        c.close()
    with w["postgres"].psql("users") as db:
        same(db.value("SELECT count(*) FROM users WHERE username LIKE '%d-%%'"
                      % os.getpid()), "32")
    ormd.stop()


# ---- how often -------------------------------------------------------------

def kinds(c, n, method="hello"):
    c.send("".join(dumps({"id": i, "method": method}) + "\n"
                   for i in range(n)))
    return [kind(c.reply()) for _ in range(n)]


@case("users are held to a rate, each over all of his connections, and "
      "nobody by address")
def rate():
    ormd = with_users("request_rate=2", "request_burst=10")
    riko = [ormd.connect() for _ in range(2)]
    mira = ormd.connect()
    for c, name in ((riko[0], "riko"), (riko[1], "riko"), (mira, "mira")):
        c.send(login(name))
        check("result" in c.reply())
    first = kinds(riko[0], 6)
    same(first, ["fine"] * 6)
    second = kinds(riko[1], 12)
    check(4 <= second.count("fine") <= 6, second)
    same(second.count("overloaded"), 12 - second.count("fine"))
    riko[0].post("hello")
    error = riko[0].reply()["error"]
    same([error["data"]["kind"], error["data"]["retryable"]],
         ["overloaded", True])
    check("request_rate" in error["message"], error)
    check(error["data"]["hint"].startswith("try again in "), error)
    wait = int(error["data"]["hint"].split()[3])
    check(0 < wait <= 501, error)
    # One may always give up what one has asked for.
    e = riko[0].error("cancel", {"id": "none"})
    same(e.kind, "not_found")
    same(kinds(mira, 10), ["fine"] * 10)
    time.sleep(wait / 1000)
    same(kinds(riko[0], 1), ["fine"])
    # Nobody is known by where he comes from.
    with client(ormd, "127.0.0.5") as a, client(ormd, "127.0.0.5") as b, \
            client(ormd, "127.0.0.6") as c:
        same(kinds(a, 10), ["fine"] * 10)
        check("overloaded" in kinds(b, 3))
        same(kinds(c, 10), ["fine"] * 10)
        # Each member of a batch is a request.
        c.send(dumps([{"id": i, "method": "ping"} for i in range(5)]) + "\n")
        check("overloaded" in [kind(r) for r in loads(c.line().decode())])
    for c in riko + [mira]:
        c.close()
    ormd.stop()


@case("without that setting there is no such limit")
def no_rate():
    with w["ormd"].connect() as c:
        same(kinds(c, 2000, "ping"), ["fine"] * 2000)


if __name__ == "__main__":
    run(setup)
