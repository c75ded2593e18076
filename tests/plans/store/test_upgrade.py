"""The migrations make what the schema says, from nothing, however many start at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from plans.store import open_engine, reading
from plans.store.schema_base import metadata
from plans.store.upgrade import current, head, is_current, upgrade


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def test_the_migrated_database_is_what_the_schema_says(engine: Engine) -> None:
    with reading(engine) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == [], "draft it anew: python -m plans.store.migrations --first"


def test_checks_are_in_the_migrations_too(engine: Engine) -> None:
    # Alembic compares no check constraints.
    found = {check["name"] for check in inspect(engine).get_check_constraints("assignments")}
    assert found == {"ck_assignments_percent_range", "ck_assignments_undecided_lead"}


def test_an_empty_database_becomes_current(empty: Engine) -> None:
    assert current(empty) is None
    assert not is_current(empty)
    upgrade(empty)
    assert current(empty) == head()
    assert is_current(empty)
    upgrade(empty)
    assert is_current(empty)


def test_upgrades_that_start_at_once_come_in_turn(empty_url: str) -> None:
    def run(_: int) -> str | None:
        engine = open_engine(empty_url)
        try:
            upgrade(engine)
            return current(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == [head()] * 4
