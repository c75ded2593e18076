"""API tokens: shown once, kept hashed, named, scoped, expiring, revocable, with their last use."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plans.access import RULES, Action, Caller, Grant
from plans.errors import InvalidInput, NotFound, Unauthenticated
from plans.store import Connection, audit, catalogue, sight
from plans.store import tokens as store
from plans.terms import Role, Scope

LIFE = timedelta(days=365)
LONGEST = timedelta(days=366 * 3)
USED_AGAIN = timedelta(minutes=5)
"""Last use is kept to this exactness: a write for each call would be a high price for it."""
_SHAPE = re.compile(r"dondoc_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a token is to be. ``scopes`` None: all that its role has a use for."""

    name: str
    role: Role
    department: str | None = None
    plans: tuple[str, ...] | None = None
    scopes: frozenset[Scope] | None = None
    life: timedelta = LIFE


def scopes_of(role: Role) -> frozenset[Scope]:
    """Every scope that some action needs of a role.

    To see oneself, what one reports on or reviews, or its calendar, any of several will do.
    """
    rules = [rule for action, rule in RULES.items() if action not in _SEEING]
    found = {scope for rule in rules if role in rule.reach for scope in rule.scopes}
    return frozenset(found | {Scope.READ, Scope.ASSIGNMENTS})


_SEEING = (
    Action.SEE_SELF,
    Action.SEE_ASSIGNMENT,
    Action.SUBSCRIBE,
    Action.MANAGE_CALENDARS,
)


def create(connection: Connection, new: NewToken, *, actor: str, now: datetime) -> tuple[str, str]:
    """Make a token; gives its id and the secret, which is never seen again.

    ``InvalidInput``: a name, a life, scopes or plans that make no sense; ``NotFound``: no such
    department or plan.
    """
    _check(connection, new)
    key = secrets.token_hex(4)
    secret = f"dondoc_{key}_{secrets.token_urlsafe(32)}"
    row = {
        "id": key,
        "name": new.name.strip(),
        "hash": _hash(secret),
        "role": new.role,
        "department": new.department,
        "plans": list(new.plans) if new.plans is not None else None,
        "scopes": sorted(scopes_of(new.role) if new.scopes is None else new.scopes),
        "created_at": now,
        "created_by": actor,
        "expires_at": now + new.life,
    }
    store.add(connection, row)
    detail = {"role": new.role, "department": new.department}
    audit.note(connection, now, actor, "token-created", subject=f"token:{key}", detail=detail)
    return key, secret


def _check(connection: Connection, new: NewToken) -> None:
    if not 1 <= len(new.name.strip()) <= 120 or not new.name.isprintable():
        raise InvalidInput("a token needs a name", fields={"name": "1 to 120 printable signs"})
    if not timedelta(0) < new.life <= LONGEST:
        message = f"a token lives from a day to {LONGEST.days} days"
        raise InvalidInput(message, fields={"days": message})
    if new.scopes is not None and (odd := new.scopes - scopes_of(new.role)):
        message = f"a {new.role} has no use for {', '.join(sorted(odd))}"
        raise InvalidInput(message, fields={"scopes": message})
    check_grant(connection, new.role, new.department, new.plans)


def check_grant(
    connection: Connection, role: Role, department: str | None, plans: Sequence[str] | None
) -> None:
    """Whether a role, a department and plans go together and are known."""
    if (role is Role.DEPARTMENT) != (department is not None):
        message = "a department's role names its department, other roles name none"
        raise InvalidInput(message, fields={"department": message})
    if plans is not None and role is not Role.COORDINATOR:
        message = "only a coordinator is of named plans"
        raise InvalidInput(message, fields={"plans": message})
    if department and department not in catalogue.department_rows(connection, [department]):
        raise NotFound(f"no department '{department}'; 'dondoc departments list' shows them")
    known = {row.id for row in catalogue.plan_rows(connection)} if plans else set()
    for plan in plans or ():
        if plan not in known:
            raise NotFound(f"no plan '{plan}' is loaded")


def revoke(connection: Connection, key: str, *, actor: str, now: datetime) -> None:
    """End a token now; ``NotFound`` where there is none that still works."""
    if not store.revoke(connection, key, actor, now):
        raise NotFound(f"no token '{key}' that could be revoked; 'dondoc token list' shows them")
    audit.note(connection, now, actor, "token-revoked", subject=f"token:{key}")


@dataclass(frozen=True, slots=True)
class Known:
    """A token that was recognised. ``stale``: its last use should be written down again."""

    id: str
    caller: Caller
    stale: bool


def recognise(
    connection: Connection, secrets_: Sequence[str], now: datetime
) -> list[Known | Unauthenticated]:
    """Who presents each of some secrets: many are looked up at once."""
    hashes = [_hash(one) if _SHAPE.fullmatch(one) else "" for one in secrets_]
    rows = store.by_hash(connection, {one for one in hashes if one})
    codes = {row.department for row in rows.values() if row.department}
    reach = sight.reach_of(connection, codes)
    return [_known(rows.get(one), reach, now) for one in hashes]


def _known(row: Any, reach: Mapping[str, frozenset[str]], now: datetime) -> Known | Unauthenticated:
    if row is None:
        return Unauthenticated("this token is not known; ask the coordinating office for one")
    if row.revoked_at is not None:
        return Unauthenticated("this token was revoked; ask the coordinating office for a new one")
    if row.expires_at <= now:
        return Unauthenticated("this token has expired; ask the coordinating office for a new one")
    plans = frozenset(row.plans) if row.plans is not None else None
    grant = Grant(Role(row.role), row.department, reach.get(row.department, frozenset()), plans)
    scopes = frozenset(map(Scope, row.scopes))
    caller = Caller(f"token:{row.id}", "token", (grant,), scopes, row.name)
    stale = row.last_used_at is None or now - row.last_used_at >= USED_AGAIN
    return Known(row.id, caller, stale)


def holder(connection: Connection, key: str, now: datetime) -> Caller | None:
    """Whoever holds a token, by its id, as who calls; None where it works no longer."""
    row = store.by_id(connection, key)
    reach = sight.reach_of(connection, [row.department] if row and row.department else [])
    found = _known(row, reach, now)
    return found.caller if isinstance(found, Known) else None


def ended(connection: Connection, callers: Iterable[Caller], now: datetime) -> set[str]:
    """Those of some callers' actors that are tokens which no longer work."""
    actors = {one.actor for one in callers if one.kind == "token"}
    alive = store.alive(connection, [one.removeprefix("token:") for one in actors], now)
    return {one for one in actors if one.removeprefix("token:") not in alive}


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: nobody can try them all.
    return hashlib.sha256(secret.encode()).hexdigest()
