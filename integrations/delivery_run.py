"""One run of delivery: who sends what next, and what the record is told, in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integrations.backlog import Backlog
from integrations.doubts import Doubts
from integrations.letters import Letter
from integrations.outcomes import TWICE, Ending, Outcome
from integrations.senders import Sender, Senders, abort
from integrations.smtp import FINAL_ANSWER
from integrations.smtp_answers import DeliveryError
from integrations.turns import Claim, Turn, write
from plans.store import Engine, claims, writing
from plans.store.claims import FURTHEST_LEASE

LONGEST_RUN = timedelta(minutes=6)
"""After that a run begins no message; what is left is the next one's, which may be waiting."""
LEASE, MARGIN = timedelta(minutes=20), timedelta(minutes=5)
"""At least; where the SMTP timeout is long, what a message may take and a good deal more."""
FILTERED = timedelta(seconds=FINAL_ANSWER)
"""How long a server may look at a whole message; other connections go on meanwhile."""
LONGEST_SEND = timedelta(minutes=2) + FILTERED
"""At least; or as long as ``ANSWERS`` that take the whole SMTP timeout, and the filter's."""
ANSWERS = 3
LAST_GRACE = timedelta(seconds=10)
"""From tearing a connection to leaving it alone, with the message whose lease then ends."""
AHEAD = 4
"""Notices claimed at once for each connection: what a killed run delays until its leases end."""
UNREACHED_AT_MOST = 5
"""Sends in a row that found no server to take them: then the run ends, the rest waits."""
LOOK, NAP = 1.0, timedelta(seconds=5)
"""How often the run looks at what takes long; how long it waits before it looks for new notices."""
TELL_EVERY, TELL_EACH = timedelta(seconds=10), 500

CONTESTED = f"{TWICE}runs whose clocks differ by far, or a clock put back, each took it"

Done = tuple[Sender[Letter], Letter, DeliveryError | None]


@dataclass(slots=True)
class Delivered:
    """The notices whose outcome a run recorded.

    ``later``: put off, or given back untried since no server was reached or their turn did not
    come. ``failed``: given up, each with its recipient and the reason.
    """

    sent: int = 0
    later: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: ``done`` messages of ``total`` in ``seconds``."""

    done: int
    total: int
    seconds: float

    def __str__(self) -> str:
        rate = self.done / self.seconds if self.seconds else 0
        return f"{self.done} of {self.total} messages, {rate:.0f} a second"


@dataclass(slots=True)
class Run:
    """What a run knows. ``timeout``: of one SMTP answer, in seconds.

    ``unreached``: how many sends in a row, up to now, found no server to take them.

    ``doubts``: whose fault its first refusals are. ``receipts``: what channels call what they took,
    by notice; the senders note them.

    ``_known``: outcomes that no connection is needed for, of the next turn. ``_empty_at``: when
    there was nothing to claim, until something may be.
    """

    engine: Engine
    timeout: float
    start: datetime
    elapsed: Callable[[], float]
    sleep: Callable[[float], None]
    observe: Callable[[Progress], None]
    senders: Senders[Letter]
    backlog: Backlog
    result: Delivered = field(default_factory=Delivered)
    unreached: int = 0
    doubts: Doubts = field(default_factory=Doubts)
    receipts: dict[int, str] = field(default_factory=dict)
    _end: datetime = field(init=False)
    _total: int = 0
    _told: tuple[int, float] = (0, 0.0)
    _known: list[Outcome] = field(default_factory=list)
    _first_tries: bool = True
    _ends: bool = False
    _empty_at: datetime | None = None

    def to_its_end(self) -> Delivered:
        """Send what may be sent; gives what became of it."""
        self._end = self.moment() + LONGEST_RUN
        with writing(self.engine) as connection:
            given_up = claims.give_up_contested(connection, self.moment(), CONTESTED)
            self._total = claims.number_waiting(connection, self.moment())
        self.result.failed += [(recipient, CONTESTED) for recipient in given_up]
        self._turn([])
        while self._goes_on():
            self._tell()
        self._ends = True
        self._believe()
        self.backlog.give_all_back()
        given_back = self._turn([])
        self.result.later += given_back + len(self.backlog.aside) + self.senders.abandoned
        return self.result

    def _goes_on(self) -> bool:
        """One step; False: there is nothing left to do or to wait for."""
        self._hand_out()
        idle = not self.senders.busy
        if self._known or self.backlog.returned or (idle and self._wanted()):
            self._turn([])
        elif self.senders.busy:
            done = self.senders.wait(LOOK)
            self._watch()
            self._turn(done)
        elif self._rest():
            self._turn([])
        elif self.doubts.held or self.backlog.lanes.holds:
            self._believe()  # Nothing else can say whose fault they are.
        else:
            return False
        return True

    def moment(self) -> datetime:
        """What the run's clock, which need not be the machine's, shows by now."""
        return self.start + timedelta(seconds=self.elapsed())

    @property
    def _longest_send(self) -> timedelta:
        return max(LONGEST_SEND, timedelta(seconds=ANSWERS * self.timeout) + FILTERED)

    @property
    def _lease(self) -> timedelta:
        return min(max(LEASE, self._longest_send + MARGIN), FURTHEST_LEASE)

    def _is_over(self) -> bool:
        refused = self.doubts.all_alike or self.unreached >= UNREACHED_AT_MOST
        return refused or self.moment() >= self._end

    def _hand_out(self) -> None:
        while self.senders.idle and not self._is_over():
            busy = [one.task for one in self.senders.busy if one.task]
            letter = self.backlog.next(self.moment(), busy, self.senders.number)
            if letter is None:
                return
            self.senders.start(letter)

    def _watch(self) -> None:
        """Tear what takes too long; what even then does not end is left alone."""
        longest = self._longest_send.total_seconds()
        for one in list(self.senders.busy):
            took = self.elapsed() - one.since
            if took > longest and not one.aborted:
                one.aborted = True
                abort(one.line)
            elif took > longest + LAST_GRACE.total_seconds():
                self.senders.abandon(one)

    def _rest(self) -> bool:
        """Wait until something may go; False: nothing may, in this run."""
        at = None if self._is_over() else self.backlog.next_moment(self.moment())
        if at is None or at >= self._end:
            return False
        self.sleep(max(min(at - self.moment(), NAP).total_seconds(), 0))
        self._empty_at = None
        return True

    def _turn(self, done: Sequence[Done]) -> int:
        """One transaction: outcomes, what is given back (gives how many), what is claimed."""
        outcomes = [*self._known, *self._judged(done)]
        wanted = self._wanted()
        if not (outcomes or self.backlog.returned or wanted):
            return 0
        claim = Claim(wanted, self._lease, self._first_tries) if wanted else None
        turn = Turn(self.moment(), outcomes, self.backlog.returned, claim)
        written = write(self.engine, turn, self.sleep)
        again = any(at is None for _, at in self.backlog.returned)
        if again or any(ending == "turned" for _, ending in written.ended):
            self._empty_at = None
        self.backlog.returned.clear()
        self._count(written.ended)
        if wanted:
            self._note_claim(len(written.claimed))
        self._known = self.backlog.take(written.claimed, written.mailboxes, self.moment())
        return written.given_back

    def _wanted(self) -> int:
        """How many to claim: some for each connection, once there are fewer than connections."""
        number = self.senders.number
        if self._ends or self._is_over() or len(self.backlog.letters) >= number:
            return 0
        if self._empty_at and self.moment() - self._empty_at < timedelta(seconds=LOOK):
            return 0
        return AHEAD * number

    def _note_claim(self, number: int) -> None:
        if number:
            return
        if self._first_tries:
            self._first_tries = False  # Now what failed before has its turn.
            return
        self._empty_at = self.moment()
        self.backlog.came_up_empty(self._empty_at)

    def _judged(self, done: Sequence[Done]) -> list[Outcome]:
        """What the record is told, after what follows from it for the rest of the run."""
        found = []
        for one, letter, error in done:
            if letter.way is not None:
                found += self._judged_by_lane(letter, error)
                continue
            if error is None:
                self.unreached = 0
                self.backlog.was_taken(letter)
            elif not error.opened and self.senders.number > 1:
                # A server may want fewer connections; none at all, and the last one says so.
                self.senders.retire(one)
                self.backlog.put_back(letter)
                continue
            else:
                self.unreached = self.unreached + 1 if _is_unreached(error) else 0
                self.backlog.was_refused(letter, error, self.moment())
            found += self.doubts.judge(letter, error)
            self._hold_back(letter)
        return found

    def _judged_by_lane(self, letter: Letter, error: DeliveryError | None) -> list[Outcome]:
        """The same of what went by a channel, which says nothing of the mail server."""
        receipt = self.receipts.pop(letter.one.notice, None)
        found = self.backlog.lanes.judge(letter, error, receipt)
        if error is None:
            self.backlog.was_taken(letter)
        else:
            self.backlog.was_refused(letter, error, self.moment())
        self._hold_back(letter)
        return found

    def _hold_back(self, letter: Letter) -> None:
        lanes = self.backlog.lanes
        if lanes.is_held(letter) if letter.way else self.doubts.held:
            self.backlog.in_doubt.add(letter.whose)
        elif self.backlog.in_doubt and not (self.doubts.held or lanes.holds):
            self.backlog.believe()

    def _believe(self) -> None:
        """Take the run's first refusals for what they say."""
        self._known += [*self.doubts.release(), *self.backlog.lanes.release()]
        self.backlog.believe()

    def _count(self, ended: Sequence[tuple[Outcome, Ending]]) -> None:
        for outcome, ending in ended:
            self.result.sent += ending == "sent"
            self.result.later += ending == "later"
            if ending == "failed":
                self.result.failed.append((outcome.one.recipient, str(outcome.error)))

    def _tell(self) -> None:
        done = self.result.sent + self.result.later + len(self.result.failed)
        seconds = self.elapsed()
        since, at = self._told
        if done - since >= TELL_EACH or seconds - at >= TELL_EVERY.total_seconds():
            self._told = (done, seconds)
            self.observe(Progress(done, max(self._total, done), seconds))


def _is_unreached(error: DeliveryError) -> bool:
    """The server could not be used, rather than answered about this one message.

    A refusal by the server has no cause; what kept us from its answer is an ``OSError``.
    """
    return not error.permanent and isinstance(error.__cause__, OSError)
