"""What looks wrong in a plan, though the engine could work with it: warnings, and early deadlines.

Documents do contradict themselves (two targets of Program 61 lie below their own baselines); what
they say stands, but a person should have compared it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from plans.bodies import Directory
from plans.courses import lies_backwards, rises
from plans.deadlines import earliest
from plans.declaration import Due, Fixed, Part, Plan, Target, Task
from plans.drafts import unconfirmed
from plans.explaining import Place
from plans.source import Problem, Read, Source


def doubts_of(plan: Read[Plan]) -> Iterator[Problem]:
    """What one plan alone makes doubtful."""
    yield from _deadlines(plan)
    yield from _targets(plan)
    yield from _repeated_leads(plan)


def doubtful_leads(plan: Read[Plan], directory: Directory) -> Iterator[Problem]:
    """Who cannot answer, as far as the departments say; every code must be known."""
    if "issued" in unconfirmed(plan.declared):
        return  # who exists cannot be asked of a day that nobody knows
    yield from _absent_leads(plan, directory)
    yield from _undecided(plan, directory)


def placed_tasks(plan: Plan) -> Iterator[tuple[Place, Task]]:
    """Every task with its place."""
    for g, group in enumerate(plan.groups):
        for t, task in enumerate(group.tasks):
            yield ("groups", g, "tasks", t), task


def placed_leads(plan: Plan) -> Iterator[tuple[Place, Task, Task | Part, str]]:
    """Every place of a lead, with its task and the task or part that it leads."""
    for place, task in placed_tasks(plan):
        if task.lead:
            yield (*place, "lead"), task, task, task.lead
        for number, part in enumerate(task.parts):
            if part.lead:
                yield (*place, "parts", number, "lead"), task, part, part.lead


def _deadlines(plan: Read[Plan]) -> Iterator[Problem]:
    """Dates outside the plan's own time."""
    source, declared = plan
    for place, task in placed_tasks(declared):
        for n, due in enumerate(task.due):
            last, where = last_day(due, declared.issued), (*place, "due", n)
            if last is None:
                continue
            if last <= declared.issued:
                message = f"due on {last}, but the plan was issued on {declared.issued}"
                yield source.problem(where, message, "a deadline comes after the plan's date")
            elif declared.ends and last > declared.ends:
                message = f"due on {last}, after the plan's end on {declared.ends}"
                yield source.warning(where, message, "check 'due' and the plan's 'ends'")


def last_day(due: Due, issued: date) -> date | None:
    """The last day that is in time, as far as a plan states one."""
    stated = earliest(due, issued)
    exclusive = isinstance(due, Fixed) and due.before
    return stated - timedelta(days=1) if stated and exclusive else stated


def _targets(plan: Read[Plan]) -> Iterator[Problem]:
    for n, target in enumerate(plan.declared.targets):
        yield from _backwards(plan.source, ("targets", n), target)
        yield from _odd_figures(plan.source, ("targets", n), target)


def _backwards(source: Source, place: Place, target: Target) -> Iterator[Problem]:
    if lies_backwards(target) and target.value is not None and target.baseline:
        value, start = target.value, target.baseline.value
        side = "below" if rises(target) else "above"
        message = f"target '{target.id}' ({value:g}) lies {side} its own baseline ({start:g})"
        yield source.warning((*place, "value"), message, "compare both with the document")


def _odd_figures(source: Source, place: Place, target: Target) -> Iterator[Problem]:
    figures = [((*place, "value"), target.value)]
    if target.baseline:
        figures.append(((*place, "baseline", "value"), target.baseline.value))
    for where, value in figures:
        if value is None:
            continue
        if target.unit == "percent" and not 0 <= value <= 100:
            message = f"{value:g} percent of target '{target.id}' lies outside 0 to 100"
            yield source.warning(where, message, "compare with the document")
        if target.unit == "count" and value != int(value):
            # 8.145 is how a document writes eight thousand; in YAML it is eight and a bit.
            message = f"target '{target.id}' counts {value:g}, which is no whole number"
            yield source.warning(where, message, "write thousands without a point")


def _repeated_leads(plan: Read[Plan]) -> Iterator[Problem]:
    for place, task in placed_tasks(plan.declared):
        for n, code in enumerate(task.supporting):
            if code == task.lead:
                message = f"'{code}' both leads and supports '{task.id}'"
                where = (*place, "supporting", n)
                yield plan.source.warning(where, message, "take it out of 'supporting'")


def _absent_leads(plan: Read[Plan], directory: Directory) -> Iterator[Problem]:
    """Leads that did not exist on the plan's date, each once."""
    source, declared = plan
    first: dict[str, Place] = {}
    for place, _task, _what, code in placed_leads(declared):
        first.setdefault(code, place)
    for code, place in first.items():
        body = directory.get(code)
        if not body.exists_on(declared.issued):
            ended = body.until and body.until < declared.issued
            when = f"ended on {body.until}" if ended else f"began on {body.since}"
            message = f"'{code}' {when}, but the plan was issued on {declared.issued}"
            yield source.warning(place, message, "name the body that the document names")


def _undecided(plan: Read[Plan], directory: Directory) -> Iterator[Problem]:
    """Work that no rule can give to anybody; one warning for each reason."""
    found: dict[str, list[Place]] = {}
    for place, task, function, code in _answering(plan.declared):
        for day in _days(plan.declared, task):
            reason = _why_undecided(plan.declared, directory, code, function, day)
            if reason and place not in found.setdefault(f"'{code}': {reason}", []):
                found[f"'{code}': {reason}"].append(place)
    for reason, places in found.items():
        more = f" (for {len(places)} entries of this plan)" if len(places) > 1 else ""
        remedy = f"a person will have to decide who answers{more}"
        yield plan.source.warning(places[0], reason, remedy)


def _answering(plan: Plan) -> Iterator[tuple[Place, Task, str | None, str]]:
    for place, task, what, code in placed_leads(plan):
        yield place, task, what.function or task.function, code
    for place, task in placed_tasks(plan):
        for n, code in enumerate(task.fan_out):
            yield (*place, "fan_out", n), task, task.function, code


def _days(plan: Plan, task: Task) -> list[date]:
    """The days that decide who answers: of one-offs the deadline, else the first and the last."""
    days: list[date] = []
    for due in task.due:
        stated = earliest(due, plan.issued)
        days += [stated] if stated else [plan.issued, plan.ends or date.max]
    return days


def _why_undecided(
    plan: Plan, directory: Directory, code: str, function: str | None, day: date
) -> str | None:
    if not directory.is_class(code):
        lead = directory.lead_on(code, day, function)
        return lead.reason if lead.code is None else None
    members, lead = directory.members_on(code, day, plan.province)
    return None if members else lead.reason
