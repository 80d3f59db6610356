"""A client that sends as much as it can, beside others that are measured.

It keeps sending one block of requests, made beforehand, and throws the replies
away, so that it takes as little as possible of the processors itself.
"""

import json
import random
import socket
import threading

OTHERS = 16			# connections that are measured beside it
LINES = 500			# of a block
USERS = 100000
MOST = 2.0			# what the others' p99 may become
COLUMNS = ["id", "username", "meditation_sessions.id",
           "meditation_sessions.rating", "meditation_sessions.session_note",
           "meditation_sessions.completed_duration",
           "meditation_sessions.meditation.id",
           "meditation_sessions.meditation.title"]


def get(i, only=None):
    params = {"model": "User", "id": random.randint(1, USERS)}
    if only:
        params["only"] = only
    return {"id": i, "method": "get", "params": params}


# What it asks for, by the line's number.
KINDS = {
    "the same": lambda i: get(i, ["id", "username"]),
    "nested objects": get,
    "many shapes": lambda i: get(i, [
        name for bit, name in enumerate(COLUMNS) if i >> bit & 1] or ["id"]),
    "nothing that is": lambda i: {"id": i, "method": "get", "params": {
        "model": "Usr", "id": i}},
}


class Flood:
    """Runs as long as the block under `with'; `replies' counts."""

    def __init__(self, address, kind):
        self.block = "".join(
            json.dumps(KINDS[kind](i), separators=(",", ":")) + "\n"
            for i in range(LINES)).encode()
        self.socket = socket.create_connection(address)
        self.replies = 0
        self.threads = [threading.Thread(target=t)
                        for t in (self.send, self.receive)]

    def send(self):
        try:
            while True:
                self.socket.sendall(self.block)
        except OSError:
            pass			# it was shut down

    def receive(self):
        while True:
            try:
                got = self.socket.recv(1 << 20)
            except OSError:
                return
            if not got:
                return
            self.replies += got.count(b"\n")

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        for t in self.threads:
            t.join()
        self.socket.close()


def show(alone, floods):
    """alone: p99 in µs; floods: {kind: (p99, replies of it in a second)}."""
    print("W1 of %d clients beside one that floods (p99 %.0f µs alone, at most "
          "%.1f times that beside it)" % (OTHERS, alone, MOST))
    for kind, (p99, rate) in floods.items():
        ratio = p99 / alone
        print("  %-28s p99 %8.0f µs, ratio %5.2f  %s  (it gets %.0f "
              "replies/s)" % (kind, p99, ratio, "passes" if ratio <= MOST
                              else "TOO MUCH", rate), flush=True)
