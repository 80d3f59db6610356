"""A proxy that breaks connections, for tests.

A Proxy listens at a Unix socket's path or a (host, port) and passes what comes
to another such address.  Before anything is passed, judge(link, way, kind,
data) is asked what is to happen to it: `way' is OUT (to the server) or BACK,
`kind' the type byte of a message of PostgreSQL's protocol (b"" of the first
one), or None where the proxy was not told to look for messages.  It answers
with None (pass it) or one of

    cut(n)		pass n bytes of it, then close both ends
    reset(n)		the same; TCP ends get an RST
    deaf()		pass it; close both ends when an answer comes, which is
			not passed: the other end has done its work
    late(seconds)	close the end that it came from now, pass it after so
			long, then close the other end
    hold(seconds)	pass nothing of this way for so long, then go on
    trickle(n, seconds)	from now on pass n bytes of this way at a time

All runs in one thread of the proxy's own, judge() too.  `done' counts what was
done, by name.
"""

import collections
import os
import selectors
import socket
import struct
import threading
import time

OUT, BACK = "out", "back"
PENDING_MOST = 1 << 20


def cut(n=0):
    return "cut", n


def reset(n=0):
    return "reset", n


def deaf():
    return ("deaf",)


def late(seconds):
    return "late", seconds


def hold(seconds):
    return "hold", seconds


def trickle(n, seconds):
    return "trickle", n, seconds


class Way:
    """One direction of a link."""

    def __init__(self, name, source, sink):
        self.name, self.source, self.sink = name, source, sink
        self.unjudged = bytearray()	# a message that is not whole yet
        self.pending = bytearray()	# to be passed
        self.held_until = 0.0
        self.step = None		# of a trickle
        self.swallow = False
        self.begun = False
        self.ended = False

    def messages(self, framed):
        """Takes (kind, bytes) off what has come."""
        data = self.unjudged
        while data:
            if not framed:
                yield None, bytes(data)
                data.clear()
                return
            first = self.name == OUT and not self.begun
            head = 0 if first else 1
            if len(data) < head + 4:
                return
            size = head + struct.unpack_from("!I", data, head)[0]
            if len(data) < size:
                return
            self.begun = True
            message = bytes(data[:size])
            del data[:size]
            yield (b"" if first else message[:1]), message


class Link:
    """A connection through the proxy."""

    def __init__(self, proxy, near, far):
        self.proxy, self.near, self.far = proxy, near, far
        self.ways = {OUT: Way(OUT, near, far), BACK: Way(BACK, far, near)}
        self.dead = False

    def ends(self):
        return [s for s in (self.near, self.far) if s.fileno() >= 0]

    def close(self, abort=False):
        self.dead = True
        for end in self.ends():
            self.proxy.forget(end)
            if abort and end.family != socket.AF_UNIX:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
            end.close()
        self.proxy.links.discard(self)

    def flush(self):
        """Sends all that is pending; what does not go is lost anyway."""
        for way in self.ways.values():
            if way.swallow or way.sink.fileno() < 0:
                continue
            try:
                way.sink.settimeout(2)
                way.sink.sendall(way.pending)
                way.sink.setblocking(False)
            except OSError:
                pass
            way.pending.clear()

    def take(self, way):
        """Something is there to be read."""
        try:
            data = way.source.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.flush()
            self.close()
            return
        if way.swallow:
            self.close()
            return
        way.unjudged += data
        for kind, message in way.messages(self.proxy.framed):
            judge = self.proxy.judge
            verdict = judge(self, way.name, kind, message) if judge else None
            if verdict is None:
                way.pending += message
            else:
                self.proxy.done[verdict[0]] += 1
                getattr(self, "do_" + verdict[0])(way, message, *verdict[1:])
            if self.dead:
                return

    def do_cut(self, way, message, n, abort=False):
        way.pending += message[:n]
        self.flush()
        self.close(abort)

    def do_reset(self, way, message, n):
        self.do_cut(way, message, n, abort=True)

    def do_deaf(self, way, message):
        way.pending += message
        self.ways[BACK if way.name == OUT else OUT].swallow = True

    def do_late(self, way, message, seconds):
        self.flush()
        self.dead = True
        self.proxy.links.discard(self)
        for end in self.ends():
            self.proxy.forget(end)
        way.source.close()

        def pass_it():
            way.pending += message
            self.flush()
            self.close()
        self.proxy.after(seconds, pass_it)

    def do_hold(self, way, message, seconds):
        way.pending += message
        way.held_until = time.monotonic() + seconds
        self.proxy.after(seconds, lambda: None)

    def do_trickle(self, way, message, n, seconds):
        way.pending += message
        way.step = n, seconds

    def give(self, way, now):
        """Passes what may be passed now."""
        if not way.pending or way.held_until > now:
            return
        data = way.pending
        if way.step is not None:
            data = data[:way.step[0]]
            way.held_until = now + way.step[1]
            self.proxy.after(way.step[1], lambda: None)
        try:
            sent = way.sink.send(data)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        del way.pending[:sent]

    def interests(self, now):
        """What to wait for: {socket: events}."""
        wanted = {}
        for way in self.ways.values():
            events = selectors.EVENT_READ \
                if len(way.pending) < PENDING_MOST else 0
            wanted[way.source] = wanted.get(way.source, 0) | events
            if way.pending and way.held_until <= now:
                wanted[way.sink] = wanted.get(way.sink, 0) | \
                    selectors.EVENT_WRITE
        return wanted


def _socket(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    return socket.socket(family)


class Proxy:
    def __init__(self, listen, server, judge=None, framed=False):
        self.server, self.judge, self.framed = server, judge, framed
        self.done = collections.Counter()
        self.links = set()
        self.timers = []
        self.selector = selectors.DefaultSelector()
        self.listener = _socket(listen)
        if not isinstance(listen, str):
            self.listener.setsockopt(socket.SOL_SOCKET,
                                     socket.SO_REUSEADDR, 1)
        self.listener.bind(listen)
        if isinstance(listen, str):
            os.chmod(listen, 0o777)
        self.listener.listen(256)
        self.listener.setblocking(False)
        self.address = self.listener.getsockname()
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        self.stopping = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopping = True
        self.thread.join()

    def quiet(self):
        """Nothing is held back any more."""
        return not self.timers

    def after(self, seconds, call):
        self.timers.append((time.monotonic() + seconds, call))

    def forget(self, end):
        try:
            self.selector.unregister(end)
        except (KeyError, ValueError):
            pass

    def accept(self):
        try:
            near, _ = self.listener.accept()
        except OSError:
            return
        far = _socket(self.server)
        try:
            far.connect(self.server)
        except OSError:			# as if nobody listened
            near.close()
            far.close()
            return
        for end in (near, far):
            if end.family != socket.AF_UNIX:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            end.setblocking(False)
        self.links.add(Link(self, near, far))

    def watch(self, now):
        for link in self.links:
            for end, events in link.interests(now).items():
                known = self.selector.get_map().get(end)
                if known is None and events:
                    self.selector.register(end, events, link)
                elif known is not None and not events:
                    self.selector.unregister(end)
                elif known is not None and known.events != events:
                    self.selector.modify(end, events, link)

    def run_timers(self, now):
        due = [t for t in self.timers if t[0] <= now]
        for timer in due:
            timer[1]()
            self.timers.remove(timer)

    def run(self):
        while not self.stopping:
            now = time.monotonic()
            self.run_timers(now)
            self.watch(now)
            wait = min([0.05] + [t[0] - now for t in self.timers])
            for key, events in self.selector.select(max(0, wait)):
                link = key.data
                if link is None:
                    self.accept()
                    continue
                for way in link.ways.values():
                    if events & selectors.EVENT_READ and not link.dead and \
                            way.source is key.fileobj:
                        link.take(way)
            now = time.monotonic()
            for link in list(self.links):
                for way in link.ways.values():
                    if not link.dead:
                        link.give(way, now)
        for link in list(self.links):
            link.close()
        self.selector.close()
        self.listener.close()
