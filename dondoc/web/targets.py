"""Targets: each with its path and its figures on one page; one at large, with its owner's form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from dondoc.api.paging import cut, place_of
from dondoc.web.decimals import Unreadable, read_number, say_value, type_number
from dondoc.web.explaining import explain
from dondoc.web.figure_words import FigureWords
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.target_words import COURSES, ICONS, TargetWords
from dondoc.web.visiting import Page
from plans import access, doubted, measuring, weighing
from plans.access import Action
from plans.charting import Point, points
from plans.errors import Conflict, InvalidInput
from plans.figures import NewMeasurement, periods_for, read_measurement
from plans.measuring import Owned
from plans.store import Connection, catalogue
from plans.store.actors import of_the_office
from plans.store.signatures import signed_by
from plans.store.statistics import statistics_of

targets = APIRouter(include_in_schema=False)

AT_ONCE = 48
WITHHELD = "withheld"
Code = Annotated[str, Query(max_length=80)]
FIELDS = ("period", "value", "part", "whole", "source", "note")


@dataclass(frozen=True, slots=True)
class Shown:
    """A target as a page shows it: ``facts`` are those of ``measuring.described``."""

    one: Owned
    facts: Mapping[str, Any]
    points: Sequence[Point]
    owner: Any

    @property
    def course(self) -> str:
        """Where it stands; "withheld" where that would tell of a suppressed figure."""
        return self.facts["course"] or WITHHELD

    @property
    def latest(self) -> Any:
        """The newest period's figure, if there is any."""
        return next(iter(self.facts["measurements"]), None)

    @property
    def is_drawn(self) -> bool:
        """Whether there is a line to see: a path, or figures of more than one day."""
        values = [one.measured if one.expected is None else one.expected for one in self.points]
        return (
            len({one.day for one, y in zip(self.points, values, strict=True) if y is not None}) > 1
        )


# --- all of them --------------------------------------------------------------------------------


@targets.get("/targets", **see(Action.SEE_FIGURES))
def show_targets(
    page: Seen,
    plan: Code = "",
    department: Code = "",
    course: Code = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Small multiples of all targets, by plan; filters stand in the address."""
    after = place_of(cursor, date.fromisoformat, str, int)
    with page.reading() as connection:
        every = measuring.listing(connection, page.here.day)
        plans = {row.id: row for row in catalogue.plan_rows(connection)}
        wanted = [
            one
            for one in every
            if plan in ("", one.goal.plan) and department in ("", one.target.owner, one.owner.code)
        ]
        some = _shown(connection, page, wanted)
        owners = _owners(connection, every)
        counts = Counter(one.course for one in some)
        found = [one for one in some if course in ("", one.course)]
        rest = [one for one in found if after is None or one.one.goal.place > after]
        part, following = cut(rest, AT_ONCE, lambda one: one.one.goal.place)
        told = {plan} if plan else {one.one.goal.plan for one in part}
        doubtful = len(doubted.doubtful(connection, page.caller, page.here.day))
        stated = {} if course or department else statistics_of(connection, sorted(told))
    return page.show(
        "targets.html",
        say_target=TargetWords(page.words),
        groups=_by_plan(part, stated),
        plans=plans,
        owners=owners,
        counts=counts,
        total=len(some),
        courses=COURSES,
        icons=ICONS,
        chosen={"plan": plan, "department": department, "course": course},
        next=following,
        doubtful=doubtful,
        may_import=page.may(Action.IMPORT_FIGURES),
    )


def _shown(connection: Connection, page: Page, some: Sequence[Owned]) -> list[Shown]:
    described = measuring.described(connection, some, page.caller, page.here.day)
    bodies = _bodies(connection, some)
    return [
        Shown(one, facts, points(one, facts["measurements"]), bodies.get(_owner(one)))
        for one, facts in zip(some, described, strict=True)
    ]


def _owner(one: Owned) -> str:
    return one.owner.code or one.target.owner


def _bodies(connection: Connection, some: Sequence[Owned]) -> dict[str, Any]:
    return catalogue.department_rows(connection, [_owner(one) for one in some])


def _owners(connection: Connection, every: Sequence[Owned]) -> list[Any]:
    return sorted(_bodies(connection, every).values(), key=lambda row: row.name_vi)


def _by_plan(
    part: Sequence[Shown], stated: Mapping[str, Any]
) -> list[tuple[str, list[Shown], list[Any]]]:
    """Each plan with its targets and, after the last of them, its statistics."""
    grouped: dict[str, list[Shown]] = {}
    for one in part:
        grouped.setdefault(one.one.goal.plan, []).append(one)
    for plan, some in stated.items():
        if some:
            grouped.setdefault(plan, [])
    return [(plan, some, stated.get(plan, [])) for plan, some in grouped.items()]


# --- one of them --------------------------------------------------------------------------------


@targets.get("/targets/{key}", **see(Action.SEE_FIGURES))
def show_target(page: Seen, key: str) -> Response:
    """One target: its chart, all figures that were ever given, and its owner's form."""
    with page.reading() as connection:
        return _target_page(connection, page, measuring.find(connection, key, page.here.day))


@targets.post("/targets/{key}", **see(Action.MEASURE))
def measure(page: Sent, key: str) -> Response:
    """Give a figure for a period, or look at what it would do; a further one is a correction."""
    with page.reading() as connection:
        one = measuring.find(connection, key, page.here.day)
        access.check(page.caller, Action.MEASURE, measuring.answering(one))
        given, errors = _read(page, one)
        if given is None or page.fields.get("step") == "preview":
            return _looked_at(connection, page, one, given, errors)
    try:
        return page.write(lambda connection: _measure(connection, page, key, given))
    except (InvalidInput, Conflict) as error:
        with page.reading() as connection:
            errors = explain(page.words, error)
            return _target_page(
                connection, page, one, error.status, typed=page.fields, errors=errors
            )


def _measure(connection: Connection, page: Page, key: str, given: NewMeasurement) -> str:
    one = measuring.find(connection, key, page.here.day)
    access.check(page.caller, Action.MEASURE, measuring.answering(one))
    here = page.here
    measuring.measure(connection, one, given, actor=page.caller.actor, now=here.now, day=here.day)
    return page.go(f"/targets/{key}", "measured")


def _looked_at(
    connection: Connection,
    page: Page,
    one: Owned,
    given: NewMeasurement | None,
    errors: dict[str, str],
) -> Response:
    weighed = None
    if given is not None:
        try:
            weighed = weighing.weigh(connection, one, given, page.here.day)
        except (InvalidInput, Conflict) as error:
            errors = explain(page.words, error)
    status = 422 if errors else 200
    return _target_page(
        connection, page, one, status, typed=page.fields, errors=errors, weighed=weighed
    )


def _read(page: Page, one: Owned) -> tuple[NewMeasurement | None, dict[str, str]]:
    """What the form says, or what cannot be read of it."""
    unit, errors, numbers = one.target.unit, dict[str, str](), dict[str, float | None]()
    for name, whole in (("value", unit in ("count", "VND")), ("part", True), ("whole", True)):
        try:
            numbers[name] = read_number(page.fields.get(name, ""), unit=unit, whole=whole)
        except Unreadable as error:
            errors[name] = error.sentence(page.words)
    if errors:
        return None, errors
    try:
        given = read_measurement(
            period=page.fields.get("period", ""),
            value=numbers["value"],
            part=_as_count(numbers["part"]),
            whole=_as_count(numbers["whole"]),
            source=page.fields.get("source", ""),
            note=page.fields.get("note", ""),
            confirm_personal_data="confirm_personal_data" in page.fields,
        )
    except InvalidInput as error:
        return None, explain(page.words, error)
    return given, {}


def _as_count(number: float | None) -> Any:
    """A whole number as such; a fraction stays one, for the use case to refuse."""
    return int(number) if number is not None and number.is_integer() else number


def _target_page(
    connection: Connection,
    page: Page,
    one: Owned,
    status: int = 200,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    weighed: weighing.Weighed | None = None,
) -> Response:
    day = page.here.day
    history = measuring.described(connection, [one], page.caller, day, history=True)[0]
    named = [figure[name] for figure in history["measurements"] for name in ("by", "confirmed_by")]
    named = [actor for actor in named if actor]
    codes = [_owner(one), *(figure["department"] for figure in history["measurements"])]
    periods = periods_for(one.target, one.goal.issued, day)
    fields = {name: (typed or {}).get(name, "") for name in FIELDS}
    told = FigureWords(page.words)
    if typed is None:
        done = next((period for period in periods if period.end <= day), None)
        fields["period"] = done.key if done else ""
    return page.show(
        "target.html",
        status,
        say_target=TargetWords(page.words),
        item=_shown(connection, page, [one])[0],
        history=history["measurements"],
        names=signed_by(connection, named) if _knows_people(page, one) else {},
        brought=of_the_office(connection, named),
        bodies=catalogue.department_rows(connection, codes),
        plan=catalogue.plan_row(connection, one.goal.plan),
        icons=ICONS,
        courses=COURSES,
        may_measure=_may_measure(page, one),
        periods=periods,
        fields=fields,
        confirms=bool(typed) and "confirm_personal_data" in (typed or {}),
        errors=dict(errors or {}),
        weighed=weighed,
        type_number=type_number,
        say_value=lambda value: say_value(page.words, value, one.target.unit),
        say_doubt=lambda doubt: told.doubt(doubt, one.target.unit),
        may_confirm=page.may(Action.GOVERN, one.subject),
    )


def _knows_people(page: Page, one: Owned) -> bool:
    """Who gave a figure is told by name to the office and to the owner, by body to others."""
    return page.may(Action.SEE_SENSITIVE, one.subject)


def _may_measure(page: Page, one: Owned) -> bool:
    asked = not one.goal.dropped and one.owner.code is not None
    return asked and page.may(Action.MEASURE, one.subject)
