"""What a report says of a time: the record's figures, everybody's words once, nothing made up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from plans.declaration import Province, SolutionGroup, Successor, Title
from plans.errors import InvalidInput, NotFound
from plans.governing import Document, correct, reassign
from plans.opening import open_periods
from plans.report_issuers import issuer_of, named
from plans.report_spans import following, preceding, read_span
from plans.reports import classes_of
from plans.rolling import plan_progress
from plans.store import reading, writing
from plans.terms import EventKind, Outside, Timeliness
from tests.acts import act
from tests.builders import (
    at,
    build_department,
    build_departments,
    build_plan,
    build_task,
    build_title,
)
from tests.offices import furnish
from tests.reports import OPENED, SAID, SAME, ask, busy_office, open_office, say

DAY = date(2026, 11, 22)


# --- the time ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last", "then"),
    [
        ("2026-Q3", date(2026, 6, 15), date(2026, 9, 14), "2026-Q4"),
        ("2026-H1", date(2025, 12, 15), date(2026, 6, 14), "2026-H2"),
        ("2026-9M", date(2025, 12, 15), date(2026, 9, 14), "2027-9M"),
        ("2026-05", date(2026, 4, 15), date(2026, 5, 14), "2026-06"),
        ("2026-01-01..2026-01-31", date(2026, 1, 1), date(2026, 1, 31), "2026-02-01..2026-03-03"),
        ("Quý III/2026", date(2026, 6, 15), date(2026, 9, 14), "2026-Q4"),
        ("quý 3/2026", date(2026, 6, 15), date(2026, 9, 14), "2026-Q4"),
        ("tháng 6/2026", date(2026, 5, 15), date(2026, 6, 14), "2026-07"),
        (" năm 2026", date(2025, 12, 15), date(2026, 12, 14), "2027"),
        ("6 tháng đầu năm 2026", date(2025, 12, 15), date(2026, 6, 14), "2026-H2"),
        ("9 tháng đầu năm 2026", date(2025, 12, 15), date(2026, 9, 14), "2027-9M"),
        ("01/1/2026..31/01/2026", date(2026, 1, 1), date(2026, 1, 31), "2026-02-01..2026-03-03"),
        (
            " 2026-01-01 .. 2026-01-01 ",
            date(2026, 1, 1),
            date(2026, 1, 1),
            "2026-01-02..2026-01-02",
        ),
    ],
)
def test_a_time_is_a_period_or_two_days(text: str, first: date, last: date, then: str) -> None:
    span = read_span(text, DAY)
    assert (span.first, span.last, following(span).key) == (first, last, then)
    before = preceding(span)
    assert before.last == span.first - timedelta(days=1)
    assert span.holds(first) and span.holds(last) and not span.holds(before.last)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "or two days like"),
        ("2026-Q5", "or two days like 2026-01-01..2026-03-31"),
        ("hôm qua..hôm nay", "or two days like"),
        ("2026-01-01..", "write a period like 2026-Q3, Quý III/2026"),
        ("31/02/2026..31/03/2026", "or two days like"),
        ("2026-02-01..2026-01-01", "swap the two days"),
        ("1990-01-01..2026-01-01", "longer than ten years"),
        ("2027", "nothing to tell"),
        ("2026-12-01..2026-12-31", "nothing to tell"),
    ],
)
def test_no_time_is_said_with_its_field(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        read_span(text, DAY)
    assert list(caught.value.fields) == ["period"]


# --- the figures -------------------------------------------------------------------------------


@pytest.mark.parametrize("as_of", [None, at(SAID, 10), at(SAID, 16)])
def test_lines_add_up_to_the_roll_up(engine: Engine, as_of: Any) -> None:
    busy_office(engine)
    report = ask(engine, as_of=as_of)
    with reading(engine) as connection:
        told = plan_progress(connection, "mau", report.asked.on, as_of)
    assert report.progress.total == told.total and report.progress.groups == told.groups
    found = classes_of(report.lines)
    assert {kind: found[kind] for kind in Timeliness} == {
        k: told.total.classes[k] for k in Timeliness
    }
    assert {kind: found[kind] for kind in Outside} == {k: told.total.outside[k] for k in Outside}
    by_group = Counter(one.state.group for one in report.lines if one.kind in Timeliness)
    assert by_group == {key: one.assignments for key, one in told.groups.items() if one.assignments}


def test_what_is_recorded_later_does_not_change_the_past(engine: Engine) -> None:
    busy_office(engine)
    moment = at(SAID, 20)
    before = ask(engine, as_of=moment)
    say(engine, "mau/chung/so-y-te", SAID + timedelta(days=1), accept=True, result="Xong.")
    after = ask(engine, as_of=moment)
    assert replace(after, words={}) == replace(before, words={})
    assert ask(engine) != before


def test_the_time_before_is_compared_where_the_record_knew_it(engine: Engine) -> None:
    busy_office(engine)
    assert ask(engine).before is None and ask(engine).lacks.no_before
    later = ask(engine, "2025-03-15..2025-04-14")
    assert later.before is not None and later.before.progress.total.on == date(2025, 3, 14)
    assert later.before.progress.total.assignments == 8


# --- people's own words ------------------------------------------------------------------------


def test_the_same_words_are_told_once_with_everybody_who_said_them(engine: Engine) -> None:
    busy_office(engine)
    report = ask(engine)
    own, same = sorted(report.obstacles, key=lambda one: len(one.sources))
    assert (same.text, own.text) == (SAME, "Địa bàn rộng.")
    assert set(same.leads) == {"so-y-te", "so-tai-chinh"}
    assert {one.day for one in same.sources} == {SAID}
    assert [one.text for one in report.results] == ["Đã tập huấn 1.200 cán bộ."]
    assert report.results[0].sources[0].documents == ("78/BC-SYT",)
    assert [one.text for one in report.proposals] == ["Đề nghị cấp bổ sung kinh phí."]
    assert [(one.kind, one.text) for one in report.reasons] == [
        (EventKind.RETURNED, "Chưa nêu số liệu.")
    ]


def test_words_of_another_time_are_left_out_unless_its_report(engine: Engine) -> None:
    """A period's report comes some days after its cut-off, and is that period's all the same."""
    open_office(engine)
    with writing(engine) as connection:
        open_periods(connection, SAID, at(SAID))
    say(engine, "mau/thuong-xuyen/so-y-te/2025-03", date(2025, 3, 17), obstacles="Của tháng 3.")
    say(engine, "mau/mot/so-y-te", date(2025, 3, 17), obstacles="Của quý sau.")
    assert [one.text for one in ask(engine).obstacles] == ["Của tháng 3."]
    assert {one.text for one in ask(engine, "2025-Q2").obstacles} == {
        "Của tháng 3.",
        "Của quý sau.",
    }


def test_words_belong_to_who_led_when_they_were_said(engine: Engine) -> None:
    open_office(engine)
    key = say(engine, "mau/mot/so-y-te", obstacles="Của Sở Y tế.")
    with writing(engine) as connection:
        paper = Document(number="12/QĐ-UBND", date=SAID)
        order = act(day=SAID + timedelta(days=1))
        reassign(connection, key, order, department="so-tai-chinh", document=paper)
    [voice] = ask(engine).obstacles
    assert voice.leads == ("so-y-te",)
    assert {one.lead for one in ask(engine).lines if one.key == key} == {"so-tai-chinh"}


def test_a_report_that_is_reopened_is_no_result(engine: Engine) -> None:
    open_office(engine)
    key = say(engine, "mau/mot/so-y-te", accept=True, result="Nhầm.")
    with writing(engine) as connection:
        correct(connection, key, act(day=SAID), percent=10, reopen=True, reason="Nhầm số")
    assert ask(engine).results == ()


# --- what is owed ------------------------------------------------------------------------------


def test_debts_and_what_is_to_come(engine: Engine) -> None:
    busy_office(engine)
    report = ask(engine)
    late = [one for one in report.lines if one.kind is Timeliness.OPEN_OVERDUE]
    assert sum(one.overdue for one in report.debtors) == len(late)
    assert sum(len(one.leads) for one in report.overdue) == len(late)
    ahead = report.next
    assert ahead == following(report.asked.span)
    assert all(ahead.holds(one.due) for one in report.coming)
    # The reports of April to June are not opened yet, and fall due all the same.
    periods = {one.period for one in report.coming if one.task == "thuong-xuyen"}
    assert {"2025-05"} <= periods
    assert all(one.due >= report.asked.on for one in report.coming if one.period is None)


def test_before_the_plan_there_is_nothing_to_report(engine: Engine) -> None:
    open_office(engine)
    for period in ("2023", "0001-01-01..0001-01-02"):
        with pytest.raises(InvalidInput, match="before the plan was issued on") as caught:
            ask(engine, period)
        assert list(caught.value.fields) == ["period"]


def test_a_plan_that_is_not_there(engine: Engine) -> None:
    open_office(engine)
    with pytest.raises(NotFound):
        ask(engine, plan="khong-co")


# --- who issues it -----------------------------------------------------------------------------


def _row(name: str, abbr: str = "X", kind: str = "so") -> Any:
    return SimpleNamespace(name_vi=name, abbr=abbr, kind=kind)


PROVINCE = "Tỉnh Sóc Trăng"


@pytest.mark.parametrize(
    ("issuer", "office", "parent", "kind", "told"),
    [
        ("UBND tỉnh", "Văn phòng UBND tỉnh", "Ủy ban nhân dân tỉnh", "executive",
         ("", "ỦY BAN NHÂN DÂN TỈNH SÓC TRĂNG", "/BC-UBND", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")),
        ("Ban Thường vụ Tỉnh ủy Sóc Trăng", "Văn phòng Tỉnh ủy", "Tỉnh ủy", "party",
         ("", "TỈNH ỦY SÓC TRĂNG", "-BC/TU", "T/M BAN THƯỜNG VỤ", "BÍ THƯ")),
        ("UBND tỉnh", "Sở Y tế", "Ủy ban nhân dân tỉnh", "so",
         ("ỦY BAN NHÂN DÂN TỈNH SÓC TRĂNG", "SỞ Y TẾ", "/BC-X", "", "GIÁM ĐỐC")),
        ("Cục Trẻ em", "Cục Trẻ em", "Bộ Y tế", "central",
         ("BỘ Y TẾ", "CỤC TRẺ EM", "/BC-X", "", "CỤC TRƯỞNG")),
        ("Cục Trẻ em", "Tổ chuyên trách", "", "central",
         ("", "TỔ CHUYÊN TRÁCH", "/BC-X", "", "THỦ TRƯỞNG CƠ QUAN")),
    ],
)  # fmt: skip
def test_who_signs_follows_from_who_issued_and_who_coordinates(
    issuer: str, office: str, parent: str, kind: str, told: tuple[str, ...]
) -> None:
    province = Province(code="st", name=Title(vi=PROVINCE, en="Soc Trang"))
    plan = build_plan(issuer=issuer)
    one = issuer_of(plan, _row(office, kind=kind), _row(parent) if parent else None, province)
    assert (one.superior, one.name, one.symbol, one.authority, one.post) == told
    assert one.said.upper() == one.name and not one.said.isupper()
    assert one.party == (kind == "party") and one.place == "Sóc Trăng"


def test_the_heading_can_be_put_otherwise() -> None:
    one = issuer_of(build_plan(issuer="UBND tỉnh"), _row("Sở Y tế"), None, None)
    assert one.place == "…"
    other = named(one, "Bộ Y tế / Cục Bà mẹ và Trẻ em", "Hà Nội")
    assert (other.superior, other.name, other.place) == ("BỘ Y TẾ", "CỤC BÀ MẸ VÀ TRẺ EM", "Hà Nội")
    assert other.said == "Cục Bà mẹ và Trẻ em"
    assert named(one, None, " ") == one
    with pytest.raises(InvalidInput):
        named(one, "x" * 201, None)
    with pytest.raises(InvalidInput):
        named(one, None, "Hà\nNội")


def test_an_office_that_ended_is_followed_by_its_successor(sqlite_engine: Engine) -> None:
    open_office(sqlite_engine, plan=build_plan(coordinator="van-phong"))
    assert ask(sqlite_engine).issuer.name == "VAN-PHONG"
    ended = build_department(
        "phong-cu",
        until=SAID,
        successors=(Successor(code="so-y-te", functions="all"),),
    )
    plan = build_plan(id="khac", coordinator="phong-cu", groups=_renamed())
    furnish(sqlite_engine, plan=plan, departments=build_departments(ended), now=OPENED)
    assert ask(sqlite_engine, plan="khac", on=SAID).issuer.name == "PHONG-CU"
    assert ask(sqlite_engine, plan="khac").issuer.name == "SO-Y-TE"


def _renamed() -> tuple[SolutionGroup, ...]:
    return (SolutionGroup(id="khac-1", title=build_title("Nhóm"), tasks=(build_task("khac-t1"),)),)
