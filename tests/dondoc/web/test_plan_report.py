"""The page of the report that leaders sign: what it would hold and lack, and the file itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from sqlalchemy import Engine

from dondoc.web.plan_report import FIELDS
from integrations import libreoffice
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, visitor
from tests.reports import busy_office

AT = "/plans/mau/report"


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    busy_office(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


def test_first_the_time_then_what_it_holds_then_the_file(served: Served) -> None:
    viewer = visitor(served, "viewer")
    page = viewer.get(AT)
    check_page(page)
    assert page.status_code == 200 and "2025-Q1" in page.text and "Tải xuống" not in page.text
    assert 'value="2025-Q1" selected' in page.text  # the last quarter that is over
    page = viewer.get(AT, params={"period": "2025-Q1", "place": "", "language": "vi"})
    check_page(page)
    assert "Nội dung báo cáo quý I/2025" in page.text and "09 giờ 00 phút" in page.text
    assert "cơ quan, đơn vị chưa báo cáo phần việc đã đến hạn" in page.text
    for kind in ("docx", "xlsx"):
        href = f"{AT}/file?period=2025-Q1&amp;language=vi&amp;format={kind}"
        assert href in page.text
    file = viewer.get(f"{AT}/file", params={"period": "2025-Q1", "format": "docx"})
    assert file.status_code == 200 and file.headers["cache-control"] == "private, no-cache"
    said = [one.text for one in docx.Document(io.BytesIO(file.content)).paragraphs]
    assert "I. KẾT QUẢ THỰC HIỆN" in said


def test_pdf_is_offered_where_libreoffice_is(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = visitor(served, "viewer")
    asked = {"period": "2025-Q1"}
    assert "format=pdf" in viewer.get(AT, params=asked).text
    monkeypatch.setattr(libreoffice, "PROGRAMS", ("no-such-office",))
    page = viewer.get(AT, params=asked)
    assert "format=pdf" not in page.text and "chưa cài LibreOffice" in page.text
    page = viewer.get(f"{AT}/file", params=asked | {"format": "pdf"})
    assert page.status_code == 503 and "chưa cài LibreOffice" in page.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"period": "2025-Q9"}, "không phải là thời gian báo cáo"),
        ({"period": "2023"}, "đề nghị chọn kỳ muộn hơn"),
        ({"period": "2026"}, "đề nghị chọn kỳ sớm hơn"),
        ({"first": "2025-02-01"}, "Chọn cả hai ngày"),
        ({"first": "2025-02-01", "last": "2025-01-01"}, "Ngày cuối trước ngày đầu"),
        ({"first": "1990-02-01", "last": "2025-01-01"}, "dài hơn mười năm"),
        ({"first": "x", "last": "y"}, "chọn ngày đầu và ngày cuối"),
        ({"period": "2025-Q1", "as_of": "2099-01-01"}, "Ngày này chưa đến"),
        ({"period": "2025-Q1", "as_of": "x"}, "Ngày không hợp lệ"),
        ({"period": "2025-Q1", "format": "odt"}, "không nhận giá trị"),
        ({"period": "2025-Q1", "issuer": "x" * 201}, "không nhận giá trị"),
    ],
)
def test_what_is_wrong_is_said_in_words(served: Served, given: dict[str, str], said: str) -> None:
    page = visitor(served, "viewer").get(AT, params=given)
    check_page(page)
    assert page.status_code == 422 and 'lang="en"' not in page.text.partition("<main")[2]
    assert said.casefold() in page.text.casefold(), page.text[page.text.index("<main") :]
    assert set(given) <= set(FIELDS)


def test_english_and_two_days(served: Served) -> None:
    page = visitor(served, "viewer").get(
        AT,
        params={"first": "2025-01-01", "last": "2025-03-31", "as_of": "2025-03-31", "lang": "en"},
    )
    check_page(page, "en")
    assert "from 01/01/2025 to 31/03/2025" in page.text and "Before it is signed" in page.text


def test_a_time_in_words_is_the_time_that_it_names(served: Served) -> None:
    viewer = visitor(served, "viewer")
    for said, key in (("Quý I/2025", "2025-Q1"), ("tháng 01/2025", "2025-01")):
        page = viewer.get(AT, params={"period": said})
        check_page(page)
        assert f'<option value="{key}" selected>' in page.text


def test_a_body_is_offered_no_report_of_all(served: Served) -> None:
    body = visitor(served, "department", "so-y-te")
    assert AT not in body.get("/plans/mau").text
    assert body.get(AT, params={"period": "2025-Q1"}).status_code == 403
    assert AT in visitor(served, "viewer").get("/plans/mau").text
