"""The web process's end: who connects after it was asked to end is turned away at once.

uvicorn tells the connections that it has to close, but not one that is accepted in that moment,
which would then be served, and waited for, until the time limit.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from types import FrameType

from uvicorn.protocols.http.h11_impl import H11Protocol

_asked = threading.Event()


class Protocol(H11Protocol):
    """A connection, closed again where the end has begun."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, or do not."""
        super().connection_made(transport)
        if _asked.is_set():
            self.shutdown()


def watch_for_end() -> None:
    """Notice the signals that end the server, which has its own handlers in place by now."""
    for one in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(one)

        def note(number: int, frame: FrameType | None, before: object = before) -> None:
            _asked.set()
            if callable(before):
                before(number, frame)

        signal.signal(one, note)
