"""A delivery run's turns in the record: outcomes, what is given back, and a claim in one commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_fixed,
)

from integrations.outcomes import Ending, Outcome, record
from integrations.smtp_answers import DeliveryError
from plans.store import Connection, Engine, claims, notices, writing
from plans.store.claims import Claimed

AWAY, PATIENCE = (OperationalError, InterfaceError), 45
"""A database that is away is asked again each second: what was sent must get into the record.

``PATIENCE``: seconds, and times."""

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Claim:
    """How many notices to claim, for how long; ``first_tries``: only what was never tried."""

    number: int
    lease: timedelta
    first_tries: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be written. ``returned``: to be given back untried, until a moment."""

    now: datetime
    outcomes: Sequence[Outcome]
    returned: Sequence[tuple[Claimed, datetime | None]]
    claim: Claim | None


@dataclass(frozen=True, slots=True)
class Written:
    """What a turn wrote: how what ended, how many were given back, what is claimed."""

    ended: list[tuple[Outcome, Ending]]
    given_back: int = 0
    claimed: list[Claimed] = field(default_factory=list)
    mailboxes: dict[str, Any] = field(default_factory=dict)


def write(engine: Engine, turn: Turn, sleep: Callable[[float], None]) -> Written:
    """All of a turn at once; where the record does not take that, each outcome alone.

    An outcome that fails even alone ends its notice as failed, with a plain reason.
    ``OperationalError``, ``InterfaceError``: the database stays away.
    """
    try:
        return _patiently(sleep, _write, engine, turn)
    except AWAY:
        raise
    except Exception as error:
        if not turn.outcomes:
            raise
        log.error("outcomes could not be recorded together", exc_info=error)
    ended = [_alone(engine, one, turn.now, sleep) for one in turn.outcomes]
    return replace(_patiently(sleep, _write, engine, replace(turn, outcomes=())), ended=ended)


def _alone(
    engine: Engine, one: Outcome, now: datetime, sleep: Callable[[float], None]
) -> tuple[Outcome, Ending]:
    instead = one
    for _ in range(2):
        try:
            return instead, _patiently(sleep, _record, engine, instead, now)
        except AWAY:
            raise
        except Exception as error:
            log.error("the outcome of notice %s was not recorded", one.one.key, exc_info=error)
            instead = Outcome(one.one, None, _unrecorded(one, error))
    # Its lease ends, and the next run takes it: nothing is lost, and the others go on.
    return instead, "lost"


def _unrecorded(one: Outcome, error: Exception) -> DeliveryError:
    was = "it was sent" if one.error is None else "it was not sent"
    text = f"{was}, and that could not be recorded ({type(error).__name__}); the log says more"
    return DeliveryError(text, permanent=True)


def _patiently(sleep: Callable[[float], None], act: Callable[..., T], *given: Any) -> T:
    return Retrying(
        retry=retry_if_exception_type(AWAY),
        stop=stop_after_attempt(PATIENCE) | stop_after_delay(PATIENCE),
        wait=wait_fixed(1),
        sleep=sleep,
        reraise=True,
    )(act, *given)


def _record(engine: Engine, one: Outcome, now: datetime) -> Ending:
    with writing(engine) as connection:
        return record(connection, one, now)


def _write(engine: Engine, turn: Turn) -> Written:
    with writing(engine) as connection:
        ended = [(one, record(connection, one, turn.now)) for one in turn.outcomes]
        given_back = sum(
            claims.release(connection, one.notice, one.attempts, at) for one, at in turn.returned
        )
        claimed = _claimed(connection, turn)
        mailboxes = notices.contacts_of(connection, [one.recipient for one in claimed])
    return Written(ended, given_back, claimed, mailboxes)


def _claimed(connection: Connection, turn: Turn) -> list[Claimed]:
    if (wanted := turn.claim) is None:
        return []
    return claims.claim(
        connection, turn.now, wanted.lease, wanted.number, first_tries=wanted.first_tries
    )
