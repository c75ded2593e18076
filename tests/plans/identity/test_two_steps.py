"""The half of a sign-in that a page's browser holds between password and code."""

from __future__ import annotations

import pyotp
import pytest
from sqlalchemy import Engine

from plans.identity import people, totp, two_steps
from plans.identity.signing_in import Moment, Refused, SignedIn
from plans.store import writing
from tests.offices import NOW
from tests.plans.identity.world import PASSWORD, SECRET, add_user, moment, user_row


@pytest.fixture
def seed(engine: Engine) -> pyotp.TOTP:
    user = add_user(engine, password=PASSWORD)
    with writing(engine) as connection:
        found = pyotp.TOTP(totp.begin(connection, user, secret=SECRET).secret)
        totp.confirm(connection, user, found.at(NOW), secret=SECRET, now=NOW)
    return found


def half(engine: Engine, minutes: float = 1) -> str:
    return two_steps.half_of(user_row(engine, 1), secret=SECRET, now=moment(minutes).now)


def give(engine: Engine, held: str, code: str, at: Moment) -> SignedIn | Refused:
    with writing(engine) as connection:
        return two_steps.by_half(connection, held, code, at)


def test_half_and_code_make_a_sign_in(engine: Engine, seed: pyotp.TOTP) -> None:
    at = moment(2)
    held, code = half(engine), seed.at(at.now)
    found = give(engine, held, code, at)
    assert isinstance(found, SignedIn) and found.method == "password"
    assert isinstance(give(engine, held, code, at), Refused)  # a code counts once


def test_half_without_the_code_is_nothing(engine: Engine, seed: pyotp.TOTP) -> None:
    for code in ("", "000000"):
        found = give(engine, half(engine), code, moment(1))
        assert isinstance(found, Refused)
    assert user_row(engine, 1).failures == 1  # an empty one is no try


def test_a_half_ends(engine: Engine, seed: pyotp.TOTP) -> None:
    held, late = half(engine), moment(6.02)
    assert two_steps.is_good(held, moment(5.9)) and not two_steps.is_good(held, late)
    assert isinstance(give(engine, held, seed.at(late.now), late), Refused)


@pytest.mark.parametrize("forged", ["", "1", "1:abc", "1:abc.x.y", "é.b.c"])
def test_a_half_is_not_made_by_others(engine: Engine, seed: pyotp.TOTP, forged: str) -> None:
    at = moment(1)
    assert not two_steps.is_good(forged, at)
    assert isinstance(give(engine, forged, seed.at(at.now), at), Refused)
    other = two_steps.half_of(user_row(engine, 1), secret="x" * 40, now=at.now)
    assert isinstance(give(engine, other, seed.at(at.now), at), Refused)


def test_a_half_is_of_one_password(engine: Engine, seed: pyotp.TOTP) -> None:
    held, at = half(engine), moment(2)
    with writing(engine) as connection:
        people.set_password(connection, 1, PASSWORD + " mới", actor="test", now=at.now)
    assert isinstance(give(engine, held, seed.at(at.now), at), Refused)
    assert isinstance(give(engine, half(engine, 2), seed.at(at.now), at), SignedIn)
