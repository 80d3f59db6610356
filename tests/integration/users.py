"""A small model with users, and its parts for tests that need more."""

ID = {"type": "integer", "primary_key": True}
OPEN = {what: ["anyone"] for what in ("read", "create", "update", "delete")}
AUTH = {"model": "User", "login": "username", "password": "_password_hash",
        "role": "role", "admin": "boss"}
COLUMNS = {			# of a User, as AUTH wants them
    "id": ID,
    "username": {"type": "text", "nullable": False, "unique": True},
    "_password_hash": {"type": "text"},
    "role": {"type": "text"}}
MODEL = {
    "ormd": 1,
    "auth": AUTH,
    "models": {
        "User": {
            "table": "users", "access": OPEN, "columns": COLUMNS,
            "relationships": {
                "notes": {"target": "Note", "back_populates": "user",
                          "cascade": "all, delete-orphan"}},
            "serialize_rules": ["-notes.user"]},
        "Note": {
            "table": "notes", "access": OPEN,
            "columns": {
                "id": ID, "text": {"type": "text"},
                "user_id": {"type": "integer", "references": "users.id"}},
            "relationships": {
                "user": {"target": "User", "back_populates": "notes"}},
            "serialize_rules": ["-user.notes"]}}}
TABLES = """
CREATE TABLE users (id serial PRIMARY KEY, username text UNIQUE NOT NULL,
    _password_hash text, role text);
CREATE TABLE notes (id serial PRIMARY KEY, text text,
    user_id integer REFERENCES users (id));
"""
CHEAP = ["password_memory=19MiB", "password_passes=2"]
