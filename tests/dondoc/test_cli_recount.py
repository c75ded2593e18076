"""Counters are mended and compared beside those who report: they wait, and nothing goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text, update

from dondoc.cli import run
from plans.store import chains, ledger, reading, writing
from plans.store.schema import counters
from plans.terms import EventKind
from tests.builders import build_event
from tests.copies import fresh_database, opened
from tests.offices import assignment, faults, furnish, updates
from tests.serving import ROOT, until

REF = "mau/mot/so-y-te"


@pytest.fixture
def office(postgresql: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Engine]:
    """A record in PostgreSQL, which commands find by its setting."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    with fresh_database(postgresql) as url:
        monkeypatch.setenv("DONDOC_DATABASE_URL", url)
        assert run(["db", "upgrade"]) == 0
        with opened(url) as engine:
            furnish(engine)
            yield engine


def report(engine: Engine) -> None:
    key = assignment(engine, REF).id
    with writing(engine) as connection:
        event = build_event(EventKind.UPDATED, date(2025, 4, 1), percent=50)
        ledger.append(connection, {key: [event]})


_WAITING = "SELECT count(*) FROM pg_locks WHERE relation = 'counters'::regclass AND NOT granted"


def is_waiting(engine: Engine) -> bool:
    """Whether somebody waits for the table of counters."""
    with reading(engine) as connection:
        return bool(connection.execute(text(_WAITING)).scalar_one())


@contextmanager
def reporting_meanwhile(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Future[None]]]:
    """A department reports while the ledger is followed, after its own part of it was read."""
    real, begun = chains.verified, []

    def followed(connection: Connection) -> Iterator[chains.Verified]:
        some = list(real(connection))  # a page of it
        begun.append(pool.submit(report, office))
        until(lambda: begun[0].done() or is_waiting(office), "the report, or its turn")
        yield from some

    with ThreadPoolExecutor(1) as pool, monkeypatch.context() as patch:
        patch.setattr(chains, "verified", followed)
        yield lambda: begun[0]


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_report_waits_while_counters_are_mended(
    office: Engine, monkeypatch: pytest.MonkeyPatch, wrong: int
) -> None:
    with writing(office) as connection:
        connection.execute(update(counters).values(n=counters.c.n + wrong))
    assert bool(faults(office)) == bool(wrong)
    with reporting_meanwhile(office, monkeypatch) as begun:
        assert run(["db", "recount"]) == 0
    begun().result(30)
    assert len(updates(office, REF)) == 1
    assert faults(office) == []


def test_a_check_keeps_nobody_waiting_and_sees_one_picture(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reporting_meanwhile(office, monkeypatch) as begun:
        assert run(["db", "check"]) == 0
        assert begun().done()
    begun().result(30)
    assert len(updates(office, REF)) == 1
