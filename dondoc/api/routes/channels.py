"""Channels: by what departments' mailboxes are reached before mail, and how the channels stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from dondoc.api.channel_setup import setup_of
from dondoc.api.routing import Answer, Here, allow
from integrations import channels as outside
from integrations import zalo_tokens
from integrations.channels import Lacks
from plans import channels
from plans.access import Action
from plans.errors import InvalidInput
from plans.store import Connection
from plans.store import channels as store

api = APIRouter(tags=["channels"])

CONTACT = "/departments/{department}/contacts/{email}/channel"


class ChannelOut(BaseModel):
    """By what a mailbox is reached before mail. ``shown``: its address, without what is secret.

    ``failed_at``: since then its messages go by mail, until it is set anew or a trial works.
    """

    kind: str
    shown: str
    failed_at: datetime | None = None
    failure: str | None = None
    missing: list[str] = Field(
        [], description="What is to be set on the server before it takes messages."
    )
    advice: str | None = Field(None, description="What whoever sets it should heed.")


class ChannelIn(BaseModel):
    """`zalo:NUMBER`, `zalo:user:ID`, or an address of Apprise's, such as `tgram://TOKEN/CHAT`."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(min_length=1, max_length=2000)


class TriedOut(BaseModel):
    """How a trial message fared. ``receipt``: what the channel calls it; ``said``: why not."""

    works: bool
    shown: str
    receipt: str | None
    said: str | None


class ChannelStateOut(BaseModel):
    """A channel (`zalo`: its access) or one of its ways (`zalo:zns`, `apprise:tgram`)."""

    name: str
    has_access: bool
    expires_at: datetime | None
    refreshed_at: datetime | None
    failed_at: datetime | None
    failure: str | None


class ReachedOut(ChannelOut):
    """A mailbox that has a channel."""

    department: str
    email: str


class SentOut(BaseModel):
    """Messages of the last seven days. ``by`` null: mail; ``instead``: of another channel."""

    by: str | None
    sent: int
    instead: int


class ChannelsOut(BaseModel):
    """How the channels stand, whom they reach, and by what messages went."""

    channels: list[ChannelStateOut]
    contacts: list[ReachedOut]
    last_7_days: list[SentOut]


class AccessIn(BaseModel):
    """What an administrator's permission led back with, or a refresh token of Zalo's own tool."""

    model_config = ConfigDict(extra="forbid")

    code: str | None = Field(None, max_length=2000)
    code_verifier: str | None = Field(None, max_length=200)
    refresh_token: str | None = Field(None, max_length=2000)


class AccessOut(BaseModel):
    """Until when the access is good; it is renewed by itself."""

    expires_at: datetime


@api.get("/channels", **allow(Action.SEE_CONTACTS))
def show_channels(here: Here) -> ChannelsOut:
    """How Zalo and what Apprise reaches stand, whom they reach, and by what messages went."""
    with here.reading() as connection:
        found = channels.overview(connection, here.now)
        lacks = outside.shortfalls(connection, setup_of(here).channels)
    states = [ChannelStateOut(**_named(one, ChannelStateOut)) for one in found.states]
    contacts = [ReachedOut(**_named(one, ReachedOut, lacks)) for one in found.contacts]
    sent = [SentOut(by=by, sent=number, instead=less) for by, number, less in found.sent]
    return ChannelsOut(channels=states, contacts=contacts, last_7_days=sent)


def _named(row: Any, model: type[BaseModel], lacks: Lacks | None = None) -> dict[str, Any]:
    wanted = set(model.model_fields) - {"advice", "missing"}
    shown = {name: getattr(row, name) for name in wanted}
    return shown if lacks is None else shown | {"missing": lacking(lacks, row.kind, row.shown)}


def lacking(lacks: Lacks, kind: str, shown: str) -> list[str]:
    """What is to be set before a contact's channel takes messages."""
    return list(lacks.get(outside.lane_of(kind, shown), ()))


@api.put(
    CONTACT, response_model=ChannelOut, **allow(Action.MANAGE_USERS, missing=True, writes=True)
)
def set_channel(department: str, email: str, given: ChannelIn, here: Here) -> Response:
    """Reach a mailbox by a channel first; what that does not take goes by mail."""
    found, beside = outside.read_address(given.address, here.settings), setup_of(here).channels

    def act(connection: Connection) -> Answer:
        actor, secret = here.caller.actor, here.settings.secret
        channels.choose(
            connection, department, email, found, secret=secret, actor=actor, now=here.now
        )
        lacks = outside.shortfalls(connection, beside)
        missing = lacking(lacks, found.kind, found.shown)
        shown = {"kind": found.kind, "shown": found.shown, "advice": found.advice}
        return Answer(ChannelOut(**shown, missing=missing))

    return here.write(act)


@api.delete(CONTACT, status_code=204, **allow(Action.MANAGE_USERS, missing=True, writes=True))
def remove_channel(department: str, email: str, here: Here) -> Response:
    """Write to a mailbox by mail alone."""

    def act(connection: Connection) -> Answer:
        actor, now = here.caller.actor, here.now
        channels.remove(connection, department, email, actor=actor, now=now)
        return Answer(None, status=204)

    return here.write(act)


@api.post(
    f"{CONTACT}/test",
    response_model=TriedOut,
    **allow(Action.MANAGE_USERS, missing=True, writes=True),
)
def try_channel(department: str, email: str, here: Here) -> Response:
    """Send one message that says of itself that it is a trial, now, and say how it fared."""
    if (done := here.done_before()) is not None:
        return done
    # No transaction is open while the network is waited for.
    setup, actor = setup_of(here), here.caller.actor
    found = outside.try_out(setup, department, email, actor=actor, now=here.now)
    facts = {name: getattr(found, name) for name in TriedOut.model_fields}
    return here.write(lambda _: Answer(TriedOut(**facts)))


@api.post(
    "/channels/zalo/access",
    response_model=AccessOut,
    **allow(Action.MANAGE_USERS, writes=True),
)
def give_access(given: AccessIn, here: Here) -> Response:
    """Let Dondoc send for the office's Official Account of Zalo."""
    if (given.code is None) == (given.refresh_token is None):
        message = "give a code or a refresh_token, one of them"
        raise InvalidInput(message, fields={"code": message})
    if (done := here.done_before()) is not None:
        return done
    setup = setup_of(here)
    if given.refresh_token is not None:
        until = zalo_tokens.adopt(setup, given.refresh_token)
    else:
        until = zalo_tokens.authorise(setup, given.code or "", given.code_verifier)

    def act(connection: Connection) -> Answer:
        channels.note_authorised(connection, "zalo", actor=here.caller.actor, now=here.now)
        return Answer(AccessOut(expires_at=until))

    return here.write(act)


def shown_of(connection: Connection, contacts: list[Any], here: Here) -> dict[int, ChannelOut]:
    """Some mailboxes' channels, by the mailbox's id."""
    rows = store.channels_of(connection, [one.id for one in contacts])
    lacks = outside.shortfalls(connection, setup_of(here).channels) if rows else {}
    return {key: ChannelOut(**_named(row, ChannelOut, lacks)) for key, row in rows.items()}
