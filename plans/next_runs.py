"""When the next reminders and digests go out, as ``prefect.yaml`` starts them (a test compares).

Whoever paused a schedule, or changed it on the server, is not known here.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from plans.calendar import WorkCalendar
from plans.weeks import monday_of

REMINDERS_AT = time(7, 30)
"""Monday to Saturday, on working days alone: ``flows/remind.py`` asks the calendar."""
DIGESTS_AT = time(7, 0)
"""Monday to Saturday, on the week's first working day alone: ``flows/digest.py`` asks."""
SATURDAY = 5
ONE_DAY, WEEK = timedelta(days=1), timedelta(days=7)


def next_reminders(calendar: WorkCalendar, now: datetime) -> datetime:
    """The moment of the next run of reminders; ``now`` in the office's time zone."""
    return _next(calendar, now.date(), now, REMINDERS_AT)


def next_digests(calendar: WorkCalendar, now: datetime, *, made: bool = False) -> datetime:
    """The moment of the next run that mails digests; ``now`` in the office's time zone.

    ``made``: this week's are made already.
    """
    first = monday_of(now.date()) + WEEK if made else now.date()
    return _next(calendar, first, now, DIGESTS_AT)


def _next(calendar: WorkCalendar, first: date, now: datetime, at: time) -> datetime:
    """The first run from a day on that is still to come."""
    day = first + ONE_DAY if first == now.date() and now.time() >= at else first
    day = calendar.next_working_day(day)
    while day.weekday() > SATURDAY:
        day = calendar.next_working_day(day + ONE_DAY)
    return datetime.combine(day, at, now.tzinfo)
