"""Who handed a workbook in: a body itself, or the office for it, which the record then names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from integrations.workbook_marking import marked_copy
from integrations.workbook_reading import read_workbook
from plans import mailed_workbooks
from plans.access import WHOLE_OFFICE, Action, Caller, Grant, may
from plans.acting import Act, Officer
from plans.errors import Conflict, Denied, Hidden, NotFound
from plans.filing import Filed, file_reports
from plans.governing import read_document, reassign
from plans.mailed_workbooks import Mailed, Reading
from plans.reporting import Report
from plans.reviewing import review
from plans.store import reading, writing
from plans.store import workbooks as store
from plans.store.schema_access import audit
from plans.terms import Role
from plans.workbook_hands import may_open, plans_for, require_hands, require_open, speaker
from plans.workbook_returns import confirm, receive
from plans.workbook_rows import Sheet
from plans.workbook_settling import Terms
from plans.workbook_showing import show
from tests.builders import ZONE
from tests.offices import DAY, NOW, assignment, faults, furnish, updates
from tests.workbook_files import SECRET, filled_in, handed_out, outcomes, terms

REF, FOREIGN = "mau/mot/so-y-te", "so-tai-chinh"
BODY = Caller(
    "user:1", "user", (Grant(Role.DEPARTMENT, "so-y-te", frozenset({"so-y-te"})),), name="Y tế"
)
OFFICE = Caller("user:7", "user", (Grant(Role.COORDINATOR),), name="Văn phòng")
ADMIN = Caller("user:8", "user", (Grant(Role.ADMIN),))


def of_plans(*plans: str) -> Caller:
    return Caller("user:9", "user", (Grant(Role.COORDINATOR, plans=frozenset(plans)),))


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine)
    return engine


def on(caller: Caller, **given: Any) -> Terms:
    return Terms(caller, NOW, ZONE, SECRET, "page", **given)


def sent(engine: Engine, given: Any, department: str = "so-y-te") -> Sheet:
    return read_workbook(filled_in(handed_out(engine, department), given))


def take(engine: Engine, sheet: Sheet, how: Terms, *, dry: bool = False) -> Any:
    with writing(engine) as connection:
        key = receive(connection, sheet, how, dry=dry)
    with reading(engine) as connection:
        return store.return_row(connection, key)


def say(engine: Engine, key: str, **given: Any) -> None:
    with writing(engine) as connection:
        file_reports(connection, [Filed(key, Report(**given), "token:abc", NOW)], NOW, ZONE)


def told(engine: Engine, row: Any) -> dict[str, str]:
    with reading(engine) as connection:
        return outcomes(show(connection, row, DAY))


def acts(engine: Engine) -> list[tuple[str, str, Any]]:
    with reading(engine) as connection:
        query = select(audit).where(audit.c.act.like("workbook-%"))
        return [(row.actor, row.act, row.subject) for row in connection.execute(query)]


def test_the_office_hands_in_what_a_body_filled_in_and_the_record_names_the_office(
    office: Engine,
) -> None:
    key = str(assignment(office, REF).id)
    sheet = sent(office, {key: {"percent": 100, "result": "Xong", "act": "Trình"}})
    row = take(office, sheet, on(OFFICE), dry=True)
    assert (row.way, row.department, row.state) == ("office", "so-y-te", "shown")
    assert updates(office) == [] and acts(office) == []
    with writing(office) as connection:
        confirm(connection, row.id, on(OFFICE))
    [entry] = updates(office)
    assert (entry.actor, assignment(office, REF).review) == ("user:7", "submitted")
    assert acts(office) == [("user:7", "workbook-brought", "department:so-y-te")]
    # Who brought it does not review it; another officer does, and so does none of the body's.
    for officer in (Officer("user:7"), Officer("user:1", frozenset({"so-y-te"}))):
        with writing(office) as connection, pytest.raises(Denied):
            review(connection, key, "accept", actor=officer, now=NOW)
    with writing(office) as connection:
        review(connection, key, "accept", actor=Officer("user:8"), now=NOW)
    assert faults(office) == []


def test_the_office_takes_one_bodys_workbook_at_a_time(office: Engine) -> None:
    mine = sent(office, {"*": {"percent": 40}})
    other = sent(office, {"*": {"percent": 50}}, FOREIGN)
    mixed = replace(mine, lines=(*mine.lines, replace(other.lines[0], row=90)))
    row = take(office, mixed, on(OFFICE))
    found = told(office, row)
    assert found.pop(other.lines[0].assignment) == "refused foreign"
    assert set(found.values()) == {"taken"}
    # On another body's page nothing of it is taken by mistake.
    row = take(office, mine, on(OFFICE, department=FOREIGN), dry=True)
    assert (row.department, set(told(office, row).values())) == (FOREIGN, {"refused foreign"})


@pytest.mark.parametrize(
    "caller",
    [
        Caller(
            "user:3",
            "user",
            (Grant(Role.DEPARTMENT, "van-phong", frozenset({"so-y-te", FOREIGN})),),
        ),
        replace(BODY, grants=(*BODY.grants, *OFFICE.grants)),
        speaker("office:cli", ["so-y-te", FOREIGN]),
    ],
)
def test_who_speaks_for_several_bodies_shows_none_of_them_anothers_words(
    office: Engine, caller: Caller
) -> None:
    mine = sent(office, {"*": {"percent": 40}})
    other = sent(office, {"*": {"percent": 50, "result": "Của Tài chính"}}, FOREIGN)
    mixed = replace(mine, lines=(*mine.lines, replace(other.lines[0], row=90)))
    row = take(office, mixed, on(caller))
    assert row.department == "so-y-te" and may_open(BODY, row)
    found = told(office, row)
    assert found.pop(other.lines[0].assignment) == "refused foreign"
    assert set(found.values()) == {"taken"}
    assert [act for _, act, _ in acts(office)] == ["workbook-rows-refused"]  # not "brought"


def test_what_another_body_leads_by_now_is_shown_without_its_words(office: Engine) -> None:
    key = str(assignment(office, REF).id)
    sheet = sent(office, {key: {"percent": 40}})
    say(office, key, percent=20)
    earlier = take(office, sheet, on(BODY), dry=True)
    with writing(office) as connection:
        act = Act(Officer("user:7"), NOW, DAY)
        document = read_document("15/QĐ-UBND")
        reassign(connection, key, act, department=FOREIGN, document=document)
    documents = [{"number": "1/X"}, {"number": "99/X"}]
    say(office, key, percent=77, result="Lời họ", submit=True, evidence=documents)
    with writing(office) as connection:
        review(connection, key, "return", note="Lý do", actor=Officer("user:7"), now=NOW)
    for row, outcome in (
        (earlier, "conflict"),
        (take(office, sheet, on(BODY), dry=True), "refused moved"),
    ):
        with reading(office) as connection:
            [one] = [one for one in show(connection, row, DAY) if one.line.assignment == key]
            texts = "\n".join(read_texts(marked_copy(connection, row, DAY, ZONE)))
        assert (outcomes([one])[key], one.now) == (outcome, None)
        assert one.entry and one.entry.title_vi in texts
        assert not any(word in texts for word in ("Lời họ", "99/X", "Lý do"))


def test_a_refused_workbook_is_recorded_by_nobody(office: Engine) -> None:
    how = Reading(NOW, ZONE, SECRET, "x.vn")
    sheet = sent(office, {"*": {"percent": 40}})
    with writing(office) as connection:
        mailed_workbooks.take(connection, Mailed("mail:1", "ai@x.vn", sheet), how)
        key = str(store.of_source(connection, "mail:1").id)  # type: ignore[union-attr]
    with writing(office) as connection, pytest.raises(Conflict, match="judge it again"):
        confirm(connection, key, on(ADMIN))
    assert updates(office) == []


def test_a_coordinator_hands_in_for_its_own_plans_alone(office: Engine) -> None:
    sheet = sent(office, {"*": {"percent": 40}})
    row = take(office, sheet, on(of_plans("khac")))
    assert set(told(office, row).values()) == {"refused elsewhere"}
    assert updates(office) == []
    with reading(office) as connection:
        shown = show(connection, row, DAY)
        marked = read_workbook(marked_copy(connection, row, DAY, ZONE))
    assert all(one.was is None and one.entry is None for one in shown)
    assert len(marked.lines) == len(sheet.lines)
    row = take(office, sheet, on(of_plans("khac", "mau")))
    assert set(told(office, row).values()) == {"taken"}
    assert plans_for(of_plans("mau"), "so-y-te") == frozenset({"mau"})
    assert plans_for(OFFICE, "so-y-te") is plans_for(BODY, "so-y-te") is None
    empty = read_workbook(handed_out(office, plans=frozenset({"khac"})))
    assert empty.lines == ()
    assert read_workbook(handed_out(office, plans=frozenset({"mau"}))).lines


def test_who_may_not_hand_in_is_told_so_or_sees_nothing() -> None:
    viewer = Caller("user:5", "user", (Grant(Role.VIEWER),))
    other = Caller("user:6", "user", (Grant(Role.DEPARTMENT, FOREIGN, frozenset({FOREIGN})),))
    for caller, error in ((viewer, Denied), (other, Hidden), (of_plans(), Hidden)):
        with pytest.raises(error):
            require_hands(caller, "so-y-te")
    with pytest.raises(Hidden):
        require_hands(of_plans("mau"), "so-y-te", "khac")
    assert require_hands(of_plans("mau"), "so-y-te", "mau") == frozenset({"mau"})
    for action in (Action.REPORT, Action.MEASURE):
        assert not may(ADMIN, action)  # it brings files; it does not speak for bodies
    assert may(ADMIN, Action.HAND_IN, WHOLE_OFFICE)


def test_what_a_body_hands_in_by_itself_is_its_own_to_open(office: Engine) -> None:
    sheet = sent(office, {"*": {"percent": 40}})
    own = take(office, sheet, on(BODY), dry=True)
    brought = take(office, sheet, on(OFFICE), dry=True)
    partly = take(office, sheet, on(of_plans("mau")), dry=True)
    mailed = take(office, sheet, replace(terms(), way="mail"), dry=True)
    opens = {
        caller.actor: [may_open(caller, row) for row in (own, brought, partly, mailed)]
        for caller in (BODY, OFFICE, ADMIN, of_plans("mau"))
    }
    assert opens == {
        "user:1": [True, True, True, True],
        "user:7": [False, True, True, True],
        "user:8": [False, True, True, True],
        "user:9": [False, False, True, False],
    }
    with pytest.raises(Denied):
        require_open(OFFICE, own)
    viewer = Caller("user:5", "user", (Grant(Role.VIEWER),))
    with pytest.raises(NotFound):
        require_open(viewer, own)


def test_a_row_that_takes_a_report_back_says_so_before_and_after(office: Engine) -> None:
    key = str(assignment(office, REF).id)
    raw = handed_out(office)
    filled = [
        read_workbook(filled_in(raw, {key: {"percent": 90, "act": act}})) for act in ("Trình", None)
    ]
    take(office, filled[0], on(BODY))
    row = take(office, filled[1], on(BODY), dry=True)  # "this report" is emptied: a draft
    with reading(office) as connection:
        [shown] = [one for one in show(connection, row, DAY) if one.line.assignment == key]
        copy = read_texts(marked_copy(connection, row, DAY, ZONE))
    assert shown.result.withdraws == DAY.isoformat()
    assert any("rút lại báo cáo đã trình ngày 16/04/2025" in text for text in copy)
    assert assignment(office, REF).review == "submitted"
    with writing(office) as connection:
        [done] = [one for one in confirm(connection, row.id, on(BODY)) if one.assignment == key]
    assert (done.withdraws, assignment(office, REF).review) == (DAY.isoformat(), "none")
    row = take(office, filled[0], on(BODY))
    with reading(office) as connection:
        assert all(one.result.withdraws is None for one in show(connection, row, DAY))


def read_texts(raw: bytes) -> list[str]:
    import io

    from openpyxl import load_workbook

    cells = load_workbook(io.BytesIO(raw)).worksheets[1].iter_rows(values_only=True)
    return [str(value) for row in cells for value in row if value]
