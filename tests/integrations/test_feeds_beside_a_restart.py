"""A database that goes away for a moment is nobody's silence; a page that it cannot take is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import InterfaceError, OperationalError

from plans.store import feeds
from plans.terms import Silence
from tests.copies import opened
from tests.feed_server import page
from tests.integrations.test_agency_feed import ask_one, in_turn
from tests.offices import faults, item, updates

GOOD = page([item("a")], "1")


@pytest.fixture
def server(postgresql_record: Any) -> Iterator[Engine]:
    with opened(postgresql_record.url) as engine:
        yield engine
    postgresql_record.empty()


def end(connection: Connection) -> None:
    """End this connection from outside, as a server that is restarted does."""
    pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    other = create_engine(connection.engine.url)
    with other.connect() as killer:
        killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    other.dispose()


def test_a_server_that_is_restarted_costs_no_agency_its_page(
    server: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = feeds.save_outcomes, []

    def interrupted(connection: Connection, *given: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            end(connection)
        real(connection, *given)

    monkeypatch.setattr(feeds, "save_outcomes", interrupted)
    answer, _ = ask_one(server, in_turn(GOOD))
    assert len(calls) == 2
    assert (answer.silence, answer.updates, answer.detail) == (None, 1, None)
    assert len(updates(server)) == 1
    assert faults(server) == []


class _Failing:
    """The record cannot keep outcomes, so many times; then it can."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> None:
        self._left, self._real = list(errors), feeds.save_outcomes
        monkeypatch.setattr(feeds, "save_outcomes", self)

    def __call__(self, *given: Any) -> None:
        if self._left:
            raise self._left.pop(0)
        self._real(*given)


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_one_that_stays_away_ends_the_run_though_it_comes_back_just_then(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, kind: type[OperationalError]
) -> None:
    gone = kind("update", {}, OSError("no connection"))
    _Failing(monkeypatch, gone, gone)
    with pytest.raises(kind):
        ask_one(sqlite_engine, in_turn(GOOD))
    # It is no agency's silence, and the next run asks again.
    assert ask_one(sqlite_engine, in_turn(GOOD))[0].updates == 1


def test_a_page_beyond_what_the_database_takes_is_its_agencys_silence(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Beyond(Exception):
        sqlstate = "54000"

    too_much = OperationalError("insert", {}, Beyond("index row size exceeds maximum"))
    _Failing(monkeypatch, too_much, too_much)
    answer, _ = ask_one(sqlite_engine, in_turn(GOOD))
    assert (answer.silence, answer.updates) == (Silence.ERROR, 0)
    assert "index row size" in str(answer.detail)
