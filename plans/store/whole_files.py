"""Files that are there whole or not at all: made beside their place, synced, then moved to it."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.exc import OperationalError

from plans.errors import Conflict, InvalidInput
from plans.full_disk import is_full

SPARE = 16 * 1024 * 1024


@contextmanager
def workshop(target: Path, needed: int) -> Iterator[Path]:
    """A folder beside a file that is to be made, for us alone; gone afterwards.

    What a killed run left there is removed by the next one. ``needed``: see ``filling``.
    """
    with filling(target.parent, needed):
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix, suffix = f".{target.name}.", ".partial"
        for left in target.parent.glob(f"{_plain(prefix)}*{suffix}"):
            _remove_if_dead(left)
        folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=prefix, suffix=suffix))
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)


@contextmanager
def filling(folder: Path, needed: int) -> Iterator[None]:
    """While so many bytes are written into a folder: ``Conflict`` where its disk takes no more."""
    try:
        yield
    except (OSError, sqlite3.Error, OperationalError) as error:
        if (refusal := _refusal(error)) is None:
            raise
        raise Conflict(f"{refusal} at {folder}; needs about {_megabytes(needed)} there") from None


def _refusal(error: Exception) -> str | None:
    """What a disk that takes no more says; None: it is another matter."""
    driver = getattr(error, "orig", None) or error
    name = str(getattr(driver, "sqlite_errorname", ""))
    if is_full(driver) and (name or isinstance(driver, OSError)):  # not PostgreSQL's own disk
        return "the disk is full"
    if name.startswith("SQLITE_IOERR") or getattr(driver, "errno", None) == errno.EFBIG:
        return f"the disk takes no more ({driver}), is full or failing,"
    return None


def _plain(text: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)


def _remove_if_dead(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # falls with the process
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)


def publish(made: Path, target: Path) -> None:
    """Let a synced file lie at a place where none is; ``InvalidInput``: there is one."""
    try:
        os.link(made, target)  # never over another file, unlike a rename
    except FileExistsError:
        raise InvalidInput(f"{target} exists already; name a new file") from None
    except OSError:  # a disk that knows no links
        if target.exists():
            raise InvalidInput(f"{target} exists already; name a new file") from None
        made.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of files, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def require_room(folder: Path, needed: int, what: str) -> None:
    """``Conflict`` unless a folder's disk takes so many bytes more."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < needed + SPARE:
        raise Conflict(
            f"{what} needs about {_megabytes(needed)} in {folder}, "
            f"where {free // 1_000_000:,} MB are free"
        )


def _megabytes(needed: int) -> str:
    return f"{(needed + SPARE) // 1_000_000 + 1:,} MB"
