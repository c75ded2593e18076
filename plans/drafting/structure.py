"""From the rows of a table to headings, tasks and what belongs to a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum, auto

from plans.drafting.endings import end_of, is_remark
from plans.drafting.grid import Grid, Line, flat
from plans.drafting.header_words import Role
from plans.drafting.headers import Header, is_count_row, is_repeated
from plans.drafting.outlines import Heading, Item, Outline
from plans.drafting.rows import (
    LABEL,
    RANKS,
    SAYING,
    SIGNS,
    Piece,
    Row,
    Style,
    continues,
    depth_of,
    is_within,
    rows_of,
    with_groups,
    with_numbers,
)


class Kind(Enum):
    """What a row is."""

    HEADING = auto()
    TASK = auto()
    CHILD = auto()
    """Below a task, numbered deeper: a part of it, or of its text."""
    PART = auto()
    """More of a task: another body with its part."""
    MORE = auto()
    """The rest of the row above."""
    OUTSIDE = auto()


def outline_of(
    grid: Grid,
    header: Header,
    end: int,
    into: Outline,
    base: Heading | None,
    open_ones: Sequence[Heading] = (),
) -> list[Heading]:
    """Add what one table, up to a row, holds to an outline; ``base``: what it stands under.

    ``open_ones``: the headings under which a table goes on that a page broke; those that are
    open at its end are given back.
    """
    header = with_groups(grid, with_numbers(grid, header, end), end)
    rows = [
        row
        for row in rows_of(grid, header, end)
        if not is_repeated(grid, row.index, header) and not is_count_row(grid, row.index)
    ]
    building = _Building(rows, header, into, base, open_ones)
    building.build()
    return building.stack


class _Building:
    def __init__(
        self,
        rows: Sequence[Row],
        header: Header,
        into: Outline,
        base: Heading | None,
        open_ones: Sequence[Heading],
    ) -> None:
        self._rows, self._header, self._into = rows, header, into
        self._base = base
        self.stack = list(open_ones)
        self._fresh = False
        self._column: Heading | None = None
        self._last: Item | None = None
        styles = Counter(row.style for row in rows if row.says and row.content)
        self._usual = styles.most_common(1)[0][0] if styles else None
        self._silent = not header.roles & {*SAYING}
        self._end = end_of(rows)

    def build(self) -> None:
        for n, row in enumerate(self._rows):
            self._group(row)
            kind = self._kind(n, row)
            if kind is Kind.OUTSIDE:
                self._outside(row)
            elif kind is Kind.HEADING:
                self._heading(row)
            elif kind is Kind.TASK or self._last is None:
                self._last = self._task(row)
            elif kind is Kind.CHILD:
                self._child(row, self._last)
            elif kind is Kind.PART:
                self._last.parts.append(self._item(row, self._last))
            else:
                _more(self._last, row)
            self._fresh = kind is Kind.HEADING

    def _group(self, row: Row) -> None:
        """What the column of groups says holds for this row and those below that say nothing."""
        for one in row.own(Role.GROUP):
            label = LABEL.match(one.text)
            number = label.group().strip() if label else ""
            title = flat(one.text[label.end() :] if label else one.text)
            level = (Style.PLAIN, -1)
            self._column = Heading(number, title, one.at, self._base, level=level)
            self._into.headings.append(self._column)
            self._last = None

    # --- what a row is ------------------------------------------------------------------------

    def _kind(self, n: int, row: Row) -> Kind:
        if self._is_outside(n, row):
            return Kind.OUTSIDE
        if not row.content:
            return self._without_content(row)
        if row.wide:
            return Kind.HEADING if self._leads_on(n) else Kind.OUTSIDE
        return self._saying(row) if row.says else self._silent_row(n, row)

    def _is_outside(self, n: int, row: Row) -> bool:
        """Whether a row stands below the table, or is a remark inside it."""
        return n >= self._end or (is_remark(row) and not row.own(*SAYING))

    def _without_content(self, row: Row) -> Kind:
        lead = row.own(Role.LEAD, Role.BOTH)
        if row.number and row.style is not Style.BULLET and row.own(*SAYING, Role.DELIVERABLE):
            return Kind.TASK
        if self._last is None or not row.says:
            return Kind.OUTSIDE if self._last is None or row.number else Kind.MORE
        before = self._last.of(Role.LEAD, Role.BOTH)
        if lead and not (before and continues(lead[0].text, before[-1].text)):
            return Kind.PART
        return Kind.MORE

    def _saying(self, row: Row) -> Kind:
        last, text = self._last, row.content[0].text
        if last is None or self._fresh:
            return Kind.TASK
        if not row.number and text[:1].islower():
            return Kind.MORE
        deeper = row.style in (Style.BULLET, Style.SMALL) and (
            RANKS[last.row.style] < RANKS[row.style]
        )
        return Kind.CHILD if deeper or is_within(row.number, last.number) else Kind.TASK

    def _silent_row(self, n: int, row: Row) -> Kind:
        last, extras = self._last, row.own(Role.DELIVERABLE, Role.NOTE, Role.OTHER, Role.START)
        if row.style in (Style.ROMAN, Style.LETTER):
            return Kind.HEADING
        if self._has_inner(n, row) or (not extras and self._restarts(n, row)):
            return Kind.HEADING
        if last and not self._fresh and row.style in (Style.BULLET, Style.SMALL):
            return Kind.CHILD
        if last and not self._fresh and is_within(row.number, last.number):
            return Kind.CHILD
        if row.style is Style.PLAIN and not extras:
            return self._unnumbered(n, row)
        if self._silent or self._usual is None:
            return Kind.TASK
        broader = RANKS[row.style] < RANKS[self._usual] or (
            self._usual is Style.PLAIN and row.style is not Style.PLAIN
        )
        return Kind.HEADING if broader and not extras and self._leads_on(n) else Kind.TASK

    def _unnumbered(self, n: int, row: Row) -> Kind:
        last = self._last
        if last and not self._fresh and continues(row.content[0].text, last.content[-1].text):
            return Kind.MORE
        if self._silent and self._usual is None and Role.NUMBER not in self._header.roles:
            return Kind.TASK
        return Kind.HEADING if self._leads_on(n) else Kind.OUTSIDE

    def _below(self, n: int) -> Sequence[Row]:
        return self._rows[n + 1 : self._end]

    def _has_inner(self, n: int, row: Row) -> bool:
        """Whether rows numbered below this one say who does what."""
        for one in self._below(n):
            inner = is_within(one.number, row.number) or (
                one.style in (Style.BULLET, Style.SMALL) and RANKS[row.style] < RANKS[one.style]
            )
            if one.number and not inner:
                return False
            if inner and one.own(*SAYING):
                return row.style is not Style.PLAIN
        return False

    def _restarts(self, n: int, row: Row) -> bool:
        """Whether the rows below a numbered one that says nothing are counted from 1 again."""
        below = next(iter(self._below(n)), None)
        if below is None or row.style is not Style.NUMBER or below.style is not Style.NUMBER:
            return False
        return int(below.number.strip(SIGNS)) == 1 and below.says

    def _leads_on(self, n: int) -> bool:
        """Whether any row of a task follows."""
        if self._silent:
            return any(row.content for row in self._below(n))
        return any(row.says for row in self._below(n))

    # --- what is made of it -------------------------------------------------------------------

    def _outside(self, row: Row) -> None:
        own = [one for one in row.pieces if not one.inherited]
        numbered = bool(row.number) and not any(one.role is Role.NUMBER for one in own)
        for n, one in enumerate(own):
            text = f"{row.number} {one.text}" if numbered and n == 0 else one.text
            self._into.outside.append(Line(text, one.at))

    def _heading(self, row: Row) -> None:
        title = " ".join(flat(one.text) for one in row.content)
        level = (row.style, depth_of(row.number) if row.style is Style.DOTTED else 0)
        extras = [
            one
            for one in row.pieces
            if not one.inherited and one.role not in (Role.NUMBER, Role.CONTENT)
        ]
        heading = Heading(row.number, title, row.at, None, extras, level)
        self._leave(heading)
        heading.outer = self.stack[-1] if self.stack else self._base
        self.stack.append(heading)
        self._into.headings.append(heading)
        self._last = None

    def _leave(self, new: Heading) -> None:
        """Close the headings that a new one does not stand under."""
        for n, one in enumerate(self.stack):
            if is_within(new.number, one.number) and n == len(self.stack) - 1:
                return
            if one.level == new.level:
                del self.stack[n:]
                return
        if self._fresh:
            return
        while self.stack and _rank(self.stack[-1]) >= _rank(new):
            self.stack.pop()

    def _passes(self, row: Row) -> bool:
        """Whether a task counts on from the heading above it, past what stands below that: 5 after
        "4 Các hoạt động:" with 4.1 or "-" under it."""
        heading = self.stack[-1] if self.stack else None
        if heading is None or self._fresh or self._last is None or row.style is not Style.NUMBER:
            return False
        before = heading.number.strip(SIGNS)
        counts = before.isdecimal() and int(row.number.strip(SIGNS)) == int(before) + 1
        return counts and self._last.heading is heading and self._last.row.style is not row.style

    def _item(self, row: Row, owner: Item | None) -> Item:
        heading = self._column or (self.stack[-1] if self.stack else self._base)
        dropped = (Role.NUMBER, Role.CONTENT, Role.GROUP)
        kept = [one for one in row.pieces if one.role not in dropped]
        kept += [one for one in row.own(Role.NUMBER) if one.cell.formula]
        columns = frozenset(self._header.roles)
        return Item(
            row, heading, row.number, row.of(Role.CONTENT), kept, owner=owner, columns=columns
        )

    def _task(self, row: Row) -> Item:
        if self._passes(row):
            self.stack.pop()
        item = self._item(row, None)
        self._into.items.append(item)
        return item

    def _child(self, row: Row, last: Item) -> None:
        """A row below a task: a task of its own where it has its own deadline, a part where it
        only has its own lead, else more of the task's words."""
        if row.own(Role.DUE, Role.MARK) and (row.of(Role.LEAD, Role.BOTH) or self._silent):
            item = self._item(row, last)
            self._into.items.append(item)
        elif row.own(Role.LEAD, Role.BOTH):
            last.parts.append(self._item(row, last))
        else:
            _more(last, row)


def _rank(heading: Heading) -> tuple[int, int]:
    style, depth = heading.level
    return RANKS[style], depth


def _more(item: Item, row: Row) -> None:
    """Add a row's words to a task's, column by column."""
    label = row.number
    for one in row.pieces:
        if one.inherited or (one.role is Role.NUMBER and not one.cell.formula):
            continue
        if one.role is Role.CONTENT:
            text = f"{label} {one.text}" if label else one.text
            item.content.append(Piece(text, one.at, one.role, one.header, one.cell))
        else:
            item.pieces.append(one)
