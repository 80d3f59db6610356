"""Makes a failing unit smaller, as long as it fails.

Tried in turn, until nothing helps: fewer operations, one operation alone
instead of a transaction, fewer attributes and items, smaller objects, fewer
rows before.
"""

import copy

TRIES_MOST = 600


def places(value, path=()):
    """Paths of all members that may be left out, deepest last."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield path + (key,)
            yield from places(member, path + (key,))
    elif isinstance(value, list):
        for n, member in enumerate(value):
            yield path + (n,)
            yield from places(member, path + (n,))


def without(value, path):
    value = copy.deepcopy(value)
    at = value
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return value


def requests(method, params):
    """Requests that are a little smaller."""
    if method == "transaction":
        if len(params["ops"]) == 1:
            op = params["ops"][0]
            yield op["method"], op["params"]
        for n in range(len(params["ops"])):
            if len(params["ops"]) > 1:
                yield method, {"ops": params["ops"][:n] +
                               params["ops"][n + 1:]}
        for n, op in enumerate(params["ops"]):
            if "as" in op:
                yield method, {"ops": [
                    {k: v for k, v in o.items() if o is not op or k != "as"}
                    for o in params["ops"]]}
            for _, smaller in requests(op["method"], op["params"]):
                yield method, {"ops": params["ops"][:n] + [
                    dict(op, params=smaller)] + params["ops"][n + 1:]}
        return
    for part in ("values", "items"):
        if part not in params:
            continue
        for path in places(params[part]):
            if path[-1] in ("$get", "$ref", "$merge"):
                continue
            if len(path) > 1 and path[-2] == "$get":
                continue
            yield method, dict(params, **{part: without(params[part], path)})
    if "version" in params:
        yield method, {k: v for k, v in params.items() if k != "version"}


def states(rows):
    for table, list_ in rows.items():
        for n in range(len(list_)):
            yield dict(rows, **{table: list_[:n] + list_[n + 1:]})
    for table, list_ in rows.items():
        for n, row in enumerate(list_):
            for column, value in row.items():
                if value is not None:
                    yield dict(rows, **{table: list_[:n] + [
                        dict(row, **{column: None})] + list_[n + 1:]})


def shrink(rows, method, params, fails):
    """fails(rows, method, params) -> does it still?"""
    tries = TRIES_MOST
    progress = True
    while progress and tries > 0:
        progress = False
        for smaller in requests(method, params):
            tries -= 1
            if tries <= 0:
                break
            if fails(rows, *smaller):
                method, params = smaller
                progress = True
                break
        if progress:
            continue
        for fewer in states(rows):
            tries -= 1
            if tries <= 0:
                break
            if fails(fewer, method, params):
                rows = fewer
                progress = True
                break
    return rows, method, params
