"""Limits: of a body, of calls, of guesses, and of what counting them may cost."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import Request
from sqlalchemy import Engine

from dondoc.api import limiting
from dondoc.api.limiting import Counts, Limiter, source_of
from plans.errors import TooMany
from tests.dondoc.api.conftest import Served, serve
from tests.offices import furnish, updates

KB = 1024


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    furnish(sqlite_engine)
    limits: dict[str, Any] = {"rate_limit": "20/minute", "rate_limit_guessing": "5/minute"}
    yield from serve(sqlite_engine, tmp_path, body_limit_kb=16, **limits)


def update(served: Served) -> tuple[httpx.Client, str]:
    return served.client("department", "so-y-te"), f"assignments/{served.id_of('mau/mot/so-y-te')}"


def chunks(number: int) -> Iterator[bytes]:
    yield b'{"percent": 5, "result": "'
    for _ in range(number):
        yield b"x" * KB
    yield b'"}'


def refused(answer: httpx.Response) -> bool:
    body = answer.json()
    assert body["request_id"] == answer.headers["x-request-id"]
    return (answer.status_code, body["type"]) == (413, "/problems/too-large")


def test_a_declared_length_over_the_limit_is_refused_unread(served: Served) -> None:
    client, path = update(served)
    assert refused(client.post(f"{path}/updates", json={"percent": 5, "result": "x" * 17 * KB}))
    assert updates(served.engine) == []


def test_a_body_in_chunks_is_refused_once_it_is_too_long(served: Served) -> None:
    client, path = update(served)
    headers = {"Content-Type": "application/json"}
    assert refused(client.post(f"{path}/updates", content=chunks(64), headers=headers))
    assert updates(served.engine) == []
    assert client.post(f"{path}/updates", content=chunks(4), headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (b"99999999999999999999", b"413"),
        (b"17000", b"413"),
        (b"-1", b"400"),
        (b"1e3", b"400"),
        # Too short: the rest is taken for a further request, which it is not.
        (b"2", b"4"),
    ],
)
def test_a_length_that_lies(served: Served, length: bytes, status: bytes) -> None:
    client, path = update(served)
    token = client.headers["authorization"].encode()
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /api/v1/%s/updates HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: %s\r\nContent-Length: %s\r\n\r\n"
            % (path.encode(), token, length)
            + b'{"percent": 7}'
        )
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert updates(served.engine) == []


def test_a_caller_who_goes_away_is_no_error(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    client, path = update(served)
    token = client.headers["authorization"].encode()
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /api/v1/%s/updates HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: %s\r\nContent-Length: 50\r\n\r\n{" % (path.encode(), token)
        )
    assert client.get("me").status_code == 200
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []
    assert updates(served.engine) == []


def test_a_caller_is_told_to_wait(served: Served) -> None:
    client, other = served.client("viewer"), served.client("viewer")
    answers = [client.get("me") for _ in range(21)]
    assert [one.status_code for one in answers] == [200] * 20 + [429]
    assert answers[-1].json()["type"] == "/problems/too-many-requests"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert other.get("me").status_code == 200


def test_guessing_from_one_address_is_slowed_down(served: Served) -> None:
    guess = served.with_token("dondoc_" + "a" * 8 + "_" + "b" * 43)
    answers = [guess.get("me").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    # Whoever has a token still gets in from there.
    assert served.client("viewer").get("me").status_code == 200


def test_a_window_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(limiting, "time", SimpleNamespace(time=lambda: now))
    counts = Counts()
    assert [counts.incr("a", 60), counts.incr("a", 60)] == [1, 2]
    assert counts.get_expiry("a") == now + 60
    now += 61
    assert (counts.get("a"), counts.incr("a", 60)) == (0, 1)
    counts.clear("a")
    assert (counts.get("a"), len(counts), counts.reset()) == (0, 0, 0)


def test_counting_starts_no_thread_and_stays_small() -> None:
    before = threading.active_count()
    limiter, counts = Limiter("3/hour", "1/minute"), Counts(most=100)
    for number in range(1000):
        limiter.count(f"token:{number}")
        counts.incr(f"from {number}", 60)
    assert threading.active_count() == before
    assert 50 <= len(counts) <= 100
    assert counts.get("from 999") == 1


def test_what_expires_first_is_forgotten_first() -> None:
    counts = Counts(most=4)
    for number in range(4):
        counts.incr(str(number), 60 + number)
    counts.incr("new", 1)
    assert [key for key in ("0", "1", "2", "3", "new") if counts.get(key)] == ["2", "3", "new"]


def test_many_threads_count_exactly() -> None:
    counts = Counts()

    def count() -> None:
        for _ in range(2000):
            counts.incr("a", 60)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert counts.get("a") == 16_000


def test_a_limit_says_when_it_ends() -> None:
    limiter = Limiter("1/hour", "1/hour")
    limiter.count("a")
    with pytest.raises(TooMany, match="1 per 1 hour") as refused:
        limiter.count("a")
    assert 3590 <= refused.value.retry_after <= 3600


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_an_ipv6_network_is_one_caller(host: str, source: str) -> None:
    request = Request({"type": "http", "client": (host, 1), "headers": []})
    assert source_of(request) == source
    assert source_of(Request({"type": "http", "client": None, "headers": []})) == ""
