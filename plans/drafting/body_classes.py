"""Words for many bodies at once: all departments, all communes, all districts, all provinces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LEVEL = (
    r"(?:cap\s+)?(?:huyen|thi xa|thi tran|thanh pho(?:\s+thuoc tinh)?|tp|quan|xa|phuong|dac khu"
    r"|co so)"
)
_SEP = r"\s*(?:,|;|/|-|\bva\b|&)?\s*(?:va\s+)?"
_UBND = r"(?:ubnd|uy ban nhan dan|chinh quyen(?:\s+dia phuong)?)"
_LOCAL = (
    rf"(?:{_UBND}\s*(?:(?:tai\s+)?(?:cac|cap)\s+|(?!thanh pho|tp))|(?:cac|cap)\s+"
    rf"|(?={_LEVEL}\s*[,/-]\s*{_LEVEL}))"
    rf"(?:\d{{1,3}}\s+)?{_LEVEL}"
    rf"(?:{_SEP}(?:{_UBND}\s*)?(?:cac\s+)?{_LEVEL}(?!\w))*"
    r"(?:\s+thuoc tinh|\s+tren dia ban(?:\s+toan)?(?:\s+tinh)?|\s+trong tinh)?"
)
_PROVINCES = (
    rf"(?:{_UBND}\s*)?cac\s+tinh\s*(?:,|/|va)?\s*(?:thanh pho|tp)"
    r"(?:\s*(?:truc thuoc\s*)?(?:trung uong|tw|t\.u))?"
)
_OTHERS = r"(?:doan the|hoi(?:\s*,?\s*doan the)?|mat tran|dia phuong|don vi|co quan)"
_AGENCIES = (
    r"(?:cac\s+)?(?:"
    rf"so(?:{_SEP}ban)?{_SEP}nganh|so{_SEP}ban(?!\s+(?:quan|chi|dan|tuyen))|ban{_SEP}nganh"
    r"|(?<=cac )so|(?<=cac )(?<!cap, cac )nganh(?!\s*(?:,|va)\s*(?:cac )?cap))"
    rf"(?:\s*(?:,|va|-|/)?\s*(?:cac\s+)?{_OTHERS}(?!\w)(?!\s+(?:cap\s+)?(?:xa|huyen|phuong)))*"
    r"(?:\s+(?:thuoc\s+)?(?:cap\s+)?tinh|\s+thuoc ubnd tinh|\s+(?:cap\s+)?thanh pho)?"
)
_CELLS = (
    r"(?:cap uy(?:,? chinh quyen)?|dang uy|dang bo|chi bo|to chuc(?: co so)? dang)"
    r"(?:\s+(?:dang|co so|cap tren truc tiep co so))?"
)
_PARTY = (
    rf"(?:(?:ban thuong vu|bi thu|ban thuong vu cac)\s+)?(?:cac\s+)?{_CELLS}"
    rf"(?:{_SEP}(?:cac\s+)?{_CELLS})*"
    r"(?:\s+(?:truc\s+)?thuoc(?:\s+(?:tinh|thanh) uy)?(?!\w)"
    rf"|\s+(?:cac\s+)?(?:cap\s+)?(?:xa|phuong|dac khu)(?:{_SEP}(?:cac\s+)?{_LEVEL}(?!\w))*"
    r"|\s+(?:cac cap|co so)|(?<=^cac cap uy)|(?<=^cac dang uy)|(?<= cac cap uy))"
)
_UNDER = (
    r"cac (?:co quan|so|ban|nganh|don vi)(?:,? (?:co quan|ban|nganh|don vi))* (?:chuyen mon\s+)?"
    r"(?:chuyen mon|hanh chinh)?\s*(?:truc\s+)?thuoc (?:ubnd|uy ban nhan dan) (?:tinh|thanh pho)"
)
_LOCALITIES = r"(?:(?:cac|chinh quyen|uy ban nhan dan|ubnd)\s+)*(?:cac\s+)?dia phuong"
_CONCERNED = r"(?:\s*(?:,\s*)?(?:co\s+)?lien quan(?:\s+khac)?|\s+khac)?"
_FORMS = [
    ("provinces", re.compile(_PROVINCES + r"(?P<some>" + _CONCERNED + ")")),
    ("local", re.compile(_LOCAL + r"(?P<some>" + _CONCERNED + ")")),
    ("party", re.compile(_PARTY + r"(?P<some>" + _CONCERNED + ")")),
    ("agencies", re.compile(_UNDER + r"(?P<some>" + _CONCERNED + ")")),
    ("agencies", re.compile(_AGENCIES + r"(?P<some>" + _CONCERNED + ")")),
]
_CENTRAL = [
    ("provinces", re.compile(_LOCALITIES + r"(?P<some>" + _CONCERNED + ")")),
    ("provinces", re.compile(rf"(?:cac\s+)?{_UBND}\s+(?:cap\s+)?tinh(?P<some>)")),
    ("provinces", re.compile(r"cac tinh,? (?:va )?(?:thanh pho|tp)(?P<some>)")),
]
_COMMUNE = re.compile(r"(?<!thi )\bxa\b|\bphuong\b|thi tran|dac khu|co so")
_DISTRICT = re.compile(r"\bhuyen\b|thi xa|\bquan\b|\bthanh pho\b|\btp\b")


@dataclass(frozen=True, slots=True)
class Crowd:
    """A phrase for many bodies: which, where it ends, whether only those concerned are meant."""

    categories: tuple[str, ...]
    end: int
    some: bool


def crowd(folded: str, at: int, *, central: bool = False) -> Crowd | None:
    """The phrase for many bodies that begins at a place of a folded text; None: there is none.

    ``central``: the table is a ministry's or the Government's, whose localities are provinces.
    """
    for name, form in (*_CENTRAL, *_FORMS) if central else _FORMS:
        match = form.match(folded, at)
        if match and not folded[match.end() : match.end() + 1].isalnum():
            said = folded[at : match.start("some")]
            categories = tuple(_levels(said)) if name == "local" else (name,)
            if categories:
                return Crowd(categories, match.end(), bool(match["some"].strip()))
    return None


def category(folded: str) -> tuple[str, ...]:
    """Which bodies a class's own name stands for, if it says nothing else."""
    some = crowd(folded, 0)
    return some.categories if some and some.end == len(folded.rstrip()) else ()


def _levels(phrase: str) -> Iterator[str]:
    if _DISTRICT.search(phrase):
        yield "districts"
    if _COMMUNE.search(phrase):
        yield "communes"
