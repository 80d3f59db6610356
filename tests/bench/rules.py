"""What rules per row cost: W1 to W7 with them over W1 to W7 without.

Three ormds serve the same tables: one without rules, one that puts predicates
into its statements, one with row-level security as well.  All are sent the same
requests and write the same rows.

W1 to W6 are about users who are logged in, and about what is their own, by the
rules of the sample model; each user whom W6 deletes is so himself, on a
connection of his own.  In W7 (100 users, each with sessions) no user owns what
is found, so users and sessions belong to accounts there.
"""

import base64
import copy
import hashlib
import json
import os
import statistics

from harness import MEDITATION, SAMPLE, Daemon, lock

USERS = 64			# who is logged in, one on each connection
APART = 1500			# their ids
ACCOUNTS = 64
OWN = 400			# users of an account
PAGE = 100			# users that W7 finds
GONE = 1000000			# users made to be deleted start here
SIDES = {"none": [], "predicates": [], "rls": ["rls=on"]}

OWNED = {"owner": "account", "read": ["owner"], "create": ["user"],
         "update": ["owner"], "delete": ["owner"]}

MAKE_ACCOUNTS = """
CREATE TABLE accounts (id int PRIMARY KEY, login text UNIQUE, _hash text);
INSERT INTO accounts SELECT i, 'account' || i, 'x' FROM generate_series(1, %d)
    i;
CREATE TABLE owned_users AS SELECT *, 1 + (id - 1) / %d AS account_id FROM users
    WHERE id <= %d;
CREATE TABLE owned_sessions AS SELECT *, 1 + (user_id - 1) / %d AS account_id
    FROM meditation_sessions WHERE user_id <= %d;
ALTER TABLE owned_users ADD PRIMARY KEY (id);
ALTER TABLE owned_sessions ADD PRIMARY KEY (id);
CREATE INDEX ON owned_sessions (user_id);
GRANT SELECT ON accounts, owned_users, owned_sessions TO ormd;
""" % (ACCOUNTS, OWN, ACCOUNTS * OWN, OWN, ACCOUNTS * OWN)

# Digests of tokens of everybody in this table; token() makes the tokens.
TOKENS = """
INSERT INTO ormd.token (hash, model, "user", password, expires)
    SELECT sha256(sha256(convert_to('%s ' || id, 'UTF8'))), '"%s"', id::text,
    sha256(convert_to(coalesce(%s, ''), 'UTF8')), now() + '1 day'
    FROM %s WHERE %s
    ON CONFLICT DO NOTHING
"""


def login(table, number):
    """The line that logs this one in."""
    token = hashlib.sha256(("%s %d" % (table, number)).encode()).digest()
    return json.dumps({"id": 0, "method": "login", "params": {
        "token": base64.urlsafe_b64encode(token).decode().rstrip("=")}})


def sample_models():
    """The sample model without its rules, and with them."""
    with open(MEDITATION, encoding="utf-8") as plain, \
            open(SAMPLE, encoding="utf-8") as ruled:
        return json.load(plain), json.load(ruled)


def account_models():
    """The same with accounts, to which users and their sessions belong."""
    with open(MEDITATION, encoding="utf-8") as f:
        plain = json.load(f)
    for name, table in (("User", "owned_users"),
                        ("MeditationSession", "owned_sessions")):
        model = plain["models"][name]
        model["table"] = table
        model["columns"]["account_id"] = {"type": "integer",
                                          "references": "accounts.id"}
        model["relationships"]["account"] = {"target": "Account"}
        model["serialize_rules"].append("-account")
    columns = plain["models"]["MeditationSession"]["columns"]
    columns["user_id"]["references"] = "owned_users.id"
    plain["models"]["Account"] = {
        "table": "accounts", "columns": {
            "id": {"type": "integer", "primary_key": True},
            "login": {"type": "text", "unique": True},
            "_hash": {"type": "text"}}}
    ruled = copy.deepcopy(plain)
    ruled["auth"] = {"model": "Account", "login": "login",
                     "password": "_hash"}
    for name in ("User", "MeditationSession"):
        ruled["models"][name]["access"] = OWNED
    ruled["models"]["Meditation"]["access"] = {"read": ["anyone"]}
    return plain, ruled


class Rules:
    """The tables, the ormds and the files for load."""

    def __init__(self, bench, workloads):
        self.bench = bench
        self.requests = {name: self.own(entry["request"])
                         for name, entry in workloads.items()}
        bench.psql.run(MAKE_ACCOUNTS)
        bench.psql.run(TOKENS % ("accounts", "accounts", "_hash", "accounts",
                                 "true"))
        bench.psql.run(TOKENS % ("users", "users", "_password_hash", "users",
                                 "id %% %d = 0" % APART))
        # The policies are there for all; two of the ormds go past them.
        bench.psql.run("CREATE ROLE free LOGIN BYPASSRLS IN ROLE ormd")
        bench.psql.run("VACUUM ANALYZE; CHECKPOINT")
        for prefix, models in (("own ", sample_models()),
                               ("account ", account_models())):
            self.start(prefix, *models)

    def start(self, prefix, plain, ruled):
        bench = self.bench
        free = bench.address.replace("user=ormd", "user=free")
        # No login is looked at again in the middle of a run.
        common = bench.told.option + ["login_check=1h"]
        for side, options in SIDES.items():
            bench.ormd[prefix + side] = Daemon(
                bench.address if side == "rls" else free,
                plain if side == "none" else ruled,
                common + options).when_ready()
        lock(bench.address, bench.ormd[prefix + "rls"].model)

    def file(self, name, lines):
        path = os.path.join(self.bench.postgres.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        return path

    @staticmethod
    def own(text):
        """A request about <$1>, who is logged in or belongs to who is."""
        for place in ("<1..100000>", "<1..99900>", "<#>"):
            if "w4-" not in text:
                text = text.replace(place, "<$1>")
        return text

    def kept(self):
        """Each user with five of his sessions, which W5 keeps."""
        return self.bench.psql.run(
            "SELECT user_id || E'\\t' || string_agg(id::text, E'\\t' ORDER BY "
            "id) FROM (SELECT user_id, id, row_number() OVER (PARTITION BY "
            "user_id ORDER BY id DESC) AS n FROM meditation_sessions WHERE "
            "user_id = ANY (ARRAY%s)) s WHERE n <= 5 GROUP BY user_id ORDER "
            "BY user_id" % [APART * (i + 1) for i in range(USERS)]).split("\n")

    def restock(self):
        """Users to delete, who can log in."""
        self.bench.restock(self.bench.told.ends)
        self.bench.psql.run(TOKENS % (
            "users", "users", "_password_hash", "users",
            "id >= %d AND id < %d" % (GONE, GONE + self.bench.told.ends)))

    def measure(self, workload, side):
        """One run of this side."""
        told = self.bench.told
        request = self.requests[workload]
        table, prefix, n, options = "users", "own ", USERS, []
        who = [APART * (i + 1) for i in range(USERS)]
        rows = list(map(str, who))
        if workload == "W4":
            self.bench.runs += 1
            request = request.replace("RUN", str(self.bench.runs))
        elif workload == "W5":
            rows = self.kept()
        elif workload == "W6":
            self.restock()
            n = told.ends
            who = range(GONE, GONE + n)
            rows = list(map(str, who))
            options = ["-o", str(USERS)]
        elif workload == "W7":
            table, prefix = "accounts", "account "
            who = range(1, ACCOUNTS + 1)
            rows = [str(i * OWN + k + 1) for k in range(OWN - PAGE)
                    for i in range(ACCOUNTS)]
        lines = [""] if side == "none" else [login(table, i) for i in who]
        return self.bench.load(
            prefix + side, request, told.seconds, n, options +
            ["-f", self.file("rows", rows), "-l", self.file("logins", lines)])

    def workload(self, workload):
        samples = {side: [] for side in SIDES}
        newest = self.bench.psql.value(
            "SELECT max(id) FROM meditation_sessions")
        for _ in range(self.bench.told.rounds):
            for side in SIDES:
                samples[side].append(self.measure(workload, side))
        if workload == "W3":
            # It gives the few users thousands of sessions each; who comes
            # next is to find them as they were.
            self.bench.psql.run(
                "DELETE FROM meditation_sessions WHERE id > %s; "
                "VACUUM ANALYZE; CHECKPOINT" % newest)
        return samples


def show(found):
    """found: {workload: {side: [samples]}}"""
    print("rules per row: CPU µs of a request, and over what it is without")
    print("  %-4s %10s %10s %6s %10s %6s" % (
        "", "none", "predicates", "", "and RLS", ""))
    for name, samples in found.items():
        cpu = {side: statistics.median(s.cpu for s in of)
               for side, of in samples.items()}
        errors = sum(s.errors for of in samples.values() for s in of)
        over = cpu["predicates"] / cpu["none"]
        verdict = "%d ERRORS" % errors if errors else \
            "more than 10 %" if over > 1.1 else ""
        print("  %-4s %10.1f %10.1f %6.2f %10.1f %6.2f  %s" % (
            name, cpu["none"], cpu["predicates"], over, cpu["rls"],
            cpu["rls"] / cpu["none"], verdict), flush=True)
