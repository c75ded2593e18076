"""One message to a webhook: signed, sent to an address that was judged, its answer bounded.

Signed as the Standard Webhooks specification says (https://www.standardwebhooks.com), so that a
receiver checks it with any of its libraries, in its own language.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

import httpx
from standardwebhooks import Webhook

from integrations.public_hosts import Resolver, addresses_of, parse_url, resolve
from integrations.wording import flat
from plans.errors import InvalidInput
from plans.following import Change

SECONDS: Final = 10.0
"""For everything that one message takes: the name, the connection, the answer."""
CONNECT_SECONDS: Final = 3.0
ADDRESSES: Final = 4
LONGEST_ANSWER: Final = 64_000
SHOWN: Final = 200
GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. ``id`` stays the same however often it is: receivers drop repeats by it."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; no status where nothing did. ``said`` is for people to read."""

    status: int | None
    said: str

    @property
    def taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def short(self) -> str:
        """What was answered, without the words of a stranger: for our own messages."""
        return self.said if self.status is None else f"HTTP {self.status}"

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no messages any more."""
        return self.status == GONE


def message_of(webhook: str, change: Change) -> Message:
    """A ledger event as a message."""
    body = {
        "type": f"assignment.{change.kind}",
        "timestamp": change.recorded_at.isoformat(),
        "data": change.model_dump(mode="json"),
    }
    return Message(f"msg_{webhook}_{change.position}", _json(body))


def ping_of(webhook: str, now: datetime) -> Message:
    """A message that says nothing, to try a webhook with."""
    body = {"type": "ping", "timestamp": now.isoformat(), "data": {"webhook": webhook}}
    return Message(f"msg_{webhook}_ping_{secrets.token_hex(4)}", _json(body))


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def signed(secret: str, message: Message, at: datetime) -> dict[str, str]:
    """The headers by which a receiver knows that a message is ours, and of this moment."""
    # The library takes whatever zone a time has for UTC.
    moment = at.astimezone(UTC).replace(microsecond=0)
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message.id, moment, message.body),
    }


class Sender:
    """Sends one webhook's messages, over a connection of its own."""

    def __init__(
        self,
        *,
        allow_private: bool,
        resolver: Resolver = resolve,
        verify: ssl.SSLContext | None = None,
        resolving: Executor | None = None,
    ) -> None:
        self._allow_private, self._resolver, self._resolving = allow_private, resolver, resolving
        # No proxy of the environment: it would look the name up again, and connect elsewhere.
        self._client = httpx.AsyncClient(
            verify=verify or httpx.create_ssl_context(), trust_env=False, follow_redirects=False
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def send(self, url: str, secret: str, message: Message) -> Reply:
        """Send a message once; whatever goes wrong is the reply."""
        try:
            # httpx bounds the wait for each piece, not for all of them: a slow drip has no end.
            async with asyncio.timeout(SECONDS):
                return await self._send(url, secret, message)
        except InvalidInput as error:
            return Reply(None, str(error))
        except (TimeoutError, httpx.TimeoutException):
            return Reply(None, f"no whole answer in {SECONDS:.0f} s")
        except httpx.ConnectError as error:
            return Reply(None, f"no connection: {flat(str(error))[:SHOWN]}")
        except httpx.HTTPError:
            return Reply(None, "the connection broke off")

    async def _send(self, url: str, secret: str, message: Message) -> Reply:
        parsed = parse_url(url, allow_private=self._allow_private)
        find = partial(
            addresses_of, parsed, allow_private=self._allow_private, resolver=self._resolver
        )
        loop = asyncio.get_running_loop()
        addresses = await loop.run_in_executor(self._resolving, find)
        return await self._to_one_of(addresses[:ADDRESSES], parsed, secret, message)

    async def _to_one_of(
        self, addresses: Sequence[str], url: httpx.URL, secret: str, message: Message
    ) -> Reply:
        for address in addresses[:-1]:
            try:
                return await self._post(address, url, secret, message)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # Nothing was sent; the host may be reached at its next address.
        return await self._post(addresses[-1], url, secret, message)

    async def _post(self, address: str, url: httpx.URL, secret: str, message: Message) -> Reply:
        """Connect to the very address that was judged; name and certificate are the host's."""
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "Dondoc",
            "Accept-Encoding": "identity",
            **signed(secret, message, datetime.now(UTC)),
        }
        async with self._client.stream(
            "POST",
            url.copy_with(host=address),
            content=message.body.encode(),
            headers=headers,
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
            timeout=httpx.Timeout(SECONDS, connect=CONNECT_SECONDS),
        ) as response:
            return Reply(response.status_code, await _said(response))


async def _said(response: httpx.Response) -> str:
    """The answer in one line; a success needs no more words than its status."""
    text = b""
    async for part in response.aiter_raw():
        text += part[: LONGEST_ANSWER - len(text)]
        if len(text) >= LONGEST_ANSWER:
            break
    status = f"HTTP {response.status_code}"
    if response.is_success:
        return status
    if 300 <= response.status_code < 400:
        return f"{status}: it redirects, which is not followed"
    words = flat(text.decode("utf-8", "replace"))[:SHOWN]
    return f"{status}: {words}" if words else status
