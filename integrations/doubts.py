"""Whose fault a run's first refusals are: the recipients', or our own.

A wrong setting, a sender that is not allowed, an address on a block list: then a server refuses
everybody, often in words that would blame the recipient. So what a run is refused before anything
was taken is held back, until something is taken or the refusals differ: then each is believed.
Where ``ENOUGH`` addresses in a row are refused alike, the run ends, all of them are put off, and no
mailbox is blamed. Where a run ends with fewer, they are believed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from integrations.letters import Letter
from integrations.outcomes import Outcome
from integrations.smtp_answers import DeliveryError

ENOUGH = 5
ALIKE = "the mail server refuses one message like the other, so no mailbox is blamed: "
_CODES = re.compile(r"[45]\d\d|[45](?:\.\d{1,3}){2}")


@dataclass(slots=True)
class Doubts:
    """What is held back, and what is known. ``believed``: for the rest of the run.

    ``alike``: what is said of a channel, or of the mail server, that refuses everybody.
    """

    held: list[tuple[Letter, DeliveryError]] = field(default_factory=list)
    believed: bool = False
    all_alike: bool = False
    alike: str = ALIKE

    def judge(self, letter: Letter, error: DeliveryError | None) -> list[Outcome]:
        """What the record may be told, now that this is known."""
        if self.all_alike and error is not None and error.refused:
            return [self._put_off(letter, error)]
        one = letter.ends(error)
        if self.believed or (error is not None and not error.refused):
            return [one]
        if error is None:
            return [*self.release(), one]
        self.held.append((letter, error))
        if len({_gist(*one) for one in self.held}) > 1:
            return self.release()
        if len({letter.whose for letter, _ in self.held}) < ENOUGH:
            return []
        self.all_alike = True
        held, self.held = self.held, []
        return [self._put_off(*one) for one in held]

    def release(self) -> list[Outcome]:
        """Believe what was said."""
        held, self.held, self.believed = self.held, [], True
        return [letter.ends(error) for letter, error in held]

    def _put_off(self, letter: Letter, error: DeliveryError) -> Outcome:
        text = f"{self.alike}{error}"
        return letter.ends(DeliveryError(text, permanent=False, refused=error.refused))


def _gist(letter: Letter, error: DeliveryError) -> str:
    """An answer without what differs from message to message: its address, numbers, identities."""
    said = (error.refused or "").lower()
    for name in (letter.address.lower(), letter.domain):
        said = said.replace(name, "")
    words = [word for word in said.split() if _CODES.fullmatch(word) or not _is_own(word)]
    return " ".join(words)


def _is_own(word: str) -> bool:
    return "@" in word or any(sign.isdigit() for sign in word)
