#!/usr/bin/env python3
"""A listener that is handed over, and no other network: the local profile.

ormd is started as systemd does it with ormd.socket and ormd-local.conf: the
listener is open already, and the kernel refuses it all but Unix sockets.
"""

import os
import platform
import socket
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Daemon, Postgres, case, check, run, same

SOCKET_CALL = {"x86_64": 41, "aarch64": 198, "riscv64": 198}
EAFNOSUPPORT = 97

# Opens the listener (or none), takes away what the filter says, becomes ormd.
START = """
import ctypes, os, socket, sys
lines, port = bytes.fromhex(sys.argv[1]), int(sys.argv[2])
if port != 0:
    listener = socket.create_server(("127.0.0.1", port))
    os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
class Filter(ctypes.Structure):
    _fields_ = [("n", ctypes.c_ushort), ("lines", ctypes.c_char_p)]
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0		# PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, ctypes.byref(Filter(len(lines) // 8, lines))) == 0
os.execv(sys.argv[3], sys.argv[3:])
"""
MODEL = {"ormd": 1, "models": {"Note": {"table": "notes", "columns": {
    "id": {"type": "integer", "primary_key": True},
    "text": {"type": "text"}}}}}

w = {}


def unix_only():
    """What RestrictAddressFamilies=AF_UNIX makes for seccomp."""
    lines = [(0x20, 0, 0, 0),				# the call's number
             (0x15, 0, 3, SOCKET_CALL[platform.machine()]),
             (0x20, 0, 0, 16),				# the family
             (0x15, 1, 0, socket.AF_UNIX),
             (0x06, 0, 0, 0x00050000 | EAFNOSUPPORT),
             (0x06, 0, 0, 0x7fff0000)]			# allowed
    return b"".join(struct.pack("HBBI", *line) for line in lines).hex()


class Handed(Daemon):
    hands_over = True

    def run(self, wait=True):
        port = self.address[1] if self.hands_over else 0
        self.command = ["/usr/bin/python3", "-c", START, unix_only(),
                        str(port)] + self.command
        super().run(wait)


class Alone(Handed):
    hands_over = False


def setup():
    w["postgres"] = Postgres()
    w["address"] = w["postgres"].database(
        "handed", "CREATE TABLE notes (id serial PRIMARY KEY, text text)")


@case("clients by TCP are served where ormd can open Unix sockets only")
def served():
    ormd = Handed(w["address"], MODEL).when_ready()
    with ormd.connect() as c:
        made = c.call("create", {"model": "Note", "values": {"text": "calm"}})
        same(c.call("get", {"model": "Note", "id": made["id"]}), made)
    ormd.stop()


@case("nothing else is open to it: it cannot listen by itself")
def alone():
    ormd = Alone(w["address"], MODEL, wait=False)
    same(ormd.wait(), 2)
    check("Address family not supported" in ormd.logged(), ormd.logged())


if __name__ == "__main__":
    run(setup)
