"""A deadline in words ("Quý II/2026", "trước 15/3 hằng năm") becomes what a task declares as due.

Nothing is invented: what can be read in two ways is a doubt, and words that say no date stay words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plans.declaration import Due, Fixed
from plans.drafting import deadline_clauses
from plans.drafting.deadline_walk import Found
from plans.drafting.folding import composed, fold

LONGEST = 1_000
"""Signs of a cell that are looked at; a longer text is a description, not a deadline."""
_LITERAL = re.compile(r'"([^"]*)"')
_US_FORMAT = re.compile(r"^(?:\[[^\]]*\])*m{1,2}[-/\\. ]+d{1,2}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a cell says that something is due.

    ``confidence`` is 0..1, below 1 just where ``doubts`` say why, in English; ``rest`` holds the
    words that were not understood, as they stand ("" where all were).
    """

    dues: tuple[Due, ...]
    confidence: float
    doubts: tuple[str, ...]
    rest: str


def read_deadline(
    text: str,
    value: date | datetime | None = None,
    *,
    issued: date | None,
    year: int | None,
    number_format: str = "",
) -> Deadline:
    """What a cell says of when its task is due.

    ``value`` is the date of a cell that holds a real one; then only it and ``number_format`` count.
    ``issued`` and ``year`` are the plan's: a date without a year is one of ``year``, else of the
    time after ``issued``.
    """
    if value is not None:
        return _of_value(value, issued, number_format)
    words = composed(text).strip()
    if not re.search(r"\w", words):
        return Deadline((), 0.0, (), "")
    if len(words) > LONGEST:
        return Deadline((), 0.0, ("this is too long for a deadline",), words)
    found = deadline_clauses.interpret(words, issued=issued, year=year)
    return _settled(found, words, issued)


def _settled(found: Found, words: str, issued: date | None) -> Deadline:
    if not found.dues:
        doubts = found.doubts or ["no date could be read"]
        return Deadline((), 0.0, tuple(dict.fromkeys(doubts)), words)
    rest = _rest(words, found.rest)
    doubts = list(found.doubts)
    doubts += [_early(due, issued) for due in found.dues if _early(due, issued)]
    confidence = 0.8 ** len(set(doubts))
    return Deadline(
        tuple(dict.fromkeys(found.dues)), round(confidence, 2), tuple(dict.fromkeys(doubts)), rest
    )


def _rest(words: str, spans: list[tuple[int, int]]) -> str:
    """The words of the spans as they stand; spans with nothing but blanks between are one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if joined and not re.search(r"\w", words[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif not joined or end > joined[-1][1]:
            joined.append((start, end))
    pieces = [_bracketed(words, start, end) for start, end in joined]
    return "; ".join(piece for piece in pieces if re.search(r"\w", piece))


def _bracketed(words: str, start: int, end: int) -> str:
    piece = words[start:end].strip(" ,;:-")
    if words[:start].rstrip().endswith("(") and words[end:].lstrip().startswith(")"):
        return f"({piece})"
    if piece.count("(") > piece.count(")"):
        return piece + ")" if words[end:].lstrip().startswith(")") else piece.replace("(", "", 1)
    return piece.rstrip(")") if piece.count(")") > piece.count("(") else piece


def _early(due: Due, issued: date | None) -> str:
    if isinstance(due, Fixed) and issued:
        day = due.by or due.before
        if day and day < issued:
            return f"{day:%d/%m/%Y} lies before the plan's issue on {issued:%d/%m/%Y}"
    return ""


# --- real dates of Excel --------------------------------------------------------------------------


def _of_value(value: date | datetime, issued: date | None, number_format: str) -> Deadline:
    day = value.date() if isinstance(value, datetime) else value
    if not 2000 <= day.year <= 2100:
        said = f"{day:%d/%m/%Y}"
        return Deadline((), 0.0, (f"the cell's date is {said}, which no plan can mean",), said)
    before = any("truoc" in fold(text) for text in _LITERAL.findall(composed(number_format)))
    due = Fixed(type="fixed", before=day) if before else Fixed(type="fixed", by=day)
    doubts = [some for some in (_swapped(day, issued, number_format), _early(due, issued)) if some]
    return Deadline((due,), round(0.6 ** len(doubts), 2), tuple(doubts), "")


def _swapped(day: date, issued: date | None, number_format: str) -> str:
    """Why day and month of a real date may have changed places; "": nothing suggests it."""
    if day.day > 12 or day.day == day.month:
        return ""
    other = date(day.year, day.day, day.month)
    said = f"it may mean {other:%d/%m/%Y}: day and month may have changed places"
    if _US_FORMAT.match(number_format):
        return f"the cell shows its month first; {said}"
    if issued and day < issued <= other:
        return f"{day:%d/%m/%Y} lies before the plan's issue; {said}"
    if issued and day - issued > timedelta(days=366 * 5):
        return f"{day:%d/%m/%Y} lies far ahead; {said}"
    return ""
