"""The main job from nothing to the end, with simulated departments: ``dondoc demo``.

Everything goes through the same use cases as in earnest. Only three things are made up, and called
simulated wherever they show: the departments' answers, the coordinator's reviews, and the past.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from dondoc.demo.answering import Answered, answer_by_api
from dondoc.demo.departments import SimulatedAgencies
from dondoc.demo.desk import Desk, fill_desk
from dondoc.demo.past import heard_last, play_past, simulate, unheard_since
from dondoc.demo.reviewing import review_by_api
from dondoc.demo.roles import give_roles, refused_mailbox
from dondoc.demo.serving import Clock, connect, serving
from dondoc.demo.sink import smtp_sink
from flows.common import moment, read_settings
from integrations.client import Client
from plans import loading
from plans.declared import load_or_raise
from plans.errors import Conflict
from plans.identity.tokens import NewToken
from plans.rolling import PlanProgress, all_plans
from plans.settings import Settings
from plans.store import Engine, notices, open_engine, reading, upgrade, writing
from plans.terms import Role

Say = Callable[[str], None]
STEPS = 10
"""How often ``say`` is called: the plans, the server, six flows, the reports, the review."""
MARK = "simulated"
"""A file that says that a data directory is a demo's, and may be made anew."""


@dataclass(slots=True)
class Played:
    """What the demo did and found, for people and for ``--json``."""

    at: date
    data_dir: Path
    messages_dir: Path
    plans: list[PlanProgress] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    by_api: Answered = field(default_factory=Answered)
    reviewed: Counter[str] = field(default_factory=Counter)
    desk: Desk = field(default_factory=lambda: Desk(0, 0))
    notices: list[tuple[str, str, int]] = field(default_factory=list)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    flow_runs: list[tuple[str, str]] = field(default_factory=list)

    @property
    def completed(self) -> bool:
        """Whether every flow run ended well."""
        return all(state == "Completed" for _, state in self.flow_runs)


def play(settings: Settings, at: date | None, say: Say) -> Played:
    """Play the main job on a day, in a fresh data directory of its own."""
    folder = settings.data_dir.absolute() / "demo"
    _make_fresh(folder)
    with _environment(folder, settings) as own:
        day, now = moment(at, own)
        played = Played(at=day, data_dir=folder, messages_dir=folder / "messages")
        engine = open_engine(own.url)
        try:
            upgrade.upgrade(engine)
            catalogue, _ = load_or_raise(None, own.plans_dir)
            with writing(engine) as connection:
                loading.load_catalogue(connection, catalogue, now)
            say(f"loaded {len(catalogue.plans)} plans; playing the simulated past")
            with simulate(engine, day) as agencies:
                play_past(engine, own, agencies, day)
                _main_job(engine, own, agencies, played, at, say)
        finally:
            engine.dispose()
    return played


def _main_job(
    engine: Engine,
    settings: Settings,
    agencies: SimulatedAgencies,
    played: Played,
    at: date | None,
    say: Say,
) -> None:
    from dondoc.running import flow_runner

    day, now = moment(at, settings)
    agencies.now = now
    with (
        smtp_sink(played.messages_dir, refused_mailbox()) as url,
        flow_runner(settings, say=say) as run,
    ):
        os.environ["DONDOC_SMTP_URL"] = url

        def step(name: str) -> Any:
            say(f"flow: {name}")
            outcome = run(name, day)
            played.flow_runs.append((name, outcome.state))
            return outcome.result

        step("open-periods")
        give_roles(engine, agencies.feeds())
        played.answers = step("gather") or []
        _by_api(engine, settings, agencies, played, say)
        for name in ("remind", "roll-up", "digest", "deliver"):
            step(name)
    with reading(engine) as connection:
        played.plans = all_plans(connection, day)
        played.notices = notices.tally(connection, day)
        played.failures = notices.failures(connection, day)


def _by_api(
    engine: Engine, settings: Settings, agencies: SimulatedAgencies, played: Played, say: Say
) -> None:
    """What departments without a feed and the coordinator do, as callers of the real API."""
    clock = Clock(heard_last(played.at, settings.zone))
    with serving(settings, clock) as url:
        say(f"{len(agencies.by_api)} simulated departments report by API")
        since = unheard_since(played.at, settings.zone)
        played.by_api = answer_by_api(engine, url, clock, agencies, since)
        say("the simulated coordinator reviews by API")
        new = NewToken(name="điều phối (mô phỏng)", role=Role.COORDINATOR)
        with connect(engine, url, new, clock.now) as client, ExitStack() as stack:
            played.reviewed = review_by_api(client)

            def client_of(code: str) -> Client:
                own = NewToken(name=f"{code} (mô phỏng)", role=Role.DEPARTMENT, department=code)
                return stack.enter_context(connect(engine, url, own, clock.now))

            played.desk = fill_desk(client, client_of, played.at)


def _make_fresh(folder: Path) -> None:
    """An empty directory; one that was not made by a demo is left alone."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Conflict(f"{folder} holds something that no demo made; move it away first")
    keep = folder / "prefect"
    for entry in folder.iterdir() if folder.exists() else ():
        # Prefect's own home takes seconds to make, and holds nothing of ours.
        if entry == keep:
            continue
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("simulated departments; made anew by 'dondoc demo'\n")


@contextmanager
def _environment(folder: Path, settings: Settings) -> Iterator[Settings]:
    """The demo's own settings, in the environment too: the flows read them from there."""
    own = {
        "DONDOC_DATA_DIR": str(folder),
        "DONDOC_SIMULATED": "true",
        # Set, not left out: a .env file may name the real database.
        "DONDOC_DATABASE_URL": f"sqlite:///{folder / 'dondoc.sqlite3'}",
        "DONDOC_PLANS_DIR": str(settings.plans_dir.absolute()),
        "DONDOC_MAIL_FROM": "Dondoc (mô phỏng) <dondoc@simulated.invalid>",
    }
    dropped = ("DONDOC_DATABASE_URL_FILE", "DONDOC_SMTP_URL_FILE")
    before = dict(os.environ)
    os.environ.update(own)
    for name in dropped:
        os.environ.pop(name, None)
    try:
        yield read_settings()
    finally:
        _put_back(before)


def _put_back(before: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)
