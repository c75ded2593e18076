"""DHIS2, the health sector's system, asked through its analytics API.

``GET <root>/api/analytics.json?dimension=dx:…&dimension=pe:…&filter=ou:…`` answers ``headers`` and
``rows`` of texts (https://docs.dhis2.org: Developing with DHIS2, Analytics). A refusal is HTTP 409
with a message; who is not signed in is led to a page, or gets 401. DHIS2's periods are those of the
calendar, ours close on the 14th (Decree 09/2019/NĐ-CP), which each figure's note says.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from integrations.feed_limits import FeedError
from integrations.register_asking import MOST_ROWS, Asking, ask_json, invalid
from integrations.register_json import plain
from plans.declaration.registers import Dhis2Register, Dhis2Target
from plans.errors import InvalidInput
from plans.figure_rows import FigureRow
from plans.measuring import Owned
from plans.moments import read_moment
from plans.periods import Period, parse_key, periods_between
from plans.register_checking import ELSEWHERE
from plans.registers import LeftOut
from plans.terms import PeriodKind

AT_ONCE: Final = 40
"""Identifiers in one request: some proxies refuse addresses beyond 2,000 signs."""
NOT_SIGNED_IN: Final = "which DHIS2 does where nobody is signed in: check its token or password"

Found = Mapping[tuple[str, str], str]
"""Values by identifier and DHIS2's period."""


async def pull(
    asking: Asking, register: Dhis2Register, targets: Mapping[str, Owned]
) -> tuple[list[FigureRow], LeftOut]:
    """The figures of the register's last periods; what DHIS2 has no figure of is counted.

    ``measured_at`` is when DHIS2 computed its analytics, or else now; ``FeedError``.
    """
    rows: list[FigureRow] = []
    empty = 0
    for (unit, kind), some in _groups(register, targets).items():
        periods = _periods(kind, register.back, asking.day)
        if not periods:
            continue
        found: dict[tuple[str, str], str] = {}
        wanted = list(dict.fromkeys(uid for one in some for uid in _uids(one)))
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            found |= await _ask(asking, register, unit, part, list(periods))
        for one in some:
            given = [_row(one, *when, found) for when in _asked(one, periods, targets)]
            rows += (row for row in given if row)
            empty += given.count(None)
    at = await _computed_at(asking, register) if rows else None
    return [replace(row, measured_at=at or asking.now) for row in rows], LeftOut(empty=empty)


def _groups(
    register: Dhis2Register, targets: Mapping[str, Owned]
) -> dict[tuple[str, PeriodKind], list[Dhis2Target]]:
    """What is asked for together: of one body, for periods of one kind."""
    found: dict[tuple[str, PeriodKind], list[Dhis2Target]] = {}
    for one in register.targets:
        known = targets.get(one.id)
        # One that is declared no more is asked for still: its problem row says so.
        kind = known.target.measure_every if known else PeriodKind.YEAR
        kind = PeriodKind.YEAR if kind in ELSEWHERE else kind
        found.setdefault((one.org_unit or register.org_unit, kind), []).append(one)
    return found


def _uids(one: Dhis2Target) -> list[str]:
    return [uid for uid in (one.value, one.part, one.whole) if uid]


def _periods(kind: PeriodKind, back: int, day: date) -> dict[str, Period]:
    """The last calendar periods that are over by a day, by DHIS2's names: one that is under way
    would be another figure every day."""
    first = day.replace(year=day.year - 1 - back, day=1)
    every = periods_between(kind, first, day, "calendar")
    ended = [one for one in every if one.end < day]
    return {name_of(one): one for one in ended[-back:]}


def name_of(period: Period) -> str:
    """DHIS2's name of a period: 2026Q1, 202601, 2026S1, 2026."""
    return period.key.replace("-H", "S").replace("-", "")


async def _ask(
    asking: Asking, register: Dhis2Register, unit: str, uids: Sequence[str], periods: Sequence[str]
) -> dict[tuple[str, str], str]:
    wanted = (
        ("dimension", f"dx:{';'.join(uids)}"),
        ("dimension", f"pe:{';'.join(periods)}"),
        ("filter", f"ou:{unit}"),
        ("skipMeta", "true"),
        ("skipRounding", "true"),
    )
    url = f"{register.url.rstrip('/')}/api/analytics.json"
    try:
        answer = await ask_json(
            asking, register, url, wanted, scheme="ApiToken", explain=_explained
        )
    except FeedError as error:
        said = str(error)
        if "it redirects" in said or said.startswith("the answer is no JSON but 'text/html"):
            raise FeedError(f"{said}, {NOT_SIGNED_IN}", error.silence, permanent=True) from None
        raise
    return read_analytics(answer)


def _explained(body: bytes) -> str:
    """The message of a refusal: {"httpStatusCode": 409, "message": …, "errorCode": "E7120"}."""
    try:
        found = json.loads(body)
        message, code = found["message"], found.get("errorCode", "")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return ""
    return " ".join(f"{code} {message}".split())[:300]


def read_analytics(answer: Any) -> dict[tuple[str, str], str]:
    """The values of an answer; ``FeedError``: it has not the shape that the API documents."""
    try:
        names = [one["name"] for one in answer["headers"]]
        columns = [names.index(name) for name in ("dx", "pe", "value")]
        rows = answer["rows"]
        assert isinstance(rows, list) and all(isinstance(row, list) for row in rows)
        if len(rows) > MOST_ROWS:
            raise invalid(f"{len(rows)} items, where {MOST_ROWS} are taken at most")
        return _once([row[column] for column in columns] for row in rows)
    except (LookupError, TypeError, ValueError, AssertionError, InvalidInput):
        raise invalid("the answer has not the shape of DHIS2's analytics") from None


def _once(cells: Iterable[Sequence[Any]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for dx, pe, value in cells:
        said, key = plain(value), (str(dx), str(pe))
        if found.setdefault(key, said) != said:
            # As where it is broken down by a dimension that was not asked for: which one is meant?
            raise invalid(f"the answer has several values of {key[0][:40]} in {key[1][:20]}")
    return found


def _asked(
    one: Dhis2Target, periods: Mapping[str, Period], targets: Mapping[str, Owned]
) -> list[tuple[str, Period]]:
    """The periods that a target has figures of, by DHIS2's names."""
    known = targets.get(one.id)
    # Before that year there was nothing to measure.
    first = known.goal.issued.year - 1 if known else 0
    return [(name, period) for name, period in periods.items() if period.end.year >= first]


def _row(one: Dhis2Target, name: str, period: Period, found: Found) -> FigureRow | None:
    said = {
        field: found[uid, name]
        for field, uid in (("value", one.value), ("part", one.part), ("whole", one.whole))
        if uid and found.get((uid, name), "") != ""
    }
    if not said:
        return None
    faults: dict[str, str] = {}
    numbers: dict[str, Any] = {}
    for field, text in said.items():
        try:
            numbers[field] = _number(text, whole=field != "value")
        except InvalidInput as error:
            faults[field] = str(error)
    return FigureRow(
        f"{'/'.join(_uids(one))} {name}",
        target=one.id,
        period=period.key,
        note=note_of(period),
        faults=faults,
        **numbers,
    )


def _number(text: str, *, whole: bool) -> float | int:
    """A value as DHIS2 writes it: a decimal with a dot, such as 12.0 or 1.2E7."""
    try:
        found = float(text.replace("_", "?"))  # Python alone takes 1_000 for a thousand.
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InvalidInput(f"'{text[:40]}' is no number")
    if not whole:
        return found
    if not found.is_integer():
        raise InvalidInput(f"{text[:40]} is no whole number")
    return int(found)


def note_of(period: Period) -> str:
    """That the figure is of a calendar period, where the target's own closes on the 14th."""
    official = parse_key(period.key)
    if (official.start, official.end) == (period.start, period.end):
        return ""
    return f"Số liệu theo kỳ lịch của DHIS2: từ {period.start:%d/%m/%Y} đến {period.end:%d/%m/%Y}"


async def _computed_at(asking: Asking, register: Dhis2Register) -> datetime | None:
    """When DHIS2 computed what it answers; None where it does not say."""
    url = f"{register.url.rstrip('/')}/api/system/info"
    try:
        answer = await ask_json(asking, register, url, scheme="ApiToken")
        at = read_moment(answer["lastAnalyticsTableSuccess"], asking.zone)
    except (FeedError, InvalidInput, LookupError, TypeError):
        return None
    return at if at and at <= asking.now else None
