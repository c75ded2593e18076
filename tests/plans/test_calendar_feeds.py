"""Calendars: who may have one, and until when its address works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from plans import calendar_feeds as calendars
from plans.access import Caller
from plans.calendar_feeds import Ended
from plans.errors import Conflict, Denied, Hidden, InvalidInput, NotFound
from plans.identity import people, tokens
from plans.identity.people import GrantIn, UserChange
from plans.identity.tokens import NewToken
from plans.store import audit, reading, writing
from plans.store import calendar_feeds as store
from plans.store.schema import assignments
from plans.store.schema_paper import calendar_feeds
from plans.terms import Role
from tests.acts import open_office
from tests.calendaring import (
    ADMIN,
    HEALTH,
    LINK,
    MONEY,
    NOTHING,
    NOW,
    OF_PLAN,
    OFFICE,
    OWN,
    SECRET,
    UNCONFIRMED,
    VIEWER,
    fetch,
    make,
)
from tests.plans.identity.world import add_user


@pytest.fixture
def office(engine: Engine) -> Engine:
    open_office(engine)
    return engine


# --- who may have one ---------------------------------------------------------------------------


def test_who_sees_all_of_it_may_have_a_departments_calendar(office: Engine) -> None:
    for who in (ADMIN, OFFICE, VIEWER, OWN, LINK):
        row = make(office, who)
        assert (row.department, row.plan, row.kind) == (HEALTH, None, "event")
        assert (row.name, row.created_by) == ("so-y-te", who.actor)
        assert {one.lead for one in fetch(office, row).entries} == {("so-y-te", "so-y-te (en)")}


def test_who_sees_all_of_it_may_have_a_plans_calendar(office: Engine) -> None:
    with reading(office) as connection:
        every = set(connection.execute(select(assignments.c.id)).scalars())
    for who in (ADMIN, OFFICE, VIEWER, OF_PLAN):
        row = make(office, who, plan="mau", kind="todo", name=" Kế hoạch\tmẫu ", language="en")
        assert (row.name, row.kind, row.language) == ("Kế hoạch mẫu", "todo", "en")
        assert {one.key for one in fetch(office, row).entries} == every


FOREIGN: list[tuple[Caller, dict[str, Any]]] = [
    (OWN, {"department": MONEY}),
    (OWN, {"plan": "mau"}),
    (LINK, {"department": MONEY}),
    (LINK, {"plan": "mau"}),
    (UNCONFIRMED, {"department": HEALTH}),
    (NOTHING, {"plan": "mau"}),
    (NOTHING, {"department": HEALTH}),
    (OF_PLAN, {"department": HEALTH}),
]


def test_nobody_gets_to_see_more_by_a_calendar(office: Engine) -> None:
    for who, given in FOREIGN:
        with pytest.raises((Denied, Hidden)):
            make(office, who, **given)
    with reading(office) as connection:
        assert connection.execute(select(calendar_feeds)).first() is None


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"department": None}, "department"),
    ({"department": HEALTH, "plan": "mau"}, "department"),
    ({"department": "khong-co"}, "department"),
    ({"plan": "khong-co"}, "plan"),
    ({"kind": "journal"}, "kind"),
    ({"language": "fr"}, "language"),
    ({"name": "x" * 121}, "name"),
    ({"name": "a\x07"}, "name"),
]


def test_what_makes_no_sense_is_refused(office: Engine) -> None:
    for given, field in NONSENSE:
        with pytest.raises(InvalidInput) as caught:
            make(office, **given)
        assert set(caught.value.fields) == {field}, given


def test_there_are_so_many_of_one_and_no_more(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendars, "MOST", 2)
    first = make(office)
    make(office)
    with pytest.raises(Conflict, match="2 calendars"):
        make(office)
    make(office, department=MONEY)
    with writing(office) as connection:
        calendars.revoke(connection, ADMIN, first.id, now=NOW)
    make(office)


# --- their addresses, and their end --------------------------------------------------------------


def test_an_address_is_worked_out_and_kept_nowhere(office: Engine) -> None:
    row = make(office)
    address = calendars.address_of(SECRET, "https://dondoc.example.vn", row.id)
    assert address == calendars.address_of(SECRET, "https://dondoc.example.vn", row.id)
    token = calendars.token_of(SECRET, row.id)
    assert address == f"https://dondoc.example.vn/calendars/{token}.ics"
    signature = token.partition(".")[2]
    with reading(office) as connection:
        kept = repr(connection.execute(select(calendar_feeds)).all())
        kept += repr(audit.lines(connection))
    assert row.id in kept and signature not in kept


FORGED: list[Callable[[str], str]] = [
    lambda token: token[:-5] + "AAAAA",
    lambda token: "0" * 16 + token[16:],
    lambda token: token.partition(".")[0],
    lambda token: calendars.token_of("t" * 40, token.partition(".")[0]),
    lambda _: calendars.token_of(SECRET, "0" * 16),
    lambda _: "",
    lambda _: "ờ.é\x00",
]


def test_a_forged_address_leads_nowhere(office: Engine) -> None:
    good = calendars.token_of(SECRET, make(office).id)
    for forge in FORGED:
        with reading(office) as connection, pytest.raises(NotFound) as caught:
            calendars.found_by(connection, SECRET, forge(good), NOW)
        assert not isinstance(caught.value, Ended)


def test_a_revoked_calendar_never_works_again(office: Engine) -> None:
    row = make(office, OWN)
    with writing(office) as connection:
        calendars.revoke(connection, OFFICE, row.id, now=NOW, request_id="r")
    with pytest.raises(Ended, match="revoked"):
        fetch(office, row)
    with writing(office) as connection, pytest.raises(NotFound, match="already"):
        calendars.revoke(connection, OFFICE, row.id, now=NOW)
    with reading(office) as connection:
        last, first = audit.lines(connection, limit=2)
        assert calendars.managed(connection, ADMIN, 10) == []
    assert (first.act, first.actor) == ("calendar-created", OWN.actor)
    assert (last.act, last.actor) == ("calendar-revoked", OFFICE.actor)
    assert last.subject == first.subject == f"calendar:{row.id}"
    assert first.detail == {"department": HEALTH, "plan": None, "kind": "event"}


def test_who_may_manage_which(office: Engine) -> None:
    mine, money = make(office, OWN), make(office, OFFICE, department=MONEY)
    plan = make(office, OFFICE, plan="mau")
    watched = make(office, VIEWER, plan="mau")
    every = {one.id for one in (mine, money, plan, watched)}
    wanted = {
        ADMIN: every,
        OFFICE: every,
        OWN: {mine.id},
        LINK: {mine.id},
        OF_PLAN: {plan.id, watched.id},
        VIEWER: {watched.id},
        NOTHING: set(),
        UNCONFIRMED: set(),
    }
    with reading(office) as connection:
        for who, ids in wanted.items():
            assert {one.id for one in calendars.managed(connection, who, 10)} == ids, who
            for key in every:
                seen = key in ids
                if seen:
                    assert calendars.managed_one(connection, who, key).id == key
                else:
                    with pytest.raises(Hidden):
                        calendars.managed_one(connection, who, key)
        narrowed = calendars.managed(connection, ADMIN, 10, department=MONEY)
        assert [one.id for one in narrowed] == [money.id]
        narrowed = calendars.managed(connection, ADMIN, 10, plan="mau")
        assert {one.id for one in narrowed} == {plan.id, watched.id}
        with pytest.raises(NotFound):
            calendars.managed_one(connection, ADMIN, "x'\x00")


def test_lists_come_in_pages(office: Engine) -> None:
    made = [make(office, now=NOW + timedelta(minutes=n // 2)).id for n in range(5)]
    with reading(office) as connection:
        found: list[Any] = []
        while len(some := calendars.managed(connection, ADMIN, 2, after=_place(found))) > 0:
            found += some
    assert sorted(one.id for one in found) == sorted(made)
    assert [one.created_at for one in found] == sorted(one.created_at for one in found)[::-1]


def _place(rows: list[Any]) -> tuple[datetime, str] | None:
    return (rows[-1].created_at, rows[-1].id) if rows else None


def test_a_calendar_ends_with_its_makers_right(office: Engine) -> None:
    grants = (GrantIn(role=Role.COORDINATOR), GrantIn(role=Role.VIEWER))
    user = add_user(office, "binh@so.example.vn", grants=grants)
    with reading(office) as connection:
        from plans.store import identity

        who = people.create_caller(connection, identity.by_id(connection, user))
    row = make(office, who, plan="mau")
    assert fetch(office, row).total

    def change(**given: Any) -> None:
        with writing(office) as connection:
            people.change(connection, user, UserChange(**given), actor="test", now=NOW)

    change(grants=(GrantIn(role=Role.VIEWER),))
    assert fetch(office, row).total
    change(grants=(GrantIn(role=Role.DEPARTMENT, department=HEALTH),))
    with pytest.raises(Ended, match="may not see it any more"):
        fetch(office, row)
    change(grants=grants)
    assert fetch(office, row).total
    change(disabled=True)
    with pytest.raises(Ended):
        fetch(office, row)


def test_a_tokens_calendar_ends_with_the_token(office: Engine) -> None:
    new = NewToken("x", Role.DEPARTMENT, HEALTH, life=timedelta(days=10))
    with writing(office) as connection:
        key, secret = tokens.create(connection, new, actor="test", now=NOW)
        [known] = tokens.recognise(connection, [secret], NOW)
    assert isinstance(known, tokens.Known)
    row, later = make(office, known.caller), NOW + timedelta(days=9)
    assert fetch(office, row, later).entries
    with pytest.raises(Ended):
        fetch(office, row, NOW + timedelta(days=10))
    with writing(office) as connection:
        tokens.revoke(connection, key, actor="test", now=later)
    with pytest.raises(Ended):
        fetch(office, row, later)


def test_last_use_is_written_down_once_an_hour(office: Engine) -> None:
    row = make(office)

    def used(now: datetime) -> datetime | None:
        with writing(office) as connection:
            kept = store.get(connection, row.id)
            if calendars.needs_note(kept, now):
                calendars.note_use(connection, row.id, now)
            found = store.get(connection, row.id)
        assert found is not None
        moment: datetime | None = found.last_used_at
        return moment

    assert used(NOW) == NOW
    assert used(NOW + timedelta(minutes=59)) == NOW
    assert used(NOW + timedelta(minutes=60)) == NOW + timedelta(minutes=60)
    # A clock that ran ahead does not stop it for long.
    assert used(NOW + timedelta(days=9)) == NOW + timedelta(days=9)
    assert used(NOW + timedelta(hours=3)) == NOW + timedelta(hours=3)
