from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from plans.access import Action, Caller, Subject, may
from plans.errors import Conflict, DondocError, InvalidInput, NotFound, TooMany, Unauthenticated
from plans.identity import devices, links
from plans.identity.one_time import Letter
from plans.store import catalogue, reading, writing
from plans.store.schema_access import devices as kept_devices
from plans.store.schema_access import one_time as kept_codes
from tests.builders import build_department, build_departments
from tests.offices import NOW, furnish
from tests.plans.identity.world import SECRET, acts, moment


@pytest.fixture
def furnished(engine: Engine) -> Engine:
    below = build_department("trung-tam", parent="so-y-te")
    furnish(engine, departments=build_departments(below))
    return engine


def caller(engine: Engine, device: str | None = None, days: float = 0) -> Caller:
    token = links.sign_link(SECRET, "so-y-te", NOW)
    with reading(engine) as connection:
        now = NOW + timedelta(days=days)
        return links.caller_of_link(connection, SECRET, token, device, now)


def ask(
    engine: Engine, department: str = "so-y-te", minutes: float = 0, link: str = "one"
) -> Letter:
    now = moment(minutes).now
    with writing(engine) as connection:
        return devices.ask_code(connection, department, link, secret=SECRET, now=now)


def confirm(
    engine: Engine, code: str, department: str = "so-y-te", minutes: float = 0, link: str = "one"
) -> str | DondocError:
    now = moment(minutes).now
    with writing(engine) as connection:
        return devices.confirm(connection, department, link, code, secret=SECRET, now=now)


def other(code: str) -> str:
    """Another code of six digits."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_token_is_short_safe_in_a_url_and_opens_its_department() -> None:
    token = links.sign_link(SECRET, "so-y-te", NOW)
    assert re.fullmatch(r"so-y-te\.[A-Za-z0-9_.-]{40,60}", token)
    assert links.open_link(SECRET, token, NOW) == "so-y-te"
    assert links.open_link(SECRET, token, NOW + timedelta(days=30)) == "so-y-te"
    with pytest.raises(Unauthenticated, match="expired"):
        links.open_link(SECRET, token, NOW + timedelta(days=30, seconds=1))


def test_a_forged_token_opens_nothing() -> None:
    token = links.sign_link(SECRET, "so-y-te", NOW)
    rest = token.removeprefix("so-y-te")
    last = "A" if token[-2] != "A" else "B"
    spoilt = [
        f"so-tai-chinh{rest}",
        token[:-2] + last + token[-1],
        "",
        "so-y-te",
        f"x{token}",
        "é.a.b",
    ]
    for one in spoilt:
        with pytest.raises(Unauthenticated):
            links.open_link(SECRET, one, NOW)
    with pytest.raises(Unauthenticated):
        links.open_link(SECRET + "x", token, NOW)


def test_a_link_has_one_mark_however_its_signature_is_spelt() -> None:
    token = links.sign_link(SECRET, "so-y-te", NOW)
    spelt = [token, f"{token}!!!!", f"{token[:-5]}****{token[-5:]}"]
    assert [links.open_link(SECRET, one, NOW) for one in spelt] == ["so-y-te"] * 3
    assert len({links.mark_of_link(one) for one in spelt}) == 1
    later = links.sign_link(SECRET, "so-y-te", NOW + timedelta(seconds=1))
    other_one = links.sign_link(SECRET, "so-tai-chinh", NOW)
    assert len({links.mark_of_link(one) for one in (token, later, other_one)}) == 3
    assert token not in links.mark_of_link(token)


def test_a_link_opens_exactly_one_recipients_assignments_to_read(furnished: Engine) -> None:
    found = caller(furnished)
    own = Subject("own", plan="mau", lead="so-y-te")
    foreign = Subject("foreign", plan="mau", lead="so-tai-chinh")
    below = Subject("below", plan="mau", lead="trung-tam")
    assert may(found, Action.SEE_ASSIGNMENT, own)
    assert not may(found, Action.SEE_ASSIGNMENT, foreign)
    assert not may(found, Action.SEE_ASSIGNMENT, below)
    allowed = {action for action in Action if may(found, action)}
    assert allowed == {Action.SEE_ASSIGNMENT, Action.SEE_SELF}


def test_a_link_of_a_department_that_is_gone_is_nobodys(engine: Engine) -> None:
    with pytest.raises(Unauthenticated):
        caller(engine)


def test_with_a_confirmed_device_it_reports(furnished: Engine) -> None:
    letter = ask(furnished)
    assert letter.to == "syt@x.vn" and re.fullmatch(r"[0-9]{6}", letter.secret)
    device = confirm(furnished, f" {letter.secret} ", minutes=9.9)
    assert isinstance(device, str)
    own = Subject("own", plan="mau", lead="so-y-te")
    assert may(caller(furnished, device), Action.REPORT, own)
    assert not may(caller(furnished, device), Action.REVIEW, own)
    assert not may(caller(furnished, device), Action.SEE_FIGURES)
    assert not may(caller(furnished, device + "x"), Action.REPORT, own)
    assert [line.actor for line in acts(furnished, "device-confirmed")] == ["link:so-y-te"]


def test_a_device_is_of_one_department_and_half_a_year(furnished: Engine) -> None:
    device = confirm(furnished, ask(furnished).secret)
    assert isinstance(device, str)
    with reading(furnished) as connection:

        def holds(department: str, days: float) -> bool:
            now = NOW + timedelta(days=days)
            return devices.is_confirmed(connection, department, device, now)

        assert holds("so-y-te", 179.9)
        assert not holds("so-y-te", 180.1)
        assert not holds("so-tai-chinh", 0)


def test_a_code_is_good_once_and_for_ten_minutes(furnished: Engine) -> None:
    first = ask(furnished)
    assert isinstance(confirm(furnished, first.secret, minutes=10.1), InvalidInput)
    second = ask(furnished, minutes=11)
    assert isinstance(confirm(furnished, second.secret, minutes=11), str)
    assert isinstance(confirm(furnished, second.secret, minutes=11), InvalidInput)
    assert len(acts(furnished, "code-refused")) == 2


@pytest.mark.parametrize("which", [0, 1, 2])
def test_another_request_voids_no_earlier_code(furnished: Engine, which: int) -> None:
    letters = [ask(furnished, minutes=minute) for minute in range(3)]
    assert isinstance(confirm(furnished, letters[which].secret, minutes=3), str)


def test_a_code_is_good_through_the_link_it_was_asked_for(furnished: Engine) -> None:
    letter = ask(furnished)
    strange = ask(furnished, minutes=1, link="two")
    for _ in range(6):  # a stranger's tries take none of this link's
        found = confirm(furnished, other(strange.secret), minutes=2, link="two")
        assert isinstance(found, InvalidInput)
    assert isinstance(confirm(furnished, strange.secret, minutes=2, link="two"), InvalidInput)
    if letter.secret != strange.secret:  # one time in a million they are alike
        assert isinstance(confirm(furnished, strange.secret, minutes=2), InvalidInput)
    assert isinstance(confirm(furnished, letter.secret, minutes=2), str)


def test_after_five_wrong_tries_the_right_code_is_void(furnished: Engine) -> None:
    letter = ask(furnished)
    wrong = other(letter.secret)
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda _: confirm(furnished, wrong), range(5)))
    assert all(isinstance(one, InvalidInput) for one in found)
    assert isinstance(confirm(furnished, letter.secret), InvalidInput)
    assert isinstance(confirm(furnished, ask(furnished, minutes=1).secret, minutes=1), str)


def test_through_one_link_three_codes_are_sent_an_hour(furnished: Engine) -> None:
    with writing(furnished) as connection:
        catalogue.add_contact(connection, "so-tai-chinh", "stc@x.vn")
    for minute in (0, 1, 2):
        ask(furnished, minutes=minute)
    with pytest.raises(TooMany, match="one link 3 codes") as error:
        ask(furnished, minutes=10)
    assert 49 * 60 < error.value.retry_after <= 50 * 60 + 1
    ask(furnished, "so-tai-chinh", minutes=10)
    letter = ask(furnished, minutes=10, link="two")  # who forwarded the first is not blocked
    assert isinstance(confirm(furnished, letter.secret, minutes=11, link="two"), str)
    ask(furnished, minutes=10 + error.value.retry_after / 60)


def test_a_department_is_sent_ten_codes_an_hour(furnished: Engine) -> None:
    for n in range(10):
        ask(furnished, minutes=n, link=f"link {n // 2}")
    with pytest.raises(TooMany, match="department is sent 10") as error:
        ask(furnished, minutes=20, link="new")
    assert 39 * 60 < error.value.retry_after <= 40 * 60 + 1
    ask(furnished, minutes=20 + error.value.retry_after / 60, link="new")


def test_codes_asked_for_at_once_are_three_too(furnished: Engine) -> None:
    def try_one(n: int) -> bool:
        try:
            ask(furnished, minutes=n / 1000)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(try_one, range(6))) == 3


def test_without_a_mailbox_there_is_no_code(furnished: Engine) -> None:
    with pytest.raises(Conflict, match="no mailbox"):
        ask(furnished, "so-tai-chinh")
    with pytest.raises(NotFound):
        ask(furnished, "no-such")


def test_codes_and_devices_are_kept_as_hashes(furnished: Engine) -> None:
    letter = ask(furnished)
    device = confirm(furnished, letter.secret)
    assert isinstance(device, str)
    with reading(furnished) as connection:
        rows = [*connection.execute(select(kept_codes)), *connection.execute(select(kept_devices))]
    assert len(rows) == 2
    assert not any(
        secret in {str(value) for value in row}
        for row in rows
        for secret in (letter.secret, device)
    )


def test_a_new_mailbox_ends_the_devices_of_the_former_one(furnished: Engine) -> None:
    device = confirm(furnished, ask(furnished).secret)
    with writing(furnished) as connection:
        assert devices.forget_all(connection, "so-tai-chinh", actor="test", now=NOW) == 0
        assert devices.forget_all(connection, "so-y-te", actor="test", now=NOW) == 1
    assert isinstance(device, str)
    assert not may(caller(furnished, device), Action.REPORT)
    (line,) = acts(furnished, "devices-forgotten")
    assert (line.subject, line.detail) == ("department:so-y-te", {"devices": 1})
