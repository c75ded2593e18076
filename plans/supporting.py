"""Whom a task concerns beside its lead: who may see it because the plan names it as supporting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from plans.bodies import Directory
from plans.declaration import Plan
from plans.errors import NotFound


def supporters_of(plan: Plan, directory: Directory, day: date) -> dict[str, frozenset[str]]:
    """By task and part: the bodies that support it on a day, expanded as ``seen_by`` does."""
    found: dict[str, frozenset[str]] = {}
    for _, task in plan.tasks():
        bodies = seen_by(directory, task.supporting, day, plan.province)
        found |= dict.fromkeys([task.id, *(part.id for part in task.parts)], bodies)
    return found


def seen_by(
    directory: Directory, codes: Iterable[str], day: date, province: str | None
) -> frozenset[str]:
    """Declared bodies, the members of the classes among them, and who follows those that ended.

    Every successor counts, whatever its function: to see too much of a task is the lesser evil.
    """
    found: set[str] = set()
    waiting = list(codes)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting += _behind(directory, code, day, province)
    return frozenset(found)


def _behind(directory: Directory, code: str, day: date, province: str | None) -> list[str]:
    try:
        body = directory.get(code)
    except NotFound:  # a commune: it comes from a package, and has neither members nor successors
        return []
    ended = body.until is not None and body.until < day
    found = [heir.code for heir in body.successors] if ended else []
    if body.is_class:
        found += [member.code for member in directory.members_on(code, day, province)[0]]
    return found
