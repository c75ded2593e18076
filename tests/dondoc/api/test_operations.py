"""Alive, ready, counted: what whoever runs the service asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import Engine, select, update

from dondoc.api.app import create_app
from dondoc.serving import in_thread
from plans.settings import Settings
from plans.store import feeds, open_engine, pulse, reading, writing
from plans.store.notices import NewNotice, owe
from plans.store.schema import deliveries, notices
from plans.terms import NoticeKind, Silence
from plans.web_settings import WebSettings
from tests.dondoc.api.conftest import Served, serve
from tests.offices import NOW, furnish
from tests.serving import until

Samples = dict[tuple[str, ...], float]


def samples(text: str, name: str, *labels: str) -> Samples:
    """A metric's values by some of its labels."""
    return {
        tuple(one.labels[label] for label in labels): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == name
    }


def metrics(served: Served) -> str:
    answer = httpx.get(f"{served.url}/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    return answer.text


def owed(engine: Engine, *names: str) -> None:
    new = [NewNotice(n, NoticeKind.REMINDER, "so-y-te", NOW.date(), {}, "x") for n in names]
    with writing(engine) as connection:
        owe(connection, new, NOW)


def test_alive_and_ready(served: Served) -> None:
    assert httpx.get(f"{served.url}/healthz").json() == {"status": "alive"}
    assert httpx.get(f"{served.url}/readyz").json() == {"status": "ready"}


def test_not_ready_without_tables_or_plans(empty_url: str, tmp_path: Path) -> None:
    from plans.store.upgrade import upgrade

    settings = Settings(data_dir=tmp_path, database_url=SecretStr(empty_url))
    with in_thread(create_app(settings, WebSettings(), clock=lambda: NOW)) as url:
        answer = httpx.get(f"{url}/readyz")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "dondoc db upgrade" in answer.json()["detail"]
        assert httpx.get(f"{url}/healthz").status_code == 200
        engine = open_engine(empty_url)
        upgrade(engine)
        assert "dondoc plans load" in httpx.get(f"{url}/readyz").json()["detail"]
        furnish(engine)
        engine.dispose()
        assert httpx.get(f"{url}/readyz").status_code == 200


def test_requests_are_counted_by_route_and_status(served: Served) -> None:
    key = served.id_of("mau/mot/so-y-te")
    client = served.client("department", "so-y-te")
    client.post(f"assignments/{key}/updates", json={"percent": 5})
    client.post(f"assignments/{key}/updates", json={"percent": 500})
    client.request("BREW", "me")
    client.get("made/up/by/a/caller")

    template = "/api/v1/assignments/{assignment}/updates"
    wanted = {
        ("POST", template, "201"): 1,
        ("POST", template, "422"): 1,
        ("other", "/api/v1/me", "405"): 1,
        ("GET", "unmatched", "404"): 1,
    }

    def counted() -> bool:
        # A request is counted once its answer is out.
        found = samples(metrics(served), "dondoc_requests_total", "method", "path", "status")
        return found.items() >= wanted.items()

    until(counted, "the counts", 10)
    text = metrics(served)
    assert samples(text, "dondoc_request_seconds_count", "path")[(template,)] == 2
    assert samples(text, "dondoc_group_commit_items_sum", "door")[("updates",)] == 1
    assert samples(text, "dondoc_group_commit_wait_seconds_count", "door")[("updates",)] == 1
    assert "so-y-te" not in text and key not in text


def test_the_records_facts(served: Served) -> None:
    owed(served.engine, "a", "b", "c")
    with writing(served.engine) as connection:
        first = select(notices.c.id).where(notices.c.key == "a").scalar_subquery()
        failed = update(deliveries).where(deliveries.c.notice == first)
        connection.execute(failed.values(state="failed"))
        for code, silence in (("so-y-te", None), ("so-tai-chinh", Silence.UNREACHABLE)):
            feeds.save_feed(connection, code, f"http://{code}.example/feed", 5)
            feeds.save_outcome(connection, code, NOW, silence, None)

    text = metrics(served)

    assert samples(text, "dondoc_notices", "state") == {("waiting",): 2, ("failed",): 1}
    assert samples(text, "dondoc_feeds", "last") == {("answered",): 1, ("unreachable",): 1}
    last = samples(text, "dondoc_gather_last_success_timestamp_seconds")
    assert last == {(): NOW.timestamp()}


def test_counting_ends_where_it_says_no_more(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(engine)
    owed(engine, *map(str, range(7)))
    monkeypatch.setattr(pulse, "MOST", 5)
    with reading(engine) as connection:
        assert pulse.read(connection).notices == {"waiting": 5, "failed": 0}


@pytest.mark.parametrize(
    ("networks", "status"), [("", 404), ("10.0.0.0/8", 404), ("127.0.0.1", 200)]
)
def test_metrics_are_for_named_addresses(
    networks: str, status: int, sqlite_engine: Engine, tmp_path: Path
) -> None:
    for served in serve(sqlite_engine, tmp_path, metrics_allow=networks):
        assert httpx.get(f"{served.url}/metrics").status_code == status


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("metrics_allow", "everybody"),
        ("trusted_proxies", "*"),
        ("rate_limit", "many"),
        ("rate_limit", "0/minute"),
        ("rate_limit_guessing", "5/fortnight"),
        ("log_format", "xml"),
        ("body_limit_kb", 1),
    ],
)
def test_wrong_settings_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        WebSettings.model_validate({name: value})
