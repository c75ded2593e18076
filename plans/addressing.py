"""The bodies that messages go to and name, as they are on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from plans.bodies import Directory
from plans.errors import NotFound
from plans.loading import read_directory
from plans.store import Connection, bodies


class Bodies:
    """Every body in the record, and which of them can be written to on a day."""

    def __init__(self, connection: Connection, on: date) -> None:
        self._on = on
        self._rows: Mapping[str, Any] = bodies.brief(connection)
        # Who follows whom is declared, and takes long to read: only where a body has ended.
        ended = any(row.until is not None for row in self._rows.values())
        self._directory: Directory | None = read_directory(connection) if ended else None

    def name(self, code: str) -> str:
        """A body's Vietnamese name."""
        return str(self._rows[code].name_vi)

    def knows(self, code: str) -> bool:
        """Whether the code is a body of the record."""
        return code in self._rows

    def exists(self, code: str | None) -> bool:
        """Whether there is such a body on the day."""
        row = self._rows.get(code) if code else None
        if row is None:
            return False
        begun = row.since is None or row.since <= self._on
        return bool(begun and (row.until is None or self._on <= row.until))

    def present(self, code: str | None) -> str | None:
        """The body, or the one that took everything over from it; None where neither exists."""
        if code is None or self.exists(code):
            return code
        heir = self._heir(code)
        return heir if self.exists(heir) else None

    def _heir(self, code: str) -> str | None:
        if self._directory is None:
            return None
        try:
            return self._directory.lead_on(code, self._on).code
        except NotFound:  # a commune or province: the package names no heirs
            return None

    def superior(self, code: str, coordinator: str) -> str | None:
        """Whom lateness is reported to: the body above, else the coordinating office."""
        above = self.present(self._rows[code].parent) or self.present(coordinator)
        return above if above != code else None
