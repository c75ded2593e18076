"""Who the caller is, and what it may do."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from dondoc.api.routing import Here, allow
from plans.access import Action, Caller, may
from plans.terms import Role, Scope

api = APIRouter(tags=["me"])


class GrantOut(BaseModel):
    """One role. ``plans`` null: of all plans."""

    role: Role
    department: str | None
    departments: list[str]
    plans: list[str] | None


class MeOut(BaseModel):
    """The caller: its grants, its scopes, and every action that is open to it somewhere."""

    actor: str
    kind: str
    name: str
    grants: list[GrantOut]
    scopes: list[Scope]
    actions: list[Action]


@api.get("/me", **allow(Action.SEE_SELF))
def show_me(here: Here) -> MeOut:
    """Who you are to Dondoc."""
    return described_caller(here.caller)


def described_caller(caller: Caller) -> MeOut:
    """A caller as it is told about itself."""
    grants = [
        GrantOut(
            role=one.role,
            department=one.department,
            departments=sorted(one.reach),
            plans=None if one.plans is None else sorted(one.plans),
        )
        for one in caller.grants
    ]
    return MeOut(
        actor=caller.actor,
        kind=caller.kind,
        name=caller.name,
        grants=grants,
        scopes=sorted(caller.scopes),
        actions=[action for action in Action if may(caller, action)],
    )
