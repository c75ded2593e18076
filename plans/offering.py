"""What can be done to an assignment now, and why a caller cannot: for who is offered it.

Nothing is decided here: the rules are tried with an act that changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from plans.acting import LEADS, Askers, Officer, handed_in, require_other
from plans.errors import Conflict, Denied
from plans.extensions import askers_of
from plans.rules import Event, State, apply
from plans.store import Connection
from plans.store import extensions as store
from plans.store.events import of_kinds
from plans.terms import EventKind, LeadStatus


def possible(state: State, now: datetime, on: date) -> frozenset[EventKind]:
    """Which kinds of acts the state allows, on a day of the office."""
    return frozenset(
        kind for kind, payload in _samples(state, on).items() if _fits(state, kind, payload, now)
    )


def _samples(state: State, on: date) -> Mapping[EventKind, Mapping[str, Any]]:
    later = state.due + timedelta(days=1)
    asked = {"extension": "new", "requested_on": on.isoformat(), "due": later.isoformat()}
    # To somebody else: confirming who leads is possible longer.
    other = {"department": "another", "lead_status": LeadStatus.CONFIRMED}
    return {
        EventKind.UPDATED: {"percent": None},
        EventKind.ACCEPTED: {},
        EventKind.RETURNED: {},
        EventKind.EXTENSION_REQUESTED: asked,
        EventKind.SUSPENDED: {},
        EventKind.RESUMED: {},
        EventKind.CANCELLED: {},
        EventKind.REASSIGNED: other,
        EventKind.CORRECTED: {"percent": state.percent},
    }


def _fits(state: State, kind: EventKind, payload: Mapping[str, Any], now: datetime) -> bool:
    try:
        apply(state, Event(kind, "nobody", now, now, payload))
    except Conflict:
        return False
    return True


def why_not_review(connection: Connection, key: str, officer: Officer) -> str | None:
    """Why an officer cannot review an assignment's report itself; None: it can."""
    kinds = (*LEADS, EventKind.SUBMITTED)
    events = of_kinds(connection, [key], kinds).get(key, [])
    return _objection(officer, handed_in(events, EventKind.SUBMITTED), "review it")


def why_not_decide(connection: Connection, extension: str, officer: Officer) -> str | None:
    """The same of a request for a later date."""
    row = store.row_of(connection, extension)
    return _objection(officer, askers_of(connection, row), "decide on it")


def why_not_order(lead: str | None, officer: Officer) -> str | None:
    """The same of what the office orders of an assignment."""
    led = frozenset([lead] if lead else [])
    return _objection(officer, Askers(frozenset(), led), "order this")


def _objection(officer: Officer, askers: Askers, what: str) -> str | None:
    try:
        require_other(officer, askers, what)
    except Denied as why:
        return str(why)
    return None
