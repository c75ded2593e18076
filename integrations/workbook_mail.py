"""Workbooks that come attached to mails, in the mailbox that reports come back to.

Of a mail only its beginning is read at first; the whole of it only where an .xlsx file is attached
and the sender is a registered mailbox. Who that is decides ``plans.mailed_workbooks``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from integrations.bounce_reports import MOST_BOUNDARIES, boundaries_in, parts_of, sender_of
from integrations.office_files import MOST_BYTES
from integrations.workbook_reading import read_workbook
from plans.errors import InvalidInput
from plans.mailed_workbooks import Mailed

MOST_MAIL = MOST_BYTES * 3 // 2
"""Bytes of a mail that are read: a file grows by a third when it is mailed."""
MOST_FILES, MOST_DASHES = 3, 500
"""Workbooks of one mail; lines that might begin a part, of which the library makes one each."""
EXCEL = "spreadsheetml.sheet"
MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,255}>")


def may_hold_one(raw: bytes) -> bool:
    """Whether a mail has an .xlsx file attached, by what was read of it so far."""
    return any(_is_excel(part) for part in _parts(raw))


def mailed_in(raw: bytes | None, beginning: bytes) -> list[Mailed]:
    """A mail's workbooks, or why one cannot be read. ``raw`` None: the mail is too large."""
    sender = sender_of(beginning)
    if raw is None:
        return [Mailed(_source(beginning, b""), sender, None, "large")]
    found: list[Mailed] = []
    for n, part in enumerate(_parts(raw)):
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        source = _source(beginning, content)
        if n == MOST_FILES:  # told once; the other files are sent anew
            return [*found, Mailed(source, sender, None, "large")]
        found.append(_mailed(source, sender, content))
    return found


def _mailed(source: str, sender: str, content: bytes) -> Mailed:
    try:
        return Mailed(source, sender, read_workbook(content))
    except InvalidInput:
        return Mailed(source, sender, None, "unread")


def _parts(raw: bytes) -> Iterator[Message]:
    """The parts that are .xlsx files; of a mail that nobody can read, none."""
    if boundaries_in(raw) > MOST_BOUNDARIES or raw.count(b"\n--") > MOST_DASHES:
        return
    try:
        message = BytesParser(policy=compat32).parsebytes(raw)
        yield from [one for one in parts_of(message) if _is_excel(one)]
    except (Exception, RecursionError):
        return


def _is_excel(part: Message) -> bool:
    if part.get_content_maintype() in ("multipart", "message", "text"):
        return False
    return part.get_content_type().endswith(EXCEL) or _name(part).lower().endswith(".xlsx")


def _name(part: Message) -> str:
    """A file's name, however it was written."""
    name = part.get_filename() or ""
    try:
        return str(make_header(decode_header(name)))
    except (LookupError, ValueError):
        return name


def _source(beginning: bytes, content: bytes) -> str:
    """An attachment's own identity: nobody can take its place with another one."""
    message = BytesParser(policy=compat32).parsebytes(beginning, headersonly=True)
    own = MESSAGE_ID.search(str(message.get("Message-ID", "")))
    said = [own[0] if own else "", sender_of(beginning), hashlib.sha256(content).hexdigest()]
    return "mail:" + hashlib.sha256("\n".join(said).encode("utf-8", "replace")).hexdigest()
