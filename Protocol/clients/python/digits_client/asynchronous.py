"""The client for one connection on asyncio's loop."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import struct
from typing import Dict, List, Optional

import numpy.typing as npt

from .terms import Request, Terms, joined
from .wire import (
    ANSWERS, GOAWAY, HEADER, HEALTH, HEALTH_REPLY, HELLO, METADATA,
    METADATA_REPLY, PING, PONG, PREDICT, RELOAD, RELOAD_REPLY, RESULT, STATS, STATS_REPLY, WELCOME,
    Answer, ConnectionEnded, Frame, Model, ModelStatistics, ProtocolViolation, Reload, answer_of,
    bytes_of, checked, frame_of, hello_parameters, model_statistics_of, models_of, payload_length,
    reload_of, stats_of)


class AsyncDigitsClient(Terms):
    """A connection as of `DigitsClient`, which any number of tasks may use at a time.

        async with AsyncDigitsClient("127.0.0.1:7311") as client:
            answer = await client.predict(images)

    As many requests are in flight as the server allows; further ones wait for their turn, within
    their `timeout`. The answer to a request that was given up or cancelled is dropped.
    """

    def __init__(
        self, address: str, token: bytes = b"", timeout: float = 10.0,
        tls: Optional[ssl.SSLContext] = None, server_name: Optional[str] = None,
        model_statistics: bool = False,
    ) -> None:
        self._address = address
        self._token = token
        self._timeout = timeout
        self._tls = tls
        self._server_name = server_name
        self._hello = hello_parameters(model_statistics)
        self._ids = itertools.count(1)
        self._waiting: Dict[int, asyncio.Future[Frame]] = {}
        self._controls = asyncio.Lock()  # answers of identifier 0 are for one question at a time
        self._end: Optional[BaseException] = None
        self.is_leaving = False

    async def connect(self) -> AsyncDigitsClient:
        """What `async with` does at its beginning."""
        try:
            await asyncio.wait_for(self._greet(), self._timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(f"expected a connection within {self._timeout} s, got none") from None
        return self

    async def close(self) -> None:
        if self._end is None:
            self._fail(ConnectionEnded("the client closed the connection"))
        self._reader.cancel()
        self._writer.close()

    async def __aenter__(self) -> AsyncDigitsClient:
        return await self.connect()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def predict(
        self, images: npt.ArrayLike, model: Optional[str] = None, returns: str = "top-1",
        version: int = 0, deadline: Optional[float] = None, raw: bool = False,
    ) -> Answer:
        """As `DigitsClient.predict`."""
        requests = list(self.requests(images, model, returns, version, deadline, raw))
        return joined(list(await asyncio.gather(
            *(self._predict(request, returns) for request in requests))))

    async def ping(self, payload: bytes = b"") -> None:
        echo = (await self._ask(PING, payload=payload, answer=PONG)).payload
        if echo != payload:
            raise ProtocolViolation(f"expected PONG to carry {payload!r}, got {bytes(echo)!r}")

    async def stats(self) -> Dict[str, int]:
        return stats_of(await self._ask(STATS, answer=STATS_REPLY))

    async def model_statistics(self) -> List[ModelStatistics]:
        """As `DigitsClient.model_statistics`."""
        return model_statistics_of(await self._ask(STATS, answer=STATS_REPLY))

    async def metadata(self) -> List[Model]:
        """Asks for the models that the server offers now; `models` has them from then on."""
        frame = await self._ask(METADATA, struct.pack("<H14x", 0xFFFF), answer=METADATA_REPLY)
        self.models = models_of(frame.payload, struct.unpack_from("<H", frame.parameters)[0])
        return self.models

    async def health(self, ready: bool = False) -> bool:
        async with self._controls:
            frame = await self._answered(
                0, bytes_of(HEALTH, 0, struct.pack("<B15x", ready)), HEALTH_REPLY)
        return frame.parameters[1] == 1

    async def reload(self) -> Reload:
        """Has the server look at its model folder again; `metadata` tells what it serves then."""
        return reload_of(await self._ask(RELOAD, answer=RELOAD_REPLY))

    async def _greet(self) -> None:
        self._stream, self._writer = await _connect(self._address, self._tls, self._server_name)
        self._reader = asyncio.ensure_future(self._read())
        try:
            self.welcomed(
                await self._answered(0, bytes_of(HELLO, 0, self._hello, self._token), WELCOME))
        except BaseException:
            await self.close()
            raise
        self._room = asyncio.Semaphore(self.in_flight_max)

    async def _predict(self, request: Request, returns: str) -> Answer:
        frame = await self._ask(
            PREDICT, request.parameters, request.payload, request.flags, answer=RESULT)
        return answer_of(frame, returns, request.image_count)

    async def _ask(
        self, kind: int, parameters: bytes = bytes(16), payload: bytes = b"", flags: int = 0, *,
        answer: int,
    ) -> Frame:
        identifier = next(self._ids)
        data = bytes_of(kind, identifier, parameters, payload, flags)

        async def exchange() -> Frame:
            async with self._room:
                return await self._answered(identifier, data, answer)

        try:
            return await asyncio.wait_for(exchange(), self._timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(f"expected an answer within {self._timeout} s, got none") from None

    async def _answered(self, identifier: int, data: bytes, kind: int) -> Frame:
        if self._end is not None:
            raise self._end
        future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[identifier] = future
        try:
            self._writer.write(data)
            await self._writer.drain()
            return checked(await future, kind)
        finally:
            self._waiting.pop(identifier, None)

    async def _read(self) -> None:
        """Gives each answer to whom it is for, until the connection ends."""
        try:
            while True:
                header = await self._stream.readexactly(HEADER.size)
                frame = frame_of(header + await self._stream.readexactly(payload_length(header)))
                if frame.type == GOAWAY:
                    self.is_leaving = True
                elif frame.type in ANSWERS or frame.type == RELOAD_REPLY:
                    self._deliver(frame)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._fail(ConnectionEnded("the server closed the connection"))
        except (ProtocolViolation, OSError) as error:
            self._fail(error)

    def _deliver(self, frame: Frame) -> None:
        future = self._waiting.get(frame.id)
        if future is not None and not future.done():
            future.set_result(frame)
        elif frame.id == 0:
            try:
                checked(frame, -1)
            except BaseException as error:  # an ERROR that is about the connection
                self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._end = error
        self._writer.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(error)


async def _connect(
    address: str, tls: Optional[ssl.SSLContext], server_name: Optional[str],
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.startswith("unix:"):
        if tls:
            raise ValueError("TLS is for HOST:PORT, not for Unix sockets")
        return await asyncio.open_unix_connection(address[5:])
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if tls is None:
        return await asyncio.open_connection(host, int(port))
    return await asyncio.open_connection(
        host, int(port), ssl=tls, server_hostname=server_name or host)
