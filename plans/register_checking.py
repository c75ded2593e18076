"""What ``registers.yaml`` gets wrong beside the plans alone: unknown targets and owners, twins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plans.declaration import Department, Plan, Target
from plans.declaration.registers import (
    AnyRegister,
    Dhis2Register,
    Dhis2Target,
    JsonRegister,
    JsonTarget,
    Registers,
)
from plans.explaining import Place, nearest, shown
from plans.figures import SHARES
from plans.source import Problem, Read, Source
from plans.terms import PeriodKind

ELSEWHERE = (PeriodKind.FORTNIGHT, PeriodKind.NINE_MONTHS)
"""Kinds of periods that no DHIS2 has as we have them; such targets are asked for by the year."""


def check_registers(
    read: Read[Registers], plans: Sequence[Plan], bodies: Sequence[Department], *, whole: bool
) -> Iterator[Problem]:
    """Every problem of the file; ``whole``: all plans are among ``plans``, so a target that none of
    them declares is an error."""
    source, declared = read
    targets = {one.id: one for plan in plans for one in plan.targets}
    codes = {body.code for body in bodies}
    first: dict[str, int] = {}
    for n, register in enumerate(declared.registers):
        place: Place = ("registers", n)
        if register.id in first:
            message = f"the register '{register.id}' is declared twice"
            yield source.problem((*place, "id"), message, "choose another id")
        first.setdefault(register.id, n)
        if bodies and register.owner not in codes:
            yield _unknown(source, (*place, "owner"), "department", register.owner, codes)
        yield from _targets(source, place, register, targets, whole=whole)


def _targets(
    source: Source,
    place: Place,
    register: AnyRegister,
    targets: dict[str, Target],
    *,
    whole: bool,
) -> Iterator[Problem]:
    seen: set[str] = set()
    entries: Sequence[JsonTarget | Dhis2Target] = register.targets
    common = register if isinstance(register, JsonRegister) else None
    for n, one in enumerate(entries):
        here = (*place, "targets", n, "id")
        if one.id in seen:
            message = f"the target '{one.id}' is named twice"
            yield source.problem(here, message, "one entry gives a target's figures")
        seen.add(one.id)
        target = targets.get(one.id)
        if target is None:
            if whole:
                yield _unknown(source, here, "target", one.id, set(targets))
            continue
        value, part = (one.value, one.part)
        if common:
            value, part = value or common.value, part or common.part
        if part and not value and target.unit not in SHARES:
            message = f"target '{one.id}' has the unit {target.unit or 'none'}, so it is no share"
            yield source.problem(here, message, "give a 'value' instead of 'part' and 'whole'")
        if isinstance(register, Dhis2Register) and target.measure_every in ELSEWHERE:
            message = f"DHIS2 has no period like '{target.measure_every}'"
            yield source.warning(here, message, "it is asked for whole years instead")


def _unknown(source: Source, place: Place, what: str, name: str, known: set[str]) -> Problem:
    near = nearest(name, tuple(sorted(known)))
    remedy = f"did you mean '{near}'?" if near else f"the declarations name each {what}"
    return source.problem(place, f"unknown {what} {shown(name)}", remedy)
