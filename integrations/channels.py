"""What a contact may be reached by before mail: one line a channel in ``CHANNELS``.

A channel is a module with ``read`` (what a person typed becomes an address) and ``Sender`` (which
takes messages from several threads). What it answers says what follows (``ChannelError``):

    recipient   this contact cannot be reached so: it is flagged, and written to by mail
    message     this one message cannot go so: it goes by mail
    channel     nobody can be reached so now: all goes by mail, and nobody is blamed
    later       it may pass: tried once more, then by mail
    night       it may not go at night: it waits for the morning
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from threading import Lock
from typing import Any, Literal, Protocol

from integrations.channel_settings import ChannelSettings
from integrations.letters import Letter, Way
from integrations.short_messages import LONGEST, Short, trial
from integrations.smtp_answers import DeliveryError, Slows
from plans.channels import Address, chosen, note_test, opened
from plans.errors import DondocError, InvalidInput
from plans.settings import Settings
from plans.store import Connection, Engine, catalogue, reading, writing
from plans.store import channels as store

CHANNELS: Mapping[str, str] = {
    "zalo": "integrations.zalo",
    "apprise": "integrations.apprise_channel",
}
"""Where each is; imported only where it is used."""

Fault = Literal["recipient", "message", "channel", "later", "night"]
Lacks = Mapping[str, tuple[str, ...]]
"""Sentences by lane."""


class ChannelError(DeliveryError):
    """A channel did not take a message; ``fault``: what is at fault, and so what follows.

    ``until``: of a night, when it is over. ``refused``: the words by which refusals are found to be
    alike, where they do not say clearly whose fault it is (``integrations.doubts``).
    """

    def __init__(
        self,
        message: str,
        fault: Fault,
        *,
        until: datetime | None = None,
        slows: Slows | None = None,
        refused: str | None = None,
    ) -> None:
        permanent = fault in ("recipient", "message")
        recipient = fault == "recipient"
        super().__init__(
            message, permanent=permanent, recipient=recipient, slows=slows, refused=refused
        )
        self.fault, self.until = fault, until


@dataclass(frozen=True, slots=True)
class Setup:
    """What channels work with."""

    engine: Engine
    settings: Settings
    channels: ChannelSettings


class Sender(Protocol):
    """Takes a channel's messages, from several threads at once."""

    def longest(self, address: str) -> int:
        """How many signs a message may have there."""

    def send(self, address: str, message: Short, key: str) -> str | None:
        """Hand a message over; gives what the channel calls it.

        ``key``: the same for a message that is repeated. ``ChannelError``: it was not taken, or it
        is not known whether it was.
        """

    def close(self) -> None:
        """End its connections."""


def read_address(text: str, settings: Settings) -> Address:
    """What a person typed, "zalo:0243…", "zalo:user:…" or an address of Apprise's.

    ``InvalidInput``: it is no address that a channel knows, or leads where none may.
    """
    said = text.strip()
    if not said:
        raise wrong("name a channel: zalo:NUMBER, zalo:user:ID, or an address of Apprise's")
    kind = "zalo" if said.lower().startswith("zalo:") else "apprise"
    found: Address = import_module(CHANNELS[kind]).read(said, settings)
    return found


def wrong(message: str) -> InvalidInput:
    """An address that is refused."""
    return InvalidInput(f"channel: {message}", fields={"address": message})


def lane_of(kind: str, shown: str) -> str:
    """What a contact shares with others, from what is kept of it."""
    lane: str = import_module(CHANNELS[kind]).lane_of(shown)
    return lane


def shortfalls(connection: Connection, settings: ChannelSettings) -> Lacks:
    """What is still to be set on the server before a lane takes messages."""
    zalo: Any = import_module(CHANNELS["zalo"])
    row = store.token_row(connection, "zalo")
    has_access = row is not None and row.refresh is not None
    found: Lacks = zalo.shortfalls(settings, has_access=has_access)
    return found


class Desk:
    """The channels that a run uses, each opened at its first message; ``receipts`` by notice.

    Its threads note receipts while the run's own thread takes them.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup, self.receipts = setup, dict[int, str]()
        self._open: dict[str, Sender] = {}
        self._guard = Lock()

    def send(self, letter: Letter, short: Callable[[int], Short]) -> None:
        """Send a letter by its way; ``short``: the message in at most so many signs."""
        assert letter.way is not None
        key = letter.one.message_id.strip("<>").partition("@")[0]
        if receipt := self.hand_over(letter.way, short, key):
            self.receipts[letter.one.notice] = receipt

    def hand_over(self, way: Way, short: Callable[[int], Short], key: str) -> str | None:
        """Send by a way; gives what the channel calls the message."""
        sender, address = self._sender(way), self._address(way)
        return sender.send(address, short(min(sender.longest(address), LONGEST)), key)

    def _address(self, way: Way) -> str:
        try:
            return opened(way.address, self.setup.settings.secret)
        except DondocError as error:
            raise ChannelError(str(error), "message") from error

    def _sender(self, way: Way) -> Sender:
        with self._guard:
            if way.kind not in self._open:
                module: Any = import_module(CHANNELS[way.kind])
                try:
                    self._open[way.kind] = module.Sender(self.setup)
                except DondocError as error:  # a setting is missing
                    raise ChannelError(str(error), "channel") from error
            return self._open[way.kind]

    def close(self) -> None:
        """End all connections."""
        for one in self._open.values():
            one.close()


@dataclass(frozen=True, slots=True)
class Tried:
    """How a trial message fared; ``said``: what was answered where it was not taken."""

    works: bool
    shown: str
    receipt: str | None = None
    said: str | None = None


def try_out(setup: Setup, department: str, email: str, *, actor: str, now: datetime) -> Tried:
    """Send a contact one message that says of itself that it is a trial, by its channel.

    Where it is taken, what was wrong with the channel is over. No transaction is open meanwhile.
    ``NotFound``: no such mailbox; ``Conflict``: it has no channel.
    """
    with reading(setup.engine) as connection:
        row = chosen(connection, department, email)
        body = catalogue.department_row(connection, department)
    name = body.name_en if row.language == "en" else body.name_vi
    day = now.strftime("%d/%m/%Y")
    found = _tried(setup, row, trial(row.language, setup.settings.base_url, name, day))
    with writing(setup.engine) as connection:
        if found.works:
            store.clear(connection, row.contact)
            store.note_works(connection, lane_of(row.kind, row.shown))
        note_test(connection, department, works=found.works, actor=actor, now=now)
    return found


def _tried(setup: Setup, row: Any, message: Short) -> Tried:
    desk = Desk(setup)
    way = Way(row.contact, row.kind, lane_of(row.kind, row.shown), row.address, row.shown)
    try:
        receipt = desk.hand_over(way, lambda _: message, f"trial-{secrets.token_hex(8)}")
    except ChannelError as error:
        return Tried(works=False, shown=row.shown, said=str(error))
    finally:
        desk.close()
    return Tried(works=True, shown=row.shown, receipt=receipt)
