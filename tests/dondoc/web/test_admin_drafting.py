"""An annex sent on the plans' page: shown cell by cell, corrected in its field, then loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from integrations.office_files import put_text
from plans.store import catalogue, reading
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, visitor
from tests.dondoc.web.forms import form_of
from tests.integrations.test_office_files import saved
from tests.offices import faults, furnish

ROWS: list[list[str | None]] = [
    ["Phụ lục: PHÂN CÔNG NHIỆM VỤ THÍ ĐIỂM NĂM 2025"],
    ["(Kèm theo Kế hoạch số 9/KH-UBND ngày 15/01/2025 của Văn phòng)"],
    ["STT", "Nội dung nhiệm vụ", "Cơ quan chủ trì", "Thời gian hoàn thành", "Cấp trình"],
    ["1", "Ban hành kế hoạch <b>", "so-y-te", "Trước 30/6/2025", "Lãnh đạo"],
    ["2", "Tổng kết", "Sở Không Có", "Quý III/2025", None],
]


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)
    assert faults(sqlite_engine) == []


def annex(rows: Sequence[Sequence[str | None]] = ROWS) -> bytes:
    from openpyxl import Workbook

    book: Any = Workbook()
    for r, row in enumerate(rows, 1):
        for c, text in enumerate(row, 1):
            if text:
                put_text(book.active.cell(r, c), text)
    return saved(book)


def send(client: httpx.Client, raw: bytes, name: str = "pl.xlsx", **given: str) -> httpx.Response:
    form = form_of(client.get("/admin/plans"), "/admin/plans/drafts")
    fields = {key: (None, text) for key, text in (form.fields | given).items() if key != "file"}
    return client.post("/admin/plans/drafts", files={**fields, "file": (name, raw)})


ANSWERS = "/admin/plans/drafts/answers"


def text_of(page: httpx.Response) -> str:
    """The draft in its field, whose first line break is the tag's."""
    return form_of(page, ANSWERS).fields["pasted"].removeprefix("\n")


def answered(client: httpx.Client, page: httpx.Response, **given: str) -> httpx.Response:
    """Send a draft's form with answers by field, such as ``lead="Sở Y tế"``, and a button."""
    form = form_of(page, ANSWERS)
    keys = re.findall(r'name="(?:choice|value):([^"]*)"', page.text)
    fields = form.fields | {"pasted": text_of(page)}
    for name, value in given.items():
        what, _, of = name.partition("_")
        key = next((key for key in keys if key.split(".")[1] == of), "")
        fields[f"{what}:{key}" if of else what] = value
    return client.post(form.action, files={k: (None, v) for k, v in fields.items()})


def test_a_drafts_questions_are_answered_in_words_and_it_is_loaded(served: Served) -> None:
    admin = visitor(served, "admin")
    page = send(admin, annex())
    check_page(page)
    assert page.status_code == 200
    assert "Sheet!C5" in page.text
    assert "Không có cơ quan, đơn vị nào có tên này" in page.text
    assert "Cấp trình" in page.text
    assert '<span lang="en">' not in page.text
    assert "Về văn bản: số văn bản" in page.text
    text = text_of(page)
    assert "<b>" in text and "kế hoạch <b>" not in page.text
    assert "Còn 01 chỗ phải ghi" in page.text

    early = answered(admin, page, then="preview")
    assert (early.status_code, "Còn 01 chỗ phải ghi" in early.text) == (422, True)
    wrong = answered(admin, page, value_lead="Sở Không Đâu", then="apply")
    check_page(wrong)
    assert wrong.status_code == 422
    assert "Không có cơ quan nào tên “Sở Không Đâu”" in wrong.text
    assert 'value="Sở Không Đâu"' in wrong.text
    assert text_of(wrong) == text

    right = answered(admin, wrong, value_lead="Sở Tài chính", then="apply")
    check_page(right)
    assert right.status_code == 200
    assert "Đã ghi 01 câu trả lời vào dự thảo." in right.text
    assert "Không câu nào ngăn việc nạp kế hoạch." in right.text
    assert re.search(r'btn btn-primary"[^>]*value="preview"', right.text)
    changed = text_of(right)
    assert [line for line in changed.splitlines() if line not in text] == [
        "        lead: so-tai-chinh"
    ]

    shown = answered(admin, right, then="preview")
    assert shown.status_code == 200, shown.text
    assert "Mục cơ quan theo dõi, đôn đốc còn phải xem lại" in shown.text
    again = form_of(shown, ANSWERS)
    back = admin.post(again.action, files={k: (None, v) for k, v in again.fields.items()})
    assert text_of(back) == changed
    loading = form_of(shown, "/admin/plans/load")
    done = admin.post(loading.action, files={k: (None, v) for k, v in loading.fields.items()})
    assert done.status_code == 303
    with reading(served.engine) as connection:
        plan = catalogue.read_plan(connection, "kh9-2025")
    assert [task.lead for _, task in plan.tasks()] == ["so-y-te", "so-tai-chinh"]


TWICE: list[list[str | None]] = [
    *ROWS[:3],
    ["1", "Tuyên truyền", "so-y-te", "Thường xuyên", None],
    ["2", "Kiểm tra", "so-y-te", "Thường xuyên", None],
    ["3", "Rà soát", "so-y-te", "khi cần", None],
    ["4", "Tổng hợp", "so-y-te", "khi cần", None],
]


def test_doubtful_ones_are_accepted_together_once_it_is_shown_what_that_means(
    served: Served,
) -> None:
    admin = visitor(served, "admin")
    page = send(admin, annex(TWICE))
    shown = answered(admin, page, then="show:deadlines", value_due="đang ghi dở")
    check_page(shown)
    assert "Sẽ nhận những điều sau; chưa nhận gì" in shown.text
    assert 'value="đang ghi dở"' in shown.text
    assert text_of(shown) == text_of(page)
    whole = answered(admin, page, then="accept:deadlines")
    assert "Đã ghi 02 câu trả lời vào dự thảo." in whole.text
    alike = answered(admin, whole, value_due="Quý IV/2025", alike_due="1", then="apply")
    check_page(alike)
    assert "Đã ghi 02 câu trả lời vào dự thảo." in alike.text
    assert text_of(alike).count("quarter: '2025-Q4'") == 2


def test_what_was_typed_waits_while_the_text_cannot_be_read(served: Served) -> None:
    admin = visitor(served, "admin")
    page = send(admin, annex())
    broken = answered(admin, page, value_lead="Sở Tài chính", pasted="id: x\ngroups: [")
    check_page(broken)
    assert broken.status_code == 422
    fields = form_of(broken, ANSWERS).fields
    assert "Sở Tài chính" in fields.values()
    mended = answered(admin, broken, pasted=text_of(page))
    assert "Đã ghi 01 câu trả lời vào dự thảo." in mended.text


def test_a_draft_that_is_pasted_leads_to_its_questions(served: Served) -> None:
    admin = visitor(served, "admin")
    text = text_of(send(admin, annex()))
    form = form_of(admin.get("/admin/plans"), "/admin/plans/preview")
    fields = {key: (None, value) for key, value in form.fields.items()} | {"pasted": (None, text)}
    refused = admin.post(form.action, files=fields)
    assert refused.status_code == 422
    assert "Chưa rõ cơ quan chủ trì" in refused.text
    assert form_of(refused, ANSWERS).fields["pasted"] == text


def test_the_draft_is_taken_along_as_it_stands_in_the_field(served: Served) -> None:
    admin = visitor(served, "admin")
    form = form_of(send(admin, annex()), ANSWERS)
    fields = form.fields | {"pasted": "id: x\r\nnumber:\r\n"}
    got = admin.post("/admin/plans/drafts/file", files={k: (None, v) for k, v in fields.items()})
    assert got.text == "id: x\nnumber:\n"
    assert "kh9-2025.yaml" in got.headers["content-disposition"]


@pytest.mark.parametrize(
    ("raw", "name", "said"),
    [
        (b"STT;Noi dung", "x.csv", "không phải tệp Excel"),
        (annex([["a", "b"], ["c", "d"]]), "x.xlsx", "Không tìm thấy bảng nhiệm vụ"),
    ],
)
def test_what_is_no_annex_is_said_beside_the_field(
    served: Served, raw: bytes, name: str, said: str
) -> None:
    page = send(visitor(served, "admin"), raw, name)
    check_page(page)
    assert page.status_code in (415, 422)
    assert said in page.text
    assert 'id="error-file"' in page.text


def test_who_may_not_load_may_not_draft_either(served: Served) -> None:
    for who in ("coordinator", "viewer"):
        client = visitor(served, who)
        assert client.post("/admin/plans/drafts", files={"file": ("x", annex())}).status_code == 403
    assert httpx.post(f"{served.url}/admin/plans/drafts").status_code in (303, 401, 403)
