"""Collecting what came back of our messages from the mailbox that is set for it.

Each batch is read, then recorded in one transaction, then filed away: a run that is killed in
between finds the batch again, and what was recorded is recognised. Nothing is lost, nothing counts
twice, and no transaction is open while the mailbox is waited for.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import SecretStr, field_validator

from integrations.bounce_mailbox import Letter, Mailbox, MailboxError, Where, open_mailbox
from integrations.bounce_reports import LONGEST, Kind, Parsed, parse, sender_of
from integrations.workbook_mail import MOST_MAIL, mailed_in, may_hold_one
from plans import bouncing, mailed_workbooks
from plans.bouncing import Outcome, Report
from plans.mailed_workbooks import Mailed, Reading
from plans.settings import DondocSettings
from plans.store import Connection, Engine, catalogue, reading, writing

__all__ = ["BounceSettings", "Collected", "Look", "MailboxError", "collect", "look"]

MOST = 5000
"""Messages that one run reads: the rest is the next one's."""
LONGEST_RUN = 240.0
"""Seconds after which it begins no further batch: the next run comes soon."""
SHOWN = 200
PLACE = "bounce-mailbox"
OURS = (Outcome.BOUNCED, Outcome.DELAYED, Outcome.NOTED, Outcome.KNOWN)


class BounceSettings(DondocSettings):
    """Where reports of what could not be delivered come back to; None: nowhere that we read."""

    bounce_url: SecretStr | None = None

    @field_validator("bounce_url")
    @classmethod
    def _is_mailbox(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            Where.of(value.get_secret_value())
        return value

    @property
    def where(self) -> Where | None:
        """The mailbox, if one is set."""
        return Where.of(self.bounce_url.get_secret_value()) if self.bounce_url else None


@dataclass(slots=True)
class Collected:
    """What a run found. ``bounced``, ``delayed``, ``noted``: reports about our messages;
    ``auto_replies``: filed away unread; ``workbooks``: read, or refused and answered; ``unread``:
    messages that lie there for a person.
    """

    read: int = 0
    auto_replies: int = 0
    unread: int = 0
    workbooks: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)


def collect(
    engine: Engine,
    where: Where,
    now: datetime,
    *,
    clock: Callable[[], float] = time.monotonic,
    workbooks: Reading | None = None,
) -> Collected:
    """Take in what came since the last run, at ``now``; ``clock`` gives seconds.

    ``workbooks``: how workbooks are read that bodies attach to a mail; without, they are letters.

    Raises:
        MailboxError: the mailbox cannot be read, or no further; what was read is recorded.
    """
    result = Collected()
    with reading(engine) as connection:
        place = _place(connection, where)
    with open_mailbox(where, place) as box:
        for letters in _batches(box, clock):
            parsed = [(one, parse(one.raw)) for one in letters]
            with writing(engine) as connection:
                taken = [
                    one.key for one, said in parsed if _take(connection, one, said, now, result)
                ]
            if workbooks is not None:
                letters_alone = [one for one, said in parsed if said.kind is Kind.LETTER]
                taken += _read_workbooks(engine, box, letters_alone, workbooks, result)
            box.file(taken, [one.key for one in letters if one.key not in set(taken)])
            result.read += len(letters)
            _keep_place(engine, where, box)
        result.unread = box.unread()
    return result


def _batches(box: Mailbox, clock: Callable[[], float]) -> Iterator[Sequence[Letter]]:
    read, end = 0, clock() + LONGEST_RUN
    for letters in box.batches():
        yield letters
        read += len(letters)
        if read >= MOST or clock() >= end:
            return


def _take(
    connection: Connection, letter: Letter, said: Parsed, now: datetime, result: Collected
) -> bool:
    """Whether nobody need see the message any more. A machine's answer that brings a workbook is a
    person's to see: it is not put away unread, nor answered, which could go on for ever."""
    if said.kind is Kind.AUTO_REPLY:
        result.auto_replies += 1
        return not may_hold_one(letter.raw)
    outcomes = [bouncing.take(connection, report, now) for report in said.reports]
    result.outcomes.update(outcomes)
    return any(one in OURS for one in outcomes)


def _read_workbooks(
    engine: Engine, box: Mailbox, letters: Sequence[Letter], how: Reading, result: Collected
) -> list[str]:
    """The letters whose workbooks were taken in; each in a transaction of its own."""
    taken = []
    for letter in letters:
        mailed = _mailed(engine, box, letter)
        if mailed:
            with writing(engine, alone="mailed-workbooks") as connection:
                answers = [mailed_workbooks.take(connection, one, how) for one in mailed]
            result.workbooks += sum(answers)
            taken += [letter.key] if all(answers) else []
    return taken


def _mailed(engine: Engine, box: Mailbox, letter: Letter) -> list[Mailed]:
    """A letter's workbooks. What lies behind its beginning is fetched where one may be there: for
    whom we know also where its beginning names none."""
    is_whole = len(letter.raw) < LONGEST
    if not may_hold_one(letter.raw):
        with reading(engine) as connection:
            known = mailed_workbooks.is_known_sender(connection, sender_of(letter.raw))
        if is_whole or not known:
            return []
    whole = letter.raw if is_whole else box.whole(letter.key, MOST_MAIL)
    return mailed_in(whole, letter.raw)


def _place(connection: Connection, where: Where) -> str | None:
    kept = catalogue.read_setting(connection, PLACE)
    return kept["place"] if kept and kept["mailbox"] == _identity(where) else None


def _keep_place(engine: Engine, where: Where, box: Mailbox) -> None:
    if box.place is not None:
        with writing(engine) as connection:
            value = {"mailbox": _identity(where), "place": box.place}
            catalogue.save_setting(connection, PLACE, value)


def _identity(where: Where) -> str:
    return hashlib.sha256(where.name.encode()).hexdigest()[:32]


# --- looking only ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """What a run would make of one message. ``what``: a report's action, or the message's kind."""

    sender: str
    what: str
    address: str
    status: str
    notice: int | None
    said: str


def look(engine: Engine, where: Where) -> list[Look]:
    """What a run would find, of the first ``SHOWN`` messages; nothing is written or filed."""
    found: list[Look] = []
    with reading(engine) as connection:
        place = _place(connection, where)
    with open_mailbox(where, place) as box:
        for letters in box.batches():
            with reading(engine) as connection:
                found += [one for letter in letters for one in _looks(connection, letter)]
            if len(found) >= SHOWN:
                break
    return found[:SHOWN]


def _looks(connection: Connection, letter: Letter) -> list[Look]:
    said, sender = parse(letter.raw), sender_of(letter.raw)
    if not said.reports:
        return [Look(sender, said.kind, "", "", None, "")]
    return [_seen(connection, sender, report) for report in said.reports]


def _seen(connection: Connection, sender: str, report: Report) -> Look:
    found = bouncing.match(connection, report)
    address = found.address if found else ", ".join(report.addresses)
    what = report.action if found else Outcome.UNKNOWN
    notice = found.notice if found else None
    return Look(sender, what, address, report.status or "", notice, report.said)
