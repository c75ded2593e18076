"""Holds and decided days by command: shown before they are done, said, and in the audit log."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dondoc.cli import run
from plans.calendar import WorkCalendar
from plans.declaration import Fixed, SolutionGroup
from plans.store import audit, claims, notices, reading, writing
from plans.store.catalogue import add_contact
from plans.store.notices import NewNotice
from plans.terms import Delivery, NoticeKind
from tests.builders import ZONE, at, build_plan, build_task, build_title
from tests.offices import assignment, faults, furnish

DAY = date(2025, 4, 1)
AT = ("--at", DAY.isoformat())


@pytest.fixture
def office(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """The sample plan, with a task that is due in the coming weeks."""
    task = build_task("sap-toi", due=(Fixed(type="fixed", by=coming()),))
    group = SolutionGroup(id="nhom-3", title=build_title("Nhóm 3"), tasks=(task,))
    furnish(sqlite_engine, plan=build_plan(groups=(*build_plan().groups, group)), now=at(DAY))
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DONDOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DONDOC_DATABASE_URL", str(sqlite_engine.url))
    yield sqlite_engine
    assert faults(sqlite_engine) == []


def coming() -> date:
    """A working Wednesday some weeks ahead of the real clock, which decided days go by."""
    day, calendar = datetime.now(ZONE).date() + timedelta(days=14), WorkCalendar()
    while day.weekday() != 2 or not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], office: Engine) -> Any:
    """Runs ``dondoc …``; gives what it printed and what it said beside that."""

    def tell(*arguments: str, status: int = 0) -> tuple[str, str]:
        capsys.readouterr()
        found = run(list(arguments))
        captured = capsys.readouterr()
        assert found == status, captured.err
        return captured.out, captured.err

    return tell


def acts(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        lines = audit.lines(connection, wanted=audit.Wanted(actor="office:cli"))
    return [one.act for one in reversed(lines)]


def test_a_hold_is_made_listed_and_lifted(office: Engine, told: Any) -> None:
    out, _ = told("messages", "hold", "so-y-te", "--reason", "Bão lụt")
    assert out == "so-y-te: messages are withheld\n"
    (one,) = json.loads(told("messages", "holds", "--json")[0])
    assert (one["department"], one["reason"], one["in_force"]) == ("so-y-te", "Bão lụt", True)
    assert "Bão lụt" in told("messages", "holds")[0]
    assert "lift that first" in told("messages", "hold", "so-y-te", "--reason", "x", status=1)[1]
    assert "sent again" in told("messages", "lift", "so-y-te")[0]
    assert "not withheld" in told("messages", "lift", "so-y-te", status=1)[1]
    (one,) = json.loads(told("messages", "holds", "--json")[0])
    assert (one["in_force"], one["lifted_by"]) == (False, "office:cli")
    assert acts(office) == ["messages-held", "messages-lifted"]


def test_a_hold_needs_a_reason_and_a_day_to_come(told: Any) -> None:
    assert "reason" in told("messages", "hold", "so-y-te", status=2)[1]
    until = ("--until", "2025-01-01")
    assert "has passed" in told("messages", "hold", "so-y-te", "--reason", "x", *until, status=2)[1]


@pytest.mark.parametrize("command", ["remind", "digest"])
def test_dry_runs_show_what_is_withheld_with_the_reason(told: Any, command: str) -> None:
    today = ("--at", datetime.now(ZONE).date().isoformat())
    before = json.loads(told(command, "--dry-run", "--json", *today)[0])
    assert "so-y-te" in {one["recipient"] for one in before["would_send"]}
    assert before["withheld"] == []
    told("messages", "hold", "so-y-te", "--reason", "Bão lụt")
    after = json.loads(told(command, "--dry-run", "--json", *today)[0])
    assert {one["recipient"] for one in after["withheld"]} == {"so-y-te"}
    assert {one["held"] for one in after["withheld"]} == {"Bão lụt"}
    assert "so-y-te" not in {one["recipient"] for one in after["would_send"]}
    assert not any("held" in one for one in after["would_send"])
    out, err = told(command, "--dry-run", *today)
    assert "Bão lụt" in out
    assert ", 1 of them withheld; nothing was sent" in err


def test_a_day_is_decided_and_left_again(office: Engine, told: Any) -> None:
    day = coming()
    free = ("calendar", "set", day.isoformat(), "--off", "--basis", "15/TB-UBND")
    out, err = told(*free, "--dry-run")
    assert "mau/sap-toi/so-y-te" in out
    assert "would move; nothing was changed" in err
    assert json.loads(told("calendar", "list", "--json")[0]) == []
    moved = json.loads(told(*free, "--json")[0])["moved"]
    (mine,) = [one for one in moved if one["ref"] == "mau/sap-toi/so-y-te"]
    after = WorkCalendar().next_working_day(day + timedelta(days=1)).isoformat()
    assert mine == {
        "assignment": assignment(office, "mau/sap-toi/so-y-te").id,
        "ref": "mau/sap-toi/so-y-te",
        "task": "Nhiệm vụ sap-toi",
        "department": "so-y-te",
        "from": day.isoformat(),
        "to": after,
    }
    (one,) = json.loads(told("calendar", "list", "--json")[0])
    assert (one["day"], one["working"], one["basis"]) == (day.isoformat(), False, "15/TB-UBND")
    assert f"{day}\toff\t15/TB-UBND\toffice:cli" in told("calendar", "list")[0]
    would = json.loads(told("calendar", "withdraw", day.isoformat(), "--dry-run", "--json")[0])
    assert would["would_move"][0]["from"] == after
    assert "due dates moved" in told("calendar", "withdraw", day.isoformat())[1]
    assert assignment(office, "mau/sap-toi/so-y-te").due == day
    assert acts(office) == ["calendar-day-set", "calendar-day-withdrawn"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("set", "2025-01-06", "--off", "--basis", "1/TB"), 2, "has passed"),
        (("set", "2099-01-05", "--off", "--basis", " "), 2, "document"),
        (("set", "2099-01-05", "--off"), 2, "basis"),
        (("set", "2099-01-05", "--basis", "1/TB"), 2, "working"),
        (("withdraw", "2099-01-05"), 2, "nothing was decided"),
    ],
)
def test_what_is_wrong_is_said(
    told: Any, arguments: tuple[str, ...], status: int, said: str
) -> None:
    assert said in told("calendar", *arguments, status=status)[1].lower()


def test_what_failed_is_sent_again_and_what_was_sent_is_dropped(office: Engine, told: Any) -> None:
    now = datetime.now(ZONE)
    with writing(office) as connection:
        add_contact(connection, "so-tai-chinh", "stc@x.vn")
        add_contact(connection, "van-phong", "vp@x.vn")
        new = [
            NewNotice(f"k{n}", NoticeKind.REMINDER, code, now.date(), {}, f"<{n}@x>")
            for n, code in enumerate(["so-y-te", "so-tai-chinh", "van-phong", "so-y-te"])
        ]
        notices.owe(connection, new, now)
        errors = ["554 no", f"went away and {claims.MAY_HAVE_IT}", "550 gone", "554 no"]
        ended = claims.claim(connection, now, timedelta(minutes=1), 10)
        for one, error in zip(ended, errors, strict=True):
            failed: dict[str, Any] = {"address": None, "error": error}
            claims.finish(connection, one.notice, Delivery.FAILED, now, **failed)
        notices.flag_bounced(connection, "vp@x.vn", now, "550 gone")
    today = str(now.date())
    assert "name a department" in told("messages", "resend", status=2)[1]
    out, err = told("messages", "resend", "--failed-since", today, "--dry-run")
    assert out == "2 messages would go again\n"
    assert "1 stay: their mailboxes bounced" in err and "1 stay: they may have arrived" in err
    later = str(now.date() + timedelta(days=1))
    assert told("messages", "resend", "--failed-since", later)[0].startswith("0 messages")
    assert "--yes" in told("messages", "resend", "so-y-te", status=2)[1]
    assert told("messages", "resend", "so-y-te", "--yes")[0].startswith("2 messages wait")
    waiting = json.loads(told("messages", "list", "--state", "waiting", "--json")[0])
    assert [(one["recipient"], one["attempts"]) for one in waiting] == [("so-y-te", 0)] * 2
    first = str(waiting[0]["id"])
    told("messages", "drop", first, "--reason", "đã gửi trước sự cố")
    assert "does not wait" in told("messages", "drop", first, "--reason", "x", status=1)[1]
    (gone,) = json.loads(told("messages", "list", "--state", "dropped", "--json")[0])
    assert gone["error"] == "đã gửi trước sự cố"
    assert acts(office) == ["message-resent", "message-resent", "message-dropped"]
