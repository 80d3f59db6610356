"""What access.py asks, and what has to come of it.

A model with owners one and two steps away, rows that all may see, that only
their owners may, and that nobody may; and, computed from its rules by means
that have nothing to do with ormd's, what each client may see of the rows and
what each request may do to them.  "who" is None for a client that has not
logged in, the id of a user, or "admin".
"""

ID = {"type": "integer", "primary_key": True}
TEXT = {"type": "text"}


def to(table, **more):
    return dict({"type": "integer", "references": table + ".id"}, **more)


ALL = "all, delete-orphan"
MODEL = {
    "ormd": 1,
    "auth": {"model": "User", "login": "text", "password": "_hash",
             "role": "role", "admin": "root"},
    "models": {
        "User": {
            "table": "users",
            "columns": {
                "id": ID,
                "text": {"type": "text", "nullable": False, "unique": True},
                "_hash": TEXT, "role": dict(TEXT, hidden_from=["anyone"]),
                "mail": dict(TEXT, hidden_from=["user"]),
                "since": dict(TEXT, read_only=["user"])},
            "relationships": {
                "posts": {"target": "Post", "back_populates": "user",
                          "cascade": ALL},
                "notes": {"target": "Note", "back_populates": "user",
                          "cascade": ALL},
                "profile": {"target": "Profile", "back_populates": "user",
                            "uselist": False, "cascade": ALL},
                "vaults": {"target": "Vault", "back_populates": "user",
                           "cascade": "all"}},
            "association_proxies": {
                "noted": {"through": "notes", "attribute": "post"},
                "texts": {"through": "notes", "attribute": "text"}},
            "access": {"owner": "self", "read": ["anyone"],
                       "create": ["anyone"], "update": ["owner"],
                       "delete": ["owner"]}},
        "Profile": {
            "table": "profiles",
            "columns": {"id": ID, "text": TEXT,
                        "user_id": to("users", unique=True)},
            "relationships": {
                "user": {"target": "User", "back_populates": "profile"}},
            "access": {"owner": "user", "read": ["user"],
                       "create": ["owner"], "update": ["owner"],
                       "delete": ["owner"]}},
        "Post": {
            "table": "posts",
            "columns": {"id": ID, "text": TEXT, "user_id": to("users")},
            "relationships": {
                "user": {"target": "User", "back_populates": "posts"},
                "notes": {"target": "Note", "back_populates": "post",
                          "cascade": ALL},
                "stars": {"target": "Star", "back_populates": "post",
                          "cascade": ALL, "crosses_owners": True},
                "looks": {"target": "Look", "back_populates": "post",
                          "crosses_owners": True},
                "tags": {"target": "Tag", "back_populates": "posts",
                         "secondary": {"table": "post_tags",
                                       "local": ["post_id"],
                                       "remote": ["tag_id"]},
                         "crosses_owners": True},
                "likes": {"target": "Post", "back_populates": "liked",
                          "secondary": {"table": "likes", "local": ["one"],
                                        "remote": ["other"]}},
                "liked": {"target": "Post", "back_populates": "likes",
                          "secondary": {"table": "likes", "local": ["other"],
                                        "remote": ["one"]}}},
            "access": {"owner": "user", "read": ["user"], "create": ["user"],
                       "update": ["owner"], "delete": ["owner", "admin"]}},
        "Note": {
            "table": "notes",
            "columns": {"id": ID, "text": TEXT, "user_id": to("users"),
                        "post_id": to("posts", on_delete="cascade")},
            "relationships": {
                "user": {"target": "User", "back_populates": "notes"},
                "post": {"target": "Post", "back_populates": "notes"},
                "marks": {"target": "Mark", "back_populates": "note",
                          "cascade": ALL}},
            "access": {"owner": "user", "read": ["owner"],
                       "create": ["user"], "update": ["owner"],
                       "delete": ["owner"]}},
        "Mark": {
            "table": "marks",
            "columns": {"id": ID, "text": TEXT, "note_id": to("notes")},
            "relationships": {
                "note": {"target": "Note", "back_populates": "marks"}},
            "access": {"owner": "note.user", "read": ["owner"],
                       "create": ["owner"], "update": ["owner"],
                       "delete": ["owner"]}},
        "Star": {
            "table": "stars",
            "columns": {"id": ID, "text": TEXT, "user_id": to("users"),
                        "post_id": to("posts")},
            "relationships": {
                "user": {"target": "User"},
                "post": {"target": "Post", "back_populates": "stars"}},
            "access": {"owner": "user", "read": ["owner"],
                       "create": ["user"], "update": ["user"],
                       "delete": ["owner"]}},
        "Look": {
            "table": "looks",
            "columns": {"id": ID, "text": TEXT, "post_id": to("posts")},
            "relationships": {
                "post": {"target": "Post", "back_populates": "looks"}},
            "access": {"owner": "post.user", "read": ["user"],
                       "create": ["anyone"]}},
        "Tag": {
            "table": "tags",
            "columns": {"id": ID, "text": TEXT},
            "relationships": {
                "posts": {"target": "Post", "back_populates": "tags",
                          "secondary": {"table": "post_tags",
                                        "local": ["tag_id"],
                                        "remote": ["post_id"]}}},
            "access": {"read": ["anyone"], "update": ["user"]}},
        "Vault": {
            "table": "vaults",
            "columns": {"id": ID, "text": TEXT, "user_id": to("users")},
            "relationships": {
                "user": {"target": "User", "back_populates": "vaults"},
                "coins": {"target": "Coin", "back_populates": "vault"}}},
        "Coin": {
            "table": "coins",
            "columns": {"id": ID, "text": TEXT,
                        "vault_id": to("vaults"),
                        "tag_id": to("tags", on_delete="cascade"),
                        "post_id": to("posts", on_delete="set null")},
            "relationships": {
                "vault": {"target": "Vault", "back_populates": "coins"}}}},
    "tables": {
        "post_tags": {"columns": {"post_id": to("posts"),
                                  "tag_id": to("tags")},
                      "primary_key": ["post_id", "tag_id"]},
        "likes": {"columns": {"one": to("posts"), "other": to("posts")},
                  "primary_key": ["one", "other"]}}}
for _model in MODEL["models"].values():		# only what is asked for
    _model["serialize_only"] = ["id"]
MODELS = MODEL["models"]
TABLES = dict((m["table"], name) for name, m in MODELS.items())

DATA = {
    "users": [(1, "ann", None), (2, "bob", None), (3, "root", "root"),
              (4, "cid", None)],
    "profiles": [(1, 1), (2, 2)],
    "posts": [(1, 1), (2, 2), (3, 1), (4, 4)],
    # user, post
    "notes": [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 1, 3), (5, 1, None)],
    "marks": [(1, 1), (2, 2), (3, 4), (4, None)],
    "stars": [(1, 2, 1), (2, 1, 3), (3, 2, 3)],
    "looks": [(1, 1), (2, 2)],
    "tags": [(1,), (2,), (3,)],
    "vaults": [(1, 2)],
    # vault, tag, post
    "coins": [(1, 1, None, None), (2, None, 3, None), (3, None, None, 4)],
    "post_tags": [(1, 1), (1, 2), (2, 1)],
    "likes": [(1, 3), (1, 2), (2, 1)]}
ABSENT = 999

# ---- what has to happen ----------------------------------------------------


def columns(table):
    if table in TABLES:
        names = list(MODELS[TABLES[table]]["columns"])
        return [c for c in names
                if c not in ("text", "_hash", "mail", "since")]
    return list(MODEL["tables"][table]["columns"])


def canary(table, row_id):
    return "%s-canary-%d" % (table, row_id)


def fresh():
    """{table: [row]} of what is stored."""
    rows = {}
    for table, lines in DATA.items():
        rows[table] = []
        for line in lines:
            if table == "users":
                row = {"id": line[0], "text": line[1], "role": line[2],
                       "mail": canary("mail", line[0]), "since": "2024"}
            else:
                row = dict(zip(columns(table), line))
                if table in TABLES:
                    row["text"] = canary(table, row["id"])
            rows[table].append(row)
    return rows


def table_of(model):
    return MODELS[model]["table"]


def find(rows, model, row_id):
    for row in rows[table_of(model)]:
        if row["id"] == row_id:
            return row
    return None


def foreign_key(model, name):
    """The column of a many-to-one relationship, or None."""
    target = MODELS[model]["relationships"][name]["target"]
    for column, said in MODELS[model]["columns"].items():
        if said.get("references") == table_of(target) + ".id" and (
                name + "_id" == column):
            return column
    return None


def related(rows, model, row, name):
    """The rows at the other end of a relationship, in their order."""
    said = MODELS[model]["relationships"][name]
    target = said["target"]
    if "secondary" in said:
        link = said["secondary"]
        ids = [r[link["remote"][0]] for r in rows[link["table"]]
               if r[link["local"][0]] == row["id"]]
    elif foreign_key(model, name):
        ids = [row[foreign_key(model, name)]]
    else:
        column = foreign_key(target, said["back_populates"])
        ids = [r["id"] for r in rows[table_of(target)]
               if r[column] == row["id"]]
    return [r for r in sorted(rows[table_of(target)], key=lambda r: r["id"])
            if r["id"] in ids]


def is_list(model, name):
    said = MODELS[model]["relationships"][name]
    return said.get("uselist", foreign_key(model, name) is None)


def owner(rows, model, row):
    path = MODELS[model].get("access", {}).get("owner")
    if path is None or path == "self":
        return row["id"] if path else None
    for name in path.split("."):
        found = related(rows, model, row, name)
        if not found:
            return None
        row, model = found[0], MODELS[model]["relationships"][name]["target"]
    return row["id"]


def may(rows, who, what, model, row):
    """who: None, a user's id, or "admin"."""
    rule = MODELS[model].get("access", {}).get(what, [])
    return who == "admin" or "anyone" in rule or (who is not None and (
        "user" in rule or ("owner" in rule and row is not None and
                           owner(rows, model, row) == who)))


def sees(rows, who, model, row):
    return row is not None and may(rows, who, "read", model, row)


def sees_all(who, model):
    rule = MODELS[model].get("access", {}).get("read", [])
    return who == "admin" or "anyone" in rule or (
        who is not None and "user" in rule)


def seen(rows, who, model):
    return [r for r in sorted(rows[table_of(model)], key=lambda r: r["id"])
            if sees(rows, who, model, r)]


# ---- paths -----------------------------------------------------------------


def paths(model, depth):
    """All ways of up to so many relationships from a model."""
    for name, said in MODELS[model].get("relationships", {}).items():
        yield (name,)
        if depth > 1:
            for rest in paths(said["target"], depth - 1):
                yield (name,) + rest


def printed(rows, who, model, row, path):
    """The object as `only' of the ids along a path prints it."""
    out = {"id": row["id"]}
    if not path:
        return out
    target = MODELS[model]["relationships"][path[0]]["target"]
    ends = [printed(rows, who, target, r, path[1:])
            for r in related(rows, model, row, path[0])
            if sees(rows, who, target, r)]
    out[path[0]] = ends if is_list(model, path[0]) else \
        ends[0] if ends else None
    return out


def only(path):
    return ["id"] + [".".join(path[:i + 1]) + ".id" for i in range(len(path))]


def leads_to(rows, who, model, row, path, row_id):
    """Does a condition along the path, on the id of its end, hold?"""
    target = MODELS[model]["relationships"][path[0]]["target"]
    return any(sees(rows, who, target, r) and
               (r["id"] == row_id if len(path) == 1 else
                leads_to(rows, who, target, r, path[1:], row_id))
               for r in related(rows, model, row, path[0]))


def condition(model, path, row_id):
    word = "any" if is_list(model, path[0]) else "has"
    target = MODELS[model]["relationships"][path[0]]["target"]
    return {path[0]: {word: {"id": row_id} if len(path) == 1 else
                      condition(target, path[1:], row_id)}}


def end_of(model, path):
    for name in path:
        model = MODELS[model]["relationships"][name]["target"]
    return model


# ---- reads -----------------------------------------------------------------


def key_reads(model):
    """(request, what(rows, who) has to come of it)"""
    for row_id in [r["id"] for r in fresh()[table_of(model)]] + [ABSENT]:
        for path in [()] + list(paths(model, 3)):
            def get(rows, who, row_id=row_id, path=path):
                row = find(rows, model, row_id)
                return printed(rows, who, model, row, path) if sees(
                    rows, who, model, row) else None
            yield ("get", {"model": model, "id": row_id,
                           "only": only(path)}), get
        if row_id != ABSENT:
            def texts(rows, who, row_id=row_id):
                row = find(rows, model, row_id)
                return {"text": row["text"]} if sees(
                    rows, who, model, row) else None
            yield ("get", {"model": model, "id": row_id,
                           "only": ["text"]}), texts


def list_reads(model):
    for path in [()] + list(paths(model, 2)):
        def page(rows, who, path=path):
            return {"items": [printed(rows, who, model, r, path)
                              for r in seen(rows, who, model)],
                    "count": len(seen(rows, who, model))}
        yield ("find", {"model": model, "only": only(path),
                        "count": True}), page
    yield ("count", {"model": model}), lambda rows, who: {
        "count": len(seen(rows, who, model))}


def where_reads(model):
    for path in paths(model, 3):
        end = end_of(model, path)
        for row in fresh()[table_of(end)][:3]:
            def holds(rows, who, path=path, row=row):
                return [r for r in seen(rows, who, model) if leads_to(
                    rows, who, model, r, path, row["id"])]

            def where(rows, who, holds=holds):
                return {"items": [{"id": r["id"]} for r in holds(rows, who)]}

            def count(rows, who, holds=holds):
                return {"count": len(holds(rows, who))}
            told = condition(model, path, row["id"])
            yield ("find", {"model": model, "where": told,
                            "only": ["id"]}), where
            yield ("count", {"model": model, "where": told}), count
    for name in MODELS[model].get("relationships", {}):
        def lonely(rows, who, name=name):
            target = end_of(model, (name,))
            return {"count": len([
                r for r in seen(rows, who, model)
                if not any(sees(rows, who, target, t) for t in related(
                    rows, model, r, name))])}
        word = "any" if is_list(model, name) else "has"
        yield ("count", {"model": model, "where": {
            "not": {name: {word: {}}}}}), lonely


def order_reads(model):
    for name in MODELS[model].get("relationships", {}):
        if is_list(model, name) or foreign_key(model, name) is None:
            continue

        def order(rows, who, name=name):
            target = end_of(model, (name,))

            def place(r):
                ends = [t["id"] for t in related(rows, model, r, name)
                        if sees(rows, who, target, t)]
                return (not ends, ends, r["id"])
            return {"items": [{"id": r["id"]} for r in sorted(
                seen(rows, who, model), key=place)]}
        yield ("find", {"model": model, "order_by": [name + ".id"],
                        "only": ["id"]}), order


def ends(rows, who, model, row, path):
    """What the path leads to, by as many ways as there are."""
    if not path:
        return [row]
    target = end_of(model, path[:1])
    return [e for r in related(rows, model, row, path[0])
            if sees(rows, who, target, r)
            for e in ends(rows, who, target, r, path[1:])]


def aggregate_reads(model):
    for path in paths(model, 3):
        def totals(rows, who, path=path):
            found = [e for r in seen(rows, who, model)
                     for e in ends(rows, who, model, r, path)]
            return {"groups": [{
                "n": len(found), "d": len({e["id"] for e in found}),
                "m": max((e["text"] for e in found), default=None)}]}
        name = ".".join(path)
        yield ("aggregate", {"model": model, "functions": {
            "n": {"count": name + ".id"}, "d": {"count_distinct": name},
            "m": {"max": name + ".text"}}}), totals
    for name in MODELS[model].get("relationships", {}):
        if is_list(model, name) or foreign_key(model, name) is None:
            continue

        def groups(rows, who, name=name):
            target = end_of(model, (name,))
            by = {}
            for r in seen(rows, who, model):
                keys = [t["id"] for t in related(rows, model, r, name)
                        if sees(rows, who, target, t)] or [None]
                by[keys[0]] = by.get(keys[0], 0) + 1
            return {"groups": [{name + ".id": k, "count": by[k]} for k in
                               sorted(by, key=lambda k: (k is None, k))]}
        yield ("aggregate", {"model": model, "group_by": [name + ".id"]}), \
            groups


def nested_reads(model):
    """The last member that one sees of each collection."""
    for row_id in [r["id"] for r in fresh()[table_of(model)]]:
        for name in MODELS[model].get("relationships", {}):
            if not is_list(model, name):
                continue

            def last(rows, who, row_id=row_id, name=name):
                row = find(rows, model, row_id)
                if not sees(rows, who, model, row):
                    return None
                return {name: [{"id": r["id"]} for r in members(
                    rows, who, model, row, name)[-1:]]}
            yield ("get", {"model": model, "id": row_id, "only": [
                name + ".id"], "load": {name: {
                    "where": {"id": {">": 0}}, "order_by": ["-id"],
                    "limit": 1}}}), last


def proxy_reads():
    def noted(rows, who, user):
        return [{"id": p["id"]} if sees(rows, who, "Post", p) else None
                for n in related(rows, "User", user, "notes")
                if sees(rows, who, "Note", n)
                for p in related(rows, "Note", n, "post") or [None]]

    def texts(rows, who, user):
        return [n["text"] for n in related(rows, "User", user, "notes")
                if sees(rows, who, "Note", n)]
    for user in fresh()["users"]:
        yield ("get", {"model": "User", "id": user["id"],
                       "only": ["noted.id", "texts"]}), \
            lambda rows, who, user=user: {
                "noted": noted(rows, who, user),
                "texts": texts(rows, who, user)}
        yield ("get", {"model": "User", "id": {"text": user["text"]},
                       "only": ["texts"]}), \
            lambda rows, who, user=user: {"texts": texts(rows, who, user)}
    for post in fresh()["posts"]:
        def by_proxy(rows, who, post=post):
            return {"items": [{"id": u["id"]} for u in seen(
                rows, who, "User") if {"id": post["id"]} in noted(
                    rows, who, u)]}
        for word, value in (("any", {"id": post["id"]}),
                            ("contains", {"$get": post["id"]})):
            yield ("find", {"model": "User", "only": ["id"], "where": {
                "noted": {word: value}}}), by_proxy
    for note in fresh()["notes"]:
        yield ("find", {"model": "User", "only": ["id"], "where": {
            "texts": {"==": note["text"]}}}), \
            lambda rows, who, note=note: {"items": [
                {"id": u["id"]} for u in seen(rows, who, "User")
                if note["text"] in texts(rows, who, u)]}


def reads():
    for model in MODELS:
        yield from key_reads(model)
        yield from list_reads(model)
        yield from where_reads(model)
        yield from order_reads(model)
        yield from aggregate_reads(model)
        yield from nested_reads(model)
    yield from proxy_reads()



# ---- writes ----------------------------------------------------------------
#
# A write is a request and what it does: the rows that it names, which have to
# be seen, and its effects, each of which has to be allowed.


def effect(op, model, row_id=None, **values):
    return (op, model, row_id, values)


def crossing(model, name):
    return MODELS[model]["relationships"][name].get("crosses_owners", False)


def delete_effects(rows, model, row_id, free=False, done=None, own=True):
    """What a delete does, by the cascades and by the database."""
    done = set() if done is None else done
    if (model, row_id) in done:
        return
    done.add((model, row_id))
    row = find(rows, model, row_id)
    for name, said in MODELS[model].get("relationships", {}).items():
        target = said["target"]
        if "secondary" in said:
            link = said["secondary"]
            for r in list(rows[link["table"]]):
                if r[link["local"][0]] == row_id:
                    yield ("unlink", link["table"], None, r)
            continue
        if foreign_key(model, name):
            continue
        for child in related(rows, model, row, name):
            cross = crossing(model, name)
            if "all" in said.get("cascade", ""):
                yield from delete_effects(rows, target, child["id"], cross,
                                          done, own)
            else:
                column = foreign_key(target, said["back_populates"])
                yield ("release", target, child["id"],
                       {"free": cross, column: None})
    for other, said in MODELS.items():
        for column, c in said["columns"].items():
            if c.get("references") != table_of(model) + ".id" or \
                    (table_of(other), column) in covered(model):
                continue
            for child in rows[table_of(other)]:
                if child[column] != row_id:
                    continue
                if c.get("on_delete") == "cascade":
                    yield from delete_effects(rows, other, child["id"],
                                              False, done, False)
                elif c.get("on_delete") == "set null":
                    yield ("release", other, child["id"],
                           {"free": False, column: None})
                else:
                    yield ("held", other, child["id"], {})
    # What the database takes on its own is not counted.
    yield ("delete", model, row_id, {"free": free, "counts": own})


def covered(model):
    """(table, column) that a one-to-many relationship looks after."""
    out = set()
    for name, said in MODELS[model].get("relationships", {}).items():
        if "secondary" not in said and foreign_key(model, name) is None:
            out.add((table_of(said["target"]), foreign_key(
                said["target"], said["back_populates"])))
    return out


def link_allowed(rows, who, table, link):
    ends = []
    for column, c in MODEL["tables"][table]["columns"].items():
        target = TABLES[c["references"].split(".")[0]]
        ends.append((column, target, find(rows, target, link[column])))
    can = [may(rows, who, "update", t, r) for _, t, r in ends]
    if all(can):
        return True
    for (column, target, _), yes in zip(ends, can):
        for name, said in MODELS[target]["relationships"].items():
            link_said = said.get("secondary", {})
            if yes and link_said.get("table") == table and \
                    link_said["local"] == [column] and crossing(target, name):
                return True
    return False


def owner_column(model):
    path = MODELS[model].get("access", {}).get("owner")
    return foreign_key(model, path) if path and "." not in path and \
        path != "self" else None


def own(who, model, values):
    """A new row's values, with its maker in the owner's place."""
    column = owner_column(model)
    if isinstance(who, int) and column and column not in values:
        return dict(values, **{column: who})
    return values


def allowed(rows, who, act):
    op, model, row_id, values = act
    if op in ("link", "unlink"):
        return link_allowed(rows, who, model, values)
    if op in ("held", "gone") or who == "admin":
        return True
    if op == "refused":
        return False
    if op == "create":
        values = own(who, model, values)
        row = dict({c: None for c in MODELS[model]["columns"]}, **values)
        row.setdefault("id", None)
        column = owner_column(model)
        return may(rows, who, "create", model, row) and (
            column is None or row[column] == who)
    row = find(rows, model, row_id)
    if row is None:
        return True			# it will not be found
    if op == "delete":
        return values["free"] or may(rows, who, "delete", model, row)
    values = dict(values)
    if values.pop("free", False):
        return True
    if all(row[k] == v for k, v in values.items()):
        return True
    if not may(rows, who, "update", model, row):
        return False
    if op == "release":			# its owner may be the one who goes
        return True
    later = dict(row, **values)
    return owner(rows, model, later) == owner(rows, model, row) and (
        owner_column(model) is None or
        later[owner_column(model)] == row[owner_column(model)])


def unlinks_with_end(acts):
    """Links go with either end: no right is asked for."""
    gone = {(m, i) for op, m, i, _ in acts if op == "delete"}
    out = []
    for act in acts:
        op, table, _, values = act
        if op == "unlink" and any(
                (TABLES[c["references"].split(".")[0]], values[column])
                in gone
                for column, c in MODEL["tables"][table]["columns"].items()):
            out.append(("gone", table, None, values))
        else:
            out.append(act)
    return out


def apply_acts(rows, who, acts):
    made = []
    for op, model, row_id, values in acts:
        if op == "link":
            if values not in rows[model]:
                rows[model].append(dict(values))
        elif op in ("unlink", "gone"):
            if values in rows[model]:
                rows[model].remove(values)
        elif op == "create":
            made.append((model, own(who, model, values)))
        elif op == "delete":
            rows[table_of(model)].remove(find(rows, model, row_id))
        elif find(rows, model, row_id) is not None:
            values = dict(values)
            values.pop("free", None)
            find(rows, model, row_id).update(values)
    return made


def members(rows, who, model, row, name):
    target = end_of(model, (name,))
    return [r for r in related(rows, model, row, name)
            if sees(rows, who, target, r)]


def release(rows, model, name, child_id, cross):
    """A member is taken out of a collection."""
    said = MODELS[model]["relationships"][name]
    target = said["target"]
    if "delete-orphan" in said.get("cascade", ""):
        return list(delete_effects(rows, target, child_id, cross))
    return [("release", target, child_id, {
        "free": cross, foreign_key(target, said["back_populates"]): None})]


def displaced(rows, who, model, name, other, row_id=None):
    """Who has the one place of a one-to-one that is taken now."""
    said = MODELS[model]["relationships"][name]
    parent = find(rows, said["target"], other)
    back = said.get("back_populates")
    if parent is None or back is None or is_list(said["target"], back):
        return []
    acts = []
    for r in members(rows, who, said["target"], parent, back):
        if r["id"] != row_id:
            acts += release(rows, said["target"], back, r["id"], False)
    return acts


def writes(rows, who):
    """(request, rows that are named, effects); those of every model."""
    for model in MODELS:
        ids = [r["id"] for r in rows[table_of(model)]]
        for row_id in ids + [ABSENT]:
            yield from row_writes(rows, who, model, row_id)
        yield from create_writes(rows, who, model)


def targets_of(rows, model):
    return [r["id"] for r in rows[table_of(model)]] + [ABSENT]


def row_writes(rows, who, model, row_id):
    me = (model, row_id)
    row = find(rows, model, row_id)
    yield ("update", {"model": model, "id": row_id, "values": {
        "text": "new text"}}), [me], [effect("update", model, row_id,
                                             text="new text")]
    yield ("merge", {"model": model, "values": {
        "id": row_id, "text": "merged"}}), [], "merge"
    acts = list(delete_effects(rows, model, row_id)) if row else []
    yield ("delete", {"model": model, "id": row_id}), [me], \
        unlinks_with_end(acts)
    for name, said in MODELS[model].get("relationships", {}).items():
        if is_list(model, name):
            if row is not None or name == "posts":
                yield from list_writes(rows, who, model, row_id, name)
        elif foreign_key(model, name) and row is not None:
            column = foreign_key(model, name)
            for other in targets_of(rows, said["target"]):
                yield ("update", {"model": model, "id": row_id, "values": {
                    name: {"$get": other}}}), \
                    [me, (said["target"], other)], \
                    displaced(rows, who, model, name, other, row_id) + [
                        effect("update", model, row_id, **{column: other})]
                yield ("update", {"model": model, "id": row_id, "values": {
                    column: other}}), \
                    [me, (said["target"], other, "column")], \
                    [effect("update", model, row_id, **{column: other})]


def list_writes(rows, who, model, row_id, name):
    said = MODELS[model]["relationships"][name]
    target = said["target"]
    me = (model, row_id)
    row = find(rows, model, row_id)
    base = {"model": model, "id": row_id, "attribute": name}
    cross = crossing(model, name)
    if "secondary" in said:
        link = said["secondary"]
        for other in targets_of(rows, target):
            it = {link["local"][0]: row_id, link["remote"][0]: other}
            there = it in rows[link["table"]]
            yield ("append", dict(base, items=[{"$get": other}])), \
                [me, (target, other)], \
                [] if there else [("link", link["table"], None, it)]
            yield ("remove", dict(base, items=[{"$get": other}])), \
                [me, (target, other)] + ([] if there else ["not a member"]), \
                [("unlink", link["table"], None, it)]
        yield ("set", dict(base, items=[])), [me], [
            ("unlink", link["table"], None,
             {link["local"][0]: row_id, link["remote"][0]: r["id"]})
            for r in (members(rows, who, model, row, name) if row else [])]
        return
    column = foreign_key(target, said["back_populates"])
    for other in targets_of(rows, target):
        child = find(rows, target, other)
        yield ("append", dict(base, items=[{"$get": other}])), \
            [me, (target, other)], \
            [effect("update", target, other, **{column: row_id})]
        is_member = child is not None and child[column] == row_id
        yield ("remove", dict(base, items=[{"$get": other}])), \
            [me, (target, other)] + ([] if is_member else ["not a member"]), \
            unlinks_with_end(release(rows, model, name, other, cross)) \
            if child else []
    yield ("append", dict(base, items=[{"text": "new text"}])), [me], \
        [effect("create", target, text="new text", **{column: row_id})]
    acts = []
    for r in members(rows, who, model, row, name) if row else []:
        acts += release(rows, model, name, r["id"], cross)
    yield ("set", dict(base, items=[])), [me], unlinks_with_end(acts)
    yield ("update", {"model": model, "id": row_id,
                      "values": {name: [{"text": "new text"}]}}), [me], \
        unlinks_with_end(acts) + [
            effect("create", target, text="new text", **{column: row_id})]


def create_writes(rows, who, model):
    if model == "User":
        yield ("create", {"model": model, "values": {"text": "dan"}}), [], \
            [effect("create", model, text="dan")]
        return
    yield ("create", {"model": model, "values": {"text": "new text"}}), [], \
        [effect("create", model, text="new text")]
    for name, said in MODELS[model].get("relationships", {}).items():
        column = foreign_key(model, name)
        if not column:
            continue
        for other in targets_of(rows, said["target"]) + [None]:
            acts = [effect("create", model, text="new text",
                           **{column: other})]
            yield ("create", {"model": model, "values": {
                "text": "new text",
                name: {"$get": other} if other is not None else None}}), \
                [(said["target"], other)] if other else [], \
                displaced(rows, who, model, name, other) + acts
            yield ("create", {"model": model, "values": {
                "text": "new text", column: other}}), \
                [(said["target"], other, "column")] if other else [], acts
    for name, said in MODELS[model].get("relationships", {}).items():
        if is_list(model, name) and "secondary" not in said:
            yield ("create", {"model": model, "values": {
                "text": "new text", name: [{"text": "nested text"}]}}), [], [
                effect("create", model, text="new text"),
                ("nested", said["target"], None, {"text": "nested text"})]


NOT_FOUND = {"not_found"}
REFUSED = {"forbidden", "unauthenticated"}


def verdict(rows, who, named, acts, request):
    """The kinds of error that may come, or None."""
    rule = MODELS[request[1]["model"]].get("access", {}).get("create", [])
    if request[0] == "create" and who != "admin" and not (
            "anyone" in rule or isinstance(who, int) and
            ("user" in rule or "owner" in rule)):
        return REFUSED			# before anything is looked at
    late = None			# what only the database would find
    for i, name in enumerate(named):
        if name == "not a member":
            return NOT_FOUND
        if sees(rows, who, name[0], find(rows, name[0], name[1])):
            continue
        kinds = {"foreign_key"} if len(name) > 2 else NOT_FOUND
        if not sees_all(who, name[0]) or (i == 0 and "id" in request[1]):
            return kinds
        late = kinds
    if not all(allowed(rows, who, act) for act in acts):
        return REFUSED
    gone = {(m, i) for op, m, i, _ in acts if op == "delete"}
    if any(a[0] == "held" and (a[1], a[2]) not in gone for a in acts):
        return {"foreign_key", "not_null"}
    return late or clash(who, acts)


def clash(who, acts):
    """Two rows with a value that is unique."""
    rows = fresh()
    made = apply_acts(rows, who, [a for a in acts if a[0] != "nested"])
    for model, said in MODELS.items():
        for column, c in said["columns"].items():
            if not (c.get("unique") or c.get("primary_key")):
                continue
            values = [r[column] for r in rows[table_of(model)]] + [
                v.get(column) for m, v in made if m == model]
            values = [v for v in values if v is not None]
            if len(values) != len(set(values)):
                return {"unique"}
    return None


def nested_allowed(who, acts):
    """Rows nested in a new one: of it, and so of whoever makes that."""
    out = []
    for act in acts:
        rule = MODELS[act[1]].get("access", {}).get("create", []) \
            if act[0] == "nested" else []
        if act[0] == "nested" and not (
                who == "admin" or "anyone" in rule or
                isinstance(who, int) and ("user" in rule or (
                    "owner" in rule and owner_column(acts[0][1])))):
            out.append(("refused",) + act[1:])
        elif act[0] != "nested":
            out.append(act)
    return out


def merge_verdict(rows, who, request):
    model, row_id = request[1]["model"], request[1]["values"]["id"]
    row = find(rows, model, row_id)
    if sees(rows, who, model, row):
        act = effect("update", model, row_id, text="merged")
        return (None if allowed(rows, who, act) else REFUSED), [act]
    act = effect("create", model, id=row_id, text="merged")
    if not allowed(rows, who, act):
        return REFUSED, []
    return clash(who, [act]), [act]
