"""``dondoc user``: who may sign in, and the way in for who cannot."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import App

from dondoc.cli.output import as_json, table
from dondoc.cli.record import OFFICE, read, write

if TYPE_CHECKING:
    from plans.identity.people import GrantIn
    from plans.store import Connection

app = App(name="user", help="People: who may sign in, and as what. WHO is an e-mail or a number.")

RoleName = Literal["admin", "coordinator", "department", "viewer"]


@app.command
def add(
    email: str,
    name: str,
    *,
    role: RoleName,
    department: str | None = None,
    plans: list[str] | None = None,
    language: Literal["vi", "en"] = "vi",
) -> None:
    """Make a user, who signs in by a mailed link; 'user link' shows one at once.

    Parameters
    ----------
    department
        Of which department, for that role.
    plans
        Of which plans, for a coordinator; all unless given.
    """
    from plans.identity import people

    grant = _grant(role, department, plans)
    fields = {"email": email, "name": name, "language": language, "grants": (grant,)}
    new = _model(people.NewUser, fields)
    with write() as (connection, here):
        user = people.create(connection, new, actor=OFFICE, now=here.now)
    print(f"user {user}: {new.email}, {_said(grant.model_dump(mode='json'))}")


@app.command(name="list")
def list_users(*, json: bool = False) -> None:
    """All users, and how they can sign in."""
    from plans.store import identity

    with read() as (connection, here):
        zone = here.settings.zone
        rows = [_shown(row, zone) for row in identity.listed(connection)]
    if json:
        as_json(rows)
        return
    columns = ("id", "email", "name", "grants", "password", "totp", "signed_in_at", "disabled_at")
    shown = [
        tuple("; ".join(map(_said, row[c])) if c == "grants" else row[c] for c in columns)
        for row in rows
    ]
    table(columns, shown, spare="signed_in_at disabled_at")


def _shown(row: Any, zone: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "language": row.language,
        "grants": row.grants,
        "password": row.password_hash is not None,
        "totp": row.totp_confirmed_at is not None,
        "locked_until": row.locked_until and row.locked_until.astimezone(zone),
        "signed_in_at": row.signed_in_at and row.signed_in_at.astimezone(zone),
        "disabled_at": row.disabled_at and row.disabled_at.astimezone(zone),
    }


def _said(grant: Any) -> str:
    of = [grant["department"]] if grant.get("department") else grant.get("plans") or []
    return " ".join([grant["role"], *(["of", ", ".join(of)] if of else [])])


@app.command
def grant(
    who: str,
    *,
    role: RoleName,
    department: str | None = None,
    plans: list[str] | None = None,
) -> None:
    """Give a user one more role."""
    added = _grant(role, department, plans)
    _regrant(who, lambda kept: [*(one for one in kept if one != added), added])


@app.command
def withdraw(who: str, *, role: RoleName, department: str | None = None) -> None:
    """Take a role away from a user (of a department: that one only, where it is named)."""
    from plans.errors import InvalidInput

    def left(kept: list[GrantIn]) -> list[GrantIn]:
        found = [g for g in kept if g.role != role or department not in (None, g.department)]
        if len(found) == len(kept):
            raise InvalidInput(f"{who} has no such role")
        if not found:
            raise InvalidInput(f"this is the only role of {who}; use 'dondoc user disable'")
        return found

    _regrant(who, left)


def _regrant(who: str, change: Any) -> None:
    from plans.identity import people

    with write() as (connection, here):
        row = _user(connection, who)
        kept = [people.GrantIn.model_validate(one) for one in row.grants]
        wanted = _model(people.UserChange, {"grants": tuple(change(kept))})
        row = people.change(connection, row.id, wanted, actor=OFFICE, now=here.now)
    print(f"user {row.id}: {'; '.join(map(_said, row.grants))}")


@app.command
def disable(who: str) -> None:
    """Let a user in no more; all its sessions end."""
    _switch(who, off=True)


@app.command
def enable(who: str) -> None:
    """Let a disabled user in again."""
    _switch(who, off=False)


def _switch(who: str, *, off: bool) -> None:
    from plans.identity import people

    with write() as (connection, here):
        row = _user(connection, who)
        wanted = people.UserChange(disabled=off)
        people.change(connection, row.id, wanted, actor=OFFICE, now=here.now)
    print(f"user {row.id}: {'disabled' if off else 'enabled'}")


@app.command
def link(who: str) -> None:
    """Show a sign-in link, alone on its line: good once, for a quarter of an hour."""
    from plans.errors import Conflict
    from plans.identity import one_time, people
    from plans.store import audit

    with write() as (connection, here):
        row = _user(connection, who)
        if row.disabled_at is not None:
            raise Conflict(f"user {row.id} is disabled; 'dondoc user enable' first")
        token = one_time.issue(connection, here.now, user=row.id)
        audit.note(connection, here.now, OFFICE, "link-shown", subject=people.actor_of(row.id))
        print(one_time.url_of(here.settings.base_url, token))


@app.command
def password(who: str) -> None:
    """Set a user's password: asked for twice, or the first line of standard input."""
    from plans.identity import people

    said = _asked()
    with write() as (connection, here):
        row = _user(connection, who)
        people.set_password(connection, row.id, said, actor=OFFICE, now=here.now)
    print(f"user {row.id}: password set; its sessions have ended")


def _asked() -> str:
    """Never as an argument, which other users of the machine could read."""
    from getpass import getpass

    from plans.errors import InvalidInput

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass("new password: ")
    if getpass("again: ") != first:
        raise InvalidInput("the two are not the same; nothing was changed")
    return first


@app.command(name="totp-reset")
def reset_totp(who: str) -> None:
    """Take away the second factor of a user who lost it; all its sessions end."""
    from plans.identity import totp

    with write() as (connection, here):
        row = _user(connection, who)
        totp.reset(connection, row.id, actor=OFFICE, now=here.now)
    print(f"user {row.id}: no second factor")


def _user(connection: Connection, who: str) -> Any:
    from plans.errors import NotFound
    from plans.identity import people
    from plans.store import identity

    if who.isdecimal() and len(who) < 10:
        return identity.by_id(connection, int(who))
    row = identity.by_email(connection, people.normal(who))
    if row is None:
        raise NotFound(f"no user '{who}'; 'dondoc user list' shows them")
    return row


def _grant(role: str, department: str | None, plans: list[str] | None) -> GrantIn:
    from plans.identity.people import GrantIn

    fields = {"role": role, "department": department, "plans": tuple(plans) if plans else None}
    found: GrantIn = _model(GrantIn, fields)
    return found


def _model(kind: Any, fields: dict[str, Any]) -> Any:
    """What was given, checked; the first thing wrong with it as ``InvalidInput``."""
    from pydantic import ValidationError

    from plans.errors import InvalidInput

    try:
        return kind(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"{place}: {first['msg']}") from None
