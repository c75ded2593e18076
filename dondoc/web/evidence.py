"""Files that prove a result: sent from an assignment's page as they come, given as attachments."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dondoc.api import sessions as cookies
from dondoc.api.attachments import content_of
from dondoc.api.context import Running
from dondoc.api.middleware import TOO_LARGE
from dondoc.api.subjects import visible_row
from dondoc.api.uploading import FIELDS, Form, read_form
from dondoc.web.assignments import refused, shown
from dondoc.web.reporting import unconfirmed
from dondoc.web.routing import Seen, see
from dondoc.web.typed import Typed
from dondoc.web.visiting import (
    LINKED,
    Elsewhere,
    Page,
    Visitor,
    create_page,
    identify,
    refuse_unspeakable,
    to_sign_in,
)
from plans import access, files
from plans.access import Action
from plans.errors import InvalidInput
from plans.store import Connection, reading
from plans.store import identity as store
from plans.store.sight import subject_of

evidence = APIRouter(include_in_schema=False)

FORM = ("csrf", "once", *FIELDS)


# --- who sends ----------------------------------------------------------------------------------


async def open_upload(request: Request) -> Page:
    """A visit that sends a file. Whether the form is ours is known once its fields have come:
    before anything of the file is read (``refuse_forged``)."""
    running: Running = request.app.state.running
    refuse_unspeakable(request)
    visitor = await run_in_threadpool(_identify, request, running)
    if visitor is None:
        raise Elsewhere(to_sign_in(request))
    request.state.caller, request.state.visitor = visitor.caller, visitor
    running.limiter.count(visitor.caller.actor)
    access.check(visitor.caller, Action.SEE_ASSIGNMENT)
    return create_page(request, running, visitor, None)


def _identify(request: Request, running: Running) -> Visitor | None:
    if request.scope["route"].path.startswith(LINKED):
        return identify(request, running, None)
    cookies.refuse_foreign(request.headers, running.settings)
    # As for a page that is only looked at: the token is asked for in the form.
    found = cookies.caller_of(
        running.engine,
        request.cookies,
        "GET",
        request.headers,
        running.settings,
        running.now(),
    )
    if found is None:
        return None
    if found.cookie:
        cookies.leave_cookie(request, found.cookie)
    with reading(running.engine) as connection:
        user = store.by_id(connection, found.session.user)
    return Visitor(caller=found.caller, user=user, session=found.session)


Sending = Annotated[Page, Depends(open_upload)]


def refuse_forged(page: Page, form: Form) -> None:
    """``Denied`` where the fields before the file are not those of a form of ours."""
    if page.visitor.session is not None:
        given = form.fields.get("csrf", b"").decode("ascii", "replace")
        cookies.refuse_forged(given, page.visitor.session, page.here.settings)


# --- sending ------------------------------------------------------------------------------------


@evidence.post("/assignments/{assignment}/evidence", **see(Action.SEE_ASSIGNMENT))
@evidence.post(LINKED + "/assignments/{assignment}/evidence", **see(Action.SEE_ASSIGNMENT))
async def post_evidence(assignment: str, page: Sending) -> Response:
    """Send a file on an assignment that one leads; a report then names it."""
    if await run_in_threadpool(unconfirmed, page, assignment, Action.REPORT):
        typed = Typed(which="evidence", asks="device")
        return await run_in_threadpool(shown, page, assignment, typed, 403)
    settings = page.here.settings
    most = settings.upload_limit_mb * 1024 * 1024
    try:
        if page.here.request.scope.get(TOO_LARGE):
            raise files.too_large(most)
        with files.receive(files.folder_of(settings.data_dir), most) as coming:
            request, ours = page.here.request, lambda form: refuse_forged(page, form)
            form = await read_form(request, coming, FORM, ours)
            return await run_in_threadpool(_keep, page, assignment, coming, form)
    except InvalidInput as error:
        return await run_in_threadpool(refused, page, assignment, "evidence", error)


def _keep(page: Page, assignment: str, coming: files.Coming, form: Form) -> Response:
    name, media_type = files.clean_name(form.file_name or ""), coming.judge()
    folder = files.folder_of(page.here.settings.data_dir)
    once = form.fields.get("once", b"").decode("ascii", "replace")
    page.fields = {"once": once, "file": f"{coming.sha256} {name} {form.confirmed}"}

    def keep(connection: Connection) -> str:
        row = visible_row(connection, assignment, page.here)
        access.check(page.caller, Action.REPORT, subject_of(connection, row))
        upload = files.Upload(row.id, name, media_type, page.caller.actor, form.confirmed)
        kept = files.keep(connection, folder, coming, upload, page.here.now)
        return page.go(f"/assignments/{row.id}?file={kept.id}", "uploaded")

    return page.write(keep)


# --- reading ------------------------------------------------------------------------------------


@evidence.get("/assignments/{assignment}/evidence/{file}", **see(Action.SEE_ASSIGNMENT))
@evidence.get(LINKED + "/assignments/{assignment}/evidence/{file}", **see(Action.SEE_ASSIGNMENT))
def get_evidence(assignment: str, file: str, page: Seen) -> Response:
    """A file's content, to be saved: no browser shows it in place."""
    return content_of(assignment, file, page.here)
