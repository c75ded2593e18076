"""What a feed answered: read whole within bounds, unpacked, and taken for a page or not."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
from pydantic import ValidationError

from integrations.feed_limits import FeedError, GatherLimits
from plans.feed_items import FeedPage, say_what_is_wrong
from plans.terms import Silence

LONGEST_INT: Final = 18


@dataclass(frozen=True, slots=True)
class Reply:
    """What a feed answered, not looked at yet."""

    body: bytes
    media_type: str


async def read_reply(response: httpx.Response, limits: GatherLimits) -> Reply:
    """The body, at most ``page_bytes`` of it, also once it is unpacked; ``FeedError``."""
    media_type = response.headers.get("Content-Type", "no type").partition(";")[0]
    return Reply(await _read(response, limits), media_type)


async def _read(response: httpx.Response, limits: GatherLimits) -> bytes:
    parts, size, most = [], 0, limits.page_bytes
    async for part in _raw(response):
        parts.append(part)
        size += len(part)
        if size > most:
            raise _too_large(most)
        if len(parts) > limits.pieces:  # Each costs as much as a kilobyte, if it is one byte.
            said = f"the answer comes in over {limits.pieces} pieces"
            raise FeedError(said, Silence.INVALID, permanent=True)
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


def parse_page(reply: Reply, limits: GatherLimits) -> FeedPage:
    """Read a page's shape; its items are judged one by one, later. ``FeedError``: it has none."""
    found = parse_json(reply)
    try:
        page = FeedPage.model_validate(found)
    except ValidationError as error:
        said = f"no page of a feed: {say_what_is_wrong(error)}"
        raise FeedError(said, Silence.INVALID, permanent=True) from None
    if len(page.items) > limits.most_items:
        said = f"a page of {len(page.items)} items, where {limits.page_items} were asked for"
        raise FeedError(said, Silence.INVALID, permanent=True)
    return page


def parse_json(reply: Reply) -> Any:
    """What an answer holds, whatever that is; ``FeedError``: no JSON."""
    try:
        return json.loads(
            reply.body, parse_int=_int, parse_float=_float, parse_constant=lambda text: text
        )
    except (ValueError, RecursionError):
        said = f"the answer is no JSON but {reply.media_type[:60]!r}"
        said = "the answer is broken JSON" if "json" in reply.media_type.lower() else said
        raise FeedError(said, Silence.INVALID, permanent=True) from None


def _int(text: str) -> Any:
    """A number that no column holds stays text, which makes its item bad and no other."""
    return int(text) if len(text) <= LONGEST_INT else text


def _float(text: str) -> Any:
    number = float(text)
    return number if math.isfinite(number) else text
