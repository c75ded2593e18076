"""Agencies that mean harm, or are broken beyond reason: bounded, named, and nobody else's loss.

Each stands beside a good agency, which has to be answered for as if it were alone.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

import integrations.agency_feed
from dondoc.web.gathering_words import GatheringWords
from dondoc.web.words import page_words
from integrations.agency_feed import Answer, GatherLimits, Progress, gather
from plans.store import feeds, reading
from plans.terms import Silence
from tests.builders import ZONE
from tests.feed_server import Asked, Feed, FeedServer, RawServer, Said, page
from tests.offices import NOW, assignment, faults, furnish, item, kept, updates

CODE, GOOD = "so-y-te", "so-tai-chinh"
QUICK = GatherLimits(tries=2, backoff_seconds=0.01, page_bytes=200_000, pieces=500)


def ask(engine: Engine, *codes: str, limits: GatherLimits = QUICK) -> list[Answer]:
    return asyncio.run(gather(engine, codes, NOW, ZONE, limits=limits))


def beside_a_good_one(
    engine: Engine, url: str, *, limits: GatherLimits = QUICK, timeout: float = 2.0
) -> Answer:
    """The answer of the agency at ``url``; the good one beside it has lost nothing."""
    feed = Feed()
    feed.items = [item(f"good-{n}", "mau/chung", percent=n) for n in range(5)]
    with FeedServer(feed) as server:
        furnish(engine, {CODE: url, GOOD: server.url}, timeout=timeout)
        bad, good = ask(engine, CODE, GOOD, limits=limits)
    assert (good.updates, good.silence) == (5, None)
    with reading(engine) as connection:
        row = feeds.feed_rows(connection, [CODE])[0]
    assert (row.silence, row.detail) == (bad.silence, bad.detail)
    if bad.detail:
        understood(bad.detail)
    assert not faults(engine)
    return bad


def understood(detail: str) -> None:
    """Pages say it in both languages, not as the machine did."""
    assert "internal" not in detail
    said = {
        language: GatheringWords(page_words(language)).detail(detail) for language in ("vi", "en")
    }
    assert said["vi"] != said["en"], said
    assert type(said["vi"]) is str, "not translated"


def cursor(engine: Engine) -> str | None:
    with reading(engine) as connection:
        found: str | None = feeds.feed_rows(connection, [CODE])[0].cursor
    return found


# --- below HTTP, and beside it -----------------------------------------------------------------

Talk = Callable[[socket.socket], Any]


def saying(*parts: bytes, ever: bytes = b"") -> Talk:
    """Hear the request, say this, and then that without end."""

    def talk(line: socket.socket) -> None:
        line.recv(65_536)
        for part in parts:
            line.sendall(part)
        while ever:
            line.sendall(ever)

    return talk


def silent(line: socket.socket) -> None:
    line.recv(65_536)
    time.sleep(5)


def dripping(line: socket.socket) -> None:
    line.recv(65_536)
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        line.sendall(b" ")
        time.sleep(0.05)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
RAW: dict[str, tuple[Talk, Silence, str]] = {
    "never answers": (silent, Silence.UNREACHABLE, "no whole answer in 0.4 s"),
    "drips": (dripping, Silence.UNREACHABLE, "no whole answer in 0.4 s"),
    "hangs up": (saying(), Silence.ERROR, "the connection broke off"),
    "no HTTP": (
        saying(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        Silence.ERROR,
        "it does not answer in HTTP",
    ),
    "headers without end": (
        saying(OK, ever=b"X-Padding: 1\r\n" * 100),
        Silence.ERROR,
        "it does not answer in HTTP",
    ),
    "a header without end": (
        saying(OK + b"X: ", ever=b"x" * 1000),
        Silence.ERROR,
        "it does not answer in HTTP",
    ),
    "interim answers without end": (
        saying(ever=b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        Silence.ERROR,
        "it does not answer in HTTP",
    ),
    "other protocol": (
        saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        Silence.ERROR,
        "it does not answer in HTTP",
    ),
    "crumbs without end": (
        saying(CHUNKED, ever=b"1\r\n \r\n" * 100),
        Silence.INVALID,
        "the answer comes in over 500 pieces",
    ),
    "chunks without end": (
        saying(CHUNKED, ever=b"1000\r\n" + b" " * 4096 + b"\r\n"),
        Silence.INVALID,
        "the answer is larger than 0.2 MB",
    ),
    "a chunk's line without end": (
        saying(CHUNKED + b"1;", ever=b"x" * 1000),
        Silence.ERROR,
        "it does not answer in HTTP",
    ),
    "two lengths": (
        saying(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        Silence.ERROR,
        "it does not answer in HTTP",
    ),
}


@pytest.mark.parametrize(("talk", "silence", "detail"), RAW.values(), ids=RAW.keys())
def test_what_is_no_answer_ends_and_is_named(
    sqlite_engine: Engine, talk: Talk, silence: Silence, detail: str
) -> None:
    # What is answered must come in time on a busy machine too.
    timeout = 0.4 if silence is Silence.UNREACHABLE else 10
    with RawServer(talk) as server:
        answer = beside_a_good_one(sqlite_engine, server.url, timeout=timeout)
        assert (answer.silence, answer.pages) == (silence, 0)
        assert str(answer.detail).startswith(detail)
        assert server.connections <= QUICK.tries


def test_what_follows_an_answer_is_not_heard(sqlite_engine: Engine) -> None:
    [body] = page([item("a")], "1").parts
    assert isinstance(body, bytes)
    head = OK + b"Content-Length: %d\r\n\r\n" % len(body)
    with RawServer(saying(head + body, ever=b"HTTP/1.1 200 OK\r\n" * 100)) as server:
        assert beside_a_good_one(sqlite_engine, server.url).updates == 1


def test_a_handshake_that_hangs(sqlite_engine: Engine) -> None:
    with RawServer(silent) as server:
        url = server.url.replace("http:", "https:")
        answer = beside_a_good_one(sqlite_engine, url, timeout=0.4)
    assert (answer.silence, answer.detail) == (Silence.UNREACHABLE, "no whole answer in 0.4 s")


REAL_LOOK_UP = socket.getaddrinfo


def test_names_that_are_looked_up_for_ever(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, *given: Any, **named: Any) -> Any:
        if host == "treo.example":
            time.sleep(1.5)
        return REAL_LOOK_UP("127.0.0.1" if host == "tot.example" else host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    feed = Feed()
    feed.items = [item("a", "mau/chung")]
    with FeedServer(feed) as server:
        good = server.url.replace("127.0.0.1", "tot.example")
        bad = "http://treo.example/feed"
        furnish(sqlite_engine, {CODE: bad, "van-phong": bad, GOOD: good}, timeout=0.3)
        limits = GatherLimits(concurrent=2, tries=1)
        *bad_ones, answer = ask(sqlite_engine, CODE, "van-phong", GOOD, limits=limits)
    assert [one.detail for one in bad_ones] == ["no whole answer in 0.3 s"] * 2
    assert answer.updates == 1


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "0.0.0.0", "ten.example"]
)
def test_a_clouds_secrets_are_not_asked_for(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    def look_up(name: str, *given: Any, **named: Any) -> Any:
        return REAL_LOOK_UP("169.254.169.254" if name == "ten.example" else name, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    answer = beside_a_good_one(sqlite_engine, f"http://{host}:9/latest/meta-data")
    assert answer.silence is Silence.ERROR
    assert "which is never asked" in str(answer.detail)


@pytest.mark.parametrize(
    "to",
    ["http://{other}/", "//{other}/", "https://{other}/", "file:///etc/passwd", "http://[", ""],
)
def test_a_redirect_leads_nowhere(sqlite_engine: Engine, to: str) -> None:
    with RawServer(silent) as other:
        said = Said(307, headers={"Location": to.format(other=other.address)})
        with FeedServer(lambda _asked: said) as server:
            answer = beside_a_good_one(sqlite_engine, server.url)
        assert other.connections == 0
    assert answer.detail == "HTTP 307: it redirects, which is not followed"


def test_one_who_wants_to_be_left_alone_for_ten_years(sqlite_engine: Engine) -> None:
    said = Said(429, headers={"Retry-After": "315360000"})
    with FeedServer(lambda _asked: said) as server:
        answer = beside_a_good_one(sqlite_engine, server.url)
        assert len(server.asked) == 1
    assert answer.detail == "HTTP 429, and asks to wait for 315360000 s"


# --- pages -------------------------------------------------------------------------------------


def body(items: bytes, cursor: bytes = b"1") -> Said:
    return Said(parts=[b'{"items": [' + items + b'], "next": "' + cursor + b'", "more": false}'])


PAGES: dict[str, tuple[Said, str]] = {
    "as many items as fit": (body(b"0," * 90_000 + b"0"), "a page of 90001 items, where 500"),
    "empty lists": (body(b"[]," * 60_000 + b"[]"), "a page of 60001 items"),
    "a cursor of a megabyte": (body(b"", b"x" * 150_000), "no page of a feed: next: "),
    "deep": (body(b"[" * 90_000 + b"]" * 90_000), "the answer is no JSON"),
    "cut off": (Said(parts=[b'{"items": [{"id": "']), "the answer is no JSON"),
    "not a number": (Said(parts=[b'{"items": NaN, "next": "", "more": false}']), "no page of"),
}


@pytest.mark.parametrize(("said", "detail"), PAGES.values(), ids=PAGES.keys())
def test_a_page_beyond_reason_is_not_taken(sqlite_engine: Engine, said: Said, detail: str) -> None:
    with FeedServer(lambda _asked: said) as server:
        answer = beside_a_good_one(sqlite_engine, server.url)
        assert len(server.asked) == 1
    assert answer.silence is Silence.INVALID
    assert str(answer.detail).startswith(detail)
    assert not kept(sqlite_engine, "quarantined")
    assert cursor(sqlite_engine) is None


ITEMS: dict[str, bytes] = {
    "a number of 100,000 digits": b'{"id": "bad", "percent": ' + b"9" * 100_000 + b"}",
    "deep": b'{"id": "bad", "x": ' + b"[" * 300 + b"]" * 300 + b"}",
    "half a sign": rb'{"id": "bad", "result": "\ud800", "\udfff": 1}',
    "zero bytes": rb'{"id": "bad\u0000", "result": "\u0000", "\u0000": 1}',
    "a text of 190,000 signs": b'{"id": "bad", "result": "' + b"x" * 190_000 + b'"}',
    "many names": b'{"id": "bad"' + b"".join(b', "k%d": 0' % n for n in range(10_000)) + b"}",
}


@pytest.mark.parametrize("bad", ITEMS.values(), ids=ITEMS.keys())
def test_an_item_beyond_reason_is_quarantined_alone(engine: Engine, bad: bytes) -> None:
    mine = json.dumps(item("mine")).encode()
    with FeedServer(lambda _asked: body(bad + b", " + mine)) as server:
        answer = beside_a_good_one(engine, server.url)
    assert answer == Answer(CODE, updates=1, quarantined=1, pages=1)


def test_a_name_that_is_said_twice_counts_as_said_last(sqlite_engine: Engine) -> None:
    twice = json.dumps(item("a", percent=10)).encode()[:-1] + b', "percent": 20}'
    with FeedServer(lambda _asked: body(twice)) as server:
        assert beside_a_good_one(sqlite_engine, server.url).updates == 1
    assert assignment(sqlite_engine, "mau/mot/so-y-te").percent == 20


def test_other_peoples_work_and_ids_are_their_own(engine: Engine) -> None:
    """An id belongs to its agency: one that the good one uses as well is another item."""
    some = [item("good-0"), item("x", "mau/chung/so-tai-chinh"), item("y", "mau/khong-tham-dinh")]
    with FeedServer(lambda _asked: page(some, "1")) as server:
        answer = beside_a_good_one(engine, server.url)
    assert answer == Answer(CODE, updates=1, quarantined=2, pages=1)
    assert assignment(engine, "mau/chung/so-tai-chinh").percent == 4


# --- too much ----------------------------------------------------------------------------------


class Endless:
    """Pages without end, of ``size`` items each; made by ``make`` from their numbers."""

    def __init__(self, size: int, make: Callable[[int], Any], circle: int | None = None) -> None:
        self.size, self.make, self.circle = size, make, circle

    def __call__(self, asked: Asked) -> Said:
        at = int(asked.query.get("since", "0"))
        items = [self.make(at * self.size + n) for n in range(self.size)]
        following = at + 1 if self.circle is None else (at + 1) % self.circle
        return page(items, str(following), more=True)


def test_more_bad_items_than_anybody_can_look_at(engine: Engine) -> None:
    """A run keeps so many; the page's good ones are taken, its bad ones come with the next run."""
    feed = Endless(10, lambda n: item(f"i{n}", percent=n % 10 if n % 5 == 0 else 1000 + n))
    limits = GatherLimits(quarantine=20)
    found, cursors = [], []
    with FeedServer(feed) as server:
        found.append(beside_a_good_one(engine, server.url, limits=limits))
        cursors.append(cursor(engine))
        for _ in range(2):
            found += ask(engine, CODE, limits=limits)
            cursors.append(cursor(engine))
    assert [one.silence for one in found] == [Silence.INVALID] * 3
    assert found[0].detail == "24 bad items; of one run 20 are kept"
    assert [one.quarantined for one in found] == [20] * 3
    # The third page had room for four of its eight: it is asked for again, and not passed before.
    assert cursors == ["2", "5", "7"]
    came = {row.item for row in kept(engine)}
    assert {f"i{n}" for n in range(70)} <= came
    assert len(kept(engine, "quarantined")) == 60


def test_large_bad_items_fill_quarantine_sooner(sqlite_engine: Engine) -> None:
    feed = Endless(3, lambda n: item(f"i{n}", percent=1000, result="x" * 45_000))
    limits = GatherLimits(quarantine=14)
    with FeedServer(feed) as server:
        answer = beside_a_good_one(sqlite_engine, server.url, limits=limits)
    assert (answer.quarantined, answer.silence) == (2, Silence.INVALID)


@pytest.mark.parametrize("circle", [1, 2, 3, 7])
def test_a_circle_of_any_length_is_noticed(sqlite_engine: Engine, circle: int) -> None:
    """Also one that is longer than what a run reads: then the next runs see nothing new."""
    feed = Endless(1, lambda n: item(f"i{n}"), circle)
    limits = GatherLimits(pages=4)
    with FeedServer(feed) as server:
        answer = beside_a_good_one(sqlite_engine, server.url, limits=limits)
        for _ in range(3):
            if answer.silence is None:
                [answer] = ask(sqlite_engine, CODE, limits=limits)
    assert answer.silence is Silence.INVALID
    understood(str(answer.detail))
    assert len([row for row in kept(sqlite_engine) if row.department == CODE]) <= circle


def test_a_feed_without_end_waits_for_the_others(sqlite_engine: Engine) -> None:
    """Its second page is asked for when all others had their turn."""
    order: list[str] = []

    def noting(name: str, feed: Callable[[Asked], Said]) -> Callable[[Asked], Said]:
        def answer(asked: Asked) -> Said:
            order.append(name)
            return feed(asked)

        return answer

    endless = Endless(1, lambda n: item(f"i{n}"))
    few = Feed()
    with (
        FeedServer(noting("endless", endless)) as first,
        FeedServer(noting("few", few)) as second,
        FeedServer(noting("few", few)) as third,
    ):
        furnish(sqlite_engine, {CODE: first.url, GOOD: second.url, "van-phong": third.url})
        limits = GatherLimits(concurrent=1, pages=5)
        answers = ask(sqlite_engine, CODE, GOOD, "van-phong", limits=limits)
    assert order == ["few", "endless", "few", *["endless"] * 4]
    assert [one.pages for one in answers] == [5, 1, 1]


def test_one_that_hangs_is_tried_again_when_all_others_were_asked(sqlite_engine: Engine) -> None:
    few = Feed()
    with RawServer(silent) as hanging, FeedServer(few) as second, FeedServer(few) as third:
        urls = {CODE: hanging.url, GOOD: second.url, "van-phong": third.url}
        furnish(sqlite_engine, urls, timeout=0.3)
        limits = GatherLimits(concurrent=1, tries=2, backoff_seconds=0.01)
        answers = ask(sqlite_engine, *urls, limits=limits)
        assert hanging.connections == 2
    assert [one.silence for one in answers] == [Silence.UNREACHABLE, None, None]


def test_a_run_says_how_far_it_is(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrations.agency_feed, "TELL_SECONDS", 0.05)
    feed, heard = Feed(), list[Progress]()
    feed.items = [item("a", "mau/chung")]
    with RawServer(silent) as hanging, FeedServer(feed) as server:
        furnish(sqlite_engine, {CODE: hanging.url, GOOD: server.url}, timeout=1)
        limits = GatherLimits(tries=1)
        given = (sqlite_engine, [CODE, GOOD], NOW, ZONE)
        asyncio.run(gather(*given, limits=limits, tell=heard.append))
    assert str(heard[-1]) == "1 of 2 agencies asked, 1 updates, 0 silent"


def test_memory_does_not_grow_with_the_pages(sqlite_engine: Engine) -> None:
    feed = Endless(20, lambda n: item(f"i{n}", percent=n % 100, result="x" * 9000))

    def peak(pages: int) -> int:
        tracemalloc.start()
        try:
            [answer] = ask(sqlite_engine, CODE, limits=GatherLimits(pages=pages))
            assert answer.updates == pages * 20
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    with FeedServer(feed) as server:
        furnish(sqlite_engine, {CODE: server.url})
        peak(1)  # what is kept for good: compiled statements and the like
        assert peak(9) < 1.5 * peak(2)
    assert len(updates(sqlite_engine)) == 240
