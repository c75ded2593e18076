"""What became of a message, in the record: sent, put off with its next try, or given up."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from integrations.smtp_answers import DeliveryError
from plans.store import Connection, notices
from plans.store.notices import MAY_HAVE_IT, Claimed
from plans.terms import Delivery

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
GIVE_UP_AFTER = 15
"""Tries: with the waits doubling from five minutes to six hours, a little more than two days."""
SPREAD = 0.1
"""How much longer a wait may be, so that what failed together does not all come back together."""

TWICE = "handed over twice, and may have arrived; look before it is sent again: "

Ending = Literal["sent", "later", "failed", "lost"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A claimed notice that was tried. ``address``: its recipient's, where there is one."""

    one: Claimed
    address: str | None
    error: DeliveryError | None = None


def record(connection: Connection, outcome: Outcome, now: datetime) -> Ending:
    """Write it down; "lost": the claim had passed to another run, whose outcome counts."""
    one, error = outcome.one, outcome.error
    if error is None:
        return _end(connection, outcome, Delivery.SENT, now)
    if error.recipient and outcome.address:
        notices.flag_bounced(connection, outcome.address, now, str(error))
    if _is_enough(one, error):
        text = f"{TWICE}{error}"
        outcome = replace(outcome, error=DeliveryError(text, permanent=True))
    elif not error.permanent and one.attempts < GIVE_UP_AFTER:
        return _put_off(connection, outcome, error, now)
    return _end(connection, outcome, Delivery.FAILED, now)


def _is_enough(one: Claimed, error: DeliveryError) -> bool:
    """Whether a third copy could be the next: an office sooner bears to look than to be flooded."""
    return one.maybe_taken and MAY_HAVE_IT in str(error)


def _put_off(
    connection: Connection, outcome: Outcome, error: DeliveryError, now: datetime
) -> Ending:
    one = outcome.one
    put_off = notices.try_later(
        connection,
        one.notice,
        now + wait_after(one.key, one.attempts),
        address=outcome.address,
        error=str(error),
        attempts=one.attempts,
    )
    return "later" if put_off else "lost"


def _end(connection: Connection, outcome: Outcome, state: Delivery, now: datetime) -> Ending:
    done = notices.finish(
        connection,
        outcome.one.notice,
        state,
        now,
        address=outcome.address,
        error=str(outcome.error) if outcome.error else None,
        attempts=outcome.one.attempts,
    )
    if not done:
        return "lost"
    return "sent" if state is Delivery.SENT else "failed"


def wait_after(key: str, attempts: int) -> timedelta:
    """How long a notice waits after so many tries: longer each time, a little different for each.

    None is longer than ``plans.store.notices`` allows (``FURTHEST_TRY``).
    """
    share = zlib.crc32(f"{key} {attempts}".encode()) / 2**32
    wait = min(FIRST_WAIT * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT)
    return wait * (1 + SPREAD * share)
