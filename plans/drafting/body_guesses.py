"""Whom words mean that are no declared name: near ones, sectors, bodies that became one."""

from __future__ import annotations

from plans.drafting.body_keeping import Keeping
from plans.drafting.body_named import Match
from plans.drafting.body_names import Lexicon, words_of
from plans.drafting.body_near import near


class Guessing(Keeping):
    """A cell being read; ``kind``: the word that a list says once, such as "Sở"."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        super().__init__(text, lexicon)
        self.kind: str | None = None

    def merge(self) -> None:
        """Bodies that became one, named side by side, are that one: "Báo và Đài PTTH tỉnh"."""
        heirs: dict[str, list[Match]] = {}
        for one in self.found.matches:
            if heir := self.lexicon.heir(one.code):
                heirs.setdefault(heir, []).append(one)
        for heir, parts in heirs.items():
            if len({one.code for one in parts}) > 1:
                said = ", ".join(one.said for one in parts)
                gone = [one for one in self.found.matches if one not in parts]
                self.found.matches = gone
                self.add(heir, said, 0.9, f"'{said}' became {self.lexicon.bodies[heir].name.vi}")

    def near_sector(self, kind: str) -> tuple[int, dict[str, float]]:
        """The same where the body has a longer name: "ngành Giáo dục"."""
        end = self.at + 1
        while end < len(self.words) and not self.separated(end):
            end += 1
        said = [word for one in self.words[self.at + 1 : end] for word in one.full]
        some = near([kind, *said], self.lexicon) if said else None
        return end, dict.fromkeys(some.codes, some.sure) if some else {}

    def near(self, gap: list[int], said: str) -> bool:
        """Whether words are a body's name with a slip, or a part of one."""
        words = words_of(" ".join(self.words[at].text for at in gap))
        while words and words[0] in ("va", "cac", "do", "giao"):
            words = words[1:]
        some = near(words, self.lexicon)
        if some is None and self.kind and words:
            some = near([self.kind, *words], self.lexicon)
        if some and all(self.lexicon.is_other_level(code, said) for code in some.codes):
            return False
        if some is None:
            return self._halves(gap)
        if len(some.codes) > 1:
            self.found.doubts.append(f"'{said}': {some.doubt}")
            return False
        self.add(some.codes[0], said, some.sure, some.doubt)
        return True

    def _halves(self, gap: list[int]) -> bool:
        """Two near names joined by 'và'."""
        for at in gap[1:-1]:
            if self.words[at].text != "va":
                continue
            halves = [[one for one in gap if one < at], [one for one in gap if one > at]]
            found = [
                near(words_of(" ".join(self.words[i].text for i in h)), self.lexicon)
                for h in halves
            ]
            if all(some and len(some.codes) == 1 for some in found):
                for half, some in zip(halves, found, strict=True):
                    assert some
                    said = self.slice_of(self.words[half[0]].start, self.words[half[-1]].end)
                    self.add(some.codes[0], said, some.sure, some.doubt)
                return True
        return False
