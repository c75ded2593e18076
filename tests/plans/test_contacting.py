"""Departments' mailboxes: added, taken out for good, put right; the log has no address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from plans import contacting
from plans.declared import Catalogue
from plans.errors import Conflict, InvalidInput, NotFound
from plans.loading import load_catalogue
from plans.store import audit, catalogue, notices, proofs, reading, writing
from plans.store.schema import contacts
from tests.builders import build_departments, build_plan
from tests.offices import NOW, furnish

CODE, OLD = "so-y-te", "syt@x.vn"
LATER = NOW + timedelta(days=1)
BY: dict[str, Any] = {"actor": "user:1", "now": NOW}


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine)
    return engine


def mailboxes(engine: Engine, code: str = CODE) -> dict[str, Any]:
    with reading(engine) as connection:
        rows = connection.execute(select(contacts).where(contacts.c.department == code))
        return {row.email: row for row in rows}


def noted(engine: Engine) -> list[tuple[str, dict[str, Any]]]:
    with reading(engine) as connection:
        lines = audit.lines(connection, wanted=audit.Wanted(actor="user:1"))
    assert not any("@" in str(one.detail) + str(one.subject) for one in lines)
    assert {one.subject for one in lines} == {f"department:{CODE}"}
    return [(one.act, one.detail) for one in reversed(lines)]


def reload(engine: Engine) -> None:
    with writing(engine) as connection:
        load_catalogue(connection, Catalogue(build_departments(), (build_plan(),), ()), NOW)


def test_mailboxes_are_added_and_written_to_in_their_language(office: Engine) -> None:
    with writing(office) as connection:
        contacting.add(connection, CODE, " moi@x.vn ", "en", **BY)
        contacting.change_language(connection, CODE, OLD, "en", **BY)
    found = mailboxes(office)
    assert {email: row.language for email, row in found.items()} == {OLD: "en", "moi@x.vn": "en"}
    assert noted(office) == [
        ("mailbox-added", {"language": "en"}),
        ("mailbox-language-set", {"language": "en"}),
    ]


def test_what_was_taken_out_does_not_come_back_with_the_catalogue(office: Engine) -> None:
    with writing(office) as connection:
        row = {"hash": "a" * 64, "department": CODE, "created_at": NOW, "expires_at": LATER}
        proofs.add_device(connection, row)
        contacting.remove(connection, CODE, OLD, **BY)
    assert mailboxes(office) == {}
    reload(office)
    assert mailboxes(office) == {}
    assert [act for act, _ in noted(office)] == ["devices-forgotten", "mailbox-removed"]
    with writing(office) as connection:
        contacting.add(connection, CODE, OLD, **BY)
    reload(office)
    assert set(mailboxes(office)) == {OLD}


def test_a_mailbox_in_place_of_others_stays_alone(office: Engine) -> None:
    with writing(office) as connection:
        assert contacting.replace(connection, CODE, "moi@x.vn", **BY) == [OLD]
    reload(office)
    assert set(mailboxes(office)) == {"moi@x.vn"}
    with writing(office) as connection:
        assert contacting.replace(connection, CODE, "moi@x.vn", "en", **BY) == []
        assert contacting.replace(connection, CODE, OLD, **BY) == ["moi@x.vn"]
    assert set(mailboxes(office)) == {OLD}
    assert [detail["new"] for _, detail in noted(office)] == [True, False, True]


def test_a_cleared_bounce_is_written_to_again(office: Engine) -> None:
    with writing(office) as connection:
        catalogue.add_contact(connection, "so-tai-chinh", OLD)
        notices.flag_bounced(connection, OLD, NOW, "550 no such mailbox")
        contacting.clear_bounce(connection, CODE, OLD, **BY)
        assert notices.bounced(connection) == []
    assert mailboxes(office)[OLD].bounce_reason is None
    assert noted(office)[0][0] == "bounce-cleared"
    with pytest.raises(Conflict, match="do not bounce"), writing(office) as connection:
        contacting.clear_bounce(connection, CODE, OLD, **BY)


@pytest.mark.parametrize(
    ("call", "arguments", "error", "said"),
    [
        ("add", (CODE, "nobody"), InvalidInput, "not a mailbox"),
        ("add", (CODE, "a@x.vn", "fr"), InvalidInput, r"language \(vi, en\)"),
        ("add", (CODE, OLD), Conflict, "registered for so-y-te already"),
        ("add", ("khong-co", "a@x.vn"), NotFound, "no department 'khong-co'"),
        ("replace", ("khong-co", "a@x.vn"), NotFound, "no department 'khong-co'"),
        ("remove", (CODE, "a@x.vn"), NotFound, "no mailbox a@x.vn; registered: syt@x.vn"),
        ("remove", ("so-tai-chinh", "a@x.vn"), NotFound, "registered: none"),
        ("change_language", (CODE, OLD, "fr"), InvalidInput, r"language \(vi, en\)"),
        ("clear_bounce", (CODE, "a@x.vn"), NotFound, "no mailbox"),
    ],
)
def test_what_is_wrong_is_refused(
    office: Engine, call: str, arguments: tuple[str, ...], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said), writing(office) as connection:
        getattr(contacting, call)(connection, *arguments, **BY)
    assert set(mailboxes(office)) == {OLD}
