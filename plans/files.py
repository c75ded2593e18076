"""Uploaded evidence: received, judged, and kept under the fingerprint of its content.

A file's content lies in the data directory, outside of anything that is served; its name is kept in
the record and never used on disk.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Row

from plans.errors import InvalidInput, TooLarge
from plans.privacy import require_confirmed_texts
from plans.sniffing import media_type_of
from plans.store import Connection
from plans.store import files as store

FOLDER, COMING = "files", "tmp"
LONGEST_NAME = 200
_HEX = re.compile(r"[0-9a-f]{64}")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""Signs that let a name read otherwise than it is, such as one that ends in exe as fdp."""


def folder_of(data_dir: Path) -> Path:
    """Where contents lie."""
    return data_dir / FOLDER


def path_of(folder: Path, sha256: str) -> Path:
    """Where the content of a fingerprint lies."""
    if not _HEX.fullmatch(sha256):
        raise ValueError("not a SHA-256 in hex")
    return folder / sha256[:2] / sha256[2:4] / sha256


def clean_name(given: str) -> str:
    """A file's name as it is kept: NFC, without any path; ``InvalidInput`` where none is left."""
    name = re.split(r"[/\\:]", unicodedata.normalize("NFC", given))[-1].strip().lstrip(". ")
    for sign in given:
        if unicodedata.category(sign) in ("Cc", "Cs") or sign in _TURNING:
            raise _bad_name(f"a file's name cannot hold U+{ord(sign):04X}")
    if not name:
        raise _bad_name("the file has no name")
    if len(name) > LONGEST_NAME:
        raise _bad_name(f"a file's name has at most {LONGEST_NAME} signs")
    return name


def _bad_name(message: str) -> InvalidInput:
    return InvalidInput(message, fields={"file": message})


def too_large(most: int) -> TooLarge:
    """What is said of a file of more than ``most`` bytes."""
    message = f"a file of at most {most // (1024 * 1024)} MB is taken"
    return TooLarge(message, fields={"file": message})


@dataclass(slots=True)
class Coming:
    """A file that is being received. ``most``: bytes that are taken."""

    file: BinaryIO
    path: Path
    most: int
    size: int = 0
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> None:
        """Take some more; ``TooLarge`` once it is too much."""
        self.size += len(data)
        if self.size > self.most:
            raise too_large(self.most)
        self._digest.update(data)
        self.file.write(data)

    @property
    def sha256(self) -> str:
        """The fingerprint of what came so far."""
        return self._digest.hexdigest()

    def judge(self) -> str:
        """The media type of what came, once it is on the disk; ``WrongType``: not taken."""
        self.file.flush()
        os.fsync(self.file.fileno())
        return media_type_of(self.path)


@contextmanager
def receive(folder: Path, most: int) -> Iterator[Coming]:
    """Receive a file under a name of its own; whatever was not kept is gone afterwards."""
    coming = folder / COMING
    coming.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=coming)  # readable by its owner alone
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield Coming(file, path, most)
    finally:
        path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file on its way into the record. ``confirmed``: its name may stand."""

    assignment: str
    name: str
    media_type: str
    actor: str
    confirmed: bool = False


def keep(
    connection: Connection, folder: Path, coming: Coming, upload: Upload, now: datetime
) -> Row[Any]:
    """Keep a judged file; the same content and name on an assignment are one file.

    The content is on the disk, durably, before the record says so: a crash leaves at most a content
    that nobody knows, which the next sweep takes.
    """
    flagged = require_confirmed_texts({"file": upload.name}, confirmed=upload.confirmed)
    store.lock(connection)
    store.lock_content(connection, coming.sha256)
    found = store.same(connection, upload.assignment, coming.sha256, upload.name)
    _place(folder, coming)
    if found is None:
        key = secrets.token_hex(16)
        row = {
            "id": key,
            "assignment": upload.assignment,
            "sha256": coming.sha256,
            "name": upload.name,
            "media_type": upload.media_type,
            "size": coming.size,
            "flagged": flagged,
            "uploaded_by": upload.actor,
            "uploaded_at": now,
            "removed_at": None,
        }
        store.add(connection, row)
        found = store.one(connection, key)
        assert found is not None
    return found


def _place(folder: Path, coming: Coming) -> None:
    """Let a content lie where its fingerprint says, also after a power cut."""
    path = path_of(folder, coming.sha256)
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    coming.path.replace(path)
    for directory in (path.parent, path.parent.parent, folder, folder.parent):
        _sync(directory)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- what nobody needs any more ------------------------------------------------------------------


def sweep(connection: Connection, folder: Path, now: datetime, *, dry_run: bool = False) -> int:
    """Delete contents that belong to no file (any more), and what was never received whole.

    Whoever places a content waits until this transaction ends, so none is taken from under it.
    """
    store.lock(connection, alone=not dry_run)
    found = 0
    for bucket in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        contents = {path.name: path for path in bucket.glob("*/*") if _HEX.fullmatch(path.name)}
        living = store.living(connection, contents)
        found += _unlink([contents[one] for one in contents.keys() - living], dry_run)
    old = now.timestamp() - 24 * 3600
    stale = [path for path in (folder / COMING).glob("*") if path.stat().st_mtime < old]
    return found + _unlink(stale, dry_run)


def _unlink(paths: list[Path], dry_run: bool) -> int:
    for path in () if dry_run else paths:
        path.unlink(missing_ok=True)
    return len(paths)


def missing(connection: Connection, folder: Path) -> list[str]:
    """What is wrong with the contents of files, in words: gone, or changed on the disk."""
    found = []
    for row in store.every(connection):
        path = path_of(folder, row.sha256)
        if not path.is_file():
            found.append(f"file {row.id}: its content is missing in {folder}")
        elif _fingerprint(path) != row.sha256:
            found.append(f"file {row.id}: its content has changed on the disk")
    return found


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
