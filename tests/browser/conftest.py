"""Pages in a browser, at the sizes that we serve. Whatever troubles the browser fails the test.

Mark a file ``pytestmark = pytest.mark.xdist_group("browser")``: then one browser does for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from tests.browsing import SIZES, Guard, OpenPage, launched
from tests.dondoc.api.conftest import Served, serve
from tests.offices import furnish


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests of this folder; it is closed before another folder's go on."""
    with launched() as found:
        yield found


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """The application on the sample plan."""
    furnish(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


@pytest.fixture
def guard(served: Served) -> Guard:
    """What troubled the browser; ``expecting`` forgives what a test means to happen."""
    return Guard(served.url)


@pytest.fixture
def open_page(browser: Browser, served: Served, guard: Guard) -> Iterator[OpenPage]:
    """Opens an empty page with cookies of its own: ``open_page("phone", javascript=False)``.

    Addresses are relative to the application's. What else is given goes to ``new_context``.
    """
    contexts = []

    def opened(size: str = "desktop", *, javascript: bool = True, **given: Any) -> Page:
        context = browser.new_context(
            base_url=served.url,
            viewport=SIZES[size],
            java_script_enabled=javascript,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            reduced_motion="reduce",  # colours are not measured halfway
            **given,
        )
        contexts.append(context)
        guard.watch(context)
        return context.new_page()

    yield opened
    for one in contexts:
        one.close()  # what the browser has still to say comes before this is done
    guard.check()


@pytest.fixture
def desktop(open_page: OpenPage) -> Page:
    """1280 × 800."""
    return open_page("desktop")


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """390 × 844."""
    return open_page("phone")


@pytest.fixture
def narrow(open_page: OpenPage) -> Page:
    """320 wide: 1280 at 400 %, as WCAG 1.4.10 asks."""
    return open_page("narrow")


@pytest.fixture
def plain(open_page: OpenPage) -> Page:
    """A desktop's without JavaScript."""
    return open_page("desktop", javascript=False)


@pytest.fixture(params=[*SIZES, "without scripts"])
def page(request: pytest.FixtureRequest, open_page: OpenPage) -> Page:
    """Runs a test at each size, and once without JavaScript."""
    if request.param in SIZES:
        return open_page(request.param)
    return open_page("phone", javascript=False)
