"""merge, as SQLAlchemy does it in the Session of a unit (unit.py).

G1  With autoflush Session.merge() flushes first, which a unit of work cannot:
    then it does not find what the unit has deleted, and finds what it has made
    under a key.  Without, it half writes the one, and makes the other again.
    So both are done by hand: a new object takes over the row (U6), and what has
    the key is found.
U7  A foreign key of what is nested in a collection: the collection wins.
    SQLAlchemy does so too, but keeps the column of who leaves it again.
O1, O2  A new row belongs to whom its key leads to.  SQLAlchemy knows only what
    relationships say, and would leave it behind when its parent goes.
"""

import sqlalchemy as sa
from sqlalchemy.orm import attributes

from refusal import LeftOut


class Merging:
    """The part of a Unit that merges."""

    def transient(self, model, values):
        """For merge: outside of the Session, only what is given is set."""
        made = self.classes[model]()
        for name, value in values.items():
            r = self.book.relationships[model].get(name)
            if r is not None and value is not None:
                value = type(getattr(made, name))(
                    self.transient(r.target, v) for v in value) \
                    if r.uselist else self.transient(r.target, value)
            setattr(made, name, value)
        return made

    def merge(self, model, values):
        self.settle()
        values = self.won(model, values)
        self.merge_left_out(model, values)
        if self.merges_unflushed(model, values):
            return self.merge_by_hand(model, values)
        self.merge_room(model, values)
        merged = self.session.merge(self.transient(model, values))
        made = [o for o in self.session.new if o not in self.news]
        self.news += made
        nulls = self.nulls(model, values)
        for o, name in list(self.written):
            key = {c: getattr(o, c) for c in
                   self.book.table(type(o).__name__).key}
            if (type(o).__name__, key, name) in nulls:
                self.is_said(o, name)
        for o in made:
            self.belong(o, nulls)
        return merged

    def won(self, model, values):
        """The graph, without columns that a relationship around them wins over.
        """
        values = dict(values)
        for r in self.book.relationships[model].values():
            value = values.get(r.name)
            if value is None:
                continue
            key = self.book.table(r.target).key
            said = {b for _, b in r.pairs if r.direction == "ONETOMANY" and
                    b not in key}
            some = [self.won(r.target, {n: v for n, v in member.items()
                                        if n not in said})
                    for member in (value if r.uselist else [value])]
            values[r.name] = some if r.uselist else some[0]
        return values

    def nulls(self, model, values):
        """Relationships that the graph says are null: (model, key, name)."""
        found = []
        for name, value in values.items():
            r = self.book.relationships[model].get(name)
            if r is not None and value is None:
                found.append((model, self.merge_key(model, values), name))
            elif r is not None:
                for v in value if r.uselist else [value]:
                    found += self.nulls(r.target, v)
        return found

    def belong(self, o, nulls):
        """A new object, to whom its own key leads."""
        table = self.book.table(type(o).__name__)
        for r in self.book.relationships[type(o).__name__].values():
            if r.direction != "MANYTOONE" or r.back is None or \
                    getattr(o, r.name) is not None or not all(
                        a in table.key for a, _ in r.pairs):
                continue
            key = {c: getattr(o, c) for c in table.key}
            if (type(o).__name__, key, r.name) in nulls:
                continue
            parent = self.has(r.target, {b: getattr(o, a)
                                         for a, b in r.pairs})
            if parent is not None:
                setattr(o, r.name, parent)

    def has(self, model, key):
        """Who has this key, as the flush will leave it; or None."""
        return self.made_with(model, key) or next((
            o for o in self.stored[model] if o not in self.deleted and
            all(self.now(o, c) == v for c, v in key.items())), None)

    def merged(self, model, values):
        """The stored object that merge will find, or None."""
        key = tuple(values.get(c) for c in self.book.table(model).key)
        for o in self.stored[model]:
            if sa.inspect(o).identity == key:
                return o
        return None

    def merge_left_out(self, model, values):
        found = self.merged(model, values)
        if found in self.deleted and self.book.in_circle(
                self.book.table(model)):
            raise LeftOut("a row of a tree is taken over (U6)")
        if found is not None and any(
                attributes.get_history(found, r.name).has_changes()
                for r in self.book.relationships[model].values()
                if r.direction == "MANYTOONE" and
                any(a in self.book.table(model).key for a, _ in r.pairs)):
            raise LeftOut("merge by a key that the unit has changed")
        for name, value in values.items():
            r = self.book.relationships[model].get(name)
            if r is not None and value is not None:
                for v in value if r.uselist else [value]:
                    self.merge_left_out(r.target, v)

    def merge_key(self, model, values):
        """The key that a merged graph gives; None if it is not whole."""
        key = {c: values.get(c) for c in self.book.table(model).key}
        return None if None in key.values() else key

    def made_with(self, model, key):
        """What the unit has made under this key; or None."""
        return next((o for o in self.news if o not in self.deleted and
                     type(o).__name__ == model and all(
                         self.now(o, c) == v for c, v in key.items())), None)

    def merges_unflushed(self, model, values):
        """Does the graph hold a row that the unit has deleted, or made?"""
        merged = self.merged(model, values)
        key = self.merge_key(model, values)
        if merged in self.deleted or merged is None and key and \
                self.made_with(model, key) is not None:
            return True
        for name, value in values.items():
            r = self.book.relationships[model].get(name)
            if r is not None and value is not None and any(
                    self.merges_unflushed(r.target, v)
                    for v in (value if r.uselist else [value])):
                return True
        return False

    def merge_by_hand(self, model, values):
        """G1, U6: what is deleted is not found, and a new one takes its row;
        if one has it already, it is that."""
        merged = self.merged(model, values)
        key = self.merge_key(model, values) or {}
        if key and (merged is None or merged in self.deleted):
            merged = self.made_with(model, key)
        if merged is None:
            merged = self.classes[model]()
            for r in self.book.relationships[model].values():
                value = values.get(r.name) or {}
                if r.name in values and r.direction == "MANYTOONE" and any(
                        a in key and value.get(b) != key[a]
                        for a, b in r.pairs):
                    raise LeftOut("merge by a key that the unit has changed")
            self.session.add(merged)
            self.news.append(merged)

        def told(name, value):
            r = self.book.relationships[model].get(name)
            if r is None or value is None:
                return value
            return [{"$merge": v} for v in value] if r.uselist else \
                {"$merge": value}
        self.assign(model, merged, {n: told(n, v) for n, v in values.items()})
        if merged in self.news:
            self.belong(merged, self.nulls(model, values))
        return merged

    def merge_room(self, model, values):
        for name, value in values.items():
            r = self.book.relationships[model].get(name)
            if r is None or value is None:
                continue
            if not r.uselist:
                self.make_room(r, self.merged(model, values),
                               self.merged(r.target, value))
            for v in value if r.uselist else [value]:
                self.merge_room(r.target, v)
