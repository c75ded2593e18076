"""Where declared names stand in a text: the longest that begins at a word, and where it may end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from plans.drafting.body_classes import crowd
from plans.drafting.body_names import LEFT_OUT, Lexicon, core, words_of
from plans.drafting.folding import fold

_MOST_WORDS = 14
_WORD = re.compile(r"[^\W_]+")
_HARD = re.compile(r"[;,\n•+*|/]|[.](?=\s|$)|\s[-&]+\s|\n\s*-")
_OTHER_LEVEL = frozenset(
    ("huyen", "xa", "phuong", "quan", "thi", "cap", "cac", "khu", "vung", "trung", "tw", "co")
)
"""What after a name says that a body of another level or place is meant, not the declared one."""
_AFTER = re.compile(
    r"\s*(?:chu tri|phoi hop|tham muu|thuc hien|lam dau moi|la (?:co quan )?dau moi|va|voi|cung)\b"
)
DOES = re.compile(
    r"\s+(?:tong hop|bao cao|to chuc|xay dung|trien khai|huong dan|theo doi|don doc|kiem tra"
    r"|ra soat|trinh|ban hanh|cung cap|bo tri|lap|chu dong|co trach nhiem|chiu trach nhiem"
    r"|phu trach|soan thao|tham dinh|cho y kien|tiep thu|hoan thien|cong bo|quan ly|chi dao"
    r"|van hanh|giam sat|tiep tuc|tang cuong|day manh|khan truong|phan cong|phat dong|huy dong"
    r"|chuan bi|tiep nhan|xu ly|ra quan|de xuat|ky ket|duy tri)(?![^\W_])"
)
"""What a body does, after its name; whom it does it to is not among those named."""
_ACTS = re.compile(
    r"\s+(?:chu tri|phoi hop|tham muu|thuc hien|lam dau moi|la (?:co quan )?dau moi|phai|can|se"
    r"|tham gia|ho tro|cap|cu|dam bao|bao dam|nghien cuu|tap trung|thanh lap|van dong|truyen thong"
    r"|tuyen truyen|tap huan|cap nhat|cong khai|kien toan)(?![^\W_])"
)
NUMBER = re.compile(r"(?:\d{1,2}|[a-h])[.)/]\s+|\d{1,2}\s*[.)-]\s*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, folded, with its place; ``full``: the words that it abbreviates, else itself."""

    text: str
    start: int
    end: int
    full: tuple[str, ...]


class Spans:
    """A composed text as words, with the places of names in it."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text, self.folded, self.lexicon = text, fold(text), lexicon
        self.words = [
            Word(match[0], *match.span(), tuple(words_of(match[0])))
            for match in _WORD.finditer(self.folded)
        ]

    def longest(self, at: int, kind: str = "") -> tuple[int, dict[str, float]]:
        """The end of the longest name from a word on, and whom it names; nobody: ({}, at)."""
        for end in reversed(self._possible(at, kind)):
            said = [word for one in self.words[at:end] for word in one.full]
            key = kind + "".join(core(said))
            codes = self.lexicon.keys.get(key)
            if codes and self._may_be(at, end, key, kind) and self._ends(end, said):
                return end, dict(codes)
        return at, {}

    def _possible(self, at: int, kind: str) -> list[int]:
        """Where a name that begins at a word may end."""
        found: list[int] = []
        begun = {kind}
        if self.words[at].text == "va":
            return found
        for end in range(at + 1, min(at + _MOST_WORDS, len(self.words)) + 1):
            last = self.words[end - 1]
            word = "".join(last.full)
            longer = {one + word for one in begun} & self.lexicon.beginnings
            begun = longer | (begun if last.full[-1] in LEFT_OUT else set())
            if not begun:
                break
            level = last.full[-1] in LEFT_OUT and end - 1 > at
            if last.text != "va" and not (level and self.divided(end - 1)):
                found.append(end)
        return found

    def _may_be(self, at: int, end: int, key: str, kind: str) -> bool:
        """Whether short letters are an abbreviation, and no list runs through a name."""
        said = self.text[self.words[at].start : self.words[end - 1].end]
        if (
            len(key) <= 4
            and end - at == 1
            and not kind
            and not any(sign.isupper() for sign in said)
        ):
            return False
        if kind and end - at == 1 and len(key) - len(kind) < 2:
            return False
        return ";" not in said

    def _ends(self, end: int, said: Sequence[str]) -> bool:
        """Whether a name may end here: not in the middle of a longer one, nor at another level."""
        until = self.words[end - 1].end
        if end >= len(self.words):
            return True
        between = self.folded[until : self.words[end].start]
        if _divides(between) or re.search(r"[():]", between):
            return True
        following = self.words[end].text
        if following in _OTHER_LEVEL:
            return False
        if NUMBER.match(self.folded, self.words[end].start):
            return True
        return (
            following in ("tinh", "tp", "thanh")
            or self._is_place(end)
            or (said[-1] in ("tinh", "pho") and self._capital(end) and not self._next_is_name(end))
            or self.may_follow(until)
            or self._next_is_name(end)
        )

    def _next_is_name(self, at: int) -> bool:
        """Whether a declared name stands whole from a word on."""
        for end in self._possible(at, ""):
            key = "".join(core(word for one in self.words[at:end] for word in one.full))
            if len(key) > 3 and key in self.lexicon.keys:
                return True
        return bool(crowd(self.folded, self.words[at].start, central=self.lexicon.central))

    def may_follow(self, end: int) -> bool:
        """Whether words such as 'chủ trì' follow, which end a name."""
        return bool(_AFTER.match(self.folded, end) or DOES.match(self.folded, end))

    def _is_place(self, at: int) -> bool:
        return any(
            tuple(word.text for word in self.words[at : at + len(place)]) == place
            for place in self.lexicon.places
        )

    def _capital(self, at: int) -> bool:
        return self.text[self.words[at].start].isupper()

    def past_place(self, end: int) -> int:
        """Past 'tỉnh Sóc Trăng', 'thành phố Cần Thơ' and the like after a name."""
        match = re.match(r"\s+(?:tinh|thanh pho|tp\.?)(?!\w)", self.folded[end:])
        if match and not self.folded[end + match.end() :].lstrip().startswith(("uy", "doan")):
            end += match.end()
        said = re.match(r"\.?(?:[ ]+[^\W_]+){1,4}", self.text[end:])
        if said and (match or self._is_place_text(said[0])):
            name = re.match(r"\.?(?:[ ]+[A-ZÀ-ỸĐ][^\W_]*){1,3}", self.text[end:])
            if name and self._is_place_text(name[0]):
                end += name.end()
        return end

    def _is_place_text(self, said: str) -> bool:
        words = tuple(words_of(said))
        return any(words[: len(place)] == place for place in self.lexicon.places)

    def divided(self, at: int) -> bool:
        """Whether a separator, the beginning, or a word that begins a name stands before."""
        return self.separated(at) or self.words[at - 1].text in ("va", "cac", "voi", "cung")

    def separated(self, at: int) -> bool:
        """Whether a sign divides a word from the one before."""
        if at == 0:
            return True
        between = self.folded[self.words[at - 1].end : self.words[at].start]
        return _divides(between) or bool(re.search(r"[():]", between))

    def slice_of(self, start: int, end: int) -> str:
        """A piece of the text as it stands, in one line."""
        return " ".join(self.text[max(start, 0) : end].split())


def acts(folded: str, at: int) -> bool:
    """Whether a text says, from a place on, what somebody does."""
    return bool(DOES.match(folded, at) or _ACTS.match(folded, at))


def _divides(between: str) -> bool:
    return bool(_HARD.search(between)) or "  " in between
