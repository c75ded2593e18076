"""What is administered by command is in the audit log, and says who did it: the office."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command

from dondoc.cli import run
from plans.store import audit, open_engine, reading, writing
from plans.store.upgrade import configure, upgrade
from tests.offices import furnish

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with the sample plan."""
    folder = tmp_path / "data"
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DONDOC_DATA_DIR", str(folder))
    engine = open_engine(f"sqlite:///{folder / 'dondoc.sqlite3'}")
    upgrade(engine)
    furnish(engine)
    engine.dispose()
    return folder


def noted(folder: Path) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What the office did by command, the oldest first."""
    engine = open_engine(f"sqlite:///{folder / 'dondoc.sqlite3'}")
    with reading(engine) as connection:
        lines = audit.lines(connection, wanted=audit.Wanted(actor="office:cli"))
    engine.dispose()
    assert {one.outcome for one in lines} <= {audit.DONE}
    return [(one.act, one.subject, dict(one.detail)) for one in reversed(lines)]


def test_what_was_loaded_is_noted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    assert run(["plans", "load", "--dry-run"]) == 0
    assert noted(tmp_path) == []
    assert run(["plans", "load"]) == 0
    lines = noted(tmp_path)
    versions = {subject: detail["version"] for _, subject, detail in lines}
    assert {act for act, *_ in lines} == {"plan-loaded"}
    assert versions["ct61"] == 1
    assert run(["plans", "load"]) == 0
    assert noted(tmp_path) == lines


def test_a_mailbox_and_a_feed_are_noted_without_the_address(data: Path) -> None:
    for name in ("a@so.vn", "b@so.vn", "b@so.vn"):
        assert run(["departments", "contact", "so-y-te", name]) == 0
    assert run(["departments", "feed", "so-y-te", "https://so.vn/feed"]) == 0
    assert run(["departments", "feed", "khong-co", "https://so.vn/feed"]) == 2
    assert run(["departments", "contact", "khong-co", "a@so.vn"]) == 2
    lines = [one for one in noted(data) if one[0] in ("mailbox-set", "feed-set")]
    assert [act for act, *_ in lines] == ["mailbox-set"] * 3 + ["feed-set"]
    assert {subject for _, subject, _ in lines} == {"department:so-y-te"}
    assert [detail["new"] for *_, detail in lines[:3]] == [True, True, False]
    assert lines[1][2] == {"language": "vi", "new": True, "replaced": 1}
    assert lines[3][2] == {"timeout_seconds": 10.0}
    assert not any("so.vn" in str(detail) for *_, detail in lines)


def test_what_is_done_to_the_database_is_noted(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, elsewhere = tmp_path / "copy.sqlite3", tmp_path / "elsewhere"
    assert run(["db", "upgrade"]) == 0
    assert noted(data) == []
    assert run(["db", "recount"]) == 0
    assert run(["db", "backup", str(copy)]) == 0
    assert run(["db", "backup", str(copy)]) == 2
    size = copy.stat().st_size
    recounted = ("counters-recounted", None, {"mended": 0})
    assert noted(data) == [recounted, ("backup-made", None, {"bytes": size})]
    monkeypatch.setenv("DONDOC_DATA_DIR", str(elsewhere))
    assert run(["db", "restore", str(copy)]) == 0
    assert run(["db", "restore", str(copy)]) == 1
    assert noted(elsewhere) == [recounted, ("backup-restored", None, {"bytes": size})]


def test_an_older_backup_is_restored_and_its_upgrade_noted(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = open_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    with writing(old) as connection:
        command.upgrade(configure(connection), "0001")
    old.dispose()
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("DONDOC_DATA_DIR", str(elsewhere))
    assert run(["db", "restore", str(tmp_path / "old.sqlite3")]) == 0
    assert "run 'dondoc db upgrade' next" in capsys.readouterr().err
    assert run(["db", "upgrade"]) == 0
    ((act, _, detail),) = noted(elsewhere)
    assert (act, detail["from"]) == ("database-upgraded", "0001")
