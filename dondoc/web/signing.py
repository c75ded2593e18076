"""Signing in: by password and code, by a mailed link, by a provider of identities; and out."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from dondoc.api.context import Context
from dondoc.api.posting import mail_link
from dondoc.api.routing import public
from dondoc.api.signing import (
    LinkAsked,
    SignIn,
    begin_by_password,
    begin_session,
    end_session,
    moment_of,
)
from dondoc.web.onward import local
from dondoc.web.routing import Anybody, AnybodySent, Sent, see
from dondoc.web.visiting import Page
from integrations.oidc import Provider
from integrations.wording import marked
from plans.access import Action
from plans.errors import SecondFactor, Unauthenticated
from plans.finding import department_named
from plans.identity import one_time, signing_in, two_steps

signing = APIRouter(include_in_schema=False)

Next = Annotated[str, Query(alias="next", max_length=4000)]
WRONG = marked(
    "E-mail and password do not go together, or were tried too often. "
    "Try again later, or have a sign-in link sent."
)
WRONG_CODE = marked("The code is wrong, was used before, or was tried too often.")
TOO_LATE = marked("The code came too late. Begin again with your password.")
NO_EMAIL = marked("Write the e-mail address of your account, such as an@so.example.vn.")
NO_DEPARTMENT = marked("Write the department’s name, abbreviation or code.")


# --- by password, and the code ------------------------------------------------------------------


@signing.get("/sign-in", **public())
def show_sign_in(page: Anybody, onward: Next = "/") -> Response:
    """Every way to sign in; whoever is signed in goes on."""
    if page.visitor.user:
        return RedirectResponse(local(onward), 303)
    return _ways(page, onward)


@signing.post("/sign-in", **public(strict=True, writes=True))
def sign_in(page: AnybodySent) -> Response:
    """Sign in with e-mail and password; where a code is asked for too, that comes next."""
    onward = page.fields.get("next", "/")
    said = {name: page.fields.get(name, "") for name in ("email", "password")}
    try:
        given = SignIn(email=said["email"].strip(), password=said["password"])
        begin_by_password(page.here, given)
    except SecondFactor:
        return _ask_code(page, onward, _half(page.here, given))
    except (Unauthenticated, ValidationError):
        errors = {"": page.words.gettext(WRONG)}
        return _ways(page, onward, 401, email=said["email"], errors=errors)
    return RedirectResponse(local(onward), 303)


def _half(here: Context, given: SignIn) -> str:
    with here.reading() as connection:
        row = signing_in.look_up(connection, given.email)
    return two_steps.half_of(row, secret=here.settings.secret, now=here.now)


@signing.post("/sign-in/code", **public(strict=True, writes=True))
def give_code(page: AnybodySent) -> Response:
    """The second step: the authenticator's code."""
    onward, half = page.fields.get("next", "/"), page.fields.get("half", "")
    code = _code_of(page)
    try:
        begin_session(page.here, lambda c, at: two_steps.by_half(c, half, code, at))
    except Unauthenticated as error:
        if not two_steps.is_good(half, moment_of(page.here)):
            return _ways(page, onward, 401, errors={"": page.words.gettext(TOO_LATE)})
        wrong = "" if isinstance(error, SecondFactor) else page.words.gettext(WRONG_CODE)
        return _ask_code(page, onward, half, wrong)
    return RedirectResponse(local(onward), 303)


def _code_of(page: Page) -> str:
    """A code as it is compared: telephones show it in two halves."""
    return "".join(page.fields.get("totp", "").split())[:10]


def _ways(page: Page, onward: str, status: int = 200, **facts: Any) -> Response:
    provider: Provider | None = page.here.running.extras.get("oidc")
    given = {"email": "", "by": "email", "whose": "", "errors": {}} | facts
    shown = {"next": local(onward), "provider": provider.name if provider else None}
    # The provider's way takes addresses as they are sent, without spaces or accents.
    sent = quote(local(onward), safe="/?&=%:;,+@!$'()*~#")
    return page.show("sign_in.html", status, sent=sent, **shown, **given)


def _ask_code(page: Page, onward: str, half: str, wrong: str = "") -> Response:
    return page.show("sign_in_code.html", 401, next=local(onward), half=half, wrong=wrong)


# --- by a mailed link ---------------------------------------------------------------------------


@signing.post("/sign-in/ask", **public(strict=True, writes=True))
def ask_link(page: AnybodySent) -> Response:
    """Have a link mailed. The answer is the same whether or not there is such a one."""
    onward = local(page.fields.get("next"))
    by, whose = page.fields.get("by", ""), page.fields.get("whose", "").strip()
    wrong = _wrong_address(by, whose)
    if wrong:
        errors = {"whose": page.words.gettext(wrong)}
        return _ways(page, onward, 422, by=by, whose=whose, errors=errors)
    job = BackgroundTask(_mail, page.here, by, whose)
    address = page.go(f"/sign-in?next={quote(onward, safe='')}", "link-asked")
    return RedirectResponse(address, 303, background=job)


def _wrong_address(by: str, whose: str) -> str | None:
    if by == "department":
        return None if 0 < len(whose) <= 300 else NO_DEPARTMENT
    try:
        LinkAsked(email=whose)
    except ValidationError:
        return NO_EMAIL
    return None if "@" in whose else NO_EMAIL


def _mail(here: Context, by: str, whose: str) -> None:
    """Looked up when the answer has gone, so that its time tells nothing either."""
    if by != "department":
        mail_link(here, email=whose, department=None)
        return
    with here.reading() as connection:
        code = department_named(connection, whose)
    mail_link(here, email=None, department=code or "")


@signing.get("/sign-in/{token}", **public(strict=True))
def show_link(token: str, page: Anybody) -> Response:
    """The button that uses a link: mail scanners open links, and press no buttons."""
    good = _is_good(page, token)
    return page.show("sign_in_link.html", 200 if good else 401, good=good, code=False, wrong="")


@signing.post("/sign-in/{token}", **public(strict=True, writes=True))
def use_link(token: str, page: AnybodySent) -> Response:
    """Use a link: sign in and go on to the beginning."""
    code = _code_of(page) or None
    try:
        begin_session(page.here, lambda c, at: one_time.redeem(c, token, code, at))
    except Unauthenticated as error:
        good = _is_good(page, token)
        first = isinstance(error, SecondFactor)
        wrong = "" if first else page.words.gettext(WRONG_CODE)
        return page.show("sign_in_link.html", 401, good=good, code=good, wrong=wrong)
    return RedirectResponse("/", 303)


def _is_good(page: Page, token: str) -> bool:
    with page.reading() as connection:
        return one_time.is_good(connection, token, page.here.now)


# --- out ----------------------------------------------------------------------------------------


@signing.post("/sign-out", **see(Action.SEE_SELF))
def sign_out(page: Sent) -> Response:
    """Sign out: the session ends, whichever of its cookies is shown."""
    assert page.visitor.session
    end_session(page.here, page.visitor.session)
    return RedirectResponse(page.go("/sign-in", "signed-out"), 303)
