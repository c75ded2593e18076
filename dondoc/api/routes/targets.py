"""Targets: their figures, and the figures that their owners measure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from dondoc.api.models import Titles
from dondoc.api.paging import Page, PageQuery, cut, place_of
from dondoc.api.routing import Answer, Here, allow
from plans import access, measuring
from plans.access import Action
from plans.courses import Course
from plans.declaration import Baseline
from plans.figures import NewMeasurement
from plans.store import Connection
from plans.terms import LeadStatus, PeriodKind

api = APIRouter(tags=["targets"])

Code = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]


class TargetQuery(PageQuery):
    """Which targets; ``department`` owns them, as declared or as the successor."""

    plan: Code | None = None
    department: Code | None = None
    history: Annotated[bool, Field(description="Every figure, not each period's last.")] = False


class OwnerOut(BaseModel):
    """Who answers for a target: as declared, and today (null: a person must decide)."""

    declared: str
    effective: str | None
    status: LeadStatus
    reason: str | None


class DoubtOut(BaseModel):
    """Why a figure may be wrong. ``against``: what it is held against; ``text``: the same in words.

    Of targets whose small counts are withheld, others learn the kind alone.
    """

    kind: str
    text: str
    against: float | None = None
    period: str | None = None
    factor: float | None = None


class MeasurementOut(BaseModel):
    """A figure for a period; a correction is the next ``n``. Small counts may be suppressed."""

    id: int
    target: str
    period: str
    period_start: date
    period_end: date
    n: int
    value: int | float | None = Field(description="In the target's unit.")
    part: int | None
    whole: int | None
    source: str
    note: str | None
    flagged: bool = Field(description="It looked like personal data; its writer confirmed it.")
    suppressed: bool = Field(description="It tells of 1 to 4 children: not shown to you.")
    department: str
    by: str
    recorded_at: datetime
    register_: str | None = Field(alias="register", description="The register that gave it.")
    measured_at: datetime | None = Field(description="As of when, as its register or file says.")
    doubts: list[DoubtOut] = Field(description="Why it may be wrong; it is taken all the same.")
    doubtful: bool = Field(description="There are doubts, and nobody has confirmed it.")
    confirmed_by: str | None
    confirmed_at: datetime | None


class TargetOut(BaseModel):
    """A measured goal; never summed with tasks."""

    id: str
    plan: str
    title: Titles
    listed_under: str | None
    kind: Literal["number", "direction"]
    directional: bool
    comparator: str
    value: float | None
    unit: str | None
    baseline: Baseline | None
    below_baseline: bool = Field(description="The goal asks for less than its own baseline.")
    due_year: int | None
    owner: OwnerOut
    function: str | None
    measure_every: PeriodKind
    data_source: str | None
    sensitive: bool
    note: str | None
    dropped: bool = Field(description="The plan's present version has it no longer.")
    course: Course | None = Field(description="Null where a suppressed figure decides it.")
    measurements: list[MeasurementOut]


@api.get("/targets", **allow(Action.SEE_FIGURES, missing=True))
def list_targets(query: Annotated[TargetQuery, Query()], here: Here) -> Page[TargetOut]:
    """Targets in the order of their documents, with the last figure of every period."""
    after = place_of(query.cursor, date.fromisoformat, str, int)
    with here.reading() as connection:
        found = measuring.listing(
            connection, here.day, plan=query.plan, department=query.department
        )
        rest = [one for one in found if after is None or one.goal.place > after]
        page, following = cut(rest, query.limit, lambda one: one.goal.place)
        shown = _described(connection, page, here, history=query.history)
    return Page(items=shown, next=following)


@api.get("/targets/{target}", **allow(Action.SEE_FIGURES, missing=True))
def show_target(target: str, here: Here) -> TargetOut:
    """One target, with the last figure of every period."""
    with here.reading() as connection:
        one = measuring.find(connection, target, here.day)
        return _described(connection, [one], here)[0]


@api.get("/targets/{target}/measurements", **allow(Action.SEE_FIGURES, missing=True))
def list_measurements(
    target: str, query: Annotated[PageQuery, Query()], here: Here
) -> Page[MeasurementOut]:
    """Every figure of a target, as it came, the newest first."""
    after = place_of(query.cursor, int)
    with here.reading() as connection:
        one = measuring.find(connection, target, here.day)
        every = _described(connection, [one], here, history=True)[0].measurements
    every.sort(key=lambda row: -row.id)
    rest = [row for row in every if after is None or row.id < after[0]]
    page, following = cut(rest, query.limit, lambda row: (row.id,))
    return Page(items=list(page), next=following)


def _described(
    connection: Connection, some: Any, here: Here, *, history: bool = False
) -> list[TargetOut]:
    shown = measuring.described(connection, some, here.caller, here.day, history=history)
    return [TargetOut(**one) for one in shown]


@api.post(
    "/targets/{target}/measurements",
    status_code=201,
    response_model=MeasurementOut,
    **allow(Action.MEASURE, missing=True, writes=True),
)
def measure(target: str, given: NewMeasurement, here: Here) -> Response:
    """Give a target's figure for a period, as its owner; once more for a correction."""

    def act(connection: Connection) -> Answer:
        one = measuring.find(connection, target, here.day)
        access.check(here.caller, Action.MEASURE, measuring.answering(one))
        row = measuring.measure(
            connection, one, given, actor=here.caller.actor, now=here.now, day=here.day
        )
        return Answer(MeasurementOut(**row), status=201)

    return here.write(act)
