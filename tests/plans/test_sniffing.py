"""A file is what its content says; what is made to harm whoever opens it is refused unopened."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from plans import sniffing
from plans.errors import WrongType
from plans.sniffing import media_type_of

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 20
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1"
TYPES = "[Content_Types].xml"


def archive(entries: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same at any time: what a test is given names it, and each process must name it alike."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packed) as made:
        for name, content in entries.items():
            stored = name == "mimetype"
            entry = zipfile.ZipInfo(name)  # dated 1980
            entry.external_attr = 0o600 << 16
            made.writestr(entry, content, zipfile.ZIP_STORED if stored else packed)
    return buffer.getvalue()


def docx(**more: bytes) -> bytes:
    return archive({TYPES: b"<Types/>", "word/document.xml": b"<w/>", **more})


def compound(*names: str) -> bytes:
    """A compound file whose directory lies in its first two sectors, one after the other."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 0)
    struct.pack_into("<109I", header, 76, 2, *[0xFFFFFFFF] * 108)
    entries = b""
    for name in ("Root Entry", "a", "b", "c", *names):
        raw = name.encode("utf-16-le")
        entries += raw.ljust(64, b"\0") + struct.pack("<H", len(raw) + 2) + b"\0" * 62
    directory = entries.ljust(1024, b"\0")
    table = struct.pack("<128I", 1, 0xFFFFFFFE, 0xFFFFFFFD, *[0xFFFFFFFF] * 125)
    return bytes(header) + directory + table


def sniffed(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "content"
    path.write_bytes(content)
    return media_type_of(path)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, sniffing.PDF),
        (PNG, sniffing.PNG),
        (JPEG, sniffing.JPEG),
        (docx(), sniffing.DOCX),
        (archive({TYPES: b"x", "xl/workbook.xml": b"x"}), sniffing.XLSX),
        (archive({TYPES: b"x", "ppt/presentation.xml": b"x"}), sniffing.PPTX),
        (archive({"mimetype": sniffing.ODT.encode(), "content.xml": b"x"}), sniffing.ODT),
        (archive({"mimetype": sniffing.ODS.encode(), "content.xml": b"x"}), sniffing.ODS),
        (docx(**{"word/embeddings/bang.xlsx": b"x"}), sniffing.DOCX),
        (compound("WordDocument"), sniffing.DOC),
        (compound("Workbook"), sniffing.XLS),
        (compound("Book"), sniffing.XLS),
        ("Báo cáo\nDòng hai\n".encode(), sniffing.TEXT),
        ("\ufeffCó dấu ở đầu".encode(), sniffing.TEXT),
        ("Xã,Số trẻ\nA,1\nB,2\n".encode(), sniffing.CSV),
        ("Xã;Số trẻ\r\nA;1\r\n".encode(), sniffing.CSV),
        (b"PKI la gi", sniffing.TEXT),
    ],
)
def test_what_is_taken(tmp_path: Path, content: bytes, media_type: str) -> None:
    assert sniffed(tmp_path, content) == media_type


def encrypted() -> bytes:
    content = bytearray(docx())
    at = content.find(b"PK\1\2")
    content[at + 8] |= 1
    return bytes(content)


def of_sizes(size: int) -> bytes:
    """A document whose directory declares that an entry unpacks to so much."""
    content = bytearray(docx())
    struct.pack_into("<I", content, content.rfind(b"PK\1\2") + 24, size)
    return bytes(content)


def overlapping() -> bytes:
    """Two entries that are one piece of data, as in bombs that need no nesting."""
    content = bytearray(archive({TYPES: b"x" * 50, "word/document.xml": b"x" * 50}))
    struct.pack_into("<I", content, content.rfind(b"PK\1\2") + 42, 0)
    return bytes(content)


def many() -> bytes:
    return archive({f"{n}": b"" for n in range(sniffing.MOST_ENTRIES + 1)}, zipfile.ZIP_STORED)


def lying_about_entries() -> bytes:
    content = bytearray(many())
    at = content.rfind(b"PK\5\6")
    struct.pack_into("<2H", content, at + 8, 2, 2)
    return bytes(content)


def huge_directory() -> bytes:
    content = bytearray(docx())
    struct.pack_into("<I", content, content.rfind(b"PK\5\6") + 12, 0x7FFFFFFF)
    return bytes(content)


def twice() -> bytes:
    buffer = io.BytesIO(docx())
    with zipfile.ZipFile(buffer, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("word/document.xml", b"other")
    return buffer.getvalue()


def sixty_four_bit() -> bytes:
    content = docx()
    at = content.rfind(b"PK\5\6")
    return content[:at] + b"PK\6\7" + b"\0" * 16 + content[at:]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (encrypted, "encrypted"),
        (lambda: of_sizes(500 * 1024 * 1024), "far more"),
        (lambda: of_sizes(20 * 1024 * 1024), "far more"),
        (lambda: docx(**{"zeros.bin": b"\0" * 8_000_000}), "far more"),
        (overlapping, "overlap"),
        (many, "entries"),
        (lying_about_entries, "entries"),
        (huge_directory, "entries"),
        (twice, "one name"),
        (sixty_four_bit, "64-bit"),
        (lambda: docx(**{"inner.zip": b"x"}), "holds archives"),
        (lambda: docx(**{"word/inner.JAR": b"x"}), "holds archives"),
        (lambda: docx(**{"../../etc/passwd": b"x"}), "lead out"),
        (lambda: docx(**{"/etc/passwd": b"x"}), "lead out"),
        (lambda: docx(**{"..\\..\\x": b"x"}), "lead out"),
        (lambda: docx(**{"C:\\x": b"x"}), "lead out"),
        (lambda: docx(**{"word/vbaProject.bin": b"x"}), "macros"),
        (lambda: archive({"a.txt": b"x"}), "not an office document"),
        (lambda: archive({"mimetype": b"application/epub+zip"}), "not an office document"),
        (lambda: archive({TYPES: b"x", "word/document.xml": b"x"}, zipfile.ZIP_LZMA), "unusual"),
        (lambda: archive({}), "not an office document"),
        (lambda: docx()[:-30], "damaged"),
        (lambda: b"PK\3\4" + b"\0" * 100, "damaged"),
        (lambda: compound("PowerPoint Document"), "neither doc nor xls"),
        (lambda: compound("WordDocument")[:60], "damaged"),
        (lambda: compound("WordDocument")[:600], "damaged"),
        (lambda: b"", "empty"),
        (lambda: b"MZ\x90\0" + b"\0" * 60, "portable-executable"),
        (lambda: b"\x7fELF" + b"\0" * 60, "file is"),
        (lambda: b"GIF89a" + b"\0" * 20, "image/gif"),
        (lambda: b"<!DOCTYPE html><script>alert(1)</script>", "file is"),
        (lambda: b"\xef\xbb\xbf  <svg xmlns='http://www.w3.org/2000/svg'/>", "file is"),
        (lambda: b"<?xml version='1.0'?>", "file is"),
        (lambda: b"#!/bin/sh\nrm -rf /\n", "file is"),
        (lambda: b"{\\rtf1 x}", "rtf"),
        (lambda: "Báo cáo".encode("utf-16"), "not UTF-8"),
        (lambda: "Báo cáo".encode("cp1258", "replace") + b"\xff", "not UTF-8"),
        (lambda: b"text with \0 in it", "file is"),
        (lambda: b"ok\n" * 3000 + b"\x1b[2J", "file is"),
        (lambda: b"\xff\xd8 no jpeg", "not UTF-8"),
        (lambda: b"\x89PNG but not really", "not UTF-8"),
    ],
)
def test_what_is_refused(tmp_path: Path, make: Callable[[], bytes], said: str) -> None:
    content = make()
    with pytest.raises(WrongType) as caught:
        sniffed(tmp_path, content)
    assert said in str(caught.value)
    assert sniffing.TAKEN in str(caught.value)
    assert set(caught.value.fields) == {"file"}


def test_a_directory_that_runs_in_a_circle_ends(tmp_path: Path) -> None:
    content = bytearray(compound("Other"))
    struct.pack_into("<2I", content, 512 + 1024, 1, 0)
    with pytest.raises(WrongType):
        sniffed(tmp_path, bytes(content))
