"""``dondoc token``: API tokens, made, listed and revoked on the machine itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from dondoc.cli.output import as_json, say, table
from dondoc.cli.record import OFFICE, read, write

if TYPE_CHECKING:
    from plans.identity.tokens import NewToken

app = App(name="token", help="API tokens: create (the secret is shown once), list, revoke.")

FIELDS = (
    "id",
    "name",
    "role",
    "department",
    "plans",
    "scopes",
    "created_at",
    "created_by",
    "expires_at",
    "last_used_at",
    "revoked_at",
)


@app.command
def create(
    department: str | None = None,
    *,
    role: str | None = None,
    name: str | None = None,
    days: int = 365,
    scope: Annotated[list[str] | None, Parameter(negative=())] = None,
    plan: Annotated[list[str] | None, Parameter(negative=())] = None,
) -> None:
    """Make a token: of a department, or of a role. Its secret is printed once, alone on its line.

    Parameters
    ----------
    department
        The department that reports with it.
    role
        admin, coordinator or viewer, for one that is no department's.
    name
        What it is for, as lists show it.
    days
        How long it lives.
    scope
        Only this (read, assignments, report, review, manage); can be repeated.
    plan
        Only this plan, for a coordinator; can be repeated.
    """
    from plans.identity import tokens

    new = _new(department, role, name, days, scope, plan)
    with write() as (connection, here):
        key, secret = tokens.create(connection, new, actor=OFFICE, now=here.now)
        until = (here.now + new.life).date()
    # Only now: a secret whose token was not kept would be of no use.
    say(f"token {key} ({new.name}), until {until}; keep it now, it is never shown again:")
    print(secret)


def _new(
    department: str | None,
    role: str | None,
    name: str | None,
    days: int,
    scopes: list[str] | None,
    plans: list[str] | None,
) -> NewToken:
    from datetime import timedelta

    from plans.errors import InvalidInput
    from plans.identity.tokens import LONGEST, NewToken
    from plans.terms import Role, Scope

    if not department and not role:
        raise InvalidInput("name a department, or a role: --role admin|coordinator|viewer")
    if not 1 <= days <= LONGEST.days:
        raise InvalidInput(f"--days {days}: a token lives from 1 to {LONGEST.days} days")
    given = Role(_one_of(role or Role.DEPARTMENT, Role, "--role"))
    return NewToken(
        name=name or f"{department or given} (command line)",
        role=given,
        department=department,
        plans=tuple(plans) if plans else None,
        scopes=frozenset(Scope(_one_of(one, Scope, "--scope")) for one in scopes or ()) or None,
        life=timedelta(days=days),
    )


def _one_of(value: str, known: Any, option: str) -> str:
    from plans.errors import InvalidInput

    if value not in list(known):
        raise InvalidInput(f"{option} {value}: choose one of {', '.join(known)}")
    return value


@app.command(name="list")
def list_tokens(*, department: str | None = None, json: bool = False) -> None:
    """Tokens, the newest first, never their secrets.

    Parameters
    ----------
    department
        Of one department only.
    """
    from plans.store import tokens

    with read() as (connection, here):
        rows = [_shown(row, here.settings.zone) for row in tokens.listed(connection, department)]
        now = here.now
    if json:
        as_json(rows)
        return
    columns = ("id", "name", "role", "department", "state", "expires", "last_used")
    table(columns, [_line(row, now) for row in rows], spare="last_used department")


def _shown(row: Any, zone: Any) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in FIELDS}
    times = {name: one.astimezone(zone) for name, one in found.items() if isinstance(one, datetime)}
    return found | times


def _line(row: dict[str, Any], now: datetime) -> tuple[Any, ...]:
    state = "good" if row["expires_at"] > now else "expired"
    used = row["last_used_at"]
    return (
        row["id"],
        row["name"],
        row["role"],
        row["department"],
        "revoked" if row["revoked_at"] else state,
        row["expires_at"].date(),
        used and used.date(),
    )


@app.command
def revoke(token: str) -> None:
    """End a token now; ``token`` is its id, as the list shows it."""
    from plans.identity import tokens

    with write() as (connection, here):
        tokens.revoke(connection, token, actor=OFFICE, now=here.now)
    print(f"token {token} is revoked")
