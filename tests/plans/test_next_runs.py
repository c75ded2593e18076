"""When the next runs go out, by the calendar, as the deployments have it."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from plans.calendar import WorkCalendar
from plans.next_runs import next_digests, next_reminders
from tests.builders import ZONE

ROOT = Path(__file__).parents[2]


def moment(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=ZONE)


def test_the_next_reminders_go_out_on_the_next_working_day() -> None:
    calendar = WorkCalendar()
    assert next_reminders(calendar, moment(16, 6)) == moment(16, 7, 30)
    assert next_reminders(calendar, moment(16, 7, 30)) == moment(17, 7, 30)
    assert next_reminders(calendar, moment(18, 9)) == moment(21, 7, 30)  # over the weekend
    assert next_reminders(calendar, moment(25, 9)) == moment(26, 7, 30)  # a Saturday worked
    assert next_reminders(calendar, moment(29, 9)) == moment(5, 7, 30, month=5)  # holidays


def test_the_next_digests_go_out_on_the_first_working_day_of_a_week_without() -> None:
    calendar = WorkCalendar()
    assert next_digests(calendar, moment(16, 9), made=True) == moment(21, 7)
    assert next_digests(calendar, moment(21, 6, 59)) == moment(21, 7)
    assert next_digests(calendar, moment(21, 7), made=True) == moment(28, 7)
    assert next_digests(calendar, moment(6, 9)) == moment(8, 7)  # Monday is the Hung Kings' day
    # Nothing ran on Monday: the next morning makes up for it.
    assert next_digests(calendar, moment(21, 7)) == moment(22, 7)
    assert next_digests(calendar, moment(26, 9)) == moment(28, 7)


def cron_of(deployment: str) -> str:
    text = (ROOT / "prefect.yaml").read_text().partition(f"- name: {deployment}\n")[2]
    match = re.search(r"cron: \"?([^,\"]+)", text)
    assert match
    return match[1]


def test_the_deployments_say_the_same() -> None:
    assert cron_of("remind") == "30 7 * * MON-SAT" and cron_of("digest") == "0 7 * * MON-SAT"
    # The pages say how often messages are delivered and agencies are asked.
    assert cron_of("deliver") == "*/10 * * * *" and cron_of("gather") == "0 7-17 * * MON-SAT"
