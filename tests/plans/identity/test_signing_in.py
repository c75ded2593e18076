from __future__ import annotations

import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from plans.errors import InvalidInput, SecondFactor, Unauthenticated
from plans.identity import passwords, people, signing_in, totp
from plans.identity.people import GrantIn, UserChange
from plans.identity.signing_in import Refused, SignedIn
from plans.store import identity as store
from plans.store import writing
from plans.terms import Role
from tests.offices import NOW, furnish
from tests.plans.identity.world import (
    EMAIL,
    PASSWORD,
    SECRET,
    acts,
    add_user,
    moment,
    sign_in,
    user_row,
)


def refusal(found: SignedIn | Refused) -> str:
    assert isinstance(found, Refused), found
    return str(found.error)


def test_the_right_password_signs_in(engine: Engine) -> None:
    user = add_user(engine, password=PASSWORD)
    found = sign_in(engine, email=" An@SO.example.vn ")
    assert isinstance(found, SignedIn)
    assert (found.user.id, found.method) == (user, "password")
    assert user_row(engine, user).signed_in_at == NOW
    (line,) = acts(engine, "signed-in")
    assert (line.actor, line.detail, line.request_id) == (
        f"user:{user}",
        {"method": "password"},
        "req-1",
    )


def test_a_password_is_kept_as_argon2id_and_works_however_it_is_typed(engine: Engine) -> None:
    user = add_user(engine, password=PASSWORD)
    assert user_row(engine, user).password_hash.startswith("$argon2id$")
    decomposed = unicodedata.normalize("NFD", PASSWORD)
    assert decomposed != PASSWORD
    assert isinstance(sign_in(engine, decomposed), SignedIn)


def test_a_stranger_is_told_the_same_in_every_case(engine: Engine) -> None:
    user = add_user(engine, password=PASSWORD)
    add_user(engine, "no-password@so.example.vn")
    gone = add_user(engine, "gone@so.example.vn", password=PASSWORD)
    with writing(engine) as connection:
        people.change(connection, gone, UserChange(disabled=True), actor="test", now=NOW)
    said = {
        refusal(sign_in(engine, "not the password")),
        refusal(sign_in(engine, email="nobody@so.example.vn")),
        refusal(sign_in(engine, email="no-password@so.example.vn")),
        refusal(sign_in(engine, email="gone@so.example.vn")),
    }
    for _ in range(signing_in.FREE_FAILURES):
        sign_in(engine, "not the password")
    said.add(refusal(sign_in(engine)))
    assert said == {signing_in.WRONG}
    lines = acts(engine, "sign-in-refused")
    assert {line.detail["why"] for line in lines} == {"password", "unknown", "disabled", "locked"}
    assert {line.outcome for line in lines} == {"denied"}
    assert f"user:{user}" in {line.actor for line in lines}
    assert not any("@" in str((line.actor, line.detail)) for line in lines)


def test_a_guess_costs_what_the_library_recommends(
    real_hasher: Callable[[], PasswordHasher],
) -> None:
    hasher = real_hasher()
    kept = hasher.hash(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert hasher.verify(kept, PASSWORD) and not PasswordHasher().check_needs_rehash(kept)


def test_an_unknown_person_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = []
    hasher = passwords._hasher()

    class Counting:
        def hash(self, password: str) -> str:
            return hasher.hash(password)

        def verify(self, kept: str, password: str) -> bool:
            hashes.append(kept)
            return hasher.verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    assert not passwords.is_right(None, PASSWORD)
    assert not passwords.is_right(None, "nobody has this password")
    assert len(hashes) == 2
    assert {one.rsplit("$", 2)[0] for one in hashes} == {hasher.hash("x").rsplit("$", 2)[0]}


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, None), (4, None), (5, 1), (6, 2), (10, 32), (11, 60), (10**6, 60)]
)
def test_locks_grow_to_an_hour(failures: int, minutes: int | None) -> None:
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert signing_in.locked_for(failures) == expected


def test_five_failures_lock_and_a_right_password_does_not_help(engine: Engine) -> None:
    user = add_user(engine, password=PASSWORD)
    for _ in range(5):
        refusal(sign_in(engine, "not the password"))
    refusal(sign_in(engine, minutes=0.9))
    assert user_row(engine, user).failures == 5  # tries while it is locked make it no longer
    refusal(sign_in(engine, "not the password", minutes=1.1))
    refusal(sign_in(engine, minutes=3))
    assert isinstance(sign_in(engine, minutes=3.2), SignedIn)
    row = user_row(engine, user)
    assert (row.failures, row.locked_until) == (0, None)
    locks = [line.detail.get("locked_seconds") for line in acts(engine, "sign-in-refused")]
    assert locks == [None, None, None, None, 60, None, 120, None]


def test_many_guesses_at_once_count_like_many_in_a_row(engine: Engine) -> None:
    """The right one among forty comes too late: five were counted before it."""
    add_user(engine, password=PASSWORD)
    row = user_row(engine, 1)
    wrong = signing_in.Proof(row.id, row.password_hash, right=False)
    right = signing_in.Proof(row.id, row.password_hash, right=True)

    def settle(proof: signing_in.Proof) -> SignedIn | Refused:
        with writing(engine) as connection:
            return signing_in.by_password(connection, proof, None, moment())

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(settle, [wrong] * 39))
    assert all(isinstance(one, Refused) for one in found)
    assert isinstance(settle(right), Refused)
    assert user_row(engine, row.id).failures == 5


def test_a_password_changed_meanwhile_is_not_the_one_that_was_compared(engine: Engine) -> None:
    user = add_user(engine, password=PASSWORD)
    proof = signing_in.prove(user_row(engine, user), PASSWORD)
    with writing(engine) as connection:
        people.set_password(connection, user, "một mật khẩu khác", actor="test", now=NOW)
        assert isinstance(signing_in.by_password(connection, proof, None, moment()), Refused)


def test_a_hash_of_other_parameters_is_renewed(engine: Engine) -> None:
    user = add_user(engine)
    old = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    with writing(engine) as connection:
        store.change(connection, user, password_hash=old)
    assert isinstance(sign_in(engine), SignedIn)
    renewed = user_row(engine, user).password_hash
    assert renewed != old and not passwords.is_outdated(renewed)
    assert isinstance(sign_in(engine), SignedIn)
    assert user_row(engine, user).password_hash == renewed


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevensigns",
        "x" * 201,
        "aaaaaaaaaaaaaaaa",
        "an@so.example.vn",
        "AN@SO.EXAMPLE.VN1",
        "Nguyễn Văn An",
        "nguyenvanan1",
        "Nguyen-Van-An-99",
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as error:
        passwords.refuse_weak(password, "an@so.example.vn", "Nguyễn Văn An")
    assert list(error.value.fields) == ["password"]


@pytest.mark.parametrize(
    "password", [PASSWORD, "đường xa ướt mưa", "correct horse battery", "q7#Lk0!vbn2Z"]
)
def test_good_passwords_are_taken(password: str) -> None:
    passwords.refuse_weak(password, "an@so.example.vn", "Nguyễn Văn An")


# --- by a provider of identities ----------------------------------------------------------------


def by_identity(engine: Engine, subject: str, email: str | None) -> SignedIn | Refused:
    with writing(engine) as connection:
        return signing_in.by_identity(connection, subject, email, None, moment())


def test_a_provider_binds_a_user_once(engine: Engine) -> None:
    user = add_user(engine)
    first = by_identity(engine, "https://id.example|7", EMAIL)
    assert isinstance(first, SignedIn) and first.user.id == user
    assert user_row(engine, user).oidc_subject == "https://id.example|7"
    # From then on the subject counts, whatever its address is now.
    again = by_identity(engine, "https://id.example|7", "other@so.example.vn")
    assert isinstance(again, SignedIn) and again.user.id == user
    # And nobody else with the same address is taken for that person.
    assert isinstance(by_identity(engine, "https://id.example|8", EMAIL), Refused)
    assert isinstance(by_identity(engine, "https://id.example|9", None), Refused)
    assert len(acts(engine, "identity-bound")) == 1


def test_no_provider_speaks_for_a_departments_user(engine: Engine) -> None:
    furnish(engine)
    with writing(engine) as connection:
        row = people.of_department(connection, "so-y-te", name="Sở Y tế", now=NOW)
    assert isinstance(by_identity(engine, "https://id.example|7", row.email), Refused)


def test_a_disabled_user_stays_out_however_it_comes(engine: Engine) -> None:
    user = add_user(engine)
    with writing(engine) as connection:
        people.change(connection, user, UserChange(disabled=True), actor="test", now=NOW)
        found = signing_in.by_proven(connection, user, "link", None, moment())
    assert isinstance(found, Refused) and isinstance(found.error, Unauthenticated)
    assert not isinstance(found.error, SecondFactor)


def test_a_lock_does_not_keep_out_who_comes_by_a_link(engine: Engine) -> None:
    """Else a stranger who tries a person's password could keep that person out."""
    user = add_user(engine, password=PASSWORD, grants=(GrantIn(role=Role.ADMIN),))
    for _ in range(5):
        sign_in(engine, "not the password")
    with writing(engine) as connection:
        found = signing_in.by_proven(connection, user, "link", None, moment())
    assert isinstance(found, SignedIn)


def test_a_second_factor_at_the_provider_is_as_good_as_a_code(engine: Engine) -> None:
    user = add_user(engine, password=PASSWORD)
    with writing(engine) as connection:
        seed = totp.begin(connection, user, secret=SECRET)
        code = pyotp.TOTP(seed.secret).at(NOW)
        totp.confirm(connection, user, code, secret=SECRET, now=NOW)
    for _ in range(5):
        sign_in(engine, "not the password")

    def come(*, mfa: bool) -> SignedIn | Refused:
        with writing(engine) as connection:
            subject = "https://id.example|7"
            return signing_in.by_identity(connection, subject, EMAIL, None, moment(), mfa=mfa)

    # Locked by a stranger's guesses: codes are not tried meanwhile, but none is needed here.
    assert isinstance(come(mfa=False), Refused)
    assert user_row(engine, user).oidc_subject is None
    assert isinstance(come(mfa=True), SignedIn)
