"""Reports and reviews: what they add to the record, and who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, func, select

from plans.errors import Conflict, Denied, InvalidInput
from plans.filing import Filed, file_reports, submission_day
from plans.reporting import Evidence, Report
from plans.reviewing import review
from plans.rules import State
from plans.store import reading, writing
from plans.store.assignments import state
from plans.store.ledger import events_of, get_texts, open_assignments
from plans.store.schema import texts
from plans.terms import Review, Work
from tests.builders import ZONE, at, build_new

DAY = date(2025, 3, 3)
NOW = at(DAY)


@pytest.fixture
def opened(engine: Engine) -> Iterator[Engine]:
    with writing(engine) as connection:
        new = [build_new("a"), build_new("b"), build_new("c", needs_review=False)]
        open_assignments(connection, new)
    yield engine


def report(**given: object) -> Report:
    return Report.model_validate({"percent": 100, "submit": True} | given)


def file(engine: Engine, **reports: Report) -> dict[str, State]:
    filed = [Filed(key, one, "so-y-te", NOW) for key, one in reports.items()]
    with writing(engine) as connection:
        return file_reports(connection, filed, NOW, ZONE)


def test_a_report_and_its_words(opened: Engine) -> None:
    evidence = [Evidence(number="12/BC", date="2025-03-01")]
    file(opened, a=report(result=" Đã làm\r\nxong ", evidence=evidence, submit=False, percent=40))
    with reading(opened) as connection:
        payload = events_of(connection, "a")[-1].payload
        found = get_texts(connection, [payload["text"]])[payload["text"]]
        assert state(connection, "a").percent == 40
        assert state(connection, "a").review is Review.NONE
    assert found == {
        "result": "Đã làm\nxong",
        "evidence": [{"number": "12/BC", "date": "2025-03-01"}],
    }
    assert payload["evidence"] == 1
    assert "Đã" not in str(payload)


def test_the_day_of_a_report_is_the_offices(opened: Engine) -> None:
    late_evening = datetime(2025, 3, 3, 18, tzinfo=UTC)  # 01:00 on the 4th in Hà Nội
    with writing(opened) as connection:
        filed = [Filed("a", report(), "so-y-te", late_evening)]
        found = file_reports(connection, filed, NOW, ZONE)
    assert found["a"].submitted_on == date(2025, 3, 4)


def test_a_nil_report_is_a_report(opened: Engine) -> None:
    file(opened, a=report(percent=30, submit=False))
    found = file(opened, a=Report(nil_report=True))["a"]
    assert (found.review, found.percent) == (Review.SUBMITTED, 30)


def test_a_report_that_says_nothing_is_refused(opened: Engine) -> None:
    with pytest.raises(InvalidInput, match="needs a percentage"):
        file(opened, a=Report(result="Chưa rõ"))


def test_reports_are_filed_together_or_not_at_all(opened: Engine) -> None:
    file(opened, b=report())
    with writing(opened) as connection:
        review(connection, "b", "accept", actor="office", now=NOW)
    with pytest.raises(Conflict):
        file(opened, a=report(result="Mới"), b=report())
    with reading(opened) as connection:
        assert state(connection, "a").work is Work.NOT_STARTED
        assert connection.scalar(select(func.count()).select_from(texts)) == 0


def test_what_needs_no_review_is_accepted_at_once(opened: Engine) -> None:
    with writing(opened) as connection:
        filed = [Filed(key, report(), "so-y-te", NOW) for key in ("a", "c")]
        states = file_reports(connection, filed, NOW, ZONE)
    assert {key: one.work for key, one in states.items()} == {
        "a": Work.IN_PROGRESS,
        "c": Work.DONE,
    }


def test_a_review_by_the_office(opened: Engine) -> None:
    file(opened, a=report(), b=report())
    with writing(opened) as connection:
        accepted = review(connection, "a", "accept", actor="office", now=NOW)
        returned = review(connection, "b", "return", actor="office", now=NOW, note=" Thiếu số ")
        note = events_of(connection, "b")[-1].payload["note"]
        assert get_texts(connection, [note])[note] == {"note": "Thiếu số"}
    assert (accepted.work, accepted.done_on) == (Work.DONE, DAY)
    assert (returned.review, returned.submitted_on) == (Review.RETURNED, None)


def test_nobody_reviews_an_own_report(opened: Engine) -> None:
    file(opened, a=report())
    with writing(opened) as connection, pytest.raises(Denied, match="cannot review"):
        review(connection, "a", "accept", actor="so-y-te", now=NOW)


@pytest.mark.parametrize("note", ["", "  ", "a\x00b"])
def test_a_return_needs_a_readable_reason(opened: Engine, note: str) -> None:
    file(opened, a=report())
    with writing(opened) as connection, pytest.raises(InvalidInput):
        review(connection, "a", "return", actor="office", now=NOW, note=note)


@pytest.mark.parametrize(
    "given",
    [
        {"percent": 101},
        {"percent": "50"},
        {"percent": True},
        {"result": "a\x00b"},
        {"result": "a" * 10_001},
        {"evidence": [{"date": "2025-02-30"}]},
        {"evidence": [{"url": "file:///etc/passwd"}]},
        {"evidence": [{}] * 51},
        {"unknown": 1},
    ],
)
def test_reports_that_are_no_reports(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        report(**given)


def test_no_agency_dates_a_report_back_past_our_last_look() -> None:
    look = NOW - timedelta(days=2)
    assert submission_day(NOW - timedelta(days=5), look, NOW) == look
    assert submission_day(NOW - timedelta(days=1), look, NOW) == NOW - timedelta(days=1)
    assert submission_day(NOW - timedelta(days=5), None, NOW) == NOW - timedelta(days=5)
    assert submission_day(NOW + timedelta(days=5), look, NOW) == NOW
