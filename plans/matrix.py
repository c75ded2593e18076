"""Departments × solution groups of one plan: who stands where, the worst first.

Kinds with very many bodies (a clause that is fanned out to every commune) are one line each, until
one asks for that kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from plans.overview import group_titles
from plans.store import Connection, urgent
from plans.store.tallies import Tally, add_up, of_plans, tallies

MANY = 40
"""From how many bodies on a kind is folded into one line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One body, or (``members``: how many) a folded kind of them, by solution group."""

    code: str
    body: Any
    kind: str
    cells: Mapping[str, Tally]
    total: Tally
    members: int = 0


@dataclass(frozen=True, slots=True)
class Matrix:
    """A plan's bodies by group. ``lines`` the worst first; ``folded`` the kinds of many bodies.

    ``kinds``: every kind with its number of bodies.
    """

    plan: Any
    titles: Mapping[str, tuple[str, str]]
    lines: tuple[Line, ...]
    folded: tuple[Line, ...]
    total: Line
    kinds: Mapping[str, int]


def newest_running(plans: Sequence[Any], on: date) -> Any:
    """The plan to begin with, of those given newest first: the first that runs.

    Where none does, the newest that has begun; else the newest at all.
    """
    begun = [row for row in plans if row.issued <= on]
    running = (row for row in begun if row.ends is None or row.ends >= on)
    return next(running, next(iter([*begun, *plans]), None))


def matrix(connection: Connection, plan: Any, on: date, kind: str | None = None) -> Matrix:
    """One plan (by its row) by body and group on a day; ``kind``: only bodies of that kind."""
    by_body: dict[str, dict[str, Tally]] = {}
    found = tallies(connection, on, ("department", "group"), of_plans([plan.id]))
    for (code, group), tally in found.items():
        by_body.setdefault(code, {})[group] = tally
    bodies = urgent.names(connection, by_body)
    lines = [_line(code, bodies.get(code), cells) for code, cells in by_body.items()]
    lines.sort(key=_worst_first)
    kinds: dict[str, list[Line]] = {}
    for line in lines:
        kinds.setdefault(line.kind, []).append(line)
    many = [key for key, some in kinds.items() if len(some) > MANY and len(kinds) > 1]
    folded = [] if kind else [_fold(key, kinds[key]) for key in many]
    shown = kinds.get(kind, []) if kind else [one for one in lines if one.kind not in many]
    declared, titles = group_titles(connection, plan)
    used = {group for cells in by_body.values() for group in cells}
    order = [*declared, *sorted(used - set(declared))]
    return Matrix(
        plan=plan,
        titles={key: titles.get(key, (key, key)) for key in order},
        lines=tuple(shown),
        folded=tuple(sorted(folded, key=_worst_first)),
        total=_fold(kind or "", shown if kind else lines),
        kinds={key: len(some) for key, some in sorted(kinds.items())},
    )


def _line(code: str, body: Any, cells: Mapping[str, Tally]) -> Line:
    # A class of bodies that nobody could name the members of has its own name.
    return Line(code, body, body.kind if body else "", cells, add_up(cells.values()))


def _fold(kind: str, lines: Sequence[Line]) -> Line:
    groups = {group for line in lines for group in line.cells}
    cells = {group: add_up(_cells(lines, group)) for group in groups}
    total = add_up(line.total for line in lines)
    return Line("", None, kind, cells, total, members=len(lines))


def _cells(lines: Iterable[Line], group: str) -> Iterable[Tally]:
    return (line.cells[group] for line in lines if group in line.cells)


def _worst_first(line: Line) -> tuple[int, int, str]:
    return -line.total.overdue, -line.total.assignments, line.code
