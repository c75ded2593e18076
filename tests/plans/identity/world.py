"""A few people in a furnished record, and what the tests of their sign-ins begin with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select

from plans.identity import people, sessions, signing_in
from plans.identity.people import GrantIn, NewUser
from plans.identity.signing_in import Moment, Refused, SignedIn
from plans.store import identity as store
from plans.store import reading, writing
from plans.store.schema_access import audit
from plans.terms import Role
from tests.offices import NOW

SECRET = "a secret of forty signs, as in the tests"
PASSWORD = "con mèo trèo cây cau"
EMAIL = "an@so.example.vn"


def moment(minutes: float = 0) -> Moment:
    return Moment(NOW + timedelta(minutes=minutes), SECRET, "req-1")


def add_user(
    engine: Engine, email: str = EMAIL, *, password: str | None = None, **given: Any
) -> int:
    """A coordinator of all plans, unless told otherwise."""
    fields: dict[str, Any] = {"name": "Nguyễn Văn An", "grants": (GrantIn(role=Role.COORDINATOR),)}
    with writing(engine) as connection:
        user = people.create(
            connection, NewUser(email=email, **fields | given), actor="test", now=NOW
        )
        if password:
            people.set_password(connection, user, password, actor="test", now=NOW)
    return user


def sign_in(
    engine: Engine,
    password: str = PASSWORD,
    *,
    email: str = EMAIL,
    code: str | None = None,
    minutes: float = 0,
) -> SignedIn | Refused:
    with reading(engine) as connection:
        row = signing_in.look_up(connection, email)
    proof = signing_in.prove(row, password)
    with writing(engine) as connection:
        return signing_in.by_password(connection, proof, code, moment(minutes))


def begin(engine: Engine, user: int) -> str:
    with writing(engine) as connection:
        return sessions.begin(connection, user, "password", NOW)[0]


def user_row(engine: Engine, user: int) -> Any:
    with reading(engine) as connection:
        return store.by_id(connection, user)


def acts(engine: Engine, *wanted: str) -> list[Any]:
    """The audit log's lines of some acts, the oldest first."""
    with reading(engine) as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id))
        return [row for row in rows if row.act in wanted]
