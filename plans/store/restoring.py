"""Bringing a backup into an empty place: verified first, the database last, all of it or nothing.

A restore that was killed is simply begun again: uploaded files lie under their fingerprints, and
the database is there whole or not at all.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import IO

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from plans.errors import Conflict, InvalidInput, NotFound
from plans.files import COMING, folder_of, path_of
from plans.store import archives, dumps, likeness, outbox
from plans.store.archives import BLOCK, DATABASE, FILES, KEY, Kind, Manifest, Told
from plans.store.backups import Say
from plans.store.claims import MAY_HAVE_IT
from plans.store.engine import reading, writing
from plans.store.likeness import Figures
from plans.store.upgrade import configure, current
from plans.store.whole_files import filling, require_room, sync, workshop

OTHER_KIND = {
    "sqlite": "{0} holds an SQLite database, and DONDOC_DATABASE_URL names PostgreSQL: restore it "
    "without that setting, then 'dondoc db move' takes the record to PostgreSQL",
    "postgresql": "{0} holds a PostgreSQL database: let DONDOC_DATABASE_URL name an empty one",
}

MAYBE_SENT = f"from a backup: it may have been sent since, and its reader {MAY_HAVE_IT}"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup is restored to; ``key``: what ``DONDOC_SECRET_KEY`` says, if anything."""

    engine: Engine
    data_dir: Path
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back. ``manifest``: None for a copy that an older version made.

    ``waiting``: messages that wait, and may have gone out after the backup was made.
    """

    manifest: Manifest | None
    key: bool = False
    already: bool = False
    waiting: int = 0


def restore(target: Target, file: Path, say: Say, told: Told) -> Restored:
    """Bring a backup into an empty place.

    What waits to be sent may have been sent since the backup: it is marked so, that it goes again
    in the same words if at all.

    ``NotFound``: no such file; ``InvalidInput``: it is damaged, foreign or of another kind of
    database; ``Conflict``: there is data already, or no room.
    """
    done = _brought_back(target, file, say, told)
    with writing(target.engine) as connection:
        if not inspect(connection).has_table("deliveries"):
            return done
        return replace(done, waiting=outbox.doubt_all(connection, MAYBE_SENT))


def _brought_back(target: Target, file: Path, say: Say, told: Told) -> Restored:
    if not file.is_file():
        raise NotFound(f"no file {file}")
    if bare := _bare_kind(file):
        _require_kind(target, bare, file)
        return _restore_bare(target, file)
    say("verifying the backup", file.stat().st_size)
    manifest = archives.verify(file, told)
    _require_kind(target, manifest.kind, file)
    if not _is_known(manifest.revision):
        raise InvalidInput(
            f"{file} was made by a newer version of Dondoc ({manifest.program}, "
            f"revision {manifest.revision}); restore it with that one"
        )
    with filling(_workplace(target).parent, manifest.bytes):  # SQLite makes files to look at one
        already = _holds(target, manifest)
    say("restoring", manifest.bytes)
    with archives.understood(file):
        key = _unpack(target, file, manifest, told, database=not already)
    return Restored(manifest, key, already)


def _is_known(revision: str) -> bool:
    scripts = ScriptDirectory.from_config(configure())
    return revision in {one.revision for one in scripts.walk_revisions()}


def _bare_kind(file: Path) -> Kind | None:
    """The kind of a copy that is no archive: what ``dondoc db backup`` made up to 0.1."""
    with file.open("rb") as handle:
        head = handle.read(len(dumps.SQLITE_HEADER))
    if head == dumps.SQLITE_HEADER:
        return "sqlite"
    return "postgresql" if head.startswith(dumps.PG_HEADER) else None


def _require_kind(target: Target, kind: Kind, file: Path) -> None:
    if kind != dumps.kind_of(target.engine):
        raise InvalidInput(OTHER_KIND[kind].format(file))


def _restore_bare(target: Target, file: Path) -> Restored:
    if inspect(target.engine).get_table_names():
        raise _full()
    if dumps.kind_of(target.engine) == "postgresql":
        dumps.load(target.engine, file)
        return Restored(None)
    dumps.inspect_sqlite(file)
    place = dumps.path_of(target.engine)
    require_room(place.parent, file.stat().st_size, "the database")
    with workshop(place, file.stat().st_size) as scratch:
        shutil.copyfile(file, scratch / place.name)
        _put_sqlite(target, scratch / place.name)
    return Restored(None)


def _full() -> Conflict:
    return Conflict("the database holds data; restore into an empty one")


# --- whether the place is empty ------------------------------------------------------------------


def _holds(target: Target, manifest: Manifest) -> bool:
    """Whether the database is there already, by a restore that was killed at its very end.

    ``Conflict``: it holds anything else, or the data directory has others' files or key.
    """
    already = bool(inspect(target.engine).get_table_names())
    if already and not _is_same(target.engine, manifest):
        raise _full()
    if target.engine.dialect.name == "postgresql":
        _require_new_server(target.engine, manifest)
    require_room(target.data_dir, manifest.bytes, "the restored record")
    return already


def _is_same(engine: Engine, manifest: Manifest) -> bool:
    if current(engine) != manifest.revision:
        return False
    with reading(engine) as connection:
        return likeness.of(connection) == _figures(manifest)


def _figures(manifest: Manifest) -> Figures:
    return Figures(manifest.tables, manifest.heads)


def _require_new_server(engine: Engine, manifest: Manifest) -> None:
    with reading(engine) as connection:
        server = dumps.server_of(connection)
    if server < int(manifest.server):
        raise InvalidInput(
            f"the backup was made of PostgreSQL {manifest.server}, and this one is {server}: "
            "restore it into one that is not older"
        )


def _require_free(target: Target, names: set[str], key: str | None) -> None:
    """``Conflict`` where uploaded files or a key of another record lie in the data directory."""
    files = folder_of(target.data_dir)
    there = {one.name for one in files.glob("[0-9a-f][0-9a-f]/*/*")}
    if foreign := there - names:
        raise Conflict(
            f"{files} holds {len(foreign)} uploaded files that are not in the backup; "
            "let DONDOC_DATA_DIR name an empty directory, or move them away"
        )
    if key is None:
        return
    path = target.data_dir / KEY
    known = path.read_text(encoding="utf-8").strip() if path.exists() else target.key
    if known and known != key:
        where = path if path.exists() else "DONDOC_SECRET_KEY"
        raise Conflict(f"{where} holds another key than the backup; move it away, or unset it")


# --- writing -------------------------------------------------------------------------------------


def _unpack(target: Target, file: Path, manifest: Manifest, told: Told, *, database: bool) -> bool:
    """Uploaded files, then the key, then the database; whether there was a key."""
    key = _key_in(file) if KEY in manifest.members else None
    names = {head.name.removeprefix(FILES) for head, _ in archives.members(file)}
    _require_free(target, names, key)
    place, files = _workplace(target), folder_of(target.data_dir)
    with workshop(place, manifest.bytes) as scratch:
        for header, content in archives.members(file):
            if header.name.startswith(FILES):
                told(header.size)
                with filling(files, manifest.bytes):
                    _place(path_of(files, header.name[len(FILES) :]), content, files / COMING)
            elif header.name == DATABASE[manifest.kind] and database:
                told(header.size)
                _write(scratch / header.name, content)
                _look_at(scratch / header.name, manifest)
        if key and not target.key:
            _place(target.data_dir / KEY, BytesIO(key.encode()), target.data_dir)
        for folder in (*files.glob("??/??"), *files.glob("??"), files, target.data_dir):
            if folder.is_dir():
                sync(folder)
        if database:
            _put_database(target, scratch / DATABASE[manifest.kind], manifest)
    return key is not None


def _workplace(target: Target) -> Path:
    if dumps.kind_of(target.engine) == "sqlite":
        return dumps.path_of(target.engine)
    return target.data_dir / DATABASE["postgresql"]


def _key_in(file: Path) -> str:
    found = (content.read() for header, content in archives.members(file) if header.name == KEY)
    return next(found).decode().strip()


def _place(path: Path, content: IO[bytes], by: Path) -> None:
    """Let a file lie at a place, whole; ``by`` holds it while it comes, on the same disk."""
    for folder in (path.parent, by):
        _make_private(folder)
    coming = by / f".{path.name}.coming"
    _write(coming, content)
    coming.replace(path)


def _make_private(folder: Path) -> None:
    """For its owner alone, root or not, and so those above it that are missing as well."""
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _write(path: Path, content: IO[bytes]) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
        shutil.copyfileobj(content, out, BLOCK)
        out.flush()
        os.fsync(out.fileno())


def _put_database(target: Target, made: Path, manifest: Manifest) -> None:
    if manifest.kind == "postgresql":
        dumps.load(target.engine, made)
        with reading(target.engine) as connection:
            _require_same(likeness.of(connection), manifest)
        return
    _put_sqlite(target, made)


def _look_at(made: Path, manifest: Manifest) -> None:
    """Compare what can be compared before anything was written."""
    if manifest.kind == "sqlite":
        with dumps.looking(made) as connection:
            _require_same(likeness.of(connection), manifest)


def _require_same(found: Figures, manifest: Manifest) -> None:
    if differences := _figures(manifest).differences(found):
        raise Conflict(f"what was restored is not what was backed up: {'; '.join(differences)}")


def _put_sqlite(target: Target, made: Path) -> None:
    """Let a database lie where the empty one lies that opening it has made."""
    place = dumps.path_of(target.engine)
    if inspect(target.engine).get_table_names():
        raise _full()
    target.engine.dispose()
    if dumps.wal_of(target.engine).exists():
        raise Conflict(f"another process has {place} open; end it first")
    made.chmod(0o600)
    sync(made)
    made.replace(place)
    sync(place.parent)
