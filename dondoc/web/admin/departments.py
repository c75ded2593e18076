"""Bodies and how they are reached: mailboxes, systems, devices, links to sign in by."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from dondoc.api.channel_setup import setup_of
from dondoc.api.paging import cut, place_of
from dondoc.api.posting import send_letter
from dondoc.web.admin.common import A_PAGE, TRIED, asked, at, refused, status_of, who_of
from dondoc.web.channel_words import channel_name, lacks_of, missing_for, why_not
from dondoc.web.departments import KINDS
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from integrations.access_mail import Purpose
from integrations.channels import read_address, try_out
from plans import channels, connecting, contacting, holding, standing
from plans.access import Action
from plans.errors import InvalidInput, NotFound
from plans.identity import devices, inviting, people
from plans.identity.one_time import Letter
from plans.store import Connection, catalogue, feeds, office
from plans.store import channels as ways
from plans.store import identity as users
from plans.store.office import Mail

bodies = APIRouter(include_in_schema=False)

MOST_WORDS = 200


@bodies.get("/admin/departments", **see(Action.MANAGE_USERS))
def show_bodies(page: Seen) -> Response:
    """Bodies by code, as far as a filter goes."""
    words, kind, mail = asked(page, "q")[:MOST_WORDS], asked(page, "kind"), asked(page, "mail")
    ended = asked(page, "ended") == "1"
    place = place_of(page.here.request.query_params.get("cursor"), str)
    with page.reading() as connection:
        rows = office.bodies(
            connection,
            page.here.day,
            words=words,
            kind=kind or None,
            mail=_mail(mail),
            ended=ended,
            after=place[0] if place else "",
            limit=A_PAGE + 1,
        )
        kinds = office.kinds(connection)
    found, following = cut(rows, A_PAGE, lambda row: (row.code,))
    return page.show(
        "admin/departments.html",
        rows=found,
        next=following,
        kinds=[(key, _kind(page, key)) for key in kinds],
        kind_words=lambda key: _kind(page, key),
        given={"q": words, "kind": kind, "mail": mail, "ended": ended},
    )


def _mail(said: str) -> Mail | None:
    known: tuple[Mail, ...] = get_args(Mail)
    return next((one for one in known if one == said), None)


def _kind(page: Page, key: str) -> str:
    return page.words.gettext(KINDS[key]) if key in KINDS else key


@bodies.get("/admin/departments/{code}", **see(Action.MANAGE_USERS))
def show_body(page: Seen, code: str) -> Response:
    """One body and every way to reach it."""
    return _body(page, code)


def _body(page: Page, code: str, status: int = 200, **facts: Any) -> Response:
    now = page.here.now
    with page.reading() as connection:
        body = standing.body(connection, code)
        user = users.by_email(connection, f"{code}{people.DEPARTMENTS}")
        hold = holding.held(connection, page.here.day).get(code)
        contacts = catalogue.contact_rows(connection, [code]).get(code, [])
        shown = {
            "contacts": contacts,
            "ways": ways.channels_of(connection, [one.id for one in contacts]),
            "lacks": partial(missing_for, page.words, lacks_of(connection, page.here)),
            "feed": next(iter(feeds.feed_rows(connection, [code])), None),
            "devices": office.living_devices(connection, code, now),
            "tokens": office.tokens_of(connection, now, state="live", department=code, limit=100),
            "who": who_of(connection, page, [hold.actor] if hold else []),
        }
    given: dict[str, Any] = {"errors": {}, "typed": {}, "refusal": None} | facts
    return page.show(
        "admin/department.html",
        status,
        body=body,
        user=user,
        hold=hold,
        kind=_kind(page, body.row.kind),
        named=partial(channel_name, page.words),
        failed=partial(why_not, page.words),
        **shown,
        **given,
    )


# --- mailboxes, the system, devices ---------------------------------------------------------------


Do = Callable[[Connection], Any]


def _changed(page: Page, code: str, do: Do, done: str) -> Response:
    """Do something for a body; back to its page with what was done, or with what is wrong."""

    def act(connection: Connection) -> str:
        do(connection)
        return page.go(at("/admin/departments", code), done)

    try:
        return page.write(act)
    except TRIED as error:
        shown = {"errors": refused(page, error), "typed": page.fields}
        return _body(page, code, status_of(error), **shown)


def _by(page: Page) -> dict[str, Any]:
    return {"actor": page.caller.actor, "now": page.here.now}


@bodies.post("/admin/departments/{code}/mailboxes", **see(Action.MANAGE_USERS))
def add_mailbox(page: Sent, code: str) -> Response:
    """Register one more mailbox."""
    email, language = page.fields.get("email", ""), page.fields.get("language", "vi")

    def do(connection: Connection) -> None:
        contacting.add(connection, code, email, language, **_by(page))

    return _changed(page, code, do, "mailbox-added")


@bodies.post("/admin/departments/{code}/mailboxes/change", **see(Action.MANAGE_USERS))
def change_mailbox(page: Sent, code: str) -> Response:
    """Take a mailbox out, change its language, or write to it again after it failed."""
    email, act = page.fields.get("mailbox", ""), page.fields.get("act", "")
    language = page.fields.get("language", "")

    def do(connection: Connection) -> None:
        if act == "remove":
            contacting.remove(connection, code, email, **_by(page))
        elif act == "language":
            contacting.change_language(connection, code, email, language, **_by(page))
        elif act == "clear":
            contacting.clear_bounce(connection, code, email, **_by(page))
        else:
            raise NotFound(f"no act '{act}' on a mailbox")

    return _changed(page, code, do, f"mailbox-{act}")


@bodies.post("/admin/departments/{code}/channel", **see(Action.MANAGE_USERS))
def change_channel(page: Sent, code: str) -> Response:
    """Choose a mailbox's channel, try it, use it again after it failed, or take it away."""
    email, act = page.fields.get("mailbox", ""), page.fields.get("act", "set")
    if act == "test":
        return _try_channel(page, code, email)

    def do(connection: Connection) -> None:
        if act == "set":
            _choose(connection, page, code, email)
        elif act == "clear":
            channels.try_again(connection, code, email, **_by(page))
        elif act == "remove":
            channels.remove(connection, code, email, **_by(page))
        else:
            raise NotFound(f"no act '{act}' on a channel")

    return _changed(page, code, do, f"channel-{act}")


def _choose(connection: Connection, page: Page, code: str, email: str) -> None:
    settings = page.here.settings
    found = read_address(page.fields.get("address", ""), settings)
    channels.choose(connection, code, email, found, secret=settings.secret, **_by(page))


def _try_channel(page: Page, code: str, email: str) -> Response:
    """Before the form's own transaction: none is open while the network is waited for."""
    try:
        found = try_out(setup_of(page.here), code, email, **_by(page))
    except TRIED as error:
        return _body(page, code, status_of(error), errors=refused(page, error))
    if not found.works:
        return _body(page, code, 502, refusal=found)
    return _changed(page, code, lambda _: None, "channel-test")


@bodies.post("/admin/departments/{code}/feed", **see(Action.MANAGE_USERS))
def set_feed(page: Sent, code: str) -> Response:
    """Register or change the address of the body's own system."""
    url, seconds = page.fields.get("url", ""), page.fields.get("timeout_seconds", "")

    def do(connection: Connection) -> None:
        connecting.set_feed(connection, code, url, _seconds(seconds), **_by(page))

    return _changed(page, code, do, "feed")


def _seconds(text: str) -> float:
    try:
        return float(text.replace(",", ".") or "10")
    except ValueError:
        message = "Input should be a valid number"
        raise InvalidInput(message, fields={"timeout_seconds": message}) from None


@bodies.post("/admin/departments/{code}/devices", **see(Action.MANAGE_USERS))
def forget_devices(page: Sent, code: str) -> Response:
    """End all devices that the body has confirmed."""

    def do(connection: Connection) -> None:
        catalogue.department_row(connection, code)
        devices.forget_all(connection, code, **_by(page))

    return _changed(page, code, do, "devices")


@bodies.post("/admin/departments/{code}/link", **see(Action.MANAGE_USERS))
def send_link(page: Sent, code: str) -> Response:
    """Mail a sign-in link to the body's mailbox."""
    path = at("/admin/departments", code)
    letters: list[Letter] = []

    def do(connection: Connection) -> None:
        letters[:] = [inviting.invite_department(connection, code, **_by(page))]

    return mailed(page, letters, _changed(page, code, do, "link"), path)


def mailed(page: Page, letters: list[Letter], answer: Response, path: str) -> Response:
    """An answer once what was made before it is mailed: the page says so where that failed."""
    if any(send_letter(page.here, one, Purpose.LINK) for one in letters):
        return RedirectResponse(page.go(path, "link-failed"), 303)
    return answer
