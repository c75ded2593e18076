"""The tables of how the work itself runs: which run holds a job, and what came back of messages."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text

from plans.store.schema_base import Instant, Serial, metadata

leases = Table(
    "leases",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("holder", String(120)),
    Column("taken_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Text),
)
"""One row a job: who runs it, until when unless renewed, and how its last run ended."""

bounces = Table(
    "bounces",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("source", String(200), nullable=False, unique=True),
    Column("notice", ForeignKey("notices.id")),
    Column("address", String(254)),
    Column("status", String(16)),
    Column("permanent", Boolean, nullable=False),
    Column("diagnostic", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Index(None, "notice"),
)
"""What came back after a server had taken a message; ``source`` is the report's own identity."""
