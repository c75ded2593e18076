"""Deadlines as offices write them, and what a task declares then."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.drafting.deadline_words import Deadline, read_deadline
from plans.drafting.folding import composed, fold
from tests.plans.drafting.test_measured import due_words

ISSUED = date(2026, 1, 10)


def read(text: str, **more: object) -> Deadline:
    known = {"issued": ISSUED, "year": 2026, **more}
    return read_deadline(text, **known)  # type: ignore[arg-type]


def dues(text: str, **more: object) -> str:
    return "; ".join(due_words(due) for due in read(text, **more).dues)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Quý II/2026", "within 2026-Q2"),
        ("Quý 2 năm 2026", "within 2026-Q2"),
        ("Q2/2026", "within 2026-Q2"),
        ("QUÝ IV NĂM 2026", "within 2026-Q4"),
        ("  quy   III /  2026 ", "within 2026-Q3"),
        ("Quý l/2026", "within 2026-Q1"),
        ("tháng 5/2026", "within 2026-05"),
        ("T5/2026", "within 2026-05"),
        ("cuối tháng 5 năm 2026", "within 2026-05"),
        ("12/2026", "within 2026-12"),
        ("Xong trước 15/3/2026", "before 2026-03-15"),
        ("trước ngày 15/3/2026", "before 2026-03-15"),
        ("chậm nhất ngày 15/3/2026", "by 2026-03-15"),
        ("đến hết ngày 15/3/2026", "by 2026-03-15"),
        ("hoàn thành 30/6/2026", "by 2026-06-30"),
        ("Trước 17h00 ngày 15/5/2026", "by 2026-05-15"),
        ("2026-03-31", "by 2026-03-31"),
        ("05.3.2026", "by 2026-03-05"),
        ("5-3-26", "by 2026-03-05"),
        ("15/3-2026", "by 2026-03-15"),
        ("ngày 05 tháng 3 năm 2026", "by 2026-03-05"),
        ("năm 2026", "within 2026"),
        ("đến năm 2030", "within 2030"),
        ("6 tháng đầu năm 2026", "by 2026-06-30"),
        ("hằng năm", "every year"),
        ("hàng quý", "every quarter"),
        ("mỗi quý 01 lần", "every quarter"),
        ("2 lần/năm", "every half_year"),
        ("6 tháng một lần", "every half_year"),
        ("hai tuần một lần", "every fortnight"),
        ("định kỳ 6 tháng, năm", "every half_year; every year"),
        ("trước 10/12 hằng năm", "year before 12-10"),
        ("Hằng năm (trước ngày 15/12)", "year before 12-15"),
        ("trước 15/6 và 15/12 hằng năm", "year before 06-15; year before 12-15"),
        ("Báo cáo 6 tháng (trước 15/6), năm (trước 15/12)", "year before 06-15; year before 12-15"),
        ("Quý I hằng năm", "year by 03-31"),
        ("thường xuyên, hằng năm", "ongoing year"),
        ("Thường xuyên; báo cáo hằng quý", "ongoing quarter"),
        ("100 ngày kể từ ngày ban hành", "relative days 100"),
        ("15 ngày làm việc kể từ ngày Kế hoạch được ban hành", "working days 15"),
        ("trong vòng 30 ngày sau khi ký", "relative days 30"),
        ("2 tuần kể từ ngày ký ban hành", "relative days 14"),
        ("02 tháng kể từ ngày ban hành", "by 2026-03-10"),
        ("Năm 2026: Quý I xây dựng; Quý IV tổng kết", "within 2026-Q1; within 2026-Q4"),
        ("30/6/2026 và 31/12/2026", "by 2026-06-30; by 2026-12-31"),
        ("15/3, 15/6, 15/9/2026", "by 2026-03-15; by 2026-06-15; by 2026-09-15"),
        ("01/2026 - 6/2026", "within 2026-06"),
        ("Tháng 01 đến tháng 6/2026", "within 2026-06"),
        ("Từ tháng 5 đến tháng 10/2026", "within 2026-10"),
        ("01-15/3/2026", "by 2026-03-15"),
        ("Từ 01/6 - 15/8/2026", "by 2026-08-15"),
        ("Quý II/2026 - Quý I/2027", "within 2027-Q1"),
        ("Quý I/2026 (trước ngày 15/3)", "before 2026-03-15"),
    ],
)
def test_what_is_plain_is_read_without_doubt(text: str, wanted: str) -> None:
    assert dues(text) == wanted
    assert read(text).doubts == ()
    assert read(text).confidence == 1


@pytest.mark.parametrize(
    ("text", "wanted", "why"),
    [
        ("trong tháng 5", "within 2026-05", "2026 is assumed"),
        ("30/6", "by 2026-06-30", "2026 is assumed"),
        ("Tháng 3 và tháng 9", "within 2026-03; within 2026-09", "2026 is assumed"),
        ("thường xuyên", "ongoing half_year", "half-yearly is assumed"),
        ("05/15/2026", "by 2026-05-15", "no month 15"),
        ("trước tháng 6/2026", "before 2026-06-01", "before its first day"),
        ("giai đoạn 2026 - 2030", "within 2030", "each of its years"),
        ("Quý II, III/2026", "within 2026-Q2; within 2026-Q3", "one span"),
        ("đầu tháng 5/2026", "within 2026-05", "not the day"),
        ("Dự kiến tháng 9/2026", "within 2026-09", "not fixed"),
        ("hằng tháng (trước ngày 20)", "every month", "cannot be declared"),
        ("hằng năm, giai đoạn 2026-2030", "every year", "'ends'"),
        ("Thường xuyên, báo cáo trước 15/12 hằng năm", "year before 12-15", "declared as"),
        ("Thường xuyên (báo cáo 6 tháng, năm)", "ongoing half_year", "the first is taken"),
        ("Trong vòng 15 ngày", "relative days 15", "issue is assumed"),
        ("15/12/2025", "by 2025-12-15", "before the plan's issue"),
        ("Trước kỳ họp cuối năm 2026", "within 2026", "before or after something else"),
        ("Năm 2026 và các năm tiếp theo", "within 2026", "later years"),
    ],
)
def test_what_may_mean_two_things_is_a_doubt(text: str, wanted: str, why: str) -> None:
    found = read(text)
    assert dues(text) == wanted
    assert why in " ".join(found.doubts)
    assert 0 < found.confidence < 1


@pytest.mark.parametrize(
    "text",
    [
        "theo tiến độ dự án",
        "Theo chương trình công tác của HĐND tỉnh",
        "ngay sau khi Kế hoạch được ban hành",
        "theo Kế hoạch số 15/KH-UBND ngày 15/3/2026",
        "10 ngày sau khi nhận được Kế hoạch",
        "31/02/2026",
        "Từ năm 2026",
        "Năm học 2025-2026",
        "Đầu năm 2026",
        "hằng tuần",
        "2 năm/lần",
        "24/7",
        "Đã hoàn thành",
        "Trường hợp đột xuất",
        "x" * 3000,
    ],
)
def test_what_is_no_date_stays_words(text: str) -> None:
    found = read(text)
    assert found.dues == ()
    assert found.rest == text
    assert found.confidence == 0
    assert found.doubts


def test_nothing_said_is_no_doubt() -> None:
    assert read(" - ") == Deadline((), 0.0, (), "")


def test_words_beside_a_date_are_kept() -> None:
    assert read("31/03/2026 (báo cáo Bộ)").rest == "(báo cáo Bộ)"
    assert read("Quý I: xây dựng; Quý IV: tổng kết").rest == "xây dựng; tổng kết"
    assert read("Sơ kết tháng 6/2028, tổng kết tháng 12/2030").rest == "Sơ kết; tổng kết"


def test_without_a_plans_year_the_next_one_is_assumed() -> None:
    assert dues("30/6", year=None) == "by 2026-06-30"
    assert dues("30/6", year=None, issued=date(2026, 8, 1)) == "by 2027-06-30"
    assert read("30/6", year=None, issued=None).dues == ()
    assert read("02 tháng kể từ ngày ban hành", issued=None).dues == ()


def test_real_dates() -> None:
    def of(day: date, form: str = "dd/mm/yyyy") -> Deadline:
        return read_deadline("", day, issued=ISSUED, year=2026, number_format=form)

    plain = of(datetime(2026, 3, 31, 0, 0))  # noqa: DTZ001 (Excel's dates have no zone)
    assert due_words(plain.dues[0]) == "by 2026-03-31"
    assert plain.doubts == ()
    assert "may mean 04/09/2026" in of(date(2026, 4, 9), "mm-dd-yy").doubts[0]
    assert of(date(2026, 4, 29), "mm-dd-yy").doubts == ()
    assert of(date(2026, 4, 4), "m/d/yyyy").doubts == ()
    assert "may mean 01/05/2026" in of(date(2026, 1, 5)).doubts[0]
    assert "before the plan" in of(date(2025, 12, 1)).doubts[0]
    assert due_words(of(date(2026, 5, 20), '"Trước ngày "dd/mm/yyyy').dues[0]) == (
        "before 2026-05-20"
    )
    assert of(date(1899, 12, 30)).dues == ()


PIECES = [
    *("trước", "quý", "II", "III", "tháng", "5", "/ 2026", "năm", "hằng", "15/3", ",", "và", "-"),
    *("(", ")", "đến", "từ", "thường xuyên", "ngày", "30", "báo cáo", "kể từ", "ban hành", "hết"),
    *("6", "9/2026", "sau khi", "xong", "định kỳ", "ngày làm việc", "\n31/12/2026"),
]
WORDS = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)


@settings(max_examples=30, deadline=None)
@given(WORDS)
def test_any_words_end_in_dues_or_in_words(text: str) -> None:
    found = read(text)
    assert (
        bool(found.dues) or found.rest == composed(text).strip() or not any(map(str.isalnum, text))
    )
    assert (found.confidence == 1) == (bool(found.dues) and not found.doubts)


@settings(max_examples=30, deadline=None)
@given(
    st.dates(date(2026, 1, 11), date(2099, 12, 31)),
    st.sampled_from(
        ["{d}/{m}/{y}", "{d:02}.{m:02}.{y}", "ngày {d} tháng {m} năm {y}", "{d}-{m}-{y}"]
    ),
)
def test_a_day_is_read_back_in_any_form(day: date, form: str) -> None:
    text = form.format(d=day.day, m=day.month, y=day.year)
    assert dues(text) == f"by {day}"
    assert dues(f"Trước {text}") == f"before {day}"


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["Trước ngày 15/3/2026", "Quý II năm 2026", "Thường xuyên, hằng quý"]))
def test_form_and_accents_do_not_matter(text: str) -> None:
    for other in (unicodedata.normalize("NFD", text), text.upper(), fold(text), f" {text} "):
        assert dues(other) == dues(text)
