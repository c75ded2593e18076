"""A deadline's words cut into tokens: points in time, limits, repetitions, terms, and the rest.

It works on folded text (``folding.fold``), so accents, capitals and Unicode's forms do not matter;
``start`` and ``end`` of a token are places in the composed text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from plans.drafting.deadline_cycles import cycles
from plans.drafting.deadline_grammar import FULL_DAY, GRAMMAR
from plans.terms import PeriodKind

Unit = Literal["day", "month", "quarter", "half", "nine_months", "year", "span"]
Limit = Literal["before", "by", "from", "after"]


@dataclass(frozen=True, slots=True)
class Point:
    """A day, month, quarter, part or span of years; ``year`` None: it is not said.

    ``number`` is the month, the quarter, the half (1, 2) or nothing (0); a span ends in ``year``.
    ``ends``: it closes a span whose beginning is left out.
    """

    unit: Unit
    number: int = 0
    day: int = 0
    year: int | None = None
    swapped: bool = False
    first: int | None = None
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A number of days, working days, months or years after something."""

    count: int
    unit: Literal["days", "working_days", "months", "years"]
    anchor: Literal["issue", "none"] | Point


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a cell. ``kind`` says which of the other fields matter.

    ``why``: why it is not understood; ``closes``: a limit that uses up a 'từ' before it.
    """

    kind: Literal[
        "point",
        "limit",
        "every",
        "ongoing",
        "term",
        "join",
        "range",
        "break",
        "open",
        "close",
        "colon",
        "fill",
        "vague",
        "word",
        "opaque",
    ]
    start: int
    end: int
    point: Point | None = None
    limit: Limit | None = None
    every: tuple[PeriodKind, ...] = ()
    term: Term | None = None
    why: str = ""
    closes: bool = False


_WORDS = {"mot": 1, "gieng": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "sau": 6, "bay": 7}
_WORDS |= {"tam": 8, "chin": 9, "muoi": 10, "muoi mot": 11, "muoi hai": 12, "chap": 12}
_ANY_WORD = r"\b(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")\b"
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1v": 4, "l": 1, "ll": 2, "lll": 3}


def tokens(folded: str, words: str) -> list[Token]:
    """Every token of a folded text, in order, blanks left out; ``words`` is the text unfolded."""
    found: list[Token] = []
    at = 0
    while at < len(folded):
        if folded[at] in " ":
            at += 1
            continue
        end = at
        for name, pattern in GRAMMAR:
            match = pattern.match(folded, at)
            if match and match.end() > at and _whole(folded, match, name):
                found += _made(name, match, words[at : match.end()].strip())
                end = match.end()
                break
        at = max(end, at + 1)
    return found


def _whole(folded: str, match: re.Match[str], name: str) -> bool:
    """Whether a match begins and ends where words do."""
    if name in ("word", "join", "range", "break", "open", "close", "colon"):
        return True
    end, start = match.end(), match.start()
    cut = end < len(folded) and folded[end - 1].isalnum() and folded[end].isalnum()
    begun = start > 0 and folded[start].isalnum() and folded[start - 1].isalnum()
    return not cut and not begun


def _made(name: str, match: re.Match[str], said: str) -> list[Token]:
    start, end = match.span()
    if name in _POINTS:
        points = list(_POINTS[name](match))
        if not points:
            return [Token("opaque", start, end, why=f"'{said}' is no date")]
        return [Token("point", start, end, point=point) for point in points]
    if name in ("term", "bare_term"):
        return [_term(name, match)]
    if name == "limit":
        limit: Limit = match.lastgroup  # type: ignore[assignment]
        return [Token("limit", start, end, limit=limit)]
    if name == "every":
        kinds = cycles(match[0])
        if not kinds:
            why = f"'{said}' is no period that can be declared"
            return [Token("opaque", start, end, why=why)]
        return [Token("every", start, end, every=kinds)]
    if name in ("hour", "begun"):
        return [Token("limit", start, end, limit="by", closes=name == "begun")]
    if name in _WHY:
        return [Token("opaque", start, end, why=_WHY[name])]
    return [Token(name, start, end)]  # type: ignore[arg-type]


_WHY = {
    "school": "a school year has no dates of its own here",
    "document": "",
    "count": "",
    "blank": "a month, quarter or day is left out",
    "later": "it goes on in later years, which is not declared",
    "depends": "it depends on something else than a date",
}


_UNITS = {"ngay": "days", "tuan": "days", "thang": "months", "nam": "years"}


def _term(name: str, match: re.Match[str]) -> Token:
    start, end = match.span()
    count = int(match[1])
    unit = "working_days" if match[2].endswith("lam viec") else _UNITS[match[2]]
    count *= 7 if match[2] == "tuan" else 1
    anchor: Literal["issue", "none"] | Point = "none"
    if name == "term":
        if match["other"] is not None:
            why = "a term that does not begin with the plan's issue or a date"
            return Token("opaque", start, end, why=why)
        anchor = "issue"
        if match["day"] is not None:
            point = next(_day(_INNER.match(match["day"])), None)
            if point is None:
                return Token("opaque", start, end, why="a term that begins on no real date")
            anchor = point
    return Token("term", start, end, term=Term(count, unit, anchor))  # type: ignore[arg-type]


_INNER = re.compile(FULL_DAY)


def _day(match: re.Match[str] | None) -> Iterator[Point]:
    assert match
    month = next(match[group] for group in (2, 3, 4, 5) if match[group])
    year = int(match[6]) + (2000 if len(match[6]) == 2 else 0)
    yield from _valid(int(match[1]), int(month), year)


def _valid(day: int, month: int, year: int | None) -> Iterator[Point]:
    """The day, with day and month changed places where only that makes a date."""
    if 1 <= month <= 12 and 1 <= day <= _length(month, year):
        yield Point("day", month, day, year)
    elif year and 1 <= day <= 12 and 1 <= month <= _length(day, year):
        yield Point("day", day, month, year, swapped=True)


def _length(month: int, year: int | None) -> int:
    from calendar import monthrange

    return monthrange(year or 2028, month)[1]


def _iso(match: re.Match[str]) -> Iterator[Point]:
    yield from _valid(int(match[3]), int(match[2]), int(match[1]))


def _day_words(match: re.Match[str]) -> Iterator[Point]:
    yield from _valid(int(match[1]), int(match[2]), int(match[3]) if match[3] else None)


def _day_month(match: re.Match[str]) -> Iterator[Point]:
    day, month = (match[1], match[2]) if match[1] else (match[3], match[4])
    if match[0] not in ("24/7", "24/24"):
        yield from _valid(int(day), int(month), None)


def _month_year(match: re.Match[str]) -> Iterator[Point]:
    if 1 <= int(match[1]) <= 12:
        yield Point("month", int(match[1]), year=int(match[2]))


def _listed(match: re.Match[str], unit: Unit, one: str) -> Iterator[Point]:
    """The members of a list such as 'I, II' or '3-5': of a span only its end counts."""
    year = int(match[2]) if match[2] else None
    found = list(re.finditer(one, match[1]))
    spans = False
    for at, part in enumerate(found):
        until = found[at + 1].start() if at + 1 < len(found) else len(match[1])
        begins = bool(re.search(r"-|den|toi", match[1][part.end() : until]))
        if not begins:
            yield Point(
                unit,
                _ROMAN.get(part[0]) or _WORDS.get(part[0]) or int(part[0]),
                year=year,
                ends=spans,
            )
        spans = begins


def _months(match: re.Match[str]) -> Iterator[Point]:
    yield from _listed(match, "month", rf"\d{{1,2}}|{_ANY_WORD}")


def _quarters(match: re.Match[str]) -> Iterator[Point]:
    yield from _listed(match, "quarter", rf"iv|1v|i{{1,3}}|l{{1,3}}|[1-4]|{_ANY_WORD}")


def _half(match: re.Match[str]) -> Iterator[Point]:
    year = int(match[2]) if match[2] else None
    yield Point("half", 1 if match[1] == "dau" else 2, year=year)


def _nine(match: re.Match[str]) -> Iterator[Point]:
    yield Point("nine_months", year=int(match[1]) if match[1] else None)


def _span(match: re.Match[str]) -> Iterator[Point]:
    first, last = int(match[1]), int(match[2])
    if first <= last:
        yield Point("span", year=last, first=first)


def _years(match: re.Match[str]) -> Iterator[Point]:
    for year in re.findall(r"20\d\d", match[1]):
        yield Point("year", year=int(year))


def _this_year(_: re.Match[str]) -> Iterator[Point]:
    yield Point("year")


_POINTS = {
    "iso": _iso,
    "day": _day,
    "day_words": _day_words,
    "day_month": _day_month,
    "months": _months,
    "quarters": _quarters,
    "month_year": _month_year,
    "half": _half,
    "nine": _nine,
    "span": _span,
    "years": _years,
    "this_year": _this_year,
}
