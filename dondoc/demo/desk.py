"""What lies on people's desks when the demo ends: so that its pages have something to decide.

Simulated departments hand in some reports that nobody has reviewed yet, ask for a few later dates,
and give their targets' figures of the past years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from dondoc.demo.reports import SEED, choose, draw
from integrations.client import Client
from integrations.client_errors import ApiError
from integrations.client_models import Assignment
from plans import measuring
from plans.courses import expected_at
from plans.errors import InvalidInput
from plans.figures import SHARES, NewMeasurement
from plans.measuring import Owned
from plans.periods import parse_key
from plans.store import Connection

WAITING, ASKED = 9, 3
NEAR = timedelta(days=60)
YEARS = 4
SPREAD, UNKNOWN = 0.08, 0.1
"""How far figures lie from the path to their target, as a share; how many were never given."""
ACTOR = "simulated-owner"
RESULTS = (
    "Đã hoàn thành các nội dung được giao; báo cáo kết quả kèm theo.",
    "Đã tổ chức thực hiện đầy đủ theo kế hoạch, gửi báo cáo để thẩm định.",
    "Đã ban hành văn bản và triển khai đến cơ sở; kết quả nêu tại báo cáo kèm theo.",
)
REASONS = (
    "Chờ hướng dẫn của bộ chủ quản; đề nghị gia hạn để bảo đảm chất lượng.",
    "Kinh phí được phân bổ chậm so với kế hoạch; đề nghị lùi thời hạn.",
    "Cần lấy ý kiến thêm các đơn vị phối hợp trước khi trình.",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """How much lies there: reports that wait, and later dates that were asked for."""

    waiting: int
    asked: int


def fill_desk(office: Client, client_of: Callable[[str], Client], at: date) -> Desk:
    """Have departments hand in and ask, each as a caller of the API; ``office`` looks on."""
    found = [one for one in office.assignments(work="in_progress") if one.department]
    mine = sorted(found, key=lambda one: draw(SEED, one.ref, "desk"))
    soon = [one for one in mine if at < one.due <= at + NEAR]
    return Desk(
        waiting=sum(_hand_in(client_of(code), one) for code, one in _some(mine, WAITING)),
        asked=sum(_ask(client_of(code), one) for code, one in _some(soon, ASKED)),
    )


def _some(found: Iterable[Assignment], most: int) -> list[tuple[str, Assignment]]:
    """The first of each department, up to so many."""
    first: dict[str, Assignment] = {}
    for one in found:
        first.setdefault(str(one.department), one)
    return list(islice(first.items(), most))


def _hand_in(client: Client, one: Assignment) -> bool:
    result = choose(RESULTS, one.ref)
    number = f"{1 + int(draw(SEED, one.ref, 'number') * 480)}/BC"
    evidence = [{"number": number, "title": "Báo cáo kết quả thực hiện"}]
    return _is_taken(
        lambda: client.report(one.id, percent=100, result=result, evidence=evidence, submit=True)
    )


def _ask(client: Client, one: Assignment) -> bool:
    due = one.due + timedelta(days=14 + int(draw(SEED, one.ref, "later") * 45))
    return _is_taken(lambda: client.request_extension(one.id, due, choose(REASONS, one.ref)))


def _is_taken(call: Callable[[], object]) -> bool:
    """Whether the record allowed it; a server that fails is no answer."""
    try:
        call()
    except ApiError as error:
        if not error.permanent:
            raise
        return False
    return True


def measure_past(connection: Connection, at: date, now: datetime) -> int:
    """Each target's figures of the years since its plan was issued; how many were given."""
    found = measuring.listing(connection, at)
    return sum(_measure(connection, one, at, now) for one in found if one.owner.code)


def _measure(connection: Connection, one: Owned, at: date, now: datetime) -> int:
    given = 0
    last = min(at.year - 1, one.target.due_year or at.year)
    for year in range(max(one.goal.issued.year, last - YEARS), last + 1):
        if (value := _value(one, year)) is None:
            continue
        source = f"{20 + int(draw(SEED, one.target.id, year, 'source') * 200)}/BC-UBND"
        figure = NewMeasurement(period=str(year), value=value, source=source)
        try:
            measuring.measure(connection, one, figure, actor=ACTOR, now=now, day=at)
        except InvalidInput:
            continue  # a unit that does not take it
        given += 1
    return given


def _value(one: Owned, year: int) -> float | None:
    """Near the path to the target, else near the target itself; None for a mere direction."""
    path = expected_at(one.target, one.goal.issued, parse_key(str(year)).end)
    path = one.target.value if path is None else path
    if path is None or draw(SEED, one.target.id, year, "unknown") < UNKNOWN:
        return None
    value = path * (1 + SPREAD * (draw(SEED, one.target.id, year) - 0.4))
    value = min(value, SHARES.get(one.target.unit or "", value))
    return float(round(value)) if one.target.unit in ("count", "VND") else round(value, 1)
