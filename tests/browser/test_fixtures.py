"""The first page in a browser; and that the guards which all browser tests rely on do bite."""

from __future__ import annotations

import subprocess

import pytest
from playwright.sync_api import Page, expect

from tests import browsing
from tests.browsing import Guard, OpenPage, axe, no_sideways

pytestmark = pytest.mark.xdist_group("browser")

BAD = """<!DOCTYPE html><html lang="vi"><title>x</title><main><h1>Đôn đốc</h1>
<p style="color: #bbb; width: 900px">nhạt</p><button></button></main></html>"""
QUIET = "/api/v1/docs"
"""A page with nothing but text."""
OUTSIDE = "http://outside.invalid/x.png"


def test_the_first_page_bears_every_size(page: Page) -> None:
    answer = page.goto("/")
    assert answer and answer.status == 200
    expect(page.locator("h1")).to_be_visible()
    assert axe(page) == []
    no_sideways(page)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("console.error('by hand')", "by hand"),
        ("setTimeout(() => { throw new Error('uncaught one') })", "uncaught: uncaught one"),
        ("fetch('/none').catch(() => null)", "404|Content Security Policy"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        (f"document.body.innerHTML = '<img alt src={OUTSIDE}>'", f"to {OUTSIDE}"),
    ],
)
def test_what_troubles_the_browser_is_noticed(
    desktop: Page, guard: Guard, script: str, said: str
) -> None:
    desktop.goto(QUIET)
    guard.check()
    with guard.expecting(desktop, said):
        desktop.evaluate(f"() => {{ {script} }}")
        desktop.wait_for_timeout(200)
        with pytest.raises(AssertionError, match="the browser says"):
            guard.check()
    guard.trouble.clear()  # one script may give two reasons


def test_a_missing_page_is_noticed(
    plain: Page, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with guard.expecting(plain, "status of 404"):
        plain.goto("/none")
    monkeypatch.setattr(browsing, "PATIENCE", 200)
    with pytest.raises(AssertionError, match="no trouble"), guard.expecting(plain, "status of 404"):
        plain.goto(QUIET)


@pytest.mark.parametrize("javascript", [True, False])
def test_obstacles_are_found(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("narrow", javascript=javascript)
    page.set_content(BAD)
    assert [one.split()[0] for one in axe(page)] == ["button-name", "color-contrast"]
    with pytest.raises(AssertionError, match=r"(?s)908 px in 320 px.*<p style"):
        no_sideways(page)
    assert page.evaluate("matchMedia('(scripting: none)').matches") is not javascript


def test_vietnamese_has_a_font() -> None:
    found = subprocess.run(["fc-list", ":lang=vi"], capture_output=True, text=True, check=True)
    assert found.stdout, "apt-get install fonts-dejavu-core"
