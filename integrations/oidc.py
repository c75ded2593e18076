"""A provider of identities (OpenID Connect): sending somebody there, and learning who came back.

The authorization code flow with PKCE (RFC 7636), by OpenID Connect Core 1.0 and Discovery 1.0.
Authlib makes the requests' parameters and judges the ID token; httpx carries them. Authlib's own
client over httpx is not used: it warns that it will go.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, Field, ValidationError

from plans.errors import OutsideError, Unauthenticated
from plans.sealing import fingerprint
from plans.web_settings import OidcSettings, is_loopback

TIMEOUT = httpx.Timeout(5, connect=3)
LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
KEPT = 3600
"""Seconds for which the provider's own description and keys are not asked for again."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Asymmetric ones alone: never ``none``, nor one whose key a reader of the keys would know."""
LONGEST_SUBJECT = 255
_AGAIN = "begin the sign-in again"
T = TypeVar("T")


class Journey(BaseModel):
    """What somebody takes along to the provider, and shows when coming back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for. ``subject``: issuer and subject, one text.

    ``email``: only if the provider has verified it. ``mfa``: it asked for a second factor.
    """

    subject: str
    email: str | None
    mfa: bool


class _Described(BaseModel):
    """What of the provider's description (Discovery 1.0, section 3) is needed."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = Field(
        default_factory=lambda: ["client_secret_basic"]
    )


class Provider:
    """The one provider of the settings. ``transport``: how it is reached, for tests."""

    def __init__(
        self, settings: OidcSettings, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        assert settings.oidc_issuer and settings.oidc_client_id
        self.issuer, self.client_id = settings.oidc_issuer, settings.oidc_client_id
        self.name = settings.oidc_name
        self._secret = settings.oidc_client_secret
        self._transport = transport
        self._tls = httpx.create_ssl_context()
        self._kept: dict[str, tuple[float, Any]] = {}

    def begin(self, redirect_uri: str) -> tuple[str, Journey]:
        """Where to send somebody, who is to come back to ``redirect_uri``.

        ``OutsideError``: the provider does not answer.
        """
        journey = Journey(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
        )
        with self._open() as client:
            described = self._described(client)
            url, _ = self._oauth(client, redirect_uri).create_authorization_url(
                described.authorization_endpoint,
                state=journey.state,
                code_verifier=journey.verifier,
                nonce=journey.nonce,
            )
        return str(url), journey

    def finish(self, code: str, journey: Journey, redirect_uri: str, now: datetime) -> Identity:
        """Who came back with a code.

        ``Unauthenticated``: the provider does not know the code, or what it says of the person is
        not to be trusted; ``OutsideError``: it does not answer, or not as it should.
        """
        with self._open() as client:
            described = self._described(client)
            token = self._redeem(client, described, code, journey, redirect_uri)
            claims = self._verified(client, described, token, journey.nonce, now)
            about = claims
            if "email" not in claims and described.userinfo_endpoint is not None:
                about = self._asked(client, described.userinfo_endpoint, token, claims)
        return self._identity(claims, about)

    # --- what is asked ---------------------------------------------------------------------------

    def _open(self) -> httpx.Client:
        # A provider on this machine is not behind the office's proxy.
        trust_env = not is_loopback(urlsplit(self.issuer).hostname)
        return httpx.Client(
            timeout=TIMEOUT, trust_env=trust_env, verify=self._tls, transport=self._transport
        )

    def _oauth(self, client: httpx.Client, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            session=client,
            client_id=self.client_id,
            scope="openid email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _described(self, client: httpx.Client) -> _Described:
        url = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        return self._load(client, url, self._read_description)

    def _read_description(self, said: Any) -> _Described:
        try:
            found = _Described.model_validate(said)
        except ValidationError as error:
            raise _wrong(f"its description lacks {error.errors()[0]['loc'][0]}") from None
        if found.issuer != self.issuer:
            raise _wrong("it is not the issuer of DONDOC_OIDC_ISSUER, to the letter")
        asked = (found.token_endpoint, found.jwks_uri, found.userinfo_endpoint)
        schemes = ("https", urlsplit(self.issuer).scheme)
        if any(one and urlsplit(one).scheme not in schemes for one in asked):
            raise _wrong("it names an address that is not https")
        return found

    def _keys(self, client: httpx.Client, described: _Described, *, again: bool = False) -> KeySet:
        return self._load(client, described.jwks_uri, _read_keys, again=again)

    def _load(
        self, client: httpx.Client, url: str, read: Callable[[Any], T], *, again: bool = False
    ) -> T:
        """What lies at an address; only what could be read is kept."""
        until, kept = self._kept.get(url, (0.0, None))
        if again or until <= time.monotonic():
            kept = read(_ask(client, url))
            self._kept[url] = time.monotonic() + KEPT, kept
        return cast(T, kept)

    def _redeem(
        self,
        client: httpx.Client,
        described: _Described,
        code: str,
        journey: Journey,
        redirect_uri: str,
    ) -> Mapping[str, Any]:
        auth, shown = self._authentication(described)
        try:
            token: Mapping[str, Any] = self._oauth(client, redirect_uri).fetch_token(
                described.token_endpoint,
                auth=auth,
                grant_type="authorization_code",
                code=code,
                code_verifier=journey.verifier,
                **shown,
            )
        except OAuth2Error as error:
            if error.error == "invalid_grant":
                raise Unauthenticated(
                    f"the provider does not know this sign-in (any more); {_AGAIN}"
                ) from None
            raise _wrong(f"it refused us: {error.error}") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise _away(error) from None
        return token

    def _authentication(self, described: _Described) -> tuple[httpx.Auth, dict[str, str]]:
        """How we say who we are (Core 1.0, section 9): in a header or in the form."""
        if self._secret is None:
            return httpx.Auth(), {"client_id": self.client_id}
        secret = self._secret.get_secret_value()
        taken = described.token_endpoint_auth_methods_supported
        if "client_secret_basic" not in taken and "client_secret_post" in taken:
            return httpx.Auth(), {"client_id": self.client_id, "client_secret": secret}
        # RFC 6749, section 2.3.1: each is encoded as in a form first.
        return httpx.BasicAuth(quote(self.client_id, safe=""), quote(secret, safe="")), {}

    def _asked(
        self,
        client: httpx.Client,
        url: str,
        token: Mapping[str, Any],
        claims: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        """What the provider says of a person beside the ID token."""
        said = _ask(client, url, {"Authorization": f"Bearer {token.get('access_token')}"})
        # Core 1.0, section 5.3.2: of another subject it is not to be used.
        return said if said.get("sub") == claims["sub"] else {}

    # --- what is believed ------------------------------------------------------------------------

    def _verified(
        self,
        client: httpx.Client,
        described: _Described,
        token: Mapping[str, Any],
        nonce: str,
        now: datetime,
    ) -> Mapping[str, Any]:
        """The ID token's claims, once its signature and they themselves hold (section 3.1.3.7)."""
        raw, options = str(token.get("id_token") or ""), self._expected()
        try:
            try:
                found = jwt.decode(raw, self._keys(client, described), ALGORITHMS)
            except (InvalidKeyIdError, BadSignatureError):
                # The provider may have changed its keys since we asked for them.
                found = jwt.decode(raw, self._keys(client, described, again=True), ALGORITHMS)
            params = {
                "nonce": nonce,
                "client_id": self.client_id,
                "access_token": token.get("access_token"),
            }
            claims = CodeIDToken(found.claims, found.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError) as error:
            said = f"the provider's ID token is not to be trusted ({error}); {_AGAIN}"
            raise Unauthenticated(said) from None
        return dict(claims)

    def _expected(self) -> dict[str, Any]:
        return {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }

    def _identity(self, claims: Mapping[str, Any], about: Mapping[str, Any]) -> Identity:
        subject = f"{self.issuer}|{claims['sub']}"
        if len(subject) > LONGEST_SUBJECT:
            subject = f"{self.issuer}|{fingerprint(claims['sub'])}"
        email, verified = about.get("email"), about.get("email_verified")
        known = isinstance(email, str) and verified in (True, "true")
        return Identity(subject, email if known else None, "mfa" in (claims.get("amr") or ()))


def open_provider(settings: OidcSettings) -> Provider | None:
    """The provider of the settings; None: nobody signs in that way."""
    return Provider(settings) if settings.oidc_issuer else None


def _read_keys(said: Any) -> KeySet:
    try:
        return KeySet.import_key_set(said)
    except (JoseError, LookupError, TypeError, ValueError, AttributeError):
        raise _wrong("its keys cannot be read") from None


def _ask(client: httpx.Client, url: str, headers: Mapping[str, str] | None = None) -> Any:
    """A JSON object; ``OutsideError``: there is none to be had."""
    try:
        answer = client.get(url, headers=headers)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _away(error) from None
    if not isinstance(found, dict):
        raise _wrong(f"{urlsplit(url).path} is no JSON object")
    return found


def _away(error: Exception) -> OutsideError:
    said = f"the provider of identities does not answer now ({type(error).__name__})"
    return OutsideError(f"{said}; try again, or sign in another way", permanent=False)


def _wrong(what: str) -> OutsideError:
    return OutsideError(
        f"the provider of identities is not set up as it should: {what}", permanent=True
    )
