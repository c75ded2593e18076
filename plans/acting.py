"""Who acts on the record for the coordinating office, when, and on what it saw; who may not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from plans.access import Caller
from plans.errors import Denied, InvalidInput, NotFound
from plans.privacy import require_confirmed_texts
from plans.reporting import clean_words
from plans.rules import Event, State
from plans.store import Connection
from plans.store.assignments import lock_rows
from plans.store.ledger import state_of
from plans.terms import EventKind, Role
from plans.versions import Seen, require_version

LONGEST = 2_000
"""Signs in a reason or a note."""


@dataclass(frozen=True, slots=True)
class Officer:
    """Who decides: its name in the record, and the departments as whose officer it acts too."""

    actor: str
    departments: frozenset[str] = frozenset()

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """A caller as who decides. Those whom its departments superintend are not its own."""
        own = (one.department for one in caller.grants if one.role is Role.DEPARTMENT)
        return cls(caller.actor, frozenset(code for code in own if code))


@dataclass(frozen=True, slots=True)
class Act:
    """One act: by whom, at what moment, on which of the office's days, having seen what.

    ``confirmed``: who writes says that what may be a person's number in the words has to stand.
    """

    officer: Officer
    now: datetime
    day: date
    seen: Seen = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Askers:
    """Who handed something in that is to be decided on, and the departments concerned."""

    actors: frozenset[str]
    departments: frozenset[str]


LEADS = (EventKind.ASSIGNED, EventKind.REASSIGNED)
"""The events that say who leads."""


def handed_in(events: Iterable[Event], kind: EventKind) -> Askers:
    """Who handed in what is of a kind: who did it, in whose name, and who led it then or leads now.

    Of the events only those of the kind and ``LEADS`` are needed.
    """
    lead: str | None = None
    actors: set[str] = set()
    departments: set[str | None] = set()
    for event in events:
        if event.kind in LEADS:
            lead = event.payload["department"]
        elif event.kind is kind:
            actors.add(event.actor)
            departments |= {lead, event.payload.get("by")}
    named = (code for code in departments | {lead} if code)
    return Askers(frozenset(actors), frozenset(named))


def speaks_as(caller: Caller, lead: str | None) -> str | None:
    """The department in whose name a caller reports for a lead: the lead itself where it may.

    Else one that superintends it.
    """
    grants = (one for one in caller.grants if one.role is Role.DEPARTMENT and lead in one.reach)
    own = sorted(one.department for one in grants if one.department)
    return lead if lead in own else next(iter(own), None)


def require_other(officer: Officer, askers: Askers, what: str) -> None:
    """``Denied`` where somebody would decide on what it asked for itself, or for its department.

    A coordinating office may lead a task too; then another of its officers decides, one who does
    not act for it as a department.
    """
    if officer.actor in askers.actors:
        raise Denied(f"who handed it in cannot {what}; another officer does")
    if own := officer.departments & askers.departments:
        # Also where nothing was handed in: no lead decides on its own tasks.
        raise Denied(f"who acts for {', '.join(sorted(own))} cannot {what}; another officer does")


def locked(connection: Connection, key: str, act: Act) -> State:
    """An assignment's state, which nobody else changes before the transaction ends.

    ``Stale`` where it is not the one that was seen.
    """
    row = lock_rows(connection, [key]).get(key)
    if row is None:
        raise NotFound(f"no assignment '{key}'")
    require_version(act.seen, row.events)
    return state_of(row)


def words_of(text: str, name: str, *, needed: bool, confirmed: bool) -> str:
    """A reason or note, cleaned; ``InvalidInput`` names the field where it is wrong or missing.

    ``PersonalData`` where it may hold a person's number and its writer has not confirmed it.
    """
    found = clean_words(text, name, longest=LONGEST)
    if needed and not found:
        message = f"this is done with a reason; the field {name} is empty"
        raise InvalidInput(message, fields={name: message})
    require_confirmed_texts({name: found}, confirmed=confirmed)
    return found
