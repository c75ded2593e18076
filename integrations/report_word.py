"""A report as a Word document, laid out as officials sign it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from integrations import report_annex as annex
from integrations.report_blocks import Block, Heading, Para, Point, Table
from integrations.report_layout import (
    ROOM,
    ROOM_ACROSS,
    annex_page,
    new_document,
    section_break,
)
from integrations.report_markup import line, paragraph, rule, run, side_by_side, table
from integrations.report_sections import Sections
from integrations.report_tables import MORE
from integrations.report_words import ReportWords
from integrations.wording import flat, marked
from plans.report_issuers import TO_FILL, Issuer
from plans.reports import Report

NATION = marked("SOCIALIST REPUBLIC OF VIET NAM")
MOTTO = marked("Independence - Freedom - Happiness")
PARTY = marked("COMMUNIST PARTY OF VIET NAM")
MOTTO_LENGTH = {"vi": 3180, "en": 4130}
PARTY_LENGTH = {"vi": 4130, "en": 5130}
"""How long these lines are in their size, in twips: the rule under them is as long."""
LEFT_SIDE = 3700
RIGHT_SIDE = ROOM - LEFT_SIDE
A_LETTER = 8
"""A bold letter's width in twips, by a point of its size; capitals have half as much again."""
SIMULATED = marked("Made of simulated data; not an official document")
SIGNERS = {
    "CHỦ TỊCH": "CHAIRPERSON",
    "CHÁNH VĂN PHÒNG": "CHIEF OF OFFICE",
    "CHI CỤC TRƯỞNG": "DIRECTOR OF SUB-DEPARTMENT",
    "CỤC TRƯỞNG": "DIRECTOR",
    "TỔNG CỤC TRƯỞNG": "DIRECTOR GENERAL",
    "VỤ TRƯỞNG": "DIRECTOR",
    "BỘ TRƯỞNG": "MINISTER",
    "GIÁM ĐỐC": "DIRECTOR",
    "TRƯỞNG PHÒNG": "HEAD OF DIVISION",
    "TRƯỞNG BAN": "HEAD",
    "BÍ THƯ": "SECRETARY",
    "THỦ TRƯỞNG CƠ QUAN": "HEAD",
    "TM. ỦY BAN NHÂN DÂN": "FOR THE PEOPLE’S COMMITTEE",
    "T/M BAN THƯỜNG VỤ": "FOR THE STANDING BOARD",
}
"""Signatures in English; the official texts themselves are Vietnamese (``report_issuers``)."""
DOCUMENT = "word/document.xml"
_SECTION = re.compile(r"<w:sectPr.*</w:sectPr>", re.S)
EPOCH = (2020, 1, 1, 0, 0, 0)
"""The time that a document's parts bear: the same report is the same file."""


def document(report: Report, words: ReportWords) -> bytes:
    """A report as .docx."""
    words = words.about(report.names)
    footer = words.gettext(SIMULATED) if report.simulated else ""
    made = new_document(words.language, footer, party=report.issuer.party)
    _describe(made.core_properties, report, words)
    raw = io.BytesIO()
    made.save(raw)
    return _filled(raw, _Writer(report, words, report.issuer))


def _describe(properties: object, report: Report, words: ReportWords) -> None:
    moment = report.asked.moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    given = {
        "title": flat(f"{words.gettext('REPORT')}: {abstract(report, words)}")[:250],
        "subject": flat(words.titled(report.plan))[:250],
        "author": report.issuer.name[:250],
        "last_modified_by": "Dondoc",
        "language": "vi-VN" if words.language == "vi" else "en-GB",
        "comments": "",
        "created": moment,
        "modified": moment,
    }
    for name, value in given.items():
        setattr(properties, name, value)


def abstract(report: Report, words: ReportWords) -> str:
    """What the report is about, in a line or two."""
    return words.gettext(
        "The results %(during)s in carrying out %(document)s",
        during=words.during(report.asked.span),
        document=words.document(report.plan),
    )


def _filled(raw: io.BytesIO, writer: _Writer) -> bytes:
    """The document with its body in place of the empty one."""
    found = io.BytesIO()
    with zipfile.ZipFile(raw) as given, zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as made:
        for item in given.infolist():
            content = given.read(item)
            if item.filename == DOCUMENT:
                content = _with_body(content.decode("utf-8"), writer).encode("utf-8")
            made.writestr(zipfile.ZipInfo(item.filename, EPOCH), content, zipfile.ZIP_DEFLATED)
    return found.getvalue()


def _with_body(content: str, writer: _Writer) -> str:
    first, last = content.index("<w:body>"), content.index("</w:body>")
    props = _SECTION.search(content)
    assert props is not None, "a document without a section"
    return "".join([content[:first], "<w:body>", *writer.body(props[0]), content[last:]])


@dataclass(slots=True)
class _Writer:
    """One report on its way into markup. ``tables``: how many are numbered so far."""

    report: Report
    words: ReportWords
    issuer: Issuer
    tables: int = 0

    def body(self, props: str) -> Iterator[str]:
        """All of it; ``props``: the first section's."""
        whole = annex.Whole(self.words)
        yield self.heading()
        yield from self.title()
        sections = Sections(self.report, self.words, whole)
        yield from self.blocks(sections.all())
        yield line("BodyLead", self._closing())
        yield self.signature()
        yield section_break(props)
        yield from self.annex_of_tasks(whole)
        if whole.texts:
            yield section_break(annex_page(across=True))
            yield from self.annex_of_words(whole)
            yield annex_page(across=False)
        else:
            yield annex_page(across=True)

    # --- the first page ---

    def heading(self) -> str:
        """Issuer and number on the left; nation (or Party), place and date on the right."""
        say, one = self.words.gettext, self.issuer
        superior = line("Superior", one.superior) if one.superior else ""
        name = line("Issuer", one.name)
        year = self.report.asked.now.year
        text = say("%(place)s, … … %(year)s", place=one.place, year=year)
        date = paragraph("PlaceAndDate", run(text))
        if one.party:
            left = superior + name + line("Issuer", "*")
            language = self.words.language
            right = line("Nation", say(PARTY)) + rule(PARTY_LENGTH[language], RIGHT_SIDE)
            number = line("Number", say("No. %(gap)s%(symbol)s", gap=TO_FILL, symbol=one.symbol))
            left, right = left + number, right + date
            return side_by_side([(LEFT_SIDE, left), (RIGHT_SIDE, right)])
        left = superior + name + rule(self._short(one.name, 12, LEFT_SIDE, 12), LEFT_SIDE)
        motto = rule(MOTTO_LENGTH[self.words.language], RIGHT_SIDE)
        right = line("Nation", say(NATION)) + line("Motto", say(MOTTO)) + motto
        text = say("No.: %(gap)s%(symbol)s", gap=" " * 8, symbol=one.symbol)
        second = [paragraph("Number", run(text)), date]
        return side_by_side([(LEFT_SIDE, left), (RIGHT_SIDE, right)], [second])

    def _short(self, text: str, size: int, room: int, letter: int = A_LETTER) -> int:
        """From a third to a half of a line's length, in twips."""
        return min(room, len(text) * letter * size) * 2 // 5

    def title(self) -> Iterator[str]:
        """What the document is, and about what."""
        text = abstract(self.report, self.words)
        yield line("DocumentType", self.words.gettext("REPORT"))
        yield line("Abstract", text)
        if self.issuer.party:
            yield line("Abstract", "-----")
        else:
            yield rule(self._short(text, 14, ROOM), ROOM)
        yield paragraph("Gap")

    # --- the body ---

    def blocks(self, blocks: Iterable[Block]) -> Iterator[str]:
        """Blocks as paragraphs and tables."""
        for one in blocks:
            match one:
                case Heading(level=level, text=text):
                    yield line(f"Heading{level}", text)
                case Para(text=text, fill=fill):
                    style = "BodyLead" if text.endswith(":") else "BodyText"
                    yield paragraph(style, run(flat(text), "Fill" if fill else ""))
                case Point(text=text, by=by):
                    said = [run(f"- {flat(text)}")]
                    if by:
                        said += [run(" "), run(f"({flat(by)})", "By")]
                    yield paragraph("BodyText", *said)
                case Table():
                    yield from self._table(one)

    def _closing(self) -> str:
        """The last sentence, with the mark that ends an official document."""
        said = self.words.gettext(
            "This is the report on the results %(during)s in carrying out %(document)s",
            during=self.words.during(self.report.asked.span),
            document=self.words.document(self.report.plan),
        )
        return f"{said}." if self.issuer.party else f"{said}./."

    def _table(self, one: Table) -> Iterator[str]:
        self.tables += 1
        title = self.words.gettext("Table %(n)s. %(title)s", n=self.tables, title=one.title)
        yield line("Caption", title)
        yield from table(one, self.words, ROOM)
        yield paragraph("Gap")

    def signature(self) -> str:
        """Recipients on the left; on the right in whose name, which post, and room to sign."""
        say, one = self.words.gettext, self.issuer
        end = "," if one.party else ";"
        leads, archive = say("The lead bodies"), say("Archive: %(where)s", where=one.archive)
        copies = [f"- [{TO_FILL}]{end}", f"- {leads}{end}", f"- {archive.rstrip('.')}."]
        left = line("Recipients", say("Recipients:")) + "".join(
            line("Recipient", text) for text in copies
        )
        post = line("Post" if one.party else "Authority", self._official(one.post))
        authority = line("Authority", self._official(one.authority)) if one.authority else ""
        right = authority + post
        return side_by_side([(ROOM // 2, left), (ROOM - ROOM // 2, right + line("Signature", ""))])

    def _official(self, text: str) -> str:
        """Who signs, in English where the rest is."""
        return text if self.words.language == "vi" else SIGNERS.get(text, text)

    # --- the annexes ---

    def annex_of_tasks(self, whole: annex.Whole) -> Iterator[str]:
        """Every task and how it stands, a table for each group."""
        say = self.words.gettext
        tables, shown, total = annex.by_group(self.report, self.words, whole)
        yield from self._annex("I", say("PROGRESS OF EACH TASK"))
        for n, one in enumerate(tables, 1):
            yield line("Heading2", f"{n}. {one.title}")
            yield from table(one, self.words, ROOM_ACROSS, small=True)
            yield paragraph("Gap")
        if shown < total:
            text = say(MORE, shown=self.words.number(shown), all=self.words.number(total))
            yield line("BodyText", text)
        if not tables:
            yield line("BodyText", say("Nothing is assigned yet."))

    def annex_of_words(self, whole: annex.Whole) -> Iterator[str]:
        """Long words in full, as they were written, line by line."""
        yield from self._annex("II", self.words.gettext("CONTRIBUTIONS IN FULL"))
        for text, n in whole.texts.items():
            for place, part in enumerate(text.splitlines()):
                yield line("BodyText", f"{n}. {part}" if place == 0 else part)

    def _annex(self, number: str, title: str) -> Iterator[str]:
        say = self.words.gettext
        yield line("AnnexTitle", say("Annex %(number)s", number=number))
        yield line("AnnexTitle", title)
        text = say(
            "(With report No. …%(symbol)s of … … %(year)s of %(issuer)s)",
            symbol=self.issuer.symbol,
            year=self.report.asked.now.year,
            issuer=self.issuer.said,
        )
        yield paragraph("AnnexOf", run(text))
