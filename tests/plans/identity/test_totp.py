from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import Engine

from plans.errors import Conflict, Denied, InvalidInput, SecondFactor, Unauthenticated
from plans.identity import sessions, signing_in, totp
from plans.identity.people import GrantIn
from plans.identity.signing_in import Refused, SignedIn
from plans.sealing import unseal
from plans.store import reading, writing
from plans.terms import Role
from tests.offices import NOW
from tests.plans.identity.world import (
    PASSWORD,
    SECRET,
    acts,
    add_user,
    begin,
    moment,
    sign_in,
    user_row,
)

STEP = 0.5  # minutes


def code(seed: str, minutes: float = 0) -> str:
    return pyotp.TOTP(seed).at(NOW + timedelta(minutes=minutes))


@pytest.fixture
def seeded(engine: Engine) -> tuple[Engine, int, str]:
    """A coordinator with a password and a confirmed second factor; the first code is used."""
    user = add_user(engine, password=PASSWORD)
    with writing(engine) as connection:
        seed = totp.begin(connection, user, secret=SECRET)
        totp.confirm(connection, user, code(seed.secret), secret=SECRET, now=NOW)
    return engine, user, seed.secret


def test_the_seed_is_sealed_and_its_address_names_the_user(engine: Engine) -> None:
    user = add_user(engine)
    with writing(engine) as connection:
        seed = totp.begin(connection, user, secret=SECRET)
    parsed = pyotp.parse_uri(seed.uri)
    assert (parsed.secret, parsed.issuer, parsed.name) == (
        seed.secret,
        "Dondoc",
        "an@so.example.vn",
    )
    kept = user_row(engine, user).totp_secret
    assert seed.secret not in kept
    assert unseal(SECRET, "totp", kept) == seed.secret
    with pytest.raises(Conflict, match="DONDOC_SECRET_KEY"):
        unseal("another secret of the settings", "totp", kept)


def test_it_counts_only_once_it_is_confirmed(engine: Engine) -> None:
    user = add_user(engine, password=PASSWORD)
    with writing(engine) as connection:
        seed = totp.begin(connection, user, secret=SECRET)
    assert isinstance(sign_in(engine), SignedIn)
    with writing(engine) as connection, pytest.raises(InvalidInput):
        totp.confirm(connection, user, code(seed.secret, 10), secret=SECRET, now=NOW)
    assert isinstance(sign_in(engine), SignedIn)


def test_every_way_in_asks_for_the_code(seeded: tuple[Engine, int, str]) -> None:
    engine, user, seed = seeded
    missing = sign_in(engine)
    assert isinstance(missing, Refused) and isinstance(missing.error, SecondFactor)
    assert user_row(engine, user).failures == 0  # the password was right
    for method in ("link", "oidc"):
        with writing(engine) as connection:
            found = signing_in.by_proven(connection, user, method, None, moment())
        assert isinstance(found, Refused) and isinstance(found.error, SecondFactor)
        assert found.user == user
    assert isinstance(sign_in(engine, code=code(seed, STEP), minutes=STEP), SignedIn)


def test_a_wrong_password_is_not_told_that_a_code_is_missing(
    seeded: tuple[Engine, int, str],
) -> None:
    engine, _, seed = seeded
    found = sign_in(engine, "not the password", code=code(seed, STEP), minutes=STEP)
    assert isinstance(found, Refused) and not isinstance(found.error, SecondFactor)
    # And the code was not used up by that.
    assert isinstance(sign_in(engine, code=code(seed, STEP), minutes=STEP), SignedIn)


@pytest.mark.parametrize(("off", "good"), [(-1.1, False), (-0.5, True), (0.5, True), (1.1, False)])
def test_a_clock_may_be_a_step_off(seeded: tuple[Engine, int, str], off: float, good: bool) -> None:
    engine, _, seed = seeded
    found = sign_in(engine, code=code(seed, 30 + off), minutes=30)
    assert isinstance(found, SignedIn) is good


def test_a_code_is_good_once(seeded: tuple[Engine, int, str]) -> None:
    engine, _, seed = seeded
    assert isinstance(sign_in(engine, code=code(seed)), Refused)  # used to confirm
    assert isinstance(sign_in(engine, code=code(seed, STEP)), SignedIn)
    assert isinstance(sign_in(engine, code=code(seed, STEP)), Refused)
    # Nor is an earlier one, though its step would still be near enough.
    assert isinstance(sign_in(engine, code=code(seed), minutes=STEP), Refused)


def test_who_guesses_codes_is_locked_by_whatever_way(seeded: tuple[Engine, int, str]) -> None:
    engine, user, seed = seeded
    for _ in range(5):
        assert isinstance(sign_in(engine, code="000000"), Refused)
    assert user_row(engine, user).locked_until == NOW + timedelta(minutes=1)
    with writing(engine) as connection:
        found = signing_in.by_proven(connection, user, "link", code(seed, STEP), moment(STEP))
    assert isinstance(found, Refused)
    assert {line.detail["why"] for line in acts(engine, "sign-in-refused")} == {
        "second-factor",
        "locked",
    }


def test_it_is_for_who_reviews_and_manages(engine: Engine) -> None:
    user = add_user(engine, grants=(GrantIn(role=Role.VIEWER),))
    with writing(engine) as connection, pytest.raises(Denied):
        totp.begin(connection, user, secret=SECRET)


def test_a_second_one_is_not_put_over_the_first(seeded: tuple[Engine, int, str]) -> None:
    engine, user, seed = seeded
    with writing(engine) as connection, pytest.raises(Conflict):
        totp.begin(connection, user, secret=SECRET)
    with writing(engine) as connection, pytest.raises(Conflict):
        totp.confirm(connection, user, code(seed, STEP), secret=SECRET, now=NOW)


def test_removing_it_takes_a_code_and_ends_all_sessions(seeded: tuple[Engine, int, str]) -> None:
    engine, user, seed = seeded
    identifier = begin(engine, user)

    def remove(given: str) -> Refused | None:
        with writing(engine) as connection:
            return signing_in.remove_second_factor(connection, user, given, moment(STEP))

    refused = remove("000000")
    assert refused and isinstance(refused.error, Unauthenticated)
    assert user_row(engine, user).failures == 1
    assert remove(code(seed, STEP)) is None
    assert user_row(engine, user).totp_secret is None
    with reading(engine) as connection:
        assert sessions.look(connection, identifier, NOW + timedelta(minutes=STEP)).session is None
    with pytest.raises(Conflict):
        remove(code(seed, STEP))
    assert isinstance(sign_in(engine), SignedIn)


def test_guesses_at_removing_it_are_locked_out(seeded: tuple[Engine, int, str]) -> None:
    engine, user, seed = seeded
    with writing(engine) as connection:
        for _ in range(5):
            signing_in.remove_second_factor(connection, user, "000000", moment())
        found = signing_in.remove_second_factor(connection, user, code(seed, STEP), moment(STEP))
    assert found is not None
    assert totp.is_confirmed(user_row(engine, user))


def test_an_administrator_resets_it_audited(seeded: tuple[Engine, int, str]) -> None:
    engine, user, _ = seeded
    with writing(engine) as connection:
        totp.reset(connection, user, actor="user:99", now=NOW)
    assert isinstance(sign_in(engine), SignedIn)
    (line,) = acts(engine, "second-factor-removed")
    assert (line.actor, line.subject) == ("user:99", f"user:{user}")
