"""Asking agencies over real sockets: what goes wrong with one is its silence, and only its."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

import integrations.feed_keeping
import plans.gathering
from integrations.agency_feed import Answer, GatherLimits, gather, plan_batches
from plans.store import feeds, reading, writing
from plans.store.schema import feeds as feeds_table
from plans.terms import Silence
from tests.builders import ZONE
from tests.feed_server import Asked, Feed, FeedServer, Said, page
from tests.killing import Victims
from tests.offices import NOW, faults, furnish, item, kept, updates

QUICK = GatherLimits(backoff_seconds=0.01, agency_seconds=5)
CODE = "so-y-te"


def ask(engine: Engine, *codes: str, limits: GatherLimits = QUICK, **given: Any) -> list[Answer]:
    return asyncio.run(gather(engine, codes or (CODE,), NOW, ZONE, limits=limits, **given))


def ask_one(
    engine: Engine,
    answer: Callable[[Asked], Said],
    *,
    limits: GatherLimits = QUICK,
    timeout: float = 2.0,
) -> tuple[Answer, list[Asked]]:
    """Ask one department that answers like this; with the requests that it saw."""
    with FeedServer(answer) as server:
        furnish(engine, {CODE: server.url}, timeout=timeout)
        [found] = ask(engine, limits=limits)
        return found, server.asked


def feed_row(engine: Engine, code: str = CODE) -> Any:
    with reading(engine) as connection:
        return feeds.feed_rows(connection, [code])[0]


def in_turn(*said: Said) -> Callable[[Asked], Said]:
    """These answers one after the other, the last one for ever."""
    some = itertools.chain(said, itertools.repeat(said[-1]))
    return lambda _asked: next(some)


# --- what goes well ----------------------------------------------------------------------------


def test_a_feed_is_read_to_its_end(engine: Engine) -> None:
    feed = Feed()
    feed.items = [item(f"i{n}", percent=n) for n in range(5)]
    answer, asked = ask_one(engine, feed)
    assert answer == Answer(CODE, updates=5, pages=3)
    assert [one.query.get("since") for one in asked] == [None, "2", "4"]
    assert {one.query["limit"] for one in asked} == {"500"}
    row = feed_row(engine)
    assert (row.cursor, row.silence, row.detail) == ("5", None, None)
    assert row.answered_at == row.asked_at == NOW


def test_the_next_run_goes_on_from_the_cursor(engine: Engine) -> None:
    feed = Feed()
    with FeedServer(feed) as server:
        furnish(engine, {CODE: server.url})
        for count in (3, 4):
            feed.items += [item(f"i{n}-{count}") for n in range(count)]
            assert ask(engine)[0].updates == count
        assert ask(engine)[0] == Answer(CODE, pages=1)
    assert len(updates(engine)) == 7
    assert not faults(engine)


def test_bad_items_are_counted_apart(sqlite_engine: Engine) -> None:
    feed = Feed()
    feed.items = [item("a"), 17, item("a"), item("b", percent=101)]
    answer, _ = ask_one(sqlite_engine, feed)
    assert answer == Answer(CODE, updates=1, repeated=1, quarantined=2, pages=2)


def test_numbers_that_nothing_holds_spoil_their_item_only(engine: Engine) -> None:
    good, bad = json.dumps(item("good")), json.dumps(item("bad", percent=77))
    odd = [bad.replace("77", sign) for sign in ("NaN", "-Infinity", "1e999", "9" * 6000)]
    text = f'{{"items": [{",".join([*odd, good])}], "next": "1", "more": false}}'
    answer, _ = ask_one(engine, in_turn(Said(parts=[text.encode()])))
    assert answer == Answer(CODE, updates=1, quarantined=4, pages=1)


def test_the_address_keeps_its_own_query(sqlite_engine: Engine) -> None:
    with FeedServer(in_turn(page([], "1"))) as server:
        furnish(sqlite_engine, {CODE: f"{server.url}/x?key=a%2Bb&since=old"})
        ask(sqlite_engine)
    [asked] = server.asked
    assert (asked.path, asked.query) == (
        "/feed/x",
        {"key": "a+b", "since": "old", "limit": "500"},
    )


def test_a_packed_answer_is_read(sqlite_engine: Engine) -> None:
    body = gzip.compress(page([item("a")], "1").parts[0])  # type: ignore[arg-type]
    said = Said(parts=[body], headers={"Content-Encoding": "gzip"})
    assert ask_one(sqlite_engine, in_turn(said))[0].updates == 1


def with_token(engine: Engine, url: str, name: str) -> None:
    furnish(engine, {CODE: url})
    with writing(engine) as connection:
        connection.execute(feeds_table.update().values(token_env=name))


def test_the_token_is_sent(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYT_TOKEN", "abc\n")
    with FeedServer(Feed()) as server:
        with_token(sqlite_engine, server.url, "SYT_TOKEN")
        assert ask(sqlite_engine)[0].silence is None
    assert server.asked[0].headers["Authorization"] == "Bearer abc"


def test_a_missing_token_is_told_and_nothing_is_asked(sqlite_engine: Engine) -> None:
    with FeedServer(Feed()) as server:
        with_token(sqlite_engine, server.url, "SYT_TOKEN_NOT_SET")
        [answer] = ask(sqlite_engine)
    assert answer.silence is Silence.ERROR
    assert "SYT_TOKEN_NOT_SET" in str(answer.detail)
    assert not server.asked


def test_one_without_a_feed_was_never_asked(sqlite_engine: Engine) -> None:
    furnish(sqlite_engine)
    [answer] = ask(sqlite_engine, "so-tai-chinh")
    assert answer.silence is Silence.NEVER_ASKED


# --- what may pass, and what will not ----------------------------------------------------------

GOOD = page([item("a")], "1")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(sqlite_engine: Engine, status: int) -> None:
    answer, asked = ask_one(sqlite_engine, in_turn(Said(status), Said(status), GOOD))
    assert answer == Answer(CODE, updates=1, pages=1)
    assert len(asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501, 204, 206])
def test_what_will_not_pass_is_not_tried_again(sqlite_engine: Engine, status: int) -> None:
    answer, asked = ask_one(sqlite_engine, in_turn(Said(status), GOOD))
    assert (answer.silence, answer.detail) == (Silence.ERROR, f"HTTP {status}")
    assert len(asked) == 1
    assert feed_row(sqlite_engine).silence == "error"


def test_it_gives_up_after_three_times(sqlite_engine: Engine) -> None:
    answer, asked = ask_one(sqlite_engine, in_turn(Said(500)))
    assert (answer.silence, answer.detail, len(asked)) == (Silence.ERROR, "HTTP 500", 3)
    row = feed_row(sqlite_engine)
    assert (row.asked_at, row.answered_at) == (NOW, None)


def test_a_short_wish_to_wait_is_honoured(sqlite_engine: Engine) -> None:
    begun = time.monotonic()
    answer, _ = ask_one(sqlite_engine, in_turn(Said(429, headers={"Retry-After": "1"}), GOOD))
    assert answer.updates == 1
    assert time.monotonic() - begun >= 1


@pytest.mark.parametrize("wish", ["3600", "Fri, 31 Dec 2999 23:59:59 GMT", "9" * 500])
def test_a_long_wish_to_wait_is_left_to_the_next_run(sqlite_engine: Engine, wish: str) -> None:
    answer, asked = ask_one(sqlite_engine, in_turn(Said(503, headers={"Retry-After": wish}), GOOD))
    assert answer.silence is Silence.ERROR
    assert "asks to wait for" in str(answer.detail)
    assert len(asked) == 1


def test_a_redirect_is_not_followed(sqlite_engine: Engine) -> None:
    said = Said(302, headers={"Location": "/elsewhere"})
    answer, asked = ask_one(sqlite_engine, in_turn(said, GOOD))
    assert answer.silence is Silence.ERROR
    assert "not followed" in str(answer.detail)
    assert len(asked) == 1


def drip() -> Iterable[bytes | Callable[[], Any]]:
    for _ in range(100):
        yield b" "
        yield lambda: time.sleep(0.05)


@pytest.mark.parametrize("parts", [[lambda: time.sleep(1)], list(drip())], ids=["slow", "drip"])
def test_a_slow_answer_is_not_waited_for(sqlite_engine: Engine, parts: Any) -> None:
    begun = time.monotonic()
    limits = GatherLimits(tries=2, backoff_seconds=0.01)
    answer, asked = ask_one(sqlite_engine, in_turn(Said(parts=parts)), limits=limits, timeout=0.2)
    assert (answer.silence, len(asked)) == (Silence.UNREACHABLE, 2)
    assert answer.detail == "no whole answer in 0.2 s"
    assert time.monotonic() - begun < 3


def test_an_agency_has_so_much_time_and_no_more(sqlite_engine: Engine) -> None:
    begun = time.monotonic()
    limits = GatherLimits(agency_seconds=0.3, backoff_seconds=0.01)
    said = Said(parts=[lambda: time.sleep(2)])
    answer, _ = ask_one(sqlite_engine, in_turn(said), limits=limits, timeout=30)
    assert answer.silence is Silence.UNREACHABLE
    assert time.monotonic() - begun < 3


def test_nobody_at_the_door(sqlite_engine: Engine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        furnish(sqlite_engine, {CODE: f"http://127.0.0.1:{taken.getsockname()[1]}/"})
        [answer] = ask(sqlite_engine)
    assert (answer.silence, answer.detail) == (Silence.UNREACHABLE, "no connection")


def test_no_tls_behind_an_https_address(sqlite_engine: Engine) -> None:
    with FeedServer(Feed()) as server:
        furnish(sqlite_engine, {CODE: server.url.replace("http:", "https:")})
        [answer] = ask(sqlite_engine)
    assert answer.silence is Silence.UNREACHABLE
    assert answer.detail == "its certificate is refused"


def test_a_broken_connection(sqlite_engine: Engine) -> None:
    said = Said(parts=[b'{"items"'], headers={"Content-Length": "1000"})
    answer, asked = ask_one(sqlite_engine, in_turn(said))
    assert (answer.silence, answer.detail) == (Silence.ERROR, "the connection broke off")
    assert len(asked) == 3


@pytest.mark.parametrize(
    "url", ["http://", "http://127.0.0.1:99999/", "http://" + "x" * 64, "ftp://x/", "http://["]
)
def test_an_address_that_is_none(sqlite_engine: Engine, url: str) -> None:
    furnish(sqlite_engine, {CODE: url})
    [answer] = ask(sqlite_engine)
    assert answer.silence in (Silence.ERROR, Silence.UNREACHABLE)
    assert "internal" not in str(answer.detail)


# --- nonsense ----------------------------------------------------------------------------------

NONSENSE = {
    "html": b"<html>Trang ch\xe1\xbb\xa7</html>",
    "nothing": b"",
    "not UTF-8": b'{"items": ["\xff"]}',
    "a list": b"[]",
    "no cursor": b'{"items": [], "more": false}',
    "cursor a number": b'{"items": [], "next": 5, "more": false}',
    "cursor with NUL": b'{"items": [], "next": "a\\u0000", "more": false}',
    "cursor too long": b'{"items": [], "next": "' + b"x" * 501 + b'", "more": false}',
    "items no list": b'{"items": {}, "next": "", "more": false}',
    "more no truth value": b'{"items": [], "next": "", "more": "no"}',
    "very deep": b"[" * 100_000,
}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_invalid_and_not_asked_for_again(sqlite_engine: Engine, body: bytes) -> None:
    said = Said(parts=[body], headers={"Content-Type": "text/html; charset=utf-8"})
    answer, asked = ask_one(sqlite_engine, in_turn(said, GOOD))
    assert answer.silence is Silence.INVALID
    assert answer.detail
    assert "internal" not in answer.detail
    assert len(asked) == 1
    assert feed_row(sqlite_engine).cursor is None


def packed(body: bytes, encoding: str = "gzip") -> Said:
    return Said(parts=[body], headers={"Content-Encoding": encoding})


HEAVY = {
    "large": Said(parts=[b" " * 100_001]),
    "large without end": Said(parts=[b" " * 50_000] * 1000),
    "bomb": packed(gzip.compress(b" " * 50_000_000)),
    "bomb in a bomb": packed(gzip.compress(gzip.compress(b" " * 50_000_000)), "gzip, gzip"),
    "no gzip": packed(b"{}"),
    "half a gzip": packed(gzip.compress(b'{"items": []}')[:-9]),
    "unknown packing": packed(b"{}", "br"),
}


@pytest.mark.parametrize("said", HEAVY.values(), ids=HEAVY.keys())
def test_what_is_too_heavy_is_not_carried(sqlite_engine: Engine, said: Said) -> None:
    limits = GatherLimits(page_bytes=100_000)
    answer, asked = ask_one(sqlite_engine, in_turn(said), limits=limits)
    assert answer.silence is Silence.INVALID
    assert "internal" not in str(answer.detail)
    assert len(asked) == 1


@pytest.mark.parametrize("cursors", [("1", "1"), ("1", "2", "1")], ids=["still", "circle"])
def test_a_cursor_that_leads_nowhere(sqlite_engine: Engine, cursors: tuple[str, ...]) -> None:
    some = [page([item(f"i{n}")], one, more=True) for n, one in enumerate(cursors)]
    answer, asked = ask_one(sqlite_engine, in_turn(*some))
    assert answer.silence is Silence.INVALID
    assert "cursor" in str(answer.detail)
    assert answer.updates == len(asked) == len(cursors)


def test_a_feed_without_end_is_continued_by_the_next_run(sqlite_engine: Engine) -> None:
    numbers = itertools.count(1)

    def endless(_asked: Asked) -> Said:
        n = next(numbers)
        return page([item(f"i{n}")], str(n), more=True)

    limits = GatherLimits(pages=4)
    with FeedServer(endless) as server:
        furnish(sqlite_engine, {CODE: server.url})
        [first] = ask(sqlite_engine, limits=limits)
        [second] = ask(sqlite_engine, limits=limits)
    assert first == Answer(CODE, updates=4, pages=4, detail="more to come after 4 pages")
    assert (second.updates, second.silence) == (4, None)
    assert server.asked[4].query["since"] == "4"
    # Not all of it was seen: nothing may be judged as if it had not been there.
    assert feed_row(sqlite_engine).answered_at is None


# --- one and the others ------------------------------------------------------------------------


def test_what_came_before_the_failure_is_kept(engine: Engine) -> None:
    some = (page([item("a")], "1", more=True), Said(404))
    answer, _ = ask_one(engine, in_turn(*some))
    assert (answer.updates, answer.silence, answer.pages) == (1, Silence.ERROR, 1)
    assert feed_row(engine).cursor == "1"
    assert len(updates(engine)) == 1


def test_a_bug_is_one_agencys_silence(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = plans.gathering.take_pages

    def faulty(connection: Any, pages: Any, *given: Any) -> Any:
        taken = real(connection, pages, *given)
        if any(page.department == CODE for page in pages):
            raise ZeroDivisionError("a bug")
        return taken

    monkeypatch.setattr(integrations.feed_keeping, "take_pages", faulty)
    feed = Feed()
    feed.items = [item("a", "mau/chung")]
    with FeedServer(feed) as server:
        furnish(engine, {CODE: server.url, "so-tai-chinh": server.url})
        bad, good = ask(engine, CODE, "so-tai-chinh")
    assert (bad.silence, bad.detail) == (Silence.ERROR, "internal: ZeroDivisionError: a bug")
    assert (bad.updates, good.updates, good.silence) == (0, 1, None)
    assert feed_row(engine).detail == bad.detail
    assert "gathering from so-y-te failed" in caplog.text
    # The bug is mended: nothing was lost.
    monkeypatch.undo()
    with FeedServer(feed) as server:
        furnish(engine, {CODE: server.url})
        assert ask(engine)[0].updates == 1


def test_what_cannot_be_kept_is_told_and_asked_for_again(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any, **named: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(feeds, "save_outcomes", full)
    answer, _ = ask_one(sqlite_engine, in_turn(GOOD))
    assert (answer.updates, answer.silence) == (0, Silence.ERROR)
    assert answer.detail == "internal: OSError: disk full"
    monkeypatch.undo()
    assert ask_one(sqlite_engine, in_turn(GOOD))[0].updates == 1


def test_a_database_that_is_away_ends_the_run(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*given: Any, **named: Any) -> None:
        raise OperationalError("update", {}, OSError("no connection"))

    monkeypatch.setattr(feeds, "save_outcomes", away)
    with pytest.raises(OperationalError):
        ask_one(sqlite_engine, in_turn(GOOD))


async def in_parts(body: Any) -> AsyncIterator[bytes]:
    yield body


def test_slow_ones_are_waited_for_together_and_within_the_limit(sqlite_engine: Engine) -> None:
    under_way: list[int] = []
    running = itertools.count()
    now_open = 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal now_open
        now_open += 1
        under_way.append(now_open)
        await asyncio.sleep(0.05)
        now_open -= 1
        [body] = page([], str(next(running))).parts
        return httpx.Response(200, content=in_parts(body))

    furnish(sqlite_engine, dict.fromkeys(("so-y-te", "so-tai-chinh", "van-phong"), "http://x/"))
    limits = GatherLimits(concurrent=2, per_client=1)
    answers = ask(
        sqlite_engine,
        "so-y-te",
        "so-tai-chinh",
        "van-phong",
        limits=limits,
        client_factory=lambda: httpx.AsyncClient(transport=httpx.MockTransport(slow)),
    )
    assert not any(answer.silence for answer in answers)
    assert max(under_way) == 2


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (5_001, [5_000, 1]), (240_000, [10_000] * 24)]
)
def test_batches_are_few(count: int, sizes: list[int]) -> None:
    codes = [f"d{n}" for n in range(count)]
    batches = plan_batches(codes)
    assert [len(batch) for batch in batches] == sizes
    assert [code for batch in batches for code in batch] == codes


# --- killed ------------------------------------------------------------------------------------


def test_killed_at_any_step_no_update_is_lost_or_counted_twice(
    engine: Engine, database_url: str
) -> None:
    first, second = Feed(), Feed()
    count = 0
    with ExitStack() as stack:
        urls = [stack.enter_context(FeedServer(feed)).url for feed in (first, second)]
        furnish(engine, {CODE: urls[0], "so-tai-chinh": urls[1]})
        victims = stack.enter_context(
            Victims("tests.integrations.gather_victim", str(database_url))
        )
        first.items, second.items = _news(0)
        for step in victims.until_unharmed():
            count = step
            answers = ask(engine, CODE, "so-tai-chinh")
            assert not any(answer.silence for answer in answers), step
            done = [row.item for row in kept(engine, "applied")]
            assert sorted(done) == sorted(one["id"] for one in first.items + second.items), step
            assert len(updates(engine)) == len(done), step
            assert not kept(engine, "quarantined"), step
            assert not faults(engine), step
            more = _news(step)
            first.items += more[0]
            second.items += more[1]
    # Two agencies, each two pages, in two transactions at least: a page comes, a commit has two
    # steps, and the last step is no kill.
    assert count > 2 * 2 + 2 * 2


def _news(n: int) -> tuple[list[Any], list[Any]]:
    refs = ("mau/mot", "mau/chung", "mau/thuong-xuyen/2025-02")
    mine = [item(f"y{n}-{ref}", ref, percent=n % 100) for ref in refs]
    return mine, [item(f"t{n}-{k}", "mau/chung", percent=k) for k in range(3)]
