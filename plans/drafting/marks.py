"""Crosses below months, quarters and years: for which of them each one stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from plans.declaration import Within
from plans.drafting.deadline_words import Deadline, read_deadline
from plans.drafting.folding import fold
from plans.drafting.headers import period
from plans.drafting.rows import Piece

MARK = re.compile(r"[xX✓✔vV•●■+*√☑☒]+")
FIGURES = re.compile(r"[\d.,%\s/-]+")


@dataclass(frozen=True)
class Run:
    """Marked columns without a gap between them, and what the last of their headers says."""

    pieces: tuple[Piece, ...]
    read: Deadline

    @property
    def last(self) -> Piece:
        """The cell under the latest of them."""
        return self.pieces[-1]


def is_mark(piece: Piece) -> bool:
    """Whether a cell holds a cross and no words."""
    return bool(MARK.fullmatch(fold(piece.text).strip()))


def is_figure(piece: Piece) -> bool:
    """Whether a cell below a time holds a number, as of what has to be reached by then."""
    return not is_mark(piece) and bool(FIGURES.fullmatch(piece.text))


def runs(pieces: Sequence[Piece], *, issued: date | None, year: int | None) -> Iterator[Run]:
    """The marked columns: those side by side are one span, those with a gap between are several."""
    open_ones: list[Piece] = []
    before: tuple[str, int] | None = None
    last: Deadline | None = None
    for one in pieces:
        read = read_deadline(_when(one.header), None, issued=issued, year=year)
        place = _place(read)
        beside = place and before and place[0] == before[0] and place[1] == before[1] + 1
        if last and not beside:
            yield Run(tuple(open_ones), last)
            open_ones = []
        open_ones.append(one)
        before, last = place, read
    if last:
        yield Run(tuple(open_ones), last)


def _when(header: str) -> str:
    """The time that a column stands for, with the year that may be said above it."""
    parts = header.split(" / ")
    name = (period(parts) if len(parts) > 1 else "") or parts[-1]
    above = re.search(r"(?<!\d)20\d\d(?!\s*[-–]\s*20)", " ".join(parts[:-1]))
    return f"{name}/{above[0]}" if above and not re.search(r"20\d\d", name) else name


def _place(read: Deadline) -> tuple[str, int] | None:
    """Where a month, quarter or year stands among its like."""
    due = read.dues[0] if len(read.dues) == 1 else None
    if not isinstance(due, Within):
        return None
    if due.month:
        year, month = due.month.split("-")
        return "month", int(year) * 12 + int(month)
    if due.quarter:
        year, quarter = due.quarter.split("-Q")
        return "quarter", int(year) * 4 + int(quarter)
    return ("year", due.year) if due.year else None
