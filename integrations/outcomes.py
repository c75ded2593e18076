"""What became of a message, in the record: sent, put off with its next try, or given up.

What a contact's channel did not take goes by mail (``_by_channel``): at once where trying again
cannot help, else after ``CHANNEL_TRIES``. Still it is one delivery, and never a third copy.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from integrations.smtp_answers import DeliveryError
from plans.store import Connection, channels, claims, notices
from plans.store.claims import MAY_HAVE_IT, Claimed, Gone
from plans.terms import Delivery

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
GIVE_UP_AFTER = 15
"""Tries: with the waits doubling from five minutes to six hours, a little more than two days."""
CHANNEL_TRIES = 2
"""By a channel: the second about five minutes after the first; then mail, or it would be late."""
LONGEST_NIGHT_NAP = timedelta(minutes=45)
SPREAD = 0.1
"""How much longer a wait may be, so that what failed together does not all come back together."""

TWICE = "handed over twice, and may have arrived; look before it is sent again: "

Ending = Literal["sent", "later", "turned", "failed", "lost"]
"""``turned``: it is due at once, by mail."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A claimed notice that was tried. ``address``: its recipient's, where there is one.

    ``channel``, ``lane``: by what, none: mail. ``contact``: whose channel, and its sealed address;
    ``receipt``: what the channel calls the message. ``fallback``: why it went by mail instead.
    """

    one: Claimed
    address: str | None
    error: DeliveryError | None = None
    channel: str | None = None
    contact: tuple[int, str] | None = None
    lane: str | None = None
    receipt: str | None = None
    fallback: str | None = None


def record(connection: Connection, outcome: Outcome, now: datetime) -> Ending:
    """Write it down; "lost": the claim had passed to another run, whose outcome counts."""
    one, error = outcome.one, outcome.error
    if error is None:
        if outcome.lane:
            channels.note_works(connection, outcome.lane)
        return _end(connection, outcome, Delivery.SENT, now)
    if outcome.channel:
        return _by_channel(connection, outcome, error, now)
    if error.recipient and outcome.address:
        notices.flag_bounced(connection, outcome.address, now, str(error))
    if _is_enough(one, error):
        outcome = _twice(outcome, error)
    elif not error.permanent and one.attempts < GIVE_UP_AFTER:
        return _put_off(connection, outcome, error, now)
    return _end(connection, outcome, Delivery.FAILED, now)


def _by_channel(
    connection: Connection, outcome: Outcome, error: DeliveryError, now: datetime
) -> Ending:
    """What a channel did not take: flag what is at fault, then try once more, or turn to mail."""
    one, fault = outcome.one, getattr(error, "fault", "message" if error.permanent else "later")
    until = getattr(error, "until", None)
    if fault == "recipient" and outcome.contact:
        channels.flag(connection, *outcome.contact, now, str(error))
    if fault == "channel" and outcome.lane:
        channels.note_failed(connection, outcome.lane, now, str(error))
    if _is_enough(one, error):
        return _end(connection, _twice(outcome, error), Delivery.FAILED, now)
    if fault == "night" and until is not None:
        # It was not tried: at night nothing is. Looked at again before long, lest a clock be wrong.
        soon = min(until, now + LONGEST_NIGHT_NAP)
        return "later" if claims.release(connection, one.notice, one.attempts, soon) else "lost"
    if fault == "later" and MAY_HAVE_IT not in str(error) and one.attempts < CHANNEL_TRIES:
        return _put_off(connection, outcome, error, now)
    why = f"{outcome.channel}: {error}"
    turned = claims.turn_to_mail(
        connection, one.notice, now, why=why, error=str(error), attempts=one.attempts
    )
    return "turned" if turned else "lost"


def _twice(outcome: Outcome, error: DeliveryError) -> Outcome:
    return replace(outcome, error=DeliveryError(f"{TWICE}{error}", permanent=True))


def _is_enough(one: Claimed, error: DeliveryError) -> bool:
    """Whether a third copy could be the next: an office sooner bears to look than to be flooded."""
    return one.maybe_taken and MAY_HAVE_IT in str(error)


def _put_off(
    connection: Connection, outcome: Outcome, error: DeliveryError, now: datetime
) -> Ending:
    one = outcome.one
    put_off = claims.try_later(
        connection,
        one.notice,
        now + wait_after(one.key, one.attempts),
        address=outcome.address,
        error=str(error),
        attempts=one.attempts,
    )
    return "later" if put_off else "lost"


def _end(connection: Connection, outcome: Outcome, state: Delivery, now: datetime) -> Ending:
    done = claims.finish(
        connection,
        outcome.one.notice,
        state,
        now,
        address=outcome.address,
        error=str(outcome.error) if outcome.error else None,
        attempts=outcome.one.attempts,
        way=Gone(outcome.channel, outcome.receipt, outcome.fallback),
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
