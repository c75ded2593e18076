"""Devices that report through a message's link: confirmed by a code to the registered mailbox."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from dondoc.api import sessions as cookies
from dondoc.api.context import Context, respond
from dondoc.api.posting import mail_code
from dondoc.api.routing import Answer, Here, allow
from dondoc.api.signing import CodeIn
from plans.access import Action
from plans.errors import DondocError
from plans.identity import devices, links
from plans.store import writing

api = APIRouter(tags=["link"])


class CodeSentOut(BaseModel):
    """A code was mailed to the department's registered mailbox."""

    expires_at: datetime


class DeviceOut(BaseModel):
    """A confirmed device. ``secret`` is shown this once; it is in a cookie as well."""

    secret: str
    expires_at: datetime


@api.post(
    "/link/code",
    status_code=202,
    response_model=CodeSentOut,
    **allow(Action.SEE_ASSIGNMENT, kind="link", writes=True),
)
def ask_code(here: Here) -> Response:
    """Have a code mailed to the department's registered mailbox, to confirm this device."""
    mail_code(here, _department(here), _link(here))
    return respond(Answer(CodeSentOut(expires_at=here.now + devices.CODE_LIFE), status=202))


@api.post(
    "/link/confirm",
    response_model=DeviceOut,
    **allow(Action.SEE_ASSIGNMENT, kind="link", writes=True),
)
def confirm_device(given: CodeIn, here: Here) -> Response:
    """Confirm this device by the code; through it, the department's links may report."""
    secret, whose = here.settings.secret, (_department(here), _link(here))
    with writing(here.engine) as connection:
        found = devices.confirm(connection, *whose, given.code, secret=secret, now=here.now)
    if isinstance(found, DondocError):
        raise found
    cookies.leave_cookie(here.request, cookies.device_cookie(here.settings, found))
    ends = here.now + devices.DEVICE_LIFE
    return respond(Answer(DeviceOut(secret=found, expires_at=ends)))


def _department(here: Context) -> str:
    (department,) = here.caller.departments
    return department


def _link(here: Context) -> str:
    """What the link is known by; that it opens was seen to when its caller was."""
    _, _, secret = here.request.headers["authorization"].partition(" ")
    return links.mark_of_link(secret.strip().removeprefix(links.PREFIX))
