"""Figures beyond one target: many from a file, those of which there is a doubt, the registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dondoc.api.context import Answer, Context
from dondoc.api.figure_files import confirmed_by, giver_of, read_rows
from dondoc.api.models import Titles
from dondoc.api.routes.targets import DoubtOut, MeasurementOut
from dondoc.api.routing import KEYED, Here, allow
from dondoc.api.uploading import content_of, limit_of, read_form
from plans import doubted, figure_rows, files, outliers, registers
from plans.access import Action
from plans.figure_rows import Outcome, State
from plans.store import Connection

api = APIRouter(tags=["targets"])

_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        "confirm_personal_data": {"type": "boolean", "default": False},
    },
}
_IMPORT = allow(Action.IMPORT_FIGURES, writes=True)
_IMPORT["openapi_extra"] |= {
    "parameters": [KEYED],
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
}


class ImportQuery(BaseModel):
    """How a file with figures is taken."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(False, description="Only tell what would become of each row.")
    source: Annotated[
        str, Field(max_length=300, description="The document, for rows that name none.")
    ] = ""
    confirm_personal_data: bool = False


class FigureOut(BaseModel):
    """What became of a row. ``before``: the period's figure until then; ``field`` and ``reason``:
    what is wrong with a refused one, or why the figure before is kept."""

    place: str
    state: State
    target: str | None
    title: str | None
    period: str | None
    unit: str | None
    before: float | None
    value: float | None
    field: str | None
    reason: str | None
    doubts: list[DoubtOut]


class FiguresOut(BaseModel):
    """What became of a file's rows; rows without a figure are not among them."""

    dry_run: bool
    new: int
    correction: int
    same: int = Field(description="In the record already: nothing was added.")
    kept: int = Field(
        description="Said before by the same document, and another figure given since, which stays."
    )
    refused: int
    doubtful: int = Field(description="Of those that were taken.")
    rows: list[FigureOut]


@api.post("/measurements/import", response_model=FiguresOut, **_IMPORT)
async def import_figures(query: Annotated[ImportQuery, Query()], here: Here) -> Response:
    """Give many figures at once as a CSV or Excel file: good rows are taken, bad ones told.

    Columns are known by their headers in Vietnamese or English: target (id or title), period,
    value or numerator and denominator, source, note, time. The same file again adds nothing. A
    coordinating office gives what bodies send to it; the record names the office.
    """
    most = limit_of(here)
    with files.receive(files.folder_of(here.settings.data_dir), most) as coming:
        form = await read_form(here.request, coming)
        raw = await run_in_threadpool(content_of, coming)
        confirmed = query.confirm_personal_data or form.confirmed
        digest = f"{coming.sha256} {confirmed}"
    return await run_in_threadpool(_import, raw, query, confirmed, digest, here)


def _import(
    raw: bytes, query: ImportQuery, confirmed: bool, digest: str, here: Context
) -> Response:
    rows = read_rows(raw, here)
    giver = giver_of(here, source=query.source, confirmed=confirmed)

    def act(connection: Connection) -> Answer:
        found = figure_rows.take(connection, rows, giver, dry_run=query.dry_run)
        return Answer(_figures(found, dry_run=query.dry_run), 200)

    return here.write(act, digest=digest)


def _figures(found: Sequence[Outcome], *, dry_run: bool) -> FiguresOut:
    return FiguresOut(
        dry_run=dry_run,
        rows=[FigureOut(**asdict(one) | {"doubts": _doubts(one.doubts)}) for one in found],
        **figure_rows.counts(found),
    )


def _doubts(some: Sequence[Mapping[str, Any]]) -> list[DoubtOut]:
    return [DoubtOut(**one, text=outliers.say(dict(one))) for one in some]


# --- doubts -------------------------------------------------------------------------------------


class DoubtfulOut(MeasurementOut):
    """A figure that may be wrong, with its target."""

    title: Titles
    plan: str
    unit: str | None


class DoubtfulFigures(BaseModel):
    """Figures that may be wrong, the latest first."""

    items: list[DoubtfulOut]
    next: None = None


@api.get("/measurements/doubtful", **allow(Action.SEE_FIGURES))
def list_doubtful(here: Here) -> DoubtfulFigures:
    """Figures that may be wrong, and why, until they are corrected or confirmed."""
    with here.reading() as connection:
        found = doubted.doubtful(connection, here.caller, here.day)
    return DoubtfulFigures(items=[DoubtfulOut(**one) for one in found])


@api.post(
    "/measurements/{measurement}/confirmation",
    response_model=MeasurementOut,
    **allow(Action.GOVERN, missing=True, writes=True),
)
def confirm(measurement: int, here: Here) -> Response:
    """Say that a doubtful figure is right; who said so, and when, stays."""

    def act(connection: Connection) -> Answer:
        return Answer(MeasurementOut(**confirmed_by(connection, measurement, here)), 200)

    return here.write(act)


# --- registers ----------------------------------------------------------------------------------


class ProblemOut(BaseModel):
    """A value of a register's last answer that was not taken."""

    place: str | None = None
    target: str | None = None
    period: str | None = None
    field: str | None = None
    reason: str
    count: int | None = Field(
        None, description="So many items are of a target that nobody declared; None: it is one."
    )


class RegisterTargetOut(BaseModel):
    """A target that a register gives figures of."""

    id: str
    title: Titles | None = Field(description="None: no plan declares it any more.")


class RegisterOut(BaseModel):
    """A system that targets' figures are pulled from. ``silence``: why it did not answer last."""

    id: str
    type: Literal["json", "dhis2"]
    name: Titles
    url: str = Field(description="Without its query, which may be a secret.")
    owner: str
    every: Literal["day", "week", "month"]
    targets: list[RegisterTargetOut]
    asked_at: datetime | None
    answered_at: datetime | None
    silence: str | None
    detail: str | None
    problems: list[ProblemOut]
    figures: int = Field(description="How many it has given so far.")


class RegistersOut(BaseModel):
    """All registers."""

    items: list[RegisterOut]
    next: None = None


@api.get("/registers", **allow(Action.SEE_CONTACTS))
def list_registers(here: Here) -> RegistersOut:
    """The registers that figures are pulled from, how each answered last, and its problems."""
    with here.reading() as connection:
        found = registers.described(connection, here.day)
    return RegistersOut(items=[RegisterOut(**one) for one in found])
