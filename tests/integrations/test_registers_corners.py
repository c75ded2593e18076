"""The hard corners of registers: other shapes, odd values, kills between, what nobody declared."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import Engine, select

from integrations.registers import try_out
from plans import registers
from plans.registers import Taken, taken_of
from plans.store import reading
from plans.store.schema import measurements
from plans.store.schema_paper import said_figures
from plans.terms import Silence
from tests.builders import ZONE, build_plan
from tests.feed_server import Asked, Said
from tests.integrations.test_registers import (
    INDICATOR,
    NUMERATOR,
    TARGETS,
    a_dhis2,
    analytics,
    any_json,
    declare,
    dhis2,
    figures,
    kept,
    run,
    said,
    served,
)
from tests.offices import DAY, NOW, furnish


@pytest.fixture
def office(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("DHIS2_TOKEN", "d2p_secret")
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    return sqlite_engine


def count(engine: Engine, table: Any) -> int:
    with reading(engine) as connection:
        return len(connection.execute(select(table)).all())


# --- DHIS2 -------------------------------------------------------------------------------------


def shaped(names: str, *rows: list[str]) -> dict[str, Any]:
    """An analytics answer with columns of its own, and all that may stand around them."""
    return {
        "headers": [{"name": name, "column": name, "hidden": False} for name in names.split()],
        "metaData": {"items": {INDICATOR: {"name": "Bao phủ"}}, "dimensions": {"pe": ["2025Q1"]}},
        "rowContext": {},
        "rows": list(rows),
        "width": 4,
        "height": len(rows),
        "headerWidth": 4,
    }


def test_columns_stand_in_any_order_among_others(office: Engine) -> None:
    answer = shaped("value ou numerator pe dx", ["97.5", "ImspTQPwCqd", "", "2025Q1", INDICATOR])
    with served(lambda _: said(answer)) as server:
        declare(office, dhis2(server.url))
        assert run(office, "dhis2-tinh") == [Taken("dhis2-tinh", new=1, empty=1)]
    assert figures(office)[0]["value"] == 97.5


def test_several_values_of_one_period_are_none(office: Engine) -> None:
    """As where an address in between breaks them down by bodies: which is the province's?"""
    rows = [[INDICATOR, "2025Q1", "a", "70"], [INDICATOR, "2025Q1", "b", "80"]]
    with served(lambda _: said(shaped("dx pe ou value", *rows))) as server:
        declare(office, dhis2(server.url))
        [taken] = run(office, "dhis2-tinh")
    assert (taken.silence, figures(office)) == (Silence.INVALID, [])
    assert taken.detail == f"the answer has several values of {INDICATOR} in 2025Q1"


def test_a_share_without_its_whole_and_odd_values_are_problems_each(office: Engine) -> None:
    values = {
        (NUMERATOR, "2025Q1"): "12",
        (INDICATOR, "2024Q4"): "1_000",
        (INDICATOR, "2025Q1"): "NaN",
    }
    targets = [{"id": "bao-phu", "value": INDICATOR}]
    targets.append({"id": "hang-nam", "part": NUMERATOR, "whole": "cYeuwXTCPkU"})
    with served(a_dhis2(values | {(NUMERATOR, "2024"): "12"})) as server:
        declare(office, dhis2(server.url, targets=targets))
        [taken] = run(office, "dhis2-tinh")
    assert (taken.new, taken.problems, taken.empty) == (0, 3, 0)
    reasons = [one["reason"] for one in kept(office, "dhis2-tinh").problems]
    assert reasons == [
        "'1_000' is no number",
        "'NaN' is no number",
        "a share needs both 'part' and 'whole'",
    ]


def test_outliers_of_a_dhis2_are_flagged_and_taken(office: Engine) -> None:
    with served(a_dhis2({(INDICATOR, "2024Q4"): "104", (INDICATOR, "2025Q1"): "0.95"})) as server:
        declare(office, dhis2(server.url))
        [taken] = run(office, "dhis2-tinh")
    assert (taken.new, taken.doubtful, taken.problems) == (2, 2, 0)
    found = {one["period"]: [why["kind"] for why in one["doubts"]] for one in figures(office)}
    assert found == {"2024-Q4": ["over_whole"], "2025-Q1": ["fraction"]}


def test_a_dhis2_that_has_none_of_it_says_so(office: Engine) -> None:
    with served(lambda _: said(analytics({}))) as server:
        declare(office, dhis2(server.url))
        assert run(office, "dhis2-tinh") == [Taken("dhis2-tinh", empty=2)]
    [problem] = kept(office, "dhis2-tinh").problems
    assert problem["reason"].startswith("no figure in 2 places that are asked for")


def test_one_that_takes_its_time_is_unreachable(office: Engine) -> None:
    def slow(_: Asked) -> Said:
        time.sleep(0.5)
        return said(analytics({}))

    with served(slow) as server:
        declare(office, dhis2(server.url, timeout_seconds=0.1))
        [taken] = run(office, "dhis2-tinh")
    assert taken.silence is Silence.UNREACHABLE and taken.detail


# --- any JSON ----------------------------------------------------------------------------------

ODD: list[tuple[Any, Any, str | float | None]] = [
    ("2025Q1", "95,5 %", 95.5),
    (202503, 95, "is a month; the target is measured every quarter or year"),
    ("2024Q4", "-", None),
    ("2024Q3", " ", None),
    ("2031Q1", 95, "in the future"),
    ("2024Q2", "1e400", "is no number"),
    ("2024Q1", -3, "-3 is not from 0"),
    ("2023Q4", float("nan"), "is no number"),
]


def test_each_odd_value_is_told_and_harms_no_other(office: Engine) -> None:
    rows = [{"ma": "bao-phu", "ky": period, "so": value} for period, value, _ in ODD]
    rows.append({"ma": "hang-nam", "ky": 2024.0, "so": 90})
    mapped = [{"id": "bao-phu"}, {"id": "hang-nam"}]
    with served(lambda _: said({"data": {"rows": rows}}, media="text/plain")) as server:
        declare(office, any_json(server.url, targets=mapped))
        [taken] = run(office, "dan-cu")
    assert (taken.new, taken.problems, taken.empty) == (2, 5, 2)
    assert [one["value"] for one in figures(office)] == [95.5]
    assert [one["period"] for one in figures(office, "hang-nam")] == ["2024"]
    reasons = [one["reason"] for one in kept(office, "dan-cu").problems]
    for reason, part in zip(reasons, (w for *_, w in ODD if isinstance(w, str)), strict=True):
        assert part in reason


def test_a_number_that_an_expression_makes_too_large_is_its_items_problem(office: Engine) -> None:
    rows = [{"ma": "bao-phu", "ky": "2025Q1", "so": "9" * 400}]
    rows.append({"ma": "bao-phu", "ky": "2024Q4", "so": "90"})
    with served(lambda _: said({"data": {"rows": rows}})) as server:
        declare(office, any_json(server.url, value="to_number(so)"))
        [taken] = run(office, "dan-cu")
    assert (taken.new, taken.problems, taken.silence) == (1, 1, None)


def test_shares_of_one_are_taken_as_such_where_that_is_declared(office: Engine) -> None:
    rows = [
        {"ma": "bao-phu", "ky": "2025Q1", "so": 0.145},
        {"ma": "so-vu", "ky": "2025Q1", "so": 9},
    ]
    rows.append({"ma": "bao-phu", "ky": "2024Q4", "so": "0,97"})
    mapped = [{"id": "bao-phu"}, {"id": "so-vu"}]
    with served(lambda _: said({"data": {"rows": rows}})) as server:
        declare(office, any_json(server.url, targets=mapped, fractions=True))
        [taken] = run(office, "dan-cu")
    assert (taken.new, taken.problems) == (3, 0)
    assert [one["value"] for one in figures(office)] == [14.5, 97.0]
    assert [one["value"] for one in figures(office, "so-vu")] == [9]


def test_names_that_nobody_declared_are_counted_and_masked(office: Engine) -> None:
    names: list[Any] = [*(f"la-{n:02}" for n in range(12)), "la-00", "gọi 0912345678", None, 7]
    rows = [{"ma": name, "ky": "2025Q1", "so": 1} for name in names]
    rows.append({"ma": "Ba\u0309o  phu\u0309", "ky": "2025Q1", "so": 90})  # written apart
    mapped = [{"id": "bao-phu", "named": "Bảo phủ"}]
    with served(lambda _: said({"data": {"rows": rows}})) as server:
        declare(office, any_json(server.url, targets=mapped))
        pulled, outcomes = try_out(office, "dan-cu", NOW, DAY, ZONE)
        [taken] = run(office, "dan-cu")
    assert taken == taken_of(pulled, outcomes) == Taken("dan-cu", new=1, left_out=16)
    problems = kept(office, "dan-cu").problems
    assert sum(one["count"] for one in problems) == 16 and len(problems) == 11
    assert problems[0] == {
        "field": "target",
        "reason": "'la-00' is no target of this register in registers.yaml",
        "count": 2,
    }
    assert problems[-1]["reason"].startswith("5 more names are no targets")
    assert "0912345678" not in str(problems)


def test_a_mapping_that_points_nowhere_says_so(office: Engine) -> None:
    rows = [{"ma": "bao-phu", "ky": "2025Q1", "so": 90}] * 3
    with served(lambda _: said({"data": {"rows": rows}})) as server:
        declare(office, any_json(server.url, value="gia_tri"))
        assert run(office, "dan-cu") == [Taken("dan-cu", empty=3)]
        [problem] = kept(office, "dan-cu").problems
        assert problem["reason"].startswith("no figure in 3 places")
        declare(office, any_json(server.url))
        assert run(office, "dan-cu")[0].new == 1  # and the same three times is one
    assert kept(office, "dan-cu").problems is None


# --- killed between ----------------------------------------------------------------------------


class Killed(BaseException):
    """Ends a run as a signal does."""


def test_a_run_killed_between_figure_and_word_leaves_neither(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(lambda _: said({"data": {"rows": [{"ma": "BP", "ky": "2025Q1", "so": 95}]}})) as it:
        declare(office, any_json(it.url))
        for place in ("plans.figure_rows.said.keep", "plans.registers.store.keep"):
            with monkeypatch.context() as patched:
                patched.setattr(place, _killed)
                with pytest.raises(Killed):
                    run(office, "dan-cu")
            assert count(office, measurements) == count(office, said_figures) == 0
        assert run(office, "dan-cu") == [Taken("dan-cu", new=1)]
        assert run(office, "dan-cu") == [Taken("dan-cu", same=1)]
    assert count(office, measurements) == count(office, said_figures) == 1


def _killed(*_: Any, **__: Any) -> None:
    raise Killed


# --- as it is shown ----------------------------------------------------------------------------


def test_an_address_is_shown_without_what_may_be_secret(office: Engine) -> None:
    declare(office, any_json("https://x.vn/a?token=bimat", targets=[{"id": "bao-phu"}]))
    with reading(office) as connection:
        [one] = registers.described(connection, DAY)
    assert one["url"] == "https://x.vn/a"
    [target] = one["targets"]
    assert target["id"] == "bao-phu" and target["title"]["vi"]
