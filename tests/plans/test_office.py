"""What an administrator looks at, on both kinds of databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from plans.acting import Act, Officer
from plans.errors import Denied, Stale
from plans.identity.tokens import NewToken, create
from plans.settling import confirm, waiting
from plans.store import office, reading, writing
from plans.terms import Role
from plans.year_days import DayKind, read_year
from tests.offices import DAY, NOW, assignment, faults, furnish
from tests.plans.identity.world import add_user

OFFICER = Act(Officer("user:1"), NOW, DAY)


@pytest.fixture
def furnished(engine: Engine) -> Engine:
    furnish(engine)
    return engine


def test_numbers_and_lists(furnished: Engine) -> None:
    for n in range(3):
        add_user(furnished, f"a{n}@x.vn", name=f"Đỗ {n}")
    new = NewToken("Máy", Role.DEPARTMENT, "so-y-te", life=timedelta(days=10))
    with writing(furnished) as connection:
        create(connection, new, actor="test", now=NOW)
    with reading(furnished) as connection:
        found = office.numbers(connection, DAY, NOW)
        assert (found.people, found.tokens, found.unused, found.expiring) == (3, 1, 1, 1)
        assert found.unwritten == 2 and found.bounced == 0 and found.locked == 0
        assert office.leads_by_plan(connection) == {"mau": {"undecided": 1, "unconfirmed": 1}}
        names = [row.code for row in office.bodies(connection, DAY, words="so tai", limit=9)]
        assert names == ["so-tai-chinh"]
        lost = office.bodies(connection, DAY, mail="unwritten", limit=9)
        assert [row.code for row in lost] == ["so-tai-chinh", "van-phong"]
        assert office.kinds(connection) == ["lop", "so", "van-phong"]
        first, *rest = office.people(connection, words="do", limit=9)
        assert len(rest) == 2 and office.people(connection, after=first.id, limit=1) == rest[:1]
        (token,) = office.tokens_of(connection, NOW, state="expiring", limit=9)
        assert token.name_vi == "so-y-te"
        place = (token.created_at, token.id)
        assert office.tokens_of(connection, NOW, after=place, limit=9) == []
        line = office.last_act(connection, "token-created")
        assert line is not None and line.subject == f"token:{token.id}"


def test_exactly_what_was_shown_is_confirmed(furnished: Engine) -> None:
    with reading(furnished) as connection:
        found = waiting(connection, "mau", None, DAY)
    assert found.by_body == [("so-cu", "so-y-te", 1)]
    with pytest.raises(Stale), writing(furnished) as connection:
        confirm(connection, "mau", "van-phong", found.seal, OFFICER, basis="1/QĐ")
    own = Act(Officer("user:2", frozenset({"so-y-te"})), NOW, DAY)
    with pytest.raises(Denied), writing(furnished) as connection:
        confirm(connection, "mau", None, found.seal, own, basis="1/QĐ")
    assert assignment(furnished, "mau/cu-y-te/so-cu").lead_status == "unconfirmed"
    with writing(furnished) as connection:
        assert confirm(connection, "mau", None, found.seal, OFFICER, basis="1/QĐ") == 1
    assert assignment(furnished, "mau/cu-y-te/so-cu").lead_status == "confirmed"
    assert faults(furnished) == []


def test_a_year_says_what_each_day_is(furnished: Engine) -> None:
    with reading(furnished) as connection:
        year = read_year(connection, 2025)
    days = {one.day: one for one in year.days}
    assert len(days) == 365 and year.notices is None
    assert days[date(2025, 9, 2)].kind is DayKind.HOLIDAY
    assert days[date(2025, 4, 26)].kind is DayKind.SWAPPED and days[date(2025, 4, 26)].is_worked
    assert days[date(2025, 4, 27)].kind is DayKind.WEEKEND
    assert year.working == sum(one.is_worked for one in year.days)
