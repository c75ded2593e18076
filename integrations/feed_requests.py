"""One page of an agency's feed over HTTP: bounded in time and size, tried again if that helps."""

from __future__ import annotations

import asyncio
import json
import math
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
from pydantic import ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from plans.errors import OutsideError
from plans.feed_items import FeedPage, say_what_is_wrong
from plans.terms import Silence

MAY_PASS: Final = (429, 500, 502, 503, 504)
LONGEST_INT: Final = 18


@dataclass(frozen=True, slots=True)
class GatherLimits:
    """How much a run asks of the network, and how much of it it bears.

    ``concurrent``: agencies asked at a time, ``per_client`` of them by one HTTP client;
    ``agency_seconds``: for all of an agency's pages; ``pages``: of one agency in one run.
    """

    concurrent: int = 100
    per_client: int = 10
    agency_seconds: float = 60.0
    pages: int = 100
    page_items: int = 500
    page_bytes: int = 5_000_000
    tries: int = 3
    backoff_seconds: float = 0.5
    longest_pause: float = 10.0


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


@dataclass(frozen=True, slots=True)
class Target:
    """Which feed to ask, how, and for how many seconds at most to wait for one answer."""

    url: str
    timeout: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Deadline:
    """A moment after which an agency is not waited for any more."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds until then; 0 or less once it has passed."""
        return self._end - time.monotonic()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a feed answered, not read yet."""

    body: bytes
    media_type: str


async def fetch(
    client: httpx.AsyncClient,
    target: Target,
    cursor: str | None,
    limits: GatherLimits,
    deadline: Deadline,
) -> Reply:
    """Ask for the page after a cursor; ``FeedError`` when that failed for good, or too often."""
    jittered = wait_random_exponential(limits.backoff_seconds, limits.longest_pause)

    def pause(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(jittered(state), getattr(error, "retry_after", 0))

    def enough(state: RetryCallState) -> bool:
        return state.attempt_number >= limits.tries or state.upcoming_sleep >= deadline.remaining()

    retrying = AsyncRetrying(
        wait=pause, stop=enough, retry=retry_if_exception(_may_pass), reraise=True
    )
    return await retrying(_ask, client, target, cursor, limits, deadline)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, FeedError) and not error.permanent


async def _ask(
    client: httpx.AsyncClient,
    target: Target,
    cursor: str | None,
    limits: GatherLimits,
    deadline: Deadline,
) -> Reply:
    seconds = max(0.0, min(target.timeout, deadline.remaining()))
    try:
        # httpx bounds the wait for each piece, not for all of them: a slow drip has no end.
        async with asyncio.timeout(seconds):
            return await _stream(client, target, cursor, limits, seconds)
    except (TimeoutError, httpx.TimeoutException):
        raise FeedError(f"no whole answer in {seconds:.3g} s", Silence.UNREACHABLE) from None
    except httpx.TransportError as error:
        raise _of_transport(error) from error
    except (httpx.InvalidURL, UnicodeError):  # UnicodeError: the name of its host
        raise FeedError("its address is no URL", Silence.ERROR, permanent=True) from None


async def _stream(
    client: httpx.AsyncClient,
    target: Target,
    cursor: str | None,
    limits: GatherLimits,
    seconds: float,
) -> Reply:
    wanted = {"limit": str(limits.page_items)} | ({"since": cursor} if cursor else {})
    url = httpx.URL(target.url).copy_merge_params(wanted)
    if url.port is not None and not 0 < url.port < 65_536:
        raise httpx.InvalidURL("no such port")
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", **target.headers}
    async with client.stream("GET", url, headers=headers, timeout=seconds) as response:
        _check_status(response, limits)
        media_type = response.headers.get("Content-Type", "no type").partition(";")[0]
        return Reply(await _read(response, limits.page_bytes), media_type)


def _of_transport(error: httpx.TransportError) -> FeedError:
    if isinstance(error, httpx.UnsupportedProtocol):
        return FeedError("its address is neither http nor https", Silence.ERROR, permanent=True)
    if isinstance(error, httpx.ConnectError):
        if _is_tls(error):
            return FeedError("its certificate is refused", Silence.UNREACHABLE, permanent=True)
        return FeedError("no connection", Silence.UNREACHABLE)
    return FeedError("the connection broke off", Silence.ERROR)


def _is_tls(error: BaseException) -> bool:
    cause = error.__cause__ or error.__context__
    return isinstance(error, ssl.SSLError) or (cause is not None and _is_tls(cause))


def _check_status(response: httpx.Response, limits: GatherLimits) -> None:
    status = response.status_code
    if status == 200:
        return
    if response.is_redirect or 300 <= status < 400:
        said = f"HTTP {status}: it redirects, which is not followed"
        raise FeedError(said, Silence.ERROR, permanent=True)
    after = seconds_of(response.headers.get("Retry-After", ""))
    lasting = status not in MAY_PASS or after > limits.longest_pause
    said = f"HTTP {status}, and asks to wait for {after:.0f} s" if after else f"HTTP {status}"
    raise FeedError(said, Silence.ERROR, permanent=lasting, retry_after=after)


def seconds_of(text: str) -> float:
    """``Retry-After`` (RFC 9110, 10.2.3): seconds, or a date; 0 where it is neither."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())


async def _read(response: httpx.Response, most: int) -> bytes:
    """The body, at most ``most`` bytes of it, also once it is unpacked."""
    parts, size = [], 0
    async for part in _raw(response):
        parts.append(part)
        size += len(part)
        if size > most:
            raise _too_large(most)
    body = b"".join(parts)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        said = "the answer is packed in a way that was not asked for"
        raise FeedError(said, Silence.INVALID, permanent=True)
    return _unpack(body, most)


def _raw(response: httpx.Response) -> AsyncIterator[bytes]:
    # httpx would unpack a few kilobytes into gigabytes before anybody could count them.
    return response.aiter_raw()


def _unpack(body: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise FeedError("the answer is no gzip", Silence.INVALID, permanent=True) from None
    if len(found) > most:
        raise _too_large(most)
    if not unpacker.eof:
        raise FeedError("the answer is cut off", Silence.INVALID, permanent=True)
    return found


def _too_large(most: int) -> FeedError:
    said = f"the answer is larger than {most / 1e6:.3g} MB"
    return FeedError(said, Silence.INVALID, permanent=True)


def parse_page(reply: Reply) -> FeedPage:
    """Read a page's shape; its items are judged one by one, later."""
    try:
        found = json.loads(
            reply.body, parse_int=_int, parse_float=_float, parse_constant=lambda text: text
        )
    except (ValueError, RecursionError):
        said = f"the answer is no JSON but {reply.media_type[:60]!r}"
        said = "the answer is broken JSON" if "json" in reply.media_type.lower() else said
        raise FeedError(said, Silence.INVALID, permanent=True) from None
    try:
        return FeedPage.model_validate(found)
    except ValidationError as error:
        said = f"no page of a feed: {say_what_is_wrong(error)}"
        raise FeedError(said, Silence.INVALID, permanent=True) from None


def _int(text: str) -> Any:
    """A number that no column holds stays text, which makes its item bad and no other."""
    return int(text) if len(text) <= LONGEST_INT else text


def _float(text: str) -> Any:
    number = float(text)
    return number if math.isfinite(number) else text
