"""The styles and pages of a report in Word: Annex I of Decree 30/2020/NĐ-CP, Part I.

A4; margins 20 mm above and below, 30 mm left, 15 mm right; Times New Roman 14; the page's number in
the middle of the upper margin, not on the first page. Party documents: Guidance 36-HD/VPTW, annexes
1 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document

FONT = "Times New Roman"
WIDTH, HEIGHT = 11906, 16838
TOP = BOTTOM = 1134
LEFT, RIGHT = 1701, 850
HEADER = 567
ROOM = WIDTH - LEFT - RIGHT
ROOM_ACROSS = HEIGHT - LEFT - RIGHT
FIRST_LINE = 720
"""1.27 cm."""


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style; sizes in points, distances in twips."""

    name: str
    size: float = 14
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    align: str = "left"
    first: int = 0
    before: int = 0
    after: int = 0
    line: int = 240
    level: int | None = None
    with_next: bool = False


STYLES: dict[str, Style] = {
    "BodyText": Style("Nội dung", align="both", first=FIRST_LINE, after=120, line=276),
    # What must stand with what follows: it leads to a list or a table, or is signed.
    "BodyLead": Style(
        "Nội dung dẫn", align="both", first=FIRST_LINE, after=120, line=276, with_next=True
    ),
    "Heading1": Style(
        "heading 1", bold=True, align="both", first=FIRST_LINE, before=120, after=120, level=0
    ),
    "Heading2": Style(
        "heading 2", bold=True, align="both", first=FIRST_LINE, before=60, after=120, level=1
    ),
    "Heading3": Style("heading 3", align="both", first=FIRST_LINE, after=120, level=2),
    "Superior": Style("Cơ quan cấp trên", size=12, align="center"),
    "Issuer": Style("Cơ quan ban hành", size=12, bold=True, align="center"),
    "Number": Style("Số, ký hiệu", size=13, align="center", before=120),
    "Nation": Style("Quốc hiệu", size=12, bold=True, align="center"),
    "Motto": Style("Tiêu ngữ", size=13, bold=True, align="center"),
    "PlaceAndDate": Style("Địa danh, thời gian", size=13, italic=True, align="center", before=120),
    "DocumentType": Style("Tên loại", bold=True, align="center", before=360),
    "Abstract": Style("Trích yếu", bold=True, align="center"),
    "AnnexTitle": Style("Tên phụ lục", bold=True, align="center", level=0),
    "AnnexOf": Style("Kèm theo", italic=True, align="center", after=120),
    "Caption": Style("caption", size=13, bold=True, align="center", after=60, with_next=True),
    "TableHead": Style("Đầu bảng", size=12, bold=True, align="center"),
    "TableText": Style("Chữ trong bảng", size=12),
    "TableFigure": Style("Số trong bảng", size=12, align="center"),
    "TableHeadSmall": Style("Đầu bảng phụ lục", size=11, bold=True, align="center"),
    "TableTextSmall": Style("Chữ trong bảng phụ lục", size=11),
    "TableFigureSmall": Style("Số trong bảng phụ lục", size=11, align="center"),
    "Gap": Style("Sau bảng", size=6, line=120),
    "Rule": Style("Đường kẻ", size=2, before=40, line=60),
    "Recipients": Style("Nơi nhận", size=12, bold=True, italic=True),
    "Recipient": Style("Danh sách nơi nhận", size=11),
    "Authority": Style("Quyền hạn, chức vụ", bold=True, align="center"),
    "Signature": Style("Chỗ ký", align="center", before=1200),
}
PARTY: dict[str, Style] = {
    "Superior": Style("Cơ quan cấp trên", align="center"),
    "Issuer": Style("Cơ quan ban hành", bold=True, align="center"),
    "Number": Style("Số, ký hiệu", align="center"),
    "Nation": Style("Tiêu đề", size=15, bold=True, align="center"),
    "PlaceAndDate": Style("Địa danh, thời gian", italic=True, align="center", before=60),
    "DocumentType": Style("Tên loại", size=16, bold=True, align="center", before=360),
    "Recipients": Style("Nơi nhận", underlined=True),
    "Recipient": Style("Danh sách nơi nhận", size=12),
    "Post": Style("Chức vụ", align="center"),
}
"""What Party documents have otherwise."""


def new_document(language: str, footer: str, *, party: bool) -> Document:
    """An empty document with the styles, the page and the numbers of the pages."""
    import docx

    document = docx.Document()
    _languages(document, language)
    normal: Any = document.styles["Normal"]
    _font(normal, 14)
    for key, style in (STYLES | (PARTY if party else {})).items():
        _add(document, key, style)
    for key in ("By", "Fill", "Strong"):
        _add_character(document, key)
    _page(document.sections[0], footer)
    return document


def _languages(document: Document, language: str) -> None:
    """The language that the words are in, so that a spelling check knows it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    defaults: Any = document.styles.element.find(qn("w:docDefaults"))
    props = defaults.find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in [*props.findall(qn("w:lang")), *props.findall(qn("w:rFonts"))]:
        props.remove(old)
    fonts, lang = OxmlElement("w:rFonts"), OxmlElement("w:lang")
    for name in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{name}"), FONT)
    said = "vi-VN" if language == "vi" else "en-GB"
    lang.set(qn("w:val"), said)
    lang.set(qn("w:eastAsia"), said)
    props.insert(0, fonts)
    props.append(lang)


def _add(document: Document, key: str, style: Style) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn

    known: dict[str, Any] = {one.style_id: one for one in document.styles}
    made = known.get(key)
    if made is None:
        made = document.styles.add_style(key, WD_STYLE_TYPE.PARAGRAPH)
    made.element.set(qn("w:styleId"), key)
    made.element.find(qn("w:name")).set(qn("w:val"), style.name)
    made.base_style = document.styles["Normal"]
    made.quick_style, made.hidden = True, False
    _font(made, style.size)
    made.font.bold, made.font.italic = style.bold, style.italic
    made.font.underline = style.underlined
    _paragraph(made, style)


def _font(style: Any, size: float) -> None:
    """Font and size alone: what the library's template says else is taken away."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    props = style.element.get_or_add_rPr()
    for child in list(props):
        props.remove(child)
    style.font.name, style.font.size = FONT, Pt(size)
    for name in ("eastAsia", "cs"):
        props.find(qn("w:rFonts")).set(qn(f"w:{name}"), FONT)


def _paragraph(made: Any, style: Style) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    props = made.element.get_or_add_pPr()
    for child in list(props):
        props.remove(child)
    is_rule = style.name == "Đường kẻ"
    drawn = '<w:pBdr><w:top w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:pBdr>'
    parts = [
        "<w:keepNext/>" if style.level is not None or style.with_next else "",
        drawn if is_rule else "",
        f'<w:spacing w:before="{style.before}" w:after="{style.after}" w:line="{style.line}" '
        f'w:lineRule="{"exact" if is_rule else "auto"}"/>',
        f'<w:ind w:firstLine="{style.first}"/>',
        f'<w:jc w:val="{style.align}"/>',
        "" if style.level is None else f'<w:outlineLvl w:val="{style.level}"/>',
    ]
    for part in list(parse_xml(f"<w:pPr {nsdecls('w')}>{''.join(parts)}</w:pPr>")):
        props.append(part)


def _add_character(document: Document, key: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn

    known: dict[str, Any] = {one.style_id: one for one in document.styles}
    made: Any = known.get(key) or document.styles.add_style(key, WD_STYLE_TYPE.CHARACTER)
    made.element.set(qn("w:styleId"), key)
    made.font.italic, made.font.bold = key != "Strong", key == "Strong"


def _page(section: Any, footer: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.shared import Pt, Twips

    section.page_width, section.page_height = Twips(WIDTH), Twips(HEIGHT)
    section.top_margin, section.bottom_margin = Twips(TOP), Twips(BOTTOM)
    section.left_margin, section.right_margin = Twips(LEFT), Twips(RIGHT)
    section.header_distance, section.footer_distance = Twips(HEADER), Twips(HEADER)
    section.different_first_page_header_footer = True
    # The first page's own header is there and empty: its number is not shown.
    section.first_page_header.is_linked_to_previous = False
    number = section.header.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number._p.append(
        parse_xml(
            f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "><w:r><w:t>2</w:t></w:r></w:fldSimple>'
        )
    )
    for style in ("Header", "Footer"):
        known: Any = section._document_part.document.styles[style]
        _font(known, 13)
    if footer:
        for place in (section.footer, section.first_page_footer):
            place.is_linked_to_previous = False
            text = place.paragraphs[0]
            text.alignment = WD_ALIGN_PARAGRAPH.CENTER
            text.add_run(footer).font.size = Pt(10)


def section_break(props: str) -> str:
    """The end of a section as a paragraph of nothing."""
    return f'<w:p><w:pPr><w:pStyle w:val="Gap"/>{props}</w:pPr></w:p>'


def annex_page(*, across: bool) -> str:
    """An annex's pages: numbered anew; ``across`` for wide tables."""
    size = (
        f'<w:pgSz w:w="{HEIGHT}" w:h="{WIDTH}" w:orient="landscape"/>'
        if across
        else f'<w:pgSz w:w="{WIDTH}" w:h="{HEIGHT}"/>'
    )
    margins = f'w:top="{TOP}" w:right="{RIGHT}" w:bottom="{BOTTOM}" w:left="{LEFT}"'
    rest = f'w:header="{HEADER}" w:footer="{HEADER}" w:gutter="0"'
    return (
        f'<w:sectPr><w:type w:val="nextPage"/>{size}<w:pgMar {margins} {rest}/>'
        '<w:pgNumType w:start="1"/><w:titlePg/></w:sectPr>'
    )
