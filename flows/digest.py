"""Once a week: each recipient's summary of it, on the first working day that has a run."""

from __future__ import annotations

from datetime import date

from prefect import flow, task

from flows.alone import alone
from flows.common import database, mail_settings, moment
from flows.deliver import deliver_waiting
from flows.retrying import PATIENT, may_pass
from plans import catching_up, digests
from plans.loading import read_calendar
from plans.store import reading, writing


@task(name="owe-digests", retry_condition_fn=may_pass, **PATIENT)
def owe_digests(at: date | None) -> int:
    """Write down the week's digests; gives the number of new notices."""
    domain = mail_settings().domain
    with database() as (engine, settings):
        day, now = moment(at, settings)
        parts = digests.owe_digests_in_parts(engine, day, now, domain=domain)
        owed = sum(len(keys) for keys in parts)
        with writing(engine) as connection:
            catching_up.note_digests_made(connection, day)
        return owed


def why_rest() -> str | None:
    """Why no digests are owed today: a day off, or the week's are made; None: they are owed."""
    with database() as (engine, settings), reading(engine) as connection:
        today, _ = moment(None, settings)
        if not read_calendar(connection).is_working_day(today):
            return "day_off"
        return "made_already" if catching_up.is_digest_made(connection, today) else None


@flow(name="digest")
@alone("digest")
def digest(at: date | None = None) -> dict[str, int]:
    """Owe the week's digests, and send them; where they are made or offices rest, only if ``at``.

    A run each working morning makes up for a Monday on which there was none.
    """
    if at is None and (why := why_rest()):
        return {"owed": 0, why: 1}
    owed = owe_digests(at)
    return {"owed": owed, **deliver_waiting(at)}
