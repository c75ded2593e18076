"""What tests of delivery share: many recipients, each owed a message; a clock that only jumps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from threading import Lock
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr
from sqlalchemy import Engine, Row, select

from integrations.smtp_answers import DeliveryError
from plans.messages import Line, ReminderContent
from plans.settings import Settings
from plans.store import catalogue, reading, writing
from plans.store.notices import NewNotice
from plans.store.notices import owe as write_owed
from plans.store.schema import deliveries
from plans.terms import NoticeKind
from tests.builders import at, build_department, build_departments
from tests.offices import furnish

DAY = date(2025, 4, 8)
NOW = at(DAY)
SETTINGS = Settings(secret_key=SecretStr("a secret of forty signs, as in the tests"))
LINE = Line(
    assignment="a1",
    plan_number="61-CTr/TU",
    task_title="Rà soát quy trình",
    clause="Mục II",
    department="Sở Y tế",
    due=DAY,
    days=0,
    percent=0,
    missing=("report",),
)
CONTENT = ReminderContent(
    kind=NoticeKind.REMINDER, recipient="d", recipient_name="Sở Y tế", day=DAY, lines=(LINE,)
).model_dump(mode="json")


class Clock:
    """Seconds since the run's start; they pass only where someone sleeps, or sets them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Noting:
    """A line that notes when it was sent what, by the run's clock."""

    def __init__(self, clock: Clock, refused: dict[str, DeliveryError] | None = None) -> None:
        self.clock, self.refused = clock, refused or {}
        self.sent: list[tuple[float, str]] = []
        self._guard = Lock()

    def send(self, envelope_from: str, to: str, message: bytes) -> None:  # noqa: ARG002
        with self._guard:
            self.sent.append((self.clock(), to))
        if to in self.refused:
            raise self.refused.pop(to)

    def moments(self, domain: str) -> list[float]:
        return [at for at, to in self.sent if to.endswith(f"@{domain}")]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


def owe_to(engine: Engine, addresses: Sequence[str], each: int = 1) -> None:
    """A department for every address, which is owed a message, or several."""
    codes = [f"d{place}" for place in range(len(addresses))]
    bodies = build_departments(*(build_department(code) for code in codes))
    furnish(engine, departments=bodies, now=at(date(2025, 3, 28)))
    new = [
        NewNotice(f"{n}/{code}", NoticeKind.REMINDER, code, DAY, CONTENT, "x")
        for n in range(each)
        for code in codes
    ]
    with writing(engine) as connection:
        for code, address in zip(codes, addresses, strict=True):
            catalogue.add_contact(connection, code, address)
        assert len(write_owed(connection, new, NOW - timedelta(seconds=1))) == len(new)


def numbered(domain: str, number: int) -> list[str]:
    return [f"a{place}@{domain}" for place in range(number)]


def rows(engine: Engine) -> list[Row[Any]]:
    with reading(engine) as connection:
        return list(connection.execute(select(deliveries).order_by(deliveries.c.notice)))


def states(engine: Engine) -> Counter[str]:
    return Counter(row.state for row in rows(engine))


def attempts(engine: Engine) -> set[int]:
    return {row.attempts for row in rows(engine)}
