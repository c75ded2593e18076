"""Sign-in links that an administrator has mailed: to a person, or to a body's mailbox.

The link itself is seen by nobody but who gets the mail.
"""

from __future__ import annotations

from datetime import datetime

from plans.errors import Conflict
from plans.identity import one_time, people
from plans.identity.one_time import Letter
from plans.store import Connection, audit, catalogue, notices
from plans.store import identity as store

TOO_MANY = f"{one_time.MOST_AN_HOUR} sign-in links were mailed there within the hour; wait a while"


def invite_person(connection: Connection, user: int, *, actor: str, now: datetime) -> Letter:
    """A link for a user, to be mailed once the transaction is over.

    ``Conflict``: the user is disabled, stands for a department, or was mailed too many.
    """
    row = store.by_id(connection, user)
    if row.disabled_at is not None:
        raise Conflict("this person is disabled; enable the account first")
    if row.email.endswith(people.DEPARTMENTS):
        raise Conflict("who signs in for a department gets links through the department's mailbox")
    letter = one_time.link_for_email(connection, row.email, now)
    return _ordered(connection, letter, people.actor_of(user), actor, now)


def invite_department(
    connection: Connection, department: str, *, actor: str, now: datetime
) -> Letter:
    """A link for a department, to its registered mailbox; ``Conflict`` as above, or none is known.

    ``NotFound``: no such department.
    """
    catalogue.department_row(connection, department)
    if notices.contact_of(connection, department) is None:
        raise Conflict("no mailbox is registered for this department; register one first")
    user = store.by_email(connection, f"{department}{people.DEPARTMENTS}")
    if user is not None and user.disabled_at is not None:
        raise Conflict("signing in for this department is disabled; enable it first")
    letter = one_time.link_for_department(connection, department, now)
    return _ordered(connection, letter, f"department:{department}", actor, now)


def _ordered(
    connection: Connection, letter: Letter | None, whose: str, actor: str, now: datetime
) -> Letter:
    if letter is None:
        raise Conflict(TOO_MANY)
    audit.note(connection, now, actor, "link-ordered", subject=whose)
    return letter
