"""Files that prove a result: sent by an assignment's lead, read by all who may see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from dondoc.api.attachments import content_of
from dondoc.api.context import Answer, Context
from dondoc.api.routing import KEYED, Here, allow
from dondoc.api.subjects import visible_row
from dondoc.api.uploading import Form, read_form
from plans import access, files
from plans.access import Action
from plans.store import Connection
from plans.store import files as store
from plans.store.sight import subject_of

api = APIRouter(tags=["evidence"])

_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        "confirm_personal_data": {"type": "boolean", "default": False},
    },
}
_UPLOAD = allow(Action.REPORT, missing=True, writes=True)
_UPLOAD["openapi_extra"] |= {
    "parameters": [KEYED],  # a file changes nothing that could have been read before
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
}
_DOWNLOAD = allow(Action.SEE_ASSIGNMENT, missing=True)
_DOWNLOAD["responses"] |= {
    200: {"description": "The file", "content": {"*/*": {"schema": {"type": "string"}}}}
}


class EvidenceFile(BaseModel):
    """An uploaded file. One that was removed has no name any more, and cannot be read."""

    id: str
    sha256: str
    name: str | None
    size: int
    media_type: str
    flagged: bool
    uploaded_by: str
    uploaded_at: datetime
    removed_at: datetime | None


class EvidenceFiles(BaseModel):
    """An assignment's files, the oldest first."""

    items: list[EvidenceFile]
    next: None = None


class UploadQuery(BaseModel):
    """The same as the form's field of this name."""

    model_config = ConfigDict(extra="forbid")

    confirm_personal_data: bool = False


@api.post(
    "/assignments/{assignment}/evidence",
    status_code=201,
    response_model=EvidenceFile,
    **_UPLOAD,
)
async def post_evidence(
    assignment: str, query: Annotated[UploadQuery, Query()], here: Here
) -> Response:
    """Send a file that proves a result on an assignment that you lead; reports name it by its id.

    The same content and name again is the same file. What a file is goes by its content.
    """
    await run_in_threadpool(_may_send, assignment, here)
    most = here.settings.upload_limit_mb * 1024 * 1024
    with files.receive(files.folder_of(here.settings.data_dir), most) as coming:
        form = await read_form(here.request, coming)
        confirmed = query.confirm_personal_data or form.confirmed
        return await run_in_threadpool(_keep, assignment, coming, form, confirmed, here)


def _may_send(assignment: str, here: Context) -> None:
    """Ask before anything is read: nobody fills the disk who may not."""
    with here.reading() as connection:
        _led_row(connection, assignment, here)


def _led_row(connection: Connection, assignment: str, here: Context) -> Row[Any]:
    row: Row[Any] = visible_row(connection, assignment, here)
    access.check(here.caller, Action.REPORT, subject_of(connection, row))
    return row


def _keep(
    assignment: str, coming: files.Coming, form: Form, confirmed: bool, here: Context
) -> Response:
    name = files.clean_name(form.file_name or "")
    media_type = coming.judge()
    folder = files.folder_of(here.settings.data_dir)

    def keep(connection: Connection) -> Answer:
        row = _led_row(connection, assignment, here)
        upload = files.Upload(row.id, name, media_type, here.caller.actor, confirmed)
        return Answer(_shown(files.keep(connection, folder, coming, upload, here.now)), 201)

    return here.write(keep, digest=f"{coming.sha256} {name} {confirmed}")


def _shown(row: Row[Any]) -> EvidenceFile:
    return EvidenceFile(**{name: getattr(row, name) for name in EvidenceFile.model_fields})


@api.get(
    "/assignments/{assignment}/evidence",
    response_model=EvidenceFiles,
    **allow(Action.SEE_ASSIGNMENT, missing=True),
)
def list_evidence(assignment: str, here: Here) -> EvidenceFiles:
    """An assignment's files; a ``flagged`` name may hold a person's number, and was confirmed."""
    with here.reading() as connection:
        row = visible_row(connection, assignment, here)
        return EvidenceFiles(items=[_shown(one) for one in store.of_assignment(connection, row.id)])


@api.get(
    "/assignments/{assignment}/evidence/{file}",
    response_class=FileResponse,
    **_DOWNLOAD,
)
def get_evidence(assignment: str, file: str, here: Here) -> Response:
    """A file's content, to be saved: no browser shows it in place."""
    return content_of(assignment, file, here)
