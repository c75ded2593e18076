"""The record's tables. Changed only together with a new migration (a test compares the two).

Dates are dates, times are aware UTC, texts from people lie in ``texts`` under a salted hash so
that what the law requires to be removed can be, without breaking a ledger's chain.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from plans.store.schema_base import Instant, Serial, metadata

settings = Table(
    "settings",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", JSON, nullable=False),
)

departments = Table(
    "departments",
    metadata,
    Column("code", String(80), primary_key=True),
    Column("name_vi", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("abbr", Text, nullable=False),
    Column("kind", String(80), nullable=False),
    Column("parent", String(80)),
    Column("territory", String(80)),
    Column("since", Date),
    Column("until", Date),
    Column("declaration", JSON, nullable=False),
    Column("simulated", Boolean, nullable=False, default=False),
    Index(None, "parent"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("department", ForeignKey("departments.code"), nullable=False),
    Column("email", String(254), nullable=False),
    Column("language", String(2), nullable=False),
    Column("bounced_at", Instant),
    Column("bounce_reason", Text),
    UniqueConstraint("department", "email"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("department", ForeignKey("departments.code"), primary_key=True),
    Column("url", String(500), nullable=False),
    Column("token_env", String(80)),
    Column("timeout_seconds", Float, nullable=False),
    Column("cursor", String(500)),
    Column("asked_at", Instant),
    Column("answered_at", Instant),
    Column("silence", String(20)),
    Column("detail", Text),
)

plans = Table(
    "plans",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("number", Text),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("issued", Date, nullable=False),
    Column("ends", Date),
    Column("coordinator", ForeignKey("departments.code"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("groups", JSON(none_as_null=True)),
    Column("ladder", JSON(none_as_null=True)),
)
"""``groups``: the titles of all groups that it ever had, so that a roll-up reads no declaration;
``ladder``: as the newest version declares it, so that a morning's run reads none either."""

plan_versions = Table(
    "plan_versions",
    metadata,
    Column("plan", ForeignKey("plans.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("declaration", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("loaded_at", Instant, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("plan", ForeignKey("plans.id"), primary_key=True),
    Column("id", String(80), primary_key=True),
    Column("group", String(80), nullable=False),
    Column("part_of", String(80)),
    Column("position", Integer, nullable=False),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("lead", String(80)),
    Column("function", String(80)),
    Column("deliverable", Text),
    Column("evidence", String(12)),
    Column("search", Text),
    Column("supporting", JSON, nullable=False),
    Column("dropped", Boolean, nullable=False, default=False),
)

supporters = Table(
    "supporters",
    metadata,
    Column("plan", String(80), primary_key=True),
    Column("task", String(80), primary_key=True),
    Column("department", String(80), primary_key=True),
    Index(None, "department"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("ref", String(300), nullable=False),
    Column("slot", String(400), nullable=False, unique=True),
    Column("plan", String(80), nullable=False),
    Column("group", String(80), nullable=False),
    Column("task", String(80), nullable=False),
    Column("department", String(80)),
    Column("declared", String(80), nullable=False),
    Column("lead_status", String(12), nullable=False),
    Column("lead_reason", Text),
    Column("territory", String(80)),
    Column("ongoing", Boolean, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("needs_review", Boolean, nullable=False),
    Column("period", String(20)),
    Column("period_start", Date),
    Column("period_end", Date),
    Column("due", Date, nullable=False),
    Column("due_estimated", Boolean, nullable=False),
    Column("original_due", Date, nullable=False),
    Column("work", String(12), nullable=False),
    Column("review", String(12), nullable=False),
    Column("percent", Integer, nullable=False),
    Column("submitted_on", Date),
    Column("done_on", Date),
    Column("pending_extension", String(16)),
    Column("extended", Integer, nullable=False, server_default=text("0")),
    Column("flagged", Boolean, nullable=False, server_default=false()),
    Column("opened_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("events", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    CheckConstraint("percent BETWEEN 0 AND 100", name="percent_range"),
    CheckConstraint("(department IS NULL) = (lead_status = 'undecided')", name="undecided_lead"),
    Index(None, "plan", "group"),
    Index(None, "department", "work"),
    Index(None, "work", "review", "due"),
    Index(None, "ref"),
    Index(None, "department", "due", "id"),
    Index(None, "declared", "due", "id"),
    Index(None, "due", "id"),
    Index(None, "review", "due", "id"),
    Index(None, "changed_at"),
    Index(None, "task"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", Serial, primary_key=True),
    Column("assignment", ForeignKey("assignments.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("payload", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("position", BigInteger),
    UniqueConstraint("assignment", "n"),
    Index(None, "recorded_at"),
    Index(None, "position", unique=True),
    Index(
        "ix_ledger_unnumbered",
        "seq",
        sqlite_where=text("position IS NULL"),
        postgresql_where=text("position IS NULL"),
    ),
    sqlite_autoincrement=True,
)
"""``position`` is given after the commit (``store/following.py``): the order for other systems."""

led_before = Table(
    "led_before",
    metadata,
    Column("department", String(80), primary_key=True),
    Column("assignment", ForeignKey("assignments.id"), primary_key=True),
)
"""Under which other bodies an assignment was counted once: a body's past is read by index."""

texts = Table(
    "texts",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("salt", String(32), nullable=False),
    Column("body", JSON),
    Column("removed_at", Instant),
)

counters = Table(
    "counters",
    metadata,
    Column("dimension", String(12), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("basis", String(10), primary_key=True),
    Column("ongoing", Boolean, primary_key=True),
    Column("bucket", String(16), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("weight", BigInteger, nullable=False),
    Column("done_percent", BigInteger, nullable=False),
    Index(
        "ix_counters_nation",
        "basis",
        "key",
        sqlite_where=text("dimension IN ('territory', 'central')"),
        postgresql_where=text("dimension IN ('territory', 'central')"),
    ),
)
"""The nation is summed from a few thousand of these rows, which lie among all departments' own."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("day", Date, primary_key=True),
    Column("plan", ForeignKey("plans.id"), primary_key=True),
    Column("group", String(80), primary_key=True),
    Column("figures", JSON, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Index(None, "plan", "day"),
)

feed_items = Table(
    "feed_items",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("department", ForeignKey("departments.code"), nullable=False),
    Column("item", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text),
    Column("body", JSON, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("looked_at", Instant),
    UniqueConstraint("department", "item", "digest"),
    Index(None, "state"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(12), nullable=False),
    Column("recipient", ForeignKey("departments.code"), nullable=False),
    Column("day", Date, nullable=False),
    Column("content", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "recipient", "day"),
    Index(None, "day", "kind"),
)

rungs_sent = Table(
    "rungs_sent",
    metadata,
    Column("assignment", ForeignKey("assignments.id"), primary_key=True),
    Column("recipient", String(80), primary_key=True),
    Column("due", Date, primary_key=True),
    Column("rung", Integer, primary_key=True),
    Column("notice", ForeignKey("notices.id"), nullable=False),
    Column("day", Date, nullable=False),
    Index(None, "notice"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("notice", ForeignKey("notices.id"), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("address", String(254)),
    Column("message_id", String(120), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease_until", Instant),
    Column("next_try_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("error", Text),
    Column("maybe_taken", Boolean, nullable=False, server_default=false()),
    Column("channel", String(10)),
    Column("receipt", String(200)),
    Column("fallback", Text),
    Index(None, "state", "next_try_at"),
    Index(None, "message_id"),
)
"""``maybe_taken``: a try ended so that nobody knows whether a server has the message.
``channel``: by what it went, mail if none is named; ``receipt``: what the channel calls it;
``fallback``: why it did not go by the channel that its contact chose."""

extensions = Table(
    "extensions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("assignment", ForeignKey("assignments.id"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("due", Date, nullable=False),
    Column("requested_due", Date, nullable=False),
    Column("requested_by", String(120), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("decided_by", String(120)),
    Column("decided_at", Instant),
    Column("granted_due", Date),
    Column("note", String(64)),
    Index(None, "assignment"),
    Index(None, "state"),
)
"""``due`` is the date at the time of asking; ``reason`` and ``note`` name rows of ``texts``."""

files = Table(
    "files",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("assignment", ForeignKey("assignments.id"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("name", Text),
    Column("media_type", String(120), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("uploaded_by", String(120), nullable=False),
    Column("uploaded_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Index(None, "assignment"),
    Index(None, "sha256"),
)

measurements = Table(
    "measurements",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("plan", ForeignKey("plans.id"), nullable=False),
    Column("target", String(80), nullable=False),
    Column("department", String(80), nullable=False),
    Column("period", String(20), nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("n", Integer, nullable=False),
    Column("value", Float, nullable=False),
    Column("part", BigInteger),
    Column("whole", BigInteger),
    Column("source", Text, nullable=False),
    Column("note", String(64)),
    Column("actor", String(120), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("register", String(80)),
    Column("measured_at", Instant),
    Column("doubts", JSON(none_as_null=True)),
    UniqueConstraint("target", "period", "n"),
    Index(None, "plan"),
)
"""Only grows: a correction is a further row of the same period, with the next ``n``.
``measured_at``: the moment that its ``register`` gives; ``doubts``: why it may be wrong."""
