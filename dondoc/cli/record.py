"""Opening the record for a command: settings, engine, one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plans.settings import Settings
    from plans.store import Connection, Engine


OFFICE = "office:cli"
"""Whoever has a shell where the record is."""


@dataclass(frozen=True, slots=True)
class Record:
    """An opened record, and the day and moment that the command is about."""

    engine: Engine
    settings: Settings
    day: date
    now: datetime


@contextmanager
def record(at: date | None = None) -> Iterator[Record]:
    """The record of the settings: made where there is none yet, refused where it is behind."""
    from flows.common import database, looked_at
    from plans.errors import Conflict
    from plans.store import upgrade

    with database() as (engine, settings):
        found = upgrade.current(engine)
        if found is None:
            upgrade.upgrade(engine)
        elif found != upgrade.head():
            raise Conflict(f"the database is at version {found}; run 'dondoc db upgrade' first")
        yield Record(engine, settings, *looked_at(at, settings))


@contextmanager
def read(at: date | None = None) -> Iterator[tuple[Connection, Record]]:
    """The record in one reading transaction."""
    from plans.store import reading

    with record(at) as one, reading(one.engine) as connection:
        yield connection, one


def said_at(here: Record) -> datetime:
    """When something reported on the day was said: now, or noon of an earlier day.

    What was said on a later day than today is refused.
    """
    from datetime import time

    from plans.errors import InvalidInput

    if here.day > here.now.date():
        raise InvalidInput(f"--at {here.day} lies in the future; a report is of today or earlier")
    if here.day == here.now.date():
        return here.now
    return datetime.combine(here.day, time(12), here.settings.zone)


@contextmanager
def write(at: date | None = None) -> Iterator[tuple[Connection, Record]]:
    """The record in one writing transaction."""
    from plans.store import writing

    with record(at) as one, writing(one.engine) as connection:
        yield connection, one
