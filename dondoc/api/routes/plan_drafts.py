"""Plans' annexes, in Excel or Word, drawn up as declarations; nothing of it is kept."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from dondoc.api.drafting import AnswersIn, AnswersOut, answered, drawn_up
from dondoc.api.routing import Here, allow
from dondoc.api.uploading import content_of, limit_of, read_form
from plans import files
from plans.access import Action
from plans.declaration import Code, Text
from plans.drafting.drafted import Given
from plans.drafting.findings import told

api = APIRouter(tags=["plans"])

_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
}
_RULE = allow(Action.LOAD_PLANS, missing=True, writes=True)
_RULE["openapi_extra"] |= {
    "parameters": [],  # nothing is written, so nothing could happen twice
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
}


class DraftQuery(BaseModel):
    """What the file does not say of the document, or says wrongly."""

    model_config = ConfigDict(extra="forbid")

    number: Text | None = None
    issued: date | None = None
    title: Text | None = None
    issuer: Text | None = None
    coordinator: Annotated[Code | None, Field(description="A body's code.")] = None
    id: Code | None = None


class DraftItem(BaseModel):
    """One cell, or one fact of the document: where it stands, what it says, what was read."""

    kind: str
    state: Literal["recognised", "doubtful", "not_understood"]
    at: str
    said: str
    read: str
    why: str


class DraftOut(BaseModel):
    """A draft. ``counts``: by kind and state; ``removed``: telephone numbers and names that were
    not taken over."""

    plan: str
    yaml: str
    counts: dict[str, dict[str, int]]
    removed: int
    items: list[DraftItem]


@api.post("/plans/drafts", response_model=DraftOut, **_RULE)
async def draft_plan(query: Annotated[DraftQuery, Query()], here: Here) -> DraftOut:
    """Draw up a declaration from a plan's annex (.xlsx or .docx). Nothing is written.

    The draft holds word for word what is doubtful or was not understood, as `questions`. Correct
    it, then send it to `POST /plans/preview`; what nobody knows yet is refused there.
    """
    with files.receive(files.folder_of(here.settings.data_dir), limit_of(here)) as coming:
        form = await read_form(here.request, coming, ("file",))
        raw = await run_in_threadpool(content_of, coming)
    given = Given(**query.model_dump())
    drafted = await run_in_threadpool(drawn_up, here, raw, form.file_name or "", given)
    return DraftOut(plan=drafted.plan.id, yaml=drafted.yaml, **told(drafted.findings))


_ANSWERING = allow(Action.LOAD_PLANS, missing=True, writes=True)
_ANSWERING["openapi_extra"] |= {"parameters": []}  # nothing is written here either


@api.post("/plans/drafts/answers", response_model=AnswersOut, **_ANSWERING)
def answer_draft(body: AnswersIn, here: Here) -> AnswersOut:
    """Put answers into a draft and list what is still open; nothing is written.

    Every line that no answer is about stays as it is. An answer that is not surely understood
    leaves its question open and stands in `errors`, by the question's key. Without answers, the
    draft's questions are listed.
    """
    return answered(here, body)
