"""Measurements on the record: what is taken, what is refused, who sees small counts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from plans import measuring
from plans.access import Caller, Grant
from plans.declaration import Baseline, Target
from plans.declared import Catalogue
from plans.errors import Conflict, InvalidInput, NotFound, PersonalData
from plans.figures import read_measurement
from plans.loading import load_catalogue
from plans.store import reading, writing
from plans.store.schema import measurements, texts
from plans.terms import Role
from tests.builders import build_departments, build_plan, build_target
from tests.offices import DAY, NOW, furnish

TARGETS = (
    build_target("ty-le", baseline=Baseline(value=60)),
    build_target("so-vu", comparator="at_most", value=20, unit="count", sensitive=True),
    build_target("ty-le-hiem", unit="per_mille", sensitive=True, value=5, comparator="below"),
    build_target("huong", comparator="increase", value=None, unit=None, sensitive=True),
    build_target("cua-so-cu", owner="so-cu", function="y-te"),
    build_target("khong-ai", owner="so-cu", function="di-san"),
    build_target("cua-lop", owner="cac-so"),
    build_target("tien", unit="VND", value=1_000_000_000),
)
VIEWER = Caller("user:1", "user", (Grant(Role.VIEWER),))


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine, plan=build_plan(targets=TARGETS))
    return engine


def measure(office: Engine, target: str, period: str = "2025-Q1", **given: Any) -> dict[str, Any]:
    fields = {"source": "12/BC-SYT"} | given
    with writing(office) as connection:
        one = measuring.find(connection, target, DAY)
        new = read_measurement(period=period, **fields)
        return measuring.measure(connection, one, new, actor="user:7", now=NOW, day=DAY)


def seen(
    office: Engine, target: str, caller: Caller | None = None, day: date = DAY, **given: Any
) -> Any:
    with reading(office) as connection:
        one = measuring.find(connection, target, day)
        return measuring.described(connection, [one], caller, day, **given)[0]


def number_of(office: Engine, table: Any = measurements) -> int:
    with reading(office) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


# --- what is taken -----------------------------------------------------------------------------


def test_a_correction_is_the_next_figure_of_its_period(office: Engine) -> None:
    first = measure(office, "ty-le", value=70.5, note="  Số sơ bộ ")
    assert (first["n"], first["value"], first["note"]) == (1, 70.5, "Số sơ bộ")
    assert (first["by"], first["department"], first["recorded_at"]) == ("user:7", "so-y-te", NOW)
    assert measure(office, "ty-le", part=77, whole=108)["value"] == pytest.approx(71.2963)
    assert measure(office, "ty-le", "2024", value=60)["n"] == 1
    last = seen(office, "ty-le")
    assert [(one["period"], one["n"]) for one in last["measurements"]] == [
        ("2025-Q1", 2),
        ("2024", 1),
    ]
    every = seen(office, "ty-le", history=True)["measurements"]
    assert [(one["period"], one["n"]) for one in every] == [
        ("2025-Q1", 2),
        ("2025-Q1", 1),
        ("2024", 1),
    ]
    assert [one["note"] for one in every] == [None, "Số sơ bộ", None]
    assert last["course"] == "on_course"


def test_only_what_had_begun_by_the_day_is_shown(office: Engine) -> None:
    measure(office, "ty-le", value=90)
    assert seen(office, "ty-le")["course"] == "reached"
    before = seen(office, "ty-le", day=date(2024, 12, 1))
    assert (before["course"], before["measurements"]) == ("not_measured", [])


def test_notes_lie_beside_the_record_and_can_be_removed(office: Engine) -> None:
    measure(office, "ty-le", value=70, note="chữ")
    assert number_of(office, texts) == 1
    with writing(office) as connection:
        connection.execute(texts.update().values(body=None))
    assert seen(office, "ty-le")["measurements"][0]["note"] is None


def test_a_persons_number_is_refused_until_it_is_confirmed(office: Engine) -> None:
    words = {"source": "12/BC-SYT", "note": "Hỏi chị Hoa 0912345678"}
    with pytest.raises(PersonalData) as refusal:
        measure(office, "ty-le", value=70, **words)
    assert list(refusal.value.fields) == ["note"]
    assert "0912345678" not in str(refusal.value.fields)
    with pytest.raises(PersonalData):
        measure(office, "ty-le", value=70, source="CCCD 001203012345")
    assert number_of(office) == number_of(office, texts) == 0
    kept = measure(office, "ty-le", value=70, confirm_personal_data=True, **words)
    assert (kept["flagged"], kept["note"]) == (True, words["note"])
    measure(office, "ty-le", value=71, source="CCCD 001203012345", confirm_personal_data=True)
    measure(office, "ty-le", value=72)
    every = seen(office, "ty-le", VIEWER, history=True)["measurements"]
    assert [(one["flagged"], one["note"]) for one in every] == [
        (False, None),
        (True, None),
        (True, words["note"]),
    ]


def test_counts_stay_whole_numbers(office: Engine) -> None:
    value = measure(office, "so-vu", value=12.0)["value"]
    assert (value, type(value)) == (12, int)
    assert measure(office, "tien", value=1_234_567_890_123)["value"] == 1_234_567_890_123
    assert measure(office, "ty-le-hiem", part=3, whole=1000)["value"] == 3
    assert measure(office, "huong", value=0.25)["value"] == 0.25


# --- what is refused ---------------------------------------------------------------------------

REFUSED: Sequence[tuple[str, dict[str, Any], str]] = (
    ("ty-le", {"value": -0.1}, "value"),
    ("ty-le", {"value": float("nan")}, "value"),
    ("ty-le", {"value": float("inf")}, "value"),
    ("ty-le", {"value": True}, "value"),
    ("ty-le", {"value": "70"}, "value"),
    ("ty-le", {}, "value"),
    ("ty-le", {"value": 50, "part": 1, "whole": 2}, "value"),
    ("ty-le", {"part": 1}, "whole"),
    ("ty-le", {"whole": 1}, "part"),
    ("ty-le", {"part": -1, "whole": 2}, "part"),
    ("ty-le", {"part": 0, "whole": 0}, "whole"),
    ("ty-le", {"part": 1, "whole": 10**16}, "whole"),
    ("ty-le-hiem", {"value": -0.5}, "value"),
    ("so-vu", {"value": 1.5}, "value"),
    ("so-vu", {"value": 1e16}, "value"),
    ("so-vu", {"part": 1, "whole": 2}, "part"),
    ("huong", {"part": 1, "whole": 2}, "part"),
    ("huong", {"value": -3}, "value"),
    ("tien", {"value": 0.5}, "value"),
    ("ty-le", {"value": 70, "source": "   "}, "source"),
    ("ty-le", {"value": 70, "source": "12\x00BC"}, "source"),
    ("ty-le", {"value": 70, "source": "x" * 301}, "source"),
    ("ty-le", {"value": 70, "note": "\ud800"}, "note"),
    ("ty-le", {"value": 70, "period": "2025-H1"}, "period"),
    ("ty-le", {"value": 70, "period": "2025-01"}, "period"),
    ("ty-le", {"value": 70, "period": "2025-Q5"}, "period"),
    ("ty-le", {"value": 70, "period": "2025-Q3"}, "period"),
    ("ty-le", {"value": 70, "period": "2023-Q4"}, "period"),
    ("ty-le", {"value": 70, "period": "1066"}, "period"),
    ("ty-le", {"value": 70, "period": "x" * 21}, "period"),
    ("ty-le", {"value": 70, "colour": "red"}, "colour"),
)


@pytest.mark.parametrize(("target", "given", "field"), REFUSED)
def test_what_is_wrong_is_named_and_not_kept(
    sqlite_engine: Engine, target: str, given: dict[str, Any], field: str
) -> None:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    with pytest.raises(InvalidInput) as refusal:
        measure(sqlite_engine, target, **given)
    assert list(refusal.value.fields) == [field]
    assert number_of(sqlite_engine) == number_of(sqlite_engine, texts) == 0


def test_the_period_under_way_and_the_year_before_the_plan_are_taken(office: Engine) -> None:
    assert measure(office, "ty-le", "2025-Q2", value=70)["period_start"] <= DAY
    assert measure(office, "ty-le", "2024-Q1", value=70)["n"] == 1


def test_an_unknown_target_and_plan_and_department_are_not_found(office: Engine) -> None:
    with pytest.raises(NotFound, match="no target 'nothing'"):
        measure(office, "nothing", value=1)
    with reading(office) as connection:
        with pytest.raises(NotFound, match="no plan 'nothing'"):
            measuring.listing(connection, DAY, plan="nothing")
        with pytest.raises(NotFound, match="unknown department"):
            measuring.listing(connection, DAY, department="nothing")


# --- whose it is -------------------------------------------------------------------------------


def test_the_successor_for_the_function_answers(office: Engine) -> None:
    assert measure(office, "cua-so-cu", value=70)["department"] == "so-y-te"
    owner = seen(office, "cua-so-cu")["owner"]
    assert (owner["declared"], owner["effective"], owner["status"]) == (
        "so-cu",
        "so-y-te",
        "unconfirmed",
    )


@pytest.mark.parametrize("target", ["khong-ai", "cua-lop"])
def test_where_nobody_is_decided_a_person_must(office: Engine, target: str) -> None:
    with pytest.raises(Conflict, match="a person must decide who owns"):
        measure(office, target, value=70)
    assert seen(office, target)["owner"]["effective"] is None
    assert number_of(office) == 0


def test_targets_are_listed_by_plan_and_by_owner(office: Engine) -> None:
    with reading(office) as connection:
        every = measuring.listing(connection, DAY, plan="mau")
        former = measuring.listing(connection, DAY, department="so-cu")
        heirs = measuring.listing(connection, DAY, department="so-y-te")
    assert [one.target.id for one in every] == [one.id for one in TARGETS]
    assert [one.target.id for one in former] == ["cua-so-cu", "khong-ai"]
    assert {one.id for one in TARGETS} - {one.target.id for one in heirs} == {"khong-ai", "cua-lop"}


def test_a_dropped_target_keeps_its_figures_and_takes_no_more(office: Engine) -> None:
    measure(office, "tien", value=5)
    later = build_plan(targets=TARGETS[:-1])
    with writing(office) as connection:
        catalogue = Catalogue(departments=build_departments(), plans=(later,), calendar=())
        load_catalogue(connection, catalogue, NOW)
        assert "tien" not in [one.target.id for one in measuring.listing(connection, DAY)]
    shown = seen(office, "tien")
    assert (shown["dropped"], shown["measurements"][0]["value"]) == (True, 5)
    with pytest.raises(Conflict, match="no longer"):
        measure(office, "tien", value=6)


# --- who sees small counts ---------------------------------------------------------------------


def grant(role: Role, *reach: str, plans: frozenset[str] | None = None) -> Caller:
    code = reach[0] if reach else None
    return Caller("user:2", "user", (Grant(role, code, frozenset(reach), plans),))


CLEAR = {
    "the office": None,
    "admin": grant(Role.ADMIN),
    "coordinator of all": grant(Role.COORDINATOR),
    "coordinator": grant(Role.COORDINATOR, plans=frozenset({"mau"})),
    "owner": grant(Role.DEPARTMENT, "so-y-te"),
    "superior": grant(Role.DEPARTMENT, "van-phong", "so-y-te", "so-tai-chinh"),
}
VEILED = {
    "viewer": VIEWER,
    "foreign department": grant(Role.DEPARTMENT, "so-tai-chinh"),
    "coordinator of another plan": grant(Role.COORDINATOR, plans=frozenset({"khac"})),
}


def test_small_counts_are_for_the_office_and_the_owner(office: Engine) -> None:
    measure(office, "so-vu", value=3, note="kín")
    for name, caller in CLEAR.items():
        shown = seen(office, "so-vu", caller)
        assert (shown["course"], shown["measurements"][0]["value"]) == ("reached", 3), name
        assert shown["measurements"][0]["suppressed"] is False, name
    for name, caller in VEILED.items():
        shown = seen(office, "so-vu", caller)
        only = shown["measurements"][0]
        assert [only[key] for key in ("value", "part", "whole", "note")] == [None] * 4, name
        assert (only["suppressed"], only["source"]) == (True, "12/BC-SYT"), name
        assert shown["course"] is None, name


@pytest.mark.parametrize(
    ("target", "given", "hidden"),
    [
        ("so-vu", {"value": 0}, False),
        ("so-vu", {"value": 1}, True),
        ("so-vu", {"value": 4}, True),
        ("so-vu", {"value": 5}, False),
        ("ty-le-hiem", {"part": 0, "whole": 1000}, False),
        ("ty-le-hiem", {"part": 0, "whole": 3}, True),
        ("ty-le-hiem", {"part": 1, "whole": 1000}, True),
        ("ty-le-hiem", {"part": 4, "whole": 1000}, True),
        ("ty-le-hiem", {"part": 5, "whole": 1000}, False),
        ("ty-le-hiem", {"part": 996, "whole": 1000}, True),
        ("ty-le-hiem", {"part": 995, "whole": 1000}, False),
        ("ty-le-hiem", {"part": 1000, "whole": 1000}, False),
        ("ty-le-hiem", {"value": 3}, False),
        ("huong", {"value": 2}, True),
        ("huong", {"value": 2.5}, False),
        ("ty-le", {"part": 1, "whole": 1000}, False),
    ],
)
def test_which_figures_tell_of_few(
    sqlite_engine: Engine, target: str, given: dict[str, Any], hidden: bool
) -> None:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    measure(sqlite_engine, target, **given)
    only = seen(sqlite_engine, target, VIEWER)["measurements"][0]
    assert (only["suppressed"], only["value"] is None) == (hidden, hidden)


def test_an_earlier_small_count_is_suppressed_in_the_history_too(office: Engine) -> None:
    measure(office, "so-vu", value=2)
    measure(office, "so-vu", value=20)
    shown = seen(office, "so-vu", VIEWER, history=True)
    assert [one["value"] for one in shown["measurements"]] == [20, None]
    assert shown["course"] == "reached"


def test_what_a_target_declares_is_shown(office: Engine) -> None:
    one = seen(office, "huong")
    assert (one["kind"], one["course"], one["directional"]) == ("direction", "direction", True)
    assert (one["below_baseline"], one["sensitive"], one["plan"]) == (False, True, "mau")
    assert seen(office, "ty-le")["baseline"]["value"] == 60


# --- at once -----------------------------------------------------------------------------------


def test_two_who_measure_at_once_are_both_kept(office: Engine) -> None:
    def go(n: int) -> int:
        return int(measure(office, "ty-le", value=float(n), note=f"lần {n}")["n"])

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(go, range(24)))
    assert sorted(numbers) == list(range(1, 25))
    kept = seen(office, "ty-le", history=True)["measurements"]
    assert {(one["n"], one["value"]) for one in kept} == {
        (number, float(n)) for n, number in enumerate(numbers)
    }


def test_who_waits_for_another_takes_the_next_number(office: Engine) -> None:
    """The second insert begins while the first is not committed, wherever the database lets it."""
    with ThreadPoolExecutor(1) as pool:
        with writing(office) as connection:
            one = measuring.find(connection, "ty-le", DAY)
            new = read_measurement(period="2025-Q1", value=1.0, source="1/BC")
            later = pool.submit(measure, office, "ty-le", value=2.0)
            first = measuring.measure(connection, one, new, actor="user:1", now=NOW, day=DAY)
        numbers = {first["n"], later.result(timeout=30)["n"]}
    assert numbers == {1, 2}


def test_a_figure_of_another_target_is_none_of_this_one(office: Engine) -> None:
    measure(office, "ty-le", value=70)
    assert seen(office, "tien")["measurements"] == []
    assert seen(office, "tien", day=DAY + timedelta(days=1))["course"] == "not_measured"


def test_a_target_is_read_as_it_was_declared(office: Engine) -> None:
    with reading(office) as connection:
        found = [one.target for one in measuring.listing(connection, DAY)]
    assert found == [Target.model_validate(one.model_dump()) for one in TARGETS]
