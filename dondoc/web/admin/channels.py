"""Channels beside mail: how they stand, whom they reach; Zalo's permission."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.api.channel_setup import setup_of
from dondoc.web.admin.common import TRIED, refused, status_of
from dondoc.web.channel_words import channel_name, lacks_of, missing_for, why_not
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from integrations import zalo_tokens
from integrations.channels import Lacks
from integrations.zalo_tokens import Asked
from plans import channels as record
from plans.access import Action
from plans.errors import Conflict, InvalidInput, OutsideError
from plans.sealing import seal, unseal
from plans.store import Connection

channels = APIRouter(include_in_schema=False)

PURPOSE = "zalo-permission"


@channels.get("/admin/channels", **see(Action.MANAGE_USERS))
def show_channels(page: Seen) -> Response:
    """How the channels stand."""
    return _shown(page)


def _shown(page: Page, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    setup = setup_of(page.here)
    with page.reading() as connection:
        found = record.overview(connection, page.here.now)
        lacks = lacks_of(connection, page.here)
    asked = zalo_tokens.ask(setup, page.here.settings.base_url) if setup.channels.has_zalo else None
    return page.show(
        "admin/channels.html",
        status,
        overview=found,
        zalo=next((one for one in found.states if one.name == "zalo"), None),
        ways=[one for one in found.states if one.name != "zalo"],
        asked=asked,
        kept=_sealed(page, asked) if asked else "",
        named=partial(channel_name, page.words),
        failed=partial(why_not, page.words),
        lacks=partial(missing_for, page.words, lacks),
        missing=_missing(page, found, lacks),
        errors=errors or {},
    )


def _missing(page: Page, found: record.Overview, lacks: Lacks) -> list[str]:
    """What Zalo lacks before those are reached whom it is chosen for."""
    mine = [one.shown for one in found.contacts if one.kind == "zalo"]
    told = [said for shown in mine for said in missing_for(page.words, lacks, "zalo", shown)]
    return list(dict.fromkeys(told))


def _sealed(page: Page, asked: Asked) -> str:
    """What has to come back with the code: in the form, so that any process can take it."""
    text = json.dumps([asked.url, asked.verifier, asked.state])
    return seal(page.here.settings.secret, PURPOSE, text)


@channels.post("/admin/channels/zalo", **see(Action.MANAGE_USERS))
def give_access(page: Sent) -> Response:
    """Trade the permission of the Official Account's administrator for access."""
    try:
        _authorise(page)
    except TRIED as error:
        return _shown(page, status_of(error), refused(page, error))
    except OutsideError:
        said = page.words.gettext("Zalo did not answer; try again later.")
        return _shown(page, 502, {"": said})

    def act(connection: Connection) -> str:
        actor, now = page.caller.actor, page.here.now
        record.note_authorised(connection, "zalo", actor=actor, now=now)
        return page.go("/admin/channels", "authorised")

    return page.write(act)


def _authorise(page: Page) -> None:
    said, setup = page.fields.get("code", ""), setup_of(page.here)
    if page.fields.get("kind") == "refresh":
        zalo_tokens.adopt(setup, said)
        return
    try:
        kept: Any = json.loads(unseal(page.here.settings.secret, PURPOSE, page.fields["kept"]))
    except (Conflict, KeyError, ValueError):
        raise InvalidInput("this address belongs to another permission: begin anew") from None
    asked = Asked(*kept)
    zalo_tokens.authorise(setup, asked.code_in(said), asked.verifier)
