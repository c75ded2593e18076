"""The migrations make what the schema says, from nothing, however many start at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Table, column, inspect, select, text
from sqlalchemy import table as alias

from plans.overriding import apply
from plans.reminding import remind
from plans.store import open_engine, reading, writing
from plans.store.schema_base import metadata
from plans.store.schema_paper import (
    calendar_feeds,
    channel_tokens,
    confirmed_figures,
    contact_channels,
    registers,
    said_figures,
    workbook_returns,
    workbook_rows,
    workbooks,
)
from plans.store.upgrade import configure, current, head, is_current, upgrade
from tests.acts import DUE, TODAY, open_office
from tests.builders import at
from tests.offices import faults


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


NEW = {
    calendar_feeds,
    channel_tokens,
    confirmed_figures,
    contact_channels,
    registers,
    said_figures,
    workbook_returns,
    workbook_rows,
    workbooks,
}
"""The tables of 0005; all others are as they were released in 0004."""


def test_what_the_previous_release_recorded_is_whole_and_goes_on(
    sqlite_engine: Engine, empty: Engine
) -> None:
    open_office(sqlite_engine)
    with writing(empty) as connection:
        command.upgrade(configure(connection), "0004")
    assert not is_current(empty)
    with reading(sqlite_engine) as source, writing(empty) as target:
        for table in old_tables():
            names = {column["name"] for column in inspect(target).get_columns(table.name)}
            old = select(*(column for column in table.c if column.name in names))
            if rows := [row._asdict() for row in source.execute(old)]:
                # Column by column, since this release's own defaults are not theirs.
                target.execute(released(table, names).insert(), rows)
    if empty.dialect.name == "postgresql":
        with writing(empty) as target:
            target.execute(text("SELECT setval('ledger_seq_seq', (SELECT max(seq) FROM ledger))"))
    upgrade(empty)
    assert is_current(empty)
    with reading(sqlite_engine) as source, reading(empty) as target:
        for table in old_tables():
            assert target.execute(ordered(table)).all() == source.execute(ordered(table)).all()
    with writing(empty) as connection:
        assert remind(connection, TODAY, at(TODAY), domain="x.vn")
        assert apply(connection, DUE, False, "1/TB", actor="user:1", now=at(TODAY))
    assert faults(empty) == []


def old_tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table not in NEW]


def released(table: Table, names: set[str]) -> Any:
    """A table as the previous release knew it."""
    return alias(table.name, *(column(one.name, one.type) for one in table.c if one.name in names))


def ordered(table: Table) -> Any:
    return select(table).order_by(*table.primary_key)


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
