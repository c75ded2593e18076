"""What the coordinating office orders on an assignment. Each is a new ledger entry, never an edit.

Who acts for the department that leads it too does not order it; another officer does.
Reasons can be removed later where the law asks for it; a document's number stays for good.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from dondoc.api.acts import Given, Reason, Reasoned, acted
from dondoc.api.models import AssignmentOut
from dondoc.api.routing import Here, allow
from plans import governing
from plans.access import Action
from plans.acting import Act
from plans.governing import Document
from plans.reporting import Short
from plans.rules import State
from plans.store import Connection

api = APIRouter(tags=["governance"])

RULE = allow(Action.GOVERN, missing=True, writes=True)
Code = Annotated[Short, Field(max_length=80)]


class Order(Reasoned):
    """Why, and by which document if there is one."""

    reason: Reason
    document: Document | None = None


class Resumption(Reasoned):
    """By which document, and why, where it is to be said."""

    reason: Reason = ""
    document: Document | None = None


class Reassignment(Reasoned):
    """To which department, by which decision."""

    department: Code
    document: Document
    reason: Reason = ""


class Correction(Reasoned):
    """What the accepted report should have said; ``reopen``: it is to be reported anew."""

    percent: Annotated[int, Field(ge=0, le=100)]
    reopen: bool = False
    reason: Reason


class LeadIn(Given):
    """Who leads: a department, or null to confirm the one that was found."""

    department: Code | None = None
    document: Document | None = None


@api.post("/assignments/{assignment}/suspension", response_model=AssignmentOut, **RULE)
def suspend_assignment(assignment: str, given: Order, here: Here) -> Response:
    """Suspend work: until it is resumed it stands beside the four classes."""

    def do(connection: Connection, key: str, act: Act) -> State:
        return governing.suspend(connection, key, act, reason=given.reason, document=given.document)

    return acted(here, assignment, Action.GOVERN, given, do)


@api.post("/assignments/{assignment}/resumption", response_model=AssignmentOut, **RULE)
def resume_assignment(assignment: str, given: Resumption, here: Here) -> Response:
    """Resume what was suspended, where it was."""

    def do(connection: Connection, key: str, act: Act) -> State:
        return governing.resume(connection, key, act, reason=given.reason, document=given.document)

    return acted(here, assignment, Action.GOVERN, given, do)


@api.post("/assignments/{assignment}/cancellation", response_model=AssignmentOut, **RULE)
def cancel_assignment(assignment: str, given: Order, here: Here) -> Response:
    """Cancel an assignment; its record stays."""

    def do(connection: Connection, key: str, act: Act) -> State:
        return governing.cancel(connection, key, act, reason=given.reason, document=given.document)

    return acted(here, assignment, Action.GOVERN, given, do)


@api.post("/assignments/{assignment}/reassignment", response_model=AssignmentOut, **RULE)
def reassign_assignment(assignment: str, given: Reassignment, here: Here) -> Response:
    """Give an assignment, and the task's later periods, to another department by a decision."""

    def do(connection: Connection, key: str, act: Act) -> State:
        said = {"department": given.department, "reason": given.reason}
        return governing.reassign(connection, key, act, document=given.document, **said)

    return acted(here, assignment, Action.GOVERN, given, do)


@api.post("/assignments/{assignment}/correction", response_model=AssignmentOut, **RULE)
def correct_assignment(assignment: str, given: Correction, here: Here) -> Response:
    """Put right an accepted report that was wrong."""

    def do(connection: Connection, key: str, act: Act) -> State:
        return governing.correct(
            connection,
            key,
            act,
            percent=given.percent,
            reopen=given.reopen,
            reason=given.reason,
        )

    return acted(here, assignment, Action.GOVERN, given, do)


@api.post("/assignments/{assignment}/lead", response_model=AssignmentOut, **RULE)
def settle_lead(assignment: str, given: LeadIn, here: Here) -> Response:
    """Say who leads an assignment of which that is not sure, or confirm who was found."""
    basis = given.document.number if given.document else ""

    def do(connection: Connection, key: str, act: Act) -> State:
        return governing.settle_lead(connection, key, act, department=given.department, basis=basis)

    return acted(here, assignment, Action.GOVERN, None, do)
