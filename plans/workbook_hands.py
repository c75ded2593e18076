"""Through whose hands a department's workbook goes: its own people's, or the office's for it.

Who speaks for a department hands in what it filled in itself. A coordinating office takes what came
by mail or on paper, of the plans that it coordinates, and the record names the office.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plans import access
from plans.access import Action, Caller, Grant, Subject, may
from plans.acting import speaks_as
from plans.errors import Denied, NotFound
from plans.terms import Role

BROUGHT = ("office", "cli", "mail")
"""The ways of workbooks that the whole office may open; others are their body's alone."""


def speaker(actor: str, departments: Iterable[str]) -> Caller:
    """Who reports for some departments and for nobody else: the office's server, or a mailbox."""
    some = sorted(set(departments))
    grants = tuple(Grant(Role.DEPARTMENT, one, frozenset({one}), supports=False) for one in some)
    return Caller(actor, "link", grants, name=", ".join(some))


def subject_of(department: str, plan: str | None = None) -> Subject:
    """A department's workbooks as what access is about; ``plan``: as far as they are of one."""
    return Subject(f"department '{department}'", plan=plan, lead=department)


def plans_for(caller: Caller, department: str) -> frozenset[str] | None:
    """Of which plans a caller hands in a department's workbooks; None: of all, empty: of none."""
    return access.plans_open_to(caller, Action.HAND_IN, subject_of(department))


def may_hand_in(caller: Caller, department: str) -> bool:
    """Whether a caller hands in anything for a department."""
    plans = plans_for(caller, department)
    return plans is None or bool(plans)


def require_hands(
    caller: Caller, department: str, plan: str | None = None
) -> frozenset[str] | None:
    """As ``plans_for``; ``Denied`` or ``Hidden`` where it is of none, or not of ``plan``."""
    plans = plans_for(caller, department)
    if plans is not None and (plan not in plans if plan else not plans):
        access.check(caller, Action.HAND_IN, subject_of(department, plan))
    return plans


def is_for_others(caller: Caller, department: str) -> bool:
    """Whether a caller who hands in for a department does so as the office, not as the body."""
    return speaks_as(caller, department) is None


def may_open(caller: Caller, row: Any) -> bool:
    """Whether a return (its row) is a caller's to open: its body's own; of the office what it
    handed in itself or what came by mail, and nothing that a body hands in by itself."""
    if row.department is None:
        return may(caller, Action.HAND_IN, access.WHOLE_OFFICE)
    if not may_hand_in(caller, row.department):
        return False
    if not is_for_others(caller, row.department) or row.actor == caller.actor:
        return True
    return row.way in BROUGHT and plans_for(caller, row.department) is None


def require_open(caller: Caller, row: Any) -> None:
    """``NotFound`` or ``Denied`` where ``may_open`` says no."""
    if may_open(caller, row):
        return
    if may(caller, Action.SEE_CONTACTS):
        raise Denied("a workbook that a body hands in by itself is its own to open")
    raise NotFound(f"no workbook came back under '{row.id}'")


def may_take(caller: Caller, row: Any, department: str) -> bool:
    """Whether a caller hands in an assignment (its row) that a department's workbook holds."""
    return may(caller, Action.HAND_IN, subject_of(department, row.plan))
