"""One assignment's ladder: what was sent when to whom, and what comes next on which day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from plans.addressing import Bodies
from plans.declaration import Rung
from plans.ladder import Step, steps
from plans.loading import read_calendar
from plans.reminding import recipients
from plans.rules import is_open
from plans.store import Connection, rungs
from plans.store.ledger import state_of
from plans.terms import Delivery, NoticeKind


@dataclass(frozen=True, slots=True)
class Told:
    """One message that told of the assignment. ``due``: the date that it named.

    ``error``: why it failed or waits for another try; ``until``: when that is.
    """

    day: date
    rung: int
    due: date
    recipient: str
    name_vi: str
    name_en: str
    kind: NoticeKind
    notice: int
    state: Delivery
    address: str | None
    finished_at: datetime | None
    until: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class Coming:
    """A rung that is still to come: on which working day, to which bodies, and as what."""

    day: date
    rung: int
    recipients: tuple[tuple[str, NoticeKind], ...]


@dataclass(frozen=True, slots=True)
class LadderRecord:
    """What was told, the oldest first, and what will be if nothing comes in until then."""

    told: tuple[Told, ...]
    coming: tuple[Coming, ...]


def ladder_record(
    connection: Connection, row: Row[Any], ladder: Sequence[Rung], on: date
) -> LadderRecord:
    """The record of an assignment (a row with its plan's coordinator), on a day.

    Nothing comes where nothing is owed: it is done, submitted, suspended, cancelled or undecided.
    """
    found = tuple(_told(one) for one in rungs.told(connection, row.id))
    if not is_open(state_of(row)):
        return LadderRecord(found, ())
    calendar = read_calendar(connection)
    every = steps(ladder, row.due, calendar)
    bodies = Bodies(connection, on)
    ahead = [_coming(bodies, row, one) for one in every if one.day > on]
    reached = [one for one in every if one.day <= on]
    if reached and not _was_told(found, row, reached[-1]):
        # The next run says it: today's, where offices work today and it has not run yet.
        late = Step(reached[-1].rung, calendar.next_working_day(on))
        ahead.insert(0, _coming(bodies, row, late, only=NoticeKind.REMINDER))
    return LadderRecord(found, tuple(ahead))


def ladder_in(declaration: Mapping[str, Any]) -> tuple[Rung, ...]:
    """A plan's ladder from its declaration as it is kept, without reading all of the plan."""
    return tuple(Rung.model_validate(one) for one in declaration["ladder"])


def _was_told(told: Sequence[Told], row: Row[Any], step: Step) -> bool:
    """Whether the lead heard of this due date's rung, or of a later one."""
    lead = row.department or row.declared
    return any(
        one.recipient == lead and one.due == row.due and one.rung >= step.rung.days for one in told
    )


def _told(row: Row[Any]) -> Told:
    return Told(
        day=row.day,
        rung=row.rung,
        due=row.due,
        recipient=row.recipient,
        name_vi=row.name_vi or row.recipient,
        name_en=row.name_en or row.recipient,
        kind=NoticeKind(row.kind),
        notice=row.notice,
        state=Delivery(row.state),
        address=row.address,
        finished_at=row.finished_at,
        until=row.next_try_at,
        error=row.error,
    )


def _coming(bodies: Bodies, row: Row[Any], step: Step, only: NoticeKind | None = None) -> Coming:
    found = recipients(bodies, row, step.rung, row.coordinator)
    to = tuple(one for one in found if only is None or one[1] is only)
    return Coming(step.day, step.rung.days, to)
