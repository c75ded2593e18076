"""Uploaded files: received whole or not at all, kept once, swept when nobody needs them."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import unicodedata
from pathlib import Path

import pytest
from sqlalchemy import Engine

from plans import files
from plans.errors import InvalidInput, PersonalData, TooLarge, WrongType
from plans.files import Upload, clean_name, keep, missing, path_of, receive, sweep
from plans.store import files as store
from plans.store import reading, writing
from tests.builders import undone
from tests.offices import NOW, assignment, furnish
from tests.plans.test_sniffing import PDF

MOST = 1024 * 1024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files.folder_of(tmp_path / "data")


@pytest.fixture
def key(engine: Engine) -> str:
    furnish(engine)
    return str(assignment(engine, "mau/mot/so-y-te").id)


def upload(
    engine: Engine,
    folder: Path,
    key: str,
    content: bytes = PDF,
    name: str = "bao-cao.pdf",
    *,
    confirmed: bool = False,
) -> str:
    with receive(folder, MOST) as coming:
        coming.write(content)
        media_type = coming.judge()
        with writing(engine) as connection:
            given = Upload(key, clean_name(name), media_type, "token:x", confirmed)
            return str(keep(connection, folder, coming, given, NOW).id)


def contents(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def swept(engine: Engine, folder: Path, *, dry_run: bool = False) -> int:
    with writing(engine) as connection:
        return sweep(connection, folder, NOW, dry_run=dry_run)


def test_a_file_is_kept_under_its_fingerprint(engine: Engine, folder: Path, key: str) -> None:
    file = upload(engine, folder, key)
    sha256 = hashlib.sha256(PDF).hexdigest()
    path = folder / sha256[:2] / sha256[2:4] / sha256
    assert contents(folder) == [path]
    assert path.read_bytes() == PDF
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with reading(engine) as connection:
        row = store.one(connection, file)
        assert row is not None
        assert missing(connection, folder) == []
    assert (row.sha256, row.size, row.media_type) == (sha256, len(PDF), "application/pdf")
    assert (row.name, row.flagged, row.uploaded_by) == ("bao-cao.pdf", False, "token:x")


def test_the_same_file_is_one(engine: Engine, folder: Path, key: str) -> None:
    first = upload(engine, folder, key)
    assert upload(engine, folder, key) == first
    assert upload(engine, folder, key, name="ten-khac.pdf") != first
    assert upload(engine, folder, key, PDF + b"\n") != first
    with reading(engine) as connection:
        rows = store.of_assignment(connection, key)
    assert len(rows) == 3
    assert len(contents(folder)) == 2


def test_the_same_file_from_many_at_once_is_one(engine: Engine, folder: Path, key: str) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(upload(engine, folder, key))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert len(contents(folder)) == 1


def test_what_is_too_large_leaves_nothing(folder: Path) -> None:
    with pytest.raises(TooLarge), receive(folder, MOST) as coming:
        for _ in range(20):
            coming.write(b"x" * 100_000)
    assert contents(folder) == []


def test_what_is_not_taken_leaves_nothing(engine: Engine, folder: Path, key: str) -> None:
    for content in (b"", b"MZ\x90\0", b"<html>"):
        with pytest.raises(WrongType):
            upload(engine, folder, key, content, "bao-cao.pdf")
    assert contents(folder) == []
    with reading(engine) as connection:
        assert store.of_assignment(connection, key) == []


def test_a_name_with_a_persons_number_is_confirmed(engine: Engine, folder: Path, key: str) -> None:
    with pytest.raises(PersonalData) as caught:
        upload(engine, folder, key, name="hồ sơ 001091234567.pdf")
    assert "0010•••567" in caught.value.fields["file"]
    assert contents(folder) == []
    file = upload(engine, folder, key, name="hồ sơ 001091234567.pdf", confirmed=True)
    with reading(engine) as connection:
        row = store.one(connection, file)
    assert row is not None
    assert row.flagged


def test_a_crash_before_the_commit_leaves_an_orphan_that_is_swept(
    engine: Engine, folder: Path, key: str
) -> None:
    kept = upload(engine, folder, key)
    with receive(folder, MOST) as coming:
        coming.write(PDF + b"more")
        with undone(engine) as connection:
            keep(connection, folder, coming, Upload(key, "b.pdf", "x/y", "token:x"), NOW)
    assert len(contents(folder)) == 2
    assert swept(engine, folder, dry_run=True) == 1
    assert len(contents(folder)) == 2
    assert swept(engine, folder) == 1
    assert contents(folder) == [path_of(folder, hashlib.sha256(PDF).hexdigest())]
    with reading(engine) as connection:
        assert store.known(connection, key, [kept, "0" * 32]) == {kept}
        assert missing(connection, folder) == []


def test_what_was_half_received_is_swept_after_a_day(
    engine: Engine, folder: Path, key: str
) -> None:
    upload(engine, folder, key)
    for name, age in (("old", 25), ("fresh", 1)):
        path = folder / files.COMING / name
        path.write_bytes(b"half")
        moment = NOW.timestamp() - age * 3600
        os.utime(path, (moment, moment))
    assert swept(engine, folder) == 1
    assert [path.name for path in (folder / files.COMING).iterdir()] == ["fresh"]


def test_a_removed_file_has_neither_name_nor_content(
    engine: Engine, folder: Path, key: str
) -> None:
    first, second = (upload(engine, folder, key, name=name) for name in ("a.pdf", "b.pdf"))
    with writing(engine) as connection:
        assert store.remove(connection, [first], NOW) == 1
        assert store.remove(connection, [first], NOW) == 0
    assert swept(engine, folder) == 0  # the other file has the same content
    with writing(engine) as connection:
        store.remove(connection, [second], NOW)
        assert store.known(connection, key, [first, second]) == set()
    assert swept(engine, folder) == 1
    assert contents(folder) == []
    with reading(engine) as connection:
        assert [row.name for row in store.of_assignment(connection, key)] == [None, None]
        assert missing(connection, folder) == []
    assert upload(engine, folder, key, name="a.pdf") != first


def test_a_content_that_is_gone_or_changed_shows(engine: Engine, folder: Path, key: str) -> None:
    gone, changed = upload(engine, folder, key), upload(engine, folder, key, PDF + b"2")
    path_of(folder, hashlib.sha256(PDF).hexdigest()).unlink()
    path_of(folder, hashlib.sha256(PDF + b"2").hexdigest()).write_bytes(b"other")
    with reading(engine) as connection:
        said = "\n".join(missing(connection, folder))
    assert f"file {gone}: its content is missing" in said
    assert f"file {changed}: its content has changed" in said


def test_a_file_is_of_its_own_assignment(engine: Engine, folder: Path, key: str) -> None:
    file = upload(engine, folder, key)
    other = str(assignment(engine, "mau/chung/so-tai-chinh").id)
    with reading(engine) as connection:
        assert store.known(connection, other, [file]) == set()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("bao-cao.pdf", "bao-cao.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\x\\Báo cáo.docx", "Báo cáo.docx"),
        ("C:báo cáo.docx", "báo cáo.docx"),
        ("/tmp/a/b.pdf", "b.pdf"),
        (".htaccess", "htaccess"),
        ("... .a.pdf", "a.pdf"),
        ("  a.pdf  ", "a.pdf"),
        ("a.pdf/../../b.pdf", "b.pdf"),
        (unicodedata.normalize("NFD", "Báo cáo quý.pdf"), "Báo cáo quý.pdf"),
        ("x" * 200, "x" * 200),
        ("%2e%2e%2fpasswd", "%2e%2e%2fpasswd"),
        ("'; DROP TABLE files;--.pdf", "'; DROP TABLE files;--.pdf"),
    ],
)
def test_a_name_is_its_last_part(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        *("", " ", ".", "..", "...", "/", "a/", "C:\\", "x" * 201),
        *("a\0.pdf", "a\n.pdf", "a\x1b[2J.pdf", "a\x7f.pdf", "a\u0085.pdf", "\ud800.pdf"),
        *("bao\u202efdp.exe", "a\u2066.pdf", "a\r\nX: y/b.pdf"),
    ],
)
def test_a_name_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_name(given)
    assert set(caught.value.fields) == {"file"}


@pytest.mark.parametrize("given", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65])
def test_only_a_fingerprint_becomes_a_path(given: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        path_of(tmp_path, given)
