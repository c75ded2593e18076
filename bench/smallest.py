"""The yardstick: the smallest FastAPI app that inserts one row and updates one, a transaction each.

Nobody is asked who they are, nothing is checked, nothing is counted: SQLAlchemy Core on the same
database, with the same durability.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text, insert, update

from plans.store import open_engine, writing

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
    """The app on the database of ``BENCH_DATABASE``."""
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
