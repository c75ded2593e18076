"""The plans: which there are, and how far each has come."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.web.routing import Seen, see
from plans import rolling
from plans.access import Action
from plans.store import catalogue

plans = APIRouter(include_in_schema=False)


@plans.get("/plans", **see(Action.SEE_FIGURES))
def show_plans(page: Seen) -> Response:
    """Every plan with its figures, the newest first."""
    with page.reading() as connection:
        found = rolling.all_plans(connection, page.here.day)
        rows = {row.id: row for row in catalogue.plan_rows(connection)}
    shown = [(one, rows[one.plan]) for one in reversed(found)]
    return page.show("plans.html", plans=shown)
