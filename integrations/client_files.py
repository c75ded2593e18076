"""Files that the client fetches: whole under their own name, or not there at all."""

from __future__ import annotations

import os
from email.message import Message
from pathlib import Path
from tempfile import mkstemp
from types import TracebackType
from typing import Final, Self

import httpx

UNNAMED: Final = "dondoc"
"""What a file is called that comes without a name, as through something that drops headers."""


class Coming:
    """A file that comes, beside its place: there once the block has ended well. ``path``: where.

    Given a folder, it takes the name that the server gives it.
    """

    def __init__(self, to: Path) -> None:
        self.path = to
        number, name = mkstemp(prefix=".dondoc-", dir=to if to.is_dir() else to.parent)
        self._open, self._part = os.fdopen(number, "wb"), Path(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
        if kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink()

    def take(self, response: httpx.Response) -> None:
        """Write what comes, from the beginning: an earlier try may have been cut."""
        self._open.seek(0)
        self._open.truncate()
        for piece in response.iter_bytes():
            self._open.write(piece)
        if self.path.is_dir():
            self.path /= name_of(response)


def name_of(response: httpx.Response) -> str:
    """The name that the server gives a file, without any folder in it."""
    said = Message()
    # RFC 6266: of both forms the one with an asterisk goes before.
    header = response.headers.get("Content-Disposition", "")
    wide = [part for part in header.split("; ") if not part.startswith('filename="')]
    said["Content-Disposition"] = "; ".join(wide) if "filename*=" in header else header
    name = Path((said.get_filename() or "").replace("\\", "/")).name
    return name.strip(". ") or UNNAMED
