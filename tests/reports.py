"""An office with a time behind it: what departments said, what came of it, and its report."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from plans.declaration import Departments, Plan
from plans.filing import Filed, file_reports
from plans.report_spans import read_span
from plans.reporting import read_report
from plans.reports import Asked, Report, compile_report
from plans.reviewing import review
from plans.store import reading, writing
from tests.builders import ZONE, at, build_plan, build_target
from tests.offices import assignment, furnish

QUARTER = "2025-Q1"
"""From 15/12/2024 to 14/03/2025."""
OPENED = at(date(2025, 1, 2))
SAID = date(2025, 3, 4)
END = at(date(2025, 4, 16))
SHARE = "ty-le"
COUNT = "so-tre"
SAME = "Thiếu kinh phí, chưa được bố trí."


def open_office(
    engine: Engine, *, plan: Plan | None = None, departments: Departments | None = None
) -> None:
    """The sample plan with two targets, opened on the day of its issue."""
    targets = (
        build_target(SHARE, baseline=None),
        build_target(COUNT, unit="count", value=100, sensitive=True),
    )
    furnish(engine, plan=plan or build_plan(targets=targets), departments=departments, now=OPENED)


def say(
    engine: Engine,
    ref: str,
    day: date = SAID,
    *,
    accept: bool = False,
    back: str = "",
    **words: Any,
) -> str:
    """A department's report on a day; then accepted, or returned with a reason. Gives the id."""
    key = str(assignment(engine, ref).id)
    report = read_report(percent=words.pop("percent", 60), submit=accept or bool(back), **words)
    filed = Filed(key, report, "token:test", at(day))
    with writing(engine) as connection:
        file_reports(connection, [filed], at(day), ZONE)
        if accept or back:
            decision = "accept" if accept else "return"
            review(connection, key, decision, actor="user:1", now=at(day, 15), note=back)  # type: ignore[arg-type]
    return key


def busy_office(engine: Engine) -> None:
    """An office in which something of every kind was said."""
    open_office(engine)
    say(
        engine,
        "mau/mot/so-y-te",
        accept=True,
        percent=100,
        result="Đã tập huấn 1.200 cán bộ.",
        obstacles=SAME,
        proposals="Đề nghị cấp bổ sung kinh phí.",
        evidence=[{"number": "78/BC-SYT", "title": "Báo cáo"}],
    )
    say(
        engine,
        "mau/chung/so-tai-chinh",
        back="Chưa nêu số liệu.",
        result="Đang làm.",
        obstacles=f"  {SAME.upper()} ",
    )
    say(engine, "mau/chung/so-y-te", result="Đang rà soát.", obstacles="Địa bàn rộng.")


def ask(
    engine: Engine, period: str = QUARTER, *, now: datetime = END, plan: str = "mau", **given: Any
) -> Report:
    """The report on a time."""
    as_of = given.get("as_of")
    on = given.get("on") or (as_of or now).astimezone(ZONE).date()
    asked = Asked(plan, read_span(period, on), on, now, ZONE, as_of)
    with reading(engine) as connection:
        return compile_report(connection, asked, given.get("caller"))
