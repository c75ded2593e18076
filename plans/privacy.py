"""What in people's words may be a person's number: identity numbers and telephone numbers.

The product tracks tasks, not children: whoever writes such a number is warned, and takes it out or
confirms that it may stand. A warning too many costs a click, so what can be either is reported; but
amounts, dates and document numbers, of which reports are full, stay quiet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from plans.errors import PersonalData
from plans.reporting import Report

Kind = Literal["identity_number", "phone"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Where in a text something stands that may identify a person; never the number itself."""

    kind: Kind
    start: int
    end: int


NAMES: Mapping[Kind, str] = {
    "identity_number": "an identity number (số định danh)",
    "phone": "a telephone number (số điện thoại)",
}

_BETWEEN = r"[ \t\xa0\xad.()•·‐-―−\u200b-\u200f\u2060\ufeff-]{1,3}"
"""What people put between the groups of one number; signs that nobody sees among them."""
_RUN = re.compile(rf"\d+(?:{_BETWEEN}\d+)*")
_GROUP = re.compile(r"\d+")
_IDENTITY = re.compile(r"0(?!00)(?:[0-8]\d|9[0-6])\d{9}", re.ASCII)
"""Circular 59/2021/TT-BCA: a code of province (001 to 096), sex and century, year, six digits."""
_NATIONAL = re.compile(r"0(?:[35789]\d{8}|2\d{9})", re.ASCII)
_ABROAD = re.compile(r"(?:00)?840?(?:[35789]\d{8}|2\d{9})", re.ASCII)
_MONEY = re.compile(
    r"[ \xa0]{0,2}(?:đồng|đ|vnđ|vnd|tỷ|tỉ|triệu|nghìn|ngàn|usd)(?!\w)", re.IGNORECASE
)
_OFFICIAL = re.compile(r"/(?:\d{4}/)?[A-ZĐ]{2}")
"""What follows a document's number: 0912345678/QĐ-UBND."""
_TAX = re.compile(r"(?:mst|mã số thuế|mã số doanh nghiệp)\W{0,3}$", re.IGNORECASE)
_SPECIAL = {(3, 1, 2, 6)}
"""Province, century, year and rest of an identity number, each apart."""
_FEWEST_DIGITS, _MOST_DIGITS = 10, 14
_NEAR = 40


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits that stand together; ``before`` is what divides them from the group before."""

    digits: str
    start: int
    end: int
    before: str


def findings(text: str) -> list[Finding]:
    """Every number that may be a person's, in order; in time proportional to the text."""
    found: list[Finding] = []
    for run in _RUN.finditer(text):
        groups = _groups(text, run)
        amounts = _amounts(text, groups)
        at = 0
        while at < len(groups):
            some = None if at in amounts else _at(text, groups, at, amounts)
            if some:
                found.append(some[0])
            at += some[1] if some else 1
    return found


def _groups(text: str, run: re.Match[str]) -> list[_Group]:
    found: list[_Group] = []
    for one in _GROUP.finditer(text, run.start(), run.end()):
        before = text[found[-1].end : one.start()] if found else ""
        # Digits of other scripts and full width are digits to a reader, too. A long row of them is
        # no one's number, and would take long to turn into digits.
        digits = "".join(str(int(sign)) for sign in one[0][: _MOST_DIGITS + 1])
        found.append(_Group(digits, one.start(), one.end(), before))
    return found


def _amounts(text: str, groups: Sequence[_Group]) -> set[int]:
    """Which groups belong to an amount such as 1.646.500.000.000, or to a decimal fraction."""
    found: set[int] = set()
    first = 0
    for at in range(1, len(groups) + 1):
        if at < len(groups) and groups[at].before == ".":
            continue
        chain = groups[first:at]
        dialled = _dialled(text, groups, first)
        thousands = len(chain[0].digits) <= 3 and all(len(one.digits) == 3 for one in chain[1:])
        fraction = len(chain) == 2 and chain[0].digits == "0"
        amount = fraction or (thousands and chain[0].digits[0] != "0")
        if len(chain) > 1 and amount and not dialled:
            found.update(range(first, at))
        first = at
    return found


def _dialled(text: str, groups: Sequence[_Group], first: int) -> bool:
    """Whether a country's code stands before a group, or a plus sign that says it is one."""
    if first > 0 and groups[first - 1].digits in ("84", "0084"):
        before = groups[first - 1]
        return before.digits == "0084" or _after_plus(text, before)
    return _after_plus(text, groups[first])


def _after_plus(text: str, group: _Group) -> bool:
    return text[max(0, group.start - 1) : group.start] in ("+", "＋")


def _at(
    text: str, groups: Sequence[_Group], at: int, amounts: set[int]
) -> tuple[Finding, int] | None:
    """The longest number that begins with a group, and of how many groups it is."""
    best = None
    digits, begun = "", groups[at].start
    international = _after_plus(text, groups[at])
    if groups[at].digits[0] not in "08":
        return None
    for end in range(at, len(groups)):
        digits += groups[end].digits
        if len(digits) > _MOST_DIGITS or end in amounts:
            break
        if len(digits) < _FEWEST_DIGITS:
            continue
        some = groups[at : end + 1]
        kind = _kind(digits, some)
        if kind and not _harmless(text, some, digits, international):
            best = Finding(kind, begun - international, groups[end].end), end - at + 1
    return best


def _kind(digits: str, groups: Sequence[_Group]) -> Kind | None:
    sizes = tuple(len(one.digits) for one in groups)
    if _IDENTITY.fullmatch(digits):
        return "identity_number" if sizes in _SPECIAL or _plausible(groups) else None
    if _NATIONAL.fullmatch(digits):
        return "phone" if _plausible(groups) else None
    if _ABROAD.fullmatch(digits):
        return "phone" if _plausible(_without_prefix(groups)) else None
    return None


def _without_prefix(groups: Sequence[_Group]) -> Sequence[_Group]:
    """The groups that follow +84, and (0) after it, where those stand apart."""
    rest = groups[1:] if groups[0].digits in ("84", "0084") else groups
    return rest[1:] if len(rest) > 1 and rest[0].digits == "0" else rest


def _plausible(groups: Sequence[_Group]) -> bool:
    """Whether people write one number in such groups, rather than several numbers in a row."""
    if groups[0].digits == "0" and len(groups) > 2:
        groups = groups[1:]
    sizes = [len(one.digits) for one in groups]
    if min(sizes) >= 3:
        return True
    alike = len({one.before for one in groups[1:]}) <= 1
    same_size = len(set(sizes)) == 1
    return alike and (same_size or (min(sizes) >= 2 and not _begins_with_date(groups)))


def _begins_with_date(groups: Sequence[_Group]) -> bool:
    if [len(one.digits) for one in groups[:3]] != [2, 2, 4]:
        return False
    day, month, year = (int(one.digits) for one in groups[:3])
    try:
        return 1900 <= date(year, month, day).year < 2100
    except ValueError:
        return False


def _harmless(text: str, groups: Sequence[_Group], digits: str, international: bool) -> bool:
    """Whether what stands around says that it is something else."""
    start, end = groups[0].start, groups[-1].end
    after = text[end : end + _NEAR]
    if _OFFICIAL.match(after) or _hash_like(text, start, end):
        return True
    if digits.startswith("84") and not international:
        return bool(_MONEY.match(after))
    return len(groups) == 1 and bool(_TAX.search(text[max(0, start - _NEAR) : start]))


def _hash_like(text: str, start: int, end: int) -> bool:
    """Whether the digits are a piece of a longer code of letters and digits."""
    left = re.search(r"[^\W_]*$", text[max(0, start - _NEAR) : start])
    right = re.match(r"[^\W_]*", text[end : end + _NEAR])
    return any(re.search(r"\d", side[0]) for side in (left, right) if side)


def masked(text: str, finding: Finding) -> str:
    """A number so that its writer knows it, and nobody else: ``0912•••678``."""
    digits = "".join(
        str(int(sign)) for sign in text[finding.start : finding.end] if sign.isdecimal()
    )
    return f"{digits[:4]}•••{digits[-3:]}"


# --- reports -----------------------------------------------------------------------------------


def scan(report: Report) -> dict[str, list[Finding]]:
    """What a report's words hold, by field (``result``, ``evidence.0.title``); empty: nothing."""
    return {name: some for name, text in _texts(report) if (some := findings(text))}


def _texts(report: Report) -> Iterator[tuple[str, str]]:
    for name in ("result", "obstacles", "proposals"):
        yield name, getattr(report, name)
    for index, one in enumerate(report.evidence):
        for name in ("number", "title"):
            yield f"evidence.{index}.{name}", getattr(one, name) or ""


def require_confirmed(report: Report) -> bool:
    """Whether a report is flagged; ``PersonalData`` where its writer was not asked yet."""
    return require_confirmed_texts(dict(_texts(report)), confirmed=report.confirm_personal_data)


def require_confirmed_texts(texts: Mapping[str, str], *, confirmed: bool) -> bool:
    """The same for any texts by their fields' names."""
    found = {name: some for name, text in texts.items() if (some := findings(text))}
    if found and not confirmed:
        fields = {name: _said(texts[name], some) for name, some in found.items()}
        raise PersonalData(
            "this may hold a person's number; take it out, or send it again with "
            "confirm_personal_data if it is no person's or has to stand",
            fields=fields,
        )
    return bool(found)


def _said(text: str, found: Sequence[Finding]) -> str:
    shown = [f"{NAMES[one.kind]} {masked(text, one)}" for one in found[:3]]
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"may hold {', '.join(shown)}{more}; take it out or confirm"
