"""``dondoc retention`` on a record that closed its work more than a year ago."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dondoc.cli import run
from plans.store import open_engine
from plans.store.upgrade import upgrade
from tests.offices import furnish
from tests.plans.test_retention import REF, close, hash_of, report, upload

OPEN = "mau/chung/so-y-te"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory: one assignment closed on 16/04/2025, with a file; one is open."""
    folder = tmp_path / "data"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DONDOC_DATA_DIR", str(folder))
    monkeypatch.setenv("DONDOC_RETENTION_TEXTS_YEARS", "1")
    monkeypatch.setenv("DONDOC_RETENTION_FILES_YEARS", "1")
    engine = open_engine(f"sqlite:///{folder / 'dondoc.sqlite3'}")
    upgrade(engine)
    furnish(engine)
    upload(engine, folder / "files", close(engine))
    key = report(engine, OPEN, "Gọi cô 0912345678", percent=10, confirm_personal_data=True)
    (tmp_path / "text").write_text(hash_of(engine, key))
    (tmp_path / "file").write_text(upload(engine, folder / "files", key))
    engine.dispose()
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def contents(data: Path) -> int:
    return sum(path.is_file() for path in (data / "files").rglob("*"))


def test_the_rule_is_shown_then_applied(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(told(capsys, "retention", "--dry-run", "--json"))
    assert (shown["texts"], shown["files"], shown["dry_run"]) == (2, 1, True)
    assert "Đã xong" in told(capsys, "assignments", "show", REF)
    done = json.loads(told(capsys, "retention", "--json"))
    assert {**shown, "dry_run": False} == done
    assert "removed" in told(capsys, "assignments", "show", REF)
    assert "Đã xong" not in told(capsys, "assignments", "show", REF)
    assert "Gọi cô" in told(capsys, "assignments", "show", OPEN)
    again = json.loads(told(capsys, "retention", "--json"))
    assert not any(number for name, number in again.items() if name != "dry_run")
    assert contents(data) == 1  # the open assignment's file has the same content
    assert told(capsys, "db", "check") == ""  # each problem would be a line
    assert "people's words" in told(capsys, "retention", "--dry-run")


def test_one_thing_is_taken_out(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "retention")
    text, file = (tmp_path / "text").read_text(), (tmp_path / "file").read_text()
    for key in (text, file):
        told(capsys, "retention", "remove", key, "--reason", "Theo đề nghị")
    assert contents(data) == 0
    assert "0912345678" not in told(capsys, "assignments", "show", OPEN)
    assert told(capsys, "db", "check") == ""  # each problem would be a line
    acts = {one["act"] for one in json.loads(told(capsys, "audit", "list", "--json"))}
    assert {"text-removed", "file-removed"} <= acts


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("0" * 64, "--reason", "x"), 2, "no text"),
        (("zzz", "--reason", "x"), 2, "64 signs"),
        (("0" * 64, "--reason", "số 0912345678"), 2, "leave the number itself out"),
        (("0" * 64,), 2, "reason"),
    ],
)
def test_what_cannot_be_taken_out_is_said(
    data: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    assert run(["retention", "remove", *arguments]) == status
    assert said in capsys.readouterr().err


def test_a_lost_content_shows_in_the_check(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (data / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    assert run(["db", "check"]) == 1
    assert "its content is missing" in capsys.readouterr().out
