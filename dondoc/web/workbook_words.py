"""What pages say of a workbook that came back: its rows by what came of them, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dondoc.web.explaining import say
from dondoc.web.words import PageWords
from integrations.wording import marked
from integrations.workbook_words import ASKING, say_problems, say_value, say_withdrawal
from plans.workbook_rows import Outcome
from plans.workbook_showing import Shown

MOST_SHOWN = 300
"""Rows of a kind on a page; the marked copy has all."""
WAYS: Mapping[str, str] = {
    "page": marked("on the pages"),
    "api": marked("by a system"),
    "cli": marked("by the office"),
    "mail": marked("by mail"),
    "office": marked("by the office, for the body"),
}
COUNTS: Mapping[str, tuple[str, str]] = {
    Outcome.TAKEN: (marked("%(n)s recorded"), marked("%(n)s to be recorded")),
    Outcome.KNOWN: (marked("%(n)s recorded before"),) * 2,
    Outcome.CONFLICT: (marked("%(n)s changed meanwhile"),) * 2,
    Outcome.REFUSED: (marked("%(n)s refused"),) * 2,
    Outcome.UNCHANGED: (marked("%(n)s with nothing new"),) * 2,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One value: what it was, what the file says, and, of a conflict, what the record says now."""

    label: str
    was: str
    says: str
    now: str


@dataclass(frozen=True, slots=True)
class Told:
    """A row for people. ``personal``: it waits for its writer to confirm that a number may stand;
    ``repeats``: on which version a conflict may be repeated; ``withdraws``: that a report that
    waits for review is taken back."""

    key: str
    row: int
    title: tuple[str, str | None]
    plan: str
    why: str
    fields: tuple[Field, ...]
    personal: bool
    repeats: int | None
    withdraws: str


@dataclass(frozen=True, slots=True)
class Found:
    """A return's rows that say something new. ``more``: there are others, not shown here."""

    taken: tuple[Told, ...]
    known: tuple[Told, ...]
    conflict: tuple[Told, ...]
    refused: tuple[Told, ...]
    more: bool


def shown_rows(words: PageWords, rows: Sequence[Shown], *, ahead: bool) -> Found:
    """The rows as a page shows them; ``ahead``: before anything is recorded."""
    by: dict[str, list[Shown]] = {str(one): [] for one in Outcome}
    for one in rows:
        by[one.result.outcome].append(one)
    more = any(len(some) > MOST_SHOWN for name, some in by.items() if name != Outcome.UNCHANGED)
    told = {
        name: tuple(_told(words, one, ahead=ahead) for one in by[name][:MOST_SHOWN])
        for name in ("taken", "known", "conflict", "refused")
    }
    return Found(**told, more=more)


def _told(words: PageWords, one: Shown, *, ahead: bool) -> Told:
    entry, result, line = one.entry, one.result, one.line
    fields = [
        Field(
            label=words.gettext(ASKING[name]),
            was=say_value(words, name, one.was[name]) if one.was else "",
            says=line.wrote.get(name) or say_value(words, name, line.says[name]),
            now=say_value(words, name, one.now[name]) if one.now else "",
        )
        for name in one.beside
    ]
    conflict = result.outcome is Outcome.CONFLICT and not result.problems
    return Told(
        key=line.assignment,
        row=line.row,
        title=(entry.title_vi, entry.title_en) if entry else ("", None),
        plan=entry.plan if entry else "",
        why=say_problems(words, result.problems, line.cells, "page"),
        fields=tuple(fields),
        personal=any(problem.code == "personal" for problem in result.problems),
        repeats=result.version if conflict else None,
        withdraws=say_withdrawal(words, result.withdraws, ahead=ahead or conflict),
    )


def counted(words: PageWords, row: Any) -> list[tuple[str, str]]:
    """A return's numbers in words, by outcome; or why it was not read at all."""
    outcome = row.outcome or {}
    if why := outcome.get("why"):
        return [("refused", say(words, why))]
    counts, ahead = outcome.get("counts", {}), row.state == "shown"
    return [
        (str(name), words.gettext(texts[ahead], n=words.number(counts[name])))
        for name, texts in COUNTS.items()
        if counts.get(name)
    ]
