"""What a run learns of channels: which take nothing now, and whose fault first refusals are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from integrations.channels import ChannelError, lane_of
from integrations.doubts import Doubts
from integrations.letters import Letter, Way
from integrations.outcomes import CHANNEL_TRIES, Outcome
from integrations.smtp_answers import DeliveryError
from plans.store.claims import Claimed

ALIKE = "it refuses one message like the other, so no contact is blamed: "


@dataclass(slots=True)
class Lanes:
    """For the rest of the run. ``down``: what takes nothing, and why; ``quiet``: until when."""

    down: dict[str, str] = field(default_factory=dict)
    quiet: dict[str, datetime] = field(default_factory=dict)
    _doubts: dict[str, Doubts] = field(default_factory=dict)

    def way_of(self, one: Claimed, contact: Any) -> tuple[Way | None, str | None]:
        """By what a claimed notice goes, and, where that is mail instead, why."""
        if contact is None or contact.channel is None:
            return None, one.fallback
        if one.fallback is not None:
            return None, one.fallback
        if contact.channel_failed_at is not None:
            return None, f"{contact.channel} failed before: {contact.channel_failure}"
        if one.attempts > CHANNEL_TRIES:
            return None, f"{contact.channel}: not tried again, after {one.attempts - 1} tries"
        lane = lane_of(contact.channel, contact.channel_shown)
        if lane in self.down:
            return None, self.down[lane]
        shown, address = contact.channel_shown, contact.channel_address
        return Way(contact.id, contact.channel, lane, address, shown), None

    def opens_at(self, letter: Letter, now: datetime) -> datetime | None:
        """When a lane takes messages again that takes none at night; None: it does now."""
        until = self.quiet.get(letter.domain)
        return until if until and until > now else None

    def judge(
        self, letter: Letter, error: DeliveryError | None, receipt: str | None = None
    ) -> list[Outcome]:
        """What the record may be told of what became of a letter, and of those held back."""
        lane, doubts = letter.domain, self._doubts_of(letter.domain)
        if isinstance(error, ChannelError) and error.fault == "channel":
            self.down[lane] = str(error)
        if isinstance(error, ChannelError) and error.until is not None:
            self.quiet[lane] = error.until
        found = doubts.judge(letter, error)
        if receipt is not None:
            found = [replace(one, receipt=receipt) if one.error is None else one for one in found]
        if doubts.all_alike and lane not in self.down and found:
            self.down[lane] = f"{ALIKE}{error}"
        return [self._blameless(one) for one in found] if doubts.all_alike else found

    def _blameless(self, one: Outcome) -> Outcome:
        if one.error is None or isinstance(one.error, ChannelError):
            return one
        return replace(one, error=ChannelError(str(one.error), "channel"))

    def _doubts_of(self, lane: str) -> Doubts:
        return self._doubts.setdefault(lane, Doubts(alike=ALIKE))

    def release(self) -> Iterator[Outcome]:
        """Believe what was said, where nothing else can say whose fault it is."""
        for doubts in self._doubts.values():
            yield from doubts.release() if doubts.held else ()

    def is_held(self, letter: Letter) -> bool:
        """Whether what became of a letter is held back."""
        return any(one is letter for one, _ in self._doubts_of(letter.domain).held)

    @property
    def holds(self) -> bool:
        """Whether anything is held back."""
        return any(doubts.held for doubts in self._doubts.values())
