"""One connection an exchange: the name looked up, the address judged, what comes before an answer
bounded.

Agencies are different hosts, so a pool of connections would keep what nobody uses again, and look
through it on every request. httpx stays what asks (proxies, tests' transports); underneath stand
httpcore's HTTP/1.1 and asyncio's sockets, at about half the CPU of httpx's own transport.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import Executor
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final
from urllib.request import getproxies

import httpcore
import httpx

from plans.errors import OutsideError

HEAD_BYTES: Final = 128_000
"""The most that may come before an answer's body, interim answers (1xx) among it."""
_METADATA: Final = ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")
"""Where clouds tell a machine its secrets, beside the link-local addresses."""
_DIRECT: Final = ("all://127.0.0.1", "all://localhost", "all://[::1]")


class ForbiddenAddress(OutsideError):
    """A feed's name leads to an address that no agency's system can have."""

    code = "feed-address"


def make_client(context: ssl.SSLContext, names: Executor) -> httpx.AsyncClient:
    """A client for agencies; ``names``: threads that look their names up.

    Where the environment names a proxy for the world outside, httpx's own transport uses that,
    though not for this machine: there the proxy connects, and judges addresses.
    """
    proxied = bool(getproxies())
    return httpx.AsyncClient(
        verify=context,
        transport=None if proxied else FeedTransport(context, names),
        mounts=dict.fromkeys(_DIRECT) if proxied else None,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # none is kept
        timeout=None,  # noqa: S113 - each exchange as a whole has one
    )


class FeedTransport(httpx.AsyncBaseTransport):
    """Sends each request over a connection of its own. Nothing here ends by itself: the caller
    bounds the time. Errors are httpcore's or ``ForbiddenAddress``."""

    def __init__(self, context: ssl.SSLContext, names: Executor) -> None:
        self._context, self._names = context, names

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Connect, ask, and give the answer as soon as its head is here."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        if url.scheme not in (b"http", b"https"):
            raise httpcore.UnsupportedProtocol(f"not {request.url.scheme}")
        stream = await self._connect(url.origin)
        connection = httpcore.AsyncHTTP11Connection(url.origin, stream)
        asked = httpcore.Request(request.method, url, headers=request.headers.raw)
        try:
            answer = await connection.handle_async_request(asked)
        except BaseException:
            stream.close()
            raise
        stream.left = None
        body = _Body(answer.aiter_stream(), stream)
        return httpx.Response(answer.status, headers=answer.headers, stream=body)

    async def _connect(self, origin: httpcore.Origin) -> _Stream:
        host = origin.host.decode("ascii")
        try:
            found = await _open_socket(await self._addresses(host, origin.port))
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        if origin.scheme == b"http":
            return _Plain(found)
        return await _Secure.over(found, self._context, host)

    async def _addresses(self, host: str, port: int) -> list[Any]:
        name, kind = host.strip("[]"), socket.SOCK_STREAM
        try:
            ipaddress.ip_address(name)
        except ValueError:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._names, socket.getaddrinfo, name, port, 0, kind)
        else:
            found = socket.getaddrinfo(name, port, 0, kind, 0, socket.AI_NUMERICHOST)
        for one in found:
            _judge(str(one[4][0]))
        return list(found)


def _judge(address: str) -> None:
    """Agencies lie inside the office's network or outside of it, but nowhere else.

    Refused is what a name may lead to only by mistake or by malice: link-local addresses, with a
    cloud's secrets at 169.254.169.254, multicast, and the one that means any.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or str(ip) in _METADATA:
        said = f"its address leads to {ip}, which is never asked"
        raise ForbiddenAddress(said, permanent=True)


async def _open_socket(addresses: Iterable[Any]) -> socket.socket:
    loop, failed = asyncio.get_running_loop(), OSError("the name has no address")
    for family, kind, protocol, _, address in addresses:
        found = socket.socket(family, kind, protocol)
        found.setblocking(False)
        try:
            await loop.sock_connect(found, address)
        except OSError as error:
            found.close()
            failed = error
        except BaseException:
            found.close()
            raise
        else:
            return found
    raise failed


class _Stream(httpcore.AsyncNetworkStream):
    """Counts what comes while ``left`` says how much may."""

    left: int | None = HEAD_BYTES

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        try:
            data = await self.take(max_bytes)
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        if self.left is not None:
            self.left -= len(data)
            if self.left < 0:
                raise httpcore.RemoteProtocolError("no answer within the first 128 kB")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        try:
            await self.give(buffer)
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        self.close()

    def get_extra_info(self, info: str) -> Any:  # noqa: ARG002
        return None

    async def take(self, most: int) -> bytes:
        """Some bytes, none at the end."""
        raise NotImplementedError

    async def give(self, data: bytes) -> None:
        """Send all of it."""
        raise NotImplementedError

    def close(self) -> None:
        """End the connection at once."""
        raise NotImplementedError


class _Plain(_Stream):
    def __init__(self, found: socket.socket) -> None:
        self._socket, self._loop = found, asyncio.get_running_loop()

    async def take(self, most: int) -> bytes:
        return await self._loop.sock_recv(self._socket, most)

    async def give(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._socket, data)

    def close(self) -> None:
        self._socket.close()


class _Secure(_Stream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def over(cls, found: socket.socket, context: ssl.SSLContext, host: str) -> _Secure:
        try:
            some = await asyncio.open_connection(sock=found, ssl=context, server_hostname=host)
        except OSError as error:  # ssl.SSLError is one
            raise httpcore.ConnectError(str(error)) from error
        return cls(*some)

    async def take(self, most: int) -> bytes:
        return await self._reader.read(most)

    async def give(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        self._writer.transport.abort()


class _Body(httpx.AsyncByteStream):
    def __init__(self, parts: AsyncIterator[bytes], stream: _Stream) -> None:
        self._parts, self._stream = parts, stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._parts:
            yield part

    async def aclose(self) -> None:
        self._stream.close()
