# ruff: noqa: N802, ARG002 - the names and arguments of aiosmtpd's hooks
from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import Header
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr, ValidationError

from integrations.mail import (
    DeliveryError,
    MaildirTransport,
    MailSettings,
    SmtpTransport,
    compose,
    mailbox,
    open_transport,
)
from integrations.rendering import Rendered
from integrations.smtp import LONGEST_IDLE, Server, refusal
from plans.errors import InvalidInput
from plans.store.message_ids import message_id

SENDER = "Văn phòng UBND tỉnh (mô phỏng) <nhac-viec@vp.example.vn>"
TO = "Sở Y tế, văn thư (mô phỏng) <vanthu@syt.example.vn>"
WHEN = datetime(2025, 6, 16, 7, 30, tzinfo=timezone(timedelta(hours=7)))
SALT = b"of the record"
KEY = "so-y-te|reminder|2025-06-16|-3"
RENDERED = Rendered(
    subject="Đôn đốc: 03 nhiệm vụ (01 quá hạn, 01 đến hạn hôm nay, 01 sắp đến hạn) (16/06/2025)",
    text="Kính gửi: Sở Y tế\n\nQuá hạn 05 ngày\n.\nTrân trọng./.\n",
    html='<html lang="vi"><body>Kính gửi: <b>Sở Y tế</b></body></html>\n',
)


def composed(rendered: Rendered = RENDERED, key: str = KEY, **given: Any) -> bytes:
    facts: dict[str, Any] = {
        "sender": SENDER,
        "to": TO,
        "message_id": message_id(SALT, key, "vp.example.vn"),
        "date": WHEN,
    }
    return compose(rendered, **facts | given)


def parsed(message: bytes) -> EmailMessage:
    found = message_from_bytes(message, policy=policy.default)
    assert not found.defects
    return found


# --- composing -------------------------------------------------------------------------------


def test_a_message_reads_back_as_it_was_composed() -> None:
    found = parsed(composed(reply_to="phong-tong-hop@vp.example.vn"))
    assert found["Subject"] == RENDERED.subject
    assert found["From"].addresses[0].display_name == "Văn phòng UBND tỉnh (mô phỏng)"
    assert found["From"].addresses[0].addr_spec == "nhac-viec@vp.example.vn"
    assert [(to.display_name, to.addr_spec) for to in found["To"].addresses] == [
        ("Sở Y tế, văn thư (mô phỏng)", "vanthu@syt.example.vn")
    ]
    assert found["Reply-To"] == "phong-tong-hop@vp.example.vn"
    assert found["Date"].datetime == WHEN
    assert found["Message-ID"] == message_id(SALT, KEY, "vp.example.vn")
    assert found["Content-Language"] == "vi"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert found["List-Unsubscribe"] is None


def test_both_parts_are_there_text_first() -> None:
    found = parsed(composed())
    assert found.get_content_type() == "multipart/alternative"
    text, html = cast(list[EmailMessage], list(found.iter_parts()))
    assert (text.get_content_type(), text.get_content()) == ("text/plain", RENDERED.text)
    assert (html.get_content_type(), html.get_content()) == ("text/html", RENDERED.html)
    assert text.get_content_charset() == html.get_content_charset() == "utf-8"


def test_the_wire_form_is_ascii_with_crlf_and_short_lines() -> None:
    message = composed(to=f"{'Ủy ban nhân dân tỉnh ' * 9}<a@b.vn>")
    assert message.isascii()
    assert b"\n" not in message.replace(b"\r\n", b"")
    headers = message.partition(b"\r\n\r\n")[0]
    assert max(map(len, headers.split(b"\r\n"))) <= 78


def test_the_same_notice_gives_the_same_bytes() -> None:
    assert composed() == composed()
    assert composed(key="another") != composed()


LONG = "Ủy ban nhân dân tỉnh " * 9


@pytest.mark.parametrize("text", ["", "a", "x" * 56, "x" * 57, "x" * 58, "a\r\nb\rc\n.\n", LONG])
@pytest.mark.parametrize("to", ["a@b.vn", TO, f"{LONG}<a@b.vn>", f"{'Office of ' * 9}<a@b.vn>"])
def test_a_message_is_what_the_standard_library_would_write(text: str, to: str) -> None:
    """Written out here, since its classes took longer than all else about a message."""
    rendered = Rendered(text[:90].replace("\r", " ").replace("\n", " "), text, f"<p>{text}</p>")
    headers = {"message_id": "<" + "y" * 90 + "@b.vn>", "to": to, "reply_to": "Phòng <p@x.vn>"}
    ours = composed(rendered, **headers, list_unsubscribe="https://x.vn/u")
    theirs: Message[Any, Any] = MIMEMultipart(
        "alternative", boundary=message_from_bytes(ours).get_boundary()
    )
    theirs["From"], theirs["To"] = named(SENDER, "From"), named(to, "To")
    theirs["Reply-To"] = named(headers["reply_to"], "Reply-To")
    theirs["Subject"] = Header(rendered.subject, "utf-8", header_name="Subject")
    theirs["Date"], theirs["Message-ID"] = format_datetime(WHEN), headers["message_id"]
    theirs["Content-Language"], theirs["Auto-Submitted"] = "vi", "auto-generated"
    theirs["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    theirs["List-Unsubscribe"] = "<https://x.vn/u>"
    theirs["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    theirs.attach(MIMEText(rendered.text, "plain", "utf-8"))
    theirs.attach(MIMEText(rendered.html, "html", "utf-8"))
    assert ours == theirs.as_bytes(policy=policy.compat32.clone(linesep="\r\n"))


def named(text: str, header: str) -> Header | str:
    name, address = mailbox(text) or ("", "")
    if name.isascii():
        return formataddr((name, address))
    found = Header(name, "utf-8", header_name=header)
    found.append(f"<{address}>", "us-ascii")
    return found


def test_a_message_id_follows_from_the_key_and_a_secret() -> None:
    mine = message_id(SALT, "a", "x.vn")
    assert mine == message_id(SALT, "a", "x.vn") != message_id(SALT, "b", "x.vn")
    assert mine != message_id(b"another", "a", "x.vn")
    assert re.fullmatch(r"<[0-9a-f]{32}@x\.vn>", mine)


@pytest.mark.parametrize("name", ["", "Office", "Sở Y tế", 'Sở "Y tế"', "Sở Y, tế; (x) @ y"])
def test_names_survive(name: str) -> None:
    [address] = parsed(composed(to=f"{name} <a@b.vn>"))["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "a@b.vn")


def test_one_click_is_for_https_alone() -> None:
    written = "mailto:phong@x.vn?subject=unsubscribe%20so-y-te"
    assert parsed(composed(list_unsubscribe=written))["List-Unsubscribe"] == f"<{written}>"
    secure = parsed(composed(list_unsubscribe="https://dondoc.vn/u/x?t=1"))
    assert secure["List-Unsubscribe"] == "<https://dondoc.vn/u/x?t=1>"
    assert secure["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain = parsed(composed(list_unsubscribe="http://127.0.0.1:8000/u/x"))
    assert plain["List-Unsubscribe"] == "<http://127.0.0.1:8000/u/x>"
    assert plain["List-Unsubscribe-Post"] is None


INJECTIONS = ["\r\nBcc: all@x.vn", "\nBcc: all@x.vn", "\rBcc: all@x.vn", "\x00", "\u2028"]


@pytest.mark.parametrize("hostile", INJECTIONS)
@pytest.mark.parametrize("header", ["sender", "reply_to", "message_id", "list_unsubscribe"])
def test_no_value_starts_another_header(header: str, hostile: str) -> None:
    good = {"message_id": "<a@b.vn>", "list_unsubscribe": "https://b.vn/"}.get(header, "A <a@b.vn>")
    good_one: dict[str, Any] = {header: good}
    composed(**good_one)
    for value in (good + hostile, hostile + good):
        bad_one: dict[str, Any] = {header: value}
        with pytest.raises(InvalidInput):
            composed(**bad_one)


@pytest.mark.parametrize("hostile", INJECTIONS)
def test_neither_subject_nor_recipient_starts_another_header(hostile: str) -> None:
    with pytest.raises(InvalidInput):
        composed(Rendered(f"Nhắc việc{hostile}", "", ""))
    for to in (f"Sở{hostile} <a@b.vn>", f"a@b.vn{hostile}", f"a{hostile}@b.vn"):
        with pytest.raises(DeliveryError) as error:
            composed(to=to)
        assert error.value.permanent
        assert error.value.recipient


@pytest.mark.parametrize(
    "text", ["", "a", "a@", "@b.vn", "a@b.vn, c@d.vn", "A <a@b.vn> <c@d.vn>", "a b@c.vn", "ê@b.vn"]
)
def test_what_is_no_mailbox(text: str) -> None:
    assert mailbox(text) is None


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        composed(date=WHEN.replace(tzinfo=None))


# --- settings --------------------------------------------------------------------------------


def test_settings_default_to_files(tmp_path: Path) -> None:
    settings = MailSettings()
    assert (settings.envelope_from, settings.domain) == ("dondoc@localhost", "localhost")
    with open_transport(settings, tmp_path) as transport:
        transport.send(settings.envelope_from, "a@b.vn", composed())
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_settings_with_a_server() -> None:
    settings = MailSettings(smtp_url=SecretStr("smtp://127.0.0.1:2525"), smtp_timeout_seconds=3)
    transport = open_transport(settings, Path("unused"))
    assert isinstance(transport, SmtpTransport)
    assert (transport.server.port, transport.timeout) == (2525, 3)


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.vn",
        "mail.vn:25",
        "smtp://",
        "smtp://mail.vn:tám",
        "smtp://office:s3cret@mail.vn",
        "smtps://office:s3cret#1@mail.vn",
        "smtps://mail.vn/s3cret",
    ],
)
def test_a_wrong_server_is_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(ValidationError) as error:
        MailSettings(smtp_url=SecretStr(url))
    assert "s3cret" not in str(error.value)
    with pytest.raises(InvalidInput) as refused:
        SmtpTransport(url)
    assert "s3cret" not in str(refused.value)


def test_a_server_from_its_url() -> None:
    server = Server.of("smtp+starttls://office%40vn:s3%23cret@Mail.VN")
    assert (server.host, server.port) == ("mail.vn", 587)
    assert (server.user, server.password) == ("office@vn", "s3#cret")
    assert "s3#cret" not in repr(server)
    assert Server.of("smtps://mail.vn").port == 465
    assert Server.of("smtp://mail.vn").port == 25


def test_people_are_answered_at_the_reply_address() -> None:
    settings = MailSettings(mail_from="Máy <may@x.vn>", reply_to="Phòng <phong@x.vn>")
    assert (settings.envelope_from, settings.office_address) == ("may@x.vn", "phong@x.vn")
    assert MailSettings(mail_from="may@x.vn").office_address == "may@x.vn"


def test_a_wrong_sender_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError):
        MailSettings(mail_from="Văn phòng")


# --- files -----------------------------------------------------------------------------------


def test_files_are_named_after_the_message_and_written_once(tmp_path: Path) -> None:
    with MaildirTransport(tmp_path) as transport:
        for message in (composed(), composed(), composed(key="another")):
            transport.send("x@y.vn", "a@b.vn", message)
    names = {path.name for path in tmp_path.iterdir()}
    another = message_id(SALT, "another", "vp.example.vn")
    own = message_id(SALT, KEY, "vp.example.vn").strip("<>")
    assert names == {f"{own}.eml", f"{another.strip('<>')}.eml"}
    assert (tmp_path / f"{own}.eml").read_bytes() == composed()


def test_a_file_never_leaves_its_directory(tmp_path: Path) -> None:
    inside = tmp_path / "mail"
    with MaildirTransport(inside) as transport:
        transport.send("x@y.vn", "a@b.vn", b"Message-ID: <../../etc/passwd@x>\r\n\r\nx")
        transport.send("x@y.vn", "a@b.vn", b"Subject: none\r\n\r\nx")
    assert len(list(inside.glob("*.eml"))) == 2
    assert list(tmp_path.iterdir()) == [inside]


def test_a_full_or_closed_directory_is_a_temporary_failure(tmp_path: Path) -> None:
    taken = tmp_path / "mail"
    taken.write_text("a file")
    with pytest.raises(DeliveryError) as error, MaildirTransport(taken) as transport:
        transport.send("x@y.vn", "a@b.vn", composed())
    assert not error.value.permanent


# --- a real server ---------------------------------------------------------------------------


class Sink:
    """What the server answers, and what it has taken."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.connections: set[Any] = set()
        self.sender = "250 OK"
        self.recipients: dict[str, str] = {}
        self.message = "250 OK"

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.connections.add(session.peer)
        envelope.mail_from = address
        return self.sender

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.message.startswith("250"):
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.message


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(sink: Sink, port: int = 0, **options: Any) -> Iterator[int]:
    controller = Controller(sink, hostname="127.0.0.1", port=port or free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def transport(sink: Sink) -> Iterator[SmtpTransport]:
    with serving(sink) as port, SmtpTransport(f"smtp://127.0.0.1:{port}", timeout=5) as found:
        yield found


def failure(transport: SmtpTransport, to: str = "vanthu@syt.example.vn") -> DeliveryError:
    with pytest.raises(DeliveryError) as error:
        transport.send("nhac-viec@vp.example.vn", to, composed())
    return error.value


def test_messages_arrive_whole_on_one_connection(sink: Sink, transport: SmtpTransport) -> None:
    for key in ("one", "two", "three"):
        transport.send("nhac-viec@vp.example.vn", "vanthu@syt.example.vn", composed(key=key))
    assert [content for _, _, content in sink.taken] == [
        composed(key=key) for key in ("one", "two", "three")
    ]
    assert sink.taken[0][:2] == ("nhac-viec@vp.example.vn", ["vanthu@syt.example.vn"])
    assert len(sink.connections) == 1


def test_an_unknown_mailbox_is_permanent_and_the_next_one_is_served(
    sink: Sink, transport: SmtpTransport
) -> None:
    sink.recipients["gone@x.vn"] = "550 5.1.1 no such mailbox"
    error = failure(transport, "gone@x.vn")
    assert (error.permanent, error.recipient) == (True, True)
    assert "no such mailbox" in str(error)
    transport.send("a@b.vn", "vanthu@syt.example.vn", composed())
    assert [to for _, to, _ in sink.taken] == [["vanthu@syt.example.vn"]]
    assert len(sink.connections) == 1


def test_a_busy_mailbox_is_temporary(sink: Sink, transport: SmtpTransport) -> None:
    sink.recipients["busy@x.vn"] = "451 try again later"
    error = failure(transport, "busy@x.vn")
    assert (error.permanent, error.recipient) == (False, False)


def test_a_refused_sender_is_our_fault_and_is_tried_again(
    sink: Sink, transport: SmtpTransport
) -> None:
    sink.sender = "553 sender not allowed"
    error = failure(transport)
    assert (error.permanent, error.recipient, error.slows) == (False, False, "server")


def test_a_refused_message_is_permanent(sink: Sink, transport: SmtpTransport) -> None:
    sink.message = "554 5.7.1 looks like spam"
    error = failure(transport)
    assert (error.permanent, error.recipient) == (True, False)
    sink.message = "452 4.3.1 out of space"
    assert not failure(transport).permanent


@pytest.mark.parametrize(
    ("code", "reply", "step", "permanent", "recipient"),
    [
        (550, b"no such user", "recipient", True, True),
        (550, b"5.7.1 relaying denied", "recipient", False, False),
        (554, b"5.7.1 <a@b>: Relay access denied", "recipient", False, False),
        (550, b"5.7.17 has a new owner", "recipient", True, True),
        (550, b"5.7.1 mailbox unavailable", "recipient", True, True),
        (550, b"5.1.8 sender's domain not found", "recipient", False, False),
        (550, b"5.4.1 no route", "recipient", True, False),
        (550, b"blocked: your IP is on a list", "recipient", False, False),
        (554, b"Transaction failed", "recipient", True, False),
        (550, b"<a@b.vn>: Recipient address rejected: User unknown", "recipient", True, True),
        (552, b"5.2.2 mailbox full", "recipient", True, True),
        (552, b"5.2.2 mailbox full", "message", True, True),
        (550, b"no", "message", True, False),
        (550, b"5.1.0 address rejected", "sender", False, False),
        (501, b"5.1.7 bad sender", "sender", False, False),
        (503, b"bad sequence", "recipient", True, False),
        (530, b"5.7.0 authentication required", "recipient", False, False),
        (450, b"4.2.1 greylisted", "recipient", False, False),
    ],
)
def test_what_an_answer_means(
    code: int, reply: bytes, step: Any, permanent: bool, recipient: bool
) -> None:
    error = refusal(code, reply, step)
    assert (error.permanent, error.recipient) == (permanent, recipient)


@pytest.mark.parametrize(
    ("code", "reply", "step", "slows"),
    [
        (451, b"4.7.1 slow down", "sender", "server"),
        (452, b"4.3.1 out of space", "sender", "server"),
        (450, b"4.7.28 unusual rate of messages from you", "recipient", "domain"),
        (452, b"too many recipients", "recipient", "domain"),
        (421, b"4.7.0 later", "message", "domain"),
        (451, b"4.3.2 not accepting messages", "message", "domain"),
        (450, b"4.2.0 Greylisted", "recipient", None),
        (450, b"4.7.1 gray-listed for 300 seconds", "recipient", None),
        (452, b"4.2.2 mailbox full", "recipient", None),
        (451, b"local error", "recipient", None),
        (550, b"5.7.1 too many messages", "sender", "server"),
        (550, b"5.7.1 too many messages, domain not found", "recipient", None),
        (454, b"4.7.0 authentication required", "recipient", "domain"),
    ],
)
def test_whom_an_answer_slows_down(code: int, reply: bytes, step: Any, slows: str | None) -> None:
    assert refusal(code, reply, step).slows == slows


def test_what_a_server_says_is_kept_in_one_line_of_readable_characters() -> None:
    error = refusal(450, b"4.2.1 no\x00pe\r\n\x1b[31mlong " + b"\xff" * 9000, "recipient")
    assert "\0" not in str(error) and str(error).isprintable() and len(str(error)) <= 400
    assert str(error).startswith("recipient refused: 450 4.2.1 no pe [31mlong")
    assert len(str(DeliveryError("\0" + "x " * 5000, permanent=False))) <= 500


def test_nobody_listens() -> None:
    with SmtpTransport(f"smtp://127.0.0.1:{free_port()}", timeout=2) as transport:
        error = failure(transport)
    assert (error.permanent, error.recipient) == (False, False)


def test_a_server_that_was_restarted_is_found_again(sink: Sink) -> None:
    port = free_port()
    with SmtpTransport(f"smtp://127.0.0.1:{port}", timeout=5) as transport:
        with serving(sink, port):
            transport.send("a@b.vn", "c@d.vn", composed())
        assert not failure(transport).permanent
        with serving(sink, port):
            transport.send("a@b.vn", "c@d.vn", composed(key="after"))
    assert [content for _, _, content in sink.taken] == [composed(), composed(key="after")]


def test_a_wrong_login_is_our_fault(sink: Sink) -> None:
    def refuse(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    options: dict[str, Any] = {"authenticator": refuse, "auth_require_tls": False}
    with serving(sink, **options) as port:
        url = f"smtp://office:s3cret@127.0.0.1:{port}"
        with SmtpTransport(url, timeout=5) as transport:
            error = failure(transport)
    assert (error.permanent, error.recipient) == (False, False)
    assert "login" in str(error)
    assert "s3cret" not in str(error)


def test_the_mail_stays_here_when_the_server_offers_no_encryption(sink: Sink) -> None:
    with (
        serving(sink) as port,
        SmtpTransport(f"smtp+starttls://127.0.0.1:{port}", timeout=5) as transport,
    ):
        error = failure(transport)
    assert not error.permanent
    assert not sink.taken


# --- a server that goes away -----------------------------------------------------------------

Answers = Callable[[int, str], str | None]


@contextmanager
def scripted(answers: Answers) -> Iterator[tuple[int, list[list[str]]]]:
    """A server that asks ``answers(connection, command)`` what to say; None: it hangs up.

    Yields its port and each connection's commands; the message's body counts as command "BODY".
    """
    heard: list[list[str]] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, answers, heard))
        thread.start()
        try:
            yield listener.getsockname()[1], heard
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            assert not thread.is_alive()


def _serve(listener: socket.socket, answers: Answers, heard: list[list[str]]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        heard.append([])
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 hello\r\n")
            _converse(connection, lines, len(heard) - 1, answers, heard[-1])


def _converse(
    connection: socket.socket, lines: Any, number: int, answers: Answers, heard: list[str]
) -> None:
    body = False
    for raw in lines:
        if body and raw != b".\r\n":
            continue
        command = "BODY" if body else raw.decode().split()[0].upper()
        heard.append(command)
        answer = answers(number, command)
        if answer is None:
            return
        connection.sendall(f"{answer}\r\n".encode())
        body = command == "DATA"
        if command == "QUIT":
            return


def usual(command: str) -> str:
    return {"DATA": "354 go on", "QUIT": "221 bye"}.get(command, "250 OK")


def test_a_connection_dropped_before_the_message_is_opened_again_once() -> None:
    def answers(connection: int, command: str) -> str | None:
        return None if (connection, command) == (0, "RCPT") else usual(command)

    with (
        scripted(answers) as (port, heard),
        SmtpTransport(f"smtp://127.0.0.1:{port}", timeout=5) as transport,
    ):
        transport.send("a@b.vn", "c@d.vn", composed())
    assert heard == [["EHLO", "MAIL", "RCPT"], ["EHLO", "MAIL", "RCPT", "DATA", "BODY", "QUIT"]]


def test_a_connection_that_is_always_dropped_is_given_up() -> None:
    def answers(connection: int, command: str) -> str | None:
        return None if command == "MAIL" else usual(command)

    with (
        scripted(answers) as (port, heard),
        SmtpTransport(f"smtp://127.0.0.1:{port}", timeout=5) as transport,
    ):
        assert not failure(transport).permanent
    assert heard == [["EHLO", "MAIL"], ["EHLO", "MAIL"]]


def test_a_server_that_closes_for_idleness_is_called_again() -> None:
    sent = 0

    def answers(connection: int, command: str) -> str | None:
        nonlocal sent
        sent += command == "BODY"
        return (
            "421 idle for too long"
            if (connection, sent) == (0, 1) and command == "MAIL"
            else (usual(command))
        )

    with (
        scripted(answers) as (port, heard),
        SmtpTransport(f"smtp://127.0.0.1:{port}", timeout=5) as transport,
    ):
        transport.send("a@b.vn", "c@d.vn", composed())
        transport.send("a@b.vn", "c@d.vn", composed(key="second"))
    assert [commands.count("BODY") for commands in heard] == [1, 1]


@pytest.mark.parametrize(("moment", "unsure"), [("DATA", False), ("BODY", True)])
def test_a_message_is_never_handed_over_twice(moment: str, *, unsure: bool) -> None:
    def answers(connection: int, command: str) -> str | None:
        return None if command == moment else usual(command)

    with (
        scripted(answers) as (port, heard),
        SmtpTransport(f"smtp://127.0.0.1:{port}", timeout=5) as transport,
    ):
        error = failure(transport)
    assert (error.permanent, error.recipient) == (False, False)
    assert ("may have it" in str(error)) is unsure
    assert len(heard) == 1


def test_a_silent_server_is_a_temporary_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with SmtpTransport(f"smtp://127.0.0.1:{port}", timeout=0.2) as transport:
            error = failure(transport)
        assert (error.permanent, error.opened) == (False, False)
        listener.settimeout(0)
        listener.accept()[0].close()
        with pytest.raises(BlockingIOError):
            listener.accept()  # It was not asked again: that would take as long.


def test_a_connection_is_opened_anew_after_many_messages_and_after_a_pause(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.smtp.MOST_MESSAGES", 3)
    clock = {"now": 0.0}
    with (
        serving(sink) as port,
        SmtpTransport(f"smtp://127.0.0.1:{port}", 5, lambda: clock["now"]) as transport,
    ):
        seen = []
        for pause in (0, 1, LONGEST_IDLE, 0, LONGEST_IDLE + 1, 1):
            clock["now"] += pause
            transport.send("a@b.vn", "c@d.vn", composed())
            seen.append(len(sink.connections))
    assert seen == [1, 1, 1, 2, 3, 3]
    assert len(sink.taken) == 6


def test_a_line_that_begins_with_a_dot_arrives_as_it_was(
    sink: Sink, transport: SmtpTransport
) -> None:
    for message in (b".\r\n..\r\nA: b\r\n\r\n.\r\n", b"A: b\r\n\r\n.end"):
        transport.send("a@b.vn", "c@d.vn", message)
        assert sink.taken[-1][2].rstrip(b"\r\n") == message.rstrip(b"\r\n")
