"""The lease under every flow: one run, what a second one says, and how each ends in the record."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from prefect import State
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from flows import alone as subject
from flows.alone import alone
from plans.store import leases
from tests.serving import until


@pytest.fixture(autouse=True)
def record(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The flows' settings lead to this test's database."""
    url = engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DONDOC_DATABASE_URL", url)
    return engine


def row(engine: Engine) -> Any:
    [found] = leases.last_runs(engine)
    return found


def test_a_second_run_is_cancelled_and_says_who_runs(engine: Engine) -> None:
    @alone("job")
    def second() -> str:
        raise AssertionError("it ran beside another")

    @alone("job")
    def first() -> Any:
        holder = row(engine).holder
        return holder, second()

    holder, state = first()
    assert isinstance(state, State) and state.is_cancelled()
    assert str(state.message).startswith(f"another run of job is under way at {holder} since 20")
    assert (row(engine).holder, row(engine).outcome) == (None, "done")


def test_how_it_failed_is_in_the_record(engine: Engine) -> None:
    @alone("job")
    def fails() -> None:
        raise ValueError("no such thing\nand more of it")

    @alone("job")
    def is_stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(ValueError, match="no such thing"):
        fails()
    assert row(engine).outcome == "ValueError: no such thing"
    with pytest.raises(KeyboardInterrupt):
        is_stopped()
    assert (row(engine).holder, row(engine).outcome) == (None, "ended by a signal")


def test_while_it_runs_it_is_renewed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "BEATS", 3000)  # each a tenth of a second

    @alone("job")
    def takes_long() -> None:
        first = row(engine).ends_at
        until(lambda: row(engine).ends_at > first, "a renewal")
        second = row(engine).ends_at
        until(lambda: row(engine).ends_at > second, "another one")

    takes_long()
    assert row(engine).outcome == "done"


def test_parameters_are_those_of_the_flow() -> None:
    from prefect import flow

    @flow
    @alone("job")
    def with_parameters(n: int = 1) -> int:
        return n

    assert with_parameters.parameters.properties["n"]["type"] == "integer"


class Restarting:
    """A database that is away for a while."""

    def __init__(self, tries: int) -> None:
        self.left = tries

    def __call__(self, _engine: Engine, _job: str) -> str:
        self.left -= 1
        if self.left >= 0:
            raise OperationalError("select 1", None, Exception("it restarts"))
        return "taken"


def test_a_server_that_restarts_is_waited_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "PAUSE", 0.01)
    if engine.dialect.name == "sqlite":
        with pytest.raises(OperationalError):
            subject._patiently(Restarting(1), engine, "job")
        return
    assert subject._patiently(Restarting(3), engine, "job") == "taken"


def test_work_that_was_done_does_not_fail_since_its_end_could_not_be_recorded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(subject, "PATIENCE", 0.05)
    gone = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with caplog.at_level(logging.WARNING):
        subject._give_back(gone, "job", "holder", "done")
    assert "job ended (done), which could not be recorded" in caplog.text
    gone.dispose()
