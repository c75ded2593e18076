"""Reviews: the coordinator accepts or returns what was submitted, one or several at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from dondoc.api.acts import Given, Reason, Reasoned, acted, seen_in
from dondoc.api.batches import ItemResult, invalid_item, place, refusal
from dondoc.api.context import Answer, Context
from dondoc.api.models import AssignmentOut
from dondoc.api.routing import Here, allow
from dondoc.api.verdicts import decide
from plans import reviewing
from plans.access import Action
from plans.acting import Act
from plans.errors import DondocError
from plans.reviewing import Decision, ReviewDesk, Verdict
from plans.rules import State
from plans.store import Connection
from plans.store.assignments import ids_of_refs
from plans.terms import Review, Work

api = APIRouter(tags=["reviews"])

MOST = 200


class ReviewIn(Reasoned):
    """What is decided; a return needs its reason in ``note``."""

    decision: Decision
    note: Reason = ""


class ReviewItem(ReviewIn):
    """One of many. ``assignment``: id or ref; ``if_match``: the version that you read."""

    assignment: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
    if_match: Annotated[str, Field(max_length=100)] | None = None


class ReviewBatch(Given):
    """Many reviews (each as ``ReviewItem``); each gets its own result."""

    items: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST)]


class ReviewedOut(BaseModel):
    """What a review led to."""

    id: str
    version: int
    work: Work
    review: Review


class ReviewResult(ItemResult):
    """One item's result: ``reviewed`` where it was taken, else the reason."""

    reviewed: ReviewedOut | None = None


class ReviewBatchOut(BaseModel):
    """Every item's result, in the order of the items."""

    taken: int
    refused: int
    items: list[ReviewResult]


@api.post(
    "/assignments/{assignment}/review",
    response_model=AssignmentOut,
    **allow(Action.REVIEW, missing=True, writes=True),
)
def post_review(assignment: str, given: ReviewIn, here: Here) -> Response:
    """Accept what was submitted, or return it with a reason.

    Never by who submitted it, nor by who acts for the department that did. With ``If-Match`` a
    report that was replaced since you read it is not reviewed unread (412).
    """

    def review(connection: Connection, key: str, act: Act) -> State:
        return reviewing.review(
            connection,
            key,
            given.decision,
            actor=act.officer,
            now=act.now,
            note=given.note,
            seen=act.seen,
            confirmed=act.confirmed,
        )

    return acted(here, assignment, Action.REVIEW, given, review)


@api.post(
    "/reviews/batch",
    response_model=ReviewBatchOut,
    **allow(Action.REVIEW, writes=True),
)
def post_reviews(batch: ReviewBatch, here: Here) -> Response:
    """Up to 200 reviews in one transaction; what is refused does not keep the others out."""
    return here.write(lambda connection: Answer(_reviewed(connection, batch, here)))


def _reviewed(connection: Connection, batch: ReviewBatch, here: Context) -> ReviewBatchOut:
    read = [_read(raw) for raw in batch.items]
    named = [one.assignment for one in read if isinstance(one, Verdict)]
    refs = ids_of_refs(connection, [name for name in named if "/" in name])
    desk = reviewing.open_desk(connection, [refs.get(name, name) for name in named], here.now)
    found = [
        _decide(connection, desk, one, refs, here) if isinstance(one, Verdict) else one
        for one in read
    ]
    desk.write(connection)
    items = [
        _result(index, raw, one)
        for index, (raw, one) in enumerate(zip(batch.items, found, strict=True))
    ]
    taken = sum(one.reviewed is not None for one in items)
    return ReviewBatchOut(taken=taken, refused=len(items) - taken, items=items)


def _read(raw: dict[str, Any]) -> Verdict | DondocError:
    try:
        item = ReviewItem.model_validate(raw)
    except ValidationError as error:
        return invalid_item(error)
    return Verdict(
        item.assignment,
        item.decision,
        item.note,
        seen_in(item.if_match),
        item.confirm_personal_data,
    )


def _decide(
    connection: Connection,
    desk: ReviewDesk,
    one: Verdict,
    refs: dict[str, str],
    here: Context,
) -> ReviewedOut | DondocError:
    key = refs.get(one.assignment, one.assignment)
    found = decide(connection, desk, replace(one, assignment=key), here)
    if isinstance(found, DondocError):
        return found
    return ReviewedOut(id=key, version=found.events, work=found.work, review=found.review)


def _result(index: int, raw: dict[str, Any], found: ReviewedOut | DondocError) -> ReviewResult:
    if isinstance(found, DondocError):
        return ReviewResult(**place(index, raw), **refusal(found))
    return ReviewResult(**place(index, raw), status=200, reviewed=found)
