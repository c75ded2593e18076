"""Nothing is lost whatever is killed, cut, filled up or set wrong: the short form of ``make soak``.

Each run meets every kind of fault once, in an order that its seed gives. ``DONDOC_FAULTS_SEED``
names other seeds (even ones run on SQLite, odd ones on PostgreSQL), with commas between.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.laboratory import Laboratory

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

SEEDS = [int(one) for one in os.environ.get("DONDOC_FAULTS_SEED", "2,3").split(",")]


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    with Laboratory() as found:
        yield found


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost(laboratory: Laboratory, seed: int) -> None:
    plan = laboratory.plan(seed)
    print(plan)
    outcome = laboratory.run(seed)
    print(outcome)
    assert not outcome.problems, f"{plan}\n{outcome}"
    assert outcome.acknowledged >= plan.acknowledged
    assert outcome.messages, "nobody was written to"
