"""``dondoc webhooks --dry-run``: whom a run would tell of how much, without telling it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dondoc.cli import run
from plans.store import following
from tests.hooks import hook, report, row_of
from tests.offices import furnish


@pytest.fixture
def engine(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("DONDOC_DATABASE_URL", f"sqlite:///{sqlite_engine.url.database}")
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    furnish(sqlite_engine, {})
    following.catch_up(sqlite_engine)
    return sqlite_engine


def would_send(capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert run(["webhooks", "--dry-run", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_dry_run_says_how_much_waits(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    key, _ = hook(engine, "http://127.0.0.1:1/", name="Hệ thống")
    before = row_of(engine, key)
    report(engine, 10, 20)
    assert would_send(capsys)["more_wait_for_a_position"] is True
    following.catch_up(engine)
    found = would_send(capsys)
    assert found["more_wait_for_a_position"] is False
    [one] = found["would_send"]
    assert (one["id"], one["name"], one["at_most"], one["attempts"]) == (key, "Hệ thống", 2, 0)
    assert row_of(engine, key) == before


def test_it_is_shown_as_a_table_too(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    key, _ = hook(engine, "http://127.0.0.1:1/")
    report(engine, 10)
    assert run(["webhooks", "--dry-run"]) == 0
    said = capsys.readouterr()
    assert key in said.out
    assert "wait for their position" in said.out + said.err
