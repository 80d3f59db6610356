#!/usr/bin/env python3
"""How lines come and go: order, batches, notifications, slow and odd clients.

Against the shipped model; a person with nc and a program that pipelines
hundreds of requests are both served, and neither disturbs the other.
"""

import os
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (Client, Daemon, MEDITATION, Postgres, SLOW, TOP, case,
                     check, dumps, loads, run, same, sanitized, until)

w = {}
DELETED = "the reply to a delete"


def setup():
    postgres = Postgres()
    w["address"] = postgres.database(
        "meditation", files=[os.path.join(TOP, "sql", "meditation.sql")])
    w["db"] = postgres.psql("meditation")
    w["ormd"] = Daemon(w["address"], MEDITATION).when_ready()
    w["db"].run("INSERT INTO users (id, username) SELECT i, 'user' || i FROM "
                "generate_series(1, 200) i; INSERT INTO meditations (title, "
                "instructions) SELECT 'med' || i, repeat('breathe ', 30) FROM "
                "generate_series(1, 10) i; INSERT INTO meditation_sessions "
                "(rating, user_id, meditation_id) SELECT 1 + i % 5, u, i FROM "
                "generate_series(1, 200) u, generate_series(1, 10) i; "
                "SELECT setval(pg_get_serial_sequence('users', 'id'), 200)")


def connect():
    return w["ormd"].connect()


def line(method, params=None, **members):
    request = {"id": 1, "method": method}
    if params is not None:
        request["params"] = params
    request.update(members)
    return dumps(request) + "\n"


def get_user(i, **members):
    return line("get", {"model": "User", "id": i, "only": ["id", "username"]},
                **members)


@case("jsonrpc may be left out, and stands in every reply")
def version():
    with connect() as c:
        c.send('{"id":1,"method":"ping"}\n'
               '{"jsonrpc":"2.0","id":2,"method":"ping"}\n')
        same(c.reply(), {"jsonrpc": "2.0", "id": 1, "result": {}})
        same(c.reply(), {"jsonrpc": "2.0", "id": 2, "result": {}})


@case("ids of every kind come back as they were")
def ids():
    with connect() as c:
        for i in ("a", "", "\u00e4\"\\\n", 0, -1, 9007199254740993,
                  9223372036854775807, None):
            c.send(line("ping", id=i))
            same(c.reply(), {"jsonrpc": "2.0", "id": i, "result": {}})
        for i in (True, [1], {"a": 1}):
            c.send(line("ping", id=i))
            same(c.reply()["error"]["code"], -32600)


@case("params: none, an empty object, an empty list; a list is refused")
def params():
    with connect() as c:
        for text in ("{}", "[]"):
            c.send('{"id":1,"method":"ping","params":%s}\n' % text)
            same(c.reply()["result"], {})
        c.send('{"id":1,"method":"ping","params":[1]}\n'
               '{"id":2,"method":"ping","params":"x"}\n')
        same(c.reply()["error"]["data"]["kind"], "invalid_params")
        check(c.reply()["error"]["code"] in (-32600, -32602))


@case("CRLF is accepted, blank lines are ignored")
def crlf():
    with connect() as c:
        c.send('\r\n\n  \n{"id":1,"method":"ping"}\r\n\r\n'
               '{"id":2,"method":"ping"}\n')
        same([c.reply()["id"], c.reply()["id"]], [1, 2])
        check(c.silent(), "a blank line was answered")


@case("a request that comes byte by byte")
def byte_by_byte():
    with connect() as c:
        c.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in (get_user(7) + get_user(8)).encode():
            c.send(bytes([byte]))
            time.sleep(0.0005)
        same(c.reply()["result"], {"id": 7, "username": "user7"})
        same(c.reply()["result"], {"id": 8, "username": "user8"})


@case("a request cut into two at every byte")
def cut_in_two():
    text = get_user(7).encode()
    for at in range(1, len(text)):
        with connect() as c:
            c.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            c.send(text[:at])
            time.sleep(0.001)
            c.send(text[at:])
            same(c.reply()["result"], {"id": 7, "username": "user7"})


@case("pipelined requests are answered in the order sent, and a read sees "
      "the write before it")
def order():
    name = "pipelined"
    lines, wanted = [], []
    for i in range(60):
        lines += [
            line("create", {"model": "User", "return": "none", "values": {
                "id": 5000 + i, "username": name + str(i)}}, id=6 * i),
            get_user(5000 + i, id=6 * i + 1),
            line("update", {"model": "User", "id": 5000 + i,
                            "return": "none",
                            "values": {"username": "new" + str(i)}},
                 id=6 * i + 2),
            get_user(5000 + i, id=6 * i + 3),
            line("delete", {"model": "User", "id": 5000 + i},
                 id=6 * i + 4),
            get_user(5000 + i, id=6 * i + 5)]
        wanted += [None, {"id": 5000 + i, "username": name + str(i)}, None,
                   {"id": 5000 + i, "username": "new" + str(i)}, DELETED,
                   None]
    with connect() as c:
        c.send("".join(lines))
        for i, result in enumerate(wanted):
            reply = c.reply()
            same(reply["id"], i)
            if result is DELETED:
                same(reply["result"]["deleted"]["User"], 1)
            else:
                same(reply["result"], result)


@case("2000 pipelined reads, and ping among them")
def many():
    with connect() as c:
        sender = threading.Thread(target=c.send, args=("".join(
            get_user(i % 200 + 1, id=i) for i in range(2000)) +
            line("ping", id="last"),))
        sender.start()
        replies = [c.reply() for _ in range(2001)]
        sender.join()
    same([r["id"] for r in replies if r["id"] != "last"], list(range(2000)))
    for r in replies:
        if r["id"] != "last":
            n = r["id"] % 200 + 1
            same(r["result"], {"id": n, "username": "user%d" % n})


@case("an error among pipelined requests touches no other")
def error_among():
    with connect() as c:
        c.send(get_user(1, id=1) + "{]\n" + line("gett", id=2) +
               line("create", {"model": "User", "values": {
                   "username": "user1"}}, id=3) +
               get_user("x", id=4) + get_user(2, id=5))
        replies = [c.reply() for _ in range(6)]
    same([r["id"] for r in replies], [1, None, 2, 3, 4, 5])
    same([r.get("error", {}).get("code") for r in replies],
         [None, -32700, -32601, -32002, -32602, None])


@case("a notification runs and is not answered, not even its error")
def notification():
    with connect() as c:
        c.send(dumps({"method": "create", "params": {
            "model": "User", "values": {"username": "silent"}}}) + "\n" +
            dumps({"method": "create", "params": {
                "model": "User", "values": {"username": "silent"}}}) + "\n" +
            dumps({"method": "gett"}) + "\n" + line("ping", id="p") +
            line("count", {"model": "User",
                           "where": {"username": "silent"}}, id="c"))
        replies = {r["id"]: r for r in (c.reply(), c.reply())}
        same(replies["c"]["result"], {"count": 1})
        check("p" in replies)
        check(c.silent(), "a notification was answered")
    same(w["db"].value("SELECT count(*) FROM users WHERE username = "
                       "'silent'"), "1")


@case("the examples of the JSON-RPC 2.0 specification: what is no request")
def specification_errors():
    def error(i, code):
        return (i, code)

    def told(reply):
        if isinstance(reply, list):
            return [told(r) for r in reply]
        same(reply["jsonrpc"], "2.0")
        return (reply["id"], reply["error"]["code"])

    with connect() as c:
        for text, wanted in (
                ('{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
                 error("1", -32601)),
                ('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", '
                 '"baz]', error(None, -32700)),
                ('{"jsonrpc": "2.0", "method": 1, "params": "bar"}',
                 error(None, -32600)),
                ('[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], '
                 '"id": "1"}, {"jsonrpc": "2.0", "method"]',
                 error(None, -32700)),
                ("[]", error(None, -32600)),
                ("[1]", [error(None, -32600)]),
                ("[1,2,3]", [error(None, -32600)] * 3)):
            c.send(text + "\n")
            got = told(c.reply())
            check(got == wanted, "%s answered %s, not %s"
                  % (text, got, wanted))


@case("the specification's mixed batch: calls, a notification, an invalid "
      "member, an unknown method")
def specification_batch():
    with connect() as c:
        c.send(dumps([
            {"jsonrpc": "2.0", "method": "ping", "id": "1"},
            {"jsonrpc": "2.0", "method": "ping", "params": {}},
            {"jsonrpc": "2.0", "method": "count", "params": {
                "model": "Meditation"}, "id": "2"},
            {"foo": "boo"},
            {"jsonrpc": "2.0", "method": "foo.get", "params": {
                "name": "myself"}, "id": "5"},
            {"jsonrpc": "2.0", "method": "get", "params": {
                "model": "User", "id": 3, "only": ["username"]},
                "id": "9"}]) + "\n")
        replies = c.reply()
    check(isinstance(replies, list), replies)
    same(sorted(str(r["id"]) for r in replies),
         ["1", "2", "5", "9", "None"])
    by_id = {r["id"]: r for r in replies}
    same(by_id["1"]["result"], {})
    same(by_id["2"]["result"], {"count": 10})
    same(by_id[None]["error"]["code"], -32600)
    same(by_id["5"]["error"]["code"], -32601)
    same(by_id["9"]["result"], {"username": "user3"})


@case("a batch of notifications only is not answered")
def batch_of_notifications():
    with connect() as c:
        c.send(dumps([{"method": "ping"}, {"method": "gett"}]) + "\n")
        check(c.silent(), "it was answered")
        same(c.call("ping"), {})


@case("a batch takes effect in its order; more than max_batch is refused")
def batch_order():
    with connect() as c:
        c.send(dumps([
            {"id": 1, "method": "create", "params": {
                "model": "User", "return": "none",
                "values": {"id": 6000, "username": "batch"}}},
            {"id": 2, "method": "count", "params": {
                "model": "User", "where": {"username": "batch"}}},
            {"id": 3, "method": "delete", "params": {
                "model": "User", "id": 6000}},
            {"id": 4, "method": "count", "params": {
                "model": "User", "where": {"username": "batch"}}}]) + "\n")
        results = {r["id"]: r["result"] for r in c.reply()}
        same((results[2], results[4]), ({"count": 1}, {"count": 0}))
        c.send(dumps([{"id": i, "method": "ping"} for i in range(64)]) + "\n")
        same(len(c.reply()), 64)
        c.send(dumps([{"id": i, "method": "create", "params": {
            "model": "User", "values": {"username": "over%d" % i}}}
            for i in range(65)]) + "\n")
        check("error" in c.reply(), "65 were taken")
        same(c.call("count", {"model": "User", "where": {
            "username": "over0"}}), {"count": 0})


@case("half-close: all that was asked is answered, then the end")
def half_close():
    with connect() as c:
        c.send("".join(get_user(i, id=i) for i in range(1, 101)))
        c.finish()
        same([c.reply()["id"] for _ in range(100)], list(range(1, 101)))
        same(c.line(), None)


@case("a last line without its LF before a half-close is not run")
def half_line():
    with connect() as c:
        c.send(get_user(1, id=1) + line("create", {
            "model": "User", "values": {"username": "cut"}}).rstrip("\n"))
        c.finish()
        same(c.reply()["id"], 1)
        while c.line() is not None:
            pass
    same(w["db"].value("SELECT count(*) FROM users WHERE username = 'cut'"),
         "0")


@case("a client that leaves in the middle disturbs nobody")
def leaves():
    for cut in (1, 10, 40, 80):
        c = connect()
        c.send(get_user(1) * 20 + get_user(2)[:cut])
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")	# a reset, no FIN
        c.close()
    with connect() as c:
        same(c.call("ping"), {})
    same(w["ormd"].process.poll(), None)


@case("a line that looks like HTTP closes the connection")
def http():
    for text in ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 "POST /rpc HTTP/1.1\r\n\r\n" + get_user(1)):
        with connect() as c:
            c.send(text)
            for _ in range(3):
                said = c.line()
                if said is None:
                    break
                check(b'"result"' not in said, said)
            same(c.line(), None)


def resident(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(f.read().split("RssAnon:")[1].split()[0])


@case("a client that asks much and reads nothing: ormd stops reading from it, "
      "holds little, serves others at once, and answers all in the end",
      90)
def slow_reader():
    ask = line("find", {"model": "User", "limit": 100}).encode()
    ask = ask[:-1].ljust(8191) + b"\n"	# so that the kernel holds few of them
    daemon = Daemon(w["address"], MEDITATION,
                    ["max_in_flight=16", "output_limit=256KiB"]).when_ready()
    before = resident(daemon.pid)
    with Client(daemon.address, connect=False) as slow, \
            daemon.connect() as other:
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            slow.socket.setsockopt(socket.SOL_SOCKET, option, 65536)
        slow.socket.connect(daemon.address)
        slow.socket.setblocking(False)
        sent, stuck = 0, time.monotonic()
        while time.monotonic() - stuck < 1.0 * SLOW and sent < 64 << 20:
            try:
                sent += slow.socket.send((ask * 20)[sent % len(ask):])
                stuck = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
        check(sent < 64 << 20, "it read %d bytes of requests" % sent)
        grown = resident(daemon.pid) - before
        # Sixteen replies of 0.4 MB and the rows that they are made of.
        check(grown < 24 << 10 or sanitized(), "it grew by %d kB" % grown)
        start = time.monotonic()
        for i in range(100):
            same(other.call("get", {"model": "User", "id": i + 1,
                                    "only": ["id"]}), {"id": i + 1})
        took = time.monotonic() - start
        check(took < 2 * SLOW, "100 gets of another took %.1f s" % took)
        slow.socket.settimeout(20 * SLOW)
        first = slow.line()
        same(len(loads(first.decode())["result"]["items"]), 100)
        for _ in range(sent // len(ask) - 1):
            check(slow.line() == first, "a reply differs")
        slow.send(ask[sent % len(ask):])
        check(slow.line() == first, "the last reply differs")
        same(slow.call("ping"), {})
    daemon.stop()


@case("several thousand lines at once from one client do not starve others")
def fair():
    with connect() as greedy, connect() as other:
        feeder = threading.Thread(target=greedy.send, args=(
            line("find", {"model": "User", "limit": 20}) * 3000,))
        reader = threading.Thread(target=lambda: [greedy.line()
                                                  for _ in range(3000)])
        feeder.start()
        reader.start()
        worst = 0
        while reader.is_alive():
            start = time.monotonic()
            other.call("get", {"model": "User", "id": 1, "only": ["id"]})
            worst = max(worst, time.monotonic() - start)
        feeder.join()
        reader.join()
    check(worst < 0.5 * SLOW, "one get took %.2f s" % worst)


@case("a reply longer than max_reply is `limit', and the connection goes on")
def long_reply():
    daemon = Daemon(w["address"], MEDITATION, ["max_reply=64KiB"])
    daemon.when_ready()
    with daemon.connect() as c:
        same(c.error("create", {"model": "User", "values": {
            "username": "long" + "x" * 70000}}).kind, "limit")
        same(c.call("get", {"model": "User", "id": 1, "only": ["id"]}),
             {"id": 1})
    daemon.stop()


@case("an unfinished line has to end within line_timeout")
def line_timeout():
    daemon = Daemon(w["address"], MEDITATION, ["line_timeout=300ms"])
    with daemon.connect() as c, daemon.connect() as idle:
        start = time.monotonic()
        c.send('{"id":1,')
        while c.line() is not None:
            pass
        took = time.monotonic() - start
        check(0.2 < took < 3 * SLOW, "it took %.2f s" % took)
        same(idle.call("ping"), {})	# between lines there is no limit
    with daemon.connect() as c:		# more bytes do not buy more time
        start = time.monotonic()
        try:
            while time.monotonic() - start < 3 * SLOW:
                c.send(" ")
                time.sleep(0.05)
        except (BrokenPipeError, ConnectionResetError):
            pass
        check(time.monotonic() - start < 3 * SLOW, "it may trickle for ever")
    daemon.stop()


@case("more connections than max_connections: refused, and let in later")
def too_many():
    daemon = Daemon(w["address"], MEDITATION, ["max_connections=10"])

    def admitted():
        c = daemon.connect()
        c.send(line("ping"))
        said = c.line()
        if said is not None and b"result" in said:
            taken.append(c)
        else:
            c.close()
        return len(taken) == 10
    taken = []
    until("ten clients to be let in", admitted)
    with daemon.connect() as c:
        said = c.line()
        if said is not None:
            same(loads(said.decode())["error"]["data"]["kind"], "overloaded")
            same(c.line(), None)
    for c in taken:
        same(c.call("ping"), {})
        c.close()

    def free():
        with daemon.connect() as c:
            try:
                c.send(line("ping"))
                said = c.line()
            except OSError:
                return False
            return said is not None and b"result" in said
    until("a free place", free)
    daemon.stop()


@case("a Unix socket serves as well, with its mode, and goes with ormd")
def unix_socket():
    path = os.path.join(w["ormd"].folder, "s")
    daemon = Daemon(w["address"], MEDITATION, ["socket_mode=0600"], path=path)
    daemon.when_ready()
    same(os.stat(path).st_mode & 0o777, 0o600)
    with Client(path) as c:
        same(c.call("get", {"model": "User", "id": 5, "only": ["username"]}),
             {"username": "user5"})
    daemon.stop()
    check(not os.path.exists(path), "the socket is still there")


if __name__ == "__main__":
    run(setup)
