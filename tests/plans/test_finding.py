"""Finding by words: accents, case and spelling aside; what is marked where."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from plans.declaration import BasisDocument, Fixed, SolutionGroup, Title
from plans.declared import Catalogue
from plans.finding import MOST_WORDS, Found, beginning, department_named, find, pieces, words_of
from plans.loading import load_catalogue
from plans.searching import plain
from plans.store import reading, writing
from tests.builders import (
    build_department,
    build_departments,
    build_plan,
    build_target,
    build_task,
    build_title,
)
from tests.offices import NOW, furnish

ON = date(2025, 4, 16)
EARLY = date(2025, 2, 1)


def marks(text: str, question: str) -> list[str]:
    return [part for part, hit in pieces(text, words_of(question)) if hit]


@pytest.mark.parametrize("question", ["tre em", "TRE EM", "Trẻ em", "trẻ  EM tre", "em TRẺ"])
def test_words_are_marked_however_they_are_typed(question: str) -> None:
    assert marks("Bảo vệ Trẻ em; TRẺ EM", question) == ["Trẻ", "em", "TRẺ", "EM"]
    decomposed = unicodedata.normalize("NFD", question)
    assert words_of(decomposed) == words_of(question)


def test_what_stands_alone_leaves_longer_words_alone() -> None:
    assert marks("nhiệm vụ của em", "em") == ["em"]
    assert marks("Đường đi", "duong") == ["Đường"]
    assert marks("Tiếng", "tien") == ["Tiến"]
    assert marks("aaa", "aa") == ["aa"]
    assert marks("Số 61-CTr/TU", "61-ctr/tu") == ["61-CTr/TU"]
    assert marks("a.b*c", ".b*") == [".b*"]
    assert marks("chữ", "") == marks("chữ", "xyz") == marks("", "a") == []


def test_nothing_is_marked_within_a_word() -> None:
    assert marks("nhiệm vụ", "em") == []
    assert marks("Sở Thông tin và Tuyên truyền", "so y te") == ["Sở"]
    assert marks("Sở Y tế, tuyên truyền", "so y te") == ["Sở", "Y", "tế"]


def test_a_letter_keeps_its_accents() -> None:
    text = unicodedata.normalize("NFD", "trẻ em")
    assert marks(text, "tre") == [unicodedata.normalize("NFD", "trẻ")]


@given(st.text(max_size=40), st.text(max_size=6))
def test_pieces_are_the_text(text: str, question: str) -> None:
    found = pieces(text, words_of(question))
    assert "".join(part for part, _ in found) == text
    assert all(part for part, _ in found)
    assert "".join(map(plain, text)) == plain(text)
    begun = [beginning(word).search(plain(text)) for word in words_of(question)]
    assert any(hit for _, hit in found) == any(begun)


def test_a_question_has_its_bounds() -> None:
    assert len(words_of(" ".join(map(str, range(1000))))) == MOST_WORDS
    assert words_of("  \t ") == ()


@pytest.fixture
def record(engine: Engine) -> Engine:
    plan = build_plan(
        targets=(build_target("tiem", title=Title(vi="Tỷ lệ tiêm chủng", en="Vaccination")),),
        basis=(BasisDocument(title="Luật Trẻ em", number="102/2016/QH13"),),
    )
    bodies = (
        build_department(
            "yt", name=Title(vi="Sở Y tế (mô phỏng)", en="Health (simulated)"), abbr="SYT"
        ),
        build_department("yt-2", name=Title(vi="Phòng Y tế xã", en="Ward health"), abbr="PYT"),
    )
    furnish(engine, departments=build_departments(*bodies), plan=plan)
    return engine


def ask(engine: Engine, question: str, few: int = 50) -> Found:
    with reading(engine) as connection:
        return find(connection, question, ON, None, few)


def keys(found: Found, kind: str) -> list[str]:
    return [one.key for one in found.named if one.kind == kind]


def test_everything_that_has_a_name_is_found(record: Engine) -> None:
    assert keys(ask(record, "ke hoach MAU"), "plan") == ["mau"]
    assert keys(ask(record, "01/kh"), "plan") == ["mau"]
    assert keys(ask(record, "nhom 2"), "group") == ["nhom-2"]
    assert keys(ask(record, "tiem chung"), "target") == ["tiem"]
    assert keys(ask(record, "vaccination"), "target") == ["tiem"]
    assert keys(ask(record, "102/2016/QH13"), "document") == ["mau"]
    assert keys(ask(record, "luat tre"), "document") == ["mau"]
    assert keys(ask(record, "y te"), "department") == ["yt", "yt-2", "so-y-te"]
    assert keys(ask(record, "syt"), "department") == ["yt"]
    assert not ask(record, "   ").named
    assert not ask(record, "khong co gi nhu the").named
    assert not ask(record, "%").named
    # Where a word begins, not within one: "iem" stands in "tiêm", "ard" in "Ward".
    assert keys(ask(record, "tie chu"), "target") == ["tiem"]
    assert not ask(record, "iem").named and not ask(record, "ard").named


def test_assignments_come_open_ones_first(record: Engine) -> None:
    rows = ask(record, "nhiem vu").assignments
    assert rows and {row.plan for row in rows} == {"mau"}
    waits = [row.review != "submitted" and row.lead_status != "undecided" for row in rows]
    assert waits == sorted(waits, reverse=True) and not all(waits)
    assert len({row.id for row in rows}) == len(rows)
    assert len(ask(record, "nhiem vu", few=2).assignments) == 3
    exact = ask(record, "mau/mot/so-y-te").assignments
    assert [row.ref for row in exact] == ["mau/mot/so-y-te"]


def test_words_that_begin_come_before_words_within(engine: Engine) -> None:
    tasks = [
        build_task(
            "truoc",
            lead="so-tai-chinh",
            title=build_title("Tuyên truyền ở sở"),
            due=(Fixed(type="fixed", by=EARLY),),
        ),
        build_task("sau", title=build_title("Sở y tế báo cáo")),
    ]
    group = SolutionGroup(id="nhom-1", title=build_title("Nhóm"), tasks=tuple(tasks))
    furnish(engine, plan=build_plan(groups=(group,)))
    refs = [row.ref for row in ask(engine, "so y te bao").assignments]
    assert refs == ["mau/sau/so-y-te"]
    titles = [row.title_vi for row in ask(engine, "so y").assignments]
    assert titles == ["Sở y tế báo cáo", "Tuyên truyền ở sở"]


def test_what_may_not_be_seen_is_not_found(record: Engine) -> None:
    with reading(record) as connection:
        for question in ("nhiem vu", "mau/mot/so-y-te"):
            assert not find(connection, question, ON, [], 5).assignments


def test_a_new_version_is_found_at_once(record: Engine) -> None:
    assert not keys(ask(record, "moi tinh"), "target")
    plan = build_plan(targets=(build_target("tiem", title=Title(vi="Mới tinh", en="New")),))
    with writing(record) as connection:
        catalogue = Catalogue(departments=build_departments(), plans=(plan,), calendar=())
        load_catalogue(connection, catalogue, NOW)
    assert keys(ask(record, "moi tinh"), "target") == ["tiem"]
    assert not keys(ask(record, "tiem chung"), "target")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("yt", "yt"),
        ("SYT", "yt"),
        ("sở y tế", "yt"),
        ("Health", "yt"),
        ("so-y-te", "so-y-te"),
        ("y tế", None),
        ("", None),
        ("x" * 300, None),
    ],
)
def test_a_department_is_named_in_full(record: Engine, said: str, code: str | None) -> None:
    with reading(record) as connection:
        assert department_named(connection, said) == code
