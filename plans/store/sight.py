"""What a caller may see, as conditions on tables: the SQL twin of ``plans.access``.

A property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, false, or_, select

from plans.access import RULES, Action, Caller, Grant, Reach, Subject
from plans.store.schema import assignments, departments, supporters

a = assignments.c


def reach_of(connection: Connection, codes: Iterable[str]) -> dict[str, frozenset[str]]:
    """Each department with all below it."""
    roots = sorted(set(codes))
    if not roots:
        return {}
    d = departments.c
    own = select(d.code.label("root"), d.code).where(d.code.in_(roots))
    tree = own.cte("reach", recursive=True)
    below = select(tree.c.root, d.code).join(departments, d.parent == tree.c.code)
    tree = tree.union(below)
    found: dict[str, set[str]] = {code: {code} for code in roots}
    for root, code in connection.execute(select(tree.c.root, tree.c.code)):
        found[root].add(code)
    return {root: frozenset(some) for root, some in found.items()}


def subject_of(connection: Connection, row: Row[Any]) -> Subject:
    """An assignment's row (with plan, task, department, declared, ref) as what access is about."""
    s = supporters.c
    query = select(s.department).where(s.plan == row.plan, s.task == row.task)
    others = frozenset([row.declared, *connection.execute(query).scalars()])
    return Subject(f"assignment {row.id}", plan=row.plan, lead=row.department, others=others)


def visible_to(caller: Caller) -> ColumnElement[bool] | None:
    """The condition on ``assignments`` that leaves those which a caller may see; None: all."""
    found = sights_of(caller)
    return None if found is None else or_(false(), *found)


def sights_of(caller: Caller) -> list[ColumnElement[bool]] | None:
    """The same as conditions of which one must hold, each of which an index answers.

    Who lists asks for each of them in turn: an OR of all would read everybody's assignments.
    """
    rule = RULES[Action.SEE_ASSIGNMENT]
    if not rule.scopes & caller.scopes:
        return []
    found: list[ColumnElement[bool]] = []
    for grant in caller.grants:
        reach = rule.reach.get(grant.role)
        if reach is Reach.ALL or (reach is Reach.PLAN and grant.plans is None):
            return None
        found += _within(grant, reach)
    return found


def _within(grant: Grant, reach: Reach | None) -> list[ColumnElement[bool]]:
    if reach is Reach.PLAN:
        return [a.plan.in_(sorted(grant.plans or ()))]
    codes = sorted(grant.reach) if reach is Reach.INVOLVED else []
    if not codes:
        return []
    others = [a.declared.in_(codes), supported_by(codes)] if grant.supports else []
    return [a.department.in_(codes), *others]


def supported_by(codes: Iterable[str]) -> ColumnElement[bool]:
    """Assignments of tasks that some departments support (a task's id is of one plan)."""
    s = supporters.c
    return a.task.in_(select(s.task).where(s.department.in_(list(codes))))


def visible_ids(connection: Connection, caller: Caller, plan: str) -> set[str] | None:
    """Which of a plan's assignments a caller may see; None: all of them."""
    condition = visible_to(caller)
    if condition is None:
        return None
    return set(connection.execute(select(a.id).where(a.plan == plan, condition)).scalars())
