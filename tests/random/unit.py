"""One request of ormd, carried out with SQLAlchemy in one Session.

SQLAlchemy's outcome depends on what a Session has loaded; ormd's is
always "as if the old parent and the old collection were loaded".  So
everything that is stored is loaded before the first change, without autoflush,
and the whole request is one flush.  Only what `passive_deletes' leaves to the
database is not loaded, until the request itself speaks of it.

Where ormd is meant to differ, or where SQLAlchemy leaves the outcome to
chance, this room does by hand what the rule says (merge.py G1, foreign.py
U8):

O1, O2, M2  what the unit itself gives to an object and then deletes with it.
O4, O8  who loses the place in a one-to-one; back_populates reaches one step.
P4  assignment to a list proxy is a difference.
U5  an operation on what the unit has already deleted does nothing.
U6  a relationship that is given as null names its column, also of a new row.
U7  a column whose relationship is given as well is not set.
O9, X6  a parent that its child has left does not go along with the child.
X4  whom a new parent has let go and another new one has taken has moved.
X1, X5, O9, M3  whom any delete-orphan parent has let go is deleted before the
    flush: where another parent has taken it, SQLAlchemy keeps or deletes it by
    chance.
"""

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import attributes

from foreign import Foreign
from mapping import Thing, make_creator
from merge import Merging
from refusal import LeftOut, Refused


class Unit(Foreign, Merging):
    """One request in one Session."""

    def __init__(self, book, classes, session):
        self.book = book
        self.classes = classes
        self.session = session
        self.labels = {}		# label -> (model, values)
        self.made = {}			# label -> object
        self.deleted = set()
        self.several = False		# operations
        self.news = []
        self.written = {}		# (object, relationship) -> (key, parent)
        self.stored = {}		# model -> all objects, kept alive
        self.orphaning = {
            model: [(classes[m], r) for m in classes
                    for r in book.relationships[m].values()
                    if r.target == model and r.deletes_orphans]
            for model in classes}
        self.load()
        self.was = {o: sa.inspect(o).identity
                    for some in self.stored.values() for o in some}

    def load(self):
        for name, cls in self.classes.items():
            options = [orm.selectinload(getattr(cls, r.name))
                       for r in self.book.relationships[name].values()
                       if r.direction != "MANYTOONE" and not r.passive]
            self.stored[name] = self.session.execute(
                sa.select(cls).options(*options)).scalars().all()
        for name, objects in self.stored.items():
            for r in self.book.relationships[name].values():
                if r.direction == "MANYTOONE":
                    for o in objects:
                        getattr(o, r.name)

    # ---- which object -----------------------------------------------------

    def now(self, o, column):
        """A column as the flush will leave it."""
        for r in self.book.relationships[type(o).__name__].values():
            parent = o.__dict__.get(r.name)
            if r.direction == "MANYTOONE" and parent and (
                    o in self.news or
                    attributes.get_history(o, r.name).added):
                for a, b in r.pairs:
                    if a == column:
                        return self.now(parent, b)
        return getattr(o, column)

    def find(self, model, key):
        """As it is stored, or else as the unit has made it."""
        if not isinstance(key, dict):
            key = dict(zip(self.book.table(model).key,
                           key if isinstance(key, list) else [key]))

        def is_now(o):
            return all(self.now(o, c) == v for c, v in key.items())
        found = [o for o in self.stored[model] if all(
            sa.inspect(o).committed_state.get(c, getattr(o, c)) == v
            for c, v in key.items())]
        is_key = list(key) == list(self.book.table(model).key)
        if not found or (found[0] in self.deleted if is_key else
                         found[0] not in self.deleted and
                         not is_now(found[0])):
            found = [o for o in self.stored[model] + self.news
                     if type(o).__name__ == model and
                     o not in self.deleted and is_now(o)] + found
        if not found:
            raise Refused("not_found", "%s %s" % (model, key))
        return found[0]

    def object(self, model, spec):
        """The object that a value of a request stands for."""
        if spec is None:
            return None
        if "$get" in spec:
            return self.find(model, spec["$get"])
        if "$merge" in spec:
            return self.merge(model, spec["$merge"])
        if "$ref" in spec:
            return self.labelled(spec["$ref"])
        return self.new(model, spec)

    def labelled(self, label):
        if label not in self.labels:
            raise Refused("invalid_value", "no label " + label)
        if label not in self.made:
            self.new(*self.labels[label], label)
        return self.made[label]

    def new(self, model, values, label=None):
        label = label or values.get("$as")
        if label in self.made:
            return self.made[label]
        made = self.classes[model]()
        self.session.add(made)
        self.news.append(made)
        if label:
            self.made[label] = made
        self.assign(model, made, values)
        return made

    # ---- attributes -------------------------------------------------------

    def assign(self, model, o, values):
        relationships = self.book.relationships[model]
        columns = self.book.table(model).columns
        won = {a for n in values if n in relationships and
               relationships[n].direction == "MANYTOONE"
               for a, _ in relationships[n].pairs}
        for name, value in values.items():	# U7
            if name in columns and name not in won:
                setattr(o, name, value)
        if self.several:
            self.refer(model, o, set(values) & set(columns) - won)
        for name, value in values.items():
            if name in relationships:
                self.set_relationship(model, o, name, value)
            elif name in self.book.proxies(model):
                self.set_proxy(model, o, name, value)

    def set_relationship(self, model, o, name, value):
        r = self.book.relationships[model][name]
        if not r.uselist:
            member = self.object(r.target, value)
            self.demand(r, member)
            self.is_said(o, name)
            if member is not getattr(o, name):
                self.make_room(r, o, member)
                setattr(o, name, member)
            elif member is None:		# said, though it is so already
                setattr(o, name, None)
                self.name_nulls(r, o)
            else:
                self.save(r, o, member)
            return
        members = []
        for item in value:
            member = self.object(r.target, item)
            self.demand(r, member)
            self.is_said(member, r.back)
            if member in getattr(o, name):
                self.save(r, o, member)
            if member not in members:	# O6
                members.append(member)
        setattr(o, name, type(getattr(o, name))(members))

    def save(self, r, o, member):
        """O4, O9: what only a column has led to before is no orphan now."""
        if r.direction == "MANYTOMANY":
            return
        if r.deletes_orphans and self.is_let_go(r, o, member):
            self.still_has(o, r, member)
        back = self.book.relationships[r.target].get(r.back)
        if back is not None and back.deletes_orphans and \
                self.is_let_go(back, member, o):
            self.still_has(member, back, o)

    def name_nulls(self, r, o):
        """U6: a new object that takes over a row names these columns."""
        if o in self.news and r.direction == "MANYTOONE":
            for column, _ in r.pairs:
                if column not in self.book.table(type(o).__name__).key:
                    setattr(o, column, None)

    def demand(self, r, member):
        """Who is deleted can be no parent and no link's end.  (As a child it
        stays deleted: X6.)"""
        if r.direction != "ONETOMANY" and member in self.deleted:
            raise LeftOut("reference to what the unit has deleted")

    def make_room(self, r, o, member):
        """O4, O8: in a one-to-one, who had the place or the child lets go.

        SQLAlchemy's back_populates reaches one step only, not this one.
        """
        if r.back is None or member is None:
            return
        back = self.book.relationships[r.target][r.back]
        if back.uselist or r.direction == "MANYTOMANY":
            return
        for one, here, there, other in ((o, r.name, r.back, member),
                                        (member, r.back, r.name, o)):
            had = None if one is None else getattr(one, here)
            if had is None or had is other:
                continue
            if r.direction == "ONETOMANY" and one is member or \
                    r.direction == "MANYTOONE" and one is o:
                if getattr(had, there) is one:	# the parent lets go
                    setattr(had, there, None)
            elif getattr(one, here) is had:
                setattr(one, here, None)

    def item(self, model, proxy, spec):
        """What a proxy's creator is called with, and $through."""
        target, column = self.book.behind(model, proxy)
        if column is not None:
            return spec, {}
        plain = spec if spec is None else {
            k: v for k, v in spec.items() if k != "$through"}
        found = self.object(target, plain)
        if found in self.deleted:
            raise LeftOut("reference to what the unit has deleted")
        return found, {} if spec is None else spec.get("$through", {})

    def shown(self, model, association, attribute):
        """What a proxy shows of it: nothing of what the unit has deleted."""
        nested = self.book.proxies(model).get(attribute)
        if nested is not None:
            behind = getattr(association, nested["through"])
            if isinstance(behind, Thing) and behind in self.deleted:
                return None
        return getattr(association, attribute)

    def append_proxy(self, model, o, name, item, through):
        about = self.book.proxies(model)[name]
        behind = getattr(o, about["through"])
        target = self.book.through(model, name)
        if isinstance(behind, set):		# what is deleted is not in it
            if not any(a not in self.deleted and
                       getattr(a, about["attribute"]) == item
                       for a in behind):
                behind.add(make_creator(self.classes[target], about.get(
                    "creator", {about["attribute"]: "$item"}),
                    lambda _: False)(item))
            return
        if not through:
            getattr(o, name).append(item)
            return
        made = make_creator(self.classes[target], about.get(
            "creator", {about["attribute"]: "$item"}), lambda _: False)(item)
        self.assign(target, made, through)
        getattr(o, about["through"]).append(made)

    def in_order(self, members):
        """S4: by primary key, new ones after those that are stored."""
        return sorted(members, key=lambda o: (
            sa.inspect(o).identity is None, sa.inspect(o).identity or ()))

    def remove_proxy(self, model, o, name, item):
        """P3, among those that the unit has not deleted."""
        about = self.book.proxies(model)[name]
        target = self.book.through(model, name)
        behind = getattr(o, about["through"])
        for association in self.in_order(behind):
            if association not in self.deleted and self.shown(
                    target, association, about["attribute"]) == item:
                behind.remove(association)
                return
        raise Refused("not_found", "no member")

    def set_proxy(self, model, o, name, value):
        """P4, P5."""
        if not self.book.is_list(model, name):
            item, _ = (None, None) if value is None else \
                self.item(model, name, value)
            through = self.book.proxies(model)[name]["through"]
            if getattr(o, through) in self.deleted:
                setattr(o, through, None)
            if item is not None or getattr(o, through) is not None:
                setattr(o, name, item)
            return
        behind = getattr(o, self.book.proxies(model)[name]["through"])
        attribute = self.book.proxies(model)[name]["attribute"]
        target = self.book.through(model, name)
        items = [self.item(model, name, spec) for spec in value]
        left = [a for a in self.in_order(behind) if a not in self.deleted]
        added = []
        for item, through in items:
            for association in left:
                if self.shown(target, association, attribute) == item:
                    left.remove(association)
                    self.assign(target, association, through)
                    break
            else:
                added.append((item, through))
        for association in left:
            behind.remove(association)
        for item, through in added:
            self.append_proxy(model, o, name, item, through)

    # ---- operations -------------------------------------------------------

    def run(self, method, params):
        self.several = method == "transaction"
        if not self.several:
            self.find_labels(params)
            self.operation(method, params)
            return
        for op in params["ops"]:
            if "as" in op:
                self.labels[op["as"]] = (op["params"]["model"],
                                         op["params"]["values"])
            self.find_labels(op["params"])
        for op in params["ops"]:
            self.operation(op["method"], op["params"], op.get("as"))
            self.settle()
            self.single_parents()
            self.said_otherwise()

    def find_labels(self, params):
        model = params["model"]
        if "values" in params:
            values = params["values"]
            for v in values if isinstance(values, list) else [values]:
                self.labels_in(model, v)
        for v in params.get("items", ()):
            self.labels_of(model, params["attribute"], v)

    def labels_in(self, model, values):
        if not isinstance(values, dict) or "$get" in values or \
                "$ref" in values:
            return
        if "$as" in values:
            self.labels[values["$as"]] = (model, values)
        for name, value in values.items():
            for v in value if isinstance(value, list) else [value]:
                self.labels_of(model, name, v)

    def labels_of(self, model, name, value):
        if name in self.book.relationships[model]:
            self.labels_in(self.book.relationships[model][name].target, value)
        elif name in self.book.proxies(model):
            target, column = self.book.behind(model, name)
            if column is None:
                self.labels_in(target, value)

    def operation(self, method, params, label=None):
        model = params["model"]
        if method == "create":
            values = params["values"]
            for v in values if isinstance(values, list) else [values]:
                self.new(model, v, label)
            return
        if method == "merge":
            self.merge(model, params["values"])
            return
        key = params["id"]
        o = self.object(model, key) if isinstance(key, dict) and (
            "$ref" in key or "$get" in key) else self.find(model, key)
        version = self.book.table(model).version
        if "version" in params and version and sa.inspect(
                o).has_identity and params["version"] != sa.inspect(
                o).committed_state.get(version, getattr(o, version)):
            raise Refused("version_conflict")
        if method == "remove" and any(
                isinstance(item, dict) and not set(item) &
                {"$get", "$ref", "$merge"} for item in params["items"]):
            raise Refused("not_found", "what is new is no member")
        if o in self.deleted:		# U5, X6
            return
        if method == "delete":
            if o in self.news and o not in self.made.values():
                # SQLAlchemy keeps what refers to it, and takes it back.
                raise LeftOut("delete of a new row by its key")
            self.delete(model, o)
        elif method == "update":
            self.assign(model, o, params["values"])
        else:
            self.collection(method, model, o, params["attribute"],
                            params["items"])

    def delete(self, model, o):
        """O1, O2 and M2 also hold for what the unit itself has given.

        SQLAlchemy would let it refer to the deleted row, and be refused.
        """
        if o in self.deleted:
            return
        self.deleted.add(o)
        if sa.inspect(o).persistent:
            self.forget_left(model, o)
            self.session.delete(o)
        for r in self.book.relationships[model].values():
            if r.name not in o.__dict__ or r.passive:
                continue
            there = getattr(o, r.name)
            others = list(there) if r.uselist else [there]
            if r.deletes:
                for other in others:
                    if other is not None:
                        self.delete(r.target, other)
            if r.direction == "MANYTOMANY" or \
                    r.direction == "ONETOMANY" and not r.deletes:
                given = attributes.get_history(o, r.name).added or ()
                for other in others:
                    if other is None or other not in given:
                        continue
                    if r.uselist:
                        there.remove(other)
                    else:
                        setattr(o, r.name, None)

    def forget_left(self, model, o):
        """O9, X6: a parent that it has left before does not go along.

        SQLAlchemy's flush deletes it, whoever has it by now.
        """
        for r in self.book.relationships[model].values():
            if r.direction == "MANYTOONE" and r.deletes:
                attributes.set_committed_value(o, r.name, getattr(o, r.name))

    def let_go(self, o):
        """Has a delete-orphan parent let it go, and no other of its kind
        taken it?"""
        return any(not attributes.has_parent(cls, o, r.name, optimistic=True)
                   and not self.taken(cls, r, o)
                   for cls, r in self.orphaning[type(o).__name__])

    def taken(self, cls, r, o):
        """X4: has a new one taken it?  SQLAlchemy does not tell those apart."""
        for parent in self.news:
            if type(parent) is not cls or parent in self.deleted:
                continue
            there = getattr(parent, r.name)
            if o is there or r.uselist and o in there:
                self.still_has(parent, r, o)
                return True
        return False

    def settle(self):
        """Who is in the Session, and how.

        SQLAlchemy expunges a new object as soon as a parent lets it go; here
        the orphans are found at the end (X1, X5).
        """
        stored = [o for some in self.stored.values() for o in some]
        self.news += [o for o in self.session.new if o not in self.news]
        for o in self.news + stored:
            if o not in self.session and (
                    o not in self.deleted or o in stored):
                self.session.add(o)
        for o in stored:
            if o in self.deleted and o not in self.session.deleted:
                self.session.delete(o)
        # expunge() would take along whatever hangs on it.
        self.session._expunge_states([
            sa.inspect(o) for o in self.news
            if o in self.deleted and o in self.session])

    def keys(self):
        """After the flush: what SQLAlchemy makes of keys that come twice."""
        seen = set()
        for o in self.news:
            if o in self.deleted:
                continue
            mark = (type(o), sa.inspect(o).identity)
            # Of two that take over one row (U6) the first has left the Session.
            if mark in seen or o not in self.session:
                raise Refused("unique", "two new ones of one key")
            seen.add(mark)
            if self.book.table(type(o).__name__).version and any(
                    type(d) is type(o) and self.was[d] == mark[1]
                    for d in self.deleted if d in self.was):
                raise LeftOut("a version taken over with its row (U6)")
        return any(sa.inspect(o).identity != identity
                   for o, identity in self.was.items()
                   if o not in self.deleted)

    def single_parents(self):
        """Once two have it, SQLAlchemy goes by what it happens to track."""
        for model in self.classes:
            for r in self.book.relationships[model].values():
                if not r.single_parent or r.direction == "ONETOMANY":
                    continue
                seen = []
                for o in self.stored[model] + self.news:
                    if type(o).__name__ != model or o in self.deleted:
                        continue
                    there = getattr(o, r.name)
                    for target in there if r.uselist else [there]:
                        if target is not None and target in seen:
                            raise LeftOut("single_parent, and two of it")
                        seen.append(target)

    def referred(self):
        """SQLAlchemy takes back what was new and deleted, for who refers to it."""
        gone = [o for o in self.news if o in self.deleted]
        for o in self.news + [o for some in self.stored.values()
                              for o in some]:
            for r in self.book.relationships[type(o).__name__].values():
                if r.direction == "MANYTOONE" and r.back is None and \
                        o not in self.deleted and getattr(o, r.name) in gone:
                    raise LeftOut("a new row that is referred to is deleted")

    def orphans(self):
        """X1, X5; the deleted leave the collections they were moved to."""
        self.settle()
        found = True
        while found:
            found = False
            for o in self.news + [o for some in self.stored.values()
                                  for o in some]:
                if o not in self.deleted and self.let_go(o):
                    self.delete(type(o).__name__, o)
                    found = True
        for o in self.deleted:
            for r in self.book.relationships[type(o).__name__].values():
                if r.direction != "MANYTOONE" or r.back is None:
                    continue
                parent = getattr(o, r.name)
                if parent is not None and parent not in self.deleted and \
                        o in (attributes.get_history(
                            parent, r.back).added or ()):
                    setattr(o, r.name, None)
        self.referred()
        self.lead_nowhere()
        self.settle()

    def collection(self, method, model, o, name, items):
        if method == "set":
            self.assign(model, o, {name: items})
            return
        if name in self.book.proxies(model):
            for spec in items:
                item, through = self.item(model, name, spec)
                if method == "append":
                    self.append_proxy(model, o, name, item, through)
                else:
                    self.remove_proxy(model, o, name, item)
            return
        r = self.book.relationships[model][name]
        for spec in items:
            member = self.object(r.target, spec)
            there = getattr(o, name)
            if method == "remove":
                self.remove(there, member)
                continue
            self.demand(r, member)
            self.is_said(member, r.back)
            if member in there:			# O6
                self.save(r, o, member)
            elif isinstance(there, set):
                there.add(member)
            else:
                there.append(member)

    def remove(self, there, member):
        try:
            if member in self.deleted:
                raise ValueError
            there.remove(member)
        except (ValueError, KeyError):
            raise Refused("not_found", "no member") from None
