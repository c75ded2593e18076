"""The audit log: every denied and every administrative act, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dondoc.api.moments import Moment
from dondoc.api.paging import Page, PageQuery, cut, place_of
from dondoc.api.routing import Here, allow
from plans.access import Action
from plans.store import audit

api = APIRouter(tags=["audit"])

NO_ID = 2**63 - 1
Text = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]*$")]


class AuditQuery(PageQuery):
    """Which lines; ``before``: those older than the line of this id."""

    before: Annotated[int, Field(ge=1, lt=NO_ID)] | None = None
    actor: Text | None = None
    act: Text | None = None
    outcome: Literal["done", "denied", "failed"] | None = None
    since: Moment | None = None


class AuditLineOut(BaseModel):
    """One act: who did (or was denied) what to what, when, in which request."""

    id: int
    at: datetime
    actor: str
    act: str
    outcome: str
    subject: str | None
    detail: dict[str, Any]
    request_id: str | None


@api.get("/audit", **allow(Action.SEE_AUDIT))
def list_audit(query: Annotated[AuditQuery, Query()], here: Here) -> Page[AuditLineOut]:
    """The audit log, the newest lines first."""
    wanted = audit.Wanted(query.actor, query.act, query.outcome, query.since)
    after = place_of(query.cursor, int)
    before = min(query.before or NO_ID, after[0] if after else NO_ID, NO_ID)
    with here.reading() as connection:
        rows = audit.lines(connection, before=before, limit=query.limit + 1, wanted=wanted)
    page, following = cut(rows, query.limit, lambda row: (row.id,))
    return Page(items=[AuditLineOut(**row._mapping) for row in page], next=following)
