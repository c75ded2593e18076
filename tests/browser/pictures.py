"""Pictures of every page on the demo's record, by desktop and by phone: ``make screenshots``.

python -m tests.browser.pictures [--data var/demo] [--out var/screenshots] [--readme]
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ViewportSize
from sqlalchemy import select

from dondoc.api import sessions as cookies
from dondoc.api.app import create_app
from dondoc.api.settings import WebSettings
from dondoc.serving import in_thread
from dondoc.web.visiting import LANGUAGE
from plans.identity import links, people, sessions
from plans.settings import Settings
from plans.store import Engine, open_engine, reading, writing
from plans.store.measurements import goals
from plans.store.schema import assignments, snapshots
from plans.terms import Review, Role
from tests.browsing import SIZES, launched

PLAN, DEPARTMENT = "kh377", "so-y-te"
OFFICE = (
    "/",
    "/plans",
    f"/plans/{PLAN}",
    f"/plans/{PLAN}/timeline",
    f"/plans/{PLAN}/compare",
    f"/departments?plan={PLAN}",
    f"/departments/{DEPARTMENT}",
    "/assignments",
    "/assignments/{waiting}",
    "/review",
    "/review?what=extensions",
    "/targets",
    "/targets/{target}",
    "/messages",
    "/messages/preview",
    "/gathering",
    "/admin",
    "/admin/plans",
    "/admin/departments",
    "/admin/people",
    "/admin/tokens",
    "/admin/calendar",
    "/admin/holds",
    "/admin/ledger",
    "/admin/audit",
    "/search?q=tre em",
    "/account",
)
BODY = (f"/departments/{DEPARTMENT}", "/assignments/{own}", "/assignments/{returned}")
LINK = ("/l/{link}", "/l/{link}/assignments/{own}", "/l/{link}/confirm")
NOBODY = ("/sign-in",)
README = {
    "overview": ("office", "readme", "/"),
    "report": ("body", "phone", "/assignments/{returned}"),
}
LIGHT: ViewportSize = {"width": 1280, "height": 600}
"""A desktop's first sight for the README, whose pictures are to be light."""


@contextmanager
def shown(data: Path) -> Iterator[tuple[str, Engine, Settings, datetime]]:
    """A copy of a record, served as on the evening of its last figures; it is not written to."""
    with tempfile.TemporaryDirectory(prefix="dondoc-pictures-") as folder:
        for name in ("dondoc.sqlite3", "secret.key"):
            shutil.copy(data / name, folder)
        settings = Settings(data_dir=Path(folder), database_url=None)
        engine = open_engine(settings.url)
        with reading(engine) as connection:
            taken = connection.scalar(
                select(snapshots.c.taken_at).order_by(snapshots.c.day.desc()).limit(1)
            )
        assert taken is not None, f"{data} holds no figures; make demo"
        now = taken + timedelta(hours=1)
        app = create_app(settings, WebSettings(rate_limit="100000/minute"), clock=lambda: now)
        with in_thread(app) as url:
            yield url, engine, settings, now
        engine.dispose()


def facts(engine: Engine, settings: Settings, now: datetime) -> dict[str, str]:
    """What the paths name: a report that waits, a department's own task, one that came back, …"""
    c = assignments.c
    with reading(engine) as connection:
        waiting = connection.scalar(select(c.id).where(c.review == Review.SUBMITTED).limit(1))
        mine = select(c.id).where(c.department == DEPARTMENT, c.done_on.is_(None))
        # The next to fall due; where nothing does any more, the oldest that is overdue.
        own = connection.scalar(mine.order_by(c.due < now.date(), c.due).limit(1))
        again = connection.scalar(mine.where(c.review == Review.RETURNED).order_by(c.due.desc()))
        target = next(one.target.id for one in goals(connection) if one.target.value is not None)
    link = links.sign_link(settings.secret, DEPARTMENT, now)
    found = {"waiting": waiting, "own": own, "returned": again or own}
    return {name: str(key) for name, key in found.items()} | {"target": target, "link": link}


def cookie_of(engine: Engine, settings: Settings, now: datetime, role: Role) -> str:
    """A new person's session."""
    whose = DEPARTMENT if role is Role.DEPARTMENT else None
    new = people.NewUser(
        email=f"{role}@example.vn",
        name="Nguyễn Thị Hạnh" if whose else "Trần Văn Minh",
        grants=(people.GrantIn(role=role, department=whose),),
    )
    with writing(engine) as connection:
        user = people.create(connection, new, actor="pictures", now=now)
        identifier, _ = sessions.begin(connection, user, "password", now)
    return sessions.sign(settings.secret, identifier)


def opened(browser: Browser, url: str, size: str, cookie: str | None) -> BrowserContext:
    """A browser's window of a size, signed in or not."""
    viewport = SIZES.get(size, LIGHT)
    context = browser.new_context(base_url=url, viewport=viewport, locale="vi-VN")
    context.add_cookies([{"name": LANGUAGE, "value": "vi", "url": url}])
    if cookie:
        context.add_cookies([{"name": cookies.SESSION, "value": cookie, "url": url}])
    return context


def main() -> None:
    """Take all pictures, or those of the README."""
    parser = argparse.ArgumentParser(description="Pictures of every page, from a demo's record.")
    parser.add_argument("--data", type=Path, default=Path("var/demo"))
    parser.add_argument("--out", type=Path, default=Path("var/screenshots"))
    parser.add_argument("--readme", action="store_true", help="only the two of the README")
    given = parser.parse_args()
    if not (given.data / "dondoc.sqlite3").exists():
        parser.error(f"{given.data} holds no record; make demo")
    given.out.mkdir(parents=True, exist_ok=True)
    with shown(given.data) as (url, engine, settings, now), launched() as browser:
        known = facts(engine, settings, now)
        who = {
            "office": cookie_of(engine, settings, now, Role.ADMIN),
            "body": cookie_of(engine, settings, now, Role.DEPARTMENT),
            "nobody": None,
        }
        if given.readme:
            for name, (visitor, size, path) in README.items():
                context = opened(browser, url, size, who[visitor])
                _take(context, path.format(**known), given.out / f"{name}.png", full=False)
            return
        for size in ("desktop", "phone"):
            for visitor, paths in (("office", OFFICE), ("body", BODY), ("nobody", LINK + NOBODY)):
                context = opened(browser, url, size, who[visitor])
                for path in paths:
                    name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "overview"
                    file = given.out / f"{name}-{visitor}-{size}.png"
                    _take(context, path.format(**known), file, full=True)
    print(f"{len(list(given.out.glob('*.png')))} pictures in {given.out}")


def _take(context: BrowserContext, path: str, file: Path, *, full: bool) -> None:
    page = context.new_page()
    answer = page.goto(path)
    assert answer is not None and answer.ok, f"{path}: {answer.status if answer else 'no answer'}"
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file, full_page=full, animations="disabled")
    page.close()


if __name__ == "__main__":
    main()
