"""A webhook's receiver on loopback, which keeps what came and answers what a test wants."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import HttpServer, Quiet


@dataclass
class Got:
    """A message as it came."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """An answer; ``parts`` are sent one by one, after a call of each that is callable."""

    status: int = 204
    parts: Sequence[bytes | Callable[[], Any]] = ()
    headers: dict[str, str] = field(default_factory=dict)


class HookServer(HttpServer):
    """Answers ``answer(got)`` to each message on a free port; ``got`` keeps them in order."""

    def __init__(
        self,
        answer: Callable[[Got], Answer] = lambda _: Answer(),
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.got: list[Got] = []
        server = self

        class Handler(Quiet, BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                got = Got(self.path, headers, body)
                server.got.append(got)
                self._send(answer(got))

            def _send(self, said: Answer) -> None:
                self.send_response(said.status)
                for name, value in ({"Connection": "close"} | said.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                for part in said.parts:
                    if callable(part):
                        part()
                    else:
                        self.wfile.write(part)

        super().__init__(Handler, host=host, tls=tls)
        self.url = f"http://{host}:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The identities of what came."""
        return [one.id for one in self.got]
