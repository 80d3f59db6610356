"""Databases with the rows of access_rules.py, each with an ormd and clients."""

import base64
import json
import os
import subprocess
import warnings

from access_rules import DATA, MODEL, TABLES, fresh, sees
from harness import BUILD, LONG, Client, Daemon, check, dumps, loads, until

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import crypt

w = {}
# No foreign keys in between; TRUNCATE would make new files each time.
APART = "SELECT set_config('session_replication_role', '%s', true);"
CALLERS = [None, 1, 2, "admin"]
NAMES = {1: "ann", 2: "bob", "admin": "root"}


def literal(value):
    return "NULL" if value is None else str(value) if isinstance(
        value, int) else "'%s'" % value


def fill_sql(hashes):
    """What fills the empty tables."""
    out = []
    for table, lines in fresh().items():
        for row in lines:
            names = list(row)
            values = [literal(row[n]) for n in names]
            if table == "users":
                names.append("_hash")
                values.append(literal(hashes[row["text"]]))
            out.append("INSERT INTO %s(%s) VALUES (%s);" % (
                table, ",".join(names), ",".join(values)))
        if table in TABLES:
            out.append("SELECT setval(pg_get_serial_sequence('%s', 'id'), 100)"
                       ";" % table)
    return "\n".join(out)


class World:
    """One database, one ormd, and two connections of each caller."""

    def __init__(self, name, ddl, options=()):
        self.address = w["postgres"].database(name, ddl)
        self.db = w["postgres"].psql(name)
        hashes = {n: crypt.crypt(n + "'s password", "$2b$04$" + "a" * 21 + "e")
                  for n in ("ann", "bob", "root", "cid")}
        self.db.run(fill_sql(hashes))
        self.ormd = Daemon(self.address, MODEL, [
            "password_memory=19MiB", "password_passes=2", "login_check=1h",
            "max_deleted=0"] + list(options))
        until("ormd to reach its database", self.is_up, 15)
        self.clients = {}
        for who in CALLERS:
            self.clients[who] = [Client(self.ormd.address) for _ in range(2)]
            for c in self.clients[who]:
                if who is not None:
                    c.call("login", {"username": NAMES[who],
                                     "password": NAMES[who] + "'s password"})
        # Logging in has made better hashes; they have to stay as they are.
        hashes = {r["text"]: r["_hash"] for r in
                  self.db.rows("SELECT text, _hash FROM users")}
        self.db.run("CREATE FUNCTION refill() RETURNS void LANGUAGE sql AS "
                    "$refill$ %s %s %s %s $refill$" % (
                        APART % "replica",
                        " ".join("DELETE FROM %s;" % t for t in DATA),
                        fill_sql(hashes), APART % "origin"))
        self.before = self.stored()

    def is_up(self):
        with Client(self.ormd.address) as c:
            return "result" in c.ask("count", {"model": "Tag"})

    def stored(self):
        """All rows, but for what is hashed."""
        return loads(self.db.value("SELECT json_object_agg(t, r) FROM (%s) x"
                                   % " UNION ALL ".join(
            "(SELECT '%s' AS t, (SELECT coalesce(json_agg(to_jsonb(s) - "
            "'_hash' ORDER BY to_jsonb(s)::text), '[]') FROM %s s) AS r)"
            % (t, t) for t in DATA)))

    def close(self):
        for clients in self.clients.values():
            for c in clients:
                c.close()
        self.ormd.stop()
        self.db.close()


def opened(cursor):
    """What is in a `next', which is only base64."""
    return base64.urlsafe_b64decode(
        cursor + "=" * (-len(cursor) % 4)).decode("latin-1")


def leak_check(rows, who, request, reply):
    """Nothing of a row that this one does not see is in the reply."""
    text = dumps(reply)
    page = reply.get("result")
    if isinstance(page, dict):
        for name in ("next", "prev"):
            text += opened(page.get(name) or "")
    for table, lines in rows.items():
        for row in lines:
            if table not in TABLES or table == "users":
                continue
            if not sees(rows, who, TABLES[table], row):
                check(row["text"] not in text,
                      "%s reads %s by %s" % (who, row["text"],
                                             dumps(request)))
    check(who == "admin" or "mail-canary" not in text, dumps(reply))
    check("$argon2" not in text and "$2b$" not in text, dumps(reply))


def ddl(*words):
    path = os.path.join(w["postgres"].folder, "access.json")
    with open(path, "w") as f:
        json.dump(MODEL, f)
    return subprocess.run(
        [os.path.join(BUILD, "daemon", "ormd-model"), "ddl"] + list(words) +
        [path], check=True, stdout=subprocess.PIPE).stdout.decode()


def some(told, stride):
    """Each model has its share of what is sent."""
    return told if LONG else told[::stride]
