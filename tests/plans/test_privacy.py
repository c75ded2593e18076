"""Persons' numbers are found however they are written; what offices count and cite stays quiet."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.errors import PersonalData
from plans.privacy import findings, masked, require_confirmed, require_confirmed_texts, scan
from plans.reporting import Report

FOUND = [
    ("Cháu A, số định danh 001091234567", "identity_number", "001091234567"),
    ("CCCD: 079 091 234 567.", "identity_number", "079 091 234 567"),
    ("001.091.234.567 là số của cháu", "identity_number", "001.091.234.567"),
    ("096-191-234567", "identity_number", "096-191-234567"),
    ("001 0 91 234567", "identity_number", "001 0 91 234567"),
    ("0 0 1 0 9 1 2 3 4 5 6 7", "identity_number", "0 0 1 0 9 1 2 3 4 5 6 7"),
    ("001091\u200b234567", "identity_number", "001091\u200b234567"),
    ("００１０９１２３４５６７", "identity_number", "００１０９１２３４５６７"),
    ("gọi 0912345678 nhé", "phone", "0912345678"),
    ("SĐT0912345678", "phone", "0912345678"),
    ("ĐT: 0912.345.678", "phone", "0912.345.678"),
    ("0912-345-678", "phone", "0912-345-678"),
    ("0912 34 56 78", "phone", "0912 34 56 78"),
    ("09 12 34 56 78", "phone", "09 12 34 56 78"),
    ("+84 912 345 678", "phone", "+84 912 345 678"),
    ("+84.912.345.678", "phone", "+84.912.345.678"),
    ("+84(0)912 345 678", "phone", "+84(0)912 345 678"),
    ("84912345678", "phone", "84912345678"),
    ("0084 912 345 678", "phone", "0084 912 345 678"),
    ("024 3825 1234", "phone", "024 3825 1234"),
    ("(024) 38251234", "phone", "024) 38251234"),
    ("+842438251234", "phone", "+842438251234"),
    ("lúc 05-02-2026 0912 345 678", "phone", "0912 345 678"),
    ("0912345678/anh Nam", "phone", "0912345678"),
    ("DS_0912345678_so.pdf", "phone", "0912345678"),
    ("Kinh phí 1.646.500.000 đồng, gọi 0912345678", "phone", "0912345678"),
]

QUIET = [
    "Báo cáo số 123/BC-SYT ngày 05/02/2026",
    "0912345678/QĐ-UBND",
    "001091234567/2026/QĐ-UBND",
    "Nghị định 09/2019/NĐ-CP, Quyết định 42/2014/QĐ-TTg",
    "123.456.789.012 đồng",
    "1.646.500.000.000 đồng",
    "1.084.912.345.678 đồng",
    "84.912.345.678",
    "84 912 345 678 đồng",
    "0.912345678",
    "tỷ lệ 14,5%; 10,5‰; 77/108; 550/100.000",
    "từ 05.02.2026 đến 15.03.2026",
    "08-12-2024 16:30",
    "05-02-2026 1234 trẻ",
    "03 12 2025 14",
    "2025-03-10T08:00:00+07:00",
    "202503101200",
    "000091234567",
    "097091234567 là mã tỉnh không có",
    "0010912345678",
    "00109123456",
    "0612345678",
    "MST 0312345678",
    "mã số thuế: 0912345678",
    "H35.16-250310-0012",
    "9f86d0912345678c15b0",
    "1900 1234; 111; 113",
    "Hộp thư 1234567890",
]


@pytest.mark.parametrize(("text", "kind", "shown"), FOUND)
def test_a_persons_number_is_found(text: str, kind: str, shown: str) -> None:
    assert [(one.kind, text[one.start : one.end]) for one in findings(text)] == [(kind, shown)]


@pytest.mark.parametrize("text", QUIET)
def test_what_offices_write_stays_quiet(text: str) -> None:
    assert findings(text) == []


separators = st.sampled_from(["", " ", ".", "-", " - ", "\xa0"])
words = st.sampled_from(["", "Số: ", "ngày 05/02/2026, ", "1.646.500.000 đồng; ", "(", "n=12; "])


@given(
    province=st.integers(1, 96),
    rest=st.from_regex(r"[0-9]{9}", fullmatch=True),
    between=separators,
    before=words,
)
def test_every_identity_number_is_found(
    province: int, rest: str, between: str, before: str
) -> None:
    number = between.join([f"{province:03}", rest[:3], rest[3:6], rest[6:]])
    text = f"{before}{number}, xong"
    (one,) = [one for one in findings(text) if one.kind == "identity_number"]
    assert text[one.start : one.end] == number


@given(
    prefix=st.sampled_from(["0", "+84", "0084", "+84 ", "(+84) "]),
    first=st.sampled_from("35789"),
    rest=st.from_regex(r"[0-9]{8}", fullmatch=True),
    between=separators,
    before=words,
)
def test_every_mobile_number_is_found(
    prefix: str, first: str, rest: str, between: str, before: str
) -> None:
    number = prefix + between.join([first + rest[:2], rest[2:5], rest[5:]])
    text = f"{before}{number}"
    (one,) = findings(text)
    assert one.kind == "phone"
    assert text[one.start : one.end].endswith(rest[-3:])


@given(st.integers(1, 10**15))
def test_no_amount_in_thousands_is_a_number(amount: int) -> None:
    assert findings(f"{amount:,} đồng".replace(",", ".")) == []


@given(st.text("0123456789 .-+()/ađ\n", max_size=200))
def test_findings_lie_in_the_text_in_order_and_apart(text: str) -> None:
    reached = 0
    for one in findings(text):
        assert reached <= one.start < one.end <= len(text)
        reached = one.end


@pytest.mark.parametrize("piece", ["0 ", "0.1", "9", "00 1", "0912 ", "(((", "a0", "84 9", "+84 "])
def test_hostile_text_costs_in_proportion_to_its_length(piece: str) -> None:
    short, long = _steps(piece * 300), _steps(piece * 1200)
    assert long <= 5 * short + 2000


def _steps(text: str) -> int:
    """How many lines and calls of Python a search takes: a clock that nothing disturbs."""
    steps = 0

    def count(_frame: Any, _event: str, _argument: Any) -> Any:
        nonlocal steps
        steps += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        findings(text)
    finally:
        sys.settrace(before)
    return steps


def test_a_number_is_shown_masked() -> None:
    text = "gọi +84 912 345 678"
    assert masked(text, findings(text)[0]) == "8491•••678"


def test_every_field_of_a_report_is_looked_through() -> None:
    evidence = [
        {"number": "12/BC"},
        {"title": "Danh sách 001091234567", "url": "https://x.vn/0912345678"},
    ]
    report = Report.model_validate(
        {"percent": 1, "result": "0912345678", "proposals": "gọi 0987654321", "evidence": evidence}
    )
    assert set(scan(report)) == {"result", "proposals", "evidence.1.title"}


def test_a_writer_is_warned_and_may_confirm() -> None:
    report = Report(percent=1, result="gọi cô 0912345678", obstacles="không")
    with pytest.raises(PersonalData) as caught:
        require_confirmed(report)
    assert set(caught.value.fields) == {"result"}
    said = f"{caught.value} {caught.value.fields}"
    assert "0912•••678" in said
    assert "345" not in said
    assert require_confirmed(report.model_copy(update={"confirm_personal_data": True}))
    assert not require_confirmed(Report(percent=1, result="không có gì"))
    assert not require_confirmed_texts({"file": "bao-cao.pdf"}, confirmed=True)
