"""Reading a message of the bounce mailbox: a delivery status report, an auto-reply or a letter.

Reports by RFC 3464 (also RFC 6533's, and ones that servers get slightly wrong) are read here, the
many other kinds by flufl.bounce. Whatever is in a message, reading it ends, and soon: only its
first part is read, attachments are never opened, and what cannot be understood is a letter.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import compat32
from email.utils import getaddresses, parseaddr
from enum import StrEnum
from typing import Any, get_args

from plans.bouncing import Action, Report

LONGEST = 128 * 1024
"""Bytes of a message that are read: a report stands before the message that it returns."""
SCANNED = 64 * 1024
MOST_PARTS, MOST_RECIPIENTS, MOST_IDS = 50, 20, 50
MOST_BOUNDARIES = 20
"""The library compares each line with the boundaries of all parts that it lies in: a thousand of
them, one in the other, take it a minute. A report has two or three."""
HEADERS_ALONE = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
CARRYING = ("message/rfc822", "message/global", *HEADERS_ALONE)
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")

MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,255}>")
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
ADDRESS = re.compile(r"[^\s<>;,\"()]{1,64}@[^\s<>;,\"()]{1,190}")
XTEXT = re.compile(r"\+([0-9A-F]{2})")
DAEMON = re.compile(
    r"(mailer-?daemon|postmaster|mail-?daemon|mdaemon|mail delivery (sub)?system)\b", re.I
)
BOUNDARY = re.compile(rb"boundary[\s*\d]*=", re.I)  # also folded, or by RFC 2231
ANSWERED = re.compile(r"\s*auto-(replied|notified)\b", re.I)
BY_MACHINE = re.compile(r"\s*auto-(?!replied|notified)", re.I)
AUTO_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")
BULK = ("bulk", "junk", "list")
ABSENT = re.compile(
    r"(auto(matic)?[- ]?(reply|response)|out of (the )?office|trả lời tự động|tự động trả lời"
    r"|thư trả lời tự động|vắng mặt)",
    re.I,
)

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # a hostile message is no error


class Kind(StrEnum):
    """What a message is. ``LETTER``: by a person, or nothing that we understand."""

    REPORT = "report"
    AUTO_REPLY = "auto_reply"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a message says; ``reports``: one for each recipient that it names."""

    kind: Kind
    reports: tuple[Report, ...] = ()


def parse(raw: bytes) -> Parsed:
    """Read a message; never an error, whatever is in it."""
    if len(BOUNDARY.findall(raw, 0, LONGEST)) > MOST_BOUNDARIES:
        return Parsed(Kind.LETTER)
    try:
        return _read(BytesParser(policy=compat32).parsebytes(raw[:LONGEST]), raw)
    except (Exception, RecursionError):
        # Nested too deep, or broken in a way that the library did not foresee: a person's to see.
        return Parsed(Kind.LETTER)


def _read(message: Message, raw: bytes) -> Parsed:
    parts = list(parts_of(message))
    status = next((one for one in parts if one.get_content_type() in STATUS_PARTS), None)
    if status is not None:
        reports = _standard(message, parts, status, raw)
    elif _is_receipt(message) or _is_auto_reply(message):
        return Parsed(Kind.AUTO_REPLY)
    elif _is_daemons(message):
        reports = _guessed(message, parts, raw)
    else:
        reports = []
    return Parsed(Kind.REPORT, tuple(reports)) if reports else Parsed(Kind.LETTER)


def boundaries_in(raw: bytes) -> int:
    """How many boundaries a message declares, by which its parts would be told apart."""
    return len(BOUNDARY.findall(raw))


def parts_of(message: Message) -> Iterator[Message]:
    """The message's own parts, in order; not what lies in a message that it carries."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        one = waiting.pop(0)
        seen += 1
        yield one
        if one.get_content_maintype() == "multipart":
            waiting[:0] = _inner(one)[:MOST_PARTS]


# --- reports by the standard ----------------------------------------------------------------------


def _standard(message: Message, parts: list[Message], status: Message, raw: bytes) -> list[Report]:
    ids, source = _message_ids(message, parts), _source(message, raw)
    found: list[Report] = []
    for block in _blocks(status):
        if addresses := _addresses(block):
            found.append(_report(block, ids, addresses, f"{source}/{len(found)}"))
        if len(found) == MOST_RECIPIENTS:
            break
    return found


def _report(
    block: Message, ids: tuple[str, ...], addresses: tuple[str, ...], source: str
) -> Report:
    said = _one_line(_field(block, "Diagnostic-Code").partition(";")[2])
    said = said or _one_line(_field(block, "Diagnostic-Code"))
    status = STATUS.search(_field(block, "Status")) or STATUS.search(said)
    code = status[1] if status else None
    return Report(source, ids, addresses, _action(_field(block, "Action"), code), code, said)


def _blocks(status: Message) -> Iterator[Message]:
    """A report's groups of fields, the message's own first."""
    inner = _inner(status)
    if status.get_content_type() == STATUS_PARTS[0] and inner:
        yield from inner[: MOST_RECIPIENTS + 1]
        return
    # The library reads the first group of RFC 6533's as a message, the others as its text.
    yield from inner[:1]
    text = _text(inner[0]) if inner else _text(status)
    for group in re.split(r"\r?\n[ \t]*\r?\n", text)[: MOST_RECIPIENTS + 1]:
        yield HeaderParser(policy=compat32).parsestr(group.strip())


def _addresses(block: Message) -> tuple[str, ...]:
    """The recipient by both its names; in xtext (RFC 3461) a ``+40`` stands for ``@``."""
    found: dict[str, None] = {}
    for name in ("Final-Recipient", "Original-Recipient"):
        kind, _, address = _field(block, name).partition(";")
        plain = address or kind
        for text in (plain, XTEXT.sub(lambda code: chr(int(code[1], 16)), plain)):
            found |= dict.fromkeys(ADDRESS.findall(text)[:1])
    return tuple(found)


def _action(said: str, status: str | None) -> Action:
    word = said.strip().split(" ")[0].casefold()
    known: tuple[Action, ...] = get_args(Action)
    if word in known:
        return known[known.index(word)]
    if status and status[0] != "5":
        return "delivered" if status[0] == "2" else "delayed"
    return "failed"


# --- the others -----------------------------------------------------------------------------------


def _guessed(message: Message, parts: list[Message], raw: bytes) -> list[Report]:
    """What a server says in words of its own."""
    from flufl.bounce import all_failures

    scanned = BytesParser(policy=compat32).parsebytes(raw[:SCANNED])
    temporary, permanent = all_failures(scanned)
    ids, source = _message_ids(message, parts), _source(message, raw)
    text = "\n".join(_text(one) for one in parts if one.get_content_maintype() == "text")
    found: list[Report] = []
    groups: tuple[tuple[Action, Any], ...] = (
        ("failed", permanent),
        ("delayed", temporary - permanent),
    )
    for action, some in groups:
        for one in sorted(some)[:MOST_RECIPIENTS]:
            address = one.decode("ascii", "replace")
            said = _said_of(text[:SCANNED], address)
            status = STATUS.search(said)
            code = status[1] if status else None
            key = f"{source}/{len(found)}"
            found.append(Report(key, ids, (address,), action, code, said))
    return found


def _said_of(text: str, address: str) -> str:
    """What follows an address up to a blank line, which is why it failed."""
    at = text.casefold().find(address.casefold())
    rest = text[at + len(address) : at + 600].lstrip(">: \r\n") if at >= 0 else ""
    return _one_line(re.split(r"\r?\n[ \t]*\r?\n", rest)[0])


# --- what a message is ----------------------------------------------------------------------------


def _is_receipt(message: Message) -> bool:
    """That it was read (RFC 8098), or deleted unread."""
    kind = message.get_param("report-type")
    return str(kind).casefold() == "disposition-notification"


def _is_auto_reply(message: Message) -> bool:
    """Whether a machine answered (RFC 3834). A person may write of an absence too: what headers
    do not call an answer needs the subject of one, and what they do not call a machine's is none.
    """
    submitted = _field(message, "Auto-Submitted")
    if ANSWERED.match(submitted) and not _is_daemons(message):
        return True
    said = (_field(message, name).strip().casefold() for name in AUTO_HEADERS)
    if any(one not in ("", "no") for one in said):
        return True
    precedence = _field(message, "Precedence").strip().casefold()
    if precedence == "auto_reply":
        return True
    by_machine = BY_MACHINE.match(submitted) or precedence in BULK
    return bool(by_machine and ABSENT.match(_decoded(_field(message, "Subject"))))


def _is_daemons(message: Message) -> bool:
    """Whether a mail server wrote it: a person who quotes a report is not believed to be one."""
    if _field(message, "Return-Path").strip() == "<>":
        return True
    name, address = parseaddr(_field(message, "From"))
    return bool(DAEMON.match(address) or DAEMON.match(name))


def _message_ids(message: Message, parts: list[Message]) -> tuple[str, ...]:
    """Whose message it may be about: the returned one's, what it answers, what its text names."""
    found: dict[str, None] = {}
    for one in parts:
        if (headers := _returned(one)) is not None:
            found |= dict.fromkeys(MESSAGE_ID.findall(_field(headers, "Message-ID")))
    for name in ("In-Reply-To", "References", "X-Original-Message-ID"):
        found |= dict.fromkeys(MESSAGE_ID.findall(_field(message, name)))
    for one in parts:
        if one.get_content_maintype() == "text":
            found |= dict.fromkeys(MESSAGE_ID.findall(_text(one))[:MOST_IDS])
    return tuple(found)[:MOST_IDS]


def _returned(part: Message) -> Message | None:
    """The headers of the message that came back, if this part holds them."""
    kind, inner = part.get_content_type(), _inner(part)
    if inner and len(inner[0]) and kind in CARRYING:
        return inner[0]
    if kind in HEADERS_ALONE:
        text = _text(inner[0]) if inner else _text(part)
        return HeaderParser(policy=compat32).parsestr(text.lstrip())
    return None


def _inner(part: Message) -> list[Message]:
    """The messages or parts that a part is made of."""
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _source(message: Message, raw: bytes) -> str:
    """A report's own identity, so that it is taken once however often it is found."""
    own = MESSAGE_ID.search(_field(message, "Message-ID"))
    return hashlib.sha256(own[0].encode("utf-8", "replace") if own else raw).hexdigest()


# --- small things ---------------------------------------------------------------------------------


def _field(message: Message, name: str) -> str:
    """A header's text, however it was written."""
    value: Any = message.get(name, "")
    return str(value)


def _decoded(text: str) -> str:
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, ValueError):
        return text


def _text(part: Message) -> str:
    """A part's text; an unknown charset or a broken encoding is read as well as can be."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _one_line(text: str) -> str:
    """Without line breaks and signs that no database or page bears."""
    clean = "".join(sign if sign.isprintable() else " " for sign in text[:2000])
    return " ".join(clean.split())[:500]


def sender_of(raw: bytes) -> str:
    """The address that a message says it is from, for who looks at it."""
    try:
        message = BytesParser(policy=compat32).parsebytes(raw[:SCANNED], headersonly=True)
        found = getaddresses([_field(message, "From")])
    except Exception:
        return ""
    return _one_line(found[0][1])[:120] if found else ""
