"""The report by API: its figures are the other calls', and who may have it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import docx
import httpx
import openpyxl
import pytest
from docx.oxml.ns import qn
from sqlalchemy import Engine

from integrations import libreoffice
from integrations.report_tables import baseline, goal
from integrations.report_words import COURSES, report_words
from plans.acting import Act, Officer
from plans.figures import read_measurement
from plans.governing import cancel, suspend
from plans.measuring import find, measure
from plans.store import writing
from tests.acts import key_of
from tests.builders import at
from tests.dondoc.api.conftest import Served, serve
from tests.reports import COUNT, SAID, SHARE, busy_office, say

VI = report_words("vi")
DAY = date(2025, 4, 16)
ASKED = {"period": "2025-Q1"}
CLASSES = ("done_on_time", "done_late", "open_on_time", "open_overdue")


@pytest.fixture
def busy(engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """An office in which something was said and measured, on each database."""
    busy_office(engine)
    for target, given in ((SHARE, {"part": 77, "whole": 108}), (COUNT, {"value": 3})):
        with writing(engine) as connection:
            figure = read_measurement(period="2025-Q1", source="12/BC-SYT", **given)
            owned = find(connection, target, SAID)
            measure(connection, owned, figure, actor="t", now=at(SAID, 12), day=SAID)
    act = Act(Officer("user:1"), at(SAID, 15), SAID)
    waiting, dropped = (
        key_of(engine, f"mau/{ref}") for ref in ("chung/van-phong", "cu-di-san/so-cu")
    )
    with writing(engine) as connection:
        suspend(connection, waiting, act, reason="Chờ kinh phí.")
        cancel(connection, dropped, act, reason="Đã giao nơi khác.")
    yield from serve(engine, tmp_path)


def book(answer: httpx.Response) -> dict[str, list[tuple[Any, ...]]]:
    """A workbook's rows by sheet, without the heads."""
    assert answer.status_code == 200, answer.text
    found = openpyxl.load_workbook(io.BytesIO(answer.content))
    return {one.title: [*map(rounded, one.iter_rows(min_row=2, values_only=True))] for one in found}


def rounded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Rates to twelve decimals: a workbook's file keeps sixteen digits."""
    return tuple(round(one, 12) if isinstance(one, float) else one for one in row)


def text_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    body = docx.Document(io.BytesIO(answer.content)).element.body
    said = ("".join(t.text or "" for t in one.iter(qn("w:t"))) for one in body.iter(qn("w:p")))
    return "\n".join(said)


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"at": "2025-03-31"},
        {"as_of": at(SAID, 10).isoformat()},
        {"as_of": at(SAID, 16).isoformat(), "at": "2025-12-31"},
    ],
)
def test_figures_equal_the_other_calls(busy: Served, when: dict[str, str]) -> None:
    client = busy.client("coordinator")
    told = client.get("plans/mau/progress", params=when).json()
    bodies = client.get("plans/mau/progress", params=when | {"by": "department"}).json()
    asked = ASKED | when | {"format": "xlsx"}
    sheets = book(client.get("plans/mau/report", params=asked))
    rows = sheets["Theo nhóm"]
    wanted = [figures(one) for one in [*told["groups"], told]]
    assert [row[2:] for row in rows] == wanted
    named = {row[1]: row[2:] for row in sheets["Theo cơ quan"][:-1]}
    assert named == {one["title"]["vi"]: figures(one) for one in bodies["departments"]}
    general = [row[1] for row in sheets["Số liệu chung"]]
    assert tuple(general) == every_figure(told)
    said = text_of(client.get("plans/mau/report", params=ASKED | when))
    assert f"được giao là {VI.count(told['assignments'])}" in said
    completion, *rates = VI.shares(
        [
            told["completion"],
            told["progress"],
            told["on_time_rate"],
            told["original"]["on_time_rate"],
        ]
    )
    assert f"Tỷ lệ hoàn thành đạt {completion}" in said and all(one in said for one in rates)
    for one in VI.portions([told["classes"][name] for name in CLASSES], told["assignments"]):
        assert one in said


def figures(one: dict[str, Any]) -> tuple[Any, ...]:
    classes = tuple(one["classes"][name] for name in CLASSES)
    return rounded((one["assignments"], *classes, one["completion"], one["on_time_rate"]))


def every_figure(told: dict[str, Any]) -> tuple[Any, ...]:
    """All that the call tells of a plan, in the order of the workbook's sheet."""
    beside = (told["outside"][name] for name in ("suspended", "cancelled", "undecided"))
    classes = (told["classes"][name] for name in CLASSES)
    counts = (told["assignments"], *classes, *beside, told["waiting_review"])
    rates = (told["completion"], told["progress"], told["on_time_rate"])
    more = (told["original"]["on_time_rate"], told["reporting_rate"])
    return rounded((*counts, *rates, *more))


def test_targets_equal_the_other_call_and_small_counts_stay_withheld(busy: Served) -> None:
    for role, few in (("coordinator", "3"), ("viewer", "không nêu")):
        client = busy.client(role)
        told = client.get("targets", params={"plan": "mau"}).json()["items"]
        rows = book(client.get("plans/mau/report", params=ASKED | {"format": "xlsx"}))["Chỉ tiêu"]
        assert [row[1] for row in rows] == [one["title"]["vi"] for one in told]
        for row, one in zip(rows, told, strict=True):
            course = VI.gettext(COURSES[one["course"]])
            wanted = (baseline(one, VI) or None, goal(one, VI), course)
            assert (row[3], row[4], row[7]) == wanted
        value = VI.value(told[0]["measurements"][0]["value"], "percent")
        assert rows[0][5] == f"{value} (77/108)" and "12/BC-SYT" in rows[0][6]
        assert rows[1][5] == few
        said = text_of(client.get("plans/mau/report", params=ASKED))
        assert f"{value} (77/108)" in said
    before = at(SAID, 10).isoformat()
    asked = ASKED | {"format": "xlsx", "as_of": before}
    rows = book(busy.client("admin").get("plans/mau/report", params=asked))["Chỉ tiêu"]
    assert [row[5] for row in rows] == [None, None]  # measured later in the day


def test_the_past_does_not_change(busy: Served) -> None:
    client = busy.client("admin")
    asked = ASKED | {"as_of": at(SAID, 20).isoformat(), "format": "xlsx"}
    busy.now = at(DAY, 10)
    before = book(client.get("plans/mau/report", params=asked))
    say(busy.engine, "mau/chung/so-y-te", SAID + timedelta(days=1), accept=True, result="Xong.")
    assert book(client.get("plans/mau/report", params=asked)) == before


def test_the_answer_is_a_file_to_be_saved(busy: Served) -> None:
    answer = busy.client("viewer").get("plans/mau/report", params=ASKED)
    assert answer.headers["content-disposition"] == (
        'attachment; filename="bao-cao-mau-2025-Q1.docx"'
    )
    assert answer.headers["content-type"].endswith("wordprocessingml.document")
    assert answer.headers["cache-control"] == "private, no-cache"
    english = busy.client("viewer").get(
        "plans/mau/report", params=ASKED | {"language": "en", "issuer": "Bộ Y tế / Cục Trẻ em"}
    )
    said = text_of(english)
    assert "CỤC TRẺ EM" in said and "II. DIFFICULTIES AND OBSTACLES" in said


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"period": ""}, "query.period"),
    ({"period": "2025-Q9"}, "period"),
    ({"period": "2026"}, "period"),
    ({"period": "2025-Q1", "format": "odt"}, "query.format"),
    ({"period": "2025-Q1", "as_of": "2025-03-01"}, "query.as_of"),
    ({"period": "2025-Q1", "as_of": "2099-01-01T00:00:00Z"}, "as_of"),
    ({"period": "2025-Q1", "place": "x" * 300}, "query.place"),
    ({"period": "2025-Q1", "place": "Hà\nNội"}, "place"),
    ({"period": "2025-Q1", "nix": "1"}, "query.nix"),
)


def test_what_is_wrong_is_said_by_its_field(served: Served) -> None:
    client = served.client("admin")
    for wrong, field in WRONG:
        answer = client.get("plans/mau/report", params=wrong)
        assert answer.status_code == 422, answer.text
        named = [one["field"].split(".")[-1] for one in answer.json()["errors"]]
        assert any(field.endswith(one) for one in named), (wrong, named)


def test_a_body_alone_may_not_have_what_all_said(served: Served) -> None:
    for client in (
        served.client("department", "so-y-te"),
        served.client("coordinator", plans=[]),
    ):
        answer = client.get("plans/mau/report", params=ASKED)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/denied")
    assert served.client("admin").get("plans/nix/report", params=ASKED).status_code == 404


def test_without_libreoffice_a_pdf_is_a_clear_problem(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libreoffice, "PROGRAMS", ("no-such-office",))
    answer = served.client("admin").get("plans/mau/report", params=ASKED | {"format": "pdf"})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/libreoffice")
    assert "apt-get install" in answer.json()["detail"]
