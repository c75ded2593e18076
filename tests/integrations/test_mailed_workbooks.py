"""Workbooks attached to mails: believed from a registered mailbox, answered to it, taken once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from integrations.bounce_mailbox import FILED, Where
from integrations.bounce_reports import LONGEST
from integrations.bounces import Collected, collect
from integrations.notice_mail import render_notice
from integrations.workbook import MEDIA_TYPE
from integrations.workbook_mail import mailed_in, may_hold_one
from plans import contacting, mailed_workbooks
from plans import workbook_returns as workbook_returns_of
from plans.errors import Conflict
from plans.mailed_workbooks import Reading
from plans.store import reading, writing
from plans.store.retention import drop_workbooks
from plans.store.schema import notices
from plans.store.schema_paper import workbook_returns
from plans.terms import NoticeKind
from tests.builders import ZONE
from tests.imap_server import ImapServer
from tests.offices import NOW, assignment, furnish, updates
from tests.workbook_files import SECRET, filled_in, handed_out, terms

REF, BOX = "mau/mot/so-y-te", "syt@x.vn"
HOW = Reading(NOW, ZONE, SECRET, "dondoc.example.vn")


@pytest.fixture
def office(sqlite_engine: Engine) -> Engine:
    furnish(sqlite_engine)
    return sqlite_engine


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    return tmp_path / "box"


def mail(*files: bytes, sender: str = BOX, key: str = "1", filler: int = 0) -> bytes:
    """A reply with files attached, after a picture of so many bytes."""
    message = EmailMessage()
    message["From"], message["To"] = f"Sở Y tế <{sender}>", "dondoc@x.vn"
    message["Message-ID"], message["Subject"] = f"<{key}@x.vn>", "Bảng cập nhật"
    message.set_content("Kính gửi Văn phòng,\n\n--\nSở Y tế\n")
    if filler:
        message.add_attachment(
            bytes(range(256)) * (filler // 256), "image", "png", filename="a.png"
        )
    for n, raw in enumerate(files):
        kind = MEDIA_TYPE.partition("/")
        message.add_attachment(raw, kind[0], kind[2], filename=f"Bảng {n}.xlsx")
    return message.as_bytes()


def read(office: Engine, maildir: Path, *messages: bytes) -> Collected:
    for n, raw in enumerate(messages):
        (maildir / "new" / f"{n:05}.{len(raw)}").write_bytes(raw)
    return collect(office, Where("maildir", str(maildir)), NOW, workbooks=HOW)


def answers(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        query = select(notices).where(notices.c.kind == NoticeKind.WORKBOOK)
        return list(connection.execute(query.order_by(notices.c.id)))


def returns(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(workbook_returns)))


def key_of(engine: Engine) -> str:
    return str(assignment(engine, REF).id)


def test_a_workbook_from_the_registered_mailbox_is_read_and_answered(
    office: Engine, maildir: Path
) -> None:
    key = key_of(office)
    raw = filled_in(handed_out(office), {key: {"percent": 40, "result": "Đã họp"}})
    found = read(office, maildir, mail(raw, sender="SYT@x.vn"))
    assert (found.read, found.workbooks, found.unread) == (1, 1, 0)
    [entry] = updates(office)
    assert (entry.actor, entry.assignment) == ("mail:so-y-te", key)
    [notice] = answers(office)
    assert (notice.recipient, notice.content["taken"]) == ("so-y-te", 1)
    # The same mail again, and the same file in another mail: nothing follows twice.
    assert read(office, maildir, mail(raw, sender="SYT@x.vn")).workbooks == 1
    assert len(answers(office)) == len(updates(office)) == 1
    read(office, maildir, mail(raw, key="2"))
    assert len(updates(office)) == 1
    assert answers(office)[1].content["known"] == 1


def test_every_row_is_told_in_both_languages(office: Engine, maildir: Path) -> None:
    raw = filled_in(handed_out(office), {"*": {"percent": "nhiều"}})
    read(office, maildir, mail(raw))
    [notice] = answers(office)
    for language, said in (("vi", "ghi số nguyên từ 0 đến 100"), ("en", "whole number from 0")):
        shown = render_notice(
            NoticeKind.WORKBOOK, notice.content, language, "http://x.vn", None, link="L"
        )
        for text in (shown.text, shown.html):
            assert said in text
            assert f"http://x.vn/l/L/workbooks/{returns(office)[0].id}" in text
        assert "G5" in shown.text


def test_an_unknown_sender_is_left_to_a_person_and_seen(office: Engine, maildir: Path) -> None:
    raw = filled_in(handed_out(office), {"*": {"percent": 40}})
    found = read(office, maildir, mail(raw, sender="ai-do@xa-la.example"))
    assert (found.workbooks, found.unread) == (0, 1)
    assert updates(office) == [] and answers(office) == []
    [row] = returns(office)
    assert (row.state, row.department, row.way) == ("refused", None, "mail")
    # Any other file of a stranger is but a letter.
    other = mail(b"PK\x03\x04", sender="ai-do@xa-la.example", key="3")
    assert read(office, maildir, other).unread == 2
    assert len(returns(office)) == 1


def register(engine: Engine, code: str, email: str) -> None:
    with writing(engine) as connection:
        contacting.add(connection, code, email, actor="user:7", now=NOW)


@pytest.mark.parametrize("way", ["mail", "person"])
def test_a_sender_who_is_registered_since_is_judged_anew(
    office: Engine, maildir: Path, way: str
) -> None:
    stranger = mail(filled_in(handed_out(office), {"*": {"percent": 40}}), sender="Moi@Xa.vn")
    read(office, maildir, stranger)
    [row] = returns(office)
    assert (row.sender, row.state) == ("Moi@Xa.vn", "refused") and row.sheet
    with writing(office) as connection, pytest.raises(Conflict, match="still no registered"):
        mailed_workbooks.try_again(connection, row.id, HOW, actor="user:7")
    register(office, "so-y-te", "moi@xa.vn")
    if way == "mail":  # a person put it back among the new ones
        assert read(office, maildir, stranger).workbooks == 1
    else:
        with writing(office) as connection:
            assert mailed_workbooks.try_again(connection, row.id, HOW, actor="user:7") == "so-y-te"
    [row] = returns(office)
    assert (row.state, row.department, row.actor) == ("shown", "so-y-te", "mail:so-y-te")
    assert row.outcome["counts"]["taken"] and updates(office) == []
    [notice] = answers(office)
    assert (notice.recipient, notice.content["why"]) == ("so-y-te", "late")
    # Once more nothing follows, by mail or by a person.
    assert read(office, maildir, stranger).workbooks == 1
    with writing(office) as connection, pytest.raises(Conflict, match="only a workbook from"):
        mailed_workbooks.try_again(connection, row.id, HOW, actor="user:7")
    assert len(answers(office)) == len(returns(office)) == 1


def test_a_machines_answer_with_a_workbook_is_left_to_a_person(
    office: Engine, maildir: Path
) -> None:
    raw = b"Auto-Submitted: auto-replied\n" + mail(filled_in(handed_out(office), {}))
    found = read(office, maildir, raw, b"Auto-Submitted: auto-replied\n" + mail(key="2"))
    assert (found.auto_replies, found.workbooks, found.unread) == (2, 0, 1)
    assert updates(office) == [] and answers(office) == []


def test_of_a_strangers_file_that_is_none_of_ours_nothing_is_kept(
    office: Engine, maildir: Path
) -> None:
    raw = filled_in(handed_out(office), {"*": {"percent": 40, "dondoc.signature": "x"}})
    read(office, maildir, mail(raw, sender="ai-do@xa-la.example"))
    [row] = returns(office)
    assert row.sheet is row.sender is None
    register(office, "so-y-te", "ai-do@xa-la.example")
    with writing(office) as connection, pytest.raises(Conflict, match="is not kept"):
        mailed_workbooks.try_again(connection, row.id, HOW, actor="user:7")


def test_who_sent_it_is_kept_no_longer_than_what_it_said(office: Engine, maildir: Path) -> None:
    raw = filled_in(handed_out(office), {"*": {"percent": 40}})
    read(office, maildir, mail(raw, sender="ai-do@xa-la.example"))
    with writing(office) as connection:
        assert drop_workbooks(connection, NOW + timedelta(days=1), 10, dry_run=False) == 1
    [row] = returns(office)
    assert row.sheet is row.sender is None


def test_what_a_workbook_would_take_back_is_not_taken_back_by_mail(
    office: Engine, maildir: Path
) -> None:
    key, raw = key_of(office), handed_out(office)
    read(office, maildir, mail(filled_in(raw, {key: {"percent": 90, "act": "Trình"}})))
    assert assignment(office, REF).review == "submitted"
    emptied = {key: {"percent": 95, "act": None}}
    assert read(office, maildir, mail(filled_in(raw, emptied), key="2")).workbooks == 1
    assert (assignment(office, REF).review, len(updates(office))) == ("submitted", 1)
    notice = answers(office)[-1]
    assert (notice.content["why"], notice.content["taken"]) == ("withdraws", 0)
    for language, said in (("vi", "sẽ rút lại báo cáo đã trình"), ("en", "would take back")):
        mail_ = render_notice(notice.kind, notice.content, language, "http://x.vn", None, link="L")
        assert said in mail_.text and "/workbooks/" in mail_.html
    waiting = [row for row in returns(office) if row.state == "shown"]
    with writing(office) as connection:
        workbook_returns_of.confirm(connection, waiting[0].id, terms(way="page"))
    assert (assignment(office, REF).percent, assignment(office, REF).review) == (95, "none")


def test_nothing_of_a_workbook_with_a_forged_or_foreign_row_is_recorded_by_mail(
    office: Engine, maildir: Path
) -> None:
    key = key_of(office)
    raw = filled_in(handed_out(office), {key: {"percent": 40}, "x": {}})
    forged = filled_in(raw, {key: {"dondoc.version": "7"}})
    foreign = filled_in(handed_out(office, "so-tai-chinh"), {"*": {"percent": 40}})
    assert read(office, maildir, mail(forged), mail(foreign, key="2")).workbooks == 2
    assert updates(office) == []
    told = [(one.recipient, one.content["why"]) for one in answers(office)]
    assert told == [("so-y-te", "forged")] * 2
    assert {row.state for row in returns(office)} == {"shown"}


@pytest.mark.parametrize(
    "raw", [b"PK\x03\x04 damaged", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", b"%PDF"]
)
def test_a_hostile_file_is_told_to_the_registered_mailbox(
    office: Engine, maildir: Path, raw: bytes
) -> None:
    assert read(office, maildir, mail(raw)).workbooks == 1
    [notice] = answers(office)
    assert (notice.recipient, notice.content["why"]) == ("so-y-te", "unread")
    [row] = returns(office)
    assert row.outcome["why"]


def test_what_one_mail_holds_beyond_three_workbooks_is_told(office: Engine) -> None:
    raw = mail(*(handed_out(office) for _ in range(5)))
    found = mailed_in(raw, raw)
    assert [one.why for one in found] == [None, None, None, "large"]
    assert len({one.source for one in found}) == 4


def test_without_being_asked_to_it_reads_no_workbook(office: Engine, maildir: Path) -> None:
    raw = filled_in(handed_out(office), {"*": {"percent": 40}})
    (maildir / "new" / "1").write_bytes(mail(raw))
    found = collect(office, Where("maildir", str(maildir)), NOW)
    assert (found.workbooks, found.unread) == (0, 1)
    assert returns(office) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff" * 1000,
        b'Content-Type: multipart/mixed; boundary="x"\n\n' + b"--x\n\n" * 100_000,
        b"".join(
            b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n)
            for n in range(1000)
        ),
        b"Content-Type: application/vnd.ms-excel; name==?x?q?=\n\nx",
    ],
)
def test_whatever_is_in_a_mail_looking_at_it_ends(raw: bytes) -> None:
    assert not may_hold_one(raw)
    assert mailed_in(raw, raw) == []


# --- by IMAP, from a real server ------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with ImapServer() as one:
        yield one


def test_a_large_mail_is_fetched_whole_from_whom_we_know(
    office: Engine, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate.authority))
    raw = filled_in(handed_out(office), {key_of(office): {"percent": 40}})
    # The workbook stands behind a picture, far beyond what is read of a mail at first.
    large = mail(raw, filler=3 * LONGEST)
    letter = mail(filler=3 * LONGEST, key="2", sender="ai-do@xa-la.example")
    server.put(large, letter)
    where = Where.of(server.url())
    found = collect(office, where, NOW, workbooks=HOW)
    assert (found.read, found.workbooks, found.unread) == (2, 1, 1)
    assert assignment(office, REF).percent == 40
    assert (server.number("INBOX", "UNSEEN"), server.number(FILED)) == (1, 1)
    # Beyond all measure: told, not read.
    monkeypatch.setattr("integrations.bounces.MOST_MAIL", 2 * LONGEST)
    server.put(mail(raw, key="3", filler=3 * LONGEST))
    assert collect(office, where, NOW, workbooks=HOW).workbooks == 1
    assert answers(office)[-1].content["why"] == "large"
