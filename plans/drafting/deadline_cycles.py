"""Words for what comes back each month, quarter, half-year or year."""
# ruff: noqa: E501 (a pattern is read as one line)

from __future__ import annotations

import re

from plans.terms import PeriodKind

_NO_DATE = r"(?!\s*\d+(?!\d|\s*lan))"
"""Not a month or year with its number, but '6 tháng 1 lần'."""
_KINDS: tuple[tuple[str, PeriodKind | None], ...] = (
    (r"(?:0?2|hai)\s*tuan|nua thang", PeriodKind.FORTNIGHT),
    (r"(?:0?3|ba)\s*thang" + _NO_DATE, PeriodKind.QUARTER),
    (rf"(?:0?6|sau)\s*thang{_NO_DATE}(?:\s+dau nam)?|nua nam", PeriodKind.HALF_YEAR),
    (r"(?:0?9|chin)\s*thang" + _NO_DATE, PeriodKind.NINE_MONTHS),
    (r"(?:12|muoi hai)\s*thang" + _NO_DATE, PeriodKind.YEAR),
    (r"(?:0?[2-9]|1\d|hai|ba|bon|nam)\s*(?:nam|quy|thang)" + _NO_DATE, None),
    (
        r"qu[yi](?!\s*(?:i|v|l|[1-4])+\b(?!\s*lan))(?!\s+(?:dinh|che|trinh|hoach))",
        PeriodKind.QUARTER,
    ),
    (rf"(?:ca\s+|0?1\s+|mot\s+)?nam{_NO_DATE}(?!\s+hoc)", PeriodKind.YEAR),
    (rf"(?:0?1\s+|mot\s+)?thang{_NO_DATE}", PeriodKind.MONTH),
    (r"(?:0?1\s+|mot\s+)?tuan|ngay(?!\s*\d)", None),
)
"""None: a period of which there is none in a declaration."""
_KIND = "(?:" + "|".join(pattern for pattern, _ in _KINDS) + ")"
_SOME = rf"{_KIND}(?:\s*(?:,|va|;|/|-|hoac|&)\s*(?:(?:va|hang|dinh ky|bao cao)\s+)*{_KIND}(?!\w))*"
_OFTEN = r"(\d{1,2}|mot|hai|ba|bon)\s*(?:lan|ky)\s*(?:/|trong|moi|mot|trong mot)\s*(?:0?1\s+|mot\s+)?(nam|quy|thang|tuan)"
_EACH = r"(?:moi|hang|mot|0?1)\s+(nam|quy|thang|tuan)\s*(\d{1,2}|mot|hai|ba|bon)\s*lan"
_LAST_MONTH = r"(?:ngay\s+\d{1,2}\s+)?(?:cua\s+)?thang\s+(?:cuoi|dau|thu\s+\w+)(?:\s+cung)?\s+(?:cua\s+)?(?:(?:moi|hang|tung)\s+)?quy(?!\s*[\divl]+\b)"
"""A day within the quarter, which nobody can declare: the report of each quarter."""
_LIST = (
    rf"(?:0?6|0?9|sau|chin)\s*thang{_NO_DATE}(?:\s*(?:,|va|/|-|&)\s*(?:va\s+)?(?:(?:0?6|0?9)\s*thang|(?:ca\s+|mot\s+|0?1\s+)?nam))+(?!\s*\d|\s+(?:hoc|20))(?!\w)"
    r"|(?:thang|quy)(?:\s*,\s*(?:va\s+)?(?:quy|(?:0?6|0?9)\s*thang|nam))+(?!\s*[\divl]+\b|\s+hoc)(?!\w)"
)
"""Periods side by side, without a word for each: "6 tháng, năm"."""
CYCLES = (
    rf"{_LAST_MONTH}|{_EACH}|(?:(?:dinh ky|hang|moi|tung|theo tung|bao cao(?:\s+(?:dinh ky|hang))?)\s+)+(?:hang\s+)?{_SOME}"
    rf"|{_KIND}\s*(?:/|mot|0?1|moi)\s*(?:0?1\s+)?lan|{_OFTEN}|thuong nien"
    rf"|{_LIST}"
    r"|theo\s+(?:quy|thang|nam)(?!\s*[\divl]+\b|\s+(?:dinh|che|trinh|hoach))"
)
_TIMES = {
    ("nam", 1): PeriodKind.YEAR,
    ("nam", 2): PeriodKind.HALF_YEAR,
    ("nam", 4): PeriodKind.QUARTER,
    ("nam", 12): PeriodKind.MONTH,
    ("quy", 1): PeriodKind.QUARTER,
    ("thang", 1): PeriodKind.MONTH,
    ("thang", 2): PeriodKind.FORTNIGHT,
}
_WORDS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4}


def cycles(folded: str) -> tuple[PeriodKind, ...]:
    """The periods that a phrase matched by ``CYCLES`` names, in its order; none that exists: ()."""
    if re.search(rf"{_LAST_MONTH}$", folded.strip()):
        return (PeriodKind.QUARTER,)
    if "thuong nien" in folded:
        return (PeriodKind.YEAR,)
    often, each = re.fullmatch(_OFTEN, folded.strip()), re.fullmatch(_EACH, folded.strip())
    if often or each:
        period, count = (often[2], often[1]) if often else (each[1], each[2])  # type: ignore[index]
        kind = _TIMES.get((period, _WORDS.get(count) or int(count)))
        return (kind,) if kind else ()
    found: list[PeriodKind] = []
    phrase = re.sub(r"dinh ky|\b(?:mot|0?1)\s*lan", "; ", folded)
    for match in re.finditer(rf"(?<!\w){_KIND}(?!\w)", phrase):
        kind = next(kind for pattern, kind in _KINDS if re.fullmatch(pattern, match[0]))
        if kind and kind not in found:
            found.append(kind)
    return tuple(found)
