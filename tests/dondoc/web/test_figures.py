"""The pages of figures: a file looked at and taken, figures to look at again, registers."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from dondoc.web.figure_words import FigureWords
from dondoc.web.words import page_words
from plans import figure_rows, measuring
from plans.declaration.registers import Registers
from plans.figures import read_measurement
from plans.identity.people import GrantIn
from plans.outliers import Kind
from plans.store import reading, registers, writing
from plans.store.schema import measurements
from plans.store.schema_access import audit
from plans.terms import Role, Silence
from tests.builders import build_plan, build_target
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.web.browsers import check_page, enter, visitor
from tests.dondoc.web.forms import Form, form_of
from tests.offices import DAY, NOW, furnish
from tests.plans.identity.world import add_user

TARGETS = (
    build_target("ty-le"),
    build_target("so-vu", comparator="at_most", value=20, unit="count", sensitive=True),
    build_target("tai-chinh", owner="so-tai-chinh"),
)
FILE = """Mã chỉ tiêu;Kỳ số liệu;Giá trị;Nguồn;Ghi chú
ty-le;Quý IV/2024;70,5;1/BC-SYT;
ty-le;Quý I/2025;120;;Số sơ bộ
so-vu;2025-Q1;=1+1;2/BC;
tai-chinh;2025-Q1;50;2/BC;
khong-co;2025-Q1;50;2/BC;
"""


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def owner(served: Served) -> httpx.Client:
    return visitor(served, "department", "so-y-te")


def seen(page: httpx.Response) -> str:
    """What a sound page says, without its tags."""
    check_page(page)
    text = re.sub(r"<[^>]+>", " ", page.text)
    return " ".join(html.unescape(text).split())


def kept(served: Served) -> list[Any]:
    with reading(served.engine) as connection:
        return list(connection.execute(select(measurements).order_by(measurements.c.id)))


def send(
    client: httpx.Client, form: Form, raw: bytes | str, name: str = "so-lieu.csv", **given: str
) -> httpx.Response:
    content = raw.encode() if isinstance(raw, str) else raw
    headers = {"Origin": str(client.base_url).rstrip("/"), "Accept": "text/html"}
    files = {"file": (name, content, "text/csv")}
    return client.post(form.action, data=form.fields | given, files=files, headers=headers)


def upload(client: httpx.Client, raw: bytes | str, **given: str) -> httpx.Response:
    form = form_of(client.get("/figures/import"), "/figures/import")
    return send(client, form, raw, **given)


def test_a_file_is_looked_at_before_it_is_taken_once(served: Served, owner: httpx.Client) -> None:
    shown = upload(owner, FILE, source="9/BC-SYT")
    page = seen(shown)
    assert "Chưa lưu: 2 số liệu mới, 0 đính chính, 0 đã có trong hệ thống, 3 không" in page
    assert "vượt 100%, mức tối đa của một tỷ lệ" in page
    assert "Cột C (Giá trị): Ô chứa công thức: đề nghị thay bằng giá trị." in page
    assert "Chỉ tiêu này do cơ quan khác chịu trách nhiệm." in page
    assert "Không có chỉ tiêu nào có mã hoặc tên “khong-co”." in page
    assert kept(served) == []

    form = form_of(shown, "/figures/rows")
    headers = {"Origin": str(owner.base_url).rstrip("/")}
    parts = {name: (None, value) for name, value in form.fields.items()}
    first = owner.post(form.action, files=parts, headers=headers)
    again = owner.post(form.action, files=parts, headers=headers)
    assert first.headers["location"] == again.headers["location"]
    assert [(row.period, row.value, row.source) for row in kept(served)] == [
        ("2024-Q4", 70.5, "1/BC-SYT"),
        ("2025-Q1", 120, "9/BC-SYT"),
    ]
    page = seen(owner.get(first.headers["location"]))
    assert "Đã ghi nhận 2 số liệu mới và 0 đính chính." in page
    assert "1 số liệu trong đó cần xem lại" in page

    page = seen(upload(owner, FILE.replace("70,5", "71,5"), source="9/BC-SYT"))
    assert "0 số liệu mới, 1 đính chính, 1 đã có" in page
    assert "70,5%" in page and "71,5%" in page


def test_what_changes_nothing_is_kept_as_said_too(served: Served, owner: httpx.Client) -> None:
    """So that the same file takes back no correction that is made later."""
    head = "Mã chỉ tiêu;Kỳ số liệu;Giá trị;Nguồn\n"
    row, more = "ty-le;Quý I/2025;95;1/BC\n", "ty-le;Quý IV/2024;90;1/BC\n"
    for content in (f"{head}ty-le;Quý I/2025;95;7/BC\n", f"{head}{row}{more}"):
        form = form_of(upload(owner, content), "/figures/rows")
        parts = {name: (None, value) for name, value in form.fields.items()}
        owner.post(form.action, files=parts, headers={"Origin": str(owner.base_url).rstrip("/")})
    with writing(served.engine) as connection:
        one = measuring.find(connection, "ty-le", DAY)
        given = read_measurement(period="2025-Q1", value=92.0, source="8/BC")
        measuring.measure(connection, one, given, actor="user:1", now=NOW, day=DAY)
    page = seen(upload(owner, f"{head}{row}{more}"))
    assert "0 số liệu mới, 0 đính chính, 1 đã có" in page
    assert "Giữ nguyên số liệu đã có" in page and "đề nghị nhập tại trang chỉ tiêu" in page


def test_a_forged_preview_gets_no_further_than_its_sender_may(
    served: Served, owner: httpx.Client
) -> None:
    form = form_of(owner.get("/figures/import"), "/figures/import")
    row = {"place": "row 2", "target": "tai-chinh", "period": "2025-Q1", "value": 5, "source": "x"}
    other = row | {"target": "ty-le", "value": "năm"}
    for rows in ([row], [other], "x", [1], {"a": 1}):
        parts = form.fields | {"rows-1": json.dumps(rows)}
        headers = {"Origin": str(owner.base_url).rstrip("/")}
        answer = owner.post(
            "/figures/rows", files={k: (None, v) for k, v in parts.items()}, headers=headers
        )
        assert answer.status_code in (303, 422), rows
    assert kept(served) == []


@pytest.mark.parametrize(
    ("raw", "status", "said"),
    [
        ("Kính gửi;Sở Y tế\n", 422, "Tệp không có bảng số liệu."),
        (b"\x89PNG\r\n\x00", 415, "Đây không phải tệp Excel hay CSV"),
        ("a;b\n" * 30_000, 413, "20000"),
        ("x" * 60_000, 413, "Tệp có dòng dài hơn 50000 ký tự"),
    ],
    ids=["no table", "a picture", "many rows", "a long line"],
)
def test_what_is_no_table_is_refused_in_words(
    owner: httpx.Client, raw: bytes | str, status: int, said: str
) -> None:
    answer = upload(owner, raw)
    assert answer.status_code == status
    assert said in seen(answer) and '<span lang="en">' not in answer.text


def test_the_template_comes_back_as_it_was_filled_in(served: Served, owner: httpx.Client) -> None:
    answer = owner.get("/figures/template")
    assert answer.headers["content-disposition"].startswith("attachment")
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book["Số liệu"]
    assert [sheet["A2"].value, sheet["A3"].value, sheet["A4"].value] == ["ty-le", "so-vu", None]
    sheet["E2"], sheet["H2"] = 70.5, "3/BC"
    out = io.BytesIO()
    book.save(out)
    assert "1 số liệu mới" in seen(upload(owner, out.getvalue()))
    assert owner.get("/figures/template?kind=csv").text.startswith("\ufeffMã chỉ tiêu;")


def test_a_doubtful_figure_is_shown_wherever_it_stands_until_the_office_confirms_it(
    served: Served, owner: httpx.Client
) -> None:
    give(served, "ty-le;2025-Q1;120;1/BC")
    assert "cần xem lại" in seen(owner.get("/targets/ty-le"))
    listed = seen(owner.get("/targets"))
    assert "1 số liệu cần xem lại" in listed and "có vẻ bất thường" in listed
    page = owner.get("/figures/doubtful")
    assert "vượt 100%" in page.text.lower() or "Vượt 100%" in seen(page)
    number = kept(served)[0].id
    assert "/confirmation" not in page.text

    office = visitor(served, "coordinator")
    shown = office.get("/figures/doubtful")
    form = form_of(shown, f"/figures/{number}/confirmation")
    assert form.send(office).headers["location"] == "/figures/doubtful?done=confirmed"
    assert "Không có số liệu nào cần xem lại." in seen(office.get("/figures/doubtful"))
    assert "đã xác nhận" in seen(owner.get("/targets/ty-le"))
    again = office.post(
        f"/figures/{number}/confirmation",
        data=form.fields | {"once": "another"},
        headers={"Origin": str(office.base_url).rstrip("/")},
    )
    assert again.status_code == 409 and "đã được xác nhận" in again.text


def give(served: Served, *lines: str) -> None:
    from integrations.measurement_files import read_figures

    raw = "\n".join([FILE.split("\n")[0], *lines]).encode()
    rows = read_figures(raw, lambda _: None, NOW.tzinfo)  # type: ignore[arg-type]
    with writing(served.engine) as connection:
        figure_rows.take(connection, rows, figure_rows.Giver("user:7", NOW, DAY))


def test_of_small_counts_others_learn_only_that_there_is_a_doubt(served: Served) -> None:
    give(served, "so-vu;2024-Q4;3;1/BC", "so-vu;2025-Q1;300;1/BC")
    page = seen(visitor(served, "viewer").get("/figures/doubtful"))
    assert "300 Có thể nhầm đơn vị tính 1/BC" in page and "(3)" not in page
    assert "mức thường thấy (3)" in seen(
        visitor(served, "department", "so-y-te").get("/figures/doubtful")
    )


def test_registers_are_shown_with_their_last_answer_and_problems(served: Served) -> None:
    declared = {
        "id": "dhis2",
        "type": "json",
        "name": {"vi": "DHIS2 của Sở Y tế", "en": "DHIS2"},
        "url": "https://dhis2.example.vn/dhis?token=bimat",
        "owner": "so-y-te",
        "items": "rows",
        "targets": [{"id": "ty-le", "period": "ky", "value": "so"}],
    }
    problem = {"place": "item 3", "target": "ty-le", "field": "value", "reason": "'x' is no number"}
    strange = "'la' is no target of this register in registers.yaml"
    stranger = {"field": "target", "reason": strange, "count": 12}
    with writing(served.engine) as connection:
        model = Registers.model_validate_json(json.dumps({"registers": [declared]}))
        registers.save(connection, model)
        registers.keep(connection, "dhis2", registers.Answered(problems=[problem, stranger]), NOW)
    office = visitor(served, "coordinator")
    page = seen(office.get("/registers"))
    assert "https://dhis2.example.vn/dhis" in page and "bimat" not in page
    assert "mục 3" in page and "Giá trị: “x” không phải là số." in page
    # A target's name stands beside its code; what nobody declared is counted, and is no fault.
    assert page.count("Chỉ tiêu ty-le (ty-le)") == 2
    assert "có 01 giá trị không tiếp nhận được" in page
    assert "12 mục" in page and "không khai báo chỉ tiêu “la”" in page
    assert "1 nguồn dữ liệu" in seen(office.get("/gathering"))
    with writing(served.engine) as connection:
        answer = registers.Answered(Silence.ERROR, "HTTP 409: E7124 No such dimension")
        registers.keep(connection, "dhis2", answer, NOW)
    page = seen(office.get("/registers"))
    assert "trả lời HTTP 409: “E7124 No such dimension”" in page


def test_every_doubt_has_its_words() -> None:
    told, english = FigureWords(page_words("vi")), FigureWords(page_words("en"))
    doubt = {"against": 3.5, "period": "2025-Q1", "factor": 0.01}
    for kind in get_args(Kind):
        assert told.doubt(doubt | {"kind": kind}, "percent") != english.doubt(
            doubt | {"kind": kind}, "percent"
        )
        assert told.doubt({"kind": kind}, "percent") != kind
    assert "1/100" in told.doubt(doubt | {"kind": "unit"}, "percent")


def test_the_office_brings_figures_in_its_own_name(served: Served) -> None:
    office = visitor(served, "coordinator")
    assert 'href="/figures/import"' in office.get("/targets").text
    page = seen(office.get("/figures/import"))
    assert "1000 dòng và 10 MB" in page.replace(".", "")
    assert "ghi dưới tên cơ quan theo dõi" in page
    shown = upload(office, FILE.replace("120", "72"), source="9/BC-SYT")
    assert "3 số liệu mới" in seen(shown) and kept(served) == []
    form = form_of(shown, "/figures/rows")
    headers = {"Origin": served.url}
    taken = office.post(
        form.action, files={k: (None, v) for k, v in form.fields.items()}, headers=headers
    )
    assert taken.status_code == 303
    rows = kept(served)
    assert {row.department for row in rows} == {"so-y-te", "so-tai-chinh"}
    assert {row.actor.partition(":")[0] for row in rows} == {"user"}
    with reading(served.engine) as connection:
        [line] = connection.execute(select(audit).where(audit.c.act == "figures-brought"))
    assert (line.actor, line.detail) == (rows[0].actor, {"figures": 3})
    viewer = visitor(served, "viewer")
    for one in (office, visitor(served, "department", "so-y-te"), viewer):
        assert "do cơ quan theo dõi nhập thay" in seen(one.get("/targets/ty-le"))
    template = office.get("/figures/template?kind=csv").text
    assert "ty-le" in template and "tai-chinh" in template
    assert viewer.get("/figures/import").status_code == 403


def test_a_coordinator_brings_figures_of_its_own_plans(served: Served) -> None:
    for plans, said in (([], "0 số liệu mới"), (["mau"], "3 số liệu mới")):
        grant = GrantIn(role=Role.COORDINATOR, plans=plans)
        user = add_user(served.engine, f"cua.{len(plans)}@x.vn", grants=(grant,))
        assert said in seen(upload(enter(served, user), FILE, source="9/BC"))


def test_a_file_of_several_megabytes_is_read_and_a_larger_one_told(
    served: Served, owner: httpx.Client
) -> None:
    wide = "".join(f";{'x' * 30_000}\n" for _ in range(100))
    found = upload(owner, FILE + wide, source="9/BC-SYT")
    assert len(FILE + wide) > 3_000_000 and "2 số liệu mới" in seen(found)
    for times in (4, 8):  # over the limit of a figures' file, and over that of any form
        answer = upload(owner, FILE + wide * times)
        assert answer.status_code == 413
        assert "10 MB" in seen(answer)
