"""The coordinating office accepts or returns what was submitted; never who submitted it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from plans.acting import LEADS, Askers, Officer, handed_in, require_other, words_of
from plans.errors import NotFound
from plans.rules import Event, State, apply
from plans.store import Connection
from plans.store.assignments import lock_rows
from plans.store.events import of_kinds
from plans.store.ledger import append, put_texts, salted, state_of
from plans.terms import EventKind
from plans.versions import Seen, require_version

Decision = Literal["accept", "return"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided on one submitted report; ``seen``: the version that was read, if said."""

    assignment: str
    decision: Decision
    note: str = ""
    seen: Seen = None
    confirmed: bool = False


@dataclass(slots=True)
class ReviewDesk:
    """Where verdicts are tried one after another, before anything is written.

    One that is refused leaves nothing behind and harms no other. ``past``: who led and submitted.
    """

    rows: Mapping[str, Any]
    past: Mapping[str, list[Event]]
    now: datetime
    states: dict[str, State]
    events: dict[str, list[Event]] = field(default_factory=dict)
    texts: list[dict[str, Any]] = field(default_factory=list)

    def decide(self, one: Verdict, officer: Officer) -> State:
        """Take a verdict and give the new state."""
        if (state := self.states.get(one.assignment)) is None:
            raise NotFound(f"no assignment '{one.assignment}'")
        require_other(officer, self._submitters(one.assignment), "review it")
        require_version(one.seen, state.events)
        returned = one.decision == "return"
        note = words_of(one.note, "note", needed=returned, confirmed=one.confirmed)
        text = salted({"note": note}) if note else None
        kind = EventKind.RETURNED if returned else EventKind.ACCEPTED
        payload = {"note": text["hash"] if text else None}
        event = Event(kind, officer.actor, self.now, self.now, payload)
        state = apply(state, event)
        self.states[one.assignment] = state
        self.events.setdefault(one.assignment, []).append(event)
        self.texts += [text] if text else []
        return state

    def _submitters(self, key: str) -> Askers:
        return handed_in(self.past.get(key, ()), EventKind.SUBMITTED)

    def write(self, connection: Connection) -> dict[str, State]:
        """Write all that was decided at once; gives the new states by id."""
        put_texts(connection, self.texts)
        return append(connection, self.events)


def open_desk(connection: Connection, keys: Iterable[str], now: datetime) -> ReviewDesk:
    """A desk with some assignments on it; nobody else changes them until the transaction ends."""
    rows = lock_rows(connection, keys)
    past = of_kinds(connection, sorted(rows), (*LEADS, EventKind.SUBMITTED))
    return ReviewDesk(rows, past, now, {key: state_of(row) for key, row in rows.items()})


def review(
    connection: Connection,
    assignment: str,
    decision: Decision,
    *,
    actor: str | Officer,
    now: datetime,
    note: str = "",
    seen: Seen = None,
    confirmed: bool = False,
) -> State:
    """Accept or return what was submitted; never by who submitted it, never without a reason."""
    officer = actor if isinstance(actor, Officer) else Officer(actor)
    desk = open_desk(connection, [assignment], now)
    desk.decide(Verdict(assignment, decision, note, seen, confirmed), officer)
    return desk.write(connection)[assignment]
