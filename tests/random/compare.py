"""Are two sets of rows the same up to the ids that sequences gave?

Both sides got their generated ids from sequences of their own.  The ids are
told apart by what their rows hold and by who refers to them, refined until
nothing changes; where that leaves ties, permutations are tried, up to a limit.
"""

import itertools
import json

from book import FIRST_GENERATED

ROUNDS = 8
PERMUTATIONS = 5000


def is_new(book, table, column, value):
    """The table whose sequence gave this value, or None."""
    if not isinstance(value, int) or value < FIRST_GENERATED:
        return None
    return book.generated_in(table, column)


def colours(book, rows):
    """(table, id) -> a text that is the same on both sides."""
    new = {}
    for table in book.tables.values():
        for row in rows[table.name]:
            if table.serial and row[table.serial] >= FIRST_GENERATED:
                new[table.name, row[table.serial]] = ""

    def painted(table, row, but=None):
        cells = []
        for column, value in sorted(row.items()):
            to = is_new(book, table, column, value)
            if to is not None:
                value = ["self"] if column == but else \
                    ["new", new.get((to, value), "nobody")]
            cells.append([column, value])
        return cells

    for _ in range(ROUNDS):
        told = {who: [] for who in new}
        for table in book.tables.values():
            for row in rows[table.name]:
                for column, value in row.items():
                    to = is_new(book, table.name, column, value)
                    if to is not None and (to, value) in told:
                        told[to, value].append(json.dumps(
                            [table.name, column,
                             painted(table.name, row, column)]))
        marks = {who: json.dumps(sorted(said)) for who, said in told.items()}
        # Short names, equal on both sides as they stand for equal texts.
        names = {text: "%016x" % (hash(text) & (1 << 64) - 1)
                 for text in set(marks.values())}
        new = {who: names[text] for who, text in marks.items()}
    return new


def renamed(book, rows, names):
    """{table: sorted rows}, each new id by its name."""
    out = {}
    for table, list_ in rows.items():
        out[table] = sorted(json.dumps(
            {c: names.get((is_new(book, table, c, v), v), v)
             for c, v in row.items()}, sort_keys=True) for row in list_)
    return out


def groups_of(painted):
    groups = {}
    for (table, id_), colour in sorted(painted.items()):
        groups.setdefault((table, colour), []).append((table, id_))
    return groups


def differences(book, want, got):
    """Where the rows differ, as text; None if they are the same."""
    mine, theirs = groups_of(colours(book, want)), groups_of(
        colours(book, got))
    order = sorted(set(mine) | set(theirs))

    def names(groups):
        return {who: "%s#%d.%d" % (key[0], n, i)
                for n, key in enumerate(order)
                for i, who in enumerate(groups.get(key, ()))}
    told = renamed(book, want, names(mine))
    first = None
    choices = [[list(p) for p in itertools.islice(
        itertools.permutations(theirs[key]), 120)] if key in theirs else [[]]
        for key in order]
    for choice in itertools.islice(itertools.product(*choices), PERMUTATIONS):
        seen = renamed(book, got, names(dict(zip(order, choice))))
        if seen == told:
            return None
        first = first or seen
    lines = []
    for table in told:
        for row in told[table]:
            if told[table].count(row) != first[table].count(row):
                lines.append("%s: SQLAlchemy %s" % (table, row))
        for row in first[table]:
            if told[table].count(row) != first[table].count(row):
                lines.append("%s: ormd       %s" % (table, row))
    return "\n".join(lines)
