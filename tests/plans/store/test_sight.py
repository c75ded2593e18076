"""What is listed for a caller is what ``access`` says that it may see, and nothing else."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from plans.access import Action, Caller, Grant, may
from plans.store import reading
from plans.store.schema import assignments
from plans.store.sight import reach_of, subject_of, visible_to
from plans.terms import Role, Scope
from tests.builders import build_plan, build_task
from tests.offices import furnish

BODIES = ("van-phong", "so-y-te", "so-tai-chinh", "so-cu")
grants = st.one_of(
    st.sampled_from([Grant(Role.ADMIN), Grant(Role.VIEWER)]),
    st.builds(
        lambda plans: Grant(Role.COORDINATOR, plans=plans),
        st.none() | st.frozensets(st.sampled_from(["mau", "khac"])),
    ),
    st.builds(
        lambda code, more, supports: Grant(
            Role.DEPARTMENT, code, frozenset({code}) | more, supports=supports
        ),
        st.sampled_from(BODIES),
        st.frozensets(st.sampled_from(BODIES)),
        st.booleans(),
    ),
)
callers = st.builds(
    lambda some, scopes: Caller("token:x", "token", tuple(some), scopes),
    st.lists(grants, max_size=3),
    st.frozensets(st.sampled_from(Scope)),
)


def test_the_list_and_the_rule_agree(engine: Engine) -> None:
    plan = build_plan()
    first, *rest = plan.groups
    helped = build_task("giup", supporting=("so-tai-chinh", "so-cu"))
    group = first.model_copy(update={"tasks": (*first.tasks, helped)})
    furnish(engine, plan=plan.model_copy(update={"groups": (group, *rest)}))
    with reading(engine) as connection:
        rows = list(connection.execute(select(assignments)))
        subjects = {row.id: subject_of(connection, row) for row in rows}

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(callers)
        def agree(caller: Caller) -> None:
            condition = visible_to(caller)
            query = select(assignments.c.id)
            found = connection.execute(query if condition is None else query.where(condition))
            expected = {
                key for key, one in subjects.items() if may(caller, Action.SEE_ASSIGNMENT, one)
            }
            assert set(found.scalars()) == expected

        agree()


def test_a_department_reaches_all_below_it(engine: Engine) -> None:
    furnish(engine)
    with reading(engine) as connection:
        found = reach_of(connection, ["van-phong", "so-y-te", "khong-co"])
    assert {"van-phong", "so-y-te", "so-tai-chinh"} <= found["van-phong"]
    assert found["so-y-te"] == {"so-y-te"}
    assert found["khong-co"] == {"khong-co"}
