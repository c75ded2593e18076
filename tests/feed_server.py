"""A feed on loopback that answers what a test wants."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import HttpServer, Listener, Quiet


@dataclass
class Asked:
    """A request as it came."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]


@dataclass
class Said:
    """An answer; ``parts`` are sent one by one, after a call of each that is callable."""

    status: int = 200
    parts: Sequence[bytes | Callable[[], Any]] = ()
    headers: dict[str, str] = field(default_factory=dict)


def page(items: Sequence[Any], following: str, *, more: bool = False) -> Said:
    body = json.dumps({"items": list(items), "next": following, "more": more})
    return Said(parts=[body.encode()], headers={"Content-Type": "application/json"})


class FeedServer(HttpServer):
    """Serves ``answer(asked)`` on a free port; ``asked`` keeps what came."""

    def __init__(self, answer: Callable[[Asked], Said]) -> None:
        self.asked: list[Asked] = []
        server = self

        class Handler(Quiet, BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                query = {name: values[-1] for name, values in parse_qs(url.query).items()}
                asked = Asked(url.path, query, self.headers)  # type: ignore[arg-type]
                server.asked.append(asked)
                said = answer(asked)
                self.send_response(said.status)
                for name, value in ({"Connection": "close"} | said.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                for part in said.parts:
                    _send(self, part)

        super().__init__(Handler)
        self.url = f"http://127.0.0.1:{self.port}/feed"


def _send(handler: BaseHTTPRequestHandler, part: bytes | Callable[[], Any]) -> None:
    if callable(part):
        part()
        return
    handler.wfile.write(part)
    handler.wfile.flush()


class RawServer(Listener):
    """Hands each connection to ``answer``, in a thread of its own: what is no HTTP server."""

    def __init__(self, answer: Callable[[socket.socket], Any]) -> None:
        super().__init__()
        self._answer = answer
        self.connections = 0
        self._open: list[socket.socket] = []
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}/feed"

    def talk(self, line: socket.socket) -> None:
        self.connections += 1
        self._open.append(line)
        with suppress(OSError), line:
            self._answer(line)

    def drop(self) -> None:
        for line in self._open:
            line.close()


class Feed:
    """Items behind cursors that count, in pages of ``size``: what a well-kept system serves."""

    def __init__(self, size: int = 2) -> None:
        self.items: list[Any] = []
        self.size = size

    def __call__(self, asked: Asked) -> Said:
        start = int(asked.query.get("since", "0"))
        end = min(len(self.items), start + min(self.size, int(asked.query["limit"])))
        return page(self.items[start:end], str(end), more=end < len(self.items))
