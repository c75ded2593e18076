from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from plans.identity import one_time, people
from plans.identity.one_time import Letter
from plans.identity.people import GrantIn, UserChange
from plans.identity.signing_in import Refused, SignedIn
from plans.settings import Settings
from plans.store import contacts, reading, writing
from plans.store import identity as store
from plans.store.schema_access import one_time as table
from plans.terms import Role
from tests.offices import NOW, furnish
from tests.plans.identity.world import EMAIL, SECRET, acts, add_user, moment, user_row

SETTINGS = Settings(base_url="https://dondoc.example.vn", secret_key=SecretStr(SECRET))


def ask(engine: Engine, email: str = EMAIL, minutes: float = 0) -> Letter | None:
    with writing(engine) as connection:
        return one_time.link_for_email(connection, email, moment(minutes).now)


def ask_for(engine: Engine, department: str, minutes: float = 0) -> Letter | None:
    with writing(engine) as connection:
        return one_time.link_for_department(connection, department, moment(minutes).now)


def redeem(engine: Engine, token: str, minutes: float = 0) -> SignedIn | Refused:
    with writing(engine) as connection:
        return one_time.redeem(connection, token, None, moment(minutes))


def first_link(engine: Engine, minutes: float = 0) -> str | None:
    with writing(engine) as connection:
        return one_time.first_admin_link(connection, SETTINGS, moment(minutes).now)


def token_of(link: str | None) -> str:
    assert link is not None
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}" == SETTINGS.base_url
    return parts.path.removeprefix("/sign-in/")


def test_a_persons_link_signs_in_once(engine: Engine) -> None:
    user = add_user(engine, language="en")
    letter = ask(engine, f" {EMAIL.upper()}")
    assert letter is not None
    assert (letter.to, letter.language, letter.whose) == (EMAIL, "en", f"user:{user}")
    found = redeem(engine, letter.secret)
    assert isinstance(found, SignedIn)
    assert (found.user.id, found.method) == (user, "link")
    assert isinstance(redeem(engine, letter.secret), Refused)
    assert len(acts(engine, "signed-in")) == len(acts(engine, "sign-in-refused")) == 1


def test_looking_at_a_link_does_not_use_it(engine: Engine) -> None:
    add_user(engine)
    letter = ask(engine)
    assert letter is not None
    with reading(engine) as connection:
        for _ in range(3):
            assert one_time.is_good(connection, letter.secret, NOW)
        assert not one_time.is_good(connection, letter.secret, moment(15).now)
        assert not one_time.is_good(connection, letter.secret + "x", NOW)
        kept = connection.execute(select(table)).all()
    assert letter.secret not in str(kept)
    assert isinstance(redeem(engine, letter.secret), SignedIn)


@pytest.mark.parametrize(("minutes", "good"), [(14.9, True), (15, False)])
def test_a_link_is_good_for_a_quarter_of_an_hour(
    engine: Engine, minutes: float, good: bool
) -> None:
    add_user(engine)
    letter = ask(engine)
    assert letter is not None
    assert isinstance(redeem(engine, letter.secret, minutes), SignedIn) is good


def test_of_many_who_use_a_link_at_once_one_is_signed_in(engine: Engine) -> None:
    add_user(engine)
    letter = ask(engine)
    assert letter is not None
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: redeem(engine, letter.secret), range(6)))
    assert sum(isinstance(one, SignedIn) for one in found) == 1
    assert len(acts(engine, "signed-in")) == 1


def test_who_gets_no_link(engine: Engine) -> None:
    furnish(engine)
    gone = add_user(engine)
    with writing(engine) as connection:
        people.change(connection, gone, UserChange(disabled=True), actor="test", now=NOW)
        standing = people.of_department(connection, "so-y-te", name="Sở Y tế", now=NOW)
    assert ask(engine) is None
    assert ask(engine, "nobody@so.example.vn") is None
    assert ask(engine, standing.email) is None  # only its department's mailbox is written to
    assert ask_for(engine, "so-tai-chinh") is None  # it has no mailbox
    assert ask_for(engine, "no-such") is None
    with reading(engine) as connection:
        assert connection.execute(select(table)).all() == []


def test_nobody_is_flooded_with_links(engine: Engine) -> None:
    furnish(engine)
    add_user(engine)
    assert [ask(engine, minutes=n) is not None for n in range(6)] == [True] * 5 + [False]
    assert ask(engine, minutes=60.1) is not None
    assert [ask_for(engine, "so-y-te", n) is not None for n in range(6)] == [True] * 5 + [False]


def test_a_departments_link_signs_in_as_that_department(engine: Engine) -> None:
    furnish(engine)
    letter = ask_for(engine, "so-y-te")
    assert letter is not None and letter.to == "syt@x.vn"
    found = redeem(engine, letter.secret)
    assert isinstance(found, SignedIn) and found.method == "department"
    with reading(engine) as connection:
        caller = people.create_caller(connection, found.user)
    assert caller.departments == {"so-y-te"}
    assert not caller.has(Role.ADMIN) and not caller.has(Role.COORDINATOR)
    # The next link is of the same user, whatever mailbox it went to.
    with writing(engine) as connection:
        contacts.replace(connection, "so-y-te", "moi@x.vn", "vi")
    again = ask_for(engine, "so-y-te", 1)
    assert again is not None and again.to == "moi@x.vn"
    second = redeem(engine, again.secret, 1)
    assert isinstance(second, SignedIn) and second.user.id == found.user.id


def test_a_departments_user_who_was_disabled_gets_no_link(engine: Engine) -> None:
    furnish(engine)
    assert ask_for(engine, "so-y-te") is not None
    with writing(engine) as connection:
        row = people.of_department(connection, "so-y-te", name="", now=NOW)
        people.change(connection, row.id, UserChange(disabled=True), actor="test", now=NOW)
    assert ask_for(engine, "so-y-te") is None


# --- the first administrator -------------------------------------------------------------------


def test_each_start_makes_a_fresh_link_until_an_administrator_signs_in(engine: Engine) -> None:
    first, second = token_of(first_link(engine)), token_of(first_link(engine, 1))
    assert isinstance(redeem(engine, first, 2), Refused)
    found = redeem(engine, second, 60 * 23)
    assert isinstance(found, SignedIn) and people.is_admin(found.user)
    assert found.user.email == one_time.FIRST_EMAIL
    assert first_link(engine, 60 * 24) is None


def test_the_first_link_expires_after_a_day(engine: Engine) -> None:
    token = token_of(first_link(engine))
    assert isinstance(redeem(engine, token, 60 * 24), Refused)


def test_it_is_of_an_administrator_who_was_added_and_never_signed_in(engine: Engine) -> None:
    add_user(engine, "coordinator@so.example.vn")
    boss = add_user(engine, "boss@so.example.vn", grants=(GrantIn(role=Role.ADMIN),))
    found = redeem(engine, token_of(first_link(engine)))
    assert isinstance(found, SignedIn) and found.user.id == boss
    assert [row.id for row in _users(engine)] == [1, 2]


def _users(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(store.listed(connection))


def test_it_brings_the_first_administrator_back_where_there_is_none(engine: Engine) -> None:
    found = redeem(engine, token_of(first_link(engine)))
    assert isinstance(found, SignedIn)
    with writing(engine) as connection:  # as only a hand in the database could
        store.change(connection, found.user.id, disabled_at=NOW)
    again = redeem(engine, token_of(first_link(engine, 1)), 2)
    assert isinstance(again, SignedIn) and again.user.id == found.user.id
    assert user_row(engine, found.user.id).disabled_at is None
    (line,) = acts(engine, "user-enabled")
    assert line.actor == "system:up"
    assert line.at == NOW + timedelta(minutes=1)
