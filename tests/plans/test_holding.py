"""Withholding a department's messages: nothing is lost, and nothing is sent twice afterwards."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from plans.digests import digest_notices, owe_digests
from plans.errors import Conflict, InvalidInput, NotFound, PersonalData
from plans.holding import Hold, held, hold, lift, listing
from plans.identity.devices import ask_code
from plans.identity.one_time import link_for_department
from plans.reminding import owed_on, remind
from plans.store import audit, claims, reading, writing
from plans.store.schema import notices as table
from plans.store.schema import rungs_sent
from plans.terms import Delivery
from tests.acts import together
from tests.builders import at
from tests.offices import furnish

DAY = date(2025, 4, 1)
NEXT = date(2025, 4, 2)
MONDAY = date(2025, 4, 7)
CODE = "so-y-te"
MORNING, NEXT_MORNING = at(DAY), at(NEXT)
LEASE = timedelta(minutes=10)


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine, now=at(date(2025, 3, 28)))
    return engine


def withhold(engine: Engine, until: date | None = None, now: datetime = MORNING) -> Hold:
    with writing(engine) as connection:
        return hold(connection, CODE, reason="Bão lụt", until=until, actor="user:1", now=now)


def release(engine: Engine, now: datetime = NEXT_MORNING) -> Hold:
    with writing(engine) as connection:
        return lift(connection, CODE, actor="user:2", now=now)


def run(engine: Engine, on: date) -> set[str]:
    """The recipients of the reminders that a run owes."""
    with writing(engine) as connection:
        keys = remind(connection, on, at(on), domain="x.vn")
        query = select(table.c.recipient).where(table.c.key.in_(keys), table.c.kind == "reminder")
        return set(connection.execute(query).scalars())


def sent(engine: Engine, now: datetime) -> list[str]:
    """The recipients of what a delivery sends."""
    with writing(engine) as connection:
        before = [row.recipient for row in claims.waiting(connection, now)]
        claimed = claims.claim(connection, now, LEASE, 100)
        assert sorted(before) == sorted(one.recipient for one in claimed)
        for one in claimed:
            assert claims.finish(connection, one.notice, Delivery.SENT, now, address="a@x.vn")
    return [one.recipient for one in claimed]


def noted(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return [(one.act, one.actor, one.subject, one.detail) for one in audit.lines(connection)]


def test_a_held_department_is_owed_nothing_and_the_others_are(office: Engine) -> None:
    withhold(office)
    found = run(office, DAY)
    assert CODE not in found
    assert "so-tai-chinh" in found
    with reading(office) as connection:
        assert CODE in {one.recipient for one in owed_on(connection, DAY)}


def test_after_lifting_the_next_run_sends_what_is_still_owed_once(office: Engine) -> None:
    with reading(office) as connection:
        mine = {one.line.assignment for one in owed_on(connection, DAY) if one.recipient == CODE}
    withhold(office)
    run(office, DAY)
    release(office)
    assert run(office, NEXT) == {CODE}
    assert run(office, NEXT) == set()
    with reading(office) as connection:
        told = select(rungs_sent.c.assignment).where(rungs_sent.c.recipient == CODE)
        rows = list(connection.execute(told).scalars())
    assert len(rows) == len(set(rows))
    assert set(rows) == mine


def test_a_hold_ends_by_itself_after_its_last_day(office: Engine) -> None:
    withhold(office, until=DAY)
    assert CODE not in run(office, DAY)
    assert run(office, NEXT) == {CODE}


def test_what_waits_is_not_claimed_until_the_hold_ends(office: Engine) -> None:
    assert CODE in run(office, DAY)
    withhold(office, until=NEXT)
    assert CODE not in sent(office, at(DAY, 10))
    assert sent(office, at(NEXT, 23)) == []
    assert sent(office, at(date(2025, 4, 3), 1)) == [CODE]


def test_what_waits_goes_out_when_the_hold_is_lifted(office: Engine) -> None:
    run(office, DAY)
    withhold(office)
    sent(office, at(DAY, 10))
    release(office)
    assert sent(office, at(NEXT, 10)) == [CODE]


def test_digests_are_withheld_and_sent_the_day_it_is_lifted(office: Engine) -> None:
    withhold(office, now=at(MONDAY))
    with writing(office) as connection:
        first = owe_digests(connection, MONDAY, at(MONDAY), domain="x.vn")
        looked_at = digest_notices(connection, MONDAY, at(MONDAY), domain="x.vn")
    assert first
    assert not any(f"/{CODE}/" in key for key in first)
    assert CODE in {one.recipient for one in looked_at}
    release(office, at(MONDAY, 11))
    with writing(office) as connection:
        (key,) = owe_digests(connection, MONDAY, at(MONDAY, 12), domain="x.vn")
    assert f"/{CODE}/" in key


def test_who_was_not_told_is_not_reported_to_its_superior(office: Engine) -> None:
    withhold(office)
    for day in (DAY, date(2025, 4, 14), date(2025, 5, 5)):
        run(office, day)
    with reading(office) as connection:
        contents = connection.execute(select(table.c.content).where(table.c.kind == "escalation"))
        named = {line["department"] for row in contents for line in row.content["lines"]}
    assert named == {"so-tai-chinh"}


def test_links_and_codes_to_sign_in_are_no_messages(office: Engine) -> None:
    withhold(office)
    with writing(office) as connection:
        code = ask_code(connection, CODE, "a link", secret="s" * 40, now=MORNING)
        link = link_for_department(connection, CODE, MORNING)
    assert link is not None
    assert code.to == link.to == "syt@x.vn"


def test_holds_are_listed_with_who_made_and_lifted_them(office: Engine) -> None:
    withhold(office)
    release(office)
    withhold(office, until=MONDAY, now=at(NEXT, 10))
    with reading(office) as connection:
        last, first = listing(connection)
        assert dict(held(connection, MONDAY)) == {CODE: last}
        assert held(connection, MONDAY + timedelta(days=1)) == {}
        assert held(connection, DAY) == {}
    assert (first.since, first.reason, first.actor) == (DAY, "Bão lụt", "user:1")
    assert (first.lifted_by, first.lifted_at) == ("user:2", at(NEXT))
    assert (first.is_in_force(DAY), last.is_in_force(NEXT)) == (False, True)
    assert (last.name_vi, last.until) == (CODE, MONDAY)
    subject = f"department:{CODE}"
    assert noted(office)[:3] == [
        ("messages-held", "user:1", subject, {"until": MONDAY.isoformat()}),
        ("messages-lifted", "user:2", subject, {"since": DAY.isoformat()}),
        ("messages-held", "user:1", subject, {"until": None}),
    ]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"department": "khong-co"}, NotFound, "no department 'khong-co'"),
        ({"reason": "  "}, InvalidInput, "reason"),
        ({"reason": "gọi 0912345678"}, PersonalData, "person"),
        ({"until": date(2025, 3, 31)}, InvalidInput, "has passed; name today or a later day"),
    ],
)
def test_what_is_wrong_is_refused(
    office: Engine, given: dict[str, Any], error: type[Exception], said: str
) -> None:
    fields = {"department": CODE, "reason": "Bão", "until": None} | given
    with pytest.raises(error, match=said), writing(office) as connection:
        hold(connection, **fields, actor="user:1", now=at(DAY))
    with reading(office) as connection:
        assert listing(connection) == []


def test_a_department_is_held_once_and_lifted_once(office: Engine) -> None:
    withhold(office)
    with pytest.raises(Conflict, match="since 2025-04-01; lift that first"):
        withhold(office)
    release(office)
    with pytest.raises(Conflict, match="are not withheld"):
        release(office)


def test_of_two_who_hold_at_once_one_is_refused(office: Engine) -> None:
    def job(connection: Any) -> Hold:
        return hold(connection, CODE, reason="Bão", until=None, actor="user:1", now=at(DAY))

    found = together(office, job, job)
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Hold"]
