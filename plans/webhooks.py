"""Webhooks: who may have one, who may see and change it, and as whom it sees the record.

The address itself is judged where the network is known (``integrations.public_hosts``); what
follows from a receiver's answers is in ``plans.webhook_sending``.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from plans import access
from plans.access import Action, Caller, Grant, Subject
from plans.errors import Conflict, Denied, Hidden, InvalidInput, NotFound
from plans.sealing import seal, unseal
from plans.store import Connection, audit, catalogue, following, sight
from plans.store import webhooks as store
from plans.terms import EventKind, Role, Scope, WebhookState

SECRET = "whsec_"  # noqa: S105 - how the Standard Webhooks specification marks a secret
SECRET_BYTES = 32
PURPOSE = "webhook"
_ID = re.compile(r"[0-9a-f]{12}")
MOST = 20
"""Webhooks that one department is told about."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What a webhook is to be. ``kinds`` None: every kind of event."""

    name: str
    department: str
    url: str
    kinds: Collection[EventKind] | None = None


def register(
    connection: Connection,
    caller: Caller,
    new: NewWebhook,
    *,
    secret_key: str,
    now: datetime,
    request_id: str | None = None,
) -> tuple[Row[Any], str]:
    """Make a webhook that tells what its maker may see, from now on; gives it and its secret.

    The caller numbered what waited (``following.catch_up``). The secret is not shown again.
    ``Denied``: not for this department, or the maker may not follow the record itself;
    ``Conflict``: the department has enough of them.
    """
    require_allowed(connection, caller, new)
    key, secret = secrets.token_hex(6), _new_secret()
    row = {
        "id": key,
        "name": new.name,
        "department": new.department,
        "grants": [_kept(grant) for grant in caller.grants],
        "url": new.url,
        "secret": seal(secret_key, PURPOSE, secret),
        "kinds": sorted(new.kinds) if new.kinds else None,
        "position": following.end(connection),
        "state": WebhookState.ACTIVE,
        "attempts": 0,
        "next_try_at": now,
        "created_at": now,
        "created_by": caller.actor,
    }
    store.add(connection, row)
    _note(connection, caller, "webhook-created", key, new.department, now, request_id)
    return _row(connection, key), secret


def require_allowed(connection: Connection, caller: Caller, new: NewWebhook) -> None:
    """What ``register`` raises: asked by itself before the network is, for who may have none."""
    if new.department not in catalogue.department_rows(connection, [new.department]):
        message = f"no department '{new.department}'"
        raise InvalidInput(message, fields={"department": message})
    mine = access.may(caller, Action.MANAGE_WEBHOOKS, Subject("webhooks", owner=new.department))
    # A webhook must not be a way to see what its maker may not.
    if not (mine and access.may(caller, Action.FOLLOW)):
        raise Denied(f"{caller.name or caller.actor} may not have a webhook for this department")
    if store.number_of(connection, new.department) >= MOST:
        raise Conflict(f"{new.department} has {MOST} webhooks, which is the most")


def _new_secret() -> str:
    return SECRET + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _kept(grant: Grant) -> dict[str, Any]:
    plans = sorted(grant.plans) if grant.plans is not None else None
    return {"role": grant.role, "department": grant.department, "plans": plans}


def secret_of(row: Row[Any], secret_key: str) -> str:
    """The key that a webhook's messages are signed with."""
    return unseal(secret_key, PURPOSE, row.secret)


def caller_of(connection: Connection, row: Row[Any]) -> Caller:
    """As whom a webhook sees the record: by its maker's grants, with the departments of today."""
    reach = sight.reach_of(
        connection, [one["department"] for one in row.grants if one["department"]]
    )
    grants = tuple(_grant(one, reach) for one in row.grants)
    return Caller(f"webhook:{row.id}", "token", grants, frozenset({Scope.READ}), row.name)


def _grant(kept: Mapping[str, Any], reach: Mapping[str, frozenset[str]]) -> Grant:
    plans = frozenset(kept["plans"]) if kept["plans"] is not None else None
    below = reach.get(kept["department"], frozenset())
    return Grant(Role(kept["role"]), kept["department"], below, plans)


# --- looking at them, and after them -----------------------------------------------------------


def managed(connection: Connection, caller: Caller) -> list[Row[Any]]:
    """The webhooks that a caller may manage."""
    return [row for row in store.listing(connection) if _may_manage(caller, row)]


def managed_one(
    connection: Connection, caller: Caller, key: str, *, lock: bool = False
) -> Row[Any]:
    """One of them; ``NotFound`` for any other."""
    row = store.get(connection, key, lock=lock) if _ID.fullmatch(key) else None
    if row is None:
        raise NotFound(f"no webhook '{key}'")
    if not _may_manage(caller, row):
        raise Hidden(f"no webhook '{key}'")
    return row


def _may_manage(caller: Caller, row: Row[Any]) -> bool:
    return access.may(caller, Action.MANAGE_WEBHOOKS, Subject("webhook", owner=row.department))


def remove(
    connection: Connection,
    caller: Caller,
    key: str,
    *,
    now: datetime,
    request_id: str | None = None,
) -> None:
    """Forget a webhook; a message that is under way may still arrive."""
    row = managed_one(connection, caller, key, lock=True)
    store.remove(connection, key)
    _note(connection, caller, "webhook-removed", key, row.department, now, request_id)


def enable(
    connection: Connection,
    caller: Caller,
    key: str,
    *,
    now: datetime,
    request_id: str | None = None,
) -> Row[Any]:
    """Let messages be sent again at once, from where they stopped: none is left out."""
    row = managed_one(connection, caller, key, lock=True)
    store.enable(connection, key, now)
    _note(connection, caller, "webhook-enabled", key, row.department, now, request_id)
    return _row(connection, key)


def note_test(
    connection: Connection,
    caller: Caller,
    row: Row[Any],
    *,
    now: datetime,
    request_id: str | None = None,
) -> None:
    """Write down that a webhook was tried by hand."""
    _note(connection, caller, "webhook-tested", row.id, row.department, now, request_id)


def _row(connection: Connection, key: str) -> Row[Any]:
    row = store.get(connection, key)
    assert row is not None
    return row


def _note(
    connection: Connection,
    caller: Caller,
    act: str,
    key: str,
    department: str,
    now: datetime,
    request_id: str | None,
) -> None:
    audit.note(
        connection,
        now,
        caller.actor,
        act,
        subject=f"webhook:{key}",
        detail={"department": department},
        request_id=request_id,
    )
