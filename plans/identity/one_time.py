"""One-time sign-in links: mailed to a person or to a department's registered mailbox.

A link is good for one use within its time. It is used by a POST alone: mail scanners open whatever
a message links to.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plans.errors import Unauthenticated
from plans.identity import people, signing_in
from plans.identity.people import actor_of
from plans.identity.signing_in import Moment, Refused, SignedIn
from plans.sealing import fingerprint
from plans.settings import Settings
from plans.store import Connection, audit, catalogue, notices, proofs
from plans.store import identity as store
from plans.terms import Role

LINK, FIRST = "link", "first"
LIFE = timedelta(minutes=15)
FIRST_LIFE = timedelta(hours=24)
MOST_AN_HOUR = 5
"""Links mailed to one person or department within an hour: more would be a nuisance to them."""
FIRST_EMAIL = "admin@localhost"
UNKNOWN = "this sign-in link is not good (any more); ask for a new one"


@dataclass(frozen=True, slots=True)
class Letter:
    """A secret to be mailed. ``whose``: of which user or department, for the audit log."""

    to: str
    language: str
    secret: str
    whose: str


def url_of(base_url: str, token: str) -> str:
    """Where a link is shown to be used."""
    return f"{base_url}/sign-in/{token}"


def link_for_email(connection: Connection, email: str, now: datetime) -> Letter | None:
    """A link for the user of an address; None: there is none who may have one now."""
    row = store.by_email(connection, people.normal(email))
    if row is None or row.disabled_at is not None or row.email.endswith(people.DEPARTMENTS):
        return None
    store.by_id(connection, row.id, lock=True)
    if len(proofs.made_since(connection, LINK, _hour(now), user=row.id)) >= MOST_AN_HOUR:
        return None
    token = issue(connection, now, user=row.id)
    return Letter(row.email, row.language, token, actor_of(row.id))


def link_for_department(connection: Connection, department: str, now: datetime) -> Letter | None:
    """A link for a department, to its registered mailbox; None: there is no such mailbox."""
    row = catalogue.department_rows(connection, [department]).get(department)
    contact = notices.contact_of(connection, department)
    if row is None or contact is None:
        return None
    proofs.lock_department(connection, department)
    user = people.of_department(connection, department, name=row.name_vi, now=now)
    store.by_id(connection, user.id, lock=True)
    if user.disabled_at is not None:
        return None
    if len(proofs.made_since(connection, LINK, _hour(now), user=user.id)) >= MOST_AN_HOUR:
        return None
    token = issue(connection, now, user=user.id, department=department)
    return Letter(contact.email, contact.language, token, f"department:{department}")


def _hour(now: datetime) -> datetime:
    return now - timedelta(hours=1)


def issue(
    connection: Connection,
    now: datetime,
    *,
    user: int,
    department: str | None = None,
    life: timedelta = LIFE,
    purpose: str = LINK,
) -> str:
    """A new link's secret, kept as its hash."""
    token = secrets.token_urlsafe(32)
    row = {
        "hash": fingerprint(token),
        "purpose": purpose,
        "user": user,
        "department": department,
        "created_at": now,
        "expires_at": now + life,
        "attempts": 0,
    }
    proofs.add_one_time(connection, row)
    return token


def is_good(connection: Connection, token: str, now: datetime) -> bool:
    """Whether a link could be used; looking does not use it."""
    return _good(connection, token, now) is not None


def _good(connection: Connection, token: str, now: datetime) -> Any:
    row = proofs.one_time_of(connection, fingerprint(token))
    if row is None or row.purpose not in (LINK, FIRST) or row.used_at is not None:
        return None
    return row if row.expires_at > now else None


def redeem(connection: Connection, token: str, code: str | None, at: Moment) -> SignedIn | Refused:
    """Use a link: whoever has it is its user, who may have to give a code as well.

    A link whose code is missing or wrong is not used up; wrong codes lock the user.
    """
    row = _good(connection, token, at.now)
    if row is not None:
        # Two that use a link at once come one after the other: the second finds it used.
        store.by_id(connection, row.user, lock=True)
        row = _good(connection, token, at.now)
    if row is None:
        signing_in.note_refused(connection, at, signing_in.NOBODY, {"why": "link"})
        return Refused(Unauthenticated(UNKNOWN))
    method = "department" if row.department else "link"
    found = signing_in.by_proven(connection, row.user, method, code, at)
    if isinstance(found, SignedIn):
        proofs.use_one_time(connection, row.hash, at.now)
    return found


def first_admin_link(connection: Connection, settings: Settings, now: datetime) -> str | None:
    """A link for the first administrator, until one has signed in; the earlier one ends.

    None: an active administrator has signed in before. Where there is an administrator who never
    did, the link is that one's; else a user ``admin`` is made.
    """
    admins = [row for row in store.active(connection, lock=True) if people.is_admin(row)]
    if any(row.signed_in_at is not None for row in admins):
        return None
    user = admins[0].id if admins else _first_admin(connection, now)
    proofs.withdraw(connection, FIRST, user, now)
    token = issue(connection, now, user=user, life=FIRST_LIFE, purpose=FIRST)
    audit.note(connection, now, "system:up", "first-link-made", subject=actor_of(user))
    return url_of(settings.base_url, token)


def _first_admin(connection: Connection, now: datetime) -> int:
    actor = "system:up"
    former = store.by_email(connection, FIRST_EMAIL)
    if former is None:
        return people.create_first(connection, FIRST_EMAIL, actor=actor, now=now)
    # All administrators are disabled or gone: who starts the service has the machine anyway.
    admin = people.GrantIn(role=Role.ADMIN)
    wanted = people.UserChange(grants=(admin,), disabled=False)
    people.change(connection, former.id, wanted, actor=actor, now=now)
    return int(former.id)
