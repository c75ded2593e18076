"""A workbook that came by mail: believed from a registered mailbox alone, answered to that mailbox.

Whoever writes a mail can write any sender into it. What came is therefore told to the department's
own mailbox and to no other address, and a file of which any row is not ours records nothing. One of
ours from an unknown sender waits: once its mailbox is registered, its sender is judged anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from plans.errors import Conflict
from plans.messages import WorkbookContent, WorkbookRow
from plans.reminding import notice_key
from plans.store import Connection, audit, catalogue
from plans.store import workbooks as store
from plans.store.notices import NewNotice, owe
from plans.terms import NoticeKind
from plans.workbook_hands import speaker
from plans.workbook_returns import (
    REFUSED,
    SHOWN,
    department_of,
    kept,
    receive,
    refuse,
    results_of,
)
from plans.workbook_rows import Outcome, Sheet, is_signed
from plans.workbook_settling import Result, Terms, settle

MOST_ROWS = 50
"""Rows that a mail names; the page has all."""
UNKNOWN_SENDER = "its sender is not a registered mailbox of any department"
STRANGER = "mail:unknown"
Why = Literal["unread", "forged", "large", "withdraws", "late"]
REASONS = {
    "unread": "the attached file could not be read as a workbook",
    "large": "the mail is larger than is read here: hand the file in on the page",
}
_FIRST = (Outcome.REFUSED, Outcome.CONFLICT, Outcome.TAKEN, Outcome.KNOWN)


@dataclass(frozen=True, slots=True)
class Mailed:
    """An attachment. ``source``: its own identity; ``sheet`` or, where there is none, ``why``."""

    source: str
    sender: str
    sheet: Sheet | None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """On what mails are read: when, under which secret, and where answers' Message-IDs are."""

    now: datetime
    zone: ZoneInfo
    secret: str
    domain: str


def is_known_sender(connection: Connection, sender: str) -> bool:
    """Whether an address is a registered mailbox: nothing else is looked into."""
    return bool(store.departments_at(connection, sender))


def take(connection: Connection, one: Mailed, how: Reading) -> bool:
    """Take in an attachment and owe the answer; whether nobody need see the mail any more.

    A second time nothing follows. From an unknown sender nothing is taken: the mail stays for a
    person, and that a workbook came is kept; once its mailbox is registered, the same mail or
    ``try_again`` has it shown. The caller holds ``writing(…, alone=…)``.
    """
    row = store.of_source(connection, one.source)
    if row and row.actor != STRANGER:
        return True
    senders = store.departments_at(connection, one.sender)
    if not senders:
        if row is None and one.sheet is not None:
            _wait(connection, one, one.sheet, how)
        return False
    if one.sheet is None:
        _refused(connection, one, one.why or "unread", min(senders), how)
        return True
    if row is not None:
        _show_late(connection, row.id, one.sheet, senders, how)
        return True
    code, terms = _speaking(connection, one.sheet, senders, how)
    why = _doubt(settle(connection, one.sheet, terms, dry=True))
    key = receive(connection, one.sheet, terms, dry=why is not None, source=one.source)
    _answer(connection, key, code, why, how)
    return True


def _speaking(
    connection: Connection, sheet: Sheet, senders: Collection[str], how: Reading
) -> tuple[str, Terms]:
    """For which of its sender's departments a workbook is, and on what it is read."""
    terms = Terms(speaker("mail:", senders), how.now, how.zone, how.secret, "mail")
    code = department_of(connection, sheet, terms) or min(senders)
    return code, replace(terms, caller=speaker(f"mail:{code}", [code]))


def _doubt(results: Sequence[Result]) -> Why | None:
    """Why a workbook is shown first, and recorded by no mail."""
    codes = {problem.code for one in results for problem in one.problems}
    if codes & {"forged", "foreign"}:
        return "forged"
    return "withdraws" if any(one.withdraws for one in results) else None


def _refused(connection: Connection, one: Mailed, why: Why, code: str, how: Reading) -> None:
    given = {"source": one.source, "department": code}
    key = refuse(connection, REASONS[why], "mail", f"mail:{code}", how.now, **given)
    _answer(connection, key, code, why, how)


# --- from a sender whom nobody knew ---------------------------------------------------------------


def _wait(connection: Connection, one: Mailed, sheet: Sheet, how: Reading) -> None:
    """Keep what an unknown sender's workbook says, where any of it is ours: of others nothing."""
    key = refuse(connection, UNKNOWN_SENDER, "mail", STRANGER, how.now, source=one.source)
    books = store.rows_of(connection, {line.workbook for line in sheet.lines})
    ours = (
        is_signed(how.secret, line, books[line.workbook].department)
        for line in sheet.lines
        if line.workbook in books
    )
    if any(ours):
        values = {"sheet": sheet.as_kept(), "sender": one.sender[:320]}
        store.change_return(connection, key, values)


def is_waiting(row: Any) -> bool:
    """Whether a return (its row) is of a sender whom nobody knew, to be judged anew."""
    return row.state == REFUSED and row.actor == STRANGER and row.sender is not None


def try_again(connection: Connection, key: str, how: Reading, *, actor: str) -> str:
    """Judge anew who sent a workbook: of a mailbox registered since, it is shown to be confirmed.

    Gives whose it is. ``NotFound``; ``Conflict``: its sender was known, is still not, or what the
    workbook said is not kept.
    """
    row = store.return_row(connection, key, lock=True)
    if row.state != REFUSED or row.actor != STRANGER:
        raise Conflict("only a workbook from an unknown sender is judged again")
    if row.sheet is None or row.sender is None:
        raise Conflict(
            "what this workbook said is not kept: save the file from its mail, and hand that in"
        )
    senders = store.departments_at(connection, row.sender)
    if not senders:
        raise Conflict(
            f"its sender, {row.sender}, is still no registered mailbox: register it for its body, "
            "or hand the file in for the body"
        )
    code = _show_late(connection, key, Sheet.of(row.sheet), senders, how)
    subject, detail = f"department:{code}", {"return": key}
    audit.note(connection, how.now, actor, "workbook-retried", subject=subject, detail=detail)
    return code


def _show_late(
    connection: Connection, key: str, sheet: Sheet, senders: Collection[str], how: Reading
) -> str:
    """Nobody watches such a file any more: it is shown to its body and to the office, and what it
    would change is recorded once somebody confirms it."""
    code, terms = _speaking(connection, sheet, senders, how)
    results = settle(connection, sheet, terms, dry=True)
    values = {"state": SHOWN, "department": code, "actor": terms.caller.actor}
    said = {"workbook": sheet.workbook or None, "sheet": sheet.as_kept()}
    store.change_return(connection, key, values | said | {"outcome": kept(results)})
    _answer(connection, key, code, "late", how)
    return code


# --- the answer -----------------------------------------------------------------------------------


def _answer(connection: Connection, key: str, code: str, why: Why | None, how: Reading) -> None:
    row = store.return_row(connection, key)
    results = sorted(results_of(row), key=lambda one: (_FIRST.index(one.outcome), one.row))
    counts = row.outcome["counts"]
    taken = 0 if row.state == SHOWN else counts.get("taken", 0)
    content = WorkbookContent(
        recipient=code,
        recipient_name=catalogue.department_row(connection, code).name_vi,
        day=how.now.astimezone(how.zone).date(),
        returned=key,
        why=why,
        taken=taken,
        **{name: counts.get(name, 0) for name in ("known", "conflict", "refused")},
        rows=() if why else _rows(connection, results[:MOST_ROWS], row.sheet),
        rows_total=0 if why else len(results),
    )
    notice = NewNotice(
        key=notice_key(content.kind, code, content.day, key),
        kind=NoticeKind.WORKBOOK,
        recipient=code,
        day=content.day,
        content=content.model_dump(mode="json"),
        domain=how.domain,
    )
    owe(connection, [notice], how.now)


def _rows(
    connection: Connection, results: Sequence[Result], kept: object
) -> tuple[WorkbookRow, ...]:
    rows = store.named_assignments(connection, [one.assignment for one in results])
    lines = {one.row: one for one in Sheet.of(kept).lines} if isinstance(kept, dict) else {}
    found = []
    for one in results:
        cells = lines[one.row].cells if one.row in lines else {}
        row = rows.get(one.assignment)
        reasons = tuple((p.code, p.detail, cells.get(p.field, "")) for p in one.problems)
        title = row.title_vi if row else ""
        found.append(
            WorkbookRow(row=one.row, task_title=title, outcome=one.outcome, reasons=reasons)
        )
    return tuple(found)
