"""Simulated agencies: a port each on loopback, in a process of their own, each 50 ms away.

python -m bench.agencies COUNT ITEMS PAGES: prints the ports as JSON, and serves until standard
input ends. Each answers with ITEMS further items about its own assignment, and says that there is
more until PAGES pages were read. The answer is ready-made but for the cursor, so that the agencies
are not what is measured.
"""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

LATENCY = 0.05


class Agency(asyncio.Protocol):
    """One connection to an agency; any number of requests on it."""

    def __init__(self, number: int, items: int, pages: int) -> None:
        self.number, self.items, self.pages = number, items, pages
        self.came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        assert isinstance(transport, asyncio.Transport)
        self.line, self.loop = transport, asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        """Answer each whole request, a while later."""
        self.came += data
        while b"\r\n\r\n" in self.came:
            head, _, self.came = self.came.partition(b"\r\n\r\n")
            self.loop.call_later(LATENCY, self.answer, _since(head))

    def answer(self, since: int) -> None:
        """The page after a cursor."""
        if self.line.is_closing():
            return
        start = since * self.items
        items = b",".join(
            ITEM % (start + n, self.number, (start + n) % 100) for n in range(self.items)
        )
        more = b"true" if (since + 1) % self.pages else b"false"
        body = b'{"items": [%b], "next": "%d", "more": %b}' % (items, since + 1, more)
        self.line.write(HEAD % len(body) + body)


ITEM = (
    '{"id": "i%d", "assignment": "p0/p0-t%d", "percent": %d, "submit": false, "evidence": [], '
    '"result": "Đã ban hành văn bản hướng dẫn; tập huấn 12 lớp", '
    '"reported_at": "2025-03-10T08:00:00+07:00"}'
).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def _since(head: bytes) -> int:
    _, found, rest = head.partition(b"since=")
    return int(rest[: rest.index(b" ")].partition(b"&")[0]) if found else 0


async def serve(count: int, items: int, pages: int) -> None:
    """Until standard input ends."""
    loop, ports = asyncio.get_running_loop(), []
    for number in range(count):
        listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        ports.append(listening.getsockname()[1])
        await loop.create_server(partial(Agency, number, items, pages), sock=listening)
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def agencies(count: int, items: int = 1, pages: int = 1) -> Iterator[list[str]]:
    """Their addresses, in order, while they answer."""
    command = [sys.executable, "-m", "bench.agencies", *map(str, (count, items, pages))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            ports = json.loads(process.stdout.readline())
            yield [f"http://127.0.0.1:{port}/feed" for port in ports]
        finally:
            process.stdin.close()


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(serve(*map(int, sys.argv[1:])))
