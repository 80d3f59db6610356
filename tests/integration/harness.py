"""What the end-to-end tests stand on.

A test program makes a Postgres (private, in a temporary folder, Unix socket
only), databases in it, and Daemons (ormd); it talks through a Client and looks
at the tables through psql.  Cases are functions under @case, printed in TAP.
Everything that was started is stopped by its own process id, also when the
test is interrupted or dies.

Where things are: the tree is found from this file; the programs are those
below $top_builddir, which `make check' sets (default: the current folder).
$ORMD_WRAPPER is put before ormd's command line (valgrind), $ORMD_SLOW
multiplies all waits.  A build with sanitizers is recognized and given time.
$ORMD_RULES says what holds rows back: predicates (default), both (row-level
security as well), or policies (it alone).
"""

import atexit
import contextlib
import ctypes
import glob
import json
import os
import re
import resource
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from decimal import Decimal

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.abspath(os.environ.get("top_builddir", os.getcwd()))
ORMD = os.path.join(BUILD, "daemon", "ormd")
# The sample model without its logins, for tests that are about other things.
MEDITATION = os.path.join(TOP, "tests", "integration", "meditation.model.json")
SAMPLE = os.path.join(TOP, "sql", "meditation.model.json")
LONG = os.environ.get("ORMD_LONG", "") not in ("", "0")
RULES = {"predicates": [], "both": ["rls=on"],
         "policies": ["rls=on", "predicates=off"]}
ROLE = "ormd"			# what the daemon logs in as: owns nothing
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|"
                       r"UndefinedBehaviorSanitizer|MemorySanitizer|"
                       r"runtime error:|definitely lost: [1-9]|"
                       r"Invalid (read|write) of size")


def sanitized():
    """Is ormd a build with sanitizers?"""
    with open(ORMD, "rb") as f:
        text = f.read()
    return b"__asan_init" in text or b"__tsan_init" in text or \
        b"__ubsan_handle" in text


def slowness():
    told = os.environ.get("ORMD_SLOW")
    if told:
        return float(told)
    if os.environ.get("ORMD_WRAPPER"):
        return 20.0
    return 5.0 if os.path.exists(ORMD) and sanitized() else 1.0


SLOW = slowness()

# ---- what was started is stopped -------------------------------------------

_running = []			# Postgres and Daemon, in the order of start
_folders = []


def folder():
    """A new temporary folder with a short name, for sockets live in it."""
    base = tempfile.gettempdir()
    if len(base) > 40:
        base = "/tmp"
    path = tempfile.mkdtemp(prefix="ormd-", dir=base)
    os.chmod(path, 0o755)
    _folders.append(path)
    return path


def _clean_up():
    while _running:
        try:
            _running[-1].kill()
        except Exception:		# the rest has to be stopped too
            traceback.print_exc()
            _running.pop()
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


def _on_signal(number, _frame):
    sys.exit(128 + number)


atexit.register(_clean_up)
for _number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_number, _on_signal)


def _die_with_us(number):
    """For the child: gets this signal when this process is killed."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def before_exec():
        libc.prctl(1, number)			# PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
    return before_exec


def raise_descriptors(wanted=1 << 20):
    """Raises the limit of open files as far as allowed; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (wanted, wanted // 4, wanted // 16, 24000):
        if hard != resource.RLIM_INFINITY and limit <= hard:
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return limit
        except (ValueError, OSError):
            continue
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if limit > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(limit, soft)


def until(what, test, seconds=10.0, pause=0.01):
    """Waits until test() is true; returns its value."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = test()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited %.1f s for %s"
                                 % (seconds * SLOW, what))
        time.sleep(pause)


_ports = set()


def free_port():
    """One that nobody had: what is known of an address stays true."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in _ports:
            _ports.add(port)
            return port


def loads(text):
    return json.loads(text, parse_float=Decimal)


def dumps(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False,
                      default=float)


# ---- PostgreSQL ------------------------------------------------------------

def _pg_bin():
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if found:
        newest = max(found, key=lambda p: float(p.split("/")[-3]))
        return os.path.dirname(newest)
    path = shutil.which("initdb")
    if path is None:
        raise RuntimeError("PostgreSQL's initdb is nowhere to be found")
    return os.path.dirname(os.path.realpath(path))


def _environment():
    """Without the variables by which a person's own server is chosen."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    env.update(LC_ALL="C.UTF-8", TZ="UTC")
    return env


class Postgres:
    """A private PostgreSQL.  durable: fsync on, for tests that kill it."""

    def __init__(self, durable=False, settings=(), start=True):
        self.bin = _pg_bin()
        self.folder = folder()
        self.data = os.path.join(self.folder, "pg")
        self.log = os.path.join(self.folder, "pg.log")
        self.process = None
        self.settings = ["listen_addresses=", "max_connections=60",
                         "unix_socket_directories=" + self.folder,
                         "log_min_messages=warning", "timezone=UTC",
                         "log_error_verbosity=verbose"]
        if not durable:
            self.settings += ["fsync=off", "synchronous_commit=off",
                              "full_page_writes=off"]
        self.settings += settings
        self.who = {}
        if os.geteuid() == 0:		# PostgreSQL refuses to run as root
            self.who = {"user": "postgres", "group": "postgres",
                        "extra_groups": []}
            shutil.chown(self.folder, "postgres", "postgres")
        subprocess.run(
            [os.path.join(self.bin, "initdb"), "-D", self.data, "-U",
             "postgres", "--auth=trust", "--encoding=UTF8",
             "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder,
            env=_environment(), **self.who)
        if start:
            self.start()
            self.make_template()

    def start(self):
        command = [os.path.join(self.bin, "postgres"), "-D", self.data]
        for setting in self.settings:
            command += ["-c", setting]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, env=_environment(),
                preexec_fn=_die_with_us(signal.SIGQUIT), **self.who)
        _running.append(self)
        until("PostgreSQL to accept", self._up_or_dead, 60)
        if self.process.poll() is not None:
            _running.remove(self)
            return False		# its old backends may still be there
        return True

    def _up_or_dead(self):
        return self.process.poll() is not None or self.accepts()

    def accepts(self):
        """Does it accept a session right now?  One round trip, no psql."""
        body = struct.pack("!I", 196608) + \
            b"user\0postgres\0database\0postgres\0\0"
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(5)
                s.connect(os.path.join(self.folder, ".s.PGSQL.5432"))
                s.sendall(struct.pack("!I", len(body) + 4) + body)
                return s.recv(1) == b"R"
        except OSError:
            return False

    def stop(self, how=signal.SIGINT):
        """SIGINT: fast; SIGKILL: what a crash of the machine looks like."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        if self in _running:
            _running.remove(self)

    def kill(self):
        self.stop(signal.SIGQUIT)

    def restart_after_crash(self):
        """Starts again, as often as backends of the last life forbid it."""
        until("PostgreSQL to start again", self.start, 60, 0.05)

    def make_template(self):
        """The database that others are copied from: the support schema."""
        with self.psql("postgres") as db:
            db.run("CREATE ROLE %s LOGIN; CREATE DATABASE template_ormd"
                   % ROLE)
        with self.psql("template_ormd") as db:
            db.run("ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, "
                   "DELETE ON TABLES TO {0}; ALTER DEFAULT PRIVILEGES GRANT "
                   "USAGE, SELECT, UPDATE ON SEQUENCES TO {0}".format(ROLE))
            db.run_file(os.path.join(TOP, "sql", "ormd.sql"))
            db.run("GRANT USAGE ON SCHEMA ormd TO {0}; GRANT EXECUTE ON ALL "
                   "FUNCTIONS IN SCHEMA ormd TO {0}; REVOKE ALL ON ormd.audit "
                   "FROM {0}; GRANT INSERT ON ormd.audit TO {0}; "
                   "REVOKE ALL ON ormd.seal FROM {0}; GRANT SELECT ON "
                   "ormd.seal TO {0}".format(ROLE))

    def database(self, name, *statements, files=()):
        """Makes a database and its tables; returns what ormd is to be told."""
        with self.psql("postgres") as db:
            db.run("CREATE DATABASE %s TEMPLATE template_ormd" % name)
        with self.psql(name) as db:
            for path in files:
                db.run_file(path)
            for statement in statements:
                db.run(statement)
        return self.address(name)

    def address(self, name):
        return "host=%s dbname=%s user=%s" % (self.folder, name, ROLE)

    def psql(self, name):
        return Psql(self, name)


class Psql:
    """One psql that stays open: a statement in, its text out."""

    MARK = "--that-was-all--"

    def __init__(self, postgres, name):
        self.process = subprocess.Popen(
            [os.path.join(postgres.bin, "psql"), "-XAtq", "-v",
             "ON_ERROR_STOP=1", "-h", postgres.folder, "-U", "postgres",
             "-d", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=_environment())
        self.run("SET TIME ZONE 'UTC'; SET client_min_messages = warning")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, sql):
        self.process.stdin.write(
            ("%s\n;\n\\echo %s\n" % (sql, self.MARK)).encode())
        self.process.stdin.flush()

    def receive(self):
        lines = []
        mark = self.MARK.encode() + b"\n"
        for line in self.process.stdout:
            if line == mark:
                return b"".join(lines).decode().rstrip("\n")
            lines.append(line)
        raise AssertionError("psql: " + b"".join(lines).decode())

    def run(self, sql):
        """Runs statements; returns the text they printed."""
        self.send(sql)
        return self.receive()

    def run_file(self, path):
        return self.run("\\i " + path)

    def rows(self, query):
        """The rows of a query as a list of objects."""
        text = self.run("SELECT coalesce(json_agg(row_to_json(the_row)), '[]') "
                        "FROM (%s) the_row" % query)
        return loads(text)

    def value(self, query):
        """The only value of a query, as text."""
        return self.run(query)

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()
        self.process.stdout.close()


# ---- ormd ------------------------------------------------------------------

class RpcError(Exception):
    """An error reply."""

    def __init__(self, error):
        super().__init__(dumps(error))
        self.code = error["code"]
        self.message = error["message"]
        self.data = error.get("data", {})
        self.kind = self.data.get("kind")


seen = []			# each is told (address, request, reply)


class Client:
    """One connection: lines out, lines in."""

    def __init__(self, address, timeout=20.0, connect=True):
        family = socket.AF_UNIX if isinstance(address, str) \
            else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(timeout * SLOW)
        self.buffer = bytearray()
        self.scanned = 0
        self.ids = 0
        self.address = address
        if connect:
            self.socket.connect(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def finish(self):
        """Half-close: no more requests will come."""
        self.socket.shutdown(socket.SHUT_WR)

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes)
                            else data.encode())

    def post(self, method, params=None, **members):
        """Sends a request and returns its id, without waiting."""
        self.ids += 1
        request = {"jsonrpc": "2.0", "id": self.ids, "method": method}
        if params is not None:
            request["params"] = params
        request.update(members)
        self.send(dumps(request) + "\n")
        return request["id"]

    def line(self):
        """The next line without its end; None when the server closed."""
        while True:
            end = self.buffer.find(b"\n", self.scanned)
            if end >= 0:
                line = bytes(self.buffer[:end])
                del self.buffer[:end + 1]
                self.scanned = 0
                return line
            self.scanned = len(self.buffer)
            try:
                more = self.socket.recv(1 << 18)
            except ConnectionResetError:
                return None
            if not more:
                return None
            self.buffer += more

    def reply(self):
        line = self.line()
        if line is None:
            raise ConnectionError("ormd closed the connection")
        return loads(line.decode())

    def silent(self, seconds=0.3):
        """True if nothing comes for so long."""
        before = self.socket.gettimeout()
        self.socket.settimeout(seconds)
        try:
            return self.line() is None
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(before)

    def ask(self, method, params=None, **members):
        """Sends a request; the whole reply."""
        wanted = self.post(method, params, **members)
        reply = self.reply()
        check(reply.get("jsonrpc") == "2.0", reply)
        same(reply.get("id"), wanted)
        check(("result" in reply) != ("error" in reply), reply)
        for told in seen:
            told(self.address, dict({"method": method, "params": params},
                                    **members), reply)
        return reply

    def call(self, method, params=None):
        """Sends a request; its result, or RpcError."""
        reply = self.ask(method, params)
        if "error" in reply:
            raise RpcError(reply["error"])
        return reply["result"]

    def error(self, method, params=None):
        """Sends a request that has to fail; its error."""
        reply = self.ask(method, params)
        check("error" in reply, "no error but " + dumps(reply))
        return RpcError(reply["error"])


def lock(database, model):
    """Row-level security for the tables of this model file."""
    policies = subprocess.run(
        [os.path.join(BUILD, "daemon", "ormd-model"), "ddl", "--rls", "--role",
         ROLE, model], check=True, stdout=subprocess.PIPE)
    subprocess.run(
        [os.path.join(_pg_bin(), "psql"), "-Xqo/dev/null", "-v",
         "ON_ERROR_STOP=1", database.replace("user=" + ROLE,
                                             "user=postgres")],
        check=True, input=policies.stdout, env=_environment())


def has_users(model):
    try:
        with open(model, encoding="utf-8") as f:
            return "auth" in loads(f.read())
    except (OSError, ValueError):
        return False			# ormd will say what is wrong with it


def held_back(database, model):
    """What ormd is to be told, as $ORMD_RULES has it."""
    told = RULES[os.environ.get("ORMD_RULES") or "predicates"]
    if told and has_users(model):
        lock(database, model)
    return told


class Daemon:
    """One ormd.  options: a list of key=value."""

    def __init__(self, database, model=MEDITATION, options=(), wait=True,
                 path=None, port=None):
        self.folder = folder()
        self.log = os.path.join(self.folder, "log")
        if path is None:
            self.address = ("127.0.0.1", port or free_port())
            listen = "%s:%d" % self.address
        else:
            self.address = path
            listen = path
        if not isinstance(model, str):
            with open(os.path.join(self.folder, "model.json"), "w") as f:
                json.dump(model, f)
            model = f.name
        self.model = model
        told = ["listen=" + listen, "database=" + database,
                "model=" + model]
        told += held_back(database, model)
        told += options
        self.command = shlex.split(os.environ.get("ORMD_WRAPPER", ""))
        self.command.append(ORMD)
        for option in told:
            self.command += ["-o", option]
        self.run(wait)

    def run(self, wait=True):
        """Starts it; also once more, after it has ended."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=_environment(),
                preexec_fn=_die_with_us(signal.SIGKILL))
        self.pid = self.process.pid
        _running.append(self)
        if self not in _daemons:
            _daemons.append(self)
        if wait:
            until("ormd to answer ping", self._answers, 15)

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError("ormd ended with %d:\n%s"
                                 % (self.process.returncode, self.logged()))
        try:
            with self.connect() as c:
                return c.call("ping") == {}
        except OSError:
            return False

    def connect(self, timeout=20.0):
        return Client(self.address, timeout)

    def when_ready(self):
        """Waits until the database behind it answers."""
        def ready():
            with self.connect() as c:
                model = sorted(loads(open(self.model).read())["models"])[0]
                reply = c.ask("count", {"model": model})
                return "result" in reply
        until("ormd to reach its database", ready, 15)
        return self

    def logged(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=15.0):
        """Waits for its end; the exit status."""
        status = self.process.wait(seconds * SLOW)
        if self in _running:
            _running.remove(self)
        return status

    def stop(self):
        """Asks it to end; has to end with status 0."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        same(self.wait(), 0)

    def kill(self):
        """Ends it in any case; politely first, so that leaks are told."""
        if self.process.poll() is not None:
            _fallen.append("ormd %d ended by itself with %d:\n%s" % (
                self.pid, self.process.returncode, self.logged()[-1000:]))
        else:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(5 * SLOW)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self in _running:
            _running.remove(self)


_daemons = []			# all of them, for their logs
_fallen = []			# what is known of those that died unasked

# ---- looking ---------------------------------------------------------------


def check(truth, about=""):
    if not truth:
        raise AssertionError(about if isinstance(about, str)
                             else dumps(about))


def differ(got, want, at="", unordered=False):
    """Where two JSON values differ, as text; None if they are equal.

    Numbers by value, but never equal to strings or booleans.
    """
    if isinstance(want, bool) or isinstance(got, bool) or want is None:
        equal = got is want
    elif isinstance(want, (int, float, Decimal)):
        equal = isinstance(got, (int, float, Decimal)) and \
            Decimal(str(got)) == Decimal(str(want))
    elif isinstance(want, dict) and isinstance(got, dict):
        for key in want:
            if key not in got:
                return "%s/%s is missing" % (at, key)
        for key in got:
            if key not in want:
                return "%s/%s should not be there" % (at, key)
        for key in want:
            said = differ(got[key], want[key], "%s/%s" % (at, key),
                          unordered)
            if said:
                return said
        return None
    elif isinstance(want, list) and isinstance(got, list):
        if len(got) != len(want):
            return "%s has %d elements, not %d" % (at, len(got), len(want))
        if not unordered:
            for i, (g, w) in enumerate(zip(got, want)):
                said = differ(g, w, "%s/%d" % (at, i))
                if said:
                    return said
            return None
        left = list(got)
        for i, w in enumerate(want):
            for g in left:
                if differ(g, w, "", True) is None:
                    left.remove(g)
                    break
            else:
                return "%s: nothing equals %s" % (at, dumps(w))
        return None
    else:
        equal = type(got) is type(want) and got == want
    return None if equal else "%s is %s, not %s" % (at or "it", dumps(got),
                                                    dumps(want))


def same(got, want, unordered=False):
    said = differ(got, want, "", unordered)
    check(said is None, "%s\ngot  %s\nwant %s"
          % (said, dumps(got), dumps(want)) if said else "")


# ---- TAP -------------------------------------------------------------------

_cases = []


def case(title, seconds=60.0):
    """Registers a function as a test case."""
    def register(function):
        _cases.append((title, function, seconds))
        return function
    return register


@contextlib.contextmanager
def time_limit(seconds):
    def too_late(_number, _frame):
        raise AssertionError("took longer than %.0f s" % (seconds * SLOW))
    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, seconds * SLOW)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def say(text):
    """A remark in the test's output."""
    for line in str(text).splitlines():
        print("# " + line, flush=True)


class Tap:
    """Prints the results, one numbered line a case."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def ok(self, title):
        self.number += 1
        print("ok %d - %s" % (self.number, title), flush=True)

    def not_ok(self, title, why):
        self.number += 1
        self.failed += 1
        print("not ok %d - %s" % (self.number, title), flush=True)
        say(why)

    def end(self):
        print("1..%d" % self.number, flush=True)
        return 1 if self.failed else 0


def bad_ends():
    """The daemons that died unasked, and what sanitizers wrote."""
    found = list(_fallen)
    for daemon in _daemons:
        with contextlib.suppress(OSError):
            text = daemon.logged()
            at = SANITIZER.search(text)
            if at:
                found.append(text[max(0, at.start() - 200):at.start() + 4000])
    return found


def run(setup=None):
    """Runs the cases whose titles contain a word of the command line."""
    words = sys.argv[1:]
    tap = Tap()
    if setup is not None:
        try:
            setup()
        except Exception:
            say(traceback.format_exc())
            for daemon in _daemons:
                say(daemon.logged())
            print("Bail out! the test could not be set up", flush=True)
            sys.exit(1)
    for title, function, seconds in _cases:
        if words and not any(w in title for w in words):
            continue
        sizes = {d: os.path.getsize(d.log) for d in _daemons}
        try:
            with time_limit(seconds):
                function()
            tap.ok(title)
        except Exception:
            tap.not_ok(title, traceback.format_exc(limit=-3))
            for daemon in _daemons:
                text = daemon.logged()[sizes.get(daemon, 0):]
                say("ormd %d said: %s" % (daemon.pid, text[-2000:]))
    for daemon in list(_running):
        if isinstance(daemon, Daemon):
            daemon.kill()
    bad = bad_ends()
    title = "each ormd ended as it was told, without a sanitizer's report"
    if bad:
        tap.not_ok(title, "\n".join(bad))
    else:
        tap.ok(title)
    sys.exit(tap.end())
