"""Asking a register over HTTP, within the bounds that agencies' feeds have, for any JSON."""

from __future__ import annotations

import asyncio
import base64
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx

from integrations.feed_answers import parse_json
from integrations.feed_limits import FeedError, GatherLimits
from integrations.feed_requests import Target, exchange
from plans.declaration.registers import Register
from plans.terms import Silence

LIMITS: Final = GatherLimits(agency_seconds=180.0)
"""For all requests to one register, tries and pauses included."""
MOST_ROWS: Final = 20_000
"""Items of one answer: a province's registers give some hundreds of figures."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One run's asking of one register: over which connections, in which bounds, and when."""

    client: httpx.AsyncClient
    limits: GatherLimits
    now: datetime
    day: date
    zone: ZoneInfo


async def ask_json(
    asking: Asking,
    register: Register,
    url: str,
    wanted: Sequence[tuple[str, str]] = (),
    *,
    scheme: str = "Bearer",
    explain: Callable[[bytes], str] | None = None,
) -> Any:
    """What a register answers, as JSON; asked again where that may help; ``FeedError``.

    ``scheme``: what stands before the token in ``Authorization``.
    """
    target = Target(url, register.timeout_seconds, _headers(register, scheme))
    limits = asking.limits
    for tried in range(limits.tries):
        try:
            reply = await exchange(
                asking.client, target, wanted, limits, target.timeout, explain=explain
            )
            return parse_json(reply)
        except FeedError as error:
            if error.permanent or tried + 1 == limits.tries:
                raise
            await asyncio.sleep(max(_pause(limits, tried), error.retry_after))
    raise AssertionError("a register is asked at least once")


def _pause(limits: GatherLimits, tried: int) -> float:
    longest = min(limits.longest_pause, limits.backoff_seconds * 2**tried)
    return random.uniform(longest / 2, longest)  # noqa: S311 - spread, not secret


def _headers(register: Register, scheme: str) -> dict[str, str]:
    if register.token_env:
        return {"Authorization": f"{scheme} {_secret(register.token_env)}"}
    if register.user_env and register.password_env:
        pair = f"{_secret(register.user_env)}:{_secret(register.password_env)}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _secret(name: str) -> str:
    found = os.environ.get(name, "").strip()
    if not found or not found.isprintable():
        said = f"its token is missing: set the environment variable {name}"
        raise FeedError(said, Silence.ERROR, permanent=True)
    return found


def invalid(message: str) -> FeedError:
    """What is said of an answer that has not the shape that was declared."""
    return FeedError(message, Silence.INVALID, permanent=True)
