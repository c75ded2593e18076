"""A plan's declaration as others read it: what is implied is said, nothing is left out."""

from __future__ import annotations

from typing import Any

from plans.declaration import Part, Plan, Task


def shown_plan(plan: Plan) -> dict[str, Any]:
    """The plan as plain values with ``groups[].tasks[].parts[]`` and ``targets[]``."""
    shown = plan.model_dump(mode="json")
    for group, shown_group in zip(plan.groups, shown["groups"], strict=True):
        for task, shown_task in zip(group.tasks, shown_group["tasks"], strict=True):
            pairs = zip(task.parts, shown_task["parts"], strict=True)
            shown_task["parts"] = [_part(task, part, row) for part, row in pairs]
    for target, row in zip(plan.targets, shown["targets"], strict=True):
        row["directional"] = target.directional
    return shown


def _part(task: Task, part: Part, row: dict[str, Any]) -> dict[str, Any]:
    """A part with the lead that it has in effect, and whether it names its own."""
    return row | {"lead": part.lead or task.lead, "own_lead": part.lead is not None}
