"""One's own account: who one is, the language, the password, the second factor, the sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segno
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from dondoc.api.signing import (
    CodeIn,
    PasswordIn,
    forget_session,
    moment_of,
    needs_current,
    password_change,
)
from dondoc.web.explaining import Fault
from dondoc.web.languages import keep_language
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.trying import attempt, refusal
from dondoc.web.visiting import Page
from integrations.wording import LANGUAGES, marked
from plans.access import Action
from plans.errors import Conflict, DondocError, InvalidInput, Unauthenticated
from plans.identity import people, sessions, signing_in, totp
from plans.identity.people import UserChange
from plans.identity.sessions import Session
from plans.identity.signing_in import Refused
from plans.store import Connection, catalogue
from plans.store import identity as store
from plans.terms import Role

account = APIRouter(include_in_schema=False)

TRIED = (InvalidInput, Conflict, Unauthenticated, ValidationError)
"""With what a form here may come back."""
METHODS = {
    "password": marked("by password"),
    "link": marked("by a mailed link"),
    "department": marked("by a link to the department’s mailbox"),
    "oidc": marked("by the office’s account"),
}
TONGUES = {"vi": "Tiếng Việt", "en": "English"}


@account.get("/account", **see(Action.SEE_SELF))
def show_account(page: Seen) -> Response:
    """Everything about oneself."""
    return _shown(page)


def _shown(page: Page, status: int = 200, **facts: Any) -> Response:
    user, session = page.visitor.user, _session(page)
    with page.reading() as connection:
        roles = _roles(page, connection)
        others = sessions.others(connection, session, page.here.now)
    for_department = user.email.endswith(people.DEPARTMENTS)
    given = {"errors": {}} | facts
    return page.show(
        "account.html",
        status,
        user=user,
        roles=roles,
        session=session,
        others=others,
        methods=METHODS,
        tongues=TONGUES,
        for_department=for_department,
        needs_current=needs_current(page.here, session),
        may_have_factor=any(page.caller.has(one) for one in totp.FOR_WHOM),
        factor=totp.is_confirmed(user),
        **given,
    )


def _session(page: Page) -> Session:
    assert page.visitor.session
    return page.visitor.session


def _roles(page: Page, connection: Connection) -> list[str]:
    """One's roles in words, with how far they reach."""
    words = page.words
    named = catalogue.department_rows(
        connection, [one.department for one in page.caller.grants if one.department]
    )
    plans = {row.id: row for row in catalogue.plan_rows(connection)}
    found: list[str] = []
    for one in page.caller.grants:
        if one.role is Role.ADMIN:
            found.append(
                words.gettext("Administrator: users, plans and everything that the office does")
            )
        elif one.role is Role.VIEWER:
            found.append(words.gettext("Viewer: sees everything, changes nothing"))
        elif one.role is Role.COORDINATOR:
            found.append(_of_plans(page, one.plans, plans))
        elif one.department:
            found.append(_of_department(page, named.get(one.department), len(one.reach) - 1))
    return found


def _of_plans(page: Page, which: frozenset[str] | None, plans: dict[str, Any]) -> str:
    if which is None:
        return page.words.gettext("Coordinating office, for all plans")
    rows = [plans[key] for key in sorted(which) if key in plans]
    names = [row.number or page.words.pick(row.title_vi, row.title_en) for row in rows]
    return page.words.gettext(
        "Coordinating office, for these plans: %(plans)s", plans=", ".join(names) or "—"
    )


def _of_department(page: Page, row: Any, below: int) -> str:
    name = page.words.pick(row.name_vi, row.name_en) if row else "—"
    if below <= 0:
        return page.words.gettext("Reports for %(department)s", department=name)
    return page.words.ngettext(
        "Reports for %(department)s and %(n)s body below it",
        "Reports for %(department)s and %(n)s bodies below it",
        below,
        department=name,
    )


# --- language, password, sessions ---------------------------------------------------------------


@account.post("/account/language", **see(Action.SEE_SELF))
def choose_language(page: Sent) -> Response:
    """The language of one's pages and mails."""
    code = page.fields.get("language", "")
    if code not in LANGUAGES:
        errors = {"language": page.words.gettext("Choose one of the languages.")}
        return _shown(page, 422, errors=errors)

    def act(connection: Connection) -> str:
        wanted, user = UserChange(language=code), page.visitor.user.id
        people.change(connection, user, wanted, actor=page.caller.actor, now=page.here.now)
        return page.go("/account", "language")

    keep_language(page.here.request, page.here.settings, code)
    return page.write(act)


@account.post("/account/password", **see(Action.SEE_SELF))
def change_password(page: Sent) -> Response:
    """Set one's own password; all other sessions end."""
    said = page.fields
    if said.get("password", "") != said.get("again", ""):
        errors = {"again": page.words.gettext("The two passwords differ.")}
        return _shown(page, 422, errors=errors)

    def begin() -> Callable[[Connection], Refused | None]:
        given = PasswordIn(current=said.get("current") or None, password=said.get("password", ""))
        return password_change(page.here, _session(page), given)

    return _tried(page, begin, "password", "current")


def _tried(
    page: Page,
    begin: Callable[[], Callable[[Connection], Refused | None]],
    done: str,
    field: str,
) -> Response:
    try:
        act = begin()
        return attempt(
            page,
            lambda connection: _error_of(act(connection)),
            right=page.go("/account", done),
            wrong=page.go("/account", "refused"),
        )
    except TRIED as error:
        errors = refusal(page.words, error, field)
        return _shown(page, _status(error), errors=errors)


def _error_of(refused: Refused | None) -> DondocError | None:
    return refused.error if refused else None


def _status(error: Fault) -> int:
    """What a form answers with: who typed a wrong password is known still, so never 401."""
    return 409 if isinstance(error, Conflict) else 422


@account.post("/account/sessions", **see(Action.SEE_SELF))
def end_others(page: Sent) -> Response:
    """Sign out everywhere else."""

    def act(connection: Connection) -> str:
        sessions.end_others(connection, _session(page), page.here.now)
        return page.go("/account", "sessions")

    return page.write(act)


# --- the second factor --------------------------------------------------------------------------


@account.post("/account/second-factor", **see(Action.SEE_SELF))
def begin_factor(page: Sent) -> Response:
    """Begin a second factor, which counts once a code from it was given."""

    def act(connection: Connection) -> str:
        totp.begin(connection, page.visitor.user.id, secret=page.here.settings.secret)
        return page.go("/account/second-factor")

    try:
        return page.write(act)
    except Conflict as error:
        return _shown(page, 409, errors=refusal(page.words, error))


@account.get("/account/second-factor", **see(Action.SEE_SELF))
def show_factor(page: Seen) -> Response:
    """What the authenticator is given, until a code from it has come."""
    return _waiting(page)


def _waiting(page: Page, status: int = 200, **facts: Any) -> Response:
    with page.reading() as connection:
        user = store.by_id(connection, page.visitor.user.id)
    seed = totp.waiting(user, secret=page.here.settings.secret)
    if seed is None:
        return RedirectResponse(page.go("/account"), 303)
    size, path = drawn(seed.uri)
    spaced = " ".join(seed.secret[at : at + 4] for at in range(0, len(seed.secret), 4))
    given = {"errors": {}} | facts
    return page.show(
        "account_factor.html", status, seed=seed, spaced=spaced, size=size, path=path, **given
    )


def drawn(text: str) -> tuple[int, str]:
    """A text as a QR code: its modules on a side with the quiet zone, and its dark ones' path."""
    rows = list(segno.make(text, error="m").matrix_iter(border=4))
    dark = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, one in enumerate(row) if one]
    return len(rows), "".join(dark)


@account.post("/account/second-factor/confirm", **see(Action.SEE_SELF))
def confirm_factor(page: Sent) -> Response:
    """Put the second factor to use; from now on every sign-in needs a code."""

    def act(connection: Connection) -> str:
        user, secret = page.visitor.user.id, page.here.settings.secret
        totp.confirm(connection, user, given.code, secret=secret, now=page.here.now)
        return page.go("/account", "factor")

    try:
        given = CodeIn(code=_code(page))
        return page.write(act)
    except TRIED as error:
        return _waiting(page, _status(error), errors=refusal(page.words, error, "code"))


@account.post("/account/second-factor/removal", **see(Action.SEE_SELF))
def remove_factor(page: Sent) -> Response:
    """Take one's own second factor away, with a code from it; all sessions end."""
    user, at, removed = page.visitor.user.id, moment_of(page.here), "second-factor-removed"
    try:
        code = CodeIn(code=_code(page)).code
        answer = attempt(
            page,
            lambda connection: _error_of(
                signing_in.remove_second_factor(connection, user, code, at)
            ),
            right=page.go("/sign-in", removed),
            wrong=page.go("/account", "refused"),
        )
    except TRIED as error:
        return _shown(page, _status(error), errors=refusal(page.words, error, "code"))
    if answer.headers["location"].endswith(removed):
        forget_session(page.here)
    return answer


def _code(page: Page) -> str:
    return "".join(page.fields.get("code", "").split())
