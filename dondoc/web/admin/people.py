"""People: who may sign in and as what; made, changed, let in or out, sent a link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import ValidationError
from starlette.responses import Response

from dondoc.api.paging import cut, place_of
from dondoc.web.admin.common import A_PAGE, ROLES, TRIED, asked, refused, stands_for, status_of
from dondoc.web.admin.departments import mailed
from dondoc.web.admin.granting import Form, form_of, given_in, grants_of, names_of, said_of
from dondoc.web.explaining import Fault
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from plans.access import Action
from plans.errors import InvalidInput
from plans.identity import inviting, totp
from plans.identity import people as use
from plans.identity.one_time import Letter
from plans.identity.people import GrantIn, NewUser, UserChange
from plans.store import Connection, catalogue, office
from plans.store import identity as store
from plans.terms import Role

people = APIRouter(include_in_schema=False)

Number = Annotated[int, Path(ge=1, lt=2**31)]
MOST_WORDS = 200


@people.get("/admin/people", **see(Action.MANAGE_USERS))
def show_people(page: Seen) -> Response:
    """Who may sign in, by number."""
    words, everybody = asked(page, "q")[:MOST_WORDS], asked(page, "all") == "1"
    place = place_of(page.here.request.query_params.get("cursor"), int)
    after = min(max(place[0], 0), 2**31) if place else 0
    with page.reading() as connection:
        rows = office.people(
            connection, words=words, departments_too=everybody, after=after, limit=A_PAGE + 1
        )
        found, following = cut(rows, A_PAGE, lambda row: (row.id,))
        names = names_of(connection, [one for row in found for one in row.grants])
    return page.show(
        "admin/people.html",
        rows=[_told(page, row, said_of(page, names, row.grants)) for row in found],
        next=following,
        given={"q": words, "all": everybody},
    )


def _told(page: Page, row: Any, roles: Iterable[str]) -> dict[str, Any]:
    locked = row.locked_until is not None and row.locked_until > page.here.now
    return {
        "row": row,
        "roles": list(roles),
        "locked": locked,
        "factor": totp.is_confirmed(row),
        "stands_for": stands_for(row),
    }


# --- a new one ----------------------------------------------------------------------------------


@people.get("/admin/people/new", **see(Action.MANAGE_USERS))
def show_new(page: Seen) -> Response:
    """The form for a new person; a body's page may have begun it."""
    return _new(page, {}, Form(departments=asked(page, "department")))


def _new(
    page: Page, typed: dict[str, str], form: Form, status: int = 200, **facts: Any
) -> Response:
    with page.reading() as connection:
        plans = catalogue.plan_rows(connection)[::-1]
    given = {"errors": {}} | facts
    shown = {"typed": typed, "form": form, "plans": plans, "role_words": ROLES}
    return page.show("admin/person_new.html", status, **shown, **given)


@people.post("/admin/people/new", **see(Action.MANAGE_USERS))
def create_person(page: Sent) -> Response:
    """Make somebody who may sign in, and mail the first link if that is wanted."""
    said, form = dict(page.fields), given_in(page)
    letters: list[Letter] = []
    made: list[int] = []

    def act(connection: Connection) -> str:
        new = _new_user(connection, said, form)
        by: dict[str, Any] = {"actor": page.caller.actor, "now": page.here.now}
        made[:] = [use.create(connection, new, **by)]
        if said.get("send"):
            letters[:] = [inviting.invite_person(connection, made[0], **by)]
        return page.go(f"/admin/people/{made[0]}", "created-link" if letters else "created")

    try:
        answer = page.write(act)
    except TRIED as error:
        return _new(page, said, form, status_of(error), errors=_wrong(page, error))
    return mailed(page, letters, answer, f"/admin/people/{made[0]}") if made else answer


def _new_user(connection: Connection, said: dict[str, str], form: Form) -> NewUser:
    """Who is to be made; ``InvalidInput`` with all that is wrong, not with the first of it."""
    faults: dict[str, str] = {}
    grants: tuple[GrantIn, ...] = (GrantIn(role=Role.VIEWER),)
    try:
        grants = grants_of(connection, form)
    except InvalidInput as error:
        faults |= error.fields
    given = {name: said.get(name, "").strip() for name in ("email", "name")}
    try:
        new = NewUser(**given, language=said.get("language", "vi"), grants=grants)
    except ValidationError as error:
        faults |= {str(one["loc"][0]): one["msg"] for one in error.errors()}
    if faults:
        raise InvalidInput("this person cannot be added like this", fields=faults)
    return new


def _wrong(page: Page, error: Fault) -> dict[str, str]:
    """What is wrong, beside the form's fields: a body's role stands in the field of bodies."""
    found = refused(page, error, department="departments")
    if not isinstance(error, ValidationError) and list(found) == [""]:
        text = str(error)
        field = "email" if "e-mail" in text else ""
        return {field: found[""]}
    return found


# --- one ----------------------------------------------------------------------------------------


@people.get("/admin/people/{user}", **see(Action.MANAGE_USERS))
def show_person(page: Seen, user: Number) -> Response:
    """One person: name, language, roles, and how the person signs in."""
    return _one(page, user)


def _one(page: Page, user: int, status: int = 200, **facts: Any) -> Response:
    with page.reading() as connection:
        row = store.by_id(connection, user)
        names = names_of(connection, row.grants)
        plans = catalogue.plan_rows(connection)[::-1]
    given: dict[str, Any] = {"errors": {}, "typed": {}, "form": form_of(row.grants)} | facts
    return page.show(
        "admin/person.html",
        status,
        **_told(page, row, said_of(page, names, row.grants)),
        plans=plans,
        role_words=ROLES,
        own=page.visitor.user is not None and page.visitor.user.id == user,
        **given,
    )


@people.post("/admin/people/{user}", **see(Action.MANAGE_USERS))
def change_person(page: Sent, user: Number) -> Response:
    """Change name, language and roles."""
    said, form = dict(page.fields), given_in(page)

    def act(connection: Connection) -> str:
        wanted = {"name": said.get("name", "").strip(), "language": said.get("language")}
        change = UserChange.model_validate(wanted | {"grants": grants_of(connection, form)})
        use.change(connection, user, change, actor=page.caller.actor, now=page.here.now)
        return page.go(f"/admin/people/{user}", "changed")

    try:
        return page.write(act)
    except TRIED as error:
        errors = _wrong(page, error)
        return _one(page, user, status_of(error), errors=errors, typed=said, form=form)


@people.post("/admin/people/{user}/door", **see(Action.MANAGE_USERS))
def switch_person(page: Sent, user: Number) -> Response:
    """Let somebody in no more, which ends all sessions; or in again."""
    off = page.fields.get("open") != "1"

    def act(connection: Connection) -> str:
        wanted = UserChange(disabled=off)
        use.change(connection, user, wanted, actor=page.caller.actor, now=page.here.now)
        return page.go(f"/admin/people/{user}", "disabled" if off else "enabled")

    return _acted(page, user, act)


@people.post("/admin/people/{user}/factor", **see(Action.MANAGE_USERS))
def reset_factor(page: Sent, user: Number) -> Response:
    """Take away the second factor of somebody who lost it; all sessions end."""

    def act(connection: Connection) -> str:
        totp.reset(connection, user, actor=page.caller.actor, now=page.here.now)
        return page.go(f"/admin/people/{user}", "factor")

    return _acted(page, user, act)


@people.post("/admin/people/{user}/link", **see(Action.MANAGE_USERS))
def send_link(page: Sent, user: Number) -> Response:
    """Mail a sign-in link; it is shown to nobody but its reader."""
    letters: list[Letter] = []

    def act(connection: Connection) -> str:
        by: dict[str, Any] = {"actor": page.caller.actor, "now": page.here.now}
        letters[:] = [inviting.invite_person(connection, user, **by)]
        return page.go(f"/admin/people/{user}", "link")

    return mailed(page, letters, _acted(page, user, act), f"/admin/people/{user}")


def _acted(page: Page, user: int, act: Any) -> Response:
    try:
        return page.write(act)
    except TRIED as error:
        return _one(page, user, status_of(error), errors=refused(page, error))
