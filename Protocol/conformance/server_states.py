"""States of a connection: half-close, time-outs, clients that do not read, and the drain."""

import os
import signal
import socket
import struct
import threading
import time

from . import codec, server_vectors
from .connection import PATIENCE, frames
from .rules import Failed, RuleBook, Skipped, expect

RULES, DRAIN = RuleBook(), RuleBook()
rule = RULES.rule
TIMES = codec.PROTOCOL["times_seconds"]


@rule("7", "half-close: every request is answered, then the server closes")
def half_close(server):
    with server.connect() as connection:
        connection.send(*(frames.predict(id=n) for n in range(1, 33)))
        connection.half_close()
        waiting = set(range(1, 33))
        while waiting:
            frame = connection.next(awaited=f"{len(waiting)} answers")
            expect(frame and frame.id in waiting, "an answer to each request", frame)
            waiting.discard(frame.id)
        connection.end()


@rule("7", "half-close with nothing in flight, before HELLO too: the server closes")
def half_close_idle(server):
    for connection in (server.open(), server.connect()):
        with connection:
            connection.half_close()
            connection.end()


@rule("7", "half-close within a frame: the frame is dropped, what was whole is answered")
def half_close_in_frame(server):
    with server.connect() as connection:
        connection.send(frames.frame("PING", id=1), frames.predict(id=2)[:400])
        connection.half_close()
        connection.answer("PONG", 1)
        connection.end()


@rule("7", "a connection that breaks with requests in flight costs the others nothing")
def broken(server):
    with server.connect() as witness:
        for _ in range(8):
            connection = server.connect()
            connection.send(*(frames.predict(id=n) for n in range(1, 17)))
            linger = struct.pack("ii", 1, 0)  # a reset, not an end
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.socket.close()
        witness.send(frames.predict(id=1))
        witness.answer("RESULT", 1)


@rule("7", "a client that stops reading is not read from; when it reads, all is answered")
def not_reading(server):
    ping = frames.frame("PING", bytes(64), id=1)
    most = (64 << 20) // len(ping)
    with server.connect() as connection:
        sent, quiet = 0, time.monotonic() + 1
        data = memoryview(ping * 512)
        connection.socket.setblocking(False)
        while time.monotonic() < quiet:
            try:
                sent += connection.socket.send(data[sent % len(ping):])
                quiet = time.monotonic() + 1
            except BlockingIOError:
                time.sleep(0.01)
            what = f"the server to stop reading before {most} PINGs"
            expect(sent < most * len(ping), what, f"{sent // len(ping)} read")
        for _ in range(sent // len(ping)):
            connection.answer("PONG", 1)
        rest = -sent % len(ping)
        if rest:
            connection.send(ping[-rest:])
            connection.answer("PONG", 1)
        connection.still_serves()


def timed_out(server, seconds, name, prepare):
    """The server closes with TIMED_OUT: not before the time, and soon after it."""
    if server.wait < seconds + PATIENCE:
        raise Skipped(f"takes {seconds} s; --wait {seconds + 5:.0f} judges it")
    with prepare(server) as connection:
        began = time.monotonic()
        connection.error("TIMED_OUT", seconds=server.wait)
        took = time.monotonic() - began
        # Clocks of two programs, and a coarse timer.
        expect(took > 0.8 * seconds, f"{name} of {seconds} s", f"TIMED_OUT after {took:.1f} s")


def in_frame(server):
    connection = server.connect()
    connection.send(frames.frame("PING", bytes(64), id=1)[:60])
    return connection


def after_health(server):
    connection = server.open()
    connection.still_serves()
    return connection


WAITING = [
    ("no HELLO", "handshake", lambda server: server.open()),
    ("no HELLO after a HEALTH", "handshake", after_health),
    ("a frame that is not completed", "rest_of_frame", in_frame),
    ("silence with nothing in flight", "silence", lambda server: server.connect()),
]
for title, time_name, prepare_connection in WAITING:
    rule("6", f"TIMED_OUT: {title}, {TIMES[time_name]} s by default", waits=True)(
        lambda server, title=title, time_name=time_name, prepare=prepare_connection: timed_out(
            server, TIMES[time_name], title, prepare))


@rule("6", f"answers that are not read for {TIMES['answers_unread']} s cost the connection",
      waits=True)
def unread(server):
    seconds = TIMES["answers_unread"]
    if server.wait < seconds + PATIENCE:
        raise Skipped(f"takes {seconds} s; --wait {seconds + 5} judges it")
    ping = frames.frame("PING", bytes(64), id=1) * 1024
    with server.connect() as connection:
        end = time.monotonic() + server.wait
        connection.socket.setblocking(False)
        while time.monotonic() < end:
            try:
                connection.socket.send(ping)
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:
                return
        raise Failed(f"expected the connection to be closed within {server.wait} s, got none")


class Feeder:
    """A PREDICT that comes piece by piece, and so is in flight while others are judged."""

    def __init__(self, server):
        self.connection = server.connect()
        self._count = min(256, server.welcome["images_max"])
        self._data = frames.predict(count=self._count, id=1)
        self._sent = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._feed, daemon=True)

    def start(self):
        self._thread.start()

    def _feed(self):
        while not self._is_over.wait(0.25):
            self._send(100)

    def _send(self, size):
        piece = self._data[self._sent:self._sent + size]
        self.connection.send(piece)
        self._sent += len(piece)

    def finish(self):
        self._is_over.set()
        self._thread.join()
        self._send(len(self._data))


DRAINING = [vector for vector in server_vectors.malformed()
            if vector.get("setup", {}).get("draining")]


class Drain:
    """One drain of the server, and the connections that were open before it."""

    def __init__(self, server):
        self.server = server
        self.idle = server.connect()
        self.greeting = [server.open() for _ in range(2 + len(DRAINING))]
        for connection in self.greeting:
            connection.still_serves()
        self.feeder = Feeder(server)
        self.busy = server.connect()
        self.feeder.start()
        time.sleep(0.6)
        count = min(64, server.welcome["images_max"])
        self.busy.send(*(frames.predict(count=count, id=n) for n in range(1, 17)))
        time.sleep(0.02)
        os.kill(server.drain_pid, signal.SIGTERM)


@DRAIN.rule("4.8", "GOAWAY: shutting down, with the time that the server will wait")
def goaway(drain):
    frame = drain.idle.answer("GOAWAY")
    expect(frame.fields["reason"] == 1, "reason 1", frame.fields["reason"])


@DRAIN.rule("4.7", "HEALTH while draining: live, and not ready")
def health(drain):
    # A server may close what is idle soon after GOAWAY: this is judged before that.
    connection = drain.greeting[0]
    for probe, yes in (("live", 1), ("ready", 0)):
        connection.send(frames.health(probe))
        frame = connection.answer("HEALTH_REPLY")
        expect(frame.fields["yes"] == yes, f"{probe} {yes}", frame.fields["yes"])


@DRAIN.rule("4.8", "a later HELLO is answered by WELCOME and GOAWAY, PREDICT by DRAINING")
def late_hello(drain):
    connection = drain.greeting[1]
    connection.send(
        frames.hello(token=drain.server.token), frames.predict(id=1),
        frames.predict(b"", 0, 9, 9, 2, 2, reserved=1, id=2), frames.predict(id=0),
        frames.frame("PING", b"still", id=3))
    connection.answer("WELCOME")
    got = [connection.next(awaited="GOAWAY, two DRAINING, BAD_REQUEST_ID and PONG")
           for _ in range(5)]
    shown = [(frame.name, frame.id, codec.CODE_NAMES[frame.fields["code"]])
             if frame.name == "ERROR" else (frame.name, frame.id) for frame in got if frame]
    expected = [("GOAWAY", 0), ("ERROR", 1, "DRAINING"), ("ERROR", 2, "DRAINING"),
                ("ERROR", 0, "BAD_REQUEST_ID"), ("PONG", 3)]
    expect(sorted(map(str, shown)) == sorted(map(str, expected)), expected, shown)


for index, draining_vector in enumerate(DRAINING):
    DRAIN.rule("4.8", f"vector: {draining_vector['name']}")(
        lambda drain, index=index: server_vectors.judge_on(
            drain.greeting[2 + index], drain.server, DRAINING[index]))


@DRAIN.rule("4.8", "a connection with nothing in flight is closed after GOAWAY")
def idle_closed(drain):
    drain.idle.end()


@DRAIN.rule("4.8", "what was read before GOAWAY is answered, then the server closes")
def answered_then_closed(drain):
    waiting, is_going = set(range(1, 17)), False
    while True:
        frame = drain.busy.next(awaited=f"{len(waiting)} answers and GOAWAY")
        if frame is None:
            break
        if frame.name == "GOAWAY":
            is_going = True
            continue
        expect(frame.id in waiting, "an answer to each request", frame)
        is_refused = frame.name == "ERROR" and is_going
        expect(frame.name == "RESULT" or is_refused and frame.fields["code"] in (
            codec.CODES["DRAINING"]["code"],), "RESULT, or DRAINING after GOAWAY", frame)
        waiting.discard(frame.id)
    expect(is_going and not waiting, "GOAWAY and an answer to each request", waiting)


@DRAIN.rule("4.8", "a request whose payload is still coming is answered, then the server closes")
def fed(drain):
    drain.feeder.finish()
    got = []
    while frame := drain.feeder.connection.next(awaited="GOAWAY and RESULT"):
        got.append(frame.name)
    expect(sorted(got) == ["GOAWAY", "RESULT"], "GOAWAY and RESULT", got)


@DRAIN.rule("4.8", "when nothing is in flight any more the server ends", must=False)
def ended(drain):
    for connection in drain.greeting:
        connection.socket.close()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            drain.server.open().socket.close()
        except OSError:
            return
        time.sleep(0.1)
    raise Failed(f"expected no connection {PATIENCE} s after the last answer, got one")
