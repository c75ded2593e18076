"""Opening periods: every declared obligation that has begun becomes an assignment, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from plans.assignments import Obligation, obligations
from plans.bodies import Directory
from plans.errors import InvalidInput
from plans.loading import read_calendar, read_directory
from plans.rules import Event, State
from plans.store import Connection, catalogue
from plans.store import assignments as store
from plans.store.counters import Deltas
from plans.store.ledger import NewAssignment, append, open_assignments
from plans.terms import EventKind, LeadStatus

ACTOR = "system:open-periods"


@dataclass(slots=True)
class Opened:
    """What a run opened and passed on; counts, and the undecided ones' refs with the reason.

    ``succeeded``: how many went from a body that has ended to its successor.
    """

    opened: int = 0
    by_plan: dict[str, int] = field(default_factory=dict)
    undecided: list[tuple[str, str]] = field(default_factory=list)
    unconfirmed: int = 0
    succeeded: int = 0


def open_periods(
    connection: Connection, at: date, now: datetime, *, dry_run: bool = False
) -> Opened:
    """Open what has begun by ``at`` and hand over what bodies left behind that have ended.

    Safe to run again at any time: an assignment's slot is unique.
    """
    directory, calendar = read_directory(connection), read_calendar(connection)
    result, deltas = Opened(), Deltas()
    for row in catalogue.plan_rows(connection):
        plan = catalogue.read_plan(connection, row.id)
        owed = obligations(plan, directory, calendar, at)
        fresh = _fresh(connection, row.id, owed)
        _tell(result, row.id, fresh)
        if not dry_run:
            _make_known(connection, fresh)
            open_assignments(connection, [_new(one, now) for one in fresh], deltas)
    if not dry_run:
        _hand_over(connection, directory, at, now, result, deltas)
        deltas.write(connection)
    return result


def _fresh(connection: Connection, plan: str, owed: list[Obligation]) -> list[Obligation]:
    known = store.slots_of(connection, plan)
    complete = store.completed_units(connection, plan)
    return [
        one
        for one in owed
        if one.slot not in known
        and not (one.occurrence.until_complete and (one.task, one.declared) in complete)
    ]


def _tell(result: Opened, plan: str, fresh: list[Obligation]) -> None:
    result.opened += len(fresh)
    result.by_plan[plan] = len(fresh)
    for one in fresh:
        if one.lead.status is LeadStatus.UNDECIDED:
            result.undecided.append((one.ref, one.lead.reason or ""))
        elif one.lead.status is LeadStatus.UNCONFIRMED:
            result.unconfirmed += 1


def _make_known(connection: Connection, fresh: Iterable[Obligation]) -> None:
    """Communes and provinces come from a package: the record learns those that it needs."""
    bodies = {one.body.code: one for one in fresh if one.body}
    known = catalogue.department_rows(connection, list(bodies))
    for territory in {one.territory for one in bodies.values()}:
        new = [
            one.body
            for one in bodies.values()
            if one.body and one.body.code not in known and one.territory == territory
        ]
        catalogue.save_bodies(connection, new, territory)


def _new(one: Obligation, now: datetime) -> NewAssignment:
    span = one.occurrence
    columns = {
        "id": one.id,
        "ref": one.ref,
        "slot": one.slot,
        "lead_reason": one.lead.reason,
        "period": span.key or None,
        "period_start": span.period.start if span.period else None,
        "period_end": span.period.end if span.period else None,
        "due_estimated": span.estimated,
    }
    payload = {
        "plan": one.plan,
        "group": one.group,
        "task": one.task,
        "period": span.key or None,
        "department": one.lead.code,
        "declared": one.declared,
        "lead_status": one.lead.status,
        "territory": one.territory,
        "ongoing": span.ongoing,
        "weight": one.weight,
        "needs_review": one.needs_review,
        "due": span.due.isoformat(),
    }
    return NewAssignment(columns, Event(EventKind.ASSIGNED, ACTOR, now, now, payload))


def _hand_over(
    connection: Connection,
    directory: Directory,
    at: date,
    now: datetime,
    result: Opened,
    deltas: Deltas,
) -> None:
    """Pass what bodies that have ended still owe to their successors, unconfirmed.

    Where no single successor is named it becomes undecided. A report that waits for its review
    is not passed on: it was made.
    """
    ended = [body.code for body in directory.every_body() if body.until and body.until < at]
    tasks = catalogue.task_rows(connection)
    events, reasons = {}, {}
    for row in store.lock_owed(connection, ended):
        lead = directory.lead_on(row.department, at, tasks[row.task].function)
        payload = {"department": lead.code, "lead_status": lead.status, "from": row.department}
        events[row.id] = [Event(EventKind.REASSIGNED, ACTOR, now, now, payload)]
        reasons[row.id] = lead.reason
        if lead.code is None:
            result.undecided.append((row.ref, lead.reason or ""))
        else:
            result.succeeded += 1
    append(connection, events, deltas)
    store.save_reasons(connection, reasons)


def decide_lead(
    connection: Connection, key: str, department: str | None, basis: str, actor: str, now: datetime
) -> State:
    """A person confirms the lead that was found, or names another; ``basis``: document number.

    ``department`` None confirms the present one.
    """
    state = store.state(connection, key)
    code = department or state.department
    if code is None or code not in catalogue.department_rows(connection, [code]):
        raise InvalidInput(f"name a department that exists, not {code!r}")
    payload = {"department": code, "lead_status": LeadStatus.CONFIRMED, "basis": basis}
    states = append(connection, {key: [Event(EventKind.REASSIGNED, actor, now, now, payload)]})
    store.save_reasons(connection, {key: None})
    return states[key]
