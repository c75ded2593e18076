"""Running flows once, now, in this process.

On the server that ``PREFECT_API_URL`` names, else on that of a running ``dondoc up``, else on an
embedded one: a Prefect server of our own that starts with us and ends with us.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from dondoc.children import Child, server
from dondoc.prefect_home import (
    answers,
    environment,
    free_port,
    home,
    running_api_url,
    user_api_url,
)
from plans.errors import DondocError, InvalidInput, OutsideError
from plans.settings import Settings

FLOWS = {
    "open-periods": "open_periods",
    "gather": "gather",
    "measure": "measure",
    "remind": "remind",
    "deliver": "deliver",
    "bounces": "bounces",
    "roll-up": "roll_up",
    "digest": "digest",
    "webhooks": "webhooks",
    "retain": "retain",
}
"""Each flow's name, and that of its module and function."""

EMBEDDED = "starting Prefect's embedded server, this takes 5 to 25 seconds…"
PATIENCE = 180
LAST_WORDS = 10

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FlowOutcome:
    """How a flow run ended. ``reason``: one line, where ``state`` is not "Completed"."""

    name: str
    state: str
    result: Any = None
    reason: str | None = None

    @property
    def completed(self) -> bool:
        """Whether it did all that it should."""
        return self.state == "Completed"


class Runner(Protocol):
    """Runs a flow by its name, for a day or for now."""

    def __call__(self, name: str, at: date | None = None) -> FlowOutcome:
        """Run it to its end; a failure is an outcome, not an error."""


def run_flow(name: str, settings: Settings, at: date | None = None, *, say: Say) -> FlowOutcome:
    """Run one flow once, now."""
    return run_flows([name], settings, at, say=say)[0]


def run_flows(
    names: Sequence[str], settings: Settings, at: date | None = None, *, say: Say
) -> list[FlowOutcome]:
    """Run some flows one after the other, on one server."""
    if unknown := [name for name in names if name not in FLOWS]:
        raise InvalidInput(f"no flow is called {unknown[0]!r}; there are {', '.join(FLOWS)}")
    with flow_runner(settings, say=say) as run:
        return [run(name, at) for name in names]


@contextmanager
def flow_runner(settings: Settings, *, say: Say) -> Iterator[Runner]:
    """A function that runs a flow, while its server is there; the environment is put back."""
    with _environment(_quiet(environment(settings))), _server(settings, say) as (url, child):
        flows = {name: _load(module) for name, module in FLOWS.items()}
        if child:
            _wait(child, url)
        with _prefect(url):
            yield lambda name, at=None: _run(name, flows[name], at, say)


def _quiet(added: Mapping[str, str]) -> dict[str, str]:
    """Prefect's own lines do not mix with ours; what failed is told in one line instead."""
    return {**added, "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}


@contextmanager
def _environment(added: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _server(settings: Settings, say: Say) -> Iterator[tuple[str, Child | None]]:
    """The API's address; with the child that serves it, perhaps not ready yet, if it is ours."""
    if url := user_api_url(settings):
        if not answers(url):
            message = f"no Prefect server answers at PREFECT_API_URL={url}"
            raise OutsideError(message, permanent=False)
        yield url, None
    elif url := running_api_url(settings):
        yield url, None
    else:
        with _embedded(settings, say) as found:
            yield found


@contextmanager
def _embedded(settings: Settings, say: Say) -> Iterator[tuple[str, Child]]:
    say(EMBEDDED)
    port = free_port()
    # Without its services, which schedule and watch, a run takes 0.1 s instead of up to 2.5 s:
    # SQLite has one writer at a time. They record task runs; our own record does not need them.
    options = ("--no-services", "--no-ui")
    child = server(port, environment(settings), home(settings), *options)
    child.start()
    try:
        yield f"http://127.0.0.1:{port}/api", child
    finally:
        child.stop()


def _wait(child: Child, url: str) -> None:
    """Until the server is healthy."""
    while not answers(url):
        if child.status() is not None or child.uptime() > PATIENCE:
            message = f"{child.name} did not start: {child.last_words()} (see {child.log})"
            raise OutsideError(message, permanent=False)
        time.sleep(0.1)


def _load(module: str) -> Any:
    return getattr(importlib.import_module(f"flows.{module}"), module)


@contextmanager
def _prefect(url: str) -> Iterator[None]:
    """Prefect set to a server, whatever it was set to before; what it has to say is sent on."""
    from prefect import settings as names

    updates = {
        names.PREFECT_API_URL: url,
        names.PREFECT_API_AUTH_STRING: os.environ.get("PREFECT_API_AUTH_STRING"),
        names.PREFECT_HOME: os.environ["PREFECT_HOME"],
        # Its thread would cost each run a second at the end.
        names.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    with names.temporary_settings(updates):
        try:
            yield
        finally:
            _drain()


def _drain() -> None:
    """Send what Prefect's threads still hold: without a server they would try for a minute."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=LAST_WORDS)
    EventsWorker.drain_all(timeout=LAST_WORDS)


def _run(name: str, flow: Any, at: date | None, say: Say) -> FlowOutcome:
    state = flow(at=at, return_state=True)
    if state.is_completed():
        return FlowOutcome(name, "Completed", state.result())
    error = state.result(raise_on_failure=False)
    reason = _reason(error) if isinstance(error, BaseException) else str(state.message)
    say(f"{name}: {state.name}: {reason}")
    return FlowOutcome(name, str(state.name), None, reason)


def _reason(error: BaseException) -> str:
    """An error of ours in its own words; of another, its kind and first line."""
    lines = str(error).splitlines() or [""]
    if isinstance(error, DondocError):
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        return lines[0] + more
    return f"{type(error).__name__}: {lines[0]}".removesuffix(": ")
