"""A department's workbook: its open assignments, filled in and signed, to be reported in a file.

The file itself is written by ``integrations.workbook``; what comes back goes through
``plans.workbook_returns``.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plans.errors import InvalidInput
from plans.rules import timeliness
from plans.store import Connection, catalogue, lists, notices
from plans.store import workbooks as store
from plans.store.events import of_kinds, returned_because
from plans.store.ledger import get_texts, state_of
from plans.terms import EventKind, EvidenceKind, Review, Timeliness
from plans.workbook_rows import MOST_ROWS, Says, filled, further, proven, signature

Words = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """An assignment as a row shows it. ``filled``: what its cells begin with; ``further``: the
    last report's other documents, by name; ``met``: the evidence it needs is among these."""

    assignment: str
    version: int
    ref: str
    plan: str
    title_vi: str
    title_en: str | None
    period: str | None
    deliverable: str | None
    due: date
    due_estimated: bool
    late: bool
    returned: str | None
    needs: EvidenceKind | None
    filled: Says
    further: tuple[str, ...] = ()
    met: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook's content. ``offices``: the coordinating offices, to whom it goes back."""

    key: str
    department: str
    name_vi: str
    name_en: str | None
    offices: tuple[tuple[str, str | None], ...]
    language: str
    made_at: datetime
    entries: tuple[Entry, ...]
    signatures: Mapping[str, str]


def make(
    connection: Connection,
    department: str,
    *,
    actor: str,
    now: datetime,
    day: date,
    secret: str,
    plan: str | None = None,
    plans: Collection[str] | None = None,
    language: str | None = None,
) -> Book:
    """A new workbook with a department's open assignments on a day, the most urgent first.

    Of ``plan`` alone, or of ``plans``; None: of all.

    Raises:
        NotFound: no such department.
        InvalidInput: it has more open assignments than a workbook holds.
    """
    body = catalogue.department_row(connection, department)
    some = None if plans is None else sorted(plans)
    which = lists.Filter(department=department, plan=plan, plans=some, open_only=True)
    rows = lists.listing(connection, which, day, limit=MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise InvalidInput(
            f"a workbook holds {MOST_ROWS} assignments, and more are open: name one plan",
            fields={"plan": f"more than {MOST_ROWS} assignments are open: name one plan"},
        )
    key = secrets.token_hex(8)
    row = {"id": key, "department": department, "day": day, "made_at": now, "made_by": actor}
    store.add(connection, row)
    entries = entries_of(connection, rows, day)
    return Book(
        key=key,
        department=department,
        name_vi=body.name_vi,
        name_en=body.name_en,
        offices=offices_of(connection, {row.coordinator for row in rows}),
        language=language or language_of(connection, department),
        made_at=now,
        entries=tuple(entries),
        signatures={
            one.assignment: signature(secret, key, department, one.assignment, one.version)
            for one in entries
        },
    )


def language_of(connection: Connection, department: str) -> str:
    """The language of a department's mailbox; Vietnamese where it has none."""
    contact = notices.contact_of(connection, department)
    return str(contact.language) if contact else "vi"


def offices_of(connection: Connection, codes: Iterable[str]) -> tuple[tuple[str, str | None], ...]:
    """Names of coordinating offices, Vietnamese and English."""
    bodies = catalogue.department_rows(connection, sorted(set(codes)))
    return tuple((row.name_vi, row.name_en) for _, row in sorted(bodies.items()))


def entries_of(connection: Connection, rows: Sequence[Any], day: date) -> list[Entry]:
    """Assignments (rows of ``lists``) as rows of a workbook show them."""
    keys = [row.id for row in rows]
    said = last_words(connection, keys)
    returned = [row.id for row in rows if row.review == Review.RETURNED]
    reasons = returned_because(connection, returned)
    return [_entry(row, said.get(row.id, {}), reasons, day) for row in rows]


def _entry(row: Any, words: Words, reasons: Mapping[str, str], day: date) -> Entry:
    back = row.review == Review.RETURNED
    return Entry(
        assignment=row.id,
        version=row.events,
        ref=row.ref,
        plan=row.plan_number or row.plan_title_vi,
        title_vi=row.title_vi,
        title_en=row.title_en,
        period=row.period,
        deliverable=row.deliverable,
        due=row.due,
        due_estimated=row.due_estimated,
        late=timeliness(state_of(row), day) is Timeliness.OPEN_OVERDUE,
        returned=reasons.get(row.id, "") if back else None,
        needs=EvidenceKind(row.evidence) if row.evidence else None,
        filled=filled(row.percent, words),
        further=tuple(_name(one) for one in further(words)),
        met=bool(row.evidence) and proven(EvidenceKind(row.evidence), further(words)),
    )


def _name(document: Mapping[str, Any]) -> str:
    for name in ("number", "title", "url"):
        if text := document.get(name):
            return str(text)
    return ""


def last_words(connection: Connection, keys: Sequence[str]) -> dict[str, Words]:
    """What some assignments' newest reports say, by id; one that says nothing is missing."""
    events = of_kinds(connection, keys, [EventKind.UPDATED])
    names = {key: some[-1].payload.get("text") for key, some in events.items()}
    texts = get_texts(connection, [name for name in names.values() if name])
    return {key: texts[name] for key, name in names.items() if name in texts}
