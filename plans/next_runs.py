"""When the next reminders and digests go out, as ``prefect.yaml`` starts them (a test compares).

Whoever paused a schedule, or changed it on the server, is not known here.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from plans.calendar import WorkCalendar

REMINDERS_AT = time(7, 30)
"""Monday to Saturday, on working days alone: ``flows/remind.py`` asks the calendar."""
DIGESTS_AT = time(7, 0)
MONDAY, SATURDAY = 0, 5
ONE_DAY = timedelta(days=1)


def next_reminders(calendar: WorkCalendar, now: datetime) -> datetime:
    """The moment of the next run of reminders; ``now`` in the office's time zone."""
    day = now.date() if now.time() < REMINDERS_AT else now.date() + ONE_DAY
    day = calendar.next_working_day(day)
    while day.weekday() > SATURDAY:
        day = calendar.next_working_day(day + ONE_DAY)
    return datetime.combine(day, REMINDERS_AT, now.tzinfo)


def next_digests(now: datetime) -> datetime:
    """The moment of the next run of digests; ``now`` in the office's time zone."""
    day = now.date()
    ahead = (MONDAY - day.weekday()) % 7
    if ahead == 0 and now.time() >= DIGESTS_AT:
        ahead = 7
    return datetime.combine(day + timedelta(days=ahead), DIGESTS_AT, now.tzinfo)
