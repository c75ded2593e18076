"""Numbers as people write them: decimals with a comma or a dot, nothing guessed.

What can be read in two ways ("1.646": one thousand, or one and a bit) is refused, never guessed;
a file's other cells may settle which sign it writes before decimals (``decimal_sign``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*", re.ASCII)
SIGNS = {"percent": "%", "per_mille": "‰"}
NOTHING = ("-", "–", "—", "…", "...")
"""What people write where there is no figure."""
LONGEST = 40
_BLANKS = re.compile(r"[\s\u00a0\u202f]")


class NotANumber(ValueError):
    """A text is no number."""


class TwoNumbers(NotANumber):
    """A text is two numbers: ``before`` and ``after`` its one sign make 1646, or 1.646."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"{before}{after} or {before}.{after}")
        self.before, self.after = before, after


def read_number(
    text: str, *, unit: str | None = None, whole: bool = False, decimal: str | None = None
) -> float | None:
    """The one number that a text can be, None for an empty one; ``NotANumber`` for the rest.

    Of two different separators the last is the decimal one; one that comes several times parts
    thousands. ``whole``: what is counted has no decimals, so a lone dot before three digits parts
    thousands, too. ``decimal``: the sign that stands before decimals, where that is known. The
    unit's own sign may follow.
    """
    bare = bare_of(text, unit)
    if not bare:
        return None
    if not NUMBER.fullmatch(bare) or len(bare) > LONGEST:
        raise NotANumber(text)
    marks = _marks(bare)
    if not marks:
        return float(bare)
    if len(marks) == 1:
        return _with_one(bare, marks[0], whole=whole, decimal=decimal)
    return _with_many(bare, marks)


def bare_of(text: str, unit: str | None = None) -> str:
    """A number's text without blanks and without its unit's sign."""
    bare = _BLANKS.sub("", text).removesuffix(SIGNS.get(unit or "", "\0"))
    return bare.replace("−", "-")


def decimal_sign(texts: Iterable[str]) -> str | None:
    """The sign that some numbers write before decimals; None where none tells, or they differ."""
    found = {sign for text in texts if (sign := _told_by(bare_of(text.rstrip(" %‰"))))}
    return found.pop() if len(found) == 1 else None


def _told_by(bare: str) -> str | None:
    """The decimal sign of whoever wrote this number, where it can have been only one."""
    if not NUMBER.fullmatch(bare):
        return None
    marks = _marks(bare)
    if len(set(marks)) == 2:
        return marks[-1]
    if len(marks) > 1:
        return "," if marks[0] == "." else "."
    if marks and not _grouped(bare, marks[0]):
        return marks[0]
    return None


def _marks(bare: str) -> list[str]:
    return [sign for sign in bare if sign in ".,"]


def _grouped(bare: str, mark: str) -> bool:
    """Whether a lone sign may part thousands."""
    before, _, after = bare.partition(mark)
    return len(after) == 3 and len(before.lstrip("-")) <= 3 and not before.startswith(("0", "-0"))


def _with_one(bare: str, mark: str, *, whole: bool, decimal: str | None) -> float:
    before, _, after = bare.partition(mark)
    if not _grouped(bare, mark) or mark == decimal:
        return float(f"{before}.{after}")
    if (whole and mark == ".") or decimal is not None:
        return float(before + after)
    raise TwoNumbers(before, after)


def _with_many(bare: str, marks: list[str]) -> float:
    decimal = marks[-1] if len(set(marks)) > 1 else ""
    group = marks[0]
    body, _, fraction = bare.rpartition(decimal) if decimal else (bare, "", "")
    parts = body.lstrip("-").split(group)
    sound = decimal not in body if decimal else True
    if not sound or not 1 <= len(parts[0]) <= 3 or any(len(one) != 3 for one in parts[1:]):
        raise NotANumber(bare)
    sign = "-" if bare.startswith("-") else ""
    return float(f"{sign}{''.join(parts)}.{fraction or 0}")
