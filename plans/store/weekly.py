"""What the week's digests are made of, read for many recipients at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from plans.progress import Bucket
from plans.store.assignments import owing, with_names
from plans.store.ledger import chunks
from plans.store.schema import assignments, counters, plans
from plans.terms import LeadStatus, Review

a, k, p = assignments.c, counters.c, plans.c


@dataclass(frozen=True, slots=True)
class Owing:
    """How much is overdue on a day, and how much falls due from it to a later one."""

    overdue: int
    coming: int


NOTHING = Owing(0, 0)


def owing_by(
    connection: Connection, dimension: Literal["plan", "department"], on: date, until: date
) -> dict[str, Owing]:
    """What is still owed by plan or department, from the counters; every key that has any."""
    is_open = k.bucket == Bucket.OPEN
    late, soon = is_open & (k.day < on), is_open & (k.day >= on) & (k.day <= until)
    sums = (func.sum(case((which, k.n), else_=0)) for which in (late, soon))
    query = select(k.key, *sums).where(k.dimension == dimension, k.basis == "current", k.n != 0)
    rows = sorted(connection.execute(query.group_by(k.key)))
    return {row[0]: Owing(int(row[1]), int(row[2])) for row in rows}


def urgent_lines(
    connection: Connection, codes: Sequence[str], first: date | None, last: date, most: int
) -> dict[str, list[Row[Any]]]:
    """Each department's first few that are owed and due in a span, the most urgent first."""
    found: dict[str, list[Row[Any]]] = {}
    for chunk in chunks(codes):
        mine = select(a.id, a.department.label("key")).where(a.department.in_(chunk))
        found |= _first_few(connection, mine, a.department, first, last, most)
    return found


def office_lines(
    connection: Connection, first: date | None, last: date, most: int
) -> dict[str, list[Row[Any]]]:
    """The same of each coordinating office, over all its plans."""
    every = select(a.id, p.coordinator.label("key")).join(plans, p.id == a.plan)
    return _first_few(connection, every, p.coordinator, first, last, most)


def _first_few(
    connection: Connection,
    some: Select[Any],
    key: ColumnElement[Any],
    first: date | None,
    last: date,
    most: int,
) -> dict[str, list[Row[Any]]]:
    """First which, then what: titles and names are looked up for what is shown alone."""
    order = (a.due, a.ref, a.id)
    place = func.row_number().over(partition_by=key, order_by=order).label("place")
    query = some.add_columns(place).where(a.due <= last, *owing())
    if first is not None:
        query = query.where(a.due >= first)
    which = query.subquery()
    shown = with_names().add_columns(which.c.key).join(which, which.c.id == a.id)
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(shown.where(which.c.place <= most).order_by(*order)):
        found[row.key].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Late:
    """What one body still owes an office: how much is overdue, how much without any report."""

    department: str
    overdue: int
    unanswered: int


def late_at(connection: Connection, on: date) -> dict[str, list[Late]]:
    """By coordinating office: every body that owes it something, overdue or not."""
    late = a.due < on
    sums = [late, late & (a.review == Review.NONE)]
    query = select(
        p.coordinator, a.department, *(func.sum(case((one, 1), else_=0)) for one in sums)
    )
    query = query.join(plans, p.id == a.plan).where(*owing())
    found: dict[str, list[Late]] = defaultdict(list)
    for office, code, n, unanswered in connection.execute(
        query.group_by(p.coordinator, a.department)
    ):
        found[office].append(Late(code, int(n), int(unanswered)))
    return found


@dataclass(frozen=True, slots=True)
class Beside:
    """How many wait for review, have an unconfirmed lead, have none: by plan or department."""

    waiting: Counter[str]
    unconfirmed: Counter[str]
    undecided: Counter[str]


def beside(connection: Connection) -> tuple[Beside, Beside]:
    """By plan, and by department."""
    by = (Beside(Counter(), Counter(), Counter()), Beside(Counter(), Counter(), Counter()))
    kinds = {
        "waiting": a.review == Review.SUBMITTED,
        "unconfirmed": a.lead_status == LeadStatus.UNCONFIRMED,
        "undecided": a.lead_status == LeadStatus.UNDECIDED,
    }
    for name, which in kinds.items():
        query = select(a.plan, a.department, func.count()).where(which)
        for plan, department, n in connection.execute(query.group_by(a.plan, a.department)):
            getattr(by[0], name)[plan] += n
            if department is not None:
                getattr(by[1], name)[department] += n
    return by
