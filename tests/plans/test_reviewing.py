"""Reviews: accepted or returned with a reason, by another than who submitted; several at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select

from plans.access import Caller, Grant
from plans.acting import Officer, speaks_as
from plans.errors import Conflict, Denied, DondocError, InvalidInput, NotFound, Stale
from plans.governing import Document, reassign
from plans.reviewing import Verdict, open_desk, review
from plans.rules import State
from plans.store import reading, writing
from plans.store.assignments import state
from plans.store.ledger import events_of
from plans.store.schema import texts
from plans.terms import Review, Role, Work
from tests.acts import TODAY, act, key_of, open_office, submit
from tests.builders import at
from tests.offices import faults

NOW = at(TODAY)
OTHER = Officer("user:9")


@pytest.fixture
def office(engine: Engine) -> Iterator[Engine]:
    open_office(engine)
    yield engine
    assert faults(engine) == []


def decide(engine: Engine, *verdicts: Verdict, officer: Officer = OTHER) -> list[State | str]:
    """What several verdicts lead to, each a state or the code of what refused it."""
    found: list[State | str] = []
    with writing(engine) as connection:
        desk = open_desk(connection, [one.assignment for one in verdicts], NOW)
        for one in verdicts:
            try:
                found.append(desk.decide(one, officer))
            except DondocError as error:
                found.append(error.code)
        desk.write(connection)
    return found


@pytest.mark.parametrize(
    ("officer", "error"),
    [
        (Officer("token:so-y-te"), Denied),
        (Officer("user:5", frozenset({"so-y-te"})), Denied),
        (Officer("user:5", frozenset({"so-tai-chinh"})), None),
        (OTHER, None),
    ],
)
def test_never_by_who_submitted_nor_for_the_own_department(
    office: Engine, officer: Officer, error: type[DondocError] | None
) -> None:
    key = key_of(office)
    submit(office, key)
    with writing(office) as connection:
        if error is None:
            assert review(connection, key, "accept", actor=officer, now=NOW).work is Work.DONE
            return
        with pytest.raises(error, match="another officer"):
            review(connection, key, "accept", actor=officer, now=NOW)


def test_of_an_office_that_leads_a_task_itself_another_officer_reviews(office: Engine) -> None:
    """Who holds both roles of one body may not; a plain coordinator of the same body may."""
    key = key_of(office, "mau/chung/van-phong")
    submit(office, key, actor="user:2")
    coordinator = Grant(Role.COORDINATOR)
    both = (coordinator, Grant(Role.DEPARTMENT, "van-phong", frozenset({"van-phong", "so-y-te"})))
    verdict = Verdict(key, "accept")
    assert decide(office, verdict, officer=Officer.of(Caller("user:3", "user", both))) == ["denied"]
    plain = Officer.of(Caller("user:4", "user", (coordinator,)))
    [accepted] = decide(office, verdict, officer=plain)
    assert isinstance(accepted, State)
    assert accepted.work is Work.DONE


def test_whom_the_own_department_superintends_is_another_department(office: Engine) -> None:
    grants = (Grant(Role.DEPARTMENT, "van-phong", frozenset({"van-phong", "so-y-te"})),)
    officer = Officer.of(Caller("user:3", "user", grants))
    assert officer.departments == {"van-phong"}
    key = key_of(office)
    submit(office, key)
    [found] = decide(office, Verdict(key, "accept"), officer=officer)
    assert isinstance(found, State)


def test_who_submitted_before_cannot_review_later_either(office: Engine) -> None:
    key = key_of(office)
    submit(office, key, actor="user:5")
    assert decide(office, Verdict(key, "return", "Thiếu số liệu")) != ["denied"]
    submit(office, key, actor="user:6")
    for actor in ("user:5", "user:6"):
        assert decide(office, Verdict(key, "accept"), officer=Officer(actor)) == ["denied"]


@pytest.mark.parametrize("department", ["so-y-te", "so-tai-chinh"])
def test_a_report_of_before_a_reassignment_is_of_both_leads(
    office: Engine, department: str
) -> None:
    key = key_of(office)
    submit(office, key)
    with writing(office) as connection:
        document = Document(number="15/QĐ-UBND")
        reassign(connection, key, act(), department="so-tai-chinh", document=document)
    officer = Officer("user:5", frozenset({department}))
    assert decide(office, Verdict(key, "accept"), officer=officer) == ["denied"]


def test_in_whose_name_a_caller_reports() -> None:
    reach = frozenset({"van-phong", "so-y-te"})
    above = Grant(Role.DEPARTMENT, "van-phong", reach)
    own = Grant(Role.DEPARTMENT, "so-y-te", frozenset({"so-y-te"}))
    office = Grant(Role.COORDINATOR, "so-y-te", reach)

    def name(lead: str | None, *grants: Grant) -> str | None:
        return speaks_as(Caller("user:1", "user", grants), lead)

    assert name("so-y-te", above) == name("so-y-te", office, above) == "van-phong"
    assert name("so-y-te", above, own) == "so-y-te"
    assert name("so-y-te", office) is name(None, above) is name("van-phong", own) is None


def test_a_review_reads_only_who_led_and_submitted(office: Engine) -> None:
    key = key_of(office)
    for percent in (10, 20):
        submit(office, key, percent=percent)
    with writing(office) as connection:
        past = open_desk(connection, [key, "none"], NOW).past
    assert {one: [event.kind for event in some] for one, some in past.items()} == {
        key: ["assigned", "submitted", "submitted"]
    }


# --- several at once ---------------------------------------------------------------------------


def test_one_that_is_refused_harms_no_other(office: Engine) -> None:
    first, waiting, foreign = (
        key_of(office, ref)
        for ref in ("mau/mot/so-y-te", "mau/chung/van-phong", "mau/chung/so-y-te")
    )
    submit(office, first)
    submit(office, foreign, actor=OTHER.actor)
    found = decide(
        office,
        Verdict(first, "return", "Thiếu số liệu"),
        Verdict(waiting, "accept"),
        Verdict(foreign, "accept"),
        Verdict("none", "accept"),
        Verdict(first, "accept"),
    )
    assert found[1:] == ["conflict", "denied", "not-found", "conflict"]
    with reading(office) as connection:
        assert state(connection, first).review is Review.RETURNED
        assert state(connection, waiting).events == 1
        assert state(connection, foreign).review is Review.SUBMITTED
        assert connection.scalar(select(func.count()).select_from(texts)) == 1


@pytest.mark.parametrize("note", ["", " \n ", "a\x00b", "\ud800", "a" * 2001, "Gọi 0912 345 678"])
def test_a_return_needs_a_readable_reason(office: Engine, note: str) -> None:
    key = key_of(office)
    submit(office, key)
    with writing(office) as connection, pytest.raises(InvalidInput) as caught:
        review(connection, key, "return", actor=OTHER, now=NOW, note=note)
    assert "note" in caught.value.fields
    with reading(office) as connection:
        assert state(connection, key).review is Review.SUBMITTED


def test_an_unknown_assignment(office: Engine) -> None:
    with writing(office) as connection, pytest.raises(NotFound):
        review(connection, "none", "accept", actor=OTHER, now=NOW)


def test_a_report_that_was_replaced_since_is_not_accepted(office: Engine) -> None:
    key = key_of(office)
    seen = submit(office, key, percent=40).events
    again = submit(office, key, percent=100).events
    with writing(office) as connection, pytest.raises(Stale):
        review(connection, key, "accept", actor=OTHER, now=NOW, seen=frozenset({str(seen)}))
    with writing(office) as connection:
        versions = frozenset({str(seen), str(again)})
        assert review(connection, key, "accept", actor=OTHER, now=NOW, seen=versions).percent == 100


def test_any_version_will_do_where_the_caller_says_so(office: Engine) -> None:
    key = key_of(office)
    submit(office, key)
    with writing(office) as connection:
        found = review(connection, key, "accept", actor=OTHER, now=NOW, seen=frozenset({"*"}))
    assert found.work is Work.DONE


def test_what_was_accepted_is_not_reviewed_again(office: Engine) -> None:
    key = key_of(office)
    submit(office, key)
    decide(office, Verdict(key, "accept"))
    with writing(office) as connection, pytest.raises(Conflict):
        review(connection, key, "return", actor=OTHER, now=NOW, note="Sai")
    with reading(office) as connection:
        assert [event.kind for event in events_of(connection, key)][-1] == "accepted"
