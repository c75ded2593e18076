"""``dondoc progress``: the roll-up, now, on a date, or as recorded by a past moment."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from dondoc.cli.output import as_json, bar, percent, table
from dondoc.cli.record import read

if TYPE_CHECKING:
    from plans.comparing import Difference, Standing
    from plans.progress import Progress
    from plans.rolling import FanOut, PlanProgress
    from plans.store import Connection

CLASSES = ("done_on_time", "done_late", "open_on_time", "open_overdue")


By = Literal["group", "department", "plan", "task", "territory"]

app = App(name="progress", help="The roll-up: now, on a day, as of a past moment, compared.")


@app.default
def progress(
    plan: str | None = None,
    *,
    at: date | None = None,
    as_of: datetime | None = None,
    by: By | None = None,
    json: bool = False,
) -> None:
    """The roll-up of one plan (its groups) or of all plans.

    Parameters
    ----------
    at
        The day that decides what is overdue.
    as_of
        Only what was recorded by this moment (in the office's time zone unless it has its own);
        without --at, on its day.
    by
        One row a plan, a solution group or a department; by "territory", a province with all its
        plans; or, by "task", a clause that was given to each member of a class: how many of them
        have done it, at present.
    """
    from plans import rolling
    from plans.store import settle

    _refuse_together(plan, as_of, by)
    with read(at) as (connection, here):
        as_of = in_zone(as_of, here.settings.zone)
        if as_of:
            rolling.require_past(as_of, here.now, "--as-of")
            settle(here.engine, as_of, here.now)
        require_plan(connection, plan)
        if by == "task":
            _show_fan_outs(_fan_outs(connection, plan), json=json)
            return
        if by == "territory":
            _show_nation(connection, here.day, json=json)
            return
        day = as_of.astimezone(here.settings.zone).date() if as_of and not at else here.day
        if by == "department":
            found = _departments(connection, plan, day, as_of)
            _show({"day": day}, found, "department", json=json)
            return
        plans = _plans(connection, plan, day, as_of)
    if by == "plan" or not (by or plan):
        _show({"day": day}, [(one.plan, one.total) for one in plans], "plan", json=json)
    else:
        _show_plans(plans, one=bool(plan), json=json)


def _refuse_together(plan: str | None, as_of: datetime | None, by: By | None) -> None:
    from plans.errors import InvalidInput

    if by in ("task", "territory") and as_of:
        raise InvalidInput(f"--by {by} shows the present; leave --as-of out")
    if by == "territory" and plan:
        raise InvalidInput("--by territory shows all plans; leave the plan out")


@app.command
def changes(
    plan: str,
    *,
    since: Annotated[datetime, Parameter(name="--from")],
    until: Annotated[datetime | None, Parameter(name="--to")] = None,
    json: bool = False,
) -> None:
    """What changed in a plan between two past moments, and why.

    Parameters
    ----------
    since
        The earlier moment (in the office's time zone unless it has its own).
    until
        The later one; without it, now.
    """
    from plans import rolling
    from plans.comparing import compare
    from plans.store import assignments, settle

    with read() as (connection, here):
        zone = here.settings.zone
        first, last = in_zone(since, zone) or since, in_zone(until, zone) or here.now
        rolling.require_past(last, here.now, "--to")
        settle(here.engine, last, here.now)
        found = compare(connection, plan, first, last, zone)
        names = assignments.names_of(connection, plan)
    ordered = sorted(found.differences, key=lambda one: _place(names[one.assignment]))
    if json:
        items = [_difference_json(one, names[one.assignment]) for one in ordered]
        ends = [(first, found.before), (last, found.after)]
        shown = [{"moment": moment, **plan_json(one)} for moment, one in ends]
        as_json({"plan": plan, "from": shown[0], "to": shown[1], "items": items})
        return
    figures = [
        (name, *row_of(one.total)) for name, one in (("from", found.before), ("to", found.after))
    ]
    table(("moment", *COLUMNS), figures, numbers=" ".join(COLUMNS), spare=SPARE)
    rows = [_difference_row(one, names[one.assignment]) for one in ordered]
    table(("assignment", "before", "after", "why"), rows, title="\nWhat changed")


def _place(row: Any) -> tuple[int, str, str]:
    return row.position, row.ref, row.id


def _difference_json(one: Difference, row: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {"id": row.id, "ref": row.ref, "task": row.task, **asdict(one)}


def _difference_row(one: Difference, row: Any) -> tuple[str, str, str, str]:
    causes = []
    for cause in one.causes:
        details = [cause.day or (cause.at and cause.at.date()), cause.actor, cause.basis]
        causes.append(" ".join([cause.kind, *(str(some) for some in details if some)]))
    before = _standing(one.before) if one.before else "not opened yet"
    return row.ref, before, _standing(one.after), "; ".join(causes)


def _standing(one: Standing) -> str:
    return f"{one.current} {one.percent}% due {one.due}, {one.lead or 'undecided'}, {one.group}"


def in_zone(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """A moment without a time zone of its own, in the office's."""
    return moment.replace(tzinfo=zone) if moment and moment.tzinfo is None else moment


def require_plan(connection: Connection, plan: str | None) -> None:
    """``NotFound`` where a plan is named that is not loaded."""
    from plans.errors import NotFound
    from plans.store import catalogue

    if plan and plan not in {row.id for row in catalogue.plan_rows(connection)}:
        raise NotFound(f"no plan '{plan}' is loaded; 'dondoc plans list' shows those that are")


def _plans(
    connection: Connection, plan: str | None, on: date, as_of: datetime | None
) -> list[PlanProgress]:
    from plans import rolling

    if plan:
        return [rolling.plan_progress(connection, plan, on, as_of)]
    return rolling.all_plans(connection, on, as_of)


def _departments(
    connection: Connection, plan: str | None, on: date, as_of: datetime | None
) -> list[tuple[str, Progress]]:
    from plans import rolling

    return list(rolling.by_department(connection, on, as_of, plan).items())


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
    table(columns, rows, numbers="reported done", spare="reported plan")


def _show_nation(connection: Connection, on: date, *, json: bool) -> None:
    from plans.rolling import figures, nation

    whole, parts = nation(connection, on)
    rows = list(parts.items())
    if json:
        items = [{"id": code, **figures(one)} for code, one in rows]
        as_json({"day": on, **figures(whole), "territories": items})
        return
    named = [(code or "(none)", one) for code, one in rows]
    _show({"day": on}, [*named, ("Total", whole)], "territory", json=False)


def _show_plans(plans: list[PlanProgress], *, one: bool, json: bool) -> None:
    """Plans by their groups; ``one``: in JSON a single plan, not a list."""
    if json:
        shown = [plan_json(found) for found in plans]
        as_json(shown[0] if one else shown)
        return
    for found in plans:
        show_plan(found)


def _show(head: dict[str, Any], rows: list[tuple[str, Progress]], name: str, *, json: bool) -> None:
    from plans.rolling import figures

    if json:
        as_json(head | {f"{name}s": [{"id": key, **figures(one)} for key, one in rows]})
        return
    shown = [(key, *row_of(one)) for key, one in rows]
    table((name, *COLUMNS), shown, numbers=" ".join(COLUMNS), spare=SPARE)


COLUMNS = (
    "all",
    *CLASSES,
    "completion",
    "on-time_rate",
    "by_original_dates",
    "reporting_rate",
    "beside",
)
SPARE = "by_original_dates reporting_rate beside"


def row_of(one: Progress) -> tuple[Any, ...]:
    """Figures as a table's cells, in the order of ``COLUMNS``."""
    from plans.terms import Timeliness

    return (
        one.assignments,
        *(one.classes[Timeliness(name)] for name in CLASSES),
        bar(one.completion),
        percent(one.on_time_rate),
        percent(one.original.on_time_rate if one.original else None),
        percent(one.reporting_rate),
        one.outside.total(),
    )


def show_plan(one: PlanProgress) -> None:
    """A plan's groups as a table with its total, completion as bars."""
    rows = [(one.titles[key], *row_of(group)) for key, group in one.groups.items()]
    rows.append(("Total", *row_of(one.total)))
    title = f"\n{one.number or one.plan}: {one.title}"
    table(("group", *COLUMNS), rows, title=title, numbers=" ".join(COLUMNS), spare=SPARE)


def plan_json(one: PlanProgress) -> dict[str, Any]:
    """A plan's figures with its groups', under the contract's names."""
    from plans.rolling import figures

    return {
        "id": one.plan,
        "number": one.number,
        "title": one.title,
        **figures(one.total),
        "groups": [
            {"id": key, "title": one.titles[key], **figures(group)}
            for key, group in one.groups.items()
        ],
    }
