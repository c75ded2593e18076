"""The tables of what a coordinating office decides beside the plans: about messages and days."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, String, Table, Text

from plans.store.schema_base import Instant, Serial, metadata

holds = Table(
    "holds",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("department", ForeignKey("departments.code"), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("reason", Text, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("lifted_at", Instant),
    Column("lifted_by", String(120)),
    Index(None, "department"),
)
"""Whose messages are withheld; ``until`` is the last day on which they are."""

calendar_overrides = Table(
    "calendar_overrides",
    metadata,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("basis", Text, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("made_at", Instant, nullable=False),
)
"""Days that a document made worked or free; they stand over the calendar's files."""

removed_contacts = Table(
    "removed_contacts",
    metadata,
    Column("department", ForeignKey("departments.code"), primary_key=True),
    Column("email", String(254), primary_key=True),
)
"""Mailboxes that were taken out: a catalogue that still declares them does not bring them back."""
