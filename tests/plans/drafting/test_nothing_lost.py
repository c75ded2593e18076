"""Whatever a table says stands in its draft, and every draft passes the check."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from plans.checking import check
from plans.declaration import Plan
from plans.declared import DEPARTMENTS
from plans.drafting import personal
from plans.drafting.drafted import draft
from plans.drafting.grid import Cell, Grid, Line, Paper, clean
from plans.errors import InvalidInput
from plans.source import Read, Source, read_text, validate
from tests.plans.drafting.lexicon import catalogue_departments

BODIES = catalogue_departments()
HEADERS = {
    "number": ("STT", "TT", "Số TT"),
    "content": ("Nội dung nhiệm vụ", "Tên nhiệm vụ", "Công việc", "Nhiệm vụ, giải pháp"),
    "lead": ("Cơ quan chủ trì", "Đơn vị chủ trì", "Chủ trì", "Đơn vị thực hiện"),
    "support": ("Phối hợp", "Cơ quan phối hợp"),
    "due": ("Thời gian hoàn thành", "Thời hạn", "Tiến độ"),
    "product": ("Sản phẩm", "Kết quả đầu ra"),
    "note": ("Ghi chú",),
    "other": ("Cấp trình", "Nguồn vốn", "Căn cứ pháp lý"),
}
WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), max_codepoint=0x1EFF),
    min_size=1,
    max_size=30,
)
SAID = {
    "number": st.sampled_from(
        ["", "1", "2", "1.1", "1.1.1", "I", "II", "A", "a)", "-", "NV-01", "10.", "1.0", "x y z"]
    ),
    "content": st.one_of(
        st.sampled_from(
            [
                "",
                "Ban hành kế hoạch",
                "- Rà soát, tổng hợp",
                "a) Xây dựng đề án",
                "I. HOÀN THIỆN THỂ CHẾ",
                "và các nội dung khác",
                "Nơi nhận:",
                "Ghi chú: xem mục 2",
                "true",
                "2026-01-15",
                "1.10",
                "null",
                "x: y # z",
                "Nhiệm vụ " * 300,
            ]
        ),
        WORDS,
    ),
    "lead": st.one_of(
        st.sampled_from(
            [
                "",
                "Sở Y tế",
                "Sở Y tế, Sở Nội vụ",
                "Các sở, ban, ngành",
                "Chủ trì: Sở Y tế. Phối hợp: Công an tỉnh",
                "Cơ quan lạ",
                "nt",
            ]
        ),
        WORDS,
    ),
    "support": st.one_of(
        st.sampled_from(["", "UBND các xã, phường", "Sở Tài chính; Sở Tư pháp", "Hội lạ"]), WORDS
    ),
    "due": st.one_of(
        st.sampled_from(
            [
                "",
                "Quý II/2026",
                "Trong tháng 5",
                "Thường xuyên",
                "31/03/2026 (dự kiến)",
                "trước 15/3/2020",
                "30/02/2026",
                "Khi có văn bản của Trung ương",
            ]
        ),
        WORDS,
    ),
    "product": st.one_of(st.sampled_from(["", "Báo cáo", "Kế hoạch của UBND tỉnh"]), WORDS),
    "note": st.one_of(st.just(""), WORDS),
    "other": st.one_of(st.just(""), WORDS),
}


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    """A sheet with a header somewhere, rows of every kind below, some cells merged downwards."""
    kinds = draw(st.permutations(list(HEADERS)))
    kinds = kinds[: draw(st.integers(3, len(kinds)))]
    kinds = list(dict.fromkeys(["content", *draw(st.permutations(["lead", "due"])), *kinds]))
    kinds = draw(st.permutations(kinds))
    titles = draw(st.lists(WORDS, max_size=2))
    cells: dict[tuple[int, int], Cell] = {}

    def put(row: int, column: int, text: str, height: int = 1, width: int = 1) -> None:
        at = f"Sheet1!{chr(65 + column)}{row + 1}"
        cells[row, column] = Cell(clean(text), at, height=height, width=width)

    for row, text in enumerate(titles):
        put(row, 0, text)
    head = len(titles)
    for column, kind in enumerate(kinds):
        put(head, column, draw(st.sampled_from(HEADERS[kind])))
    rows = draw(st.integers(1, 7))
    covered: set[tuple[int, int]] = set()
    for row in range(head + 1, head + 1 + rows):
        if draw(st.integers(0, 9)) == 0:
            put(
                row,
                0,
                draw(st.sampled_from(["I. NHÓM MỘT", "Nhóm nhiệm vụ thứ hai"])),
                1,
                len(kinds),
            )
            continue
        for column, kind in enumerate(kinds):
            if (row, column) in covered:
                continue
            left = head + rows - row
            tall = 1 + draw(st.integers(0, 3)) // 3 if left and kind in ("lead", "due") else 1
            put(row, column, draw(SAID[kind]), tall)
            covered |= {(row + n, column) for n in range(1, tall)}
    kept = {place: cell for place, cell in cells.items() if place not in covered}
    lines = tuple(Line(clean(one), "line 1") for one in draw(st.lists(WORDS, max_size=2)))
    return Paper("phu-luc.xlsx", (*lines, Grid("Sheet1", kept, sheet=True)))


def words(text: str) -> set[str]:
    """A text's words, without the signs around them."""
    return set(re.findall(r"\w+", clean(text)))


@settings(max_examples=30, deadline=None)
@given(papers())
def test_no_word_is_lost_and_every_draft_passes(paper: Paper) -> None:
    try:
        drafted = draft(paper, BODIES)
    except InvalidInput as error:
        refused = ("no row of a task", "no table of tasks", "code of an old font")
        assert any(one in str(error) for one in refused)
        return
    source = read_text("plan.yaml", drafted.yaml.encode())
    plan, wrong = validate(source, Plan)
    assert (source.problems, wrong) == ([], [])
    assert plan == drafted.plan
    bodies = Read(Source(DEPARTMENTS), BODIES)
    assert [one for one in check(bodies, [Read(source, plan)], ()) if one.is_error] == []
    assert lost(paper, drafted.yaml) == set()


def lost(paper: Paper, text: str) -> set[str]:
    """Words of cells that stand nowhere in a draft, except what was taken out as personal."""
    joined = re.sub(r"\n\s*(?:# )?", " ", text).replace("''", "'")
    there = words(joined) | words(text)
    said: set[str] = set()
    for grid in paper.grids():
        for cell in grid.cells.values():
            said |= words(personal.strip(cell.text).text)
    return {one for one in said - there if one not in joined}
