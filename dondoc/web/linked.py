"""What a message's link opens: its recipient's own list, and the code that lets it report."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from dondoc.api import sessions as cookies
from dondoc.api.paging import cut, place_of
from dondoc.api.posting import mail_code
from dondoc.api.signing import CodeIn
from dondoc.web.onward import local
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.trying import attempt, refusal
from dondoc.web.visiting import Page
from integrations.wording import marked
from plans.access import Action
from plans.errors import Conflict, DondocError, InvalidInput, OutsideError, TooMany
from plans.identity import devices, links
from plans.rules import due_soon, outside, timeliness
from plans.store import Connection, catalogue, lists, notices
from plans.store.ledger import state_of
from plans.store.sight import sights_of

linked = APIRouter(include_in_schema=False)

A_PAGE = 100
Next = Annotated[str, Query(alias="next", max_length=4000)]
NOT_SENT = marked(
    "The code could not be sent just now. Try again later, or ask the coordinating office."
)
TOO_MANY = marked(
    "Enough codes were sent within the hour. Wait %(minutes)s minutes, "
    "or open the link of a newer message."
)
NO_MAILBOX = marked("No mailbox is registered for this body.")


@linked.get("/l/{token}", **see(Action.SEE_ASSIGNMENT))
def show_open(page: Seen, cursor: Annotated[str | None, Query(max_length=1000)] = None) -> Response:
    """What the recipient of a message still has to report, the most urgent first."""
    after = place_of(cursor, date.fromisoformat, str)
    place = (after[0], after[1]) if after else None
    own = page.caller.name
    which = lists.Filter(department=own, open_only=True, sights=sights_of(page.caller))
    with page.reading() as connection:
        rows = lists.page(connection, which, page.here.day, A_PAGE + 1, place)
        name = catalogue.department_row(connection, own)
    found, following = cut(rows, A_PAGE, lambda row: (row.due, row.id))
    shown = [_said(row, page.here.day) for row in found]
    return page.show("link_list.html", department=name, items=shown, next=following)


def _said(row: Any, on: date) -> dict[str, Any]:
    """An assignment's row with what depends on the day."""
    state = state_of(row)
    kind = outside(state) or timeliness(state, on)
    return {"row": row, "kind": kind, "soon": due_soon(state, on)}


# --- the code that confirms a device ------------------------------------------------------------


@linked.get("/l/{token}/confirm", **see(Action.SEE_ASSIGNMENT))
def show_confirm(page: Seen, onward: Next = "") -> Response:
    """Where the mailed code is asked for and given; whoever has given it goes on."""
    if page.confirmed:
        return RedirectResponse(within(page, onward), 303)
    return _confirming(page, onward)


def within(page: Page, path: str | None) -> str:
    """A path under this link; the link's own list for whatever lies elsewhere."""
    found = local(path)
    return found if found.startswith((f"{page.base}/", f"{page.base}?")) else page.base


def _confirming(page: Page, onward: str | None, status: int = 200, **facts: Any) -> Response:
    own, link = _whose(page)
    with page.reading() as connection:
        name = catalogue.department_row(connection, own)
        contact = notices.contact_of(connection, own)
        waiting = devices.waiting(connection, own, link, page.here.now)
    given = {"errors": {}} | facts
    return page.show(
        "link_confirm.html",
        status,
        department=name,
        mailbox=veiled(contact.email) if contact else None,
        waiting=waiting,
        next=within(page, onward),
        **given,
    )


def _whose(page: Page) -> tuple[str, str]:
    """The department, and what its link is known by."""
    assert page.visitor.link is not None
    return page.caller.name, links.mark_of_link(page.visitor.link)


def veiled(email: str) -> str:
    """An address for who may hold a forwarded link: enough to know which mailbox to look in."""
    name, _, host = email.partition("@")
    return f"{name[:2]}…@{host}"


@linked.post("/l/{token}/confirm/code", **see(Action.SEE_ASSIGNMENT))
def ask_code(page: Sent) -> Response:
    """Have a code mailed to the department's registered mailbox, once for each form."""
    onward, own = page.fields.get("next"), _whose(page)
    fresh: list[bool] = []

    def act(_: Connection) -> str:
        fresh.append(True)
        return page.go(f"/confirm?next={quote(within(page, onward), safe='')}", "sent")

    answer = page.write(act)
    if not fresh:
        return answer
    try:
        mail_code(page.here, *own)
    except (Conflict, OutsideError, TooMany) as error:
        status, said = _unsent(page, error)
        return _confirming(page, onward, status, errors={"": said})
    return answer


def _unsent(page: Page, error: DondocError) -> tuple[int, str]:
    say = page.words.gettext
    if isinstance(error, TooMany):
        minutes = page.words.number(-(-error.retry_after // 60))
        return 429, say(TOO_MANY, minutes=minutes)
    if isinstance(error, Conflict):
        return 409, say(NO_MAILBOX)
    return 503, say(NOT_SENT)


@linked.post("/l/{token}/confirm", **see(Action.SEE_ASSIGNMENT))
def give_code(page: Sent) -> Response:
    """Confirm this device by the code; through it, the department's links may report."""
    onward, here = page.fields.get("next"), page.here
    own, link = _whose(page)
    made: list[str] = []

    def act(connection: Connection) -> DondocError | None:
        secret = here.settings.secret
        found = devices.confirm(connection, own, link, code, secret=secret, now=here.now)
        if isinstance(found, DondocError):
            return found
        made.append(found)
        return None

    try:
        code = CodeIn(code="".join(page.fields.get("code", "").split())).code
        target = within(page, onward)
        again = page.go(f"/confirm?next={quote(target, safe='')}", "refused")
        right = f"{target}{'&' if '?' in target else '?'}done=confirmed"
        answer = attempt(page, act, right=right, wrong=again)
    except (InvalidInput, ValidationError) as error:
        return _confirming(page, onward, 422, errors=refusal(page.words, error, "code"))
    for secret in made:
        cookies.leave_cookie(here.request, cookies.device_cookie(here.settings, secret))
    return answer
