"""Registers over real HTTP on loopback: a DHIS2 as its API is documented, and any JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from integrations.feed_limits import GatherLimits
from integrations.registers import pull, try_out
from plans import measuring, registers
from plans.declaration.registers import Registers
from plans.figures import read_measurement
from plans.registers import Taken
from plans.store import reading, writing
from plans.store import registers as store
from plans.terms import Silence
from tests.builders import ZONE, build_plan, build_target
from tests.feed_server import Asked, FeedServer, Said
from tests.offices import DAY, NOW, furnish

INDICATOR, NUMERATOR, DENOMINATOR = "Uvn6LCg7dVU", "fbfJHSPpUQD", "cYeuwXTCPkU"
OFFICE = "ImspTQPwCqd"
TARGETS = (
    build_target("bao-phu"),
    build_target("so-vu", comparator="at_most", value=50, unit="count"),
    build_target("hang-nam", measure_every="year"),
)
QUICK = GatherLimits(tries=2, backoff_seconds=0.01, longest_pause=0.05, agency_seconds=20)
Answer = Callable[[Asked], Said]


def said(body: Any, status: int = 200, media: str = "application/json", **headers: str) -> Said:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Said(status, [raw], {"Content-Type": media, **headers})


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine, plan=build_plan(targets=TARGETS))
    return engine


def declare(engine: Engine, *some: Mapping[str, Any]) -> None:
    with writing(engine) as connection:
        store.save(connection, Registers.model_validate_json(json.dumps({"registers": some})))


def dhis2(url: str, **given: Any) -> dict[str, Any]:
    fields = {
        "id": "dhis2-tinh",
        "type": "dhis2",
        "name": {"vi": "DHIS2 của Sở Y tế", "en": "The health department's DHIS2"},
        "url": url.removesuffix("/feed"),
        "token_env": "DHIS2_TOKEN",
        "owner": "so-y-te",
        "org_unit": OFFICE,
        "back": 2,
        "timeout_seconds": 5,
        "targets": [{"id": "bao-phu", "value": INDICATOR}],
    }
    return fields | given


def any_json(url: str, **given: Any) -> dict[str, Any]:
    fields = {
        "id": "dan-cu",
        "type": "json",
        "name": {"vi": "Cơ sở dữ liệu dân cư", "en": "The population register"},
        "url": url,
        "owner": "so-y-te",
        "items": "data.rows[]",
        "target": "ma",
        "period": "ky",
        "value": "so",
        "source": "van_ban",
        "measured_at": "cap_nhat",
        "timeout_seconds": 5,
        "targets": [{"id": "bao-phu", "named": "BP"}, {"id": "so-vu"}],
    }
    return fields | given


def analytics(values: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """An answer as the API documents it: every value a text."""
    headers = [
        {"name": "dx", "column": "Data", "valueType": "TEXT", "type": "java.lang.String"},
        {"name": "pe", "column": "Period", "valueType": "TEXT", "type": "java.lang.String"},
        {"name": "value", "column": "Value", "valueType": "NUMBER", "type": "java.lang.Double"},
    ]
    rows = [[dx, pe, value] for (dx, pe), value in values.items()]
    return {"headers": headers, "metaData": {}, "rows": rows, "width": 3, "height": len(rows)}


def a_dhis2(values: Mapping[tuple[str, str], str]) -> Answer:
    """A DHIS2 that knows some values, and who may ask."""

    def answer(asked: Asked) -> Said:
        if asked.headers.get("Authorization") != "ApiToken d2p_secret":
            return said("", 302, "text/html", Location="/dhis-web-login/")
        if asked.path == "/api/system/info":
            return said({"version": "2.41", "lastAnalyticsTableSuccess": "2025-04-15T02:00:00.000"})
        assert asked.path == "/api/analytics.json"
        return said(analytics(values))

    return answer


@contextmanager
def served(answer: Answer) -> Iterator[FeedServer]:
    with FeedServer(answer) as server:
        yield server


def run(engine: Engine, *ids: str, now: datetime = NOW, day: date = DAY) -> list[Taken]:
    return pull(engine, ids, now, day, ZONE, limits=QUICK)


def figures(engine: Engine, target: str = "bao-phu") -> list[dict[str, Any]]:
    with reading(engine) as connection:
        one = measuring.find(connection, target, DAY)
        told = measuring.described(connection, [one], None, DAY, history=True)[0]
    found: list[dict[str, Any]] = told["measurements"]
    return found


def kept(engine: Engine, key: str) -> Any:
    with reading(engine) as connection:
        return store.row_of(connection, key)


# --- DHIS2 -------------------------------------------------------------------------------------


def test_a_dhis2_gives_its_figures_once(office: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DHIS2_TOKEN", "d2p_secret")
    values = {(INDICATOR, "2024Q4"): "71.5", (INDICATOR, "2025Q1"): "73.4285714286"}
    with served(a_dhis2(values)) as server:
        declare(office, dhis2(server.url))
        assert run(office, "dhis2-tinh") == [Taken("dhis2-tinh", new=2)]
        assert run(office, "dhis2-tinh") == [Taken("dhis2-tinh", same=2)]
        values[INDICATOR, "2025Q1"] = "74.0"
        assert run(office, "dhis2-tinh") == [Taken("dhis2-tinh", corrections=1, same=1)]
    asked = server.asked[0]
    assert asked.query == {
        "dimension": "pe:2024Q4;2025Q1",
        "filter": f"ou:{OFFICE}",
        "skipMeta": "true",
        "skipRounding": "true",
    }
    last, first, before = figures(office)
    assert (last["period"], last["n"], last["value"], first["value"]) == (
        "2025-Q1",
        2,
        74.0,
        73.4285714286,
    )
    assert (before["period"], before["department"], before["by"], before["register"]) == (
        "2024-Q4",
        "so-y-te",
        "register:dhis2-tinh",
        "dhis2-tinh",
    )
    assert last["source"] == "DHIS2 của Sở Y tế"
    assert last["measured_at"] == datetime(2025, 4, 15, 2, tzinfo=ZONE)
    assert last["note"] == "Số liệu theo kỳ lịch của DHIS2: từ 01/01/2025 đến 31/03/2025"


def test_a_share_comes_of_two_identifiers_and_yearly_ones_are_asked_apart(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DHIS2_USER", "dondoc")
    monkeypatch.setenv("DHIS2_PASSWORD", "mật khẩu")
    values = {
        (NUMERATOR, "2024"): "120.0",
        (DENOMINATOR, "2024"): "100",
        (NUMERATOR, "2025Q1"): "1.5",
        (DENOMINATOR, "2025Q1"): "100",
        ("xxxxxxxxxxx", "2024"): "1",
    }

    def answer(asked: Asked) -> Said:
        given = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
        assert given == "dondoc:mật khẩu"
        return said(analytics(values) if "analytics" in asked.path else {})

    share = {"id": "hang-nam", "part": NUMERATOR, "whole": DENOMINATOR}
    basic = {"token_env": None, "user_env": "DHIS2_USER", "password_env": "DHIS2_PASSWORD"}
    with served(answer) as server:
        declare(office, dhis2(server.url, targets=[share, share | {"id": "bao-phu"}], **basic))
        [taken] = run(office, "dhis2-tinh")
    assert (taken.new, taken.doubtful, taken.problems) == (1, 1, 1)
    assert server.asked[0].query["dimension"] == "pe:2023;2024"
    [figure] = figures(office, "hang-nam")
    assert (figure["value"], figure["part"], figure["whole"]) == (120.0, 120, 100)
    assert [one["kind"] for one in figure["doubts"]] == ["over_whole"]
    # Nobody says when it was computed, so it is of the moment when it was asked.
    assert figure["measured_at"] == NOW
    [problem] = kept(office, "dhis2-tinh").problems
    assert problem == {
        "place": f"{NUMERATOR}/{DENOMINATOR} 2025Q1",
        "target": "bao-phu",
        "period": "2025-Q1",
        "field": "part",
        "reason": "1.5 is no whole number",
    }


REFUSALS = (
    (
        said({"httpStatusCode": 409, "message": "No such dimension", "errorCode": "E7124"}, 409),
        (Silence.ERROR, "HTTP 409: E7124 No such dimension"),
    ),
    (
        said({"httpStatusCode": 401, "message": "Unauthorized"}, 401),
        (Silence.ERROR, "HTTP 401: Unauthorized"),
    ),
    (
        said("<html>Đăng nhập</html>", 200, "text/html;charset=UTF-8"),
        (
            Silence.INVALID,
            "the answer is no JSON but 'text/html', which DHIS2 does where nobody is signed in: "
            "check its token or password",
        ),
    ),
    (
        said("", 302, Location="/dhis-web-login/"),
        (
            Silence.ERROR,
            "HTTP 302: it redirects, which is not followed, which DHIS2 does where nobody is "
            "signed in: check its token or password",
        ),
    ),
    (
        said({"headers": [], "rows": []}),
        (Silence.INVALID, "the answer has not the shape of DHIS2's analytics"),
    ),
    (
        said({**analytics({}), "rows": [["a"]]}),
        (Silence.INVALID, "the answer has not the shape of DHIS2's analytics"),
    ),
    (said("", 429, **{"Retry-After": "3600"}), (Silence.ERROR, "HTTP 429, and asks to wait")),
    (said("[" * 100_000), (Silence.INVALID, "the answer is broken JSON")),
    (said("x" * 5_000_001), (Silence.INVALID, "the answer is larger than 5 MB")),
)


def test_a_dhis2_that_refuses_is_silent_with_a_reason_and_harms_no_other(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = sqlite_engine
    furnish(office, plan=build_plan(targets=TARGETS))
    monkeypatch.setenv("DHIS2_TOKEN", "d2p_secret")
    answers = iter([answer for answer, _ in REFUSALS])
    good = a_dhis2({(INDICATOR, "2025Q1"): "70"})
    with served(lambda _: next(answers)) as bad, served(good) as well:
        for _, (silence, detail) in REFUSALS:
            declare(office, dhis2(bad.url), dhis2(well.url, id="khac"))
            first, second = run(office, "dhis2-tinh", "khac")
            assert (first.silence, (first.detail or "")[: len(detail)]) == (silence, detail)
            assert second.silence is None
            row = kept(office, "dhis2-tinh")
            assert (row.silence, row.asked_at, row.answered_at) == (silence, NOW, None)
    assert len(figures(office)) == 1


def test_what_may_pass_is_asked_again(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    monkeypatch.setenv("DHIS2_TOKEN", "d2p_secret")
    good, first = a_dhis2({(INDICATOR, "2025Q1"): "70"}), [said("", 503)]
    with served(lambda asked: first.pop() if first else good(asked)) as server:
        declare(sqlite_engine, dhis2(server.url))
        assert run(sqlite_engine, "dhis2-tinh") == [Taken("dhis2-tinh", new=1, empty=1)]


def test_without_its_token_nobody_is_asked(sqlite_engine: Engine) -> None:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    with served(a_dhis2({})) as server:
        declare(sqlite_engine, dhis2(server.url, token_env="NO_SUCH_TOKEN"))
        [taken] = run(sqlite_engine, "dhis2-tinh")
    assert taken.detail == "its token is missing: set the environment variable NO_SUCH_TOKEN"
    assert server.asked == []


# --- any JSON ----------------------------------------------------------------------------------

ROWS: list[Any] = [
    {"ma": "BP", "ky": "Quý I/2025", "so": "73,4", "van_ban": "12/BC-CDC", "cap_nhat": None},
    {"ma": "BP", "ky": "2024Q4", "so": 71.5, "cap_nhat": "2025-01-05T08:00:00+0700"},
    {"ma": "so-vu", "ky": "2025-Q1", "so": "1.646"},
    {"ma": "so-vu", "ky": "2024-Q4", "so": None},
    {"ma": "la", "ky": "2025-Q1", "so": 3},
    {"ma": "BP", "ky": "kỳ sau", "so": 3},
    {"ma": "BP", "ky": "2025-Q9", "so": 3},
    {"ma": "BP", "ky": "2025-Q1", "so": "gọi 0912 345 678"},
    {"ma": "BP", "ky": "2025-Q2", "so": [3]},
    {"ma": "so-vu", "ky": "2025-Q2", "so": 3.5},
    {"ma": "BP", "ky": "2025-Q2", "so": True},
    {"ma": ["BP"], "ky": "2025-Q2", "so": 1},
    "không phải mục",
]


def test_any_json_gives_figures_where_its_mapping_points(office: Engine) -> None:
    with served(lambda _: said({"data": {"rows": ROWS}})) as server:
        declare(office, any_json(server.url))
        [taken] = run(office, "dan-cu")
        assert (taken.new, taken.problems, taken.silence) == (3, 7, None)
        assert (taken.left_out, taken.empty) == (2, 1)
        [again] = run(office, "dan-cu")
        assert (again.new, again.corrections, again.same) == (0, 0, 3)
    last, before = figures(office)
    assert (last["value"], last["source"], last["measured_at"]) == (73.4, "12/BC-CDC", NOW)
    assert before["measured_at"] == datetime(2025, 1, 5, 1, tzinfo=UTC)
    assert before["source"] == "Cơ sở dữ liệu dân cư"
    # The other figures write a comma before decimals, so this is no 1,6.
    assert [one["value"] for one in figures(office, "so-vu")] == [1646]
    problems = [one for one in kept(office, "dan-cu").problems if "place" in one]
    told = {one["place"]: (one["field"], one["reason"]) for one in problems}
    assert told["item 6"][0] == "period" and "'kỳ sau' is no period" in told["item 6"][1]
    assert told["item 7"][0] == "period"
    assert told["item 8"] == ("value", "'gọi …' is no number")
    assert told["item 9"] == ("value", "this is no number")
    assert told["item 10"] == ("value", "3.5 is no whole number")
    assert told["item 11"] == ("value", "this is no number")
    assert told["item 12"] == ("target", "this is neither a text nor a number")
    # What nobody declared is told, and how often.
    assert [one for one in kept(office, "dan-cu").problems if "count" in one] == [
        {"field": "target", "reason": "these items name no target", "count": 1},
        {
            "field": "target",
            "reason": "'la' is no target of this register in registers.yaml",
            "count": 1,
        },
    ]


def test_what_a_person_corrected_stays_until_the_register_says_something_new(
    office: Engine,
) -> None:
    rows = [{"ma": "BP", "ky": "2025-Q1", "so": 70}]
    with served(lambda _: said({"data": {"rows": rows}})) as server:
        declare(office, any_json(server.url))
        run(office, "dan-cu")
        with writing(office) as connection:
            one = measuring.find(connection, "bao-phu", DAY)
            given = read_measurement(period="2025-Q1", value=75, source="7/BC")
            measuring.measure(connection, one, given, actor="user:7", now=NOW, day=DAY)
        assert run(office, "dan-cu")[0].kept == 1
        rows[0]["so"] = 76
        assert run(office, "dan-cu")[0].corrections == 1
    assert [(one["n"], one["value"]) for one in figures(office)] == [(3, 76), (2, 75), (1, 70)]


def test_each_target_may_have_expressions_of_its_own(sqlite_engine: Engine) -> None:
    office = sqlite_engine
    furnish(office, plan=build_plan(targets=TARGETS))
    rows = [{"ngay": "2025-03-10", "tiem": 77, "tre": 108, "vu": 9}, {"ngay": "10/12/2024"}]
    own = [
        {"id": "bao-phu", "part": "tiem", "whole": "tre"},
        {"id": "so-vu", "value": "vu", "source": "'Sổ theo dõi'"},
    ]
    mapping = {"items": "@", "target": None, "period": "ngay", "value": None, "period_is": "day"}
    with served(lambda _: said(rows)) as server:
        declare(office, any_json(server.url, targets=own, source=None, **mapping))
        assert run(office, "dan-cu") == [Taken("dan-cu", new=2, empty=1)]
    assert figures(office)[0]["value"] == pytest.approx(71.296, abs=0.001)
    [vu] = figures(office, "so-vu")
    assert (vu["period"], vu["value"], vu["source"]) == ("2025-Q1", 9, "Sổ theo dõi")


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        ({"data": {"rows": None}}, "'items' (data.rows[]) finds no list in the answer"),
        (
            json.loads("[" * 200 + "]" * 200),
            "the answer is nested more than 100 deep",
        ),
        ({"data": {"rows": [0] * 20_001}}, "20001 items, where 20000 are taken at most"),
    ],
)
def test_what_is_no_list_of_figures_is_refused_whole(
    sqlite_engine: Engine, answer: Any, detail: str
) -> None:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    with served(lambda _: said(answer)) as server:
        declare(sqlite_engine, any_json(server.url))
        [taken] = run(sqlite_engine, "dan-cu")
    assert (taken.silence, taken.detail) == (Silence.INVALID, detail)


def test_an_expression_that_fails_is_a_problem_and_a_try_writes_nothing(
    sqlite_engine: Engine,
) -> None:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    rows = [{"ma": "BP", "ky": "2025-Q1", "so": 70, "x": 1}, {"ma": "so-vu", "ky": "2025-Q1"}]
    with served(lambda _: said({"data": {"rows": rows}})) as server:
        declare(sqlite_engine, any_json(server.url, source="length(x)"))
        pulled, outcomes = try_out(sqlite_engine, "dan-cu", NOW, DAY, ZONE)
    assert pulled.silence is None
    assert (outcomes[0].state, outcomes[0].field) == ("refused", "source")
    assert "length(x) fails" in (outcomes[0].reason or "")
    assert figures(sqlite_engine) == [] and kept(sqlite_engine, "dan-cu").asked_at is None


def test_an_unreachable_one_and_an_address_that_is_never_asked(sqlite_engine: Engine) -> None:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    declare(
        sqlite_engine,
        any_json("http://127.0.0.1:9/"),
        any_json("http://169.254.169.254/latest", id="may"),
    )
    first, second = run(sqlite_engine, "dan-cu", "may")
    assert (first.silence, first.detail) == (Silence.UNREACHABLE, "no connection")
    assert second.silence is Silence.ERROR and "which is never asked" in (second.detail or "")


# --- when --------------------------------------------------------------------------------------


def test_a_register_rests_as_long_as_it_is_declared_to(sqlite_engine: Engine) -> None:
    furnish(sqlite_engine, plan=build_plan(targets=TARGETS))
    declare(
        sqlite_engine,
        any_json("http://127.0.0.1:9/", id="ngay"),
        any_json("http://127.0.0.1:9/", id="tuan", every="week"),
    )

    def due(now: datetime) -> list[str]:
        with reading(sqlite_engine) as connection:
            return registers.due(connection, now)

    assert due(NOW) == ["ngay", "tuan"]
    with writing(sqlite_engine) as connection:
        for key in ("ngay", "tuan"):
            store.keep(connection, key, store.Answered(), NOW)
    assert due(NOW.replace(hour=23)) == []
    assert due(NOW.replace(day=NOW.day + 1)) == ["ngay"]
    assert due(NOW.replace(day=NOW.day + 7)) == ["ngay", "tuan"]
    with writing(sqlite_engine) as connection:
        store.keep(connection, "tuan", store.Answered(Silence.ERROR, "HTTP 500"), NOW)
    assert due(NOW) == ["tuan"]
