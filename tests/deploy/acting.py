"""What is done to several processes: reports without end, a feed that dawdles, and killing."""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import Engine, update

from dondoc.prefect_api import PrefectApi
from dondoc.silent_runs import HEARTBEAT, automations
from plans.store import writing
from plans.store.schema_running import leases as lease_table
from tests.deploy.stack import AUTH, Stack
from tests.feed_server import Asked, Said, page
from tests.offices import item, kept
from tests.serving import Prefect, alive, until


class Office:
    """Reports again and again through the one address, until it is told to stop."""

    def __init__(self, stack: Stack, token: str, id: str, name: str) -> None:
        self.acknowledged: list[str] = []
        self.errors: list[Exception] = []
        self.stop = threading.Event()
        self._given = stack, token, id, name
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        stack, token, id, name = self._given
        try:
            with stack.caller(token) as client:
                for number in range(10_000):
                    if self.stop.is_set():
                        return
                    done = client.report(id, percent=number % 100, result=f"{name} {number}")
                    self.acknowledged.append(done.id)
        except Exception as error:
            self.errors.append(error)


def posts(url: str) -> float:
    """How many reports a process took, as it tells Prometheus."""
    wanted = 'dondoc_requests_total{method="POST",path="/api/v1/assignments/{assignment}/updates"'
    text = httpx.get(f"{url}/metrics", trust_env=False).text
    return sum(
        float(line.split()[-1])
        for line in text.splitlines()
        if line.startswith(wanted) and 'status="201"' in line
    )


def field(html: str, name: str) -> str:
    """A hidden field's value."""
    return html.partition(f'name="{name}" value="')[2].partition('"')[0]


class Dawdling:
    """A feed of two items a visit, whose second page does not come while it is told to wait."""

    def __init__(self) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()

    def __call__(self, asked: Asked) -> Said:
        n = int(asked.query.get("since") or "0") + 1
        if n % 2:
            return page([item(str(n))], str(n), more=True)
        self.asked.set()
        self.answer.wait(60)
        return page([item(str(n), percent=60)], str(n))


def gathered(engine: Engine) -> list[str]:
    return [one.item for one in kept(engine, "applied")]


def hasten(stack: Stack) -> None:
    """The automations as they are shipped, but for how long they wait."""
    api = PrefectApi(stack.prefect, AUTH)
    silent, killed = (dict(one) for one in automations())
    silent["trigger"] = {**silent["trigger"], "within": 12}
    killed["actions"] = [{**killed["actions"][0], "schedule_after": 3}]
    for one in (silent, killed):
        assert not api.keep_automation(one)


def heard(prefect: Prefect, run: str) -> bool:
    """Whether a run's heart was heard at the server: its silence is noticed from then on."""
    found = {"event": {"name": [HEARTBEAT]}, "resource": {"id": [f"prefect.flow-run.{run}"]}}
    return bool(prefect.call("POST", "/events/filter", {"filter": found})["events"])


def lapse(engine: Engine) -> None:
    """As if the five minutes of a killed run's lease had passed."""
    with writing(engine) as connection:
        ends = datetime.now(UTC) - timedelta(seconds=1)
        gone = update(lease_table).where(lease_table.c.job == "gather")
        connection.execute(gone.values(ends_at=ends))


def following(prefect: Prefect, known: set[str]) -> str | None:
    """A run of gathering that nobody here has triggered."""
    deployment = {"deployments": {"name": {"any_": ["gather"]}}}
    found: list[dict[str, Any]] = prefect.call("POST", "/flow_runs/filter", deployment)
    return next((one["id"] for one in found if one["id"] not in known), None)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid), "its end")
