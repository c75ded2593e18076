"""A plan's assignments summed up by task (and period): now, or of what stood still since then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, case, exists, false, func, or_, select

from plans.progress import class_of, slot_of
from plans.rules import State
from plans.store.assignments import with_names
from plans.store.ledger import chunks
from plans.store.lists import Filter, conditions_of
from plans.store.schema import assignments, departments, supporters, tasks
from plans.terms import LeadStatus, Outside, Review, Timeliness, Work

a, t = assignments.c, tasks.c
WORST_FIRST = (
    Timeliness.OPEN_OVERDUE,
    Timeliness.OPEN_ON_TIME,
    Timeliness.DONE_LATE,
    Timeliness.DONE_ON_TIME,
)


class Piece(NamedTuple):
    """Some assignments of which the same is true; ``late``: what was handed in came late."""

    work: Work
    review: Review
    lead: LeadStatus
    late: bool
    passed: bool
    n: int
    weight: int
    done_percent: int
    first_due: date
    last_due: date
    original_due: date
    flagged: int
    extended: int
    asked: int
    first_lead: str | None
    last_lead: str | None
    id: str


@dataclass(slots=True)
class Sum:
    """Some assignments on a date. ``next_due``: the earliest that is owed, None: nothing is.

    ``lead``: who leads all of them, None where they are several or nobody; ``id`` of the only one.
    """

    n: int = 0
    classes: Counter[Timeliness] = field(default_factory=Counter)
    outside: Counter[Outside] = field(default_factory=Counter)
    weight: int = 0
    done_percent: int = 0
    waiting: int = 0
    returned: int = 0
    unconfirmed: int = 0
    flagged: int = 0
    extended: int = 0
    asked: int = 0
    next_due: date | None = None
    last_due: date = date.min
    original_due: date = date.max
    leads: set[str] = field(default_factory=set)
    first_id: str = ""

    def add(self, one: Piece, on: date) -> None:
        """Count some more."""
        day = on - timedelta(days=1) if one.passed else on
        bucket, day = slot_of(one.work, one.review, one.lead, day, late=one.late)
        found = class_of(bucket, day, on)
        self.n += one.n
        if isinstance(found, Outside):
            self.outside[found] += one.n
        else:
            self.classes[found] += one.n
            self.weight += one.weight
            self.done_percent += one.done_percent
            self._owes(one)
        self.unconfirmed += one.n if one.lead is LeadStatus.UNCONFIRMED else 0
        self.flagged += one.flagged
        self.extended += one.extended
        self.asked += one.asked
        self.last_due = max(self.last_due, one.last_due)
        self.original_due = min(self.original_due, one.original_due)
        self.leads |= {code for code in (one.first_lead, one.last_lead) if code}
        self.first_id = min(self.first_id or one.id, one.id)

    def _owes(self, one: Piece) -> None:
        if one.work is Work.DONE:
            return
        if one.review is Review.SUBMITTED:
            self.waiting += one.n
            return
        self.returned += one.n if one.review is Review.RETURNED else 0
        self.next_due = min(self.next_due or one.first_due, one.first_due)

    @property
    def counted(self) -> int:
        """How many are in the four classes."""
        return self.classes.total()

    @property
    def done(self) -> int:
        """How many are done."""
        return self.classes[Timeliness.DONE_ON_TIME] + self.classes[Timeliness.DONE_LATE]

    @property
    def id(self) -> str | None:
        """The id of the only one."""
        return self.first_id if self.n == 1 else None

    @property
    def lead(self) -> str | None:
        """Who leads all of them."""
        return next(iter(self.leads)) if len(self.leads) == 1 else None

    @property
    def percent(self) -> int:
        """How far they are by what was reported, 0 to 100."""
        return self.done_percent // self.weight if self.weight else 0

    @property
    def standing(self) -> Timeliness | Outside | None:
        """The class that asks most for attention; what is outside the count where nothing is in."""
        inside = next((one for one in WORST_FIRST if self.classes[one]), None)
        return inside or next((one for one in Outside if self.outside[one]), None)


Sight = Sequence[ColumnElement[bool]] | None
"""What a caller may see (``sight.sights_of``); None: all."""


def sums(
    connection: Connection,
    plan: str,
    keys: Collection[str],
    on: date,
    *columns: ColumnElement[Any],
    sight: Sight = None,
    unchanged_since: datetime | None = None,
) -> dict[tuple[Any, ...], Sum]:
    """Some tasks' assignments by task and the given columns, on a date."""
    answered = case((a.work == Work.DONE, a.done_on), else_=a.submitted_on)
    late = func.coalesce(answered > a.due, false())
    same = (a.task, *columns, a.work, a.review, a.lead_status, late, a.due < on)
    query = select(*same, *_SUMMED).where(a.plan == plan, *_seen(sight, unchanged_since))
    found: dict[tuple[Any, ...], Sum] = {}
    width = 1 + len(columns)
    for chunk in chunks(sorted(keys)):
        for row in connection.execute(query.where(a.task.in_(chunk)).group_by(*same)):
            found.setdefault(tuple(row[:width]), Sum()).add(_piece(row[width:]), on)
    return found


_SUMMED = (
    func.count(),
    func.sum(a.weight),
    func.sum(a.weight * a.percent),
    func.min(a.due),
    func.max(a.due),
    func.min(a.original_due),
    func.sum(case((a.flagged, 1), else_=0)),
    func.sum(case((a.extended > 0, 1), else_=0)),
    func.count(a.pending_extension),
    func.min(a.department),
    func.max(a.department),
    func.min(a.id),
)


def _piece(row: Any) -> Piece:
    work, review, lead, late, passed, n, weight, percent, *rest = row
    terms = (Work(work), Review(review), LeadStatus(lead), bool(late), bool(passed))
    return Piece(*terms, n, int(weight), int(percent), *rest)


def piece_of(key: str, state: State, on: date) -> Piece:
    """One assignment as it stood, as the sums take it."""
    answered = state.done_on if state.work is Work.DONE else state.submitted_on
    return Piece(
        work=state.work,
        review=state.review,
        lead=state.lead_status,
        late=answered is not None and answered > state.due,
        passed=state.due < on,
        n=1,
        weight=state.weight,
        done_percent=state.weight * state.percent,
        first_due=state.due,
        last_due=state.due,
        original_due=state.original_due,
        flagged=int(state.flagged),
        extended=int(state.extended > 0),
        asked=int(state.pending_extension is not None),
        first_lead=state.department,
        last_lead=state.department,
        id=key,
    )


def _seen(sight: Sight, unchanged_since: datetime | None) -> list[ColumnElement[bool]]:
    found = [] if sight is None else [or_(false(), *sight)]
    return found if unchanged_since is None else [*found, a.changed_at <= unchanged_since]


def numbers(
    connection: Connection, plan: str, keys: Collection[str], opened_by: datetime | None = None
) -> dict[str, int]:
    """How many assignments each of some tasks has, whoever may see them."""
    query = select(a.task, func.count()).where(a.plan == plan).group_by(a.task)
    if opened_by is not None:
        query = query.where(a.opened_at <= opened_by)
    rows = [
        row
        for chunk in chunks(sorted(keys))
        for row in connection.execute(query.where(a.task.in_(chunk)))
    ]
    return {row[0]: row[1] for row in rows}


def matching(
    connection: Connection,
    which: Filter,
    on: date,
    *,
    body: str | None = None,
    unchanged_since: datetime | None = None,
) -> set[str]:
    """The tasks (or parts) of a plan with an assignment that a filter finds.

    ``body``: led by it, or of a task that it supports.
    """
    some = [*conditions_of(which, on), *_seen(None, unchanged_since)]
    if body is not None:
        some.append(or_(a.department == body, a.task.in_(supported(which.plan, body))))
    return set(connection.execute(select(a.task).where(*some).distinct()).scalars())


def supported(plan: str | None, body: str) -> Any:
    """The tasks of a plan that a body supports, as a query."""
    s = supporters.c
    return select(s.task).where(s.plan == plan, s.department == body)


def tasks_of_body(connection: Connection, plan: str, body: str) -> set[str]:
    """The tasks and parts that a body was declared to lead, or supports."""
    led = select(t.id).where(t.plan == plan, t.lead == body)
    found = set(connection.execute(led).scalars())
    return found | set(connection.execute(supported(plan, body)).scalars())


def undeclared(
    connection: Connection, plan: str, known: Iterable[str], opened_by: datetime | None = None
) -> list[Row[Any]]:
    """Tasks with assignments that a version does not declare, in the order that they had."""
    mine = [a.plan == plan, a.task == t.id]
    if opened_by is not None:
        mine.append(a.opened_at <= opened_by)
    query = select(tasks).where(t.plan == plan, exists().where(*mine)).order_by(t.position, t.id)
    declared = set(known)
    # Mostly there are none: nothing but those that a later version left out, or brought in.
    ids = set(connection.execute(select(t.id).where(t.plan == plan)).scalars()) - declared
    if not ids:
        return []
    return [
        row
        for chunk in chunks(sorted(ids))
        for row in connection.execute(query.where(t.id.in_(chunk)))
    ]


def paces(
    connection: Connection, plan: str, unchanged_since: datetime | None = None
) -> list[tuple[date, date | None, int]]:
    """What is counted of a plan, by due date and day of the accepted report: the weights."""
    counted = (
        a.work.not_in((Work.SUSPENDED, Work.CANCELLED)),
        a.lead_status != LeadStatus.UNDECIDED,
    )
    same = (a.due, a.done_on)
    query = select(*same, func.sum(a.weight)).where(a.plan == plan, *counted).group_by(*same)
    if unchanged_since is not None:
        query = query.where(a.changed_at <= unchanged_since)
    return [(due, done, int(weight)) for due, done, weight in connection.execute(query)]


def last_due(connection: Connection, plan: str, sight: Sight = None) -> date | None:
    """The last due date of what one may see of a plan."""
    query = select(func.max(a.due)).where(a.plan == plan, *_seen(sight, None))
    found: date | None = connection.scalar(query)
    return found


def named(connection: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    """Some assignments with titles and names, by id."""
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(keys):
        found |= {row.id: row for row in connection.execute(with_names().where(a.id.in_(chunk)))}
    return found


def bodies(connection: Connection, codes: Iterable[str]) -> dict[str, Row[Any]]:
    """Some bodies' names by code, without their declarations."""
    d = departments.c
    query = select(d.code, d.name_vi, d.name_en)
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(sorted(set(codes))):
        found |= {row.code: row for row in connection.execute(query.where(d.code.in_(chunk)))}
    return found
