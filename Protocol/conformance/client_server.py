"""A server that answers as a scenario wants, and the client that is judged by it."""

import shlex
import socket
import subprocess
import tempfile
import threading
import time

from . import codec
from .client_judge import ClientJudge
from .connection import frames
from .rules import Failed

DIGITS = [str(digit) for digit in range(10)]
ENTRY = frames.model_entry(1, "cnn-28", (1,), DIGITS, properties=1)
WELCOME = frames.welcome([ENTRY])


def with_id(data, identifier):
    """The frame with another request id."""
    return data[:8] + identifier.to_bytes(8, "little") + data[16:]


def result(frame, **more):
    """A RESULT that fits a PREDICT."""
    fields = frame.fields
    count = more.pop("count", fields["count"])
    kind = more.pop("returns", fields["return_kind"])
    if kind == codec.ENUMS["return_kind"]["top1"]:
        payload = frames.top1([(0.5, 3)] * count, more.pop("reserved", 0))
    else:
        payload = frames.floats([0.05] * 3 + [0.55] + [0.05] * 6) * count
    return frames.result(payload, count, kind, id=frame.id, **more)


def usual_answer(frame):
    """What a server answers; None for CANCEL and for what it skips."""
    if frame.name == "PREDICT":
        return result(frame)
    if frame.name == "PING":
        return frames.frame("PONG", frame.payload, id=frame.id)
    if frame.name == "STATS":
        return frames.stats_reply([frames.statistic("requests_received", "counter", 7)],
                                  id=frame.id)
    if frame.name == "METADATA":
        return frames.model_list("METADATA_REPLY", [ENTRY], id=frame.id)
    if frame.name == "RELOAD":
        return frames.reload_reply("unchanged", id=frame.id)
    if frame.name == "HEALTH":
        return frames.health_reply(frame.fields["probe"], 1)
    return None


class Session:
    """One connection of the client."""

    def __init__(self, connection):
        self.socket = connection
        self.judge = ClientJudge()
        self.triggered = threading.Event()
        self.ended = threading.Event()
        self.ended_at = self.triggered_at = None
        self.asked = []
        self.notes = {}

    def read(self):
        """The client's next frame, or None where it ended the connection."""
        head = self._take(32)
        if head is None:
            return None
        frame = codec.header(head)
        self.judge.header(frame)
        payload = self._take(frame.length)
        if payload is None:
            return None
        frame.payload = payload
        self.judge.arrived(frame)
        self.asked.append(frame.name)
        return frame

    def _take(self, count):
        data = bytearray()
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                return None
            data += piece
        return bytes(data)

    def send(self, data):
        self.socket.sendall(data)

    def trigger(self, data):
        """Sends what the scenario is about."""
        self.triggered_at = time.monotonic()
        self.send(data)
        self.triggered.set()

    def serve(self, scenario):
        try:
            while frame := self.read():
                scenario.answer(self, frame)
        except OSError:
            pass
        except (codec.Malformed, Failed) as error:
            self.judge.broken.append(str(error))
        finally:
            self.ended_at = time.monotonic()
            self.ended.set()
            self.socket.close()

    def welcome(self, data=WELCOME):
        """Sends a WELCOME, whose limits hold for what the client sends from then on."""
        # Requests that travelled with the HELLO were sent before the client knew the limits.
        self.socket.settimeout(0.05)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except socket.timeout:
            self.judge.welcome = codec.welcome(parsed(data))
        finally:
            self.socket.settimeout(None)
        self.send(data)

    def reply(self, frame, data=None):
        """Answers a request, as usual where nothing else is given."""
        data = usual_answer(frame) if data is None else data
        if data is not None:
            self.judge.answered(frame.id)
            self.send(data)


def parsed(data):
    frame = codec.header(data[:32])
    frame.payload = data[32:]
    return frame


class ScriptedServer:
    """Listens, and serves every connection by the scenario of the moment."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._listener = socket.create_server((host.strip("[]"), int(port)))
        self.address = "%s:%d" % self._listener.getsockname()[:2]
        self.scenario, self.sessions = None, []
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self, scenario):
        self.scenario, self.sessions = scenario, []

    def _accept(self):
        while True:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = Session(connection)
            if self.scenario is None:
                connection.close()
                continue
            self.sessions.append(session)
            threading.Thread(target=session.serve, args=(self.scenario,), daemon=True).start()

    def finish(self):
        self.scenario = None
        for session in self.sessions:
            try:
                session.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Client:
    """The client that is judged, and the commands that make it send requests."""

    def __init__(self, commands, address):
        self._commands, self._address = commands, address
        self._process = self._output = None

    @property
    def is_run(self):
        return bool(self._commands)

    def can(self, kind):
        return not self.is_run or kind in self._commands

    def start(self, kind):
        if not self.is_run:
            print(f"      waiting for a client that sends {kind} to {self._address} …", flush=True)
            return
        words = shlex.split(self._commands[kind])
        words = [word.replace("{address}", self._address) for word in words]
        self._output = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._output)

    @property
    def has_ended(self):
        return self._process is not None and self._process.poll() is not None

    def status(self, seconds):
        """The exit status; negative by a signal, None where it did not end in time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self):
        """What it printed."""
        if self._process is None:
            return b""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._output.seek(0)
        text, self._process = self._output.read(), None
        self._output.close()
        return text
