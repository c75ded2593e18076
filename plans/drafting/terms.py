"""When a task is due, from its cells: words, real dates, or marks below months and quarters."""

from __future__ import annotations

import re
from datetime import date

from plans.declaration import Due, Fixed, Ongoing, Periodic, Question, Relative, Within
from plans.doubts import last_day
from plans.drafting.deadline_words import Deadline, read_deadline
from plans.drafting.desk import FORMULA, Desk, Draft
from plans.drafting.elsewhere import timed_elsewhere
from plans.drafting.findings import BETWEEN, Kind
from plans.drafting.grid import flat
from plans.drafting.header_words import Role, bare
from plans.drafting.marks import is_figure, is_mark, runs
from plans.drafting.rows import Piece
from plans.drafting.texts import public, without_marks

NO_DEADLINE = "the table gives no deadline here"
REST = "these words of the deadline were not understood"
TOO_EARLY = "it lies on or before the document's own date"
MARKED = "it is marked below several columns: the last of them was taken"
UNIT = re.compile(r"(?:du kien |trong )?(thang|quy)\b")
NUMBERS = re.compile(r"(?:\d{1,2}|[IVX]+)(?:\s*[-,–]\s*(?:\d{1,2}|[IVX]+))*(?:\s*/\s*20\d\d)?")
FIGURED = "a figure stands below this time: it may be a target rather than a deadline"


def read_terms(draft: Draft, desk: Desk) -> tuple[Due, ...]:
    """When a task is due, by its own cells and those of its parts' rows."""
    found: list[Due] = []
    pieces = _pieces(draft)
    for one in pieces:
        if one.role is Role.DUE:
            found += _said(one, draft, desk)
    found += _marked([one for one in pieces if one.role is Role.MARK], draft, desk)
    if not pieces:
        found += _begun(draft, desk) or _elsewhere(draft, desk)
    unique = list(dict.fromkeys(found))
    if not unique and "due" not in {one.field for one in draft.asked}:
        said = "; ".join(flat(one.text) for one in pieces)
        asked = draft.ask("due", said, draft.at, REST if said else NO_DEADLINE)
        if not pieces:
            desk.findings.add(Kind.DEADLINE, draft.at, said, "", [asked])
    return tuple(unique)


def _begun(draft: Draft, desk: Desk) -> list[Due]:
    """A rhythm that stands in the column of beginnings: what is done all the time has no end."""
    for row in (draft.item, *draft.item.parts):
        for one in row.of(Role.START):
            read = read_deadline(one.text, one.cell.value, issued=desk.issued, year=desk.year)
            if any(isinstance(due, Ongoing | Periodic) for due in read.dues):
                return _said(one, draft, desk)
    return []


def _elsewhere(draft: Draft, desk: Desk) -> list[Due]:
    """The deadline by other words than those of an empty cell."""
    timed = timed_elsewhere(draft, desk)
    if timed is None:
        return []
    draft.quote("due", timed.said)
    kept = [one for one in timed.deadline.dues if not _is_early(one, desk.issued)]
    why = BETWEEN.join([timed.why, *timed.deadline.doubts])
    sure = min(timed.confidence, timed.deadline.confidence) if kept else 0.0
    asked = [draft.ask("due", timed.said, timed.at, why, sure)] if sure < 1 else []
    read = BETWEEN.join(map(describe, kept))
    desk.findings.add(Kind.DEADLINE, timed.at, timed.said, read, asked)
    return kept


def _pieces(draft: Draft) -> list[Piece]:
    rows = [draft.item, *draft.item.parts]
    unique: dict[int, Piece] = {}
    for one in (piece for row in rows for piece in row.of(Role.DUE, Role.MARK)):
        unique.setdefault(id(one.cell), one)
    return list(unique.values())


def _said(piece: Piece, draft: Draft, desk: Desk) -> list[Due]:
    text = public(without_marks(piece.text), None if piece.inherited else desk.findings)
    draft.quote("due", piece.text)
    if piece.cell.formula:
        asked = [draft.ask("due", piece.text, piece.at, FORMULA)]
        draft.found(desk, Kind.DEADLINE, piece, "", asked)
        return []
    read = read_deadline(
        _in_full(text, piece.header),
        piece.cell.value,
        issued=desk.issued,
        year=desk.year,
        number_format=piece.cell.format,
    )
    return _settled(read, piece, draft, desk)


def _in_full(text: str, header: str) -> str:
    """A month or quarter of which the cell says only the number, below "Tháng" or "Quý"."""
    unit = UNIT.match(bare(header.split(" / ")[-1]))
    return f"{unit[1]} {text}" if unit and NUMBERS.fullmatch(text) else text


def _settled(read: Deadline, piece: Piece, draft: Draft, desk: Desk) -> list[Due]:
    """The deadlines that can stand; what is doubtful of them is asked about."""
    asked: list[Question] = []
    text = flat(piece.text)
    early = [one for one in read.dues if _is_early(one, desk.issued)]
    kept = [one for one in read.dues if one not in early]
    if read.confidence < 1 and kept:
        why = BETWEEN.join(read.doubts) or REST
        asked.append(draft.ask("due", text, piece.at, why, max(read.confidence, 0.01)))
    if early:
        told = ", ".join(describe(one) for one in early)
        asked.append(draft.ask("due", text, piece.at, f"{TOO_EARLY}: {told}"))
    if read.rest.strip() or not read.dues:
        why = REST if read.dues else BETWEEN.join(read.doubts) or REST
        asked.append(draft.ask("due", read.rest.strip() or text, piece.at, why))
    draft.found(desk, Kind.DEADLINE, piece, BETWEEN.join(map(describe, kept)), asked)
    return kept


def _is_early(due: Due, issued: date | None) -> bool:
    last = last_day(due, issued) if issued else None
    return last is not None and issued is not None and last <= issued


def _marked(pieces: list[Piece], draft: Draft, desk: Desk) -> list[Due]:
    """The months or quarters that are marked, by their columns' headers: the last of those without
    a gap between them."""
    found: list[Due] = []
    for one in pieces:
        if not is_mark(one):
            draft.notes.add(one.header, public(one.text))
        draft.quote("due", f"{one.header}: {one.text}")
    for run in runs(pieces, issued=desk.issued, year=desk.year):
        kept = _own_words(run.last, draft, desk) or _settled(run.read, run.last, draft, desk)
        said = "; ".join(one.header for one in run.pieces)
        if kept and is_figure(run.last):
            draft.ask("due", f"{said}: {run.last.text}", run.last.at, FIGURED, 0.5)
        elif kept and len(run.pieces) > 1:
            draft.ask("due", said, run.last.at, MARKED, 0.7)
        found += kept
    return found


def _own_words(piece: Piece, draft: Draft, desk: Desk) -> list[Due]:
    """A day that stands below a quarter or month instead of a cross."""
    if is_mark(piece) or (is_figure(piece) and piece.cell.value is None and "/" not in piece.text):
        return []
    read = read_deadline(piece.text, piece.cell.value, issued=desk.issued, year=desk.year)
    return _settled(read, piece, draft, desk) if read.dues and not read.rest.strip() else []


def describe(due: Due) -> str:
    """A deadline in a few words."""
    match due:
        case Fixed():
            return f"by {due.by}" if due.by else f"before {due.before}"
        case Within():
            return f"within {due.quarter or due.month or due.year}"
        case Relative():
            unit = "days" if due.days else "working days"
            return f"{due.days or due.working_days} {unit} after {due.after}"
        case Ongoing():
            return f"ongoing, reported each {due.report_every.value}"
        case Periodic():
            day = f", by {due.by}" if due.by else f", before {due.before}" if due.before else ""
            return f"each {due.every.value}{day}"
