"""How fast messages may go: by limits that the office sets, and by what servers ask for.

A message that has to wait is given its own moment, so that each is looked at once and not again
and again; ``limits``, whose notation is used, knows only whether there is room now.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=10)
AFTERWARDS = timedelta(seconds=1)
"""Between the messages to a server that asked us to slow down, for the rest of the run."""
FURTHEST = timedelta(minutes=45)
"""No message is given a moment that is further ahead: by then it is looked at anew."""
EVERY_OTHER = "*"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``messages`` in any ``period``."""

    messages: int
    period: timedelta

    @classmethod
    def of(cls, text: str) -> Rate:
        """From "120/minute", "5/second", "1000/2hours"; ``ValueError``: it is none."""
        from limits import parse  # it takes 0.1 s, and few set a limit

        try:
            found = parse(text.strip())
        except ValueError:
            raise ValueError(f'not a rate: "{text.strip()}"; write it as 120/minute') from None
        if found.amount < 1:
            raise ValueError(f'"{text.strip()}" would send nothing')
        return cls(found.amount, timedelta(seconds=found.get_expiry()))


def rates_of(text: str) -> dict[str, Rate]:
    """By domain, from "30/minute" or "gmail.com=20/minute, *=60/minute".

    ``ValueError``: it is neither.
    """
    found: dict[str, Rate] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        domain, _, rate = part.rpartition("=")
        name = domain.strip().lower() or EVERY_OTHER
        if name in found:
            raise ValueError(f'"{name}" is named twice')
        found[name] = Rate.of(rate)
    return found


@dataclass(slots=True)
class Pace:
    """When the next message may go to one counterpart."""

    rate: Rate | None = None
    refused: int = 0
    _given: deque[datetime] = field(default_factory=deque)
    _not_before: datetime | None = None
    _apart: timedelta = timedelta(0)

    def next(self, now: datetime) -> datetime:
        """The moment for one more message: now, or later."""
        found = max(now, self._not_before or now)
        if self._given and self._apart:
            found = max(found, self._given[-1] + self._apart)
        if self.rate and len(self._given) >= self.rate.messages:
            found = max(found, self._given[-self.rate.messages] + self.rate.period)
        return found

    def book(self, now: datetime) -> datetime | None:
        """The moment for one more message, which is then taken; None: it is too far ahead."""
        at = self.next(now)
        if at > now + FURTHEST:
            return None
        self._given.append(at)
        while len(self._given) > (self.rate.messages if self.rate else 1):
            self._given.popleft()
        return at

    def pause(self, now: datetime) -> None:
        """It asked for fewer messages: wait, longer each time that it does so again."""
        wait = min(FIRST_PAUSE * 2.0**self.refused, LONGEST_PAUSE)
        if self._not_before is None or now >= self._not_before:
            # What was on its way when it said so says it again, and means the same.
            self._not_before, self.refused = now + wait, self.refused + 1
        self._apart = AFTERWARDS

    def took(self) -> None:
        """It took a message."""
        self.refused = 0


class Paces:
    """Everybody's pace: the server's that we hand over to, and each recipients' domain's.

    ``channels``: by kind, of each of their lanes (``zalo:zns``), which no mail domain's rate binds.
    """

    def __init__(
        self,
        server: Rate | None = None,
        domains: Mapping[str, Rate] | None = None,
        channels: Mapping[str, Rate] | None = None,
    ) -> None:
        self.server = Pace(server)
        self._rates, self._domains = domains or {}, dict[str, Pace]()
        self._channels = channels or {}

    def domain(self, name: str) -> Pace:
        """A domain's own pace, or a lane's."""
        if name not in self._domains:
            kind, colon, _ = name.partition(":")
            rate = self._rates.get(name, self._rates.get(EVERY_OTHER))
            self._domains[name] = Pace(self._channels.get(kind) if colon else rate)
        return self._domains[name]
