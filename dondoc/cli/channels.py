"""``dondoc channels`` and ``dondoc departments channel``: what reaches offices before mail."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cyclopts import App

from dondoc.cli.output import as_json, say, table
from dondoc.cli.record import OFFICE, read, record, write

if TYPE_CHECKING:
    from dondoc.cli.record import Record
    from integrations.channels import Setup

app = App(name="channels", help="Zalo and what Apprise reaches: how they stand, who is reached.")
channel = App(name="channel", help="By what a mailbox's messages go before mail: set, try, remove.")


@app.default
@app.command(name="list")
def list_channels(*, json: bool = False) -> None:
    """Which channels there are, whom they reach, and what is wrong with which."""
    from flows.common import channel_settings
    from integrations.channels import lane_of, shortfalls
    from plans import channels

    with read() as (connection, here):
        found = channels.overview(connection, here.now)
        lacks = shortfalls(connection, channel_settings())
    zone = here.settings.zone
    names = ("name", "has_access", "expires_at", "refreshed_at", "failed_at", "failure")
    states = [_shown(one, names, zone) for one in found.states]
    columns = ("department", "email", "kind", "shown", "failed_at", "failure")
    contacts = [_shown(one, columns, zone) for one in found.contacts]
    sent = [{"by": by or "mail", "sent": all_, "instead": less} for by, all_, less in found.sent]
    if json:
        as_json({"channels": states, "contacts": contacts, "last_7_days": sent})
        return
    if states:
        table(names, [tuple(row.values()) for row in states], spare="failure refreshed_at")
    table(columns, [tuple(row.values()) for row in contacts], spare="failure failed_at")
    for row in sent:
        say(f"last 7 days: {row['sent']} by {row['by']}, {row['instead']} of them instead")
    for lane in sorted({lane_of(one.kind, one.shown) for one in found.contacts}):
        for said in lacks.get(lane, ()):
            say(f"mind: {lane}: {said}")


def _shown(one: Any, names: tuple[str, ...], zone: Any) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in names}
    times = ("expires_at", "refreshed_at", "failed_at")
    return row | {name: row[name].astimezone(zone) for name in times if row.get(name)}


@app.command(name="zalo-authorize")
def zalo_authorize(*, refresh_token: bool = False, redirect_uri: str | None = None) -> None:
    """Let Dondoc send for the office's Official Account: by its administrator's permission.

    Shows the address where the permission is given; then reads from standard input the address that
    Zalo leads back to, or the code in it.

    Parameters
    ----------
    refresh_token
        Read a refresh token instead, as Zalo's own tool shows one.
    redirect_uri
        The callback address that is registered for the application; by itself DONDOC_BASE_URL.
    """
    from integrations import zalo_tokens
    from plans import channels

    with record() as here:
        setup = _setup(here)
        if refresh_token:
            until = zalo_tokens.adopt(setup, _line("paste the refresh token:"))
        else:
            asked = zalo_tokens.ask(setup, redirect_uri or here.settings.base_url)
            say(f"open this as an administrator of the Official Account:\n{asked.url}")
            said = _line("then paste the address that it leads back to, or the code in it:")
            until = zalo_tokens.authorise(setup, asked.code_in(said), asked.verifier)
        with write() as (connection, _):
            channels.note_authorised(connection, "zalo", actor=OFFICE, now=here.now)
    print(f"Zalo: access until {until.astimezone(here.settings.zone):%Y-%m-%d %H:%M}, then renewed")


@channel.command(name="set")
def set_channel(department: str, email: str, address: str = "-") -> None:
    """Reach a mailbox by a channel first; what it does not take goes by mail.

    Parameters
    ----------
    address
        zalo:NUMBER or zalo:user:ID; or "-" (as without it): read an address from standard input,
        such as one of Apprise's, which is a secret.
    """
    from flows.common import channel_settings
    from integrations import channels as outside
    from plans import channels
    from plans.errors import InvalidInput

    if address != "-" and not address.lower().startswith("zalo:"):
        raise InvalidInput("this address is a secret: leave it out, and give it on standard input")
    text = _line("the channel's address:") if address == "-" else address
    with record() as here:
        found = outside.read_address(text, here.settings)
        with write() as (connection, _):
            by = {"secret": here.settings.secret, "actor": OFFICE}
            channels.choose(connection, department, email, found, **by, now=here.now)
            lacks = outside.shortfalls(connection, channel_settings())
    for said in (found.advice, *lacks.get(outside.lane_of(found.kind, found.shown), ())):
        if said:
            say(f"mind: {said}")
    print(f"{department}: {email}: {found.kind} {found.shown}, then mail")


@channel.command
def test(department: str, email: str) -> int:
    """Send one message that says of itself that it is a trial, now, by a mailbox's channel."""
    from integrations.channels import try_out

    with record() as here:
        found = try_out(_setup(here), department, email, actor=OFFICE, now=here.now)
    if not found.works:
        print(f"dondoc: {found.shown} did not take it: {found.said}", file=sys.stderr)
        return 1
    print(f"{found.shown} took it" + (f" ({found.receipt})" if found.receipt else ""))
    return 0


@channel.command
def clear(department: str, email: str) -> None:
    """Use a channel again that failed for good."""
    from plans import channels

    with write() as (connection, here):
        channels.try_again(connection, department, email, actor=OFFICE, now=here.now)
    print(f"{department}: {email}: its channel is used again")


@channel.command
def remove(department: str, email: str) -> None:
    """Write to a mailbox by mail alone."""
    from plans import channels

    with write() as (connection, here):
        channels.remove(connection, department, email, actor=OFFICE, now=here.now)
    print(f"{department}: {email}: mail")


def _setup(here: Record) -> Setup:
    from flows.common import channel_settings
    from integrations.channels import Setup

    return Setup(here.engine, here.settings, channel_settings())


def _line(question: str) -> str:
    from plans.errors import InvalidInput

    if sys.stdin.isatty():
        say(question)
    said = sys.stdin.readline().strip()
    if not said:
        raise InvalidInput(f"nothing was given: {question} on standard input")
    return said
