"""Reading assignments: one, many by filter, and the few columns that a rule needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)

from plans.assignments import Settled
from plans.errors import InvalidInput, NotFound
from plans.rules import State
from plans.searching import plain, searchable
from plans.store.ledger import chunks, state_of
from plans.store.schema import assignments, departments, ledger, plans, tasks
from plans.store.sight import supported_by
from plans.terms import EventKind, LeadStatus, Review, Timeliness, Work

c = assignments.c
OPEN_WORK = (Work.NOT_STARTED, Work.IN_PROGRESS)


def row_of(connection: Connection, key: str) -> Row[Any]:
    """An assignment by its id or its readable ref, with titles and names."""
    found = connection.execute(_listing().where(or_(c.id == key, c.ref == key))).all()
    if not found:
        raise NotFound(f"no assignment '{key}'; 'dondoc assignments list' shows them")
    if len(found) > 1:
        raise InvalidInput(f"'{key}' names {len(found)} assignments; use an id")
    return found[0]


def state(connection: Connection, key: str) -> State:
    """An assignment's present state, by id."""
    row = connection.execute(select(assignments).where(c.id == key)).first()
    if row is None:
        raise NotFound(f"no assignment '{key}'")
    return state_of(row)


def slots_of(connection: Connection, plan: str) -> set[str]:
    """Which of a plan's slots are open already."""
    return set(connection.execute(select(c.slot).where(c.plan == plan)).scalars())


def of_plans(
    connection: Connection, plans: Sequence[str], *, lock: bool = False
) -> dict[str, list[Row[Any]]]:
    """All assignments of some plans, by plan; locked, nobody else changes them meanwhile."""
    found: dict[str, list[Row[Any]]] = {plan: [] for plan in plans}
    if not plans:
        return found
    query = select(assignments).where(c.plan.in_(plans)).order_by(c.id)
    for row in connection.execute(query.with_for_update() if lock else query):
        found[row.plan].append(row)
    return found


def completed_units(connection: Connection, plan: str) -> set[tuple[str, str]]:
    """Task and declared body of which a report of 100% was accepted."""
    query = select(c.task, c.declared).where(c.plan == plan, c.work == Work.DONE, c.percent == 100)
    return {(row.task, row.declared) for row in connection.execute(query)}


def lock_owed(connection: Connection, departments: Sequence[str]) -> list[Row[Any]]:
    """What some departments still owe; nobody else changes it in this transaction."""
    found: list[Row[Any]] = []
    for chunk in chunks(departments):
        query = select(assignments).where(c.department.in_(chunk), *_owing()).order_by(c.id)
        found += connection.execute(query.with_for_update())
    return found


def ids_of_refs(connection: Connection, refs: Sequence[str]) -> dict[str, str]:
    """Ids by readable ref; one that names no assignment, or several, is missing."""
    found: dict[str, list[str]] = {}
    for chunk in chunks(sorted(set(refs))):
        for row in connection.execute(select(c.ref, c.id).where(c.ref.in_(chunk))):
            found.setdefault(row.ref, []).append(row.id)
    return {ref: keys[0] for ref, keys in found.items() if len(keys) == 1}


def lock_for_filing(connection: Connection, keys: Iterable[str]) -> dict[str, Row[Any]]:
    """Assignments by id with the evidence that they need; nobody else changes them meanwhile.

    Unknown ids are missing.
    """
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(sorted(set(keys))):
        rows = connection.execute(_FOR_FILING, {"keys": chunk})
        found |= {row.id: row for row in rows}
    return found


_FOR_FILING = (
    select(assignments, tasks.c.evidence)
    .outerjoin(tasks, (tasks.c.plan == c.plan) & (tasks.c.id == c.task))
    .where(c.id.in_(bindparam("keys", expanding=True)))
    .order_by(c.id)
    .with_for_update(of=assignments)
)


def save_reasons(connection: Connection, reasons: Mapping[str, str | None]) -> None:
    """Keep why a lead is not confirmed, beside the event that says that it is not."""
    if reasons:
        statement = update(assignments).where(c.id == bindparam("key"))
        rows = [{"key": key, "why": why} for key, why in reasons.items()]
        connection.execute(statement.values(lead_reason=bindparam("why")), rows)


def _listing() -> Select[Any]:
    """Assignments with what a person needs to know them by."""
    return (
        select(
            assignments,
            tasks.c.title_vi,
            tasks.c.title_en,
            tasks.c.clause,
            tasks.c.deliverable,
            tasks.c.evidence,
            plans.c.number.label("plan_number"),
            plans.c.title_vi.label("plan_title_vi"),
            plans.c.coordinator,
            departments.c.name_vi.label("department_vi"),
            departments.c.name_en.label("department_en"),
            departments.c.parent.label("superior"),
        )
        .join(tasks, (tasks.c.plan == c.plan) & (tasks.c.id == c.task))
        .join(plans, plans.c.id == c.plan)
        .outerjoin(departments, departments.c.code == c.department)
    )


@dataclass(frozen=True, slots=True)
class Filter:
    """Which assignments to list; None: any. ``due_by`` and ``due_from`` include the day.

    ``words`` are searched in names, by ``page`` alone; ``sights`` what a caller may see.
    """

    ref: str | None = None
    plan: str | None = None
    group: str | None = None
    task: str | None = None
    department: str | None = None
    plans: Sequence[str] | None = None
    work: Work | None = None
    review: Review | None = None
    lead: LeadStatus | None = None
    timeliness: Timeliness | None = None
    open_only: bool = False
    due_by: date | None = None
    due_from: date | None = None
    due_before: date | None = None
    due_after: date | None = None
    supporting: str | None = None
    updated_since: datetime | None = None
    flagged: bool | None = None
    words: str | None = None
    sights: Sequence[ColumnElement[bool]] | None = None


def page(
    connection: Connection,
    which: Filter,
    on: date,
    limit: int,
    after: tuple[date, str] | None = None,
) -> list[Row[Any]]:
    """Up to ``limit`` assignments after a place in the order of due date and id."""
    some = _conditions(replace(which, timeliness=None, sights=None), on)
    found: set[tuple[date, str]] = set()
    for branch in _each_way(connection, which, on):
        query = select(c.due, c.id).where(*some, *branch).order_by(c.due, c.id)
        if after:
            query = query.where(tuple_(c.due, c.id) > tuple_(literal(after[0]), literal(after[1])))
        found |= {(row.due, row.id) for row in connection.execute(query.limit(limit))}
    # First which, then what: titles and names are looked up for one page, not for all that match.
    keys = [key for _, key in sorted(found)[:limit]]
    shown = _listing().where(c.id.in_(keys)).order_by(c.due, c.id)
    return list(connection.execute(shown)) if keys else []


def _each_way(
    connection: Connection, which: Filter, on: date
) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Every way in which an assignment can match; an index answers each of them."""
    said = _says(connection, which.words) if which.words else [true()]
    sights = [true()] if which.sights is None else which.sights
    for one, sight, branch in product(said, sights, _branches(which.timeliness, on)):
        yield one, sight, *branch


def listing(
    connection: Connection, which: Filter, on: date, *, limit: int | None = None, offset: int = 0
) -> list[Row[Any]]:
    """Assignments by filter, the most urgent first; ``on`` is the day that classes depend on."""
    query = _listing().where(*_conditions(which, on)).order_by(c.due, c.ref, c.id)
    return list(connection.execute(query.limit(limit).offset(offset)))


def number_of(connection: Connection, which: Filter, on: date) -> int:
    """How many assignments a filter finds; it has no words."""
    query = select(func.count()).select_from(assignments).where(*_conditions(which, on))
    return connection.scalar(query) or 0


def _conditions(which: Filter, on: date) -> list[ColumnElement[bool]]:
    equal = {
        c.ref: which.ref,
        c.plan: which.plan,
        c.group: which.group,
        c.task: which.task,
        c.department: which.department,
        c.work: which.work,
        c.review: which.review,
        c.lead_status: which.lead,
    }
    found: list[ColumnElement[bool]] = [
        column == value for column, value in equal.items() if value is not None
    ]
    if which.plans is not None:
        found.append(c.plan.in_(which.plans))
    if which.open_only:
        found += _owing()
    if which.due_by:
        found.append(c.due <= which.due_by)
    if which.due_from:
        found.append(c.due >= which.due_from)
    if which.due_before:
        found.append(c.due < which.due_before)
    if which.due_after:
        found.append(c.due > which.due_after)
    if which.supporting:
        found.append(supported_by([which.supporting]))
    if which.updated_since:
        found.append(c.changed_at >= which.updated_since)
    if which.flagged is not None:
        found.append(c.flagged.is_(which.flagged))
    if which.sights is not None:
        found.append(or_(false(), *which.sights))
    if which.timeliness:
        found.append(_class_condition(which.timeliness, on))
    return found


def _says(connection: Connection, words: str) -> list[ColumnElement[bool]]:
    """Every word stands in what the task is searched by, or in the lead's names; accents aside.

    One of these conditions holds. Tasks and bodies are looked through, which are few.
    """
    d = departments.c
    names = connection.execute(select(d.code, d.name_vi, d.name_en, d.abbr)).all()
    bodies = {row.code: searchable(*row) for row in names}
    every = plain(words).split()
    of_bodies = {word for word in every if any(word in said for said in bodies.values())}
    leads = [code for code, said in bodies.items() if all(word in said for word in of_bodies)]
    found = [_task_says(every)]
    if of_bodies and leads:
        rest = [word for word in every if word not in of_bodies]
        led = c.department.in_(leads)
        found.append(and_(_task_says(rest), led) if rest else led)
    return found


def _task_says(words: Sequence[str]) -> ColumnElement[bool]:
    t = tasks.c
    matches = [t.search.contains(word, autoescape=True) for word in words]
    return c.task.in_(select(t.id).where(*matches))


def _owing() -> list[ColumnElement[bool]]:
    """The SQL twin of ``rules.is_open`` (a property test holds them together)."""
    return [
        c.work.in_(OPEN_WORK),
        c.review != Review.SUBMITTED,
        c.lead_status != LeadStatus.UNDECIDED,
    ]


def _class_condition(wanted: Timeliness, on: date) -> ColumnElement[bool]:
    """The SQL twin of ``rules.timeliness`` (a property test holds them together)."""
    return or_(*(and_(*branch) for branch in _branches(wanted, on)))


def _branches(wanted: Timeliness | None, on: date) -> list[list[ColumnElement[bool]]]:
    """A class as conditions of which exactly one holds, each of which an index can answer."""
    if wanted is None:
        return [[]]
    decided = c.lead_status != LeadStatus.UNDECIDED
    if wanted in (Timeliness.DONE_ON_TIME, Timeliness.DONE_LATE):
        on_time = c.done_on <= c.due
        matches = on_time if wanted is Timeliness.DONE_ON_TIME else ~on_time
        return [[decided, c.work == Work.DONE, matches]]
    # Not by the index on work, since most of what there is is open: by the one on the due date.
    open_one = [decided, func.coalesce(c.work, "").in_(OPEN_WORK)]
    waits, owed = c.review == Review.SUBMITTED, c.review != Review.SUBMITTED
    if wanted is Timeliness.OPEN_ON_TIME:
        return [[*open_one, owed, c.due >= on], [*open_one, waits, c.submitted_on <= c.due]]
    return [[*open_one, owed, c.due < on], [*open_one, waits, c.submitted_on > c.due]]


def overdue_by_department(
    connection: Connection, plans: Sequence[str], on: date, *, unanswered: bool = False
) -> dict[str, int]:
    """Of each lead that owes something in some plans: how much of it is overdue (maybe none).

    ``unanswered``: a report that was returned is an answer; only those without any count.
    """
    late = (c.due < on) & (c.review == Review.NONE) if unanswered else c.due < on
    overdue = func.sum(case((late, 1), else_=0))
    query = select(c.department, overdue).where(c.plan.in_(plans), *_owing())
    return {row[0]: row[1] for row in connection.execute(query.group_by(c.department))}


def of_classes(connection: Connection, plan: str) -> list[Row[Any]]:
    """A plan's counted assignments that a clause fanned out to members of a class."""
    counted = [c.work.in_((*OPEN_WORK, Work.DONE)), c.lead_status != LeadStatus.UNDECIDED]
    columns = (c.slot, c.task, c.period, c.due, c.work, c.review, tasks.c.title_vi)
    query = select(*columns).join(tasks, (tasks.c.plan == c.plan) & (tasks.c.id == c.task))
    fanned = c.slot.contains(":")
    return list(connection.execute(query.where(c.plan == plan, fanned, *counted).order_by(c.due)))


def settled_leads(connection: Connection, plan: str) -> dict[tuple[str, str], Settled]:
    """By task and declared body: whom a person confirmed or named last, where that still stands.

    A person's word is an event; a row that is confirmed because nobody doubted it has none. Once
    a document gave a task to another body for good, that and every later word lasts.
    """
    query = (
        select(c.task, c.declared, c.department, c.lead_status, c.id, ledger.c.payload)
        .join(ledger, ledger.c.assignment == c.id)
        .where(c.plan == plan, c.events > 1)
        .where(ledger.c.kind == EventKind.REASSIGNED, ledger.c.actor.not_like("system:%"))
        .order_by(ledger.c.seq)
    )
    words: dict[tuple[str, str], Settled] = {}
    for row in connection.execute(query):
        key, said = (row.task, row.declared), json.loads(row.payload)
        lasting = bool(said.get("lasting")) or (key in words and words[key].lasting)
        stands = (row.department, row.lead_status) == (said["department"], LeadStatus.CONFIRMED)
        if lasting or stands:
            words[key] = Settled(said["department"], row.id, lasting=lasting)
    return _with_days(connection, words)


def _with_days(
    connection: Connection, words: Mapping[tuple[str, str], Settled]
) -> dict[tuple[str, str], Settled]:
    """What was settled, with the days on which each named body begins and ends."""
    d = departments.c
    query = select(d.code, d.since, d.until)
    codes = sorted({one.department for one in words.values()})
    days = {row.code: row for row in connection.execute(query.where(d.code.in_(codes)))}
    return {
        key: replace(one, since=days[one.department].since, until=days[one.department].until)
        for key, one in words.items()
        if one.department in days
    }


def undecided_slots(connection: Connection, slots: Sequence[str], *, lock: bool) -> list[str]:
    """The ids of those slots that still wait for a decision (``lock``: until the end)."""
    found: list[str] = []
    for chunk in chunks(slots):
        waiting = (
            c.lead_status == LeadStatus.UNDECIDED,
            c.work.not_in((Work.CANCELLED, Work.DONE)),
        )
        query = select(c.id).where(c.slot.in_(chunk), *waiting).order_by(c.id)
        found += connection.execute(query.with_for_update() if lock else query).scalars()
    return found


def lock_unconfirmed(
    connection: Connection, plan: str | None, department: str | None
) -> list[Row[Any]]:
    """What went to a successor that nobody has confirmed; nobody else changes it meanwhile."""
    query = select(assignments).where(
        c.lead_status == LeadStatus.UNCONFIRMED, c.work != Work.CANCELLED
    )
    if plan is not None:
        query = query.where(c.plan == plan)
    if department is not None:
        query = query.where(c.department == department)
    return list(connection.execute(query.order_by(c.id).with_for_update()))


def lock_rows(connection: Connection, keys: Iterable[str]) -> dict[str, Row[Any]]:
    """Assignments by id; nobody else changes them in this transaction. Unknown ids are missing."""
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(sorted(set(keys))):
        query = select(assignments).where(c.id.in_(chunk)).order_by(c.id).with_for_update()
        found |= {row.id: row for row in connection.execute(query)}
    return found


def rename(connection: Connection, names: Mapping[str, Mapping[str, Any]]) -> None:
    """Let assignments stand in other places of their plan: by id, slot, ref and period."""
    if names:
        columns: dict[str, Any] = {
            name: bindparam(f"new_{name}") for name in ("slot", "ref", "period")
        }
        statement = update(assignments).where(c.id == bindparam("key")).values(**columns)
        rows = [
            {"key": key} | {f"new_{name}": value for name, value in given.items()}
            for key, given in names.items()
        ]
        connection.execute(statement, rows)


def taken_ids(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Which of some ids are in use."""
    found: set[str] = set()
    for chunk in chunks(keys):
        found |= set(connection.execute(select(c.id).where(c.id.in_(chunk))).scalars())
    return found


def names_of(connection: Connection, plan: str) -> dict[str, Row[Any]]:
    """A plan's assignments by id: ref, task, its titles and its position in the document."""
    t = tasks.c
    columns = (c.id, c.ref, c.task, c.period, t.title_vi, t.title_en, t.position)
    query = select(*columns).join(tasks, (t.plan == c.plan) & (t.id == c.task))
    return {row.id: row for row in connection.execute(query.where(c.plan == plan))}
