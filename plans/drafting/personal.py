"""Takes out of an annex's cells what names a person: officers' names, their posts, phones, mail.

A plan names bodies, not people (Law 91/2025/QH15 on personal data), and a declaration is shared.
Names of streets, schools and people's names in titles of programmes are left alone: a name goes
only where a post, a form of address, a phone or brackets of its own say that it is an officer's.
"""
# ruff: noqa: E501 (a pattern is read as one line)

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from plans import privacy
from plans.drafting.folding import composed

_CAPITAL = "A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠ-Ỹ"
_SMALL = "a-zàáâãèéêìíòóôõùúýăđĩũơưạ-ỹ"
_PROPER = rf"(?:[{_CAPITAL}][{_SMALL}]*\.?|[{_CAPITAL}]+(?![{_SMALL}]))"
_NAME = rf"{_PROPER}(?:[ ]+{_PROPER}){{0,4}}"
_FAMILY = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Đoàn|Lâm|Mai|Trịnh"
    "|Trương|Đào|Hà|Cao|Lương|Tô|Tạ|Thái|Châu|Tăng|Quách|Kim|Thạch|Sơn|Danh|Nông|Triệu|Vương|Nghiêm"
    "|La|Giang|Phùng|Chu|Tống|Lưu|Từ|Kiều|Văn|Ông|Mạc|Thân|Viên|Khổng|Điểu|Thị"
)
_GIVEN = rf"[{_CAPITAL}][{_SMALL}]*(?![{_CAPITAL}])"
_WHOLE_NAME = rf"(?:{_FAMILY})(?:[ ]+{_GIVEN}){{1,4}}(?![^\W\d_])"
_FULL_NAME = rf"(?:{_FAMILY})(?:[ ]+{_GIVEN}){{2,4}}(?![^\W\d_])"
_CALLED = rf"{_NAME}(?![ ]*[^\W\d_])"
"""Any proper name, where an address stands before it and no further word follows."""
_OF_BODY = r"(?:[ ]+(?:[Ss]ở|[Pp]hòng|[Bb]an)(?=[ ]*(?:$|[)\n;,])))?(?![ ]+[^\W\d_])"
_POST = (
    r"(?:(?i:(?:q\.|quyền[ ]+|p\.[ ]*|phó[ ]+)?(?:giám đốc|tổng giám đốc|trưởng phòng|trưởng ban"
    r"|chánh văn phòng|chánh thanh tra|chủ tịch|bí thư|chi cục trưởng|cục trưởng|viện trưởng"
    r"|chỉ huy trưởng|chuyên viên(?:[ ]+chính)?|phó phòng|phó ban|kế toán trưởng|tổ trưởng|văn thư))"
    rf"(?:[ ]+(?:phụ trách|thường trực))?{_OF_BODY}"
    r"|(?:PGĐ|GĐ|PTP|TP|PCT|CT|PCVP|CVP|CV|TB|PTB|PBT|BT|PCCT|CCT|KTT|PP)(?![^\W_]))"
)
_HIS_POST = rf"(?:[ ]*[-:,.][ ]*{_POST}|[ ]*\([ ]*{_POST}[ ]*\))?"
_FIRST_POST = (
    r"(?:(?:Q\.|Quyền[ ]+|P\.[ ]*|Phó[ ]+)?(?:[Gg]iám đốc|[Cc]hủ tịch|[Tt]rưởng (?:phòng|ban)"
    r"|[Bb]í thư|[Pp]hó (?:phòng|ban|giám đốc|chủ tịch)|[Cc]huyên viên|PGĐ|GĐ|PTP|TP|PCT|CT|CVP|CV)"
    r"(?:[ ]+(?:UBND|HĐND)[ ]+(?:tỉnh|huyện|xã|phường|thành phố)|[ ]+[Ss]ở)?[ ]*[:.,-]?[ ]*)?"
)
_TITLE = (
    r"(?:(?:PGS|GS|TS|ThS|Th\.S|BS|Bs|CN|KS|DS|LS)\.?|BS\.?[ ]?CK\.?[ ]?(?:I{1,2}|1|2)\.?"
    r"|(?:Đại|Thượng|Trung|Thiếu)[ ](?:tá|úy|tướng))"
)
_ADDRESS = (
    r"(?:[Đđ]/[Cc]|[Đđ]\.[Cc]|[Đđ]ồng chí|ĐỒNG CHÍ|[Ôô]ng/[Bb]à|[Ôô]ng|[Bb]à(?![ ]+Rịa)|[Cc]hị"
    r"|(?<!tiếng )(?<!Tiếng )(?<!nước )[Aa]nh"
    r"|(?:[Cc]án bộ|[Cc]ông chức|[Nn]gười|[Cc]huyên viên|[Ll]ãnh đạo|LĐ|CV|CB)"
    r"(?:[ ]+(?:phụ trách|theo dõi|đầu mối|liên hệ|thực hiện|tham mưu|chỉ đạo))*[ ]*:"
    r"|(?:[Đđ]ầu mối[ ]+)?[Ll]iên hệ[ ]*:?)(?![^\W_])"
)
_PERSON = re.compile(
    rf"(?<![^\W_/])(?:{_ADDRESS}[ ]*:?[ ]*(?:(?:{_ADDRESS}|{_TITLE})[ ]*){{0,3}}{_FIRST_POST}"
    rf"(?P<name>{_WHOLE_NAME}|{_CALLED})|{_TITLE}[ ]*(?P<titled>{_WHOLE_NAME})){_HIS_POST}"
)
_BARE = re.compile(
    rf"(?:(?<=[(\n;,:/])|(?<=- )|(?<=: )|(?<=, )|(?<=; )|^)[ ]*(?:{_FIRST_POST}(?P<full>{_FULL_NAME})"
    rf"{_HIS_POST}|(?P<name>{_WHOLE_NAME})(?:(?:[ ]*[-:,.][ ]*{_POST}|[ ]*\([ ]*{_POST}[ ]*\))"
    r"|(?=[ ]*(?:[-,:(\n][ ]*)?\ue000)))(?=[ ]*(?:$|[()\n;,:/.-]|\ue000))"
)
_PLACE = re.compile(
    r"(?:đường|phố|[Tt]rường|xã|phường|đền|chùa|chợ|núi|cầu|hồ|khu|ấp|thôn|tượng|lăng|giải thưởng"
    r"|[Qq]uỹ|học bổng|mang tên|THCS|THPT|[Tt]iểu học|[Mm]ầm non|[Bb]ệnh viện|công viên)(?![^\W_])"
)
"""Words that are followed by names of people who are no officers."""
_KEPT = re.compile(
    r"Hồ Chí Minh|Hà Nội|Hà Giang|Lý Thường Kiệt|Sơn La|Kim Đồng|Cao Bằng|Châu Thành"
)
_BODY = re.compile(
    r"^(?:Sở|Bộ|Ban|Hội|Công|Ủy|UBND|HĐND|Tỉnh|Văn phòng|Trung|Phòng|Cục|Chi|Đài|Báo|Tòa|Viện|Thanh tra"
    r"|Liên|Quỹ|Đoàn (?:TN|[Tt]hanh)|Mặt|MTTQ|UBMTTQ|Các|Trường|Bệnh|Xã|Phường|Thành|Huyện)(?![^\W_])"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LABEL = re.compile(
    r"(?:[,;-]?[ ]*)?(?:(?:SĐT|sđt|Sđt|ĐTDĐ|DĐ|ĐT|Đt|đt|Tel|tel|Zalo|Điện thoại|điện thoại|Số điện thoại"
    r"|số điện thoại|Hotline|E-?mail|e-?mail|Mail)(?:[ ]+(?:liên hệ|di động))?[ ]*[:.]?[ ]*)(?=\ue000)"
)
_HOLE = "\ue000"
"""Stands where something was taken out, until its surroundings are tidied."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """A cell's text without what names a person, and how many such things were taken out."""

    text: str
    removed: int


def strip(text: str) -> Stripped:
    """Takes persons out of a cell's text; dates, document numbers, money and bodies stay."""
    words, count = _cut(composed(text), _spans(composed(text)))
    while True:
        words, more = _cut(words, _people(words))
        if not more:
            break
        count += more
    return Stripped(_tidied(words), count) if count else Stripped(text, 0)


def _cut(text: str, spans: list[tuple[int, int]]) -> tuple[str, int]:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + _HOLE + text[end:]
    return text, len(spans)


def _spans(text: str) -> list[tuple[int, int]]:
    """Phones and identity numbers, and mail addresses."""
    mails = [match.span() for match in _MAIL.finditer(text)]
    phones = [(one.start, one.end) for one in privacy.findings(text)]
    return mails + [one for one in phones if not any(a <= one[0] < b for a, b in mails)]


def _people(text: str) -> list[tuple[int, int]]:
    """Where officers stand, each once, from the left."""
    found: list[tuple[int, int]] = []
    for match in _candidates(text):
        if found and match.start() < found[-1][1]:
            continue
        groups = match.groupdict()
        name = groups["name"] or groups.get("titled") or groups.get("full") or ""
        line = text[: match.start()].rsplit("\n", 1)[-1]
        if not (_BODY.match(name) or _KEPT.search(name) or _names_place(line)):
            found.append(match.span())
    return found


def _names_place(before: str) -> bool:
    """Whether what stands before a name in its line says that a street or school bears it."""
    places = list(_PLACE.finditer(before))
    return bool(places) and not re.search(r"[(;\ue000]", before[places[-1].end() :])


def _candidates(text: str) -> Iterator[re.Match[str]]:
    some = [*_PERSON.finditer(text), *_BARE.finditer(text)]
    yield from sorted(some, key=lambda match: (match.start(), -match.end()))


def _tidied(text: str) -> str:
    """The text without holes, and without the signs that only held what stood there."""
    text = _LABEL.sub("", text)
    text = re.sub(rf"(?:[ ]*(?:[,;/.-]|và)?[ ]*){_HOLE}(?=[ ]*(?:[-,;/]|và)?[ ]*{_HOLE})", "", text)
    text = re.sub(rf"(?<=\()[ ]*{_HOLE}[ ]*[-,;:]?[ ]*", "", text)
    text = re.sub(rf"[ ]*[-,:;]?[ ]*{_HOLE}[ ]*(?=\))", "", text)
    text = re.sub(rf"[ ]*(?:[-,:;][ ]*)?{_HOLE}", "", text)
    text = re.sub(r"[ ]*\([ ,;:-]*\)", "", text)
    text = re.sub(r"^[ ]*[-+•*][ ]*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"[ ]{2,}", " ", re.sub(r"\n{2,}", "\n", text))
    lines = [re.sub(r"[ ,;:-]+$", "", line) if line.endswith((" ", ",", ":")) else line
             for line in text.split("\n")]  # fmt: skip
    return "\n".join(lines).strip(" \n,")
