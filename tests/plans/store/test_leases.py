"""One run of a job at a time: taken, renewed, given back, taken over once it has ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from plans.store import leases, writing
from plans.store.schema_running import leases as table


def shift(engine: Engine, by: timedelta) -> None:
    """As if the lease had been taken earlier, or the clock set back."""
    with writing(engine) as connection:
        row = connection.execute(table.select()).one()
        connection.execute(update(table).values(ends_at=row.ends_at + by))


def test_one_of_many_that_come_at_once_gets_it(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: leases.take(engine, "remind", f"run-{n}"), range(8)))
    [winner] = [f"run-{n}" for n, other in enumerate(found) if other is None]
    assert {one.holder for one in found if one} == {winner}


def test_another_job_is_not_in_the_way(engine: Engine) -> None:
    assert leases.take(engine, "remind", "a") is None
    assert leases.take(engine, "deliver", "b") is None


def test_given_back_it_is_free_and_says_how_it_ended(engine: Engine) -> None:
    assert leases.take(engine, "remind", "a") is None
    assert leases.give_back(engine, "remind", "a", "done")
    [row] = leases.last_runs(engine)
    assert (row.holder, row.outcome) == (None, "done") and row.ended_at is not None
    assert leases.take(engine, "remind", "b") is None


def test_a_killed_runs_lease_ends_and_the_record_says_so(engine: Engine) -> None:
    assert leases.take(engine, "remind", "killed") is None
    shift(engine, -leases.LENGTH)
    assert leases.take(engine, "remind", "next") is None
    [row] = leases.last_runs(engine)
    assert (row.holder, row.outcome) == ("next", leases.FREED)
    assert not leases.renew(engine, "remind", "killed")
    assert not leases.give_back(engine, "remind", "killed", "done")
    assert leases.renew(engine, "remind", "next")


def test_renewed_it_is_kept(engine: Engine) -> None:
    assert leases.take(engine, "remind", "a") is None
    shift(engine, -leases.LENGTH + timedelta(seconds=5))
    assert leases.renew(engine, "remind", "a")
    shift(engine, -timedelta(minutes=4))
    assert leases.take(engine, "remind", "b") is not None


@pytest.mark.parametrize("back", [timedelta(seconds=2), timedelta(minutes=4)])
def test_a_clock_that_is_set_back_lets_no_second_run_begin(engine: Engine, back: timedelta) -> None:
    assert leases.take(engine, "remind", "alive") is None
    shift(engine, back)
    found = leases.take(engine, "remind", "second")
    assert found and found.holder == "alive"
    assert leases.renew(engine, "remind", "alive")
    assert leases.give_back(engine, "remind", "alive", "done")
    assert leases.take(engine, "remind", "second") is None


def test_a_clock_that_was_set_back_blocks_nobody(engine: Engine) -> None:
    assert leases.take(engine, "remind", "from next year") is None
    shift(engine, timedelta(days=365))
    assert leases.take(engine, "remind", "b") is None
