"""Clients of several servers, which ask another where one fails."""

from __future__ import annotations

import asyncio
import queue
import ssl
import threading
import time
from typing import Dict, List, Optional, Sequence

import numpy.typing as npt

from .asynchronous import AsyncDigitsClient
from .client import DigitsClient
from .names import Names, look_up
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

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self.servers: List[str] = list(servers)
        self._next = 0
        self._failures: Dict[str, int] = {}
        self._back: Dict[str, float] = {}  # when each may be asked again

    def replace(self, servers: Sequence[str]) -> None:
        """What is known of those that stay is kept."""
        self.servers = list(servers)
        for known in (self._failures, self._back):
            for server in known.keys() - set(servers):
                del known[server]

    def choose(self, now: float) -> tuple[str, float]:
        """A server, and how many seconds to wait before it is asked."""
        count = len(self.servers)
        order = [self.servers[(self._next + step) % count] for step in range(count)]
        server = min(order, key=lambda server: max(self._back.get(server, 0.0), now))
        self._next = (self.servers.index(server) + 1) % count
        return server, max(0.0, self._back.get(server, 0.0) - now)

    def succeeded(self, server: str) -> None:
        self._failures.pop(server, None)
        self._back.pop(server, None)

    def failed(self, server: str, error: BaseException, now: float) -> None:
        if server not in self.servers:
            return
        failures = self._failures.get(server, 0)
        pause = min(self.FIRST_PAUSE * 2 ** failures, self.LONGEST_PAUSE)
        self._failures[server] = min(failures + 1, 16)
        asked = error.retry_after_seconds if isinstance(error, ServerError) else 0.0
        self._back[server] = now + max(pause, asked)


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

    A host name stands for all of its addresses. It is looked up again every `look_up_interval`
    seconds while the pool is used, and when a server fails.

    One thread may use a pool at a time. What a server refuses for good is raised at once.
    """

    def __init__(
        self, addresses: Sequence[str], token: bytes = b"", timeout: float = 10.0,
        tls: Optional[ssl.SSLContext] = None, server_name: Optional[str] = None,
        look_up_interval: float = 10.0,
    ) -> None:
        if not addresses:
            raise ValueError("expected at least one address, got none")
        self._names = Names(addresses, look_up_interval)
        self._found: queue.SimpleQueue[tuple[str, List[str]]] = queue.SimpleQueue()
        self._token, self._timeout, self._tls, self._server_name = token, timeout, tls, server_name
        self._attempts = Attempts(self._names.servers)
        self._clients: Dict[str, DigitsClient] = {}

    def predict(
        self, images: npt.ArrayLike, model: Optional[str] = None, returns: str = "top-1",
        version: int = 0, deadline: Optional[float] = None, raw: bool = False,
    ) -> Answer:
        """As `DigitsClient.predict`."""
        end = time.monotonic() + self._timeout
        while True:
            self._look_up(end)
            server, pause = self._attempts.choose(time.monotonic())
            time.sleep(pause)
            try:
                answer = self._client(server).predict(
                    images, model, returns, version, deadline, raw)
                self._attempts.succeeded(server)
                self._drop(server, only_leaving=True)
                return answer
            except FAILURES as error:
                if is_final(error):
                    raise
                self._drop(server)
                self._attempts.failed(server, error, time.monotonic())
                self._names.failed(server, time.monotonic())
                if time.monotonic() >= end:
                    raise

    def close(self) -> None:
        for server in list(self._clients):
            self._drop(server)

    def __enter__(self) -> DigitsPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _look_up(self, end: float) -> None:
        # A resolver may take long; only the first time there is nothing else to ask.
        for name in self._names.due(time.monotonic()):
            threading.Thread(
                target=lambda name=name: self._found.put((name, look_up(name))), daemon=True).start()
        while not self._found.empty() or not self._names.servers:
            try:
                name, machines = self._found.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(
                    f"expected a name to be looked up within {self._timeout} s") from None
            self._names.found(name, machines, time.monotonic())
            self._attempts.replace(self._names.servers)
            for server in self._clients.keys() - set(self._names.servers):
                self._drop(server)

    def _client(self, server: str) -> DigitsClient:
        if server not in self._clients:
            self._clients[server] = DigitsClient(
                server, self._token, self._timeout, self._tls,
                self._server_name or self._names.host_of(server))
        return self._clients[server]

    def _drop(self, server: str, only_leaving: bool = False) -> None:
        client = self._clients.get(server)
        if client is not None and (client.is_leaving or not only_leaving):
            del self._clients[server]
            client.close()


class AsyncDigitsPool:
    """As `DigitsPool`, for any number of tasks at a time."""

    def __init__(
        self, addresses: Sequence[str], token: bytes = b"", timeout: float = 10.0,
        tls: Optional[ssl.SSLContext] = None, server_name: Optional[str] = None,
        look_up_interval: float = 10.0,
    ) -> None:
        if not addresses:
            raise ValueError("expected at least one address, got none")
        self._names = Names(addresses, look_up_interval)
        self._lookups: Dict[str, asyncio.Task[None]] = {}
        self._token, self._timeout, self._tls, self._server_name = token, timeout, tls, server_name
        self._attempts = Attempts(self._names.servers)
        self._clients: Dict[str, AsyncDigitsClient] = {}
        self._asked: Dict[AsyncDigitsClient, int] = {}  # predictions under way on each
        self._connecting: Dict[str, asyncio.Lock] = {}

    async def predict(
        self, images: npt.ArrayLike, model: Optional[str] = None, returns: str = "top-1",
        version: int = 0, deadline: Optional[float] = None, raw: bool = False,
    ) -> Answer:
        """As `DigitsPool.predict`."""
        end = time.monotonic() + self._timeout
        while True:
            await self._look_up(end)
            server, pause = self._attempts.choose(time.monotonic())
            await asyncio.sleep(pause)
            client: Optional[AsyncDigitsClient] = None
            try:
                client = await self._client(server)
                self._asked[client] = self._asked.get(client, 0) + 1
                try:
                    answer = await client.predict(images, model, returns, version, deadline, raw)
                finally:
                    await self._answered(server, client)
                self._attempts.succeeded(server)
                return answer
            except FAILURES as error:
                if is_final(error):
                    raise
                if client is not None and not isinstance(error, ServerError):
                    await self._drop(server, client)
                self._attempts.failed(server, error, time.monotonic())
                self._names.failed(server, time.monotonic())
                if time.monotonic() >= end:
                    raise

    async def close(self) -> None:
        for lookup in self._lookups.values():
            lookup.cancel()
        for server, client in list(self._clients.items()):
            await self._drop(server, client)

    async def __aenter__(self) -> AsyncDigitsPool:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _look_up(self, end: float) -> None:
        for name in self._names.due(time.monotonic()):
            self._lookups[name] = asyncio.ensure_future(self._follow(name))
        while not self._names.servers:
            under_way = [lookup for lookup in self._lookups.values() if not lookup.done()]
            if not under_way:
                raise ConnectionEnded("expected a name to be looked up, and the pool was closed")
            done, _ = await asyncio.wait(
                under_way, timeout=max(0.0, end - time.monotonic()),
                return_when=asyncio.FIRST_COMPLETED)
            if not done:
                raise TimeoutError(f"expected a name to be looked up within {self._timeout} s")

    async def _follow(self, name: str) -> None:
        machines = await asyncio.get_running_loop().run_in_executor(None, look_up, name)
        self._names.found(name, machines, time.monotonic())
        self._attempts.replace(self._names.servers)
        gone = self._clients.keys() - set(self._names.servers)
        for client in [self._clients.pop(server) for server in gone]:
            # Else it answers what it has been asked, and is closed then.
            if not self._asked.get(client):
                await client.close()

    async def _client(self, server: str) -> AsyncDigitsClient:
        async with self._connecting.setdefault(server, asyncio.Lock()):
            client = self._clients.get(server)
            # One that leaves answers what it has been asked: others may wait for that.
            if client is None or client.is_leaving:
                client = AsyncDigitsClient(
                    server, self._token, self._timeout, self._tls,
                    self._server_name or self._names.host_of(server))
                self._clients[server] = await client.connect()
            return client

    async def _answered(self, server: str, client: AsyncDigitsClient) -> None:
        self._asked[client] -= 1
        if self._asked[client] == 0:
            del self._asked[client]
            if self._clients.get(server) is not client:
                await client.close()

    async def _drop(self, server: str, client: AsyncDigitsClient) -> None:
        if self._clients.get(server) is client:
            del self._clients[server]
        await client.close()
