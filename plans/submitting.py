"""A department's reports by API: who may file what, tried and written for many callers at once.

One transaction serves a whole group of calls (``store.group_commit``): each statement is sent once
for all of them, and one that is refused is an answer of its own that harms none of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from plans.access import Action, Caller, Subject, check, may
from plans.acting import speaks_as
from plans.errors import DondocError, InvalidInput, NotFound, Unauthenticated
from plans.filing import Desk, Filed, open_desk, today, write_desks
from plans.identity import tokens
from plans.reporting import Report
from plans.rules import State, outside, timeliness
from plans.store import Connection, files, idempotency
from plans.store.assignments import ids_of_refs, lock_for_filing
from plans.store.engine import turn_of
from plans.store.sight import subject_of
from plans.versions import Seen, require_version

CREATED = 201


@dataclass(frozen=True, slots=True)
class Submission:
    """One call. ``assignment``: id or ref; ``seen``: the versions that the caller will accept.

    ``source``: by what it came; ``said_at``: when it was said, where that was not now; ``action``:
    what its caller must be allowed to do.
    """

    caller: Caller
    assignment: str
    report: Report
    seen: Seen = None
    mark: idempotency.Mark | None = None
    source: str = "api"
    said_at: datetime | None = None
    action: Action = Action.REPORT


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a report led to: the answer, as it is given again to a repeat of the same call."""

    status: int
    version: int
    body: Mapping[str, Any]
    replayed: bool = False


def take(
    connection: Connection,
    given: Sequence[Submission],
    now: datetime,
    zone: ZoneInfo,
    *,
    dry: bool = False,
) -> list[Receipt | DondocError]:
    """File many calls' reports; each gets a receipt or the reason why it was refused.

    Everything of the refused ones stays unwritten, everything of the others is written; ``dry``:
    nothing is, and the answers are those that it would have.
    """
    counter = _Counter.open(connection, given, now, zone)
    found = [counter.serve(one) for one in given]
    if dry:
        return found
    write_desks(connection, [counter.desk])
    idempotency.keep(connection, list(counter.fresh.values()), now)
    return found


@dataclass(slots=True)
class _Counter:
    """Where a group of calls is served one after another."""

    connection: Connection
    rows: Mapping[str, Row[Any]]
    refs: Mapping[str, str]
    ended: set[str]
    known: dict[idempotency.Place, idempotency.Kept]
    fresh: dict[idempotency.Place, idempotency.Kept]
    desk: Desk

    @classmethod
    def open(
        cls, connection: Connection, given: Sequence[Submission], now: datetime, zone: ZoneInfo
    ) -> _Counter:
        marks = [one.mark for one in given if one.mark]
        # A lone mark would be compared at once; here each call is compared with its own.
        known = idempotency.find_all(connection, marks)
        refs = ids_of_refs(connection, [one.assignment for one in given if "/" in one.assignment])
        keys = [refs.get(one.assignment, one.assignment) for one in given]
        rows = lock_for_filing(connection, keys)
        ended = tokens.ended(connection, [one.caller for one in given], now)
        return cls(connection, rows, refs, ended, known, {}, open_desk(rows, now, zone))

    def serve(self, one: Submission) -> Receipt | DondocError:
        """One call's receipt, or why it is refused."""
        try:
            if one.caller.actor in self.ended:
                raise Unauthenticated("this token ended; ask the coordinating office for a new one")
            kept = self._kept(one.mark)
            return replay(kept) if kept else self._file(one)
        except DondocError as error:
            return error

    def _kept(self, mark: idempotency.Mark | None) -> idempotency.Kept | None:
        if mark is None:
            return None
        kept = self.known.get(mark.place) or self.fresh.get(mark.place)
        return kept.for_request(mark) if kept else None

    def _file(self, one: Submission) -> Receipt:
        row = self.rows.get(self.refs.get(one.assignment, one.assignment))
        if row is None:
            raise NotFound(f"no assignment {one.assignment}")
        self._allow(one, row)
        before = self.desk.states[row.id]
        require_version(one.seen, before.events)
        self._check_files(row.id, one.report)
        by = speaks_as(one.caller, row.department)
        said_at = one.said_at or self.desk.now
        actor = one.caller.actor
        filed = Filed(row.id, one.report, actor, said_at, one.source, department=by)
        state = self.desk.file(filed)
        receipt = Receipt(CREATED, state.events, self._body(row, before, state))
        if one.mark:
            headers = {"ETag": f'"{state.events}"'}
            kept = idempotency.Kept(one.mark, CREATED, headers, receipt.body)
            self.fresh[one.mark.place] = kept
        return receipt

    def _allow(self, one: Submission, row: Row[Any]) -> None:
        led = Subject(f"assignment {row.id}", row.plan, row.department)
        if not may(one.caller, one.action, led):
            # Who supports it is asked for only here, to tell "not found" from "not allowed".
            check(one.caller, one.action, subject_of(self.connection, row))

    def _check_files(self, key: str, report: Report) -> None:
        named = [one.file for one in report.evidence if one.file]
        if named and (foreign := set(named) - files.known(self.connection, key, named)):
            message = f"no file {min(foreign)} was uploaded to this assignment"
            raise InvalidInput(message, fields={"evidence": message})

    def _body(self, row: Row[Any], before: State, state: State) -> dict[str, Any]:
        on = today(self.desk.now, self.desk.zone)
        return {
            "id": f"{row.id}.{before.events + 1}",
            "assignment": row.id,
            "ref": row.ref,
            "version": state.events,
            "before": {
                "version": before.events,
                "percent": before.percent,
                "review": str(before.review),
            },
            "percent": state.percent,
            "work": str(state.work),
            "review": str(state.review),
            "class": timeliness(state, on),
            "outside": outside(state),
            "due": state.due.isoformat(),
            "submitted_on": state.submitted_on.isoformat() if state.submitted_on else None,
            "flagged": state.flagged,
            "recorded_at": self._recorded_at(row).isoformat(),
        }

    def _recorded_at(self, row: Row[Any]) -> datetime:
        """As the ledger will say: never before the entry it follows, nor before our turn."""
        last: datetime = row.changed_at
        at = max(self.desk.now, last, turn_of(self.connection) or last)
        return at.astimezone(self.desk.zone)


def replay(kept: idempotency.Kept) -> Receipt:
    """The receipt that the same call got the first time."""
    return Receipt(kept.status, int(kept.body["version"]), kept.body, replayed=True)
