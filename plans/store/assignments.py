"""Reading assignments: one, many by filter, and the few columns that a rule needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)

from plans.assignments import Settled
from plans.errors import InvalidInput, NotFound
from plans.rules import State
from plans.store.ledger import chunks, state_of
from plans.store.schema import assignments, departments, ledger, plans, tasks
from plans.terms import EventKind, LeadStatus, Review, Work

c = assignments.c
OPEN_WORK = (Work.NOT_STARTED, Work.IN_PROGRESS)


def row_of(connection: Connection, key: str) -> Row[Any]:
    """An assignment by its id or its readable ref, with titles and names."""
    found = connection.execute(with_names().where(or_(c.id == key, c.ref == key))).all()
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


def unclosed_due(connection: Connection, since: date, *, lock: bool = False) -> list[Row[Any]]:
    """What is neither done nor cancelled and is due from a day on, with titles and names."""
    query = with_names().where(c.work.not_in((Work.DONE, Work.CANCELLED)), c.due >= since)
    query = query.order_by(c.id)
    return list(connection.execute(query.with_for_update(of=assignments) if lock else query))


def completed_units(connection: Connection, plan: str) -> set[tuple[str, str]]:
    """Task and declared body of which a report of 100% was accepted."""
    query = select(c.task, c.declared).where(c.plan == plan, c.work == Work.DONE, c.percent == 100)
    return {(row.task, row.declared) for row in connection.execute(query)}


def lock_owed(connection: Connection, departments: Sequence[str]) -> list[Row[Any]]:
    """What some departments still owe; nobody else changes it in this transaction."""
    found: list[Row[Any]] = []
    for chunk in chunks(departments):
        query = select(assignments).where(c.department.in_(chunk), *owing()).order_by(c.id)
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


def with_names() -> Select[Any]:
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


def owing() -> list[ColumnElement[bool]]:
    """The SQL twin of ``rules.is_open`` (a property test holds them together)."""
    return [
        c.work.in_(OPEN_WORK),
        c.review != Review.SUBMITTED,
        c.lead_status != LeadStatus.UNDECIDED,
    ]


def fanned_out(
    connection: Connection, plans: Sequence[str], since: date | None = None
) -> list[Row[Any]]:
    """Some plans' clauses that were given to members of a class, by due date: done of how many.

    ``place`` is their slots' common part; ``since``: only of what is due from then on.
    """
    sqlite = connection.dialect.name == "sqlite"
    before = "substr(slot, 1, instr(slot, ':') - 1)" if sqlite else "split_part(slot, ':', 1)"
    place: ColumnElement[str] = literal_column(before, String).label("place")
    done = case((c.work == Work.DONE, 1), else_=0)
    reported = case((or_(c.work == Work.DONE, c.review == Review.SUBMITTED), 1), else_=0)
    sums = (func.sum(done), func.sum(reported), func.count())
    names = ("done", "reported", "number")
    what = (c.plan, c.task, tasks.c.title_vi, c.period, c.due, place)
    query = select(*what, *(sums[n].label(name) for n, name in enumerate(names)))
    query = query.join(tasks, (tasks.c.plan == c.plan) & (tasks.c.id == c.task))
    # Not by the index on work, which holds all plans': by the one on the plan.
    work = func.coalesce(c.work, "")
    counted = [work.in_((*OPEN_WORK, Work.DONE)), c.lead_status != LeadStatus.UNDECIDED]
    query = query.where(c.slot.contains(":"), *counted).group_by(*what)
    if since is not None:
        query = query.where(c.due >= since)
    found: list[Row[Any]] = []
    for chunk in chunks(plans):
        found += connection.execute(query.where(c.plan.in_(chunk)).order_by(c.due, place))
    return found


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
