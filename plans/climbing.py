"""What has come to a rung of its plan's ladder since somebody was told last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from plans.calendar import WorkCalendar
from plans.declaration import Rung
from plans.ladder import Reach, last_due, reaches
from plans.store import Connection
from plans.store import climbing as store

Ladders = Mapping[str, tuple[tuple[Rung, ...], str]]
"""Each plan's ladder and coordinator; equal ladders are one object."""


def ladders_of(connection: Connection) -> Ladders:
    """The ladders as they are kept beside the plans."""
    known: dict[str, tuple[Rung, ...]] = {}
    one_of: dict[tuple[Rung, ...], tuple[Rung, ...]] = {}
    found = {}
    for row in store.ladders(connection):
        said = repr(row.ladder)
        if said not in known:
            ladder = tuple(Rung.model_validate(one) for one in row.ladder)
            known[said] = one_of.setdefault(ladder, ladder)
        found[row.id] = (known[said], row.coordinator)
    return found


def climbed(
    connection: Connection, ladders: Ladders, on: date, calendar: WorkCalendar, stale: timedelta
) -> Iterator[tuple[tuple[Rung, ...], Rung, Any]]:
    """Each ladder's rungs, with what may be news to somebody; superiors hear of no ``stale`` one.

    Where ladders are many, also what has another ladder than the one that is named.
    """
    plans: dict[tuple[Rung, ...], list[str]] = defaultdict(list)
    for plan, (ladder, _) in ladders.items():
        plans[ladder].append(plan)
    common = max(plans, key=lambda ladder: len(plans[ladder]), default=())
    others = [plan for ladder, some in plans.items() if ladder != common for plan in some]
    for ladder, some in plans.items():
        which = (None, others) if ladder == common else (some, [])
        for one in reaches(ladder, on, calendar):
            told = store.Rung(
                one.rung.days, one.after, one.until, _recent(one, on, calendar, stale), *which
            )
            for row in store.candidates(connection, told, on):
                yield ladder, one.rung, row


def _recent(one: Reach, on: date, calendar: WorkCalendar, stale: timedelta) -> date | None:
    """After which due date a superior hears of a rung: not of what is long past."""
    if not one.rung.superior:
        return None
    return last_due(one.rung.days, on - stale - timedelta(days=1), calendar)
