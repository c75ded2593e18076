"""Each flow, run as a Prefect flow run on an embedded server: its effect in the record."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from dondoc.running import FlowOutcome, Runner, flow_runner
from plans import loading, opening
from plans.calendar import CalendarYear
from plans.declaration import Fixed, SolutionGroup
from plans.declaration.registers import Registers
from plans.declared import Catalogue
from plans.settings import Settings
from plans.store import reading, registers, writing
from plans.store.schema import assignments, deliveries, notices, snapshots
from plans.terms import EventKind
from tests.builders import (
    ZONE,
    build_departments,
    build_plan,
    build_target,
    build_task,
    build_title,
)
from tests.feed_server import FeedServer, Said, page
from tests.hook_server import HookServer
from tests.hooks import SECRET_KEY, hook, report
from tests.offices import assignment, furnish, item, kept

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

DUE = date(2025, 3, 31)


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Iterator[Runner]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("runner"))
    with flow_runner(settings, say=said.append) as runner:
        yield runner


@pytest.fixture
def messages(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The flows' settings lead to this test's database; where its mails are kept."""
    monkeypatch.setenv("DONDOC_DATABASE_URL", f"sqlite:///{sqlite_engine.url.database}")
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DONDOC_SMTP_URL", raising=False)
    return tmp_path


@pytest.fixture
def engine(sqlite_engine: Engine, messages: Path) -> Engine:
    furnish(sqlite_engine, {})
    return sqlite_engine


def mails(folder: Path) -> int:
    return len(list(folder.rglob("*.eml")))


def states(engine: Engine) -> dict[str, int]:
    query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def test_open_periods(run: Runner, sqlite_engine: Engine, messages: Path) -> None:
    with writing(sqlite_engine) as connection:
        catalogue = Catalogue(build_departments(), (build_plan(),), ())
        loading.load_catalogue(connection, catalogue, datetime.now(ZONE))

    first, second = run("open-periods", DUE), run("open-periods", DUE)

    with reading(sqlite_engine) as connection:
        number = connection.execute(select(func.count()).select_from(assignments)).scalar_one()
    assert first.state == second.state == "Completed"
    assert first.result["opened"] == number > 0
    assert second.result["opened"] == 0


def test_gather(run: Runner, sqlite_engine: Engine, messages: Path) -> None:
    with FeedServer(lambda _: page([item("1")], "c1")) as feed:
        furnish(sqlite_engine, {"so-y-te": feed.url, "so-tai-chinh": "http://127.0.0.1:9/"})
        outcome = run("gather", date(2025, 4, 16))

    answers = {one["department"]: one for one in outcome.result}
    assert outcome.completed
    assert answers["so-y-te"]["updates"] == 1
    assert answers["so-tai-chinh"]["silence"] == "unreachable"
    assert assignment(sqlite_engine, "mau/mot/so-y-te").percent == 40
    assert len(kept(sqlite_engine, "applied")) == 1


def test_measure(run: Runner, sqlite_engine: Engine, messages: Path) -> None:
    rows = json.dumps([{"ky": "2024", "so": 70}, {"ky": "?", "so": 1}]).encode()
    answer = Said(parts=[rows], headers={"Content-Type": "application/json"})
    with FeedServer(lambda _: answer) as register:
        furnish(sqlite_engine, plan=build_plan(targets=(build_target("ty-le"),)))
        declared = {
            "id": "dan-cu",
            "type": "json",
            "name": {"vi": "Dân cư", "en": "Population"},
            "url": register.url,
            "owner": "so-y-te",
            "items": "@",
            "period": "ky",
            "value": "so",
            "targets": [{"id": "ty-le"}],
        }
        with writing(sqlite_engine) as connection:
            model = Registers.model_validate_json(json.dumps({"registers": [declared]}))
            registers.save(connection, model)
        first, second = run("measure"), run("measure")

    assert first.completed and second.completed
    [taken] = first.result
    assert (taken["new"], taken["problems"], taken["silence"]) == (1, 1, None)
    assert second.result == []  # it rests for a day


def test_remind_owes_nothing_new_on_the_same_day(
    run: Runner, engine: Engine, messages: Path
) -> None:
    first, second = run("remind", DUE), run("remind", DUE)

    assert first.result["owed"] > 0
    assert first.result["sent"] == mails(messages) > 0
    assert second.result == {"owed": 0, "sent": 0, "later": 0, "failed": 0}
    assert sum(states(engine).values()) == first.result["owed"]


def test_remind_rests_on_a_day_off_unless_told_the_day(
    run: Runner, engine: Engine, messages: Path
) -> None:
    today = datetime.now(ZONE).date()
    year = CalendarYear(year=today.year, source="x", off=(today,))
    with writing(engine) as connection:
        task = build_task("moi", due=(Fixed(type="fixed", by=today),))
        group = SolutionGroup(id="nhom", title=build_title("Nhóm"), tasks=(task,))
        plan = build_plan(issued=today - timedelta(days=30), ends=None, groups=(group,))
        catalogue = Catalogue(build_departments(), (plan,), (year,))
        loading.load_catalogue(connection, catalogue, datetime.now(ZONE))
        opening.open_periods(connection, today, datetime.now(ZONE))

    assert run("remind").result == {"owed": 0, "day_off": 1}
    assert states(engine) == {}
    assert run("remind", today).result["owed"] > 0


def test_deliver_sends_what_waits(run: Runner, engine: Engine, messages: Path) -> None:
    run("remind", DUE)
    with writing(engine) as connection:
        again = update(deliveries).values(state="waiting", finished_at=None)
        connection.execute(again.where(deliveries.c.state == "sent"))

    assert run("deliver", DUE).result["sent"] == mails(messages) > 0
    # The other bodies have no mailbox: their notices wait until one is registered.
    assert states(engine)["sent"] == mails(messages)


def test_roll_up_keeps_the_days_figures(run: Runner, engine: Engine, messages: Path) -> None:
    assert run("roll-up", DUE).result == run("roll-up", DUE).result == 1

    with reading(engine) as connection:
        kept_rows = connection.execute(select(snapshots).order_by(snapshots.c.group)).all()
    assert [(row.day, row.group) for row in kept_rows] == [
        (DUE, ""),
        (DUE, "nhom-1"),
        (DUE, "nhom-2"),
    ]


def test_digest(run: Runner, engine: Engine, messages: Path) -> None:
    first, second = run("digest", DUE), run("digest", DUE)

    with reading(engine) as connection:
        kinds = list(connection.execute(select(notices.c.kind).distinct()).scalars())
    assert kinds == ["digest"]
    assert first.result["owed"] == sum(states(engine).values()) > 0
    assert second.result["owed"] == 0


def test_digests_are_made_once_a_week_on_whichever_working_day(
    run: Runner, engine: Engine, messages: Path
) -> None:
    today = datetime.now(ZONE).date()
    worked = CalendarYear(year=today.year, source="x", off=(), worked=(today,))
    with writing(engine) as connection:
        catalogue = Catalogue(build_departments(), (build_plan(),), (worked,))
        loading.load_catalogue(connection, catalogue, datetime.now(ZONE))

    first, second = run("digest"), run("digest")

    assert first.result["owed"] > 0
    assert second.result == {"owed": 0, "made_already": 1}


def test_what_waits_is_caught_up_with_before_it_is_sent(
    run: Runner, engine: Engine, messages: Path
) -> None:
    run("remind", DUE)
    with writing(engine) as connection:
        again = update(deliveries).values(state="waiting", finished_at=None)
        connection.execute(again)
        connection.execute(update(assignments).values(work="cancelled"))

    assert run("deliver", DUE + timedelta(days=3)).result["dropped"] == states(engine)["dropped"]
    assert set(states(engine)) == {"dropped"}


def test_bounces(
    run: Runner, engine: Engine, messages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("new", "cur", "tmp"):
        (messages / "box" / name).mkdir(parents=True)
    (messages / "box" / "new" / "1.x").write_bytes(b"From: a@x.vn\r\n\r\nKinh gui\r\n")

    assert run("bounces").result == {"not_configured": 1}
    monkeypatch.setenv("DONDOC_BOUNCE_URL", f"maildir://{messages}/box")
    found = {"read": 1, "bounced": 0, "delayed": 0, "auto_replies": 0, "unread": 1}
    found |= {"workbooks": 0}
    assert run("bounces").result == found
    monkeypatch.setenv("DONDOC_BOUNCE_URL", f"maildir://{messages}/none")
    outcome = run("bounces")
    assert outcome.state == "Failed" and "is no maildir" in str(outcome.reason)


def test_webhooks(
    run: Runner, engine: Engine, messages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_WEBHOOK_ALLOW_PRIVATE", "true")
    monkeypatch.setenv("DONDOC_SECRET_KEY", SECRET_KEY)
    with HookServer() as server:
        hook(engine, server.url, kinds=[EventKind.UPDATED])
        report(engine, 10, 20)
        first, second = run("webhooks"), run("webhooks")

    assert first.result == {"sent": 2, "later": 0, "disabled": 0}
    assert second.result == {"sent": 0, "later": 0, "disabled": 0}
    assert [one.json["data"]["payload"]["percent"] for one in server.got] == [10, 20]


def test_a_failed_flow_is_told_in_one_line(
    run: Runner, sqlite_engine: Engine, messages: Path, said: list[str]
) -> None:
    outcome = run("open-periods", DUE)  # nothing is loaded

    reason = "no catalogue is loaded yet; run 'dondoc plans load'"
    assert outcome == FlowOutcome("open-periods", "Failed", None, reason)
    assert said[-1] == f"open-periods: Failed: {reason}"


def test_no_thread_is_left_that_would_hold_up_the_end(run: Runner) -> None:
    assert [one.name for one in threading.enumerate() if not one.daemon] == ["MainThread"]
