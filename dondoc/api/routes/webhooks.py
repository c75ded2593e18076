"""Webhooks: other systems that are told of each event, instead of asking for it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from dondoc.api.paging import Page
from dondoc.api.routing import Answer, Here, allow
from integrations import webhooks as outgoing
from integrations.webhook_requests import Sender
from plans import webhooks
from plans.access import Action
from plans.reporting import Short
from plans.store import Connection, following
from plans.terms import EventKind, WebhookState

api = APIRouter(tags=["webhooks"])


class WebhookIn(BaseModel):
    """A webhook to be made. ``department`` is told when it fails; ``kinds`` null: all events."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Short, Field(min_length=1, max_length=80)]
    department: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    url: Annotated[str, Field(min_length=1, max_length=1000)]
    kinds: Annotated[list[EventKind], Field(min_length=1, max_length=len(EventKind))] | None = None


class WebhookOut(BaseModel):
    """A webhook and how it fares. ``position``: the last event that it was told of."""

    id: str
    name: str
    department: str
    url: str
    kinds: list[EventKind] | None
    position: int
    state: WebhookState
    attempts: int
    failing_since: datetime | None
    next_try_at: datetime
    last_answer: str | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None


class NewWebhookOut(WebhookOut):
    """A new webhook. ``secret``, with which its messages are signed, is shown this once."""

    secret: str


class TestedOut(BaseModel):
    """How a test message fared: whether it was taken, and what was answered."""

    taken: bool
    status: int | None
    said: str


def _facts(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in WebhookOut.model_fields}


@api.get("/webhooks", **allow(Action.MANAGE_WEBHOOKS))
def list_webhooks(here: Here) -> Page[WebhookOut]:
    """The webhooks that you may manage, the oldest first; their secrets are never shown again."""
    with here.reading() as connection:
        rows = webhooks.managed(connection, here.caller)
    return Page(items=[WebhookOut(**_facts(row)) for row in rows])


@api.post(
    "/webhooks",
    status_code=201,
    response_model=NewWebhookOut,
    **allow(Action.MANAGE_WEBHOOKS, writes=True),
)
def create_webhook(given: WebhookIn, here: Here) -> Response:
    """Make a webhook: it is told what you may see, from now on, as Standard Webhooks says."""
    new = webhooks.NewWebhook(given.name, given.department, given.url, given.kinds)
    with here.reading() as connection:
        # Who may have none makes us look no host up.
        webhooks.require_allowed(connection, here.caller, new)
    outgoing.check_address(given.url, allow_private=here.settings.webhook_allow_private)
    # What happened before it is not for it, also where nobody followed the record so far.
    following.catch_up(here.engine, following.TO_THE_END)

    def act(connection: Connection) -> Answer:
        row, secret = webhooks.register(
            connection,
            here.caller,
            new,
            secret_key=here.settings.secret,
            now=here.now,
            request_id=here.request_id,
        )
        return Answer(NewWebhookOut(**_facts(row), secret=secret), status=201)

    return here.write(act, secret=True)


@api.get("/webhooks/{webhook}", **allow(Action.MANAGE_WEBHOOKS, missing=True))
def show_webhook(webhook: str, here: Here) -> WebhookOut:
    """One webhook."""
    with here.reading() as connection:
        return WebhookOut(**_facts(webhooks.managed_one(connection, here.caller, webhook)))


@api.delete(
    "/webhooks/{webhook}",
    status_code=204,
    **allow(Action.MANAGE_WEBHOOKS, missing=True, writes=True),
)
def remove_webhook(webhook: str, here: Here) -> Response:
    """Forget a webhook. A message that is under way may still arrive."""

    def act(connection: Connection) -> Answer:
        webhooks.remove(connection, here.caller, webhook, now=here.now, request_id=here.request_id)
        return Answer(None, status=204)

    return here.write(act)


@api.post(
    "/webhooks/{webhook}/enable",
    response_model=WebhookOut,
    **allow(Action.MANAGE_WEBHOOKS, missing=True, writes=True),
)
def enable_webhook(webhook: str, here: Here) -> Response:
    """Let messages be sent again at once, from where they stopped: none is left out."""

    def act(connection: Connection) -> Answer:
        row = webhooks.enable(
            connection, here.caller, webhook, now=here.now, request_id=here.request_id
        )
        return Answer(WebhookOut(**_facts(row)))

    return here.write(act)


@api.post(
    "/webhooks/{webhook}/test",
    response_model=TestedOut,
    **allow(Action.MANAGE_WEBHOOKS, missing=True, writes=True),
)
def try_webhook(webhook: str, here: Here) -> Response:
    """Send a signed `ping` now, also to a disabled webhook, and say what was answered."""
    with here.reading() as connection:
        row = webhooks.managed_one(connection, here.caller, webhook)
    allowed = here.settings.webhook_allow_private
    # No transaction is open while the network is waited for.
    reply = outgoing.ping(
        row.id,
        row.url,
        webhooks.secret_of(row, here.settings.secret),
        here.now,
        sender=lambda: Sender(allow_private=allowed),
    )

    def act(connection: Connection) -> Answer:
        webhooks.note_test(connection, here.caller, row, now=here.now, request_id=here.request_id)
        return Answer(TestedOut(taken=reply.taken, status=reply.status, said=reply.said))

    return here.write(act)
