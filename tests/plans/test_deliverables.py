"""What proves a task: the kind that a deliverable names, found in kind, number or title."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from plans.declaration import Part
from plans.deliverables import (
    NAMES,
    kind_of_deliverable,
    kind_of_number,
    needed_by,
    proves,
    require_evidence,
)
from plans.errors import InvalidInput
from plans.reporting import Evidence, Report
from plans.terms import EvidenceKind
from tests.builders import build_task, build_title

K = EvidenceKind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Kế hoạch, báo cáo giám sát", K.PLAN),
        ("Báo cáo", K.REPORT),
        ("BÁO CÁO QUÝ", K.REPORT),
        ("bao cao quy I", K.REPORT),
        ("Đề án/quyết định kiện toàn bộ máy", K.PROJECT),
        ("Tờ trình, quyết định khen thưởng", K.SUBMISSION),
        ("Quyết định phân cấp, quy chế phối hợp", K.DECISION),
        ("Quy chế phối hợp liên ngành; số đoàn", K.REGULATION),
        ("Văn bản chỉ đạo", K.LETTER),
        ("Công văn", K.LETTER),
        ("Biên bản họp", K.MINUTES),
        ("Chương trình hành động", K.PROGRAMME),
        ("Nghị quyết", K.RESOLUTION),
        ("Chỉ thị", K.DIRECTIVE),
        ("- Các kế hoạch của sở", K.PLAN),
        ("1. Dự thảo nghị quyết", K.RESOLUTION),
        ("Số lớp, lượt người tập huấn", K.OTHER),
        ("Kết quả và báo cáo", K.OTHER),
        ("Báo cáoviên", K.OTHER),
        ("", K.OTHER),
    ],
)
def test_a_deliverable_names_its_kind_first(text: str, kind: EvidenceKind) -> None:
    assert kind_of_deliverable(text) is kind


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("123/BC-SYT", K.REPORT),
        ("Số 123/BC-SYT", K.REPORT),
        ("61-CTr/TU", K.PROGRAMME),
        ("377/KH-UBND", K.PLAN),
        ("45/2024/QĐ-UBND", K.DECISION),
        ("45/2024/qđ-ubnd", K.DECISION),
        ("12/NQ-HĐND", K.RESOLUTION),
        ("5/CT-TTg", K.DIRECTIVE),
        ("9/TTr-SYT", K.SUBMISSION),
        ("7/BB-SYT", K.MINUTES),
        ("3/ĐA-UBND", K.PROJECT),
        ("8/QC-SYT", K.REGULATION),
        ("5-CV/TU", K.LETTER),
        ("456/SYT-NVY", K.LETTER),
        ("456", K.LETTER),
        ("36-HD/VPTW", K.OTHER),
        ("không số", K.OTHER),
    ],
)
def test_a_number_names_its_kind(number: str, kind: EvidenceKind) -> None:
    assert kind_of_number(number) is kind


def evidence(**given: Any) -> Evidence:
    return Evidence(**given)


@pytest.mark.parametrize(
    ("needed", "given", "enough"),
    [
        (K.PLAN, {"number": "1/KH-SYT"}, True),
        (K.PLAN, {"number": "1/BC-SYT"}, False),
        (K.PLAN, {"title": "Kế hoạch năm"}, True),
        (K.PLAN, {"url": "https://x.vn/a", "kind": "plan"}, True),
        (K.PLAN, {"url": "https://x.vn/ke-hoach"}, False),
        (K.PLAN, {"file": "0" * 32}, False),
        (K.PLAN, {"file": "0" * 32, "title": "Kế hoạch"}, True),
        (K.LETTER, {"number": "1/SYT-NV"}, True),
        (K.LETTER, {"number": "1/CT-UBND"}, True),
        (K.LETTER, {"number": "1/HD-SYT"}, True),
        (K.LETTER, {"number": "1/BC-SYT"}, False),
        (K.LETTER, {"number": "không số"}, False),
        (K.REPORT, {"number": "BC"}, False),
        (K.OTHER, {"title": "Ảnh"}, False),
        (K.OTHER, {"number": "1/BC-SYT"}, True),
        (K.OTHER, {"url": "https://x.vn"}, True),
        (K.OTHER, {"file": "a" * 32}, True),
    ],
)
def test_evidence_is_of_a_kind_or_not(
    needed: EvidenceKind, given: dict[str, Any], enough: bool
) -> None:
    assert proves(needed, evidence(**given)) is enough


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"date": "2026-02-05"},
        {"kind": "plan"},
        {"file": "x" * 32, "title": "Tệp"},
        {"file": "../../../../../../etc/passwd0000"},
        {"kind": "novel", "title": "x"},
    ],
)
def test_evidence_that_names_no_document_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Evidence(**given)


def test_what_was_assumed_binds_nobody() -> None:
    assert needed_by(build_task("a", deliverable="Kế hoạch năm")) is K.PLAN
    assert needed_by(build_task("a")) is None
    assumed = build_task("a", deliverable="Kế hoạch năm", assumed=("deliverable",))
    assert needed_by(assumed) is None
    part = Part(id="b", title=build_title("b"), deliverable="Quyết định")
    assert needed_by(part) is K.DECISION


@pytest.mark.parametrize("needed", list(K))
def test_a_submission_without_it_is_told_what_is_missing(needed: EvidenceKind) -> None:
    with pytest.raises(InvalidInput) as caught:
        require_evidence(needed, Report(percent=100, submit=True))
    assert NAMES[needed] in caught.value.fields["evidence"]


def test_only_a_submission_needs_evidence() -> None:
    require_evidence(None, Report(percent=100, submit=True))
    require_evidence(K.PLAN, Report(percent=50))
    require_evidence(K.PLAN, Report(nil_report=True, submit=True))
    proof = [evidence(number="x"), evidence(number="1/KH-SYT", date=str(date(2026, 2, 5)))]
    require_evidence(K.PLAN, Report(percent=100, submit=True, evidence=proof))
