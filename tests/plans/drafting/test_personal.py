"""Officers' names, posts, phones and mail go; bodies, dates, numbers and places stay."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.drafting.personal import strip
from tests.plans.drafting.lexicon import catalogue_departments


@pytest.mark.parametrize(
    ("text", "left", "removed"),
    [
        ("Sở Y tế (đ/c Nguyễn Văn A - PGĐ, 0912 345 678)", "Sở Y tế", 2),
        ("Sở Y tế (Ông Trần B, TP)", "Sở Y tế", 1),
        ("Sở Nội vụ\nLĐ: Nguyễn Văn Bình, CV: Trần Thị Hoa", "Sở Nội vụ", 2),
        ("Sở Y tế\nNguyễn Văn A\n0912345678", "Sở Y tế", 2),
        ("Công an tỉnh - đ/c Lê Văn C, Phó Giám đốc; SĐT: 0987.654.321", "Công an tỉnh", 2),
        ("Sở Y tế, email: nva@soyte.example.vn", "Sở Y tế", 1),
        ("Ông Nguyễn Văn A, Giám đốc Sở Y tế", "Giám đốc Sở Y tế", 1),
        ("Sở Y tế (BSCKII. Nguyễn Văn Dũng - Phó Giám đốc Sở)", "Sở Y tế", 1),
        ("Sở Y tế: Nguyễn Văn A (0912345678)", "Sở Y tế", 2),
        ("Cán bộ phụ trách: Phạm Văn E\nĐT: 02993.821.234", "", 2),
        ("Đ/c Bình (PGĐ)", "", 1),
    ],
)
def test_officers_are_taken_out(text: str, left: str, removed: int) -> None:
    found = strip(text)
    assert found.text == left
    assert found.removed == removed


@pytest.mark.parametrize(
    "text",
    [
        "Tỉnh Bà Rịa - Vũng Tàu",
        "Đoàn TNCS Hồ Chí Minh tỉnh",
        "Sở LĐ-TB&XH",
        "CV số 123/UBND-VX ngày 12/3/2026",
        "Kinh phí 1.646.500.000 đồng",
        "Quyết định 0912345678/QĐ-UBND",
        "Đồng chí Giám đốc Sở Y tế",
        "Trường THCS Nguyễn Du",
        "Xây dựng đường Lê Lợi, đường Trần Phú",
        "Các phường Nguyễn Du, Lê Hồng Phong, Trần Hưng Đạo",
        "Hà Tĩnh, Lâm Đồng",
        "Tuyên truyền tới ông bà, cha mẹ, người chăm sóc trẻ",
        "Dạy tiếng Anh THPT",
        "Trước 17h00 ngày 15/5/2026; 30.6.2026",
        "Hỗ trợ bà mẹ mang thai",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert strip(text).text == text
    assert strip(text).removed == 0


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([body.name.vi for body in catalogue_departments().departments]),
    st.sampled_from(["đ/c {}", "Ông {} - PGĐ", "{} (0912 345 678)", "LĐ: {}", "chị {}, CV"]),
    st.sampled_from(["Nguyễn Văn An", "Trần Thị Thu Hà", "Lê Minh", "Phạm Quốc Bảo"]),
)
def test_a_body_stays_without_its_officer(body: str, form: str, name: str) -> None:
    found = strip(f"{body}\n{form.format(name)}")
    assert found.text == body
    assert name not in found.text
