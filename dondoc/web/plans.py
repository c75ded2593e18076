"""The plans: which there are, how far each has come, and one with its tasks, now or then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import RedirectResponse, Response

from dondoc.api.moments import Day
from dondoc.api.paging import cursor_of, place_of
from dondoc.web.routing import Seen, see
from dondoc.web.schedules import assumed, schedule
from dondoc.web.target_words import TargetWords
from dondoc.web.visiting import Page
from integrations.wording import marked
from plans import outlining, pacing, rolling
from plans.access import Action, Subject
from plans.loading import versions_of
from plans.outlining import Moment, Outline, Wanted
from plans.progress import Progress
from plans.rolling import PlanProgress
from plans.store import Connection, catalogue, settle
from plans.store import outline as store
from plans.store.declarations import Version, declared_at, issuers
from plans.terms import Timeliness
from plans.totals import totals

plans = APIRouter(include_in_schema=False)

A_PAGE = 40
Code = Annotated[str, Field(max_length=80)]
TO_COME = marked("This day is still to come; choose today or an earlier one.")
NO_DAY = marked("This is no day; choose one in the calendar.")
NO_VALUE = marked("This filter does not know that value")


@plans.get("/plans", **see(Action.SEE_FIGURES))
def show_plans(page: Seen) -> Response:
    """Every plan with its figures: those that run, those to come, those that ended."""
    on = page.here.day
    with page.reading() as connection:
        rows = list(reversed(catalogue.plan_rows(connection)))
        figures = totals(connection, on)
        issued_by = issuers(connection)
        is_loaded = bool(catalogue.departments_after(connection, "", 1))
    shown = [(row, figures.get(row.id) or Progress(on), issued_by[row.id]) for row in rows]
    begun = [one for one in shown if one[0].issued <= on]
    return page.show(
        "plans.html",
        is_loaded=is_loaded,
        running=[one for one in begun if not _ended(one[0], on)],
        ahead=[one for one in reversed(shown) if one[0].issued > on],
        ended=[one for one in begun if _ended(one[0], on)],
    )


def _ended(row: Any, day: date) -> bool:
    return row.ends is not None and row.ends < day


class Asked(BaseModel):
    """What a plan's address asks for: which of its tasks, and by what was recorded when."""

    model_config = ConfigDict(extra="forbid")

    group: Code | None = None
    department: Code | None = None
    class_: Annotated[Timeliness | None, Field(alias="class")] = None
    q: Annotated[str | None, Field(max_length=200)] = None
    open: bool | None = None
    as_of: Day | None = None

    @property
    def wanted(self) -> Wanted:
        """Which tasks."""
        return Wanted(self.group, self.department, self.class_, self.q, bool(self.open))


BESIDE = ("cursor", "lang", "done")


@plans.get("/plans/{plan}", **see(Action.SEE_FIGURES))
def show_plan(plan: str, page: Seen) -> Response:
    """A plan: its document, its figures, its course and its tasks."""
    given = dict(page.here.request.query_params)
    if "" in given.values():  # as a form sends what was left open: the address stays short
        kept = {name: value for name, value in given.items() if value}
        return RedirectResponse(page.go(address(plan, kept)), 303)
    for name in BESIDE:
        given.pop(name, None)
    asked, errors = _read(page, given)
    place = place_of(page.here.request.query_params.get("cursor"), int)
    return _show(plan, page, asked, given, errors, place[0] if place else None)


def address(plan: str, given: Mapping[str, str]) -> str:
    """A plan's page with its filters."""
    return f"/plans/{quote(plan, safe='')}" + (f"?{urlencode(given)}" if given else "")


def _read(page: Page, given: Mapping[str, str]) -> tuple[Asked, dict[str, str]]:
    """What is asked for, and what of it cannot be: that is left out, and said beside its field."""
    errors: dict[str, str] = {}
    asked = Asked()
    try:
        asked = Asked.model_validate(given)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors()}
        errors = {name: NO_DAY if name == "as_of" else NO_VALUE for name in wrong}
        rest = {name: value for name, value in given.items() if name not in wrong}
        asked = Asked.model_validate(rest)
    if asked.as_of and asked.as_of > page.here.day:
        errors["as_of"] = TO_COME
        asked = asked.model_copy(update={"as_of": None})
    return asked, {name: page.words.gettext(text) for name, text in errors.items()}


def end_of(day: date, page: Page) -> datetime:
    """The last moment of a day at the office; of today, now."""
    midnight = datetime.combine(day + timedelta(days=1), time(), page.here.zone)
    return min(midnight - timedelta(microseconds=1), page.here.now)


def _show(
    plan: str,
    page: Page,
    asked: Asked,
    given: Mapping[str, str],
    errors: Mapping[str, str],
    after: int | None,
) -> Response:
    on, at = asked.as_of or page.here.day, None
    if on < page.here.day:
        at = end_of(on, page)
        settle(page.here.engine, at, page.here.now)
    with page.reading() as connection:
        version = declared_at(connection, plan, at)
        moment = outlining.then(connection, plan, on, at)
        outline = outlining.outlined(
            connection, version, asked.wanted, moment, page.caller, after=after, limit=A_PAGE
        )
        progress = _progress(connection, plan, moment)
        facts = {
            "pace": pacing.pace_of(connection, version.declared.plan, moment),
            "bodies": store.bodies(connection, _choices(version) | _named(version, outline)),
            "choices": sorted(_choices(version)),
            "row": catalogue.plan_row(connection, plan),
        }
    following = cursor_of(outline.following) if outline.following is not None else None
    return page.show(
        "plan.html",
        422 if errors else 200,
        plan=version.declared.plan,
        version=version,
        outline=outline,
        groups=_grouped(progress, outline),
        progress=progress,
        then=moment,
        asked=asked,
        given=given,
        errors=errors,
        next=following,
        notes=_assumptions(page, version),
        tell=Telling(page),
        may_subscribe=page.may(Action.SUBSCRIBE, Subject(plan, plan=plan)),
        **facts,
    )


def _progress(connection: Connection, plan: str, moment: Moment) -> PlanProgress:
    if moment.at is None:
        return rolling.plan_progress(connection, plan, moment.on)
    states = (moment.changed or {}).values()
    return rolling.progress_then(connection, plan, moment.on, moment.at, moment.at, states)


@dataclass(frozen=True, slots=True)
class Telling:
    """What the templates of plans say where a rule decides the words."""

    page: Page

    def due(self, task: Any) -> str:
        """A declared task's schedule."""
        return schedule(self.page.words, task.due)

    def assumed(self, one: Any) -> str:
        """What the document does not state of a thing."""
        return assumed(self.page.words, one.assumed)

    @property
    def of_targets(self) -> TargetWords:
        """The words of targets and statistics."""
        return TargetWords(self.page.words)


def _assumptions(page: Page, version: Version) -> dict[str, str]:
    """By group, what its document does not state of it."""
    groups = version.declared.plan.groups
    return {one.id: assumed(page.words, one.assumed) for one in groups if one.assumed}


def _grouped(progress: PlanProgress, outline: Outline) -> list[tuple[str, list[Any]]]:
    """The groups of a page's tasks, in the document's order, each with its tasks."""
    found: dict[str, list[Any]] = {}
    for line in outline.lines:
        found.setdefault(line.group, []).append(line)
    order = list(progress.groups)
    return sorted(found.items(), key=lambda pair: _place(order, pair[0]))


def _place(order: list[str], key: str) -> int:
    return order.index(key) if key in order else len(order)


def _named(version: Version, outline: Outline) -> set[str]:
    """The bodies that a page of tasks names, and the plan's coordinator."""
    codes = {version.declared.plan.coordinator}
    for line in outline.lines:
        codes |= {line.lead} | (line.sum.leads if line.sum else set())
        codes |= set(line.declared.supporting + line.declared.fan_out) if line.declared else set()
        for one in line.parts:
            codes |= {one.part.lead or line.lead} | (one.sum.leads if one.sum else set())
    return codes


def _choices(version: Version) -> set[str]:
    """The bodies that a plan names: whose tasks can be asked for."""
    found: set[str] = set()
    for _, task in version.declared.tasks:
        leads = (task.lead, *(part.lead for part in task.parts))
        found |= {*filter(None, leads), *task.supporting}
    return found


@plans.get("/plans/{plan}/versions", **see(Action.SEE_FIGURES))
def show_versions(plan: str, page: Seen) -> Response:
    """Every version of a plan, the newest first: when it was loaded, and what it changed."""
    with page.reading() as connection:
        row = catalogue.plan_row(connection, plan)
        found = versions_of(connection, plan)
        titles = _titles(connection, plan)
    return page.show("plan_versions.html", row=row, versions=found, titles=titles, most=40)


def _titles(connection: Connection, plan: str) -> dict[str, Any]:
    """The titles of all that versions name, by id, as said last."""
    found: dict[str, Any] = {}
    for row in catalogue.version_rows(connection, plan):
        said = row.declaration
        some = [task for group in said["groups"] for task in group["tasks"]]
        found |= {one["id"]: one["title"] for one in [*some, *said["targets"], *said["statistics"]]}
    return found
