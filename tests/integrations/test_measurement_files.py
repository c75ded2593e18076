"""Files with figures: as offices write them, filled-in templates, and hostile ones."""

from __future__ import annotations

import io
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import Engine

from integrations.measurement_files import read_figures
from integrations.measurement_template import write_csv, write_workbook
from plans import measuring
from plans.errors import DondocError, InvalidInput, TooLarge, WrongType
from plans.figure_rows import FigureRow
from plans.measuring import Owned
from plans.store import reading
from tests.builders import ZONE, build_plan, build_target, build_title
from tests.offices import DAY, furnish

UNITS = {"bao-phu": "percent", "so-vu": "count", "tien": "VND", "hiem": "per_mille"}
HEAD = "Mã chỉ tiêu;Kỳ;Giá trị;Nguồn"


def read(raw: bytes | str) -> list[FigureRow]:
    raw = raw.encode() if isinstance(raw, str) else raw
    return read_figures(raw, UNITS.get, ZONE)


def workbook(*rows: Sequence[Any], formats: Mapping[str, str] | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    for place, form in (formats or {}).items():
        sheet[place].number_format = form
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def told(row: FigureRow) -> tuple[Any, ...]:
    return row.target, row.period, row.value, row.source


# --- CSV ---------------------------------------------------------------------------------------

TEXT = "Mã chỉ tiêu;Kỳ báo cáo;Kết quả (%);Số văn bản\nbao-phu;Quý I/2025;97,2;12/BC-SYT\n"


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.replace(";", "\t").encode("utf-16"),
        b"\xfe\xff" + TEXT.replace(";", "\t").encode("utf-16-be"),
        TEXT.replace("97,2", '"97,2"').replace(";", ",").encode(),
        ("sep=;\r\n" + TEXT.replace("\n", "\r\n")).encode(),
        ("SỞ Y TẾ;;;\n\n;;;\n" + TEXT).encode(),
    ],
)
def test_a_csv_file_is_read_however_it_was_saved(raw: bytes) -> None:
    [row] = read(raw)
    assert told(row) == ("bao-phu", "Quý I/2025", 97.2, "12/BC-SYT")


def test_windows_1258_is_read_in_composed_letters() -> None:
    # As that code page writes them: the tone after its letter.
    raw = "Tên chi\u0309 tiêu;Ky\u0300;Gia\u0301 tri\u0323\nTy\u0309 lê\u0323;2025;5\n".encode(
        "cp1258"
    )
    [row] = read(raw)
    assert (row.title, row.period, row.value) == ("Tỷ lệ", "2025", 5)


def test_columns_are_known_by_their_headers_in_any_order_and_language() -> None:
    raw = (
        "STT,Note,Denominator,Numerator,As of,Period,Source,Target title\n"
        '1,"a, b",108,77,31/03/2025 17:00,Q1 2025,5/BC,Coverage\n'
        "2,,,,,,,\n"
        "3,–,-,…,,Q2 2025,5/BC,Coverage\n"
    )
    [row] = read(raw)
    assert (row.title, row.part, row.whole, row.value) == ("Coverage", 77, 108, None)
    assert (row.note, row.place) == ("a, b", "row 2")
    assert row.measured_at == datetime(2025, 3, 31, 17, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["1.646", "97,2"], [1646, 97.2]),
        (["1.646", "97.2"], [1.646, 97.2]),
        (["1,646", "1.646,5"], [1.646, 1646.5]),
        (["1,646", "1,646.5"], [1646, 1646.5]),
        (["1,646", "2.000.000"], [1.646, 2_000_000]),
        (["0,125", "12"], [0.125, 12]),
        (["14,5%", "14.5 %"], [14.5, 14.5]),
        (["1.646", "12"], [None, 12]),
        (["1.646", "97,2", "97.2"], [None, 97.2, 97.2]),
        (["nhiều", "1e5", "--1"], [None, None, None]),
    ],
)
def test_what_can_be_read_in_two_ways_is_settled_by_the_others_or_refused(
    values: list[str], found: list[float | None]
) -> None:
    lines = [f"bao-phu;2025-Q1;{value};1/BC" for value in values]
    rows = read("\n".join([HEAD, *lines]))
    assert [row.value for row in rows] == found
    assert [bool(row.faults) for row in rows] == [one is None for one in found]


def test_the_cell_that_can_be_read_in_two_ways_is_named() -> None:
    [row] = read(f"{HEAD}\nbao-phu;2025-Q1;1.646;1/BC\n")
    said = "column C (Giá trị): '1.646' can be read as 1646 or as 1.646; write 1646, or 1.6460"
    assert row.faults == {"value": said}
    [count] = read(f"{HEAD}\nso-vu;2025-Q1;1.646;1/BC\n")
    assert count.value == 1646  # what is counted has no decimals


# --- Excel -------------------------------------------------------------------------------------


def test_numbers_dates_and_per_cent_of_excel() -> None:
    head = ["Mã chỉ tiêu", "Kỳ", "Giá trị", "Nguồn", "Thời điểm"]
    raw = workbook(
        ["Biểu số liệu"],
        head,
        ["bao-phu", 2025, 0.145, 12, date(2025, 3, 31)],
        ["hiem", "2025-Q1", 0.0105, "1/BC", "31/03/2025"],
        ["so-vu", "2025-Q1", 0.145, "1/BC", None],
        ["bao-phu", date(2025, 5, 1), 7, "1/BC", None],
        ["bao-phu", "2025-Q1", date(2025, 5, 1), "1/BC", None],
        ["bao-phu", "2025-Q1", "=1+1", "1/BC", None],
        ["bao-phu", "2025-Q1", True, "1/BC", None],
        ["bao-phu", "2025-Q2", 97.2, "1/BC", "hôm qua"],
        formats={"C3": "0.0%", "C4": "0.00%", "C5": "0%"},
    )
    rows = read(raw)
    assert (rows[0].value, rows[0].period, rows[0].source) == (14.5, "2025", "12")
    assert rows[0].measured_at == datetime(2025, 3, 31, tzinfo=ZONE)
    assert rows[1].value == 10.5
    said = [next(iter(row.faults.items())) for row in rows[2:]]
    assert [name for name, _ in said] == ["value", "period", *["value"] * 3, "measured_at"]
    texts = [text.partition("): ")[2] for _, text in said]
    assert texts[0] == "the cell is in per cent, and the target is not"
    assert texts[1].startswith("a date (01/05/2025) stands where a period belongs; write it as")
    assert texts[2].startswith("a date stands where a number belongs")
    assert texts[3] == "the cell holds a formula; put its value in its place"
    assert texts[4] == "this is no number"
    assert said[5][1].startswith("column E (Thời điểm): 'hôm qua' is no moment")


def test_what_is_merged_over_rows_is_said_of_each() -> None:
    book = load_workbook(
        io.BytesIO(
            workbook(
                ["Tên chỉ tiêu", "Kỳ", "Số liệu"],
                ["Tỷ lệ", "2025-Q1", 1],
                [None, "2025-Q2", 2],
                [None, "2025-Q3", 3],
            )
        )
    )
    book.active.merge_cells("A2:A3")
    rows = read(saved(book))
    assert [row.title for row in rows] == ["Tỷ lệ", "Tỷ lệ", ""]


def test_tables_of_several_sheets_and_hidden_ones() -> None:
    book = Workbook()
    for name, state in (("Một", "visible"), ("Hai", "visible"), ("Ẩn", "hidden")):
        sheet = book.create_sheet(name)
        sheet.append(["Target", "Period", "Value"])
        sheet.append([name, "2025", 1])
        sheet.sheet_state = state
    rows = read(saved(book))
    assert [(row.place, row.target) for row in rows] == [
        ("Một, row 2", "Một"),
        ("Hai, row 2", "Hai"),
    ]


# --- the template, filled in and read again ----------------------------------------------------

TITLES = (
    '=HYPERLINK("http://x")',
    "+84 Tỷ lệ trẻ em dưới 01 tuổi được tiêm chủng đầy đủ các loại vắc xin; đạt “97,2” %, năm",
    'Số "vụ", việc\nbạo lực',
)
TARGETS = (
    build_target("bao-phu", title=build_title(TITLES[0])),
    build_target("so-vu", title=build_title(TITLES[1]), unit="count", comparator="at_most"),
    build_target("tien", title=build_title(TITLES[2]), unit="VND", value=5_000_000),
)
NUMBERS = st.one_of(
    st.integers(0, 10**15).map(float),
    st.decimals(0, 10**6, places=3).map(float),
    st.decimals(0, 1, places=4).map(float),
)


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> list[Owned]:
    from plans.store import open_engine

    path = tmp_path_factory.mktemp("office") / "record.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    engine: Engine = open_engine(f"sqlite:///{path}")
    furnish(engine, plan=build_plan(targets=TARGETS))
    with reading(engine) as connection:
        found = measuring.listing(connection, DAY)
    engine.dispose()
    return found


@settings(max_examples=20, deadline=None)
@given(values=st.lists(NUMBERS, min_size=3, max_size=3))
def test_a_filled_in_workbook_gives_the_same_figures(
    owned: list[Owned], values: list[float]
) -> None:
    book = load_workbook(io.BytesIO(write_workbook(owned, DAY)))
    for row, value in enumerate(values, 2):
        book["Số liệu"][f"E{row}"] = value
    assert [(row.target, row.period, row.value) for row in read(saved(book))] == [
        (one.target.id, "Quý I/2025", value) for one, value in zip(owned, values, strict=True)
    ]


def vietnamese(value: float) -> str:
    return f"{value:,.4f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def english(value: float) -> str:
    return f"{value:,.4f}"


@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(NUMBERS, min_size=3, max_size=3), write=st.sampled_from([vietnamese, english])
)
def test_a_filled_in_csv_gives_the_same_figures(
    owned: list[Owned], values: list[float], write: Callable[[float], str]
) -> None:
    lines = write_csv(owned, DAY).decode("utf-8-sig").split("\r\n")
    head, body = lines[0], "\r\n".join(lines[1:])
    for one, value in zip(owned, values, strict=True):
        body = body.replace("Quý I/2025;;", f"Quý I/2025;{write(value)}!", 1)
        assert one.target.id in body
    rows = read("\r\n".join([head, body.replace("!", ";")]))
    assert [(row.target, row.value) for row in rows] == [
        (one.target.id, value) for one, value in zip(owned, values, strict=True)
    ]


def test_the_template_is_empty_of_figures_and_computes_nothing(owned: list[Owned]) -> None:
    for raw in (
        write_workbook(owned, DAY),
        write_csv(owned, DAY),
        write_workbook(owned, DAY, "en"),
    ):
        assert read(raw) == []
    sheet = load_workbook(io.BytesIO(write_workbook(owned, DAY)))["Số liệu"]
    assert (sheet["B2"].data_type, sheet["B2"].quotePrefix) == ("s", True)
    assert sheet["D2"].value == "Quý I/2025"


# --- hostile -----------------------------------------------------------------------------------

HOSTILE: Mapping[str, tuple[Callable[[], bytes], type[DondocError], str]] = {
    "a line without an end": (lambda: b"x" * 5_000_000, TooLarge, "a line of more than"),
    "too large": (lambda: b"x" * 10_500_000, TooLarge, "more than 10 MB"),
    "as much as is taken, of no figure": (
        lambda: (f"{HEAD}\n" + f"bao-phu;2025;x;{'Đ' * 230}\n" * 19_900).encode(),
        InvalidInput,
        "5000 are taken at once",
    ),
    "a million rows": (lambda: b"a;b\n" * 1_000_000, TooLarge, "rows"),
    "a million empty rows": (lambda: b"\n" * 1_000_000, TooLarge, "rows"),
    "NUL": (lambda: HEAD.encode() + b"\n\x00;1;2;3", WrongType, "no CSV file"),
    "NUL in UTF-16": (lambda: f"{HEAD}\n\x00;1".encode("utf-16"), WrongType, "no CSV file"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)), WrongType, "no CSV file"),
    "quotes that never close": (
        lambda: f'{HEAD}\n"a;b\n'.encode() + b"c;d\n" * 9_000,
        InvalidInput,
        "check its quotation marks",
    ),
    "ten thousand columns": (
        lambda: f"{HEAD}\n".encode() + b";" * 10_000,
        TooLarge,
        "more than 100 columns",
    ),
    "no table": (lambda: "Kính gửi;Sở Y tế\n".encode(), InvalidInput, "no table of figures"),
    "nothing": (lambda: b"", InvalidInput, "no table of figures"),
    "twice": (
        lambda: "Target;Kỳ;Giá trị;Số liệu\n".encode(),
        InvalidInput,
        "two columns say the same",
    ),
    "too many figures": (
        lambda: (HEAD + "\nbao-phu;2025;1;1" * 6_000).encode(),
        InvalidInput,
        "5000 are taken at once",
    ),
    "a broken workbook": (lambda: b"PK\x03\x04" + b"x" * 100, InvalidInput, "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_soon(name: str) -> None:
    make, kind, said = HOSTILE[name]
    raw = make()
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(kind, match=said):
        read(raw)
    assert time.process_time() - begun < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_what_begins_like_a_formula_is_refused_for_its_row_alone() -> None:
    rows = read(f"{HEAD}\nbao-phu;2025;=1+1;x\nbao-phu;2025;-3;x\nbao-phu;2025;@x;x\n")
    assert ["formula" in str(row.faults) for row in rows] == [True, False, False]
    assert rows[1].value == -3  # which the target's rules refuse
