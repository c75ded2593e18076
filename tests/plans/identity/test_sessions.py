from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from plans.identity import people, sessions
from plans.identity.people import UserChange
from plans.identity.sessions import Looked
from plans.store import reading, writing
from plans.store.schema_access import sessions as table
from tests.offices import NOW
from tests.plans.identity.world import SECRET, acts, add_user, begin


def look(engine: Engine, identifier: str, now: datetime) -> Looked:
    with reading(engine) as connection:
        return sessions.look(connection, identifier, now)


def rotate(engine: Engine, identifier: str, now: datetime) -> str | None:
    with writing(engine) as connection:
        return sessions.rotate(connection, identifier, now)


def later(**given: float) -> datetime:
    return NOW + timedelta(**given)


def test_an_identifier_is_due_after_a_quarter_of_an_hour(engine: Engine) -> None:
    first = begin(engine, add_user(engine))
    assert not look(engine, first, later(minutes=14.9)).due
    assert look(engine, first, later(minutes=15)).due


def test_the_former_identifier_is_good_for_a_minute_more(engine: Engine) -> None:
    first = begin(engine, add_user(engine))
    second = rotate(engine, first, later(minutes=15))
    assert second is not None and second != first
    former = look(engine, first, later(minutes=15, seconds=60))
    new = look(engine, second, later(minutes=15, seconds=60))
    assert former.session == new.session and new.session is not None
    assert not former.due and not former.stolen


def test_a_former_identifier_shown_later_ends_the_family(engine: Engine) -> None:
    user = add_user(engine)
    first, other = begin(engine, user), begin(engine, user)
    second = rotate(engine, first, later(minutes=15))
    assert second is not None
    late = later(minutes=16, seconds=1)
    assert look(engine, first, late) == Looked(None, stolen=True)
    with writing(engine) as connection:
        sessions.revoke_stolen(connection, first, late)
    assert look(engine, second, late).session is None
    assert look(engine, other, late).session is not None  # another family of the same user
    with writing(engine) as connection:  # shown again, it is not told again
        sessions.revoke_stolen(connection, first, late)
    assert [line.actor for line in acts(engine, "session-stolen")] == [f"user:{user}"]
    assert not look(engine, first, late).stolen


def test_only_one_of_many_requests_at_once_replaces_an_identifier(engine: Engine) -> None:
    first = begin(engine, add_user(engine))
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: rotate(engine, first, later(minutes=20)), range(6)))
    assert sum(one is not None for one in found) == 1
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 2


def test_a_session_ends_when_idle_and_after_a_week(engine: Engine) -> None:
    identifier = begin(engine, add_user(engine))
    assert look(engine, identifier, later(hours=8)).session is not None
    assert look(engine, identifier, later(hours=8, seconds=1)) == Looked(None)
    now = NOW
    while now + timedelta(hours=7) < later(days=7):
        now += timedelta(hours=7)
        fresh = rotate(engine, identifier, now)
        assert fresh is not None
        identifier = fresh
    assert look(engine, identifier, later(days=7, seconds=-1)).session is not None
    assert look(engine, identifier, later(days=7)) == Looked(None)
    assert rotate(engine, identifier, later(days=7)) is None


def test_signing_out_ends_the_former_identifier_too(engine: Engine) -> None:
    first = begin(engine, add_user(engine))
    second = rotate(engine, first, later(minutes=15))
    assert second is not None
    session = look(engine, second, later(minutes=15)).session
    assert session is not None
    with writing(engine) as connection:
        sessions.end(connection, session, later(minutes=15))
    for identifier in (first, second):
        assert look(engine, identifier, later(minutes=15)) == Looked(None)


def test_what_ends_all_sessions_of_a_user(engine: Engine) -> None:
    user, other = add_user(engine), add_user(engine, "binh@so.example.vn")
    one, another, foreign = begin(engine, user), begin(engine, user), begin(engine, other)
    kept = look(engine, one, NOW).session
    assert kept is not None
    with writing(engine) as connection:
        people.set_password(
            connection, user, "mật khẩu dài hơn", actor="test", now=NOW, spare=kept.family
        )
    assert look(engine, one, NOW).session is not None
    assert look(engine, another, NOW).session is None
    with writing(engine) as connection:
        people.change(connection, user, UserChange(disabled=True), actor="test", now=NOW)
    assert look(engine, one, NOW).session is None
    with writing(engine) as connection:  # enabled again, nobody is signed in again by that
        people.change(connection, user, UserChange(disabled=False), actor="test", now=NOW)
    assert look(engine, one, NOW).session is None
    assert look(engine, foreign, NOW).session is not None


def test_identifiers_are_kept_as_hashes_and_swept(engine: Engine) -> None:
    user = add_user(engine)
    identifier = begin(engine, user)
    with reading(engine) as connection:
        rows = connection.execute(select(table)).all()
    assert identifier not in str(rows)
    with writing(engine) as connection:
        sessions.begin(connection, user, "password", later(days=8, seconds=1))
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 1


@pytest.mark.parametrize("spoil", ["{}x", "x{}", "", "a.b", "ế.{}", "{}.{}"])
def test_only_our_own_cookies_are_looked_at(spoil: str) -> None:
    value = sessions.sign(SECRET, "an-identifier")
    assert sessions.unsign(SECRET, value) == "an-identifier"
    assert sessions.unsign(SECRET, spoil.format(value, value)) is None
    assert sessions.unsign(SECRET + "x", value) is None


def test_a_csrf_token_is_of_one_family_and_secret() -> None:
    token = sessions.csrf_token(SECRET, "family")
    assert sessions.is_csrf_token(SECRET, "family", token)
    for given in (None, "", token[:-1], token.upper(), "é"):
        assert not sessions.is_csrf_token(SECRET, "family", given)
    assert not sessions.is_csrf_token(SECRET, "another", token)
    assert not sessions.is_csrf_token("another secret", "family", token)
