"""Assignments: lists, and one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from dondoc.api.context import etag
from dondoc.api.models import AssignmentOut, described
from dondoc.api.moments import Day, Moment
from dondoc.api.paging import Page, PageQuery, cut, place_of
from dondoc.api.routing import Here, allow
from dondoc.api.subjects import visible_row
from plans.access import Action
from plans.store import lists
from plans.store.sight import sights_of
from plans.terms import LeadStatus, Review, Timeliness, Work

api = APIRouter(tags=["assignments"])

Code = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]


class AssignmentQuery(PageQuery):
    """Which assignments. ``class`` is judged on ``at`` (today)."""

    ref: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    plan: Code | None = None
    group: Code | None = None
    task: Code | None = None
    department: Annotated[Code | None, Field(description="The lead.")] = None
    supporting: Annotated[Code | None, Field(description="One that supports.")] = None
    work: Work | None = None
    review: Review | None = None
    lead_status: LeadStatus | None = None
    class_: Annotated[Timeliness | None, Field(alias="class")] = None
    due_before: Day | None = None
    due_after: Day | None = None
    updated_since: Moment | None = None
    flagged: bool | None = None
    q: Annotated[
        str | None,
        Field(max_length=200, pattern=r"^[^\x00]*$", description="Words; accents do not matter."),
    ] = None
    at: Day | None = None


@api.get("/assignments", response_model=Page[AssignmentOut], **allow(Action.SEE_ASSIGNMENT))
def list_assignments(query: Annotated[AssignmentQuery, Query()], here: Here) -> Response:
    """Assignments that you may see, by due date; a department's own and those it supports."""
    on = query.at or here.day
    after = place_of(query.cursor, date.fromisoformat, str)
    with here.reading() as connection:
        which = _filter(query, here)
        rows = lists.page(
            connection, which, on, query.limit + 1, (after[0], after[1]) if after else None
        )
    found, following = cut(rows, query.limit, lambda row: (row.due, row.id))
    return _json({"items": [described(row, on) for row in found], "next": following})


def _filter(query: AssignmentQuery, here: Here) -> lists.Filter:
    return lists.Filter(
        ref=query.ref,
        plan=query.plan,
        group=query.group,
        task=query.task,
        department=query.department,
        supporting=query.supporting,
        work=query.work,
        review=query.review,
        lead=query.lead_status,
        timeliness=query.class_,
        due_before=query.due_before,
        due_after=query.due_after,
        updated_since=query.updated_since,
        flagged=query.flagged,
        words=query.q,
        sights=sights_of(here.caller),
    )


@api.get(
    "/assignments/{assignment}",
    response_model=AssignmentOut,
    **allow(Action.SEE_ASSIGNMENT, missing=True),
)
def show_assignment(assignment: str, here: Here) -> Response:
    """One assignment, by its id (`?ref=` in the list finds it). Its ETag is its version."""
    with here.reading() as connection:
        row = visible_row(connection, assignment, here)
    return _json(described(row, here.day), {"ETag": etag(row.events)})


def _json(body: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), headers=headers, media_type="application/json")
