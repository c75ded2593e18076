"""How the client talks: one request, tried again where that is safe; errors as what they mean.

What is written bears an ``Idempotency-Key``, the same one at each try: an answer that was lost on
its way is given again, and nothing is done twice.
"""

from __future__ import annotations

import platform
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from integrations.client_errors import ApiError, UnreachableError, error_of

MAY_PASS: Final = frozenset({429, 502, 503, 504})
LASTING: Final = frozenset({"libreoffice"})
"""Problems that answer 503 and that the next try would meet again."""
SAFE: Final = frozenset({"GET", "HEAD"})
PREFIX: Final = "/api/v1"
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 10.0
Take = Callable[[httpx.Response], object]


@dataclass(frozen=True, slots=True)
class Waits:
    """By which clock the client is patient, and how it passes the time; tests give their own."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Transport:
    """Requests to one server with one token. ``patience``: seconds for all tries of a call."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float,
        patience: float,
        agent: str = "",
        transport: httpx.BaseTransport | None = None,
        waits: Waits = Waits(),
    ) -> None:
        self._waits = waits
        self._patience = patience
        self._timeout = timeout
        self._http = httpx.Client(
            base_url=base_url.rstrip("/").removesuffix(PREFIX) + PREFIX,
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "User-Agent": f"{agent} {_agent()}".strip(),
            },
            # A redirect is an error that says where to: the token goes nowhere by itself.
            follow_redirects=False,
            transport=transport,
        )

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        if_match: int | str | None = None,
        take: Take = httpx.Response.read,
        **given: Any,
    ) -> httpx.Response:
        """One call until it is answered; ``ApiError`` for what was refused, or failed too long.

        ``given``: as httpx takes it (``params``, ``json``, ``files``). ``take`` takes what comes,
        from its beginning at each try; by itself it is kept in memory.
        """
        headers = {} if if_match is None else {"If-Match": _tag(if_match)}
        if method not in SAFE:
            headers["Idempotency-Key"] = key or secrets.token_urlsafe(18)
        end = self._waits.clock() + self._patience
        jittered = wait_random_exponential(FIRST_PAUSE, LONGEST_PAUSE)

        def pause(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return max(jittered(state), getattr(error, "retry_after", 0))

        def enough(state: RetryCallState) -> bool:
            return self._waits.clock() + state.upcoming_sleep >= end

        retrying = Retrying(
            sleep=self._waits.sleep,
            wait=pause,
            stop=enough,
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        return retrying(self._try, end, method, path, headers, given, take)

    def _try(
        self,
        end: float,
        method: str,
        path: str,
        headers: Mapping[str, str],
        given: Mapping[str, Any],
        take: Take,
    ) -> httpx.Response:
        seconds = max(0.5, min(self._timeout, end - self._waits.clock()))
        asked: dict[str, Any] = {"headers": headers, "timeout": seconds, **given}
        try:
            with self._http.stream(method, path, **asked) as response:
                (take if response.is_success else httpx.Response.read)(response)
        except httpx.TransportError as error:
            raise UnreachableError(
                f"{method} {path}: {_why(error)}", lasting=_lasts(error)
            ) from error
        if response.is_success:
            return response
        raise error_of(response)


def _tag(version: int | str) -> str:
    text = str(version)
    return text if text == "*" or text.endswith('"') else f'"{text}"'


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, UnreachableError):
        return not error.permanent
    return isinstance(error, ApiError) and error.status in MAY_PASS and error.code not in LASTING


def _lasts(error: httpx.TransportError) -> bool:
    """Whether trying again cannot help: a wrong address, a certificate that is refused."""
    wrong = isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError)
    return wrong or _is_tls(error)


def _is_tls(error: BaseException) -> bool:
    cause = error.__cause__ or error.__context__
    return isinstance(error, ssl.SSLCertVerificationError) or (cause is not None and _is_tls(cause))


def _why(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__


def _agent() -> str:
    try:
        version = metadata.version("dondoc")
    except metadata.PackageNotFoundError:  # the file was copied, not installed
        version = "0"
    return f"dondoc-client/{version} python/{platform.python_version()}"
