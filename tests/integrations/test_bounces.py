"""The bounce mailbox, by IMAP (a real server) and as a maildir: read in batches, to its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from integrations import bounce_mailbox
from integrations.bounce_mailbox import FILED, MailboxError, Where, open_mailbox
from integrations.bounces import BounceSettings, Collected, collect, look
from plans.bouncing import Outcome
from plans.errors import InvalidInput
from plans.store import reading, writing
from plans.store.schema import deliveries
from plans.terms import Delivery
from tests.builders import at
from tests.catching import end, mine, owe
from tests.imap_server import ImapServer
from tests.integrations.test_bounce_reports import OURS, TO, sample
from tests.offices import furnish

DAY = date(2025, 4, 1)
NOW = at(DAY, 12)
EVERYTHING = ("postfix_delayed", "letter", "out_of_office", "forwarded_report", "postfix")


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with ImapServer() as one:
        yield one


@pytest.fixture
def imap(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> ImapServer:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate.authority))
    server.empty()
    return server


@pytest.fixture
def office(sqlite_engine: Engine) -> Engine:
    """A reminder went to the department under the Message-ID of the samples."""
    furnish(sqlite_engine, now=at(date(2025, 3, 28)))
    with writing(sqlite_engine) as connection:
        owe(connection, DAY)
        (row,) = mine(connection)
        end(connection, row.id, Delivery.SENT, at(DAY))
        ours = deliveries.update().where(deliveries.c.notice == row.id)
        connection.execute(ours.values(message_id=OURS, address=TO))
    return sqlite_engine


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    return tmp_path / "box"


def put(maildir: Path, *names: str) -> None:
    for n, name in enumerate(names):
        (maildir / "new" / f"{n:05}.{name}").write_bytes(sample(name))


def state(engine: Engine) -> str:
    with reading(engine) as connection:
        return str(mine(connection)[0].state)


def counts(found: Collected) -> tuple[Any, ...]:
    outcomes = (found.outcomes[Outcome.BOUNCED], found.outcomes[Outcome.DELAYED])
    return (found.read, *outcomes, found.auto_replies, found.unread)


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_imap_what_came_back_is_taken_and_filed_the_rest_stays_unread(
    office: Engine, imap: ImapServer, scheme: str
) -> None:
    imap.put(*map(sample, EVERYTHING))
    where = Where.of(imap.url(scheme))
    assert counts(collect(office, where, NOW)) == (5, 1, 1, 1, 2)
    assert state(office) == "failed"
    assert imap.number("INBOX", "UNSEEN") == imap.number("INBOX") == 2
    assert imap.number(FILED) == 3
    assert counts(collect(office, where, NOW)) == (0, 0, 0, 0, 2)
    imap.put(sample("letter"), sample("postfix"))
    again = collect(office, where, NOW)
    assert (again.read, again.unread, again.outcomes[Outcome.KNOWN]) == (2, 3, 1)


def test_imap_a_run_that_was_killed_is_gone_on_with(
    office: Engine, imap: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    imap.put(*[sample("letter")] * 30, sample("postfix"), *[sample("vacation")] * 30)
    where = Where.of(imap.url())

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bounce_mailbox.ImapMailbox, "file", after(1, killed))
        with pytest.raises(KeyboardInterrupt):
            collect(office, where, NOW)
    assert state(office) == "failed"  # recorded before it was filed
    found = collect(office, where, NOW)
    assert (found.read, found.outcomes[Outcome.KNOWN], found.auto_replies) == (41, 1, 30)
    assert (imap.number("INBOX"), imap.number(FILED)) == (30, 31)


def after(calls: int, other: Any) -> Any:
    """The real method for some calls, then another."""
    real, made = bounce_mailbox.ImapMailbox.file, [0]

    def act(*given: Any) -> Any:
        made[0] += 1
        return real(*given) if made[0] <= calls else other(*given)

    return act


def test_imap_a_folder_of_its_own(office: Engine, imap: ImapServer) -> None:
    imap.put_into("Trả lại", sample("postfix"))
    assert collect(office, Where.of(imap.url(folder="Trả lại")), NOW).read == 1
    assert state(office) == "failed"


@pytest.mark.parametrize(
    ("given", "said", "permanent"),
    [
        ({"password": "sai"}, "refused our login; check user and password", True),
        ({"folder": "khong-co"}, "cannot be used", False),
    ],
)
def test_imap_what_is_wrong_is_named_without_the_password(
    office: Engine, imap: ImapServer, given: dict[str, str], said: str, permanent: bool
) -> None:
    with pytest.raises(MailboxError, match=said) as caught:
        collect(office, Where.of(imap.url(**given)), NOW)
    assert caught.value.permanent is permanent
    assert "localhost" in str(caught.value) and "mật" not in str(caught.value)


def test_imap_a_certificate_of_nobody_is_refused(
    office: Engine, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    for scheme in ("imaps", "imap+starttls"):
        with pytest.raises(MailboxError, match=r"cannot be used.*certificate") as caught:
            collect(office, Where.of(server.url(scheme)), NOW)
        assert not caught.value.permanent


def test_a_server_that_is_not_there(office: Engine) -> None:
    with pytest.raises(MailboxError, match=r"mailbox INBOX of a at 127\.0\.0\.1:9 cannot be used"):
        collect(office, Where.of("imap://a:b@127.0.0.1:9/"), NOW)


def test_a_maildir_is_read_once_and_what_is_a_persons_stays_unread(
    office: Engine, maildir: Path
) -> None:
    put(maildir, *EVERYTHING)
    (maildir / "new" / "folder").mkdir()
    (maildir / "new" / "link").symlink_to("/etc/passwd")
    where = Where.of(f"maildir://{maildir}")
    assert counts(collect(office, where, NOW)) == (5, 1, 1, 1, 2)
    assert state(office) == "failed"
    flags = sorted((one.name.split(".")[1]) for one in (maildir / "cur").iterdir())
    assert flags == [
        "forwarded_report:2,",
        "letter:2,",
        "out_of_office:2,S",
        "postfix:2,S",
        "postfix_delayed:2,S",
    ]
    assert counts(collect(office, where, NOW)) == (0, 0, 0, 0, 2)


def test_many_messages_are_read_in_batches_over_several_runs(
    office: Engine, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(maildir, *["letter"] * 50, "postfix", *["vacation"] * 50)
    monkeypatch.setattr("integrations.bounces.MOST", 60)
    where = Where.of(f"maildir://{maildir}")
    assert [collect(office, where, NOW).read for _ in range(3)] == [60, 41, 0]
    assert state(office) == "failed"


def test_a_run_ends_in_time_and_the_next_goes_on(office: Engine, maildir: Path) -> None:
    """Each look at the clock is a minute after the last one."""
    put(maildir, *["letter"] * 130, "postfix")
    where = Where.of(f"maildir://{maildir}")
    runs = [collect(office, where, NOW, clock=count(0, 60).__next__) for _ in range(3)]
    assert [one.read for one in runs] == [80, 51, 0]
    assert state(office) == "failed"


def test_a_maildir_that_is_none(office: Engine, maildir: Path) -> None:
    shutil.rmtree(maildir / "new")
    with pytest.raises(MailboxError, match="is no maildir: it has no new") as caught:
        collect(office, Where.of(f"maildir://{maildir}"), NOW)
    assert caught.value.permanent


def test_looking_changes_nothing(office: Engine, maildir: Path) -> None:
    put(maildir, *EVERYTHING)
    found = look(office, Where.of(f"maildir://{maildir}"))
    assert [one.what for one in found] == ["delayed", "letter", "auto_reply", "letter", "failed"]
    assert (found[4].address, found[4].status, found[4].sender) == (
        TO,
        "5.1.1",
        "MAILER-DAEMON@mail.example.vn",
    )
    assert state(office) == "sent"
    assert len(list((maildir / "new").iterdir())) == 5


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("pop3://a:b@x.vn/", "must be imaps://"),
        ("imaps://x.vn/INBOX", "must name a user and a password"),
        ("imap://a:bi-mat@x.vn/", "would send the password in clear"),
        ("maildir://box", "must be imaps://"),
        ("imaps://a:b/c@x.vn", "must be imaps://"),
        ("imaps://a:b@x.vn:99999/", "must be imaps://"),
    ],
)
def test_a_wrong_setting_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("DONDOC_BOUNCE_URL", url)
    with pytest.raises(InvalidInput, match=f"DONDOC_BOUNCE_URL: .*{said}") as caught:
        BounceSettings.read()
    assert "bi-mat" not in str(caught.value)


def test_where_it_is() -> None:
    where = Where.of("imaps://a%40x.vn:b%2F%23@mail.x.vn/Tr%E1%BA%A3")
    assert (where.user, where.password, where.port, where.folder) == ("a@x.vn", "b/#", 993, "Trả")
    assert "b/#" not in repr(where) + where.name
    assert BounceSettings(bounce_url=None).where is None
    kept = BounceSettings(bounce_url=SecretStr("maildir:///var/mail/x")).where
    assert kept is not None and kept.name == "maildir /var/mail/x"
    assert isinstance(open_mailbox(kept, None), bounce_mailbox.Maildir)
