"""What departments report and offices decide on it: each a new ledger event, never an edit."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from plans.errors import Conflict, InvalidInput
from plans.rules import Event, State
from plans.store import Connection
from plans.store.ledger import append, history, put_text, put_texts, salted
from plans.terms import EventKind, Review

_ALLOWED_CONTROLS = "\n\t"


def _clean(text: str) -> str:
    """NFC, without blanks around; control characters are refused, not dropped."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cs") and sign not in _ALLOWED_CONTROLS:
            raise ValueError(f"control character U+{ord(sign):04X} is not allowed")
    return text.strip()


def _real_day(text: str) -> str:
    date.fromisoformat(text)
    return text


_CLEAN = AfterValidator(_clean)
_DAY = AfterValidator(_real_day)
Words = Annotated[str, Field(max_length=10_000), _CLEAN]
Short = Annotated[str, Field(min_length=1, max_length=300), _CLEAN]


class Evidence(BaseModel):
    """A document that proves a result: its number and date, or where it lies."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    number: Short | None = None
    date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), _DAY] | None = None
    title: Short | None = None
    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=1000), _CLEAN] | None = None


class Report(BaseModel):
    """What a department says about one assignment.

    ``nil_report``: "nothing this period", which is a report; its percentage stays what it was.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    result: Words = ""
    obstacles: Words = ""
    proposals: Words = ""
    evidence: Annotated[list[Evidence], Field(max_length=50)] = []
    submit: bool = False
    nil_report: bool = False

    def words(self) -> dict[str, Any]:
        """The free text and the evidence, which are kept beside the ledger; empty ones left out."""
        found: dict[str, Any] = {
            name: value
            for name in ("result", "obstacles", "proposals")
            if (value := getattr(self, name))
        }
        if self.evidence:
            found["evidence"] = [one.model_dump(exclude_none=True) for one in self.evidence]
        return found


def read_report(**given: Any) -> Report:
    """A report from a person's words, or ``InvalidInput`` that names what is wrong with it."""
    try:
        return Report(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(f"{first['loc'][0]}: {first['msg']}") from None


@dataclass(frozen=True, slots=True)
class Filed:
    """One report as it reaches the record: on which assignment, by whom, said and received when."""

    assignment: str
    report: Report
    actor: str
    said_at: datetime
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as events, not yet in the record; ``text`` is the row that keeps its words."""

    events: list[Event]
    text: dict[str, Any] | None


def file_reports(
    connection: Connection, filed: Sequence[Filed], now: datetime, zone: ZoneInfo
) -> dict[str, State]:
    """Record reports; all of them or, on a ``Conflict``, none. Gives the new states by id."""
    drafts = [draft_report(one, now, zone) for one in filed]
    put_texts(connection, [draft.text for draft in drafts if draft.text])
    events: dict[str, list[Event]] = {}
    for one, draft in zip(filed, drafts, strict=True):
        events.setdefault(one.assignment, []).extend(draft.events)
    return append(connection, events)


def draft_report(one: Filed, now: datetime, zone: ZoneInfo) -> Draft:
    """What a report would add to the ledger; ``InvalidInput`` where it says nothing."""
    report, words = one.report, one.report.words()
    if report.percent is None and not report.nil_report:
        raise InvalidInput("a report needs a percentage, unless it is a nil report")
    text = salted(words) if words else None
    events = [Event(EventKind.UPDATED, one.actor, one.said_at, now, _payload(one, text))]
    if report.submit or report.nil_report:
        submitted = {"submitted_on": today(one.said_at, zone).isoformat()}
        events.append(Event(EventKind.SUBMITTED, one.actor, one.said_at, now, submitted))
    return Draft(events, text)


def _payload(one: Filed, text: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "percent": one.report.percent,
        "nil_report": one.report.nil_report,
        "evidence": len(one.report.evidence),
        "text": text["hash"] if text else None,
        "source": one.source,
    }


def settlement(state: State, now: datetime) -> list[Event]:
    """What follows at once from what was submitted on a task that needs no review."""
    if state.review is not Review.SUBMITTED or state.needs_review:
        return []
    return [Event(EventKind.ACCEPTED, "system:no-review-needed", now, now, {"note": None})]


def settle_unreviewed(
    connection: Connection, states: Mapping[str, State], now: datetime
) -> dict[str, State]:
    """Accept at once what was submitted on tasks that a plan declares to need no review."""
    return append(connection, {key: settlement(state, now) for key, state in states.items()})


def review(
    connection: Connection,
    assignment: str,
    decision: Literal["accept", "return"],
    *,
    actor: str,
    now: datetime,
    note: str = "",
) -> State:
    """Accept or return what was submitted; never by who submitted it, never without a reason."""
    if decision == "return" and not note.strip():
        raise InvalidInput("a report is returned with a reason")
    past = history(connection, [assignment])[assignment]
    submitters = {event.actor for event in past if event.kind is EventKind.SUBMITTED}
    if actor in submitters:
        raise Conflict("who submitted a report cannot review it")
    kind = EventKind.ACCEPTED if decision == "accept" else EventKind.RETURNED
    text = put_text(connection, {"note": _note(note)}) if note.strip() else None
    event = Event(kind, actor, now, now, {"note": text})
    return append(connection, {assignment: [event]})[assignment]


def _note(text: str) -> str:
    try:
        return _clean(text)
    except ValueError as error:
        raise InvalidInput(f"the reason: {error}") from None


def submission_day(said_at: datetime, answered_at: datetime | None, now: datetime) -> datetime:
    """When a feed's report counts as made: as the agency says, but not before our last look.

    What was not there when we looked cannot have been reported by then, so no agency can date a
    late report back past its last successful pull; nor is anything reported after ``now``.
    """
    return min(max(said_at, answered_at) if answered_at else said_at, now)


def today(now: datetime, zone: ZoneInfo) -> date:
    """The office's date at a moment."""
    return now.astimezone(zone).date()
