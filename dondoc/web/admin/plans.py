"""The loaded plans, and what each of their versions changed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.web.admin.loading import plans_page, titles_of
from dondoc.web.routing import Seen, see
from plans.access import Action
from plans.loading import versions_of
from plans.store import catalogue, office

plans = APIRouter(include_in_schema=False)


@plans.get("/admin/plans", **see(Action.LOAD_PLANS))
def show_plans(page: Seen) -> Response:
    """The plans, and the form that takes another declaration."""
    return plans_page(page)


@plans.get("/admin/plans/{plan}", **see(Action.LOAD_PLANS))
def show_versions(page: Seen, plan: str) -> Response:
    """One plan's versions, the newest first."""
    with page.reading() as connection:
        row = catalogue.plan_row(connection, plan)
        found = versions_of(connection, plan)
        titles = catalogue.task_rows(connection, plan)
        declared = titles_of(catalogue.read_plan(connection, plan))
        doubtful = office.leads_by_plan(connection).get(plan, {})
    return page.show(
        "admin/plan_versions.html",
        row=row,
        versions=found,
        tasks=titles,
        declared=declared,
        doubtful=doubtful,
    )
