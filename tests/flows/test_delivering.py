"""Delivery where limits are set: one process at a time, since it alone knows its pace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from flows import deliver
from plans import catching_up
from plans.store import leases, writing
from plans.store.schema import deliveries
from tests.integrations.delivering import numbered, owe_to, states
from tests.post_office import PostOffice, serving


@pytest.fixture
def office(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PostOffice]:
    """The settings lead to this test's database, in which three messages wait, and server."""
    found = PostOffice()
    owe_to(sqlite_engine, numbered("x.vn", 3))
    with writing(sqlite_engine) as connection:
        connection.execute(update(deliveries).values(next_try_at=datetime.now(UTC)))
    monkeypatch.setenv("DONDOC_DATABASE_URL", f"sqlite:///{sqlite_engine.url.database}")
    monkeypatch.setenv("DONDOC_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("plans.catching_up.settle_in_parts", _nothing)
    with serving(found) as port:
        monkeypatch.setenv("DONDOC_SMTP_URL", f"smtp://127.0.0.1:{port}")
        yield found


def _nothing(*_: object) -> catching_up.Settled:
    """These tests' notices tell of no assignment: they would be let go."""
    return catching_up.Settled()


def test_without_limits_whoever_comes_takes_part(sqlite_engine: Engine, office: PostOffice) -> None:
    assert leases.take(sqlite_engine, "sending", "another") is None
    assert deliver.deliver_waiting.fn(None) == {"sent": 3, "later": 0, "failed": 0}
    assert len(office.taken) == 3


def test_a_limit_is_kept_by_one_process(
    sqlite_engine: Engine, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_SMTP_DOMAIN_RATE", "100/minute")
    assert leases.take(sqlite_engine, "sending", "another") is None
    assert deliver.deliver_waiting.fn(None) == {"sent": 0, "left_to_another_run": 1}
    assert not office.taken
    assert leases.give_back(sqlite_engine, "sending", "another", "done")
    assert deliver.deliver_waiting.fn(None)["sent"] == 3
    assert states(sqlite_engine) == {"sent": 3}
