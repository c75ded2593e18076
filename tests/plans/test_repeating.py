"""Who repeats a figure says nothing new: what a person corrected since stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from plans import doubted, measuring
from plans.figure_rows import FigureRow, Giver, take
from plans.figures import read_measurement
from plans.period_words import read_period
from plans.repeating import alike, becomes, speaker_of
from plans.store import reading, writing
from plans.store.schema import measurements
from plans.store.schema_paper import said_figures
from tests.builders import build_plan, build_target
from tests.offices import DAY, NOW, furnish


@dataclass(frozen=True)
class Word:
    value: float
    part: int | None = None
    whole: int | None = None


# --- the rule ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "before", "last", "found"),
    [
        (95, None, None, "new"),
        (95, 95, None, "same"),
        (95, 92, None, "correction"),  # its first word, over a person's
        (95, 92, 95, "kept"),  # it repeats what a person has corrected
        (96, 92, 95, "correction"),
        (92, 92, 95, "same"),  # it has come round to the correction
        (95, 95, 96, "same"),
    ],
)
def test_only_a_changed_word_is_a_new_figure(
    now: float, before: float | None, last: float | None, found: str
) -> None:
    words = [None if one is None else Word(one) for one in (before, last)]
    assert becomes(Word(now), before=words[0], last=words[1]) == found


def test_a_share_of_other_parts_is_another_word() -> None:
    assert not alike(Word(50, 1, 2), Word(50, 2, 4))
    assert alike(Word(0.1 + 0.2), Word(0.3))
    assert speaker_of(None, " 12/BC-SYT ") == speaker_of(None, "12/bc-syt")
    assert speaker_of(None, "12/BC-SYT") != speaker_of(None, "13/BC-SYT")
    assert speaker_of("dan-cu", "12/BC") == "register:dan-cu"
    assert len(speaker_of(None, "x" * 300)) <= 120


ACTS = st.lists(
    st.tuples(st.sampled_from(("register", "person")), st.sampled_from((90.0, 92.0, 95.0))),
    max_size=12,
)


@given(ACTS)
@settings(max_examples=30, deadline=None)
def test_whatever_comes_a_repeated_word_never_changes_what_counts(
    acts: list[tuple[str, float]],
) -> None:
    counts: Word | None = None
    last: Word | None = None
    for who, value in acts:
        word = Word(value)
        if who == "person":
            counts = word
            continue
        found = becomes(word, before=counts, last=last)
        if last == word:
            assert found in ("same", "kept")
        elif counts != word:
            assert found in ("new", "correction")
        counts = word if found in ("new", "correction") else counts
        last = word


# --- on the record -----------------------------------------------------------------------------


@pytest.fixture
def office(engine: Engine) -> Engine:
    furnish(engine, plan=build_plan(targets=(build_target("ty-le"), build_target("khac"))))
    return engine


def given_by(engine: Engine, value: float, *, register: str | None = None, **fields: Any) -> str:
    """A register's or a file's figure; what becomes of it."""
    told: dict[str, Any] = {"target": "ty-le", "period": "2025-Q1", "value": value}
    row = FigureRow("row 2", **(told | fields))
    actor = f"register:{register}" if register else "user:7"
    giver = Giver(actor, NOW, DAY, source="12/BC-SYT", register=register)
    with writing(engine) as connection:
        return take(connection, [row], giver)[0].state


def corrected(engine: Engine, value: float) -> None:
    """A person's figure."""
    with writing(engine) as connection:
        one = measuring.find(connection, "ty-le", DAY)
        figure = read_measurement(period="2025-Q1", value=value, source="7/BC")
        measuring.measure(connection, one, figure, actor="user:7", now=NOW, day=DAY)


def values(engine: Engine) -> list[float]:
    with reading(engine) as connection:
        return list(connection.scalars(select(measurements.c.value).order_by(measurements.c.id)))


def doubts(engine: Engine) -> list[tuple[float, str]]:
    with reading(engine) as connection:
        found = doubted.doubtful(connection, None, DAY)
    return [(one["value"], one["doubts"][0]["text"]) for one in found]


def test_a_register_that_repeats_itself_leaves_a_correction_alone(office: Engine) -> None:
    corrected(office, 95)
    # It said the same as a person, so it gave no figure of its own; its word is kept all the same.
    assert given_by(office, 95, register="dan-cu") == "same"
    corrected(office, 92)
    assert [given_by(office, 95, register="dan-cu") for _ in range(3)] == ["kept"] * 3
    assert values(office) == [95, 92] and doubts(office) == []
    assert given_by(office, 96, register="dan-cu") == "correction"
    assert doubts(office) == [(96, "it differs from 92, which a person gave for this period")]
    assert given_by(office, 96, register="dan-cu") == "same"
    corrected(office, 92)
    assert given_by(office, 96, register="dan-cu") == "kept"
    assert doubts(office) == [] and values(office)[-1] == 92
    assert given_by(office, 92, register="dan-cu") == "same"
    assert given_by(office, 96, register="dan-cu") == "correction"


def test_its_first_word_comes_over_a_persons_figure_and_says_so(office: Engine) -> None:
    corrected(office, 92)
    assert given_by(office, 95, register="dan-cu") == "correction"
    assert [value for value, _ in doubts(office)] == [95]
    assert given_by(office, 97, register="dan-cu") == "correction"  # over its own figure: no doubt
    assert doubts(office) == []


def test_registers_do_not_take_back_each_others_figures(office: Engine) -> None:
    assert given_by(office, 95, register="mot") == "new"
    assert given_by(office, 96, register="hai") == "correction"
    assert given_by(office, 95, register="mot") == "kept"
    assert given_by(office, 96, register="hai") == "same"
    assert values(office) == [95, 96]


def test_a_file_sent_twice_takes_back_no_correction(office: Engine) -> None:
    assert given_by(office, 95) == "new"
    corrected(office, 92)
    assert given_by(office, 95) == "kept"
    assert given_by(office, 95, source="13/BC-SYT") == "correction"  # another document says so
    assert given_by(office, 94) == "correction"  # the first was mended
    assert values(office) == [95, 92, 95, 94]
    # A file in which a person gives a figure contradicts nobody.
    assert doubts(office) == []


def test_a_file_that_only_confirmed_a_figure_takes_back_no_correction_either(
    office: Engine,
) -> None:
    corrected(office, 95)
    assert given_by(office, 95) == "same"
    corrected(office, 92)
    assert given_by(office, 95) == "kept"
    assert values(office) == [95, 92]


def test_two_figures_of_one_answer_do_not_take_turns(office: Engine) -> None:
    rows = [
        FigureRow(f"item {n}", target="ty-le", period="2025-Q1", value=value)
        for n, value in enumerate((95.0, 97.0, 95.0), 1)
    ]
    giver = Giver("register:x", NOW, DAY, source="x", register="x")
    states = []
    for _ in range(3):
        with writing(office) as connection:
            states.append([one.state for one in take(connection, rows, giver)])
    assert states == [["new", "refused", "same"], *[["same", "refused", "same"]] * 2]
    assert values(office) == [95]


def test_a_look_keeps_no_word_nor_does_what_is_refused(office: Engine) -> None:
    with writing(office) as connection:
        rows = [FigureRow("row 2", target="ty-le", period="2025-Q1", value=95.0)]
        giver = Giver("register:x", NOW, DAY, source="x", register="x")
        take(connection, rows, giver, dry_run=True)
    assert given_by(office, 95, register="x", period="2031-Q1") == "refused"
    with reading(office) as connection:
        assert list(connection.execute(select(said_figures))) == []


# --- periods as other systems write them -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("T1/2025", "2025-01"),
        ("6T/2025", "2025-H1"),
        ("9T2025", "2025-9M"),
        ("2025/01", "2025-01"),
        ("2025M01", "2025-01"),
        ("202501", "2025-01"),
        ("2025 Q1", "2025-Q1"),
        ("2025S2", "2025-H2"),
        ("nửa cuối năm 2025", "2025-H2"),
    ],
)
def test_a_period_is_known_however_it_is_written(text: str, key: str) -> None:
    assert read_period(text).key == key
