"""A plan's new version reaches the assignments that earlier ones opened, and loses none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from plans.amending import Effect, citation
from plans.assignments import obligations
from plans.declaration import (
    BasisDocument,
    Departments,
    Fixed,
    Members,
    Part,
    Plan,
    SolutionGroup,
    Task,
)
from plans.declared import Catalogue
from plans.extensions import ask, decide
from plans.loading import Change, load_catalogue, read_calendar, read_directory
from plans.opening import open_periods
from plans.rolling import PlanProgress, plan_progress
from plans.store import reading, writing
from plans.store.ledger import append, events_of
from plans.store.schema import assignments, ledger
from plans.store.schema_base import metadata
from plans.terms import EventKind, PeriodKind, Work
from tests.acts import act
from tests.builders import (
    at,
    build_department,
    build_departments,
    build_event,
    build_plan,
    build_task,
    build_title,
    undone,
)
from tests.offices import assignment, faults, furnish

DAY = date(2025, 2, 15)
NOW = at(DAY)
LATER = at(date(2025, 2, 16))
KINDS = ("moved", "redated", "reassigned", "cancelled", "opened", "still_cancelled")
NONE = dict.fromkeys(KINDS, 0)
DECREE = BasisDocument(
    title="Kế hoạch sửa đổi", number="12/KH-UBND", issued=date(2025, 2, 14), issuer="UBND"
)


@pytest.fixture
def opened(engine: Engine) -> Engine:
    """The sample plan, loaded and opened."""
    furnish(engine, now=NOW)
    return engine


def catalogue_of(plan: Plan, departments: Departments | None = None) -> Catalogue:
    return Catalogue(departments or build_departments(), (plan,), ())


def amended(plan: Plan, task: str, **changes: Any) -> Plan:
    """The plan with one of its tasks changed."""
    groups = [
        group.model_copy(
            update={
                "tasks": tuple(
                    one.model_copy(update=changes) if one.id == task else one for one in group.tasks
                )
            }
        )
        for group in plan.groups
    ]
    return plan.model_copy(update={"groups": tuple(groups)})


def regrouped(plan: Plan, *, groups: Mapping[str, Sequence[str]]) -> Plan:
    """The plan with its tasks in other groups; those that are not named are dropped."""
    known = {task.id: task for _, task in plan.tasks()}
    made = tuple(
        SolutionGroup(
            id=key, title=build_title(f"Tên {key}"), tasks=tuple(known[one] for one in some)
        )
        for key, some in groups.items()
    )
    return plan.model_copy(update={"groups": made})


def by(*days: date) -> tuple[Fixed, ...]:
    return tuple(Fixed(type="fixed", by=day) for day in days)


def load(engine: Engine, plan: Plan, departments: Departments | None = None) -> dict[str, int]:
    """Load a new version, first dry, then twice: the numbers agree and the record is sound."""
    return dict(loaded(engine, plan, departments).assignments)


def loaded(engine: Engine, plan: Plan, departments: Departments | None = None) -> Change:
    """The same; gives the whole change."""
    declared = catalogue_of(plan, departments)
    with writing(engine) as connection:
        before = sizes(connection)
        dry = load_catalogue(connection, declared, LATER, dry_run=True)
        assert sizes(connection) == before, "a dry run writes nothing"
        last = connection.scalar(select(func.max(ledger.c.seq))) or 0
        changes = load_catalogue(connection, declared, LATER)
        assert changes == dry
        assert of_plan(changes).effects == dry_effects(connection, dry, after=last)
        after = sizes(connection)
        assert load_catalogue(connection, declared, LATER) == []
        assert sizes(connection) == after, "a second load changes nothing"
    sound(engine)
    return of_plan(changes)


def dry_effects(connection: Any, dry: list[Change], *, after: int) -> tuple[Effect, ...]:
    """What was foretold, if the events that were written are exactly that."""
    effects = of_plan(dry).effects
    query = select(ledger.c.assignment, ledger.c.kind, ledger.c.payload)
    written = connection.execute(query.where(ledger.c.seq > after).order_by(ledger.c.seq)).all()
    told = [one for one in effects if one.kind not in ("opened", "still_cancelled")]
    assert sorted((row.assignment, row.kind) for row in written) == sorted(
        (str(one.assignment), one.kind) for one in told
    )
    assert all({"version", "basis"} <= json.loads(row.payload).keys() for row in written)
    return effects


def of_plan(changes: list[Change]) -> Change:
    [found] = [one for one in changes if one.plan == "mau"]
    return found


def sizes(connection: Any) -> dict[str, int]:
    return {
        name: connection.scalar(select(func.count()).select_from(table)) or 0
        for name, table in metadata.tables.items()
    }


def sound(engine: Engine) -> PlanProgress:
    """Chains, counters and groups agree, now and as of now."""
    assert faults(engine) == []
    with reading(engine) as connection:
        for as_of in (None, LATER):
            found = plan_progress(connection, "mau", DAY, as_of)
            groups = found.groups.values()
            assert sum(one.assignments for one in groups) == found.total.assignments
            assert sum((one.classes for one in groups), Counter()) == found.total.classes
            assert sum((one.outside for one in groups), Counter()) == found.total.outside
            assert found.groups.keys() == found.titles.keys()
    return found


def report(engine: Engine, ref: str, *, accept: bool = False) -> None:
    key = assignment(engine, ref).id
    events = [build_event(EventKind.UPDATED, DAY, percent=60)]
    if accept:
        events.append(build_event(EventKind.SUBMITTED, DAY, submitted_on=DAY.isoformat()))
        events.append(build_event(EventKind.ACCEPTED, DAY))
    with writing(engine) as connection:
        append(connection, {key: events})


def last_event(engine: Engine, ref: str) -> Any:
    key = assignment(engine, ref).id
    with reading(engine) as connection:
        return events_of(connection, key)[-1]


def owed(engine: Engine) -> dict[str, date]:
    """Slots and due dates of what is neither done nor cancelled."""
    query = select(assignments).where(assignments.c.work.not_in((Work.DONE, Work.CANCELLED)))
    with reading(engine) as connection:
        return {row.slot: row.due for row in connection.execute(query)}


# --- what changes ------------------------------------------------------------------------------


def test_a_task_moves_to_another_group_done_or_not(opened: Engine) -> None:
    report(opened, "mau/mot/so-y-te", accept=True)
    plan = build_plan()
    groups = {"nhom-1": ["cu-y-te", "cu-di-san"], "nhom-3": ["mot", "chung"]}
    numbers = load(opened, regrouped(plan, groups=groups | {"nhom-2": ["thuong-xuyen"]}))
    assert numbers == NONE | {"moved": 4, "cancelled": 3}
    row, last = assignment(opened, "mau/mot/so-y-te"), last_event(opened, "mau/mot/so-y-te")
    assert (row.group, row.work) == ("nhom-3", Work.DONE)
    assert (last.kind, last.actor) == (EventKind.MOVED, "system:load-plans")
    assert (last.payload["version"], last.payload["basis"]) == (2, "version 2 of the plan")


def test_a_group_that_is_gone_is_still_listed_where_something_was_done(opened: Engine) -> None:
    report(opened, "mau/mot/so-y-te", accept=True)
    load(opened, regrouped(build_plan(), groups={"nhom-2": ["thuong-xuyen"]}))
    found = sound(opened)
    assert list(found.titles.items()) == [("nhom-2", "Tên nhom-2"), ("nhom-1", "Nhóm 1")]
    assert found.groups["nhom-1"].assignments == 1


def test_a_date_changes_for_what_is_open_only(opened: Engine) -> None:
    report(opened, "mau/chung/so-y-te", accept=True)
    new = amended(build_plan(), "chung", due=by(date(2025, 4, 29)))
    assert load(opened, new) == NONE | {"redated": 2}
    done, still = (assignment(opened, f"mau/chung/{one}") for one in ("so-y-te", "van-phong"))
    assert (done.due, done.work) == (date(2025, 3, 31), Work.DONE)
    assert (still.due, still.original_due) == (date(2025, 4, 29), date(2025, 3, 31))


def test_an_extension_outlives_a_version_that_leaves_the_date(opened: Engine) -> None:
    key = assignment(opened, "mau/mot/so-y-te").id
    with writing(opened) as connection:
        asker, office = (replace(act(who), now=NOW, day=DAY) for who in ("token:a", "user:1"))
        request = ask(connection, key, date(2025, 6, 30), "Chờ hướng dẫn", asker)
        decide(connection, request, "grant", office)
    assert load(opened, amended(build_plan(), "mot", title=build_title("Khác"))) == NONE
    assert assignment(opened, "mau/mot/so-y-te").due == date(2025, 6, 30)
    assert load(opened, amended(build_plan(), "mot", due=by(date(2025, 7, 31)))) == NONE | {
        "redated": 1
    }
    assert assignment(opened, "mau/mot/so-y-te").due == date(2025, 7, 31)


def test_a_dropped_task_is_cancelled_also_where_it_has_reports(opened: Engine) -> None:
    report(opened, "mau/mot/so-y-te")
    report(opened, "mau/chung/so-y-te", accept=True)
    groups = {"nhom-1": ["cu-y-te", "cu-di-san"], "nhom-2": ["thuong-xuyen", "khong-tham-dinh"]}
    assert load(opened, regrouped(build_plan(), groups=groups)) == NONE | {"cancelled": 3}
    assert assignment(opened, "mau/mot/so-y-te").work == Work.CANCELLED
    assert assignment(opened, "mau/chung/so-tai-chinh").work == Work.CANCELLED
    assert assignment(opened, "mau/chung/so-y-te").work == Work.DONE


def test_another_lead_takes_over_what_runs_with_its_record(opened: Engine) -> None:
    report(opened, "mau/mot/so-y-te")
    key = assignment(opened, "mau/mot/so-y-te").id
    new = amended(build_plan(amendments=(DECREE,)), "mot", lead="so-tai-chinh")
    change = loaded(opened, new)
    assert change.assignments == NONE | {"reassigned": 1}
    assert change.effects == (
        Effect("reassigned", "mau/mot/so-y-te", "so-y-te", "so-tai-chinh", key),
    )
    row, last = (
        assignment(opened, "mau/mot/so-tai-chinh"),
        last_event(opened, "mau/mot/so-tai-chinh"),
    )
    assert (row.id, row.slot, row.declared) == (key, "mau/mot/so-tai-chinh", "so-tai-chinh")
    assert (row.work, row.percent, row.due) == (Work.IN_PROGRESS, 60, date(2025, 3, 31))
    assert last.payload == {
        "department": "so-tai-chinh",
        "lead_status": "confirmed",
        "declared": "so-tai-chinh",
        "from": "so-y-te",
        "version": 2,
        "basis": "12/KH-UBND ngày 14/02/2025",
    }
    assert opens(opened) == []


def opens(engine: Engine, day: date = DAY) -> list[str]:
    """Open what is to be opened; gives the new ones' refs."""
    query = select(assignments.c.ref)
    with writing(engine) as connection:
        before = Counter(connection.execute(query).scalars())
        open_periods(connection, day, LATER)
        after = Counter(connection.execute(query).scalars())
    sound(engine)
    return sorted((after - before).elements())


def test_what_is_done_stays_with_who_did_it_and_is_not_asked_again(opened: Engine) -> None:
    report(opened, "mau/mot/so-y-te", accept=True)
    done = assignment(opened, "mau/mot/so-y-te")
    assert load(opened, amended(build_plan(), "mot", lead="so-tai-chinh")) == NONE
    same = assignment(opened, "mau/mot/so-y-te")
    assert (same.id, same.department, same.head) == (done.id, "so-y-te", done.head)
    assert opens(opened) == []


def test_a_lead_comes_back_and_the_record_is_still_one(opened: Engine) -> None:
    key = assignment(opened, "mau/mot/so-y-te").id
    load(opened, amended(build_plan(), "mot", lead="so-tai-chinh"))
    assert load(opened, build_plan()) == NONE | {"reassigned": 1}
    assert (assignment(opened, "mau/mot/so-y-te").id, opens(opened)) == (key, [])


def test_an_id_that_went_to_another_lead_is_not_given_twice(opened: Engine) -> None:
    load(opened, amended(build_plan(), "mot", lead="so-tai-chinh"))
    rest = {"nhom-1": ["chung", "cu-y-te", "cu-di-san"], "nhom-2": ["thuong-xuyen"]}
    load(opened, regrouped(build_plan(), groups=rest))
    assert load(opened, build_plan())["opened"] == 1
    assert opens(opened) == ["mau/mot/so-y-te"]
    assert assignment(opened, "mau/mot/so-tai-chinh").work == Work.CANCELLED


def test_one_that_waits_for_a_decision_gets_the_lead_that_is_named(opened: Engine) -> None:
    with writing(opened) as connection:
        open_periods(connection, date(2025, 3, 3), LATER)
    [row] = undecided(opened)
    new = amended(build_plan(), "cu-di-san", lead="so-tai-chinh", function=None)
    assert load(opened, new) == NONE | {"reassigned": 1}
    named = assignment(opened, "mau/cu-di-san/so-tai-chinh")
    assert (named.id, named.lead_status, named.lead_reason) == (row.id, "confirmed", None)


def undecided(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        query = select(assignments).where(assignments.c.lead_status == "undecided")
        return list(connection.execute(query))


def test_a_successor_that_a_version_names_keeps_its_own(opened: Engine) -> None:
    with writing(opened) as connection:
        open_periods(connection, date(2025, 3, 3), LATER)
    assert assignment(opened, "mau/cu-y-te/so-cu").lead_status == "unconfirmed"
    new = amended(build_plan(), "cu-y-te", lead="so-y-te", function=None)
    assert load(opened, new) == NONE | {"reassigned": 1}
    assert assignment(opened, "mau/cu-y-te/so-y-te").lead_status == "confirmed"


def test_a_member_that_becomes_the_lead_keeps_its_record_and_answers_once(opened: Engine) -> None:
    report(opened, "mau/chung/so-y-te")
    key = assignment(opened, "mau/chung/so-y-te").id
    assert load(opened, amended(build_plan(), "chung", lead="so-y-te")) == NONE | {"cancelled": 1}
    assert opens(opened) == []
    slots = {slot for slot in owed(opened) if "/chung/" in slot}
    assert slots == {"mau/chung/so-y-te", "mau/chung/cac-so:so-tai-chinh"}
    assert assignment(opened, "mau/chung/so-y-te").id == key


def test_members_leave_and_come(opened: Engine) -> None:
    bodies = build_departments(
        build_department("so-moi"),
        build_department(
            "lop-khac",
            kind="lop",
            is_class=True,
            members=Members(codes=("so-moi", "so-tai-chinh")),
        ),
    )
    report(opened, "mau/chung/so-tai-chinh")
    new = amended(build_plan(), "chung", fan_out=("lop-khac",))
    assert load(opened, new, bodies) == NONE | {"cancelled": 1, "opened": 1}
    assert assignment(opened, "mau/chung/so-tai-chinh").percent == 60
    assert opens(opened) == ["mau/chung/so-moi"]


def test_a_part_changes_its_lead(engine: Engine) -> None:
    part = Part(id="phan-1", title=build_title("Phần"), lead="so-tai-chinh")
    old = amended(build_plan(), "mot", parts=(part,))
    furnish(engine, plan=old, now=NOW)
    new = part.model_copy(update={"lead": "van-phong"})
    assert load(engine, amended(old, "mot", parts=(new,))) == NONE | {"reassigned": 1}
    assert assignment(engine, "mau/phan-1/van-phong").department == "van-phong"
    assert opens(engine) == []


def test_a_lead_and_a_date_change_at_once(opened: Engine) -> None:
    key = assignment(opened, "mau/mot/so-y-te").id
    new = amended(build_plan(), "mot", lead="van-phong", due=by(date(2025, 4, 29)))
    assert load(opened, new) == NONE | {"reassigned": 1, "redated": 1}
    row = assignment(opened, "mau/mot/van-phong")
    assert (row.id, row.due, row.original_due) == (key, date(2025, 4, 29), date(2025, 3, 31))


def test_what_was_cancelled_by_a_version_stays_so_and_is_said(opened: Engine) -> None:
    rest = {"nhom-1": ["chung", "cu-y-te", "cu-di-san"]}
    ongoing = {"nhom-2": ["thuong-xuyen", "khong-tham-dinh"]}
    load(opened, regrouped(build_plan(), groups=rest | ongoing))
    assert load(opened, build_plan()) == NONE | {"still_cancelled": 1}


@pytest.mark.parametrize(
    ("documents", "cited"),
    [
        ((), "version 2 of the plan"),
        ((DECREE,), "12/KH-UBND ngày 14/02/2025"),
        ((DECREE, BasisDocument(title="Công văn")), "12/KH-UBND ngày 14/02/2025"),
        ((BasisDocument(title="Công văn chỉ đạo"),), "Công văn chỉ đạo"),
        (
            (DECREE, BasisDocument(title="x", number="9/QĐ", issued=date(2025, 2, 15))),
            "9/QĐ ngày 15/02/2025",
        ),
    ],
)
def test_a_version_cites_the_newest_document_that_it_adds(
    documents: tuple[BasisDocument, ...], cited: str
) -> None:
    old = build_plan()
    assert citation(old, build_plan(amendments=documents), 2) == cited
    same = build_plan(amendments=documents)
    assert citation(same, same, 3) == "version 3 of the plan"


def test_a_preview_of_a_new_plan_says_what_it_opens(engine: Engine) -> None:
    with writing(engine) as connection:
        changes = load_catalogue(connection, catalogue_of(build_plan()), NOW, dry_run=True)
    told = sorted(one.ref for one in of_plan(changes).effects)
    with writing(engine) as connection:
        load_catalogue(connection, catalogue_of(build_plan()), NOW)
    assert opens(engine) == told


def test_what_passed_to_a_successor_or_is_undecided_stays(opened: Engine) -> None:
    after = date(2025, 3, 3)
    with writing(opened) as connection:
        open_periods(connection, after, at(after))
    before = owed(opened)
    assert load(opened, amended(build_plan(), "mot", title=build_title("Khác"))) == NONE
    assert owed(opened) == before


def test_a_body_that_is_no_member_any_more_is_not_the_plans_doing(opened: Engine) -> None:
    bodies = [
        body.model_copy(update={"until": date(2025, 3, 1)}) if body.code == "so-tai-chinh" else body
        for body in build_departments().departments
    ]
    departments = build_departments(departments=(*bodies, build_department("so-moi")))
    new = amended(build_plan(), "mot", title=build_title("Khác"))
    assert load(opened, new, departments) == NONE
    dropped = regrouped(build_plan(), groups={"nhom-1": ["mot"]})
    assert load(opened, dropped, departments)["cancelled"] == 11


def test_a_version_may_name_a_body_that_is_declared_no_more(engine: Engine) -> None:
    more = build_departments(build_department("so-la"))
    furnish(engine, departments=more, plan=amended(build_plan(), "mot", lead="so-la"), now=NOW)
    assert load(engine, build_plan(), build_departments()) == NONE | {"reassigned": 1}


def test_what_was_opened_ahead_is_not_cancelled(opened: Engine) -> None:
    ahead = date(2025, 6, 2)
    with writing(opened) as connection:
        open_periods(connection, ahead, NOW)
    assert load(opened, amended(build_plan(), "mot", title=build_title("Khác"))) == NONE


def test_a_plan_with_new_bodies_alone_is_left_as_it_is(opened: Engine) -> None:
    before = owed(opened)
    with writing(opened) as connection:
        [change] = load_catalogue(
            connection, catalogue_of(build_plan(), build_departments(build_department("a"))), LATER
        )
    assert (change.plan, change.assignments) == ("departments.yaml", {})
    assert owed(opened) == before


# --- several dates -----------------------------------------------------------------------------

A, B, C = date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30)


@pytest.mark.parametrize(
    ("versions", "left"),
    [
        ([(A, B), (A,)], {A}),
        ([(A, B), (B,)], {B}),
        ([(A, B), (B,), (C,)], {C}),
        ([(A,), (C, A)], {A, C}),
        ([(A, B), (B, A)], {A, B}),
        ([(A, B), (A, C)], {A, C}),
    ],
)
def test_dates_of_one_task_change(
    engine: Engine, versions: list[tuple[date, ...]], left: set[date]
) -> None:
    plans = [amended(build_plan(), "mot", due=by(*dates)) for dates in versions]
    furnish(engine, plan=plans[0], now=NOW)
    for plan in plans[1:]:
        load(engine, plan)
        with writing(engine) as connection:
            open_periods(connection, DAY, LATER)
    found = [due for slot, due in owed(engine).items() if "/mot/" in slot]
    assert sorted(found) == sorted(left)


# --- any two versions --------------------------------------------------------------------------

LEADS = st.sampled_from(["so-y-te", "so-tai-chinh", "van-phong"])
DUES = st.one_of(
    st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=3, unique=True).map(lambda d: by(*d)),
    st.sampled_from([build_plan().groups[1].tasks[0].due]),
)


@st.composite
def versions(draw: st.DrawFn) -> Plan:
    """A plan of some of five tasks, each anywhere, led by anybody, due at any time."""
    keys = draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5, unique=True))
    groups: dict[str, list[Task]] = {}
    for key in keys:
        fan_out = draw(st.sampled_from([(), ("cac-so",)]))
        task = build_task(f"viec-{key}", lead=draw(LEADS), due=draw(DUES), fan_out=fan_out)
        groups.setdefault(draw(st.sampled_from(["g-1", "g-2", "g-3"])), []).append(task)
    made = [
        SolutionGroup(id=key, title=build_title(key), tasks=tuple(tasks))
        for key, tasks in groups.items()
    ]
    return build_plan(groups=tuple(made))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=versions(), second=versions())
def test_what_is_owed_is_what_the_new_version_says(
    engine: Engine, first: Plan, second: Plan
) -> None:
    with undone(engine) as connection:
        load_catalogue(connection, catalogue_of(first), NOW)
        open_periods(connection, DAY, NOW)
        refs = select(assignments.c.ref)
        changes = load_catalogue(connection, catalogue_of(second), LATER)
        known = Counter(connection.execute(refs).scalars())
        open_periods(connection, DAY, LATER)
        told = [one.ref for change in changes for one in change.effects if one.kind == "opened"]
        assert Counter(connection.execute(refs).scalars()) - known == Counter(told)
        directory, calendar = read_directory(connection), read_calendar(connection)
        wanted = Counter(
            (one.group, one.task, one.lead.code, one.occurrence.due)
            for one in obligations(second, directory, calendar, DAY)
        )
        query = select(assignments).where(assignments.c.work == Work.NOT_STARTED)
        found = Counter(
            (row.group, row.task, row.department, row.due) for row in connection.execute(query)
        )
        assert found == wanted


def test_periods_are_known_by_their_key(opened: Engine) -> None:
    quarterly = [due.model_copy(update={"report_every": PeriodKind.QUARTER}) for due in _monthly()]
    numbers = load(opened, amended(build_plan(), "thuong-xuyen", due=tuple(quarterly)))
    assert numbers == NONE | {"cancelled": 3, "opened": 1}


def _monthly() -> tuple[Any, ...]:
    return build_plan().groups[1].tasks[0].due
