#!/usr/bin/env python3
"""Another model than the shipped one: the engine knows no table by name.

A library with keys of type uuid, text and bigint, names that SQL reserves or
folds, columns of other types, and every cascade set differently.
"""

import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import schemas
from harness import Daemon, Postgres, case, check, loads, run, same

w = {}
TOLSTOY, KEUN, LEM = "978-0140447934", "978-1590517482", "978-0156027601"
KEY = "0b2d8c4e-7f0e-4b57-9a51-0c1f6c1f0001"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def setup():
    postgres = Postgres()
    address = postgres.database(
        "library", files=[os.path.join(HERE, "library.sql")])
    w["db"] = postgres.psql("library")
    w["ormd"] = Daemon(address, os.path.join(HERE, "library.model.json"))
    schemas.hold(w["ormd"].when_ready())
    w["client"] = w["ormd"].connect()


def call(method, **params):
    params = {k.rstrip("_"): v for k, v in params.items()}
    return w["client"].call(method, params)


def error(method, **params):
    params = {k.rstrip("_"): v for k, v in params.items()}
    return w["client"].error(method, params)


@case("a uuid key that the database makes comes back, and leads to the row")
def default_uuid():
    made = call("create", model="Shelf", values={"label": "Novels"})
    check(UUID.fullmatch(made["code"]), made)
    w["novels"] = made["code"]
    same(made, {"code": w["novels"], "label": "Novels", "group": None,
                "books": []})
    same(w["db"].rows('SELECT * FROM "Shelf"'),
         [{"code": w["novels"], "label": "Novels", "group": None}])
    same(call("get", model="Shelf", id=w["novels"]), made)


@case("a uuid key that the client gives; case and form do not matter")
def given_uuid():
    call("create", model="Shelf", values={
        "code": KEY.upper(), "label": "Maps", "group": "select"})
    same(call("get", model="Shelf", id=KEY)["group"], "select")
    same(call("get", model="Shelf", id={"label": "Maps"})["code"], KEY)
    same(error("get", model="Shelf", id="no-uuid").kind, "invalid_value")
    same(error("create", model="Shelf", values={
        "code": KEY, "label": "Other"}).kind, "unique")


@case("books with text keys nested in a shelf, in the order of order_by")
def nested_books():
    shelf = call("create", model="Shelf", values={
        "label": "New", "books": [
            {"isbn": TOLSTOY, "title": "War and Peace", "copies": 2,
             "price": "12.50"},
            {"isbn": KEUN, "title": "The Artificial Silk Girl"}]})
    w["new"] = shelf["code"]
    same(shelf["books"], [
        {"isbn": KEUN, "title": "The Artificial Silk Girl", "copies": None,
         "price": None, "shelf_code": w["new"]},
        {"isbn": TOLSTOY, "title": "War and Peace", "copies": 2,
         "price": "12.50", "shelf_code": w["new"]}])
    same(w["db"].rows("SELECT isbn, price, shelf_code FROM books ORDER BY "
                      "title"),
         [{"isbn": KEUN, "price": None, "shelf_code": w["new"]},
          {"isbn": TOLSTOY, "price": 12.50, "shelf_code": w["new"]}])


@case("a default uuid key of a parent that is nested in its child")
def nested_parent():
    book = call("create", model="Book", values={
        "isbn": LEM, "title": "Solaris", "shelf": {"label": "Stars"}})
    same(book["shelf"]["label"], "Stars")
    same(book["shelf_code"], book["shelf"]["code"])
    same(w["db"].value('SELECT s.label FROM books b JOIN "Shelf" s ON '
                       "s.code = b.shelf_code WHERE b.isbn = '%s'" % LEM),
         "Stars")


@case("bigint keys beyond 32 bits and values beyond 53 bits stay exact")
def bigints():
    big = 9007199254740993
    made = call("create", model="Reader", values={
        "card": "A-1", "name": "Ada", "loans": [
            {"book": {"$get": TOLSTOY}, "cents": big,
             "dueDate": "2026-02-28"}]},
        only=["card", "loans.no", "loans.cents", "loans.dueDate"])
    loan = made["loans"][0]
    check(loan["no"] >= 5000000000, made)
    same((loan["cents"], loan["dueDate"]), (big, "2026-02-28"))
    same(w["db"].rows('SELECT no, cents, reader_card FROM "order"'),
         [{"no": loan["no"], "cents": big, "reader_card": "A-1"}])
    w["loan"] = loan["no"]
    same(call("count", model="Loan", where={"cents": {">": big - 1}}),
         {"count": 1})
    same(call("count", model="Loan", where={"cents": {">": big}}),
         {"count": 0})
    same(error("get", model="Loan", id=2 ** 63, only=["no"]).kind,
         "invalid_value")
    same(error("create", model="Loan", values={"cents": 2 ** 63},
               return_="key").kind, "invalid_value")


@case("proxies with the default creator and with a constant in the creator")
def proxies():
    call("append", model="Book", id=KEUN, attribute="readers",
         items=[{"$get": "A-1"}, {"card": "B-2", "name": "Bo"}],
         return_="none")
    call("append", model="Reader", id="B-2", attribute="books",
         items=[{"$get": LEM, "$through": {"cents": 5}}], return_="none")
    same(w["db"].rows('SELECT reader_card, book_isbn, "dueDate", cents FROM '
                      '"order" ORDER BY no')[1:],
         [{"reader_card": "A-1", "book_isbn": KEUN, "dueDate": None,
           "cents": None},
          {"reader_card": "B-2", "book_isbn": KEUN, "dueDate": None,
           "cents": None},
          {"reader_card": "B-2", "book_isbn": LEM, "dueDate": "2030-01-31",
           "cents": 5}])


@case("removed from a collection without delete-orphan: the foreign key "
      "becomes null; with it: deleted")
def removals():
    before = w["db"].value('SELECT count(*) FROM "order"')
    last = w["db"].value('SELECT max(no) FROM "order"')
    call("remove", model="Reader", id="B-2", attribute="loans",
         items=[{"$get": int(last)}], return_="none")
    same(w["db"].rows('SELECT reader_card, book_isbn FROM "order" WHERE no '
                      "= " + last), [{"reader_card": None, "book_isbn": LEM}])
    same(w["db"].value('SELECT count(*) FROM "order"'), before)
    call("remove", model="Book", id=LEM, attribute="loans",
         items=[{"$get": int(last)}], return_="none")
    same(w["db"].rows('SELECT no FROM "order" WHERE no = ' + last), [])
    same(error("remove", model="Book", id=LEM, attribute="loans",
               items=[{"$get": int(last)}]).kind, "not_found")


@case("a book moves to another shelf, from either side")
def moves():
    call("append", model="Shelf", id=KEY, attribute="books",
         items=[{"$get": KEUN}])
    call("update", model="Book", id=TOLSTOY,
         values={"shelf": {"$get": KEY}})
    same([b["isbn"] for b in call("get", model="Shelf", id=KEY)["books"]],
         [KEUN, TOLSTOY])
    same(call("get", model="Shelf", id=w["new"])["books"], [])
    call("set", model="Shelf", id=w["new"], attribute="books",
         items=[{"$get": TOLSTOY}])
    same(w["db"].value("SELECT string_agg(isbn, ',') FROM books WHERE "
                       "shelf_code = '%s'" % KEY), KEUN)
    result = call("set", model="Shelf", id=w["new"], attribute="books",
                  items=[])
    same(result["books"], [])
    same(w["db"].value("SELECT count(*) FROM books WHERE shelf_code IS "
                       "NULL"), "1")


@case("a shelf without cascade is deleted: its books stay, without a shelf")
def delete_shelf():
    result = call("delete", model="Shelf", id=KEY)
    same({k: v for k, v in result["deleted"].items() if v}, {"Shelf": 1})
    same({k: v for k, v in result["updated"].items() if v}, {"Book": 1})
    same(w["db"].rows("SELECT shelf_code FROM books WHERE isbn = '%s'"
                      % KEUN), [{"shelf_code": None}])


@case("a book with cascade is deleted with its loans, a reader likewise")
def delete_book():
    call("delete", model="Book", id=KEUN)
    same(w["db"].value('SELECT count(*) FROM "order" WHERE book_isbn IS NULL '
                       "OR book_isbn = '%s'" % KEUN), "0")
    same(w["db"].value('SELECT count(*) FROM "user"'), "2")
    call("delete", model="Reader", id="A-1")
    same(w["db"].value('SELECT count(*) FROM "order"'), "0")
    same(call("get", model="Book", id=TOLSTOY, only=["title"]),
         {"title": "War and Peace"})


@case("a text key is changed, and quotes, unicode and emptiness survive")
def text_keys():
    odd = "O'Brien \\ \"x\"; -- 本 \u0007"
    call("create", model="Reader", values={"card": odd, "name": ""},
         return_="none")
    same(call("get", model="Reader", id=odd, only=["card", "name"]),
         {"card": odd, "name": ""})
    same(loads(w["db"].run("SELECT to_json(card) FROM \"user\" WHERE name = "
                           "''")), odd)
    call("update", model="Reader", id=odd, values={"card": "C-3"},
         return_="none")
    same(w["db"].value("SELECT card FROM \"user\" WHERE name = ''"), "C-3")
    call("delete", model="Reader", id="C-3")


@case("errors name this model's constraints and attributes")
def errors():
    said = error("create", model="Book", values={
        "isbn": "x", "title": "y", "copies": 1, "shelf": {"label": "Stars"}})
    same((said.kind, said.data["model"], said.data["attribute"],
          said.data["constraint"], said.data["path"]),
         ("unique", "Shelf", "label", "one_label", "/values/shelf/label"))
    same(w["db"].value("SELECT count(*) FROM books WHERE isbn = 'x'"), "0")
    said = error("update", model="Book", id=TOLSTOY, values={"copies": -1})
    same((said.kind, said.data["constraint"], said.data["sqlstate"]),
         ("check", "some_copies", "23514"))
    said = error("update", model="Book", id=TOLSTOY, values={"copies": 40000})
    same((said.kind, said.data["path"]), ("invalid_value", "/values/copies"))
    said = error("create", model="Book", values={"isbn": "n"})
    same((said.kind, said.data["attribute"]), ("not_null", "title"))
    said = error("create", model="Book", values={
        "isbn": "n", "title": "t", "shelf_code": KEY})
    same((said.kind, said.data["path"]),
         ("foreign_key", "/values/shelf_code"))
    said = error("create", model="Book", values={
        "isbn": "n", "title": "t", "shelf": {"$get": KEY}})
    same((said.kind, said.data["path"]), ("not_found", "/values/shelf/$get"))


@case("rules that leave a cycle: a warning at load, endless_rules for a "
      "request that would print it, before anything is stored")
def endless():
    check("Reader" in w["ormd"].logged() and "loans" in w["ormd"].logged(),
          "no warning: " + w["ormd"].logged())
    said = error("create", model="Reader", values={"card": "E", "name": "e"})
    same((said.code, said.kind), (-32602, "endless_rules"))
    same(w["db"].value("SELECT count(*) FROM \"user\" WHERE card = 'E'"), "0")
    same(error("get", model="Loan", id=1).kind, "endless_rules")
    same(call("create", model="Reader", values={"card": "E", "name": "e"},
              return_="key"), "E")
    same(call("get", model="Reader", id="E", rules=["-loans.reader",
                                                    "-loans.book"]),
         {"card": "E", "name": "e", "loans": []})


if __name__ == "__main__":
    run(setup)
