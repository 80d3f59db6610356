#!/usr/bin/env python3
# Talks to ormd with nothing but the standard library: client.py [PORT]
import json
import socket
import sys

lines = socket.create_connection(
    ("127.0.0.1", int((sys.argv + ["7432"])[1]))).makefile("rw")

def call(method, **params):
    print(json.dumps({"id": 1, "method": method, "params": params}),
          file=lines, flush=True)
    reply = json.loads(lines.readline())
    return reply["result"] if "result" in reply else sys.exit(str(reply))

user = call("create", model="User", values={"username": "python",
    "meditation_sessions": [{"rating": 5, "meditation": {"title": "Sitting"}}]})
print(call("get", model="User", id=user["id"]))
