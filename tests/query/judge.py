"""Conditions, judged in Python: what `find' and `count' are compared with.

As in SQL a condition is true, false, or, where a value is missing, neither
(None); only what is true is found.
"""

import base64
import datetime
import re
from decimal import Decimal

from town import MODEL, MOODS

MODELS = MODEL["models"]


def all_of(values):
    values = list(values)
    return False if False in values else None if None in values else True


def any_of(values):
    values = list(values)
    return True if True in values else None if None in values else False


def no(value):
    return None if value is None else not value


# ---- values of columns ------------------------------------------------------

def comparable(kind, v):
    """Something that Python orders as PostgreSQL orders the value."""
    if kind.endswith("[]"):
        return [None if e is None else comparable(kind[:-2], e) for e in v]
    if kind.startswith("numeric"):
        return Decimal(v)
    if kind == "double precision":
        return {"NaN": (1, 0), "Infinity": (0, float("inf"))}.get(
            v, (0, v)) if isinstance(v, str) else (0, float(v))
    if kind.startswith("timestamp"):
        return datetime.datetime.fromisoformat(v)
    if kind == "mood":
        return MOODS.index(v)
    if kind.startswith("character("):
        return v.rstrip(" ")
    if kind == "bytea":
        return base64.b64decode(v)
    if kind in ("json", "jsonb"):
        return Json(v)
    return v


class Json:
    """A JSON value; true is not 1."""

    def __init__(self, v):
        self.v = v

    def kind(self):
        if isinstance(self.v, bool):
            return "boolean"
        if isinstance(self.v, (int, float, Decimal)):
            return "number"
        return type(self.v).__name__

    def plain(self):
        v = self.v
        if isinstance(v, bool) or v is None:
            return ("word", str(v))
        if isinstance(v, (int, float, Decimal)):
            return Decimal(str(v)).normalize() + 0
        if isinstance(v, list):
            return [Json(e).plain() for e in v]
        if isinstance(v, dict):
            return {k: Json(e).plain() for k, e in v.items()}
        return ("text", v)

    def __eq__(self, other):
        return self.plain() == other.plain()

    def contains(self, other, top=True):
        a, b = self.v, other.v
        if isinstance(a, dict) and isinstance(b, dict):
            return all(k in a and Json(a[k]).contains(Json(b[k]), False)
                       for k in b)
        if isinstance(a, list) and isinstance(b, list):
            return all(any(Json(x).contains(Json(y), False) for x in a)
                       for y in b)
        if isinstance(a, list) and top and not isinstance(b, dict):
            return any(Json(x) == other for x in a)
        return self == other


def place(v, steps):
    for step in steps:
        if isinstance(v, dict):
            v = v.get(step)
        elif isinstance(v, list) and re.fullmatch(r"-?\d+", step):
            i = int(step)
            v = v[i] if -len(v) <= i < len(v) else None
        else:
            return None
    return v


def like(text, pattern, fold):
    out, at = "", 0
    while at < len(pattern):
        c = pattern[at]
        if c == "\\":
            at += 1
            out += re.escape(pattern[at])
        else:
            out += {"%": ".*", "_": "."}.get(c) or re.escape(c)
        at += 1
    if fold:
        text, out = text.lower(), out.lower()
    return re.fullmatch(out, text, re.S) is not None


def order(a, op, b):
    return {"<": lambda: a < b, "<=": lambda: a <= b, ">": lambda: a > b,
            ">=": lambda: a >= b}[op]()


def parts(kind, a, op, b):
    """contains, contained_by, overlap of arrays: a null equals nothing."""
    b = b if isinstance(b, list) else [b]
    a, b = comparable(kind, a), comparable(kind, b)
    if op == "overlap":
        return any(e in a for e in b)
    if op == "contains":
        return all(e in a for e in b)
    return all(e is not None and e in b for e in a)


def compare(kind, a, op, v):
    """The value a of that type, an operator, and what the client says."""
    if op == "not":
        return no(meets(kind, a, v))
    if op in ("==", "!=") and v is None:
        return (a is None) == (op == "==")
    if op == "in":
        if any(e is None for e in v) and a is None:
            return True
        return any_of(compare(kind, a, "==", e) for e in v
                      if e is not None)
    if a is None:
        return None
    if op == "any":
        return any_of(meets(kind[:-2], e, v) is True for e in a)
    if op in ("contains", "contained_by", "overlap") and kind[-1] == "]":
        return parts(kind, a, op, v)
    x, y = comparable(kind, a), None
    if op in ("like", "ilike"):
        if isinstance(x, Json):
            return isinstance(x.v, str) and like(x.v, v, op == "ilike")
        return like(x, v, op == "ilike")
    y = comparable(kind, v)
    if op == "contains":
        return x.contains(y)
    if op == "contained_by":
        return y.contains(x)
    if op in ("==", "!="):
        return (x == y) == (op == "==")
    if isinstance(x, Json):
        return x.kind() == y.kind() and order(x.v, op, y.v)
    return order(x, op, y)


def meets(kind, a, v):
    if not isinstance(v, dict):
        return compare(kind, a, "==", v)
    return all_of(compare(kind, a, op, w) for op, w in v.items())


# ---- objects ----------------------------------------------------------------

class Judge:
    def __init__(self, tables):
        self.tables = tables
        self.by_id = {t: {r["id"]: r for r in rows}
                      for t, rows in tables.items() if t != "person_skills"}

    def related(self, model, row, name):
        """[(model, row)] at the other end of a relationship."""
        rel = MODELS[model]["relationships"][name]
        target = rel["target"]
        table = MODELS[target]["table"]
        if "secondary" in rel:
            near = rel["secondary"]["local"][0]
            far = rel["secondary"]["remote"][0]
            return [(target, self.by_id[table][link[far]])
                    for link in self.tables["person_skills"]
                    if link[near] == row["id"]]
        own = MODELS[model]["columns"].get(name + "_id")
        if own is not None:
            found = self.by_id[table].get(row[name + "_id"])
            return [] if found is None else [(target, found)]
        back = rel["back_populates"] + "_id"
        return [(target, r) for r in self.tables[table]
                if r[back] == row["id"]]

    def is_list(self, model, name):
        return name + "_id" not in MODELS[model]["columns"]

    def proxy(self, model, name):
        return MODELS[model].get("association_proxies", {}).get(name)

    def ends_in_column(self, model, name):
        p = self.proxy(model, name)
        target = MODELS[model]["relationships"][p["through"]]["target"]
        if p["attribute"] in MODELS[target]["columns"]:
            return True
        return self.proxy(target, p["attribute"]) is not None and \
            self.ends_in_column(target, p["attribute"])

    def object_word(self, pairs, word, v):
        """any, has, contains, ==, != over the objects at the other end."""
        if word in ("any", "has"):
            return any(self.where(m, r, v) is True for m, r in pairs)
        if v is None:
            return (not pairs) == (word == "==")
        is_there = any(r["id"] == v["$get"] for _, r in pairs)
        return is_there != (word == "!=")

    def proxy_word(self, model, row, name, word, v):
        p = self.proxy(model, name)
        ends = []
        values = self.ends_in_column(model, name)
        through = self.related(model, row, p["through"])
        listed = self.is_list(model, p["through"])
        if values and word == "==" and v is None:
            return not through or any(
                self.end_word(m, r, p["attribute"], "==", None) is True
                for m, r in through)
        if not values and v is None and word in ("==", "!="):
            for m, r in through:
                ends += self.ends(m, r, p["attribute"])
            return (not ends) == (word == "==")
        if word == "contains" and listed:
            word = "=="
        return any(self.end_word(m, r, p["attribute"], word, v) is True
                   for m, r in through)

    def ends(self, model, row, name):
        """The objects at the end of a relationship or proxy to one."""
        p = self.proxy(model, name)
        if p is None:
            return self.related(model, row, name)
        return [end for m, r in self.related(model, row, p["through"])
                for end in self.ends(m, r, p["attribute"])]

    def end_word(self, model, row, name, word, v):
        if name in MODELS[model]["columns"]:
            kind = MODELS[model]["columns"][name]["type"]
            if word in ("any", "has"):
                return True if v == {} else meets(kind, row[name], v)
            return compare(kind, row[name], word, v)
        if self.proxy(model, name) is not None:
            return self.proxy_word(model, row, name,
                                   "has" if word == "any" else word, v)
        return self.object_word(self.related(model, row, name), word, v)

    def member(self, model, row, key, v):
        if key == "and":
            return all_of(self.where(model, row, c) for c in v)
        if key == "or":
            return any_of(self.where(model, row, c) for c in v)
        if key == "not":
            return no(self.where(model, row, v))
        if "." in key:
            column, *steps = key.split(".")
            return meets("jsonb", place(row[column], steps), v)
        if key in MODELS[model]["columns"]:
            return meets(MODELS[model]["columns"][key]["type"], row[key], v)
        if not isinstance(v, dict):
            v = {"==": v}
        if self.proxy(model, key) is not None:
            return all_of(self.proxy_word(model, row, key, word, w)
                          for word, w in v.items())
        pairs = self.related(model, row, key)
        return all_of(self.object_word(pairs, word, w)
                      for word, w in v.items())

    def where(self, model, row, condition):
        return all_of(self.member(model, row, k, v)
                      for k, v in condition.items())

    def find(self, model, condition):
        return [r for r in self.tables[MODELS[model]["table"]]
                if self.where(model, r, condition) is True]


# ---- orders -----------------------------------------------------------------

PROXIES = {"city_name": "city.name", "country_name": "city.country.name",
           "country.id": "city.country.id"}


def term(judge, row, name):
    """(is null, value) of a person by the name of a column, also afar."""
    model = "Person"
    *way, last = PROXIES.get(name, name).split(".")
    for step in way:
        pairs = judge.related(model, row, step)
        if not pairs:
            return (True, 0)
        model, row = pairs[0]
    if row[last] is None:
        return (True, 0)
    return (False, comparable(MODELS[model]["columns"][last]["type"],
                              row[last]))


def in_order(judge, rows, order):
    """The rows as PostgreSQL has them: nulls last, first in descending."""
    rows = sorted(rows, key=lambda r: r["id"])
    for name, descending in reversed(order):
        if descending:		# equal ones stay as they are
            rows.reverse()
        rows.sort(key=lambda r: term(judge, r, name), reverse=False)
        if descending:
            rows.reverse()
    return rows
