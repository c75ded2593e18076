"""Roles as a form asks for them, and as sentences tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dondoc.web.admin.common import ROLES, body_of
from dondoc.web.visiting import Page
from plans.errors import InvalidInput
from plans.identity.people import GrantIn
from plans.store import Connection, actors, catalogue
from plans.terms import Role


@dataclass(frozen=True, slots=True)
class Form:
    """What a form says of roles. ``plans`` None: all; ``departments`` as they were typed."""

    admin: bool = False
    viewer: bool = False
    coordinator: bool = False
    plans: frozenset[str] | None = None
    departments: str = ""


def given_in(page: Page) -> Form:
    """The roles that a sent form asks for."""
    said = page.fields
    chosen = (name.removeprefix("plan-") for name in said if name.startswith("plan-"))
    return Form(
        admin="admin" in said,
        viewer="viewer" in said,
        coordinator="coordinator" in said,
        plans=None if said.get("which", "all") == "all" else frozenset(chosen),
        departments=said.get("departments", ""),
    )


def form_of(grants: Iterable[Mapping[str, Any]]) -> Form:
    """The roles that somebody has, as a form shows them."""
    by_role: dict[str, list[Mapping[str, Any]]] = {}
    for one in grants:
        by_role.setdefault(one["role"], []).append(one)
    offices = by_role.get(Role.COORDINATOR, [])
    limited = bool(offices) and all(one.get("plans") is not None for one in offices)
    plans = frozenset(key for one in offices for key in one.get("plans") or ())
    return Form(
        admin=Role.ADMIN in by_role,
        viewer=Role.VIEWER in by_role,
        coordinator=bool(offices),
        plans=plans if limited else None,
        departments=", ".join(one["department"] for one in by_role.get(Role.DEPARTMENT, [])),
    )


def grants_of(connection: Connection, form: Form) -> tuple[GrantIn, ...]:
    """The grants that a form asks for; ``InvalidInput`` names the field that is wrong."""
    found = [GrantIn(role=Role.ADMIN)] if form.admin else []
    if form.viewer:
        found.append(GrantIn(role=Role.VIEWER))
    if form.coordinator:
        found.append(_office(form))
    for said in filter(None, (one.strip() for one in form.departments.split(","))):
        code = body_of(connection, said, "departments")
        found.append(GrantIn(role=Role.DEPARTMENT, department=code))
    if not found:
        message = "give at least one role"
        raise InvalidInput(message, fields={"roles": message})
    return tuple(dict.fromkeys(found))


def _office(form: Form) -> GrantIn:
    if form.plans is None:
        return GrantIn(role=Role.COORDINATOR)
    if not form.plans:
        message = "name a plan of the list, or choose all"
        raise InvalidInput(message, fields={"plans": message})
    return GrantIn(role=Role.COORDINATOR, plans=tuple(sorted(form.plans)))


# --- in words -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Names:
    """The names of what roles are of."""

    bodies: Mapping[str, Any]
    plans: Mapping[str, Any]


def names_of(connection: Connection, grants: Sequence[Mapping[str, Any]]) -> Names:
    """The names that some grants need."""
    codes = {one["department"] for one in grants if one.get("department")}
    plans = catalogue.plan_rows(connection) if any(one.get("plans") for one in grants) else []
    return Names(actors.body_names(connection, codes), {row.id: row for row in plans})


def said_of(page: Page, names: Names, grants: Iterable[Mapping[str, Any]]) -> list[str]:
    """Each role in words."""
    return [_said(page, names, one) for one in grants]


def _said(page: Page, names: Names, one: Mapping[str, Any]) -> str:
    said = ROLES[one["role"]]
    role = page.words.gettext(said)
    if code := one.get("department"):
        row = names.bodies.get(code)
        return f"{role}: {page.words.pick(row.name_vi, row.name_en) if row else code}"
    if one.get("plans") is not None:
        rows = [(key, names.plans.get(key)) for key in one["plans"]]
        return f"{role}: {', '.join((row.number if row else None) or key for key, row in rows)}"
    return role
