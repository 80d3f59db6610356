#!/usr/bin/env python3
"""TLS: what is spoken and what is not, certificates of both sides, handshakes
that do not end, and where passwords may travel.

The scanner of Debian (sslscan) and openssl s_client look from outside.
"""

import os
import pty
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (BUILD, Client, Daemon, Postgres, SLOW, case, check, dumps,
                     folder, free_port, run, same, say, until)
from users import CHEAP, MODEL, TABLES

w = {}				# the world: ormd, certificates


def openssl(*words, **more):
    return subprocess.run(["openssl"] + list(words), check=True,
                          capture_output=True, text=True, **more).stdout


class Authority:
    """One who signs certificates."""

    def __init__(self, name):
        self.folder = folder()
        self.made = 0
        self.key, self.crt = self.path("ca.key"), self.path("ca.crt")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-noenc", "-days", "2", "-subj",
                "/CN=" + name, "-keyout", self.key, "-out", self.crt)

    def path(self, name):
        return os.path.join(self.folder, name)

    def sign(self, name, use, key=("ec", "ec_paramgen_curve:P-256"),
             host="DNS:localhost,IP:127.0.0.1"):
        """A certificate and its key, as paths."""
        self.made += 1
        key_path = self.path("%d.key" % self.made)
        crt, csr, ext = (self.path("%d.%s" % (self.made, e))
                         for e in ("crt", "csr", "ext"))
        with open(ext, "w") as f:
            f.write("extendedKeyUsage=%sAuth\nsubjectAltName=%s\n"
                    % (use, host))
        openssl("req", "-newkey", key[0], "-pkeyopt", key[1], "-noenc",
                "-subj", "/CN=" + name, "-keyout", key_path, "-out", csr)
        openssl("x509", "-req", "-in", csr, "-CA", self.crt, "-CAkey",
                self.key, "-days", "2", "-extfile", ext, "-out", crt)
        return crt, key_path


class Encrypted(Client):
    """A client that speaks TLS."""

    def __init__(self, address, certificate=None, version=None, ca=None):
        super().__init__(address)
        context = ssl.create_default_context(cafile=ca or w["ca"].crt)
        if certificate is not None:
            context.load_cert_chain(*certificate)
        if version is not None:
            context.minimum_version = context.maximum_version = version
        self.socket = context.wrap_socket(self.socket,
                                          server_hostname="localhost")


def tls_options(*more):
    return CHEAP + ["max_line_anyone=1MiB",
                    "tls_certificate=" + w["live"][0],
                    "tls_key=" + w["live"][1]] + list(more)


def install(certificate):
    """Puts a certificate and its key where ormd looks."""
    for source, target in zip(certificate, w["live"]):
        shutil.copy(source, target + ".new")
        os.rename(target + ".new", target)


def listen_tls(*more):
    """A daemon with one plain and one encrypted address of this machine."""
    port = free_port()
    ormd = Daemon(w["address"], MODEL, tls_options(
        "listen=127.0.0.1:%d tls" % port, *more))
    ormd.encrypted = ("127.0.0.1", port)
    return ormd


def setup():
    w["ca"] = Authority("test authority")
    live = folder()
    w["live"] = (os.path.join(live, "crt"), os.path.join(live, "key"))
    install(w["ca"].sign("localhost", "server"))
    w["address"] = Postgres().database("tls", TABLES)
    w["ormd"] = listen_tls()
    w["ormd"].when_ready()
    with w["ormd"].connect() as c:
        for name in ("riko", "mira"):
            c.call("create", {"model": "User", "values": {
                "username": name, "password": name + "'s password"}})


@case("TLS 1.2 and 1.3: sign up, log in, read")
def speaks():
    for version, name in ((ssl.TLSVersion.TLSv1_2, "two"),
                          (ssl.TLSVersion.TLSv1_3, "three")):
        with Encrypted(w["ormd"].encrypted, version=version) as c:
            c.call("create", {"model": "User", "values": {
                "username": name, "password": "of " + name}})
            result = c.call("login", {"username": name,
                                      "password": "of " + name})
            same(result["user"]["username"], name)
            same(c.call("hello")["user"], result["user"])
            c.call("logout")


@case("the same replies as without: many requests at once, long replies, "
      "slow readers, half-closed connections")
def same_replies():
    with w["ormd"].connect() as c:
        c.call("create", {"model": "Note", "values": [
            {"text": "x" * 20000} for _ in range(40)]})
    lines = [dumps({"id": i, "method": "find", "params": {
        "model": "Note", "limit": 1 + i * 9 % 40}}) for i in range(30)]
    lines += [dumps({"id": 100 + i, "method": "ping"}) for i in range(500)]
    text = "".join(line + "\n" for line in lines)
    heard = []
    for c in (w["ormd"].connect(), Encrypted(w["ormd"].encrypted)):
        c.send(text)
        time.sleep(0.3)			# let it fill all buffers
        replies = [c.line() for _ in lines]
        same(c.call("ping"), {})
        if not heard:
            c.send(lines[0] + "\n")
            c.finish()
            replies.append(c.line())
            same(c.line(), None)
        else:
            c.send(lines[0] + "\n")
            # close_notify, and then the answer is still to come.
            try:
                c.socket.settimeout(0.01)
                c.socket.unwrap()
            except (TimeoutError, ssl.SSLError, OSError):
                pass
        c.close()
        heard.append(sorted(replies[:len(lines)]))
    check(heard[0] == heard[1])


@case("openssl s_client: nothing before TLS 1.2, no renegotiation, no "
      "resumption, a certificate that verifies")
def s_client():
    where = "%s:%d" % w["ormd"].encrypted

    def talk(*words, text="", seconds=0.0):
        with subprocess.Popen(
                ["openssl", "s_client", "-connect", where, "-CAfile",
                 w["ca"].crt, "-verify_return_error", "-verify_hostname",
                 "localhost"] + list(words), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True) as p:
            p.stdin.write(text)
            p.stdin.flush()
            time.sleep(seconds * SLOW)	# at the end of input it ends
            return p.communicate(timeout=20 * SLOW)[0]
    for version in ("-tls1_2", "-tls1_3"):
        said = talk(version, text='{"id":1,"method":"ping"}\n', seconds=1)
        check('"id":1,"result":{}' in said, said)
        check("Verify return code: 0 (ok)" in said, said)
        check("New, TLSv1." in said and "Reused" not in said, said)
        check("session ticket" not in said.lower(), said)
        check("Compression: NONE" in said, said)
    for version in ("-tls1", "-tls1_1"):
        said = talk(version, "-cipher", "ALL:@SECLEVEL=0")
        check("Cipher is (NONE)" in said, said)
    for cipher in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "NULL-SHA256",
                   "AES128-GCM-SHA256", "ADH-AES128-SHA256"):
        said = talk("-tls1_2", "-cipher", cipher + ":@SECLEVEL=0")
        check("Cipher is (NONE)" in said, said)
    said = talk("-tls1_2", text="R\n", seconds=1)
    check("RENEGOTIATING" in said, said)
    check("no renegotiation" in said or "handshake failure" in said, said)


@case("sslscan: only TLS 1.2 and 1.3, only strong ciphers, none of the known "
      "holes", 120)
def scanned():
    done = subprocess.run(
        ["sslscan", "--xml=-", "--no-colour", "%s:%d"
         % w["ormd"].encrypted], capture_output=True, text=True,
        timeout=100 * SLOW)
    test = xml.etree.ElementTree.fromstring(done.stdout).find("ssltest")
    protocols = {p.get("type") + p.get("version"): p.get("enabled")
                 for p in test.findall("protocol")}
    same({k: v for k, v in protocols.items() if v == "1"},
         {"tls1.2": "1", "tls1.3": "1"})
    check(len(protocols) >= 6, dumps(protocols))
    ciphers = test.findall("cipher")
    check(len(ciphers) >= 4, done.stdout)
    for c in ciphers:
        check(c.get("sslversion") in ("TLSv1.2", "TLSv1.3"), str(c.attrib))
        check(int(c.get("bits")) >= 128, str(c.attrib))
        check(c.get("strength") in ("strong", "acceptable"), str(c.attrib))
        check(re.match(r"TLS_(AES|CHACHA20)|ECDHE-.*(GCM|POLY1305)",
                       c.get("cipher")), str(c.attrib))
    same(test.find("renegotiation").get("supported"), "0")
    for hole, word in (("compression", "supported"),
                       ("heartbleed", "vulnerable")):
        for found in test.findall(hole):
            same(found.get(word), "0")


@case("what is no handshake is closed; a handshake on a plain address is "
      "answered by an error")
def nonsense():
    for data in (b'{"id":1,"method":"ping"}\n', b"\0" * 1000, b"\x16\x03\x01",
                 b"\x80\x2e\x01\x00\x02" + b"\x01" * 100, b"GET / HTTP/1.1\n"):
        with Client(w["ormd"].encrypted) as c:
            c.send(data)
            if data == b"\x16\x03\x01":
                c.finish()
            until("the end", lambda: c.line() is None, 5)
    with w["ormd"].connect() as c:
        c.send(b"\x16\x03\x01\x00\x0a\x01\x00\x00\n")
        same(c.reply()["error"]["data"]["kind"], "parse")
    same(w["ormd"].connect().call("ping"), {})


@case("half handshakes end at their time, are so many at most, half of them of "
      "one address, and hold up nobody")
def half():
    ormd = listen_tls("handshake_timeout=1s", "max_handshakes=40")
    hello = client_hello()
    idle = [Client(ormd.encrypted) for _ in range(20)]
    for i, c in enumerate(idle):
        c.send(hello[:i * len(hello) // 20])	# none of them ends

    def refused():
        try:
            with Encrypted(ormd.encrypted) as c:
                c.call("ping")
                return False
        except (ConnectionError, OSError):
            return True
    until("one too many to be refused", refused, 5)
    with ormd.connect() as c:
        same(c.call("ping"), {})	# plain ones are not in the way
    with Client(ormd.encrypted, connect=False) as c:
        c.socket.bind(("127.0.0.2", 0))	# nor is another address
        c.socket.connect(ormd.encrypted)
        c.send(hello)
        check(c.socket.recv(1), "no answer to the handshake")
    begun = time.monotonic()
    for c in idle:
        while c.line() is not None:
            pass
        c.close()
    check(time.monotonic() - begun < 5 * SLOW)
    with Encrypted(ormd.encrypted) as c:
        time.sleep(1.2)			# its handshake is over
        same(c.call("ping"), {})
    # A byte now and then does not keep it going.
    with Client(ormd.encrypted) as c:
        begun = time.monotonic()
        try:
            for byte in hello[:-1]:
                c.send(bytes([byte]))
                time.sleep(0.05)
                if time.monotonic() - begun > 3 * SLOW:
                    raise AssertionError("still open")
        except OSError:
            pass
    ormd.stop()


def client_hello():
    """The first flight of a TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=w["ca"].crt)
    side = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


@case("SIGHUP brings a new certificate into force for new connections, and "
      "leaves the old one where the new is none")
def reloaded():
    def serial():
        with Encrypted(w["ormd"].encrypted) as c:
            c.call("ping")
            return c.socket.getpeercert()["serialNumber"]
    old = serial()
    with Encrypted(w["ormd"].encrypted) as c:
        c.call("ping")
        install(w["ca"].sign("localhost", "server", (
            "rsa", "rsa_keygen_bits:2048")))
        w["ormd"].signal(signal.SIGHUP)
        until("the new certificate", lambda: serial() != old, 5)
        same(c.call("ping"), {})
    new = serial()
    good = [open(path).read() for path in w["live"]]
    other = w["ca"].sign("localhost", "server")
    for name, wrong in (
            ("a key of another", (w["live"][0], other[1])),
            ("no certificate", (other[1], w["live"][1])),
            ("a weak key", w["ca"].sign("localhost", "server", (
                "rsa", "rsa_keygen_bits:1024")))):
        before = w["ormd"].logged().count("not reloaded")
        for source, target in zip(wrong, w["live"]):
            text = open(source).read()
            with open(target, "w") as f:
                f.write(text)
        w["ormd"].signal(signal.SIGHUP)
        until("the log to say that " + name + " is refused",
              lambda: w["ormd"].logged().count("not reloaded") > before, 5)
        same(serial(), new)
        for text, target in zip(good, w["live"]):
            with open(target, "w") as f:
                f.write(text)
    check("PRIVATE" not in w["ormd"].logged())


@case("a client's certificate says who it is where the configuration maps "
      "it, a stranger's ends the handshake")
def certificates():
    clients = Authority("authority of clients")
    riko = clients.sign("riko.example", "client")
    mira = clients.sign("mira", "client")
    ormd = listen_tls("tls_client_ca=" + clients.crt,
                      "certificate_users=riko.example:riko")
    with Encrypted(ormd.encrypted, riko) as c:
        same(c.call("hello")["user"]["username"], "riko")
        c.call("logout")
        same(c.call("hello")["user"], None)
        same(c.call("login", {"username": "mira", "password":
                              "mira's password"})["user"]["username"], "mira")
    for certificate in (None, mira):
        with Encrypted(ormd.encrypted, certificate) as c:
            same(c.call("hello")["user"], None)
    stranger = Authority("another authority").sign("riko.example", "client")
    server = clients.sign("riko.example", "server")
    for certificate in (stranger, server):
        try:
            with Encrypted(ormd.encrypted, certificate) as c:
                c.call("ping")
                check(False, "a stranger came in")
        except OSError:
            pass
    ormd.stop()
    ormd = listen_tls("tls_client_ca=" + clients.crt, "certificate_users=*")
    with Encrypted(ormd.encrypted, mira) as c:
        same(c.call("hello")["user"]["username"], "mira")
    with Encrypted(ormd.encrypted, riko) as c:
        same(c.error("count", {"model": "User"}).kind, "unauthenticated")
    ormd.stop()


@case("what others reach needs a word and users, tls needs a certificate")
def refused_at_start():
    def starts(model, *options):
        ormd = Daemon(w["address"], model, CHEAP + list(options), wait=False)
        same(ormd.wait(), 2)
        return ormd.logged()
    port = free_port()
    closed = {k: v for k, v in MODEL.items() if k != "auth"}
    closed["models"] = {
        name: {k: v for k, v in m.items() if k != "access"}
        for name, m in MODEL["models"].items()}
    said = starts(MODEL, "listen=0.0.0.0:%d" % port)
    check("0.0.0.0:%d tls" % port in said, said)
    said = starts(closed, "listen=0.0.0.0:%d plain" % port)
    check("no users" in said, said)
    said = starts(closed, *tls_options("listen=[::]:%d tls" % port))
    check("no users" in said, said)
    said = starts(MODEL, "listen=127.0.0.1:%d tls" % port)
    check("tls_certificate" in said, said)
    said = starts(MODEL, "listen=127.0.0.1:%d tsl" % port)
    check("not an address" in said, said)
    for key, value in (("tls_certificate", "/nowhere"), ("tls_key", ""),
                       ("tls_key", w["live"][0]),
                       ("tls_client_ca", "/nowhere"),
                       ("tls_client_ca", w["live"][1])):
        said = starts(MODEL, *tls_options("%s=%s" % (key, value)))
        check(key + " = " in said, said)
    for wrong in ("riko", ":riko", "riko:"):
        said = starts(MODEL, "certificate_users=" + wrong)
        check("certificate_users" in said, said)


def own_address():
    """An address of this machine that is not loopback; None: it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return s.getsockname()[0]


@case("from elsewhere, passwords and tokens are taken by TLS only")
def elsewhere():
    address = own_address()
    if address is None:			# then nothing is elsewhere
        say("this machine has no address but loopback")
        address = "127.0.0.1"
    plain, encrypted = free_port(), free_port()
    ormd = Daemon(w["address"], MODEL, tls_options(
        "listen=0.0.0.0:%d plain" % plain,
        "listen=0.0.0.0:%d tls" % encrypted))
    with Client((address, plain)) as c:
        same(c.call("count", {"model": "Note"})["count"] > 0, True)
        if address != "127.0.0.1":
            for params in ({"username": "riko", "password": "x"},
                           {"token": "A" * 43}, {}):
                e = c.error("login", params)
                same([e.code, e.kind], [-32007, "forbidden"])
                check("TLS" in e.data["hint"], e.data)
            e = c.error("create", {"model": "Note", "values": {"user": {
                "username": "far", "password": "away"}}})
            same([e.kind, e.data["path"]],
                 ["forbidden", "/values/user/password"])
            same(c.error("preview", {"method": "create", "params": {
                "model": "User", "values": {
                    "username": "far", "password": "away"}}}).kind,
                "forbidden")
    with Encrypted((address, encrypted)) as c:
        same(c.call("login", {"username": "riko", "password":
                              "riko's password"})["user"]["username"],
             "riko")
    # A reload must not open to everybody what only users may do.
    with open(ormd.model) as f:
        text = f.read()
    with open(ormd.model, "w") as f:
        f.write(re.sub(r'"auth": \{[^}]*\}, ', "", re.sub(
            r'"access": \{[^}]*\}, ', "", text)))
    ormd.signal(signal.SIGHUP)
    until("the reload to be refused",
          lambda: "not reloaded" in ormd.logged(), 5)
    check("no users" in ormd.logged(), ormd.logged())
    with Client((address, plain)) as c:
        same(c.call("hello")["auth"], True)
    ormd.stop()


ORMCTL = os.path.join(BUILD, "daemon", "ormctl")


def ormctl(*words, text="", port=None):
    """(status, output, errors) of ormctl by TLS, without a terminal."""
    done = subprocess.run(
        [ORMCTL, "-H", "localhost:%d" % (port or w["ormd"].encrypted[1])] +
        list(words), input=text, capture_output=True, text=True,
        timeout=60 * SLOW, start_new_session=True)
    return done.returncode, done.stdout, done.stderr


def at_terminal(typed, *words):
    """The same at a terminal where `typed' is typed when ormctl asks."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(ORMCTL, [ORMCTL, "-H", "localhost:%d"
                          % w["ormd"].encrypted[1]] + list(words))
    shown = b""
    while True:
        try:
            more = os.read(fd, 4096)
        except OSError:			# the other end has closed
            break
        if not more:
            break
        shown += more
        if typed and shown.endswith(b": "):
            os.write(fd, typed.encode() + b"\n")
            typed = ""
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


@case("ormctl verifies the server: by roots that it is given or the system's, "
      "and by name")
def verified():
    ca = w["ca"].crt
    same(ormctl("--ca", ca, "ping")[:2], (0, "{}\n"))
    status, _, errors = ormctl("--tls", "ping")
    same(status, 3)
    check("untrusted" in errors, errors)
    status, _, errors = ormctl("--ca", "/nowhere", "ping")
    same(status, 2)
    check("/nowhere" in errors, errors)
    status, _, errors = ormctl("ping", port=w["ormd"].encrypted[1])
    same(status, 3)
    status, _, errors = ormctl("--ca", ca, "ping",
                               port=w["ormd"].address[1])
    same(status, 3)
    check("no TLS" in errors, errors)
    install(w["ca"].sign("localhost", "server", host="DNS:elsewhere"))
    other = listen_tls()
    status, _, errors = ormctl("--ca", ca, "ping", port=other.encrypted[1])
    same(status, 3)
    check("untrusted" in errors and "name" in errors, errors)
    other.stop()
    # From a pipe, and more than the buffers hold.
    lines = "".join("find Note :limit=%d\n" % (1 + i % 20)
                    for i in range(50))
    status, out, errors = ormctl("--ca", ca, "-r", text=lines)
    same([status, out.count("\n"), errors], [0, 50, ""])
    check(len(out) > 1000000)


@case("ormctl logs in by a password typed without echo, and by a token from a "
      "file")
def ormctl_login():
    ca = ("--ca", w["ca"].crt)
    path = os.path.join(folder(), "token")
    status, shown = at_terminal("riko's password", *ca, "-u", "riko", "-T",
                                path, "hello")
    same(status, 0)
    check("riko" in shown.split("Password of riko:")[1], shown)
    check("Password of riko:" in shown and "password\r" not in shown, shown)
    check("riko's password" not in shown, shown)
    same(os.stat(path).st_mode & 0o777, 0o600)
    for words in ((), ("-u", "riko")):
        status, out, errors = ormctl(*ca, *words, "-T", path, "hello")
        same([status, errors], [0, ""])
        check('"username": "riko"' in out, out)
    status, shown = at_terminal("wrong", *ca, "-u", "riko", "hello")
    same(status, 1)
    check("unauthenticated" in shown, shown)
    # A token that is no good any more: with a name, the password is asked for.
    same(ormctl(*ca, "-T", path, "logout", "all=true")[0], 0)
    status, _, errors = ormctl(*ca, "-T", path, "hello")
    same(status, 1)
    check("unauthenticated" in errors, errors)
    status, _, errors = ormctl(*ca, "-u", "riko", "-T", path, "hello")
    same(status, 2)
    check("no terminal" in errors, errors)
    status, shown = at_terminal("riko's password", *ca, "-u", "riko", "-T",
                                path, "hello")
    same(status, 0)
    same(ormctl(*ca, "-T", path, "hello")[0], 0)
    os.chmod(path, 0o640)
    status, _, errors = ormctl(*ca, "-T", path, "hello")
    same(status, 2)
    check("chmod 600" in errors, errors)


if __name__ == "__main__":
    sys.exit(run(setup))
