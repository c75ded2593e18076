"""A later date: asked for by the lead before the date passes, decided by the coordinator.

The original date stays, and so does every date that was granted: each is a ledger event, and the
rows in ``extensions`` are their projection, written in the same transaction.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Row

from plans.acting import LEADS, Act, Askers, handed_in, locked, require_other, words_of
from plans.errors import Conflict, InvalidInput
from plans.rules import Event, State
from plans.store import Connection
from plans.store import extensions as store
from plans.store.events import of_kinds
from plans.store.ledger import append, put_text
from plans.terms import EventKind, ExtensionState

Decision = Literal["grant", "refuse"]
FURTHEST = timedelta(days=3660)
"""Beyond the present due date: what lies further is a slip of the pen."""


def ask(
    connection: Connection,
    assignment: str,
    due: date,
    reason: str,
    act: Act,
    department: str | None = None,
) -> str:
    """Ask for a later due date; gives the request's id. ``Conflict``: the date has passed.

    ``department``: in whose name it is asked for, which need not be the lead.
    """
    state = locked(connection, assignment, act)
    text = words_of(reason, "reason", needed=True, confirmed=act.confirmed)
    _require_later(due, state)
    key, words = secrets.token_hex(8), put_text(connection, {"reason": text})
    payload = {"extension": key, "due": due.isoformat(), "requested_on": act.day.isoformat()}
    payload |= {"text": words} | ({"by": department} if department else {})
    event = _event(EventKind.EXTENSION_REQUESTED, act, payload)
    append(connection, {assignment: [event]})
    row = {
        "id": key,
        "assignment": assignment,
        "state": ExtensionState.REQUESTED,
        "due": state.due,
        "requested_due": due,
        "requested_by": act.officer.actor,
        "requested_at": act.now,
        "reason": words,
    }
    store.add(connection, row)
    return key


def decide(
    connection: Connection,
    extension: str,
    decision: Decision,
    act: Act,
    *,
    due: date | None = None,
    note: str = "",
) -> State:
    """Grant a request (``due``: another day than was asked for), or refuse it with a reason."""
    row = store.row_of(connection, extension)
    state = locked(connection, row.assignment, act)
    if state.pending_extension != row.id:
        raise Conflict("this request for an extension was decided already")
    require_other(act.officer, askers_of(connection, row), "decide on it")
    text = words_of(note, "note", needed=decision == "refuse", confirmed=act.confirmed)
    words = put_text(connection, {"note": text}) if text else None
    if decision == "grant":
        return _grant(connection, row, state, act, due or row.requested_due, words)
    if due is not None:
        _refuse("due", "a request that is refused gets no date")
    payload = {"extension": row.id, "note": words}
    event = _event(EventKind.EXTENSION_REFUSED, act, payload)
    return _answer(connection, row, event, {"state": ExtensionState.REFUSED, "note": words})


def askers_of(connection: Connection, row: Row[Any]) -> Askers:
    """Who asked for a request's date; earlier requests were others'."""
    kind = EventKind.EXTENSION_REQUESTED
    events = of_kinds(connection, [row.assignment], (*LEADS, kind))[row.assignment]
    this = (one for one in events if one.payload.get("extension", row.id) == row.id)
    return handed_in(this, kind)


def _grant(
    connection: Connection, row: Row[Any], state: State, act: Act, due: date, words: str | None
) -> State:
    _require_later(due, state)
    days = {"due": due.isoformat(), "from": state.due.isoformat()}
    payload = {"extension": row.id, **days, "note": words}
    event = _event(EventKind.EXTENSION_GRANTED, act, payload)
    kept = {"state": ExtensionState.GRANTED, "granted_due": due, "note": words}
    return _answer(connection, row, event, kept)


def _answer(connection: Connection, row: Row[Any], event: Event, kept: dict[str, Any]) -> State:
    # The event first: of two who decide at once, the rules refuse the second before it writes.
    state = append(connection, {row.assignment: [event]})[row.assignment]
    decided = {"decided_by": event.actor, "decided_at": event.recorded_at}
    store.answer(connection, row.id, kept | decided)
    return state


def _require_later(due: date, state: State) -> None:
    if not state.due < due <= state.due + FURTHEST:
        _refuse("due", f"an extension is to a day after {state.due}, within ten years of it")


def _event(kind: EventKind, act: Act, payload: dict[str, Any]) -> Event:
    return Event(kind, act.officer.actor, act.now, act.now, payload)


def _refuse(name: str, message: str) -> None:
    raise InvalidInput(message, fields={name: message})
