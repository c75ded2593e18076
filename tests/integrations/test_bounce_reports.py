"""Reports of many mail servers read as they write them; whatever else comes does no harm."""

from __future__ import annotations

from email import feedparser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.bounce_reports import LONGEST, MOST_BOUNDARIES, Kind, parse, sender_of
from plans.bouncing import Report

SAMPLES = Path(__file__).parent / "bounce_samples"
OURS = "<0123456789abcdef0123456789abcdef@dondoc.example.vn>"
TO = "vanthu@syt.example.vn"

EXPECTED: dict[str, tuple[str, str | None, bool, str]] = {
    # sample: (action, status, whether the mailbox is at fault, part of what was said)
    "postfix": ("failed", "5.1.1", True, "User unknown in virtual mailbox table"),
    "postfix_delayed": ("delayed", "4.4.1", False, "Connection timed out"),
    "postfix_expired": ("failed", "4.4.1", False, "Connection timed out"),
    "postfix_delivered": ("relayed", "2.0.0", False, "queued"),
    "exchange_online": ("failed", "5.1.10", True, "RecipientNotFound"),
    "exchange_without_original": ("failed", "5.2.2", True, "QuotaExceeded"),
    "exim": ("failed", "5.0.0", True, "550 No such user here"),
    "exim_old": ("failed", None, True, "Unrouteable address"),
    "gmail": ("failed", "5.1.1", True, "does not exist"),
    "qmail": ("failed", "5.1.1", True, "Sorry, no mailbox here by that name. (#5.1.1)"),
    "sendmail_expanded_orcpt": ("failed", "5.7.1", False, "refused by policy"),
    "internationalised": ("failed", "5.1.1", True, "hộp thư không tồn tại"),
}
OTHERS = {
    "out_of_office": Kind.AUTO_REPLY,
    "vacation": Kind.AUTO_REPLY,
    "read_receipt": Kind.AUTO_REPLY,
    "letter": Kind.LETTER,
    "letter_of_absence": Kind.LETTER,
    "forwarded_report": Kind.LETTER,
}


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def test_every_sample_is_expected() -> None:
    assert {path.stem for path in SAMPLES.glob("*.eml")} == {*EXPECTED, *OTHERS}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_report_is_read(name: str) -> None:
    action, status, blamed, said = EXPECTED[name]
    found = parse(sample(name))
    assert found.kind is Kind.REPORT
    (report,) = found.reports
    assert (report.action, report.status, report.blames_mailbox) == (action, status, blamed)
    assert OURS in report.message_ids
    assert TO in report.addresses
    assert said in report.said


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_report_is_not_taken_for_one(name: str) -> None:
    found = parse(sample(name))
    assert (found.kind, found.reports) == (OTHERS[name], ())


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (b"", Kind.LETTER),
        (b"Auto-Submitted: no\r\n", Kind.LETTER),
        (b"X-Autoreply: no\r\n", Kind.LETTER),
        (b"Precedence: normal\r\n", Kind.LETTER),
        (b"Auto-Submitted: auto-replied\r\n", Kind.AUTO_REPLY),
        (b"Auto-Submitted: auto-generated\r\n", Kind.AUTO_REPLY),
        (b"X-Autoreply: yes\r\n", Kind.AUTO_REPLY),
        (b"Precedence: bulk\r\n", Kind.AUTO_REPLY),
        (b"Precedence: auto_reply\r\n", Kind.AUTO_REPLY),
    ],
)
def test_a_letter_about_an_absence_is_a_persons_unless_a_header_says_otherwise(
    headers: bytes, kind: Kind
) -> None:
    assert parse(headers + sample("letter_of_absence")).kind is kind


def test_a_machines_message_about_something_else_is_a_persons_to_see() -> None:
    for headers in (b"Auto-Submitted: auto-generated\r\n", b"Precedence: list\r\n"):
        assert parse(headers + sample("letter")).kind is Kind.LETTER


def test_the_same_report_has_the_same_source_and_another_another() -> None:
    def source(name: str, more: bytes = b"") -> str:
        return parse(more + sample(name)).reports[0].source

    again = source("postfix", b"Received: from elsewhere\r\n")
    assert source("postfix") == again != source("postfix_delayed")


def test_several_recipients_are_reports_of_their_own() -> None:
    second = b"Final-Recipient: rfc822; b@x.vn\r\nAction: delayed\r\nStatus: 4.2.2\r\n\r\n"
    raw = sample("postfix").replace(b"Final-Recipient", second + b"Final-Recipient", 1)
    reports = parse(raw).reports
    assert [(one.addresses[0], one.action) for one in reports] == [
        ("b@x.vn", "delayed"),
        (TO, "failed"),
    ]
    assert len({one.source for one in reports}) == 2


def test_who_wrote_a_message() -> None:
    assert sender_of(sample("letter")) == TO
    assert sender_of(b"\xff\xfe") == ""


# --- hostile input --------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(depth)
    )
    return b"From: mailer-daemon@x\r\n" + opened + sample("postfix")


def wrapped(depth: int) -> bytes:
    return b"From: mailer-daemon@x\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * depth


HOSTILE = {
    "nothing": b"",
    "nested": nested(40),
    "nested deep": nested(3000),
    "messages in messages": wrapped(5000),
    "many parts": b'From: mailer-daemon@x\r\nContent-Type: multipart/report; boundary="a"\r\n\r\n'
    + b"--a\r\nContent-Type: message/delivery-status\r\n\r\nx\r\n" * 5000,
    "no end of a header": b"Subject: " + b"x" * LONGEST,
    "many headers": b"".join(b"X-%d: y\r\n" % n for n in range(20000)),
    "open signs": b"From: mailer-daemon@x\r\n\r\n" + b"<" * 60000 + b"<a@" * 20000,
    "long addresses": b"From: mailer-daemon@x\r\n\r\n" + b"a" * 60000 + b"@" + b"b." * 20000,
    "wrong charset": sample("postfix").replace(b"utf-8", b"utf-\x00\xff"),
    "broken base64": sample("postfix_expired").replace(b"Message-ID", b"\xff=?"),
    "nul": sample("postfix").replace(b"User unknown", b"User\x00\x1b[31m unknown"),
    "binary": bytes(range(256)) * 2000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_read_to_an_end(name: str) -> None:
    for report in parse(HOSTILE[name]).reports:
        check(report)


BOUNDED = {
    "plain": b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n',
    "in capitals": b"CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY=b%d\n\n--b%d\n",
    "folded": b"Content-Type: multipart/mixed;\n boundary\n =\n b%d\n\n--b%d\n",
    "extended": b"Content-Type: multipart/mixed; boundary*=us-ascii'en'b%d\n\n--b%d\n",
    "in pieces": b"Content-Type: multipart/mixed; boundary*0=b%d\n\n--b%d\n",
}


@pytest.mark.parametrize("written", BOUNDED)
@pytest.mark.parametrize("depth", [MOST_BOUNDARIES, 150])
def test_the_work_does_not_grow_with_the_depth(
    written: str, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted: how often the library may compare a line with a boundary."""
    lines_of: Any = vars(feedparser)["BufferedSubFile"]
    work, real = [0], lines_of.readline

    def readline(lines: Any) -> Any:
        work[0] += len(lines._eofstack)
        return real(lines)

    monkeypatch.setattr(lines_of, "readline", readline)
    opened = b"".join(BOUNDED[written] % (n, n) for n in range(depth))
    raw = b"Return-Path: <>\nFrom: mailer-daemon@x\n" + opened + b"--\n" * 15_000
    assert parse(raw).kind is Kind.LETTER
    assert work[0] <= 2 * MOST_BOUNDARIES * 16_000


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(EXPECTED)), st.data())
def test_damaged_reports_do_no_harm(name: str, data: st.DataObject) -> None:
    raw = bytearray(sample(name))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    for report in parse(bytes(raw)).reports:
        check(report)


def check(report: Report) -> None:
    assert report.addresses
    assert report.said.isprintable() and report.why.isprintable()
    assert len(report.said) <= 500 and len(report.message_ids) <= 50


def test_what_lies_beyond_the_first_part_is_not_read() -> None:
    raw = sample("letter") + b"x" * LONGEST + sample("postfix")
    assert parse(raw).kind is Kind.LETTER


def test_a_report_in_a_long_message_is_read() -> None:
    raw = sample("postfix") + b"\r\nattachment" * LONGEST
    assert parse(raw).reports[0].status == "5.1.1"
