"""An office at work on the sample plan: what is submitted, and who acts on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Engine

from plans.acting import Act, Officer
from plans.errors import DondocError
from plans.rules import State
from plans.store import Connection, writing
from plans.store.assignments import row_of
from plans.store.ledger import append
from plans.terms import EventKind
from tests.builders import at, build_event
from tests.offices import furnish

TODAY = date(2025, 3, 3)
"""Before ``mau/mot`` and ``mau/chung`` are due, on 31/03/2025."""
DUE = date(2025, 3, 31)
MOT = "mau/mot/so-y-te"


def open_office(engine: Engine, **given: Any) -> None:
    """The sample plan, opened on ``TODAY``."""
    furnish(engine, now=at(TODAY), **given)


def key_of(engine: Engine, ref: str = MOT) -> str:
    with writing(engine) as connection:
        return str(row_of(connection, ref).id)


def act(
    actor: str = "user:1", *departments: str, day: date = TODAY, seen: frozenset[str] | None = None
) -> Act:
    """An act on a day by an officer, who may speak for departments as well."""
    return Act(Officer(actor, frozenset(departments)), at(day), day, seen)


def submit(
    engine: Engine, key: str, actor: str = "token:so-y-te", day: date = TODAY, percent: int = 100
) -> State:
    """A department's report, handed in."""
    with writing(engine) as connection:
        return append(connection, {key: submission(actor, day, percent)})[key]


def submission(actor: str, day: date = TODAY, percent: int = 100) -> list[Any]:
    """The events of a report that is handed in."""
    updated = build_event(EventKind.UPDATED, day, percent=percent)
    submitted = build_event(EventKind.SUBMITTED, day, submitted_on=day.isoformat())
    return [type(one)(one.kind, actor, *_times(one), one.payload) for one in (updated, submitted)]


def _times(one: Any) -> tuple[Any, Any]:
    return one.occurred_at, one.recorded_at


Outcome = Any


def together(engine: Engine, *jobs: Callable[[Connection], Any]) -> list[Outcome]:
    """Do jobs at the same moment, each in a transaction of its own; results or errors in order."""
    gate = threading.Barrier(len(jobs))
    found: list[Outcome] = [None] * len(jobs)

    def run(index: int, job: Callable[[Connection], Any]) -> None:
        gate.wait()
        try:
            with writing(engine) as connection:
                found[index] = job(connection)
        except DondocError as error:
            found[index] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
