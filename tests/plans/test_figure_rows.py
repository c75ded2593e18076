"""Many figures at once: what becomes of each row, on the record."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from plans import doubted, measuring
from plans.errors import Conflict, NotFound
from plans.figure_rows import FigureRow, Giver, Outcome, counts, take, units_of
from plans.store import reading, writing
from plans.store.schema import measurements
from plans.store.schema_access import audit
from tests.builders import build_plan, build_target, build_title
from tests.offices import DAY, NOW, furnish

TARGETS = (
    build_target("ty-le", title=build_title("Tỷ lệ  tiêm chủng")),
    build_target("so", unit="count"),
    build_target("khac", owner="so-tai-chinh"),
    build_target("tien", unit="VND", title=build_title("Kinh phí")),
    build_target("tien-2", unit="VND", title=build_title("Kinh phí")),
    build_target("khong-ai", owner="so-cu", function="di-san"),
)
GIVER = Giver("user:7", NOW, DAY, may=lambda one: one.target.owner != "so-tai-chinh")


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine, plan=build_plan(targets=TARGETS))
    return engine


def row(place: int, target: str = "ty-le", period: str = "2025-Q1", **given: Any) -> FigureRow:
    fields: dict[str, Any] = {"value": 70.0, "source": "1/BC"} | given
    return FigureRow(f"row {place}", target=target, period=period, **fields)


def run(engine: Engine, rows: Sequence[FigureRow], **given: Any) -> list[Outcome]:
    with writing(engine) as connection:
        return take(connection, rows, given.pop("giver", GIVER), **given)


def kept(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(measurements).order_by(measurements.c.id)))


def test_good_rows_are_taken_and_bad_ones_told(office: Engine) -> None:
    rows = [
        row(2),
        row(3, "tỷ lệ tiêm CHỦNG", "Quý IV/2024", value=None, part=77, whole=108),
        row(4, "", title="Title so", value=12.0, period="6 tháng đầu năm 2025"),
        row(5, "so", value=12.5),
        row(6, "Kinh phí"),
        row(7, "khac"),
        row(8, "khong-ai"),
        row(9, "la"),
        row(10, "", title=""),
        row(11, "so", "", value=1.0),
        row(12, "so", "kỳ này", value=1.0),
        row(13, "so", "2031-Q1", value=1.0),
        row(14, "so", value=1.0, source=""),
        row(15, "so", value=1.0, note="Gọi 0912345678"),
        row(16, "so", value=1.0, measured_at=NOW + timedelta(days=1)),
        row(17, "so", faults={"value": "column C (Giá trị): 'x' is no number"}),
        row(18, "ty-le", "2024-Q3", value=104.0),
    ]
    before = run(office, rows, dry_run=True)
    assert kept(office) == []
    assert before[12].reason == "name the document it stands in, or one for all rows"
    found = run(office, rows)
    assert found == before
    assert {one.place: one.field for one in found if one.state == "refused"} == {
        "row 4": "target",
        "row 5": "value",
        "row 6": "target",
        "row 7": "target",
        "row 8": None,
        "row 9": "target",
        "row 10": "target",
        "row 11": "period",
        "row 12": "period",
        "row 13": "period",
        "row 14": "source",
        "row 15": "note",
        "row 16": "measured_at",
        "row 17": "value",
    }
    assert counts(found) == {
        "new": 3,
        "correction": 0,
        "same": 0,
        "kept": 0,
        "refused": 14,
        "doubtful": 1,
    }
    assert [(one.target, one.period, one.doubts) for one in kept(office)] == [
        ("ty-le", "2025-Q1", None),
        ("ty-le", "2024-Q4", None),
        ("ty-le", "2024-Q3", [{"kind": "over_whole", "against": 100.0}]),
    ]
    reasons = {one.place: one.reason for one in found}
    assert reasons["row 6"] == "several targets are called so: tien, tien-2; give the id"
    assert reasons["row 7"] == "another body answers for this target"


def test_the_same_twice_is_one_and_another_figure_is_a_correction(office: Engine) -> None:
    run(office, [row(2), row(3, "so", value=5.0)])
    again = run(office, [row(2), row(3, "so", value=6.0), row(4, "so", value=6.0)])
    assert [one.state for one in again] == ["same", "correction", "same"]
    assert (again[1].before, again[1].value) == (5.0, 6.0)
    assert [(one.target, one.n, one.value) for one in kept(office)] == [
        ("ty-le", 1, 70.0),
        ("so", 1, 5.0),
        ("so", 2, 6.0),
    ]
    [first, second] = run(office, [row(2, value=71.0), row(9, value=72.0)])
    assert (first.state, second.state, second.field) == ("correction", "refused", "period")
    assert second.reason == "row 2 gives another figure of this period; row 9 is left out"


def test_the_same_file_from_two_people_at_once_is_one(office: Engine) -> None:
    rows = [row(2), row(3, "so", value=5.0), row(4, period="2024-Q4")]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: counts(run(office, rows))["new"], range(4)))
    assert sorted(found) == [0, 0, 0, 3] and len(kept(office)) == 3


def test_units_are_known_by_id_and_title(office: Engine) -> None:
    with reading(office) as connection:
        unit = units_of(connection, DAY)
    assert (unit("ty-le"), unit("Tỷ lệ TIÊM chủng"), unit("so"), unit("la")) == (
        "percent",
        "percent",
        "count",
        None,
    )


# --- doubts ------------------------------------------------------------------------------------


def doubtful(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        return doubted.doubtful(connection, None, DAY)


def confirm(engine: Engine, number: int, target: str = "ty-le") -> Any:
    with writing(engine) as connection:
        one = measuring.find(connection, target, DAY)
        return doubted.confirm(connection, one, number, actor="user:1", now=NOW)


def test_a_doubt_stays_until_it_is_corrected_or_confirmed(office: Engine) -> None:
    run(office, [row(2, value=104.0), row(3, period="2024-Q4", value=120.0)])
    later, first = doubtful(office)
    assert (first["period"], later["period"]) == ("2025-Q1", "2024-Q4")
    assert first["doubts"][0]["text"].startswith("it is over 100") and first["doubtful"]
    run(office, [row(2, value=94.0)])
    assert [one["period"] for one in doubtful(office)] == ["2024-Q4"]
    with pytest.raises(Conflict, match="corrected since"):
        confirm(office, first["id"])

    row_ = confirm(office, later["id"])
    assert (row_.confirmed_by, row_.confirmed_at) == ("user:1", NOW)
    assert doubtful(office) == []
    with reading(office) as connection:
        one = measuring.find(connection, "ty-le", DAY)
        every = measuring.described(connection, [one], None, DAY, history=True)[0]
        acts = list(connection.execute(select(audit.c.act, audit.c.actor)))
    kept_ = {figure["id"]: figure for figure in every["measurements"]}[later["id"]]
    assert kept_["doubts"] and not kept_["doubtful"] and kept_["confirmed_by"] == "user:1"
    assert ("figure-confirmed", "user:1") in acts


def test_only_what_is_doubted_is_confirmed_once(office: Engine) -> None:
    run(office, [row(2), row(3, period="2024-Q4", value=120.0)])
    sound, doubted = (one.id for one in kept(office))
    with pytest.raises(Conflict, match="no doubt"):
        confirm(office, sound)
    with pytest.raises(NotFound):
        confirm(office, doubted, "so")
    confirm(office, doubted)
    with pytest.raises(Conflict, match="already"):
        confirm(office, doubted)
