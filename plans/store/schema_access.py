"""The tables of who may do what, and of other systems that follow the record.

Secrets are never kept as they are: what only has to be recognised is hashed, what has to be used
again (a second factor's seed, a webhook's key) is encrypted under ``DONDOC_SECRET_KEY``.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from plans.store.schema_base import Instant, Serial, metadata

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("department", ForeignKey("departments.code")),
    Column("plans", JSON(none_as_null=True)),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_by", String(120)),
    Column("last_used_at", Instant),
    Index(None, "department"),
)

users = Table(
    "users",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("language", String(2), nullable=False),
    Column("grants", JSON, nullable=False),
    Column("password_hash", Text),
    Column("totp_secret", Text),
    Column("totp_confirmed_at", Instant),
    Column("totp_last_step", BigInteger),
    Column("oidc_subject", String(255), unique=True),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", Instant),
    Column("disabled_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("signed_in_at", Instant),
)
"""``grants``: a list of {"role", "department", "plans"}; ``email`` in lower case."""

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("family", String(32), nullable=False),
    Column("user", ForeignKey("users.id"), nullable=False),
    Column("method", String(12), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("replaced_at", Instant),
    Index(None, "family"),
    Index(None, "user"),
    Index(None, "expires_at"),
)
"""One row for each identifier that a session had; a rotated one is ``replaced_at``."""

one_time = Table(
    "one_time",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("purpose", String(12), nullable=False),
    Column("user", ForeignKey("users.id")),
    Column("department", ForeignKey("departments.code")),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("link", String(64)),
    Index(None, "department", "purpose"),
    Index(None, "user", "purpose"),
    Index(None, "expires_at"),
)
"""Sign-in links and mailed codes, each good for one use. ``link``: through which it was asked."""

devices = Table(
    "devices",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("department", ForeignKey("departments.code"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index(None, "department"),
)
"""Devices on which a department's mailed code was given: a message's link may submit there."""

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("act", String(60), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("subject", String(300)),
    Column("detail", JSON, nullable=False),
    Column("request_id", String(64)),
    Index(None, "at"),
    Index(None, "actor"),
    Index(None, "act"),
    Index(None, "outcome"),
    sqlite_autoincrement=True,
)
"""Only grows: triggers of the migration refuse to change or delete a row."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("caller", String(120), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", JSON(none_as_null=True)),
    Column("created_at", Instant, nullable=False),
    Index(None, "created_at"),
)
"""The first answer to each write that bore an ``Idempotency-Key``."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("department", ForeignKey("departments.code"), nullable=False),
    Column("grants", JSON, nullable=False),
    Column("url", String(1000), nullable=False),
    Column("secret", Text, nullable=False),
    Column("kinds", JSON(none_as_null=True)),
    Column("position", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("failing_since", Instant),
    Column("next_try_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("last_answer", Text),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("disabled_at", Instant),
    Index(None, "state", "next_try_at"),
)
"""``department`` is told when it is disabled; ``grants``: within whose sight its events lie."""
