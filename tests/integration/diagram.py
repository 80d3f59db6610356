#!/usr/bin/env python3
"""ormd-model diagram: what is in the picture, and that it can be read.

The pictures of the sample model are files beside this one; after a change that
is meant, this program writes them anew with `diagram.py --write'.  In pictures
of other models, some of them random, no line runs through a box or along
another line, no box or text lies on another, and everything is there.
"""

import os
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from harness import (BUILD, MEDITATION, TOP, case, check, dumps, folder,
                     loads, run, same)

ORMD_MODEL = os.path.join(BUILD, "daemon", "ormd-model")
FORMATS = {"svg": "svg", "dot": "dot", "mermaid": "mmd"}
SVG = "{http://www.w3.org/2000/svg}"

ORGANISATION = {"ormd": 1, "models": {
    "Employee": {"table": "employees", "columns": {
        "id": {"type": "integer", "primary_key": True},
        "name": {"type": "text", "nullable": False},
        "boss_id": {"type": "integer", "references": "employees.id"},
        "mentor_id": {"type": "integer", "references": "employees.id"},
        "department_id": {"type": "integer", "nullable": False,
                          "references": "departments.id"}},
        "relationships": {
            "boss": {"target": "Employee", "back_populates": "reports",
                     "remote_side": ["id"],
                     "foreign_keys": ["employees.boss_id"]},
            "reports": {"target": "Employee", "back_populates": "boss",
                        "foreign_keys": ["employees.boss_id"],
                        "cascade": "all"},
            "mentor": {"target": "Employee", "remote_side": ["id"],
                       "foreign_keys": ["employees.mentor_id"]},
            "badge": {"target": "Badge", "back_populates": "employee",
                      "uselist": False, "cascade": "all, delete-orphan"},
            "department": {"target": "Department", "back_populates": "staff",
                           "foreign_keys": ["employees.department_id"]},
            "projects": {"target": "Project", "back_populates": "members",
                         "secondary": {"table": "works_on",
                                       "local": ["employee_id"],
                                       "remote": ["project_id"]}},
            "friends": {"target": "Employee", "viewonly": True,
                        "secondary": {"table": "friends", "local": ["a_id"],
                                      "remote": ["b_id"]}}},
        "serialize_rules": ["-boss", "-reports", "-badge.employee",
                            "-department", "-projects", "-friends",
                            "-mentor"]},
    "Badge": {"table": "badges", "columns": {
        "employee_id": {"type": "integer", "primary_key": True,
                        "references": "employees.id"},
        "color": {"type": "varchar(20)"}},
        "relationships": {"employee": {"target": "Employee",
                                       "back_populates": "badge"}},
        "serialize_rules": ["-employee"]},
    "Department": {"table": "departments", "columns": {
        "id": {"type": "integer", "primary_key": True},
        "name": {"type": "text", "unique": True},
        "head_id": {"type": "integer", "references": "employees.id"}},
        "relationships": {
            "staff": {"target": "Employee", "back_populates": "department",
                      "foreign_keys": ["employees.department_id"]},
            "head": {"target": "Employee",
                     "foreign_keys": ["departments.head_id"]}},
        "serialize_rules": ["-staff", "-head"]},
    "Project": {"table": "projects", "columns": {
        "id": {"type": "integer", "primary_key": True},
        "title": {"type": "text"}, "_budget": {"type": "numeric(12,2)"}},
        "relationships": {"members": {
            "target": "Employee", "back_populates": "projects",
            "secondary": {"table": "works_on", "local": ["project_id"],
                          "remote": ["employee_id"]}}},
        "serialize_rules": ["-members"]},
    "Audit <&\"> Entry": {"table": "audit", "columns": {
        "id": {"type": "bigint", "primary_key": True},
        "employee_id": {"type": "integer", "references": "employees.id"},
        "a_very_long_column_name_that_does_not_end_soon_enough": {
            "type": "timestamp with time zone"}}},
    "Setting": {"table": "settings", "columns": {
        "key": {"type": "text", "primary_key": True},
        "value": {"type": "jsonb"}}}},
    "tables": {
        "works_on": {"columns": {
            "employee_id": {"type": "integer", "references": "employees.id"},
            "project_id": {"type": "integer", "references": "projects.id"}},
            "primary_key": ["employee_id", "project_id"]},
        "friends": {"columns": {
            "a_id": {"type": "integer", "references": "employees.id"},
            "b_id": {"type": "integer", "references": "employees.id"}},
            "primary_key": ["a_id", "b_id"]}}}


def random_model(size, seed):
    """So many models in long and short rows of parents and children."""
    rng = random.Random(seed)
    names = ["M%02d%s" % (n, rng.choice(["", "Item", "OfSomething"]))
             for n in range(size)]
    models = {name: {"table": "t_" + name.lower(), "columns": {
        "id": {"type": "integer", "primary_key": True},
        **{"c%d" % n: {"type": rng.choice(["text", "numeric(10,2)",
                                           "timestamptz", "varchar(20)"]),
                       "nullable": rng.random() < 0.6}
           for n in range(rng.randrange(7))}},
        "relationships": {}} for name in names}
    tables = {}

    def link(one, many, n):
        key, listed = "r%d_id" % n, "list%d" % n
        models[many]["columns"][key] = {
            "type": "integer", "nullable": rng.random() < 0.5,
            "references": models[one]["table"] + ".id"}
        if rng.random() < 0.1:
            return				# a foreign key alone
        there = {"target": many, "back_populates": "r%d" % n,
                 "foreign_keys": ["%s.%s" % (models[many]["table"], key)]}
        there.update(rng.choice([{}, {}, {"cascade": "all"},
                                 {"cascade": "all, delete-orphan"},
                                 {"uselist": False}]))
        back = {"target": one, "back_populates": listed,
                "foreign_keys": there["foreign_keys"]}
        if one == many:
            back["remote_side"] = ["id"]
        models[one]["relationships"][listed] = there
        models[many]["relationships"]["r%d" % n] = back

    n = 0
    for i in range(1, size):
        for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
            n += 1
            link(rng.choice(names[max(0, i - 9):i + 1]), names[i], n)
    for _ in range(size // 10):		# circles, and links
        n += 2
        link(rng.choice(names), rng.choice(names), n)
        a, b = rng.choice(names), rng.choice(names)
        table = "l%d" % n
        tables[table] = {"columns": {
            "x": {"type": "integer", "references":
                  models[a]["table"] + ".id"},
            "y": {"type": "integer", "references":
                  models[b]["table"] + ".id"}}, "primary_key": ["x", "y"]}
        if a != b:
            models[a]["relationships"]["m%d" % n] = {
                "target": b, "back_populates": "w%d" % n, "secondary":
                {"table": table, "local": ["x"], "remote": ["y"]}}
            models[b]["relationships"]["w%d" % n] = {
                "target": a, "back_populates": "m%d" % n, "secondary":
                {"table": table, "local": ["y"], "remote": ["x"]}}
    for model in models.values():
        model["serialize_rules"] = ["-" + name
                                    for name in model["relationships"]]
    return {"ormd": 1, "models": models, "tables": tables}


def draw(model, *words):
    """The text of a picture."""
    if not isinstance(model, str):
        path = os.path.join(folder(), "model.json")
        with open(path, "w") as f:
            f.write(dumps(model))
        model = path
    done = subprocess.run([ORMD_MODEL, "diagram", model, *words],
                          capture_output=True, text=True, timeout=60)
    same(done.returncode, 0)
    return done.stdout


def golden(kind):
    return os.path.join(HERE, "diagram", "meditation." + FORMATS[kind])


def lines_wanted(model):
    """{Model.relationship} of each line, and foreign keys that have none."""
    wanted, keys = set(), set()
    for name, entry in model["models"].items():
        for rel, about in entry.get("relationships", {}).items():
            ends = {"%s.%s" % (name, rel)}
            if "back_populates" in about:
                ends.add("%s.%s" % (about["target"],
                                    about["back_populates"]))
            wanted.add(frozenset(ends))
    return wanted


class Picture:
    def __init__(self, text):
        root = xml.fromstring(text)
        self.width, self.height = (float(root.get(k))
                                   for k in ("width", "height"))
        self.boxes = []			# (x0, y0, x1, y1, texts)
        for group in root.iter(SVG + "g"):
            rect = group.find(SVG + "rect")
            x, y, w, h = (float(rect.get(k))
                          for k in ("x", "y", "width", "height"))
            self.boxes.append((x, y, x + w, y + h,
                               list(group.iter(SVG + "text"))))
        self.lines = []			# (title, points)
        for path in root.iter(SVG + "path"):
            title = path.find(SVG + "title")
            if title is not None:
                self.lines.append((title.text, points(path.get("d"))))
        self.words = [t.text for t in root.iter(SVG + "text")]

    def segments(self):
        for n, (_, way) in enumerate(self.lines):
            for a, b in zip(way, way[1:]):
                yield n, way, a, b


def points(path):
    """The corners of a way that goes straight and turns in curves."""
    out, x, y = [], 0.0, 0.0
    for letter, numbers in re.findall(r"([MHVQ])([^MHVQ]*)", path):
        n = [float(v) for v in numbers.split()]
        if letter == "M":
            x, y = n
        elif letter == "H":
            x = n[0]
        elif letter == "V":
            y = n[0]
        else:				# the corner, and behind it
            out.append((n[0], n[1]))
            x, y = n[2:]
            continue
        out.append((x, y))
    way = out[:1]
    for p in out[1:]:
        if p != way[-1]:
            way.append(p)
    return way


def readable(picture):
    for n, (x0, y0, x1, y1, texts) in enumerate(picture.boxes):
        check(0 <= x0 and x1 <= picture.width and 0 <= y0 and
              y1 <= picture.height, "a box outside")
        for a0, b0, a1, b1, _ in picture.boxes[n + 1:]:
            check(x1 < a0 or a1 < x0 or y1 < b0 or b1 < y0,
                  "boxes on each other")
        rows = {}
        for text in texts:
            width = 5.2 * len(text.text)
            x, y = float(text.get("x")), float(text.get("y"))
            if "right" in (text.get("class") or ""):
                x -= width
            check(x0 < x and x + width < x1 + 60 and y0 < y < y1,
                  "a text outside of its box: " + text.text)
            rows.setdefault(round(y / 8), []).append((x, x + width))
        for places in rows.values():
            places.sort()
            for (_, end), (begin, _) in zip(places, places[1:]):
                check(end <= begin, "a text on another one")
    straight = []
    for n, way, (ax, ay), (bx, by) in picture.segments():
        check(ax == bx or ay == by, "a slanted line")
        check(0 < min(ax, bx) and max(ax, bx) < picture.width and
              0 < min(ay, by) and max(ay, by) < picture.height,
              "a line outside")
        for x0, y0, x1, y1, _ in picture.boxes:
            check(max(ax, bx) <= x0 or min(ax, bx) >= x1 or
                  max(ay, by) <= y0 or min(ay, by) >= y1,
                  "a line through a box")
        straight.append((n, way, ax, ay, bx, by))
    for i, (n, way, ax, ay, bx, by) in enumerate(straight):
        for m, other, cx, cy, dx, dy in straight[i + 1:]:
            if n == m or way[0] == other[0] or way[-1] == other[-1] or \
                    way[0] == other[-1] or way[-1] == other[0]:
                continue		# from one row
            along = ax == bx == cx == dx and \
                min(max(ay, by), max(cy, dy)) > max(min(ay, by), min(cy, dy))
            beside = ay == by == cy == dy and \
                min(max(ax, bx), max(cx, dx)) > max(min(ax, bx), min(cx, dx))
            check(not along and not beside, "a line along another: %s, %s"
                  % (picture.lines[n][0], picture.lines[m][0]))


def complete(picture, model):
    names = {"%s" % name for name in model["models"]}
    headers = {box[4][0].text: box for box in picture.boxes}
    same(sorted(headers), sorted(names))
    for name, entry in model["models"].items():
        texts = [t.text for t in headers[name][4]]
        for word in [*entry["columns"], *entry.get("relationships", {}),
                     *entry.get("association_proxies", {})]:
            check(any(t == word or t.endswith("\u2026") and
                      word.startswith(t[:-1]) for t in texts),
                  "%s has no %s" % (name, word))
    wanted = lines_wanted(model)
    titles = [title for title, _ in picture.lines]
    for ends in wanted:
        found = [t for t in titles if
                 all(re.search(re.escape(e) + r"($| )", t) for e in ends)]
        same(len(found), 1)
    check(len(titles) >= len(wanted), titles)


@case("the pictures of the sample model are the files")
def sample():
    for kind in FORMATS:
        with open(golden(kind)) as f:
            same(draw(MEDITATION, "--format", kind), f.read())
    same(draw(MEDITATION), draw(MEDITATION, "--format=svg"))


@case("a picture has each model, attribute and column, and each line once")
def everything():
    for model in (MEDITATION, os.path.join(HERE, "library.model.json")):
        with open(model) as f:
            complete(Picture(draw(model)), loads(f.read()))
    complete(Picture(draw(ORGANISATION)), ORGANISATION)
    for seed in range(5):
        model = random_model(30, seed)
        complete(Picture(draw(model)), model)


@case("no line runs through a box or along another, and no text on another")
def clear():
    readable(Picture(draw(MEDITATION)))
    readable(Picture(draw(ORGANISATION)))
    for size, seed in [(1, 0), (3, 1), (8, 2), (30, 3), (30, 4), (30, 5),
                       (30, 6), (60, 7), (120, 8)]:
        readable(Picture(draw(random_model(size, seed))))


@case("a picture of thirty models has the form of a page")
def form():
    for seed in range(20, 30):
        picture = Picture(draw(random_model(30, seed)))
        check(0.6 < picture.width / picture.height < 3,
              "%d: %d x %d" % (seed, picture.width, picture.height))


@case("the same model gives the same text, in each format")
def again():
    for model in (ORGANISATION, random_model(30, 11)):
        for kind in FORMATS:
            same(draw(model, "--format", kind), draw(model, "--format", kind))


@case("what a line has at its ends: how many, and what is deleted")
def ends():
    text = draw(ORGANISATION, "--format", "mermaid")
    for line in ('"Employee" |o--o{ "Employee" : "Employee.reports (delete) '
                 '/ Employee.boss"',
                 '"Employee" ||--o| "Badge" : "Employee.badge (delete, '
                 'delete-orphan) / Badge.employee"',
                 '"Department" ||--o{ "Employee" : "Department.staff / '
                 'Employee.department"',
                 '"Employee" }o--o{ "Project" : "Employee.projects / '
                 'Project.members by works_on"',
                 '"Employee" }o..o{ "Employee" : "Employee.friends by '
                 'friends"',
                 '"Employee" |o..o{ "Audit <&\'> Entry" : "Audit <&\'> '
                 'Entry.employee_id"'):
        check("  " + line + "\n" in text, line + " is not in\n" + text)
    text = draw(ORGANISATION, "--format", "dot")
    check('m0 -> m1 [arrowtail="diamondteetee", arrowhead="teeodot"' in text,
          text)
    check("Audit &lt;&amp;&quot;&gt; Entry" in text, text)
    same(text.count(" -> "), 8)


@case("words that make no sense are told, a bad file is refused")
def misuse():
    for words, status in ((["diagram"], 2), (["diagram", "--format"], 2),
                          (["diagram", MEDITATION, "--format", "png"], 2),
                          (["diagram", MEDITATION, MEDITATION], 2),
                          (["diagram", os.path.join(TOP, "README.md")], 1),
                          (["diagram", os.path.join(TOP, "absent")], 2)):
        done = subprocess.run([ORMD_MODEL, *words], capture_output=True,
                              text=True, timeout=60)
        same([done.returncode, done.stdout], [status, ""])
        check(done.stderr != "", words)


if __name__ == "__main__":
    if "--write" in sys.argv:
        for _kind in FORMATS:
            with open(golden(_kind), "w") as _f:
                _f.write(draw(MEDITATION, "--format", _kind))
        sys.exit(0)
    run()
