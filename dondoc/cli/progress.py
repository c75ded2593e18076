"""``dondoc progress``: the roll-up, now, on a date, or as recorded by a past moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from dondoc.cli.output import as_json, bar, percent, table
from dondoc.cli.record import read

if TYPE_CHECKING:
    from plans.progress import Progress
    from plans.rolling import FanOut, PlanProgress
    from plans.store import Connection

CLASSES = ("done_on_time", "done_late", "open_on_time", "open_overdue")


def progress(
    plan: str | None = None,
    *,
    at: date | None = None,
    as_of: datetime | None = None,
    by: Literal["group", "department", "plan", "task"] = "plan",
    json: bool = False,
) -> None:
    """The roll-up of one plan or of all.

    Parameters
    ----------
    at
        The day that decides what is overdue.
    as_of
        Only what was recorded by this moment (in the office's time zone unless it has its own).
    by
        One row a plan, a solution group or a department; or, by "task", a clause that was given
        to each member of a class: how many of them have done it.
    """
    from plans import rolling

    with read(at) as (connection, here):
        if as_of and as_of.tzinfo is None:
            as_of = as_of.replace(tzinfo=here.settings.zone)
        day = here.day
        if by == "department":
            found = rolling.by_department(connection, day, as_of, plan)
            _show({"day": day}, list(found.items()), "department", json=json)
            return
        if by == "task":
            _show_fan_outs(_fan_outs(connection, plan), json=json)
            return
        plans = (
            [rolling.plan_progress(connection, plan, day, as_of)]
            if plan
            else rolling.all_plans(connection, day, as_of)
        )
    if by == "plan" and not plan:
        _show({"day": day}, [(one.plan, one.total) for one in plans], "plan", json=json)
        return
    if json:
        shown = [plan_json(one) for one in plans]
        as_json(shown[0] if plan else shown)
        return
    for one in plans:
        show_plan(one)


def _fan_outs(connection: Connection, plan: str | None) -> list[tuple[str, FanOut]]:
    from plans import rolling
    from plans.store import catalogue

    names = [plan] if plan else [row.id for row in catalogue.plan_rows(connection)]
    return [(name, one) for name in names for one in rolling.fan_outs(connection, name)]


def _show_fan_outs(found: list[tuple[str, FanOut]], *, json: bool) -> None:
    from dataclasses import asdict

    if json:
        as_json([{"plan": plan} | asdict(one) for plan, one in found])
        return
    columns = ("plan", "task", "title", "period", "given to each of", "due", "reported", "done")
    rows = [
        (
            plan,
            one.task,
            one.title,
            one.period,
            one.unit,
            one.due,
            f"{one.reported} of {one.of}",
            f"{one.done} of {one.of}",
        )
        for plan, one in found
    ]
    table(columns, rows, numbers="reported done")


def _show(head: dict[str, Any], rows: list[tuple[str, Progress]], name: str, *, json: bool) -> None:
    from plans.rolling import figures

    if json:
        as_json(head | {f"{name}s": [{"id": key, **figures(one)} for key, one in rows]})
        return
    table((name, *COLUMNS), [(key, *row_of(one)) for key, one in rows], numbers=" ".join(COLUMNS))


COLUMNS = ("all", *CLASSES, "completion", "on-time_rate", "reporting_rate", "beside")


def row_of(one: Progress) -> tuple[Any, ...]:
    """Figures as a table's cells, in the order of ``COLUMNS``."""
    from plans.terms import Timeliness

    return (
        one.assignments,
        *(one.classes[Timeliness(name)] for name in CLASSES),
        bar(one.completion),
        percent(one.on_time_rate),
        percent(one.reporting_rate),
        one.outside.total(),
    )


def show_plan(one: PlanProgress) -> None:
    """A plan's groups as a table with its total, completion as bars, both dates' rates."""
    rows = [(one.titles[key], *row_of(group)) for key, group in one.groups.items()]
    rows.append(("Total", *row_of(one.total)))
    title = f"\n{one.number or one.plan}: {one.title}"
    table(("group", *COLUMNS), rows, title=title, numbers=" ".join(COLUMNS))
    if one.original.on_time_rate != one.total.on_time_rate:
        print(f"on time against the original dates: {percent(one.original.on_time_rate)}")


def plan_json(one: PlanProgress) -> dict[str, Any]:
    """A plan's figures with its groups', under the contract's names."""
    from plans.rolling import figures

    return {
        "id": one.plan,
        "number": one.number,
        "title": one.title,
        **figures(one.total),
        "original": figures(one.original),
        "groups": [
            {"id": key, "title": one.titles[key], **figures(group)}
            for key, group in one.groups.items()
        ],
    }
