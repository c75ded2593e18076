"""What only several declarations together can get wrong: unknown names, twins, circles.

An error is something that the engine could not act on; a warning is something that a person should
compare with the document (those about a single plan stand in ``plans.doubts``). Each points at the
line and column it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

from plans.bodies import Directory
from plans.calendar import CalendarYear
from plans.declaration import Department, Departments, Plan, Province
from plans.doubts import doubtful_leads, doubts_of, placed_leads, placed_tasks
from plans.drafts import questions_of
from plans.explaining import Place, nearest, shown, slug
from plans.source import Problem, Read, Source

GAP = timedelta(days=31)
MAX_SUGGESTIONS = 500


def check(
    departments: Read[Departments] | None,
    plans: Sequence[Read[Plan]],
    calendar: Sequence[Read[CalendarYear]],
) -> list[Problem]:
    """Every problem across the files, in their order; without departments, what needs none."""
    found = [*_same_ids(plans), *_same_years(calendar)]
    for plan in plans:
        found += doubts_of(plan)
        found += questions_of(plan)
    if departments:
        names = _Names(departments.declared)
        unsound = list(_departments(departments, names))
        for plan in plans:
            unknown = list(_names_of(plan, names))
            # Who follows whom can only be asked where everybody is known.
            if not any(problem.is_error for problem in [*unsound, *unknown]):
                found += doubtful_leads(plan, Directory(departments.declared))
            found += unknown
        found += unsound
    return sorted(found)


def plan_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a plan's file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://dondoc.invalid/plan.schema.json",
        **Plan.model_json_schema(),
        "title": "A plan declared for Dondoc",
    }


# --- names ------------------------------------------------------------------------------------


class _Names:
    """The codes that a declaration may use, with the nearest one for what is not among them."""

    def __init__(self, declared: Departments) -> None:
        self.bodies = {body.code: body for body in declared.departments}
        self.functions = {code: title.vi for code, title in declared.functions.items()}
        self.provinces = {one.code: one.name.vi for one in declared.provinces}
        self.kinds = {body.kind: body.kind for body in declared.departments}
        self._spoken = dict(_spoken(declared.departments))
        self._asked = 0

    def department(self, source: Source, place: Place, code: str) -> Iterator[Problem]:
        """A problem if no such department is declared."""
        if code not in self.bodies:
            near = self._nearest(code, self._spoken)
            meant = self.bodies[self._spoken[near]] if near else None
            hint = f"did you mean '{meant.code}' ({meant.name.vi})?" if meant else ""
            remedy = hint or "departments.yaml declares the codes"
            yield source.problem(place, f"unknown department {shown(code)}", remedy)

    def other(
        self, source: Source, place: Place, code: str | None, known: Mapping[str, str], what: str
    ) -> Iterator[Problem]:
        """A problem if no such function, province or kind is declared."""
        if code is not None and code not in known:
            near = self._nearest(code, known)
            name = f" ({known[near]})" if near and known[near] != near else ""
            hint = f"did you mean '{near}'{name}?" if near else ""
            remedy = hint or f"departments.yaml declares each {what}"
            yield source.problem(place, f"unknown {what} {shown(code)}", remedy)

    def _nearest(self, code: str, known: Mapping[str, str]) -> str | None:
        """Only so often, since each search takes a millisecond and a file may name thousands."""
        self._asked += 1
        return nearest(code, tuple(known)) if self._asked <= MAX_SUGGESTIONS else None


def _spoken(bodies: Iterable[Department]) -> Iterator[tuple[str, str]]:
    """Everything that people call a body, with its code; codes win over names."""
    several = list(bodies)
    for body in several:
        for name in (body.name.vi, body.name.en, body.abbr, *body.aliases):
            yield slug(name), body.code
    for body in several:
        yield body.code, body.code


def _names_of(plan: Read[Plan], names: _Names) -> Iterator[Problem]:
    source, declared = plan
    for place, code in _mentions(declared):
        yield from names.department(source, place, code)
    for place, function in _functions(declared):
        yield from names.other(source, place, function, names.functions, "function")
    yield from names.other(source, ("province",), declared.province, names.provinces, "province")
    for place, task in placed_tasks(declared):
        for number, code in enumerate(task.fan_out):
            body = names.bodies.get(code)
            if body and not body.is_class:
                message = f"'{code}' ({body.name.vi}) is one body, not a class of bodies"
                remedy = "name a class here, or put the body under 'supporting'"
                yield source.problem((*place, "fan_out", number), message, remedy)


def _mentions(plan: Plan) -> Iterator[tuple[Place, str]]:
    """Every place of a plan that names a department."""
    yield ("coordinator",), plan.coordinator
    for place, _task, _what, code in placed_leads(plan):
        yield place, code
    for place, task in placed_tasks(plan):
        for name, codes in (("supporting", task.supporting), ("fan_out", task.fan_out)):
            yield from (((*place, name, number), code) for number, code in enumerate(codes))
    for number, target in enumerate(plan.targets):
        yield ("targets", number, "owner"), target.owner


def _functions(plan: Plan) -> Iterator[tuple[Place, str | None]]:
    for place, task in placed_tasks(plan):
        yield (*place, "function"), task.function
        for number, part in enumerate(task.parts):
            yield (*place, "parts", number, "function"), part.function
    for number, target in enumerate(plan.targets):
        yield ("targets", number, "function"), target.function


# --- identities -------------------------------------------------------------------------------


def _same_ids(plans: Sequence[Read[Plan]]) -> Iterator[Problem]:
    """Plans have their own names; everything inside them shares one space across all plans."""
    yield from _twice(((plan.source, ("id",), plan.declared.id) for plan in plans), "plan")
    inner = ((plan.source, place, name) for plan in plans for place, name in _ids(plan.declared))
    yield from _twice(inner, "id")


def _ids(plan: Plan) -> Iterator[tuple[Place, str]]:
    for g, group in enumerate(plan.groups):
        yield ("groups", g, "id"), group.id
    for place, task in placed_tasks(plan):
        yield (*place, "id"), task.id
        yield from (((*place, "parts", n, "id"), part.id) for n, part in enumerate(task.parts))
    yield from ((("targets", n, "id"), one.id) for n, one in enumerate(plan.targets))
    yield from ((("statistics", n, "id"), one.id) for n, one in enumerate(plan.statistics))


def _twice(uses: Iterable[tuple[Source, Place, object]], what: str) -> Iterator[Problem]:
    first: dict[object, tuple[Source, Place]] = {}
    for source, place, name in uses:
        if name not in first:
            first[name] = source, place
            continue
        other, there = first[name]
        line, column = other.at(there)
        remedy = f"choose another; the first is at {other.path}:{line}:{column}"
        yield source.problem(place, f"the {what} '{name}' is declared twice", remedy)


def _same_years(calendar: Sequence[Read[CalendarYear]]) -> Iterator[Problem]:
    return _twice(((one.source, ("year",), one.declared.year) for one in calendar), "year")


# --- bodies -----------------------------------------------------------------------------------


def _departments(read: Read[Departments], names: _Names) -> Iterator[Problem]:
    source, declared = read
    bodies = list(enumerate(declared.departments))
    provinces = list(enumerate(declared.provinces))
    yield from _twice(
        ((source, ("departments", n, "code"), body.code) for n, body in bodies), "department"
    )
    yield from _twice(
        ((source, ("provinces", n, "code"), p.code) for n, p in provinces), "province"
    )
    for n, body in bodies:
        yield from _kin(source, ("departments", n), body, names)
        yield from _handover(source, ("departments", n), body, names)
    for n, one in provinces:
        place = ("provinces", n, "successor")
        yield from names.other(source, place, one.successor, names.provinces, "province")
    for what, edges in (
        ("parents", _parents(bodies)),
        ("successors", _successors(bodies)),
        ("successors", _mergers(provinces)),
    ):
        yield from _circles(source, what, edges)


def _kin(source: Source, place: Place, body: Department, names: _Names) -> Iterator[Problem]:
    """Unknown names among a body's parent, successors and members."""
    if body.parent:
        yield from names.department(source, (*place, "parent"), body.parent)
    for n, heir in enumerate(body.successors):
        below = (*place, "successors", n)
        yield from names.department(source, (*below, "code"), heir.code)
        for m, code in enumerate(() if heir.functions == "all" else heir.functions):
            where = (*below, "functions", m)
            yield from names.other(source, where, code, names.functions, "function")
    if body.members:
        below = (*place, "members")
        for n, code in enumerate(body.members.codes):
            yield from names.department(source, (*below, "codes", n), code)
        for n, kind in enumerate(body.members.kinds):
            yield from names.other(source, (*below, "kinds", n), kind, names.kinds, "kind")


def _handover(source: Source, place: Place, body: Department, names: _Names) -> Iterator[Problem]:
    """Successors who cannot have taken over on the day after the body's last."""
    if body.successors and body.until is None:
        message = f"'{body.code}' has successors but no last day, so they never take over"
        yield source.warning(place, message, "add 'until'")
        return
    for n, one in enumerate(body.successors):
        heir, where = names.bodies.get(one.code), (*place, "successors", n, "code")
        if heir is None or body.until is None:
            continue
        if heir.until and heir.until < body.until:
            message = f"'{heir.code}' ended on {heir.until}, before '{body.code}' ({body.until})"
            yield source.warning(where, message, "check both dates, or name who came after")
        if heir.since and heir.since - body.until > GAP:
            days = (heir.since - body.until).days - 1
            message = f"'{heir.code}' begins on {heir.since}, {days} days after '{body.code}' ended"
            yield source.warning(where, message, "check both dates")


Edge = tuple[str, str, Place]


def _parents(bodies: Iterable[tuple[int, Department]]) -> Iterator[Edge]:
    for n, body in bodies:
        if body.parent:
            yield body.code, body.parent, ("departments", n, "parent")


def _successors(bodies: Iterable[tuple[int, Department]]) -> Iterator[Edge]:
    for n, body in bodies:
        for m, heir in enumerate(body.successors):
            yield body.code, heir.code, ("departments", n, "successors", m, "code")


def _mergers(provinces: Iterable[tuple[int, Province]]) -> Iterator[Edge]:
    for n, one in provinces:
        if one.successor:
            yield one.code, one.successor, ("provinces", n, "successor")


def _circles(source: Source, what: str, edges: Iterable[Edge]) -> Iterator[Problem]:
    """Each circle once, shown where its first body in the file leads into it."""
    places = {(start, end): place for start, end, place in edges}
    graph: dict[str, set[str]] = {}
    for start, end in places:
        graph.setdefault(start, set()).add(end)
    order = {code: number for number, code in enumerate(graph)}
    while circle := _circle(graph):
        first = circle.index(min(circle, key=order.__getitem__))
        turned = [*circle[first:], *circle[: first + 1]]
        named = turned if len(turned) <= 12 else [*turned[:10], "…", turned[-1]]
        message = f"these {what} form a circle: {' → '.join(named)}"
        yield source.problem(places[turned[0], turned[1]], message, "take one of them out")
        for code in circle:
            del graph[code]


def _circle(graph: Mapping[str, set[str]]) -> list[str] | None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # It names the circle against the direction of the edges, its first code again at the end.
        return list(reversed(error.args[1]))[:-1]
    return None
