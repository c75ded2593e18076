"""Who and when, where their own cells say nothing; what is refused before it is composed."""

from __future__ import annotations

from datetime import date

import pytest

from plans.declaration import Task
from plans.drafting import drafted as drafting
from plans.drafting.body_words import read_bodies
from plans.drafting.drafted import Drafted, Given, draft
from plans.drafting.elsewhere import roles_in
from plans.drafting.grid import Cell, Grid, Line, Paper
from plans.drafting.header_facts import facts_of
from plans.errors import InvalidInput
from tests.plans.drafting.lexicon import catalogue_departments, lexicon
from tests.plans.drafting.test_measured import due_words

BY_GROUP = ["STT", "Nhiệm vụ", "Phối hợp", "Thời hạn"]
BY_TIME = ["STT", "Nhiệm vụ", "Chủ trì", "Phối hợp"]
WHOLE = ["STT", "Nội dung", "Chủ trì", "Thời hạn", "Ghi chú"]


def drafted(*rows: list[str]) -> Drafted:
    cells = {
        (r, c): Cell(text, f"A{r + 1}", width=len(rows[0]) if len(row) == 1 else 1)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    }
    paper = Paper("phu-luc.xlsx", (Grid("PL", cells, sheet=True),))
    return draft(paper, catalogue_departments(), Given(issued=date(2026, 1, 20), number="1/KH"))


def tasks_of(*rows: list[str]) -> list[Task]:
    return [task for _, task in drafted(*rows).plan.tasks()]


def asked(task: Task, field: str) -> list[float]:
    return [one.confidence for one in task.questions if one.field == field]


def test_a_group_that_is_a_body_leads_its_tasks() -> None:
    rows = [["I", "SỞ Y TẾ"], ["1", "Lập kế hoạch", "Sở Nội vụ", "Quý II/2026"]]
    rows += [["II", "UBND CÁC XÃ, PHƯỜNG"], ["2", "Bố trí người", "", "31/5/2026"]]
    first, second = tasks_of(BY_GROUP, *rows)
    assert (first.lead, second.lead, second.fan_out) == ("so-y-te", "ubnd-xa", ("ubnd-xa",))
    assert not asked(first, "lead")


def test_a_group_that_only_speaks_of_a_body_does_not_lead() -> None:
    rows = [["I", "Nâng cao năng lực Sở Y tế"], ["1", "Lập kế hoạch", "", "Quý II/2026"]]
    (task,) = tasks_of(BY_GROUP, *rows)
    assert task.lead is None


def test_an_empty_cell_below_a_body_is_doubtful() -> None:
    rows = [["I", "SỞ Y TẾ"], ["1", "Lập kế hoạch", "", "31/5/2026", ""]]
    rows += [["2", "Lập đề án", "Sở Tư pháp", "31/5/2026", ""]]
    first, second = tasks_of(WHOLE, *rows)
    assert (first.lead, second.lead) == ("so-y-te", "so-tp")
    assert 0 < asked(first, "lead")[0] < 1


@pytest.mark.parametrize(
    ("heading", "due"),
    [
        ("II. Nhiệm vụ hoàn thành trong Quý II/2026", "within 2026-Q2"),
        ("THÁNG 6", "within 2026-06"),
        ("QUÝ IV", "within 2026-Q4"),
        ("Nhiệm vụ thường xuyên", "ongoing half_year"),
    ],
)
def test_a_heading_says_when(heading: str, due: str) -> None:
    (task,) = tasks_of(BY_TIME, [heading], ["1", "Lập kế hoạch", "Sở Y tế", ""])
    assert [due_words(one) for one in task.due] == [due]


def test_a_heading_of_other_things_says_no_deadline() -> None:
    heading = ["Nhóm nhiệm vụ về bảo vệ trẻ em giai đoạn 2026-2030"]
    (task,) = tasks_of(BY_TIME, heading, ["1", "Lập kế hoạch", "Sở Y tế", ""])
    assert task.due == ()


def test_a_note_says_when_where_the_deadline_is_empty() -> None:
    rows = [["1", "Kiểm tra bể bơi", "Sở Y tế", "", "Hoàn thành trước ngày 15/02/2026"]]
    rows += [["2", "Cắm biển", "Sở Y tế", "31/3/2026", "Xong trước 01/03/2026"]]
    rows += [["3", "Trả lời", "Sở Y tế", "", "Chuyển từ năm 2025 sang"]]
    first, second, third = tasks_of(WHOLE, *rows)
    assert [due_words(one) for one in first.due] == ["before 2026-02-15"]
    assert 0 < asked(first, "due")[0] < 1
    assert [due_words(one) for one in second.due] == ["by 2026-03-31"]
    assert third.due == ()


def test_a_list_of_sentences_says_who_and_when() -> None:
    said = "Giao Sở Y tế chủ trì, phối hợp với Sở Tài chính rà soát; xong trước ngày 30/6/2026."
    (task,) = tasks_of(["STT", "Nội dung", "Ghi chú"], ["1", said, ""])
    assert (task.lead, task.supporting) == ("so-y-te", ("so-tc",))
    assert [due_words(one) for one in task.due] == ["before 2026-06-30"]
    assert task.title.vi == said


@pytest.mark.parametrize(
    ("said", "leads", "supporting"),
    [
        ("UBND các xã, phường tổ chức Tết Trung thu", ["ubnd-xa"], []),
        ("Sở Xây dựng chủ trì, phối hợp với Công an tỉnh rà soát", ["so-xd"], ["cong-an-tinh"]),
        ("Thanh tra (Thanh tra tỉnh chủ trì; Sở Y tế phối hợp)", ["thanh-tra-tinh"], ["so-y-te"]),
        ("Xây dựng kế hoạch phối hợp với Sở Y tế", None, None),
        ("Kiện toàn bộ máy Sở Y tế", None, None),
    ],
)
def test_roles_in_a_sentence(
    said: str, leads: list[str] | None, supporting: list[str] | None
) -> None:
    roles = roles_in(said, lexicon())
    assert (roles and [one.code for one in roles.leads.matches]) == leads
    assert (roles and [one.code for one in roles.supporting.matches]) == supporting


def test_classes_by_lines_and_with_what_tells_them_apart() -> None:
    several = read_bodies("UBND các xã, phường\nSở TP", lexicon())
    some = read_bodies("UBND các xã, phường có vùng lõm sóng; CAT", lexicon())
    assert [one.code for one in several.matches] == ["ubnd-xa", "so-tp"]
    assert [one.code for one in some.matches] == ["ubnd-xa", "cong-an-tinh"]
    assert some.matches[0].confidence < 1
    assert not several.unknown + some.unknown


def test_a_sum_is_no_task_and_is_kept() -> None:
    found = drafted(
        WHOLE, ["1", "Tập huấn", "Sở Y tế", "2026", "5"], ["", "Tổng cộng", "", "", "9"]
    )
    assert len(list(found.plan.tasks())) == 1
    assert "Tổng cộng" in (found.plan.note or "")


def test_cells_that_repeat_those_above() -> None:
    rows = [["1", "Lập kế hoạch", "Sở Y tế", "31/5/2026", ""]]
    rows += [["II", "Nhóm hai"], ["2", "Lập đề án", "-nt-", "như trên", ""]]
    _, second = tasks_of(WHOLE, *rows)
    assert (second.lead, [due_words(one) for one in second.due]) == ("so-y-te", ["by 2026-05-31"])


def test_an_office_is_that_of_the_body_above_it() -> None:
    facts = facts_of([Line("UBND TỈNH", "1"), Line("VĂN PHÒNG", "2"), Line("KẾ HOẠCH", "3")])
    assert facts.issuer == "VĂN PHÒNG UBND TỈNH"


def test_old_fonts_are_told() -> None:
    for row in (
        ["1", "X©y dùng kÕ ho¹ch b¶o vÖ trÎ em", "Së Y tÕ"],
        ["1", "Xaây döïng", "Sôû Taøi"],
    ):
        with pytest.raises(InvalidInput, match="old font"):
            drafted(["STT", "Nhieäm vuï", "Nhiệm vụ"], [*row], [*row])


def test_what_no_declaration_holds_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "groups_of", None)
    rows = [[str(n), "Lập kế hoạch", "Sở Y tế", "2026", ""] for n in range(2001)]
    with pytest.raises(InvalidInput, match="more than 2000 tasks"):
        drafted(WHOLE, *rows)
    with pytest.raises(InvalidInput, match="1 MiB"):
        drafted(WHOLE, ["1", "Lập kế hoạch " * 50_000, "Sở Y tế", "2026", ""])


def test_what_is_done_all_the_time_may_stand_where_it_begins() -> None:
    head = ["STT", "Nhiệm vụ", "Chủ trì", "Bắt đầu", "Kết thúc"]
    rows = [["1", "Tuyên truyền", "Sở Y tế", "Thường xuyên", ""]]
    rows += [["2", "Lập kế hoạch", "Sở Y tế", "01/02/2026", "31/5/2026"]]
    first, second = tasks_of(head, *rows)
    assert [due.type for due in first.due] == ["ongoing"]
    assert [due_words(due) for due in second.due] == ["by 2026-05-31"]


@pytest.mark.parametrize(
    ("title", "number", "guessed"),
    [
        (
            "PHÂN CÔNG VIỆC thực hiện Kế hoạch số 45/KH-UBND ngày 12/01/2026 của UBND tỉnh về B",
            "45/KH-UBND",
            True,
        ),
        ("KẾ HOẠCH thực hiện Chương trình số 61-CTr/TU ngày 21/10/2024 của Tỉnh ủy", None, False),
    ],
)
def test_the_document_that_a_title_carries_out_is_doubtful(
    title: str, number: str | None, guessed: bool
) -> None:
    found = facts_of([Line(title, "A1")])
    assert (found.number, found.guessed) == (number, guessed)
    assert not guessed or (found.issued, found.issuer) == (date(2026, 1, 12), "UBND tỉnh")
