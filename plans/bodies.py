"""Who exists when, who follows whom, and who belongs to a class of bodies.

Never a silent guess: where not exactly one successor is named, or nobody declares a class's
members, the answer is "undecided" with the reason in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from plans import units
from plans.declaration import Department, Departments, Province
from plans.errors import NotFound
from plans.terms import LeadStatus


@dataclass(frozen=True, slots=True)
class Lead:
    """Who leads on a day. ``code`` is None when a person must decide; ``reason`` says why."""

    code: str | None
    status: LeadStatus
    reason: str | None = None


class Directory:
    """The declared bodies, by code, with the rules of succession."""

    def __init__(self, declared: Departments) -> None:
        self.declared = declared
        self._bodies = {body.code: body for body in declared.departments}
        self._provinces = {one.code: one for one in declared.provinces}

    def get(self, code: str) -> Department:
        """A declared body, or ``NotFound``."""
        try:
            return self._bodies[code]
        except KeyError:
            raise NotFound(f"unknown department '{code}'") from None

    def knows(self, code: str) -> bool:
        """Whether a body is declared (communes and provinces are not: a package names them)."""
        return code in self._bodies

    def lead_on(self, code: str, day: date, function: str | None = None) -> Lead:
        """Who does this body's work on a day: itself, or its successor for the function."""
        body, passed = self.get(code), [code]
        while not _not_ended(body, day):
            heirs = _heirs(body, function)
            if len(heirs) != 1:
                return Lead(None, LeadStatus.UNDECIDED, _why(body, heirs, function))
            body = self.get(heirs[0])
            if body.code in passed:
                return Lead(None, LeadStatus.UNDECIDED, f"{code}: its successors form a circle")
            passed.append(body.code)
        if body.code == code:
            return Lead(code, LeadStatus.CONFIRMED)
        reason = f"{' → '.join(passed)}: {self.get(code).name.vi} ended on {self.get(code).until}"
        return Lead(body.code, LeadStatus.UNCONFIRMED, reason)

    def is_class(self, code: str) -> bool:
        """Whether the code names a class of bodies rather than one body."""
        return code in self._bodies and self._bodies[code].is_class

    def members_on(
        self, code: str, day: date, province: str | None
    ) -> tuple[tuple[Department, ...], Lead]:
        """The members of a class on a day, with how sure that is (and who declares none)."""
        lead = self.lead_on(code, day)
        if lead.code is None:
            return (), lead
        found, sure, why = self._members(self.get(lead.code), day, province)
        if not found:
            return (), Lead(None, LeadStatus.UNDECIDED, why)
        if lead.status is LeadStatus.CONFIRMED and sure:
            return found, lead
        return found, Lead(lead.code, LeadStatus.UNCONFIRMED, why or lead.reason)

    def _members(
        self, body: Department, day: date, province: str | None
    ) -> tuple[tuple[Department, ...], bool, str | None]:
        members = body.members
        if members is None:
            return (), False, f"nobody declares the members of {body.name.vi}"
        if members.units:
            return self._units(body, day, province)
        some = (
            [self.get(code) for code in members.codes]
            if members.codes
            else [one for one in self._bodies.values() if one.kind in members.kinds]
        )
        found = tuple(one for one in some if one.exists_on(day) and not one.is_class)
        return found, True, f"no member of {body.name.vi} exists on {day}"

    def _units(
        self, body: Department, day: date, province: str | None
    ) -> tuple[tuple[Department, ...], bool, str | None]:
        if day < units.TWO_TIERS:
            return (), False, f"nobody declares the members of {body.name.vi} before 2025-07-01"
        if body.members and body.members.units == "provinces":
            return units.provinces(), True, None
        if province is None:
            return (), False, f"the plan's province is not known, so neither is {body.name.vi}"
        now = self.province_on(province, day)
        if now is None or now.unit is None:
            return (), False, f"nobody declares the communes of {province} on {day}"
        same = now.code == province
        why = None if same else f"{province} was merged into {now.name.vi}"
        return units.communes(now.unit), same, why

    def province_on(self, code: str, day: date) -> Province | None:
        """The province that a province belongs to on a day, by its mergers."""
        one, seen = self._provinces.get(code), set()
        while one and one.until and one.until < day and one.code not in seen:
            seen.add(one.code)
            one = self._provinces.get(one.successor) if one.successor else None
        return one

    def every_body(self) -> Iterable[Department]:
        """All declared bodies."""
        return self._bodies.values()


def _not_ended(body: Department, day: date) -> bool:
    return body.until is None or day <= body.until


def _heirs(body: Department, function: str | None) -> list[str]:
    if function is None:
        only = [heir.code for heir in body.successors]
        return only if len(only) == 1 and body.successors[0].functions == "all" else []
    return [
        heir.code
        for heir in body.successors
        if heir.functions == "all" or function in heir.functions
    ]


def _why(body: Department, heirs: list[str], function: str | None) -> str:
    ended = f"{body.name.vi} ended on {body.until}"
    if not body.successors:
        return f"{ended} and no successor is declared"
    if function is None:
        return f"{ended}; the task names no function by which to choose among its successors"
    if not heirs:
        return f"{ended} and no successor is named for the function '{function}'"
    return f"{ended} and several successors are named for '{function}': {', '.join(heirs)}"
