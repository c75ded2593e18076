"""Codes for what an annex numbers in its own way: unique, and in a code's form."""

from __future__ import annotations

import re

from plans.explaining import slug

LONGEST = 80
PREFIX = 32
NUMBERED = re.compile(r"(\d+[a-z]?)\s*[-/]\s*([^\W_]+)")


class Ids:
    """The ids of one draft; none twice."""

    def __init__(self, plan: str) -> None:
        self.plan = plan
        self._taken = {plan}

    def unique(self, *words: str) -> str:
        """A code that begins with the plan's, and has not been given yet."""
        return self.below(self.plan, "-".join(words))

    def below(self, outer: str, word: str) -> str:
        """A code that begins with another one, and has not been given yet."""
        rest = slug(word)
        base = f"{outer}-{rest}"[: LONGEST - 6].strip("-") if rest else outer
        found, n = base, 2
        while found in self._taken:
            found, n = f"{base}-{n}", n + 1
        self._taken.add(found)
        return found


def plan_id(number: str | None, year: int | None, otherwise: str) -> str:
    """A plan's id: 123/KH-UBND of 2026 is kh123-2026; else from its title or file."""
    found = NUMBERED.match(number or "")
    if found:
        kind = slug(found[2]).replace("-", "")
        base = f"{kind}{found[1].lower()}"
        base += f"-{year}" if year else ""
    else:
        base = slug(number or "") or slug(otherwise)
    return base[:PREFIX].strip("-") or "ke-hoach"
