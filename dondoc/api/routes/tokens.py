"""API tokens: an administrator makes, lists and revokes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from dondoc.api.paging import Page
from dondoc.api.routing import Answer, Here, allow
from plans.access import Action
from plans.identity import tokens
from plans.store import Connection
from plans.store import tokens as store
from plans.terms import Role, Scope

api = APIRouter(tags=["tokens"])

Code = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]


class TokenIn(BaseModel):
    """A token to be made. ``plans`` null: all; ``scopes`` null: all that the role has a use for."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120)]
    role: Role
    department: Code | None = None
    plans: Annotated[list[Code], Field(min_length=1, max_length=100)] | None = None
    scopes: Annotated[list[Scope], Field(min_length=1)] | None = None
    days: Annotated[int, Field(ge=1, le=1098, strict=True)] = 365


class TokenOut(BaseModel):
    """A token, without its secret."""

    id: str
    name: str
    role: Role
    department: str | None
    plans: list[str] | None
    scopes: list[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewTokenOut(BaseModel):
    """A new token. ``secret`` is shown this once."""

    id: str
    secret: str


@api.get("/tokens", **allow(Action.MANAGE_TOKENS))
def list_tokens(here: Here) -> Page[TokenOut]:
    """All tokens, the newest first."""
    with here.reading() as connection:
        rows = store.listed(connection)
    return Page(
        items=[TokenOut(**{n: getattr(row, n) for n in TokenOut.model_fields}) for row in rows]
    )


@api.post(
    "/tokens",
    status_code=201,
    response_model=NewTokenOut,
    **allow(Action.MANAGE_TOKENS, missing=True, writes=True),
)
def create_token(given: TokenIn, here: Here) -> Response:
    """Make a token. Its secret is in this answer and nowhere else."""

    def act(connection: Connection) -> Answer:
        new = tokens.NewToken(
            name=given.name,
            role=given.role,
            department=given.department,
            plans=tuple(given.plans) if given.plans is not None else None,
            scopes=frozenset(given.scopes) if given.scopes is not None else None,
            life=timedelta(days=given.days),
        )
        key, secret = tokens.create(connection, new, actor=here.caller.actor, now=here.now)
        return Answer(NewTokenOut(id=key, secret=secret), status=201)

    return here.write(act, secret=True)


@api.delete(
    "/tokens/{token}",
    status_code=204,
    **allow(Action.MANAGE_TOKENS, missing=True, writes=True),
)
def revoke_token(token: str, here: Here) -> Response:
    """End a token at once."""

    def act(connection: Connection) -> Answer:
        tokens.revoke(connection, token, actor=here.caller.actor, now=here.now)
        return Answer(None, status=204)

    return here.write(act)
