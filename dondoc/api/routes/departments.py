"""Departments: who they are, when they exist, and, for offices, where they are reached."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dondoc.api.models import Titles
from dondoc.api.paging import Page, PageQuery, cut, place_of
from dondoc.api.routes.channels import ChannelOut, shown_of
from dondoc.api.routing import Here, allow
from plans.access import Action, may
from plans.store import Connection, catalogue

api = APIRouter(tags=["departments"])


class ContactOut(BaseModel):
    """A role mailbox. ``bounced``: the last message to it could not be delivered."""

    email: str
    language: str
    bounced: bool
    bounced_at: datetime | None
    bounce_reason: str | None
    channel: ChannelOut | None = Field(None, description="By what it is reached before mail.")


class DepartmentOut(BaseModel):
    """A body. ``contacts`` null: not shown to you."""

    code: str
    name: Titles
    abbr: str
    kind: str
    parent: str | None
    territory: str | None
    since: date | None
    until: date | None
    successors: list[str]
    is_class: bool = Field(description="A class of bodies, such as all communes.")
    simulated: bool
    contacts: list[ContactOut] | None


@api.get("/departments", **allow(Action.SEE_FIGURES))
def list_departments(query: Annotated[PageQuery, Query()], here: Here) -> Page[DepartmentOut]:
    """All bodies that the record knows, by code."""
    after = place_of(query.cursor, str)
    with here.reading() as connection:
        rows = catalogue.departments_after(connection, after[0] if after else "", query.limit + 1)
        page, following = cut(rows, query.limit, lambda row: (row.code,))
        return Page(items=_described(connection, page, here), next=following)


@api.get("/departments/{department}", **allow(Action.SEE_FIGURES, missing=True))
def show_department(department: str, here: Here) -> DepartmentOut:
    """One body."""
    with here.reading() as connection:
        row = catalogue.department_row(connection, department)
        return _described(connection, [row], here)[0]


def _described(connection: Connection, rows: Any, here: Here) -> list[DepartmentOut]:
    contacts, by = None, {}
    if may(here.caller, Action.SEE_CONTACTS):
        contacts = catalogue.contact_rows(connection, [row.code for row in rows])
        by = shown_of(connection, [one for some in contacts.values() for one in some], here)
    return [
        DepartmentOut(
            name=Titles(vi=row.name_vi, en=row.name_en),
            successors=[one["code"] for one in row.declaration["successors"]],
            is_class=row.declaration["is_class"],
            contacts=None
            if contacts is None
            else [_contact(one, by.get(one.id)) for one in contacts.get(row.code, [])],
            **{name: getattr(row, name) for name in _AS_THEY_ARE},
        )
        for row in rows
    ]


_AS_THEY_ARE = ("code", "abbr", "kind", "parent", "territory", "since", "until", "simulated")


def _contact(row: Any, channel: ChannelOut | None) -> ContactOut:
    return ContactOut(
        email=row.email,
        language=row.language,
        bounced=row.bounced_at is not None,
        bounced_at=row.bounced_at,
        bounce_reason=row.bounce_reason,
        channel=channel,
    )
