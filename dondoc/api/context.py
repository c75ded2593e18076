"""What a request works with: the running service, and the one request's own things."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import Request
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from plans.access import Caller
from plans.errors import Conflict, InvalidInput, Unauthenticated
from plans.identity import tokens
from plans.settings import Settings
from plans.store import Connection, Engine, idempotency, reading, writing

MOST_KEY, MOST_SEEN = 200, 1000


@dataclass(slots=True)
class Running:
    """What one process serves with. ``clock`` gives the moment; tests give their own."""

    engine: Engine
    settings: Settings
    clock: Callable[[], datetime]
    updates: Any = None
    tokens: Any = None
    limiter: Any = None
    extras: dict[str, Any] = field(default_factory=dict)

    def now(self) -> datetime:
        """The present moment, in the office's time zone."""
        return self.clock().astimezone(self.settings.zone)


def request_id_of(request: Request) -> str:
    """The id that stands in logs, in the answer's header and in problems."""
    return str(request.scope.get("request_id", "-"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers: a model, its status and headers. ``etag`` is a version."""

    body: BaseModel | None
    status: int = 200
    etag: int | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Context:
    """One request: who calls, when, and the record. Handlers take it as ``Here``."""

    running: Running
    request: Request
    caller: Caller
    now: datetime
    body: bytes = b""

    @property
    def engine(self) -> Engine:
        """The record."""
        return self.running.engine

    @property
    def settings(self) -> Settings:
        """The shared settings."""
        return self.running.settings

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return self.settings.zone

    @property
    def day(self) -> date:
        """The office's date."""
        return self.now.date()

    @property
    def request_id(self) -> str:
        """The id that stands in logs and problems."""
        return request_id_of(self.request)

    @property
    def if_match(self) -> str | None:
        """The version that the caller saw, if it says so."""
        said = self.request.headers.get("if-match")
        if said is not None and len(said) > MOST_SEEN:
            message = f"at most {MOST_SEEN} signs"
            raise InvalidInput(f"If-Match: {message}", fields={"If-Match": message})
        return said

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that only reads."""
        with reading(self.engine) as connection:
            yield connection

    def write(
        self,
        act: Callable[[Connection], Answer],
        *,
        digest: str | None = None,
        secret: bool = False,
    ) -> Response:
        """Do something in one transaction, once for each ``Idempotency-Key``; gives the answer.

        ``digest`` stands for a body that is no JSON (a file): what makes two requests the same.
        ``secret``: the answer holds one, so it is given once and not kept.
        """
        mark = mark_of(self, digest)
        try:
            return self._write(act, mark, secret=secret)
        except IntegrityError:
            # Two requests with one key at once: the other one's answer is there now.
            if mark is None:
                raise
            return self._write(act, mark, secret=secret)

    def done_before(self) -> Response | None:
        """The answer to an earlier request with this ``Idempotency-Key``, if there was one: for
        what acts outside (sends, spends a code) before ``write`` records it."""
        mark = mark_of(self)
        if mark is None:
            return None
        with self.reading() as connection:
            kept = idempotency.find(connection, mark)
        return replayed(kept) if kept else None

    def _write(
        self, act: Callable[[Connection], Answer], mark: idempotency.Mark | None, *, secret: bool
    ) -> Response:
        with writing(self.engine) as connection:
            if tokens.ended(connection, [self.caller], self.now):
                raise Unauthenticated("this token ended; ask the coordinating office for a new one")
            if mark and (kept := idempotency.find(connection, mark)):
                if secret:
                    raise Conflict("this was done before; its secret was shown once, then")
                return replayed(kept)
            answer = act(connection)
            if mark:
                idempotency.keep(connection, [kept_of(mark, answer, secret=secret)], self.now)
        return respond(answer)


def mark_of(here: Context, digest: str | None = None) -> idempotency.Mark | None:
    """The request's idempotency key, if it bears one; ``InvalidInput`` for an impossible one."""
    key = here.request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= MOST_KEY or not key.isascii() or not key.isprintable():
        message = f"an Idempotency-Key has 1 to {MOST_KEY} printable ASCII signs"
        raise InvalidInput(message, fields={"Idempotency-Key": message})
    url = here.request.url
    said = f"{here.request.method} {url.path}?{url.query}\n{digest or ''}\n".encode() + here.body
    return idempotency.Mark(here.caller.actor, key, hashlib.sha256(said).hexdigest())


def kept_of(mark: idempotency.Mark, answer: Answer, *, secret: bool) -> idempotency.Kept:
    """An answer as it is kept for whoever asks the same again."""
    shown = answer.body is not None and not secret
    body = answer.body.model_dump(mode="json", by_alias=True) if answer.body and shown else None
    return idempotency.Kept(mark, answer.status, _headers(answer), body)


def replayed(kept: idempotency.Kept) -> Response:
    """The first answer again."""
    body = b"" if kept.body is None else orjson.dumps(kept.body)
    headers = {**kept.headers, "Idempotency-Replayed": "true"}
    return Response(body, kept.status, headers, None if kept.body is None else "application/json")


def respond(answer: Answer) -> Response:
    """An answer as a response."""
    if answer.body is None:
        return Response(status_code=answer.status, headers=_headers(answer))
    body = answer.body.model_dump_json(by_alias=True).encode()
    return Response(body, answer.status, _headers(answer), "application/json")


def _headers(answer: Answer) -> dict[str, str]:
    tag = {} if answer.etag is None else {"ETag": etag(answer.etag)}
    return {**answer.headers, **tag}


def etag(version: int | str) -> str:
    """A version as an entity tag: of an assignment, its number of ledger entries."""
    return f'"{version}"'
