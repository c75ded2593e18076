"""Which parts of a paper are tables of tasks, where each begins and ends; what is left aside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from plans.drafting.folding import fold
from plans.drafting.grid import Grid, Line, Paper, flat
from plans.drafting.header_columns import Column
from plans.drafting.header_facts import ANNEX
from plans.drafting.header_words import Role
from plans.drafting.headers import (
    Header,
    find_header,
    header_at,
    headers_seen,
    is_repeated,
    may_follow,
)
from plans.drafting.outlines import Heading, Outline
from plans.drafting.rows import LABEL
from plans.drafting.structure import outline_of
from plans.errors import InvalidInput

SMALL_TABLE = 800
"""Signs of a table that only sets lines side by side, such as a document's head."""
LONGEST_TITLE = 400


@dataclass(frozen=True, slots=True)
class Section:
    """One table of tasks: its header, the row after its last, and the lines right above it."""

    grid: Grid
    header: Header
    end: int
    above: tuple[Line, ...] = ()


@dataclass
class Sections:
    """A paper taken apart: tables of tasks, lines around them, and what is left aside."""

    tables: list[Section] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    aside: list[tuple[Grid, str]] = field(default_factory=list)
    head: int = 0
    """How many of the lines stand before the first table."""


def outline(paper: Paper) -> tuple[Outline, Sections]:
    """The tasks of a paper, and how it was taken apart.

    ``InvalidInput``: no table in it is one of tasks; says what was looked for and what was found.
    """
    found = _sections(paper, hidden=False)
    if not found.tables:
        found = _sections(paper, hidden=True)
    if not found.tables:
        found = _sections(paper, hidden=False, figures=True)
    if not found.tables:
        found = _sections(paper, hidden=False, listing=True)
    if not found.tables:
        raise _no_table(paper)
    into, open_ones = Outline(), list[Heading]()
    base: Heading | None = None
    for n, one in enumerate(found.tables):
        if one.header.first >= 0:
            base, open_ones = _base(found, n), []
            if base:
                into.headings.append(base)
        open_ones = outline_of(one.grid, one.header, one.end, into, base, open_ones)
    if not into.items:
        raise _no_rows(found)
    found.lines += paper.remarks
    return into, found


def _sections(
    paper: Paper, *, hidden: bool, listing: bool = False, figures: bool = False
) -> Sections:
    found, above = Sections(), list[Line]()
    for part in paper.parts:
        if isinstance(part, Line):
            above.append(part)
            continue
        before = found.tables[-1] if found.tables else None
        seen = part.visible or hidden
        some = list(_tables(part, before, listing=listing, figures=figures)) if seen else []
        if some:
            lines = _lines(part, 0, max(0, some[0].header.first))
            some[0] = replace(some[0], above=(*above[-3:], *lines))
            found.head = found.head or len(found.lines) + len(above) + len(lines)
            found.lines += [*above, *lines, *(line for one in some[1:] for line in one.above)]
            found.tables += some
            above = []
        else:
            _leave(part, found, above)
    found.lines += above
    return found


def _leave(grid: Grid, found: Sections, above: list[Line]) -> None:
    """Put aside what is no table of tasks; what only sets lines side by side is read as lines."""
    words = sum(len(cell.text) for cell in grid.cells.values())
    if not words:
        return
    if not grid.visible:
        found.aside.append((grid, "a hidden sheet"))
    elif find_header(grid, 0, figures=True):
        found.aside.append((grid, "a table of figures, not of tasks"))
    elif not grid.sheet and words <= SMALL_TABLE:
        above += _by_cell(grid)
    else:
        found.aside.append((grid, "no table of tasks by its header"))


def _tables(
    grid: Grid, before: Section | None, *, listing: bool, figures: bool
) -> Iterator[Section]:
    header, above = find_header(grid, 0, listing=listing, figures=figures), tuple[Line, ...]()
    if header is None and before and (same := _continued(grid, before)):
        yield same
    while header:
        following = _next_header(grid, header)
        first = following.first if following else grid.height
        end = _title_rows(grid, header.after, first) if following else first
        yield Section(grid, header, end, above)
        header, above = following, tuple(_lines(grid, end, first))


def _next_header(grid: Grid, header: Header) -> Header | None:
    """The next header that says other things than this one."""
    for row in range(header.after, grid.height):
        if len(grid.own(row)) < 3 or is_repeated(grid, row, header):
            continue
        if may_follow(grid, row):
            found = header_at(grid, row)
            if found and len(found.roles - {Role.OTHER}) >= 3:
                return found
    return None


def _title_rows(grid: Grid, after: int, header: int) -> int:
    """The first of the rows above a header that only bear its title."""
    row = header
    while row - 1 > after and len(grid.own(row - 1)) <= 1:
        row -= 1
    return row


def _continued(grid: Grid, before: Section) -> Section | None:
    """A table without a header, in the columns of the one before it: it goes on after a page."""
    width = {column for _, column in grid.cells}
    columns = before.header.columns
    if grid.sheet or not width or max(width) != max(columns) or before.grid.sheet:
        return None
    header = Header(-1, 0, {n: Column(n, one.role, one.header) for n, one in columns.items()})
    return Section(grid, header, grid.height)


def _base(found: Sections, n: int) -> Heading | None:
    """What a table stands under where there are several: its title, else its sheet's name."""
    one = found.tables[n]
    if len(found.tables) < 2 or one.header.first < 0:
        return None
    for k, line in reversed(list(enumerate(one.above))):
        text = flat(line.text)
        said = fold(text)
        annex, label = ANNEX.match(said), LABEL.match(text)
        if annex and annex.end() == len(said) and (title := _titled(one.above[k + 1 :])):
            return Heading("", f"{text}: {title}"[:LONGEST_TITLE], line.at)
        if (annex or label or said.startswith("nhom ")) and len(text) <= LONGEST_TITLE:
            number = label["label"] if label else ""
            return Heading(number, text[label.end() :] if label else text, line.at)
    several = len({one.grid.name for one in found.tables}) > 1
    return Heading("", one.grid.name, one.grid.name) if one.grid.sheet and several else None


def _titled(lines: Sequence[Line]) -> str:
    """What stands below "Phụ lục II": the title of what follows."""
    texts: list[str] = []
    for line in lines:
        if re.match(r"\(|kem theo|[-_*=\s]*$", fold(line.text)):
            break
        texts.append(flat(line.text))
    return " ".join(texts)


def _lines(grid: Grid, first: int, end: int) -> list[Line]:
    """What some rows of a sheet say, a line a cell."""
    return [
        Line(cell.text, cell.at) for row in range(first, end) for cell in grid.own(row).values()
    ]


def _by_cell(grid: Grid) -> list[Line]:
    """What stands side by side, column by column, as a person reads it."""
    ordered = sorted(grid.cells.items(), key=lambda one: (one[0][1], one[0][0]))
    return [Line(text, cell.at) for _, cell in ordered for text in cell.text.split("\n") if text]


def _no_table(paper: Paper) -> InvalidInput:
    seen = [
        f"{grid.name}: {' | '.join(titles)}"
        for grid in paper.grids()
        if (titles := headers_seen(grid))
    ]
    told = "; ".join(_shortened(seen)) or "no table at all"
    return InvalidInput(
        "no table of tasks was found; looked for a row of headers with the tasks "
        "(nội dung, nhiệm vụ, công việc) and with the lead (chủ trì, thực hiện) or the deadline "
        f"(thời gian, thời hạn, tiến độ); found {told}"
    )


def _no_rows(found: Sections) -> InvalidInput:
    headers = [
        f"{one.grid.name}: {' | '.join(column.header for column in one.header.columns.values())}"
        for one in found.tables
    ]
    told = "; ".join(_shortened(headers))
    return InvalidInput(f"the tables have headers, but no row of a task below them; found {told}")


def _shortened(texts: Sequence[str]) -> list[str]:
    return [one[:200] for one in texts[:6]]
