"""A real SMTP server on loopback that keeps each message as a file, and refuses one mailbox."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Keeper:
    """Keeps what arrives: one ``.eml`` a message, over an earlier one of the same Message-ID."""

    def __init__(self, folder: Path, refused: str) -> None:
        self._folder = folder
        self._refused = refused

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Accept every recipient but the one whose mailbox is said to be gone."""
        if address == self._refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the message under its recipient and Message-ID."""
        identity = message_from_bytes(envelope.content)["Message-ID"] or ""
        name = hashlib.sha256(identity.encode()).hexdigest()[:10]
        recipient = envelope.rcpt_tos[0].partition("@")[0]
        (self._folder / f"{recipient}-{name}.eml").write_bytes(envelope.content)
        return "250 OK"


@contextmanager
def smtp_sink(folder: Path, refused: str) -> Iterator[str]:
    """Serve on a free port of loopback; gives the URL for ``DONDOC_SMTP_URL``."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    controller = Controller(Keeper(folder, refused), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
