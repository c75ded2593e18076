"""An annex sent on the plans' page: shown cell by cell, corrected in its field, then loaded."""

from __future__ import annotations

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


def test_a_draft_is_shown_corrected_and_loaded(served: Served) -> None:
    admin = visitor(served, "admin")
    page = send(admin, annex())
    check_page(page)
    assert page.status_code == 200
    assert "Sheet!C5" in page.text
    assert "Không có cơ quan, đơn vị nào có tên này" in page.text
    assert "Cấp trình" in page.text
    assert '<span lang="en">' not in page.text
    form = form_of(page, "/admin/plans/preview")
    text = form.fields["pasted"]
    assert "id: kh9-2025" in text
    assert "<b>" in text and "kế hoạch <b>" not in page.text

    refused = admin.post(form.action, files={k: (None, v) for k, v in form.fields.items()})
    assert refused.status_code == 422
    assert "Chưa rõ cơ quan chủ trì" in refused.text

    settled = text.replace("lead:\n", "lead: so-tai-chinh\n").replace("confidence: 0.0", "")
    given = form_of(page, "/admin/plans/preview").fields | {"pasted": settled}
    shown = admin.post(form.action, files={k: (None, v) for k, v in given.items()})
    assert shown.status_code == 200, shown.text
    loading = form_of(shown, "/admin/plans/load")
    done = admin.post(loading.action, files={k: (None, v) for k, v in loading.fields.items()})
    assert done.status_code == 303
    with reading(served.engine) as connection:
        plan = catalogue.read_plan(connection, "kh9-2025")
    assert [task.lead for _, task in plan.tasks()] == ["so-y-te", "so-tai-chinh"]


def test_the_draft_is_taken_along_as_it_stands_in_the_field(served: Served) -> None:
    admin = visitor(served, "admin")
    form = form_of(send(admin, annex()), "/admin/plans/preview")
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
