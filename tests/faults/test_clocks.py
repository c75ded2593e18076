"""A clock that was wrong and was put right again: nothing waits for a moment that it had set."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, update

from dondoc.api.limiting import Counts
from integrations.webhooks import LEASE
from plans import verifying
from plans.store import webhooks as store
from plans.store import writing
from plans.store.schema_access import webhooks
from plans.terms import WebhookState
from plans.webhook_sending import LONGEST_WAIT
from tests.offices import NOW, furnish

AHEAD = NOW + timedelta(days=40)


@pytest.fixture
def webhook(engine: Engine) -> str:
    furnish(engine)
    row = {
        "id": "w",
        "name": "system",
        "grants": [],
        "department": "so-y-te",
        "url": "https://x.vn/",
        "secret": "s",
        "state": WebhookState.ACTIVE,
        "position": 0,
        "attempts": 0,
        "next_try_at": NOW,
        "created_at": NOW,
        "created_by": "test",
    }
    with writing(engine) as connection:
        connection.execute(insert(webhooks), [row])
    return "w"


def test_a_webhook_waits_for_no_moment_of_a_wrong_clock(engine: Engine, webhook: str) -> None:
    with writing(engine) as connection:
        assert store.claim(connection, webhook, NOW, NOW + LEASE)
        assert not store.claim(connection, webhook, NOW, NOW + LEASE)
        for wrong in ({"lease_until": AHEAD}, {"lease_until": None, "next_try_at": AHEAD}):
            connection.execute(update(webhooks).values(**wrong))
            assert store.claim(connection, webhook, NOW, NOW + LEASE)
        later = {"lease_until": None, "next_try_at": NOW + LONGEST_WAIT}
        connection.execute(update(webhooks).values(**later))
        assert not store.claim(connection, webhook, NOW, NOW + LEASE)


def test_a_check_that_was_begun_by_a_wrong_clock_keeps_nobody_waiting(engine: Engine) -> None:
    with writing(engine) as connection:
        first = verifying.begin(connection, AHEAD, "user:1")
        assert verifying.begin(connection, NOW, "user:1") != first


def test_calls_are_not_refused_for_as_long_as_a_clock_was_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts, moment = Counts(), time.time()
    monkeypatch.setattr(time, "time", lambda: moment + 40 * 86_400)
    assert [counts.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    monkeypatch.setattr(time, "time", lambda: moment)
    assert [counts.incr("a", 60) for _ in range(2)] == [1, 2]
