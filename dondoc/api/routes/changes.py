"""Every ledger event in order, for other systems that follow the record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from dondoc.api.paging import MOST, USUAL
from dondoc.api.routing import Here, allow
from plans.access import Action
from plans.following import NOW, Change, changes, read_cursor
from plans.store import following
from plans.terms import EventKind

api = APIRouter(tags=["changes"])


class ChangesQuery(BaseModel):
    """From where on, and what of it."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[
        str | None,
        Field(
            max_length=20,
            description="The `next` of the answer before; absent: from the beginning; "
            "`now`: only what comes after this call.",
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = USUAL
    kinds: Annotated[
        list[EventKind] | None, Field(max_length=len(EventKind), description="Only these.")
    ] = None
    plan: Annotated[
        str | None,
        Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$", description="Only it."),
    ] = None


class ChangesOut(BaseModel):
    """Some events. ``next``, which is always there, is the ``after`` to go on from.

    ``more``: ask again at once. An answer may be empty and say ``more``: what it passed over was
    not for you, or not asked for.
    """

    items: list[Change]
    next: str
    more: bool


@api.get("/changes", response_model=ChangesOut, **allow(Action.FOLLOW))
def list_changes(query: Annotated[ChangesQuery, Query()], here: Here) -> Response:
    """What happened to the assignments that you may see: each event once, in order.

    An event that is committed later never appears before the place that you have reached.
    """
    following.catch_up(here.engine, following.TO_THE_END if query.after == NOW else 1)
    with here.reading() as connection:
        after = read_cursor(connection, query.after)
        found = changes(
            connection, here.caller, after, query.limit, kinds=query.kinds, plan=query.plan
        )
    out = ChangesOut(items=found.items, next=str(found.next), more=found.more)
    return Response(out.model_dump_json(), media_type="application/json")
