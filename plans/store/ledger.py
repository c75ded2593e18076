"""Writing and reading the ledger: chained events, their projection, in one transaction.

An event's hash covers the one before it, so a changed, dropped or inserted entry shows; the
assignment keeps its last hash and its number of events, so a cut-off end shows as well.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.dialects import postgresql, sqlite

from plans.errors import NotFound
from plans.rules import Event, State, apply, begin, project
from plans.store.counters import Deltas, leader
from plans.store.engine import turn_of
from plans.store.many import insert_many, update_many
from plans.store.schema import assignments, led_before, ledger, texts
from plans.terms import EventKind, LeadStatus, Review, Work

GENESIS = "0" * 64
CHUNK = 400
"""Ids in one IN list: well under SQLite's limit on bound values."""

STATE_FIELDS = tuple(field for field in State.__slots__)


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """An assignment to be opened: its row's fixed columns and its first event."""

    columns: Mapping[str, Any]
    event: Event


def canonical(value: Any) -> str:
    """JSON with one spelling only, for hashing."""
    return _ENCODE(value)


_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def chain_hash(previous: str, assignment: str, n: int, event: Event) -> str:
    """The hash of an event in its place: SHA-256 over the previous hash and the event."""
    return _digest(previous, assignment, n, event, canonical(event.payload))


def _digest(previous: str, assignment: str, n: int, event: Event, payload: str) -> str:
    """The same, of an event whose payload is written already: as JSON it stands in the whole's."""
    content = [
        previous,
        assignment,
        n,
        str(event.kind),
        event.actor,
        event.occurred_at.astimezone(UTC).isoformat(),
        event.recorded_at.astimezone(UTC).isoformat(),
    ]
    return hashlib.sha256(f"{canonical(content)[:-1]},{payload}]".encode()).hexdigest()


def salted(body: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``texts``: people's own words under a salted hash, which events can name."""
    salt = secrets.token_hex(16)
    key = hashlib.sha256((salt + canonical(body)).encode()).hexdigest()
    return {"hash": key, "salt": salt, "body": dict(body)}


def put_texts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep people's own words beside the ledger."""
    insert_many(connection, texts, rows)


def put_text(connection: Connection, body: Mapping[str, Any]) -> str:
    """Keep one text; gives the salted hash that events name."""
    row = salted(body)
    put_texts(connection, [row])
    return str(row["hash"])


def get_texts(connection: Connection, hashes: Iterable[str]) -> dict[str, Any]:
    """The words behind hashes; removed ones are missing."""
    found: dict[str, Any] = {}
    for chunk in chunks(sorted(set(hashes))):
        query = select(texts.c.hash, texts.c.body).where(texts.c.hash.in_(chunk))
        found |= {row.hash: row.body for row in connection.execute(query) if row.body is not None}
    return found


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Slices short enough for one IN list."""
    for at in range(0, len(values), CHUNK):
        yield values[at : at + CHUNK]


_STATE = itemgetter(*(list(assignments.c.keys()).index(name) for name in STATE_FIELDS))
_KINDS: dict[str, Callable[[Any], Any]] = {
    "work": Work,
    "review": Review,
    "lead_status": LeadStatus,
}
_TYPED = [(STATE_FIELDS.index(name), kind) for name, kind in _KINDS.items()]


def state_of(row: Row[Any]) -> State:
    """An assignment's row as the state that the rules know; it begins with the table's columns."""
    values = list(_STATE(row))
    for place, kind in _TYPED:
        values[place] = kind(values[place])
    return State(*values)


def open_assignments(
    connection: Connection, new: Sequence[NewAssignment], deltas: Deltas | None = None
) -> None:
    """Open assignments: rows, first events and counters (``deltas`` as in ``append``)."""
    sums, turn = Deltas(), turn_of(connection)
    rows, entries = [], []
    for one in new:
        event = _not_before(one.event, one.event.recorded_at, turn)
        state = begin(event)
        key = one.columns["id"]
        entry = _entry(key, 1, event, GENESIS)
        entries.append(entry)
        rows.append(_row(replace(one, event=event), state, entry["hash"]))
        sums.add(state)
    insert_many(connection, assignments, rows)
    insert_many(connection, ledger, entries)
    sums.hand_in(connection, deltas)


def append(
    connection: Connection,
    events: Mapping[str, Sequence[Event]],
    deltas: Deltas | None = None,
    locked: Mapping[str, Row[Any]] | None = None,
) -> dict[str, State]:
    """Append events to assignments (by id); gives their new states.

    All or nothing: ``NotFound`` or ``Conflict`` for any of them leaves the caller's transaction
    to be rolled back. Rows are locked where the database can. Who appends several times in one
    transaction gathers ``deltas`` and writes them last: a transaction that held counters while it
    waits for an assignment could wait for one that does the reverse. ``locked``: the rows, where
    the caller read and locked them in this transaction, and changed nothing since.
    """
    keys = sorted(key for key, some in events.items() if some)
    rows = {key: locked[key] for key in keys} if locked else _lock(connection, keys)
    sums = Deltas()
    entries, changes = [], []
    turn = turn_of(connection)
    led: set[tuple[str, str]] = set()
    states: dict[str, State] = {}
    for key, row in rows.items():
        state, head, changed_at = state_of(row), row.head, row.changed_at
        sums.remove(state)
        for given in events[key]:
            # Clocks differ and locks are waited for, but a record's entries stand in order of time.
            event = _not_before(given, changed_at, turn)
            changed_at = event.recorded_at
            was, state = state, apply(state, event)
            if leader(was) != leader(state):
                led.add((leader(was), key))
            entries.append(_entry(key, state.events, event, head))
            head = entries[-1]["hash"]
        sums.add(state)
        states[key] = state
        changes.append({"id": key, **_changed(state), "head": head, "changed_at": changed_at})
    insert_many(connection, ledger, entries)
    update_many(connection, assignments, "id", changes)
    _remember(connection, led)
    sums.hand_in(connection, deltas)
    return states


def _not_before(event: Event, last: datetime, turn: datetime | None) -> Event:
    """An event as it is recorded: not before the one it follows, nor before its writer's turn."""
    at = max(event.recorded_at, last, turn or last)
    return event if at == event.recorded_at else replace(event, recorded_at=at)


def _remember(connection: Connection, led: Iterable[tuple[str, str]]) -> None:
    """Keep under whom assignments were counted that have changed hands."""
    rows = [{"department": code, "assignment": key} for code, key in sorted(led)]
    if rows:
        maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(maker(led_before).on_conflict_do_nothing(), rows)


def _lock(connection: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    rows: dict[str, Row[Any]] = {}
    for chunk in chunks(keys):
        query = select(assignments).where(assignments.c.id.in_(chunk)).order_by(assignments.c.id)
        rows |= {row.id: row for row in connection.execute(query.with_for_update())}
    missing = [key for key in keys if key not in rows]
    if missing:
        raise NotFound(f"no assignment {missing[0]}")
    return rows


_MUTABLE = (
    "group",
    "department",
    "declared",
    "lead_status",
    "due",
    "work",
    "review",
    "percent",
    "submitted_on",
    "done_on",
    "pending_extension",
    "extended",
    "flagged",
    "events",
)


def _changed(state: State) -> dict[str, Any]:
    return {name: getattr(state, name) for name in _MUTABLE}


def _row(one: NewAssignment, state: State, head: str) -> dict[str, Any]:
    fields = {name: getattr(state, name) for name in STATE_FIELDS}
    at = one.event.recorded_at
    return {**fields, **one.columns, "head": head, "opened_at": at, "changed_at": at}


def _entry(key: str, n: int, event: Event, previous: str) -> dict[str, Any]:
    payload = canonical(event.payload)
    return {
        "assignment": key,
        "n": n,
        "kind": event.kind,
        "actor": event.actor,
        "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "payload": payload,
        "previous": previous,
        "hash": _digest(previous, key, n, event, payload),
    }


# --- reading -----------------------------------------------------------------------------------


def event_of(row: Row[Any]) -> Event:
    """A ledger row as an event."""
    return Event(
        kind=EventKind(row.kind),
        actor=row.actor,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        payload=json.loads(row.payload),
    )


def events_of(connection: Connection, key: str) -> list[Event]:
    """One assignment's events, in order."""
    return [event_of(row) for row in rows_of(connection, key)]


def rows_of(connection: Connection, key: str) -> list[Row[Any]]:
    """One assignment's entries as they are kept, in order."""
    query = select(ledger).where(ledger.c.assignment == key).order_by(ledger.c.n)
    return list(connection.execute(query))


def states_as_of(
    connection: Connection,
    *,
    plan: str | None = None,
    department: str | None = None,
    as_of: datetime | None = None,
) -> dict[str, State]:
    """Every assignment's state from the ledger alone, as recorded by ``as_of`` (None: by now).

    ``department``: of what that body leads or led before; it need not have led it by then.
    """
    some = entries_of(connection, plan=plan, department=department, as_of=as_of)
    return {key: project(event_of(row) for row in rows) for key, rows in some}


def entries_of(
    connection: Connection,
    *,
    plan: str | None = None,
    department: str | None = None,
    as_of: datetime | None = None,
) -> Iterator[tuple[str, list[Row[Any]]]]:
    """Ledger entries by assignment, in their order, as recorded by a moment.

    Of one plan or department they are read by index, whatever the rest of the ledger holds.
    """
    for mine in _ids(connection, plan, department):
        query = select(ledger).order_by(ledger.c.assignment, ledger.c.n)
        if mine is not None:
            query = query.where(ledger.c.assignment.in_(mine))
        if as_of is not None:
            query = query.where(ledger.c.recorded_at <= as_of)
        rows = connection.execute(query)
        for key, some in groupby(rows, key=lambda row: row.assignment):
            yield key, list(some)


def _ids(
    connection: Connection, plan: str | None, department: str | None
) -> Iterator[Sequence[str] | None]:
    if plan is None and department is None:
        yield None
        return
    found: set[str] | None = None
    a, b = assignments.c, led_before.c
    if plan is not None:
        found = set(connection.execute(select(a.id).where(a.plan == plan)).scalars())
    if department is not None:
        queries: list[Select[tuple[str]]] = [
            select(a.id).where(a.department == department),
            select(a.id).where(a.declared == department),
            select(b.assignment).where(b.department == department),
        ]
        led = {key for query in queries for key in connection.execute(query).scalars()}
        found = led if found is None else found & led
    yield from chunks(sorted(found or ()))


def history(connection: Connection, keys: Sequence[str]) -> dict[str, list[Event]]:
    """The events of some assignments, by id."""
    found: dict[str, list[Event]] = defaultdict(list)
    for chunk in chunks(keys):
        query = select(ledger).where(ledger.c.assignment.in_(chunk)).order_by(ledger.c.n)
        for row in connection.execute(query):
            found[row.assignment].append(event_of(row))
    return found
