"""Reminders and digests into a mail server that takes whatever comes (`bench/smtp_sink.py`).

The sink's own limit is measured with one ready-made message, sent again and again over bare
sockets. Deliveries are whole: claim, render in Vietnamese, compose, send over kept connections,
record, with the disk synced before a connection goes on. Reminders have 10 to 40 lines. "One core":
all of it pinned to one core, the sink to another; "two cores": both on both.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bench import synthetic
from bench.databases import fresh_engine
from bench.figures import Figure, Job, stopwatch
from integrations.delivery import deliver, render_notice
from integrations.mail import MailSettings, compose
from integrations.rendering import Rendered
from plans import loading
from plans.messages import (
    Change,
    Classes,
    DigestContent,
    Earlier,
    GroupBar,
    Line,
    PlanSection,
    ReminderContent,
)
from plans.settings import Settings
from plans.store import Engine, catalogue, writing
from plans.store.notices import NewNotice, owe
from plans.terms import NoticeKind

NOW = datetime(2025, 12, 29, 7, 30, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
BODIES, QUICK = 3355, 40
REMINDERS = 1000
RUNS = 3
CONNECTIONS = 4
DOMAINS = 97
RATE, MINUTE = 150, 60
FEWEST, MOST = 10, 40
SETTINGS = Settings(secret_key=SecretStr("a secret of forty signs, for benchmarks "))

_owed = count()


def run(job: Job) -> Iterator[Figure]:
    """The sink's limit, whole deliveries on each database, and where their time goes."""
    with sink(first_core=False) as port:
        message = _composed(NoticeKind.REMINDER, _reminder(25))
        limits = {n: _limit(port, message, job.pick(2000, QUICK), n) for n in (1, CONNECTIONS)}
    for n, rate in limits.items():
        what = f"the sink's own limit, {len(message) / 1000:.0f} kB messages, {n} connection(s)"
        yield Figure(what, rate, "/s")
    for kind in job.databases:
        with fresh_engine(job, kind) as engine:
            yield from _deliveries(job, engine, kind, limits[CONNECTIONS])
    yield from _shares(job)


def _deliveries(job: Job, engine: Engine, database: str, limit: float) -> Iterator[Figure]:
    bodies = job.pick(BODIES, QUICK)
    _furnish(engine, bodies)
    reminders, digests = list[_Taken](), list[_Taken]()
    for _ in range(job.pick(RUNS, 1)):
        reminders.append(_pinned(engine, NoticeKind.REMINDER, job.pick(REMINDERS, QUICK)))
        with sink(first_core=True) as port:
            digests.append(_sent(engine, NoticeKind.DIGEST, bodies, port))
    rate = statistics.median(one.rate for one in reminders)
    spent = statistics.median(one.cpu for one in reminders)
    yield Figure(
        f"reminders on one core, {CONNECTIONS} connections",
        rate,
        "/s",
        limit=RATE,
        better="more",
        peer="the sink's limit",
        ratio=rate / limit,
        note=f"{spent * 1000:.1f} ms of the core a message",
        database=database,
    )
    seconds = statistics.median(one.seconds for one in digests)
    yield Figure(
        f"{bodies} digests on two cores, {CONNECTIONS} connections",
        seconds,
        "s",
        limit=MINUTE,
        peer="the sink's limit",
        ratio=seconds / (bodies / limit),
        note=f"{bodies / seconds:.0f} a second",
        database=database,
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    messages: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.messages / self.seconds


def _pinned(engine: Engine, kind: NoticeKind, number: int) -> _Taken:
    """On the first core, beside a sink on another."""
    with sink(first_core=False) as port, _on_first_core():
        return _sent(engine, kind, number, port)


def _sent(engine: Engine, kind: NoticeKind, number: int, port: int) -> _Taken:
    _owe(engine, kind, number)
    url = SecretStr(f"smtp://127.0.0.1:{port}")
    mail = MailSettings(smtp_url=url, smtp_connections=CONNECTIONS)
    spent = time.process_time()
    with stopwatch() as taken:
        done = deliver(engine, SETTINGS, mail, NOW)
    spent = time.process_time() - spent
    assert done.sent == number, done
    return _Taken(number, taken[0], spent / number)


@contextmanager
def sink(*, first_core: bool, most: int = 4 * CONNECTIONS) -> Iterator[int]:
    """A sink in a process of its own; gives its port. Without the first core, if there are two.

    ``most``: connections that it may have seen by the end; each is renewed after 500 messages.
    """
    command = [sys.executable, "-m", "bench.smtp_sink"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        cores = os.sched_getaffinity(0)
        if not first_core and len(cores) > 1:
            os.sched_setaffinity(process.pid, cores - {min(cores)})
        assert process.stdout
        yield int(process.stdout.readline())
        messages, connections = map(int, process.communicate()[0].split())
        assert messages and connections <= most, connections


@contextmanager
def _on_first_core() -> Iterator[None]:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


# --- the sink's limit ---------------------------------------------------------------------------


def _limit(port: int, message: bytes, number: int, connections: int) -> float:
    """Ready-made messages a second."""
    each = number // connections
    with _on_first_core(), ThreadPoolExecutor(connections) as pool:
        _pour(port, message, 10)
        with stopwatch() as taken:
            list(pool.map(lambda _: _pour(port, message, each), range(connections)))
    return each * connections / taken[0]


def _pour(port: int, message: bytes, number: int) -> None:
    body = message + b".\r\n"
    steps = (b"MAIL FROM:<a@b.vn>\r\n", b"RCPT TO:<c@d.vn>\r\n", b"DATA\r\n", body)
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.recv(1000)
        for _ in range(number):
            for step in steps:
                line.sendall(step)
                assert line.recv(1000)[:1] in b"23"


# --- where the time goes ------------------------------------------------------------------------


def _shares(job: Job) -> Iterator[Figure]:
    contents = [_reminder(lines) for lines in range(FEWEST, MOST + 1)]
    rendered = [_rendered(NoticeKind.REMINDER, one) for one in contents]

    def render() -> None:
        for one in contents:
            _rendered(NoticeKind.REMINDER, one)

    def put_together() -> None:
        for one in rendered:
            _message(one)

    for name, act in (("rendering", render), ("composing", put_together)):
        runs = [_cpu(act) / len(contents) for _ in range(job.pick(15, 1))]
        what = f"a reminder of {FEWEST} to {MOST} lines: {name}"
        yield Figure(what, statistics.median(runs) * 1000, "ms", note="of a core")


def _cpu(act: Callable[[], None]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun


def _composed(kind: NoticeKind, content: Any) -> bytes:
    return _message(_rendered(kind, content))


def _rendered(kind: NoticeKind, content: Any) -> Rendered:
    return render_notice(kind, content, "vi", SETTINGS.base_url, "mailto:a@b.vn", link="t" * 80)


def _message(rendered: Rendered) -> bytes:
    return compose(
        rendered,
        sender="Văn phòng UBND tỉnh <nhac-viec@vp.example.vn>",
        to="vanthu@syt.example.vn",
        message_id="<bench@vp.example.vn>",
        date=NOW,
        list_unsubscribe="mailto:a@b.vn",
    )


# --- what is sent -------------------------------------------------------------------------------


def _furnish(engine: Engine, bodies: int) -> None:
    with writing(engine) as connection:
        made = synthetic.catalogue(1, 1, bodies, synthetic.one_off())
        loading.load_catalogue(connection, made, NOW)
        for n in range(bodies):
            catalogue.add_contact(connection, f"d{n}", f"vanthu@d{n % DOMAINS}.example.vn")


def _owe(engine: Engine, kind: NoticeKind, number: int) -> None:
    turn = next(_owed)
    new = [
        NewNotice(f"{turn}/{n}", kind, f"d{n}", NOW.date(), _content(kind, n), "b.vn")
        for n in range(number)
    ]
    with writing(engine) as connection:
        owe(connection, new, NOW)


def _content(kind: NoticeKind, n: int) -> dict[str, Any]:
    lines = FEWEST + n % (MOST - FEWEST + 1)
    return _digest(lines) if kind is NoticeKind.DIGEST else _reminder(lines)


def _reminder(lines: int) -> dict[str, Any]:
    return ReminderContent(
        kind=NoticeKind.REMINDER,
        recipient="d0",
        recipient_name="Ủy ban nhân dân xã Tân Phú",
        office="Văn phòng Ủy ban nhân dân tỉnh",
        day=NOW.date(),
        lines=_lines(lines),
    ).model_dump(mode="json")


def _lines(number: int) -> tuple[Line, ...]:
    return tuple(
        Line(
            assignment=f"assignment{n:06}",
            plan_number="61-CTr/TU",
            task_title=f"Rà soát, hoàn thiện quy trình giải quyết thủ tục hành chính, lần {n}",
            clause="Mục II.3, điểm b",
            department="Ủy ban nhân dân xã Tân Phú",
            due=date(2025, 12, 31),
            period="2025-Q4",
            days=3 - n,
            percent=n * 3 % 100,
            missing=("report", "deliverable"),
            deliverable="Báo cáo kết quả thực hiện",
            earlier=(Earlier(day=date(2025, 12, 20), to="Ủy ban nhân dân xã Tân Phú"),),
        )
        for n in range(number)
    )


def _digest(lines: int) -> dict[str, Any]:
    """Half of the lines are overdue, half fall due; three plans with six groups each."""
    overdue, due = _lines(lines // 2), _lines(lines - lines // 2)
    return DigestContent(
        role="department",
        recipient="d0",
        recipient_name="Ủy ban nhân dân xã Tân Phú",
        day=NOW.date(),
        week_start=date(2025, 12, 22),
        plans=tuple(_section(n) for n in range(3)),
        overdue=overdue,
        overdue_total=len(overdue),
        due_next=due,
        due_next_total=len(due),
        waiting_review=2,
        undecided=0,
        unconfirmed=1,
        changes=_changes(5),
        changes_total=5,
    ).model_dump(mode="json")


def _changes(number: int) -> tuple[Change, ...]:
    title = "Rà soát, hoàn thiện quy trình giải quyết thủ tục hành chính"
    facts = {"plan_number": "61-CTr/TU", "task_title": title, "department": ""}
    return tuple(
        Change(day=date(2025, 12, 25), kind="updated", percent=n * 10, **facts)
        for n in range(number)
    )


def _section(n: int) -> PlanSection:
    classes = Classes(done_on_time=5, done_late=2, open_on_time=7, open_overdue=3)
    groups: Sequence[GroupBar] = [
        GroupBar(title=f"Nhóm nhiệm vụ {k}", assignments=3, completion=0.3, classes=classes)
        for k in range(6)
    ]
    return PlanSection(
        plan=f"p{n}",
        number=f"{n}/KH-UBND",
        title=f"Kế hoạch chuyển đổi số và cải cách hành chính năm 2025, phần {n}",
        assignments=17,
        completion=0.41,
        completion_before=0.37,
        on_time_rate=0.5,
        on_time_rate_original=0.45,
        reporting_rate=0.8,
        classes=classes,
        undecided=0,
        groups=tuple(groups),
    )


if __name__ == "__main__":
    for figure in run(Job(Path(sys.argv[1]), quick="quick" in sys.argv)):
        print(figure.database, figure.name, f"{figure.value:.2f} {figure.unit}", figure.note)
