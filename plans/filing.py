"""Reports on their way into the record: tried against the rules, then written, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from plans.deliverables import require_evidence
from plans.errors import InvalidInput, NotFound
from plans.privacy import require_confirmed, scan
from plans.reporting import Report
from plans.rules import Event, State, apply
from plans.store import Connection
from plans.store.assignments import lock_for_filing
from plans.store.ledger import append, put_texts, salted, state_of
from plans.terms import EventKind, EvidenceKind, Review


@dataclass(frozen=True, slots=True)
class Filed:
    """One report as it reaches the record: on which assignment, by whom, said when.

    ``asked``: its writer can be asked to confirm what may be personal data; a feed cannot.
    ``department``: in whose name it is handed in, which need not be the lead.
    """

    assignment: str
    report: Report
    actor: str
    said_at: datetime
    source: str | None = None
    asked: bool = True
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as events, not yet in the record; ``text`` is the row that keeps its words."""

    events: list[Event]
    text: dict[str, Any] | None


@dataclass(slots=True)
class Desk:
    """Where reports are tried against states, one after another, before anything is written.

    ``needs``: the kind of evidence without which an assignment's report cannot be submitted.
    """

    rows: Mapping[str, Row[Any]]
    states: dict[str, State]
    needs: Mapping[str, EvidenceKind]
    now: datetime
    zone: ZoneInfo
    events: dict[str, list[Event]] = field(default_factory=dict)
    texts: list[dict[str, Any]] = field(default_factory=list)

    def file(self, one: Filed) -> State:
        """Take a report and give the new state; one that is refused leaves nothing behind."""
        require_evidence(self.needs.get(one.assignment), one.report)
        draft = draft_report(one, self.now, self.zone)
        if (state := self.states.get(one.assignment)) is None:
            raise NotFound(f"no assignment {one.assignment}")
        for event in draft.events:
            state = apply(state, event)
        settled = settlement(state, self.now)
        for event in settled:
            state = apply(state, event)
        self.states[one.assignment] = state
        self.events.setdefault(one.assignment, []).extend([*draft.events, *settled])
        self.texts += [draft.text] if draft.text else []
        return state


def write_desks(connection: Connection, desks: Sequence[Desk]) -> dict[str, State]:
    """Write all that was filed at once: rows are locked in one order, so nobody waits in a circle.

    No assignment may lie on two of the desks. Gives the new states by id.
    """
    put_texts(connection, [text for desk in desks for text in desk.texts])
    events = {key: some for desk in desks for key, some in desk.events.items()}
    locked = {key: row for desk in desks for key, row in desk.rows.items()}
    return append(connection, events, locked=locked)


def file_reports(
    connection: Connection, filed: Sequence[Filed], now: datetime, zone: ZoneInfo
) -> dict[str, State]:
    """Record reports; all of them or, where one is refused, none. Gives the new states by id."""
    rows = lock_for_filing(connection, [one.assignment for one in filed])
    desk = open_desk(rows, now, zone)
    for one in filed:
        desk.file(one)
    return write_desks(connection, [desk])


def open_desk(rows: Mapping[str, Row[Any]], now: datetime, zone: ZoneInfo) -> Desk:
    """A desk with some assignments on it, by id (rows of ``lock_for_filing``)."""
    needs = {key: EvidenceKind(row.evidence) for key, row in rows.items() if row.evidence}
    states = {key: state_of(row) for key, row in rows.items()}
    return Desk(rows, states, needs, now, zone)


def draft_report(one: Filed, now: datetime, zone: ZoneInfo) -> Draft:
    """What a report would add to the ledger; ``InvalidInput`` where it says nothing."""
    report, words = one.report, one.report.words()
    if report.percent is None and not report.nil_report:
        message = "a report needs a percentage, unless it is a nil report"
        raise InvalidInput(message, fields={"percent": message})
    flagged = require_confirmed(report) if one.asked else bool(scan(report))
    text = salted(words) if words else None
    payload = _payload(one, text) | ({"flagged": True} if flagged else {})
    events = [Event(EventKind.UPDATED, one.actor, one.said_at, now, payload)]
    if report.submit or report.nil_report:
        submitted = {"submitted_on": today(one.said_at, zone).isoformat()}
        submitted |= {"by": one.department} if one.department else {}
        events.append(Event(EventKind.SUBMITTED, one.actor, one.said_at, now, submitted))
    return Draft(events, text)


def _payload(one: Filed, text: Mapping[str, Any] | None) -> dict[str, Any]:
    report = one.report
    withdraws = {} if report.submit or report.nil_report else {"withdraws": True}
    return withdraws | {
        "percent": None if report.nil_report else report.percent,
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


def submission_day(said_at: datetime, answered_at: datetime | None, now: datetime) -> datetime:
    """When a feed's report counts as made: as the agency says, but not before our last look.

    What was not there when we looked cannot have been reported by then, so no agency can date a
    late report back past its last successful pull; nor is anything reported after ``now``.
    """
    return min(max(said_at, answered_at) if answered_at else said_at, now)


def today(now: datetime, zone: ZoneInfo) -> date:
    """The office's date at a moment."""
    return now.astimezone(zone).date()
