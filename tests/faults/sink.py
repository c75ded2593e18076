"""A mail server that takes every message, and keeps who got which, when."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from typing import Any

from aiosmtpd.controller import Controller

from dondoc.prefect_home import free_port


@dataclass(frozen=True, slots=True)
class Received:
    """One message; ``at`` is the moment in our own time, in seconds."""

    recipient: str
    message_id: str
    at: float


class Sink:
    """A server on loopback. ``received`` grows with each message, before it is acknowledged."""

    def __init__(self, told: Callable[[], None]) -> None:
        self.received: list[Received] = []
        self._told = told
        self.port = free_port()
        self._controller = Controller(self, "127.0.0.1", self.port, ready_timeout=30)
        self._controller.start()

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        headers = BytesHeaderParser().parsebytes(envelope.content)
        key = str(headers["Message-ID"]).strip()
        self.received += [Received(to, key, time.monotonic()) for to in envelope.rcpt_tos]
        self._told()
        return "250 taken"

    def close(self) -> None:
        self._controller.stop()
