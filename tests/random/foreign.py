"""Foreign keys that a request writes as columns, in the Session of a unit.

U8  Nobody lets go: no orphan, and no place in a one-to-one is made empty.
    Nor is an orphan saved.
O1, O2  ormd reads off foreign keys who belongs to whom, so who is written to
    refer to a parent goes with it, or leaves its collection, as any other.
    SQLAlchemy knows only what relationships say: so they are told, by hand.
    One of which only a part is written, or null to a part, cannot be told:
    SQLAlchemy then writes all of its columns.
    Who is written to refer to nobody has left its parent too.  That is told as
    null, which SQLAlchemy would store; and told of a parent, it would follow
    when that changes its key.  A column keeps its value, and has to lead to
    somebody at the end: that refusal is said by hand.
"""

import sqlalchemy as sa
from sqlalchemy.orm import attributes

from refusal import LeftOut, Refused


class Foreign:
    """The part of a Unit that writes foreign keys."""

    def refer(self, model, o, columns):
        """These columns of an object have been written."""
        for r in self.book.relationships[model].values():
            if r.direction != "MANYTOONE" or not any(
                    a in columns for a, _ in r.pairs):
                continue
            self.written.pop((o, r.name), None)
            key = {b: getattr(o, a) for a, b in r.pairs}
            if not {a for a, _ in r.pairs} <= columns or \
                    None in key.values() and set(key.values()) != {None}:
                raise LeftOut("a part of a foreign key, by a column (U8)")
            if None in key.values():
                self.set_plainly(model, o, r, None)
                continue
            parent = self.has(r.target, key)
            if parent is None and any(
                    all(getattr(p, b) == v for b, v in key.items())
                    for p in self.deleted if type(p).__name__ == r.target):
                raise LeftOut("reference to what the unit has deleted")
            self.set_plainly(model, o, r, parent)
            self.written[o, r.name] = key, parent

    def is_said(self, o, name):
        """A relationship says now whom it leads to."""
        self.written.pop((o, name), None)

    def said_otherwise(self):
        """Some relationship of the operation has."""
        for (o, name), (_, parent) in list(self.written.items()):
            if getattr(o, name) is not parent:
                self.is_said(o, name)

    def lead_nowhere(self):
        """References by columns, when all is done."""
        for (o, name), (key, parent) in self.written.items():
            if o in self.deleted or parent in self.deleted or \
                    getattr(o, name) is not parent:
                continue
            target = self.book.relationships[type(o).__name__][name].target
            now = self.has(target, key)
            if now is None:
                raise Refused("foreign_key", "%s %s" % (target, key))
            if now is not parent:
                raise LeftOut("a reference that is ahead of its parent")

    def set_plainly(self, model, o, r, parent):
        had = getattr(o, r.name)
        if had is parent:
            return
        if o in self.news and r.deletes_orphans:
            raise LeftOut("a new row's only parent, by a column (U8)")
        back = self.book.relationships[r.target].get(r.back)
        if parent is not None and back is not None and not back.uselist and \
                getattr(parent, back.name) is not None:
            raise LeftOut("a taken place in a one-to-one, by a column (U8)")
        stays = back is None or not self.is_let_go(back, parent or had, o)
        orphan = parent is not None and r.deletes_orphans and \
            self.is_let_go(r, o, parent)
        if parent is not None and r.single_parent:
            self.forget_parent(o, r, parent)
        setattr(o, r.name, parent)
        self.unwrite(model, o, r)
        if orphan:
            self.still_has(o, r, parent, False)
        if had is not None and r.deletes_orphans:
            self.still_has(o, r, had)
        if back is not None and back.deletes_orphans and (
                parent is None or not stays):
            self.still_has(parent or had, back, o, stays)

    def unwrite(self, model, o, r):
        """The relationship says it now; where that is taken back later, the
        column would stay."""
        state = sa.inspect(o)
        for column, _ in r.pairs:
            if state.persistent and \
                    column not in self.book.table(model).key:
                setattr(o, column, state.committed_state.get(
                    column, getattr(o, column)))

    def is_let_go(self, r, parent, child):
        return not attributes.has_parent(type(parent), child, r.name,
                                         optimistic=True)

    def forget_parent(self, o, r, target):
        """Or SQLAlchemy refuses what is only told by hand: single_parent."""
        impl = getattr(type(o), r.name).impl
        sa.inspect(target).parents.pop(id(impl.parent_token), None)

    def still_has(self, parent, r, child, has=True):
        """For delete-orphan; or again."""
        getattr(type(parent), r.name).impl.sethasparent(
            sa.inspect(child), sa.inspect(parent), has)
