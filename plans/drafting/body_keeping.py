"""What is kept of a cell that names bodies: matches with their doubts, and words that name none."""

from __future__ import annotations

import re

from plans.drafting.body_named import Found, Match, Named
from plans.drafting.body_names import Lexicon
from plans.drafting.body_spans import DOES, Spans
from plans.drafting.folding import fold

REMARK = "with the remark"
_ACTS = re.compile(r"tham muu|chu tri|phoi hop|giup|noi dung|phan")
"""A remark that says what a body does names no further ones."""


class Keeping(Spans):
    """A cell's words, and what was found of them so far."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        super().__init__(text, lexicon)
        self.found = Found()
        self.gap: list[int] = []
        self.at = 0

    def inner(self, said: str) -> Named:
        """What a piece of the text names by itself."""
        raise NotImplementedError

    def remark(self, end: int, index: int) -> int:
        """Past a remark in brackets or after a colon, which becomes the match's doubt."""
        does = DOES.match(self.folded, end) if index >= 0 else None
        if does:
            return self._doing(does, index)
        match = re.match(r"\s*\(([^)]*)\)?|\s*:\s*([^;\n]*)", self.text[end:])
        if not match or index < 0:
            return end
        said = match[1] if match[1] is not None else match[2]
        inner = self.inner(said)
        last = self.found.matches[index]
        acts = _ACTS.search(fold(said))
        if inner.matches and not inner.unknown and not acts:
            self.found.matches += [one for one in inner.matches if one.code != last.code]
        elif re.search(r"\w", said):
            self._doubt(index, said.strip(), end, end + match.end())
        return end + match.end()

    def _doing(self, does: re.Match[str], index: int) -> int:
        """Past what a body does: "Sở Y tế tổng hợp, báo cáo UBND tỉnh" names one body."""
        end = does.end()
        for piece in re.finditer(r"[^;,.:(\n]*,?", self.text[does.end() :]):
            following = self.text[does.end() + piece.end() :].lstrip(" ")
            end = does.end() + piece.end()
            if not piece[0].endswith(",") or not following[:1].islower():
                break
        if re.search(r"\w", self.text[does.end() : end]):
            said = self.slice_of(does.start(), end).rstrip(" ,")
            self._doubt(index, said, does.start(), end)
        return end

    def _doubt(self, index: int, remark: str, start: int, end: int) -> None:
        last, told = self.found.matches[index], f"{REMARK} '{remark}'"
        self.found.matches[index] = Match(
            last.code,
            self.slice_of(self.text.rfind(last.said, 0, start), end),
            round(last.confidence * 0.95, 2),
            last.is_class,
            f"{last.doubt}; {told}" if last.doubt else told,
        )

    def add(self, code: str, said: str, sure: float, doubt: str) -> None:
        """One more body, doubtful where it does not exist on the lexicon's day."""
        body = self.lexicon.bodies[code]
        if not self.lexicon.exists(code):
            when = f"ended on {body.until}" if body.until else f"exists since {body.since}"
            if self.lexicon.on and body.since and self.lexicon.on < body.since:
                when = f"exists only since {body.since}"
            heirs = [
                self.lexicon.bodies[heir.code].name.vi
                for heir in body.successors
                if heir.code in self.lexicon.bodies
            ]
            told = f"{body.name.vi} {when}" + (f"; after it: {', '.join(heirs)}" if heirs else "")
            doubt, sure = (f"{doubt}; {told}" if doubt else told), sure * 0.8
        sure = min(round(sure, 2), 0.95) if doubt else 1.0
        self.found.matches.append(Match(code, said, sure, body.is_class, doubt))

    def unknown(self, start: int, end: int) -> None:
        """Words that name none."""
        said = self.slice_of(start, end)
        if said:
            self.found.unknown.append(said)

    def go_past(self, end: int) -> None:
        """To the first word that begins there or later."""
        while self.at < len(self.words) and self.words[self.at].start < end:
            self.at += 1
