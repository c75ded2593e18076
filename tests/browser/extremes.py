"""A record of extremes: what layouts break on, and something of every kind, so no page is empty.

A title of 300 characters, a word without a space, huge numbers and none at all, a plan that has not
begun, a body without a mailbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, select

from integrations.workbook import write_book
from integrations.workbook_reading import read_workbook
from plans import calendar_feeds as calendars
from plans import extensions, holding, measuring, overriding, workbook_returns
from plans.access import Caller, Grant
from plans.acting import Act, Officer
from plans.calendar_feeds import NewCalendar
from plans.declaration import (
    Department,
    Ongoing,
    Plan,
    SolutionGroup,
    Statistic,
    Target,
)
from plans.declaration.plan import Baseline
from plans.figures import NewMeasurement
from plans.files import Upload, folder_of, keep, receive
from plans.filing import Filed, file_reports
from plans.gathering import take_page
from plans.identity import links, tokens
from plans.reporting import Evidence, Report
from plans.reviewing import review
from plans.rolling import take_snapshot
from plans.settings import Settings
from plans.store import Connection, feeds, reading, writing
from plans.store.schema import notices
from plans.terms import PeriodKind, Role, Silence
from plans.workbooks import make
from tests.browser.world import (
    ADMIN,
    BODIES,
    body,
    due_on,
    load,
    make_person,
    plan_of,
    remind,
    titled,
)
from tests.builders import ZONE, at, build_target, build_task
from tests.offices import DAY, NOW, assignment, item
from tests.workbook_files import filled_in, terms

LONG = (
    "Tổ chức triển khai đồng bộ, có hiệu quả các chính sách, pháp luật của Đảng và Nhà nước về bảo "
    "vệ, chăm sóc, giáo dục trẻ em; tăng cường công tác phối hợp liên ngành giữa các sở, ban, "
    "ngành, đoàn thể và Uỷ ban nhân dân các xã, phường trong phòng, chống xâm hại, bạo lực, tai "
    "nạn thương tích trẻ em giai đoạn 2025 – 2030"
)
UNBROKEN = "https://so-y-te.example.vn/van-ban/" + "bao-cao-ket-qua-" * 8
HUGE = 1_646_512
MONTHLY = (Ongoing(type="ongoing", report_every=PeriodKind.MONTH),)

# --- what is declared ---------------------------------------------------------------------------


def extreme_bodies() -> tuple[Department, ...]:
    """The week's, one without a mailbox and with a long name, and one that no longer exists."""
    name = "Ban Chỉ đạo công tác bảo vệ, chăm sóc trẻ em và bình đẳng giới liên ngành cấp tỉnh"
    silent = body("so-khong-thu", name, name, contacts=(), parent="van-phong")
    ended = body("so-cu", "Sở cũ", "Former department", until=date(2025, 2, 28))
    return (*BODIES, silent, ended)


def _extreme() -> Plan:
    one_off = (
        build_task("dai", title=titled(LONG, LONG), deliverable=f"Báo cáo {LONG}", due=due_on(DAY)),
        build_task("cho", due=due_on(date(2025, 4, 25)), supporting=("so-khong-thu",)),
        build_task("tra", due=due_on(date(2025, 4, 28)), note=f"Xem {UNBROKEN}"),
        build_task("xong", due=due_on(date(2025, 4, 1)), deliverable="Kế hoạch"),
        build_task("gia-han", due=due_on(date(2025, 4, 30)), weight=1000),
        build_task("xin-han", due=due_on(date(2025, 5, 5))),
        build_task("qua-han", lead="so-khong-thu", due=due_on(date(2025, 3, 10))),
        build_task("mo", lead="so-cu", due=due_on(date(2025, 5, 30))),
    )
    ongoing = (build_task("thang", lead="so-giao-duc", due=MONTHLY),)
    return plan_of(
        "cuc-han",
        "61-CTr/TU",
        titled(LONG[:250], LONG[:250]),
        groups=(
            SolutionGroup(id="mot", ordinal="I", title=titled(LONG, "Long"), tasks=one_off),
            SolutionGroup(id="hai", ordinal="II", title=titled("Ngắn", "Short"), tasks=ongoing),
        ),
        targets=_targets(),
        statistics=(_children(),),
        note=LONG,
    )


def _targets() -> tuple[Target, ...]:
    zero = Baseline(value=0, as_of="2024")
    long = titled(f"Số trẻ em. {LONG}", f"Children. {LONG}")
    return (
        build_target("rat-lon", title=long, unit="count", value=HUGE, baseline=zero),
        build_target("kinh-phi", unit="VND", value=1_646_512_000_000, data_source=LONG),
        build_target("khong", value=0, comparator="at_most"),
        build_target("huong", unit=None, value=None, comparator="increase", due_year=None),
        build_target("nhay-cam", unit="count", value=0, comparator="decrease_to", sensitive=True),
        build_target("cua-so", owner="so-khong-thu", value=95.5, baseline=Baseline(value=97)),
    )


def _children() -> Statistic:
    title = titled(f"Số trẻ em. {LONG}", "Children")
    return Statistic(
        id="tre-em", title=title, qualifier="exact", value=HUGE, unit="count", year=2024
    )


def _one_task(key: str, vi: str, en: str, task: Any, **given: Any) -> Plan:
    group = SolutionGroup(id=key, title=titled(vi, en), tasks=(task,))
    return plan_of(key, f"{len(key)}/KH-UBND", titled(vi, en), groups=(group,), **given)


def _future() -> Plan:
    """Nothing of it is assigned yet: it has no tasks to count."""
    task = build_task("sau", due=MONTHLY)
    return _one_task("sau", "Kế hoạch chưa có nhiệm vụ", "No tasks yet", task, issued=DAY, basis=())


def _past() -> Plan:
    task = build_task("cu", due=due_on(date(2024, 12, 1)))
    span = {"issued": date(2024, 1, 2), "ends": date(2024, 12, 31)}
    return _one_task("het", "Kế hoạch đã kết thúc", "A plan that has ended", task, **span)


# --- what happened ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Extremes:
    """What the pages' paths name: assignments, people, a link, a file, a message, a token."""

    submitted: str
    own: str
    undecided: str
    admin: int
    department: int
    link: str
    file: str
    notice: int
    token: str
    returned: str


def furnish_extremes(engine: Engine, settings: Settings) -> Extremes:
    """Everything at once: reports, decisions, messages, feeds, holds, figures; as of ``NOW``."""
    load(engine, extreme_bodies(), (_past(), _extreme()), at(date(2025, 3, 3)))
    load(engine, extreme_bodies(), (_past(), _extreme(), _future()), NOW)
    admin = make_person(engine, ADMIN, "Nguyễn Văn An", Role.ADMIN)
    own = make_person(engine, "lan@syt.example.vn", "Lê Thị Lan", Role.DEPARTMENT, "so-y-te")
    keys = {one: _key(engine, f"cuc-han/{one}/so-y-te") for one in REPORTED}
    file = _do(engine, lambda c: _upload(c, settings, keys["dai"]))
    _do(engine, lambda c: _report(c, keys, file))
    _do(engine, lambda c: _decide(c, keys))
    _do(engine, lambda c: _extend(c, _key(engine, "cuc-han/gia-han/so-y-te"), grant=True))
    _do(engine, lambda c: _extend(c, _key(engine, "cuc-han/xin-han/so-y-te"), grant=False))
    _do(engine, _measure)
    _do(engine, _gather)
    remind(engine, settings, NOW)
    _do(engine, _office)
    _do(engine, lambda c: _subscribe(c, admin))
    new = tokens.NewToken(name=f"Hệ thống {LONG[:60]}", role=Role.VIEWER)
    token = _do(engine, lambda c: tokens.create(c, new, actor=f"user:{admin}", now=NOW))[0]
    _do(engine, _snapshots)
    with reading(engine) as connection:
        notice = connection.scalar(select(notices.c.id).limit(1))
    return Extremes(
        submitted=keys["dai"],
        own=keys["tra"],
        undecided=_key(engine, "cuc-han/mo/so-cu"),
        admin=admin,
        department=own,
        link=links.sign_link(settings.secret, "so-y-te", NOW),
        file=file,
        notice=int(notice or 0),
        token=token,
        returned=_do(engine, lambda c: _hand_in(c, settings, keys["tra"])),
    )


def _do(engine: Engine, act: Callable[[Connection], Any]) -> Any:
    with writing(engine) as connection:
        return act(connection)


def _key(engine: Engine, ref: str) -> str:
    return str(assignment(engine, ref).id)


REPORTED = ("dai", "cho", "tra", "xong")
DEPARTMENT, OFFICE = "user:lan", "user:binh"


def _subscribe(connection: Connection, admin: int) -> None:
    """Calendars with the longest names; one whose maker lost its right."""
    office = Caller(f"user:{admin}", "user", (Grant(Role.ADMIN),))
    gone = Caller("token:none", "token", (Grant(Role.ADMIN),))
    for name, who in ((UNBROKEN[:120], office), (LONG[:120], gone)):
        calendars.create(connection, who, NewCalendar("so-y-te", name=name), now=NOW)
        calendars.create(connection, who, NewCalendar(plan="cuc-han", kind="todo"), now=NOW)


def _hand_in(connection: Connection, settings: Settings, key: str) -> str:
    """A workbook that came back, one row in long words, the others unreadable."""
    here: dict[str, Any] = {"now": NOW, "day": DAY, "secret": settings.secret}
    raw = write_book(make(connection, "so-y-te", actor=DEPARTMENT, **here), ZONE)
    given: dict[str, dict[str, Any]] = {
        key: {"percent": 60, "result": LONG, "obstacles": UNBROKEN},
        "*": {"percent": "x"},
    }
    sheet = read_workbook(filled_in(raw, given))
    return workbook_returns.receive(
        connection, sheet, terms(way="page", secret=settings.secret), dry=True
    )


def _upload(connection: Connection, settings: Settings, key: str) -> str:
    folder = folder_of(settings.data_dir)
    with receive(folder, 10_000) as coming:
        coming.write(b"%PDF-1.4\n%%EOF\n")
        upload = Upload(key, f"{LONG[:180]}.pdf", coming.judge(), DEPARTMENT)
        return str(keep(connection, folder, coming, upload, NOW).id)


def _report(connection: Connection, keys: dict[str, str], file: str) -> None:
    evidence = Evidence(number="12/BC-SYT", title=LONG[:200], url=UNBROKEN, kind="report")
    proofs = (evidence, Evidence(file=file), Evidence(number="3/KH-SYT", kind="plan"))
    said = {"result": LONG * 3, "obstacles": UNBROKEN, "proposals": LONG, "submit": True}
    filed = [
        Filed(key, _said(said, name, proofs), DEPARTMENT, NOW, "page") for name, key in keys.items()
    ]
    file_reports(connection, filed, NOW, ZONE)


def _said(said: dict[str, Any], name: str, proofs: tuple[Evidence, ...]) -> Report:
    percent = 0 if name == "cho" else 100
    own = [one for one in proofs if name == "dai" or not one.file]
    return Report(percent=percent, evidence=own, **said)


def _decide(connection: Connection, keys: dict[str, str]) -> None:
    review(connection, keys["tra"], "return", actor=OFFICE, now=NOW, note=LONG)
    review(connection, keys["xong"], "accept", actor=OFFICE, now=NOW, note=UNBROKEN)


def _extend(connection: Connection, key: str, *, grant: bool) -> None:
    ask = Act(Officer(DEPARTMENT), NOW, DAY)
    asked = extensions.ask(connection, key, date(2025, 6, 30), LONG, ask, "so-y-te")
    if grant:
        act = Act(Officer(OFFICE), NOW, DAY)
        extensions.decide(connection, asked, "grant", act, due=date(2025, 5, 30), note=LONG)


def _measure(connection: Connection) -> None:
    figures = {"rat-lon": HUGE, "kinh-phi": 0, "nhay-cam": 3, "cua-so": 95.25}
    for target, value in figures.items():
        one = measuring.find(connection, target, DAY)
        new = NewMeasurement(period="2025-Q1", value=value, source="123/BC-SYT", note=LONG)
        measuring.measure(connection, one, new, actor=DEPARTMENT, now=NOW, day=DAY)


def _gather(connection: Connection) -> None:
    feeds.save_feed(connection, "so-y-te", UNBROKEN, 2.0)
    feeds.save_feed(connection, "so-giao-duc", "https://sgd.example.vn/feed", 2.0)
    wrong = item("a", assignment="cuc-han/khong-co", result=UNBROKEN)
    take_page(connection, "so-y-te", [wrong, {"id": UNBROKEN, "percent": -1}], "1", NOW, ZONE)
    feeds.save_outcome(connection, "so-y-te", NOW, None, None)
    feeds.save_outcome(connection, "so-giao-duc", NOW, Silence.UNREACHABLE, LONG)


def _snapshots(connection: Connection) -> None:
    for days in (14, 7, 0):
        taken = NOW - timedelta(days=days)
        take_snapshot(connection, taken.date(), taken)


def _office(connection: Connection) -> None:
    office: dict[str, Any] = {"actor": OFFICE, "now": NOW}
    holding.hold(connection, "so-giao-duc", reason=LONG, until=date(2025, 5, 30), **office)
    overriding.apply(connection, date(2025, 5, 30), False, "15/QĐ-UBND", **office)
