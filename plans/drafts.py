"""What a draft still asks: a warning each while it is checked; what nobody knows keeps it out.

A plan drawn up from a paper may lack leads, deadlines and parts of its head, each with a question
that says why. It can be checked and corrected as it is, but only what is answered is loaded, so
that nothing behind the loading ever meets a task without a lead or a deadline.
"""

from __future__ import annotations

from collections.abc import Iterator

from plans.declaration import Plan
from plans.declaration.questions import Asked
from plans.explaining import Place, shown
from plans.source import Problem, Read

SETTLE = "and remove the entry of 'questions'"
HEAD = ("issued", "issuer", "coordinator", "province")
"""Fields of a plan's head that have to hold something, also where the paper says nothing."""


def unconfirmed(plan: Plan) -> frozenset[str]:
    """Fields of the head that hold a stand-in, since the paper does not say what they are."""
    asked = (one.field for one in plan.questions if one.confidence == 0)
    return frozenset(one for one in asked if one in HEAD)


def missing(plan: Plan) -> int:
    """How many fields of a draft hold nothing yet that a loaded plan must hold."""
    open_ones = sum((task.lead is None) + (not task.due) for _, task in plan.tasks())
    return open_ones + len(unconfirmed(plan))


def questions_of(plan: Read[Plan]) -> Iterator[Problem]:
    """A warning for every question, where it stands."""
    for place, asked in _placed(plan.declared):
        for n, one in enumerate(asked.questions):
            where = f" at {one.at}" if one.at else ""
            said = f" (the paper says {shown(one.said)}{where})" if one.said else ""
            yield plan.source.warning(
                (*place, "questions", n),
                f"'{one.field}' is a question still: {one.why}{said}",
                f"compare '{one.field}' with the paper, {SETTLE}",
            )


def unanswered(plan: Read[Plan]) -> Iterator[Problem]:
    """An error for everything without which a plan cannot be loaded."""
    source, declared = plan
    for field in sorted(unconfirmed(declared)):
        message = f"'{field}' is not confirmed: the paper does not say it"
        yield source.problem((field,), message, f"write what the document says, {SETTLE}")
    for g, group in enumerate(declared.groups):
        for t, task in enumerate(group.tasks):
            place: Place = ("groups", g, "tasks", t)
            if task.lead is None:
                message = f"nobody knows yet who leads '{task.id}'"
                remedy = f"write the lead's code, which departments.yaml declares, {SETTLE}"
                yield source.problem((*place, "lead"), message, remedy)
            if not task.due:
                message = f"nobody knows yet when '{task.id}' is due"
                remedy = f"write an entry such as {{type: fixed, by: 2026-06-30}}, {SETTLE}"
                yield source.problem((*place, "due"), message, remedy)


def _placed(plan: Plan) -> Iterator[tuple[Place, Asked]]:
    yield (), plan
    for g, group in enumerate(plan.groups):
        yield ("groups", g), group
        for t, task in enumerate(group.tasks):
            place: Place = ("groups", g, "tasks", t)
            yield place, task
            yield from (((*place, "parts", n), part) for n, part in enumerate(task.parts))
