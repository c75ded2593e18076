"""Servers of tests on free ports of this machine: HTTP, and what is no HTTP at all."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Quiet(BaseHTTPRequestHandler):
    """HTTP/1.1, without a word on standard error."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *given: Any) -> None:
        pass


class HttpServer:
    """Has ``handler`` answer each request in a thread of its own."""

    def __init__(
        self,
        handler: type[BaseHTTPRequestHandler],
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._http = ThreadingHTTPServer((host, 0), handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_given: None  # type: ignore[method-assign]
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_port

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()


class Listener:
    """Hands each connection that comes to ``talk``, in a thread of its own."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listening.getsockname()[1]

    def talk(self, line: socket.socket) -> None:
        """Speak on a connection."""
        raise NotImplementedError

    def drop(self) -> None:
        """End every connection that is open."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Closed alone, it would still be waited on by the thread that accepts.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.drop()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(line,), daemon=True).start()
