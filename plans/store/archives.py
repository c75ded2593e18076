"""A backup as one file: a tar of the database, the uploaded files and, at its end, a manifest.

``database.sqlite3`` or ``database.dump``, ``files/<SHA-256>``, ``secret.key`` where it was asked
for, ``manifest.json``. An archive that was cut off anywhere has no manifest, and each member's
fingerprint stands in it or, for an uploaded file, is its name.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from plans.errors import InvalidInput

MANIFEST, KEY, FILES = "manifest.json", "secret.key", "files/"
MOST_MANIFEST = 16 * 1024 * 1024
MOST_KEY = 64 * 1024
BLOCK = 1024 * 1024
Kind = Literal["sqlite", "postgresql"]
DATABASE: dict[Kind, str] = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}

Told = Callable[[int], None]
"""Told of bytes that were dealt with."""
_NAME = re.compile(r"database\.(?:sqlite3|dump)|files/[0-9a-f]{64}|secret\.key|manifest\.json")


class Member(BaseModel):
    """A member's size in bytes and SHA-256."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds. ``tables``: rows of each; ``heads``: see ``likeness``.

    ``files``: how many uploaded files, ``names`` a hash over their names in order. ``missing``:
    those that the database named and that were not there; ``changed``: that were not as their name
    says. ``server``: the version of what the database was on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1
    program: str
    revision: str
    made_at: AwareDatetime
    kind: Kind
    server: str
    tables: dict[str, int]
    heads: str
    members: dict[str, Member]
    files: int
    file_bytes: int
    names: str
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """What all members need on a disk."""
        return self.file_bytes + sum(one.size for one in self.members.values())


@dataclass(slots=True)
class Hashing:
    """Reads a file and keeps its fingerprint; tells how far it is."""

    file: IO[bytes]
    told: Told
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def read(self, size: int = -1) -> bytes:
        """Some more bytes."""
        data = self.file.read(size)
        self.size += len(data)
        self.digest.update(data)
        self.told(len(data))
        return data

    def drain(self) -> Member:
        """Read to the end; gives size and fingerprint."""
        while self.read(BLOCK):
            pass
        return self.member

    @property
    def member(self) -> Member:
        """Size and fingerprint of what was read."""
        return Member(size=self.size, sha256=self.digest.hexdigest())


class Writer:
    """Writes an archive, member by member. Errors are those of the disk."""

    def __init__(self, out: IO[bytes], made_at: datetime, told: Told) -> None:
        self._tar = tarfile.TarFile(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)
        self._made_at, self._told = made_at, told
        self.members: dict[str, Member] = {}
        self.changed: list[str] = []
        self._names = hashlib.sha256()
        self._files = self._bytes = 0

    def add(self, name: str, path: Path) -> Member:
        """A file under a name; ``FileNotFoundError`` before anything of it was written."""
        with path.open("rb") as file:
            header = self._header(name, path.stat().st_size)
            source = Hashing(file, self._told)
            self._tar.addfile(header, source)
            _forget(self._tar)
        return source.member

    def add_member(self, name: str, path: Path) -> None:
        """A file whose fingerprint the manifest will hold."""
        self.members[name] = self.add(name, path)

    def add_bytes(self, name: str, content: bytes) -> None:
        """The same of what is in memory."""
        self._tar.addfile(self._header(name, len(content)), io.BytesIO(content))
        sha256 = hashlib.sha256(content).hexdigest()
        self.members[name] = Member(size=len(content), sha256=sha256)

    def add_file(self, sha256: str, path: Path) -> None:
        """An uploaded file, which is called after what it should hold; one each, in order."""
        found = self.add(FILES + sha256, path)
        if found.sha256 != sha256:
            self.changed.append(sha256)
        self._files, self._bytes = self._files + 1, self._bytes + found.size
        self._names.update(sha256.encode())

    def facts(self) -> dict[str, object]:
        """What a manifest says of the members written."""
        return {
            "members": self.members,
            "files": self._files,
            "file_bytes": self._bytes,
            "names": self._names.hexdigest(),
            "changed": tuple(self.changed),
        }

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the archive's end."""
        content = manifest.model_dump_json(indent=1).encode()
        self._tar.addfile(self._header(MANIFEST, len(content)), io.BytesIO(content))
        self._tar.close()

    def _header(self, name: str, size: int) -> tarfile.TarInfo:
        header = tarfile.TarInfo(name)
        header.size, header.mode, header.mtime = size, 0o600, int(self._made_at.timestamp())
        return header


def _forget(tar: Any) -> None:
    """Let it not remember the header of each of a million uploaded files."""
    tar.members.clear()


# --- reading -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    """What was met while an archive was read."""

    members: dict[str, Member] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    names: hashlib._Hash = field(default_factory=hashlib.sha256)
    files: int = 0
    file_bytes: int = 0

    def add(self, name: str, found: Member) -> None:
        if not name.startswith(FILES):
            self.members[name] = found
            return
        sha256 = name.removeprefix(FILES)
        if found.sha256 != sha256:
            self.changed.append(sha256)
        self.files, self.file_bytes = self.files + 1, self.file_bytes + found.size
        self.names.update(sha256.encode())


def verify(file: Path, told: Told) -> Manifest:
    """An archive's manifest, once every member is what it says; ``InvalidInput`` otherwise."""
    with understood(file):
        seen, text = _read(file, told)
    manifest = _parsed(file, text)
    _compare(file, seen, manifest)
    return manifest


def _read(file: Path, told: Told) -> tuple[_Seen, bytes]:
    seen, text = _Seen(), b""
    for header, content in members(file):
        if text:
            raise _broken(file, "something follows its manifest")
        if header.name == MANIFEST:
            text = content.read(MOST_MANIFEST)
            continue
        seen.add(header.name, Hashing(content, told).drain())
    return seen, text


def _parsed(file: Path, text: bytes) -> Manifest:
    if not text:
        raise _broken(file, "it has no manifest: it was cut off, or is no backup of Dondoc")
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "its text"
        raise _broken(file, f"its manifest is not one that is understood here ({where})") from None


def _compare(file: Path, seen: _Seen, manifest: Manifest) -> None:
    for name in sorted(seen.members.keys() | manifest.members.keys()):
        if seen.members.get(name) != manifest.members.get(name):
            raise _broken(file, f"{name} is not what its manifest says")
    if DATABASE[manifest.kind] not in seen.members:
        raise _broken(file, "it holds no database")
    for sha256 in seen.changed:
        if sha256 not in manifest.changed:
            raise _broken(file, f"{FILES}{sha256} is not what its name says")
    found = (seen.files, seen.file_bytes, seen.names.hexdigest())
    if found != (manifest.files, manifest.file_bytes, manifest.names):
        raise _broken(file, "its uploaded files are not those of its manifest")


def members(file: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """The members in their order: plain files of known names and bounded size, each once."""
    met: set[str] = set()
    with tarfile.open(file, "r:") as tar:
        while header := tar.next():
            _forget(tar)
            if header.name in met or not _is_ours(header):
                raise _broken(file, f"it holds {header.name[:100]!r}, which no backup does")
            met.add(header.name)
            content = tar.extractfile(header)
            assert content
            yield header, content


def _is_ours(header: tarfile.TarInfo) -> bool:
    most = {MANIFEST: MOST_MANIFEST, KEY: MOST_KEY}.get(header.name)
    plain = header.isreg() and not header.issparse() and not header.linkname
    return plain and bool(_NAME.fullmatch(header.name)) and (most is None or header.size <= most)


@contextmanager
def understood(file: Path) -> Iterator[None]:
    """While an archive is read: what is no tar, or ends too early, is ``InvalidInput``."""
    try:
        yield
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise _broken(file, str(error)) from None


def _broken(file: Path, why: str) -> InvalidInput:
    return InvalidInput(f"{file} cannot be restored: {why}; nothing was written")
