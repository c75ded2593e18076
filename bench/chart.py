"""The growth chart: how each cost grows with the number of assignments (``growth.png``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import Figure

COLOURS = {"SQLite": "#1f5fa8", "PostgreSQL": "#c2571a"}
MARKS = ("o", "s", "^", "D")


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: its series in the figures (label by series) and what its axis says."""

    title: str
    unit: str
    series: dict[str, str]
    goal: float | None = None
    told: Callable[[float], float] = float


_SUMS = ("the nation and each province", "a province", "a plan and its groups")
PANELS = (
    Panel("Roll-up from counters, p95", "ms", {f"{one}: counters": one for one in _SUMS}, goal=50),
    Panel("The same by GROUP BY, p95", "ms", {f"{one}: GROUP BY": one for one in _SUMS}, goal=50),
    Panel(
        "Lists over HTTP, p95",
        "ms",
        {f"list, {one}": one for one in ("everything", "one plan", "overdue")},
    ),
    Panel("Update call, 32 connections, 1 process", "calls a second", {"update call": ""}),
    Panel("Owe the day's reminders", "s", {"reminders": ""}),
    Panel("Owe the week's digests", "s", {"digests": ""}),
    Panel("Loading", "updates a second", {"load": ""}),
    Panel("On disk, an assignment with 6 entries", "kB", {"disk": ""}, told=lambda v: v / 1000),
    Panel(
        "Memory",
        "MB",
        {
            "memory: API": "API process",
            "memory: loader": "loader",
            "memory: reminders": "reminders' process",
            "memory: digests": "digests' process",
        },
    ),
)
"""The first two have one scale, so that they can be compared."""


def draw(path: Path, figures: Sequence[Figure]) -> bool:
    """Draw what has been measured; False where there is nothing to draw, or to draw with."""
    known = [one for one in figures if one.series and one.size]
    if not known:
        return False
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as Canvas
    except ImportError:
        return False
    canvas = Canvas(figsize=(13, 11), layout="constrained")
    FigureCanvasAgg(canvas)
    grid = canvas.subplots(3, 3)
    places: list[Any] = list(grid.flat)
    for place, panel in zip(places, PANELS, strict=True):
        _draw_panel(place, panel, known)
    limits = [limit for place in places[:2] if place.lines for limit in place.get_ylim()]
    for place in places[:2] if limits else []:
        place.set_ylim(min(limits), max(limits))
    _tell_colours(canvas)
    canvas.suptitle("How cost grows with the number of assignments (both axes logarithmic)")
    canvas.savefig(path, dpi=110)
    return True


def _draw_panel(place: Any, panel: Panel, figures: Iterable[Figure]) -> None:
    place.set(title=panel.title)
    lines = list(_lines(panel, list(figures)))
    if not lines:
        place.text(0.5, 0.5, "not measured yet", ha="center", color="#555555")
        place.set_axis_off()
        return
    for x, y, mark, colour in lines:
        place.plot(x, y, marker=mark, color=colour, linewidth=1.4)
    place.set(xlabel="assignments", ylabel=panel.unit, xscale="log", yscale="log")
    if panel.goal:
        place.axhline(panel.goal, color="#555555", linestyle="--", linewidth=1)
        said, where = f"goal {panel.goal:g} {panel.unit}", (0.98, panel.goal)
        how = {"xycoords": ("axes fraction", "data"), "va": "bottom", "ha": "right"}
        place.annotate(said, where, fontsize=8, color="#555555", **how)
    _number_axes(place)
    for mark, label in zip(MARKS, panel.series.values(), strict=False):
        if label:
            place.plot([], [], marker=mark, color="#555555", label=label)
            place.legend(fontsize=8, loc="best")


def _lines(panel: Panel, figures: Sequence[Figure]) -> Iterator[tuple[Any, Any, str, str]]:
    """Sizes, values, mark and colour of each series that was measured."""
    for mark, series in zip(MARKS, panel.series, strict=False):
        for kind, colour in COLOURS.items():
            points = sorted(
                (one.size or 0, panel.told(one.value))
                for one in figures
                if one.series == series and one.database == kind
            )
            if points:
                sizes, values = zip(*points, strict=True)
                yield sizes, values, mark, colour


def _number_axes(place: Any) -> None:
    """Plain numbers on the axes, and room around the points."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = place.get_ylim()
    if high / low < 30:
        place.set_ylim(low / 3, high * 3)
    place.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if high / low < 3e3 else LogLocator())
    for axis in (place.xaxis, place.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.15g}"))
        axis.set_minor_formatter(NullFormatter())
    place.grid(visible=True, which="major", color="#dddddd", linewidth=0.7)


def _tell_colours(canvas: Any) -> None:
    from matplotlib.lines import Line2D

    lines = [
        Line2D([], [], color=colour, marker="o", label=kind) for kind, colour in COLOURS.items()
    ]
    canvas.legend(handles=lines, loc="outside lower center", ncols=len(lines), fontsize=12)
