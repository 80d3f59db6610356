"""What a model file says, in the words that the other rooms need.

Tables, keys, foreign keys and whose generated id stands in a column: for the
generator, the filling of databases and the comparison.  Relationships'
directions come from the reference (reference.py), which asks SQLAlchemy.
"""

FIRST_GENERATED = 1000		# ids below are given, never by a sequence


class Table:
    def __init__(self, name, entry, model=None):
        self.name = name
        self.model = model
        self.entry = entry
        self.columns = entry["columns"]
        self.key = entry.get("primary_key") or [
            c for c, about in self.columns.items()
            if about.get("primary_key")]
        self.foreign_keys = [		# (columns, table, its columns)
            ([c], about["references"].split(".")[0],
             [about["references"].split(".")[1]])
            for c, about in self.columns.items() if "references" in about]
        for key in entry.get("foreign_keys", ()):
            self.foreign_keys.append((
                key["columns"], key["references"][0].split(".")[0],
                [r.split(".")[1] for r in key["references"]]))
        self.uniques = [[c] for c, about in self.columns.items()
                        if about.get("unique")]
        for unique in entry.get("unique", ()):
            self.uniques.append(unique["columns"] if isinstance(
                unique, dict) else unique)
        self.version = entry.get("version")

    @property
    def serial(self):
        """The column that a sequence fills, or None."""
        if len(self.key) != 1:
            return None
        column = self.key[0]
        if self.columns[column]["type"] not in ("integer", "bigint") or \
                any(column in columns for columns, _, _ in self.foreign_keys):
            return None
        return column

    def is_foreign(self, column):
        return any(column in columns for columns, _, _ in self.foreign_keys)

    def nullable(self, column):
        return column not in self.key and \
            self.columns[column].get("nullable", True)


class Book:
    def __init__(self, file):
        self.file = file
        self.models = file["models"]
        self.tables = {m["table"]: Table(m["table"], m, name)
                       for name, m in self.models.items()}
        for name, entry in file.get("tables", {}).items():
            self.tables[name] = Table(name, entry)
        self.relationships = {}	# of a model: name -> Relationship
        self._roots = {(t.name, c): self._root(t.name, c)
                       for t in self.tables.values() for c in t.columns}

    def table(self, model):
        return self.tables[self.models[model]["table"]]

    def proxies(self, model):
        return self.models[model].get("association_proxies", {})

    def _root(self, table, column):
        seen = set()
        while (table, column) not in seen:
            seen.add((table, column))
            for columns, to, theirs in self.tables[table].foreign_keys:
                if column in columns:
                    table, column = to, theirs[columns.index(column)]
                    break
        return table, column

    def generated_in(self, table, column):
        """The table whose sequence gives this column's values, or None."""
        to, key = self._roots[table, column]
        return to if self.tables[to].serial == key else None

    def in_circle(self, table):
        """Does a chain of foreign keys lead from the table to itself?"""
        seen, left = set(), [table.name]
        while left:
            for _, to, _ in self.tables[left.pop()].foreign_keys:
                if to == table.name:
                    return True
                if to not in seen:
                    seen.add(to)
                    left.append(to)
        return False

    def whole(self, rows):
        """Does every foreign key lead to a row, and each version count?"""
        for table in self.tables.values():
            for columns, to, theirs in table.foreign_keys:
                there = [[r[c] for c in theirs] for r in rows[to]]
                for row in rows[table.name]:
                    key = [row[c] for c in columns]
                    if None not in key and key not in there:
                        return False
            if any(row[c] is None for row in rows[table.name]
                   for c in table.columns if not table.nullable(c)):
                return False
        return True

    def through(self, model, proxy):
        """The model of a proxy's association objects."""
        return self.relationships[model][
            self.proxies(model)[proxy]["through"]].target

    def is_list(self, model, attribute):
        proxy = self.proxies(model).get(attribute)
        if proxy is not None:
            attribute = proxy["through"]
        return self.relationships[model][attribute].uselist

    def behind(self, model, proxy):
        """What a proxy's items are: (model, None) or (model, column)."""
        through = self.through(model, proxy)
        attribute = self.proxies(model)[proxy]["attribute"]
        if attribute in self.proxies(through):
            return self.behind(through, attribute)
        if attribute in self.relationships[through]:
            return self.relationships[through][attribute].target, None
        return through, attribute

    def key_of(self, model, row):
        """The key of a row as a request names it."""
        key = [row[c] for c in self.table(model).key]
        return key[0] if len(key) == 1 else key
