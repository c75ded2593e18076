"""The check of the record: what it finds, and a run of it that is looked at from elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from plans import verifying
from plans.errors import Conflict
from plans.store import audit, reading, writing
from plans.store.schema import assignments, counters
from plans.verifying import Report, advance, begin, carry_out, check, finish, latest
from tests.acts import together
from tests.builders import at
from tests.offices import DAY, NOW, furnish

MINUTE = timedelta(minutes=1)
NOBODY = Report(0, ())


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine)
    return engine


def break_it(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(counters).values(n=counters.c.n + 1))
        connection.execute(update(assignments).values(percent=17))


def test_a_sound_record_has_no_problems_and_its_steps_are_told(
    office: Engine, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    with reading(office) as connection:
        found = check(connection, tmp_path, lambda *step: told.append(step))
        number = connection.scalar(select(func.count()).select_from(assignments))
    assert found == Report(number or 0, ())
    assert told == [(step, 5) for step in range(1, 6)]


def test_what_is_wrong_is_said(office: Engine, tmp_path: Path) -> None:
    break_it(office)
    with reading(office) as connection:
        problems = "\n".join(check(connection, tmp_path).problems)
    assert "the assignment differs from what its ledger adds up to" in problems
    assert "stands in the counters" in problems


@pytest.mark.parametrize("broken", [False, True])
def test_a_run_is_carried_out_and_its_outcome_kept(
    office: Engine, tmp_path: Path, broken: bool
) -> None:
    if broken:
        break_it(office)
    with writing(office) as connection:
        assert latest(connection) is None
        run = begin(connection, NOW, "user:1")
    carry_out(office, tmp_path, run, lambda: NOW + MINUTE)
    with reading(office) as connection:
        found = latest(connection)
        lines = audit.lines(connection)[:2]
    assert found is not None
    assert (found.run, found.state, found.step) == (run, "done", found.steps)
    assert (found.begun_at, found.begun_by, found.heard_at) == (NOW, "user:1", NOW + MINUTE)
    assert found.assignments
    assert bool(found.wrong) == bool(found.problems) == broken
    assert [(one.act, one.actor) for one in lines] == [
        ("ledger-checked", "user:1"),
        ("ledger-check-begun", "user:1"),
    ]
    assert lines[0].outcome == (audit.FAILED if broken else audit.DONE)


def test_only_one_run_at_a_time_but_a_dead_one_blocks_nobody(office: Engine) -> None:
    with writing(office) as connection:
        first = begin(connection, NOW, "user:1")
        assert advance(connection, first, 2, NOW + 5 * MINUTE)
    with pytest.raises(Conflict, match="under way since 09:00"), writing(office) as connection:
        begin(connection, NOW + 14 * MINUTE, "user:2")
    with writing(office) as connection:
        known = latest(connection)
        assert known is not None and known.step == 2
        assert not known.is_under_way(NOW + 15 * MINUTE)
        second = begin(connection, NOW + 15 * MINUTE, "user:2")
        # The first was only slow: its word no longer counts.
        assert not advance(connection, first, 3, NOW + 16 * MINUTE)
        assert not finish(connection, first, NOBODY, NOW + 16 * MINUTE)
        assert finish(connection, second, NOBODY, NOW + 17 * MINUTE)
        assert not finish(connection, second, NOBODY, NOW + 17 * MINUTE)
        begin(connection, NOW + 18 * MINUTE, "user:3")


def test_of_two_who_begin_at_once_one_is_refused(office: Engine) -> None:
    found = together(office, *[lambda connection: begin(connection, NOW, "user:1")] * 2)
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "str"]


def test_a_run_that_cannot_be_carried_out_says_why(
    office: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Report:
        raise OSError("the disk is gone\nand more")

    with writing(office) as connection:
        run = begin(connection, NOW, "user:1")
    monkeypatch.setattr(verifying, "check", broken)
    carry_out(office, tmp_path, run, lambda: NOW + MINUTE)
    with reading(office) as connection:
        found = latest(connection)
    assert found is not None
    assert (found.state, found.error) == ("failed", "OSError: the disk is gone")
    assert not found.is_under_way(at(DAY))
