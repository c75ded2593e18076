"""Whether a paper is one of the Government, of a ministry or of the Party's centre."""

from __future__ import annotations

import re
from collections.abc import Iterable

from plans.drafting.folding import fold
from plans.drafting.header_facts import Facts
from plans.drafting.header_words import Role
from plans.drafting.outlines import Outline

NUMBERED = re.compile(
    r"[-/](cp|ttg|vpcp|ttcp|qh\d*|ubtvqh\d*"
    r"|b(yt|gddt|ca|tc|nv|tp|khcn|vhttdl|xd|nnmt|ct|dttg|ng|qp|ldtbxh|tttt|khdt|tnmt|nnptnt|gtvt))$"
    r"|-(nq|ct|kl|qd)/tw$"
)
"""The endings of their documents' numbers, folded: NQ-CP, QĐ-TTg, KH-BYT, NQ/TW."""
ISSUED_BY = re.compile(
    r"(van phong )?(chinh phu|thu tuong|quoc hoi|bo chinh tri|ban bi thu|ban chap hanh trung uong)"
    r"|bo (?!chi huy|tu lenh|phan)"
)
MINISTRY = re.compile(r"[-+\s]*(?:chu tri\s*:?\s*)?(?:cac )?bo (?!chi huy|chqs|doi|tu lenh|phan)")
LOCAL = re.compile(
    r"[-+\s]*(?:chu tri\s*:?\s*)?"
    r"(?:cac )?(so |ubnd (?:cac )?(?:xa|phuong)|cong an tinh|van phong ubnd)"
)


def is_central(facts: Facts, into: Outline) -> bool:
    """By the document's number and issuer, else by whom it gives its tasks to."""
    if facts.number and not facts.guessed:
        return bool(NUMBERED.search(fold(facts.number)))
    if facts.issuer:
        return bool(ISSUED_BY.match(fold(facts.issuer)))
    said = [fold(one) for one in _named(into)]
    ministries = sum(bool(MINISTRY.match(one)) for one in said)
    return ministries > sum(bool(LOCAL.match(one)) for one in said)


def _named(into: Outline) -> Iterable[str]:
    """What stands where leads stand: in their cells, and in headings."""
    for item in into.items:
        yield from (one.text for one in item.of(Role.LEAD, Role.BOTH) if not one.inherited)
    yield from (one.title for one in into.headings)
