"""Opening periods: every declared obligation that has begun becomes an assignment, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from plans.assignments import Obligation, id_of, obligations
from plans.bodies import Directory
from plans.errors import InvalidInput
from plans.loading import read_calendar, read_directory
from plans.rules import Event, State
from plans.store import Connection, catalogue
from plans.store import assignments as store
from plans.store.counters import Deltas
from plans.store.engine import plan_anew
from plans.store.ledger import NewAssignment, append, open_assignments, state_of
from plans.terms import EventKind, LeadStatus

ACTOR = "system:open-periods"


@dataclass(slots=True)
class Opened:
    """What a run opened and passed on; counts, and the undecided ones' refs with the reason.

    ``succeeded``: how many went from a body that has ended to its successor; ``retired``: how many
    undecided ones of a class were cancelled because its members answer now.
    """

    opened: int = 0
    by_plan: dict[str, int] = field(default_factory=dict)
    undecided: list[tuple[str, str]] = field(default_factory=list)
    unconfirmed: int = 0
    succeeded: int = 0
    retired: int = 0


def open_periods(
    connection: Connection, at: date, now: datetime, *, dry_run: bool = False
) -> Opened:
    """Open what has begun by ``at`` and hand over what bodies left behind that have ended.

    Safe to run again at any time: an assignment's slot is unique.
    """
    plan_anew(connection)
    directory, calendar = read_directory(connection), read_calendar(connection)
    result, deltas = Opened(), Deltas()
    replaced: list[str] = []
    for row in catalogue.plan_rows(connection):
        plan = catalogue.read_plan(connection, row.id)
        settled = store.settled_leads(connection, row.id)
        owed = obligations(plan, directory, calendar, at, settled)
        known = store.slots_of(connection, row.id)
        fresh = _fresh(connection, row.id, owed, known)
        _tell(result, row.id, fresh)
        classes = sorted(known & {one.class_slot for one in owed if one.class_slot})
        replaced += store.undecided_slots(connection, classes, lock=not dry_run)
        if not dry_run:
            _make_known(connection, fresh)
            ids = _ids(connection, fresh)
            open_assignments(connection, [_new(one, ids[one.slot], now) for one in fresh], deltas)
    result.retired = len(replaced)
    if not dry_run:
        payload = {"basis": "the class's members are declared now"}
        cancelled = Event(EventKind.CANCELLED, ACTOR, now, now, payload)
        append(connection, {key: [cancelled] for key in replaced}, deltas)
        _hand_over(connection, directory, at, now, result, deltas)
        deltas.write(connection)
    return result


def _fresh(
    connection: Connection, plan: str, owed: list[Obligation], known: set[str]
) -> list[Obligation]:
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


def _ids(connection: Connection, fresh: Sequence[Obligation]) -> dict[str, str]:
    """An id for each slot; not one that is in use by what a plan's new version put elsewhere."""
    taken = store.taken_ids(connection, [one.id for one in fresh])
    found = {}
    for one in fresh:
        key, n = one.id, 1
        while key in taken:
            key, n = id_of(f"{one.slot}#{n}"), n + 1
            taken |= store.taken_ids(connection, [key])
        found[one.slot] = key
    return found


def _new(one: Obligation, key: str, now: datetime) -> NewAssignment:
    span = one.occurrence
    columns = {
        "id": key,
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
    if one.settled:
        payload["settled"] = one.settled
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


# --- what a person settles ---------------------------------------------------------------------


def decide_lead(
    connection: Connection,
    key: str,
    department: str | None,
    basis: str,
    actor: str,
    now: datetime,
    day: date | None = None,
) -> State:
    """A person names who leads from a day on (None: today); ``basis``: document number.

    ``department`` None confirms the present one.
    """
    if department is None:
        return confirm_leads(connection, [key], basis, actor, now, day)[key]
    state = store.state(connection, key)
    wrong = Bodies(connection, [department]).objection(department, state, day or now.date())
    if wrong:
        raise InvalidInput(wrong)
    return _settle(connection, {key: department}, basis, actor, now)[key]


def confirm_leads(
    connection: Connection,
    keys: Iterable[str],
    basis: str,
    actor: str,
    now: datetime,
    day: date | None = None,
) -> dict[str, State]:
    """A person confirms who was found for some assignments, by id: all of them or none."""
    states = {key: store.state(connection, key) for key in keys}
    leads, wrong = _confirmable(connection, states, day or now.date())
    if wrong:
        raise InvalidInput("; ".join(sorted(set(wrong.values()))))
    return _settle(connection, leads, basis, actor, now)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The assignments confirmed, by id; and the refs of those left out, with the reason."""

    states: Mapping[str, State]
    left: Mapping[str, str]


def confirm_matching(
    connection: Connection,
    plan: str | None,
    department: str | None,
    basis: str,
    actor: str,
    now: datetime,
    day: date | None = None,
) -> Confirmed:
    """A person confirms every unconfirmed lead of a plan, of a department, or (None) of all."""
    rows = {row.id: row for row in store.lock_unconfirmed(connection, plan, department)}
    states = {key: state_of(row) for key, row in rows.items()}
    leads, wrong = _confirmable(connection, states, day or now.date())
    left = {rows[key].ref: why for key, why in wrong.items()}
    return Confirmed(_settle(connection, leads, basis, actor, now), left)


def _confirmable(
    connection: Connection, states: Mapping[str, State], day: date
) -> tuple[dict[str, str], dict[str, str]]:
    """The leads that can be confirmed, by assignment; and why the others cannot.

    Who answered already need only have existed on that day.
    """
    bodies = Bodies(connection, [one.department for one in states.values()])
    leads, wrong = {}, {}
    for key, one in states.items():
        why = bodies.objection(one.department, one, one.done_on or one.submitted_on or day)
        if one.department is None or why:
            wrong[key] = why or ""
        else:
            leads[key] = one.department
    return leads, wrong


def _settle(
    connection: Connection, leads: Mapping[str, str], basis: str, actor: str, now: datetime
) -> dict[str, State]:
    events = {}
    for key, code in leads.items():
        payload = {"department": code, "lead_status": LeadStatus.CONFIRMED, "basis": basis}
        events[key] = [Event(EventKind.REASSIGNED, actor, now, now, payload)]
    states = append(connection, events)
    store.save_reasons(connection, dict.fromkeys(events))
    return states


class Bodies:
    """Some bodies as the record knows them: can they lead?"""

    def __init__(self, connection: Connection, codes: Iterable[str | None]) -> None:
        self._directory = read_directory(connection)
        self._rows = catalogue.department_rows(connection, [code for code in codes if code])
        self._tasks = catalogue.task_rows(connection)

    def objection(self, code: str | None, state: State, day: date) -> str | None:
        """Why a body cannot lead on a day, and what to do; None where it can.

        One that has begun when the work is due may be named before, as the rules do themselves.
        """
        if code is None:
            return "nobody was found that could be confirmed; 'dondoc assignments decide' names one"
        row = self._rows.get(code)
        if row is None:
            return f"name a department that exists, not {code!r}"
        if self._directory.is_class(code):
            return f"{code} is a class of bodies; name one body, or declare the class's members"
        if row.since and max(day, state.due) < row.since:
            return f"{code} begins on {row.since}; name a body that exists on {day}"
        if row.until and row.until < day:
            heir = self._directory.lead_on(code, day, self._tasks[state.task].function).code
            instead = f"its successor is {heir}" if heir else f"name a body that exists on {day}"
            return f"{code} ended on {row.until}; {instead}"
        return None
