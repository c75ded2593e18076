"""A workbook that came by mail: believed from a registered mailbox alone, answered to that mailbox.

Whoever writes a mail can write any sender into it. What came is therefore told to the department's
own mailbox and to no other address, and a file of which any row is not ours records nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from plans.messages import WorkbookContent, WorkbookRow
from plans.reminding import notice_key
from plans.store import Connection, catalogue
from plans.store import workbooks as store
from plans.store.notices import NewNotice, owe
from plans.terms import NoticeKind
from plans.workbook_returns import SHOWN, department_of, receive, refuse, results_of
from plans.workbook_rows import Outcome, Sheet
from plans.workbook_settling import Result, Terms, settle, speaker

MOST_ROWS = 50
"""Rows that a mail names; the page has all."""
UNKNOWN_SENDER = "its sender is not a registered mailbox of any department"
STRANGER = "mail:unknown"
Why = Literal["unread", "forged", "large"]
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
    person, and that a workbook came is kept. The caller holds ``writing(…, alone=…)``.
    """
    if row := store.of_source(connection, one.source):
        return bool(row.actor != STRANGER)
    senders = store.departments_at(connection, one.sender)
    if not senders and one.sheet is None:
        return False
    if not senders:
        refuse(connection, UNKNOWN_SENDER, "mail", STRANGER, how.now, source=one.source)
        return False
    if one.sheet is None:
        why = one.why or "unread"
        _refused(connection, one, why, min(senders), how)
        return True
    terms = Terms(speaker("mail:", senders), how.now, how.zone, how.secret, "mail")
    code = department_of(connection, one.sheet, terms) or min(senders)
    terms = replace(terms, caller=speaker(f"mail:{code}", [code]))
    strange = _is_strange(settle(connection, one.sheet, terms, dry=True))
    key = receive(connection, one.sheet, terms, dry=strange, source=one.source)
    _answer(connection, key, code, "forged" if strange else None, how)
    return True


def _is_strange(results: Sequence[Result]) -> bool:
    codes = {problem.code for one in results for problem in one.problems}
    return bool(codes & {"forged", "foreign"})


def _refused(connection: Connection, one: Mailed, why: Why, code: str, how: Reading) -> None:
    given = {"source": one.source, "department": code}
    key = refuse(connection, REASONS[why], "mail", f"mail:{code}", how.now, **given)
    _answer(connection, key, code, why, how)


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
