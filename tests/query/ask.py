"""Random conditions and orders, of which most find something and not all."""

from town import MODEL, TYPES

MODELS = MODEL["models"]
TEXT = {"name", "nick", "code", "mail"}
ARRAYS = [n for n, kind in TYPES.items() if kind.endswith("[]")]
JSON = ["doc", "raw"]
PLAIN = [n for n in TYPES if n not in ARRAYS + JSON]


class Asker:
    def __init__(self, town):
        self.town = town
        self.r = town.r

    def one_of(self, *makers):
        return self.r.choice(makers)()

    # -- values

    def pattern(self, text):
        out = ""
        for c in text:
            kind = self.r.random()
            if kind < 0.15:
                out += "_"
            elif kind < 0.25:
                out += "%"
            elif c in "%_\\" or kind < 0.3:
                out += "\\" + c
            else:
                out += c
        return out + self.r.choice(["", "%", "%"])

    def value(self, model, name):
        if model == "Person":
            made = self.town.some(name)
            if TYPES[name].startswith("numeric") and self.r.random() < 0.3:
                made += self.r.choice(["4", "49", "5", "0"])
            return made
        if name == "id" or name.endswith("_id"):
            return self.r.randint(1, 6)
        seen = [row[name] for row in self.town.tables[MODELS[model]["table"]]
                if row[name] is not None]
        return self.r.choice(seen + [self.town.word()])

    def comparison(self, value, text, depth=1):
        """One operator of a column; value() makes a value of its type."""
        r = self.r
        op = r.choice(["==", "!=", "<", "<=", ">", ">=", "in", "not"] +
                      ["like", "ilike"] * (2 if text else 0))
        if op == "not":
            return {"not": self.meets(value, text, depth - 1)}
        if op == "in":
            return {"in": [None if r.random() < 0.1 else value()
                           for _ in range(r.randint(0, 4))]}
        if op in ("like", "ilike"):
            return {op: self.pattern(value())}
        if op in ("==", "!=") and r.random() < 0.2:
            return {op: None}
        return {op: value()}

    def meets(self, value, text, depth=1):
        kind = self.r.random()
        if kind < 0.1:
            return None
        if kind < 0.4 or depth < 0:
            return value()
        made = self.comparison(value, text, depth)
        if self.r.random() < 0.2:
            made.update(self.comparison(value, text, depth))
        return made

    def array(self, name):
        r = self.r
        kind = TYPES[name][0]
        town = self.town

        def element():
            lists = [v for p in town.tables["people"]
                     for v in p[name] or [] if v is not None]
            return r.choice(lists) if lists else town.list

        def several(n):
            return [element() for _ in range(r.randint(0, n))]

        op = r.choice(["contains", "contained_by", "overlap", "any", "any",
                       "==", "in", "not"])
        if op == "any":
            return {"any": self.meets(element, kind == "t")}
        if op == "in":
            return {"in": [town.some(name) for _ in range(3)]}
        if op == "==":
            return {"==": town.some(name)}
        if op == "not":
            return {"not": self.array(name)}
        if op == "contains" and r.random() < 0.3:
            return {op: element()}
        return {op: several(4 if op == "contained_by" else 2)}

    # -- JSON

    def inside(self, v):
        """A part of a JSON value, for it to contain."""
        if isinstance(v, dict) and v:
            key = self.r.choice(sorted(v))
            return {key: self.inside(v[key])}
        if isinstance(v, list) and v:
            return [self.inside(self.r.choice(v))]
        return v

    def json_op(self, value):
        r = self.r
        v = value()
        op = r.choice(["==", "!=", "contains", "contained_by", "in", "<",
                       ">=", "like"])
        if op == "in":
            return {"in": [value() for _ in range(3)]}
        if op in ("<", ">="):
            return {op: r.choice([1, 0, "a", "b", True])}
        if op == "like":
            return {op: r.choice(["a%", "_", "%b", "1"])}
        if op == "contains":
            v = self.inside(v)
        if v is None and op not in ("==", "!="):
            v = 1
        return {op: v}

    def json(self):
        name = self.r.choice(JSON)
        if self.r.random() < 0.4:
            return {name: self.json_op(lambda: self.town.some(name))}
        steps = self.r.choices(["a", "b", "1", "0", "-1"],
                               k=self.r.randint(1, 2))
        key = ".".join([name] + steps)
        kind = self.r.random()
        if kind < 0.15:
            return {key: self.r.choice([None, {"!=": None}])}
        if kind < 0.3:
            return {key: self.r.choice([1, "a", True, [], [1]])}
        return {key: self.json_op(self.town.json)}

    # -- objects

    def column(self, model):
        names = PLAIN if model == "Person" else \
            sorted(MODELS[model]["columns"])
        name = self.r.choice(names)
        text = name in TEXT or MODELS[model]["columns"][name]["type"] == "text"
        return {name: self.meets(lambda: self.value(model, name), text)}

    def key(self):
        return {"$get": self.r.randint(1, 6)}

    def related(self, model, depth):
        name = self.r.choice(sorted(MODELS[model]["relationships"]))
        target = MODELS[model]["relationships"][name]["target"]
        if name + "_id" not in MODELS[model]["columns"]:
            return {name: self.one_of(
                lambda: {"any": self.where(target, depth - 1)},
                lambda: {"any": {}}, lambda: {"contains": self.key()})}
        return {name: self.one_of(
            lambda: {"has": self.where(target, depth - 1)},
            lambda: {"==": self.key()}, lambda: {"!=": self.key()},
            lambda: {"!=": None}, lambda: None)}

    def over_values(self, word, value):
        made = self.one_of(
            lambda: {word: {}}, lambda: None, value,
            lambda: {word: self.comparison(value, True)},
            lambda: self.comparison(value, True))
        return made

    def proxy(self, model, depth):
        name = self.r.choice(sorted(MODELS[model]["association_proxies"]))
        word = "has" if name in ("city_name", "country", "country_name",
                                 "club_name", "town") else "any"
        if name in ("clubs", "towns", "country", "town"):
            target = {"clubs": "Club", "towns": "City", "town": "City",
                      "country": "Country"}[name]
            same = "contains" if word == "any" else "=="
            made = self.one_of(
                lambda: {word: self.where(target, depth - 1)},
                lambda: {word: {}}, lambda: {same: self.key()},
                lambda: {"!=" if word == "has" else same: self.key()})
            return {name: made}
        return {name: self.over_values(word, self.town.word)}

    def where(self, model, depth=3):
        r = self.r
        kind = r.random()
        if depth > 0 and kind < 0.25:
            name = r.choice(["and", "or", "not"])
            if name == "not":
                return {"not": self.where(model, depth - 1)}
            return {name: [self.where(model, depth - 1)
                           for _ in range(r.randint(0, 3))]}
        if depth > 0 and kind < 0.45:
            return self.related(model, depth)
        if depth > 0 and kind < 0.6 and \
                "association_proxies" in MODELS[model]:
            return self.proxy(model, depth)
        if model == "Person" and kind < 0.75:
            return self.json() if r.random() < 0.5 else \
                (lambda n: {n: self.array(n)})(r.choice(ARRAYS))
        made = self.column(model)
        if r.random() < 0.2:
            made.update(self.column(model))
        return made

    # -- orders

    def order(self):
        """[(name, descending)] for Person."""
        ways = PLAIN + ["boss.name", "boss.age", "boss.boss.name",
                        "city.name", "city.id", "city.country.name",
                        "boss.city.name", "city_name", "country_name",
                        "country.id"]
        return [(name, self.r.random() < 0.5)
                for name in self.r.sample(ways, self.r.randint(0, 3))]
