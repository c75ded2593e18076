"""A workbook comes back: changed rows become reports, each row with an outcome of its own."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from integrations.workbook_marking import marked_copy
from integrations.workbook_reading import read_workbook
from plans.acting import Act, Officer
from plans.errors import Conflict, InvalidInput
from plans.filing import Filed, file_reports
from plans.governing import read_document, reassign, suspend
from plans.reporting import Report
from plans.reviewing import review
from plans.store import reading, writing
from plans.store import workbooks as store
from plans.store.assignments import row_of
from plans.store.office import last_act
from plans.workbook_returns import confirm, receive
from plans.workbook_rows import Sheet
from plans.workbook_showing import show
from tests.acts import together
from tests.builders import ZONE, build_plan, build_task
from tests.offices import DAY, NOW, assignment, faults, furnish, updates
from tests.workbook_files import (
    columns_of,
    filled_in,
    hand_in,
    handed_out,
    outcomes,
    saved,
    terms,
)

REF, OTHER = "mau/mot/so-y-te", "mau/cu-y-te/so-cu"


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine)
    return engine


def keys(engine: Engine, *refs: str) -> list[str]:
    return [str(assignment(engine, ref).id) for ref in refs]


def returned(raw: bytes, given: Any = None) -> Sheet:
    return read_workbook(filled_in(raw, given or {}))


def report(engine: Engine, ref: str, **given: Any) -> None:
    with writing(engine) as connection:
        key = row_of(connection, ref).id
        filed = Filed(key, Report(**given), "token:abc", NOW)
        file_reports(connection, [filed], NOW, ZONE)


def test_a_changed_row_is_a_report_and_the_others_are_silent(office: Engine) -> None:
    one, *_ = keys(office, REF)
    sheet = returned(handed_out(office), {one: {"percent": 40, "result": "Đã họp"}})
    found = hand_in(office, sheet)
    assert outcomes(found).pop(one) == "taken"
    assert {o for key, o in outcomes(found).items() if key != one} == {"unchanged"}
    [entry] = updates(office)
    assert (entry.assignment, entry.actor) == (one, "office:cli")
    row = assignment(office, REF)
    assert (row.percent, row.work, row.review) == (40, "in_progress", "none")
    assert faults(office) == []


def test_an_untouched_workbook_says_nothing(office: Engine) -> None:
    report(office, REF, percent=30, result="Nháp", evidence=[{"number": "1/BC-SYT"}])
    found = hand_in(office, returned(handed_out(office)))
    assert set(outcomes(found).values()) == {"unchanged"}
    assert len(updates(office)) == 1


def test_a_dry_run_tells_and_writes_no_report(office: Engine) -> None:
    [one] = keys(office, REF)
    sheet = returned(handed_out(office), {one: {"percent": 40}})
    assert outcomes(hand_in(office, sheet, dry=True))[one] == "taken"
    assert updates(office) == []
    assert outcomes(hand_in(office, sheet))[one] == "taken"


def test_the_same_file_twice_is_one_update_also_after_another_one(office: Engine) -> None:
    [one] = keys(office, REF)
    raw = handed_out(office)
    first = returned(raw, {one: {"percent": 40}})
    second = returned(raw, {one: {"percent": 60}})
    assert outcomes(hand_in(office, first))[one] == "taken"
    assert outcomes(hand_in(office, first))[one] == "known"
    # The workbook's own earlier update was the last change: no conflict.
    assert outcomes(hand_in(office, second))[one] == "taken"
    assert outcomes(hand_in(office, first))[one] == "known"
    assert assignment(office, REF).percent == 60
    assert len(updates(office)) == 2


def test_the_same_file_twice_at_once_is_one_update(office: Engine) -> None:
    [one] = keys(office, REF)
    sheet = returned(handed_out(office), {one: {"percent": 40}})
    found = together(office, *[lambda c: receive(c, sheet, terms(), dry=False)] * 2)
    assert all(isinstance(one, str) for one in found)
    assert len(updates(office)) == 1 and faults(office) == []


def test_a_row_that_changed_meanwhile_is_a_conflict_shown_side_by_side(office: Engine) -> None:
    [one] = keys(office, REF)
    report(office, REF, percent=10, result="Cũ")
    sheet = returned(handed_out(office), {one: {"percent": 40, "result": "Của bảng"}})
    report(office, REF, percent=70, result="Của người khác")
    found = hand_in(office, sheet)
    assert outcomes(found)[one] == "conflict"
    [row] = [row for row in found if row.line.assignment == one]
    assert row.was and row.now
    assert (row.was["percent"], row.line.says["percent"], row.now["percent"]) == (10, 40, 70)
    assert (row.was["result"], row.now["result"]) == ("Cũ", "Của người khác")
    assert row.beside == ("percent", "result")
    assert assignment(office, REF).percent == 70


def test_a_conflict_is_repeated_on_the_version_that_was_shown_alone(office: Engine) -> None:
    [one] = keys(office, REF)
    sheet = returned(handed_out(office), {one: {"percent": 40}})
    report(office, REF, percent=70)
    with writing(office) as connection:
        key = receive(connection, sheet, terms(), dry=True)
        version = row_of(connection, REF).events
    report(office, REF, percent=80)
    with writing(office) as connection:
        results = confirm(connection, key, terms(repeat={one: version}))
    assert [r.outcome for r in results if r.assignment == one] == ["conflict"]
    with writing(office) as connection:
        results = confirm(connection, key, terms(repeat={one: version + 1}))
    assert [r.outcome for r in results if r.assignment == one] == ["taken"]
    with writing(office) as connection:  # pressed again: told the same, written once
        results = confirm(connection, key, terms(repeat={one: version + 1}))
    assert [r.outcome for r in results if r.assignment == one] == ["taken"]
    assert assignment(office, REF).percent == 40
    assert len(updates(office)) == 3


def test_forged_foreign_and_unknown_rows_are_refused_one_by_one(office: Engine) -> None:
    one, other = keys(office, REF, OTHER)
    sheet = returned(handed_out(office), {"*": {"percent": 40}})
    lines = {line.assignment: line for line in sheet.lines}
    foreign = returned(handed_out(office, "so-tai-chinh"), {"*": {"percent": 9}}).lines[0]
    forged = (
        replace(lines[one], version="2"),
        replace(lines[one], assignment=foreign.assignment),
        replace(lines[one], workbook="f" * 16),
        replace(lines[one], signature=lines[other].signature),
        replace(lines[one], version="²"),
        replace(lines[one], signature="chữ ký"),
    )
    lines_in = [*forged, foreign, lines[other]]
    numbered = [replace(line, row=n) for n, line in enumerate(lines_in, 5)]
    found = hand_in(office, replace(sheet, lines=tuple(numbered)))
    said = [(str(row.result.outcome), *(p.code for p in row.result.problems)) for row in found]
    assert said == [("refused", "forged")] * 6 + [("refused", "foreign"), ("taken",)]
    assert [entry.assignment for entry in updates(office)] == [other]
    with reading(office) as connection:
        noted = last_act(connection, "workbook-rows-refused")
    assert noted and noted.outcome == "denied"
    assert (noted.detail["forged"], noted.detail["foreign"]) == (6, 1)


def test_a_row_that_was_typed_below_the_others_is_refused_not_overlooked(office: Engine) -> None:
    book: Any = load_workbook(io.BytesIO(handed_out(office)))
    sheet, columns = book.worksheets[1], columns_of(book.worksheets[1])
    last = sheet.max_row + 2
    sheet.cell(last, columns["result"]).value = "Việc mới của đơn vị"
    with writing(office) as connection:
        key = receive(connection, read_workbook(saved(book)), terms(), dry=False)
    with reading(office) as connection:
        returned = store.return_row(connection, key)
        [found] = [one for one in show(connection, returned, DAY) if one.line.row == last]
        copy: Any = load_workbook(io.BytesIO(marked_copy(connection, returned, DAY, ZONE)))
    assert [one.code for one in found.result.problems] == ["added"]
    said = [str(cell.value) for row in copy.worksheets[1] for cell in row if cell.value]
    assert "Việc mới của đơn vị" in said
    assert any("được thêm vào" in one for one in said)


def test_a_file_with_two_sheets_of_rows_is_refused(office: Engine) -> None:
    book: Any = load_workbook(io.BytesIO(handed_out(office)))
    book.copy_worksheet(book.worksheets[1])
    with pytest.raises(InvalidInput, match="keep one of them"):
        read_workbook(saved(book))


def test_two_rows_of_one_assignment_that_differ_are_both_refused(office: Engine) -> None:
    [one] = keys(office, REF)
    raw = handed_out(office)
    [a] = [x for x in returned(raw, {one: {"percent": 40}}).lines if x.assignment == one]
    [b] = [x for x in returned(raw, {one: {"percent": 50}}).lines if x.assignment == one]
    sheet = returned(raw)
    found = hand_in(office, replace(sheet, lines=(a, replace(b, row=99))))
    assert [row.result.problems[0].code for row in found] == ["twice", "twice"]
    found = hand_in(office, replace(sheet, lines=(a, replace(a, row=99))))
    assert [str(row.result.outcome) for row in found] == ["taken", "known"]
    assert len(updates(office)) == 1


def test_what_is_closed_suspended_or_led_by_others_is_refused(office: Engine) -> None:
    one, other = keys(office, REF, OTHER)
    third = str(assignment(office, "mau/thuong-xuyen/so-y-te/2025-04").id)
    sheet = returned(handed_out(office), {"*": {"percent": 90}})
    report(office, REF, percent=100, submit=True)
    act = Act(Officer("user:1"), NOW, DAY)
    with writing(office) as connection:
        review(connection, one, "accept", actor="user:1", now=NOW)
        suspend(connection, other, act, reason="Chờ")
        document = read_document("15/QĐ-UBND")
        reassign(connection, third, act, department="so-tai-chinh", document=document)
    found = outcomes(hand_in(office, sheet))
    assert found[one] == "refused accepted"
    assert found[other] == "refused suspended"
    assert found[third] == "refused moved"


def test_evidence_personal_data_and_the_rest_of_the_rules_hold(engine: Engine) -> None:
    tasks = tuple(build_task(name, deliverable="Báo cáo") for name in ("a", "b", "c", "d", "e"))
    groups = (build_plan().groups[0].model_copy(update={"tasks": tasks}),)
    furnish(engine, plan=build_plan(groups=groups))
    a, b, c, d, e = keys(engine, *(f"mau/{name}/so-y-te" for name in "abcde"))
    given = {
        a: {"act": "Trình", "percent": 100},
        b: {"act": "Trình", "percent": 100, "number": "12/BC-SYT"},
        c: {"percent": 5, "result": "Gọi 0912345678"},
        d: {"act": "Không phát sinh", "percent": 7},
        e: {"percent": 5, "number": "1/BC", "date": DAY + timedelta(days=1)},
    }
    sheet = returned(handed_out(engine), given)
    found = hand_in(engine, sheet)
    assert outcomes(found) == {
        a: "refused evidence",
        b: "taken",
        c: "refused personal",
        d: "refused nil_percent",
        e: "refused future",
    }
    assert [p.field for row in found for p in row.result.problems] == [
        "number",
        "result",
        "percent",
        "date",
    ]
    assert outcomes(hand_in(engine, sheet, confirmed=True))[c] == "taken"
    assert assignment(engine, "mau/c/so-y-te").flagged


def test_documents_without_cells_stay_named(office: Engine) -> None:
    [one] = keys(office, REF)
    some = [{"number": "1/BC-SYT"}, {"number": "2/BC-SYT", "title": "Lần hai"}]
    report(office, REF, percent=30, result="Cũ", evidence=some)
    hand_in(office, returned(handed_out(office), {one: {"percent": 50}}))
    from plans.workbooks import last_words

    with reading(office) as connection:
        words = last_words(connection, [one])[one]
    assert words == {"result": "Cũ", "evidence": some}


def test_a_nil_report_carries_no_words_of_the_last_one(office: Engine) -> None:
    [one] = keys(office, REF)
    report(office, REF, percent=30, result="Cũ", evidence=[{"number": "1/BC-SYT"}])
    hand_in(office, returned(handed_out(office), {one: {"act": "khong phat sinh"}}))
    newest = updates(office)[-1]
    assert '"nil_report":true' in newest.payload and '"text":null' in newest.payload
    row = assignment(office, REF)
    assert (row.percent, row.review) == (30, "submitted")


def test_a_file_of_foreign_rows_alone_is_kept_as_its_senders(office: Engine) -> None:
    sheet = returned(handed_out(office, "so-tai-chinh"), {"*": {"percent": 9}})
    with writing(office) as connection:
        key = receive(connection, sheet, terms("so-y-te"), dry=False)
        assert store.return_row(connection, key).department == "so-y-te"


def test_what_is_no_longer_kept_cannot_be_confirmed(office: Engine) -> None:
    sheet = returned(handed_out(office))
    with writing(office) as connection:
        key = receive(connection, sheet, terms(), dry=True)
        store.change_return(connection, key, {"sheet": None})
    with writing(office) as connection, pytest.raises(Conflict, match="no longer kept"):
        confirm(connection, key, terms())
