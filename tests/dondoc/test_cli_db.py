"""Backups and moves by command; and a machine that is lost, with all that was on it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from dondoc.cli import run
from dondoc.service import alone
from dondoc.serving import is_ready, listen
from integrations.delivery import deliver
from integrations.mail import MailSettings
from plans.files import folder_of, path_of
from plans.identity.links import sign_link
from plans.identity.tokens import NewToken, create
from plans.reminding import remind
from plans.settings import Settings
from plans.store import audit, writing
from plans.store.upgrade import upgrade
from plans.terms import Role
from tests.builders import at
from tests.copies import fresh_database, opened, path_with_tools, upload
from tests.offices import assignment, faults, furnish, updates
from tests.plans.identity.world import EMAIL, PASSWORD, add_user
from tests.plans.test_sniffing import PDF
from tests.serving import ROOT, clean_environment, until

REF = "mau/mot/so-y-te"
EARLY, LATE = date(2025, 3, 28), date(2025, 4, 8)
"""Days before and after what the sample plan wants on 31/03/2025."""


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PATH", path_with_tools())
    for name in ("DONDOC_DATABASE_URL", "DONDOC_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def serving(data: Path, url: str | None) -> Iterator[httpx.Client]:
    """An API process of its own on a record; and a client of its API."""
    environ = clean_environment(data, ROOT / "plans" / "catalogue")
    environ |= {"DONDOC_DATABASE_URL": url} if url else {}
    with ExitStack() as ending, listen("127.0.0.1", 0) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        handle = listener.fileno()
        command = [sys.executable, "-m", "dondoc.serving", "--fd", str(handle)]
        process = subprocess.Popen(command, env=environ, cwd=ROOT, pass_fds=[handle])
        ending.callback(process.wait)
        ending.callback(process.kill)
        until(lambda: process.poll() is not None or is_ready(base), "it serves", 60)
        yield ending.enter_context(httpx.Client(base_url=base, timeout=30))


class Lost:
    """A place of a record, which can be lost."""

    def __init__(self, data: Path, url: str | None) -> None:
        self.data, self.url = data, url
        self.settings = Settings.read(data_dir=data, database_url=url)

    def mailed(self) -> list[str]:
        """The identities of the messages that went out of here."""
        found = (self.data / "mail").glob("*.eml")
        return [str(message_from_bytes(one.read_bytes())["Message-ID"]) for one in found]

    def deliver(self, now: datetime) -> None:
        with opened(self.settings.url) as engine:
            deliver(engine, self.settings, MailSettings(), now)

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DONDOC_DATA_DIR", str(self.data))
        if self.url:
            monkeypatch.setenv("DONDOC_DATABASE_URL", self.url)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_machine_is_lost_and_comes_back(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, now = tmp_path / "elsewhere" / "copy.tar", datetime.now(UTC)
    with place(kind, request, tmp_path / "old") as old:
        old.use(monkeypatch)
        with opened(old.settings.url) as engine:
            upgrade(engine)
            furnish(engine)
            add_user(engine, password=PASSWORD)
            key = assignment(engine, REF).id
            with writing(engine) as connection:
                new = NewToken("a system", Role.DEPARTMENT, "so-y-te")
                token = create(connection, new, actor="test", now=now)[1]
                assert remind(connection, EARLY, at(EARLY), domain="x.vn")
        old.deliver(at(EARLY))
        told = old.mailed()
        with opened(old.settings.url) as engine, writing(engine) as connection:
            assert remind(connection, LATE, at(LATE), domain="x.vn")
        with serving(old.data, old.url) as client:
            evidence = hand_in(client, token, key)
            assert run(["db", "backup", str(file), "--with-key"]) == 0
            link = sign_link(old.settings.secret, "so-y-te", now)
        shutil.rmtree(old.data)
    with place(kind, request, tmp_path / "new") as new_place:
        new_place.use(monkeypatch)
        assert run(["db", "restore", str(file)]) == 0
        assert run(["db", "check"]) == 0
        with serving(new_place.data, new_place.url) as client:
            assert client.get(evidence, headers=bearer(token)).content == PDF
            assert client.get(f"/l/{link}").status_code == 200
            body = {"email": EMAIL, "password": PASSWORD}
            assert client.post("/api/v1/session", json=body).status_code == 200
            report(client, token, key, 60)
        new_place.deliver(at(LATE))
        waiting = new_place.mailed()
        assert waiting
        assert len(set(waiting)) == len(waiting)
        assert not set(waiting) & set(told)
        with opened(new_place.settings.url) as engine:
            assert len(updates(engine, REF)) == 2
            assert faults(engine) == []


@contextmanager
def place(kind: str, request: pytest.FixtureRequest, data: Path) -> Iterator[Lost]:
    if kind == "sqlite":
        yield Lost(data, None)
        return
    with fresh_database(request.getfixturevalue("postgresql")) as url:
        yield Lost(data, url)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def report(client: httpx.Client, token: str, key: str, percent: int, **given: object) -> None:
    path = f"/api/v1/assignments/{key}/updates"
    body = {"percent": percent} | given
    answer = client.post(path, json=body, headers=bearer(token))
    assert answer.status_code == 201, answer.text


def hand_in(client: httpx.Client, token: str, key: str) -> str:
    """Report with an uploaded file; gives where it can be had."""
    path = f"/api/v1/assignments/{key}/evidence"
    given = {"file": ("báo cáo.pdf", PDF, "application/pdf")}
    sent = client.post(path, files=given, headers=bearer(token))
    assert sent.status_code == 201, sent.text
    name = sent.json()["id"]
    report(client, token, key, 40, evidence=[{"file": name, "kind": "report"}])
    return f"{path}/{name}"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("DONDOC_DATA_DIR", str(folder))
    with opened(f"sqlite:///{folder / 'dondoc.sqlite3'}") as engine:
        upgrade(engine)
        furnish(engine)
    return folder


def test_a_folder_keeps_the_newest(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "backups"
    assert run(["db", "backup", str(folder / "one.tar"), "--keep", "2"]) == 2
    assert "FILE is none" in capsys.readouterr().err
    folder.mkdir()
    (folder / "dondoc-20200101-000000.tar").touch()
    (folder / "mine").touch()
    assert run(["db", "backup", str(folder), "--keep", "1"]) == 0
    (made,) = folder.glob("*.tar")
    assert made.name.startswith("dondoc-20") and made.stat().st_size > 0
    said = capsys.readouterr()
    assert str(made) in said.out
    assert "1 older backups removed" in said.err
    assert "without the secret key" in said.err


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"other")])
def test_where_an_uploaded_file_is_missing_or_changed_the_older_backups_stay(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], object]
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "dondoc-20200101-000000.tar").touch()
    with opened(f"sqlite:///{data / 'dondoc.sqlite3'}") as engine:
        lost = path_of(folder_of(data), upload(engine, data))
    damage(lost)
    # Not 1, after which whoever makes backups tries again.
    assert run(["db", "backup", str(folder), "--keep", "1"]) == 3
    said = capsys.readouterr()
    assert lost.name in said.out and "older ones stay" in said.err
    assert (folder / "dondoc-20200101-000000.tar").exists()
    assert len(list(folder.iterdir())) == 2


def test_a_backup_that_the_record_cannot_note_is_one(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(audit, "note", full)
    assert run(["db", "backup", str(tmp_path / "one.tar")]) == 3
    assert (tmp_path / "one.tar").exists()
    assert "not noted in the record: database or disk is full" in capsys.readouterr().out


def test_nothing_is_restored_or_moved_under_a_running_service(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(Settings.read()):
        assert run(["db", "restore", str(tmp_path / "x")]) == 1
        assert run(["db", "move", "postgresql://nobody@127.0.0.1:1/x"]) == 1
    assert capsys.readouterr().err.count("'dondoc up' runs on") == 2


def test_a_record_is_moved_by_command(
    data: Path,
    postgresql: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with fresh_database(postgresql) as url:
        assert run(["db", "move", "sqlite:///other"]) == 2
        assert run(["db", "move", url, "--dry-run"]) == 0
        assert "would be moved; nothing was" in capsys.readouterr().err
        with opened(url) as engine:
            assert inspect(engine).get_table_names() == []
        assert run(["db", "move", url]) == 0
        said = capsys.readouterr()
        (line,) = (one for one in said.out.splitlines() if one.startswith("ledger\t"))
        with opened(url) as engine:
            assert faults(engine) == []
        assert len(line.split("\t")[2]) == 64
        assert "set DONDOC_DATABASE_URL" in said.err
        assert run(["db", "recount"]) == 1
        assert "the record was moved from this database" in capsys.readouterr().err
        assert run(["db", "reopen"]) == 0
        assert run(["db", "recount"]) == 0
        monkeypatch.setenv("DONDOC_DATABASE_URL", url)
        assert run(["db", "check"]) == 0
        assert run(["db", "move", url]) == 2
    assert "in PostgreSQL already" in capsys.readouterr().err
