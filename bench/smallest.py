"""The yardsticks: the smallest FastAPI apps that insert one row and update one, a transaction each.

Nobody is asked who they are, nothing is checked, nothing is counted, with the same durability on
the same database: ``create`` through SQLAlchemy Core, ``create_raw`` through the driver alone.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from datetime import UTC, datetime

import psycopg
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    make_url,
    update,
)

from plans.store import open_engine, writing
from plans.store.engine import BUSY_MS

metadata = MetaData()
tasks = Table(
    "bench_tasks", metadata, Column("id", String(32), primary_key=True), Column("percent", Integer)
)
reports = Table(
    "bench_reports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task", String(32), nullable=False),
    Column("percent", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)


class Report(BaseModel):
    """What is reported."""

    percent: int
    result: str = ""


def create() -> FastAPI:
    """The app on the database of ``BENCH_DATABASE``, through SQLAlchemy Core."""
    app, engine = FastAPI(), open_engine(os.environ["BENCH_DATABASE"])

    @app.post("/tasks/{task}/reports", status_code=201)
    def report(task: str, given: Report) -> dict[str, str]:
        row = {"task": task, "at": datetime.now(UTC), **given.model_dump()}
        with writing(engine) as connection:
            connection.execute(insert(reports).values(**row))
            statement = update(tasks).where(tasks.c.id == task)
            connection.execute(statement.values(percent=given.percent))
        return {"task": task}

    return app


def create_raw() -> FastAPI:
    """The same through the driver: a connection a thread."""
    app, url = FastAPI(), make_url(os.environ["BENCH_DATABASE"])
    kept = threading.local()
    postgresql = url.get_backend_name() == "postgresql"
    mark = "%s" if postgresql else "?"
    insertion = (
        f"INSERT INTO bench_reports (task, percent, result, at) VALUES ({', '.join([mark] * 4)})"
    )
    change = f"UPDATE bench_tasks SET percent = {mark} WHERE id = {mark}"

    def postgresql_connection() -> psycopg.Connection:
        if not hasattr(kept, "connection"):
            plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
            kept.connection = psycopg.connect(plain, autocommit=True)
        found: psycopg.Connection = kept.connection
        return found

    def sqlite_connection() -> sqlite3.Connection:
        if not hasattr(kept, "connection"):
            kept.connection = sqlite3.connect(str(url.database), isolation_level=None)
            for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL"):
                kept.connection.execute(f"PRAGMA {pragma}")
        found: sqlite3.Connection = kept.connection
        return found

    @app.post("/tasks/{task}/reports", status_code=201)
    def report(task: str, given: Report) -> dict[str, str]:
        now = datetime.now(UTC)
        if postgresql:
            with postgresql_connection().transaction():
                connection = postgresql_connection()
                connection.execute(insertion, (task, given.percent, given.result, now))
                connection.execute(change, (given.percent, task))
        else:
            _alone(sqlite_connection(), insertion, change, (task, given, now))
        return {"task": task}

    return app


_TURN = threading.Lock()


def _alone(
    connection: sqlite3.Connection, insertion: str, change: str, what: tuple[str, Report, datetime]
) -> None:
    # SQLite lets one write at a time: threads that wait here need not try again and again.
    task, given, now = what
    with _TURN:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(insertion, (task, given.percent, given.result, now.isoformat()))
        connection.execute(change, (given.percent, task))
        connection.execute("COMMIT")
