"""Families of words that unseen annexes showed: shortened headers, bodies of bodies, times."""

from __future__ import annotations

from datetime import date

import pytest

from plans.drafting.body_words import Lexicon, read_bodies
from plans.drafting.deadline_words import read_deadline
from plans.drafting.drafted import draft
from plans.drafting.grid import Line, Paper
from plans.drafting.header_words import Role, role_of
from plans.drafts import unconfirmed
from tests.plans.drafting.lexicon import catalogue_departments, lexicon
from tests.plans.drafting.test_measured import due_words
from tests.plans.drafting.test_structure import HEADER, drafted, grid, tasks


@pytest.mark.parametrize(
    ("headers", "role"),
    [
        ("CQ chủ trì|ĐV thực hiện|CQCT|Đ/v CT|C.quan chủ trì|BP thực hiện|P. phụ trách", Role.LEAD),
        ("Cơ quan chuẩn bị|Người/đơn vị phụ trách|Cơ quan\nch\nủ trì|Lead agency", Role.LEAD),
        ("CQ phối hợp|ĐVPH|PH|C.quan p.hợp|Supporting agencies|Hỗ trợ", Role.SUPPORT),
        ("TG hoàn thành|TGHT|T.gian|Hạn HT|Thời gi\nan hoàn th\nành:|Due date|Tháng", Role.DUE),
        ("ND công việc|NV|Nhiệm vụ/Task", Role.CONTENT),
        ("% hoàn thành|Tình trạng|KQ đến nay|Hình thức thực hiện|Cơ quan giao|Số|ĐVT", Role.OTHER),
    ],
)
def test_shortened_headers(headers: str, role: Role) -> None:
    assert {one: role_of(one) for one in headers.split("|")} == dict.fromkeys(
        headers.split("|"), role
    )


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("các cấp ủy trực thuộc Tỉnh ủy", ["dang-uy-co-so"]),
        ("Đảng ủy các xã, phường, đặc khu", ["dang-uy-co-so"]),
        ("Các cơ quan chuyên môn thuộc UBND tỉnh", ["so-nganh"]),
        ("Ban Nội chính Tỉnh ủy; Bảo hiểm xã hội Việt Nam; Hội Nông dân Việt Nam", []),
        ("Trung ương Đoàn TNCS Hồ Chí Minh; Đài Truyền hình Việt Nam", []),
        ("Văn phòng HĐND và UBND xã", []),
        ("Báo và Đài Phát thanh, Truyền hình tỉnh", ["bao-pttth"]),
        ("Ngành Y tế, ngành Giáo dục", ["so-y-te", "so-gddt"]),
        ("Sở Y tế tổng hợp, báo cáo UBND tỉnh; Sở Tài chính", ["so-y-te", "so-tc"]),
    ],
)
def test_bodies_of_other_bodies(said: str, codes: list[str]) -> None:
    assert [one.code for one in read_bodies(said, lexicon()).matches] == codes


def test_localities_of_a_central_plan_are_provinces() -> None:
    central = Lexicon.of(catalogue_departments(), date(2026, 1, 10), central=True)
    assert [one.code for one in read_bodies("Bộ Y tế, các địa phương", central).matches] == [
        "bo-y-te",
        "ubnd-tinh-tp",
    ]
    assert not read_bodies("Hội Nông dân, Đoàn Thanh niên", central).matches


@pytest.mark.parametrize(
    ("said", "dues"),
    [
        ("6 tháng, năm", ["every half_year", "every year"]),
        ("Nửa đầu tháng 5/2026", ["within 2026-05"]),
        ("Trong 02 năm 2026, 2027", ["within 2026", "within 2027"]),
        ("Ngày 10 tháng cuối quý", ["every quarter"]),
        ("TX", ["ongoing half_year"]),
        ("Trong 3 tháng 6, 7, 8/2026", ["within 2026-06", "within 2026-07", "within 2026-08"]),
    ],
)
def test_times(said: str, dues: list[str]) -> None:
    read = read_deadline(said, None, issued=date(2026, 1, 10), year=2026)
    assert [due_words(one) for one in read.dues] == dues


def test_a_row_of_a_task_is_no_header() -> None:
    header = ("STT", "Nội dung", "Cơ quan chủ trì", "Cơ quan phối hợp", "Thời gian")
    rows = [
        header,
        ("1", "Lập hồ sơ", "Sở Nội vụ", "Sở Tư pháp", "Tháng 3/2026"),
        ("2", "Tổ chức các hoạt động hè", "Sở Y tế", "Các địa phương", "Tháng 9/2026"),
        ("3", "Rà soát", "Sở Tài chính", "Sở Tư pháp", "Tháng 9/2026"),
    ]
    found = [task for _, task in drafted(grid(rows)).plan.tasks()]
    assert [one.lead for one in found] == ["so-nv", "so-y-te", "so-tc"]


@pytest.mark.parametrize(
    "row",
    [
        ("2. Tham mưu ban hành chính sách", "Tờ trình", "Sở Nội vụ", "Sở Y tế", "Tháng 7/2026"),
        ("Báo cáo kết quả thực hiện", "Báo cáo", "Các địa phương", "Các sở, ngành", "Hằng năm"),
        ("Triển khai nhiệm vụ", "Văn bản", "Các đơn vị", "Các địa phương", "Quý III/2026"),
        ("Theo dõi, đôn đốc thực hiện", "Danh sách", "Các cơ quan", "Các ban", "Trong năm"),
    ],
)
def test_a_row_of_headers_words_is_no_header_either(row: tuple[str, ...]) -> None:
    header = ("Nhiệm vụ", "Kết quả đầu ra", "Đơn vị chủ trì", "Đơn vị phối hợp", "Lộ trình")
    after = ("3. Rà soát", "Danh sách", "Sở Tài chính", "Sở Tư pháp", "Tháng 9/2026")
    plan = drafted(grid([header, row, after])).plan
    found = [(task.title.vi, task.lead) for _, task in plan.tasks()]
    assert len(found) == 2
    assert found[1] == ("Rà soát", "so-tc")


def test_a_groups_title_may_begin_above_the_leads() -> None:
    header = ("TT", "Cơ quan chủ trì", "Nhiệm vụ", "Phối hợp", "Thời gian")
    first = ("1", "Sở Y tế", "Lập hồ sơ", "Sở Tư pháp", "Tháng 9/2026")
    group = ("II", "Bảo đảm nguồn lực", "", "", "")
    second = ("2", "Sở Tài chính", "Cân đối ngân sách", "Sở Y tế", "Tháng 9/2026")
    for merged in ([], [(2, 1, 2, 4)]):
        plan = drafted(grid([header, first, group, second], *merged)).plan
        assert [one.title.vi for one in plan.groups][1:] == ["Bảo đảm nguồn lực"]
        assert [task.lead for _, task in plan.tasks()] == ["so-y-te", "so-tc"]


@pytest.mark.parametrize("said", ["-", "–", "x", "Không", "//", "…"])
def test_signs_for_nobody(said: str) -> None:
    rows = [("STT", "Nội dung", "Chủ trì", "Phối hợp", "Hạn")]
    rows.append(("1", "Lập hồ sơ", "Sở Y tế", said, "31/3/2026"))
    (task,) = [task for _, task in drafted(grid(rows)).plan.tasks()]
    assert task.supporting == () and not task.questions


def test_tasks_of_communes_need_a_province() -> None:
    rows = [HEADER, ("1", "Lập hồ sơ", "UBND các xã, phường", "31/3/2026")]
    plan = draft(Paper("a.xlsx", (grid(rows),)), catalogue_departments()).plan
    assert "province" in unconfirmed(plan)
    assert tasks(*rows[1:])[0].fan_out == ("ubnd-xa",)


def test_a_title_that_names_no_plan_is_asked_about_and_the_years_beside_it_hold() -> None:
    said = "(Kèm theo Kế hoạch số 215/KH-UBND ngày 12 tháng 11 năm 2026 của UBND tỉnh)"
    lines = ["Phụ lục", "PHÂN CÔNG NHIỆM VỤ", said, "Bảo vệ, chăm sóc trẻ em năm 2027"]
    rows = [HEADER, ("1", "Lập hồ sơ", "Sở Y tế", "Quý II")]
    above = (Line(one, f"line {n}") for n, one in enumerate(lines, 1))
    plan = draft(Paper("a.docx", (*above, grid(rows))), catalogue_departments()).plan
    assert "title" in {one.field for one in plan.questions}
    (task,) = [task for _, task in plan.tasks()]
    assert [due_words(one) for one in task.due] == ["within 2027-Q2"]
