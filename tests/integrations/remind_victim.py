"""A reminder run that dies at its N-th step: every commit, and around every message sent.

Called with the database's URL and the folder that messages go to.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from integrations.delivery import deliver
from integrations.mail import MaildirTransport, MailSettings
from plans.reminding import remind
from plans.settings import Settings
from plans.store import open_engine, writing
from tests.builders import at
from tests.killing import Step, serve, watch

DAY = date(2025, 4, 8)
CONNECTIONS = 2


class Posting(MaildirTransport):
    """Appends each message's recipient and identity to a log, with a step before and after."""

    def __init__(self, folder: Path, step: Step) -> None:
        super().__init__(folder)
        self._log, self._step = folder / "log", step

    def send(self, envelope_from: str, to: str, message: bytes) -> None:
        self._step()
        super().send(envelope_from, to, message)
        identity = next(
            one for one in message.decode().splitlines() if one.lower().startswith("message-id")
        )
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{to} {identity}\n")
        self._step()


def run(step: Step) -> None:
    engine, folder = open_engine(sys.argv[1]), Path(sys.argv[2])
    watch(engine, step)
    with writing(engine, alone="remind") as connection:
        remind(connection, DAY, at(DAY), domain="x.vn")
    settings = Settings(data_dir=folder)
    lines = [Posting(folder, step) for _ in range(CONNECTIONS)]
    deliver(engine, settings, MailSettings(), at(DAY), lines=lines)


if __name__ == "__main__":
    serve(run)
