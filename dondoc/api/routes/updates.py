"""What departments report: one report, or many in one call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from dondoc.api.acts import seen_in
from dondoc.api.batches import ItemResult, invalid_item, place, refusal
from dondoc.api.by_hand import body_of, documented, here_of
from dondoc.api.context import Answer, Context, etag, mark_of
from dondoc.api.denials import note_item
from dondoc.api.routing import Here, allow
from plans.access import Action
from plans.errors import Denied, DondocError, Hidden
from plans.reporting import Report
from plans.store import Connection
from plans.store.assignments import ids_of_refs
from plans.submitting import Receipt, Submission, take
from plans.terms import Outside, Review, Timeliness, Work

api = APIRouter(tags=["updates"])

MOST = 1000


class BeforeOut(BaseModel):
    """What stood there until this report came: nobody replaces it without being told."""

    version: int
    percent: int
    review: Review


class UpdateOut(BaseModel):
    """What a report led to."""

    id: str
    assignment: str
    ref: str
    version: int
    before: BeforeOut
    percent: int
    work: Work
    review: Review
    class_: Timeliness | None = Field(alias="class")
    outside: Outside | None
    due: date
    submitted_on: date | None
    flagged: bool
    recorded_at: datetime


class BatchItem(Report):
    """One report of many. ``assignment``: id or ref; ``if_match``: the version that you read."""

    assignment: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
    if_match: Annotated[str, Field(max_length=100)] | None = None

    def report(self) -> Report:
        """The report alone."""
        return Report.model_construct(**{name: getattr(self, name) for name in Report.model_fields})


class Batch(BaseModel):
    """Many reports; each gets its own result."""

    model_config = ConfigDict(extra="forbid", strict=True)

    items: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST)]


class BatchResult(ItemResult):
    """One item's result: ``update`` where it was taken, else the reason."""

    update: UpdateOut | None = None


class BatchOut(BaseModel):
    """Every item's result, in the order of the items."""

    taken: int
    refused: int
    items: list[BatchResult]


@api.post(
    "/assignments/{assignment}/updates",
    status_code=201,
    response_model=UpdateOut,
    **allow(Action.REPORT, missing=True, writes=True, documented=documented(Report, "assignment")),
)
async def post_update(request: Request) -> Response:
    """Report on an assignment that you lead; ``submit`` hands it in for review.

    A nil report ("nothing this period") is submitted as well. Texts that may hold a person's
    number are refused until ``confirm_personal_data`` says that they hold none.
    """
    here = here_of(request)
    report, assignment = body_of(here, Report), request.path_params["assignment"]
    submission = Submission(here.caller, assignment, report, seen_in(here.if_match), mark_of(here))
    receipt = await asyncio.wrap_future(here.running.updates.submit(submission))
    return _answered(receipt)


def _answered(receipt: Receipt) -> Response:
    headers = {"ETag": etag(receipt.version)}
    if receipt.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(orjson.dumps(receipt.body), receipt.status, headers, "application/json")


@api.post(
    "/updates/batch",
    response_model=BatchOut,
    **allow(Action.REPORT, writes=True),
)
def post_batch(batch: Batch, here: Here) -> Response:
    """Up to 1,000 reports in one transaction; what is refused does not keep the others out."""
    return here.write(lambda connection: Answer(_taken(connection, batch, here)))


def _taken(connection: Connection, batch: Batch, here: Context) -> BatchOut:
    read = [_read(raw, here) for raw in batch.items]
    good = [one for one in read if isinstance(one, Submission)]
    results = iter(take(connection, good, here.now, here.zone))
    found = [next(results) if isinstance(one, Submission) else one for one in read]
    _note_denied(connection, here, list(zip(read, found, strict=True)))
    items = [
        _result(index, raw, one)
        for index, (raw, one) in enumerate(zip(batch.items, found, strict=True))
    ]
    taken = sum(one.update is not None for one in items)
    return BatchOut(taken=taken, refused=len(items) - taken, items=items)


def _note_denied(
    connection: Connection,
    here: Context,
    tried: Sequence[tuple[Submission | DondocError, Receipt | DondocError]],
) -> None:
    denied = [
        (one.assignment, error)
        for one, error in tried
        if isinstance(one, Submission) and isinstance(error, Denied | Hidden)
    ]
    refs = ids_of_refs(connection, [name for name, _ in denied if "/" in name])
    for name, error in denied:
        note_item(connection, here, refs.get(name, name), error)


def _read(raw: dict[str, Any], here: Context) -> Submission | DondocError:
    try:
        item = BatchItem.model_validate(raw)
    except ValidationError as error:
        return invalid_item(error)
    return Submission(here.caller, item.assignment, item.report(), seen_in(item.if_match))


def _result(index: int, raw: dict[str, Any], found: Receipt | DondocError) -> BatchResult:
    if isinstance(found, DondocError):
        return BatchResult(**place(index, raw), **refusal(found))
    update = UpdateOut.model_validate(found.body)
    return BatchResult(**place(index, raw), status=found.status, update=update)
