"""Periods as people and other systems write them: "Quý II/2026", "6 tháng đầu năm 2026", 2026Q2."""

from __future__ import annotations

import re
from typing import Final

from plans.errors import InvalidInput
from plans.explaining import slug
from plans.periods import ENGLISH_MONTHS, KEY_PATTERN, Period, parse_key

_YEAR: Final = r"(?P<year>(?:19|20|21)\d\d)"
_OF: Final = r"(?:-(?:of|nam))?"
_ORDINAL: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "first": 1, "second": 2, "dau": 1, "cuoi": 2}
_MONTHS: Final = {slug(name): number for number, name in enumerate(ENGLISH_MONTHS, 1)}
_FORMS: Final = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        # As DHIS2 writes them, which write calendar periods: https://docs.dhis2.org (periods).
        (rf"{_YEAR}q(?P<n>[1-4])", "{year}-Q{n}"),
        (rf"{_YEAR}s(?P<n>[12])", "{year}-H{n}"),
        (rf"{_YEAR}(?P<n>0[1-9]|1[0-2])", "{year}-{n:02}"),
        # As other systems and spreadsheets do.
        (rf"{_YEAR}-q(?P<n>[1-4])", "{year}-Q{n}"),
        (rf"{_YEAR}(?:-|m)(?P<n>0[1-9]|1[0-2])", "{year}-{n:02}"),
        # As our own words call them (periods.label), and as people shorten that.
        (rf"(?:quy|quarter|q)-?(?P<n>i{{1,3}}|iv|0?[1-4]){_OF}-{_YEAR}", "{year}-Q{n}"),
        (rf"(?:6|06|sau)-thang-(?P<n>dau|cuoi)(?:-nam)?-{_YEAR}", "{year}-H{n}"),
        (rf"(?P<n>first|second)-half{_OF}-{_YEAR}", "{year}-H{n}"),
        (rf"h(?P<n>[12])-{_YEAR}", "{year}-H{n}"),
        (rf"nua-(?P<n>dau|cuoi)-nam-{_YEAR}", "{year}-H{n}"),
        (rf"6t-?{_YEAR}", "{year}-H1"),
        (rf"9t-?{_YEAR}", "{year}-9M"),
        (rf"(?:9|09|chin)-thang(?:-dau)?(?:-nam)?-{_YEAR}", "{year}-9M"),
        (rf"(?:9|nine)-months{_OF}-{_YEAR}", "{year}-9M"),
        (rf"(?:thang|month)-(?P<n>0?[1-9]|1[0-2]){_OF}-{_YEAR}", "{year}-{n:02}"),
        (rf"t(?P<n>0?[1-9]|1[0-2])-{_YEAR}", "{year}-{n:02}"),
        (rf"(?P<n>0?[1-9]|1[0-2])-{_YEAR}", "{year}-{n:02}"),
        (rf"(?P<n>{'|'.join(_MONTHS)})-{_YEAR}", "{year}-{n:02}"),
        (rf"(?:ca-|trong-)?(?:nam|year)-{_YEAR}", "{year}"),
        (
            rf"(?:ky-)?(?:0?2|hai)-tuan-tu-(?P<day>\d\d)-(?P<n>\d\d)-{_YEAR}",
            "F{year}-{n:02}-{day}",
        ),
        (
            rf"fortnight-from-(?P<day>\d\d?)-(?P<n>{'|'.join(_MONTHS)})-{_YEAR}",
            "F{year}-{n:02}-{day:0>2}",
        ),
    )
)


def read_period(text: str) -> Period:
    """The official period that a text names: a key, or words in Vietnamese or English.

    Raises:
        InvalidInput: no period is called so.
    """
    given = text.strip()[:60]
    if KEY_PATTERN.fullmatch(given):
        return parse_key(given)
    plain = slug(given).removeprefix("ky-bao-cao-")
    for pattern, form in _FORMS:
        if match := pattern.fullmatch(plain):
            return parse_key(_filled(form, match))
    raise InvalidInput(
        f"'{given}' is no period; write one like 2026, 2026-H1, 2026-Q1, 2026-01, Quý I/2026 or "
        "tháng 5/2026"
    )


def _filled(form: str, match: re.Match[str]) -> str:
    given = match.groupdict()
    said = given.pop("n", None)
    number = _ORDINAL.get(said or "") or _MONTHS.get(said or "") or int(said or 0)
    return form.format(n=number, **given)
