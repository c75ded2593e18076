"""Calendars to subscribe to: whose, by whom made, how their addresses are signed, until when.

An address holds the calendar's number and a signature, and is kept nowhere: it is worked out
again for whoever may manage the calendar. A calendar works as long as its maker may still see all
that it shows (``require_alive``); revoked, it never works again.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from itsdangerous import BadSignature, Signer
from sqlalchemy import Row

from plans import access
from plans.access import RULES, Action, Caller, Grant, Reach, Subject
from plans.errors import Conflict, Hidden, InvalidInput, NotFound
from plans.identity import people, tokens
from plans.reporting import clean_words
from plans.sealing import key_of
from plans.store import Connection, audit, catalogue
from plans.store import calendar_feeds as store
from plans.store import identity as users
from plans.store.calendar_feeds import Wanted
from plans.terms import Role, Scope

Kind = Literal["todo", "event"]
KINDS: tuple[Kind, ...] = ("todo", "event")
LANGUAGES = ("vi", "en")
PURPOSE = "calendar-feed"
MOST = 50
"""Calendars of one department or plan that work at a time."""
LONGEST_NAME = 120
USED_AGAIN = timedelta(hours=1)
"""Last use is kept to this exactness: clients come every few minutes, day and night."""
_ID = re.compile(r"[0-9a-f]{16}")


class Ended(NotFound):
    """The address was one of ours, and leads nowhere any more."""

    code = "ended"
    status = 410


@dataclass(frozen=True, slots=True)
class NewCalendar:
    """What a calendar is to be: of a department or of a plan. ``name`` "": its subject's own."""

    department: str | None = None
    plan: str | None = None
    kind: str = "event"
    name: str = ""
    language: str = "vi"


def create(
    connection: Connection,
    caller: Caller,
    new: NewCalendar,
    *,
    now: datetime,
    request_id: str | None = None,
) -> Row[Any]:
    """Make a calendar; gives it as it is kept.

    ``InvalidInput``: no such subject, kind, name or language; ``Denied``: not for this caller;
    ``Conflict``: its subject has enough of them.
    """
    name = _check(connection, new)
    access.check(caller, Action.SUBSCRIBE, subject_of(new))
    if store.number_of(connection, new.department, new.plan) >= MOST:
        raise Conflict(f"there are {MOST} calendars of it already; revoke one first")
    store.record_name(connection)  # who fetches a calendar only reads
    key = secrets.token_hex(8)
    row = {
        "id": key,
        "name": name,
        "department": new.department,
        "plan": new.plan,
        "kind": new.kind,
        "language": new.language,
        "created_at": now,
        "created_by": caller.actor,
    }
    store.add(connection, row)
    _note(connection, caller, "calendar-created", key, new, now, request_id)
    found = store.get(connection, key)
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Sample:
    """A calendar that is not kept: what one would hold."""

    name: str
    department: str | None
    plan: str | None
    kind: str
    language: str
    created_at: datetime

    @classmethod
    def of(cls, connection: Connection, new: NewCalendar, now: datetime) -> Self:
        """A calendar as it would be made, in a transaction that may write the record's name."""
        name = _check(connection, new)
        store.record_name(connection)
        return cls(name, new.department, new.plan, new.kind, new.language, now)


def _check(connection: Connection, new: NewCalendar) -> str:
    """The calendar's name, once all that is said of it makes sense."""
    if (new.department is None) == (new.plan is None):
        message = "name a department or a plan, one of them"
        raise InvalidInput(message, fields={"department": message})
    if new.kind not in KINDS:
        message = f"a calendar's kind is one of {', '.join(KINDS)}"
        raise InvalidInput(message, fields={"kind": message})
    if new.language not in LANGUAGES:
        message = f"a calendar's language is one of {', '.join(LANGUAGES)}"
        raise InvalidInput(message, fields={"language": message})
    own = subject_name(connection, new, new.language)
    name = " ".join(clean_words(new.name, "name", longest=LONGEST_NAME).split())
    return name or own[:LONGEST_NAME]


def subject_name(connection: Connection, one: Any, language: str) -> str:
    """Whose calendar it is, in words; ``InvalidInput``: the record knows no such thing.

    ``one`` bears ``department`` and ``plan``, one of which is not None.
    """
    if one.department is not None:
        row = catalogue.department_rows(connection, [one.department]).get(one.department)
        if row is None:
            message = f"no department '{one.department}'"
            raise InvalidInput(message, fields={"department": message})
        return str(row.name_vi if language == "vi" else row.name_en)
    try:
        plan = catalogue.plan_row(connection, one.plan)
    except NotFound:
        message = "name a plan of the list"
        raise InvalidInput(message, fields={"plan": message}) from None
    return str(plan.number or (plan.title_vi if language == "vi" else plan.title_en))


def subject_of(one: Any) -> Subject:
    """A calendar as what access is about: all that a department leads, or all of a plan."""
    return Subject("calendar", plan=one.plan, lead=one.department)


# --- looking at them, and ending them ------------------------------------------------------------


def may_manage(caller: Caller, row: Any) -> bool:
    """Whether a caller may see a calendar's address, and end it: its maker always may."""
    own = row.created_by == caller.actor and access.may(caller, Action.SUBSCRIBE)
    return own or access.may(caller, Action.MANAGE_CALENDARS, subject_of(row))


def managed(
    connection: Connection,
    caller: Caller,
    limit: int,
    *,
    after: tuple[datetime, str] | None = None,
    department: str | None = None,
    plan: str | None = None,
) -> list[Row[Any]]:
    """The calendars that a caller may manage and that were not revoked, the newest first."""
    if not access.may(caller, Action.SUBSCRIBE):
        return []
    wanted = Wanted(*_reach(caller), caller.actor, department, plan)
    return store.listing(connection, wanted, limit, after)


def _reach(caller: Caller) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Of which departments and plans a caller manages the calendars; None: of all."""
    rule = RULES[Action.MANAGE_CALENDARS]
    departments: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    for grant in caller.grants:
        match rule.reach.get(grant.role):
            case Reach.ALL:
                return None, None
            case Reach.PLAN if grant.plans is None:
                return None, None
            case Reach.PLAN:
                plans |= grant.plans or frozenset()
            case Reach.LEAD:
                departments |= grant.reach
    return departments, plans


def managed_one(connection: Connection, caller: Caller, key: str) -> Row[Any]:
    """One of them, also one that was revoked; ``NotFound`` for any other."""
    row = store.get(connection, key) if _ID.fullmatch(key) else None
    if row is None:
        raise NotFound(f"no calendar '{key}'")
    if not may_manage(caller, row):
        raise Hidden(f"no calendar '{key}'")
    return row


def revoke(
    connection: Connection,
    caller: Caller,
    key: str,
    *,
    now: datetime,
    request_id: str | None = None,
) -> Row[Any]:
    """End a calendar now and for ever; ``NotFound``: none that could be ended."""
    row = managed_one(connection, caller, key)
    if not store.revoke(connection, key, caller.actor, now):
        raise NotFound(f"calendar '{key}' was revoked already")
    _note(connection, caller, "calendar-revoked", key, row, now, request_id)
    return row


def _note(
    connection: Connection,
    caller: Caller,
    act: str,
    key: str,
    one: Any,
    now: datetime,
    request_id: str | None,
) -> None:
    detail = {"department": one.department, "plan": one.plan, "kind": one.kind}
    subject = f"calendar:{key}"
    audit.note(
        connection, now, caller.actor, act, subject=subject, detail=detail, request_id=request_id
    )


# --- their addresses ----------------------------------------------------------------------------


def _signer(secret: str) -> Signer:
    return Signer(key_of(secret, PURPOSE), salt=PURPOSE, digest_method=hashlib.sha256)


def token_of(secret: str, key: str) -> str:
    """What stands in a calendar's address: the same whenever it is asked for."""
    return _signer(secret).sign(key).decode()


def address_of(secret: str, base_url: str, key: str) -> str:
    """A calendar's whole address; whoever has it reads the calendar."""
    return f"{base_url}/calendars/{token_of(secret, key)}.ics"


def found_by(connection: Connection, secret: str, token: str, now: datetime) -> Row[Any]:
    """The calendar of an address.

    ``NotFound``: not one of ours; ``Ended``: it was revoked, or its maker's right has ended.
    """
    try:
        key = _signer(secret).unsign(token).decode()
    except (BadSignature, UnicodeError):
        raise NotFound("this calendar's address is not one of ours; copy it whole") from None
    row = store.get(connection, key)
    if row is None:
        raise NotFound("this calendar is not known any more")
    if row.revoked_at is not None:
        raise Ended("this calendar was revoked; ask for a new address")
    if not is_alive(connection, row, now):
        raise Ended("whoever made this calendar may not see it any more; make a new one")
    return row


def is_alive(connection: Connection, row: Any, now: datetime) -> bool:
    """Whether its maker may still see all that a calendar shows, by its grants of this moment."""
    maker = _maker(connection, row.created_by, now)
    return maker is not None and access.may(maker, Action.SUBSCRIBE, subject_of(row))


def alive(connection: Connection, rows: Iterable[Row[Any]], now: datetime) -> set[str]:
    """Those of some calendars that work."""
    return {row.id for row in rows if is_alive(connection, row, now)}


def _maker(connection: Connection, actor: str, now: datetime) -> Caller | None:
    kind, _, key = actor.partition(":")
    if kind == "office":  # whoever has a shell where the record is
        return Caller(actor, "user", (Grant(Role.ADMIN),))
    if kind == "user":
        row = users.by_id(connection, int(key))  # nobody is ever taken out of the record
        return people.create_caller(connection, row) if row.disabled_at is None else None
    if kind == "token":
        return tokens.holder(connection, key, now)
    grant = Grant(Role.DEPARTMENT, key, frozenset({key}), supports=False)
    return Caller(actor, "link", (grant,), frozenset({Scope.REPORT}))


def note_use(connection: Connection, key: str, now: datetime) -> None:
    """Write down that a calendar was fetched."""
    store.note_use(connection, key, now, USED_AGAIN)


def needs_note(row: Any, now: datetime) -> bool:
    """Whether that is to be written down again: never a write for each fetch."""
    used = row.last_used_at
    return used is None or not used - store.FURTHEST_USE <= now < used + USED_AGAIN
