"""A disk that takes no more while a backup is made or brought back: said where, and how much."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from plans.errors import Conflict
from plans.files import folder_of
from plans.store import dumps, whole_files
from tests.copies import fresh_database, opened, path_with_tools, tree, upload
from tests.faults.disk import Disk, can_mount
from tests.offices import furnish
from tests.plans.store.test_backups import KEY, back_up, restore
from tests.plans.test_sniffing import PDF

LARGE = PDF + b"\n%" + b"x" * 3_000_000


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", path_with_tools())


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Engine:
    furnish(engine)
    upload(engine, tmp_path / "data", LARGE)
    return engine


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """No file may become larger: what a quota, or a file system of small files, says (EFBIG)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def said(folder: Path) -> str:
    """Which words it is told in."""
    return rf"the disk .* at {folder}(/files)?; needs about \d+ MB there"


@pytest.mark.parametrize("size", [20_000, 2_000_000], ids=["database", "uploaded file"])
def test_no_backup_is_made_and_it_is_said_where_and_how_much(
    office: Engine, tmp_path: Path, size: int
) -> None:
    folder = tmp_path / "backups"
    with no_file_beyond(size), pytest.raises(Conflict, match=said(folder)):
        back_up(office, tmp_path / "data", folder / "copy.tar")
    assert tree(folder) == {}
    back_up(office, tmp_path / "data", folder / "copy.tar")


@pytest.mark.parametrize("size", [20_000, 2_000_000], ids=["database", "uploaded file"])
def test_nothing_is_brought_back_and_it_is_said_where(
    sqlite_engine: Engine, tmp_path: Path, size: int
) -> None:
    furnish(sqlite_engine)
    upload(sqlite_engine, tmp_path / "data", LARGE)
    file, new = tmp_path / "copy.tar", tmp_path / "new"
    back_up(sqlite_engine, tmp_path / "data", file)
    with opened(f"sqlite:///{new / 'dondoc.sqlite3'}") as place:
        with no_file_beyond(size), pytest.raises(Conflict, match=said(new)):
            restore(place, new, file)
        restore(place, new, file)


def test_a_disk_that_is_full_in_the_middle(
    office: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert can_mount(), "only root may make a file system to fill"
    much = shutil.disk_usage(tmp_path)._replace(free=10**12)
    disk = Disk(tmp_path / "disk", 1)
    try:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: much)
        disk.fill()
        with pytest.raises(Conflict, match=f"the disk is full at {disk.folder}; needs about"):
            back_up(office, tmp_path / "data", disk.folder / "copy.tar")
        disk.free()
        with pytest.raises(Conflict, match=f"the disk is full at {disk.folder}; needs about"):
            back_up(office, tmp_path / "data", disk.folder / "copy.tar")
        assert tree(disk.folder) == {}
    finally:
        disk.close()


def test_what_is_no_full_disk_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), whole_files.filling(tmp_path, 1):
        raise PermissionError(13, "Permission denied")


def test_what_is_brought_back_is_for_its_owner_alone(
    office: Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Also where root restores, whose umask lets everybody read."""
    file, new = tmp_path / "copy.tar", tmp_path / "new"
    back_up(office, tmp_path / "data", file, KEY)
    before = os.umask(0o022)
    try:
        with another(office, request, new) as place:
            restore(place, new, file)
            if dumps.kind_of(place) == "sqlite":
                assert mode(dumps.path_of(place)) == 0o600
    finally:
        os.umask(before)
    below = [one for one in folder_of(new).rglob("*") if one.is_dir()]
    assert {mode(one) for one in [folder_of(new), *below]} == {0o700}
    assert {mode(one) for one in folder_of(new).rglob("*") if one.is_file()} == {0o600}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@contextmanager
def another(office: Engine, request: pytest.FixtureRequest, new: Path) -> Iterator[Engine]:
    """An empty place for a database of the same kind."""
    if dumps.kind_of(office) == "sqlite":
        with opened(f"sqlite:///{new / 'dondoc.sqlite3'}") as place:
            yield place
        return
    with fresh_database(request.getfixturevalue("postgresql")) as url, opened(url) as place:
        yield place
