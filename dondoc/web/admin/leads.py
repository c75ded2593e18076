"""Leads that wait for a person's word: one is decided, or many are confirmed by a document."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from dondoc.api.paging import cut, place_of
from dondoc.web.admin.common import (
    A_PAGE,
    TRIED,
    asked,
    body_of,
    refused,
    status_of,
    telling,
)
from dondoc.web.routing import Seen, Sent, see
from dondoc.web.visiting import Page
from plans import access, governing, settling
from plans.access import Action
from plans.errors import InvalidInput, Stale
from plans.finding import department_named
from plans.settling import Waiting
from plans.store import Connection, actors, catalogue, lists
from plans.store import assignments as store
from plans.store.sight import subject_of
from plans.terms import LeadStatus, Work

leads = APIRouter(include_in_schema=False)

LISTED = 50


@leads.get("/admin/leads", **see(Action.LOAD_PLANS))
def show_leads(page: Seen) -> Response:
    """What is not settled: who leads it is not known, or was not confirmed."""
    plan, state = asked(page, "plan") or None, asked(page, "state")
    status = LeadStatus.UNCONFIRMED if state == "unconfirmed" else LeadStatus.UNDECIDED
    place = place_of(page.here.request.query_params.get("cursor"), date.fromisoformat, str)
    which = lists.Filter(plan=plan, lead=status)
    after = (place[0], place[1]) if place else None
    with page.reading() as connection:
        plans = catalogue.plan_rows(connection)[::-1]
        rows = lists.page(connection, which, page.here.day, A_PAGE + 1, after)
        found, following = cut(rows, A_PAGE, lambda row: (row.due, row.id))
        named = actors.body_names(connection, {row.declared for row in found})
    return page.show(
        "admin/leads.html",
        rows=[row for row in found if row.work != Work.CANCELLED],
        next=following,
        plans=plans,
        plan=plan,
        state="unconfirmed" if status is LeadStatus.UNCONFIRMED else "undecided",
        named=named,
        **telling(page),
    )


# --- many at once -------------------------------------------------------------------------------


@leads.get("/admin/leads/confirm", **see(Action.GOVERN))
def preview_confirmation(page: Seen) -> Response:
    """What confirming all unconfirmed leads of a plan, of a body, or of all would settle."""
    return _preview(page, asked(page, "plan"), asked(page, "department"))


def _preview(page: Page, plan: str, said: str, status: int = 200, **facts: Any) -> Response:
    access.check(page.caller, Action.LOAD_PLANS)
    with page.reading() as connection:
        code = department_named(connection, said) if said else None
        errors = {} if code or not said else refused(page, _unknown())
        found = _waiting(connection, page, plan or None, code) if not errors else None
        plans = catalogue.plan_rows(connection)[::-1]
        pairs = found.by_body if found else []
        codes = {one for declared, lead, _ in pairs for one in (declared, lead)}
        named = actors.body_names(connection, codes)
    given: dict[str, Any] = {"errors": errors, "basis": ""} | facts
    return page.show(
        "admin/leads_confirm.html",
        422 if errors else status,
        found=found,
        plans=plans,
        plan=plan,
        department=code or said,
        named=named,
        listed=LISTED,
        **telling(page),
        **given,
    )


def _unknown() -> InvalidInput:
    message = "name a department that exists, not what was typed"
    return InvalidInput(message, fields={"department": message})


def _waiting(
    connection: Connection, page: Page, plan: str | None, department: str | None
) -> Waiting:
    if plan:
        catalogue.plan_row(connection, plan)
    return settling.waiting(connection, plan, department, page.here.day)


@leads.post("/admin/leads/confirm", **see(Action.GOVERN))
def confirm_leads(page: Sent) -> Response:
    """Confirm exactly those that were shown."""
    access.check(page.caller, Action.LOAD_PLANS)
    said = page.fields
    plan, department, basis = (said.get(n, "").strip() for n in ("plan", "department", "basis"))

    def act(connection: Connection) -> str:
        seal, where = said.get("seal", ""), (plan or None, department or None)
        settling.confirm(connection, *where, seal, page.act(), basis=basis)
        query = urlencode({"state": "unconfirmed", "plan": plan})
        return page.go(f"/admin/leads?{query}", "confirmed")

    try:
        return page.write(act)
    except TRIED as error:
        errors = refused(page, error, document="basis")
        status = 412 if isinstance(error, Stale) else status_of(error)
        return _preview(page, plan, department, status, errors=errors, basis=basis)


# --- one ----------------------------------------------------------------------------------------


@leads.get("/admin/leads/{assignment}", **see(Action.GOVERN))
def show_lead(page: Seen, assignment: str) -> Response:
    """One assignment whose lead is not settled."""
    return _one(page, assignment)


def _one(page: Page, assignment: str, status: int = 200, **facts: Any) -> Response:
    access.check(page.caller, Action.LOAD_PLANS)
    with page.reading() as connection:
        row = store.row_of(connection, assignment)
        codes = {one for one in (row.declared, row.department) if one}
        named = actors.body_names(connection, codes)
    given: dict[str, Any] = {"errors": {}, "department": row.department or "", "basis": ""} | facts
    return page.show("admin/lead.html", status, row=row, named=named, **telling(page), **given)


@leads.post("/admin/leads/{assignment}", **see(Action.GOVERN))
def settle_lead(page: Sent, assignment: str) -> Response:
    """Say who leads, by a document."""
    access.check(page.caller, Action.LOAD_PLANS)
    said, basis = page.fields.get("department", ""), page.fields.get("basis", "").strip()

    def act(connection: Connection) -> str:
        row = store.row_of(connection, assignment)
        access.check(page.caller, Action.GOVERN, subject_of(connection, row))
        code, number = body_of(connection, said), governing.read_document(basis).number
        mine = page.act(seen=page.fields.get("version"))
        governing.settle_lead(connection, row.id, mine, department=code, basis=number)
        return page.go("/admin/leads", "decided")

    try:
        return page.write(act)
    except TRIED as error:
        errors = refused(page, error, document="basis")
        shown = {"errors": errors, "department": said, "basis": basis}
        return _one(page, assignment, status_of(error), **shown)
