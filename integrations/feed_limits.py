"""How much gathering asks of agencies and bears of them; and how one fails."""

from __future__ import annotations

from dataclasses import dataclass

from plans.errors import OutsideError
from plans.terms import Silence


@dataclass(frozen=True, slots=True)
class GatherLimits:
    """How much a run asks of the network, and how much of it it bears.

    ``concurrent``: requests under way at a time, ``per_client`` of them by one HTTP client;
    ``agency_seconds``: spent on all of an agency's pages, of which at most ``pages`` a run;
    ``page_items``: asked for at a time, up to ``most_items`` are taken; ``page_bytes``: of one
    answer, also unpacked, in at most ``pieces``; ``tries``: of one page, with pauses that grow
    from ``backoff_seconds`` to ``longest_pause``; ``quarantine``: bad items of one agency that a
    run keeps, each counted once more for every 10,000 characters.

    One core asks about 700 agencies a second and takes what they say into the record (1.4 ms each,
    half of that the network). At 50 ms an answer, 50 requests under way would be 1,000 a second:
    with fewer the agencies' latency is the limit, with more it is the core (``bench.gathering``).
    """

    concurrent: int = 50
    per_client: int = 10
    agency_seconds: float = 60.0
    pages: int = 100
    page_items: int = 500
    most_items: int = 2_000
    page_bytes: int = 5_000_000
    pieces: int = 20_000
    tries: int = 3
    backoff_seconds: float = 0.5
    longest_pause: float = 10.0
    quarantine: int = 500


class FeedError(OutsideError):
    """An agency's feed did not give a page; ``silence`` says how that counts.

    ``retry_after``: for how many seconds it asks to be left alone.
    """

    code = "feed"

    def __init__(
        self, message: str, silence: Silence, *, permanent: bool = False, retry_after: float = 0
    ) -> None:
        super().__init__(message, permanent=permanent)
        self.silence = silence
        self.retry_after = retry_after
