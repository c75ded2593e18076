"""The counters: sums kept in the transaction that changes an assignment.

One row for a dimension's key, basis, kind and slot. A date's classes are a sum over a few rows,
however many assignments there are; ``recount`` compares them with the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    select,
    text,
)

from plans.progress import Bucket, Count, Slot, count, slot_of
from plans.rules import Basis, State
from plans.store.schema import assignments, counters
from plans.terms import LeadStatus, Review, Work

Dimension = Literal["plan", "department", "territory"]
By = Literal["group", "department"]
Key = tuple[str, str, str, bool, str, date]

BASES: tuple[Basis, ...] = get_args(Basis)
VALUES = ("n", "weight", "done_percent")
KEYS = ("dimension", "key", "basis", "ongoing", "bucket", "day")


def keys_of(state: State) -> list[tuple[str, str]]:
    """Under which dimensions and keys an assignment is counted.

    One without a decided lead is counted, as undecided, under the body that was declared.
    """
    found = [("plan", state.plan), ("department", leader(state))]
    return [*found, ("territory", state.territory)] if state.territory else found


def leader(state: State) -> str:
    """The body under which an assignment is counted."""
    return state.department or state.declared


class Deltas:
    """Changes to the counters, gathered over a transaction and written once."""

    def __init__(self) -> None:
        self._sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, state: State) -> None:
        """Count an assignment as it stands now."""
        self._change(state, 1)

    def remove(self, state: State) -> None:
        """Take an assignment out of where it stood before."""
        self._change(state, -1)

    def _change(self, state: State, sign: int) -> None:
        for basis in BASES:
            one = count(state, basis)
            for dimension, key in keys_of(state):
                slot = (dimension, key, basis, one.slot.ongoing, one.slot.bucket, one.slot.day)
                sums = self._sums[slot]
                sums[0] += sign
                sums[1] += sign * one.weight
                sums[2] += sign * one.done_percent

    def hand_in(self, connection: Connection, later: Deltas | None) -> None:
        """Write the changes now, or leave them to those that are written later."""
        if later is None:
            self.write(connection)
            return
        for key, sums in self._sums.items():
            later._sums[key] = [a + b for a, b in zip(later._sums[key], sums, strict=True)]

    def rows(self) -> list[dict[str, Any]]:
        """The changes that are not nothing, in one order for all writers (no deadlocks)."""
        changed = sorted((key, sums) for key, sums in self._sums.items() if any(sums))
        return [
            dict(zip(KEYS, key, strict=True)) | dict(zip(VALUES, sums, strict=True))
            for key, sums in changed
        ]

    def write(self, connection: Connection) -> None:
        """Add the changes to the table."""
        rows = self.rows()
        if rows:
            connection.execute(_ADD, rows)


# As text, since SQLAlchemy compiles ON CONFLICT anew each time, for 2 ms of each update.
_ADD = text(
    f"INSERT INTO counters ({', '.join((*KEYS, *VALUES))}) "  # noqa: S608 - our own names
    f"VALUES ({', '.join(f':{name}' for name in (*KEYS, *VALUES))}) "
    f"ON CONFLICT ({', '.join(KEYS)}) DO UPDATE SET "
    + ", ".join(f"{name} = counters.{name} + excluded.{name}" for name in VALUES)
).bindparams(*(bindparam(name, type_=counters.c[name].type) for name in (*KEYS, *VALUES)))


def read(
    connection: Connection,
    dimension: Dimension,
    keys: Iterable[str] | None = None,
    basis: Basis = "current",
    *,
    on: date | None = None,
) -> dict[str, list[Count]]:
    """The counts of a dimension's keys (None: of all).

    With ``on``, in a few rows, from which the figures of that day follow, and of no other.
    """
    query = select(counters) if on is None else _passed_or_not(on)
    query = query.where(
        counters.c.dimension == dimension, counters.c.basis == basis, counters.c.n != 0
    )
    if keys is not None:
        query = query.where(counters.c.key.in_(list(keys)))
    found: dict[str, list[Count]] = defaultdict(list)
    for row in connection.execute(query):
        slot = Slot(Bucket(row.bucket), row.day, row.ongoing)
        found[row.key].append(Count(slot, int(row.n), int(row.weight), int(row.done_percent)))
    return found


def _passed_or_not(on: date) -> Select[Any]:
    c = counters.c
    passed = literal(on - timedelta(days=1), type_=c.day.type)
    day = case((c.day < on, passed), else_=literal(on, type_=c.day.type)).label("day")
    sums = [func.sum(c[name]).label(name) for name in VALUES]
    same = (c.key, c.ongoing, c.bucket, day)
    return select(*same, *sums).group_by(*same)


def read_groups(
    connection: Connection,
    plan: str,
    basis: Basis = "current",
    by: By = "group",
    *,
    on: date | None = None,
    unchanged_since: datetime | None = None,
) -> dict[str, list[Count]]:
    """One plan's counts by solution group or by department: read by index, not kept.

    With ``on`` due dates are only told apart as passed on that day or not, in a few rows: the
    figures of that day, and of no other, follow. ``unchanged_since``: only of those whose last
    entry is not after a moment, which stand as they stood then.
    """
    c = assignments.c
    key = c.group if by == "group" else func.coalesce(c.department, c.declared)
    due = c.due if basis == "current" else c.original_due
    answered = case((c.work == Work.DONE, c.done_on), else_=c.submitted_on)
    late = func.coalesce(answered > due, false())
    columns = (
        key,
        c.work,
        c.review,
        c.lead_status,
        c.ongoing,
        late,
        due if on is None else due < on,
    )
    sums = (func.count(), func.sum(c.weight), func.sum(c.weight * c.percent))
    query = select(*columns, *sums).where(c.plan == plan).group_by(*columns)
    if unchanged_since is not None:
        query = query.where(c.changed_at <= unchanged_since)
    found: dict[str, list[Count]] = defaultdict(list)
    for group, work, review, lead, ongoing, is_late, day, *sums_of in connection.execute(query):
        if on is not None:
            day = on - timedelta(days=1) if day else on
        where = slot_of(Work(work), Review(review), LeadStatus(lead), day, late=bool(is_late))
        found[group].append(Count(Slot(*where, ongoing), *map(int, sums_of)))
    return found


def recount(connection: Connection, states: Iterable[State], *, repair: bool) -> list[str]:
    """Where the counters differ from the given states; with ``repair`` they are written anew."""
    fresh = Deltas()
    for state in states:
        fresh.add(state)
    query = select(counters).where(counters.c.n != 0)
    columns = (*KEYS, *VALUES)
    kept = {tuple(getattr(row, name) for name in columns) for row in connection.execute(query)}
    true = {tuple(row[name] for name in columns) for row in fresh.rows()}
    differences = [_say(row, "stands in the counters") for row in sorted(kept - true)]
    differences += [_say(row, "follows from the ledger") for row in sorted(true - kept)]
    if repair and differences:
        connection.execute(delete(counters))
        connection.execute(insert(counters), fresh.rows())
    return differences


def _say(row: tuple[Any, ...], what: str) -> str:
    dimension, key, basis, _, bucket, day, n, weight, percent = row
    return f"{dimension} {key}, {basis}, {bucket} {day}: {n} (weight {weight}, {percent}) {what}"
