"""How the client tries again, and when not; what it makes of answers that are no good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from integrations.client import (
    ApiError,
    Client,
    ConflictError,
    InvalidError,
    TooManyError,
    UnreachableError,
)
from integrations.client_bodies import batches, given
from integrations.client_transport import Waits

ME = {"actor": "token:1", "kind": "token", "name": "", "grants": [], "scopes": [], "actions": []}
MOVED = {"Location": "https://elsewhere.invalid/api/v1/me"}


@dataclass
class Time:
    """A clock that only moves when somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def waits(self) -> Waits:
        return Waits(clock=lambda: self.now, sleep=self.sleep)


@dataclass
class Server:
    """Gives its answers one after another, the last one for ever; keeps what it was asked."""

    answers: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, time: Time | None = None, **said: Any) -> Client:
        waits = (time or Time()).waits
        transport = httpx.MockTransport(self)
        return Client("https://office.invalid", "geheim", transport=transport, waits=waits, **said)


def refusal(status: int, **headers: str) -> httpx.Response:
    body = {"type": f"/problems/p{status}", "detail": "vì sao", "errors": [], "request_id": "r1"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers=named)


OK = httpx.Response(200, json=ME)


@pytest.mark.parametrize(
    "passing",
    [
        refusal(429),
        refusal(502),
        refusal(503),
        refusal(504),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("cut off"),
    ],
)
def test_what_may_pass_is_tried_again(passing: httpx.Response | Exception) -> None:
    server, time = Server([passing, passing, OK]), Time()
    assert server.client(time).me().actor == "token:1"
    assert len(server.asked) == 3
    assert len(time.slept) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 415, 422, 500])
def test_what_is_refused_is_not(status: int) -> None:
    server = Server([refusal(status), OK])
    with pytest.raises(ApiError) as caught:
        server.client().me()
    assert len(server.asked) == 1
    found = caught.value
    assert (found.status, found.code, found.detail, found.request_id) == (
        status,
        f"p{status}",
        "vì sao",
        "r1",
    )


def test_it_waits_as_long_as_it_is_asked_to() -> None:
    server, time = Server([refusal(429, Retry_After="17"), OK]), Time()
    server.client(time).me()
    assert time.slept == [17.0]


def test_but_not_longer_than_its_patience() -> None:
    server, time = Server([refusal(429, Retry_After="61"), OK]), Time()
    with pytest.raises(TooManyError) as caught:
        server.client(time, patience=60).me()
    assert caught.value.retry_after == 61
    assert not time.slept


def test_its_patience_ends() -> None:
    server, time = Server([httpx.ConnectError("refused")]), Time()
    with pytest.raises(UnreachableError, match="refused"):
        server.client(time, patience=60).me()
    assert 20 < time.now < 60
    assert len(server.asked) == len(time.slept) + 1 > 5


def test_the_last_try_gets_the_time_that_is_left() -> None:
    server, time = Server([refusal(503, Retry_After="55"), OK]), Time()
    server.client(time, patience=60, timeout=30).me()
    timeouts = [request.extensions["timeout"]["read"] for request in server.asked]
    assert timeouts == [30, 5]


@pytest.mark.parametrize(
    "lasting",
    [httpx.UnsupportedProtocol("ftp"), httpx.LocalProtocolError("Illegal header value")],
)
def test_what_cannot_pass_is_said_at_once(lasting: Exception) -> None:
    server = Server([lasting])
    with pytest.raises(UnreachableError) as caught:
        server.client().me()
    assert caught.value.permanent
    assert len(server.asked) == 1


def test_every_try_of_a_write_bears_the_same_key() -> None:
    server = Server([refusal(503), httpx.ReadError("cut"), refusal(409)])
    client = server.client()
    for _ in range(2):
        with pytest.raises(ConflictError):
            client.review("a1", "accept", if_match=7)
    keys = [request.headers["Idempotency-Key"] for request in server.asked]
    assert len(keys) == 4
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert {request.headers["If-Match"] for request in server.asked} == {'"7"'}


def test_reading_bears_none() -> None:
    server = Server([OK])
    server.client().me()
    assert "Idempotency-Key" not in server.asked[0].headers
    assert server.asked[0].headers["User-Agent"].startswith("dondoc-client/")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_follows_no_redirect(status: int) -> None:
    server = Server([httpx.Response(status, headers=MOVED), OK])
    with pytest.raises(ApiError, match=r"elsewhere\.invalid"):
        server.client().me()
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(200, text="<html>Chào mừng</html>"), "no-json"),
        (httpx.Response(200, json={"hello": "world"}), "not-understood"),
        (httpx.Response(404, text="<html>Not Found</html>"), "http-404"),
        (httpx.Response(404, json=["a", "list"]), "http-404"),
    ],
)
def test_another_server_s_answers(answer: httpx.Response, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        Server([answer]).client().me()
    assert caught.value.code == code


def test_fields_name_what_is_wrong() -> None:
    errors = [{"field": "percent", "message": "at most 100"}, "nonsense"]
    body = {"type": "/problems/invalid-input", "errors": errors}
    with pytest.raises(InvalidError) as caught:
        Server([httpx.Response(422, json=body)]).client().me()
    assert caught.value.fields == {"percent": "at most 100"}


def test_what_a_newer_server_adds_is_left_aside() -> None:
    newer = ME | {"colour": "red", "grants": [], "kind": "a kind of tomorrow"}
    assert Server([httpx.Response(200, json=newer)]).client().me().kind == "a kind of tomorrow"


@pytest.mark.parametrize(
    "base", ["https://h.invalid", "https://h.invalid/", "https://h.invalid/api/v1"]
)
def test_its_address_is_with_or_without_the_path(base: str) -> None:
    server = Server([OK])
    Client(base, "t", transport=httpx.MockTransport(server)).me()
    assert str(server.asked[0].url) == "https://h.invalid/api/v1/me"


def test_a_name_stays_one_part_of_the_path() -> None:
    server = Server([refusal(404)])
    with pytest.raises(ApiError):
        server.client().assignment("../me?x=1#y")
    assert server.asked[0].url.raw_path == b"/api/v1/assignments/..%2Fme%3Fx%3D1%23y"


# --- bodies --------------------------------------------------------------------------------------


def test_nought_is_something() -> None:
    assert given(percent=0, value=0.0, result="", submit=False, evidence=[], due=None) == {
        "percent": 0,
        "value": 0.0,
    }


def sizes(items: list[dict[str, Any]], most: int = 1000) -> list[int]:
    return [len(batch) for batch in batches(items, most)]


@pytest.mark.parametrize(
    ("n", "expected"),
    [(0, []), (1, [1]), (1000, [1000]), (1001, [1000, 1]), (2500, [1000, 1000, 500])],
)
def test_batches_by_number(n: int, expected: list[int]) -> None:
    assert sizes([{"assignment": str(k), "percent": 1} for k in range(n)]) == expected


def test_batches_by_size() -> None:
    def large(n: int) -> dict[str, Any]:
        return {"assignment": "a", "result": "ê" * n}

    assert sizes([large(200_000)] * 5) == [2, 2, 1]
    assert sizes([large(10), large(2_000_000), large(10)]) == [1, 1, 1]


def test_what_the_next_try_would_meet_again_is_not_tried_again() -> None:
    missing = {"type": "/problems/libreoffice", "detail": "LibreOffice is not installed here"}
    server = Server([httpx.Response(503, json=missing, headers={"Retry-After": "5"})])
    with server.client() as client, pytest.raises(ApiError, match="not installed"):
        client.me()
    assert len(server.asked) == 1
