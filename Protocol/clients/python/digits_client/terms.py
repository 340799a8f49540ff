"""What a server allows, and requests that keep to it, for every client."""

from __future__ import annotations

import struct
from typing import Iterator, List, NamedTuple, Optional

import numpy as np
import numpy.typing as npt

from .pixels import pixels_of
from .wire import (
    MAGIC, PIXEL_TYPES, RAW, RETURNS, VERSION, Answer, Frame, Model, ProtocolViolation, models_of)


class Request(NamedTuple):
    """The parts of a PREDICT frame."""

    parameters: bytes
    payload: bytes
    flags: int
    image_count: int


class Terms:
    """The limits and models of WELCOME."""

    models: List[Model]
    payload_max: int
    images_max: int
    in_flight_max: int

    def welcomed(self, frame: Frame) -> None:
        magic, version, count = struct.unpack_from("<IHH", frame.parameters)
        if (magic, version) != (MAGIC, VERSION):
            raise ProtocolViolation(f"expected WELCOME of version {VERSION}, got version {version}")
        if len(frame.payload) < 16:
            raise ProtocolViolation(f"expected 16 bytes of limits, got {len(frame.payload)}")
        self.payload_max, self.images_max, self.in_flight_max = struct.unpack_from(
            "<III", frame.payload)
        if self.images_max == 0 or self.in_flight_max == 0:
            raise ProtocolViolation("expected a WELCOME that allows requests, got limits of 0")
        self.models = models_of(frame.payload[16:], count)

    def requests(
        self, images: npt.ArrayLike, model: Optional[str], returns: str, version: int = 0,
        deadline: Optional[float] = None, raw: bool = False,
    ) -> Iterator[Request]:
        """As many requests as the images need, of as many each as the server takes."""
        pixels = pixels_of(images)
        most = min(self.images_max, self.payload_max // (784 * pixels.itemsize), 0xFFFF)
        if most == 0:
            raise ValueError("expected a server that takes an image, got one that takes none")
        handle, kind = self._handle(model), RETURNS[returns]
        microseconds = 0 if deadline is None else min(max(int(deadline * 1e6), 1), 0xFFFFFFFF)
        for first in range(0, len(pixels), most):
            part = pixels[first : first + most]
            parameters = struct.pack(
                "<HBBHHII", handle, PIXEL_TYPES[part.dtype], kind, len(part), 0, version,
                microseconds)
            yield Request(parameters, part.tobytes(), RAW if raw else 0, len(part))

    def _handle(self, name: Optional[str]) -> int:
        if name is None:
            return 0
        for model in self.models:
            if model.name == name:
                return model.handle
        raise KeyError(f"expected one of {[model.name for model in self.models]}, got '{name}'")


def joined(answers: List[Answer]) -> Answer:
    """One answer of several: the longest wait, the sum of computing, the last one's model."""
    if len(answers) == 1:
        return answers[0]
    return Answer(
        np.concatenate([answer.labels for answer in answers]),
        np.concatenate([answer.probabilities for answer in answers]),
        answers[-1].model_version,
        max(answer.queue_microseconds for answer in answers),
        sum(answer.compute_microseconds for answer in answers),
        answers[-1].precision)
