"""``dondoc targets``: measured goals, and the figures that the office takes by telephone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cyclopts import App

from dondoc.cli.output import as_json, say, table, words
from dondoc.cli.record import OFFICE, read, write

if TYPE_CHECKING:
    from plans.measuring import Owned

app = App(name="targets", help="Targets: list them with their figures, measure one.")


@app.command(name="list")
def list_targets(
    *,
    plan: str | None = None,
    department: str | None = None,
    history: bool = False,
    at: date | None = None,
    json: bool = False,
) -> None:
    """Targets with their last figures, and where each stands on the way to its goal.

    Parameters
    ----------
    department
        Those that it owns, as declared or as the owner's successor.
    history
        Every figure that was ever given, not each period's last (with --json).
    """
    from plans import measuring

    with read(at) as (connection, here):
        some = measuring.listing(connection, here.day, plan=plan, department=department)
        # Whoever can run commands on the record can read it: nothing is suppressed here.
        found = measuring.described(connection, some, None, here.day, history=history)
    if json:
        as_json(found)
        return
    columns = ("target", "title", "goal", "latest", "period", "course", "owner")
    table(columns, [_row(one) for one in found], spare="period")


def _row(one: dict[str, Any]) -> tuple[Any, ...]:
    goal = one["comparator"] if one["directional"] else _goal(one)
    latest = one["measurements"][0] if one["measurements"] else None
    figure = f"{latest['value']:g}{'?' * latest['doubtful']}" if latest else ""
    owner = one["owner"]["effective"] or f"undecided ({one['owner']['declared']})"
    period = latest["period"] if latest else ""
    return one["id"], one["title"]["vi"], goal, figure, period, words(one["course"]), owner


def _goal(one: dict[str, Any]) -> str:
    mark = " (below its baseline)" if one["below_baseline"] else ""
    return f"{one['comparator']} {one['value']:g} {one['unit']}{mark}"


@app.command
def measure(
    target: str,
    *,
    period: str,
    source: str,
    value: float | None = None,
    part: int | None = None,
    whole: int | None = None,
    note: str = "",
    confirm_personal_data: bool = False,
    at: date | None = None,
    json: bool = False,
) -> None:
    """Record a target's figure for a period; once more for a correction.

    Parameters
    ----------
    period
        Such as 2026, 2026-H1, 2026-Q1 or 2026-01, as the target is measured.
    source
        The number of the document that the figure stands in.
    value
        In the target's unit; or else --part and --whole of a share.
    confirm_personal_data
        What looks like a person's number in source or note is none.
    """
    from plans import measuring
    from plans.figures import read_measurement

    given = read_measurement(
        period=period,
        value=value,
        part=part,
        whole=whole,
        source=source,
        note=note,
        confirm_personal_data=confirm_personal_data,
    )
    with write(at) as (connection, here):
        one = measuring.find(connection, target, here.day)
        row = measuring.measure(
            connection, one, given, actor=OFFICE, now=here.now, day=min(here.day, here.now.date())
        )
    if json:
        as_json(row)
    else:
        _say_measured(one, row, period)


def _say_measured(one: Owned, row: dict[str, Any], period: str) -> None:
    again = f" (the {row['n']}. figure of this period)" if row["n"] > 1 else ""
    figure = f"{row['value']:g} {one.target.unit or ''}".rstrip()
    print(f"{row['target']}: {figure} in {period}{again}")
    for doubt in row["doubts"]:
        say(f"look at it again: {doubt['text']}")
