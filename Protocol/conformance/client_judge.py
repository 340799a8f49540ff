"""Judges every frame that a client sends, on one connection."""

from . import codec
from .rules import Failed

RAW = codec.PROTOCOL["flags"]["defined"][0]["value"]
LIMITS = codec.LIMITS


class ClientJudge:
    """What a connection's frames tell so far: `broken` are the rules that were not kept."""

    def __init__(self):
        self.broken = []
        self.in_use = {}
        self.welcome = None
        self.has_hello = False
        self.kinds = []

    def header(self, frame):
        """Before the payload is waited for."""
        limit = self.welcome["payload_bytes_max"] if self.welcome else (
            LIMITS["before_welcome_payload_bytes"] if self.has_hello
            else LIMITS["hello_payload_bytes"])
        if frame.length > limit:
            raise Failed(f"section 2: expected {limit} bytes of payload at most, got {frame}"
                         f" of {frame.length}")

    def arrived(self, frame):
        self.kinds.append(frame.name)
        message = codec.MESSAGES.get(frame.type)
        if message is None or message["direction"] != "client_to_server":
            return self._break("4", "a message of a client of version 1", frame.name)
        if not self.has_hello and frame.name not in ("HELLO", "HEALTH"):
            self._break("4.1", "HELLO or HEALTH first", frame.name)
        if frame.flags & ~(RAW if frame.name == "PREDICT" else 0):
            self._break("2", "no flags but raw", f"{frame.flags:#06x} in {frame.name}")
        self._judge_id(frame, message["request_id"])
        try:
            fields = frame.fields
        except codec.Malformed as error:
            return self._break("2", f"a well-formed {frame.name}", error)
        if frame.name == "HELLO":
            self._judge_hello(frame, fields)
        elif frame.name == "PREDICT":
            self._judge_predict(frame, fields)
        elif frame.name == "PING":
            if frame.length > LIMITS["ping_payload_bytes"]:
                self._break("4.4", "64 bytes in a PING at most", frame.length)
        elif frame.length:
            self._break("4", f"no payload in {frame.name}", f"{frame.length} bytes")

    def answered(self, identifier):
        self.in_use.pop(identifier, None)

    def _break(self, section, expected, got):
        self.broken.append(f"section {section}: expected {expected}, got {got}")

    def _judge_id(self, frame, rule):
        if rule == "zero" and frame.id:
            self._break("3", f"id 0 in {frame.name}", frame.id)
        elif rule != "zero" and frame.id == 0:
            self._break("3", f"an id other than 0 in {frame.name}", 0)
        elif rule == "chosen":
            if frame.id in self.in_use:
                self._break("3", f"an id for {frame.name} that is not in use", frame.id)
            self.in_use[frame.id] = frame

    def _judge_hello(self, frame, fields):
        if self.has_hello:
            self._break("4.1", "one HELLO", "a second")
        self.has_hello = True
        lowest, highest = fields["version_lowest"], fields["version_highest"]
        if fields["magic"] != codec.MAGIC or not lowest <= 1 <= highest:
            self._break("4.1", "the magic, and version 1 among those offered",
                        f"{fields['magic']:#x}, {lowest} to {highest}")
        if frame.length > LIMITS["token_bytes"]:
            self._break("4.1", "a token of 512 bytes at most", frame.length)

    def _judge_predict(self, frame, fields):
        kind = fields["pixel_type"]
        size = codec.PIXELS * (4 if kind == codec.ENUMS["pixel_type"]["f32"] else 1)
        most = self.welcome["images_max"] if self.welcome else LIMITS["before_welcome_images"]
        if not 1 <= fields["count"] <= most:
            self._break("4.2", f"1 to {most} images", fields["count"])
        if frame.length != fields["count"] * size:
            self._break("4.2", f"{fields['count']} × {size} bytes", frame.length)
        elif codec.pixels_of(frame):
            self._break("4.2", "pixels in 0…1", codec.pixels_of(frame)[:3])
        if self.welcome:
            self._judge_against_welcome(fields)
        elif fields["model"]:
            self._break("4.1", "handle 0 before WELCOME", fields["model"])

    def _judge_against_welcome(self, fields):
        predicts = sum(request.name == "PREDICT" for request in self.in_use.values())
        allowed = self.welcome["requests_in_flight_max"]
        if predicts > allowed:
            self._break("4.1", f"{allowed} requests in flight at most", predicts)
        models = {model["handle"]: model for model in self.welcome["models"]}
        models.update({0: model for model in models.values() if model["properties"] & 1})
        model = models.get(fields["model"])
        if model is None:
            return self._break("4.6", f"a handle of {sorted(models)}", fields["model"])
        if fields["version"] not in (0, *model["versions"]):
            self._break("4.6", f"a version of {model['versions']}", fields["version"])
        if not model["pixel_types"] & (1 << fields["pixel_type"] - 1):
            self._break("4.2", f"a pixel type of {model['pixel_types']:#b}", fields["pixel_type"])
