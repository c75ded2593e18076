"""Errors as people see them: a page that says what happened and what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from contextlib import suppress
from urllib.parse import quote

from fastapi import FastAPI, Request
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from dondoc.api import sessions as cookies
from dondoc.api.context import Running
from dondoc.api.methods import PREFIX, Methods
from dondoc.web.explaining import known, say
from dondoc.web.onward import is_page, local
from dondoc.web.routers import PAGES
from dondoc.web.visiting import (
    LINKED,
    Elsewhere,
    Visitor,
    create_page,
    identify,
)
from dondoc.web.words import PageWords
from integrations.wording import marked
from plans.errors import DondocError

SAID: dict[int, tuple[str, str]] = {
    401: (
        marked("This link does not open anything any more"),
        marked("Open the link of the newest message (copy it whole), or sign in."),
    ),
    403: (
        marked("This is not for you to do"),
        marked("Your role does not allow it; ask the coordinating office if it should."),
    ),
    404: (
        marked("There is no such page"),
        marked("It may have been moved, or it belongs to another body; search for it."),
    ),
    409: (
        marked("The record does not allow this now"),
        marked("Go back, load the page again and look at what has changed."),
    ),
    412: (
        marked("It has changed since you opened it"),
        marked("Go back, load the page again and look at what has changed."),
    ),
    413: (
        marked("That is more than is taken at once"),
        marked("Send a smaller file, or fewer things at once."),
    ),
    422: (
        marked("Something in what was sent is not right"),
        marked("Go back, correct it and send it again; nothing was written."),
    ),
    429: (
        marked("Too many tries"),
        marked("Wait a moment, then load the page again."),
    ),
    503: (
        marked("It does not work at the moment"),
        marked("Wait a moment, then send it again: a form is done once, however often it is sent."),
    ),
}
SAID[507] = SAID[503]  # What is the matter is the operator's to know; the log says it.
OF_NOBODY = marked("It may have been moved, or it belongs to another body.")
OURS = (
    marked("An error on our side"),
    marked("Nothing was written. Tell the coordinating office the number below."),
)


def wants_page(request: Request) -> bool:
    """Whether an error is shown to a person: not by the API, and not to a program."""
    accepts = request.headers.get("accept", "")
    return not request.url.path.startswith(f"{PREFIX}/") and "text/html" in accepts


def problem_page(
    request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response | None:
    """An error as a page, None for a program; asks nothing of the database, which may be
    what failed: who visits is known from before, if at all.
    """
    if not wants_page(request):
        return None
    running: Running = request.app.state.running
    # A message's link that opens leads back to its list; one that does not leads nowhere.
    link = request.path_params.get("token") if status != 401 and _is_linked(request) else None
    visitor = getattr(request.state, "visitor", None) or Visitor(link=link)
    page = create_page(request, running, visitor, None, failed=True)
    said, remedy = SAID.get(status) or (SAID[422] if status < 500 else OURS)
    if status == 404 and page.visitor.user is None:
        remedy = OF_NOBODY
    shown = _shown(page.words, status, detail)
    found = page.show("problem.html", status, said=said, remedy=remedy, detail=shown)
    found.headers.update(headers or {})
    return found


def _is_linked(request: Request) -> bool:
    return str(getattr(request.scope.get("route"), "path", "")).startswith(LINKED)


def _shown(words: PageWords, status: int, detail: str) -> str:
    """What the error itself says, in the visitor's words.

    A secret's page answers as one that does not exist would: what failed is not repeated.
    """
    if status == 403:
        return known(words, detail) or ""
    return say(words, detail) if status in (409, 412, 413, 415, 422, 429) else ""


def add_pages(app: FastAPI) -> None:
    """Let the application send visitors elsewhere and show its errors as pages."""
    app.state.problem_page = problem_page
    app.state.pages = Methods((router, "") for router in PAGES)
    app.add_exception_handler(Elsewhere, _on_elsewhere)
    told = app.exception_handlers[HTTPException]

    async def on_no_page(request: Request, error: Exception) -> Response:
        if wants_page(request) and request.method in cookies.SAFE:
            if onward := _without_slash(request):
                return RedirectResponse(onward, 303)
            await _recognise(request)
        found = told(request, error)
        return await found if isinstance(found, Awaitable) else found

    app.add_exception_handler(404, on_no_page)


def _without_slash(request: Request) -> str | None:
    """The page that was meant where an address ends in a slash too many."""
    path, query = request.url.path, request.url.query
    bare = path.rstrip("/")
    if not bare or bare == path or local(bare) != bare or not is_page(request, bare):
        return None
    return quote(bare) + (f"?{query}" if query else "")


async def _recognise(request: Request) -> None:
    """Who visits an address that nothing answers, so that the error stands in the usual frame."""
    running: Running = request.app.state.running
    if "route" in request.scope or hasattr(request.state, "visitor"):
        return
    with suppress(DBAPIError, DondocError):
        visitor = await run_in_threadpool(identify, request, running, None)
        if visitor is not None:
            running.limiter.count(visitor.caller.actor)
            request.state.visitor = visitor


async def _on_elsewhere(_: Request, error: Exception) -> Response:
    assert isinstance(error, Elsewhere)
    return RedirectResponse(error.path, 303)
