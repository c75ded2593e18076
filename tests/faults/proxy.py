"""A TCP proxy that cuts a connection at the worst moment: when a given thing passes.

The moment is told by what the caller sends: a ``COMMIT``, a call's end, a message's final dot. Cut
``before``, the other side never hears it; cut ``after``, it has done it, and its answer is lost.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from tests.loopback import Listener

Cut = Literal["before", "after"]
COMMIT = b"COMMIT\x00"
FINAL_DOT = b"\r\n.\r\n"
CALL = b"POST /api/v1/"


class Proxy(Listener):
    """Passes on what comes to ``port``; ``passed`` counts how often the moment came."""

    def __init__(
        self, target: int, moment: bytes, on_cut: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__()
        self.target, self.moment = target, moment
        self.passed = 0
        self._on_cut = on_cut
        self._cuts: list[Cut] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def cut(self, how: Cut) -> None:
        """Cut the next connection on which the moment comes."""
        with self._lock:
            self._cuts.append(how)

    def forget(self) -> int:
        """Cut no more; gives how many cuts never came."""
        with self._lock:
            left, self._cuts = len(self._cuts), []
        return left

    def drop(self) -> None:
        """Cut every connection now."""
        with self._lock:
            some = list(self._open)
        for one in some:
            _close(one)

    def talk(self, caller: socket.socket) -> None:
        try:
            called = socket.create_connection(("127.0.0.1", self.target), timeout=30)
        except OSError:
            _close(caller)
            return
        called.settimeout(None)
        for one in (caller, called):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {caller, called}
        lost = threading.Event()
        threading.Thread(target=self._answer, args=(called, caller, lost), daemon=True).start()
        self._ask(caller, called, lost)
        with self._lock:
            self._open -= {caller, called}

    def _ask(self, caller: socket.socket, called: socket.socket, lost: threading.Event) -> None:
        tail = b""
        with suppress(OSError):
            while data := caller.recv(65536):
                seen = tail + data
                if self.moment in seen:
                    seen = b""
                    if (how := self._next()) == "before":
                        self._on_cut()
                        break
                    if how == "after":
                        lost.set()
                tail = seen[-len(self.moment) + 1 :]
                called.sendall(data)
        _close(caller)
        _close(called)

    def _answer(self, called: socket.socket, caller: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while data := called.recv(65536):
                if lost.is_set():
                    self._on_cut()
                    break
                caller.sendall(data)
        _close(caller)
        _close(called)

    def _next(self) -> Cut | None:
        with self._lock:
            self.passed += 1
            return self._cuts.pop(0) if self._cuts else None


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
