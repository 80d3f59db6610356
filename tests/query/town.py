"""A town: the model, the tables and the random rows that queries are asked of.

People have columns of many types, bosses, cities (which have countries), clubs
through memberships, and skills through a plain link table.  Rows are kept here
as JSON has them, so that conditions can be judged without a database.
"""

import random
import string

TYPES = {
    "id": "integer", "name": "text", "nick": "character varying(12)",
    "code": "character(4)", "age": "integer", "big": "bigint",
    "small": "smallint", "score": "numeric(8,2)", "ratio": "double precision",
    "flag": "boolean", "born": "date", "seen": "timestamp with time zone",
    "uid": "uuid", "mood": "mood", "mail": "mail", "blob": "bytea",
    "tags": "text[]", "nums": "integer[]", "days": "date[]",
    "doc": "jsonb", "raw": "json", "boss_id": "integer",
    "city_id": "integer",
}
MOODS = ["calm", "glad", "bad"]		# their order, not that of letters


def columns(types, references):
    made = {}
    for name, kind in types.items():
        made[name] = {"type": kind}
        if name == "id":
            made[name]["primary_key"] = True
        if name in references:
            made[name].update(references=references[name], index=True)
    return made


MODEL = {"ormd": 1, "enums": {"mood": MOODS}, "models": {
    "Person": {
        "table": "people",
        "columns": columns(TYPES, {"boss_id": "people.id",
                                   "city_id": "cities.id"}),
        "relationships": {
            "boss": {"target": "Person", "back_populates": "staff",
                     "remote_side": ["people.id"]},
            "staff": {"target": "Person", "back_populates": "boss"},
            "city": {"target": "City", "back_populates": "people"},
            "memberships": {"target": "Membership",
                            "back_populates": "person"},
            "skills": {"target": "Skill", "back_populates": "people",
                       "secondary": {"table": "person_skills",
                                     "local": ["person_id"],
                                     "remote": ["skill_id"]}},
        },
        "association_proxies": {
            "clubs": {"through": "memberships", "attribute": "club"},
            "roles": {"through": "memberships", "attribute": "role"},
            "club_names": {"through": "memberships",
                           "attribute": "club_name"},
            "towns": {"through": "memberships", "attribute": "town"},
            "skill_names": {"through": "skills", "attribute": "name"},
            "city_name": {"through": "city", "attribute": "name"},
            "country": {"through": "city", "attribute": "country"},
            "country_name": {"through": "city",
                             "attribute": "country_name"},
        },
        "serialize_only": ["id"]},
    "City": {
        "table": "cities",
        "columns": columns({"id": "integer", "name": "text",
                            "country_id": "integer"},
                           {"country_id": "countries.id"}),
        "relationships": {
            "people": {"target": "Person", "back_populates": "city"},
            "country": {"target": "Country", "back_populates": "cities"}},
        "association_proxies": {
            "country_name": {"through": "country", "attribute": "name"}},
        "serialize_only": ["id"]},
    "Country": {
        "table": "countries",
        "columns": columns({"id": "integer", "name": "text"}, {}),
        "relationships": {
            "cities": {"target": "City", "back_populates": "country"}},
        "serialize_only": ["id"]},
    "Membership": {
        "table": "memberships",
        "columns": columns({"id": "integer", "role": "text",
                            "person_id": "integer", "club_id": "integer"},
                           {"person_id": "people.id",
                            "club_id": "clubs.id"}),
        "relationships": {
            "person": {"target": "Person", "back_populates": "memberships"},
            "club": {"target": "Club", "back_populates": "memberships"}},
        "association_proxies": {
            "club_name": {"through": "club", "attribute": "name"},
            "town": {"through": "club", "attribute": "city"}},
        "serialize_only": ["id"]},
    "Club": {
        "table": "clubs",
        "columns": columns({"id": "integer", "name": "text",
                            "city_id": "integer"},
                           {"city_id": "cities.id"}),
        "relationships": {
            "memberships": {"target": "Membership",
                            "back_populates": "club"},
            "city": {"target": "City"}},
        "serialize_only": ["id"]},
    "Skill": {
        "table": "skills",
        "columns": columns({"id": "integer", "name": "text"}, {}),
        "relationships": {
            "people": {"target": "Person", "back_populates": "skills",
                       "secondary": {"table": "person_skills",
                                     "local": ["skill_id"],
                                     "remote": ["person_id"]}}},
        "serialize_only": ["id"]},
}, "tables": {"person_skills": {"columns": {
    "person_id": {"type": "integer", "references": "people.id"},
    "skill_id": {"type": "integer", "references": "skills.id"}},
    "primary_key": ["person_id", "skill_id"]}}}


class Town:
    """The rows, by table; references lead anywhere or nowhere."""

    def __init__(self, seed, people=40):
        self.r = random.Random(seed)
        self.tables = {
            "countries": self.named(3),
            "cities": self.named(6, country_id=3),
            "clubs": self.named(5, city_id=6),
            "skills": self.named(5),
            "people": [self.person(i + 1, people) for i in range(people)],
            "memberships": [
                {"id": i + 1, "role": self.maybe(self.word),
                 "person_id": self.reference(people),
                 "club_id": self.reference(5)}
                for i in range(people * 3 // 2)]}
        links = {(self.r.randint(1, people), self.r.randint(1, 5))
                 for _ in range(people)}
        self.tables["person_skills"] = [
            {"person_id": p, "skill_id": s} for p, s in sorted(links)]

    def maybe(self, make, share=0.25):
        return None if self.r.random() < share else make()

    def reference(self, n):
        return self.maybe(lambda: self.r.randint(1, n))

    def word(self):
        """Few letters, so that words meet, and some that have a meaning."""
        return "".join(self.r.choice("abAB_%\\é'\" ")
                       for _ in range(self.r.randint(0, 4)))

    def named(self, n, **references):
        rows = []
        for i in range(n):
            rows.append({"id": i + 1, "name": self.maybe(self.word)})
            rows[-1].update((name, self.reference(most))
                            for name, most in references.items())
        return rows

    def date(self):
        return "20%02d-%02d-%02d" % (self.r.randint(0, 3),
                                     self.r.randint(1, 12),
                                     self.r.randint(1, 28))

    def time(self):
        tail = self.r.choice(["", ".5", ".000001"])
        return "%sT%02d:00:00%sZ" % (self.date(), self.r.randint(0, 23), tail)

    def json(self, depth=2):
        kinds = ["number", "string", "boolean", "null"]
        kind = self.r.choice(kinds + ["list", "object"] * depth)
        if kind == "number":
            return self.r.choice([0, 1, 2, 1.5, -3])
        if kind == "string":
            return self.r.choice(["", "a", "b", "1", "ab"])
        if kind == "boolean":
            return self.r.random() < 0.5
        if kind == "list":
            return [self.json(depth - 1)
                    for _ in range(self.r.randint(0, 3))]
        if kind == "object":
            return {key: self.json(depth - 1) for key in
                    self.r.sample(["a", "b", "1", "c d"],
                                  self.r.randint(0, 3))}
        return None

    def list(self, make):
        return [self.maybe(make, 0.1) for _ in range(self.r.randint(0, 3))]

    def value(self, name):
        """A value of that column of Person, as JSON has it."""
        r = self.r
        kind = TYPES[name]
        if name in ("boss_id", "city_id"):
            return r.randint(1, 6)
        if kind in ("integer", "smallint"):
            return r.randint(-3, 3)
        if kind == "bigint":
            return r.choice([0, 1, 9007199254740993, -9223372036854775808])
        if kind.startswith("numeric"):
            return r.choice(["0.00", "0.10", "-1.50", "100000.00"])
        if kind == "double precision":
            return r.choice([0.1, -1e300, 2, "NaN", "Infinity"])
        if kind == "boolean":
            return r.random() < 0.5
        if kind == "date":
            return self.date()
        if kind.startswith("timestamp"):
            return self.time()
        if kind == "uuid":
            return "00000000-0000-4000-8000-00000000000%x" % r.randint(0, 15)
        if kind == "mood":
            return r.choice(MOODS)
        if kind == "mail":
            return r.choice(["a@b", "b@a", "%@_"])
        if kind == "bytea":
            return r.choice(["", "AA==", "AP8=", "/w=="])
        if kind.endswith("[]"):
            return self.list({"t": self.word, "i": lambda: r.randint(0, 3),
                              "d": self.date}[kind[0]])
        if kind in ("json", "jsonb"):
            made = self.json()
            return {} if made is None else made
        if kind == "character(4)":
            return r.choice(["", "a", "ab", "abcd", "b"])
        return self.word()

    def person(self, i, people):
        made = {name: self.maybe(lambda: self.value(name)) for name in TYPES}
        made.update(id=i, boss_id=self.reference(people),
                    city_id=self.reference(6))
        return made

    def some(self, name):
        """A value that some person has, mostly."""
        seen = [p[name] for p in self.tables["people"]
                if p[name] is not None]
        return self.r.choice(seen) if seen and self.r.random() < 0.8 \
            else self.value(name)

    def letters(self, n):
        return "".join(self.r.choice(string.ascii_lowercase)
                       for _ in range(n))
