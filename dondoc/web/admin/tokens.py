"""Tokens of programs: made and shown once, listed, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.api.paging import cut, place_of
from dondoc.web.admin.common import (
    A_PAGE,
    ROLES,
    TRIED,
    asked,
    body_of,
    refused,
    status_of,
    who_of,
)
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from integrations.wording import marked
from plans.access import Action
from plans.errors import InvalidInput
from plans.finding import department_named
from plans.identity import tokens as use
from plans.identity.tokens import LIFE, LONGEST, NewToken, scopes_of
from plans.store import Connection, catalogue, office
from plans.store.office import TokenState
from plans.terms import Role, Scope

tokens = APIRouter(include_in_schema=False)

SCOPES = {
    Scope.READ: marked("read figures and lists"),
    Scope.ASSIGNMENTS: marked("read its assignments"),
    Scope.REPORT: marked("report and hand in"),
    Scope.REVIEW: marked("review and decide"),
    Scope.MANAGE: marked("manage"),
}
STATES: dict[str, str] = {
    "live": marked("Good now"),
    "unused": marked("Never used"),
    "expiring": marked("Ending within 30 days"),
    "expired": marked("Ended"),
    "revoked": marked("Revoked"),
}


@tokens.get("/admin/tokens", **see(Action.MANAGE_TOKENS))
def show_tokens(page: Seen) -> Response:
    """All tokens, the newest first, never their secrets."""
    state, said = asked(page, "state"), asked(page, "department")
    place = place_of(page.here.request.query_params.get("cursor"), datetime.fromisoformat, str)
    with page.reading() as connection:
        code = department_named(connection, said) if said else None
        rows = office.tokens_of(
            connection,
            page.here.now,
            state=_state(state),
            department=code or said or None,
            after=(place[0], place[1]) if place else None,
            limit=A_PAGE + 1,
        )
        found, following = cut(rows, A_PAGE, lambda row: (row.created_at.isoformat(), row.id))
        who = who_of(connection, page, [row.created_by for row in found])
    return page.show(
        "admin/tokens.html",
        rows=[(row, _standing(page, row)) for row in found],
        next=following,
        states=STATES,
        state=state,
        department=code or said,
        role_words=ROLES,
        who=who,
    )


def _state(said: str) -> TokenState | None:
    known: tuple[TokenState, ...] = get_args(TokenState)
    return next((one for one in known if one == said), None)


def _standing(page: Page, row: Any) -> str:
    now = page.here.now
    if row.revoked_at is not None:
        return "revoked"
    if row.expires_at <= now:
        return "expired"
    return "expiring" if row.expires_at <= now + office.SOON else "live"


# --- a new one ----------------------------------------------------------------------------------


@tokens.get("/admin/tokens/new", **see(Action.MANAGE_TOKENS))
def show_new(page: Seen) -> Response:
    """The form for a new token; a body's page may have begun it."""
    begun = {"department": asked(page, "department"), "role": Role.DEPARTMENT.value}
    return _new(page, begun | {"days": str(LIFE.days)})


def _new(page: Page, typed: dict[str, str], status: int = 200, **facts: Any) -> Response:
    with page.reading() as connection:
        plans = catalogue.plan_rows(connection)[::-1]
    given = {"errors": {}} | facts
    shown = {"typed": typed, "plans": plans, "role_words": ROLES, "scope_words": SCOPES}
    return page.show(
        "admin/token_new.html",
        status,
        **shown,
        most_days=LONGEST.days,
        useful={str(role): sorted(scopes_of(role)) for role in Role},
        **given,
    )


@tokens.post("/admin/tokens/new", **see(Action.MANAGE_TOKENS))
def create_token(page: Sent) -> Response:
    """Make a token and show its secret, this once: a second press of the button shows the list."""
    made: list[tuple[str, str, NewToken]] = []

    def act(connection: Connection) -> str:
        new = _wanted(connection, page)
        key, secret = use.create(connection, new, actor=page.caller.actor, now=page.here.now)
        made[:] = [(key, secret, new)]
        return page.go("/admin/tokens", "made-before")

    try:
        answer = page.write(act)
    except TRIED as error:
        return _new(page, dict(page.fields), status_of(error), errors=refused(page, error))
    if not made:
        return answer
    key, secret, new = made[0]
    until = (page.here.now + new.life).date()
    return page.show("admin/token_made.html", 201, key=key, secret=secret, name=new.name, day=until)


def _wanted(connection: Connection, page: Page) -> NewToken:
    said = page.fields
    role = next((one for one in Role if one == said.get("role")), None)
    if role is None:
        message = "Input should be 'admin', 'coordinator', 'department' or 'viewer'"
        raise InvalidInput(message, fields={"role": message})
    chosen = frozenset(one for one in Scope if f"scope-{one}" in said)
    plans = tuple(sorted(n.removeprefix("plan-") for n in said if n.startswith("plan-")))
    is_body = role is Role.DEPARTMENT
    return NewToken(
        name=said.get("name", "").strip(),
        role=role,
        department=body_of(connection, said.get("department", "")) if is_body else None,
        plans=plans if plans and role is Role.COORDINATOR else None,
        scopes=chosen or None,
        life=timedelta(days=_days(said.get("days", ""))),
    )


def _days(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= LONGEST.days:
        return int(text[:6])
    message = f"a token lives from a day to {LONGEST.days} days"
    raise InvalidInput(message, fields={"days": message})


@tokens.post("/admin/tokens/{token}/revocation", **see(Action.MANAGE_TOKENS))
def revoke_token(page: Sent, token: str) -> Response:
    """End a token now."""

    def act(connection: Connection) -> str:
        use.revoke(connection, token, actor=page.caller.actor, now=page.here.now)
        return page.go("/admin/tokens", "revoked")

    return page.write(act)
