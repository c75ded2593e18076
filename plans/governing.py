"""What the coordinating office orders on an assignment: each a new ledger event, never an edit.

A document's number and date are in the event, for they are the act's basis; the reason, in an
officer's own words, lies beside the ledger like all words.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from plans.acting import Act, Askers, locked, require_other, words_of
from plans.errors import Conflict, InvalidInput
from plans.opening import Bodies, decide_lead
from plans.privacy import findings
from plans.reporting import Day, Short
from plans.rules import Event, State, project
from plans.store import Connection
from plans.store.assignments import save_reasons
from plans.store.ledger import append, events_of, put_text
from plans.terms import EventKind, LeadStatus, Work

GROUNDED = (EventKind.SUSPENDED, EventKind.CANCELLED, EventKind.CORRECTED)
"""What is not ordered without a reason."""


def _is_number(text: str) -> str:
    """A document's number stays in the ledger for good, so it must not be a person's."""
    if findings(text):
        raise ValueError("this looks like a person's number, not like a document's (15/QĐ-UBND)")
    return text


class Document(BaseModel):
    """The document by which something is ordered: ``15/QĐ-UBND`` of a day."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    number: Annotated[Short, Field(max_length=100), AfterValidator(_is_number)]
    date: Day | None = None


def read_document(number: str, day: date | None = None) -> Document:
    """A document from a person's words, or ``InvalidInput``."""
    try:
        return Document(number=number, date=day)
    except ValidationError as error:
        message = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise InvalidInput(f"document: {message}", fields={"document": message}) from None


def suspend(
    connection: Connection, key: str, act: Act, *, reason: str, document: Document | None = None
) -> State:
    """Suspend work, with a reason: it stands beside the four classes until it is resumed."""
    return _order(connection, key, act, EventKind.SUSPENDED, {}, reason, document)


def resume(
    connection: Connection,
    key: str,
    act: Act,
    *,
    reason: str = "",
    document: Document | None = None,
) -> State:
    """Resume what was suspended, where it was."""
    state = _locked(connection, key, act)
    said = {"work": _before(connection, key)} if state.work is Work.SUSPENDED else {}
    return _order(connection, key, act, EventKind.RESUMED, said, reason, document)


def cancel(
    connection: Connection, key: str, act: Act, *, reason: str, document: Document | None = None
) -> State:
    """Cancel an assignment, with a reason; its record stays."""
    return _order(connection, key, act, EventKind.CANCELLED, {}, reason, document)


def correct(
    connection: Connection, key: str, act: Act, *, percent: int, reopen: bool, reason: str
) -> State:
    """Put right an accepted report that was wrong: its percentage, or (``reopen``) all of it."""
    said = {"percent": percent, "reopen": reopen}
    return _order(connection, key, act, EventKind.CORRECTED, said, reason, None)


def reassign(
    connection: Connection,
    key: str,
    act: Act,
    *,
    department: str,
    document: Document,
    reason: str = "",
) -> State:
    """Give an assignment to another department, by a decision; percentage and record stay.

    The later periods of the same task open with it too.
    """
    state = _locked(connection, key, act)
    if department == state.department and state.lead_status is LeadStatus.CONFIRMED:
        raise Conflict(f"{department} leads it already")
    if wrong := Bodies(connection, [department]).objection(department, state, act.day):
        raise InvalidInput(wrong, fields={"department": wrong})
    said = {"department": department, "lead_status": LeadStatus.CONFIRMED, "lasting": True}
    said |= {"from": state.department}
    found = _order(connection, key, act, EventKind.REASSIGNED, said, reason, document)
    save_reasons(connection, {key: None})
    return found


def _order(
    connection: Connection,
    key: str,
    act: Act,
    kind: EventKind,
    said: dict[str, Any],
    reason: str,
    document: Document | None,
) -> State:
    _locked(connection, key, act)
    payload = said | _basis(document, act.day)
    needed = kind in GROUNDED
    if text := words_of(reason, "reason", needed=needed, confirmed=act.confirmed):
        payload["text"] = put_text(connection, {"reason": text})
    event = Event(kind, act.officer.actor, act.now, act.now, payload)
    return append(connection, {key: [event]})[key]


def settle_lead(
    connection: Connection, key: str, act: Act, *, department: str | None, basis: str
) -> State:
    """Say who leads, or (None) confirm who was found; ``Denied`` for who acts for the lead too."""
    _locked(connection, key, act)
    return decide_lead(connection, key, department, basis, act.officer.actor, act.now, act.day)


def _locked(connection: Connection, key: str, act: Act) -> State:
    """An assignment's state as by ``locked``; ``Denied`` for who acts for its lead too."""
    state = locked(connection, key, act)
    led = [state.department] if state.department else []
    require_other(act.officer, Askers(frozenset(), frozenset(led)), "order this")
    return state


def _before(connection: Connection, key: str) -> str:
    """Where the work was when it was suspended."""
    events = events_of(connection, key)
    last = max(n for n, event in enumerate(events) if event.kind is EventKind.SUSPENDED)
    return str(project(events[:last]).work)


def _basis(document: Document | None, day: date) -> dict[str, str]:
    if document is None:
        return {}
    if document.date is None:
        return {"basis": document.number}
    if document.date > day:
        message = f"the document's date {document.date} lies in the future"
        raise InvalidInput(message, fields={"document.date": message})
    return {"basis": document.number, "basis_date": document.date.isoformat()}
