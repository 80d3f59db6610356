#!/usr/bin/env python3
"""README.md as it stands: its conversation, its tables, its commands, its map.

What stands in ```json goes to ormd line by line, and each line that comes back
has to be the one that follows (but for tokens and their like).  The statement in ```sql, given to psql, has to
print the ```text behind it.  The database is new and holds the sample data, so
that also the keys are those of the page.
"""

import os
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import schemas
from harness import (BUILD, Daemon, MEDITATION, Postgres, SAMPLE, TOP, case,
                     check, loads, run, same)

README = os.path.join(TOP, "README.md")
MAPS = ("README.md", "daemon/README.md", "lib/model/README.md",
        "lib/plan/README.md", "lib/serialize/README.md")
FOLDERS = ("lib", "daemon", "sql", "systemd", "tests")

w = {}


def read(path):
    with open(path) as f:
        return f.read()


def blocks(text):
    """[language, lines] of each fenced block."""
    return [[found.group(1), found.group(2).split("\n")] for found in
            re.finditer(r"^```(\w+)\n(.*?)\n```$", text, re.M | re.S)]


def setup():
    w["blocks"] = blocks(read(README))
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database(
        "ormd", files=[os.path.join(TOP, "sql", name)
                       for name in ("ormd.sql", "meditation.sql",
                                    "meditation-data.sql")])
    w["ormd"] = Daemon(w["address"], SAMPLE, ["admins=admin"]).when_ready()


def masked(line):
    """A reply without what is random in it."""
    line = re.sub(r'"(token|plan)":"[^"]{6,}"', r'"\1":"…"', line)
    return re.sub(r'"expires":"[^"]*Z"', '"expires":"…"', line)


def psql(statement):
    """What psql prints, without the blanks that it leaves at line ends."""
    postgres = w["postgres"]
    printed = subprocess.run(
        [os.path.join(postgres.bin, "psql"), "-X", "-P", "pager=off", "-h",
         postgres.folder, "-U", "postgres", "-d", "ormd", "-c", statement],
        check=True, capture_output=True, text=True).stdout
    return [line.rstrip() for line in printed.rstrip("\n").split("\n")]


@case("the conversation of README.md: each request gets the reply shown")
def conversation():
    asked = looked = 0
    statement = None
    with w["ormd"].connect() as c:
        judge = schemas.judge_of(c)
        for language, lines in w["blocks"]:
            if language == "json":
                for request, reply in zip(lines[::2], lines[1::2],
                                          strict=True):
                    c.send(request + "\n")
                    same(masked(c.line().decode()), masked(reply))
                    if '"method":"login"' in request:
                        judge = schemas.judge_of(c)	# of what is his
                    judge.judge(loads(request), loads(reply))
                    asked += 1
            elif language == "sql":
                statement = "\n".join(lines)
            elif language == "text":
                same(psql(statement), lines)
                looked += 1
    check(asked >= 10 and looked >= 2, "%d requests, %d looks"
          % (asked, looked))


@case("the conversation leaves the sample data as they were")
def as_before():
    same(psql("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM "
              "meditations), (SELECT count(*) FROM meditation_sessions)")[2],
         "     5 |     5 |     8")


@case("the ormctl commands of README.md succeed")
def ormctl():
    host, port = w["ormd"].address
    commands = [line for language, lines in w["blocks"] if language == "sh"
                for line in lines]
    check(len(commands) >= 3, commands)
    for line in commands:
        words = shlex.split(line)
        same(words[0], ".quickstart/bin/ormctl")
        words[0] = os.path.join(BUILD, "daemon", "ormctl")
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "ORMD_HOST": host, "ORMD_PORT": str(port)})
        same([done.returncode, done.stderr], [0, ""])
        loads(done.stdout)


@case("the piece of a model file in README.md is one of the sample's")
def piece():
    pieces = ["\n".join(lines) for language, lines in w["blocks"]
              if language == "jsonc"]
    same(len(pieces), 1)
    shown = loads("{%s}" % pieces[0])
    models = loads(read(SAMPLE))["models"]
    same(shown, {name: models[name] for name in shown})


@case("the tests' copy of the sample model lacks its users, and nothing else")
def copy():
    sample = loads(read(SAMPLE))
    del sample["auth"]
    for model in sample["models"].values():
        del model["access"]
    same(loads(read(MEDITATION)), sample)


@case("README.md names all methods that ormd has, and no others")
def methods():
    text = read(README)
    said = text[text.index("The methods are"):]
    said = set(re.findall(r"`([\w.]+)`", said[:said.index("ormd-protocol")]))
    with w["ormd"].connect() as c:
        document = c.call("rpc.discover")
    same(sorted(said), sorted(m["name"] for m in document["methods"]))


@case("each file that the maps of the house name is there")
def maps():
    floors = [os.path.join("lib", name) for name in
              ("base", "client", "model", "plan", "serialize", "wire")]
    named = 0
    for page in MAPS:
        for name in re.findall(r"`([\w./-]+)`", read(os.path.join(TOP, page))):
            if name.split("/")[0] in FOLDERS and "/" in name:
                where = [""]
            elif page != "README.md" and re.fullmatch(
                    r"[\w-]+\.(c|h|def|in|inc|conf\.5)", name):
                where = ["daemon"] + floors
            else:
                continue
            named += 1
            check(any(os.path.exists(os.path.join(TOP, folder, name))
                      for folder in where), "%s names %s" % (page, name))
    check(named >= 60, "only %d" % named)


@case("each man page that README.md names is there")
def pages():
    here = {name for folder in ("daemon", "lib/client", "lib/model",
                                "lib/wire")
            for name in os.listdir(os.path.join(TOP, folder))}
    named = set(re.findall(r"\b(ormd[\w.-]*|ormctl|libormd)\((\d)\)",
                           read(README)))
    check(len(named) >= 6, sorted(named))
    for name, section in named:
        check("%s.%s" % (name, section) in here, name)


if __name__ == "__main__":
    run(setup)
