"""Backups: whole while others write, verified before anything is written, all of it or nothing."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, select, update

from plans import verifying
from plans.errors import Conflict, DondocError, InvalidInput, NotFound
from plans.files import folder_of, path_of, sweep
from plans.reminding import remind
from plans.store import (
    archives,
    backups,
    claims,
    dumps,
    notices,
    outbox,
    outdated,
    reading,
    restoring,
    writing,
)
from plans.store import files as store
from plans.store.backups import Backup, Source
from plans.store.restoring import Restored, Target
from plans.store.schema import assignments, files, ledger, texts
from plans.terms import Delivery
from tests.copies import TOOLS, everything, fresh_database, opened, path_with_tools, tree, upload
from tests.killing import ROOT, Victims
from tests.offices import NOW, faults, furnish, updates
from tests.plans.test_sniffing import PDF

KEY = "k" * 40


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", path_with_tools())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def office(engine: Engine, data: Path) -> Engine:
    """A record with a report and an uploaded file."""
    furnish(engine)
    upload(engine, data)
    return engine


@pytest.fixture
def place(engine: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of the same kind."""
    if engine.dialect.name == "sqlite":
        with opened(f"sqlite:///{tmp_path / 'new' / 'dondoc.sqlite3'}") as new:
            yield new
        return
    with fresh_database(request.getfixturevalue("postgresql")) as url, opened(url) as new:
        yield new


def silent(*_: Any) -> None:
    pass


def back_up(engine: Engine, data: Path, file: Path, key: str | None = None) -> Backup:
    return backups.back_up(Source(engine, data, key), file, NOW, silent, silent)


def restore(engine: Engine, data: Path, file: Path, key: str | None = None) -> Restored:
    return restoring.restore(Target(engine, data, key), file, silent, silent)


def is_empty(engine: Engine) -> bool:
    return not inspect(engine).get_table_names()


def problems(engine: Engine, data: Path) -> tuple[str, ...]:
    with reading(engine) as connection:
        return verifying.check(connection, data).problems


# --- what comes back -----------------------------------------------------------------------------


def test_all_that_is_needed_comes_back(
    office: Engine, place: Engine, data: Path, tmp_path: Path
) -> None:
    file, new = tmp_path / "copy.tar", tmp_path / "new"
    made = back_up(office, data, file, KEY)
    assert file.stat().st_mode & 0o777 == 0o600
    assert made.manifest.tables["assignments"] > 0
    assert [one.name for one in tmp_path.iterdir() if "partial" in one.name] == []
    done = restore(place, new, file)
    assert (done.manifest, done.key, done.already) == (made.manifest, True, False)
    assert everything(place) == everything(office)
    assert tree(folder_of(new)) == tree(folder_of(data))
    assert (new / "secret.key").read_text() == KEY
    assert (new / "secret.key").stat().st_mode & 0o777 == 0o600
    assert problems(place, new) == ()
    with writing(place) as connection:  # numbers go on
        connection.execute(update(assignments).values(percent=assignments.c.percent))
    assert [one for one in tree(tmp_path) if "partial" in one or "coming" in one] == []


def test_words_that_were_removed_are_not_carried_along(
    sqlite_engine: Engine, data: Path, tmp_path: Path
) -> None:
    furnish(sqlite_engine)
    secret = "079123456789" * 20
    with writing(sqlite_engine) as connection:
        connection.execute(texts.insert(), {"hash": "h", "salt": "s", "body": {"text": secret}})
    with writing(sqlite_engine) as connection:
        connection.execute(texts.delete())
    back_up(sqlite_engine, data, tmp_path / "copy.tar")
    assert secret.encode() not in (tmp_path / "copy.tar").read_bytes()


@contextmanager
def reporting(engine: Engine) -> Iterator[Callable[[int], int]]:
    """Somebody reports all the time; gives what waits for so many reports more."""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.plans.store.reporter", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        output = process.stdout

        def wait(more: int) -> int:
            return [int(output.readline()) for _ in range(more)][-1]

        try:
            wait(1)
            yield wait
        finally:
            process.kill()


def test_while_somebody_reports_all_the_time_nothing_is_lost_or_half(
    office: Engine, place: Engine, data: Path, tmp_path: Path
) -> None:
    with reporting(office) as wait:
        before = wait(20)
        back_up(office, data, tmp_path / "copy.tar")
        wait(5)  # it was not kept from it
    restore(place, data, tmp_path / "copy.tar")
    assert faults(place) == []
    kept = updates(place)
    assert before <= len(kept) < len(updates(office))
    with reading(place) as connection:
        known = set(connection.execute(select(texts.c.hash)).scalars())
    assert {json.loads(row.payload)["text"] for row in kept} == known


# --- uploaded files ------------------------------------------------------------------------------


def test_lost_and_changed_files_are_said_and_the_rest_comes_back(
    office: Engine, place: Engine, data: Path, tmp_path: Path
) -> None:
    lost, changed = (upload(office, data, PDF + more, "b.pdf") for more in (b"\n%1", b"\n%2"))
    path_of(folder_of(data), lost).unlink()
    path_of(folder_of(data), changed).write_bytes(b"other")
    made = back_up(office, data, tmp_path / "copy.tar")
    assert made.manifest.missing == (lost,)
    assert made.manifest.changed == (changed,)
    assert made.manifest.files == 2
    restore(place, tmp_path / "new", tmp_path / "copy.tar")
    found = problems(place, tmp_path / "new")
    assert len(found) == 2
    assert any("missing" in one for one in found)
    assert any("changed" in one for one in found)


def test_a_file_that_goes_by_right_meanwhile_is_not_missed(
    office: Engine, place: Engine, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, taken = dumps.dump, 0

    def dump_then_remove(engine: Engine, folder: Path) -> Any:
        nonlocal taken
        taken, found = taken + 1, take(engine, folder)
        with writing(engine) as connection:
            ids = connection.execute(select(files.c.id)).scalars().all()
            store.remove(connection, list(ids), NOW)
            sweep(connection, folder_of(data), NOW)
        return found

    monkeypatch.setattr(dumps, "dump", dump_then_remove)
    made = back_up(office, data, tmp_path / "copy.tar")
    assert (taken, made.manifest.files, made.manifest.missing) == (2, 0, ())
    restore(place, tmp_path / "new", tmp_path / "copy.tar")
    assert problems(place, tmp_path / "new") == ()


# --- where it is not written ---------------------------------------------------------------------


def test_no_file_is_overwritten(office: Engine, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.tar"
    file.write_text("mine")
    with pytest.raises(InvalidInput, match="exists already"):
        back_up(office, data, file)
    assert file.read_text() == "mine"


def test_a_full_disk_is_said_before(
    sqlite_engine: Engine, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(sqlite_engine)
    back_up(sqlite_engine, data, tmp_path / "copy.tar")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(Conflict, match=r"needs about \d+ MB in .*, where 1 MB are free"):
        back_up(sqlite_engine, data, tmp_path / "more.tar")
    with (
        opened(f"sqlite:///{tmp_path / 'new.sqlite3'}") as place,
        pytest.raises(Conflict, match="where 1 MB are free"),
    ):
        restore(place, tmp_path / "new", tmp_path / "copy.tar")


def test_the_newest_of_a_folder_stay(tmp_path: Path) -> None:
    names = [backups.named(tmp_path, NOW + timedelta(days=n)) for n in range(4)]
    for one in (*names, tmp_path / "mine.tar", tmp_path / "dondoc-notes.tar"):
        one.touch()
    assert backups.thin_out(tmp_path, 3) == names[:1]
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        [*(one.name for one in names[1:]), "mine.tar", "dondoc-notes.tar"]
    )


def test_nothing_is_restored_over_what_is_there(
    office: Engine, place: Engine, data: Path, tmp_path: Path
) -> None:
    file, new = tmp_path / "copy.tar", tmp_path / "elsewhere"
    back_up(office, data, file, KEY)
    with writing(office) as connection:
        connection.execute(update(files).values(uploaded_by="x"))
        connection.execute(texts.insert(), {"hash": "h", "salt": "s", "body": {}})
    with pytest.raises(Conflict, match="holds data"):
        restore(office, new, file)
    foreign = path_of(folder_of(new), "a" * 64)
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"another record's")
    with pytest.raises(Conflict, match="1 uploaded files that are not in the backup"):
        restore(place, new, file)
    foreign.unlink()
    (new / "secret.key").write_text("another")
    with pytest.raises(Conflict, match="another key"):
        restore(place, new, file)
    (new / "secret.key").unlink()
    with pytest.raises(Conflict, match="DONDOC_SECRET_KEY holds another key"):
        restore(place, new, file, "another")
    assert is_empty(place)
    assert tree(new) == {}
    assert restore(place, new, file, KEY).key
    assert not (new / "secret.key").exists()


def test_what_waited_may_have_gone_out_since(
    office: Engine, data: Path, place: Engine, tmp_path: Path
) -> None:
    """Said to whoever restores it, seen in the list, and its words stay as they were."""
    with writing(office) as connection:
        owed = remind(connection, date(2025, 4, 1), NOW, domain="x.vn")
        sent = claims.claim(connection, NOW, timedelta(minutes=10), 1)[0].notice
        claims.finish(connection, sent, Delivery.SENT, NOW, address=None)
        before = notices.tally(connection)
    back_up(office, data, tmp_path / "copy.tar")
    for _ in range(2):
        done = restore(place, tmp_path / "new", tmp_path / "copy.tar")
        assert done.waiting == len(owed) - 1 > 0
    with writing(place) as connection:
        assert notices.tally(connection) == before
        waiting = outbox.listing(connection, state="waiting")
        assert all("may have been sent since" in one.error for one in waiting)
        outdated.mark_maybe_taken(connection, NOW)
        claimed = claims.claim(connection, NOW, timedelta(minutes=10), 100)
    assert [one.maybe_taken for one in claimed] == [True] * done.waiting


def test_the_same_backup_once_more_changes_nothing(
    office: Engine, place: Engine, data: Path, tmp_path: Path
) -> None:
    # As after a restore that was killed when the database was there already.
    back_up(office, data, tmp_path / "copy.tar")
    restore(place, tmp_path / "new", tmp_path / "copy.tar")
    shutil.rmtree(folder_of(tmp_path / "new"))
    assert restore(place, tmp_path / "new", tmp_path / "copy.tar").already
    assert problems(place, tmp_path / "new") == ()


# --- archives that are not what they should be ---------------------------------------------------


def rewritten(file: Path, change: Callable[[tarfile.TarInfo, bytes], Any]) -> None:
    """The archive anew, each member as ``change`` gives it back: header and content, or none."""
    with tarfile.open(file) as old:
        found = []
        for header in old.getmembers():
            content = old.extractfile(header)
            found.append((header, content.read() if content else b""))
    with tarfile.open(file, "w") as new:
        for header, text in found:
            for one, changed in change(header, text):
                one.size = len(changed) if one.isreg() else 0
                new.addfile(one, io.BytesIO(changed))


def told(**changes: Any) -> Callable[[tarfile.TarInfo, bytes], Any]:
    def change(header: tarfile.TarInfo, text: bytes) -> Any:
        if header.name == "manifest.json":
            text = json.dumps(json.loads(text) | changes).encode()
        return [(header, text)]

    return change


def beside(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Any:
    def change(header: tarfile.TarInfo, text: bytes) -> Any:
        more = tarfile.TarInfo(name)
        more.type, more.linkname = kind, link
        first = [(more, b"evil")] if header.name.startswith("database") else []
        return [*first, (header, text)]

    return change


def flipped(name: str) -> Any:
    def change(header: tarfile.TarInfo, text: bytes) -> Any:
        if header.name.startswith(name):
            text = text[:-1] + bytes([text[-1] ^ 1])
        return [(header, text)]

    return change


def without(name: str) -> Any:
    return lambda header, text: [] if header.name.startswith(name) else [(header, text)]


def twice(header: tarfile.TarInfo, text: bytes) -> Any:
    return [(header, text)] * (2 if header.name.startswith("files/") else 1)


BAD: dict[str, tuple[Any, str]] = {
    "database flipped": (flipped("database"), "is not what its manifest says"),
    "file flipped": (flipped("files/"), "is not what its name says"),
    "key flipped": (flipped("secret"), "secret.key is not what its manifest says"),
    "file dropped": (without("files/"), "uploaded files are not those"),
    "database dropped": (without("database"), "is not what its manifest says"),
    "manifest dropped": (without("manifest"), "no manifest"),
    "file twice": (twice, "which no backup does"),
    "path upwards": (beside("../evil"), "which no backup does"),
    "absolute path": (beside("/tmp/evil"), "which no backup does"),
    "file upwards": (beside("files/../../evil"), "which no backup does"),
    "symbolic link": (beside("files/" + "a" * 64, tarfile.SYMTYPE, "/etc"), "which no backup"),
    "hard link": (beside("secret.key2", tarfile.LNKTYPE, "/etc/passwd"), "which no backup"),
    "device": (beside("files/" + "a" * 64, tarfile.CHRTYPE), "which no backup does"),
    "huge key": (
        lambda header, text: [
            (header, b"k" * 100_000 if header.name == "secret.key" else text),
        ],
        "which no backup does",
    ),
    "more rows": (told(tables={"assignments": 10**9}), "not what was backed up"),
    "other heads": (told(heads="0" * 64), "not what was backed up"),
    "newer": (told(revision="9999"), "newer version of Dondoc"),
    "other format": (told(format=2), "not one that is understood here .format."),
    "no manifest's": (told(kind="oracle"), "not one that is understood here .kind."),
}


@pytest.mark.parametrize("case", BAD)
def test_a_tampered_archive_is_refused_and_nothing_written(
    case: str, sqlite_engine: Engine, data: Path, tmp_path: Path
) -> None:
    furnish(sqlite_engine)
    upload(sqlite_engine, data)
    file = tmp_path / "copy.tar"
    back_up(sqlite_engine, data, file, KEY)
    change, reason = BAD[case]
    rewritten(file, change)
    refuse(file, tmp_path / "a" / "b", reason)


def refuse(file: Path, new: Path, reason: str) -> None:
    with opened(f"sqlite:///{new / 'dondoc.sqlite3'}") as place:
        with pytest.raises(DondocError, match=re.escape(reason).replace(r"\.", ".")):
            restore(place, new, file)
        assert is_empty(place)
        found = {name for name in tree(new) if not name.startswith("dondoc.sqlite3")}
    assert found == set()


def test_an_archive_that_was_cut_off_anywhere_is_refused(
    sqlite_engine: Engine, data: Path, tmp_path: Path
) -> None:
    furnish(sqlite_engine)
    upload(sqlite_engine, data)
    file, cut = tmp_path / "copy.tar", tmp_path / "cut.tar"
    back_up(sqlite_engine, data, file)
    whole = file.read_bytes()
    end = whole.index(b"manifest.json")
    for length in (0, 1, 300, 512, 5_000, len(whole) // 2, end - 3_000, end, end + 512, end + 900):
        cut.write_bytes(whole[:length])
        refuse(cut, tmp_path / "new", "cannot be restored")


def test_what_is_no_backup_is_refused(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound, match="no file"):
        restore(sqlite_engine, tmp_path, tmp_path / "none")
    foreign = tmp_path / "foreign.sqlite3"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    refuse(foreign, tmp_path / "new", "no database of Dondoc")
    (tmp_path / "text").write_text("not a backup at all " * 100)
    refuse(tmp_path / "text", tmp_path / "new", "cannot be restored")
    refuse(tmp_path, tmp_path / "new", "no file")


def test_a_backup_of_the_other_kind_is_refused(
    sqlite_engine: Engine, data: Path, tmp_path: Path, postgresql: str
) -> None:
    furnish(sqlite_engine)
    back_up(sqlite_engine, data, tmp_path / "copy.tar")
    with (
        fresh_database(postgresql) as url,
        opened(url) as place,
        pytest.raises(InvalidInput, match="'dondoc db move'"),
    ):
        restore(place, tmp_path / "new", tmp_path / "copy.tar")


# --- what released versions made -----------------------------------------------------------------


def bare_copy(engine: Engine, file: Path) -> None:
    """As 0.1 made it."""
    if engine.dialect.name == "sqlite":
        with (
            closing(sqlite3.connect(dumps.path_of(engine))) as old,
            closing(sqlite3.connect(file)) as new,
        ):
            old.backup(new)
        return
    url = engine.url.set(drivername="postgresql").render_as_string()
    command = [str(TOOLS / "pg_dump"), "--format=custom", f"--file={file}", f"--dbname={url}"]
    subprocess.run(command, check=True)


def test_a_bare_copy_comes_back_as_before(
    office: Engine, place: Engine, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "copy"
    bare_copy(office, file)
    assert restore(place, data, file).manifest is None
    assert everything(place) == everything(office)
    assert problems(place, data) == ()
    with pytest.raises(Conflict, match="holds data"):
        restore(place, data, file)


def test_a_bare_copy_that_was_cut_off_is_refused(
    office: Engine, place: Engine, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "copy"
    bare_copy(office, file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(DondocError):
        restore(place, data, file)
    assert is_empty(place)


# --- PostgreSQL's tools --------------------------------------------------------------------------


def fake(folder: Path, name: str, version: str) -> Path:
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
    (folder / name).chmod(0o755)
    return folder / name


def test_the_oldest_tool_that_is_new_enough_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, fitting, newer = (fake(tmp_path / v, "pg_dump", f"{v}.3") for v in ("15", "17", "18"))
    broken = fake(tmp_path / "broken", "pg_dump", "x")
    monkeypatch.setattr(dumps, "PLACES", (f"{tmp_path}/1*",))
    monkeypatch.setenv("PATH", os.pathsep.join(str(one.parent) for one in (newer, broken)))
    assert dumps.find_tool("pg_dump", 16) == fitting
    assert dumps.find_tool("pg_dump", 15) == old
    with pytest.raises(NotFound) as raised:
        dumps.find_tool("pg_dump", 19)
    assert "must not be older than PostgreSQL 19" in str(raised.value)
    assert f"{newer} is of 18" in str(raised.value)
    assert "postgresql-client-19" in str(raised.value)


def test_a_tool_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound, match="none is installed"):
        dumps.find_tool("pg_restore", 16)


# --- killed at any moment ------------------------------------------------------------------------


def stride(engine: Engine) -> int:
    """Steps stand before and after what is done: each thing is killed before or after it."""
    return 2 if engine.dialect.name == "sqlite" else 5


@pytest.mark.slow
def test_a_killed_backup_leaves_a_whole_file_or_none(
    office: Engine, data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    file, met, url = folder / "copy.tar", set(), office.url.render_as_string(hide_password=False)
    with Victims(VICTIM, "backup", url, str(data), str(file)) as victims:
        for step in range(1, 100, stride(office)):
            killed = victims.run(step)
            met.add(file.exists())
            if file.exists():
                archives.verify(file, silent)
                file.unlink()
            if not killed:
                break
    assert met == {True, False}
    back_up(office, data, file)  # and clears away what the killed ones left
    assert [one.name for one in folder.iterdir()] == ["copy.tar"]


@pytest.mark.slow
def test_a_killed_restore_is_begun_again(
    office: Engine, request: pytest.FixtureRequest, data: Path, tmp_path: Path
) -> None:
    file, new = tmp_path / "copy.tar", tmp_path / "new{}"
    back_up(office, data, file, KEY)
    expected = everything(office)
    url = f"sqlite:///{new / 'dondoc.sqlite3'}"
    if office.dialect.name == "postgresql":
        url = request.getfixturevalue("postgresql").replace("{}", "killed_{{}}").format()
    with Victims(VICTIM, "restore", url, str(new), str(file)) as victims:
        for step in range(1, 100, stride(office)):
            with one_place(url, step) as place:
                killed = victims.run(step)
                folder = Path(str(new).format(step))
                found = restore(place, folder, file)
                assert found.already or killed
                assert everything(place) == expected
                assert problems(place, folder) == ()
                assert [one for one in tree(folder) if "partial" in one or "coming" in one] == []
            if not killed:
                assert step > 10
                return
    raise AssertionError("still killed")


VICTIM = "tests.plans.store.backup_victim"


@contextmanager
def one_place(url: str, step: int) -> Iterator[Engine]:
    if url.startswith("sqlite"):
        with opened(url.format(step)) as new:
            yield new
        return
    server = url.replace("killed_{}", "{}")
    with fresh_database(server, f"killed_{step}") as named, opened(named) as new:
        yield new


def test_the_last_entries_count_in_the_figures(office: Engine, data: Path, tmp_path: Path) -> None:
    first = back_up(office, data, tmp_path / "a.tar").manifest
    with writing(office) as connection:
        connection.execute(update(ledger).values(payload="{}"))
        connection.execute(update(assignments).values(head="0" * 64))
    second = back_up(office, data, tmp_path / "b.tar").manifest
    assert first.tables == second.tables
    assert first.heads != second.heads
