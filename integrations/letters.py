"""A notice that a run is about to send, and the way that it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integrations.outcomes import Outcome
from integrations.smtp_answers import DeliveryError
from plans.store.claims import Claimed


@dataclass(frozen=True, slots=True)
class Way:
    """A contact's channel: its kind, its sealed address, and what people may see of that.

    ``lane``: what it shares with others, such as ``zalo:zns``: a pace, and trouble.
    """

    contact: int
    kind: str
    lane: str
    address: str
    shown: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed notice and the mailbox it goes to. ``claimed``: when.

    ``way``: the channel that it goes by, None: mail; ``fallback``: why then not by its contact's.
    """

    one: Claimed
    address: str
    language: str
    claimed: datetime
    way: Way | None = None
    fallback: str | None = None

    @property
    def domain(self) -> str:
        """The recipient's mail provider, or the lane: no mail domain has a colon."""
        return self.way.lane if self.way else self.address.rpartition("@")[2].lower()

    @property
    def whose(self) -> str:
        """Whom it reaches: different channels may be shown alike."""
        return f"contact {self.way.contact}" if self.way else self.address

    def ends(self, error: DeliveryError | None, receipt: str | None = None) -> Outcome:
        """What became of it."""
        way = self.way
        return Outcome(
            self.one,
            self.address,
            error,
            channel=way.kind if way else None,
            contact=(way.contact, way.address) if way else None,
            lane=way.lane if way else None,
            receipt=receipt,
            fallback=self.fallback,
        )
