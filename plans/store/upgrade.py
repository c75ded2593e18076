"""Bringing a database's tables up to date: forward only, from the migrations beside this file.

A new migration is drafted from what ``schema`` says and the migrations do not yet, then read and
corrected by a person::

    python -m plans.store.migrations "add the column x"

Until the first release there is one migration, which is written anew instead::

    python -m plans.store.migrations --first
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from plans.store.engine import reading, writing

FOLDER = Path(__file__).parent / "migrations"


def configure(connection: Connection | None = None, folder: Path = FOLDER) -> Config:
    """Alembic's configuration; ``env.py`` works in the given connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Run all migrations that are missing, in one transaction; two upgrades come in turn."""
    with writing(engine, alone="upgrade") as connection:
        command.upgrade(configure(connection), "head")


def current(engine: Engine) -> str | None:
    """The database's revision; None: it is empty."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The newest revision that this version of the program knows."""
    newest = ScriptDirectory.from_config(configure()).get_current_head()
    assert newest is not None
    return newest


def is_current(engine: Engine) -> bool:
    """Whether nothing is missing."""
    return current(engine) == head()
