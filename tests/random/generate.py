"""Random rows and random units of work for a model file.

All of it follows from one random.Random, so that a unit is found again by its
seed.  Requests are as a client would send them.  Most speak of rows that are
there and are likely to be accepted; some are wrong on purpose.
"""

TEXTS = list("abcdefgh")
UNIQUE = list("abcdefghijklmnopqrstuvwxyz")
KEYS_MOST = 12			# explicit keys are 1 .. this
ROWS_MOST = 5			# of one table
OPS_MOST = 6
DEEPEST = 2			# nesting of new objects
ABSENT = 77			# a key that no row has


def pick(rng, weights):
    """One of {word: weight}."""
    words = [w for w, n in weights.items() if n > 0]
    return rng.choices(words, [weights[w] for w in words])[0]


class State:
    """What is stored before a unit."""

    def __init__(self, book, rows):
        self.book = book
        self.rows = rows

    def of(self, model):
        return self.rows[self.book.table(model).name]

    def members(self, model, row, relationship):
        """The rows that a collection holds."""
        r = self.book.relationships[model][relationship]
        targets = self.of(r.target)
        if r.secondary is None:
            return [t for t in targets if all(
                row[a] is not None and row[a] == t[b] for a, b in r.pairs)]
        links = self.rows[r.secondary]
        here = len(self.book.table(model).key)
        mine, theirs = r.pairs[:here], r.pairs[here:]
        return [t for t in targets for link in links
                if all(row[a] == link[b] for a, b in mine) and
                all(t[a] == link[b] for a, b in theirs)]


def order_of(book):
    """Tables, referred to before referring, as far as that goes."""
    done, left = [], list(book.tables.values())
    while left:
        ready = [t for t in left if all(
            to in done or to == t.name for _, to, _ in t.foreign_keys)]
        table = (ready or left)[0]
        done.append(table.name)
        left.remove(table)
    return done


def exclusive(book):
    """Columns that hold a value once only, as some relationship demands."""
    found = {tuple([t.name] + u) for t in book.tables.values()
             for u in t.uniques + [t.key] if u}
    for model, relationships in book.relationships.items():
        for r in relationships.values():
            if r.secondary is not None and r.single_parent:
                key = len(book.table(model).key)
                found.add(tuple([r.secondary] +
                                [b for _, b in r.pairs[key:]]))
            elif r.direction == "ONETOMANY" and not r.uselist:
                found.add(tuple([book.table(r.target).name] +
                                [b for _, b in r.pairs]))
            elif r.direction == "MANYTOONE" and r.single_parent:
                found.add(tuple([book.table(model).name] +
                                [a for a, _ in r.pairs]))
    return found


def scalar(rng, about):
    if about["type"] == "integer":
        return rng.randint(0, 40 if about.get("unique") else 9)
    if about.get("unique"):
        return rng.choice(UNIQUE)
    return rng.choice(TEXTS)


def state(rng, book):
    """Rows that satisfy all constraints."""
    rows = {}
    once = exclusive(book)
    for name in order_of(book):
        table = book.tables[name]
        rows[name] = []
        seen = set()
        ids = rng.sample(range(1, KEYS_MOST + 1), ROWS_MOST)
        for n in range(rng.randint(0 if rng.random() < 0.2 else 2,
                                   ROWS_MOST)):
            row = {}
            for column, about in table.columns.items():
                if column == table.serial:
                    row[column] = ids[n]
                elif not table.nullable(column) or rng.random() < 0.8:
                    row[column] = scalar(rng, about)
                else:
                    row[column] = None
            if table.version:
                row[table.version] = rng.randint(1, 3)
            whole = True
            for columns, to, theirs in table.foreign_keys:
                targets = rows.get(to, [])
                must = not all(table.nullable(c) for c in columns)
                if targets and (must or rng.random() < 0.75):
                    target = rng.choice(targets)
                    row.update(zip(columns, [target[c] for c in theirs]))
                elif must:
                    whole = False
                else:
                    row.update((c, None) for c in columns)
            marks = [(k,) + tuple(row[c] for c in k[1:]) for k in once
                     if k[0] == name and
                     all(row[c] is not None for c in k[1:])]
            if not table.key:
                marks.append(tuple(row.items()))
            if whole and not any(m in seen for m in marks):
                seen.update(marks)
                rows[name].append(row)
    return rows


class Writer:
    """Makes one request."""

    def __init__(self, rng, book, rows):
        self.rng = rng
        self.book = book
        self.state = State(book, rows)
        self.labels = []		# (label, model), usable by $ref
        self.keys = []			# that new objects have been given
        self.merges = []		# keys that a merge has named
        self.behind = []		# those of operations before
        self.names = 0
        self.single = True		# no transaction: columns of keys too

    def chance(self, of):
        return self.rng.random() < of

    def label(self):
        self.names += 1
        return "l%d" % self.names

    # ---- values -----------------------------------------------------------

    def key(self, model):
        """The key of a stored row, or rarely of none."""
        rows = self.state.of(model)
        if not rows or self.chance(0.02):
            key = [ABSENT if about["type"] == "integer" else "absent"
                   for about in (self.book.table(model).columns[c]
                                 for c in self.book.table(model).key)]
            return key[0] if len(key) == 1 else key
        row = self.rng.choice(rows)
        if self.chance(0.05):
            for unique in self.book.table(model).uniques:
                if all(row[c] is not None for c in unique) and not any(
                        self.book.table(model).is_foreign(c)
                        for c in unique):
                    return {c: row[c] for c in unique}
        return self.book.key_of(model, row)

    def columns(self, model, new, skip=()):
        """Values of plain columns."""
        table = self.book.table(model)
        values = {}
        for column, about in table.columns.items():
            if column in skip or about.get("private") or \
                    column == table.version:
                continue
            if table.is_foreign(column):
                continue
            if column == table.serial:
                if new and self.chance(0.08) and len(self.keys) < 3:
                    values[column] = self.new_key(table)
                continue
            if column in table.key:
                if new or (self.single and self.chance(0.02)):
                    values[column] = scalar(self.rng, about)
                continue
            if not table.nullable(column):
                if self.chance(0.95 if new else 0.3):
                    values[column] = scalar(self.rng, about)
            elif self.chance(0.5 if new else 0.3):
                values[column] = None if self.chance(0.15) else \
                    scalar(self.rng, about)
        return values

    def new_key(self, table):
        """A key of one's own choice, also one that is there.

        Not that in a tree, where SQLAlchemy breaks U6: it deletes the row.
        """
        ids = list(range(1, KEYS_MOST + 1))
        if self.book.in_circle(table):
            taken = [r[table.serial] for r in self.state.rows[table.name]]
            ids = [i for i in ids if i not in taken]
        ids = [i for i in ids if (table.name, i) not in self.keys]
        self.keys.append((table.name, self.rng.choice(ids)))
        return self.keys[-1][1]

    def foreign(self, table, column):
        for columns, to, theirs in table.foreign_keys:
            if column in columns and self.state.rows[to] and \
                    self.chance(0.8):
                return self.rng.choice(self.state.rows[to])[
                    theirs[columns.index(column)]]
        return None

    def plain(self, model, new):
        """Foreign keys written as columns (U8), with no collection beside:
        what SQLAlchemy has loaded of it would not follow.  (What comes before
        or after is told of it: foreign.py.)"""
        values = self.columns(model, new)
        table = self.book.table(model)
        for column in table.columns:
            if table.is_foreign(column) and self.chance(0.6) and (
                    self.single or new or column not in table.key):
                value = self.foreign(table, column)
                if value is not None or table.nullable(column):
                    values[column] = value
        for name, r in self.book.relationships[model].items():
            if r.direction == "MANYTOONE" and self.chance(0.2):
                values[name] = self.attribute(model, name, 0)	# U7
        return values

    def values(self, model, depth, new=True, skip=()):
        if depth == 0 and self.chance(0.1):
            return self.plain(model, new)
        values = self.columns(model, new, skip)
        wanted = 0.55 if depth == 0 else 0.25
        taken = set(skip)
        names = list(self.book.relationships[model]) + \
            list(self.book.proxies(model))
        self.rng.shuffle(names)
        for name in names:
            proxy = self.book.proxies(model).get(name)
            through = proxy["through"] if proxy else name
            if through in taken or not self.chance(wanted):
                continue
            taken.add(through)
            values[name] = self.attribute(model, name, depth)
        if new and depth and self.chance(0.05):
            values["$as"] = self.label()
        keys = list(values)
        self.rng.shuffle(keys)
        return {k: values[k] for k in keys}

    def attribute(self, model, name, depth):
        """The value of a relationship or a proxy, assigned whole."""
        if not self.book.is_list(model, name):
            if self.chance(0.15):
                return None
            return self.item(model, name, depth)
        items = [self.item(model, name, depth)
                 for _ in range(self.rng.choice((0, 1, 1, 2, 2, 3)))]
        return self.distinct(items)

    def distinct(self, items, key=()):
        """No object twice; with a key: nor two of one key."""
        out, seen = [], []
        for item in items:
            mark = [item[c] for c in key if c in item] or [item]
            if mark not in seen or not isinstance(item, dict):
                seen.append(mark)
                out.append(item)
        return out

    def item(self, model, name, depth):
        if name in self.book.proxies(model):
            target, column = self.book.behind(model, name)
            if column is not None:
                return scalar(self.rng, self.book.table(target)
                              .columns[column])
            through = self.book.through(model, name)
            # What makes association objects of its own is not for here.
            item = self.object(target, depth, [
                r.name for r in self.book.relationships[target].values()
                if r.target == through], ahead=False)
            if self.book.is_list(model, name) and self.chance(0.3):
                extra = {c: v for c, v in self.columns(
                    through, True).items()
                    if c not in self.book.table(through).key and
                    not self.book.table(through).is_foreign(c)}
                if extra:
                    item = dict(item, **{"$through": extra})
            return item
        r = self.book.relationships[model][name]
        # The other end is this object: to say it again is legal but rare.
        back = self.book.models[model]["relationships"][name].get(
            "back_populates")
        skip = [back] if back and not self.chance(0.05) else []
        return self.object(r.target, depth, skip)

    def object(self, model, depth, skip=(), ahead=True):
        labels = [label for label, m in (
            self.labels if ahead else self.behind) if m == model]
        kind = pick(self.rng, {
            "get": 10 if self.state.of(model) else 1,
            "new": 10 if depth < DEEPEST else 0.1,
            "ref": 8 if labels else 0, "merge": 1 if depth < DEEPEST else 0})
        if kind == "get":
            return {"$get": self.key(model)}
        if kind == "ref":
            return {"$ref": self.rng.choice(labels)}
        if kind == "merge":
            return {"$merge": self.merged(model, depth + 1, skip)}
        return self.values(model, depth + 1, True, skip)

    def merged(self, model, depth, skip=()):
        """A graph for merge: plain objects, with or without their keys."""
        table = self.book.table(model)
        values = self.columns(model, False, table.key)
        rows = self.state.of(model)
        if self.chance(0.8) or len(table.key) != 1:
            row = self.rng.choice(rows) if rows and self.chance(0.8) else {
                c: scalar(self.rng, table.columns[c]) for c in table.key}
            key = (model,) + tuple(row[c] for c in table.key)
            # Whose values win where a key comes twice (G3) depends on the
            # order of attributes; the vectors have it.
            if key not in self.merges:
                self.merges.append(key)
                values.update((c, row[c]) for c in table.key)
            elif len(table.key) != 1 or table.serial is None:
                values.update((c, scalar(self.rng, table.columns[c]))
                              for c in table.key)
        for column in table.columns:
            if not table.nullable(column) and column not in values and \
                    not table.is_foreign(column) and \
                    column != table.version and column not in table.key:
                values[column] = scalar(self.rng, table.columns[column])
        if depth < DEEPEST:
            for name, r in self.book.relationships[model].items():
                if name in skip or not self.chance(0.4):
                    continue
                back = self.book.models[model]["relationships"][name].get(
                    "back_populates")
                some = self.distinct([
                    self.merged(r.target, depth + 1, (back,))
                    for _ in range(self.rng.randint(0, 2))],
                    self.book.table(r.target).key)
                if r.direction == "ONETOMANY" and self.chance(0.3):
                    for member in some:
                        self.say_parent(r, values, member)
                if r.uselist:
                    values[name] = some
                else:
                    values[name] = some[0] if some else None
        return values

    def say_parent(self, r, values, member):
        """Foreign keys of what is nested, as a reply prints them, or wrong:
        the relationship wins."""
        table = self.book.table(r.target)
        for here, there in r.pairs:
            if there in table.key:
                continue
            if self.chance(0.2):
                member[there] = self.foreign(table, there)
            elif here in values:
                member[there] = values[here]

    # ---- operations -------------------------------------------------------

    def target(self, model):
        labels = [label for label, m in self.labels if m == model]
        if labels and self.chance(0.2):
            return {"$ref": self.rng.choice(labels)}
        return self.key(model)

    def lists(self, model):
        return [n for n in list(self.book.relationships[model]) +
                list(self.book.proxies(model)) if self.book.is_list(model, n)]

    def member(self, model, row, name):
        """An item for remove: mostly one that is there."""
        proxy = self.book.proxies(model).get(name)
        if row is None or self.chance(0.1):
            return self.item(model, name, DEEPEST)
        if proxy is None:
            rows = self.state.members(model, row, name)
            target = self.book.relationships[model][name].target
            if not rows:
                return self.item(model, name, DEEPEST)
            return {"$get": self.book.key_of(target, self.rng.choice(rows))}
        through = self.book.through(model, name)
        rows = self.state.members(model, row, proxy["through"])
        attribute = proxy["attribute"]
        while rows and attribute in self.book.proxies(through):
            over = self.book.proxies(through)[attribute]
            rows = [t for r in rows for t in self.state.members(
                through, r, over["through"])]
            through = self.book.through(through, attribute)
            attribute = over["attribute"]
        if not rows:
            return self.item(model, name, DEEPEST)
        row = self.rng.choice(rows)
        if attribute not in self.book.relationships[through]:
            if row[attribute] is None:
                return self.item(model, name, DEEPEST)
            return row[attribute]
        targets = self.state.members(through, row, attribute)
        if not targets:
            return self.item(model, name, DEEPEST)
        return {"$get": self.book.key_of(self.book.relationships[through][
            attribute].target, targets[0])}

    def items(self, method, model, key, name):
        rows = [r for r in self.state.of(model)
                if self.book.key_of(model, r) == key]
        row = rows[0] if rows else None
        n = self.rng.choice((1, 1, 1, 2, 3))
        if method == "remove":
            return self.distinct([self.member(model, row, name)
                                  for _ in range(n)])
        if method == "append":
            return self.distinct([self.item(model, name, 0)
                                  for _ in range(n)])
        return self.distinct([
            self.member(model, row, name) if self.chance(0.5) else
            self.item(model, name, 0)
            for _ in range(self.rng.choice((0, 1, 2, 2, 3)))])

    def operation(self, model=None, method=None):
        rng = self.rng
        model = model or rng.choice(list(self.book.models))
        lists = self.lists(model)
        method = method or pick(rng, {
            "create": 4, "update": 5, "delete": 4, "merge": 2,
            "append": 4 if lists else 0, "remove": 3 if lists else 0,
            "set": 4 if lists else 0})
        params = {"model": model}
        if method != "delete":
            params["return"] = "none"
        if method == "create":
            params["values"] = self.values(model, 0)
            if self.single and self.chance(0.1):
                params["values"] = [params["values"], self.values(model, 0)]
            return method, params
        if method == "merge":
            params["values"] = self.merged(model, 0)
            return method, params
        params["id"] = self.key(model) if method == "delete" else \
            self.target(model)
        version = self.book.table(model).version
        if version and method in ("update", "delete") and self.chance(0.2):
            params["version"] = rng.randint(1, 3)
        if method == "update":
            params["values"] = self.values(model, 0, False)
        elif method != "delete":
            params["attribute"] = rng.choice(lists)
            params["items"] = self.items(method, model, params["id"],
                                         params["attribute"])
        return method, params

    def request(self):
        if self.chance(0.4):
            return self.operation()
        self.single = False
        plans = []			# labels first: they may be used before
        for _ in range(self.rng.randint(1, OPS_MOST)):
            model = self.rng.choice(list(self.book.models))
            if self.chance(0.2):
                label = self.label()
                self.labels.append((label, model))
                plans.append((model, "create", label))
            else:
                plans.append((model, None, None))
        ops = []
        for model, method, label in plans:
            method, params = self.operation(model, method)
            op = {"method": method, "params": params}
            if label:
                op["as"] = label
                self.behind.append((label, model))
            ops.append(op)
        return "transaction", {"ops": self.deleted_before(ops)}

    def deleted_before(self, ops):
        """Now and then the row that a merge names is deleted first (U6)."""
        out = []
        for op in ops:
            values = op["params"].get("values", {})
            key = [values.get(c) for c in self.book.table(
                op["params"]["model"]).key]
            key = key[0] if len(key) == 1 else key
            if op["method"] == "merge" and any(
                    self.book.key_of(op["params"]["model"], row) == key
                    for row in self.state.of(op["params"]["model"])) and \
                    self.chance(0.3):
                out.append({"method": "delete", "params": {
                    "model": op["params"]["model"], "id": key}})
            out.append(op)
        return out
