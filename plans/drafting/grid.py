"""A paper's tables as plain cells, whatever kind of file it was: what the readers hand over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from plans.drafting.folding import composed

_UNPRINTABLE = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What a declaration's file does not take."""


def clean(text: str) -> str:
    """Text as a declaration can hold it: composed, printable, no blank doubled, lines kept."""
    lines = _UNPRINTABLE.sub(" ", composed(text)).split("\n")
    return "\n".join(kept for line in lines if (kept := " ".join(line.split())))


def flat(text: str) -> str:
    """The same in one line."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as a person sees it. ``value``: a real date of Excel, with its ``format``.

    ``formula``: computed by what nobody vouches for; then ``text`` is the formula itself.
    ``height`` and ``width``: how many rows and columns it spans.
    """

    text: str
    at: str
    value: date | datetime | None = None
    format: str = ""
    formula: bool = False
    height: int = 1
    width: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text outside the tables, or a row of a sheet that belongs to none."""

    text: str
    at: str


@dataclass(frozen=True)
class Grid:
    """One table or sheet: the cells that hold something or span several, by (row, column) from 0.

    ``hidden``: hidden rows; ``visible``: whether the sheet itself is; ``sheet``: a whole sheet,
    in which a table may begin and end anywhere, rather than one table of a text.
    """

    name: str
    cells: Mapping[tuple[int, int], Cell]
    hidden: frozenset[int] = frozenset()
    visible: bool = True
    sheet: bool = False

    @cached_property
    def height(self) -> int:
        """How many rows there are."""
        return 1 + max((row for row, _ in self.cells), default=-1)

    @cached_property
    def width(self) -> int:
        """How many columns there are."""
        return 1 + max((column for _, column in self.cells), default=-1)

    @cached_property
    def rows(self) -> Mapping[int, Mapping[int, Cell]]:
        """The cells that begin in each row, by column, without those that hold nothing."""
        found: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in sorted(self.cells.items()):
            if cell.text:
                found.setdefault(row, {})[column] = cell
        return found

    @cached_property
    def _spanned(self) -> Mapping[tuple[int, int], tuple[int, int]]:
        return {
            (row + down, column + right): (row, column)
            for (row, column), cell in self.cells.items()
            for down in range(cell.height)
            for right in range(cell.width)
            if down or right
        }

    def own(self, row: int) -> Mapping[int, Cell]:
        """The cells that begin in a row and hold something."""
        return self.rows.get(row, {})

    def shown(self, row: int, column: int) -> Cell | None:
        """The cell that a person sees there: also one merged from above or from the left."""
        place = self._spanned.get((row, column), (row, column))
        found = self.cells.get(place)
        return found if found and found.text else None

    def from_above(self, row: int, column: int, first: int = 0) -> Cell | None:
        """The cell above that was merged over this place, if one was, not above ``first``."""
        place = self._spanned.get((row, column))
        return self.shown(row, column) if place and first <= place[0] < row else None


@dataclass(frozen=True)
class Paper:
    """A whole file in its order: tables, and the lines around them."""

    name: str
    parts: tuple[Grid | Line, ...] = ()
    remarks: tuple[Line, ...] = field(default=())
    """What belongs to no place in the order: footnotes."""

    def grids(self) -> Iterator[Grid]:
        """Its tables or sheets."""
        yield from (one for one in self.parts if isinstance(one, Grid))
