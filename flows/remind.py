"""On working days: who owes something on the ladder's rungs is reminded, once."""

from __future__ import annotations

from datetime import date

from prefect import flow, task

from flows.alone import alone
from flows.common import database, mail_settings, moment
from flows.deliver import deliver_waiting
from flows.retrying import PATIENT, may_pass
from plans import catching_up, reminding
from plans.loading import read_calendar
from plans.store import reading


@task(name="owe-reminders", retry_condition_fn=may_pass, **PATIENT)
def owe_reminders(at: date | None) -> int:
    """Write down what is owed on the day; gives the number of new notices."""
    domain = mail_settings().domain
    with database() as (engine, settings):
        day, now = moment(at, settings)
        # First: who is told only now is not reported to a superior now.
        catching_up.settle_in_parts(engine, day, now)
        parts = reminding.remind_in_parts(engine, day, now, domain=domain)
        return sum(len(keys) for keys in parts)


def is_day_off() -> bool:
    """Whether offices rest today, by the calendar that was loaded."""
    with database() as (engine, settings), reading(engine) as connection:
        today, _ = moment(None, settings)
        return not read_calendar(connection).is_working_day(today)


@flow(name="remind")
@alone("remind")
def remind(at: date | None = None) -> dict[str, int]:
    """Owe the day's reminders and escalations, and send them; on a day off only if ``at`` says so.

    A schedule cannot know the swapped Saturdays, so it runs on all of them.
    """
    if at is None and is_day_off():
        return {"owed": 0, "day_off": 1}
    owed = owe_reminders(at)
    return {"owed": owed, **deliver_waiting(at)}
