"""The report in Word and Excel: layout by the decree, whole words with who said them, no fields."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import docx
import openpyxl
import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from docx.oxml.ns import qn
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import integrations
from integrations import report_annex, report_sections
from integrations.report_blocks import Table
from integrations.report_layout import STYLES
from integrations.report_markup import table
from integrations.report_sheets import all_tables
from integrations.report_tables import actual, goal
from integrations.report_words import REASONS, catalogue, report_words
from integrations.reports import file_of
from integrations.wording import wording
from plans.report_voices import Source, Voice
from plans.reports import Report
from tests.builders import at, build_title
from tests.reports import SAID, SAME, ask, busy_office

VI, EN = report_words("vi"), report_words("en")
MM = 360_00


@pytest.fixture
def report(sqlite_engine: Engine) -> Report:
    busy_office(sqlite_engine)
    return ask(sqlite_engine, as_of=at(date(2025, 4, 5), 17))


def word(report: Report, language: str = "vi") -> Any:
    return docx.Document(io.BytesIO(file_of(report, "docx", language).content))


def texts(document: Any) -> list[str]:
    """Every paragraph, those of tables too."""
    return [
        "".join(t.text or "" for t in p.iter(qn("w:t")))
        for p in document.element.body.iter(qn("w:p"))
    ]


def sheets(report: Report, language: str = "vi") -> Any:
    return openpyxl.load_workbook(io.BytesIO(file_of(report, "xlsx", language).content))


# --- the decree --------------------------------------------------------------------------------


def test_pages_fonts_and_numbers_are_those_of_the_decree(report: Report) -> None:
    document = word(report)
    first, *rest = document.sections
    assert [round(one / MM) for one in (first.page_width, first.page_height)] == [210, 297]
    assert 20 <= round(first.top_margin / MM) <= 25 and 20 <= round(first.bottom_margin / MM) <= 25
    assert 30 <= round(first.left_margin / MM) <= 35 and 15 <= round(first.right_margin / MM) <= 20
    assert first.different_first_page_header_footer
    assert (
        "PAGE" in first.header._element.xml and "PAGE" not in first.first_page_header._element.xml
    )
    assert [one.orientation for one in rest] == [1]
    assert rest[0]._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
    known = {style.style_id: style for style in document.styles}
    for key in STYLES:
        assert known[key].font.name == "Times New Roman", key
    body = document.styles["Nội dung"]
    assert body.font.size.pt == 14 and body.paragraph_format.alignment == 3
    assert round(body.paragraph_format.first_line_indent / MM, 1) == 12.7
    defaults = document.styles.element.find(qn("w:docDefaults"))
    assert defaults.find(f".//{qn('w:lang')}").get(qn("w:val")) == "vi-VN"


def test_the_heading_and_the_parts_stand_in_their_order(report: Report) -> None:
    document = word(report)
    said = texts(document)
    order = [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "BÁO CÁO",
        "I. KẾT QUẢ THỰC HIỆN",
        "II. KHÓ KHĂN, VƯỚNG MẮC",
        "III. NGUYÊN NHÂN",
        "IV. KIẾN NGHỊ, ĐỀ XUẤT",
        "V. NHIỆM VỤ KỲ TIẾP THEO",
        "Nơi nhận:",
        "Phụ lục I",
    ]
    assert [said.index(text) for text in order] == sorted(said.index(text) for text in order)
    assert any(re.fullmatch(r"Số: +/BC-\w+", text) for text in said)
    assert any(text.endswith("./.") for text in said)
    assert "ngày     tháng     năm 2025" in " ".join(said)
    levels = [p.style.name for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert levels.count("Heading 1") == 5
    assert any("17 giờ 00 phút ngày 05/04/2025" in text for text in said)
    assert document.core_properties.language == "vi-VN" and document.core_properties.title
    assert any("[…" in text for text in said), "a place for the office's own assessment"


def test_table_heads_are_repeated_and_rows_not_split(report: Report) -> None:
    document = word(report)
    bordered = [one for one in document.tables if one.style and one.style.name == "Table Grid"]
    assert len(bordered) >= 4
    for one in bordered:
        rows = one._tbl.tr_lst
        assert rows[0].find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows)


def test_a_party_body_has_its_own_heading(report: Report) -> None:
    party = replace(
        report.issuer,
        name="TỈNH ỦY SÓC TRĂNG",
        symbol="-BC/TU",
        party=True,
        authority="T/M BAN THƯỜNG VỤ",
        post="BÍ THƯ",
        superior="",
    )
    said = texts(word(report.by(party)))
    assert said.index("TỈNH ỦY SÓC TRĂNG") < said.index("*") < said.index("ĐẢNG CỘNG SẢN VIỆT NAM")
    assert "Số …-BC/TU" in said and "T/M BAN THƯỜNG VỤ" in said
    assert not any("CỘNG HÒA XÃ HỘI" in text or text.endswith("./.") for text in said)


# --- figures and words -------------------------------------------------------------------------


def test_figures_are_written_as_vietnamese_offices_write_them(report: Report) -> None:
    total = report.progress.total
    said = " ".join(texts(word(report)))
    assert f"tổng số phần việc được giao là {total.assignments:02}" in said
    assert VI.percent(total.completion) in said and "," in VI.percent(1 / 3)
    assert (VI.exact(1646.5), VI.value(0.45, "per_mille"), VI.value(12.5, "percent")) == (
        "1.646,5", "0,45‰", "12,5%",
    )  # fmt: skip
    assert (VI.day(date(2025, 2, 5)), VI.count(5), VI.value(1500, "VND")) == (
        "05/02/2025", "05", "1.500 đồng",
    )  # fmt: skip


def test_shares_that_stand_together_have_as_many_decimals(report: Report) -> None:
    assert VI.shares([0.5, 1.0, None, 2 / 3]) == ["50,0%", "100,0%", "—", "66,7%"]
    assert VI.shares([0.5, 1.0, 0.0]) == ["50%", "100%", "0%"]
    assert VI.shares([0.99999, 1.0]) == ["99,9%", "100,0%"]
    assert VI.portions([1, 2], 3) == ["01 (33,3%)", "02 (66,7%)"]
    document = word(report)
    bordered = [one for one in document.tables if one.style and one.style.name == "Table Grid"]
    for one in bordered:
        head = [cell.text for cell in one.rows[0].cells]
        for n, name in enumerate(head):
            if name in ("Tỷ lệ hoàn thành", "Tỷ lệ đúng hạn", "Tiến độ"):
                said = [row.cells[n].text for row in one.rows][1:]
                assert len({"," in text for text in said if text != "—"}) == 1, said


def test_no_lead_in_is_left_at_a_pages_end(report: Report) -> None:
    for one in word(report).paragraphs:
        if one.text.endswith(":") and one.style and one.style.name.startswith("Nội dung"):
            assert one.style.paragraph_format.keep_with_next, one.text


def test_the_annex_names_the_issuer_as_sentences_do(report: Report) -> None:
    said = texts(word(report.by(replace(report.issuer, name="SỞ Y TẾ", said="Sở Y tế"))))
    assert "SỞ Y TẾ" in said and any(text.endswith("của Sở Y tế)") for text in said)


def test_every_word_is_there_with_who_said_it(report: Report) -> None:
    said = texts(word(report))
    [same] = [text for text in said if SAME in text]
    assert "so-y-te" in same and "so-tai-chinh" in same and "04/03/2025" in same
    [result] = [text for text in said if "1.200 cán bộ" in text and "78/BC-SYT" in text]
    assert "Nhiệm vụ mot" in result
    [cause] = [text for text in said if "Chưa nêu số liệu." in text]
    assert "trả lại báo cáo" in cause and "so-tai-chinh" in cause
    assert any("Đề nghị cấp bổ sung kinh phí." in text for text in said)


def test_long_words_stand_whole_in_an_annex(report: Report) -> None:
    long = "Dài lắm. " * 200 + "\nDòng hai."
    source = Source("so-y-te", SAID, "mot", build_title("Nhiệm vụ"))
    said = texts(word(replace(report, obstacles=(Voice(long, "nhom-1", (source,)),))))
    assert any("toàn văn tại Phụ lục II, mục 1" in text for text in said)
    at_annex = said.index("Phụ lục II")
    assert said[at_annex + 3].startswith("1. Dài lắm.") and said[at_annex + 4] == "Dòng hai."


def test_what_is_cut_is_told_and_whole_in_the_workbook(report: Report) -> None:
    source = Source("so-y-te", SAID, "mot", build_title("Nhiệm vụ"))
    many = tuple(Voice(f"Vướng mắc {n}", "nhom-1", (source,)) for n in range(250))
    whole = replace(report, obstacles=many)
    said = " ".join(texts(word(whole)))
    assert f"{report_sections.MOST_POINTS}/250 nội dung" in said
    rows = [row[1].value for row in sheets(whole)["Khó khăn, vướng mắc"].iter_rows(min_row=2)]
    assert rows == [f"Vướng mắc {n}" for n in range(250)]


def test_a_class_is_one_row_with_its_late_members(report: Report) -> None:
    whole = report_annex.Whole(VI)
    words = VI.about(report.names)
    [first, *_], shown, total = report_annex.by_group(report, words, whole)
    [row] = [row for row in first.rows if "2 cơ quan" in str(row[2]) or "02 cơ quan" in str(row[2])]
    assert "Quá hạn: " in str(row[5]) and "quá hạn: 02" in str(row[6])
    assert shown == total


def test_english_is_complete(report: Report) -> None:
    said = texts(word(report, "en"))
    assert "SOCIALIST REPUBLIC OF VIET NAM" in said and "I. RESULTS" in said
    own = {SAME, *(one.text for one in (*report.results, *report.reasons, *report.proposals))}
    left = [
        text for text in said
        if re.search("[ăđơưạảấầẩậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", text.lower())
        and not any(one.split(" ")[0] in text for one in own)
    ]  # fmt: skip
    assert not [text for text in left if "(en)" not in text and "Địa bàn" not in text]


# --- the workbook ------------------------------------------------------------------------------


def test_the_workbook_holds_every_table_with_real_numbers_and_days(report: Report) -> None:
    book, tables = sheets(report), list(all_tables(report, VI.about(report.names)))
    assert [one.title for one in book] == [one.name for one in tables]
    for sheet, one in zip(book, tables, strict=True):
        assert sheet.max_row == len(one.rows) + 1 and sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref and sheet.print_title_rows
    groups = book["Theo nhóm"]
    last = [cell.value for cell in groups[groups.max_row]]
    total = report.progress.total
    assert last[1:7] == ["Tổng cộng", total.assignments, *total.classes.values()] or last[2] == (
        total.assignments
    )
    assert last[7] == pytest.approx(total.completion) and groups.cell(2, 8).number_format == "0.0%"
    bodies = book["Theo cơ quan"]
    counted = [row[2].value for row in bodies.iter_rows(min_row=2)]
    assert sum(counted[:-1]) == counted[-1] == total.assignments
    assert book["Phần việc"].cell(2, 6).is_date
    assert book["Phần việc"].max_row == len(report.lines) + 1


HOSTILE = st.text(st.characters(codec=None, exclude_categories=()), max_size=60) | st.sampled_from(
    ["=1+1", "@SUM(A1)", "+84", "-2", "\x00\x0b", "\ud800", "￾￿", "a" * 10_000, "<w:p/>&amp;",
     "{ PAGE }", "‮abc", "1\u20282\x1f3", "] ]>", "']]>'"]
)  # fmt: skip


def test_whatever_people_write_the_files_open_and_hold_it_as_words(report: Report) -> None:
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(HOSTILE, max_size=20))
    @example(['=HYPERLINK("http://x","y")', "\ud800", "\x00", "x" * 10_000, "{ PAGE }"])
    def hold(some: list[str]) -> None:
        title = build_title("Nhiệm vụ")
        voices = tuple(
            Voice(text, "nhom-1", (Source("so-y-te", SAID, "mot", title, (text,)),))
            for text in some
        )
        given_ = replace(report, obstacles=voices, results=voices, proposals=voices)
        raw = file_of(given_, "docx", "vi").content
        said = texts(docx.Document(io.BytesIO(raw)))
        assert "I. KẾT QUẢ THỰC HIỆN" in said and "Phụ lục I" in said
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            body = parts.read("word/document.xml")
        assert b"fldSimple" not in body and b"instrText" not in body
        rows = [*sheets(given_)["Khó khăn, vướng mắc"].iter_rows(min_row=2)]
        assert len(rows) == len(some)
        assert not [cell.value for row in rows for cell in row if cell.data_type == "f"]

    hold()


def test_the_same_report_is_the_same_file(report: Report) -> None:
    assert file_of(report, "docx", "vi").content == file_of(report, "docx", "vi").content


# --- words -------------------------------------------------------------------------------------


def used() -> set[Any]:
    """Every text that reports say, plurals as pairs."""
    found: set[Any] = set()
    keywords = {**DEFAULT_KEYWORDS, "marked": None, "say": None}
    room = catalogue("vi").parents[3]
    for path in sorted(room.glob("report_*.py")):
        with path.open("rb") as file:
            found |= {message for _, message, _, _ in extract("python", file, keywords=keywords)}
    return found


def test_every_text_has_its_vietnamese_and_none_is_left_over() -> None:
    with catalogue("vi").open("rb") as file:
        messages = [one for one in read_po(file, locale="vi") if one.id]
    known = {one.id if isinstance(one.id, str) else tuple(one.id) for one in messages}
    mails = wording("vi").catalogue
    wanted = {one for one in used() if (one if isinstance(one, str) else one[0]) not in mails}
    assert known == wanted and len(known) > 100
    assert not [one.id for one in messages if one.fuzzy]
    assert integrations.__doc__


def test_goals_and_figures_of_targets() -> None:
    one = {"value": 0.45, "unit": "percent", "comparator": "below", "due_year": 2030}
    assert goal(one, VI) == "< 0,45% (2030)"
    assert goal(one | {"value": None, "comparator": "increase", "due_year": None}, VI) == "tăng"
    figure = {"value": 71.3, "part": 77, "whole": 108, "suppressed": False}
    assert actual(one, figure, VI) == "71,3% (77/108)"
    assert actual(one, figure | {"suppressed": True}, VI) == "không nêu"
    assert set(REASONS) and actual(one, None, VI) == ""


def test_markup_has_no_formatting_of_its_own(report: Report) -> None:
    made = Table("x", "X", report_annex.columns_of(VI), [(1, "a", "b", "c", 0.5, "e", "f", "g")])
    text = "".join(table(made, VI, 9000))
    assert "<w:rFonts" not in text and "<w:b/>" not in text and "<w:sz" not in text
