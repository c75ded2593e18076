"""Every plan's figures, without its groups': what a list of plans shows."""

from __future__ import annotations

from datetime import date

from plans.progress import Progress, sum_both
from plans.store import Connection, counters


def totals(connection: Connection, on: date) -> dict[str, Progress]:
    """By plan, its figures on a day; a plan of which nothing is assigned is missing."""
    current, original = (
        counters.read(connection, "plan", None, basis, on=on) for basis in counters.BASES
    )
    return {key: sum_both(some, original.get(key, []), on) for key, some in current.items()}
