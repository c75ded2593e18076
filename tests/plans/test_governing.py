"""What the office orders: suspended, resumed, cancelled, given to another, put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from plans.declaration import Ongoing, Plan, SolutionGroup
from plans.errors import Conflict, Denied, InvalidInput, NotFound, Stale
from plans.extensions import ask
from plans.governing import (
    Document,
    cancel,
    correct,
    read_document,
    reassign,
    resume,
    suspend,
)
from plans.opening import decide_lead, open_periods
from plans.reviewing import review
from plans.rolling import by_department
from plans.rules import State, is_open
from plans.store import reading, writing
from plans.store.assignments import row_of
from plans.store.ledger import append, events_of, get_texts
from plans.store.lists import Filter, listing
from plans.terms import EventKind, LeadStatus, PeriodKind, Work
from tests.acts import MOT, TODAY, act, key_of, open_office, submit
from tests.builders import (
    at,
    build_department,
    build_departments,
    build_event,
    build_plan,
    build_task,
    build_title,
)
from tests.offices import faults

DOCUMENT = Document.model_validate({"number": " 15/QĐ-UBND ", "date": "2025-03-01"})
MARCH, APRIL, MAY = (date(2025, month, 3) for month in (3, 4, 5))


@pytest.fixture
def office(engine: Engine) -> Iterator[Engine]:
    open_office(engine)
    yield engine
    assert faults(engine) == []


def order(engine: Engine, do: Callable[..., State], key: str, **given: Any) -> State:
    with writing(engine) as connection:
        return do(connection, key, given.pop("by", act()), **given)


def give(engine: Engine, key: str, department: str, **given: Any) -> State:
    document = given.pop("document", DOCUMENT)
    return order(engine, reassign, key, department=department, document=document, **given)


def done(engine: Engine) -> str:
    """The id of one whose report was accepted."""
    key = key_of(engine)
    submit(engine, key)
    with writing(engine) as connection:
        review(connection, key, "accept", actor="user:1", now=at(TODAY))
    return key


def last(engine: Engine, key: str) -> Any:
    with reading(engine) as connection:
        return events_of(connection, key)[-1]


def counted(engine: Engine) -> dict[str, int]:
    """How many assignments count for each department."""
    with reading(engine) as connection:
        return {key: one.assignments for key, one in by_department(connection, TODAY).items()}


def test_suspended_and_resumed(office: Engine) -> None:
    key = key_of(office)
    submit(office, key, percent=40)
    given = {"reason": "Chờ Trung ương", "document": DOCUMENT}
    assert order(office, suspend, key, **given).work is Work.SUSPENDED
    event = last(office, key)
    assert (event.kind, event.actor, event.payload["basis"]) == (
        EventKind.SUSPENDED,
        "user:1",
        "15/QĐ-UBND",
    )
    assert event.payload["basis_date"] == "2025-03-01"
    with reading(office) as connection:
        words = get_texts(connection, [event.payload["text"]])
    assert list(words.values()) == [{"reason": "Chờ Trung ương"}]
    assert "Trung" not in str(event.payload)
    resumed = order(office, resume, key)
    assert (resumed.work, resumed.percent) == (Work.IN_PROGRESS, 40)
    assert last(office, key).payload == {"work": "in_progress"}


def test_resumed_where_it_was_the_last_time_too(office: Engine) -> None:
    key = key_of(office)
    for work in (Work.NOT_STARTED, Work.IN_PROGRESS):
        order(office, suspend, key, reason="Chờ")
        assert order(office, resume, key).work is work
        with writing(office) as connection:
            append(connection, {key: [build_event(EventKind.UPDATED, TODAY, percent=0)]})


ORDERS: list[tuple[Callable[..., State], dict[str, Any]]] = [
    (suspend, {"reason": "Chờ"}),
    (resume, {}),
    (cancel, {"reason": "Trùng"}),
    (correct, {"percent": 10, "reopen": False, "reason": "Sai"}),
    (reassign, {"department": "so-tai-chinh", "document": DOCUMENT}),
]


@pytest.mark.parametrize(("do", "given"), ORDERS)
def test_no_lead_orders_on_its_own_task(
    office: Engine, do: Callable[..., State], given: dict[str, Any]
) -> None:
    key = done(office) if do is correct else key_of(office)
    if do is resume:
        order(office, suspend, key, reason="Chờ")
    before = last(office, key)
    with pytest.raises(Denied, match="another officer"):
        order(office, do, key, by=act("user:7", "so-y-te"), **given)
    assert last(office, key) == before
    order(office, do, key, by=act("user:7", "so-tai-chinh"), **given)
    assert last(office, key).actor == "user:7"


def test_whom_it_was_given_to_orders_nothing_and_who_had_it_may(office: Engine) -> None:
    key = key_of(office)
    give(office, key, "so-tai-chinh")
    with pytest.raises(Denied):
        order(office, cancel, key, by=act("user:7", "so-tai-chinh"), reason="Trùng")
    order(office, cancel, key, by=act("user:7", "so-y-te"), reason="Trùng")


def test_cancelled_with_its_record_kept(office: Engine) -> None:
    key = key_of(office)
    submit(office, key, percent=40)
    found = order(office, cancel, key, reason="Trùng nhiệm vụ")
    assert (found.work, found.percent) == (Work.CANCELLED, 40)
    with reading(office) as connection:
        kinds = [str(event.kind) for event in events_of(connection, key)]
    assert kinds == ["assigned", "updated", "submitted", "cancelled"]


@pytest.mark.parametrize("reopen", [False, True])
def test_an_accepted_report_is_put_right(office: Engine, reopen: bool) -> None:
    key = done(office)
    found = order(office, correct, key, percent=60, reopen=reopen, reason="Nhầm số liệu")
    assert found.percent == 60
    assert is_open(found) is reopen
    event = last(office, key)
    assert event.payload | {"text": None} == {"percent": 60, "reopen": reopen, "text": None}


@pytest.mark.parametrize(
    ("do", "given"),
    [
        (suspend, {"reason": "  "}),
        (cancel, {"reason": ""}),
        (correct, {"reason": "", "percent": 10, "reopen": False}),
        (suspend, {"reason": "a\x00b"}),
        (cancel, {"reason": "a" * 2001}),
    ],
)
def test_orders_need_a_readable_reason(
    office: Engine, do: Callable[..., State], given: dict[str, Any]
) -> None:
    key = done(office) if do is correct else key_of(office)
    before = last(office, key)
    with pytest.raises(InvalidInput) as caught:
        order(office, do, key, **given)
    assert list(caught.value.fields) == ["reason"]
    assert last(office, key) == before


@pytest.mark.parametrize(
    ("do", "given"),
    [
        (resume, {}),
        (correct, {"percent": 10, "reopen": False, "reason": "Sai"}),
        (reassign, {"department": "so-y-te", "document": DOCUMENT}),
    ],
)
def test_orders_that_the_state_forbids(
    office: Engine, do: Callable[..., State], given: dict[str, Any]
) -> None:
    with pytest.raises(Conflict):
        order(office, do, key_of(office), **given)


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_correction_is_a_percentage(office: Engine, percent: int) -> None:
    key = done(office)
    with pytest.raises(InvalidInput):
        order(office, correct, key, percent=percent, reopen=False, reason="Sai")


@pytest.mark.parametrize(
    ("do", "given"),
    [
        (suspend, {"reason": "Chờ"}),
        (cancel, {"reason": "Trùng"}),
        (reassign, {"department": "so-tai-chinh", "document": DOCUMENT}),
    ],
)
def test_orders_on_what_was_seen(
    office: Engine, do: Callable[..., State], given: dict[str, Any]
) -> None:
    key = key_of(office)
    submit(office, key, percent=40)
    with pytest.raises(Stale):
        order(office, do, key, by=act(seen=frozenset({"1"})), **given)
    order(office, do, key, by=act(seen=frozenset({"3"})), **given)
    with pytest.raises(NotFound):
        order(office, do, "none", **given)


# --- documents ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["15/QĐ-UBND", "61-CTr/TU", "1234/BC-SYT", "09/2019/NĐ-CP"])
def test_documents(number: str) -> None:
    assert read_document(number, MARCH).number == number


@pytest.mark.parametrize(
    ("number", "day"),
    [
        ("", None),
        ("a\x00b", None),
        ("1" * 101, None),
        ("038201012345", None),
        ("theo CV 0912 345 678", None),
        ("15/QĐ", date(1066, 10, 14)),
    ],
)
def test_documents_that_are_none(number: str, day: date | None) -> None:
    """What is in the ledger cannot be removed: no person's number gets there."""
    with pytest.raises(InvalidInput) as caught:
        read_document(number, day)
    assert list(caught.value.fields) == ["document"]


@pytest.mark.parametrize("day", ["2025-02-30", "20250301", 1740787200, "2025-03-01T00:00:00"])
def test_days_that_are_none(day: object) -> None:
    with pytest.raises(ValidationError):
        Document.model_validate({"number": "15/QĐ", "date": day})


def test_no_document_is_of_tomorrow(office: Engine) -> None:
    document = Document(number="15/QĐ", date=date(2025, 3, 4))
    with pytest.raises(InvalidInput, match="lies in the future"):
        order(office, cancel, key_of(office), reason="Trùng", document=document)


# --- given to another --------------------------------------------------------------------------


def test_given_to_another_with_its_record(office: Engine) -> None:
    key = key_of(office)
    submit(office, key, percent=40)
    before = counted(office)
    found = give(office, key, "so-tai-chinh", reason="Sắp xếp lại bộ máy")
    assert (found.department, found.lead_status) == ("so-tai-chinh", LeadStatus.CONFIRMED)
    assert (found.percent, found.declared, found.due) == (40, "so-y-te", date(2025, 3, 31))
    payload = last(office, key).payload
    assert (payload["from"], payload["basis"]) == ("so-y-te", "15/QĐ-UBND")
    with reading(office) as connection:
        assert row_of(connection, MOT).department_vi == "so-tai-chinh"
    after = counted(office)
    assert after["so-tai-chinh"] == before["so-tai-chinh"] + 1
    assert after["so-y-te"] == before["so-y-te"] - 1


@pytest.mark.parametrize(
    ("department", "why"),
    [
        ("so-la", "name a department that exists"),
        ("cac-so", "is a class of bodies"),
        ("so-cu", "ended on 2025-02-28; its successor is so-y-te"),
        ("so-moi", "begins on 2025-05-01"),
    ],
)
def test_to_one_body_that_exists(engine: Engine, department: str, why: str) -> None:
    new = build_department("so-moi", since=date(2025, 5, 1))
    plan = build_plan(
        groups=(
            SolutionGroup(
                id="nhom-1",
                title=build_title("Nhóm 1"),
                tasks=(build_task("mot", function="y-te"),),
            ),
        )
    )
    open_office(engine, departments=build_departments(new), plan=plan)
    with pytest.raises(InvalidInput, match=why) as caught:
        give(engine, key_of(engine), department)
    assert list(caught.value.fields) == ["department"]


def test_what_was_accepted_stays_whose_it_was(office: Engine) -> None:
    with pytest.raises(Conflict):
        give(office, done(office), "so-tai-chinh")


def test_an_extension_that_waits_stays_with_the_work(office: Engine) -> None:
    key = key_of(office)
    with writing(office) as connection:
        ask(connection, key, APRIL, "Chờ", act("token:so-y-te"))
    assert give(office, key, "so-tai-chinh").pending_extension is not None


# --- what later periods open with --------------------------------------------------------------


def build_monthly() -> Plan:
    """Every month: a task of a body that goes on, and one of a body that has ended."""
    due = (Ongoing(type="ongoing", report_every=PeriodKind.MONTH),)
    tasks = (
        build_task("mot", due=due),
        build_task("cu-y-te", lead="so-cu", function="y-te", due=due),
    )
    group = SolutionGroup(id="nhom-1", title=build_title("Nhóm 1"), tasks=tasks)
    return build_plan(groups=(group,))


@pytest.fixture
def monthly(engine: Engine) -> Iterator[Engine]:
    short = build_department("so-ngan", until=date(2025, 4, 30))
    open_office(engine, departments=build_departments(short), plan=build_monthly())
    yield engine
    assert faults(engine) == []


def periods(engine: Engine, day: date, task: str = "mot") -> dict[str, Any]:
    """A task's assignments once everything until a day is open, by period."""
    with writing(engine) as connection:
        open_periods(connection, day, at(day))
        return {row.period: row for row in listing(connection, Filter(task=task), day)}


def leads(engine: Engine, day: date, task: str = "mot") -> dict[str, tuple[str, str]]:
    found = periods(engine, day, task).items()
    return {period: (row.department, row.lead_status) for period, row in found}


def test_later_periods_go_to_whom_it_was_given(monthly: Engine) -> None:
    march = periods(monthly, MARCH)["2025-03"]
    give(monthly, march.id, "so-tai-chinh")
    found = leads(monthly, MAY)
    assert found["2025-02"] == ("so-y-te", "confirmed"), "only that one was given away"
    assert {found[one] for one in ("2025-03", "2025-04", "2025-05")} == {
        ("so-tai-chinh", "confirmed")
    }
    april = periods(monthly, MAY)["2025-04"]
    with reading(monthly) as connection:
        assert events_of(connection, april.id)[0].payload["settled"] == march.id
    assert april.ref == "mau/mot/so-tai-chinh/2025-04"


def test_the_newest_decision_counts(monthly: Engine) -> None:
    give(monthly, periods(monthly, MARCH)["2025-03"].id, "so-tai-chinh")
    give(monthly, periods(monthly, APRIL)["2025-04"].id, "van-phong")
    assert leads(monthly, MAY)["2025-05"] == ("van-phong", "confirmed")


def test_it_may_be_given_back(monthly: Engine) -> None:
    give(monthly, periods(monthly, MARCH)["2025-03"].id, "so-tai-chinh")
    give(monthly, periods(monthly, APRIL)["2025-04"].id, "so-y-te")
    assert leads(monthly, MAY)["2025-05"] == ("so-y-te", "confirmed")


def test_confirming_what_was_given_does_not_undo_it(monthly: Engine) -> None:
    give(monthly, periods(monthly, MARCH)["2025-03"].id, "so-tai-chinh")
    april = periods(monthly, APRIL)["2025-04"].id
    with writing(monthly) as connection:
        decide_lead(connection, april, None, "", "user:1", at(APRIL), APRIL)
    assert leads(monthly, MAY)["2025-05"] == ("so-tai-chinh", "confirmed")


def test_naming_a_lead_once_still_lasts_for_nothing_that_is_sure(monthly: Engine) -> None:
    march = periods(monthly, MARCH)["2025-03"].id
    with writing(monthly) as connection:
        decide_lead(connection, march, "so-tai-chinh", "", "user:1", at(MARCH), MARCH)
    assert leads(monthly, APRIL)["2025-04"] == ("so-y-te", "confirmed")


def test_when_it_was_given_to_a_body_that_ends_its_heir_is_asked_for(monthly: Engine) -> None:
    """It does not go back to who was declared: nobody decided that."""
    give(monthly, periods(monthly, MARCH)["2025-03"].id, "so-ngan")
    found = periods(monthly, MAY)
    assert (found["2025-05"].department, found["2025-05"].lead_status) == (None, "undecided")
    assert "ended on 2025-04-30" in found["2025-05"].lead_reason


def test_what_a_successor_owes_may_be_given_on(monthly: Engine) -> None:
    march = periods(monthly, MARCH, "cu-y-te")["2025-03"]
    assert (march.department, march.lead_status) == ("so-y-te", "unconfirmed")
    assert give(monthly, march.id, "so-y-te").lead_status is LeadStatus.CONFIRMED
    assert leads(monthly, MAY, "cu-y-te")["2025-05"] == ("so-y-te", "confirmed")
