"""What rules per row cost: W1 to W7 with them over W1 to W7 without.

Three ormds serve the same tables: one without rules, one that puts predicates
into its statements, one with row-level security as well.  Users belong to 64
accounts, each with neighbours among them, and only an account may see and
change its own.  Each connection asks for users of one account; where there are
rules it is logged in as that account.  So all three are sent the same requests
and write the same rows.
"""

import base64
import copy
import hashlib
import json
import os
import statistics

from harness import MEDITATION, Daemon, lock

ACCOUNTS = 64			# one for each connection
OWN = 100000 // ACCOUNTS	# users of an account
PAGE = 100			# users that W7 finds
GONE = 1000000			# users made to be deleted start here
SIDES = {"none": [], "predicates": [], "rls": ["rls=on"]}
ACCOUNT = {"type": "integer", "references": "accounts.id"}
OWNED = {"owner": "account", "read": ["owner"], "create": ["user"],
         "update": ["owner"], "delete": ["owner"]}

MAKE = """
CREATE TABLE accounts (id int PRIMARY KEY, login text UNIQUE, _hash text);
INSERT INTO accounts SELECT i, 'account' || i, 'x' FROM generate_series(1, %d)
    i;
CREATE TABLE owned_users (LIKE users INCLUDING DEFAULTS, account_id int
    REFERENCES accounts);
INSERT INTO owned_users SELECT *, 1 + (id - 1) / %d FROM users WHERE id <= %d;
CREATE TABLE owned_sessions (LIKE meditation_sessions INCLUDING DEFAULTS,
    account_id int REFERENCES accounts);
INSERT INTO owned_sessions SELECT *, 1 + (user_id - 1) / %d FROM
    meditation_sessions WHERE user_id <= %d;
ALTER TABLE owned_users ADD PRIMARY KEY (id), ADD UNIQUE (username);
ALTER TABLE owned_sessions ADD PRIMARY KEY (id),
    ADD FOREIGN KEY (user_id) REFERENCES owned_users ON DELETE CASCADE,
    ADD FOREIGN KEY (meditation_id) REFERENCES meditations ON DELETE CASCADE;
CREATE INDEX ON owned_users (account_id);
CREATE INDEX ON owned_sessions (account_id);
CREATE INDEX ON owned_sessions (user_id);
CREATE INDEX ON owned_sessions (meditation_id);
CREATE SEQUENCE owned_users_id_seq START 2000000 OWNED BY owned_users.id;
ALTER TABLE owned_users ALTER id SET DEFAULT nextval('owned_users_id_seq');
CREATE SEQUENCE owned_sessions_id_seq START 20000000 OWNED BY owned_sessions.id;
ALTER TABLE owned_sessions ALTER id SET DEFAULT
    nextval('owned_sessions_id_seq');
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, owned_users, owned_sessions
    TO ormd;
GRANT USAGE ON owned_users_id_seq, owned_sessions_id_seq TO ormd;
""" % (ACCOUNTS, OWN, ACCOUNTS * OWN, OWN, ACCOUNTS * OWN)

RESTOCK = """
DELETE FROM owned_users WHERE id >= 1000000 AND id < 2000000;
INSERT INTO owned_users (id, username, account_id) SELECT i, 'del' || i, 1 FROM
    generate_series(1000000, 1000000 + %d) i;
INSERT INTO owned_sessions (completed_duration, rating, session_note, user_id,
    meditation_id, account_id) SELECT 600, 5, 'felt calm', i,
    1 + (i + k) %% 1000, 1 FROM generate_series(1000000, 1000000 + %d) i,
    generate_series(1, 10) k;
VACUUM ANALYZE owned_users;
VACUUM ANALYZE owned_sessions;
"""

KEPT = """
SELECT user_id, string_agg(id::text, E'\\t' ORDER BY id) FROM (SELECT user_id,
    id, row_number() OVER (PARTITION BY user_id ORDER BY id DESC) AS n FROM
    owned_sessions WHERE user_id <= %d) s WHERE n <= 5 GROUP BY user_id
    HAVING count(*) = 5 ORDER BY user_id
""" % (ACCOUNTS * OWN)


def models():
    """The model file without rules, and with them."""
    with open(MEDITATION, encoding="utf-8") as f:
        plain = json.load(f)
    for name, table in (("User", "owned_users"),
                        ("MeditationSession", "owned_sessions")):
        model = plain["models"][name]
        model["table"] = table
        model["columns"]["account_id"] = ACCOUNT
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
    ruled["models"]["Account"]["access"] = {"owner": "self",
                                            "read": ["owner"]}
    ruled["models"]["Meditation"]["access"] = {"read": ["anyone"]}
    return plain, ruled


class Rules:
    """The tables, the ormds and the files for load."""

    def __init__(self, bench, workloads):
        self.bench = bench
        self.folder = bench.postgres.folder
        self.requests = {name: self.owned(entry["request"])
                         for name, entry in workloads.items()}
        bench.psql.run(MAKE)
        bench.psql.run("VACUUM ANALYZE; CHECKPOINT")
        plain, ruled = models()
        tokens = [os.urandom(32) for _ in range(ACCOUNTS)]
        bench.psql.run("INSERT INTO ormd.token (hash, model, \"user\", "
                       "password, expires) VALUES " + ", ".join(
            "('\\x%s', '\"accounts\"', '%d', sha256('x'), now() + '1 day')"
            % (hashlib.sha256(token).hexdigest(), i + 1)
            for i, token in enumerate(tokens)))
        lines = [json.dumps({"id": 0, "method": "login", "params": {
            "token": base64.urlsafe_b64encode(t).decode().rstrip("=")}})
            for t in tokens]
        self.logins = self.file("logins", lines)
        self.one = self.file("one", lines[:1])
        self.nobody = self.file("nobody", [""])
        # The policies are there for all; the other two go past them.
        bench.psql.run("CREATE ROLE free LOGIN BYPASSRLS IN ROLE ormd")
        free = bench.address.replace("user=ormd", "user=free")
        for side, options in SIDES.items():
            bench.ormd[side] = Daemon(
                bench.address if side == "rls" else free,
                plain if side == "none" else ruled,
                bench.told.option + options).when_ready()
        lock(bench.address, bench.ormd["rls"].model)

    def file(self, name, lines):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        return path

    @staticmethod
    def owned(text):
        """A request about users of an account: <$1> is it, <$2> a user."""
        for i in range(6, 0, -1):
            text = text.replace("<$%d>" % i, "<$%d>" % (i + 1))
        text = text.replace("<1..100000>", "<$2>").replace("<1..99900>",
                                                           "<$2>")
        return text.replace('"completed_duration":',
                            '"account_id":<$1>,"completed_duration":') \
            .replace('{"username":', '{"account_id":<$1>,"username":')

    def dealt(self, of_account):
        """Lines of accounts, one of each in turn, as load deals them out."""
        n = min(map(len, of_account))
        return ["%d\t%s" % (i + 1, lines[k]) for k in range(n)
                for i, lines in enumerate(of_account)]

    def rows(self, workload):
        if workload == "W5":
            of_account = [[] for _ in range(ACCOUNTS)]
            for line in self.bench.psql.run(KEPT).split("\n"):
                user, kept = line.split("|")
                of_account[(int(user) - 1) // OWN].append(user + "\t" + kept)
        else:
            last = PAGE if workload == "W7" else 0
            of_account = [[str(i * OWN + k + 1) for k in range(OWN - last)]
                          for i in range(ACCOUNTS)]
        return self.file("rows", self.dealt(of_account))

    def measure(self, workload, side):
        told = self.bench.told
        request = self.requests[workload]
        logins = self.nobody if side == "none" else self.logins
        options, seconds = ["-f", self.rows(workload)], told.seconds
        if workload == "W4":
            self.bench.runs += 1
            request = request.replace("RUN", str(self.bench.runs))
        elif workload == "W6":
            n = told.deletes
            self.bench.psql.run(RESTOCK % (n, n))
            options, seconds = ["-n", str(n), "-s", str(GONE)], 600
            if side != "none":
                logins = self.one
        return self.bench.load(side, request, seconds,
                               options=options + ["-l", logins])

    def workload(self, workload):
        samples = {side: [] for side in SIDES}
        for _ in range(self.bench.told.rounds):
            for side in SIDES:
                samples[side].append(self.measure(workload, side))
        return samples


def show(found):
    """found: {workload: {side: [samples]}}"""
    print("rules per row: CPU µs of a request, and over what it is without")
    print("  %-4s %10s %10s %6s %10s %6s  %s" % (
        "", "none", "predicates", "", "and RLS", "", ""))
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
