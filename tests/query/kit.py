"""A PostgreSQL with the town's tables, an ormd on it, and how rows get in."""

import base64
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import schemas
from harness import BUILD, Daemon, Postgres, dumps, folder

from town import MODEL

NAMES = ["countries", "cities", "clubs", "skills", "people", "memberships",
         "person_skills"]


def tables():
    """What ormd-model makes of the model, and the domain that it names."""
    path = os.path.join(folder(), "model.json")
    with open(path, "w") as f:
        f.write(dumps(MODEL))
    ddl = subprocess.run(
        [os.path.join(BUILD, "daemon", "ormd-model"), "ddl", path],
        check=True, capture_output=True, text=True).stdout
    return "CREATE DOMAIN mail AS text;\n" + ddl


def start():
    """(ormd, psql)"""
    postgres = Postgres()
    address = postgres.database("town", tables())
    daemon = Daemon(address, MODEL).when_ready()
    return schemas.hold(daemon), postgres.psql("town")


def insert(psql, name, rows):
    rows = [dict(row) for row in rows]
    for row in rows:
        if row.get("blob") is not None:
            row["blob"] = "\\x" + base64.b64decode(row["blob"]).hex()
    psql.run("INSERT INTO {0} SELECT * FROM json_populate_recordset("
             "NULL::{0}, $rows${1}$rows$)".format(name, dumps(rows)))


def fill(psql, town):
    psql.run("TRUNCATE %s" % ", ".join(NAMES))
    for name in NAMES:
        insert(psql, name, town.tables[name])
