"""What pages say of agencies' feeds: how one stands, and why an item was not taken."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dondoc.web.explaining import Untranslated, known
from dondoc.web.words import PageWords
from integrations.wording import REASONS, marked

STANDS: Mapping[str, str] = {
    "silent": marked("does not answer as it should"),
    "quarantine": marked("answers, with items that cannot be taken"),
    "unasked": marked("not asked yet"),
    "well": marked("answers"),
    "ended": marked("not asked any more: the body has ended"),
}
ICONS: Mapping[str, str] = {
    "silent": "open_overdue",
    "quarantine": "done_late",
    "unasked": "undecided",
    "well": "done_on_time",
    "ended": "cancelled",
}
WAYS: Mapping[str, str] = {
    "token": marked("by the interface (API), with a token"),
    "mailbox": marked("on the pages, by the links in its messages"),
    "none": marked("not at all: it has neither a token nor a mailbox"),
}
_DETAILS: tuple[tuple[str, str], ...] = (
    (r"no whole answer in (?P<n>\S+) s", marked("no whole answer within %(n)s seconds")),
    (r"no connection", marked("no connection")),
    (r"the connection broke off", marked("the connection broke off")),
    (r"its certificate is refused", marked("its certificate is not trusted")),
    (r"its address is .*", marked("its address cannot be used")),
    (
        r"HTTP (?P<status>\d+): it redirects, .*",
        marked("it sends us on to another address (HTTP %(status)s), which is not followed"),
    ),
    (
        r"HTTP (?P<status>\d+), and asks to wait for (?P<n>\d+) s",
        marked("it answers HTTP %(status)s and asks to wait for %(n)s seconds"),
    ),
    (r"HTTP (?P<status>\d+)", marked("it answers HTTP %(status)s")),
    (
        r"HTTP (?P<status>\d+): (?P<said>.+)",
        marked("it answers HTTP %(status)s: “%(said)s”"),
    ),
    (
        r"the answer has not the shape of DHIS2's analytics",
        marked("what it answers has not the shape of DHIS2’s analytics"),
    ),
    (
        r"'items' \(.+\) finds no list in the answer",
        marked("the list that registers.yaml names (items) is not in its answer"),
    ),
    (
        r"the answer is nested more than (?P<n>\d+) deep",
        marked("what it answers is nested too deeply"),
    ),
    (
        r"(?P<n>\d+) items, where (?P<most>\d+) are taken at most",
        marked("it sends %(n)s items at once, where at most %(most)s are taken"),
    ),
    (r"the answer is no JSON.*", marked("what it answers is no JSON")),
    (r"the answer is broken JSON", marked("what it answers is broken JSON")),
    (
        r"the answer is (cut off|no gzip|packed in a way that was not asked for)",
        marked("what it answers is packed wrongly or cut off"),
    ),
    (
        r"the answer is larger than (?P<size>.+)",
        marked("what it answers is larger than %(size)s"),
    ),
    (
        r"the answer comes in over (?P<n>\d+) pieces",
        marked("what it answers comes in over %(n)s pieces"),
    ),
    (
        r"a page of (?P<n>\d+) items, where (?P<asked>\d+) were asked for",
        marked("it sends %(n)s items at once, where at most %(asked)s were asked for"),
    ),
    (
        r"(?P<n>\d+) bad items; of one run (?P<kept>\d+) are kept",
        marked(
            "%(n)s items could not be taken, and %(kept)s of them were put into quarantine; "
            "the next look goes on with the others"
        ),
    ),
    (
        r"it says that there is more, but (?P<n>\d+) pages brought nothing new",
        marked("it says that there is more, but %(n)s pages brought nothing new"),
    ),
    (r"it does not answer in HTTP: .*", marked("what it answers is no proper HTTP")),
    (
        r"its address leads to (?P<address>\S+), which is never asked",
        marked("its address leads to %(address)s, which for safety is never asked"),
    ),
    (r"no page of a feed: .*", marked("what it answers has not the shape of a feed’s page")),
    (
        r"its token is missing: set the environment variable (?P<name>\w+)",
        marked("our token for it is missing (environment variable %(name)s)"),
    ),
    (
        r"it says that there is more, but its cursor does not move on",
        marked("it says that there is more, but its cursor does not move on"),
    ),
    (
        r"more to come after (?P<n>\d+) pages",
        marked("there is more to come after %(n)s pages; the next look goes on"),
    ),
    (r"internal: .*", marked("an error on our side")),
)
_ITEMS: tuple[tuple[str, str], ...] = (
    (
        r"no assignment '(?P<name>.+?)', but (?P<others>.+)",
        marked("There is no assignment “%(name)s” (any more); of this task there are: %(others)s."),
    ),
    (
        r"no assignment '?(?P<name>[^']+)'?",
        marked("There is no assignment “%(name)s”."),
    ),
    (
        r"'(?P<name>.+)' is not assigned to this department",
        marked("The assignment “%(name)s” is another body’s."),
    ),
    (
        r"'(?P<name>.+)' names (?P<n>\d+) assignments: (?P<others>.+)",
        marked("“%(name)s” names %(n)s assignments: %(others)s."),
    ),
    (
        r"reported_at (?P<at>\S+) lies in the future",
        marked("Its time, %(at)s, lies in the future."),
    ),
    (
        r"a newer report, of (?P<at>\S+), is in the record",
        marked("A newer report, of %(at)s, is in the record already."),
    ),
    (r"item: too deeply nested", marked("It is nested too deeply to be kept.")),
    (
        r"item: over (?P<most>\d+) characters",
        marked("It is longer than %(most)s signs; only its beginning is kept."),
    ),
    (
        r"must be a time with its offset, such as .*",
        marked("This is a time with its offset, such as 2025-06-16T08:30:00+07:00."),
    ),
    (
        r"must be <plan>/<task> or .*",
        marked("An assignment is named <plan>/<task> or <plan>/<task>/<period>."),
    ),
)
FIELDS: Mapping[str, str] = {
    "id": marked("its id"),
    "assignment": marked("the assignment’s name"),
    "percent": marked("the percentage"),
    "reported_at": marked("the time of the report"),
    "result": marked("the result"),
    "obstacles": marked("the obstacles"),
    "proposals": marked("the proposals"),
    "evidence": marked("the evidence"),
}
_FAULT = re.compile(r"(?P<field>[a-z_]+)(?:\.[\w.]+)?: (?P<text>.+)", re.DOTALL)
_MORE = re.compile(r"(?P<rest>.*) \(and (?P<n>\d+) more\)", re.DOTALL)


class GatheringWords:
    """Standings, silences and items' faults in words."""

    def __init__(self, words: PageWords) -> None:
        self.words = words

    def stand(self, stand: str) -> str:
        """How a feed stands."""
        return self.words.gettext(STANDS[stand])

    def silence(self, silence: str, detail: str | None) -> str:
        """Why a feed did not answer as it should."""
        said = self.words.gettext(REASONS[silence]) if silence in REASONS else silence
        # Of "no connection" the reason has said all there is.
        return f"{said}: {self.detail(detail)}" if detail and detail != "no connection" else said

    def detail(self, detail: str) -> str:
        """What the machine knows of it."""
        return self._by(_DETAILS, detail) or self._english(detail)

    def fault(self, reason: str | None) -> list[str]:
        """Why an item was not taken, a sentence a fault."""
        if not reason:
            return []
        match = _FAULT.fullmatch(reason)
        whole = known(self.words, reason) if not match or match["field"] not in FIELDS else None
        if found := self._by(_ITEMS, reason) or whole:
            return [found]
        more = _MORE.fullmatch(reason)
        parts = (more["rest"] if more else reason).split("; ")
        said = [self._field(part) for part in parts]
        if more:
            said.append(self.words.gettext("and %(n)s more faults", n=more["n"]))
        return said

    def _field(self, fault: str) -> str:
        match = _FAULT.fullmatch(fault)
        if not match or match["field"] not in FIELDS:
            return self._by(_ITEMS, fault) or known(self.words, fault) or self._english(fault)
        text = match["text"].removeprefix("Value error, ")
        said = self._by(_ITEMS, text) or known(self.words, text)
        if said is None:
            return self._english(fault)
        return f"{self.words.gettext(FIELDS[match['field']])}: {said}"

    def _by(self, patterns: tuple[tuple[str, str], ...], text: str) -> str | None:
        for pattern, said in patterns:
            if match := re.fullmatch(pattern, text, re.DOTALL):
                return self.words.gettext(said, **match.groupdict())
        return None

    def _english(self, text: str) -> str:
        return text if self.words.language == "en" else Untranslated(text)
