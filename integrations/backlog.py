"""What a delivery run has claimed and not begun: which message goes next, and which must wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.lanes import Lanes
from integrations.letters import Letter
from integrations.outcomes import Outcome
from integrations.pacing import FURTHEST, Pace, Paces
from integrations.smtp_answers import DeliveryError
from plans.store.claims import Claimed

FRESH = timedelta(seconds=5)
"""What was claimed longer ago is claimed anew before it is sent: its recipient's mailbox may have
changed, or its messages may be withheld by now."""
SILENT = 2
"""Messages to a domain, in a row, that were not answered: then its others wait."""


@dataclass(slots=True)
class Backlog:
    """Letters in their order. ``returned``: to be given back in the record, until a moment.

    ``aside``: what was given back to wait for its moment, which it has by then (``_booked``).
    ``in_doubt``: who refused what was sent, perhaps by our fault: nothing goes there meanwhile.
    ``lanes``: what is known of channels.
    """

    paces: Paces
    lanes: Lanes = field(default_factory=Lanes)
    letters: list[Letter] = field(default_factory=list)
    returned: list[tuple[Claimed, datetime | None]] = field(default_factory=list)
    aside: dict[int, datetime] = field(default_factory=dict)
    in_doubt: set[str] = field(default_factory=set)
    _booked: set[int] = field(default_factory=set)
    _silent: Counter[str] = field(default_factory=Counter)

    def take(
        self, claimed: Sequence[Claimed], mailboxes: Mapping[str, Any], now: datetime
    ) -> list[Outcome]:
        """Line up what was claimed; gives what cannot be sent, since it has no mailbox."""
        failed = []
        for one in claimed:
            self.aside.pop(one.notice, None)
            mailbox = mailboxes.get(one.recipient)
            way, why = self.lanes.way_of(one, mailbox)
            if way is not None and mailbox is not None:
                self._line_up(Letter(one, way.shown, mailbox.language, now, way), now)
            elif fault := _fault(mailbox):
                email = mailbox.email if mailbox else None
                failed.append(Outcome(one, email, fault, fallback=why))
            else:
                assert mailbox is not None
                self._line_up(Letter(one, mailbox.email, mailbox.language, now, None, why), now)
        return failed

    def _line_up(self, letter: Letter, now: datetime) -> None:
        key = letter.one.notice
        if until := self.lanes.opens_at(letter, now):
            self.aside[key] = min(until, now + FURTHEST)
            self.returned.append((letter.one, self.aside[key]))
            return
        if key not in self._booked:
            at = self.paces.domain(letter.domain).book(now)
            if at is None or at > now:
                self.aside[key] = at or now + FURTHEST
                self.returned.append((letter.one, self.aside[key]))
            if at is None:
                return
            self._booked.add(key)
            if at > now:
                return
        self.letters.append(letter)

    def next(self, now: datetime, busy: Iterable[Letter], connections: int) -> Letter | None:
        """The letter that may go now: a domain never keeps the last connection from others."""
        self._return(letter for letter in self.letters if now - letter.claimed > FRESH)
        paused = self.paces.server.next(now) > now
        used = Counter(letter.domain for letter in busy)
        several = len({letter.domain for letter in self.letters}) > 1
        most = max(connections - 1, 1) if several else connections
        for place, letter in enumerate(self.letters):
            if paused and letter.way is None:
                continue
            if used[letter.domain] < most and letter.whose not in self.in_doubt:
                if letter.way is None:
                    self.paces.server.book(now)
                return self.letters.pop(place)
        return None

    def _return(self, letters: Iterable[Letter]) -> None:
        for letter in list(letters):
            self.letters.remove(letter)
            self.returned.append((letter.one, None))

    def put_back(self, letter: Letter) -> None:
        """It was not tried after all: it goes first."""
        self.letters.insert(0, letter)

    def was_taken(self, letter: Letter) -> None:
        """The server, or the channel, took a message."""
        self._booked.discard(letter.one.notice)
        self._silent[letter.domain] = 0
        if letter.way is None:
            self.paces.server.took()
        self.paces.domain(letter.domain).took()

    def was_refused(self, letter: Letter, error: DeliveryError, now: datetime) -> None:
        """Draw the consequences for the other letters, of which none is tried in vain."""
        self._booked.discard(letter.one.notice)
        if error.recipient:
            self._return([one for one in self.letters if one.whose == letter.whose])
        if letter.domain in self.lanes.down or self.lanes.opens_at(letter, now):
            self._return([one for one in self.letters if one.domain == letter.domain])
        if error.slows == "server":
            self.paces.server.pause(now)
        # An answer says so at once; one address's silence does not make its domain silent.
        self._silent[letter.domain] += error.slows == "silence"
        if error.slows == "domain" or self._silent[letter.domain] >= SILENT:
            self._slow_down(letter.domain, self.paces.domain(letter.domain), now)

    def believe(self) -> None:
        """Claim anew what goes to addresses that were in doubt, which may be flagged by then."""
        self._return([one for one in self.letters if one.whose in self.in_doubt])
        self.in_doubt.clear()

    def _slow_down(self, domain: str, pace: Pace, now: datetime) -> None:
        pace.pause(now)
        mine = [one for one in self.letters if one.domain == domain]
        self._booked.difference_update(one.one.notice for one in mine)
        self._return(mine)

    def came_up_empty(self, now: datetime) -> None:
        """Nothing is due: what waited for a moment that has come is another run's, or withheld."""
        self.aside = {key: at for key, at in self.aside.items() if at > now}

    def next_moment(self, now: datetime) -> datetime | None:
        """When something may go that cannot go now; None: nothing is left."""
        moments = list(self.aside.values())
        if any(letter.whose not in self.in_doubt for letter in self.letters):
            moments.append(self.paces.server.next(now))
        return min(moments, default=None)

    def give_all_back(self) -> None:
        """Leave the rest to the next run."""
        self._return(self.letters)


def _fault(mailbox: Any) -> DeliveryError | None:
    if mailbox is None:
        # Not final: the office may register one while the notice is still tried.
        return DeliveryError("no mailbox is registered for this department", permanent=False)
    if mailbox.bounced_at is not None:
        reason = f"its mailbox bounced: {mailbox.bounce_reason}"
        return DeliveryError(reason, permanent=True)
    return None
