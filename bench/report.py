"""``RESULTS.md``: everything that was measured, each figure beside what it is compared to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench import parts
from bench.databases import TUNED
from bench.figures import Figure
from bench.results import Part, Results

HEAD = """# What things cost

Written by `make bench`; do not edit. Figures are medians of runs that take turns, unless a note
says otherwise; p95 and p99 are percentiles over all calls. Absolute figures drift with the machine:
read the ratios. *Goal* is what the figure is held to, *beside* what its ratio compares it to.
"""
AGAIN = """## How to repeat

    make bench                    # everything, about an hour (with 1,000,000 assignments)
    make bench SIZE=100000        # everything up to 100,000 assignments, about a quarter of that
    make bench PARTS="updates"    # one part or several; the others keep their figures

Needs what `make test` needs, wrk and {room} of disk; nothing else should run meanwhile. What was
measured is kept in `results.json`, from which this page and the chart are written.
"""
COLUMNS = ("what", "database", "assignments", "measured", "goal", "met", "beside", "ratio", "note")


def text(results: Results, *, chart: bool) -> str:
    """The whole page."""
    blocks = [HEAD, *_machine(results)]
    if chart:
        blocks.append("## How cost grows\n\n![How cost grows](growth.png)\n")
    for name in parts.PARTS:
        if name in results.parts:
            blocks += _part(name, results.parts[name])
    return "\n".join([*blocks, AGAIN.format(room="about 20 GB")])


def _machine(results: Results) -> Iterator[str]:
    yield "## Where\n"
    yield "".join(f"- {name}: {value}\n" for name, value in results.machine.items())
    yield "Versions: " + ", ".join(f"{a} {b}" for a, b in results.versions.items()) + ".\n"
    tuned = ", ".join(f"`{name} = {value}`" for name, value in TUNED.items())
    yield f"PostgreSQL as it is shipped, but {tuned}; SQLite with `synchronous = FULL`.\n"
    missed = [f for p in results.parts.values() for f in p.figures if f.met is False]
    failed = [name for name, part in results.parts.items() if part.failed]
    goals = sum(f.met is not None for p in results.parts.values() for f in p.figures)
    yield f"Goals: {goals - len(missed)} of {goals} met.\n"
    if missed:
        yield "Not met:\n\n" + "".join(f"- {_named(one)}\n" for one in missed)
    if failed:
        yield f"Failed: {', '.join(failed)}.\n"


def _named(one: Figure) -> str:
    where = ", ".join(filter(None, (one.database, f"{one.size:,}" if one.size else "")))
    side = "at least" if one.better == "more" else "at most"
    goal = said(one.limit, one.unit) if one.limit is not None else ""
    where = f" ({where})" if where else ""
    return f"{one.name}{where}: {said(one.value, one.unit)}, goal {side} {goal}"


def _part(name: str, part: Part) -> Iterator[str]:
    yield f"## {name}\n"
    yield parts.about(name) + "\n"
    load = " ".join(f"{one:g}" for one in part.load)
    yield f"Ran at {part.ran_at} in {part.seconds:.0f} s; load average before: {load}.\n"
    if part.failed:
        yield f"**Failed**: `{part.failed}`\n"
    if part.figures:
        yield table(part.figures) + "\n"


def table(figures: Sequence[Figure]) -> str:
    """Figures as a table; where they belong to several sizes, with a column for each of these."""
    sizes = sorted({one.size for one in figures if one.size})
    if len(sizes) < 2:
        return _written(COLUMNS, [_row(one) for one in figures])
    same: dict[tuple[str, str], list[Figure]] = {}
    for one in figures:
        same.setdefault((one.name, one.database), []).append(one)
    columns = ("what", "database", *(f"{size:,}" for size in sizes), "goal", "beside", "note")
    return _written(columns, [_growing(some, sizes) for some in same.values()])


def _written(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table without the columns that are empty in all rows."""
    shown = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    lines = [[columns[n] for n in shown], ["---"] * len(shown)]
    lines += [[row[n] for n in shown] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(one: Figure) -> tuple[str, ...]:
    return (
        one.name,
        one.database,
        f"{one.size:,}" if one.size else "",
        said(one.value, one.unit),
        _goal(one),
        {True: "yes", False: "**no**", None: ""}[one.met],
        one.peer,
        f"{one.ratio:.2f}" if one.ratio is not None else "",
        one.note,
    )


def _growing(some: Sequence[Figure], sizes: Sequence[int]) -> tuple[str, ...]:
    by_size = {one.size: one for one in some}
    largest = max(some, key=lambda one: one.size or 0)
    cells = [_cell(by_size[size]) if size in by_size else "" for size in sizes]
    note = f"{largest.size:,}: {largest.note}" if largest.note else ""
    return (largest.name, largest.database, *cells, _goal(largest), largest.peer, note)


def _cell(one: Figure) -> str:
    """A value, its ratio, and whether a goal was missed."""
    ratio = f" ({one.ratio:.2f} ×)" if one.ratio is not None else ""
    return said(one.value, one.unit) + ratio + (" **missed**" if one.met is False else "")


def _goal(one: Figure) -> str:
    side = "≥ " if one.better == "more" else "≤ "
    return side + said(one.limit, one.unit) if one.limit is not None else ""


def said(value: float, unit: str) -> str:
    """A value with its unit, in three digits."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    number = f"{value:,.{digits}f}"
    return f"{number}{unit}" if unit in ("/s", "×", "%") else f"{number} {unit}"
