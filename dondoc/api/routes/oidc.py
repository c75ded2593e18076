"""Signing in by a provider of identities: the way there and the way back, in a browser.

What is sent along is kept in a signed cookie that holds for ten minutes, so that only the browser
that set out can come back, and once: the provider knows a code no second time.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import RedirectResponse, Response

from dondoc.api import sessions as cookies
from dondoc.api.context import Context
from dondoc.api.routing import Visit, public
from dondoc.api.signing import begin_session, moment_of
from integrations.oidc import Identity, Journey, Provider
from plans.errors import Denied, NotFound, SecondFactor, Unauthenticated
from plans.identity import signing_in
from plans.sealing import key_of, same
from plans.settings import Settings
from plans.store import writing

api = APIRouter(include_in_schema=False)

PATH = "/sign-in/oidc"
COOKIE, PURPOSE = "dondoc_oidc", "oidc"
LIFE = timedelta(minutes=10)
AGAIN = "this sign-in took too long, or was begun in another browser; begin it again"


def own_path(text: str) -> str:
    """A path of ours; ``ValueError``: it could lead a browser to another site."""
    visible = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    if not visible or not text.startswith("/") or text.startswith("//"):
        raise ValueError("must be a path of this service, as in /")
    return text


OwnPath = Annotated[str, Field(max_length=500), AfterValidator(own_path)]


class SetOut(BaseModel):
    """``next``: where to go once signed in."""

    model_config = ConfigDict(extra="forbid")

    next: OwnPath = "/"


class ComeBack(BaseModel):
    """What the provider sends back (RFC 6749, 4.1.2; RFC 9207); it may add to that."""

    state: Annotated[str, Field(max_length=200)] = ""
    code: Annotated[str, Field(max_length=4000)] | None = None
    error: Annotated[str, Field(max_length=100, pattern=r"^[\x20-\x7e]+$")] | None = None
    iss: Annotated[str, Field(max_length=300)] | None = None


class Kept(BaseModel):
    """What the cookie holds."""

    journey: Journey
    next: OwnPath


@api.get(PATH, **public(strict=True, answers=(404,)))
def set_out(given: Annotated[SetOut, Query()], here: Visit) -> Response:
    """Go to the provider, to come back signed in."""
    url, journey = provider_of(here).begin(redirect_uri(here.settings))
    kept = Kept(journey=journey, next=given.next)
    value = _serializer(here.settings, here.now).dumps(kept.model_dump())
    cookies.leave_cookie(here.request, _cookie(here.settings, str(value), LIFE))
    return RedirectResponse(url, 303)


@api.get(f"{PATH}/callback", **public(strict=True, answers=(401, 403, 404)))
def come_back(given: Annotated[ComeBack, Query()], here: Visit) -> Response:
    """Come back from the provider: the session begins."""
    provider = provider_of(here)
    try:
        kept = _kept(here, given.state)
        cookies.leave_cookie(here.request, _cookie(here.settings, "", timedelta(0)))
        identity = _identified(provider, given, kept.journey, here)
    except Unauthenticated:
        with writing(here.engine) as connection:
            detail = {"why": "provider", "method": "oidc"}
            signing_in.note_refused(connection, moment_of(here), signing_in.NOBODY, detail)
        raise
    _enter(here, identity)
    return RedirectResponse(kept.next, 303)


def provider_of(here: Context) -> Provider:
    """The provider; ``NotFound``: none is set up."""
    provider: Provider | None = here.running.extras.get("oidc")
    if provider is None:
        raise NotFound("no provider of identities is set up here (DONDOC_OIDC_ISSUER)")
    return provider


def redirect_uri(settings: Settings) -> str:
    """Where the provider sends people back to: what it has to be told of us."""
    return f"{settings.base_url}{PATH}/callback"


def _identified(provider: Provider, given: ComeBack, journey: Journey, here: Context) -> Identity:
    if given.iss is not None and given.iss != provider.issuer:
        raise Unauthenticated("this answer is not of our provider of identities")
    if given.error or not given.code:
        why = given.error or "no code was given"
        raise Unauthenticated(f"the provider did not let you in: {why}")
    return provider.finish(given.code, journey, redirect_uri(here.settings), here.now)


def _enter(here: Context, who: Identity) -> None:
    try:
        begin_session(
            here,
            lambda connection, at: signing_in.by_identity(
                connection, who.subject, who.email, None, at, mfa=who.mfa
            ),
        )
    except SecondFactor:
        raise Denied(
            "your account has a second factor, which the provider did not ask for ('mfa'): "
            "sign in with e-mail, password and code"
        ) from None
    except Unauthenticated as error:
        raise Denied(str(error)) from None


# --- the cookie ---------------------------------------------------------------------------------


class _Signer(TimestampSigner):
    """A signer whose clock is the caller's."""

    def __init__(self, *given: Any, now: datetime, **more: Any) -> None:
        super().__init__(*given, **more)
        self.now = now

    def get_timestamp(self) -> int:
        return int(self.now.timestamp())


def _serializer(settings: Settings, now: datetime) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        key_of(settings.secret, PURPOSE),
        salt=PURPOSE,
        signer=_Signer,
        signer_kwargs={"digest_method": hashlib.sha256, "now": now},
    )


def _kept(here: Context, state: str) -> Kept:
    """What this browser set out with; ``Unauthenticated``: it did not, or not with this state."""
    value = here.request.cookies.get(COOKIE, "")
    try:
        said = _serializer(here.settings, here.now).loads(value, max_age=LIFE.seconds)
        kept = Kept.model_validate(said)
    except (BadSignature, ValidationError):
        raise Unauthenticated(AGAIN) from None
    if not same(kept.journey.state, state):
        raise Unauthenticated(AGAIN)
    return kept


def _cookie(settings: Settings, value: str, life: timedelta) -> str:
    base = urlsplit(settings.base_url)
    secure = "; Secure" if base.scheme == "https" else ""
    path, seconds = f"{base.path}{PATH}", int(life.total_seconds())
    return f"{COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
