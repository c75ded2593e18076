"""Two API processes behind nginx, Prefect on PostgreSQL, two workers: killed, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from dondoc.demo.sink import smtp_sink
from dondoc.prefect_api import PrefectApi
from dondoc.running import FLOWS
from dondoc.silent_runs import SILENT, automations
from plans.identity.one_time import first_admin_link
from plans.identity.tokens import NewToken, create
from plans.settings import Settings
from plans.store import feeds, leases, reading, writing
from plans.store.schema import deliveries, files
from plans.terms import Role
from tests.deploy.acting import (
    Dawdling,
    Office,
    field,
    following,
    gathered,
    hasten,
    heard,
    kill,
    lapse,
    posts,
)
from tests.deploy.stack import AUTH, SECRET_KEY, Stack
from tests.feed_server import FeedServer
from tests.offices import assignment, faults, updates
from tests.serving import Prefect, until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("beyond-one-machine")]

REF = "mau/mot/so-y-te"
DUE = date(2025, 3, 31)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(scope="module")
def stack(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("beyond")
    with smtp_sink(folder / "mails", "nobody@x.vn") as smtp_url:
        stack = Stack(folder, postgresql, smtp_url)
        try:
            stack.start_prefect()  # it takes longest
            done = stack.run("prepare")
            assert done.returncode == 0, done.stderr
            for number in (0, 1):
                stack.start_api(number)
            for number in (0, 1):
                stack.wait_api(number)
            stack.start_nginx()
            yield stack
        finally:
            stack.close()


@pytest.fixture(scope="module")
def engine(stack: Stack) -> Iterator[Engine]:
    engine = stack.engine()
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def token(engine: Engine) -> str:
    with writing(engine) as connection:
        new = NewToken("office", Role.DEPARTMENT, "so-y-te")
        return create(connection, new, actor="test", now=datetime.now(UTC))[1]


@pytest.fixture(scope="module")
def session(stack: Stack, engine: Engine) -> Iterator[httpx.Client]:
    """An administrator's cookie, got at the one address; shown to whomever one asks."""
    settings = Settings(base_url=stack.address, secret_key=SecretStr(SECRET_KEY))
    with writing(engine) as connection:
        link = first_admin_link(connection, settings, datetime.now(UTC))
    assert link
    body = {"token": urlsplit(link).path.rpartition("/")[2]}
    with stack.client() as client:
        answer = client.post("/api/v1/session/link/redeem", json=body)
        assert answer.status_code == 200, answer.text
        cookie = answer.headers["set-cookie"]
        assert "Secure" in cookie
    headers = {"Cookie": cookie.partition(";")[0], "X-CSRF-Token": answer.json()["csrf_token"]}
    with stack.client(headers=headers) as client:
        yield client


# --- one address --------------------------------------------------------------------------------


def test_an_api_process_is_killed_under_load_and_nothing_is_lost_or_done_twice(
    stack: Stack, engine: Engine, token: str
) -> None:
    key = assignment(engine, REF).id
    offices = [Office(stack, token, key, f"office {n}") for n in range(4)]

    def acknowledged() -> int:
        assert not [error for one in offices for error in one.errors]
        return sum(len(one.acknowledged) for one in offices)

    try:
        until(lambda: acknowledged() > 60, "some reports")
        taken = [posts(url) for url in stack.api]
        stack.kill("api-0")
        before = acknowledged()
        until(lambda: acknowledged() > before + 60, "more reports, by the other process")
        stack.start_api(0)
        stack.wait_api(0)
        until(lambda: posts(stack.api[0]) > 5, "reports at the one that is back")
    finally:
        for one in offices:
            one.stop.set()
        for one in offices:
            one.thread.join(60)

    assert all(n > 10 for n in taken), "both take reports"
    found = [key for one in offices for key in one.acknowledged]
    recorded = [f"{one.assignment}.{one.n}" for one in updates(engine, REF)]
    # Each was repeated until it was acknowledged: what is there is that, and each of it once.
    assert sorted(found) == sorted(recorded)
    assert faults(engine) == []


def test_what_one_process_begins_another_goes_on_with(stack: Stack, session: httpx.Client) -> None:
    first, second = stack.api
    shown = session.get(f"{first}/admin/ledger").text
    form = {name: field(shown, name) for name in ("csrf", "once")}

    begun = session.post(f"{first}/admin/ledger", data=form)
    again = session.post(f"{second}/admin/ledger", data=form)

    # Pressed twice, it is begun once, and a form of one process is known to the other.
    assert (begun.status_code, again.status_code) == (303, 303)
    assert begun.headers["location"] == again.headers["location"]
    until(lambda: "All is well." in session.get(f"{second}/admin/ledger?lang=en").text, "its end")


def test_who_signs_out_at_one_process_is_signed_out_at_all(
    stack: Stack, session: httpx.Client
) -> None:
    asked = [f"{url}/api/v1/session" for url in (stack.address, *stack.api)]
    assert [session.get(one).status_code for one in asked] == [200, 200, 200]
    assert session.delete(asked[1]).status_code == 204
    assert [session.get(one).status_code for one in asked] == [401, 401, 401]


def test_an_uploaded_file_is_seen_at_both(stack: Stack, engine: Engine, token: str) -> None:
    path = f"/api/v1/assignments/{assignment(engine, REF).id}/evidence"
    headers = {"Authorization": f"Bearer {token}"}
    with stack.client(headers=headers) as client:
        sent = client.post(path, files={"file": ("bao-cao.pdf", PDF, "application/pdf")})
        assert sent.status_code == 201, sent.text
        for url in stack.api:
            listed = client.get(f"{url}{path}").json()["items"]
            assert [one["name"] for one in listed] == ["bao-cao.pdf"]
            key = listed[0]["id"]
            assert client.get(f"{url}{path}/{key}").content == PDF
        large = client.post(path, content=b"x" * (22 * 1024 * 1024))
    assert (large.status_code, large.json()["type"]) == (413, "/problems/too-large")
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(files)).scalar_one() == 1


def test_what_is_not_for_the_world_is_not_there(stack: Stack) -> None:
    with stack.client() as client:
        assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
        for path in ("/api/health", "/api/deployments", "/dashboard", "/runs"):
            assert client.get(path).status_code in (303, 401, 404)
        page = client.get("/sign-in", headers={"Accept-Encoding": "gzip"})
        assert page.headers["strict-transport-security"]
        moved = client.get(f"{stack.plain}/plans?x=1")
    assert moved.status_code == 308
    assert moved.headers["location"] == "https://dondoc.example.vn/plans?x=1"


def test_nobody_says_from_where_one_calls_but_nginx(stack: Stack) -> None:
    """Guesses are counted against the address that nginx saw, whatever the caller claims."""
    wrong = {"Authorization": "Bearer dondoc_wrong"}
    with stack.client() as client:
        statuses = {
            client.get(
                "/api/v1/me", headers=wrong | {"X-Forwarded-For": f"203.0.113.{n}"}
            ).status_code
            for n in range(40)
        }
    assert statuses == {401, 429}


def test_where_no_process_answers_it_is_said_in_the_callers_words(stack: Stack) -> None:
    for number in (0, 1):
        stack.kill(f"api-{number}")
    with stack.client() as client:
        call = client.get("/api/v1/me")
        shown = client.get("/l/a-secret-of-a-link/")

    assert (call.status_code, call.json()["type"]) == (502, "/problems/no-answer")
    assert call.headers["content-type"] == "application/problem+json"
    assert shown.status_code == 502 and "Xin đợi một phút" in shown.text
    logs = [stack.folder / "nginx" / name for name in ("error.log", "access.log")]
    assert "a-secret-of-a-link" not in "".join(one.read_text() for one in logs)


# --- workers --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prefect(stack: Stack) -> Iterator[Prefect]:
    stack.wait_prefect()
    done = stack.run("deploy")
    assert done.returncode == 0, done.stderr
    for name in ("worker-1", "worker-2"):
        stack.start_worker(name)
    with stack.prefect_client() as client:
        found = Prefect(client)
        # Nothing but what a test triggers.
        for name in FLOWS:
            found.pause(name)
        until(lambda: found.number_of_runs("PENDING", "RUNNING") == 0, "the end of what runs")
        yield found


def test_its_api_asks_for_the_password(stack: Stack, prefect: Prefect) -> None:
    assert httpx.get(f"{stack.prefect}/flows/count", trust_env=False).status_code in (401, 405)
    answer = httpx.post(f"{stack.prefect}/flow_runs/count", json={}, trust_env=False)
    assert answer.status_code == 401


def test_deployed_again_nothing_is_there_twice(stack: Stack, prefect: Prefect) -> None:
    api = PrefectApi(stack.prefect, AUTH)
    assert not api.make_pool("dondoc")
    assert [api.keep_automation(one) for one in automations()] == [False, False]
    found = prefect.call("POST", "/automations/filter", {})
    assert len(found) == 2
    assert {one["trigger"]["within"] for one in found} == {SILENT, 0}


def test_flows_run_on_the_workers(stack: Stack, engine: Engine, prefect: Prefect) -> None:
    runs = [prefect.trigger(name, at=str(DUE)) for name in ("remind", "roll-up")]
    assert [prefect.finish(run) for run in runs] == ["Completed", "Completed"]

    query = select(func.count()).where(deliveries.c.state == "sent")
    with reading(engine) as connection:
        sent = connection.execute(query).scalar_one()
        last = {row.job: row.outcome for row in leases.last_runs(engine)}
    assert sent == len(list((stack.folder / "mails").glob("*.eml"))) > 0
    assert (last["remind"], last["roll-up"]) == ("done", "done")


@pytest.fixture
def feed(engine: Engine) -> Iterator[Dawdling]:
    feed = Dawdling()
    with FeedServer(feed) as server:
        with writing(engine) as connection:
            feeds.save_feed(connection, "so-y-te", server.url, 60)
        yield feed
        feed.answer.set()


def test_a_flow_runs_once_at_a_time(
    stack: Stack, engine: Engine, prefect: Prefect, feed: Dawdling
) -> None:
    runs = [prefect.trigger("gather") for _ in range(2)]
    assert feed.asked.wait(60), stack.log("worker-1") + stack.log("worker-2")

    # Prefect's limit lets one through; whoever goes round the limit meets the lease.
    around = stack.run("gather", "--json")
    [held] = [row for row in leases.last_runs(engine) if row.job == "gather"]
    feed.answer.set()

    assert sorted(prefect.finish(run) for run in runs) == ["Cancelled", "Completed"]
    assert around.returncode == 1
    assert f"Cancelled: another run of gather is under way at {held.holder}" in around.stderr
    assert gathered(engine) == ["1", "2"]


def test_a_killed_run_is_gone_on_with_by_the_other_worker(
    stack: Stack, engine: Engine, prefect: Prefect, feed: Dawdling
) -> None:
    hasten(stack)
    known = {one["id"] for one in prefect.call("POST", "/flow_runs/filter", {})}
    killed = prefect.trigger("gather")
    assert feed.asked.wait(60), stack.log("worker-1") + stack.log("worker-2")

    until(lambda: heard(prefect, killed), "the run's first heartbeat")

    [held] = [row for row in leases.last_runs(engine) if row.job == "gather"]
    child = int(held.holder.split("/")[1])
    [worker] = [one for one in ("worker-1", "worker-2") if child in stack.children(one)]
    stack.kill(worker)
    kill(child)
    feed.answer.set()

    # Nobody is left to say that it died: its silence does, and its deployment's place is free.
    assert prefect.finish(killed) == "Crashed"
    lapse(engine)
    again = until(lambda: following(prefect, known | {killed}), "the run after it")
    assert prefect.finish(again) == "Completed"

    [other] = {"worker-1", "worker-2"} - {worker}
    assert stack.processes[other].poll() is None
    assert gathered(engine) == ["1", "2", "3", "4"]
    assert assignment(engine, REF).percent == 60
    [row] = [row for row in leases.last_runs(engine) if row.job == "gather"]
    assert (row.holder, row.outcome) == (None, "done")
    assert faults(engine) == []
