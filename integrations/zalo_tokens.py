"""Zalo's access: good for about a day, renewed with a token that is good once.

Zalo's OAuth v4 for Official Accounts: ``POST /v4/oa/access_token`` gives an access token and the
next refresh token, and the old one is dead from then on. So one process renews at a time (it takes
the renewal in the record first), and what comes is kept before it is used. A process that is killed
between Zalo's answer and that leaves a token that Zalo takes no more: then an administrator of the
Official Account has to authorise Dondoc anew, and the office is told so.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from integrations.channels import ChannelError, Setup
from integrations.smtp_answers import readable
from plans.errors import DondocError, InvalidInput, OutsideError
from plans.sealing import seal, unseal
from plans.store import Engine, channels, reading, writing

CHANNEL: Final = "zalo"
PURPOSE: Final = "channel-access"
PATH: Final = "/v4/oa/access_token"
PERMISSION: Final = "/v4/oa/permission"
AHEAD: Final = timedelta(minutes=30)
"""So long before its end an access is renewed; others go on with it meanwhile."""
RENEWING: Final = timedelta(seconds=90)
"""Longer than one renewal takes, whatever happens: then another may try."""
SHORTEST: Final = 60
NAP: Final = 0.2
ANEW: Final = "authorise Dondoc with Zalo anew ('dondoc channels zalo-authorize')"
OURS: Final = re.compile(r"secret|\bapp", re.I)
"""In Zalo's words: our settings are wrong, and the refresh token is as good as before."""
Clock = Callable[[], datetime]


class Tokens:
    """The access that all processes share, for several threads."""

    def __init__(self, setup: Setup, client: httpx.Client, clock: Clock | None = None) -> None:
        self.engine, self.secret = setup.engine, setup.settings.secret
        self.settings, self.client = setup.channels, client
        self.clock = clock or (lambda: datetime.now(UTC))
        self._guard = Lock()
        self._access: str | None = None
        self._good_until: datetime | None = None

    def access(self, *, instead_of: str | None = None) -> str:
        """An access token; ``instead_of``: one that Zalo does not take any more.

        ``ChannelError``: there is none, or it was not renewed.
        """
        with self._guard:
            usable = self._good_until is not None and self.clock() < self._good_until
            if self._access is None or not usable or self._access == instead_of:
                self._access = self._shared(instead_of)
            return self._access

    def _shared(self, instead_of: str | None) -> str:
        """The record's, renewed where it has to be; waits for another process that does so."""
        until = time.monotonic() + RENEWING.total_seconds()
        while True:
            row = self._row()
            now = self.clock()
            access = self._opened(row.access) if row.access else None
            fresh = access is not None and access != instead_of and row.expires_at > now
            if fresh and row.expires_at > now + AHEAD:
                assert access is not None
                self._good_until = row.expires_at - AHEAD
                return access
            if self._begin(row, now):
                try:
                    return self._renewed(row)
                except ChannelError:
                    if not fresh:
                        raise
            if fresh:  # it is good for a while yet, also where its renewal is another's or failed
                assert access is not None
                self._good_until = now + timedelta(seconds=SHORTEST)
                return access
            if time.monotonic() > until:
                raise ChannelError("Zalo's access is being renewed elsewhere", "later")
            time.sleep(NAP)

    def _row(self) -> Any:
        with reading(self.engine) as connection:
            row = channels.token_row(connection, CHANNEL)
        if row is None:
            raise ChannelError(f"no access to Zalo yet: {ANEW}", "channel")
        if row.refresh is None:
            raise ChannelError(f"{row.failure or 'no access to Zalo'}; {ANEW}", "channel")
        return row

    def _begin(self, row: Any, now: datetime) -> bool:
        with writing(self.engine) as connection:
            return channels.begin_renewal(connection, CHANNEL, row.refresh, now, now + RENEWING)

    def _renewed(self, row: Any) -> str:
        refresh = self._opened(row.refresh)
        try:
            answer = exchange(
                self.client, self.settings, grant_type="refresh_token", refresh_token=refresh
            )
        except (DondocError, httpx.HTTPError) as error:
            self._failed(row, error)
            raise ChannelError(f"Zalo's access was not renewed: {error}", "channel") from error
        access, self._good_until = keep(self.engine, self.secret, answer, self.clock())
        return access

    def _opened(self, sealed: str) -> str:
        try:
            return unseal(self.secret, PURPOSE, sealed)
        except DondocError as error:
            raise ChannelError(f"{error}; {ANEW}", "channel") from error

    def _failed(self, row: Any, error: Exception) -> None:
        """Say so in the record. What Zalo refused is dead; what it did not answer may not be."""
        refused = isinstance(error, OutsideError) and error.permanent
        spent, text = refused and not OURS.search(str(error)), readable(str(error), 300)
        with writing(self.engine) as connection:
            channels.end_renewal(connection, CHANNEL, row.refresh, self.clock(), text, spent=spent)


def keep(engine: Engine, secret: str, answer: Any, now: datetime) -> tuple[str, datetime]:
    """Keep what Zalo gave, sealed, before anything else; gives the access, and until when."""
    seconds = max(int(answer["expires_in"]), SHORTEST)
    expires = now + timedelta(seconds=seconds)
    with writing(engine) as connection:
        channels.keep_token(
            connection,
            CHANNEL,
            access=seal(secret, PURPOSE, answer["access_token"]),
            refresh=seal(secret, PURPOSE, answer["refresh_token"]),
            expires_at=expires,
            now=now,
        )
    return answer["access_token"], expires - min(AHEAD, timedelta(seconds=seconds / 2))


def exchange(client: httpx.Client, settings: Any, **given: str) -> Any:
    """A code, or a refresh token, for an access token and the next refresh token.

    ``OutsideError``: Zalo refused it (permanent), or did not answer as documented;
    ``InvalidInput``: a setting is missing; ``httpx.HTTPError``: no answer.
    """
    number, key = settings.zalo_application()
    form = {"app_id": number} | given
    response = client.post(settings.zalo_oauth_url + PATH, data=form, headers={"secret_key": key})
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise OutsideError(f"Zalo answered HTTP {response.status_code}", permanent=False)
    if not (answer.get("access_token") and answer.get("refresh_token")):
        said = answer.get("error_description") or answer.get("error_name") or answer.get("message")
        code = answer.get("error", response.status_code)
        text = f"Zalo refused ({code}): {readable(str(said or 'without a reason'), 160)}"
        raise OutsideError(text, permanent="error" in answer and response.status_code < 500)
    if not str(answer.get("expires_in", "")).isdecimal():
        answer["expires_in"] = SHORTEST
    return answer


@dataclass(frozen=True, slots=True)
class Asked:
    """Where an administrator of the Official Account permits us to send for it (with PKCE)."""

    url: str
    verifier: str
    state: str

    def code_in(self, said: str) -> str:
        """The code in the address that Zalo led back to, or the code itself.

        ``InvalidInput``: that address answers another question than ours.
        """
        given = parse_qs(urlsplit(said.strip()).query)
        if "code" not in given:
            return said.strip()
        if given.get("state", [""])[0] != self.state:
            raise InvalidInput("this address belongs to another permission: begin anew")
        return given["code"][0]


def ask(setup: Setup, redirect_uri: str) -> Asked:
    """Begin an authorisation; ``InvalidInput``: a setting is missing."""
    number, _ = setup.channels.zalo_application()
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    given = {"app_id": number, "redirect_uri": redirect_uri, "state": state}
    query = urlencode(given | {"code_challenge": challenge})
    return Asked(f"{setup.channels.zalo_oauth_url}{PERMISSION}?{query}", verifier, state)


def authorise(setup: Setup, code: str, verifier: str | None = None) -> datetime:
    """Trade the code of an administrator's permission for the first access; gives until when.

    ``InvalidInput``: no code, or Zalo refused it; ``OutsideError``: it did not answer.
    """
    if not code.strip():
        raise InvalidInput("code: paste the code that Zalo's page led back with")
    given = {"grant_type": "authorization_code", "code": code.strip()}
    return _first(setup, given | ({"code_verifier": verifier} if verifier else {}))


def adopt(setup: Setup, refresh: str) -> datetime:
    """Begin with a refresh token that Zalo's own tool gave; it is renewed at once, so it is ours.

    As ``authorise``.
    """
    if not refresh.strip():
        raise InvalidInput("refresh_token: paste the refresh token that Zalo's tool shows")
    return _first(setup, {"grant_type": "refresh_token", "refresh_token": refresh.strip()})


def _first(setup: Setup, given: dict[str, str]) -> datetime:
    now = datetime.now(UTC)
    with httpx.Client(timeout=setup.channels.channel_timeout_seconds) as client:
        try:
            answer = exchange(client, setup.channels, **given)
        except httpx.HTTPError as error:
            text = f"Zalo did not answer: {type(error).__name__}"
            raise OutsideError(text, permanent=False) from error
        except OutsideError as error:
            if error.permanent:
                raise InvalidInput(str(error), fields={"code": str(error)}) from None
            raise
    keep(setup.engine, setup.settings.secret, answer, now)
    return now + timedelta(seconds=int(answer["expires_in"]))
