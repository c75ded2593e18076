"""What was denied goes into the audit log: by whom, of what, and on which call."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request

from dondoc.api.callers import PUBLIC, RULE, SAFE
from dondoc.api.context import Context, Running, request_id_of
from dondoc.api.methods import PREFIX, template_of
from dondoc.api.sessions import SESSION
from plans.access import Caller
from plans.errors import Denied, DondocError, Hidden, Unauthenticated
from plans.identity import links
from plans.store import Connection, audit, writing


def note_error(request: Request, error: DondocError) -> None:
    """Note a denied call in a transaction of its own; any other error is none of the log's."""
    running: Running = request.app.state.running
    caller: Caller | None = getattr(request.state, "caller", None)
    if isinstance(error, Denied | Hidden):
        subject = _subject(request)
        detail = {"code": error.code}
    elif isinstance(error, Unauthenticated) and _is_tried(request):
        # What stands in the path of somebody unknown is made up, and could be a secret.
        subject, detail = "", {"code": error.code, "by": presented(request)}
    else:
        return
    with writing(running.engine) as connection:
        actor = caller.actor if caller else "anonymous"
        _note(connection, request, running.now(), actor, subject, detail)


def note_item(connection: Connection, here: Context, subject: str, error: DondocError) -> None:
    """Note a denied item of a batch, where nothing is raised; any other error is not noted."""
    if isinstance(error, Denied | Hidden):
        detail = {"code": error.code}
        _note(connection, here.request, here.now, here.caller.actor, subject, detail)


def presented(request: Request) -> str:
    """By what a caller says who it is: "token", "link" or "cookie"; never the secret itself."""
    said = request.headers.get("authorization")
    if said is None:
        return "cookie" if SESSION in request.cookies else ""
    return "link" if said.partition(" ")[2].startswith(links.PREFIX) else "token"


def _subject(request: Request) -> str:
    """What the call was about, as its path says; a page's path may begin with a link's secret."""
    named = dict(request.path_params)
    if not request.url.path.startswith(f"{PREFIX}/"):
        named.pop("token", None)
    return "/".join(map(str, named.values())).replace("\x00", "\ufffd")


def _is_tried(request: Request) -> bool:
    """Whether somebody presented what is not good, and did so not too often to be noted.

    Signing in notes its own refusals.
    """
    declared = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    signs_in = declared.get(RULE) == PUBLIC and request.method not in SAFE
    if signs_in or not presented(request):
        return False
    running: Running = request.app.state.running
    return bool(running.limiter.is_notable(request))


def _note(
    connection: Connection,
    request: Request,
    now: datetime,
    actor: str,
    subject: str,
    detail: dict[str, str],
) -> None:
    audit.note(
        connection,
        now,
        actor,
        f"{request.method} {template_of(request.scope)}",
        subject=subject or None,
        outcome=audit.DENIED,
        detail=detail,
        request_id=request_id_of(request),
    )
