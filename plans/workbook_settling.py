"""A workbook that comes back: changed rows become reports, each row with an outcome of its own.

All good rows of a file are one transaction. What a row was filled with follows from the record as
of the version that is signed in it, so only rows that say something else count as changed, and a
row whose assignment changed meanwhile is a conflict: it is shown, never written over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from plans.access import Action, Caller
from plans.deliverables import require_evidence
from plans.errors import DondocError, InvalidInput, PersonalData
from plans.filing import today
from plans.reporting import Report
from plans.rules import outside_of, project
from plans.store import Connection
from plans.store import workbooks as store
from plans.store.assignments import lock_for_filing
from plans.store.ledger import get_texts, history
from plans.submitting import Receipt, Submission, take
from plans.terms import EventKind, EvidenceKind, LeadStatus, Outside, Review, Work
from plans.workbook_hands import may_hand_in, may_take
from plans.workbook_rows import (
    Code,
    Line,
    Outcome,
    Problem,
    Says,
    Sheet,
    changed,
    digest_of,
    filled,
    is_signed,
    report_of,
    too_early,
)
from plans.workbooks import Words, last_words

Way = Literal["page", "api", "cli", "mail", "office"]
_OUTSIDE: Mapping[Outside, Code] = {
    Outside.SUSPENDED: "suspended",
    Outside.CANCELLED: "cancelled",
    Outside.UNDECIDED: "undecided",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row. ``version``: of its assignment, after that (of a conflict: now);
    ``withdraws``: the day of the report that waits for review, which it takes back."""

    row: int
    assignment: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    version: int | None = None
    withdraws: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On what a file is read: by whom, when, in whose zone, under which secret.

    ``confirmed``: what looks like a person's number may stand; ``repeat``: conflicts that are
    written all the same, by assignment, on the version that their writer was shown;
    ``department``: the only one of whose workbooks rows are taken.
    """

    caller: Caller
    now: datetime
    zone: ZoneInfo
    secret: str
    way: Way
    confirmed: bool = False
    repeat: Mapping[str, int] = field(default_factory=dict)
    said_at: datetime | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What a row was filled with, and the words that it was made of."""

    says: Says
    words: Words


# --- what each row comes to -----------------------------------------------------------------------


def settle(connection: Connection, sheet: Sheet, terms: Terms, *, dry: bool) -> list[Result]:
    """Read every row, and file the reports of the good ones; ``dry``: file none.

    Rows are locked first, so that the same file twice at once is one update all the same.
    """
    books = store.rows_of(connection, {line.workbook for line in sheet.lines})
    rows = lock_for_filing(connection, _assignments(sheet, books, terms))
    counter = _Counter(connection, terms, books, rows, sheet.lines)
    found = [counter.judge(line) for line in sheet.lines]
    filed = [one for one in found if isinstance(one, _Filed)]
    given = [one.submission for one in filed]
    receipts = take(connection, given, terms.now, terms.zone, dry=dry) if given else []
    answers = {id(one): answer for one, answer in zip(filed, receipts, strict=True)}
    if not dry:
        store.keep_taken(connection, list(_taken(filed, answers, terms.now)))
    return [_answered(one, answers[id(one)]) if isinstance(one, _Filed) else one for one in found]


def _assignments(sheet: Sheet, books: Mapping[str, Row[Any]], terms: Terms) -> list[str]:
    """Of rows that are genuine: nobody locks what others may not touch."""
    return [one.assignment for one in sheet.lines if _stranger(one, books, terms) is None]


def _stranger(line: Line, books: Mapping[str, Row[Any]], terms: Terms) -> Problem | None:
    if not (line.assignment or line.signature):
        return Problem("added")
    book = books.get(line.workbook)
    if book is None or not is_signed(terms.secret, line, book.department):
        return Problem("forged")
    ours = terms.department in (None, book.department)
    return None if ours and may_hand_in(terms.caller, book.department) else Problem("foreign")


@dataclass(frozen=True, slots=True)
class _Filed:
    """A row that is on its way into the record."""

    line: Line
    digest: str
    submission: Submission
    withdraws: str | None


def _taken(
    filed: Sequence[_Filed], answers: Mapping[int, Receipt | DondocError], now: datetime
) -> Iterable[dict[str, Any]]:
    for one in filed:
        answer = answers[id(one)]
        if isinstance(answer, Receipt):
            yield {
                "workbook": one.line.workbook,
                "assignment": one.line.assignment,
                "digest": one.digest,
                "version": answer.version,
                "taken_at": now,
            }


def _answered(one: _Filed, answer: Receipt | DondocError) -> Result:
    line = one.line
    if isinstance(answer, Receipt):
        withdraws = one.withdraws
        taken = Outcome.TAKEN
        return Result(line.row, line.assignment, taken, version=answer.version, withdraws=withdraws)
    return Result(line.row, line.assignment, Outcome.REFUSED, tuple(_why(answer)))


def _why(error: DondocError) -> Iterable[Problem]:
    if not isinstance(error, PersonalData):
        yield Problem("other", "", str(error))
        return
    for name in error.fields:
        # A document beyond the first one has no cell.
        has_cell = not name.startswith("evidence.") or name.startswith("evidence.0.")
        yield Problem("personal", name.rpartition(".")[2] if has_cell else "")


class _Counter:
    """Where the rows of one file are looked at one after another."""

    def __init__(
        self,
        connection: Connection,
        terms: Terms,
        books: Mapping[str, Row[Any]],
        rows: Mapping[str, Row[Any]],
        lines: Sequence[Line],
    ) -> None:
        self.terms, self.books, self.rows = terms, books, rows
        self.day = today(terms.now, terms.zone)
        self.taken = store.taken(connection, list(rows))
        self.bases = bases(connection, [one for one in lines if one.assignment in rows], rows)
        self.said: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            if _stranger(line, books, terms) is None and self._differs(line):
                self.said[line.assignment].add(digest_of(terms.secret, line.says))
        self.done: set[str] = set()

    def _base(self, line: Line) -> Base | None:
        return self.bases.get((line.assignment, int(line.version)))

    def _differs(self, line: Line) -> bool:
        base = self._base(line)
        return base is None or bool(changed(base.says, line))

    def judge(self, line: Line) -> Result | _Filed:
        """What a row comes to, or the report that it is."""
        if stranger := _stranger(line, self.books, self.terms):
            return self._refused(line, stranger)
        row, base = self.rows.get(line.assignment), self._base(line)
        if row is None or base is None:
            return self._refused(line, Problem("unknown"))
        department = self.books[line.workbook].department
        if not may_take(self.terms.caller, row, department):
            return self._refused(line, Problem("elsewhere"))
        if not changed(base.says, line):
            return Result(line.row, line.assignment, Outcome.UNCHANGED, version=row.events)
        if len(self.said[line.assignment]) > 1:
            return self._refused(line, Problem("twice"))
        digest = digest_of(self.terms.secret, line.says)
        was = self.taken.get((line.workbook, line.assignment))
        if line.assignment in self.done or (was and digest in was.digests):
            return Result(line.row, line.assignment, Outcome.KNOWN, version=row.events)
        if closed := _closed(row, department):
            return self._refused(line, closed)
        seen = {int(line.version), was.version if was else 0, self.terms.repeat.get(row.id, 0)}
        if row.events not in seen:
            back = _withdrawn(row, line.says)
            return Result(
                line.row, line.assignment, Outcome.CONFLICT, line.problems, row.events, back
            )
        return self._filed(line, row, base, digest)

    def _filed(self, line: Line, row: Row[Any], base: Base, digest: str) -> Result | _Filed:
        if line.problems:
            return self._refused(line, *line.problems)
        report = self._report(line, row, base)
        if isinstance(report, Problem):
            return self._refused(line, report)
        terms = self.terms
        self.done.add(line.assignment)
        submission = Submission(
            terms.caller,
            row.id,
            report,
            source="workbook",
            said_at=terms.said_at,
            action=Action.HAND_IN,
        )
        return _Filed(line, digest, submission, _withdrawn(row, line.says))

    def _report(self, line: Line, row: Row[Any], base: Base) -> Report | Problem:
        if too_early(line.says, self.day):
            return Problem("future", "date")
        report = report_of(line.says, base.says, base.words, confirmed=self.terms.confirmed)
        if isinstance(report, Problem):
            return report
        try:
            require_evidence(EvidenceKind(row.evidence) if row.evidence else None, report)
        except InvalidInput:
            return Problem("evidence", "number", row.evidence)
        return report

    def _refused(self, line: Line, *why: Problem) -> Result:
        return Result(line.row, line.assignment, Outcome.REFUSED, why)


def _withdrawn(row: Row[Any], says: Says) -> str | None:
    """The day of a report that waits for review and would do so no more; None: none would."""
    if row.review != Review.SUBMITTED or says["act"] in ("submit", "nil"):
        return None
    return str(row.submitted_on.isoformat())


def _closed(row: Row[Any], department: str) -> Problem | None:
    """Why nothing can be reported on an assignment any more, by whom the workbook was for."""
    if row.work == Work.DONE:
        return Problem("accepted")
    if row.department != department:
        return Problem("moved")
    beside = outside_of(Work(row.work), LeadStatus(row.lead_status))
    return Problem(_OUTSIDE[beside]) if beside else None


# --- what a row was filled with -------------------------------------------------------------------


def bases(
    connection: Connection, lines: Sequence[Line], rows: Mapping[str, Row[Any]]
) -> dict[tuple[str, int], Base]:
    """What rows were filled with, by assignment and version: of versions that there were."""
    wanted = {(one.assignment, int(one.version)) for one in lines if one.version.isdecimal()}
    present = [key for key, version in wanted if rows[key].events == version]
    words = last_words(connection, present)
    found: dict[tuple[str, int], Base] = {}
    for key in present:
        said = words.get(key, {})
        found[key, rows[key].events] = Base(filled(rows[key].percent, said), said)
    return found | _past(connection, wanted - set(found))


def _past(connection: Connection, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Base]:
    """The same of versions that others followed."""
    some = sorted(wanted)
    ledgers = history(connection, sorted({key for key, _ in some}))
    states, names = {}, {}
    for key, version in some:
        events = ledgers.get(key, [])[:version]
        if not 0 < len(events) == version:
            continue
        said = [one.payload.get("text") for one in events if one.kind is EventKind.UPDATED]
        states[key, version] = project(events).percent
        names[key, version] = said[-1] if said else None
    texts = get_texts(connection, [name for name in names.values() if name])
    found = {}
    for place, percent in states.items():
        words = texts.get(names[place] or "", {})
        found[place] = Base(filled(percent, words), words)
    return found
