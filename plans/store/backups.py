"""Backing up and restoring all that is needed to come back: one file, whole or not there at all.

The database comes first and the uploaded files after it: whatever the copy of the database names
lay on the disk before. A restore writes in the opposite order, and the database last.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy import Engine

from plans.errors import Conflict, InvalidInput
from plans.files import folder_of, path_of
from plans.store import dumps
from plans.store import files as store
from plans.store.archives import DATABASE, KEY, Manifest, Told, Writer
from plans.store.engine import reading
from plans.store.whole_files import publish, require_room, workshop

TRIES = 3
PATTERN = "dondoc-%Y%m%d-%H%M%S.tar"
_NAMES = "dondoc-" + "[0-9]" * 8 + "-" + "[0-9]" * 6 + ".tar"

Say = Callable[[str, int], None]
"""Told what is being done, and how many bytes it is about (0: nobody knows)."""


class _Removed(Exception):
    """An uploaded file went, by right, since the database was copied."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made."""

    file: Path
    bytes: int
    manifest: Manifest

    @property
    def is_whole(self) -> bool:
        """Whether every uploaded file that the database names is in it as it was uploaded."""
        return not (self.manifest.missing or self.manifest.changed)


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: a database, the data directory, and the key where it is wanted."""

    engine: Engine
    data_dir: Path
    key: str | None = None


def named(folder: Path, now: datetime) -> Path:
    """What a backup made now is called in a folder."""
    return folder / now.strftime(PATTERN)


def thin_out(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest backups that were named here; gives the removed ones."""
    old = sorted(folder.glob(_NAMES))[:-keep]
    for one in old:
        one.unlink(missing_ok=True)
    return old


def back_up(source: Source, file: Path, now: datetime, say: Say, told: Told) -> Backup:
    """A consistent copy in a new file, while others write.

    ``InvalidInput``: it exists. ``Conflict``: no room, or uploaded files were removed all the time.
    ``NotFound``: PostgreSQL's tool is missing or too old.
    """
    if file.exists():
        raise InvalidInput(f"{file} exists already; name a new file")
    files = folder_of(source.data_dir)
    needed = 2 * dumps.size_of(source.engine) + sum(map(_size_of, files.glob("??/??/*")))
    require_room(file.parent, needed, "a backup")
    with workshop(file, needed) as scratch:
        for _ in range(TRIES):
            try:
                manifest = _try(source, scratch, now, say, told)
            except _Removed:
                continue  # with a newer copy of the database, which does not name it
            made = scratch / "archive"
            publish(made, file)
            return Backup(file, file.stat().st_size, manifest)
    raise Conflict("uploaded files are being removed; make the backup once that is over")


def _try(source: Source, scratch: Path, now: datetime, say: Say, told: Told) -> Manifest:
    say("copying the database", 0)
    dump = dumps.dump(source.engine, scratch)
    files = folder_of(source.data_dir)
    there = [one for one in dump.contents if path_of(files, one).is_file()]
    missing = _still_named(source.engine, set(dump.contents) - set(there))
    say("writing the archive", dump.file.stat().st_size)
    with os.fdopen(
        os.open(scratch / "archive", os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600), "wb"
    ) as out:
        writer = Writer(out, now, told)
        writer.add_member(DATABASE[dump.kind], dump.file)
        dump.file.unlink()
        say("uploaded files", sum(_size_of(path_of(files, one)) for one in there))
        for one in there:
            try:
                writer.add_file(one, path_of(files, one))
            except FileNotFoundError:
                raise _Removed from None
        if source.key:
            writer.add_bytes(KEY, source.key.encode())
        manifest = _manifest(dump, writer, now, missing)
        writer.finish(manifest)
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _still_named(engine: Engine, gone: set[str]) -> list[str]:
    """Contents that are missing; ``_Removed``: some were removed by right meanwhile."""
    if not gone:
        return []
    with reading(engine) as connection:
        living = store.living(connection, gone)
    if living != gone:
        raise _Removed
    return sorted(gone)


def _size_of(path: Path) -> int:
    """A file's size; 0 where it has gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _manifest(dump: dumps.Dump, writer: Writer, now: datetime, missing: list[str]) -> Manifest:
    facts = {
        "program": _program(),
        "revision": dump.revision,
        "made_at": now,
        "kind": dump.kind,
        "server": dump.server,
        "tables": dump.figures.tables,
        "heads": dump.figures.heads,
        "missing": tuple(missing),
    }
    return Manifest.model_validate(facts | writer.facts())


def _program() -> str:
    try:
        return version("dondoc")
    except PackageNotFoundError:
        return "unknown"
