#!/usr/bin/env python3
"""ormd-protocol(7) as it stands: its model, its conversation, and ormctl(1).

Every request line of the page goes to ormd in the order of the page; where the
page shows a reply, that has to be the reply, where it shows none, the request
has to succeed.  Then ormctl says the like in words.
"""

import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import schemas
from harness import (BUILD, Daemon, Postgres, TOP, case, check, folder, loads,
                     run, same)

PAGE = os.path.join(TOP, "lib", "wire", "ormd-protocol.7")
ORMCTL = os.path.join(BUILD, "daemon", "ormctl")
ORMD_MODEL = os.path.join(BUILD, "daemon", "ormd-model")
ESCAPES = {r"\-": "-", r"\e": "\\", r"\&": "", r"\(aq": "'", r"\(dq": '"'}

w = {}


def page():
    """The lines of the page, roff's escapes undone."""
    with open(PAGE) as f:
        text = re.sub(r"\\(\(..|.)", lambda m: ESCAPES[m.group(0)], "".join(
            line for line in f if not line.startswith('.\\"')))
    return text.split("\n")


def model_of(lines):
    """The model file that the page shows: from a lone { to a lone }."""
    start = lines.index("{")
    return "\n".join(lines[start:lines.index("}", start) + 1])


def conversation(lines):
    """[request, its lines of reply] for each request line, as text."""
    said = []
    for line in lines[:lines.index(".Sh EXAMPLES")]:
        if line.startswith('{"jsonrpc"'):
            said[-1][1].append(line)
        elif line.startswith("{"):
            said.append([line, []])
    return said


def python_client(lines):
    start = lines.index("import json, socket")
    return "\n".join(lines[start:lines.index(".Ed", start)])


def setup():
    w["page"] = page()
    path = os.path.join(folder(), "model.json")
    with open(path, "w") as f:
        f.write(model_of(w["page"]))
    tables = subprocess.run([ORMD_MODEL, "ddl", path], check=True,
                            capture_output=True, text=True).stdout
    # The page shows a plan, so it is made with a key that is known.
    w["address"] = Postgres().database(
        "page", tables, "UPDATE ormd.seal SET key = decode(repeat('5e', 32), "
        "'hex')")
    w["ormd"] = Daemon(w["address"], path).when_ready()


@case("each request line of ormd-protocol(7) gets the reply that stands there")
def every_line():
    asked = 0
    with w["ormd"].connect() as c:
        judge = schemas.judge_of(c)
        # The first one, with its reply, comes from the top of the page.
        for request, replies in conversation(w["page"]):
            c.send(request + "\n")
            if "id" not in loads(request):
                continue
            asked += 1
            if not replies:
                got = c.line().decode()
                judge.judge(loads(request), loads(got))
                check("result" in loads(got), request + "\n" + got)
            for reply in replies:
                got = c.line().decode()
                if "method" not in loads(got):
                    judge.judge(loads(request), loads(got))
                same(loads(got), loads(reply))
                # Readers see the members in the page's order, too.
                same(got, reply)
    check(asked > 20, "%d requests" % asked)


@case("the client in Python that the page shows works")
def python():
    code = python_client(w["page"]).replace(
        "7432", str(w["ormd"].address[1]))
    done = subprocess.run([sys.executable, "-c", code], check=True,
                          capture_output=True, text=True)
    check(done.stdout.startswith("{'id': 1, 'username': 'ann'"),
          done.stdout)


def ormctl(*words, said=None):
    """Runs it; (status, standard output, standard error)."""
    env = dict(os.environ, ORMD_HOST="127.0.0.1",
               ORMD_PORT=str(w["ormd"].address[1]))
    done = subprocess.run([ORMCTL, *words], input=said, text=True, env=env,
                          capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def result(*words):
    status, out, err = ormctl(*words)
    check(status == 0 and err == "", "%d\n%s%s" % (status, out, err))
    return loads(out)


@case("ormctl says in words what the page says in JSON")
def words():
    group = result("create", "Group", "title=Go", ":return=key")
    same(result("create", "Group", "title=Go", ":return=key", ":key=17"),
         result("create", "Group", "title=Go", ":return=key", ":key=17"))
    same(result("create", "model=Group", 'values={"title":"Go"}', "key=18"),
         result("create", "Group", "title=Go", ':key="18"'))
    user = result("create", "User", "username=eve", "born=2001-02-03",
                  'memberships=[{"role":"guest","group":{"title":"Tea"}}]')
    same(result("get", "User", str(user["id"])), user)
    same(result("get", "User", "username=eve"), user)
    same(result("get", "model=User", "id=%d" % user["id"]), user)
    same(result("get", '{"model":"User","id":%d}' % user["id"]), user)
    same(user["memberships"][0]["group"]["title"], "Tea")
    result("append", "User", str(user["id"]), "groups", "@%d" % group)
    same(result("count", "Membership", "user_id=%d" % user["id"]),
         {"count": 2})
    result("remove", "User", str(user["id"]), "groups", "@%d" % group)
    made = result("create", "Membership", "user@=%d" % user["id"],
                  "group@=%d" % group, "role=x")
    same([made["user_id"], made["group_id"]], [user["id"], group])
    same(result("update", "User", str(user["id"]), "born=null",
                ':only=["born"]'), {"born": None})
    same(result("find", "User", "username=eve", ":limit=5",
                ':only=["username"]'), {"items": [{"username": "eve"}]})
    same(result("set", "User", str(user["id"]), "memberships",
                "[]")["memberships"], [])
    same(result("delete", "User", str(user["id"]))["deleted"], {"User": 1})


@case("ormctl tells an error with its place, and ends with 1")
def errors():
    status, out, err = ormctl("create", "User", "usrname=cy")
    same([status, out], [1, ""])
    check(err.startswith("ormctl: unknown_field: "), err)
    check("\n  path: /values/usrname\n" in err, err)
    check("\n  hint: did you mean username?\n" in err, err)
    status, out, err = ormctl("-r", "get", "Nobody", "1")
    same(status, 1)
    same(loads(out)["error"]["data"]["kind"], "unknown_model")


@case("ormctl as a filter: hundreds of calls, raw lines, a notification")
def pipe():
    lines = ["create Group title=g%d :return=none" % i for i in range(300)]
    lines += ['{"method":"create","params":{"model":"Group","values":'
              '{"title":"told"}}}', '{"id":"x","method":"ping"}',
              'count Group title={"like":"g%"}', "count Group title=told"]
    status, out, err = ormctl("-r", said="\n".join(lines))
    same([status, err], [0, ""])
    replies = [loads(line) for line in out.splitlines()]
    # ping overtakes; the rest comes in the order sent.
    same([r["id"] for r in replies if r["id"] != "x"],
         list(range(1, 303)))
    same([r["result"] for r in replies[-2:]], [{"count": 300}, {"count": 1}])


@case("ormctl prints the rows of a stream one a line")
def stream():
    status, out, err = ormctl("find", "User", ":stream=true",
                              ':only=["id","username"]', ":limit=2")
    same(status, 0)
    rows = [loads(line) for line in out.splitlines()]
    same([r["id"] for r in rows], [1, 2])
    same(loads(err)["count"], 2)
    check("next" in loads(err), err)
    status, out, err = ormctl(said="find User :stream=true :limit=2\n"
                              "find User :stream=true id=1\nping\n")
    same([status, err], [0, ""])
    same(len([line for line in out.splitlines() if '"username"' in line]), 3)
    status, out, err = ormctl("-r", "find", "User", ":stream=true", "id=1")
    same([status, err], [0, ""])
    same([loads(line).get("method") for line in out.splitlines()],
         ["rows", None])
    status, out, err = ormctl("find", "User", ":stream=true", ":limit=0")
    same([status, out], [1, ""])


@case("the example of libormd(3) talks to ormd")
def library():
    done = subprocess.run(
        [os.path.join(BUILD, "tests", "unit", "libormd_example"),
         "127.0.0.1:%d" % w["ormd"].address[1]],
        capture_output=True, text=True, timeout=60)
    same([done.returncode, done.stderr], [0, ""])
    count, line = done.stdout.splitlines()
    check(loads(count)["count"] >= 1, count)
    same(loads(line)["result"]["username"], "ann")


if __name__ == "__main__":
    run(setup)
