"""Units of work as SQLAlchemy does them: what ormd is compared with.

Runs a request in a Session of its own (unit.py), and says in ormd's words why
SQLAlchemy refuses.  Where a rule marked [D] says that ormd gets further, it is
tried again with what SQLAlchemy needs to get there:

U3  a unit that fails by a unique constraint only because of the order of its
    statements: again with all constraints deferred to the end.
U4  rows in a circle: again with post_update on every relationship.
"""

import warnings

import psycopg2
import sqlalchemy as sa
from sqlalchemy import exc, orm
from sqlalchemy.orm import exc as orm_exc
from sqlalchemy.pool import StaticPool

from mapping import make_classes
from refusal import Refused
from unit import Unit

warnings.simplefilter("ignore", exc.SAWarning)

SQLSTATES = {"23505": "unique", "23503": "foreign_key", "23502": "not_null",
             "23514": "check", "23P01": "exclusion"}


def kind_of(error):
    """ormd's word for what SQLAlchemy raised; None: not a refusal."""
    if isinstance(error, Refused):
        return error.kind
    if isinstance(error, exc.IntegrityError):
        return SQLSTATES.get(error.orig.pgcode)
    if isinstance(error, exc.CircularDependencyError):
        return "cycle"
    if isinstance(error, orm_exc.StaleDataError):
        return "version_conflict"
    text = str(error)
    if isinstance(error, AssertionError) and "blank-out primary key" in text:
        return "orphan"
    if isinstance(error, orm_exc.FlushError) and "conflicts with" in text:
        return "unique"
    if isinstance(error, orm_exc.FlushError) and "NULL identity" in text:
        return "not_null"
    if isinstance(error, exc.InvalidRequestError) and "single parent" in text:
        return "invalid_value"
    return None


class Outcome:
    def __init__(self, kind=None, why="", why_key=False, moved=False):
        self.kind = kind		# None: committed
        self.why = why
        self.moved = moved		# a stored row has another key
        self.open = False		# ormd may refuse it
        self.why_key = why_key		# a primary key twice
        self.rules = []			# [D] rules without which it fails


class Reference:
    """SQLAlchemy on a database of its own."""

    def __init__(self, book, dsn):
        self.book = book
        self.plain = make_classes(book, circles=False)
        self.circles = make_classes(book, circles=True)
        self.engine = sa.create_engine(
            "postgresql+psycopg2://", poolclass=StaticPool,
            creator=lambda: psycopg2.connect(dsn))
        self.connection = self.engine.connect()

    def close(self):
        self.connection.close()
        self.engine.dispose()

    def run(self, method, params):
        rules = []
        classes, deferred = self.plain, False
        while True:
            outcome = self.once(classes, deferred, method, params)
            outcome.rules = rules
            if outcome.kind == "cycle" and classes is self.plain:
                rules.append("U4")
                classes = self.circles
            elif outcome.kind in ("unique", "exclusion") and not deferred:
                rules.append("U3")
                deferred = True
            elif outcome.kind == "foreign_key" and not deferred:
                rules.append("U2")
                deferred = True
            else:
                # Only unique values have a rule that the order does not
                # matter for; a foreign key may fail by ormd's order, too.
                outcome.open = "U2" in rules and outcome.kind is None
                return outcome

    def once(self, classes, deferred, method, params):
        session = orm.Session(bind=self.connection, autoflush=False,
                              future=True)
        moved = False
        try:
            if deferred:
                session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
            unit = Unit(self.book, classes, session)
            unit.run(method, params)
            unit.orphans()
            session.flush()
            moved = unit.keys()
            session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            session.commit()
            return Outcome(moved=moved)
        except Exception as error:
            kind = kind_of(error)
            try:
                session.rollback()
            except exc.InvalidRequestError:	# the Session is thrown away
                self.connection.invalidate()
                self.connection = self.engine.connect()
            if kind is None:
                raise
            return Outcome(kind, "%s: %s" % (
                type(error).__name__, str(error).split("\n")[0]),
                "_pkey" in str(error), moved)
        finally:
            session.close()
