"""A cell that names bodies, cut into the bodies that it names: the longest name first.

Commas, "và" and line breaks divide a list and stand within names, so nothing is split before names
are looked for; only what is between names is split.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from plans.drafting.body_classes import Crowd, crowd
from plans.drafting.body_guesses import Guessing
from plans.drafting.body_named import Named, once
from plans.drafting.body_names import Lexicon, core, words_of
from plans.drafting.body_spans import NUMBER
from plans.drafting.folding import composed

LONGEST = 2_000
_BEFORE = re.compile(
    r"(?:(?:va|voi|cung|do|giao|cac|cua|gom|bao gom|duoc giao|yeu cau|de nghi|dong thoi|moi"
    r"|(?:chu tri|phoi hop|thuc hien|tham muu)(?: voi)?|(?:lam )?dau moi|giam doc|lanh dao"
    r"|thu truong|chanh|nguoi dung dau|thuong truc|(?:pho )?(?:chu tich|bi thu|giam doc|truong)"
    r"|cac (?:co quan|don vi|nganh)"
    r"|co quan|don vi)(?:\s|$))*"
)
"""Words before a name that say nothing of which body it is."""
_WHICH = re.compile(r"\s+(?:co|noi|ven|vung|mien|bien gioi|thuoc|nam trong|chua|con)\s[^,;.:()\n]+")
SECTOR = "a sector is named; the body in charge of it was taken"
_SEVERAL_OF = re.compile(r"(?:cac|nhung|mot so|\d+)\s[^,;.\n]*\b(?:thuoc|cua)\s")
"""Several bodies that stand under another one, which is none of them."""
_COMPOSITE = re.compile(
    r"(?:van phong )?(?:doan )?(?:dai bieu quoc hoi|dbqh)(?: tinh)?(?:,| va| -| &)* ?"
    r"(?:hdnd|hoi dong nhan dan)(?: tinh)?"
    r"|(?:van phong|vp) (?:hdnd|hoi dong nhan dan)(?:,| va| -| &)* ?(?:ubnd|uy ban nhan dan)"
    r"(?: (?:cap |cac )?(?:huyen|xa|phuong|dac khu)(?:, (?:xa|phuong|dac khu))*)?"
)
"""An office of two bodies, which is neither of them."""


def read_bodies(text: str, lexicon: Lexicon) -> Named:
    """The bodies that a cell names; words that name none for sure are ``unknown``."""
    words = composed(text)
    if len(words) > LONGEST:
        return Named((), (words,), ("this is too long for a list of bodies",))
    return _Reader(words, lexicon).read()


class _Reader(Guessing):
    """One cell being read, word by word; ``gap`` holds words that no name was found for yet."""

    def inner(self, said: str) -> Named:
        return read_bodies(said, self.lexicon)

    def read(self) -> Named:
        """All of it."""
        while self.at < len(self.words):
            if not (
                self._number()
                or self._composite()
                or self._crowd()
                or self._sector()
                or self._name()
            ):
                self._step()
        self._flush()
        self.merge()
        return Named(
            once(self.found.matches),
            tuple(dict.fromkeys(self.found.unknown)),
            tuple(dict.fromkeys(self.found.doubts)),
        )

    # --- what may stand at a word ---

    def _number(self) -> bool:
        match = NUMBER.match(self.folded, self.words[self.at].start)
        after_name = not self.gap and self.at > 0
        if not match or not (after_name or self.divided(self.at)):
            return False
        self._flush()
        self.go_past(match.end())
        return True

    def _composite(self) -> bool:
        match = _COMPOSITE.match(self.folded, self.words[self.at].start)
        if not match or self.longest(self.at)[0] > self.at + match[0].count(" "):
            return False
        self._flush()
        self.unknown(match.start(), match.end())
        self.go_past(match.end())
        return True

    def _crowd(self) -> bool:
        """A phrase for many bodies; with a colon after it, the heading of a list."""
        start = self.words[self.at].start
        some = crowd(self.folded, start, central=self.lexicon.central)
        if not some or self._glued():
            return False
        after = self.folded[some.end :].lstrip(" \t")
        if (
            "agencies" in some.categories
            and after.startswith((":", "("))
            and self._lists_members(some.end)
        ):
            self._flush()
            self.kind = "so"
            self.go_past(some.end)
            return True
        end, codes = self.longest(self.at)
        if codes and self.words[end - 1].end >= some.end:
            return False
        if after[:1] and after[0] not in ",;.\n/:()-+&" and not self.may_follow(some.end):
            told_apart = self._told_apart(some.end)
            if not told_apart:
                return False
            some = replace(some, end=told_apart, some=True)
        self._flush(keep_kind=True)
        self._add_crowd(some, start)
        self.go_past(self.remark(some.end, len(self.found.matches) - 1))
        return True

    def _sector(self) -> bool:
        """A sector instead of the body that is in charge of it: "ngành Y tế"."""
        if self.words[self.at].text != "nganh" or self.at + 1 >= len(self.words):
            return False
        kind = "bo" if self.lexicon.central else "so"
        end, codes = self.longest(self.at + 1, kind)
        if not codes:
            end, codes = self.near_sector(kind)
        best = self.lexicon.choose(codes) if codes else []
        if len(best) != 1:
            return False
        start = self.words[self.at].start
        self._flush(keep_kind=True)
        self.add(best[0], self.slice_of(start, self.words[end - 1].end), 0.75, SECTOR)
        self.at = end
        return True

    def _told_apart(self, at: int) -> int | None:
        """Where the words end that tell which of many are meant: "có vùng lõm sóng"."""
        found = _WHICH.match(self.folded, at)
        named = found and _Reader(self.text[found.start() : found.end()], self.lexicon).read()
        return found.end() if found and named and not named.matches else None

    def _lists_members(self, end: int) -> bool:
        inner = re.match(r"\s*(?::\s*([^;\n]+)|\(([^)]+)\))", self.text[end:])
        said = (inner[1] or inner[2]) if inner else ""
        rest = _Reader(said, self.lexicon)
        rest.kind = "so"
        return len(rest.read().matches) > 0

    def _add_crowd(self, some: Crowd, start: int) -> None:
        said = self.slice_of(start, some.end)
        for category in some.categories:
            code = self.lexicon.classes.get(category)
            if code is None:
                self.unknown(start, some.end)
                continue
            doubt = "only those concerned are meant" if some.some else ""
            self.add(code, said, 0.75 if some.some else 0.97, doubt)

    def _name(self) -> bool:
        """The longest name that begins here, whole or without the word that a list says once."""
        end, codes = self.longest(self.at)
        sure = 1.0
        if self.kind and self.divided(self.at):
            short_end, short = self.longest(self.at, self.kind)
            level = self.words[end - 1].text == "tinh"
            if short and (not codes or (short_end >= end and not level)):
                end, codes, sure = short_end, short, 0.95
        if not codes:
            return False
        glued = self._glued()
        codes = self._of_this_level(self.at, end, codes, glued)
        if not codes or self._of_another(self.at, codes, glued):
            self.gap += range(self.at, end)
            self.at = end
            return True
        before = self.words[self.at - 1].text if self.at else ""
        if (glued and (end - self.at < 2 or self._small())) or before == "co":
            return False  # "các cơ sở y tế" are not the department of health
        start = self.words[self.at].start
        if glued:
            start = self.words[self.gap[0]].start
            self.gap = []
        self._flush(keep_kind=True)
        until = self.past_place(self.words[end - 1].end)
        self._named(codes, self.slice_of(start, until), sure, glued=glued)
        self._remember_kind(codes)
        self.go_past(self.remark(until, len(self.found.matches) - 1))
        return True

    def _of_this_level(
        self, start: int, end: int, codes: dict[str, float], glued: bool
    ) -> dict[str, float]:
        """Without the province's bodies where the nation's are meant: "Hội Nông dân Việt Nam"."""
        first = self.words[self.gap[0] if glued else start].start
        said = self.text[first : self.past_place(self.words[end - 1].end)]
        return {
            code: sure
            for code, sure in codes.items()
            if not self.lexicon.is_other_level(code, said)
        }

    def _of_another(self, start: int, codes: dict[str, float], glued: bool) -> bool:
        """Whether a name only says of which body another one is: "các cấp ủy trực thuộc Tỉnh ủy",
        "Ban Nội chính Tỉnh ủy"."""
        if not glued:
            return False
        several = _SEVERAL_OF.match(self.folded, self.words[self.gap[0]].start)
        best = self.lexicon.choose(codes)
        whole = all(self.lexicon.bodies[code].kind in ("party", "executive") for code in best)
        return whole or bool(several and several.end() <= self.words[start].start)

    def _small(self) -> bool:
        """Whether a word begins small in a text that has capitals."""
        start = self.words[self.at].start
        return self.text[start].islower() and any(sign.isupper() for sign in self.text)

    def _remember_kind(self, codes: dict[str, float]) -> None:
        first = core(words_of(self.lexicon.bodies[next(iter(codes))].name.vi))[0]
        if first in self.lexicon.kinds:
            self.kind = first

    def _named(self, codes: dict[str, float], said: str, sure: float, *, glued: bool) -> None:
        best = self._told_by_level(self.lexicon.choose(codes), said)
        names = " or ".join(self.lexicon.bodies[code].name.vi for code in best[:3])
        own = self.lexicon.of_province(best) if len(best) > 1 else None
        if own:
            self.add(own, said, 0.8, f"it may mean {names}; the provincial one was taken")
            return
        if len(best) > 1:
            self.found.unknown.append(said)
            self.found.doubts.append(f"'{said}' may mean {names}")
            return
        doubt = "a part of it is named, or someone in it" if glued else ""
        self.add(best[0], said, sure * codes[best[0]] * (0.6 if glued else 1), doubt)

    def _told_by_level(self, codes: list[str], said: str) -> list[str]:
        """Of bodies that only their level tells apart, the one whose level is written."""
        words = words_of(said)
        same = [code for code in codes if words_of(self.lexicon.bodies[code].name.vi) == words]
        return same if len(same) == 1 else codes

    # --- what stands between names ---

    def _step(self) -> None:
        if self.gap and self.separated(self.at) and not self._goes_on():
            self._flush()
        if not self.gap and self.words[self.at].text in self.lexicon.kinds and self._heads():
            self.kind = self.words[self.at].text
            self.at += 1
            return
        self.gap.append(self.at)
        self.at += 1

    def _heads(self) -> bool:
        """Whether 'Sở' stands before names that leave it out: 'Sở: Y tế, Nội vụ'."""
        at = self.at + 1
        if at >= len(self.words):
            return False
        kind, self.kind = self.kind, self.words[self.at].text
        _, codes = self.longest(at, self.words[self.at].text)
        self.kind = kind
        return bool(codes)

    def _goes_on(self) -> bool:
        """Whether a comma stands within a description: 'các cơ quan, đơn vị liên quan'."""
        before, here = self.words[self.gap[-1]], self.words[self.at]
        between = self.text[before.end : here.start]
        if between.strip() == "-" and before_kind(self.words[self.gap[0]].text):
            return "\n" not in between
        small = self.text[here.start].islower() and not self.text[: here.start].isupper()
        return small and between.strip() in (",", "-", "/", "và", "&") and "\n" not in between

    def _glued(self) -> bool:
        """Whether words without a name stand right before, with no separator between."""
        joined = self.words[self.at - 1].text in ("va", "voi", "cung")
        if not self.gap or joined or self.separated(self.at):
            return False
        return not _says_nothing(self.words[at].text for at in self.gap)

    def _flush(self, *, keep_kind: bool = False) -> None:
        gap, self.gap = self.gap, []
        while gap and self.words[gap[0]].text in ("va", "cung", "voi"):
            gap = gap[1:]
        while gap and self.words[gap[-1]].text in ("va", "cung", "voi"):
            gap = gap[:-1]
        if not gap or _says_nothing(self.words[at].text for at in gap):
            return
        start, end = self.words[gap[0]].start, self.words[gap[-1]].end
        if not self.near(gap, self.slice_of(start, end)):
            self.unknown(start, end)
        if not keep_kind and "\n" in self.text[start : end + 1]:
            self.kind = None


def before_kind(word: str) -> bool:
    """Whether a word begins the name of an office whose parts a hyphen joins."""
    return word in ("phong", "trung", "truong", "vu", "cuc", "chi", "khoa", "lien")


def _says_nothing(words: Iterable[str]) -> bool:
    return bool(_BEFORE.fullmatch(" ".join(words)))
