"""SQLAlchemy's classes, made of a model file of ormd."""

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.orm.util import CascadeOptions

TYPES = {"integer": sa.Integer, "text": sa.Text}


class Thing:
    """What all mapped classes are."""


class Relationship:
    """How a relationship of a model leads, as SQLAlchemy understood it."""

    def __init__(self, prop):
        self.name = prop.key
        self.target = prop.mapper.class_.__name__
        self.uselist = prop.uselist
        self.direction = prop.direction.name
        self.single_parent = bool(prop.single_parent)
        self.deletes = prop.cascade.delete
        self.deletes_orphans = prop.cascade.delete_orphan
        self.back = prop.back_populates
        self.passive = bool(prop.passive_deletes)
        self.secondary = None if prop.secondary is None else \
            prop.secondary.name
        self.pairs = [(a.name, b.name) for a, b in prop.local_remote_pairs]


def make_table(metadata, table):
    columns = []
    for name, about in table.columns.items():
        words = {"primary_key": name in table.key,
                 "nullable": table.nullable(name), "autoincrement": False}
        parts = []
        if name == table.serial:
            parts.append(sa.Identity())
            words["autoincrement"] = True
        elif "default" in about:
            words["server_default"] = sa.text(about["default"])
        columns.append(sa.Column(name, TYPES[about["type"]], *parts, **words))
    for here, to, there in table.foreign_keys:
        columns.append(sa.ForeignKeyConstraint(
            here, ["%s.%s" % (to, c) for c in there]))
    return sa.Table(table.name, metadata, *columns)


def joined(metadata, book, table, secondary, columns):
    """The condition between a table and its columns in a secondary table."""
    links = metadata.tables[secondary]
    terms = []
    for here, to, there in book.tables[secondary].foreign_keys:
        if set(here) <= set(columns):
            terms += [links.c[a] == metadata.tables[to].c[b]
                      for a, b in zip(here, there)]
    return sa.and_(*terms)


def make_relationship(metadata, book, classes, model, entry, circles):
    words = {k: entry[k] for k in (
        "back_populates", "cascade", "uselist", "passive_updates",
        "passive_deletes", "single_parent", "viewonly", "post_update")
        if k in entry}
    # "expunge" means nothing to ormd (K), and here it would detach what is
    # stored below a new object that SQLAlchemy gives up.
    words["cascade"] = ", ".join(sorted(
        set(CascadeOptions(words.get("cascade", "save-update, merge"))) -
        {"expunge"}))
    if entry.get("collection") == "set":
        words["collection_class"] = set
    target = classes[entry["target"]]
    table = metadata.tables[book.models[model]["table"]]
    to = metadata.tables[book.models[entry["target"]]["table"]]
    if "secondary" in entry:
        by = entry["secondary"]
        words["secondary"] = metadata.tables[by["table"]]
        words["primaryjoin"] = joined(metadata, book, table, by["table"],
                                      by["local"])
        words["secondaryjoin"] = joined(metadata, book, to, by["table"],
                                        by["remote"])
    elif circles:
        words["post_update"] = True
    if "foreign_keys" in entry:
        words["foreign_keys"] = [
            metadata.tables[k.split(".")[0]].c[k.split(".")[1]]
            for k in entry["foreign_keys"]]
    if "remote_side" in entry:
        words["remote_side"] = [to.c[c] for c in entry["remote_side"]]
    # S4: lists are in primary-key order.
    words["order_by"] = [to.c[c.lstrip("-")].desc() if c[0] == "-" else
                         to.c[c] for c in entry.get("order_by", ())] + \
        list(to.primary_key.columns)
    return orm.relationship(target, **words)


def make_creator(target, template, is_list):
    def creator(item):
        made = target()
        for name, value in template.items():
            if value == "$item":
                value = [item] if is_list(name) else item
            setattr(made, name, value)
        return made
    return creator


def make_classes(book, circles):
    """The mapped classes of a model file, by name."""
    metadata = sa.MetaData()
    registry = orm.registry(metadata=metadata)
    for table in book.tables.values():
        make_table(metadata, table)
    classes = {name: type(name, (Thing,), {}) for name in book.models}
    for name, entry in book.models.items():
        words = {}
        table = metadata.tables[entry["table"]]
        if "version" in entry:
            words["version_id_col"] = table.c[entry["version"]]
        registry.map_imperatively(classes[name], table, properties={
            r: make_relationship(metadata, book, classes, name, about,
                                 circles)
            for r, about in entry.get("relationships", {}).items()}, **words)
    registry.configure()
    for name, model in classes.items():
        book.relationships[name] = {
            p.key: Relationship(p)
            for p in sa.inspect(model).relationships}
    for name in classes:
        for proxy, about in book.proxies(name).items():
            through = book.through(name, proxy)
            template = about.get("creator", {about["attribute"]: "$item"})

            def is_list(attribute, through=through):
                return (attribute in book.relationships[through] or
                        attribute in book.proxies(through)) and \
                    book.is_list(through, attribute)
            setattr(classes[name], proxy, association_proxy(
                about["through"], about["attribute"],
                creator=make_creator(classes[through], template, is_list),
                cascade_scalar_deletes=about.get("cascade_scalar_deletes",
                                                 False)))
    return classes
