"""The tables of files, calendars and channels: what offices already use, beside our pages.

Secrets as in ``schema_access``: what only has to be recognised is not kept, what has to be used
again (a channel's address, an access token) is encrypted under ``DONDOC_SECRET_KEY``.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from plans.store.schema_base import Instant, metadata

workbooks = Table(
    "workbooks",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("department", ForeignKey("departments.code"), nullable=False),
    Column("day", Date, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(120), nullable=False),
    Index(None, "department"),
)
"""The workbooks that were handed out; what each held is signed in its own rows."""

workbook_rows = Table(
    "workbook_rows",
    metadata,
    Column("workbook", ForeignKey("workbooks.id"), primary_key=True),
    Column("assignment", ForeignKey("assignments.id"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Index(None, "assignment"),
)
"""What was taken from them: the same row again is one update. ``version``: after that update."""

workbook_returns = Table(
    "workbook_returns",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("source", String(200), unique=True),
    Column("way", String(8), nullable=False),
    Column("workbook", String(16)),
    Column("department", ForeignKey("departments.code")),
    Column("state", String(10), nullable=False),
    Column("sender", String(320)),
    Column("sheet", JSON(none_as_null=True)),
    Column("outcome", JSON(none_as_null=True)),
    Column("actor", String(120), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Index(None, "department"),
    Index(None, "received_at"),
)
"""Each one that came back. ``sheet``: what its cells said, until retention removes it;
``source``: the mail that it was attached to; ``sender``: of one whose sender nobody knew, kept as
long as its cells."""

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("department", ForeignKey("departments.code")),
    Column("plan", ForeignKey("plans.id")),
    Column("kind", String(8), nullable=False),
    Column("language", String(2), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_by", String(120)),
    Column("last_used_at", Instant),
    Index(None, "department"),
    Index(None, "plan"),
)
"""Whose address is signed, not kept. ``kind``: ``todo`` or ``event``; of a department or a plan."""

contact_channels = Table(
    "contact_channels",
    metadata,
    Column("contact", ForeignKey("contacts.id"), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("address", Text, nullable=False),
    Column("shown", String(120), nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("added_by", String(120), nullable=False),
    Column("failed_at", Instant),
    Column("failure", Text),
)
"""By what a contact is reached before mail: ``zalo`` or ``apprise``. ``address`` is encrypted;
``shown``: as much of it as people may see. ``failed_at``: since then it goes by mail."""

channel_tokens = Table(
    "channel_tokens",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("access", Text),
    Column("refresh", Text),
    Column("expires_at", Instant),
    Column("refreshed_at", Instant),
    Column("renewing_until", Instant),
    Column("failed_at", Instant),
    Column("failure", Text),
)
"""A channel's own access, which it renews; encrypted, and kept the moment that it is renewed.

``renewing_until``: one process renews it, which can be done once. A row without access says of one
way (``zalo:zns``, ``apprise:tgram``) since when it takes nothing, and why."""

confirmed_figures = Table(
    "confirmed_figures",
    metadata,
    Column("measurement", ForeignKey("measurements.id"), primary_key=True),
    Column("confirmed_by", String(120), nullable=False),
    Column("confirmed_at", Instant, nullable=False),
)
"""Figures of which there was a doubt, and a person says that they are right."""

registers = Table(
    "registers",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("declaration", JSON, nullable=False),
    Column("asked_at", Instant),
    Column("answered_at", Instant),
    Column("silence", String(20)),
    Column("detail", Text),
    Column("problems", JSON(none_as_null=True)),
)
"""Where targets' values are pulled from, and how each answered last; ``problems``: which of its
values were not taken, and why."""

said_figures = Table(
    "said_figures",
    metadata,
    Column("speaker", String(120), primary_key=True),
    Column("target", String(80), primary_key=True),
    Column("period", String(20), primary_key=True),
    Column("value", Float, nullable=False),
    Column("part", BigInteger),
    Column("whole", BigInteger),
    Column("said_at", Instant, nullable=False),
)
"""What a register, or a document that files name, said last of a target's period, and since when.

Whoever repeats it says nothing new: what a person corrected meanwhile stays."""
