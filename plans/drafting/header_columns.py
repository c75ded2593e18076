"""What a header's columns hold beside one another: of several alike, which one counts for what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from plans.drafting.header_words import OFFICE, Role, bare


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its role, and its header from top to bottom as it stands."""

    index: int
    role: Role
    header: str

    @property
    def words(self) -> str:
        """Its header's words alone."""
        return bare(self.header.replace(" / ", " "))

    @property
    def last(self) -> str:
        """The words of its lowest cell."""
        return bare(self.header.split(" / ")[-1])


STATUS = re.compile(r"\b(tien do|lo trinh|tinh hinh)\b")
"""A deadline only where no other column is one; else how far it has come."""
DURATION = re.compile(r"\bthoi (gian|diem)\b")
"""When it is done: beside a column that says until when, only when it begins."""
UNTIL = re.compile(r"\b(han|thoi han|hoan thanh|ket thuc|den ngay|deadline)\b")
INTERIM = re.compile(r"\b(trinh|tham dinh|lay y kien|du thao|bao cao|hop)\b")
"""A step before the end: a deadline only where no other column says when all is done."""
LEADING = re.compile(r"\b(chu tri|dau moi|chinh|tham muu|soan thao)\b")
DOING = re.compile(r"\b(thuc hien|phan cong|duoc giao|phu trach|chiu trach nhiem|chuan bi)\b")
FOLLOWING = re.compile(r"\b(theo doi|tong hop|don doc|bao cao|giup viec|xu ly|de xuat)\b")
"""Bodies that see to it that others do it, where another column says who does."""
CAME_OUT = re.compile(r"\bket qua (thuc hien|xu ly|dat duoc|giai quyet)\b")
PLANNED = re.compile(r"\b(san pham|dau ra|du kien|hinh thuc|loai van ban)\b")
TITLED = re.compile(
    r"(ten|van ban|muc tieu|yeu cau|chi tieu|van de|viec|cau|tieu chi|y kien|chi dao|ket luan"
    r"|kien nghi|muc|dau muc|chuong trinh|ke hoach|su kien|chuyen de|chinh sach|cong tac)\b"
)
"""How a column of tasks may also begin, where no other one holds them."""
FIGURE = re.compile(
    r"\b(don vi tinh|so luong|don gia|thanh tien|kinh phi|du toan|ngan sach|von|tong( so| cong)?"
    r"|trieu( dong)?|(thuc hien|ke hoach|uoc|muc tieu|chi tieu|nam) (nam )?20\d\d|20\d\d)\b"
)
TARGETED = re.compile(r"(ten |danh muc |cac |noi dung )*(chi tieu|tieu chi|muc tieu)\b")


def settled(columns: Sequence[Column]) -> list[Column]:
    """The columns with one meaning for each: content found, leads, deadlines told apart."""
    found = _one_deadline(_with_content(list(columns)))
    return _with_helpers(_one_lead(_one_outcome(found)))


def _with_content(columns: list[Column]) -> list[Column]:
    """The columns, one of which holds what is to be done, also where its header says it otherwise:
    a table of documents to be drawn up, of groups of tasks, or of what has to come out."""
    who_when = {Role.LEAD, Role.BOTH, Role.SUPPORT, Role.DUE}
    roles = {one.role for one in columns}
    if Role.CONTENT in roles or not roles & who_when:
        return columns
    likely = [
        next((one for one in columns if one.role is Role.GROUP), None),
        next((one for one in columns if TITLED.match(one.words)), None),
        next((one for one in columns if one.role is Role.DELIVERABLE), None),
    ]
    best = next((one for one in likely if one), None)
    return [replace(one, role=Role.CONTENT) if one is best else one for one in columns]


def _one_deadline(columns: list[Column]) -> list[Column]:
    """Beside a column that says until when, one of progress or of duration is no deadline."""
    dues = [one for one in columns if one.role is Role.DUE]
    clear = [one for one in dues if not STATUS.search(one.words)]
    final = [one for one in clear if not INTERIM.search(one.last)]
    until = [one for one in clear if UNTIL.search(one.words)]
    return [_beside(one, clear, final, until) if one in dues else one for one in columns]


def _beside(one: Column, clear: list[Column], final: list[Column], until: list[Column]) -> Column:
    """A column of times beside those that are no progress, that are the end, and that say so."""
    if clear and one not in clear:
        return replace(one, role=Role.OTHER)
    step = bool(final) and one not in final
    spell = bool(until) and one not in until and bool(DURATION.search(one.words))
    return replace(one, role=Role.START) if step or spell else one


def _one_lead(columns: list[Column]) -> list[Column]:
    """Beside a column that says who leads or does it, one of who follows it up is no lead."""
    leads = [one for one in columns if one.role in (Role.LEAD, Role.BOTH)]
    clear = [one for one in leads if LEADING.search(one.words) or DOING.search(one.words)]
    weak = [one for one in leads if one not in clear and FOLLOWING.search(one.words)]
    return [replace(one, role=Role.OTHER) if clear and one in weak else one for one in columns]


def _one_outcome(columns: list[Column]) -> list[Column]:
    """Beside a column of what has to come out, one of what came out is none."""
    outcomes = [one for one in columns if one.role is Role.DELIVERABLE]
    planned = any(PLANNED.search(one.words) for one in outcomes)
    return [
        replace(one, role=Role.OTHER)
        if planned and one in outcomes and CAME_OUT.search(one.words)
        else one
        for one in columns
    ]


def _with_helpers(columns: list[Column]) -> list[Column]:
    """The columns; where only one names bodies, without saying that they lead, the first of them
    leads and the others help."""
    if {one.role for one in columns} & {Role.SUPPORT, Role.BOTH}:
        return columns
    return [
        replace(one, role=Role.BOTH)
        if one.role is Role.LEAD and not LEADING.search(one.words)
        else one
        for one in columns
    ]


def is_of_figures(columns: Sequence[Column]) -> bool:
    """Whether a table is one of targets or of money rather than of tasks."""
    roles = {one.role for one in columns}
    told = [one for one in columns if FIGURE.search(one.words)]
    counted = sum(one.role is Role.OTHER for one in told)
    if roles & {Role.DUE, Role.START}:
        return False
    content = next((one for one in columns if one.role is Role.CONTENT), None)
    if content and TARGETED.match(content.words):
        return counted + sum(one.role is Role.MARK for one in told) >= 1
    return counted >= 2 and not roles & {Role.SUPPORT, Role.DELIVERABLE}


def is_task_header(columns: Sequence[Column]) -> bool:
    """Whether a header is one of tasks: what is to be done, and who, when or what comes of it."""
    roles = {one.role for one in columns}
    who_when = roles & {Role.LEAD, Role.BOTH, Role.SUPPORT, Role.DUE}
    if sum(one.role is Role.MARK for one in columns) > 1:
        who_when.add(Role.MARK)
    if Role.CONTENT in roles:
        return bool(who_when) or {Role.NUMBER, Role.DELIVERABLE} <= roles
    return len(who_when) >= 2 and bool(roles & {Role.NUMBER, Role.DELIVERABLE, Role.OTHER})


def role_within(above: Role | None, words: str, role: Role) -> Role:
    """What a column's lowest words say, within what those above them say."""
    if above in (Role.DUE, Role.START) and role in (Role.OTHER, Role.LEAD, Role.CONTENT):
        return Role.DUE
    if above in (Role.LEAD, Role.BOTH) and role is Role.CONTENT:
        return above
    offices = above in (Role.LEAD, Role.BOTH) and re.match(rf"{OFFICE}\b", words)
    if role is Role.OTHER and not offices and above not in (None, Role.BOTH):
        return above
    return role
