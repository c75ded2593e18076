"""Answers put into a draft: the plan says so, exactly those questions are gone, no line else."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.checking import check
from plans.declaration import Part, Plan, Task
from plans.declared import DEPARTMENTS
from plans.drafting.answering import Answer, Answered, answer, open_questions, read_draft
from plans.drafting.asking import Choice, Effect, Open, Sort
from plans.drafting.drafted import draft
from plans.drafting.grid import Paper
from plans.drafts import unanswered
from plans.errors import InvalidCatalogue, InvalidInput
from plans.source import Read, Source
from tests.plans.drafting.lexicon import catalogue_departments
from tests.plans.drafting.test_nothing_lost import papers

BODIES = catalogue_departments()
HEAD = """\
# A draft.
id: kh9-2026
number: '9/KH-UBND'
title:
  vi: Kế hoạch thử
  en: Kế hoạch thử
issuer: UBND tỉnh
issued: 2026-01-15
coordinator: vp-ubnd-tinh  # who else
source: 'pl.xlsx'
groups:
  - id: kh9-2026-g1
    title: {vi: Nhóm một, en: Nhóm một}
    tasks:
      - id: kh9-2026-g1-1
        title:
          vi: Ban hành kế hoạch
          en: Ban hành kế hoạch
        clause: {document: '9/KH-UBND', group: I, position: '1'}
"""


def draft_of(*lines: str) -> str:
    """A draft of one task with these fields, and a comment behind them."""
    below = "".join(f"        {line}\n" for line in lines)
    return f"{HEAD}{below}        # the last word\n"


def question(name: str, said: str, why: str = "why", sure: float = 0.0) -> list[str]:
    shown = said.replace("'", "''")
    found = [f"  - field: {name}", f"    said: '{shown}'", "    at: S!C4", f"    why: '{why}'"]
    return [*found, f"    confidence: {sure}"] if sure else found


def asked(text: str) -> dict[str, Open]:
    """The open questions by field and words."""
    some = open_questions(read_draft(text).declared, BODIES)
    return {f"{one.field}: {one.asked.said}": one for one in some}


def put(text: str, **answers: Answer) -> Answered:
    """Answers by the fields that they are about, of which each is asked about once."""
    keys = {one.field: one.key for one in asked(text).values()}
    return answer(text, BODIES, {keys[name]: one for name, one in answers.items()})


def task_of(found: Answered) -> Task:
    [[_, task]] = found.plan.tasks()
    return task


SUPPORTED = draft_of(
    "lead: so-y-te",
    "# Sở Nội vụ; Viễn thông tỉnh",
    "# ? why",
    "supporting: [so-nv]",
    "due:",
    "  - {type: fixed, by: 2026-06-30}",
    "questions:",
    *question("supporting", "Viễn thông tỉnh"),
)


# --- properties -----------------------------------------------------------------------------------

VALUES = {
    Sort.BODIES: ["so-tp", "Sở Nội vụ; Thanh tra tỉnh", "UBND các xã, phường", "Sở Không Có"],
    Sort.BODY: ["so-tp", "Sở Nội vụ", "Sở X"],
    Sort.PROVINCE: ["Sóc Trăng", "Đâu đó"],
    Sort.DUE: ["Quý IV/2030", "Thường xuyên, báo cáo hằng tháng", "sớm"],
    Sort.DAY: ["02/01/2010", "hôm qua"],
    Sort.TEXT: ["Chữ: của # người", "57"],
    Sort.NONE: ["x"],
}


@st.composite
def answered(draw: st.DrawFn) -> tuple[str, dict[str, Answer]]:
    paper: Paper = draw(papers())
    try:
        text = draft(paper, BODIES).yaml
    except InvalidInput:
        return SUPPORTED, {}
    found = {}
    for one in open_questions(read_draft(text).declared, BODIES):
        match draw(st.sampled_from([None, *Choice])):
            case Choice.ACCEPT:
                found[one.key] = Answer(accept=True)
            case Choice.LEAVE_OUT:
                found[one.key] = Answer(leave_out=True)
            case Choice.WRITE:
                found[one.key] = Answer(value=draw(st.sampled_from(VALUES[one.sort])))
    return text, found


@settings(max_examples=30, deadline=None)
@given(answered())
def test_exactly_the_answered_questions_are_gone_and_the_plan_passes(
    drawn: tuple[str, dict[str, Answer]],
) -> None:
    text, answers = drawn
    before = [one.key for one in open_questions(read_draft(text).declared, BODIES)]
    found = answer(text, BODIES, answers)
    assert [one.key for one in found.left] == [
        key for key in before if key not in answers or key in found.errors
    ]
    assert found.settled == len(before) - len(found.left)
    read = read_draft(found.text)
    assert read.declared == found.plan
    bodies = Read(Source(DEPARTMENTS), BODIES)
    assert [one for one in check(bodies, [read], ()) if one.is_error] == []
    if not answers:
        assert found.text == text


@settings(max_examples=15, deadline=None)
@given(answered())
def test_what_is_accepted_changes_no_other_line(drawn: tuple[str, dict[str, Answer]]) -> None:
    text, answers = drawn
    accepted = {key: one for key, one in answers.items() if one.accept}
    found = answer(text, BODIES, accepted)
    lines = iter(text.splitlines())
    assert all(line in lines for line in found.text.splitlines()), "lines came or moved"
    some = open_questions(read_draft(text).declared, BODIES)
    gone = [one for one in some if one.key in accepted]
    said = " ".join(f"{one.asked.said} {one.asked.at} {one.asked.why}" for one in gone)
    kept = bare(found.text.splitlines())
    known = bare([said, "questions: - field: said: at: why: confidence:"])
    left = set(bare(text.splitlines())) - set(kept)
    fields = {one.field for one in gone} | {str(one.asked.confidence) for one in gone}
    assert left <= set(known) | set(bare(fields))


def bare(lines: Iterable[str]) -> list[str]:
    return re.findall(r"\w+", " ".join(lines))


# --- the text -------------------------------------------------------------------------------------


def test_nothing_answered_leaves_the_text_byte_for_byte() -> None:
    for text in (SUPPORTED, SUPPORTED.replace("\n", "\r\n"), SUPPORTED.rstrip("\n")):
        assert answer(text, BODIES, {}).text == text


def test_a_body_is_added_to_those_that_are_known() -> None:
    [one] = asked(SUPPORTED).values()
    assert (one.effect, one.meant) == (Effect.ADDS, ())
    found = put(SUPPORTED, supporting=Answer(value="Sở Tài chính"))
    assert found.left == ()
    expected = SUPPORTED.replace("[so-nv]", "[so-nv, so-tc]").replace("        # ? why\n", "")
    assert found.text == expected.partition("        questions:")[0] + "        # the last word\n"


def test_a_doubtful_body_is_replaced_and_the_others_stay() -> None:
    text = draft_of(
        "lead: so-y-te",
        "supporting: [so-nv, so-tc, so-tp]",
        "due: [{type: fixed, by: 2026-06-30}]",
        "questions:",
        *question("supporting", "Sở Tài chánh", sure=0.8),
        "  # mine",
        *question("title", "", sure=0.5),
    )
    one = asked(text)["supporting: Sở Tài chánh"]
    assert (one.effect, one.meant) == (Effect.REPLACES, ("so-tc",))
    found = put(text, supporting=Answer(value="so-ct; thanh-tra-tinh"))
    assert task_of(found).supporting == ("so-nv", "so-ct", "thanh-tra-tinh", "so-tp")
    assert "          # mine\n          - field: title" in found.text
    assert [one.field for one in found.left] == ["title"]


def test_what_is_left_out_stays_in_the_note() -> None:
    found = put(SUPPORTED, supporting=Answer(leave_out=True))
    assert task_of(found).note == "Phối hợp (ngoài danh sách): Viễn thông tỉnh"
    assert task_of(found).supporting == ("so-nv",)
    full = SUPPORTED.replace("        due:", f"        note: {'x' * 1990}\n        due:")
    refused = put(full, supporting=Answer(leave_out=True))
    assert list(refused.errors.values()) == [
        "the note is full: shorten it in the declaration first"
    ]
    assert refused.text == full


NOBODY = draft_of(
    "lead:", "# ? why", "due: []", "questions:", *question("lead", "Phòng X"),
    *question("due", "theo quy định"),
)  # fmt: skip


def test_a_lead_and_a_deadline_are_filled_in() -> None:
    found = put(NOBODY, lead=Answer(value="Sở YT"), due=Answer(value="Quý III/2026"))
    assert found.errors == {}
    assert "        lead: so-y-te\n        due:\n          - {type: within, quar" in found.text
    assert list(unanswered(Read(Source("x"), found.plan))) == []
    assert "# the last word" in found.text


def test_further_leads_get_parts_and_classes_fan_out() -> None:
    found = put(NOBODY, lead=Answer(value="UBND các xã, phường; Sở Y tế, so-nv"))
    task = task_of(found)
    assert (task.lead, task.fan_out) == ("so-y-te", ("ubnd-xa",))
    assert task.parts == (Part(id="kh9-2026-g1-1-so-nv", title=task.title, lead="so-nv"),)
    text = found.text.replace(
        "        questions:\n", "        questions:\n" + "\n".join(
            f"        {line}" for line in question("lead", "Sở Y tế, Sở Nội vụ", sure=0.7)
        ) + "\n", 1
    )  # fmt: skip
    again = put(text, lead=Answer(value="Sở Nội vụ; Thanh tra tỉnh"))
    task = task_of(again)
    assert (task.lead, task.fan_out) == ("so-nv", ("ubnd-xa",))
    assert [part.lead for part in task.parts] == ["thanh-tra-tinh"]


def test_of_several_in_a_cell_the_others_support_once_one_is_said_to_lead() -> None:
    why = "which of them leads is not said: the first was taken, the others support"
    text = draft_of(
        "lead: so-nv",
        "supporting: [so-tc, so-y-te]",
        "due: [{type: fixed, by: 2026-06-30}]",
        "questions:",
        *question("lead", "Sở Nội vụ, Sở Tài chính, Sở Y tế", why, 0.6),
    )
    task = task_of(put(text, lead=Answer(value="Sở Y tế")))
    assert (task.lead, task.supporting) == ("so-y-te", ("so-tc", "so-nv"))


HEADLESS = (
    HEAD.replace("number: '9/KH-UBND'", "number:")
    .replace("'9/KH-UBND', group", "Kế hoạch thử, group")
    .replace("issued: 2026-01-15", "issued: 2000-01-01")
    .replace(
        "groups:\n",
        "assumed: [issued, coordinator]\nquestions:\n"
        "- {field: number, why: the paper does not say it}\n"
        "- field: issued\n  why: the paper does not say it\n"
        "groups:\n",
    )
    + "        lead: so-y-te\n        due: []\n        questions: \n"
    + "        - field: due\n          said: 30/6\n          why: 'no year'"
)


def test_the_head_is_answered_and_the_tasks_cite_it() -> None:
    found = put(
        HEADLESS,
        number=Answer(value=" 12/KH-UBND "),
        issued=Answer(value="ngày 02/3/2026"),
        due=Answer(value="30/6/2026"),
    )
    assert (found.errors, found.left) == ({}, ())
    assert found.plan.issued.isoformat() == "2026-03-02"
    assert task_of(found).clause.document == found.plan.number == "12/KH-UBND"
    assert task_of(found).due[0].model_dump(mode="json", exclude_none=True) == {
        "type": "fixed", "by": "2026-06-30"}  # fmt: skip
    assert found.plan.assumed == ("coordinator",)
    assert found.text.splitlines()[:3] == ["# A draft.", "id: kh9-2026", "number: '12/KH-UBND'"]
    assert "coordinator: vp-ubnd-tinh  # who else" in found.text


def test_a_document_may_bear_no_number_but_no_stand_in_is_confirmed() -> None:
    found = put(HEADLESS, number=Answer(accept=True), issued=Answer(accept=True))
    assert found.plan.number is None
    assert [one.field for one in found.left] == ["issued", "due"]
    assert list(found.errors.values()) == [
        "this question cannot be answered so: write what is right"
    ]


def test_a_province_is_named() -> None:
    asked_of = "questions:\n  - field: province\n    why: of which\ngroups:"
    text = SUPPORTED.replace("groups:", asked_of)
    assert [one.blocks for one in asked(text).values()] == [True, False]
    found = put(text, province=Answer(value="tỉnh Sóc Trăng"))
    assert (found.plan.province, found.errors) == ("soc-trang", {})
    assert "vp-ubnd-tinh  # who else\nprovince: soc-trang\n" in found.text
    refused = put(text, province=Answer(value="Đâu đó"))
    assert "no province is called 'Đâu đó'" in next(iter(refused.errors.values()))


def test_one_answer_holds_for_all_that_ask_the_same() -> None:
    other = HEAD.partition("      - id:")[2].replace("kh9-2026-g1-1", "kh9-2026-g1-2")
    other = f"      - id:{other}" + NOBODY.removeprefix(HEAD)
    text = NOBODY + other
    first, second = [one for one in open_questions(read_draft(text).declared, BODIES)
                     if one.field == "due"]  # fmt: skip
    assert first.likeness == second.likeness
    found = answer(text, BODIES, {second.key: Answer(value="Năm 2026", alike=True)})
    assert [task.due[0].type for _, task in found.plan.tasks()] == ["within", "within"]
    assert found.settled == 2


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("lead", "Phòng Không Có", "no body is called 'Phòng Không Có'; write names"),
        ("lead", "Sở Tài chánh", "'Sở Tài chánh' may mean Sở Tài chính (so-tc)"),
        ("lead", "các sở, ngành liên quan", "only those concerned are meant"),
        ("due", "sớm", "this says no deadline for sure: no date could be read; write it such as"),
        ("due", "30/6/2026 hoặc khi có hướng dẫn", "this says no deadline for sure"),
        ("due", "Thường xuyên", "how often the ongoing task is reported is not said"),
        ("due", "10/01/2026", "lies before the plan's issue"),
        ("due", "15/01/2026", "it lies on or before the document's own date"),
    ],
)
def test_an_answer_is_sure_or_refused(name: str, value: str, said: str) -> None:
    found = put(NOBODY, **{name: Answer(value=value)})
    [error] = found.errors.values()
    assert said in error
    assert found.text == NOBODY


def test_two_answers_do_not_contradict_each_other() -> None:
    text = draft_of(
        "lead: so-y-te",
        "due: [{type: fixed, by: 2026-06-30}]",
        "questions:",
        *question("due", "30/6", sure=0.8),
        *question("due", "theo quy định"),
    )
    one, other = asked(text).values()
    both = {one.key: Answer(value="30/7/2026"), other.key: Answer(value="30/8/2026")}
    found = answer(text, BODIES, both)
    assert list(found.errors) == [other.key]
    again = answer(text, BODIES, both | {other.key: Answer(leave_out=True)})
    assert again.left == ()
    assert task_of(again).note == "Thời hạn (theo văn bản): theo quy định"
    chosen = answer(text, BODIES, {one.key: Answer(accept=True, value="x"), "no.such": Answer()})
    assert chosen.errors == {
        one.key: "choose one of them: accept it, leave it out, or write what is right",
        "no.such": "there is no such question here, or it is settled already",
    }


def test_whoever_leads_does_not_support() -> None:
    found = put(SUPPORTED, supporting=Answer(value="Sở Y tế"))
    assert "leads the task already" in next(iter(found.errors.values()))


def test_what_does_not_stand_in_lines_is_refused() -> None:
    text = draft_of(
        "lead:", "due: [{type: ongoing, report_every: month}]",
        "questions: [{field: lead, why: a}, {field: title, why: b}]",
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="line 22 stands in brackets"):
        put(text, lead=Answer(value="so-y-te"))
    with pytest.raises(InvalidCatalogue):
        answer("id: x", BODIES, {})
    plan: Plan = read_draft(SUPPORTED).declared
    assert plan.questions == ()
