"""How commands print: Rich tables on a terminal, plain lines in a pipe, JSON on demand.

Rich itself honours ``NO_COLOR``; a pipe gets tab-separated lines that other tools can read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table


def as_json(value: Any) -> None:
    """Print a value as JSON: dates ISO, rates as they are."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"not for JSON: {value!r}")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    numbers: str = "",
    spare: str = "",
) -> None:
    """Print rows: on a terminal no word (an id, a date, a number) is ever cut; sentences wrap.

    ``numbers`` names the right-aligned columns, ``spare`` those that a narrow terminal can do
    without, the first to go first; both separated by blanks.
    """
    if not sys.stdout.isatty():
        _lines(columns, rows, title)
        return
    from rich.console import Console

    console = Console()
    whole = [
        _Column(name, cells, name in numbers.split()) for name, cells in _by_column(columns, rows)
    ]
    shown, widths = _fitted(whole, spare.split(), console.width)
    if sum(widths) + GAP * (len(widths) - 1) > console.width:
        # The terminal itself breaks the lines then: nothing is lost.
        console.width = sum(widths) + GAP * (len(widths) - 1)
    console.print(_drawn(shown, widths, title))


GAP = 2
SENTENCE = 16
"""What a column of sentences should have at least."""
LONGEST_WORD = 48
"""A longer word is an address or the like, and may be broken."""


def _by_column(
    columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[tuple[str, list[Any]]]:
    cells: list[list[Any]] = [[] for _ in columns]
    for row in rows:
        for column, value in zip(cells, row, strict=True):
            column.append(value)
    return zip(columns, cells, strict=True)


class _Column:
    """A column of a terminal's table: what it says, and how wide it wants and needs to be."""

    def __init__(self, name: str, values: list[Any], number: bool, *, bars: bool = True) -> None:
        from rich.cells import cell_len

        self.name, self.values, self.number = name, values, number
        self.head = name.replace("_", "\n")
        self.cells = [_terminal_cell(value, bars=bars) for value in values]
        lines = [line for cell in [self.head, *self.cells] for line in cell.splitlines()]
        self.wanted = max(map(cell_len, lines), default=1)
        parts = self.cells if number else [word for cell in self.cells for word in cell.split()]
        words = min(max(map(cell_len, parts), default=1), LONGEST_WORD)
        self.word = max([words, *map(cell_len, self.head.split())])
        self.needed = min(self.wanted, max(self.word, SENTENCE))

    def without_bars(self) -> _Column:
        """The same with figures alone."""
        return _Column(self.name, self.values, self.number, bars=False)


def _fitted(columns: list[_Column], spare: list[str], room: int) -> tuple[list[_Column], list[int]]:
    """Columns and widths: first bars go, then spare columns, then the comfort of sentences."""
    for shown in _poorer(columns, spare):
        room_here = room - GAP * (len(shown) - 1)
        if sum(one.needed for one in shown) <= room_here:
            return shown, _widened(shown, [one.needed for one in shown], room_here)
    return shown, _widened(shown, [one.word for one in shown], room_here)


def _poorer(columns: list[_Column], spare: list[str]) -> Iterator[list[_Column]]:
    yield columns
    columns = [one.without_bars() for one in columns]
    yield columns
    for name in spare:
        columns = [one for one in columns if one.name != name]
        yield columns


def _widened(columns: list[_Column], widths: list[int], room: int) -> list[int]:
    """Give what room is left to the columns that miss most of what they want."""
    widths = list(widths)
    for _ in range(room - sum(widths)):
        misses = [one.wanted / width for one, width in zip(columns, widths, strict=True)]
        most = max(misses)
        if most <= 1:
            break
        widths[misses.index(most)] += 1
    return widths


def _drawn(columns: list[_Column], widths: list[int], title: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=SIMPLE_HEAD,
        padding=(0, GAP - 1, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    for one, width in zip(columns, widths, strict=True):
        drawn.add_column(
            one.head,
            justify="right" if one.number else "left",
            width=width,
            overflow="fold",
            no_wrap=one.number,
        )
    for row in zip(*(one.cells for one in columns), strict=True):
        # As text: what people wrote in brackets is no markup.
        drawn.add_row(*(Text(cell) for cell in row))
    return drawn


def _terminal_cell(value: Any, *, bars: bool) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, Bar) and bars:
        return value.drawn
    return _cell(value)


def _lines(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str) -> None:
    if title:
        print(f"# {title}")
    print("\t".join(columns))
    for row in rows:
        print("\t".join(_cell(value).replace("\t", " ").replace("\n", " ") for value in row))


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def percent(rate: float | None) -> str:
    """A rate 0-1 as people read it here: ``97.2%``, a dash where there is none."""
    return "–" if rate is None else f"{100 * rate:.1f}%"


def say(text: str) -> None:
    """A remark beside the result: to standard error, so that a pipe gets the result alone."""
    print(text, file=sys.stderr, flush=True)


class Bar(str):
    """A rate's figure, which a table draws with a bar where there is room."""

    __slots__ = ("drawn",)
    drawn: str


def bar(rate: float | None, width: int = 8) -> Bar:
    """A rate as a figure, and as a bar with its figure on a wide terminal."""
    figure = Bar(percent(rate))
    done = round(width * (rate or 0))
    figure.drawn = f"{'█' * done}{'░' * (width - done)} {figure:>6}"
    return figure


def words(code: str) -> str:
    """A code such as "open_overdue" as words on a terminal, where it may wrap; else as it is."""
    return code.replace("_", " ") if sys.stdout.isatty() else code


@contextmanager
def steps(total: int) -> Iterator[Callable[[str], None]]:
    """Long work, step by step: a progress bar on a terminal, a line a step elsewhere."""
    if not sys.stderr.isatty():
        yield say
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    looks = (
        SpinnerColumn(),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*looks, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("beginning", total=total)

        def advance(text: str) -> None:
            shown.update(task, description=text, advance=1)

        yield advance


def put_file(path: Path, content: bytes) -> None:
    """Write a file that was asked for; ``InvalidInput`` where that cannot be."""
    from plans.errors import InvalidInput

    try:
        path.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror}; check the path") from None
