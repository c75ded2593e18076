"""How commands print: Rich tables on a terminal, plain lines in a pipe, JSON on demand.

Rich itself honours ``NO_COLOR``; a pipe gets tab-separated lines that other tools can read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
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
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title or None, title_justify="left", header_style="bold")
    right = numbers.split()
    for name in columns:
        shown.add_column(name, justify="right" if name in right else "left", overflow="fold")
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


def progress_bars(parts: Sequence[tuple[str, float | None]]) -> None:
    """Completion as bars on a terminal; nothing in a pipe, where the table has the figures."""
    if not sys.stdout.isatty():
        return
    from rich.console import Console
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    shown = Table.grid(padding=(0, 1))
    for label, rate in parts:
        bar = ProgressBar(total=1, completed=rate or 0, width=30)
        shown.add_row(label, bar, percent(rate))
    Console().print(shown)
