"""The counters: sums kept in the transaction that changes an assignment.

One row for a dimension's key, basis, kind and slot. A date's classes are a sum over a few rows,
however many assignments there are; ``recount`` compares them with the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, Literal, get_args

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    literal_column,
    select,
)

from plans.progress import Bucket, Count, Slot, slot, slot_of
from plans.rules import Basis, State
from plans.store.many import insert_many
from plans.store.schema import assignments, counters
from plans.terms import LeadStatus, Review, Work

Dimension = Literal["plan", "department", "territory", "central"]
By = Literal["group", "department"]
Key = tuple[str, str, str, bool, str, date]

BASES: tuple[Basis, ...] = get_args(Basis)
VALUES = ("n", "weight", "done_percent")
KEYS = ("dimension", "key", "basis", "ongoing", "bucket", "day")


def keys_of(state: State) -> list[tuple[str, str]]:
    """Under which dimensions and keys an assignment is counted.

    One without a decided lead is counted, as undecided, under the body that was declared. The
    nation is what belongs to any province and, "central", to none.
    """
    # By plan where no province is named: one row for all such plans would have every writer wait
    # for every other.
    where = ("territory", state.territory) if state.territory else ("central", state.plan)
    return [("plan", state.plan), ("department", leader(state)), where]


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
        weight, percent = sign * state.weight, sign * state.weight * state.percent
        for basis in BASES:
            where = slot(state, basis)
            for dimension, key in keys_of(state):
                sums = self._sums[dimension, key, basis, where.ongoing, where.bucket, where.day]
                sums[0] += sign
                sums[1] += weight
                sums[2] += percent

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
        insert_many(connection, counters, self.rows(), _ADD)


_ADD = f"ON CONFLICT ({', '.join(KEYS)}) DO UPDATE SET " + ", ".join(
    f"{name} = counters.{name} + excluded.{name}" for name in VALUES
)


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
    return _counts(connection.execute(query))


CENTRAL = ""
"""Under this key stands what belongs to no province."""


def read_nation(
    connection: Connection, basis: Basis = "current", *, on: date
) -> dict[str, list[Count]]:
    """The counts of each province, and under ``CENTRAL`` of what belongs to none.

    In a few rows, from which the figures of that day follow, and of no other.
    """
    c = counters.c
    key = case((c.dimension == "territory", c.key), else_=CENTRAL).label("key")
    # Written out, so that it is seen to be what the index of these rows is about.
    whole = c.dimension.in_([literal_column("'territory'"), literal_column("'central'")])
    query = _passed_or_not(on, key).where(whole, c.basis == basis, c.n != 0)
    return _counts(connection.execute(query))


def _counts(rows: Iterable[Row[Any]]) -> dict[str, list[Count]]:
    found: dict[str, list[Count]] = defaultdict(list)
    for row in rows:
        slot = Slot(Bucket(row.bucket), row.day, row.ongoing)
        found[row.key].append(Count(slot, int(row.n), int(row.weight), int(row.done_percent)))
    return found


def _passed_or_not(on: date, key: ColumnElement[str] = counters.c.key) -> Select[Any]:
    c = counters.c
    passed = literal(on - timedelta(days=1), type_=c.day.type)
    day = case((c.day < on, passed), else_=literal(on, type_=c.day.type)).label("day")
    sums = [func.sum(c[name]).label(name) for name in VALUES]
    same = (key, c.ongoing, c.bucket, day)
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


ByGroup = dict[str, dict[str, list[Count]]]


def read_groups_of(
    connection: Connection, plans: Sequence[str], *, on: date
) -> dict[Basis, ByGroup]:
    """Some plans' counts by plan and solution group, by both bases at once, of one day alone."""
    c = assignments.c
    answered = case((c.work == Work.DONE, c.done_on), else_=c.submitted_on)
    dues = {"current": c.due, "original": c.original_due}
    judged = [(func.coalesce(answered > due, false()), due < on) for due in dues.values()]
    same = (c.plan, c.group, c.work, c.review, c.lead_status, c.ongoing, *chain(*judged))
    sums = (func.count(), func.sum(c.weight), func.sum(c.weight * c.percent))
    query = select(*same, *sums).where(c.plan.in_(plans)).group_by(*same)
    found: dict[Basis, ByGroup] = {basis: {} for basis in BASES}
    for plan, group, work, review, lead, ongoing, *rest in connection.execute(query):
        stands, totals = (Work(work), Review(review), LeadStatus(lead)), list(map(int, rest[-3:]))
        for n, basis in enumerate(BASES):
            late, passed = rest[2 * n : 2 * n + 2]
            where = slot_of(*stands, on - timedelta(days=1) if passed else on, late=bool(late))
            some = found[basis].setdefault(plan, {}).setdefault(group, [])
            some.append(Count(Slot(*where, ongoing), *totals))
    return found


def hold(connection: Connection) -> None:
    """Keep the counters as they are until this transaction ends: writers wait, readers do not.

    Whatever is read in a transaction that begins afterwards fits them, and goes on fitting.
    """
    # On SQLite every writing transaction is alone.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE counters IN SHARE ROW EXCLUSIVE MODE")


def recount(connection: Connection, states: Iterable[State], *, repair: bool) -> list[str]:
    """Where the counters differ from the given states; with ``repair`` they are written anew."""
    fresh = Deltas()
    for state in states:
        fresh.add(state)
    return compare(connection, fresh, repair=repair)


def compare(connection: Connection, fresh: Deltas, *, repair: bool) -> list[str]:
    """The same, of sums that were gathered already."""
    # Row by row against what is there already: a nation has hundreds of thousands of them.
    true = {key: tuple(sums) for key, sums in fresh._sums.items() if any(sums)}
    query = select(*(counters.c[name] for name in (*KEYS, *VALUES))).where(counters.c.n != 0)
    wrong = []
    for row in connection.execute(query, execution_options={"yield_per": 5_000}):
        key, sums = tuple(row[: len(KEYS)]), tuple(row[len(KEYS) :])
        if true.get(key) == sums:
            del true[key]
        else:
            wrong.append(tuple(row))
    differences = [_say(row, "stands in the counters") for row in sorted(wrong)]
    missing = ((*key, *sums) for key, sums in true.items())
    differences += [_say(row, "follows from the ledger") for row in sorted(missing)]
    if repair and differences:
        connection.execute(delete(counters))
        connection.execute(insert(counters), fresh.rows())
    return differences


def _say(row: tuple[Any, ...], what: str) -> str:
    dimension, key, basis, _, bucket, day, n, weight, percent = row
    return f"{dimension} {key}, {basis}, {bucket} {day}: {n} (weight {weight}, {percent}) {what}"
