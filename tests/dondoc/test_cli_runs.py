"""Runs started by a command: not for a day to come, and shown beforehand as they would be."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dondoc.cli import run
from dondoc.running import FLOWS, FlowOutcome
from flows.common import looked_at, moment
from plans.catching_up import is_digest_made
from plans.errors import InvalidInput
from plans.settings import Settings
from plans.store import reading, writing
from tests.builders import at, build_plan
from tests.catching import LADDER, finish_work, mine, owe, standing
from tests.offices import furnish

AHEAD = str(datetime.now(Settings().zone).date() + timedelta(days=9))
THEN = date(2025, 4, 1)
COMMANDS = sorted(FLOWS.keys() - {"retain"})  # That is started by its flow alone.


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A reminder was sent, another waits since a day on which no mail went out."""
    monkeypatch.setenv("DONDOC_DATABASE_URL", f"sqlite:///{sqlite_engine.url.database}")
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path / "var"))
    furnish(sqlite_engine, plan=build_plan(ladder=LADDER), now=at(date(2025, 3, 28)))
    with writing(sqlite_engine) as connection:
        owe(connection, THEN)
    return sqlite_engine


def rows(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return [tuple(row) for row in standing(connection)]


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run([*arguments, "--dry-run", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_run_is_for_a_day_to_come(
    command: str,
    office: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def started(*_: object, **__: object) -> FlowOutcome:
        pytest.fail("it was started")

    monkeypatch.setattr("dondoc.running.run_flow", started)
    before = rows(office)
    assert run([command, "--at", AHEAD]) == 2
    said = capsys.readouterr().err
    assert f"--at {AHEAD} lies in the future" in said and "--dry-run" in said
    assert rows(office) == before


def test_it_can_be_looked_at_and_today_and_earlier_days_run(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def started(name: str, _: Settings, on: date | None, **__: object) -> FlowOutcome:
        asked.append(on)
        return FlowOutcome(name, "Completed")

    monkeypatch.setattr("dondoc.running.run_flow", started)
    for command in ("remind", "digest", "deliver"):
        assert run([command, "--at", AHEAD, "--dry-run"]) == 0
    today = datetime.now(Settings().zone).date()
    assert run(["digest", "--at", str(today)]) == run(["digest", "--at", "2025-04-07"]) == 0
    assert asked == [today, date(2025, 4, 7)]


def test_nor_one_that_is_started_without_the_command(tmp_path: Path) -> None:
    """On Prefect's page anybody may give a flow its parameter."""
    settings = Settings(data_dir=tmp_path)
    ahead = date.fromisoformat(AHEAD)
    with pytest.raises(InvalidInput, match="lies in the future"):
        moment(ahead, settings)
    assert looked_at(ahead, settings)[0] == ahead
    assert moment(THEN, settings)[0] == THEN
    played = Settings(data_dir=tmp_path, simulated=True)
    assert moment(ahead, played)[0] == ahead


def test_a_digest_for_a_monday_to_come_does_not_silence_its_week(office: Engine) -> None:
    from flows.digest import owe_digests

    with pytest.raises(InvalidInput):
        owe_digests.fn(date.fromisoformat(AHEAD))
    with reading(office) as connection:
        assert {row.kind for row in standing(connection)} == {"reminder"}
        assert not is_digest_made(connection, date.fromisoformat(AHEAD))


def test_deliver_shows_what_is_left_once_what_waits_is_settled(
    office: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with writing(office) as connection:
        waiting = len(standing(connection))
        for line in mine(connection)[0].content["lines"]:
            finish_work(connection, date(2025, 4, 2), line["assignment"])
    before = rows(office)
    found = shown(capsys, "deliver", "--at", "2025-04-03")
    assert found["would_settle"]["dropped"] == 1
    assert len(found["would_send"]) == waiting - 1
    assert "so-y-te" not in {row["recipient"] for row in found["would_send"]}
    assert rows(office) == before
    assert run(["deliver", "--at", "2025-04-03", "--dry-run"]) == 0
    assert "1 dropped as outdated" in capsys.readouterr().err


def test_remind_shows_the_same_as_the_run_owes(
    office: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is told only now is not reported to a superior now."""
    later = date(2025, 4, 7)
    before = rows(office)
    found = shown(capsys, "remind", "--at", str(later))
    assert rows(office) == before
    with writing(office) as connection:
        known = {row.key for row in standing(connection)}
        owe(connection, later)
        new = [row for row in standing(connection) if row.key not in known]
    lines = sum(len(row.content["lines"]) for row in new)
    assert len(found["would_send"]) == lines
    assert found["would_settle"]["retold"] > 0
