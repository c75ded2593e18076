"""An assignment's ledger: everything that ever happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from dondoc.api.context import Answer, respond
from dondoc.api.paging import Page, PageQuery, cut, place_of
from dondoc.api.routing import Here, allow
from dondoc.api.subjects import visible_row
from plans.access import Action
from plans.history import entries
from plans.terms import EventKind

api = APIRouter(tags=["assignments"])


class EntryOut(BaseModel):
    """One entry. ``actor``: a code, never a person's name; ``hash`` holds the one before it too."""

    n: int
    kind: EventKind
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    payload: dict[str, Any]
    words: dict[str, Any] | Literal["removed"] | None = Field(
        description="What people wrote with it; `removed` where the law had it taken out."
    )
    hash: str


@api.get(
    "/assignments/{assignment}/ledger",
    response_model=Page[EntryOut],
    **allow(Action.SEE_ASSIGNMENT, missing=True),
)
def show_ledger(assignment: str, query: Annotated[PageQuery, Query()], here: Here) -> Response:
    """Every entry of an assignment's ledger, the first one first."""
    after = place_of(query.cursor, int)
    with here.reading() as connection:
        row = visible_row(connection, assignment, here)
        found = entries(connection, row.id, caller_may_see_words=True)
    rest = [one for one in found if after is None or one.n > after[0]]
    page, following = cut(rest, query.limit, lambda one: (one.n,))
    items = [EntryOut.model_validate(one, from_attributes=True) for one in page]
    return respond(Answer(Page[EntryOut](items=items, next=following)))
