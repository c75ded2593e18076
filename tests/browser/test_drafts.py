"""What is typed into a report and not sent yet: whose it is, and what it may be laid over."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from dondoc.api import sessions as cookies
from dondoc.web.words import page_words
from plans.identity import sessions
from plans.reviewing import review
from plans.store import writing
from plans.terms import Role
from tests.browser import world
from tests.browsing import Guard, OpenPage, axe, no_sideways
from tests.dondoc.api.conftest import Served
from tests.dondoc.web.desks import LEAD, MOT, reported, row

pytestmark = pytest.mark.xdist_group("browser")
PDF = b"%PDF-1.4\n%%EOF\n"
RESTORED, OLDER = "#draft-restored", "#draft-older"


def enter(served: Served, page: Page, name: str = "an") -> None:
    """Sign somebody of the lead in, instead of whoever was."""
    user = world.make_person(served.engine, f"{name}@x.vn", name, Role.DEPARTMENT, LEAD)
    with writing(served.engine) as connection:
        identifier, _ = sessions.begin(connection, user, "password", served.now)
    value = sessions.sign(served.settings.secret, identifier)
    page.context.add_cookies([{"name": cookies.SESSION, "value": value, "url": served.url}])


def button(page: Page, words: str) -> Locator:
    said = page_words("vi").gettext(words)
    assert said != words
    return page.get_by_role("button", name=said, exact=True).locator("visible=true")


@pytest.fixture
def path(served: Served) -> str:
    return f"/assignments/{served.id_of(MOT)}"


@pytest.fixture
def typing(served: Served, desktop: Page, path: str) -> Page:
    """Somebody who has typed something and gone away for a moment."""
    enter(served, desktop)
    desktop.goto(path)
    desktop.locator("#field-result").fill("Của tôi")
    desktop.goto("/account")
    return desktop


def test_what_was_typed_is_filled_in_again_and_said(typing: Page, path: str) -> None:
    typing.goto(path)
    expect(typing.locator("#field-result")).to_have_value("Của tôi")
    expect(typing.locator(RESTORED)).to_be_visible()
    assert axe(typing) == []
    button(typing, "Discard what was typed").click()
    expect(typing.locator("#field-result")).to_have_value("")
    typing.goto(path)
    expect(typing.locator("#field-result")).to_have_value("")
    expect(typing.locator(RESTORED)).to_be_hidden()


def test_what_was_typed_is_not_laid_over_a_newer_report(
    served: Served, typing: Page, path: str
) -> None:
    reported(served, percent=30, result="Của đồng nghiệp", submit=False)
    typing.goto(path)
    expect(typing.locator("#field-result")).to_have_value("Của đồng nghiệp")
    expect(typing.locator(OLDER)).to_be_visible()
    assert axe(typing) == []
    typing.locator("#field-proposals").fill("Thêm")  # keeps what was typed before
    typing.goto(path)
    button(typing, "Restore what was typed").click()
    expect(typing.locator("#field-result")).to_have_value("Của tôi")
    expect(typing.locator(OLDER)).to_be_hidden()
    button(typing, "Save").click()
    expect(typing).to_have_url(f"{served.url}{path}?done=saved")
    expect(typing.locator(RESTORED)).to_be_hidden()
    typing.locator("#field-result").fill("Của tôi, sau đó")
    typing.reload()
    expect(typing.locator("#field-result")).to_have_value("Của tôi, sau đó")


def test_what_was_typed_is_for_its_writer_alone(served: Served, typing: Page, path: str) -> None:
    enter(served, typing, "binh")
    typing.goto(path)
    expect(typing.locator("#field-result")).to_have_value("")
    expect(typing.locator(OLDER)).to_be_hidden()
    expect(typing.locator(RESTORED)).to_be_hidden()


def test_what_was_typed_goes_with_who_signs_out(served: Served, typing: Page, path: str) -> None:
    count = "Object.values(sessionStorage).filter((one) => one.includes('Của tôi')).length"
    assert typing.evaluate(count) == 1
    typing.locator(".who details.menu summary").click()
    button(typing, "Sign out").click()
    typing.wait_for_url("**/sign-in*")
    assert typing.evaluate(count) == 0


@pytest.mark.parametrize("size", ["desktop", "narrow"])
def test_what_is_asked_first_and_what_is_offered_no_more(
    served: Served, open_page: OpenPage, guard: Guard, path: str, size: str
) -> None:
    page = open_page(size)
    enter(served, page)
    reported(served)
    page.goto(path)
    page.locator("#field-proposals").fill("Kiến nghị bổ sung kinh phí")
    button(page, "Withdraw the report to change it").click()
    expect(page.locator("#problems")).to_be_focused()
    expect(page.locator("#problems")).to_be_in_viewport()
    assert axe(page) == []
    no_sideways(page)
    with writing(served.engine) as connection:
        review(connection, served.id_of(MOT), "accept", actor="user:9", now=served.now)
    with guard.expecting(page, "status of 412"):
        button(page, "Yes, withdraw it").click()
    expect(page.locator("#typed")).to_contain_text("Kiến nghị bổ sung kinh phí")
    expect(page.locator("#report-form")).to_have_count(0)
    assert axe(page) == []
    no_sideways(page)


def test_a_file_that_is_too_large_is_told_beside_its_field(
    served: Served, open_page: OpenPage, guard: Guard, path: str
) -> None:
    running = served.app.state.running
    running.settings = served.settings.model_copy(update={"upload_limit_mb": 1})
    page = open_page("phone", javascript=False)
    enter(served, page)
    page.goto(path)
    content = PDF + b"x" * 6_000_000
    large = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": content}
    page.locator("#field-file").set_input_files(large)  # type: ignore[arg-type]
    with guard.expecting(page, "status of 413"):
        button(page, "Upload").click()
    expect(page.locator("#error-file")).to_contain_text("1 MB")
    assert row(served).review == "none"
