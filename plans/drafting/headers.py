"""Which column of a table holds what, by the words of its header: in any order and wording."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from plans.drafting.folding import fold
from plans.drafting.grid import Cell, Grid, flat


class Role(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    GROUP = "group"
    CODE = "code"
    CONTENT = "content"
    LEAD = "lead"
    SUPPORT = "supporting"
    BOTH = "lead and supporting"
    START = "start"
    DUE = "deadline"
    DELIVERABLE = "deliverable"
    NOTE = "note"
    PERSONAL = "personal"
    MARK = "mark"
    OTHER = "other"


RULES: tuple[tuple[Role, str], ...] = (
    (Role.NUMBER, r"s ?t ?t|t ?t|so (tt|thu tu)|thu tu|no|#"),
    (Role.PERSONAL, r".*\b(dien thoai|sdt|so dt|di dong|ho( va)? ten|e ?mail|thu dien tu)\b.*"),
    (Role.PERSONAL, r".*\b(lien he|can bo|chuyen vien|nguoi|dong chi|lanh dao)\b.*"),
    (Role.GROUP, r"(cac |ten )?(nhom|linh vuc|chuong muc|muc lon)\b.*"),
    (Role.CODE, r"(ma|ma so|ky hieu)( so)?( (nhiem vu|cong viec|viec|nv|muc|dinh danh))?"),
    (Role.BOTH, r".*chu tri.*phoi hop.*|.*phoi hop.*chu tri.*"),
    (Role.SUPPORT, r".*\b(phoi hop|ph|tham gia|lien quan)\b.*"),
    (Role.LEAD, r".*\b(chu tri|dau moi|tham muu|soan thao)\b.*"),
    (Role.START, r".*\b(bat dau|khoi dong|tu ngay|ngay giao|giao ngay)\b.*"),
    (Role.DUE, r".*\b(thoi (han|gian|diem|ky)|tien do|lo trinh|ky han|deadline)\b.*"),
    (Role.DUE, r".*\bhan (cuoi|chot|hoan thanh|thuc hien|xu ly|trinh|bao cao|giai quyet|xong)\b.*"),
    (Role.DUE, r"han|den (ngay|han)|nam (hoan thanh|thuc hien)"),
    (Role.DUE, r"(ngay |du kien |moc )*(hoan thanh|ket thuc)( (ngay|truoc|trong|xong).*)?"),
    (Role.DELIVERABLE, r".*\b(san pham|dau ra|ket qua|hinh thuc van ban|loai van ban)\b.*"),
    (Role.NOTE, r".*\b(ghi chu|chu thich|luu y)\b.*"),
    (
        Role.OTHER,
        r".*\b(cap|noi|co quan|tham quyen|don vi) (co tham quyen )?(trinh|ban hanh|tinh)\b.*",
    ),
    (Role.OTHER, r".*\b(trinh|phe duyet|thong qua|ban hanh|nhan)( cap| ai)?"),
    (Role.OTHER, r".*\b(kinh phi|nguon von|du toan|ty le|chi tieu|danh gia|ly do|kien nghi)\b.*"),
    (Role.OTHER, r".*\b(tinh hinh|tinh trang|trang thai|can cu|co so phap ly|van ban)\b.*"),
    (Role.OTHER, r".*\b(muc tieu|dia diem|dia ban|yeu cau)\b.*"),
    (Role.LEAD, r".*\b(thuc hien|trach nhiem|phu trach|phan cong|duoc giao|giao|theo doi)\b.*"),
    (Role.CONTENT, r".*\b(noi dung|nhiem vu|cong viec|viec|hoat dong|giai phap|ten|danh muc)\b.*"),
    (Role.CONTENT, r".*\b(de an|hang muc|chu de)\b.*"),
    (Role.LEAD, r"(cac |va )?((co quan|don vi|so|ban|nganh|dia phuong|to chuc) ?)+"),
)
"""What a header's words mean, the first that fits; they are without accents and signs."""
_RULES = tuple((role, re.compile(pattern)) for role, pattern in RULES)

CONTENT_FIRST = re.compile(
    r"(ten |cac |danh muc |tom tat )*"
    r"(noi dung|nhiem vu|cong viec|dau viec|hoat dong|giai phap)\b.*|ten"
)
"""What begins so is what is to be done, whatever else the header says (nội dung thực hiện)."""
VOCABULARY = frozenset(
    """
    stt tt so thu tu ma ky hieu ten noi dung nhiem vu cong viec dau hoat dong nhom giai phap muc
    co quan don vi chu tri phoi hop thuc hien thoi gian han tien do hoan thanh ket qua san pham
    ra ghi chu cap trinh can cu cac trach phan giao du kien bat cuoi ngay thang nam quy yeu cau
    hinh thuc van ban nguoi lanh dao phu theo doi danh hang tham muu to chuc va hoac dien thoai
    lien he ho dia ban phuong diem nguon kinh phi von trien khai lo ky moc de an tai lieu quan
    xu ly bao cao dat duoc can tham quyen phe duyet chinh thuoc nganh de xuat trong giai doan tu
    den xong tinh hinh ty le chiu nhan loai nop luc sdt email can bo chuyen vien dong y kien
    cu the trong tam chu yeu muc tieu chi tieu luu chuong ke hoach truoc ban so dvt soan thao
    linh vuc nay nv dinh gia cung moi uy hdnd
    """.split()  # noqa: SIM905
)
SPAN = re.compile(
    r"(quy (iv|i{1,3}|[1-4])|thang \d{1,2}|nam 20\d\d|t\d{1,2}|q[1-4]|20\d\d)( 20\d\d)?"
)
"""A month, quarter or year as a header of its own: marks stand below it."""
COUNT_ROW = re.compile(r"\(?\[?(\d{1,2}|[a-z]|[ivx]{1,4})\]?\)?(=[\d()+\-* ]+)?")
LONGEST_HEADER = 120
DEEPEST = 3
"""Rows of a header."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its role, and its header from top to bottom as it stands."""

    index: int
    role: Role
    header: str


@dataclass(frozen=True)
class Header:
    """A table's header: its first row and the first after it, and its columns by index."""

    first: int
    after: int
    columns: Mapping[int, Column]

    def of(self, *roles: Role) -> list[Column]:
        """The columns of some roles, from left to right."""
        return [one for _, one in sorted(self.columns.items()) if one.role in roles]

    @property
    def roles(self) -> set[Role]:
        """What its columns hold."""
        return {one.role for one in self.columns.values()}


def bare(text: str) -> str:
    """A header's words alone: small, without accents, signs and what stands in brackets."""
    words = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", fold(flat(text)))
    return " ".join(re.findall(r"[a-z0-9#]+", words or ""))


def role_of(text: str) -> Role | None:
    """What a header's words say that its column holds; None: they are no header's."""
    words = bare(text)
    if not words or len(text) > LONGEST_HEADER:
        return None
    if not _is_spoken_so(words):
        return None
    if CONTENT_FIRST.fullmatch(words) and not re.search(r"chu tri|phoi hop", words):
        return Role.CONTENT
    return next((role for role, pattern in _RULES if pattern.fullmatch(words)), Role.OTHER)


def _is_spoken_so(words: str) -> bool:
    some = words.split()
    known = sum(one in VOCABULARY or one.isdecimal() for one in some)
    return known >= 0.7 * len(some) or len(some) == 1


def find_header(grid: Grid, start: int, *, listing: bool = False) -> Header | None:
    """The first header from a row on; None where no row is one.

    ``listing``: also one of a numbered list of tasks, whose sentences say who and when.
    """
    for row in range(start, grid.height):
        if row in grid.rows and (found := header_at(grid, row, listing=listing)):
            return found
    return None


def header_at(grid: Grid, row: int, *, listing: bool = False) -> Header | None:
    """The header that begins in a row, as deep as it goes; None: that row begins none."""
    if not _may_begin(grid, row):
        return None
    after = row + 1
    while after < min(row + DEEPEST, grid.height) and _goes_on(grid, row, after):
        after += 1
    columns = _with_helpers(_with_content(_columns(grid, row, after)))
    listed = listing and {Role.NUMBER, Role.CONTENT} <= {one.role for one in columns}
    if not listed and not _is_task_header(columns):
        return None
    while after < grid.height and is_count_row(grid, after):
        after += 1
    return Header(row, after, {one.index: one for one in columns})


def _may_begin(grid: Grid, row: int) -> bool:
    """Whether most of a row's cells are words of a header."""
    own = grid.own(row)
    roles = [role_of(cell.text) for cell in own.values()]
    known = [one for one in roles if one is not None]
    return len(own) >= 2 and len(known) >= 0.6 * len(own)


def _goes_on(grid: Grid, first: int, row: int) -> bool:
    """Whether the next row belongs to a header: cells of it reach down to there, or its words
    stand below a cell that spans several columns (or did so before somebody split it)."""
    if is_count_row(grid, row):
        return False
    width = _width(grid)
    if any(grid.from_above(row, column) for column in range(width)):
        return True
    own = grid.own(row)
    if not own or not all(_is_part(cell.text) for cell in own.values()):
        return False
    above = [grid.shown(row - 1, column) for column in own]
    if any(cell and cell.width > 1 and cell.width < width - 1 for cell in above):
        return True
    roles = {role_of(cell.text) for cell in own.values()}
    spans = any(SPAN.fullmatch(bare(cell.text)) for cell in own.values())
    named = bool(roles & {Role.LEAD, Role.SUPPORT, Role.DUE, Role.START}) or spans
    begins_later = min(own) > min(grid.own(first))
    return begins_later and named and Role.CONTENT not in roles


def _is_part(text: str) -> bool:
    return role_of(text) is not None or bool(SPAN.fullmatch(bare(text)))


def _width(grid: Grid) -> int:
    return grid.width


def _columns(grid: Grid, first: int, after: int) -> list[Column]:
    found = []
    top: Cell | None = None
    for column in range(_width(grid)):
        texts: list[str] = []
        for row in range(first, after):
            cell = grid.shown(row, column)
            if row == first and cell:
                top = cell
            if cell is None and row == first and _below(grid, row, column, after):
                cell = top  # "Cơ quan thực hiện" over two columns, without a merged cell
            if cell and flat(cell.text) not in texts:
                texts.append(flat(cell.text))
        if texts:
            found.append(Column(column, _role(texts), " / ".join(texts)))
    return found


def _with_content(columns: list[Column]) -> list[Column]:
    """The columns, one of which holds what is to be done, also where its header says it otherwise:
    a table of documents to be drawn up, of groups of tasks, or of what has to come out."""
    who_when = {Role.LEAD, Role.BOTH, Role.SUPPORT, Role.DUE}
    roles = {one.role for one in columns}
    if Role.CONTENT in roles or not roles & who_when:
        return columns
    likely = [
        next((one for one in columns if one.role is Role.GROUP), None),
        next((one for one in columns if _TITLED.match(bare(one.header))), None),
        next((one for one in columns if one.role is Role.DELIVERABLE), None),
    ]
    best = next((one for one in likely if one), None)
    return [replace(one, role=Role.CONTENT) if one is best else one for one in columns]


def _with_helpers(columns: list[Column]) -> list[Column]:
    """The columns; where only one names bodies, without saying that they lead, the first of them
    leads and the others help."""
    if {one.role for one in columns} & {Role.SUPPORT, Role.BOTH}:
        return columns
    return [
        replace(one, role=Role.BOTH)
        if one.role is Role.LEAD and not _LEADING.search(bare(one.header))
        else one
        for one in columns
    ]


_LEADING = re.compile(r"\b(chu tri|dau moi|chinh|tham muu)\b")
_TITLED = re.compile(r"(ten|van ban|muc tieu|yeu cau|chi tieu|van de|viec|cau|tieu chi)\b")


def _below(grid: Grid, row: int, column: int, after: int) -> bool:
    return any(grid.own(one).get(column) for one in range(row + 1, after))


def _role(texts: Sequence[str]) -> Role:
    """A column's role: what its lowest words say, within what those above say."""
    above = role_of(texts[0]) if len(texts) > 1 else None
    last = bare(texts[-1])
    if SPAN.fullmatch(last):
        return Role.MARK if above in (Role.DUE, Role.START, None) else Role.OTHER
    role = role_of(texts[-1]) or Role.OTHER
    if above in (Role.DUE, Role.START) and role in (Role.OTHER, Role.LEAD, Role.CONTENT):
        return Role.DUE
    if above in (Role.LEAD, Role.BOTH) and role is Role.CONTENT:
        return above
    return (above or role) if role is Role.OTHER and above not in (None, Role.BOTH) else role


def _is_task_header(columns: Sequence[Column]) -> bool:
    """Whether a header is one of tasks: what is to be done, and who, when or what comes of it."""
    roles = {one.role for one in columns}
    who_when = roles & {Role.LEAD, Role.BOTH, Role.SUPPORT, Role.DUE}
    if sum(one.role is Role.MARK for one in columns) > 1:
        who_when.add(Role.MARK)
    if Role.CONTENT in roles:
        return bool(who_when) or {Role.NUMBER, Role.DELIVERABLE} <= roles
    return len(who_when) >= 2 and bool(roles & {Role.NUMBER, Role.DELIVERABLE, Role.OTHER})


def is_count_row(grid: Grid, row: int) -> bool:
    """Whether a row only numbers the columns: (1) (2) (3), or A B 1 2."""
    own = [flat(cell.text).lower() for cell in grid.own(row).values()]
    counted = [one for one in own if COUNT_ROW.fullmatch(one)]
    return len(own) >= 3 and len(counted) == len(own)


def is_repeated(grid: Grid, row: int, header: Header) -> bool:
    """Whether a row is the header again, as on a new page."""
    own = grid.own(row)
    said = {part for one in header.columns.values() for part in map(bare, one.header.split(" / "))}
    same = sum(bare(cell.text) in said for cell in own.values())
    return len(own) >= 2 and same >= 0.8 * len(own)


def headers_seen(grid: Grid) -> list[str]:
    """What stands in a table's first rows, for a person who asks why it is no table of tasks."""
    for row in sorted(grid.rows):
        if len(grid.rows[row]) >= 2:
            return [flat(cell.text)[:60] for cell in grid.rows[row].values()]
    return []
