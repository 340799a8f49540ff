"""Clients of several servers, which ask another where one fails."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Dict, List, Optional, Sequence

import numpy.typing as npt

from .asynchronous import AsyncDigitsClient
from .client import DigitsClient
from .wire import Answer, ConnectionEnded, ProtocolViolation, ServerError

# What another server, or the same a little later, may do better. A prediction may be computed twice.
FAILURES = (OSError, ConnectionEnded, ProtocolViolation, ServerError)


class Attempts:
    """Which server is asked next, and when: pure, with the time as an argument.

    Requests go to the servers in turn. One that failed is left alone for a while, which doubles
    with each failure in a row; where all have failed, the first to be back is waited for.
    """

    FIRST_PAUSE = 0.05
    LONGEST_PAUSE = 5.0

    def __init__(self, count: int) -> None:
        self._next = 0
        self._failures = [0] * count
        self._back = [0.0] * count  # when each may be asked again

    def choose(self, now: float) -> tuple[int, float]:
        """A server, and how many seconds to wait before it is asked."""
        count = len(self._back)
        order = [(self._next + step) % count for step in range(count)]
        index = min(order, key=lambda server: max(self._back[server], now))
        self._next = (index + 1) % count
        return index, max(0.0, self._back[index] - now)

    def succeeded(self, index: int) -> None:
        self._failures[index] = 0
        self._back[index] = 0.0

    def failed(self, index: int, error: BaseException, now: float) -> None:
        pause = min(self.FIRST_PAUSE * 2 ** self._failures[index], self.LONGEST_PAUSE)
        self._failures[index] = min(self._failures[index] + 1, 16)
        asked = error.retry_after_seconds if isinstance(error, ServerError) else 0.0
        self._back[index] = now + max(pause, asked)


def is_final(error: BaseException) -> bool:
    """Whether no other server would say anything else."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return True
    return isinstance(error, ServerError) and not error.retryable and not error.closes


class DigitsPool:
    """Servers that serve the same models. A prediction is asked again, elsewhere where there is
    another, until `timeout` seconds have passed; then the last failure is raised.

        with DigitsPool(["10.0.0.11:7311", "10.0.0.12:7311"]) as pool:
            print(pool.predict(images).labels)

    One thread may use a pool at a time. What a server refuses for good is raised at once.
    """

    def __init__(
        self, addresses: Sequence[str], token: bytes = b"", timeout: float = 10.0,
        tls: Optional[ssl.SSLContext] = None, server_name: Optional[str] = None,
    ) -> None:
        if not addresses:
            raise ValueError("expected at least one address, got none")
        self._addresses = list(addresses)
        self._token, self._timeout, self._tls, self._name = token, timeout, tls, server_name
        self._attempts = Attempts(len(self._addresses))
        self._clients: Dict[int, DigitsClient] = {}

    def predict(
        self, images: npt.ArrayLike, model: Optional[str] = None, returns: str = "top-1",
        version: int = 0, deadline: Optional[float] = None, raw: bool = False,
    ) -> Answer:
        """As `DigitsClient.predict`."""
        end = time.monotonic() + self._timeout
        while True:
            index, pause = self._attempts.choose(time.monotonic())
            time.sleep(pause)
            try:
                answer = self._client(index).predict(
                    images, model, returns, version, deadline, raw)
                self._attempts.succeeded(index)
                self._drop(index, only_leaving=True)
                return answer
            except FAILURES as error:
                if is_final(error):
                    raise
                self._drop(index)
                self._attempts.failed(index, error, time.monotonic())
                if time.monotonic() >= end:
                    raise

    def close(self) -> None:
        for index in list(self._clients):
            self._drop(index)

    def __enter__(self) -> DigitsPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _client(self, index: int) -> DigitsClient:
        if index not in self._clients:
            self._clients[index] = DigitsClient(
                self._addresses[index], self._token, self._timeout, self._tls, self._name)
        return self._clients[index]

    def _drop(self, index: int, only_leaving: bool = False) -> None:
        client = self._clients.get(index)
        if client is not None and (client.is_leaving or not only_leaving):
            del self._clients[index]
            client.close()


class AsyncDigitsPool:
    """As `DigitsPool`, for any number of tasks at a time."""

    def __init__(
        self, addresses: Sequence[str], token: bytes = b"", timeout: float = 10.0,
        tls: Optional[ssl.SSLContext] = None, server_name: Optional[str] = None,
    ) -> None:
        if not addresses:
            raise ValueError("expected at least one address, got none")
        self._addresses = list(addresses)
        self._token, self._timeout, self._tls, self._name = token, timeout, tls, server_name
        self._attempts = Attempts(len(self._addresses))
        self._clients: List[Optional[AsyncDigitsClient]] = [None] * len(self._addresses)
        self._connecting = [asyncio.Lock() for _ in self._addresses]

    async def predict(
        self, images: npt.ArrayLike, model: Optional[str] = None, returns: str = "top-1",
        version: int = 0, deadline: Optional[float] = None, raw: bool = False,
    ) -> Answer:
        """As `DigitsPool.predict`."""
        end = time.monotonic() + self._timeout
        while True:
            index, pause = self._attempts.choose(time.monotonic())
            await asyncio.sleep(pause)
            client: Optional[AsyncDigitsClient] = None
            try:
                client = await self._client(index)
                answer = await client.predict(images, model, returns, version, deadline, raw)
                self._attempts.succeeded(index)
                return answer
            except FAILURES as error:
                if is_final(error):
                    raise
                if client is not None and not isinstance(error, ServerError):
                    await self._drop(index, client)
                self._attempts.failed(index, error, time.monotonic())
                if time.monotonic() >= end:
                    raise

    async def close(self) -> None:
        for index, client in enumerate(self._clients):
            if client is not None:
                await self._drop(index, client)

    async def __aenter__(self) -> AsyncDigitsPool:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _client(self, index: int) -> AsyncDigitsClient:
        async with self._connecting[index]:
            client = self._clients[index]
            # One that leaves answers what it has been asked: others may wait for that.
            if client is None or client.is_leaving:
                client = AsyncDigitsClient(
                    self._addresses[index], self._token, self._timeout, self._tls, self._name)
                self._clients[index] = await client.connect()
            return client

    async def _drop(self, index: int, client: AsyncDigitsClient) -> None:
        if self._clients[index] is client:
            self._clients[index] = None
        await client.close()
