"""What a provider of identities may say that is not to be believed; a fake one forges it all.

What a real one says is in ``tests/dondoc/api/test_oidc.py``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey

from integrations.oidc import LEEWAY, Identity, Journey, Provider, open_provider
from plans.errors import InvalidInput, OutsideError, Unauthenticated
from plans.web_settings import OidcSettings

NOW = datetime(2025, 4, 1, 8, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER, CLIENT = "https://id.example.vn", "dondoc"
BACK = "https://dondoc.example.vn/sign-in/oidc/callback"
JOURNEY = Journey(state="s" * 43, nonce="n" * 43, verifier="v" * 64)
KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
CLAIMS = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "an",
    "exp": AT + 300,
    "iat": AT,
    "nonce": JOURNEY.nonce,
    "email": "an@so.example.vn",
    "email_verified": True,
}


def signed(claims: dict[str, Any], key: Key = KEY, alg: str = "ES256", kid: str = "one") -> str:
    return jwt.encode({"alg": alg, "kid": kid}, claims, key, algorithms=[alg])


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@dataclass
class Fake:
    """A provider that says whatever a test wants; ``asked`` are the requests that it got."""

    token: str = ""
    userinfo: dict[str, Any] = field(default_factory=dict)
    key: Key = field(default_factory=lambda: KEY)
    described: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Callable[[], httpx.Response]] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        if path in self.answers:
            return self.answers[path]()
        return httpx.Response(200, json=self.said()[path])

    def said(self) -> dict[str, Any]:
        described = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth?tenant=1",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
            "userinfo_endpoint": f"{ISSUER}/me",
        }
        return {
            "/.well-known/openid-configuration": described | self.described,
            "/jwks": {"keys": [self.key.as_dict(private=False)]},
            "/token": {"access_token": "at", "token_type": "Bearer", "id_token": self.token},
            "/me": self.userinfo,
        }

    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]


def provider(fake: Fake, **given: Any) -> Provider:
    ours = {"oidc_issuer": ISSUER, "oidc_client_id": CLIENT, "oidc_client_secret": "p:w d"}
    settings = OidcSettings.model_validate(ours | given)
    return Provider(settings, transport=httpx.MockTransport(fake))


def finish(fake: Fake, **given: Any) -> Identity:
    return provider(fake, **given).finish("code", JOURNEY, BACK, NOW)


def test_what_is_signed_and_meant_for_us_is_believed() -> None:
    assert finish(Fake(signed(CLAIMS))) == Identity(f"{ISSUER}|an", "an@so.example.vn", False)
    many = CLAIMS | {"amr": ["pwd", "otp", "mfa"], "aud": [CLIENT, "other"], "azp": CLIENT}
    assert finish(Fake(signed(many))).mfa
    late = CLAIMS | {"exp": AT - LEEWAY + 1, "iat": AT + LEEWAY}
    assert finish(Fake(signed(late))).subject == f"{ISSUER}|an"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"aud": "another client"},
        {"aud": ["another client"]},
        {"aud": [CLIENT, "other"]},  # without azp nobody says for whom
        {"azp": "other"},
        {"exp": AT - LEEWAY},
        {"exp": "tomorrow"},
        {"iat": AT + LEEWAY + 1},
        {"nbf": AT + LEEWAY + 1},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"sub": ""},
        {"sub": 7},
        {"amr": "mfa"},
        {"at_hash": "of another access token"},
    ],
    ids=str,
)
def test_a_claim_that_does_not_hold_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated, match="not to be trusted"):
        finish(Fake(signed(CLAIMS | wrong)))


@pytest.mark.parametrize("lacking", ["iss", "aud", "sub", "exp", "iat", "nonce"])
def test_a_claim_that_lacks_is_refused(lacking: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != lacking}
    with pytest.raises(Unauthenticated, match=lacking):
        finish(Fake(signed(claims)))


def test_a_signature_of_anybody_else_is_refused() -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "one"})
    public = OctKey.import_key(json.dumps(KEY.as_dict(private=False)).encode())
    header, payload, signature = signed(CLAIMS).split(".")
    changed = encoded(CLAIMS | {"sub": "admin"})
    for forged in (
        signed(CLAIMS, stranger),
        signed(CLAIMS, public, "HS256"),
        f"{encoded({'alg': 'none'})}.{payload}.",
        f"{header}.{payload}.",
        f"{header}.{changed}.{signature}",
        "not a token",
        "",
    ):
        with pytest.raises(Unauthenticated, match="not to be trusted"):
            finish(Fake(forged))


def test_new_keys_are_asked_for_once() -> None:
    fake = Fake(signed(CLAIMS))
    known = provider(fake)
    known.finish("code", JOURNEY, BACK, NOW)
    known.finish("code", JOURNEY, BACK, NOW)
    assert fake.paths().count("/jwks") == fake.paths().count("/.well-known/openid-configuration")
    assert fake.paths().count("/jwks") == 1
    fake.key = ECKey.generate_key("P-256", {"kid": "two"})
    fake.token = signed(CLAIMS, fake.key, kid="two")
    assert known.finish("code", JOURNEY, BACK, NOW).subject == f"{ISSUER}|an"
    assert fake.paths().count("/jwks") == 2
    fake.token = signed(CLAIMS, kid="one")  # the former key holds no longer
    with pytest.raises(Unauthenticated):
        known.finish("code", JOURNEY, BACK, NOW)


def test_an_address_counts_if_it_is_verified_and_this_persons() -> None:
    bare = {name: value for name, value in CLAIMS.items() if not name.startswith("email")}
    mine = {"sub": "an", "email": "an@so.example.vn", "email_verified": True}
    cases: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
        (bare, mine, "an@so.example.vn"),
        (bare, mine | {"sub": "binh"}, None),
        (bare, mine | {"email_verified": False}, None),
        (bare, mine | {"email_verified": "false"}, None),
        (bare, mine | {"email_verified": 1.5}, None),
        (bare, mine | {"email": ["an@so.example.vn"]}, None),
        (bare | {"email_verified": True}, {"sub": "an", "email": "an@so.example.vn"}, None),
        (CLAIMS | {"email_verified": False}, mine, None),
        (CLAIMS | {"email_verified": "true"}, {}, "an@so.example.vn"),
    ]
    for claims, userinfo, email in cases:
        assert finish(Fake(signed(claims), userinfo)).email == email, (claims, userinfo)


def test_a_long_subject_fits_the_record() -> None:
    subjects = {finish(Fake(signed(CLAIMS | {"sub": "x" * 300 + end}))).subject for end in "ab"}
    assert len(subjects) == 2 and all(len(one) <= 255 for one in subjects)


def test_who_we_are_is_said_as_the_provider_takes_it() -> None:
    def said(methods: list[str], **given: Any) -> tuple[str | None, dict[str, list[str]]]:
        taken = {"token_endpoint_auth_methods_supported": methods}
        fake = Fake(signed(CLAIMS), described=taken)
        finish(fake, **given)
        (request,) = [one for one in fake.asked if one.url.path == "/token"]
        return request.headers.get("authorization"), parse_qs(request.content.decode())

    header, form = said(["client_secret_basic", "client_secret_post"])
    assert header == "Basic " + base64.b64encode(b"dondoc:p%3Aw%20d").decode()
    assert form["code_verifier"] == [JOURNEY.verifier] and form["redirect_uri"] == [BACK]
    assert form["grant_type"] == ["authorization_code"] and "client_secret" not in form
    header, form = said(["client_secret_post"])
    assert (header, form["client_id"], form["client_secret"]) == (None, [CLIENT], ["p:w d"])
    header, form = said(["none"], oidc_client_secret=None)
    assert (header, form["client_id"]) == (None, [CLIENT]) and "client_secret" not in form


def test_the_way_there_keeps_the_providers_own_parameters() -> None:
    url, journey = provider(Fake()).begin(BACK)
    asked = dict(httpx.URL(url).params)
    assert url.startswith(f"{ISSUER}/auth?tenant=1&")
    assert (asked["scope"], asked["client_id"]) == ("openid email", CLIENT)
    assert (asked["state"], asked["nonce"]) == (journey.state, journey.nonce)
    assert journey.verifier not in url and 43 <= len(journey.verifier) <= 128


# --- when it does not work ----------------------------------------------------------------------


def failing() -> httpx.Response:
    raise httpx.ReadTimeout("too slow")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token", "/me"])
@pytest.mark.parametrize(
    "answer",
    [
        failing,
        lambda: httpx.Response(503),
        lambda: httpx.Response(200, text="<html>"),
        lambda: httpx.Response(302, headers={"location": "https://evil.example"}),
        lambda: httpx.Response(200, json=["no object"]),
    ],
    ids=["timeout", "503", "html", "redirect", "list"],
)
def test_a_provider_that_fails_is_said_to(path: str, answer: Callable[[], httpx.Response]) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "email"}
    fake = Fake(signed(claims), answers={path: answer})
    with pytest.raises(OutsideError, match="the provider of identities"):
        finish(fake)
    assert fake.asked[-1].url.path == path
    assert all(one.url.host == "id.example.vn" for one in fake.asked)


def test_nothing_is_waited_for_without_end() -> None:
    fake = Fake(signed(CLAIMS))
    finish(fake)
    waits = [one.extensions["timeout"] for one in fake.asked]
    assert len(waits) == 3 and all(0 < one <= 5 for wait in waits for one in wait.values())


@pytest.mark.parametrize(
    ("error", "kind"),
    [("invalid_grant", Unauthenticated), ("invalid_client", OutsideError)],
)
def test_a_refused_code_is_the_persons_matter_and_a_refused_client_is_ours(
    error: str, kind: type[Exception]
) -> None:
    refused = {"/token": lambda: httpx.Response(400, json={"error": error})}
    with pytest.raises(kind):
        finish(Fake(answers=refused))


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"issuer": "https://evil.example"}, "DONDOC_OIDC_ISSUER"),
        ({"token_endpoint": "http://id.example.vn/token"}, "not https"),
        ({"userinfo_endpoint": "http://id.example.vn/me"}, "not https"),
        ({"jwks_uri": None}, "jwks_uri"),
    ],
)
def test_a_wrong_description_is_refused(described: dict[str, Any], said: str) -> None:
    fake = Fake(described=described)
    known = provider(fake)
    with pytest.raises(OutsideError, match=said):
        known.begin(BACK)
    fake.described = {}  # once it is put right there, nobody waits for what was kept
    assert known.begin(BACK)[0].startswith(ISSUER)


@pytest.mark.parametrize(
    "keys", [{"keys": []}, {"keys": [{"kty": "new"}]}, {"keys": None}, {"keys": [7]}, {}], ids=str
)
def test_keys_that_cannot_be_read_are_no_reason_to_believe(keys: dict[str, Any]) -> None:
    fake = Fake(signed(CLAIMS), answers={"/jwks": lambda: httpx.Response(200, json=keys)})
    with pytest.raises(OutsideError, match="keys"):
        finish(fake)


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"oidc_issuer": ISSUER}, "DONDOC_OIDC_CLIENT_ID"),
        ({"oidc_client_id": CLIENT}, "DONDOC_OIDC_CLIENT_ID"),
        ({"oidc_issuer": "http://id.example.vn", "oidc_client_id": "x"}, "DONDOC_OIDC_ISSUER"),
        ({"oidc_issuer": "id.example.vn", "oidc_client_id": "x"}, "DONDOC_OIDC_ISSUER"),
        ({"oidc_issuer": "https://", "oidc_client_id": "x"}, "DONDOC_OIDC_ISSUER"),
        ({"oidc_issuer": ISSUER + "?a=b", "oidc_client_id": "x"}, "DONDOC_OIDC_ISSUER"),
        ({"oidc_name": ""}, "DONDOC_OIDC_NAME"),
    ],
)
def test_settings_that_do_not_fit_are_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        OidcSettings.read(**given)


def test_settings_are_read_and_need_not_be_there(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_provider(OidcSettings.read()) is None
    (tmp_path / "secret").write_text("of a file\n")
    monkeypatch.setenv("DONDOC_OIDC_ISSUER", "http://[::1]:8080/realms/so")
    monkeypatch.setenv("DONDOC_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("DONDOC_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    settings = OidcSettings.read()
    assert settings.oidc_client_secret
    assert settings.oidc_client_secret.get_secret_value() == "of a file"
    assert open_provider(settings) is not None and "of a file" not in repr(settings)
