"""``dondoc calendar-feed``: an address alone on its line, lists, revoking, files."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from dondoc.cli import run
from plans import calendar_feeds
from plans.calendar_feeds import Ended
from plans.settings import Settings
from plans.store import open_engine, reading
from plans.store.upgrade import upgrade
from tests.offices import furnish


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A furnished record that the commands work on."""
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DONDOC_BASE_URL", "https://dondoc.example.vn")
    settings = Settings.read()
    engine = open_engine(settings.url)
    upgrade(engine)
    furnish(engine)
    engine.dispose()
    return settings


def made(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """A new calendar's address, as a script would take it."""
    capsys.readouterr()
    assert run(["calendar-feed", "create", *arguments]) == 0
    [line] = capsys.readouterr().out.splitlines()
    return line


def id_of(settings: Settings, address: str) -> str:
    token = address.removeprefix("https://dondoc.example.vn/calendars/").removesuffix(".ics")
    engine = open_engine(settings.url)
    try:
        with reading(engine) as connection:
            now = datetime.now(UTC)
            return str(calendar_feeds.found_by(connection, settings.secret, token, now).id)
    finally:
        engine.dispose()


def test_a_calendar_is_made_listed_and_revoked(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    address = made(capsys, "so-y-te", "--kind", "todo", "--name", "Việc của Sở")
    of_plan = made(capsys, "--plan", "mau", "--language", "en")
    key = id_of(settings, address)
    assert run(["calendar-feed", "list", "--json"]) == 0
    rows = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert rows.keys() == {key, id_of(settings, of_plan)}
    assert rows[key]["url"] == address and rows[key]["name"] == "Việc của Sở"
    assert rows[key]["working"] and rows[key]["created_by"] == "office:cli"
    assert run(["calendar-feed", "list", "--plan", "mau"]) == 0
    said = capsys.readouterr().out
    assert "01/KH" in said and key not in said and "https" not in said
    assert run(["calendar-feed", "revoke", key]) == 0
    with pytest.raises(Ended):
        id_of(settings, address)
    capsys.readouterr()
    assert run(["calendar-feed", "revoke", key]) == 2
    assert "revoked already" in capsys.readouterr().err
    assert run(["calendar-feed", "list", "--department", "so-y-te"]) == 0
    assert key not in capsys.readouterr().out


def test_a_file_is_written_as_of_a_day(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, settings: Settings
) -> None:
    out = tmp_path / "lich.ics"
    given = ["so-y-te", "--kind", "todo", "--out", str(out), "--at", "2025-04-16"]
    assert run(["calendar-feed", "export", *given]) == 0
    assert f"{out}:" in capsys.readouterr().err
    found = Calendar.from_ical(out.read_bytes())
    assert found["name"] == "so-y-te"
    every = list(found.subcomponents)
    late = [one for one in every if str(one["summary"]).startswith("[Quá hạn]")]
    assert 0 < len(late) < len(every)
    assert max(one.decoded("due") for one in late) < date(2025, 4, 16)
    # A file and a calendar name the same task alike, and nothing was made.
    again = tmp_path / "again.ics"
    given[given.index(str(out))] = str(again)
    assert run(["calendar-feed", "export", *given]) == 0
    assert again.read_bytes() == out.read_bytes()
    capsys.readouterr()
    assert run(["calendar-feed", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create"], "name a department or a plan"),
        (["create", "so-y-te", "--plan", "mau"], "name a department or a plan"),
        (["create", "khong-co"], "no department 'khong-co'"),
        (["create", "so-y-te", "--kind", "x"], "one of todo, event"),
        (["export", "--plan", "khong-co", "--out", "{folder}/x.ics"], "plan"),
        (["revoke", "x"], "no calendar 'x'"),
    ],
)
def test_what_is_wrong_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], said: str
) -> None:
    given = [one.format(folder=tmp_path) for one in arguments]
    assert run(["calendar-feed", *given]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x.ics").exists()
