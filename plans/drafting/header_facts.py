"""What the lines around the tables say of the document: its number, date, issuer and title.

Only what stands there is taken; what is not found stays None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from plans.drafting.folding import fold
from plans.drafting.grid import Line, flat

DAY = (
    r"(?P<day>\d{1,2})\s*(?:[/.-]|thang)\s*(?P<month>\d{1,2})\s*(?:[/.-]|,?\s*nam)\s*"
    r"(?P<year>20\d\d)"
)
NUMBER = r"(?P<number>\d+[a-z]?\s?[-/]\s?[^\W_]+(?:[-/&][^\W_]+)*)"
WITH = re.compile(r"kem theo\s+(?P<kind>[^\W\d_][^\d()]{0,60}?)?\s*so\s*:?\s*(?P<rest>[^)]{0,400})")
CARRIED_OUT = re.compile(
    r"(?:thuc hien|trien khai)\s+(?:ke hoach|chuong trinh|quyet dinh|nghi quyet|chi thi|de an)"
    r"\s+so\s*:?\s*(?P<rest>[^)\n]{0,300})"
)
"""Of which document the tasks are, where a title says it and nothing is "kèm theo"."""
OF = re.compile(r"\b(?:cua|do)\s+(?P<issuer>[^()\n;]{2,120}?)(?=\s+ve\s|[()\n;]|$)")
OWN_NUMBER = re.compile(rf"(?:^|\n)\s*so\s*:\s*{NUMBER}")
OWN_DAY = re.compile(rf"(?:^|\n)[^\n,]{{2,40}},\s*ngay\s+{DAY}")
ANNEX = re.compile(
    r"(?:phu luc|(?:bieu(?: mau)?|bang)(?= so\b| \d))"
    r"(?: so)?(?: (?:[ivxlc]+|\d+[a-z]?|[a-z])(?![a-z]))?\s*[.:–-]*\s*"
)
KIND = re.compile(r"(?:ke hoach|chuong trinh|quyet dinh|nghi quyet|chi thi|de an|phuong an)")
ISSUER = re.compile(
    r"(uy ban nhan dan|ubnd|hoi dong nhan dan|hdnd|tinh uy|thanh uy|dang uy|ban thuong vu|so |bo |"
    r"ban chi dao|van phong|chi cuc|cuc |tong cuc|truong |trung tam)"
)
ENDS = re.compile(
    r"\(?\s*(ban hanh )?kem theo|can cu|so\s*:|noi nhan|[-_*=\s]+$|cong hoa|doc lap|dang cong san"
)
YEAR = re.compile(r"\bnam\s+(20\d\d)\b")
DATED = re.compile(r"thang\s+\d{1,2}\s+nam\s+20\d\d")
"""The end of a day, whose year is no plan's: "ngày 12 tháng 11 năm 2026"."""
BARE_TITLE = re.compile(
    r"(?:(?:bang|bieu|danh muc|phan cong|giao|cac|nhiem vu|cong viec|trach nhiem|thuc hien|cu the"
    r"|chi tiet|co quan|don vi|ke hoach|chuong trinh|va|noi dung|phu luc) ?)+"
)
"""A title that would stand over any plan's annex: "Phân công nhiệm vụ"."""
LONGEST_TITLE = 600


@dataclass(frozen=True, slots=True)
class Facts:
    """What the lines say, each with where; None: not found. ``year``: the one it is a plan for.
    ``guessed``: number, date and issuer are those of the document that the title carries out."""

    number: str | None = None
    issued: date | None = None
    issuer: str | None = None
    title: str | None = None
    year: int | None = None
    text: str = ""
    several_days: bool = False
    guessed: bool = False


def facts_of(lines: Sequence[Line]) -> Facts:
    """The document's number, date, issuer and title, as far as its lines say them."""
    texts = [flat(one.text) for one in lines]
    whole = "\n".join(texts)
    said = fold(whole)
    number, issued, issuer = _named_by(WITH, whole, said)
    if number is None:
        number, issued = _own(whole, said)
    guessed = number is None and issued is None and _carries_out(said)
    if guessed:
        number, issued, issuer = _named_by(CARRIED_OUT, whole, said)
    if issuer is None:
        issuer = _issuer(texts)
    title = _title(texts)
    year = _year(title or "") or _year(DATED.sub(" ", said)) or (issued.year if issued else None)
    return Facts(number, issued, issuer, title, year, whole, _differ(said), guessed)


def _year(text: str) -> int | None:
    """The one year that a text is about: "năm 2027"."""
    years = {int(one) for one in YEAR.findall(fold(text))}
    return years.pop() if len(years) == 1 else None


def _named_by(
    words: re.Pattern[str], whole: str, said: str
) -> tuple[str | None, date | None, str | None]:
    """What "(Kèm theo Kế hoạch số … ngày … của …)" says, or other ``words`` before a number."""
    for found in words.finditer(said):
        begin, end = found.span("rest")
        rest, original = said[begin:end], whole[begin:end]
        number = re.match(NUMBER, rest)
        day, issuer = re.search(DAY, rest), OF.search(rest)
        said_by = flat(original[slice(*issuer.span("issuer"))]).rstrip(" .,") if issuer else None
        return (
            _joined(original[: number.end()]) if number else None,
            _day(day) if day else None,
            said_by,
        )
    return None, None, None


def _own(whole: str, said: str) -> tuple[str | None, date | None]:
    """The document's own number and date, where the file is the whole document."""
    number, day = OWN_NUMBER.search(said), OWN_DAY.search(said)
    return (
        _joined(whole[slice(*number.span("number"))]) if number else None,
        _day(day) if day else None,
    )


def _carries_out(said: str) -> bool:
    """Whether the tasks are those of a document that is named, not of a plan that follows it."""
    found = CARRIED_OUT.search(said)
    return found is not None and not KIND.search(said, 0, found.start())


def _differ(said: str) -> bool:
    """Whether the annex and the document itself bear different dates."""
    own, others = OWN_DAY.search(said), [re.search(DAY, one["rest"]) for one in WITH.finditer(said)]
    days = {_day(one) for one in (own, *others) if one}
    return len(days - {None}) > 1


def _joined(number: str) -> str:
    return re.sub(r"\s+", "", number)


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def _issuer(texts: Sequence[str]) -> str | None:
    """The body at the head: the last of the lines that name one, with the line that goes on."""
    found: list[str] = []
    for text in texts[:12]:
        said = fold(text)
        if said == "van phong" and found:
            found[-1] = f"{text} {found[-1]}"
        elif ISSUER.match(said) and len(text) <= 120:
            found.append(text)
        elif found and re.match(r"(tinh|thanh pho|huyen|xa|phuong) ", said) and len(text) <= 60:
            found[-1] = f"{found[-1]} {text}"
        elif found:
            break
    return found[-1] if found else None


def _title(texts: Sequence[str]) -> str | None:
    """What stands below the document's kind, else below "Phụ lục", else above "Kèm theo"."""
    for begins in (KIND, ANNEX):
        for n, text in enumerate(texts):
            found = begins.match(fold(text))
            if not found or (begins is KIND and (found.end() < len(text) or not text.isupper())):
                continue
            if title := _lines_from([text[found.end() :].strip(), *texts[n + 1 : n + 8]]):
                return title
    for n, text in enumerate(texts):
        if re.match(r"\(?\s*(ban hanh )?kem theo", fold(text)):
            before = [one for one in texts[max(0, n - 3) : n] if not _is_frame(one)]
            return " ".join(before)[:LONGEST_TITLE] or None
    loud = [one for one in texts if one.isupper() and len(one) > 15 and not _is_frame(one)]
    return loud[0][:LONGEST_TITLE] if loud else None


def _lines_from(texts: Sequence[str]) -> str | None:
    """A title's lines, until something else begins."""
    found: list[str] = []
    for n, text in enumerate(texts):
        said = fold(text)
        if ENDS.match(said) or (found and re.match(r"([ivx]+|\d+|[a-h])[.)]\s", said)):
            break
        if n and found and len(" ".join(found)) + len(text) > LONGEST_TITLE:
            break
        found += [text] if text else []
    return " ".join(found) or None


def _is_frame(text: str) -> bool:
    """Whether a line belongs to the document's head rather than to its title."""
    said = fold(text)
    annex = ANNEX.fullmatch(said)
    return bool(
        annex or ENDS.match(said) or ISSUER.match(said) or re.match(r"[^,]{2,40}, ngay", said)
    )
