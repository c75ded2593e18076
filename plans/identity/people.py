"""Users: who they are, what they were granted, and every act of an administrator on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from plans.access import Caller, Grant
from plans.declaration.base import Code, Email
from plans.errors import Conflict, InvalidInput
from plans.identity import passwords
from plans.identity.tokens import check_grant
from plans.reporting import Short
from plans.store import Connection, audit, proofs, sight
from plans.store import identity as store
from plans.terms import Role

DEPARTMENTS = "@department.invalid"
"""Where the user that stands for a department has its name: no mail can go there (RFC 2606)."""


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has control characters")
    return text


Address = Annotated[
    Email, StringConstraints(to_lower=True), Field(max_length=254), AfterValidator(_printable)
]
Name = Annotated[Short, Field(max_length=120), AfterValidator(_printable)]


class GrantIn(BaseModel):
    """One role: a department's names the department, a coordinator's may name plans."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    department: Code | None = None
    plans: Annotated[tuple[Code, ...], Field(max_length=200)] | None = None


class NewUser(BaseModel):
    """A user to be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Address
    name: Name
    language: Literal["vi", "en"] = "vi"
    grants: Annotated[tuple[GrantIn, ...], Field(min_length=1, max_length=50)]


class UserChange(BaseModel):
    """What of a user is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name | None = None
    language: Literal["vi", "en"] | None = None
    grants: Annotated[tuple[GrantIn, ...], Field(min_length=1, max_length=50)] | None = None
    disabled: Annotated[bool, Field(strict=True)] | None = None


def actor_of(user: int) -> str:
    """A user's name in every record."""
    return f"user:{user}"


def create(connection: Connection, new: NewUser, *, actor: str, now: datetime) -> int:
    """Make a user; gives its number.

    ``Conflict``: the address has one already; ``InvalidInput`` and ``NotFound``: a grant that makes
    no sense.
    """
    if new.email.endswith(DEPARTMENTS):
        message = "this domain is kept for departments"
        raise InvalidInput(message, fields={"email": message})
    if store.by_email(connection, new.email) is not None:
        raise Conflict("there is a user with this e-mail already")
    return _keep(connection, new, actor=actor, now=now)


def create_first(connection: Connection, email: str, *, actor: str, now: datetime) -> int:
    """Make the first administrator, whose address need not be one that mail can reach."""
    admin = (GrantIn(role=Role.ADMIN),)
    new = NewUser.model_construct(email=email, name="Administrator", language="vi", grants=admin)
    return _keep(connection, new, actor=actor, now=now)


def _keep(connection: Connection, new: NewUser, *, actor: str, now: datetime) -> int:
    _check_grants(connection, new.grants)
    row = new.model_dump(mode="json") | {"failures": 0, "created_at": now, "created_by": actor}
    user = store.add(connection, row)
    detail = {"grants": row["grants"]}
    audit.note(connection, now, actor, "user-created", subject=actor_of(user), detail=detail)
    return user


def _check_grants(connection: Connection, grants: Sequence[GrantIn]) -> None:
    for one in grants:
        check_grant(connection, one.role, one.department, one.plans)


def of_department(connection: Connection, department: str, *, name: str, now: datetime) -> Any:
    """The user that stands for a department, made when it is first needed.

    It is not of the mailbox's address: a department that changes its mailbox keeps its user, and
    the former mailbox cannot ask for a link to it.
    """
    email = f"{department}{DEPARTMENTS}"
    row = store.by_email(connection, email)
    if row is not None:
        return row
    grant = GrantIn(role=Role.DEPARTMENT, department=department)
    new = NewUser(email=email, name=name[:120], grants=(grant,))
    user = _keep(connection, new, actor=f"department:{department}", now=now)
    return store.by_id(connection, user)


def change(
    connection: Connection, user: int, wanted: UserChange, *, actor: str, now: datetime
) -> Any:
    """Change a user; gives its row. ``Conflict``: no active administrator would be left."""
    # All at once and in one order: two administrators may disable each other at the same moment.
    store.active(connection, lock=True)
    row = store.by_id(connection, user, lock=True)
    said = {name: v for name, v in wanted.model_dump(mode="json").items() if v is not None}
    disabled = said.pop("disabled", None)
    if wanted.grants is not None:
        _check_grants(connection, wanted.grants)
    loses = wanted.grants is not None and not any(g.role is Role.ADMIN for g in wanted.grants)
    if is_admin(row) and (loses or disabled):
        _refuse_last(connection, user)
    if said:
        store.change(connection, user, **said)
        note = {name: said[name] for name in said if name != "name"} | {"changed": sorted(said)}
        audit.note(connection, now, actor, "user-changed", subject=actor_of(user), detail=note)
    if disabled is not None and disabled != (row.disabled_at is not None):
        _switch(connection, user, off=disabled, actor=actor, now=now)
    return store.by_id(connection, user)


def _switch(connection: Connection, user: int, *, off: bool, actor: str, now: datetime) -> None:
    store.change(connection, user, disabled_at=now if off else None)
    if off:
        proofs.end_sessions(connection, user, now)
    act = "user-disabled" if off else "user-enabled"
    audit.note(connection, now, actor, act, subject=actor_of(user))


def _refuse_last(connection: Connection, user: int) -> None:
    others = [row for row in store.active(connection) if row.id != user]
    if not any(is_admin(row) for row in others):
        raise Conflict("this is the last active administrator; appoint another one first")


def is_admin(row: Any) -> bool:
    """Whether a user's grants make it an administrator."""
    return any(grant["role"] == Role.ADMIN for grant in row.grants)


def set_password(
    connection: Connection,
    user: int,
    password: str,
    *,
    actor: str,
    now: datetime,
    spare: str | None = None,
) -> None:
    """Give a user a password; its sessions end but for the family ``spare``.

    ``InvalidInput``: a weak one; ``Conflict``: the user stands for a department.
    """
    row = store.by_id(connection, user)
    if row.email.endswith(DEPARTMENTS):
        raise Conflict("who signs in for a department has no password, but links to its mailbox")
    passwords.refuse_weak(password, row.email, row.name)
    hashed = passwords.hash_password(password)
    store.change(connection, user, password_hash=hashed, failures=0, locked_until=None)
    proofs.end_sessions(connection, user, now, spare=spare)
    audit.note(connection, now, actor, "password-set", subject=actor_of(user))


def create_caller(connection: Connection, row: Any) -> Caller:
    """A user as who calls, with how far its grants reach today."""
    codes = {grant["department"] for grant in row.grants if grant.get("department")}
    reach = sight.reach_of(connection, codes)
    grants = tuple(_grant(one, reach) for one in row.grants)
    return Caller(actor=actor_of(row.id), kind="user", grants=grants, name=row.name)


def _grant(kept: dict[str, Any], reach: dict[str, frozenset[str]]) -> Grant:
    department, plans = kept.get("department"), kept.get("plans")
    return Grant(
        Role(kept["role"]),
        department,
        reach.get(department, frozenset()) if department else frozenset(),
        frozenset(plans) if plans is not None else None,
    )


def normal(email: str) -> str:
    """An address as it is kept."""
    return email.strip().lower()
