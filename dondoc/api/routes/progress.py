"""Figures: of a plan and of a department, now, on a day, as recorded by a past moment; compared."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from dondoc.api.caching import FRESH, SETTLED, cacheable, kept
from dondoc.api.models import Titles
from dondoc.api.moments import Day, Moment
from dondoc.api.paging import PageQuery, cut, place_of
from dondoc.api.routing import Here, allow
from plans import comparing, rolling
from plans.access import Action
from plans.declaration import Title
from plans.progress import Progress
from plans.rolling import TOTAL, PlanProgress
from plans.store import Connection, assignments, catalogue, settle
from plans.store.sight import visible_ids
from plans.terms import Outside, Review, Timeliness

api = APIRouter(tags=["progress"])

Rate = float | None


class ClassesOut(BaseModel):
    """The four classes."""

    done_on_time: int
    done_late: int
    open_on_time: int
    open_overdue: int


class OutsideOut(BaseModel):
    """What stands beside the four classes, outside the count."""

    suspended: int
    cancelled: int
    undecided: int


class OriginalOut(BaseModel):
    """The same against the original due dates: an extension cannot hide lateness."""

    on_time_rate: Rate
    classes: ClassesOut


class FiguresOut(BaseModel):
    """Rates are 0 to 1, null where there is nothing to divide by."""

    assignments: int
    completion: Rate
    progress: Rate
    on_time_rate: Rate
    reporting_rate: Rate
    classes: ClassesOut
    outside: OutsideOut
    waiting_review: int
    original: OriginalOut


class NamedFiguresOut(FiguresOut):
    """A group's or a department's figures."""

    id: str
    title: Titles


class PlanProgressOut(FiguresOut):
    """A plan's figures on ``at``; ``as_of`` null: by all that is recorded."""

    id: str
    number: str | None
    title: Titles
    at: date
    as_of: datetime | None
    groups: list[NamedFiguresOut] | None = Field(description="With by=group.")
    departments: list[NamedFiguresOut] | None = Field(description="With by=department.")


class DepartmentProgressOut(NamedFiguresOut):
    """A department's figures over all plans."""

    at: date
    as_of: datetime | None


class WhenQuery(BaseModel):
    """On which day (of ``as_of``, else today), and by what was recorded until when (now)."""

    model_config = ConfigDict(extra="forbid")

    at: Day | None = None
    as_of: Moment | None = None


class ProgressQuery(WhenQuery):
    """Also by what the figures are parted."""

    by: Literal["group", "department"] = "group"


@api.get(
    "/plans/{plan}/progress",
    response_model=PlanProgressOut,
    **cacheable(allow(Action.SEE_FIGURES, missing=True)),
)
def show_progress(plan: str, query: Annotated[ProgressQuery, Query()], here: Here) -> Response:
    """A plan's roll-up. With ``as_of`` the answer stays the same whatever is recorded later."""
    on = _day(query, here)
    with here.reading() as connection:
        found = rolling.plan_progress(connection, plan, on, query.as_of)
        parts = None
        if query.by == "department":
            figures = rolling.by_department(connection, on, query.as_of, plan)
            parts = _departments(connection, figures)
    shown = _plan(found) | {"at": on, "as_of": query.as_of, "departments": parts}
    if query.by != "group":
        shown["groups"] = None
    return kept(here, PlanProgressOut(**shown), SETTLED if query.as_of else FRESH)


@api.get(
    "/departments/{department}/progress",
    response_model=DepartmentProgressOut,
    **cacheable(allow(Action.SEE_FIGURES, missing=True)),
)
def show_department_progress(
    department: str, query: Annotated[WhenQuery, Query()], here: Here
) -> Response:
    """What a department itself leads, over all plans."""
    on = _day(query, here)
    with here.reading() as connection:
        row = catalogue.department_row(connection, department)
        found = rolling.of_department(connection, department, on, query.as_of)
    named = _named(row.code, Titles(vi=row.name_vi, en=row.name_en), found)
    shown = DepartmentProgressOut(**named, at=on, as_of=query.as_of)
    return kept(here, shown, SETTLED if query.as_of else FRESH)


class NationProgressOut(FiguresOut):
    """The figures of all plans on ``at``, and of each province's."""

    at: date
    territories: list[NamedFiguresOut] = Field(
        description="By province; id '' stands for what belongs to none."
    )


class DayQuery(BaseModel):
    """On which day (today)."""

    model_config = ConfigDict(extra="forbid")

    at: Day | None = None


@api.get(
    "/progress",
    response_model=NationProgressOut,
    **cacheable(allow(Action.SEE_FIGURES)),
)
def show_nation(query: Annotated[DayQuery, Query()], here: Here) -> Response:
    """All plans' roll-up, by province: as fast whatever the number of assignments."""
    on = query.at or here.day
    with here.reading() as connection:
        whole, parts = rolling.nation(connection, on)
        names = catalogue.province_names(connection)
    shown = [_named(code, _province(names.get(code), code), one) for code, one in parts.items()]
    return kept(here, NationProgressOut(**rolling.figures(whole), at=on, territories=shown), FRESH)


def _province(name: Title | None, code: str) -> Titles:
    if not code:
        return Titles(vi="Không thuộc tỉnh nào", en="Of no province")
    return Titles(vi=name.vi, en=name.en) if name else Titles(vi=code, en=code)


def _day(query: WhenQuery, here: Here) -> date:
    if query.as_of is None:
        return query.at or here.day
    rolling.require_past(query.as_of, here.now, "as_of")
    settle(here.engine, query.as_of, here.now)
    return query.at or query.as_of.astimezone(here.zone).date()


def _plan(found: PlanProgress) -> dict[str, Any]:
    groups = [
        _named(key, Titles(vi=found.titles[key], en=found.english.get(key, key)), figures)
        for key, figures in found.groups.items()
    ]
    title = Titles(vi=found.title, en=found.english[TOTAL])
    named = _named(found.plan, title, found.total)
    return named | {"number": found.number, "groups": groups}


def _named(key: str, title: Titles, figures: Progress) -> dict[str, Any]:
    return {"id": key, "title": title, **rolling.figures(figures)}


def _departments(connection: Connection, found: dict[str, Progress]) -> list[dict[str, Any]]:
    rows = catalogue.department_rows(connection, list(found))
    return [_named(code, _name(rows.get(code), code), one) for code, one in found.items()]


def _name(row: Any, code: str) -> Titles:
    return Titles(vi=row.name_vi, en=row.name_en) if row else Titles(vi=code, en=code)


# --- two moments -------------------------------------------------------------------------------


class StandingOut(BaseModel):
    """One assignment at a moment. ``lead`` null: undecided."""

    group: str
    lead: str | None
    percent: int
    due: date
    original_due: date
    review: Review
    current: Timeliness | Outside = Field(alias="class")
    original: Timeliness | Outside = Field(alias="original_class")


class CauseOut(BaseModel):
    """A ledger event between the two moments; or ``due_date_passed``, with its day alone."""

    kind: str
    actor: str | None
    recorded_at: datetime | None
    occurred_at: datetime | None
    basis: str | None
    due: date | None


class DifferenceOut(BaseModel):
    """One assignment that stands otherwise. ``before`` null: it was opened in between."""

    id: str
    ref: str
    task: str
    title: Titles
    weight: int
    ongoing: bool
    before: StandingOut | None
    after: StandingOut
    causes: list[CauseOut]


class MomentOut(BaseModel):
    """The figures at one of the two moments."""

    moment: datetime
    at: date
    figures: FiguresOut


class ChangesOut(BaseModel):
    """Two moments compared. ``hidden``: how many differ that you may not see singly."""

    plan: str
    before: MomentOut = Field(alias="from")
    after: MomentOut = Field(alias="to")
    hidden: int
    items: list[DifferenceOut]
    next: str | None


class ChangesQuery(PageQuery):
    """Two past moments (RFC 3339); a page of the differences between them."""

    since: Moment = Field(alias="from")
    until: Moment = Field(alias="to")


@api.get(
    "/plans/{plan}/progress/changes",
    response_model=ChangesOut,
    **cacheable(allow(Action.SEE_FIGURES, missing=True)),
)
def compare_progress(plan: str, query: Annotated[ChangesQuery, Query()], here: Here) -> Response:
    """What changed between two cut-offs, and why: the events, or that a due date passed."""
    rolling.require_past(query.until, here.now, "to")
    settle(here.engine, query.until, here.now)
    after = place_of(query.cursor, int, str, str)
    with here.reading() as connection:
        found = comparing.compare(connection, plan, query.since, query.until, here.zone)
        names = assignments.names_of(connection, plan)
        seen = visible_ids(connection, here.caller, plan)
    mine = [one for one in found.differences if seen is None or one.assignment in seen]

    def place(one: comparing.Difference) -> tuple[int, str, str]:
        row = names[one.assignment]
        return row.position, row.ref, one.assignment

    rest = sorted((one for one in mine if after is None or place(one) > after), key=place)
    page, following = cut(rest, query.limit, place)
    shown = {
        "plan": plan,
        "from": _moment(query.since, found.before, here),
        "to": _moment(query.until, found.after, here),
        "hidden": len(found.differences) - len(mine),
        "items": [_difference(one, names[one.assignment]) for one in page],
        "next": following,
    }
    return kept(here, ChangesOut.model_validate(shown), FRESH)


def _moment(moment: datetime, found: PlanProgress, here: Here) -> dict[str, Any]:
    figures = rolling.figures(found.total)
    return {"moment": moment, "at": moment.astimezone(here.zone).date(), "figures": figures}


def _difference(one: comparing.Difference, row: Any) -> dict[str, Any]:
    return {
        "id": one.assignment,
        "ref": row.ref,
        "task": row.task,
        "title": {"vi": row.title_vi, "en": row.title_en},
        "weight": one.after.weight,
        "ongoing": one.after.ongoing,
        "before": _standing(one.before) if one.before else None,
        "after": _standing(one.after),
        "causes": [
            {
                "kind": cause.kind,
                "actor": cause.actor,
                "recorded_at": cause.at,
                "occurred_at": cause.said_at,
                "basis": cause.basis,
                "due": cause.day,
            }
            for cause in one.causes
        ],
    }


def _standing(one: comparing.Standing) -> dict[str, Any]:
    names = ("group", "lead", "percent", "due", "original_due", "review")
    classes = {"class": one.current, "original_class": one.original}
    return {name: getattr(one, name) for name in names} | classes
