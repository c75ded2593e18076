"""The first page: for the office where to push; a department is sent to its own page."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from dondoc.web.routing import Seen, see
from plans import overview as use_case
from plans.access import Action
from plans.store import catalogue
from plans.terms import Role

overview = APIRouter(include_in_schema=False)

A_DAY = timedelta(days=1)


@overview.get("/", **see(Action.SEE_FIGURES))
def show_overview(page: Seen) -> Response:
    """Every plan at one glance; ``?wall=1`` in large type, loaded anew by itself."""
    if not use_case.is_office(page.caller):
        own = sorted(
            one.department
            for one in page.caller.grants
            if one.role is Role.DEPARTMENT and one.department
        )
        return RedirectResponse(f"/departments/{own[0]}" if own else "/departments", 303)
    with page.reading() as connection:
        plans = use_case.plans_seen(connection, page.caller)
        found = use_case.overview(connection, plans, page.here.day)
        is_loaded = bool(catalogue.departments_after(connection, "", 1))
    wall = page.here.request.query_params.get("wall") == "1"
    return page.show(
        "overview.html", view=found, plans=plans, is_loaded=is_loaded, wall=wall, a_day=A_DAY
    )
