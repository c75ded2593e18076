"""A plan's annex, in Excel or Word, becomes a draft, whose questions ``answering`` asks.

Nothing of it is kept: the draft stands in the page's field and goes on to the preview of loading.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dondoc.api.attachments import headers_of
from dondoc.api.drafting import drawn_up
from dondoc.api.middleware import TOO_LARGE
from dondoc.api.uploading import Form, content_of, limit_of, read_form
from dondoc.web.admin.answering import Answering, departments_of, draft_page
from dondoc.web.admin.common import TRIED, body_of, day_of
from dondoc.web.admin.loading import upload_page
from dondoc.web.evidence import Sending, refuse_forged
from dondoc.web.routing import see
from dondoc.web.visiting import Page
from plans import access, files
from plans.access import Action
from plans.drafting.drafted import Drafted, Given
from plans.drafting.findings import State, grouped
from plans.errors import Conflict, InvalidInput, NotFound

drafting = APIRouter(include_in_schema=False)

FORM = ("csrf", "once", "file", "number", "issued", "title", "coordinator")
LISTED = 300


@drafting.post("/admin/plans/drafts", **see(Action.LOAD_PLANS))
async def draft_plan(page: Sending) -> Response:
    """What was understood of an annex, what not, and the draft to be corrected."""
    access.check(page.caller, Action.LOAD_PLANS)
    here = page.here
    try:
        if here.request.scope.get(TOO_LARGE):
            raise files.too_large(limit_of(here))
        with files.receive(files.folder_of(here.settings.data_dir), limit_of(here)) as coming:
            form = await read_form(
                here.request, coming, FORM, lambda form: refuse_forged(page, form)
            )
            raw = await run_in_threadpool(content_of, coming)
        return await run_in_threadpool(_drafted, page, raw, form)
    except TRIED as error:
        return await run_in_threadpool(upload_page, page, [], error)


def _drafted(page: Page, raw: bytes, form: Form) -> Response:
    try:
        drafted = drawn_up(page.here, raw, form.file_name or "", _given(page, form))
    except NotFound:
        raise Conflict("no catalogue is loaded yet") from None
    except InvalidInput as error:
        if error.fields:
            raise
        # Whatever is wrong is wrong with the file: it is said beside its field.
        raise InvalidInput(str(error), fields={"file": str(error)}) from None
    facts = _facts(drafted, form)
    return draft_page(page, drafted.yaml, drafted.plan, departments_of(page), **facts)


def _given(page: Page, form: Form) -> Given:
    said = {
        name: " ".join(form.fields.get(name, b"").decode("utf-8", "replace").split())
        for name in ("number", "issued", "title", "coordinator")
    }
    with page.reading() as connection:
        body = said["coordinator"] and body_of(connection, said["coordinator"], "coordinator")
    issued = day_of("issued", said["issued"]) if said["issued"] else None
    return Given(
        number=said["number"] or None,
        issued=issued,
        title=said["title"] or None,
        coordinator=body or None,
    )


def _facts(drafted: Drafted, form: Form) -> dict[str, Any]:
    """How much was understood, and what asks nothing: what became of the other cells."""
    found = drafted.findings
    noted = grouped([one for one in found.open() if one.read == "note"])
    # Cells that became something; what only stands in a note is not told cell by cell.
    sure = [one for one in found.items if one.state is State.RECOGNISED and one.read != "note"]
    return {
        "file": form.file_name,
        "counts": {kind: states for kind, states in found.counts().items() if any(states.values())},
        "removed": found.removed,
        "noted": noted[:LISTED],
        "sure": sure[:LISTED],
    }


@drafting.post("/admin/plans/drafts/file", **see(Action.LOAD_PLANS))
def take_draft(page: Answering) -> Response:
    """The draft as it stands in the field, as a file to be saved."""
    text = page.fields.get("pasted", "").replace("\r\n", "\n")
    name = page.fields.get("name", "") or "plan"
    kept = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign == "-"))
    headers = headers_of(f"{kept[:80] or 'plan'}.yaml")
    return Response(text.encode(), headers=headers, media_type="application/yaml")
