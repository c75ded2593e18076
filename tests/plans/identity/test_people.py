from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from plans.errors import Conflict, DondocError, InvalidInput, NotFound
from plans.identity import people
from plans.identity.people import GrantIn, NewUser, UserChange
from plans.store import reading, writing
from plans.terms import Role
from tests.builders import build_department, build_departments
from tests.offices import NOW, furnish
from tests.plans.identity.world import EMAIL, acts, add_user, user_row

ADMIN = (GrantIn(role=Role.ADMIN),)


def change(engine: Engine, user: int, **given: Any) -> Any:
    with writing(engine) as connection:
        return people.change(connection, user, UserChange(**given), actor="user:9", now=NOW)


def test_an_address_is_kept_in_small_letters_and_once(engine: Engine) -> None:
    user = add_user(engine, "An@So.Example.VN")
    assert user_row(engine, user).email == EMAIL
    with pytest.raises(Conflict):
        add_user(engine, "AN@so.example.vn")


@pytest.mark.parametrize(
    "given",
    [
        {"email": "no-address"},
        {"email": "a@b.vn\x00"},
        {"email": "x" * 250 + "@b.vn"},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 121},
        {"language": "fr"},
        {"grants": []},
        {"grants": [{"role": "king"}]},
        {"grants": [{"role": "admin", "more": 1}]},
        {"more": 1},
    ],
)
def test_what_cannot_be_a_user(given: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"email": EMAIL, "name": "An", "grants": [{"role": "viewer"}]}
    NewUser(**fields)
    with pytest.raises(ValidationError):
        NewUser(**fields | given)


@pytest.mark.parametrize(
    ("grant", "error"),
    [
        (GrantIn(role=Role.DEPARTMENT), InvalidInput),
        (GrantIn(role=Role.ADMIN, department="so-y-te"), InvalidInput),
        (GrantIn(role=Role.VIEWER, plans=("mau",)), InvalidInput),
        (GrantIn(role=Role.DEPARTMENT, department="no-such"), NotFound),
        (GrantIn(role=Role.COORDINATOR, plans=("no-such",)), NotFound),
    ],
)
def test_grants_must_make_sense(engine: Engine, grant: GrantIn, error: type[DondocError]) -> None:
    furnish(engine)
    with pytest.raises(error):
        add_user(engine, grants=(grant,))
    user = add_user(engine)
    with pytest.raises(error):
        change(engine, user, grants=(grant,))
    assert user_row(engine, user).grants == [
        {"role": "coordinator", "department": None, "plans": None}
    ]


def test_a_caller_reaches_its_department_and_all_below_it(engine: Engine) -> None:
    more = (
        build_department("trung-tam", parent="so-y-te"),
        build_department("tram", parent="trung-tam"),
    )
    furnish(engine, departments=build_departments(*more))
    grants = (
        GrantIn(role=Role.DEPARTMENT, department="so-y-te"),
        GrantIn(role=Role.COORDINATOR, plans=("mau",)),
        GrantIn(role=Role.VIEWER),
    )
    user = add_user(engine, grants=grants)
    with reading(engine) as connection:
        caller = people.create_caller(connection, user_row(engine, user))
    assert (caller.actor, caller.kind, caller.name) == (f"user:{user}", "user", "Nguyễn Văn An")
    assert caller.departments == {"so-y-te", "trung-tam", "tram"}
    of_plans = [grant for grant in caller.grants if grant.role is Role.COORDINATOR]
    assert [grant.plans for grant in of_plans] == [frozenset({"mau"})]
    assert [g.plans for g in caller.grants if g.role is Role.VIEWER] == [None]


def test_every_act_on_a_user_is_audited_without_names_and_addresses(engine: Engine) -> None:
    user = add_user(engine)
    row = change(engine, user, name="Bình", language="en", grants=ADMIN)
    assert (row.name, row.language, people.is_admin(row)) == ("Bình", "en", True)
    other = add_user(engine, "other@so.example.vn", grants=ADMIN)
    change(engine, user, disabled=True)
    change(engine, user, disabled=True)  # nothing more happens
    change(engine, user, disabled=False)
    lines = acts(engine, "user-created", "user-changed", "user-disabled", "user-enabled")
    told = [(line.actor, line.act, line.subject) for line in lines]
    assert told == [
        ("test", "user-created", f"user:{user}"),
        ("user:9", "user-changed", f"user:{user}"),
        ("test", "user-created", f"user:{other}"),
        ("user:9", "user-disabled", f"user:{user}"),
        ("user:9", "user-enabled", f"user:{user}"),
    ]
    said = str([line.detail for line in lines])
    assert "admin" in said and "@" not in said and "Bình" not in said


@pytest.mark.parametrize("last_act", [{"disabled": True}, {"grants": (GrantIn(role=Role.VIEWER),)}])
def test_the_last_administrator_stays(engine: Engine, last_act: dict[str, Any]) -> None:
    user = add_user(engine, grants=ADMIN)
    with pytest.raises(Conflict, match="last active administrator"):
        change(engine, user, **last_act)
    other = add_user(engine, "other@so.example.vn", grants=ADMIN)
    change(engine, user, **last_act)
    with pytest.raises(Conflict):
        change(engine, other, **last_act)


def test_two_administrators_who_disable_each_other(engine: Engine) -> None:
    users = [add_user(engine, f"{name}@so.example.vn", grants=ADMIN) for name in ("a", "b")]

    def disable(user: int) -> bool:
        try:
            change(engine, user, disabled=True)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(disable, users)) == [False, True]


def test_nobody_takes_a_departments_name_or_gives_it_a_password(engine: Engine) -> None:
    furnish(engine)
    with pytest.raises(InvalidInput, match="kept for departments"):
        add_user(engine, "so-y-te@department.invalid")
    with writing(engine) as connection:
        row = people.of_department(connection, "so-y-te", name="Sở Y tế", now=NOW)
        assert people.of_department(connection, "so-y-te", name="?", now=NOW).id == row.id
    assert row.grants == [{"role": "department", "department": "so-y-te", "plans": None}]
    with writing(engine) as connection, pytest.raises(Conflict):
        people.set_password(connection, row.id, "một mật khẩu dài", actor="test", now=NOW)


def test_what_nobody_is(engine: Engine) -> None:
    with pytest.raises(NotFound):
        change(engine, 7, disabled=True)
