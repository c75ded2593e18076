"""What a file is, by its content alone: neither its name nor what its sender says counts.

Office documents are archives: they are judged by their central directory, and nothing of them is
ever unpacked.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import puremagic

from plans.errors import WrongType

PDF = "application/pdf"
PNG, JPEG = "image/png", "image/jpeg"
TEXT, CSV = "text/plain", "text/csv"
DOC, XLS = "application/msword", "application/vnd.ms-excel"
_OOXML = "application/vnd.openxmlformats-officedocument"
DOCX = f"{_OOXML}.wordprocessingml.document"
XLSX = f"{_OOXML}.spreadsheetml.sheet"
PPTX = f"{_OOXML}.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"

TAKEN = "pdf, docx, xlsx, pptx, odt, ods, doc, xls, png, jpg, and plain text or csv in UTF-8"

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIMPLE = {PDF: b"%PDF-", PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff"}
_PROGRAMS = ("<", "#!", "{\\rtf", "%!", "mime-version:")
"""How markup, scripts and other things begin that are text to the eye alone."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def media_type_of(path: Path) -> str:
    """A file's media type; ``WrongType`` for an empty one, and for what is not taken."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise _refused("the file is empty")
    for media_type, magic in _SIMPLE.items():
        if head.startswith(magic) and media_type in _guesses(head):
            return media_type
    if head.startswith(_OLE):
        return _ole_type(path)
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return _archive_type(path)
    return _text_type(path, head)


def _refused(what: str) -> WrongType:
    return WrongType(f"{what}; taken are {TAKEN}", fields={"file": what})


def _guesses(head: bytes) -> list[str]:
    try:
        return [one.mime_type for one in puremagic.magic_string(head)]
    except (puremagic.PureError, ValueError):
        return []


# --- text --------------------------------------------------------------------------------------


def _text_type(path: Path, head: bytes) -> str:
    begun = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if begun.startswith(tuple(one.encode() for one in _PROGRAMS)):
        raise _refused(f"the file is {_name_of(head)}")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            sample: list[str] = []
            for line in iter(lambda: file.readline(65_536), ""):
                if _CONTROLS.search(line):
                    raise _refused(f"the file is {_name_of(head)}")
                if len(sample) < 20 and line.strip():
                    sample.append(line)
    except UnicodeDecodeError:
        raise _refused(f"the file is {_name_of(head)}, or text that is not UTF-8") from None
    return CSV if _is_table(sample) else TEXT


def _name_of(head: bytes) -> str:
    return next((one for one in _guesses(head) if one), "of an unknown kind")


def _is_table(lines: Sequence[str]) -> bool:
    """Whether every line has as many columns as the first one, and more than one."""
    return len(lines) > 1 and any(
        lines[0].count(sign) and len({line.count(sign) for line in lines}) == 1 for sign in ",;\t"
    )


# --- the old binary documents --------------------------------------------------------------------

_END_OF_CHAIN = 0xFFFFFFFA
_MOST_SECTORS = 2000


def _ole_type(path: Path) -> str:
    try:
        names = _ole_names(path.read_bytes())
    except struct.error:
        raise _refused("the file is a damaged compound document") from None
    if "WordDocument" in names:
        return DOC
    if names & {"Workbook", "Book"}:
        return XLS
    raise _refused("the file is a compound document, but neither doc nor xls")


def _ole_names(data: bytes) -> set[str]:
    """The names in a compound file's directory ([MS-CFB] 2.2, 2.3, 2.6)."""
    (shift,) = struct.unpack_from("<H", data, 30)
    if shift not in (9, 12):
        return set()
    size = 1 << shift
    (sector,) = struct.unpack_from("<I", data, 48)
    tables = [one for one in struct.unpack_from("<109I", data, 76) if one < _END_OF_CHAIN]
    names: set[str] = set()
    for _ in range(_MOST_SECTORS):
        if sector >= _END_OF_CHAIN:
            break
        names |= {
            _ole_name(data, (sector + 1) * size + entry * 128) for entry in range(size // 128)
        }
        table, place = divmod(sector, size // 4)
        if table >= len(tables):
            break
        (sector,) = struct.unpack_from("<I", data, (tables[table] + 1) * size + place * 4)
    return names


def _ole_name(data: bytes, at: int) -> str:
    raw, length = struct.unpack_from("<64sH", data, at)
    return str(raw[: max(0, min(length, 64) - 2)], "utf-16-le", "replace")


# --- archives ------------------------------------------------------------------------------------

MOST_ENTRIES = 5_000
MOST_UNPACKED = 400 * 1024 * 1024
MOST_RATIO = 200
SMALL = 4 * 1024 * 1024
"""What unpacks to less than this may be as dense as it likes."""
_MOST_DIRECTORY = 2 * 1024 * 1024
_END_RECORD = struct.Struct("<4s4H2LH")
_NESTED = (".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".zst", ".tar", ".jar", ".cab", ".iso")
_MACROS = ("vbaproject.bin", "basic/script-lc.xml")


def _archive_type(path: Path) -> str:
    _require_plain_end(path)
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            _judge(entries, path.stat().st_size)
            return _document_type(archive, entries)
    except (BadZipFile, NotImplementedError, ValueError, EOFError, struct.error, OSError):
        raise _refused("the file is a damaged archive") from None


def _require_plain_end(path: Path) -> None:
    """Look at the directory's declared size before anything reads it into memory."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - _END_RECORD.size - 0xFFFF - 20))
        tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + _END_RECORD.size:
        raise _refused("the file is a damaged archive")
    *_, entries, size, _offset, _comment = _END_RECORD.unpack_from(tail, at)
    if tail[max(0, at - 20) : at].startswith(b"PK\6\7"):
        raise _refused("the file is an archive of the 64-bit kind")
    if entries > MOST_ENTRIES or size > _MOST_DIRECTORY:
        raise _refused(f"the file is an archive of more than {MOST_ENTRIES} entries")


def _judge(entries: Sequence[ZipInfo], size: int) -> None:
    """``WrongType`` for what is made to harm whoever unpacks it."""
    if len(entries) > MOST_ENTRIES:
        raise _refused(f"the file is an archive of more than {MOST_ENTRIES} entries")
    unpacked = sum(one.file_size for one in entries)
    if unpacked > MOST_UNPACKED or unpacked > max(SMALL, size * MOST_RATIO):
        raise _refused("the file is an archive that unpacks to far more than it is")
    if len({one.filename for one in entries}) < len(entries):
        raise _refused("the file is an archive with two entries of one name")
    if _overlapping(entries, size):
        raise _refused("the file is an archive whose entries overlap")
    for one in entries:
        _judge_entry(one)


def _judge_entry(entry: ZipInfo) -> None:
    name = entry.orig_filename
    if entry.flag_bits & 1:
        raise _refused("the file is encrypted")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise _refused("the file is an archive packed in an unusual way")
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or "\0" in name or ":" in parts[0]:
        raise _refused("the file is an archive whose entries lead out of it")
    folded = name.lower()
    if folded.endswith(_NESTED):
        raise _refused("the file is an archive that holds archives")
    if folded.endswith(_MACROS):
        raise _refused("the file is a document with macros")


def _overlapping(entries: Sequence[ZipInfo], size: int) -> bool:
    reached = 0
    for one in sorted(entries, key=lambda one: one.header_offset):
        if one.header_offset < reached:
            return True
        reached = one.header_offset + 30 + len(one.orig_filename) + one.compress_size
    return reached > size


def _document_type(archive: ZipFile, entries: Sequence[ZipInfo]) -> str:
    names = {one.filename for one in entries}
    if "[Content_Types].xml" in names:
        parts = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
        for name, media_type in parts.items():
            if name in names:
                return media_type
    first = entries[0] if entries else None
    # OpenDocument says what it is in its first entry, which is not packed (part 2, section 3.3).
    if (
        first
        and first.filename == "mimetype"
        and first.compress_type == ZIP_STORED
        and first.file_size == first.compress_size < 100
    ):
        said = archive.read(first).decode("ascii", "replace")
        if said in (ODT, ODS):
            return said
    raise _refused("the file is an archive, but not an office document that is taken")
