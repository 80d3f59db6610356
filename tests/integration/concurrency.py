#!/usr/bin/env python3
"""Sixteen clients on the same objects: what comes out is what some order of
them gives.

Each reply to append, remove and set prints the collection as it was left, so
a history is held against its replies: they have to be links of one chain of
states, in which whoever was answered before another was sent stands first.
Moves that cross never lose a child; nobody sees a deadlock; of several updates
of one version one wins.
"""

import collections
import os
import random
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import (BUILD, Daemon, LONG, Postgres, RpcError, case, check,
                     dumps, folder, run, same, say)

CLIENTS = 16
ROUNDS = 40 if LONG else 4	# of each history
EACH = 12			# operations of a client in a history
SEED = int(os.environ.get("ORMD_SEED") or random.SystemRandom().getrandbits(32))
MODEL = {"ormd": 1, "models": {
    "Box": {
        "table": "boxes",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "name": {"type": "text"}},
        "relationships": {
            "things": {"target": "Thing", "back_populates": "box",
                       "cascade": "all, delete-orphan"},
            "loose": {"target": "Loose", "back_populates": "box"},
            "tags": {"target": "Tag", "back_populates": "boxes",
                     "secondary": {"table": "box_tags", "local": ["box_id"],
                                   "remote": ["tag_id"]}},
            "stickers": {"target": "Sticker", "back_populates": "box",
                         "cascade": "all, delete-orphan"}},
        "association_proxies": {
            "signs": {"through": "stickers", "attribute": "sign",
                      "creator": {"sign": "$item"}}}},
    "Thing": {
        "table": "things",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "box_id": {"type": "integer",
                               "references": "boxes.id"}},
        "relationships": {"box": {"target": "Box",
                                  "back_populates": "things"}}},
    "Loose": {
        "table": "loose",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "box_id": {"type": "integer",
                               "references": "boxes.id"}},
        "relationships": {"box": {"target": "Box",
                                  "back_populates": "loose"}}},
    "Tag": {
        "table": "tags",
        "columns": {"id": {"type": "integer", "primary_key": True}},
        "relationships": {
            "boxes": {"target": "Box", "back_populates": "tags",
                      "secondary": {"table": "box_tags", "local": ["tag_id"],
                                    "remote": ["box_id"]}}}},
    "Sign": {
        "table": "signs",
        "columns": {"id": {"type": "integer", "primary_key": True}}},
    "Sticker": {
        "table": "stickers",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "box_id": {"type": "integer", "references": "boxes.id"},
                    "sign_id": {"type": "integer",
                                "references": "signs.id"}},
        "relationships": {"box": {"target": "Box",
                                  "back_populates": "stickers"},
                          "sign": {"target": "Sign"}}},
    "Page": {
        "table": "pages",
        "columns": {"id": {"type": "integer", "primary_key": True},
                    "text": {"type": "text"},
                    "version": {"type": "integer", "nullable": False}},
        "version": "version"}},
    "tables": {"box_tags": {
        "columns": {"box_id": {"type": "integer", "primary_key": True,
                               "references": "boxes.id"},
                    "tag_id": {"type": "integer", "primary_key": True,
                               "references": "tags.id"}}}}}
w = {}


def setup():
    say("seed %d" % SEED)
    path = os.path.join(folder(), "model.json")
    with open(path, "w") as f:
        f.write(dumps(MODEL))
    tables = subprocess.run(
        [os.path.join(BUILD, "daemon", "ormd-model"), "ddl", path],
        check=True, capture_output=True, text=True).stdout
    w["postgres"] = Postgres(settings=["deadlock_timeout=50ms"])
    w["address"] = w["postgres"].database("crowd", tables)
    w["ormds"] = [Daemon(w["address"], path, ["writers=6"]).when_ready()
                  for _ in range(2)]
    w["db"] = w["postgres"].psql("crowd")
    w["ids"] = 0
    w["deadlocks"] = 0


def deadlocks():
    """How many PostgreSQL has seen since the last call."""
    with open(w["postgres"].log, "rb") as f:
        now = f.read().count(b"deadlock detected")
    before, w["deadlocks"] = w["deadlocks"], now
    return now - before


def crowd(one):
    """Runs one(n, connection) in so many threads at once."""
    gate = threading.Barrier(CLIENTS)
    broken = []

    def start(n):
        try:
            with w["ormds"][n % 2].connect() as c:
                gate.wait()
                one(n, c)
        except Exception as error:
            broken.append("client %d: %r" % (n, error))
    threads = [threading.Thread(target=start, args=(n,))
               for n in range(CLIENTS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(not broken, "\n".join(broken[:5]))


def fresh(n):
    """So many ids that nobody has used."""
    w["ids"] += n
    return range(w["ids"] - n + 1, w["ids"] + 1)


# ---- histories of one collection -------------------------------------------

class Event:
    """One operation: what was asked and told, and when."""

    def __init__(self, method, items, needs=()):
        self.method, self.items = method, frozenset(items)
        self.needs = frozenset(needs)	# not_found unless they are there
        self.sent = time.monotonic()
        self.answered = None
        self.after = None		# the state; None: not_found

    def may_follow(self, state):
        """Is that what this operation makes of the state?"""
        if self.after is None or not self.needs <= state:
            return self.after is None and not self.needs <= state
        if self.method == "append":
            return self.after == state | self.items
        if self.method == "remove":
            return self.after == state - self.items
        return self.after == self.items

    def __repr__(self):
        return "%s %s -> %s" % (self.method, sorted(self.items), "not_found"
                                if self.after is None else
                                sorted(self.after))


def order(events, start, end):
    """An order of the events that leads from start to end, or None.

    Depth first: the next is one that was sent before any other that is left
    was answered.  Replies name the whole state, so there is little to try;
    what was tried in vain is remembered.
    """
    events = sorted(events, key=lambda e: e.sent)
    vain = set()
    # (state, what is left), and how to get there
    path, trials = [], [iter(_candidates(events, start))]
    states, left = [start], [tuple(range(len(events)))]
    while True:
        if not left[-1] and states[-1] == end:
            return [events[i] for i in path]
        i = next(trials[-1], None)
        if i is None:
            vain.add((states[-1], left[-1]))
            trials.pop()
            if not trials:
                return None
            states.pop()
            left.pop()
            if path:
                path.pop()
            continue
        event = events[i]
        state = states[-1] if event.after is None else event.after
        rest = tuple(k for k in left[-1] if k != i)
        if (state, rest) in vain:
            continue
        path.append(i)
        states.append(state)
        left.append(rest)
        trials.append(iter(_candidates(events, state, rest)))


def _candidates(events, state, left=None):
    left = range(len(events)) if left is None else left
    if not left:
        return []
    first_answer = min(events[i].answered for i in left)
    return [i for i in left if events[i].sent <= first_answer and
            events[i].may_follow(state)]


def history(kind, attribute, element):
    """One history on one parent; kind: how items are written and named."""
    with w["ormds"][0].connect() as c:
        parent = c.call("create", {"model": "Box", "return": "key",
                                   "values": {"name": kind}})
    events = []
    pool = list(fresh(CLIENTS * EACH * 2))
    if kind != "new":		# the targets are there already
        w["db"].run("INSERT INTO %s (id) SELECT generate_series(%d, %d)"
                    % (element, pool[0], pool[-1]))
    seen = [frozenset()]	# the state that somebody was told last
    show = ["signs"] if attribute == "signs" else [attribute + ".id"]

    def one(n, c):
        rng = random.Random("%d-%d-%d" % (SEED, parent, n))
        mine = pool[n * EACH * 2:(n + 1) * EACH * 2]
        for _ in range(EACH):
            method = rng.choices(["append", "remove", "set"], [5, 4, 1])[0]
            old = sorted(seen[0])
            old = rng.sample(old, min(len(old), rng.randint(1, 4)))
            new = [mine.pop()] + ([mine.pop()] if rng.random() < 0.5 else [])
            if method == "remove":
                old, new = old[:2] or new[:1], []
            elif method == "append":
                old = []
            items = [{"$get": i} for i in old]
            items += [{"id": i} if kind == "new" else {"$get": i}
                      for i in new]
            ids = old + new
            # A thing that is to be kept may have been deleted.
            event = Event(method, ids, old if kind == "new" or
                          method == "remove" else ())
            reply = c.ask(method, {
                "model": "Box", "id": parent, "attribute": attribute,
                "items": items, "only": show})
            event.answered = time.monotonic()
            if "result" in reply:
                got = [x["id"] for x in reply["result"][attribute]]
                same(len(got), len(set(got)))
                event.after = seen[0] = frozenset(got)
            else:
                check(reply["error"]["data"]["kind"] == "not_found" and
                      event.needs, reply)
            events.append(event)
    crowd(one)
    with w["ormds"][1].connect() as c:
        got = c.call("get", {"model": "Box", "id": parent, "only": show})
    end = frozenset(x["id"] for x in got[attribute])
    found = order(events, frozenset(), end)
    if found is None:
        events.sort(key=lambda e: e.sent)
        raise AssertionError("no order gives this, seed %d:\n%s\nin the end "
                             "%s" % (SEED, "\n".join(map(repr, events)),
                                     sorted(end)))
    same(len(found), CLIENTS * EACH)
    return collections.Counter(
        e.method if e.after is not None else "not_found" for e in events)


def histories(kind, attribute, element=None):
    told = collections.Counter()
    deadlocks()
    for _ in range(ROUNDS):
        told.update(history(kind, attribute, element))
    say("%d histories: %s; %d deadlocks" % (ROUNDS, ", ".join(
        "%d %s" % (n, m) for m, n in sorted(told.items())), deadlocks()))
    check(told["append"] and told["remove"] and told["set"])


@case("the checker itself: it finds the order, and sees a lost update")
def checker():
    def event(method, items, after, sent, answered, needs=()):
        e = Event(method, items, needs)
        e.after = None if after is None else frozenset(after)
        e.sent, e.answered = sent, answered
        return e
    none = frozenset()
    a = event("append", [1], [1], 0, 9)
    b = event("append", [2], [1, 2], 0, 9)
    c = event("set", [3], [3], 0, 9)
    d = event("remove", [3], [], 0, 9, [3])
    e = event("remove", [3], None, 0, 9, [3])
    check(order([e, d, c, b, a], none, none) is not None)
    check(order([a, b], none, frozenset([1, 2])) == [a, b])
    check(order([a, b], none, frozenset([2])) is None)
    lost = event("append", [2], [2], 0, 9)
    check(order([a, lost], none, frozenset([1, 2])) is None)
    check(order([a, lost], none, frozenset([2])) is None)
    # In an order, but not in that of the clock.
    early = event("append", [2], [1, 2], 0, 1)
    late = event("append", [1], [1], 2, 3)
    check(order([early, late], none, frozenset([1, 2])) is None)


@case("append, remove, set of new children with delete-orphan on one parent",
      600)
def of_children():
    histories("new", "things")


@case("the same with existing children of no parent, released again", 600)
def of_loose():
    histories("loose", "loose", "loose")


@case("the same over a secondary table", 600)
def of_tags():
    histories("tag", "tags", "tags")


@case("append and remove through an association proxy: as many of each as "
      "were told", 600)
def of_signs():
    """Duplicates are allowed here, so it is counted."""
    with w["ormds"][0].connect() as c:
        box = c.call("create", {"model": "Box", "return": "key",
                                "values": {}})
    signs = list(fresh(4))
    w["db"].run("INSERT INTO signs (id) SELECT generate_series(%d, %d)"
                % (signs[0], signs[-1]))
    told = collections.Counter()
    lock = threading.Lock()

    def one(n, c):
        rng = random.Random("%d-%d" % (SEED, n))
        for _ in range(EACH * ROUNDS):
            sign, method = rng.choice(signs), rng.choice(["append",
                                                          "remove"])
            reply = c.ask(method, {
                "model": "Box", "id": box, "attribute": "signs",
                "items": [{"$get": sign}], "return": "none"})
            if "error" in reply:
                same([method, reply["error"]["data"]["kind"]],
                     ["remove", "not_found"])
                continue
            with lock:
                told[sign] += 1 if method == "append" else -1
    crowd(one)
    stored = collections.Counter()
    for row in w["db"].rows("SELECT sign_id, count(*) AS n FROM stickers "
                            "WHERE box_id = %d GROUP BY sign_id" % box):
        stored[row["sign_id"]] = row["n"]
    for sign in signs:
        same(stored[sign], told[sign])


# ---- crossing moves --------------------------------------------------------

def moves(attribute, table, method, make):
    """Children go to and fro; at each moment each is in one box, or was."""
    with w["ormds"][0].connect() as c:
        boxes = c.call("create", {"model": "Box", "return": "key",
                                  "values": [{}, {}, {}]})
        ids = list(fresh(8))
        c.call("append", {"model": "Box", "id": boxes[0], "return": "none",
                          "attribute": attribute, "items": make(ids)})
    told = collections.Counter()

    def one(n, c):
        rng = random.Random("%d-%d" % (SEED, n))
        for _ in range(EACH * ROUNDS):
            reply = method(c, rng, boxes, rng.sample(ids, rng.randint(1, 4)))
            told["moved" if "result" in reply
                 else reply["error"]["data"]["kind"]] += 1
    deadlocks()
    crowd(one)
    say("%s; %d deadlocks" % (", ".join("%d %s" % (n, m) for m, n in
                                        sorted(told.items())), deadlocks()))
    check(set(told) <= {"moved", "not_found"}, told)
    check(told["moved"] > CLIENTS, told)
    rows = w["db"].rows("SELECT * FROM %s WHERE box_id IN (%s)"
                        % (table, ",".join(map(str, boxes))))
    key = "tag_id" if table == "box_tags" else "id"
    same(sorted(r[key] for r in rows), ids)


@case("moves of children between three parents that cross: none is lost, "
      "nobody sees a deadlock", 600)
def moves_of_children():
    def move(c, rng, boxes, some):
        return c.ask("append", {
            "model": "Box", "id": rng.choice(boxes), "return": "none",
            "attribute": "things", "items": [{"$get": i} for i in some]})
    moves("things", "things", move, lambda ids: [{"id": i} for i in ids])


@case("moves from the child's side and from the parent's, crossing", 600)
def moves_of_both():
    def move(c, rng, boxes, some):
        if rng.random() < 0.5:
            return c.ask("update", {
                "model": "Thing", "id": some[0], "return": "none",
                "values": {"box": {"$get": rng.choice(boxes)}}})
        ops = [{"method": "append", "params": {
            "model": "Box", "id": rng.choice(boxes), "return": "none",
            "attribute": "things", "items": [{"$get": i}]}} for i in some]
        return c.ask("transaction", {"ops": ops})
    moves("things", "things", move, lambda ids: [{"id": i} for i in ids])


@case("moves of links in transactions, remove here and append there, "
      "crossing: none is lost or doubled", 600)
def moves_of_links():
    def move(c, rng, boxes, some):
        source, target = rng.sample(boxes, 2)
        return c.ask("transaction", {"ops": [
            {"method": m, "params": {
                "model": "Box", "id": b, "return": "none",
                "attribute": "tags", "items": [{"$get": some[0]}]}}
            for m, b in (("remove", source), ("append", target))]})
    w["db"].run("INSERT INTO tags (id) SELECT generate_series(%d, %d)"
                % (w["ids"] + 1, w["ids"] + 8))
    moves("tags", "box_tags", move, lambda ids: [{"$get": i} for i in ids])


@case("transactions that lock the same rows in opposite orders: nobody sees "
      "a deadlock", 600)
def opposite():
    with w["ormds"][0].connect() as c:
        boxes = c.call("create", {"model": "Box", "return": "key",
                                  "values": [{}] * 6})
        # Others of them have got their keys from us, not from the sequence.
        things = c.call("create", {"model": "Thing", "return": "key",
                                   "values": [{"id": i} for i in fresh(6)]})
    deadlocks()

    def one(n, c):
        rng = random.Random("%d-%d" % (SEED, n))
        for i in range(EACH * ROUNDS):
            name = "%d-%d" % (n, i)
            ops = [{"method": "update", "params": {
                "model": "Box", "id": b, "return": "none",
                "values": {"name": name}}} for b in boxes]
            ops += [{"method": "update", "params": {
                "model": "Thing", "id": t, "return": "none",
                "values": {"box": {"$get": rng.choice(boxes)}}}}
                for t in things]
            rng.shuffle(ops)
            c.call("transaction", {"ops": ops})
    crowd(one)
    say("%d deadlocks" % deadlocks())
    same(int(w["db"].value(
        "SELECT count(DISTINCT name) FROM boxes WHERE id IN (%s)"
        % ",".join(map(str, boxes)))), 1)


# ---- versions --------------------------------------------------------------

@case("of sixteen updates of the same version one wins, the others are told "
      "version_conflict")
def versions():
    with w["ormds"][0].connect() as c:
        page = c.call("create", {"model": "Page", "return": "key",
                                 "values": {"text": ""}})
    for version in range(1, 11 * ROUNDS):
        won, lost = [], []

        def one(n, c):
            text = "%d by %d" % (version, n)
            try:
                got = c.call("update", {
                    "model": "Page", "id": page, "version": version,
                    "values": {"text": text}})
                won.append(text)
                same(got["version"], version + 1)
            except RpcError as error:
                same([error.kind, error.code], ["version_conflict", -32003])
                lost.append(text)
        crowd(one)
        same([len(won), len(lost)], [1, CLIENTS - 1])
        row = w["db"].rows("SELECT * FROM pages WHERE id = %d" % page)[0]
        same([row["text"], row["version"]], [won[0], version + 1])


@case("a counter raised by get and update with its version, repeated on "
      "conflict: no step is lost")
def counter():
    with w["ormds"][0].connect() as c:
        page = c.call("create", {"model": "Page", "return": "key",
                                 "values": {"text": "0"}})
    conflicts = []

    def one(_n, c):
        steps = 0
        while steps < 5 * ROUNDS:
            now = c.call("get", {"model": "Page", "id": page})
            try:
                c.call("update", {
                    "model": "Page", "id": page, "return": "none",
                    "version": now["version"],
                    "values": {"text": str(int(now["text"]) + 1)}})
                steps += 1
            except RpcError as error:
                same(error.kind, "version_conflict")
                conflicts.append(1)
    crowd(one)
    same(w["db"].value("SELECT text FROM pages WHERE id = %d" % page),
         str(CLIENTS * 5 * ROUNDS))
    say("%d steps, %d conflicts" % (CLIENTS * 5 * ROUNDS, len(conflicts)))


if __name__ == "__main__":
    run(setup)
