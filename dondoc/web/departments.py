"""Bodies: all of them by a plan's groups, and one with what it owes and its record."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.api.paging import cursor_of, cut, place_of
from dondoc.web.routing import Seen, see
from dondoc.web.visiting import Page
from integrations.wording import marked
from plans import matrix as matrices
from plans import standing
from plans.access import Action, Subject
from plans.errors import NotFound
from plans.store import Connection, catalogue, lists
from plans.store import standing as store
from plans.store.sight import sights_of
from plans.terms import Timeliness, Work
from plans.workbook_hands import may_hand_in

departments = APIRouter(include_in_schema=False)

A_PAGE, DONE = 60, 20

KINDS = {
    "association": marked("Associations"),
    "central": marked("Ministries and central bodies"),
    "central-class": marked("Central bodies as a class"),
    "class": marked("Departments as a class"),
    "council": marked("People’s Councils"),
    "executive": marked("People’s Committee of the province"),
    "front": marked("Fatherland Front and mass organisations"),
    "interagency": marked("Steering committees"),
    "interagency-class": marked("Committees of districts and communes"),
    "local-class": marked("Local authorities as a class"),
    "media": marked("Press and broadcasting"),
    "party": marked("Party bodies"),
    "party-class": marked("Party committees as a class"),
    "service": marked("Public service units"),
    "so": marked("Departments of the province"),
    "ubnd-tinh-tp": marked("People’s Committees of provinces"),
    "ubnd-xa-phuong": marked("People’s Committees of communes and wards"),
    "vertical": marked("Bodies of the vertical branches"),
}
"""The kinds that the shipped catalogue names, in words; another one's own code is shown."""


@departments.get("/departments", **see(Action.SEE_FIGURES))
def show_departments(page: Seen) -> Response:
    """A plan's bodies by its groups, the worst first."""
    asked = page.here.request.query_params
    place = place_of(asked.get("cursor"), int)
    first = max(0, place[0]) if place else 0
    with page.reading() as connection:
        plans = catalogue.plan_rows(connection)[::-1]
        plan = _chosen(plans, asked.get("plan"), page.here.day)
        kind = asked.get("kind") or None
        found = matrices.matrix(connection, plan, page.here.day, kind) if plan else None
    lines = found.lines[first : first + A_PAGE] if found else ()
    further = found is not None and len(found.lines) > first + A_PAGE
    return page.show(
        "departments.html",
        plans=plans,
        found=found,
        lines=lines,
        first=first,
        kind=kind,
        kind_words=_kind_words(page),
        next=cursor_of(first + A_PAGE) if further else None,
    )


def _chosen(plans: list[Any], key: str | None, on: date) -> Any:
    if not key:
        return matrices.newest_running(plans, on)
    for row in plans:
        if row.id == key:
            return row
    raise NotFound("no such plan")


def _kind_words(page: Page) -> dict[str, str]:
    return {key: page.words.gettext(text) for key, text in KINDS.items()}


@departments.get("/departments/{code}", **see(Action.SEE_FIGURES))
def show_department(page: Seen, code: str) -> Response:
    """One body: what it owes, the most urgent first; its figures, its record, who it is."""
    on = page.here.day
    own = page.may(Action.REPORT, Subject(code, lead=code))
    sees_how = page.may(Action.SEE_CONTACTS)
    which = lists.Filter(department=code, sights=sights_of(page.caller))
    with page.reading() as connection:
        body = standing.body(connection, code)
        owed = standing.owed_by(connection, which, on)
        done, further = _done(connection, page, which)
        figures, record = standing.record_of(connection, code, on)
        late = figures.classes[Timeliness.OPEN_OVERDUE]
        heard = standing.hearing(connection, code, late) if sees_how or own else None
        supported = store.supported(connection, code)
    return page.show(
        "department.html",
        body=body,
        own=own,
        hands_in=may_hand_in(page.caller, code),
        owed=owed,
        done_rows=done,
        next=further,
        figures=figures,
        record=record,
        heard=heard,
        sees_how=sees_how,
        supported=supported,
        may_subscribe=page.may(Action.SUBSCRIBE, Subject(code, lead=code)),
        kind_words=_kind_words(page),
    )


def _done(connection: Connection, page: Page, which: lists.Filter) -> tuple[list[Any], str | None]:
    """A page of what is done, by due date."""
    place = place_of(page.here.request.query_params.get("cursor"), date.fromisoformat, str)
    which = lists.Filter(department=which.department, work=Work.DONE, sights=which.sights)
    after = (place[0], place[1]) if place else None
    rows = lists.page(connection, which, page.here.day, DONE + 1, after)
    found, following = cut(rows, DONE, lambda row: (row.due, row.id))
    return list(found), following
