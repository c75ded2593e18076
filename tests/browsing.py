"""A real browser on our pages: Debian's Chromium, driven by Playwright; what every page must bear.

``make test`` installs both, and axe-core; without them the tests fail, and say so. Playwright runs
an event loop in its caller's thread, so nothing may call ``asyncio.run`` while a browser is open:
the fixtures (``tests/browser/conftest.py``) close it before other folders' tests go on.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    sync_playwright,
)

OpenPage = Callable[..., Page]
AXE = Path(__file__).parent / "browser" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing leaves this machine
)
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
    "narrow": {"width": 320, "height": 640},
}
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PATIENCE = 5_000
MISSING = "is not installed, and make test could not install it"
# Where scripts are off a timer never comes: what axe-core puts off is then done at once instead.
RUN_AXE = """async (how) => {
  if (matchMedia("(scripting: none)").matches) {
    window.setTimeout = (done, ms) => { if (!(ms > 1)) Promise.resolve().then(done); return 0; };
  }
  return await axe.run(document, {preload: false, ...how});
}"""
SIDEWAYS = """() => {
  const root = document.scrollingElement;
  if (root.scrollWidth <= window.innerWidth) return null;
  const wide = [...document.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > window.innerWidth + 0.5);
  const named = wide.slice(0, 5).map((one) => one.cloneNode(false).outerHTML.slice(0, 120));
  return [`${root.scrollWidth} px in ${window.innerWidth} px`, ...named].join("\\n");
}"""


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser with a new profile, for as long as the context is held."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail(f"Chromium {MISSING}: apt-get install chromium fonts-dejavu-core")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Guard:
    """Remembers what no page may do: errors on the console, broken policies, foreign requests."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.trouble: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Look at all pages of a context from now on. A broken policy is told as an error."""
        context.on("console", lambda one: self._note(one.type == "error", _placed(one)))
        context.on("weberror", lambda one: self._note(True, f"uncaught: {one.error}"))
        context.on("request", lambda one: self._note(self._is_foreign(one.url), f"to {one.url}"))

    def _note(self, bad: bool, said: str) -> None:
        if bad:
            self.trouble.append(said)

    def _is_foreign(self, url: str) -> bool:
        return not url.startswith((f"{self.own}/", "data:", "blob:", "about:"))

    @contextmanager
    def expecting(self, page: Page, pattern: str) -> Iterator[None]:
        """What is done within must make such trouble, which is forgiven: a 404, say."""
        seen = len(self.trouble)
        yield
        for _ in range(PATIENCE // 50):
            fitting = [one for one in self.trouble[seen:] if re.search(pattern, one)]
            if fitting:
                break
            page.wait_for_timeout(50)
        assert fitting, f"no trouble like {pattern!r}: {self.trouble[seen:]}"
        self.trouble = [one for one in self.trouble if one not in fitting]

    def check(self) -> None:
        """Fail if there was any."""
        assert not self.trouble, "the browser says:\n" + "\n".join(self.trouble)


def axe(page: Page) -> list[str]:
    """The obstacles that axe-core finds by WCAG 2.2 A and AA; also on a page without scripts."""
    page.evaluate(_axe_source())
    how = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = page.evaluate(RUN_AXE, how)["violations"]
    return [_said(rule, node) for rule in found for node in rule["nodes"]]


def no_sideways(page: Page) -> None:
    """Fail if the page must be scrolled sideways; says what sticks out."""
    found = page.evaluate(SIDEWAYS)
    assert found is None, found


@cache
def _axe_source() -> str:
    if not AXE.is_file():
        pytest.fail(f"axe-core {MISSING}: make tests/browser/node_modules/.installed")
    return AXE.read_text("utf-8")


def _placed(message: ConsoleMessage) -> str:
    return f"{message.text} ({message.location['url']})"


def _said(rule: dict[str, Any], node: dict[str, Any]) -> str:
    why = " ".join(node["failureSummary"].split())
    where = " ".join(map(str, node["target"]))
    return f"{rule['id']} ({rule['impact']}) at {where}: {node['html'][:200]}: {why}"
