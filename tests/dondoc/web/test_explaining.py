"""Errors in the visitor's words: what use cases say in forms is known, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from markupsafe import escape
from pydantic import BaseModel, Field, ValidationError

import plans
from dondoc.web.error_sentences import KINDS, SENTENCES, WORDS
from dondoc.web.explaining import Untranslated, explain, known, say
from dondoc.web.words import page_words
from plans.deliverables import NAMES
from plans.errors import Conflict, InvalidInput, PersonalData, Stale
from plans.governing import Document
from plans.privacy import require_confirmed_texts
from plans.reporting import Evidence, Report
from plans.terms import EvidenceKind

VI, EN = page_words("vi"), page_words("en")
ROOM = Path(plans.__file__).parent
FORMS = (
    "acting",
    "calendar_feeds",
    "channels",
    "contacting",
    "deliverables",
    "extensions",
    "figures",
    "files",
    "filing",
    "governing",
    "holding",
    "opening",
    "overriding",
    "privacy",
    "reporting",
    "resending",
    "reviewing",
    "rules",
    "sniffing",
    "submitting",
    "verifying",
    "versions",
    "identity/devices",
    "identity/passwords",
    "identity/people",
    "identity/signing_in",
    "identity/tokens",
    "identity/totp",
)
"""The modules whose errors a person can meet in a form."""
RAISED = {"InvalidInput", "Conflict", "Stale", "PersonalData", "TooLarge", "WrongType", "Denied"}
RAISERS = {"_require", "_refuse", "_wrong", "_weak", "_refused", "_bad_name", "ValueError"}
SAMPLES = {
    "state.due": "2025-03-31",
    "what": "update",
    "most // (1024 * 1024)": "20",
    "day": "2025-03-31",
    "row.since": "2025-03-31",
    "row.until": "2025-03-31",
    "until": "2025-03-31",
    "before.since": "2025-03-31",
    "document.date": "2025-03-31",
    "period.start": "2025-03-31",
    "issued": "2025-03-31",
    "_FIRST": "1945-09-02",
    "since": "10:30",
    "_END.year - 1": "2199",
    "notice": "17",
    "instead": "name a body that exists on 2025-05-01",
    "_REFUSALS[Delivery(row.state)]": "was sent already; a message goes out once",
    "said": "a working day",
    "NAMES[needed]": NAMES[EvidenceKind.REPORT],
    "given.part": "9",
    "given.whole": "7",
    "first": "2023",
    "SHORTEST": "12",
    "LONGEST": "128",
    "MOST": "50",
    "LONGEST.days": "366",
    "LONGEST_NAME": "200",
    "longest": "2000",
    "MOST_ENTRIES": "5000",
    "email": "a@x.vn",
    "wanted.email": "a@x.vn",
    "row.email": "a@x.vn",
}
UNMET = {
    # Of the record itself: no form leads there.
    "an assignment begins with 'assigned', not 'x'",
    "the assignment was assigned already",
    "a lead needs a department",
    "not a SHA-256 in hex",
    # Whole sentences whose pieces are known by themselves.
    *("x: x", "the x: x", "document: x", "until: x"),
}


def messages() -> Iterator[tuple[str, str]]:
    """Every message that those modules raise, its values filled in with likely ones."""
    for name in FORMS:
        tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in RAISED | RAISERS:
                for one in node.args:
                    if isinstance(one, ast.Constant | ast.JoinedStr | ast.BinOp):
                        yield name, _said(one)
            elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "message":
                yield name, _said(node.value)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _said(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _said(one)
            if isinstance(one, ast.Constant)
            else SAMPLES.get(ast.unparse(one.value), "x")
            if isinstance(one, ast.FormattedValue)
            else "x"
            for one in node.values
        )
    return "x"


def test_what_use_cases_raise_in_forms_is_known() -> None:
    found = {(name, said) for name, said in messages() if " " in said}
    # What sniffing refuses is said in two ways: alone, and with what is taken.
    found = {(name, said.removesuffix("; taken are x")) for name, said in found}
    unknown = {(n, s) for n, s in found if " " in s and s not in UNMET and not known(VI, s)}
    assert not unknown
    assert {said for _, said in found} >= UNMET
    assert len(found) > 60


@pytest.mark.parametrize("words", [VI, EN], ids=["vi", "en"])
def test_every_sentence_can_be_filled_in(words: object) -> None:
    for pattern, said in SENTENCES:
        names = {name.rstrip("0123456789") for name in re.compile(pattern).groupindex}
        assert set(re.findall(r"%\((\w+)\)s", said)) <= names, pattern
        assert said in VI.catalogue, said
    assert KINDS.keys() == set(EvidenceKind) == NAMES.keys()
    assert all(text in VI.catalogue for text in (*KINDS.values(), *WORDS.values()))


def test_shapes_are_told_by_field() -> None:
    with pytest.raises(ValidationError) as caught:
        Report.model_validate(
            {"percent": 101, "evidence": [{"url": "x"}, {"number": "1", "date": "2025-13-01"}]}
        )
    found = explain(VI, caught.value)
    assert found.keys() == {"percent", "evidence.0.url", "evidence.1.date"}
    assert found["percent"] == "Nhiều nhất 100."
    assert not any(isinstance(text, Untranslated) for text in found.values())


class Shape(BaseModel):
    a: int = Field(ge=1, le=9)
    b: str = Field(min_length=2, max_length=3)
    c: date
    d: bool
    e: EvidenceKind
    f: list[int] = Field(min_length=1, max_length=1)
    g: float = Field(gt=0, lt=2)


@pytest.mark.parametrize(
    "given",
    [
        {},
        dict.fromkeys("abcdefg", "nothing of the kind"),
        {"a": 0, "b": "", "c": "2025-02-30", "d": 7, "e": "x", "f": [], "g": 0},
        {"a": 10, "b": "xxxx", "c": "31.12", "d": [], "e": 1, "f": [1, 2], "g": 2},
        {"a": "50,5", "b": "xx", "c": "", "d": "x", "e": "", "f": ["50,5"], "g": "50,5"},
        {"a": None, "b": None, "c": None, "d": None, "e": None, "f": None, "g": float("nan")},
    ],
)
def test_what_shapes_say_is_known(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate(given)
    found = explain(VI, caught.value)
    assert [one for one in found.values() if isinstance(one, Untranslated)] == []


def test_documents_and_evidence_are_told() -> None:
    for model, given, said in (
        (Document, {"number": "0912345678"}, "giống số của cá nhân"),
        (Document, {"number": " "}, "Đề nghị điền mục này."),
        (Document, {"number": "1/QĐ", "date": "1900-01-01"}, "Ngày không hợp lệ"),
        (Evidence, {}, "Đề nghị nêu văn bản"),
        (Evidence, {"number": "a\x07"}, "ký tự ẩn"),
    ):
        with pytest.raises(ValidationError) as caught:
            model.model_validate(given)
        [text] = explain(VI, caught.value).values()
        assert said in text


def test_days_and_pieces_are_filled_in() -> None:
    late = "an extension is to a day after 2025-03-31, within ten years of it"
    assert say(VI, late) == "Thời hạn mới phải sau ngày 31/03/2025 và không quá mười năm."
    assert say(EN, late) == "The later date is a day after 31/03/2025, within ten years of it."
    cancelled = "cannot submit: the assignment is cancelled"
    assert say(VI, cancelled).startswith("Không thể trình báo cáo: nhiệm vụ đã dừng")
    assert "so-y-te" in say(EN, "so-y-te leads it already")


def test_numbers_that_may_be_a_persons_are_named_and_masked() -> None:
    text = "Ông An 0912 345 678, số định danh 001085012345; 0987654321; 0911222333"
    with pytest.raises(PersonalData) as caught:
        require_confirmed_texts({"result": text}, confirmed=False)
    said = explain(VI, caught.value)["result"]
    assert "số điện thoại 0912•••678" in said and "số định danh 0010•••345" in said
    assert "và 1 số khác" in said and "345 678" not in said
    assert "the telephone number 0912•••678" in explain(EN, caught.value)["result"]


def test_whole_errors_and_prefixes() -> None:
    assert explain(VI, Stale("it has changed since you read it; read it again and decide anew"))[
        ""
    ].startswith("Nội dung đã thay đổi")
    assert explain(EN, Conflict("it is cancelled already")) == {"": "It is cancelled already."}
    error = InvalidInput("the note: at most 2000 signs", fields={"note": "at most 2000 signs"})
    assert explain(VI, error) == {"note": "Quá dài: tối đa 2000 ký tự."}
    assert say(VI, "the note: at most 2000 signs") == "Quá dài: tối đa 2000 ký tự."


def test_an_unknown_one_is_shown_in_english_and_says_so() -> None:
    text = say(VI, "the moon is <too> full")
    assert isinstance(text, Untranslated) and text == "the moon is <too> full"
    assert str(escape(text)) == '<span lang="en">the moon is &lt;too&gt; full</span>'
    assert type(say(EN, "the moon is full")) is str
    assert known(VI, "the moon is full") is None
