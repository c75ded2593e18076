"""How commands print: Rich tables on a terminal, plain lines in a pipe, JSON on demand.

Rich itself honours ``NO_COLOR``; a pipe gets tab-separated lines that other tools can read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any


def as_json(value: Any) -> None:
    """Print a value as JSON: dates ISO, rates as they are."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"not for JSON: {value!r}")


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "", numbers: str = ""
) -> None:
    """Print rows; ``numbers`` names the right-aligned columns, separated by blanks."""
    if not sys.stdout.isatty():
        _lines(columns, rows, title)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    shown = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in columns:
        number = name in numbers.split()
        # A number is read whole; words may wrap.
        shown.add_column(
            name.replace("_", "\n"), justify="right" if number else "left", no_wrap=number
        )
    for row in rows:
        shown.add_row(*(_cell(value) for value in row))
    Console().print(shown)


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


def bar(rate: float | None, width: int = 8) -> str:
    """A rate as a bar with its figure on a terminal; the figure alone in a pipe."""
    if not sys.stdout.isatty():
        return percent(rate)
    done = round(width * (rate or 0))
    return f"{'█' * done}{'░' * (width - done)} {percent(rate):>6}"


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
