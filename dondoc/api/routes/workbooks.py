"""Workbooks: a department's open assignments as an .xlsx file, and the file that comes back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dondoc.api.context import Answer, Context
from dondoc.api.routing import KEYED, Here, allow
from dondoc.api.uploading import content_of, limit_of, read_form
from dondoc.api.workbook_files import MEDIA_TYPE, attached, handed_out, reading_of
from integrations.wording import wording
from integrations.workbook_marking import marked_copy
from integrations.workbook_reading import read_workbook
from integrations.workbook_words import say_problem
from plans import files, mailed_workbooks, workbook_returns
from plans.access import Action
from plans.store import Connection
from plans.store import workbooks as store
from plans.workbook_hands import require_open
from plans.workbook_rows import Outcome, Sheet
from plans.workbook_settling import Terms
from plans.workbook_showing import Shown, show

api = APIRouter(tags=["workbooks"])

_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
}
_GET = allow(Action.HAND_IN, missing=True)
_GET["responses"] |= _FILE
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "contentMediaType": MEDIA_TYPE},
        "confirm_personal_data": {"type": "boolean", "default": False},
    },
}
_POST = allow(Action.HAND_IN, writes=True)
_POST["openapi_extra"] |= {
    "parameters": [KEYED],
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
}


class WorkbookQuery(BaseModel):
    """What a workbook holds, and in which language it speaks."""

    model_config = ConfigDict(extra="forbid")

    plan: Annotated[str, Field(max_length=300, description="Of one plan only.")] | None = None
    language: (
        Annotated[
            Literal["vi", "en"], Field(description="Without it, the language of its mailbox.")
        ]
        | None
    ) = None


class ReturnQuery(BaseModel):
    """How a workbook is read."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(False, description="Only tell what would be recorded.")
    confirm_personal_data: bool = False


class ConfirmQuery(BaseModel):
    """How a workbook that was shown is recorded."""

    model_config = ConfigDict(extra="forbid")

    confirm_personal_data: bool = False


class CellProblem(BaseModel):
    """Why a row was not recorded. ``cell``: such as ``K7``, where one cell is at fault."""

    code: str
    field: str | None
    cell: str | None
    message: str


class RowOut(BaseModel):
    """A row that says something new. ``was``: what it was filled with, ``says``: what it says;
    ``record``: of a conflict, what the record says by now. Null where it is no longer kept.
    ``withdraws``: the day of the report waiting for review that the row, as a draft, takes back.
    """

    row: int
    assignment: str | None
    ref: str | None
    outcome: Outcome
    version: int | None
    problems: list[CellProblem]
    withdraws: date | None = None
    changed: list[str] = []
    was: dict[str, Any] | None = None
    says: dict[str, Any] | None = None
    record: dict[str, Any] | None = None


class WorkbookReturnOut(BaseModel):
    """A workbook that came back. ``state``: shown (a dry run), applied or refused."""

    id: str
    workbook: str | None
    department: str | None
    state: Literal["shown", "applied", "refused"]
    received_at: datetime
    applied_at: datetime | None
    counts: dict[str, int]
    rows: list[RowOut]


@api.get("/departments/{department}/workbook", response_class=Response, **_GET)
def get_workbook(department: str, query: Annotated[WorkbookQuery, Query()], here: Here) -> Response:
    """An .xlsx file with the open assignments of a department for which you report, or whose files
    you take in: a coordinating office's are those of the plans that it coordinates.

    Fill it in and send it to `POST /workbooks`; each row is signed and knows its version.
    """
    return handed_out(here, department, query.plan, query.language)


@api.post("/workbooks", status_code=201, response_model=WorkbookReturnOut, **_POST)
async def post_workbook(query: Annotated[ReturnQuery, Query()], here: Here) -> Response:
    """Send a workbook back: changed rows become reports, each with an outcome of its own.

    `taken`; `known`: the same was taken before; `conflict`: the record changed meanwhile, nothing
    is written over; `refused`, with the reason and the cell. Rows with nothing new are not named.
    A coordinating office takes in one department's workbook a call; the record names the office.
    """
    with files.receive(files.folder_of(here.settings.data_dir), limit_of(here)) as coming:
        form = await read_form(here.request, coming)
        confirmed = query.confirm_personal_data or form.confirmed
        raw = await run_in_threadpool(content_of, coming)
        digest = f"{coming.sha256} {confirmed}"
    return await run_in_threadpool(_take, raw, digest, confirmed, query.dry_run, here)


def _take(raw: bytes, digest: str, confirmed: bool, dry: bool, here: Context) -> Response:
    sheet = read_workbook(raw)
    return here.write(lambda one: _taken(one, sheet, confirmed, dry, here), digest=digest)


def _taken(
    connection: Connection, sheet: Sheet, confirmed: bool, dry: bool, here: Context
) -> Answer:
    terms = _terms(here, confirmed=confirmed)
    key = workbook_returns.receive(connection, sheet, terms, dry=dry)
    return Answer(_described(connection, store.return_row(connection, key), here), 201)


def _terms(here: Context, *, confirmed: bool) -> Terms:
    return Terms(here.caller, here.now, here.zone, here.settings.secret, "api", confirmed)


@api.get("/workbooks/returns/{returned}", **allow(Action.HAND_IN, missing=True))
def show_return(returned: str, here: Here) -> WorkbookReturnOut:
    """A workbook that came back, with what became of each row that said something new."""
    with here.reading() as connection:
        return _described(connection, _own_row(connection, returned, here), here)


@api.post(
    "/workbooks/returns/{returned}/confirmation",
    response_model=WorkbookReturnOut,
    **allow(Action.HAND_IN, missing=True, writes=True),
)
def confirm_return(returned: str, query: Annotated[ConfirmQuery, Query()], here: Here) -> Response:
    """Record what was shown of a workbook: after a dry run, or where a mail's waits for it.

    Rows whose record changed meanwhile stay conflicts.
    """

    def act(connection: Connection) -> Answer:
        _own_row(connection, returned, here)
        terms = _terms(here, confirmed=query.confirm_personal_data)
        workbook_returns.confirm(connection, returned, terms)
        return Answer(_described(connection, store.return_row(connection, returned), here), 200)

    return here.write(act)


@api.post(
    "/workbooks/returns/{returned}/again",
    response_model=WorkbookReturnOut,
    **allow(Action.HAND_IN, missing=True, writes=True),
)
def judge_again(returned: str, here: Here) -> Response:
    """Judge anew who mailed a workbook: where the mailbox was registered since, it is shown.

    It is recorded by `POST …/confirmation`. 409: its sender was known, or still is not.
    """

    def act(connection: Connection) -> Answer:
        _own_row(connection, returned, here)
        mailed_workbooks.try_again(connection, returned, reading_of(here), actor=here.caller.actor)
        return Answer(_described(connection, store.return_row(connection, returned), here), 200)

    return here.write(act)


@api.get("/workbooks/returns/{returned}/marked", response_class=Response, **_GET)
def get_marked(returned: str, here: Here) -> Response:
    """The workbook again, marked with what became of each row, and why, where it stands."""
    with here.reading() as connection:
        row = _own_row(connection, returned, here)
        raw = marked_copy(connection, row, here.day, here.zone)
    return attached(raw, f"{row.department or 'dondoc'}-{row.id}.xlsx")


def _own_row(connection: Connection, key: str, here: Context) -> Any:
    row = store.return_row(connection, key)
    require_open(here.caller, row)
    return row


def _described(connection: Connection, row: Any, here: Context) -> WorkbookReturnOut:
    kept = {name: getattr(row, name) for name in ("id", "workbook", "department", "state")}
    counts = (row.outcome or {}).get("counts", {})
    times = {"received_at": row.received_at, "applied_at": row.applied_at}
    return WorkbookReturnOut(**kept, **times, counts=counts, rows=_rows(connection, row, here))


def _rows(connection: Connection, row: Any, here: Context) -> list[RowOut]:
    if row.sheet is None:
        found = workbook_returns.results_of(row)
        return [_row(one, None) for one in found]
    rows = show(connection, row, here.day)
    return [_row(one.result, one) for one in rows if one.result.outcome is not Outcome.UNCHANGED]


def _row(result: Any, shown: Shown | None) -> RowOut:
    cells = shown.line.cells if shown else {}
    problems = [
        CellProblem(
            code=one.code,
            field=one.field or None,
            cell=cells.get(one.field),
            message=say_problem(wording("en"), one, "api"),
        )
        for one in result.problems
    ]
    out = RowOut(
        row=result.row,
        assignment=result.assignment or None,
        ref=shown.entry.ref if shown and shown.entry else None,
        outcome=result.outcome,
        version=result.version,
        problems=problems,
        withdraws=result.withdraws,
    )
    if shown is None:
        return out
    told = {"changed": list(shown.changed), "was": _dict(shown.was), "record": _dict(shown.now)}
    return out.model_copy(update={**told, "says": _dict(shown.line.says)})


def _dict(said: Any) -> dict[str, Any] | None:
    return None if said is None else dict(said)
