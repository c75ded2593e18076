"""One page of an agency's feed over HTTP: asked for once, bounded in time and size."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpcore
import httpx

from integrations.feed_answers import Reply, read_reply
from integrations.feed_connections import ForbiddenAddress
from integrations.feed_limits import FeedError, GatherLimits
from plans.terms import Silence

MAY_PASS: Final = (429, 500, 502, 503, 504)
_NETWORK: Final = (
    httpx.TransportError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)
_BROKE_OFF: Final = ("Server disconnected", "peer closed connection")


@dataclass(frozen=True, slots=True)
class Target:
    """Which feed to ask, how, and for how many seconds at most to wait for one answer."""

    url: str
    timeout: float
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


async def ask(
    client: httpx.AsyncClient,
    target: Target,
    cursor: str | None,
    limits: GatherLimits,
    seconds: float,
) -> Reply:
    """Ask once for the page after a cursor, in at most so many seconds; ``FeedError``."""
    wanted = {"limit": str(limits.page_items)} | ({"since": cursor} if cursor else {})
    return await exchange(client, target, tuple(wanted.items()), limits, seconds)


async def exchange(
    client: httpx.AsyncClient,
    target: Target,
    wanted: Sequence[tuple[str, str]],
    limits: GatherLimits,
    seconds: float,
    *,
    explain: Callable[[bytes], str] | None = None,
) -> Reply:
    """Ask a target once, with ``wanted`` in its query; ``FeedError``.

    ``explain``: what a refusal's body says, which is told beside its status.
    """
    try:
        request = _request(target, wanted)
        # httpx bounds the wait for each piece, not for all of them: a slow drip has no end.
        async with asyncio.timeout(seconds):
            response = await client.send(request, stream=True)
            try:
                try:
                    _check_status(response, limits)
                except FeedError as error:
                    raise await _explained(response, error, limits, explain) from None
                return await read_reply(response, limits)
            finally:
                await response.aclose()
    except (TimeoutError, httpx.TimeoutException):
        raise FeedError(f"no whole answer in {seconds:.3g} s", Silence.UNREACHABLE) from None
    except ForbiddenAddress as error:
        raise FeedError(str(error), Silence.ERROR, permanent=True) from None
    except _NETWORK as error:
        raise _of_transport(error) from error
    except (httpx.InvalidURL, UnicodeError):  # UnicodeError: the name of its host
        raise FeedError("its address is no URL", Silence.ERROR, permanent=True) from None


async def _explained(
    response: httpx.Response,
    error: FeedError,
    limits: GatherLimits,
    explain: Callable[[bytes], str] | None,
) -> FeedError:
    if explain is None or not response.is_error:
        return error
    said = explain((await read_reply(response, limits)).body)
    if not said:
        return error
    return FeedError(
        f"{error}: {said}",
        error.silence,
        permanent=error.permanent,
        retry_after=error.retry_after,
    )


def _request(target: Target, wanted: Sequence[tuple[str, str]]) -> httpx.Request:
    url = httpx.URL(target.url)
    # Merged as pairs: a name may be there several times, as DHIS2's dimensions are.
    asked = {name for name, _ in wanted}
    own = [pair for pair in url.params.multi_items() if pair[0] not in asked]
    url = url.copy_with(params=httpx.QueryParams([*own, *wanted]))
    if url.port is not None and not 0 < url.port < 65_536:
        raise httpx.InvalidURL("no such port")
    if not url.host:
        raise httpx.UnsupportedProtocol("no host")
    headers = {
        "User-Agent": "Dondoc",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Connection": "close",
        **target.headers,
    }
    return httpx.Request("GET", url, headers=headers)


def _of_transport(error: Exception) -> FeedError:
    if isinstance(error, (httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol)):
        return FeedError("its address is neither http nor https", Silence.ERROR, permanent=True)
    if isinstance(error, (httpx.ConnectError, httpcore.ConnectError)):
        if _is_tls(error):
            return FeedError("its certificate is refused", Silence.UNREACHABLE, permanent=True)
        return FeedError("no connection", Silence.UNREACHABLE)
    protocol = isinstance(error, (httpx.ProtocolError, httpcore.ProtocolError))
    if protocol and not str(error).startswith(_BROKE_OFF):
        said = f"it does not answer in HTTP: {str(error)[:100]}"
        return FeedError(said, Silence.ERROR, permanent=True)
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
