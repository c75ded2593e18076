"""Webhooks: who may have one, how it sees the record, claims, and when it is given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from plans import webhook_sending as sending
from plans.access import Caller, Grant
from plans.errors import Conflict, Denied, InvalidInput, NotFound
from plans.following import changes
from plans.identity.tokens import NewToken, create, revoke
from plans.store import audit, following, reading, writing
from plans.store import webhooks as store
from plans.store.schema import departments, notices
from plans.store.schema_access import webhooks as table
from plans.terms import EventKind, Role, Scope
from plans.webhooks import MOST, caller_of, enable, managed, managed_one, remove, secret_of
from tests.builders import ZONE
from tests.hooks import OFFICE, SECRET_KEY, hook, report, row_of
from tests.offices import NOW, furnish

LEASE = timedelta(minutes=2)
HEALTH = Caller(
    "token:health",
    "token",
    (Grant(Role.DEPARTMENT, "so-y-te", frozenset({"so-y-te"})),),
    frozenset({Scope.READ, Scope.MANAGE}),
)
OTHER = Caller(
    "token:other", "token", (Grant(Role.DEPARTMENT, "so-tai-chinh", frozenset({"so-tai-chinh"})),)
)
URL = "https://x.vn/hook"


@pytest.fixture
def furnished(engine: Engine) -> Engine:
    furnish(engine)
    following.catch_up(engine)
    return engine


def test_its_secret_is_kept_sealed_and_it_begins_at_the_end(furnished: Engine) -> None:
    key, secret = hook(furnished, URL)
    row = row_of(furnished, key)
    assert secret.startswith("whsec_")
    assert secret not in row.secret
    assert secret_of(row, SECRET_KEY) == secret
    with pytest.raises(Conflict, match="DONDOC_SECRET_KEY"):
        secret_of(row, "another" * 8)
    with reading(furnished) as connection:
        assert row.position == following.end(connection) > 0
    assert hook(furnished, URL)[1] != secret


def test_a_webhook_sees_what_its_maker_sees(furnished: Engine) -> None:
    key, _ = hook(furnished, URL, HEALTH)
    with reading(furnished) as connection:
        as_it = caller_of(connection, row_of(furnished, key))
        mine = changes(connection, HEALTH, 0, 500).items
        assert changes(connection, as_it, 0, 500).items == mine
        assert 0 < len(mine) < len(changes(connection, OFFICE, 0, 500).items)


def test_a_body_that_comes_under_its_makers_is_seen_from_then_on(furnished: Engine) -> None:
    key, _ = hook(furnished, URL, HEALTH)
    with writing(furnished) as connection:
        below = update(departments).where(departments.c.code == "so-tai-chinh")
        connection.execute(below.values(parent="so-y-te"))
        found = caller_of(connection, row_of(furnished, key))
    assert found.departments == {"so-y-te", "so-tai-chinh"}
    assert found.scopes == {Scope.READ}


def test_every_grant_of_its_maker_keeps_its_bounds(furnished: Engine) -> None:
    named = Grant(Role.COORDINATOR, plans=frozenset({"khac"}))
    key, _ = hook(furnished, URL, Caller("user:3", "user", (named, *HEALTH.grants)))
    with reading(furnished) as connection:
        as_it = caller_of(connection, row_of(furnished, key))
        assert as_it.grants[0].plans == frozenset({"khac"})
        own = changes(connection, HEALTH, 0, 500).items
        assert changes(connection, as_it, 0, 500).items == own != []


@pytest.mark.parametrize(
    ("caller", "department"),
    [
        (OTHER, "so-y-te"),
        (Caller("token:v", "token", (Grant(Role.VIEWER),)), "so-y-te"),
        (Caller("token:c", "token", (Grant(Role.COORDINATOR),)), "so-y-te"),
        # It may manage webhooks, but not read: a webhook would be its way to.
        (Caller("t", "token", HEALTH.grants, frozenset({Scope.MANAGE})), "so-y-te"),
    ],
)
def test_who_may_not_have_one(furnished: Engine, caller: Caller, department: str) -> None:
    with pytest.raises(Denied):
        hook(furnished, URL, caller, department=department)
    with reading(furnished) as connection:
        assert store.listing(connection) == []


def test_a_department_that_is_not_there(furnished: Engine) -> None:
    with pytest.raises(InvalidInput) as error:
        hook(furnished, URL, department="khong-co")
    assert list(error.value.fields) == ["department"]


def test_a_department_has_so_many(furnished: Engine) -> None:
    for _ in range(MOST):
        hook(furnished, URL)
    with pytest.raises(Conflict):
        hook(furnished, URL)
    hook(furnished, URL, department="van-phong")


def test_another_departments_webhook_does_not_exist_for_one(furnished: Engine) -> None:
    key, _ = hook(furnished, URL)
    with writing(furnished) as connection:
        assert [row.id for row in managed(connection, HEALTH)] == [key]
        assert managed(connection, OTHER) == []
        for act in (managed_one, lambda *some: remove(*some, now=NOW)):
            for caller, which in ((OTHER, key), (HEALTH, "0" * 12), (HEALTH, "\x00")):
                with pytest.raises(NotFound):
                    act(connection, caller, which)
        remove(connection, HEALTH, key, now=NOW)
        assert managed(connection, OFFICE) == []


def test_what_is_done_to_it_is_in_the_audit_log(furnished: Engine) -> None:
    key, _ = hook(furnished, URL)
    with writing(furnished) as connection:
        enable(connection, OFFICE, key, now=NOW)
        remove(connection, OFFICE, key, now=NOW, request_id="r1")
        found = [(one.act, one.subject, one.actor) for one in audit.lines(connection)]
    acts = ("webhook-removed", "webhook-enabled", "webhook-created")
    assert found == [(act, f"webhook:{key}", "token:office") for act in acts]


# --- claims ------------------------------------------------------------------------------------


def claimed(engine: Engine, key: str, at: Any = NOW) -> sending.Claim | None:
    with writing(engine) as connection:
        return sending.claim(connection, key, at, at + LEASE)


def test_one_run_at_a_time_has_it(furnished: Engine) -> None:
    key, _ = hook(furnished, URL)
    first = claimed(furnished, key)
    assert first
    assert claimed(furnished, key, NOW + LEASE / 2) is None
    with writing(furnished) as connection:
        assert store.waiting(connection, NOW) == []
        assert sending.release(connection, first)
    assert claimed(furnished, key)


def test_only_the_latest_claim_may_change_it(furnished: Engine) -> None:
    key, _ = hook(furnished, URL)
    old, new = claimed(furnished, key), claimed(furnished, key, NOW + LEASE)
    assert old and new
    before, until = row_of(furnished, key), NOW + 2 * LEASE
    with writing(furnished, alone="x") as connection:
        assert not sending.succeeded(connection, old, 99, "HTTP 204", until)
        assert not sending.passed_over(connection, old, 99, until)
        assert not sending.failed(connection, old, "no", NOW, chance=0)
        assert not sending.release(connection, old)
        assert not sending.disable(connection, old, "no", NOW, "gone", zone=ZONE, domain="x.vn")
        assert connection.execute(select(notices)).all() == []
    assert row_of(furnished, key) == before
    with writing(furnished) as connection:
        assert sending.succeeded(connection, new, 99, "HTTP 204", until)
        assert sending.passed_over(connection, new, 100, until + LEASE)
    assert row_of(furnished, key).position == new.position == 100


def test_a_webhook_that_was_removed_meanwhile_is_not_written_to(furnished: Engine) -> None:
    key, _ = hook(furnished, URL)
    one = claimed(furnished, key)
    assert one
    with writing(furnished) as connection:
        remove(connection, OFFICE, key, now=NOW)
        assert not sending.succeeded(connection, one, 99, "HTTP 204", NOW + LEASE)


def test_only_the_kinds_that_it_asked_for(furnished: Engine) -> None:
    key, _ = hook(furnished, URL, kinds=[EventKind.SUBMITTED])
    report(furnished, 10, 20)
    following.catch_up(furnished)
    one = claimed(furnished, key)
    assert one
    with reading(furnished) as connection:
        page = sending.page_of(connection, one)
    assert (page.items, page.next) == ([], one.position + 2)


# --- failing -----------------------------------------------------------------------------------


def test_waits_double_from_seconds_to_hours_and_are_spread() -> None:
    longest = [sending.wait_after(n, 1).total_seconds() for n in range(1, 13)]
    assert longest[:4] == [5, 10, 20, 40]
    assert longest[-2:] == [5120, 7200]
    assert sending.wait_after(500, 1) == timedelta(hours=2)
    assert sending.wait_after(3, 0) == timedelta(seconds=10)
    assert sending.wait_after(3, 0.5) == timedelta(seconds=15)


def test_a_failure_is_kept_with_when_it_began(furnished: Engine) -> None:
    key, _ = hook(furnished, URL)
    for n, moment in enumerate((NOW, NOW + timedelta(minutes=5)), start=1):
        one = claimed(furnished, key, moment)
        assert one
        with writing(furnished) as connection:
            assert sending.failed(connection, one, "HTTP 500: " + "x" * 900, moment, chance=1)
        row = row_of(furnished, key)
        assert (row.attempts, row.failing_since, row.lease_until) == (n, NOW, None)
        assert row.next_try_at == moment + sending.wait_after(n, 1)
        assert len(row.last_answer) == sending.ANSWER_KEPT
    assert claimed(furnished, key, moment) is None  # Not before its time.
    one = claimed(furnished, key, moment + timedelta(minutes=1))
    assert one
    with writing(furnished) as connection:
        assert sending.succeeded(connection, one, 5, "HTTP 204", moment + LEASE)
    row = row_of(furnished, key)
    assert (row.attempts, row.failing_since, row.position) == (0, None, 5)


def test_it_is_given_up_after_a_day_of_failing() -> None:
    def one(since: Any) -> sending.Claim:
        return sending.Claim(None, NOW, 0, 3, since)  # type: ignore[arg-type]

    day = timedelta(hours=24)
    assert not sending.is_given_up(one(None), NOW)
    assert not sending.is_given_up(one(NOW - day + timedelta(seconds=1)), NOW)
    assert sending.is_given_up(one(NOW - day), NOW)


def test_a_disabled_one_tells_its_department_once_and_goes_on_when_enabled(
    furnished: Engine,
) -> None:
    key, _ = hook(furnished, URL)
    one = claimed(furnished, key)
    assert one
    with writing(furnished, alone="x") as connection:
        assert sending.disable(connection, one, "HTTP 410", NOW, "gone", zone=ZONE, domain="x.vn")
        assert not sending.disable(connection, one, "HTTP 410", NOW, "gone", zone=ZONE, domain="x")
        [notice] = connection.execute(select(notices)).all()
    assert (notice.kind, notice.recipient) == ("webhook", "so-y-te")
    assert (notice.content["why"], notice.content["answer"]) == ("gone", "HTTP 410")
    assert claimed(furnished, key, NOW + timedelta(days=9)) is None
    row = row_of(furnished, key)
    assert (row.state, row.disabled_at, row.lease_until) == ("disabled", NOW, None)
    with writing(furnished) as connection:
        enabled = enable(connection, HEALTH, key, now=NOW)
        assert connection.execute(select(table.c.position)).scalar_one() == one.position
    assert (enabled.state, enabled.attempts, enabled.disabled_at) == ("active", 0, None)
    assert claimed(furnished, key)


def test_it_ends_with_the_token_that_made_it(furnished: Engine) -> None:
    new = NewToken("máy chủ", Role.DEPARTMENT, "so-y-te")
    with writing(furnished) as connection:
        token, _ = create(connection, new, actor="test", now=NOW)
    maker = replace(HEALTH, actor=f"token:{token}")
    own, other = hook(furnished, URL, maker)[0], hook(furnished, URL, HEALTH)[0]
    with writing(furnished) as connection:
        sending.end_orphans(connection, NOW)
    assert row_of(furnished, own).state == "active"
    with writing(furnished) as connection:
        revoke(connection, token, actor="test", now=NOW)
        sending.end_orphans(connection, NOW)
    assert row_of(furnished, own).state == "disabled"
    assert "make it anew" in row_of(furnished, own).last_answer
    assert row_of(furnished, other).state == "active"
