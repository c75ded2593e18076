"""Who issues a report, as its heading and its signature say it; all of it may be put otherwise.

By Annex I of Decree 30/2020/NĐ-CP; of Party bodies by Guidance 36-HD/VPTW. The texts are those of
Vietnamese official documents, whatever language the rest is in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from plans.declaration import Plan, Province
from plans.errors import InvalidInput

TO_FILL = "…"
COMMITTEE = "Ủy ban nhân dân"
LONGEST = 200
POSTS: tuple[tuple[str, str], ...] = (
    ("ủy ban nhân dân", "CHỦ TỊCH"),
    ("ubnd", "CHỦ TỊCH"),
    ("văn phòng", "CHÁNH VĂN PHÒNG"),
    ("chi cục", "CHI CỤC TRƯỞNG"),
    ("cục", "CỤC TRƯỞNG"),
    ("tổng cục", "TỔNG CỤC TRƯỞNG"),
    ("vụ", "VỤ TRƯỞNG"),
    ("bộ", "BỘ TRƯỞNG"),
    ("sở", "GIÁM ĐỐC"),
    ("trung tâm", "GIÁM ĐỐC"),
    ("phòng", "TRƯỞNG PHÒNG"),
    ("ban chỉ đạo", "TRƯỞNG BAN"),
    ("ban", "TRƯỞNG BAN"),
    ("hội", "CHỦ TỊCH"),
    ("tỉnh ủy", "BÍ THƯ"),
    ("thành ủy", "BÍ THƯ"),
    ("huyện ủy", "BÍ THƯ"),
    ("đảng ủy", "BÍ THƯ"),
)
"""The post of who signs, by how a body's name begins."""
PARTY = re.compile(r"(tỉnh|thành|huyện|đảng|quận|thị) ủy\b|\btrung ương đảng|ban thường vụ", re.I)
EXECUTIVE = re.compile(r"^(ubnd|ủy ban nhân dân)\b", re.I)
_PROVINCE = re.compile(r"^(tỉnh|thành phố)\s+", re.I)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A heading's texts: the ``superior`` may be none; ``symbol`` follows the number.

    ``said``: the name as a sentence has it; ``authority``: in whose name it is signed, "" for the
    body's own head; ``archive``: where a copy stays.
    """

    superior: str
    name: str
    said: str
    symbol: str
    place: str
    authority: str
    post: str
    archive: str
    party: bool = False


def issuer_of(plan: Plan, coordinator: Any, parent: Any, province: Province | None) -> Issuer:
    """Who signs for a plan: who issued it, where an office does that body's work; else the office.

    ``coordinator`` and ``parent``: their rows; ``province``: the one of the report's day.
    """
    place = _PROVINCE.sub("", province.name.vi) if province else TO_FILL
    is_party = coordinator.kind == "party" or bool(PARTY.search(plan.issuer))
    serves = coordinator.name_vi.casefold().startswith(("văn phòng", "vp"))
    if serves and is_party and PARTY.search(plan.issuer):
        city = bool(province and province.name.vi.casefold().startswith("thành phố"))
        return _party(f"{'Thành ủy' if city else 'Tỉnh ủy'} {place}", "", place)
    if serves and EXECUTIVE.match(plan.issuer):
        return _executive(province.name.vi if province else f"tỉnh {TO_FILL}", place)
    superior = parent.name_vi if parent else ""
    if province and parent and EXECUTIVE.match(superior):
        superior = f"{COMMITTEE} {province.name.vi}"
    return _office(coordinator.name_vi, superior, place, coordinator.abbr, party=is_party)


def _executive(province: str, place: str) -> Issuer:
    name = f"{COMMITTEE} {province[:1].lower()}{province[1:]}"
    return Issuer(
        superior="",
        name=name.upper(),
        said=name,
        symbol="/BC-UBND",
        place=place,
        authority=f"TM. {COMMITTEE}".upper(),
        post="CHỦ TỊCH",
        archive="VT, […]",
    )


def _party(name: str, superior: str, place: str) -> Issuer:
    return Issuer(
        superior=superior.upper(),
        name=name.upper(),
        said=name,
        symbol="-BC/TU",
        place=place,
        authority="T/M BAN THƯỜNG VỤ",
        post="BÍ THƯ",
        archive="Văn phòng Tỉnh ủy" if name.startswith("Tỉnh") else "Văn phòng Thành ủy",
        party=True,
    )


def _office(name: str, superior: str, place: str, abbr: str, *, party: bool) -> Issuer:
    said = re.sub(r"[^0-9A-ZĐ]", "", abbr.upper()) or TO_FILL
    post = next((post for begin, post in POSTS if name.casefold().startswith(begin)), "")
    committee = EXECUTIVE.match(name) is not None
    standing = party and re.match(r"(tỉnh|thành|huyện) ủy", name, re.I) is not None
    return Issuer(
        superior=superior.upper(),
        name=name.upper(),
        said=name,
        symbol=f"-BC/{said}" if party else f"/BC-{'UBND' if committee else said}",
        place=place,
        authority=f"TM. {COMMITTEE}".upper()
        if committee
        else "T/M BAN THƯỜNG VỤ"
        if standing
        else "",
        post=post or "THỦ TRƯỞNG CƠ QUAN",
        archive=name if party else "VT, […]",
        party=party,
    )


def named(found: Issuer, issuer: str | None, place: str | None) -> Issuer:
    """The issuer under another name ("superior / name", or the name alone) or of another place."""
    for name, text in (("issuer", issuer), ("place", place)):
        if text and (len(text) > LONGEST or not text.isprintable()):
            message = f"one line of at most {LONGEST} signs"
            raise InvalidInput(f"{name}: {message}", fields={name: message})
    if place and place.strip():
        found = replace(found, place=place.strip())
    if not issuer or not issuer.strip(" /"):
        return found
    before, _, name = issuer.strip(" /").rpartition("/")
    initials = "".join(word[0] for word in name.split() if word[0].isalpha())
    party = found.party or bool(PARTY.search(issuer))
    return _office(name.strip(), before.strip(), found.place, initials, party=party)
