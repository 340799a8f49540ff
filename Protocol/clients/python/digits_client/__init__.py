"""Clients for the Digits protocol, version 1, written from SPEC.md alone.

    with DigitsClient("127.0.0.1:7311") as client:
        print(client.predict(images).labels)  # integers 0…255 or floats 0…1, ink high

`AsyncDigitsClient` is the same for asyncio; `DigitsPool` and `AsyncDigitsPool` ask several servers.
Needs Python 3.9 and NumPy.
"""

from .asynchronous import AsyncDigitsClient
from .client import DigitsClient
from .pool import AsyncDigitsPool, DigitsPool
from .wire import (
    Answer, ConnectionEnded, Histogram, Model, ModelStatistics, ProtocolViolation, Reload,
    ServerError)

__all__ = [
    "Answer", "AsyncDigitsClient", "AsyncDigitsPool", "ConnectionEnded", "DigitsClient",
    "DigitsPool", "Histogram", "Model", "ModelStatistics", "ProtocolViolation", "Reload",
    "ServerError",
]
