"""Communes and provinces as bodies, from the package ``vietnam-provinces`` (no hand-typed list).

The package knows the two-tier order that began on 2025-07-01; before that day it knows nobody.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from plans.declaration import Department, Title

TWO_TIERS = date(2025, 7, 1)
"""Resolution 202/2025/QH15: 34 provinces, no districts, new communes."""


@cache
def communes(unit: int) -> tuple[Department, ...]:
    """The commune-level People's Committees of one province (its number in the package)."""
    from vietnam_provinces import ProvinceCode, Ward

    return tuple(
        _committee(f"xa-{ward.code.value}", ward.name, "ubnd-xa-phuong", "ubnd-tinh")
        for ward in Ward.iter_by_province(ProvinceCode(unit))
    )


@cache
def provinces() -> tuple[Department, ...]:
    """The People's Committees of the 34 provinces and cities."""
    from vietnam_provinces import Province

    return tuple(
        _committee(f"tinh-{one.code.value}", one.name, "ubnd-tinh-tp", None)
        for one in Province.iter_all()
    )


def _committee(code: str, name: str, kind: str, parent: str | None) -> Department:
    name = " ".join(name.split())  # the package has some names with two blanks
    short = f"UBND {name[0].lower()}{name[1:]}"
    title = Title(vi=short, en=f"People's Committee of {name}")
    return Department(code=code, name=title, abbr=short, kind=kind, parent=parent, since=TWO_TIERS)
