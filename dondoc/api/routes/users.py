"""Users: an administrator makes, changes, disables them; every act is in the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.responses import Response

from dondoc.api.paging import Page, PageQuery, cut, place_of
from dondoc.api.routing import Answer, Here, allow
from plans.access import Action
from plans.identity import people, totp
from plans.identity.people import GrantIn, NewUser, UserChange
from plans.store import Connection
from plans.store import identity as store

api = APIRouter(tags=["users"])

Number = Annotated[int, Path(ge=1, lt=2**31)]


class UserOut(BaseModel):
    """A user, without what it signs in with."""

    id: int
    email: str
    name: str
    language: str
    grants: list[GrantIn]
    has_password: bool
    second_factor: bool
    failures: int
    locked_until: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    created_by: str
    signed_in_at: datetime | None


def _described(row: Any) -> UserOut:
    values = {name: getattr(row, name, None) for name in UserOut.model_fields}
    values["has_password"] = row.password_hash is not None
    values["second_factor"] = totp.is_confirmed(row)
    return UserOut.model_validate(values)


@api.get("/users", **allow(Action.MANAGE_USERS))
def list_users(query: Annotated[PageQuery, Query()], here: Here) -> Page[UserOut]:
    """All users, by number."""
    after = place_of(query.cursor, _number)
    with here.reading() as connection:
        rows = store.listed(connection, after=after[0] if after else 0, limit=query.limit + 1)
    shown, following = cut(rows, query.limit, lambda row: (row.id,))
    return Page(items=[_described(row) for row in shown], next=following)


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError("no user's number")
    return value


@api.post(
    "/users",
    status_code=201,
    response_model=UserOut,
    **allow(Action.MANAGE_USERS, missing=True, writes=True),
)
def create_user(given: NewUser, here: Here) -> Response:
    """Make a user, who signs in by a mailed link and may set a password then."""

    def act(connection: Connection) -> Answer:
        user = people.create(connection, given, actor=here.caller.actor, now=here.now)
        return Answer(_described(store.by_id(connection, user)), status=201)

    return here.write(act)


@api.get("/users/{user}", **allow(Action.MANAGE_USERS, missing=True))
def show_user(user: Number, here: Here) -> UserOut:
    """One user."""
    with here.reading() as connection:
        return _described(store.by_id(connection, user))


@api.patch(
    "/users/{user}",
    response_model=UserOut,
    **allow(Action.MANAGE_USERS, missing=True, writes=True),
)
def change_user(user: Number, given: UserChange, here: Here) -> Response:
    """Change a user's name, language or grants; disable it, which ends its sessions, or enable."""

    def act(connection: Connection) -> Answer:
        actor = here.caller.actor
        return Answer(_described(people.change(connection, user, given, actor=actor, now=here.now)))

    return here.write(act)


@api.delete(
    "/users/{user}/totp",
    status_code=204,
    **allow(Action.MANAGE_USERS, missing=True, writes=True),
)
def reset_totp(user: Number, here: Here) -> Response:
    """Take away the second factor of a user who lost it; its sessions end."""

    def act(connection: Connection) -> Answer:
        totp.reset(connection, user, actor=here.caller.actor, now=here.now)
        return Answer(None, status=204)

    return here.write(act)
