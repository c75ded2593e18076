"""Every page there is, on a record of extremes: none may break, hide, or shut anybody out.

What is looked at is every GET route of the pages, so that a new page cannot be forgotten, and every
address that a link of ours leads to.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page

from dondoc.api import sessions as cookies
from dondoc.web.assets import assets
from dondoc.web.visiting import LANGUAGE
from plans.identity import sessions
from plans.store import open_engine, writing
from tests.browser.extremes import Extremes, furnish_extremes
from tests.browsing import SIZES, Guard, axe, no_sideways
from tests.dondoc.api.conftest import Served, serve
from tests.offices import faults

pytestmark = pytest.mark.xdist_group("browser")

FIRST_VIEW = 200 * 1024
WALKED = 400
"""More links than there are pages: the walk ends by itself, or something leads on for ever."""
KNOWN = {"vi": "Thời điểm lấy số liệu", "en": "Time of these figures"}


# --- which pages there are ----------------------------------------------------------------------

BY_ROUTE: dict[str, tuple[str, ...]] = {
    "/": ("/", "/?wall=1"),
    "/plans": ("/plans",),
    "/plans/{plan}": ("/plans/cuc-han", "/plans/sau", "/plans/cuc-han?as_of=2025-04-01"),
    "/plans/{plan}/timeline": ("/plans/cuc-han/timeline", "/plans/sau/timeline"),
    "/plans/{plan}/compare": ("/plans/cuc-han/compare", "/plans/sau/compare"),
    "/plans/{plan}/versions": ("/plans/cuc-han/versions",),
    "/plans/{plan}/report": (
        "/plans/cuc-han/report",
        "/plans/cuc-han/report?period=2025-Q1",
    ),
    "/plans/{plan}/calendars": ("/plans/cuc-han/calendars",),
    "/departments": ("/departments?plan=cuc-han", "/departments?plan=sau"),
    "/departments/{code}": ("/departments/so-khong-thu", "/departments/so-cu"),
    "/departments/{code}/calendars": ("/departments/so-y-te/calendars",),
    "/assignments": ("/assignments", "/assignments?q=khong-co-gi"),
    "/assignments/{assignment}": ("/assignments/{submitted}", "/assignments/{undecided}"),
    "/review": ("/review", "/review?what=extensions", "/review?plan=sau"),
    "/targets": ("/targets", "/targets?plan=sau"),
    "/targets/{key}": ("/targets/rat-lon", "/targets/kinh-phi", "/targets/huong", "/targets/khong"),
    "/messages": ("/messages",),
    "/messages/{notice:int}": ("/messages/{notice}",),
    "/messages/preview": ("/messages/preview?run=digests&show=1", "/messages/preview?show=1"),
    "/messages/preview/{run}/{department}": ("/messages/preview/digests/so-y-te",),
    "/figures/doubtful": ("/figures/doubtful",),
    "/registers": ("/registers",),
    "/workbooks": ("/workbooks",),
    "/gathering": ("/gathering",),
    "/gathering/{code}": ("/gathering/so-y-te", "/gathering/so-giao-duc"),
    "/search": ("/search?q=tre em", "/search?q=", "/search?q=khong-co-gi"),
    "/account": ("/account",),
    "/admin": ("/admin",),
    "/admin/plans": ("/admin/plans",),
    "/admin/plans/{plan}": ("/admin/plans/cuc-han",),
    "/admin/leads": ("/admin/leads",),
    "/admin/leads/{assignment}": ("/admin/leads/{undecided}",),
    "/admin/departments": ("/admin/departments",),
    "/admin/departments/{code}": ("/admin/departments/so-y-te", "/admin/departments/so-khong-thu"),
    "/admin/people": ("/admin/people?all=1",),
    "/admin/people/new": ("/admin/people/new",),
    "/admin/people/{user}": ("/admin/people/{department}",),
    "/admin/tokens": ("/admin/tokens",),
    "/admin/tokens/new": ("/admin/tokens/new",),
    "/admin/calendar": ("/admin/calendar",),
    "/admin/calendar/change": ("/admin/calendar/change?day=2025-04-25&working=0&basis=15/QĐ-UBND",),
    "/admin/calendar/withdrawal": ("/admin/calendar/withdrawal?day=2025-05-30",),
    "/admin/holds": ("/admin/holds",),
    "/admin/ledger": ("/admin/ledger",),
    "/admin/audit": ("/admin/audit",),
    "/admin/channels": ("/admin/channels",),
}
"""Pages of the office, by route: at least one address each."""

BODY = (
    "/departments/so-y-te",
    "/assignments/{own}",
    "/targets/rat-lon",
    "/figures/import",
    "/workbooks/{returned}",
    "/account",
)
LINKED = {
    "/l/{token}": ("/l/{link}",),
    "/l/{token}/confirm": ("/l/{link}/confirm",),
    "/l/{token}/assignments/{assignment}": ("/l/{link}/assignments/{own}",),
}
ANYBODY = {"/sign-in": ("/sign-in",)}

NO_PAGES = {
    "/departments/{code}/workbook": "a file, to be saved",
    "/l/{token}/departments/{code}/workbook": "a file, to be saved",
    "/workbooks/{returned}": "for whoever handed it in: among the body's pages",
    "/workbooks/{returned}/marked": "a file, to be saved",
    "/l/{token}/workbooks/{returned}/marked": "a file, to be saved",
    "/l/{token}/workbooks/{returned}": "asks for the code first; the same page as the body's",
    "/plans/{plan}/report/file": "a file, to be saved",
    "/language/{code}": "leads back",
    "/sign-in/{token}": "refuses a link that is not good; test_week opens a good one",
    "/sign-in/oidc": "leads to the provider",
    "/account/second-factor": "needs a secret that was begun by a form",
    "/l/{token}/calendars": "asks for the code first; dondoc/web/test_calendars opens it",
    "/admin/bodies": "a part of a page: suggestions",
    "/figures/import": "among the body's pages",
    "/figures/template": "a file, to be saved",
    "/admin/leads/confirm": "leads back where nothing was chosen",
    "/assignments/{assignment}/evidence/{file}": "a file, to be saved",
    "/l/{token}/assignments/{assignment}/evidence/{file}": "a file, to be saved",
}


def routes() -> set[str]:
    """The paths of all pages."""
    from dondoc.web.routers import PAGES

    every = [one for router in PAGES if router is not assets for one in router.routes]
    return {one.path for one in every if isinstance(one, APIRoute) and "GET" in (one.methods or ())}


def test_no_page_is_forgotten() -> None:
    named = BY_ROUTE.keys() | LINKED.keys() | ANYBODY.keys() | NO_PAGES.keys()
    missing = routes() - named
    assert not missing, f"name an address of each in this file: {sorted(missing)}"
    assert not (gone := named - routes() - {"/sign-in/oidc"}), f"there is no such page: {gone}"


# --- one server, one browser, all pages ---------------------------------------------------------


@dataclass
class Stage:
    """The served record, and a window for each visitor, size and language."""

    served: Served
    browser: Browser
    facts: Extremes
    guard: Guard
    windows: dict[tuple[str, str, str], BrowserContext] = field(default_factory=dict)

    def window(self, visitor: str, size: str = "desktop", language: str = "vi") -> Page:
        """An empty page of a visitor; the browser's cache is its own."""
        key = (visitor, size, language)
        if key not in self.windows:
            self.windows[key] = self._open(visitor, size, language)
        context = self.windows[key]
        return context.pages[0] if context.pages else context.new_page()

    def _open(self, visitor: str, size: str, language: str) -> BrowserContext:
        url = self.served.url
        context = self.browser.new_context(
            base_url=url, viewport=SIZES[size], locale="vi-VN", reduced_motion="reduce"
        )
        jar: list[Any] = [{"name": LANGUAGE, "value": language, "url": url}]
        if cookie := self.cookie(visitor):
            jar.append({"name": cookies.SESSION, "value": cookie, "url": url})
        context.add_cookies(jar)
        self.guard.watch(context)
        return context

    def cookie(self, visitor: str) -> str | None:
        """A session of the administrator's, or of a department's person."""
        user = {"office": self.facts.admin, "body": self.facts.department}.get(visitor)
        if user is None:
            return None
        with writing(self.served.engine) as connection:
            identifier, _ = sessions.begin(connection, user, "password", self.served.now)
        return sessions.sign(self.served.settings.secret, identifier)

    def addresses(self) -> list[tuple[str, str]]:
        """Every page to be looked at, with who looks."""
        office = [("office", one) for some in BY_ROUTE.values() for one in some]
        linked = [("link", one) for some in LINKED.values() for one in some]
        others = [("nobody", one) for some in ANYBODY.values() for one in some]
        every = [*office, *(("body", one) for one in BODY), *linked, *others]
        return [(who, self.path(one)) for who, one in every]

    def path(self, pattern: str) -> str:
        """An address with what it names."""
        names = {name: getattr(self.facts, name) for name in Extremes.__slots__}
        return pattern.format(**names)


@pytest.fixture(scope="module")
def stage(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Stage]:
    """The record of extremes, served for all tests of this file."""
    folder = tmp_path_factory.mktemp("extremes")
    shutil.copyfile(sqlite_template, folder / "dondoc.sqlite3")
    engine = open_engine(f"sqlite:///{folder / 'dondoc.sqlite3'}")
    for served in serve(engine, folder):
        found = furnish_extremes(engine, served.settings)
        assert faults(engine) == []
        one = Stage(served, browser, found, Guard(served.url))
        yield one
        for context in one.windows.values():
            context.close()
    engine.dispose()


@pytest.fixture(autouse=True)
def _no_trouble(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "stage" in request.fixturenames:
        guard = request.getfixturevalue("stage").guard
        said, guard.trouble = guard.trouble, []
        assert not said, "the browser says:\n" + "\n".join(said)


@dataclass
class Faults:
    """What is wrong with which page; all of it is told at once."""

    found: list[str] = field(default_factory=list)

    def check(self, where: str, good: object, what: str) -> None:
        if not good:
            self.found.append(f"{where}: {what}")

    def tell(self) -> None:
        assert not self.found, "\n".join(["", *self.found])


# --- what every page must bear ------------------------------------------------------------------

OUTLINE = """() => ({
  lang: document.documentElement.lang, title: document.title,
  h1: [...document.querySelectorAll("h1")].map((one) => one.textContent.trim()),
  levels: [...document.querySelectorAll("h1, h2, h3, h4")].map((one) => Number(one.tagName[1])),
  text: document.body.innerText,
})"""


# Drawings follow their page's size a frame later.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))"


def test_every_page_in_vietnamese(stage: Stage) -> None:
    faults, titles = Faults(), dict[tuple[str, str], str]()
    for visitor, path in stage.addresses():
        page, where = stage.window(visitor), f"{visitor} {path}"
        _check_page(faults, where, page, path, "vi")
        one, title = urlsplit(path).path, page.title()
        other = titles.setdefault((visitor, title), one)
        faults.check(where, other == one, f"titled as {other}: {title}")
        for size in ("narrow", "desktop", "phone"):
            page.set_viewport_size(SIZES[size])
            page.evaluate(DRAWN)
            _check_width(faults, f"{where} at {size}", page)
        for obstacle in axe(page):
            faults.check(where, False, obstacle)
        page.set_viewport_size(SIZES["desktop"])
    faults.tell()


def test_every_page_in_english(stage: Stage) -> None:
    faults = Faults()
    for visitor, path in stage.addresses():
        page, where = stage.window(visitor, "narrow", "en"), f"{visitor} {path}"
        _check_page(faults, where, page, path, "en")
        _check_width(faults, where, page)
    faults.tell()


def _check_page(faults: Faults, where: str, page: Page, path: str, language: str) -> None:
    """It is there, in the language that was chosen, with one heading above all others."""
    answer = page.goto(path, wait_until="load")
    faults.check(where, answer and answer.status == 200, f"status {answer and answer.status}")
    seen = page.evaluate(OUTLINE)
    faults.check(where, seen["lang"] == language, f"lang {seen['lang']}")
    faults.check(where, KNOWN[language] in seen["text"], f"no “{KNOWN[language]}”")
    faults.check(where, len(seen["h1"]) == 1 and seen["h1"][0], f"h1 {seen['h1']}")
    faults.check(where, _in_order(seen["levels"]), f"headings {seen['levels']}")


def _in_order(levels: list[int]) -> bool:
    """A heading is at most one level below the one before it."""
    return all(after <= before + 1 for before, after in pairwise(levels))


def _check_width(faults: Faults, where: str, page: Page) -> None:
    try:
        no_sideways(page)
    except AssertionError as error:
        faults.check(where, False, str(error).partition("\nassert")[0])


# --- how heavy ----------------------------------------------------------------------------------


def test_a_first_view_is_light(stage: Stage) -> None:
    """All that a browser with an empty cache gets, as it comes over the line."""
    faults, sizes = Faults(), dict[str, int]()
    jar: dict[str, str | None] = {}
    with httpx.Client(base_url=stage.served.url) as client:
        for visitor, path in stage.addresses():
            cookie = jar.setdefault(visitor, stage.cookie(visitor))
            headers = {"Cookie": f"{cookies.SESSION}={cookie}"} if cookie else {}
            size, body = _weight(client, path, headers)
            for name in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', body)):
                if name not in sizes:
                    sizes[name] = _weight(client, name, {})[0]
                size += sizes[name]
            faults.check(f"{visitor} {path}", size < FIRST_VIEW, f"{size:,} bytes")
    faults.tell()


def _weight(client: httpx.Client, path: str, headers: dict[str, str]) -> tuple[int, str]:
    sent = headers | {"Accept": "text/html,*/*", "Accept-Encoding": "gzip, br"}
    with client.stream("GET", path, headers=sent) as answer:
        body = answer.read()
        assert answer.status_code == 200, path
        return answer.num_bytes_downloaded, body.decode()


# --- by keyboard --------------------------------------------------------------------------------

REACHED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  // A field for days holds stops of its own, whose focus the browser shows.
  const within = Boolean(one.dataset.reached);
  const bar = one.querySelector(".lane-bar");  // a drawing's link is outlined by its bar
  const drawn = bar && parseFloat(getComputedStyle(bar).strokeWidth) >= 2;
  const lit = style.boxShadow !== "none";
  one.dataset.reached = "yes";
  return {shown: inside && box.width > 0, ring: ring || lit || within || drawn,
          html: one.outerHTML.slice(0, 120)};
}"""
MISSED = """() => [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary")]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.disabled
    && one.type !== "hidden" && !one.dataset.reached
    && !(one.type === "radio" && one.name
      && document.querySelector(`input[type=radio][name="${one.name}"][data-reached]`)))
  .map((one) => one.outerHTML.slice(0, 120))"""
BY_KEYBOARD = (
    "/",
    "/plans/cuc-han",
    "/plans/cuc-han/timeline",
    "/departments?plan=cuc-han",
    "/assignments",
    "/assignments/{submitted}",
    "/review",
    "/targets/rat-lon",
    "/messages/preview?run=digests&show=1",
    "/gathering/so-y-te",
    "/admin/people/new",
)


def test_all_is_reached_by_tab(stage: Stage) -> None:
    faults, page = Faults(), stage.window("office")
    for pattern in BY_KEYBOARD:
        path = stage.path(pattern)
        page.goto(path)
        for _ in range(WALKED):
            page.keyboard.press("Tab")
            seen = page.evaluate(REACHED)
            if seen is None:
                break
            faults.check(path, seen["shown"], f"out of sight: {seen['html']}")
            faults.check(path, seen["ring"], f"focus not visible: {seen['html']}")
        for one in page.evaluate(MISSED):
            faults.check(path, False, f"not reached: {one}")
    faults.tell()


# --- where links lead ---------------------------------------------------------------------------

HREF = re.compile(r'<a\s[^>]*?href="([^"]*)"')
ID = re.compile(r'\bid="([^"]*)"')


@dataclass
class Walk:
    """Pages that were opened by following links, each kind of address once."""

    client: httpx.Client
    faults: Faults
    seen: set[str] = field(default_factory=set)

    def follow(self, start: str) -> None:
        waiting = [(start, "the beginning")]
        while waiting:
            path, before = waiting.pop()
            kind = _kind(path)
            if kind in self.seen:
                continue
            self.seen.add(kind)
            assert len(self.seen) < WALKED, sorted(self.seen)
            waiting += [(one, path) for one in self.open(path, before)]

    def open(self, path: str, before: str) -> list[str]:
        answer = self.client.get(path, headers={"Accept": "text/html"}, follow_redirects=True)
        self.faults.check(path, answer.status_code == 200, f"{answer.status_code}, from {before}")
        if not answer.headers["content-type"].startswith("text/html"):
            return []
        found = [one.replace("&amp;", "&") for one in HREF.findall(answer.text)]
        self._check_anchors(path, found, answer.text)
        base = str(answer.url)
        every = (urldefrag(urljoin(base, one)).url for one in found if not one.startswith("#"))
        ours = str(self.client.base_url).rstrip("/")
        return [one.removeprefix(ours) for one in every if one.startswith(f"{ours}/")]

    def _check_anchors(self, path: str, found: list[str], text: str) -> None:
        ids = set(ID.findall(text))
        for one in found:
            if one.startswith("#"):
                self.faults.check(path, one[1:] in ids, f"{one} leads nowhere")


def _kind(path: str) -> str:
    """An address without what differs among its like: ids, filters' values, cursors."""
    parts = urlsplit(path)
    names = "&".join(sorted(one.partition("=")[0] for one in parts.query.split("&")))
    return f"{re.sub(r'/(?:[a-z0-9]{24}|[0-9a-f]{32}|[0-9]+)(?=/|$)', '/*', parts.path)}?{names}"


@pytest.mark.parametrize("visitor", ["office", "body", "link"])
def test_no_link_leads_to_nothing(stage: Stage, visitor: str) -> None:
    faults = Faults()
    cookie = stage.cookie(visitor)
    jar = {cookies.SESSION: cookie} if cookie else {}
    start = stage.path("/l/{link}" if visitor == "link" else "/")
    with httpx.Client(base_url=stage.served.url, cookies=jar, timeout=30) as client:
        walk = Walk(client, faults)
        walk.follow(start)
    faults.tell()
    least = {"office": 60, "body": 15, "link": 3}[visitor]
    assert len(walk.seen) >= least, sorted(walk.seen)
