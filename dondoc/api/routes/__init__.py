"""The calls, a few related ones a file. ``ROUTERS``: each with its prefix (None: ``/api/v1``)."""

from __future__ import annotations

from fastapi import APIRouter

from dondoc.api.routes import (
    assignments,
    audit,
    changes,
    departments,
    devices,
    docs,
    evidence,
    extensions,
    governance,
    ledger,
    me,
    oidc,
    operations,
    plans,
    progress,
    reviews,
    session,
    targets,
    tokens,
    updates,
    users,
    webhooks,
)
from dondoc.web.routers import PAGES

ROUTERS: tuple[tuple[APIRouter, str | None], ...] = (
    (me.api, None),
    (assignments.api, None),
    (ledger.api, None),
    (updates.api, None),
    (evidence.api, None),
    (reviews.api, None),
    (extensions.api, None),
    (governance.api, None),
    (tokens.api, None),
    (targets.api, None),
    (audit.api, None),
    (changes.api, None),
    (webhooks.api, None),
    (session.api, None),
    (devices.api, None),
    (users.api, None),
    (plans.api, None),
    (progress.api, None),
    (departments.api, None),
    (docs.api, None),
    (operations.api, ""),
    (oidc.api, ""),  # before the pages: one of them takes any /sign-in/{token}
    *((one, "") for one in PAGES),
)
