"""``prefect.yaml`` as it really runs in ``dondoc up``: every deployment triggered, then the end."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from sqlalchemy import Engine, func, select

from dondoc.running import FLOWS
from plans import digests, loading
from plans.declared import Catalogue
from plans.store import feeds, reading, writing
from plans.store.schema import assignments, deliveries, notices, snapshots
from tests.builders import ZONE, build_departments, build_plan
from tests.feed_server import FeedServer, Said, page
from tests.offices import assignment, item
from tests.serving import COMMAND, PATIENCE, ROOT, Prefect, Service, alive, until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

DUE = date(2025, 3, 31)
CRONS = {
    "open-periods": "30 0 * * *",
    "gather": "0 7-17 * * MON-SAT",
    "measure": "30 5 * * *",
    "remind": "30 7 * * MON-SAT",
    "deliver": "*/10 * * * *",
    "bounces": "*/15 * * * *",
    "roll-up": "30 23 * * *",
    "digest": "0 7 * * MON-SAT",
    "webhooks": "*/5 * * * *",
    "retain": "0 3 * * SUN",
}


def test_the_file_names_no_machine() -> None:
    text = (ROOT / "prefect.yaml").read_text()
    declared = YAML(typ="safe").load(text)

    assert str(ROOT) not in text and "active" not in text
    assert [one["name"] for one in declared["deployments"]] == list(CRONS)
    assert set(CRONS) == set(FLOWS)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"), PREFECT_WORKER_QUERY_SECONDS="1")
    try:
        service.wait_ready()
        yield service
    finally:
        service.close()


@pytest.fixture(scope="module")
def engine(service: Service) -> Iterator[Engine]:
    engine = service.engine()
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def prefect(service: Service) -> Iterator[Prefect]:
    with service.api() as client:
        yield Prefect(client)


def test_schedules_and_limits(prefect: Prefect) -> None:
    for name, cron in CRONS.items():
        found = prefect.deployment(name)
        schedules = [(one["schedule"]["cron"], one["active"]) for one in found["schedules"]]

        assert schedules == [(cron, True)]
        assert found["schedules"][0]["schedule"]["timezone"] == "Asia/Ho_Chi_Minh"
        assert found["global_concurrency_limit"]["limit"] == 1
        assert found["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


@pytest.fixture(scope="module")
def triggers(prefect: Prefect) -> Prefect:
    """Nothing but what a test triggers: beside a scheduled run it would be cancelled."""
    for name in CRONS:
        prefect.pause(name)
    # One whose minute came while the service started is under way still.
    until(lambda: prefect.number_of_runs("PENDING", "RUNNING") == 0, "the end of what is under way")
    return prefect


def test_each_deployment_has_its_effect(
    service: Service, engine: Engine, triggers: Prefect
) -> None:
    before = number_of_assignments(engine)
    load_another_plan(engine)
    with FeedServer(lambda _: page([item("1")], "c1")) as feed:
        with writing(engine) as connection:
            feeds.save_feed(connection, "so-y-te", feed.url, 5)
        runs = [triggers.trigger("open-periods"), triggers.trigger("gather")]
        runs += [triggers.trigger(name, at=str(DUE)) for name in ("remind", "roll-up", "digest")]
        assert [triggers.finish(run) for run in runs] == ["Completed"] * 5

    assert number_of_assignments(engine) > before
    assert assignment(engine, "mau/mot/so-y-te").percent == 40
    # Nobody is reported to a superior on the day on which the lead hears of it first.
    assert kinds(engine) == {"reminder", "digest"}
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(snapshots)).scalar_one() > 0
    # Which of the two runs sent what is a matter of chance; that it was sent is not.
    assert mails(service.data) == delivered(engine) > 0

    delivers_what_waits(service, engine, triggers)


def delivers_what_waits(service: Service, engine: Engine, triggers: Prefect) -> None:
    sent, now = mails(service.data), datetime.now(ZONE)
    with writing(engine) as connection:
        owed = digests.owe_digests(connection, now.date(), now, domain="localhost")

    assert triggers.finish(triggers.trigger("deliver")) == "Completed"
    assert owed and delivered(engine) == mails(service.data) > sent


def test_a_command_uses_the_running_service(service: Service, triggers: Prefect) -> None:
    before = triggers.number_of_runs()
    command = [*COMMAND, "roll-up", "--at", str(DUE), "--json"]
    done = subprocess.run(
        command, env=service.environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["state"] == "Completed"
    assert triggers.number_of_runs() == before + 1


def test_sigterm_ends_all_and_leaves_no_run_running(
    service: Service, engine: Engine, triggers: Prefect
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def dawdle(_: object) -> Said:
        asked.set()
        answer.wait(30)
        return page([], "c2")

    with FeedServer(dawdle) as feed:
        with writing(engine) as connection:
            feeds.save_feed(connection, "so-y-te", feed.url, 25)
        run = triggers.trigger("gather")
        assert asked.wait(60)
        children = service.children()
        assert service.children("server", "start") and service.children("prefect.engine")

        assert service.end(signal.SIGTERM) == 0
        answer.set()

    assert "stopped" in service.said
    assert not any(alive(pid) for pid in children)
    assert not (service.data / "prefect" / "api-url").exists()
    assert kept_state(service, run) == "CRASHED"


def kept_state(service: Service, run: str) -> str:
    """A flow run's state in Prefect's own database, its server being gone."""
    with closing(sqlite3.connect(service.data / "prefect" / "prefect.db")) as connection:
        query = "select state_type from flow_run where replace(id, '-', '') = ?"
        found = connection.execute(query, (run.replace("-", ""),)).fetchone()
    return str(found[0])


def load_another_plan(engine: Engine) -> None:
    plan = build_plan(id="hai", number="02/KH")
    with writing(engine) as connection:
        catalogue = Catalogue(build_departments(), (build_plan(), plan), ())
        loading.load_catalogue(connection, catalogue, datetime.now(ZONE))


def number_of_assignments(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(assignments)).scalar_one()


def kinds(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.execute(select(notices.c.kind)).scalars())


def delivered(engine: Engine) -> int:
    query = select(func.count()).select_from(deliveries).where(deliveries.c.state == "sent")
    with reading(engine) as connection:
        return connection.execute(query).scalar_one()


def mails(folder: Path) -> int:
    return len(list(folder.rglob("*.eml")))
