"""Rows of tables become groups, tasks and parts, however the paper lays them out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from plans.declaration import Plan, Task, Within
from plans.drafting.drafted import Drafted, Given, draft
from plans.drafting.grid import Cell, Grid, Line, Paper
from plans.drafting.header_words import Role, role_of
from plans.errors import InvalidInput
from tests.plans.drafting.lexicon import catalogue_departments

HEADER = ("STT", "Nội dung nhiệm vụ", "Cơ quan chủ trì", "Thời hạn")
Rows = Sequence[Sequence[str]]


def grid(rows: Rows, *merged: tuple[int, int, int, int], hidden: Sequence[int] = ()) -> Grid:
    """A sheet; ``merged`` as (row, column, last row, last column) from 0."""
    spans = {(t, le): (b - t + 1, r - le + 1) for t, le, b, r in merged}
    inner = {(r, c) for t, le, b, ri in merged for r in range(t, b + 1) for c in range(le, ri + 1)}
    cells = {}
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if (r, c) not in inner - set(spans):
                height, width = spans.get((r, c), (1, 1))
                cells[r, c] = Cell(text, f"S!{chr(65 + c)}{r + 1}", height=height, width=width)
    return Grid("S", cells, frozenset(hidden), sheet=True)


def drafted(*parts: Grid | Line, **given: object) -> Drafted:
    facts = Given(issued=date(2026, 1, 15), **given)  # type: ignore[arg-type]
    return draft(Paper("annex.xlsx", parts), catalogue_departments(), facts)


def outline(plan: Plan) -> list[tuple[str | None, str, list[str]]]:
    return [
        (group.ordinal, group.title.vi, [f"{t.clause.position} {t.title.vi}" for t in group.tasks])
        for group in plan.groups
    ]


def tasks(*rows: Sequence[str], merged: Sequence[tuple[int, int, int, int]] = ()) -> list[Task]:
    return [task for _, task in drafted(grid([HEADER, *rows], *merged)).plan.tasks()]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("TT", Role.NUMBER),
        ("Mã NV", Role.CODE),
        ("Tên nhiệm vụ", Role.CONTENT),
        ("NỘI DUNG THỰC HIỆN", Role.CONTENT),
        ("Đơn vị\nchủ trì", Role.LEAD),
        ("Cơ quan thực hiện", Role.LEAD),
        ("Cơ quan chủ trì, phối hợp", Role.BOTH),
        ("Phối hợp", Role.SUPPORT),
        ("Tiến độ", Role.DUE),
        ("Thời gian trình", Role.DUE),
        ("Bắt đầu", Role.START),
        ("Sản phẩm/Kết quả", Role.DELIVERABLE),
        ("Cấp trình", Role.OTHER),
        ("Đơn vị tính", Role.OTHER),
        ("Lãnh đạo phụ trách", Role.PERSONAL),
        ("Số điện thoại", Role.PERSONAL),
        ("Sở Y tế", None),
    ],
)
def test_headers_are_known_by_their_words(text: str, role: Role | None) -> None:
    assert role_of(text) is role


def test_groups_nest_by_their_numbers() -> None:
    rows = [
        HEADER,
        ("A", "Phần một", "", ""),
        ("I", "Thể chế", "", ""),
        ("1", "Ban hành kế hoạch", "Sở Y tế", "Quý I"),
        ("II", "Nhân lực", "", ""),
        ("1", "Tập huấn", "Sở Nội vụ", "Quý II"),
        ("B", "Phần hai", "", ""),
        ("1", "Tổng kết", "Sở Y tế", "Quý IV"),
    ]
    assert outline(drafted(grid(rows)).plan) == [
        ("A.I", "Thể chế", ["1 Ban hành kế hoạch"]),
        ("A.II", "Nhân lực", ["1 Tập huấn"]),
        ("B", "Phần hai", ["1 Tổng kết"]),
    ]


def test_a_merged_title_is_a_group_and_a_heading_that_is_repeated_is_none() -> None:
    rows = [
        ("", "", "", ""),
        HEADER,
        ("(1)", "(2)", "(3)", "(4)"),
        ("NHÓM NHIỆM VỤ VỀ GIÁO DỤC", "", "", ""),
        ("1", "Xây trường", "Sở Xây dựng", "Quý I"),
        HEADER,
        ("2", "Tuyển giáo viên", "Sở Nội vụ", "Quý II"),
    ]
    found = drafted(grid(rows, (3, 0, 3, 3))).plan
    assert outline(found) == [
        (None, "NHÓM NHIỆM VỤ VỀ GIÁO DỤC", ["1 Xây trường", "2 Tuyển giáo viên"])
    ]


def test_a_row_split_by_a_page_goes_on() -> None:
    (task,) = tasks(
        ("1", "Tuyên truyền pháp luật về", "Sở Giáo dục", "Quý I"),
        ("", "trẻ em trong trường học", "và Đào tạo", "/2026"),
    )
    assert task.title.vi == "Tuyên truyền pháp luật về trẻ em trong trường học"
    assert task.note is None or "trẻ em" not in task.note


def test_a_merged_lead_holds_for_every_row_beside_it() -> None:
    found = tasks(
        ("1", "Một", "Sở Y tế", "Quý I"),
        ("2", "Hai", "", "Quý II"),
        ("3", "Ba", "", "Quý III"),
        merged=[(1, 2, 2, 2)],
    )
    assert [one.lead for one in found] == ["so-y-te", "so-y-te", None]
    assert [[one.field for one in task.questions].count("lead") for task in found] == [0, 0, 1]


def test_what_stands_below_a_task_is_a_part_where_it_has_its_own_lead() -> None:
    first, second = tasks(
        ("1", "Xây dựng cơ sở vật chất", "Sở Xây dựng", "Quý III"),
        ("a)", "Nhà thiếu nhi", "Tỉnh đoàn", ""),
        ("-", "kể cả sân chơi", "", ""),
        ("b)", "Bể bơi", "Sở Y tế", "Quý IV"),
    )
    assert first.title.vi == "Xây dựng cơ sở vật chất - kể cả sân chơi"
    assert [(one.title.vi, one.lead) for one in first.parts] == [("a) Nhà thiếu nhi", "tinh-doan")]
    assert (second.title.vi, second.clause.position) == ("Bể bơi", "1.b")
    assert "Xây dựng cơ sở vật chất" in (second.note or "")


def test_several_leads_in_one_cell_have_a_part_each() -> None:
    (task,) = tasks(("1", "Rà soát", "Sở Y tế; Sở Nội vụ; UBND các xã, phường", "Quý I"))
    assert (task.lead, task.fan_out) == ("so-y-te", ("ubnd-xa",))
    assert [one.lead for one in task.parts] == ["so-nv"]


def test_marks_below_months_are_deadlines() -> None:
    rows = [
        ("TT", "Nội dung", "Chủ trì", "Thời gian thực hiện năm 2026", "", ""),
        ("", "", "", "Quý I", "Quý II", "Quý III"),
        ("1", "Tập huấn", "Sở Y tế", "x", "x", ""),
        ("2", "Kiểm tra", "Sở Y tế", "", "", "x"),
    ]
    merged = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (0, 3, 0, 5)]
    found = [task for _, task in drafted(grid(rows, *merged)).plan.tasks()]
    quarters = [[one.quarter for one in task.due if isinstance(one, Within)] for task in found]
    assert quarters == [["2026-Q2"], ["2026-Q3"]]
    assert [[one.field for one in task.questions].count("due") for task in found] == [1, 0]


def test_signatures_recipients_and_names_are_no_tasks() -> None:
    rows = [
        HEADER,
        ("1", "Tổng kết", "Sở Y tế", "Quý IV"),
        ("", "", "", ""),
        ("Nơi nhận:", "", "TM. ỦY BAN NHÂN DÂN", ""),
        ("- Như trên;", "", "KT. CHỦ TỊCH", ""),
        ("- Lưu: VT.", "", "Trần Thị Bình", ""),
    ]
    found = drafted(grid(rows))
    assert outline(found.plan)[0][2] == ["1 Tổng kết"]
    assert "Nơi nhận" in (found.plan.note or "")
    assert "Bình" not in found.yaml
    assert found.findings.removed == 1


def test_a_hidden_row_and_a_formula_are_told() -> None:
    rows = [HEADER, ("1", "Một", "Sở Y tế", "Quý I"), ("2", "Hai", "Sở Y tế", "Quý I")]
    whole = grid(rows, hidden=[2])
    place = (1, 3)
    cells = {**whole.cells, place: Cell('=WEBSERVICE("x")', "S!D2", formula=True)}
    found = drafted(Grid("S", cells, whole.hidden, sheet=True))
    first, second = (task for _, task in found.plan.tasks())
    assert first.due == () and [one.said for one in first.questions] == ['=WEBSERVICE("x")']
    assert [one.field for one in second.questions if "hidden" in one.why] == ["title"]


def test_codes_become_ids_and_stay_unique() -> None:
    header = ("Mã nhiệm vụ", *HEADER[1:])
    rows = [header, ("NV.01", "a", "Sở Y tế", "Quý I"), ("NV 01", "b", "Sở Y tế", "Quý I")]
    found = drafted(grid(rows), number="7/KH-UBND").plan
    assert [task.id for _, task in found.tasks()] == ["kh7-2026-nv-01", "kh7-2026-nv-01-2"]


def test_the_lines_above_say_what_the_document_is() -> None:
    lines = [
        "UBND TỈNH SÓC TRĂNG",
        "PHỤ LỤC I",
        "PHÂN CÔNG NHIỆM VỤ NĂM 2026",
        "(Kèm theo Kế hoạch số 12/KH-UBND ngày 05 tháng 02 năm 2026 của UBND tỉnh Sóc Trăng)",
    ]
    table = grid([HEADER, ("1", "Một", "Sở Y tế", "Trong tháng 5")])
    paper = Paper("x.docx", (*(Line(one, "line 1") for one in lines), table))
    plan = draft(paper, catalogue_departments()).plan
    assert (plan.number, plan.issued) == ("12/KH-UBND", date(2026, 2, 5))
    assert (plan.issuer, plan.title.vi) == ("UBND tỉnh Sóc Trăng", "PHÂN CÔNG NHIỆM VỤ NĂM 2026")
    assert (plan.coordinator, plan.province) == ("vp-ubnd-tinh", "soc-trang")
    assert plan.tasks()[0][1].due == (Within(type="within", month="2026-05"),)


def test_what_the_paper_does_not_say_is_not_invented() -> None:
    table = grid([HEADER, ("1", "Một", "Sở Y tế", "Quý I/2026")])
    plan = draft(Paper("x.xlsx", (table,)), catalogue_departments()).plan
    asked = {one.field: one.confidence for one in plan.questions}
    assert asked == {"title": 0, "number": 0, "issued": 0, "issuer": 0, "coordinator": 0}
    assert {"issued", "issuer", "coordinator"} <= set(plan.assumed)


def test_a_deadline_before_the_document_is_asked_about() -> None:
    (task,) = tasks(("1", "Một", "Sở Y tế", "31/12/2025"))
    assert task.due == ()
    assert "on or before" in task.questions[0].why


def test_other_sheets_are_told_and_a_file_without_tasks_is_refused() -> None:
    other = grid([("Họ tên", "Điểm"), ("A", "1")])
    other = Grid("Khác", other.cells, sheet=True)
    found = drafted(grid([HEADER, ("1", "Một", "Sở Y tế", "Quý I")]), other)
    assert any(one.field == "source" and "Khác" in one.said for one in found.plan.questions)
    with pytest.raises(InvalidInput, match=r"found Khác: Họ tên \| Điểm"):
        drafted(other)
