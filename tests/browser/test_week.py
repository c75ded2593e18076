"""A week of an office and a department in a browser: in Vietnamese, by desktop and by phone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect
from sqlalchemy import Engine, select

from dondoc.api import sessions as cookies
from dondoc.web.words import page_words
from plans import digests
from plans.identity import sessions
from plans.store import files, measurements, reading, writing
from plans.store.ledger import events_of
from plans.store.schema import notices
from plans.store.schema_access import users
from plans.terms import Role
from tests.browser import world
from tests.browsing import OpenPage, axe, no_sideways
from tests.builders import at
from tests.dondoc.api.conftest import Served, serve
from tests.dondoc.api.people import CODE, LINK, letters, mailed
from tests.offices import NOW, assignment, faults

pytestmark = pytest.mark.xdist_group("browser")

PATIENCE = 30
EXAMINE, SURVEY = "kh377/kham/so-y-te", "kh377/ra-soat/so-y-te"
REASON = "Chưa nêu số trẻ được khám ở từng xã, phường"
THURSDAY, FRIDAY = at(date(2025, 4, 17)), at(date(2025, 4, 18))
MONDAY = at(date(2025, 4, 21), 6)
ASKED = (
    "If there is such a user or department, a link is on its way. It works once, within 15 minutes."
)
PDF = b"%PDF-1.4\n%%EOF\n"


def vi(text: str, **values: object) -> str:
    """What a page says in Vietnamese for a text of ours."""
    said = page_words("vi").gettext(text, **values)
    assert said != text, f"not translated: {text}"
    return said


@pytest.fixture
def served(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Served]:
    """The office at the beginning of the week, its administrator the only person."""
    world.furnish_week(sqlite_engine)
    yield from serve(sqlite_engine, tmp_path)


# --- what people do -----------------------------------------------------------------------------


@dataclass
class Visitor:
    """Somebody before a page, whose own sight of it is looked at all the time."""

    page: Page
    served: Served
    wide: bool = True

    def go(self, path: str) -> None:
        answer = self.page.goto(path)
        assert answer is not None and answer.status == 200, f"{path}: {answer and answer.status}"
        self.look()

    def look(self) -> None:
        """Each page is read without sideways scrolling."""
        no_sideways(self.page)

    def fill(self, **fields: str) -> None:
        for name, text in fields.items():
            self.page.locator(f"[name='{name.replace('__', '.')}']").first.fill(text)

    def press(self, words: str, within: str = "main") -> None:
        self.page.locator(within).get_by_role("button", name=vi(words), exact=True).click()

    def follow(self, words: str, within: str = "main") -> None:
        self.page.locator(within).get_by_role("link", name=words).first.click()

    def told(self, words: str) -> None:
        """The page says that it was done, or what stands there."""
        expect(self.page.locator("main")).to_contain_text(words)
        self.look()

    def upload(self, name: str) -> None:
        file: FilePayload = {"name": name, "mimeType": "application/pdf", "buffer": PDF}
        self.page.locator("#field-file").set_input_files(file)
        self.press("Upload")

    def sign_in(self, email: str) -> None:
        """By a link that is asked for, and comes by mail."""
        self.go("/sign-in")
        self.fill(whose=email)
        before = len(list(letters(self.served)))
        self.press("Send the link")
        self.told(vi(ASKED))
        self.use_link(before)

    def use_link(self, before: int) -> None:
        """Open the sign-in link of the letter that came, and press its button."""
        wait_for_letter(self.served, before)
        self.go(f"/sign-in/{mailed(self.served, LINK)}")
        self.press("Sign in")
        expect(self.page.locator(".who details.menu")).to_be_visible()


def wait_for_letter(served: Served, before: int) -> None:
    """Mail leaves when the answer has gone."""
    deadline = time.monotonic() + PATIENCE
    while len(list(letters(served))) == before:
        assert time.monotonic() < deadline, "no letter came"
        time.sleep(0.02)


def list_link(served: Served, address: str) -> str:
    """The path of the list that the last message to an address leads to."""
    texts = [text for to, text in letters(served) if address in to and "/l/" in text]
    match = re.search(r"/l/[^/\s]+", texts[-1])
    assert match, texts[-1]
    return match[0]


@dataclass
class Week:
    """Whoever takes part, each before a browser of their own."""

    served: Served
    open_page: OpenPage
    size: str

    def visitor(self) -> Visitor:
        return Visitor(self.open_page(self.size), self.served, self.size == "desktop")

    @property
    def engine(self) -> Engine:
        return self.served.engine

    def morning(self, moment: datetime, office: Visitor) -> None:
        """Another day: yesterday's session has ended, so the office signs in anew."""
        self.served.now = moment
        office.sign_in(world.COORDINATOR)

    def path(self, ref: str) -> str:
        return f"/assignments/{assignment(self.engine, ref).id}"


@pytest.fixture(params=["desktop", "phone"])
def week(request: pytest.FixtureRequest, served: Served, open_page: OpenPage) -> Week:
    """The week by a desktop's size, and by a phone's."""
    return Week(served, open_page, request.param)


# --- the week -----------------------------------------------------------------------------------


def test_the_whole_week(week: Week) -> None:
    office = appoint_coordinator(week)
    before = overview(office)
    assert before["tasks are overdue"] == "1" and before["reports wait for review"] == "0"
    department = answer_a_message(week)
    assert overview(office)["reports wait for review"] == "1"
    return_with_a_reason(week, office)
    correct_and_submit_again(week, department)
    accept(week, office)
    after = overview(office)
    assert after["reports wait for review"] == "0"
    assert after["completed, all plans"] != before["completed, all plans"]
    ask_for_a_later_date(week, department)
    grant_another_date(week, office, department)
    owner = give_a_figure(week, office)
    withhold_one_recipient(week, office)
    check_record(week)
    for visitor in (office, department, owner):
        assert axe(visitor.page) == []


def appoint_coordinator(week: Week) -> Visitor:
    """The administrator makes a coordinator, who signs in by the link that is mailed."""
    admin, coordinator = week.visitor(), week.visitor()
    admin.sign_in(world.ADMIN)
    admin.go("/admin/people/new")
    admin.fill(name="Trần Thị Bình", email=world.COORDINATOR)
    admin.page.get_by_label(vi("Coordinating office"), exact=True).check()
    before = len(list(letters(week.served)))
    admin.press("Add the person")
    expect(admin.page.get_by_role("heading", level=1)).to_contain_text("Trần Thị Bình")
    coordinator.use_link(before)
    return coordinator


def overview(visitor: Visitor) -> dict[str, str]:
    """The figures of the overview by their words."""
    visitor.go("/")
    words = ("tasks are overdue", "reports wait for review", "completed, all plans")
    return {one: _figure(visitor.page, vi(one)).inner_text() for one in words}


def _figure(page: Page, words: str) -> Locator:
    card = page.locator(".figure-card").filter(has=page.get_by_text(words, exact=True))
    return card.locator(".figure-value")


def answer_a_message(week: Week) -> Visitor:
    """Opens the reminder's link, confirms the device by the mailed code, and reports."""
    assert world.remind(week.engine, week.served.settings, NOW) >= 2
    department = week.visitor()
    department.go(list_link(week.served, "so-y-te@"))
    expect(department.page.get_by_role("row", name=world.SURVEY)).to_be_visible()
    expect(department.page.get_by_text(world.SCHOOLS)).to_have_count(0)  # another body's
    department.follow(world.EXAMINE)
    department.fill(percent="100", result="Đã khám cho 12.345 trẻ em")
    confirm_device(week, department)
    expect(department.page.locator("#field-percent")).to_have_value("100")  # typed before
    department.upload("Báo cáo kết quả.pdf")
    department.told(vi("The file is here; it is named in the report’s evidence."))
    department.fill(evidence__0__number="45/BC-SYT", evidence__0__title="Báo cáo kết quả khám")
    department.press("Submit for review")
    department.told(vi("The report is handed in and waits for review."))
    return department


def confirm_device(week: Week, department: Visitor) -> None:
    department.follow(vi("Confirm this device first"))
    before = len(list(letters(week.served)))
    department.press("Send the code")
    department.told(vi("A code of six digits is on its way. It works for 10 minutes."))
    wait_for_letter(week.served, before)
    department.fill(code=mailed(week.served, CODE))
    department.press("Confirm this device")
    expect(department.page.locator("form.upload")).to_be_visible()


def return_with_a_reason(week: Week, office: Visitor) -> None:
    """On the desktop by keyboard alone: r, the reason, and the button."""
    week.morning(THURSDAY, office)
    office.go("/review")
    if office.wide:
        office.page.keyboard.press("r")
        expect(office.page.locator("#field-note")).to_be_focused()
        office.page.keyboard.type(REASON)
        office.page.keyboard.press("Tab")
        office.page.keyboard.press("Tab")
        expect(office.page.locator("button[value=return].btn-outline-danger:focus")).to_be_visible()
        office.page.keyboard.press("Enter")
    else:
        office.follow(world.EXAMINE)
        office.fill(note=REASON)
        office.press("Return", "#review")
    office.told(vi("The report is returned with your reason. The next one is open."))
    office.told(vi("No report waits for review."))


def correct_and_submit_again(week: Week, department: Visitor) -> None:
    department.go(list_link(week.served, "so-y-te@"))
    department.told(vi("report returned for correction"))
    department.follow(world.EXAMINE)
    department.told(REASON)
    expect(department.page.locator("#field-result")).to_have_value("Đã khám cho 12.345 trẻ em")
    department.fill(result="Đã khám cho 12.345 trẻ em tại 34 xã, phường")
    department.press("Submit for review")
    department.told(vi("The report is handed in and waits for review."))


def accept(week: Week, office: Visitor) -> None:
    """On the desktop by one key."""
    week.morning(FRIDAY, office)
    office.go("/review")
    if office.wide:
        expect(office.page.locator("#opened")).to_contain_text("34 xã, phường")
        office.page.keyboard.press("a")
    else:
        office.follow(world.EXAMINE)
        office.press("Accept", "#review")
    office.told(vi("The report is accepted. The next one is open."))


def ask_for_a_later_date(week: Week, department: Visitor) -> None:
    department.go(list_link(week.served, "so-y-te@"))
    department.follow(world.SURVEY)
    department.page.get_by_text(vi("Ask for a later date"), exact=True).click()
    department.fill(later__due="2025-06-15", later__reason="Phải chờ số liệu của các xã")
    department.press("Ask for it")
    department.told(vi("The later date is asked for; the coordinating office decides."))


def grant_another_date(week: Week, office: Visitor, department: Visitor) -> None:
    """The office grants less than was asked for; the first date stays to be seen."""
    office.go("/review?what=extensions")
    if not office.wide:
        office.follow(world.SURVEY)
    office.told("Phải chờ số liệu của các xã")
    office.fill(decide__due="2025-05-15")
    office.press("Grant", "#decide")
    office.told(vi("The later date is granted."))
    department.go(list_link(week.served, "so-y-te@") + week.path(SURVEY))
    department.told(vi("the original date"))
    for day in ("29/04/2025", "15/05/2025"):
        expect(department.page.locator("section[aria-labelledby=asked]")).to_contain_text(day)


def give_a_figure(week: Week, office: Visitor) -> Visitor:
    """The target's owner signs in by the mailbox of its department; commas as they are typed."""
    world.make_person(week.engine, "so-y-te@x.vn", "Lê Thị Lan", Role.DEPARTMENT, "so-y-te")
    owner = week.visitor()
    owner.sign_in("so-y-te@x.vn")
    owner.go("/targets/tiem-chung")
    owner.fill(value="91,75", source="123/BC-SYT")
    owner.press("See what it changes")
    owner.told("91,75%")
    owner.press("Save the figure")
    owner.told(vi("The figure is in the record."))
    office.go("/targets/tiem-chung")
    expect(office.page.locator("main table").last).to_contain_text("91,75%")
    expect(office.page.locator("main table").last).to_contain_text("123/BC-SYT")
    expect(office.page.locator(".target-line")).to_be_visible()
    return owner


def withhold_one_recipient(week: Week, office: Visitor) -> None:
    """The preview shows who would get a digest; one is held, and gets none."""
    week.morning(MONDAY, office)
    office.go("/messages/preview?run=digests&show=1")
    row = office.page.locator("#recipients").get_by_role("row", name="Sở Giáo dục và Đào tạo")
    expect(row).to_contain_text("so-giao-duc@x.vn")
    row.locator("summary").click()
    row.locator("input[name=reason]").fill("Đang sắp xếp lại tổ chức")
    row.get_by_role("button", name=vi("Withhold")).click()
    office.told(vi("Its messages are withheld."))
    held = office.page.locator("#holds").get_by_role("row", name="Sở Giáo dục và Đào tạo")
    expect(held).to_contain_text("Trần Thị Bình")
    expect(row).to_contain_text("Đang sắp xếp lại tổ chức")
    with writing(week.engine) as connection:
        digests.owe_digests(connection, MONDAY.date(), MONDAY, domain="x.vn")
    office.go("/messages")
    expect(office.page.locator("main")).to_contain_text("Sở Y tế")


def check_record(week: Week) -> None:
    """Who did what stands in the record, and the record agrees with itself."""
    assert faults(week.engine) == []
    reviewer, link = _actor(week.engine, world.COORDINATOR), "link:so-y-te"
    assert _told(week.engine, EXAMINE) == [
        ("updated", link),
        ("submitted", link),
        ("returned", reviewer),
        ("updated", link),
        ("submitted", link),
        ("accepted", reviewer),
    ]
    done, later = assignment(week.engine, EXAMINE), assignment(week.engine, SURVEY)
    assert (done.work, done.review, done.percent) == ("done", "accepted", 100)
    assert (done.done_on, later.due) == (THURSDAY.date(), date(2025, 5, 15))
    assert later.original_due == date(2025, 4, 29)
    assert _told(week.engine, SURVEY) == [
        ("extension_requested", link),
        ("extension_granted", reviewer),
    ]
    with reading(week.engine) as connection:
        [file] = files.of_assignment(connection, done.id)
        [figure] = measurements.of_targets(connection, ["tiem-chung"])["tiem-chung"]
        digested = select(notices.c.recipient).where(notices.c.kind == "digest")
        told = set(connection.scalars(digested))
    assert (file.name, file.uploaded_by) == ("Báo cáo kết quả.pdf", link)
    assert (figure.value, figure.actor) == (91.75, _actor(week.engine, "so-y-te@x.vn"))
    assert told == {"van-phong", "so-y-te"}


def _actor(engine: Engine, email: str) -> str:
    with reading(engine) as connection:
        return f"user:{connection.scalar(select(users.c.id).where(users.c.email == email))}"


def _told(engine: Engine, ref: str) -> list[tuple[str, str]]:
    """What happened to an assignment since it was given, and by whom."""
    with reading(engine) as connection:
        told = events_of(connection, assignment(engine, ref).id)
    return [(str(one.kind), one.actor) for one in told if one.kind != "assigned"]


# --- without JavaScript -------------------------------------------------------------------------


def test_reading_reporting_and_reviewing_without_scripts(
    served: Served, open_page: OpenPage
) -> None:
    department = enter(served, open_page, Role.DEPARTMENT, "so-y-te")
    office = enter(served, open_page, Role.COORDINATOR)
    department.go("/departments/so-y-te")
    department.follow(world.EXAMINE)
    department.upload("Báo cáo.pdf")
    department.told(vi("The file is here. Name it in the report below, then save or hand it in."))
    department.fill(percent="80", result="Đã khám 8.000 trẻ em", evidence__0__number="45/BC-SYT")
    department.press("Save")
    department.told(vi("The report is saved. It is not handed in yet."))
    department.fill(percent="100")
    department.press("Submit for review")
    department.told(vi("The report is handed in and waits for review."))
    decide(office, "Return", REASON)
    department.go(department.page.url.partition("?")[0])
    department.told(REASON)
    department.fill(result="Đã khám 8.000 trẻ em tại 34 xã")
    department.press("Submit for review")
    department.told(vi("The report is handed in and waits for review."))
    decide(office, "Accept", "")
    assert axe(department.page) == axe(office.page) == []
    kinds = [kind for kind, _ in _told(served.engine, EXAMINE)]
    again = ["updated", "submitted"]
    assert kinds == ["updated", *again, "returned", *again, "accepted"]
    assert faults(served.engine) == []


def decide(office: Visitor, how: str, note: str) -> None:
    office.go("/review")
    office.follow(world.EXAMINE)
    office.page.locator("a", has_text="Báo cáo.pdf").first.scroll_into_view_if_needed()
    office.fill(note=note)
    office.press(how, "#review")
    office.told(vi("No report waits for review."))


def enter(
    served: Served, open_page: OpenPage, role: Role, department: str | None = None
) -> Visitor:
    """Somebody who is signed in, before a phone whose browser runs no scripts."""
    email = f"{role}@example.vn"
    user = world.make_person(served.engine, email, "Phạm Minh Đức", role, department)
    with writing(served.engine) as connection:
        identifier, _ = sessions.begin(connection, user, "password", served.now)
    cookie = sessions.sign(served.settings.secret, identifier)
    page = open_page("phone", javascript=False)
    page.context.add_cookies([{"name": cookies.SESSION, "value": cookie, "url": served.url}])
    return Visitor(page, served, wide=False)
