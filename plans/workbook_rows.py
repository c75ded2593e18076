"""One row of a workbook, pure: what it was filled with, what it says, what is wrong with it.

A row knows itself: hidden cells name its workbook, assignment and version under a signature, so it
may be sorted, filtered or moved to another row and is still the same one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import ValidationError

from plans.deliverables import proves
from plans.reporting import Evidence, Report
from plans.sealing import mark, same
from plans.terms import EvidenceKind

Says = Mapping[str, Any]
"""What a row's cells say, by ``FIELDS``: percent a whole number or None, a date as
``YYYY-MM-DD``, all else texts; nothing is ""."""

WORDS = ("result", "obstacles", "proposals")
DOCUMENT = ("number", "date", "title", "url", "kind")
FIELDS = ("percent", "act", *WORDS, *DOCUMENT)

ACTS = ("draft", "submit", "nil")
"""What becomes of a report: kept, handed in, or that nothing was done. ("": kept.)"""
MOST_ROWS = 5_000
"""Of one workbook; an office program's sheet of more cells would not be taken back."""
_ROW, _DIGEST = "workbook-row", "workbook-digest"


class Outcome(StrEnum):
    """What became of a row. ``known``: the same was taken before, and is one update."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    KNOWN = "known"
    CONFLICT = "conflict"
    REFUSED = "refused"


Code = Literal[
    "formula",
    "error_value",
    "a_date",
    "not_percent",
    "not_act",
    "not_date",
    "not_kind",
    "future",
    "added",
    "mixed",
    "forged",
    "foreign",
    "elsewhere",
    "unknown",
    "moved",
    "suspended",
    "cancelled",
    "accepted",
    "undecided",
    "twice",
    "missing_percent",
    "nil_percent",
    "evidence",
    "unnamed",
    "personal",
    "too_long",
    "control",
    "bad_url",
    "bad_day",
    "other",
]
"""Why a row was not taken; ``integrations.workbook_words`` has a sentence for each."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was not taken. ``field``: of ``FIELDS``, where one cell is at fault; ``detail``
    fills the sentence in: a kind of evidence, a number of signs, an English text."""

    code: Code
    field: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it came back. ``wrote``: what stood in cells that could not be read; ``cells``:
    the cells' names (``K7``) by field; the first four are the hidden cells, as they stood."""

    workbook: str
    assignment: str
    version: str
    signature: str
    row: int
    says: Says
    cells: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    wrote: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """From what ``as_kept`` gave."""
        problems = tuple(Problem(**one) for one in kept["problems"])
        return cls(**{**kept, "problems": problems})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A workbook as it came back. ``workbook``: which it says it is, signed by nothing."""

    workbook: str
    language: str
    lines: tuple[Line, ...]

    def as_kept(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """From what ``as_kept`` gave."""
        lines = tuple(Line.of(one) for one in kept["lines"])
        return cls(kept["workbook"], kept["language"], lines)


# --- what a row is signed with --------------------------------------------------------------------


def signature(secret: str, workbook: str, department: str, assignment: str, version: int) -> str:
    """What nobody else can write into a row: that we filled it in, for whom, and as of when."""
    return mark(secret, _ROW, "\n".join((workbook, department, assignment, str(version))))


def is_signed(secret: str, line: Line, department: str) -> bool:
    """Whether a row is one that we filled in for a department."""
    if not line.version.isascii() or not line.version.isdecimal() or len(line.version) > 9:
        return False
    given = (line.workbook, department, line.assignment, int(line.version))
    return same(signature(secret, *given), line.signature)


def digest_of(secret: str, says: Says) -> str:
    """By what the same row is known again, of which nobody can guess the words."""
    given = json.dumps([says[name] for name in FIELDS], ensure_ascii=False)
    return mark(secret, _DIGEST, given)


# --- what it says ---------------------------------------------------------------------------------


def filled(percent: int, words: Mapping[str, Any]) -> dict[str, Any]:
    """What a row is filled with, of the last report's percentage and words: as a page's form.

    Of several documents the first that is no file; the others stay named (``further``).
    """
    found: dict[str, Any] = dict.fromkeys(FIELDS, "")
    found |= {name: words.get(name, "") for name in WORDS}
    document = _shown(words)
    found |= {name: document.get(name) or "" for name in DOCUMENT}
    return found | {"percent": percent}


def further(words: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The last report's documents that have no cells of their own; a new report keeps them."""
    some, shown = words.get("evidence", []), _shown(words)
    return [one for one in some if one is not shown]


def _shown(words: Mapping[str, Any]) -> Mapping[str, Any]:
    some = words.get("evidence", [])
    return next((one for one in some if not one.get("file")), {})


def changed(before: Says, line: Line) -> list[str]:
    """The fields in which a row says something else than it was filled with."""
    unread = {one.field for one in line.problems}
    return [name for name in FIELDS if name in unread or line.says[name] != before[name]]


def report_of(
    says: Says, before: Says, words: Mapping[str, Any], *, confirmed: bool
) -> Report | Problem:
    """A row as a report, or why it is none. ``before``, ``words``: what it was filled with.

    Where nothing was done, only what was written anew goes with it.
    """
    nil = says["act"] == "nil"
    fresh = [name for name in FIELDS if says[name] != before[name]]
    if nil and "percent" in fresh and says["percent"] is not None:
        return Problem("nil_percent", "percent")
    if says["percent"] is None and not nil:
        return Problem("missing_percent", "percent")
    told = {name: says[name] for name in WORDS if not nil or name in fresh}
    document = {name: says[name] for name in DOCUMENT if says[name]}
    documents: list[Any] = [] if nil else further(words)
    if document and (not nil or set(document) & set(fresh)):
        documents = [document, *documents]
    given = {"evidence": documents, "nil_report": nil, "submit": says["act"] == "submit"}
    percent = None if nil else says["percent"]
    try:
        return Report(percent=percent, confirm_personal_data=confirmed, **told, **given)
    except ValidationError as error:
        return _problem(error)


def _problem(error: ValidationError) -> Problem:
    """What a report's model finds wrong, by its cell."""
    one = error.errors()[0]
    place = [part for part in one["loc"] if isinstance(part, str)]
    name = place[-1] if place else ""
    if name == "evidence":  # of the document as a whole
        return Problem("unnamed", "number")
    if one["type"] == "string_too_long":
        return Problem("too_long", name, str(one["ctx"]["max_length"]))
    if "control character" in one["msg"]:
        return Problem("control", name)
    if name in ("url", "date"):
        return Problem("bad_url" if name == "url" else "bad_day", name)
    return Problem("other", name, one["msg"])


def proven(needs: EvidenceKind | None, some: Sequence[Mapping[str, Any]]) -> bool:
    """Whether documents are of the kind that a report needs to be handed in."""
    return needs is None or any(proves(needs, Evidence(**one)) for one in some)


def too_early(says: Says, on: date) -> bool:
    """Whether a row's document is of a day to come."""
    return bool(says["date"]) and date.fromisoformat(says["date"]) > on
