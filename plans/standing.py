"""How one body stands: what it owes, the most urgent first, its record, and who it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from plans.digests import silence_of
from plans.progress import Progress
from plans.rolling import of_department
from plans.store import Connection, catalogue, feeds, lists
from plans.store import standing as store
from plans.store.events import returned_because
from plans.store.tallies import Tally, tallies
from plans.store.tallies import of_department as counted_under
from plans.terms import Review, Silence

SOON = timedelta(days=14)
OWED = 100
"""How much of what is owed is shown at once; the rest is in the list of assignments."""
WAITING = 20


@dataclass(frozen=True, slots=True)
class Owed:
    """What a body owes, by what presses most. ``reasons``: why a report came back, by id.

    ``more``: there is still more than what is shown, due later.
    """

    returned: tuple[Any, ...]
    overdue: tuple[Any, ...]
    soon: tuple[Any, ...]
    later: tuple[Any, ...]
    waiting: tuple[Any, ...]
    reasons: dict[str, str]
    more: bool

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is owed, and nothing waits."""
        return not (self.returned or self.overdue or self.soon or self.later or self.waiting)


@dataclass(frozen=True, slots=True)
class Body:
    """Who a body is: its row, its superior, whom it superintends, and before and after it."""

    row: Any
    parent: Any
    below: tuple[Any, ...]
    before: tuple[Any, ...]
    after: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Hearing:
    """How a body is heard of. ``silence`` None: it owes nothing late, or reports."""

    feed: Any
    contacts: tuple[Any, ...]
    silence: Silence | None


def owed_by(connection: Connection, which: lists.Filter, on: date) -> Owed:
    """What is owed of what a filter leaves (a body's own, as far as one may see it)."""
    rows = lists.page(connection, replace(which, open_only=True), on, OWED + 1)
    returned = [row for row in rows[:OWED] if row.review == Review.RETURNED]
    if len(rows) > OWED:  # what came back is shown however far off its date is
        returned = lists.page(connection, replace(which, review=Review.RETURNED), on, OWED)
    rest = [row for row in rows[:OWED] if row.review != Review.RETURNED]
    waiting = lists.page(connection, replace(which, review=Review.SUBMITTED), on, WAITING)
    return Owed(
        returned=tuple(returned),
        overdue=tuple(row for row in rest if row.due < on),
        soon=tuple(row for row in rest if on <= row.due <= on + SOON),
        later=tuple(row for row in rest if row.due > on + SOON),
        waiting=tuple(waiting),
        reasons=returned_because(connection, [row.id for row in returned]),
        more=len(rows) > OWED,
    )


def record_of(
    connection: Connection, code: str, on: date
) -> tuple[Progress, Sequence[tuple[Any, Tally]]]:
    """A body's figures over all plans, and of each plan in which it has something."""
    by_plan = tallies(connection, on, ("plan",), counted_under(code))
    rows = {row.id: row for row in catalogue.plan_rows(connection)[::-1]}
    found = [(row, by_plan[key,]) for key, row in rows.items() if (key,) in by_plan]
    return of_department(connection, code, on), found


def body(connection: Connection, code: str) -> Body:
    """Who a body is, or ``NotFound``."""
    row = catalogue.department_row(connection, code)
    after = [one["code"] for one in row.declaration["successors"]]
    before = store.predecessors(connection, code)
    known = catalogue.department_rows(connection, [*after, *([row.parent] if row.parent else [])])
    return Body(
        row=row,
        parent=known.get(row.parent),
        below=tuple(store.below(connection, code)),
        before=tuple(before),
        after=tuple(known[one] for one in after if one in known),
    )


def hearing(connection: Connection, code: str, overdue: int) -> Hearing:
    """How a body is heard of, which has something overdue or not."""
    rows = {row.department: row for row in feeds.feed_rows(connection, [code])}
    contacts = catalogue.contact_rows(connection, [code]).get(code, [])
    feed = rows.get(code)
    reached = {code} if feed or any(one.bounced_at is None for one in contacts) else set()
    silent = bool(overdue or (feed and feed.silence))
    return Hearing(feed, tuple(contacts), silence_of(code, rows, reached) if silent else None)
