#!/usr/bin/env python3
"""Random conditions on random rows: ormd finds what Python finds.

The conditions go to ormd in one go over several connections, so that requests
of different clients meet in one block.  ORMD_QUERY_SEED picks other ones; what
differs is printed with its seed.
"""

import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from kit import fill, start
from harness import LONG, case, check, dumps, run, say

from ask import Asker
from judge import Judge
from town import Town

SEED = int(os.environ.get("ORMD_QUERY_SEED", "1"))
TOWNS = 40 if LONG else 2
EACH = 1000			# conditions a town
CONNECTIONS = 8
w = {}


def setup():
    w["ormd"], w["psql"] = start()


def ask_all(requests):
    """The replies, in order; each connection sends its share at once."""
    replies = [None] * len(requests)

    def one(n):
        mine = range(n, len(requests), CONNECTIONS)
        with w["ormd"].connect(60) as c:
            for start in range(0, len(mine), 50):
                some = mine[start:start + 50]
                c.send("".join(dumps(dict(requests[i], id=i)) + "\n"
                               for i in some))
                for i in some:
                    replies[i] = c.reply()
    threads = [threading.Thread(target=one, args=(n,))
               for n in range(CONNECTIONS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return replies


def request(where, number):
    if number % 4 == 3:
        return {"method": "count",
                "params": {"model": "Person", "where": where}}
    return {"method": "find", "params": {
        "model": "Person", "where": where, "count": number % 4 == 1,
        "limit": 1000, "only": ["id"]}}


@case("conditions fit the schemas that rpc.discover gives")
def schemas_hold():
    town = Town(SEED - 1)
    fill(w["psql"], town)
    ask = Asker(town)
    with w["ormd"].connect() as c:
        for i in range(300):		# judged as they come by
            c.ask("count", {"model": "Person", "where": ask.where("Person")})


def town_of_conditions(seed):
    """Asks one town; how many conditions found some rows and not all.

    A few look at more tables than they may.
    """
    town = Town(seed)
    fill(w["psql"], town)
    ask, judge = Asker(town), Judge(town.tables)
    asked = [ask.where("Person") for _ in range(EACH)]
    replies = ask_all([request(c, i) for i, c in enumerate(asked)])
    some = large = 0
    for i, (where, reply) in enumerate(zip(asked, replies)):
        about = "seed %d, condition %d: %s\n%s" % (
            seed, i, dumps(where), dumps(reply))
        if "error" in reply:
            large += 1
            check(reply["error"]["data"]["kind"] == "limit", about)
            check(dumps(where).count('"any"') > 1 and large < EACH // 50,
                  about)
            continue
        want = [r["id"] for r in judge.find("Person", where)]
        some += 0 < len(want) < len(town.tables["people"])
        got = reply["result"]
        if "items" in got:
            check([r["id"] for r in got["items"]] == want,
                  about + "\nwant %s" % want)
        if "count" in got:
            check(got["count"] == len(want), about + "\nwant %s" % want)
    return some


@case("conditions find what Python finds", 3600)
def conditions():
    some = 0
    for seed in range(SEED, SEED + TOWNS):
        some += town_of_conditions(seed)
    say("%d conditions, of which %d find some rows and not all"
        % (TOWNS * EACH, some))
    check(some > TOWNS * EACH // 3)


run(setup)
