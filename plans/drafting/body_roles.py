"""Who leads and who supports, where one cell says both: "Chủ trì: … Phối hợp: …"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plans.drafting.body_lists import LONGEST, read_bodies
from plans.drafting.body_named import Named
from plans.drafting.body_names import Lexicon
from plans.drafting.folding import composed, fold

_OFFICE = r"(?:(?:co quan|don vi|nganh|cap|cq|dv)(?:\s*[,/]\s*(?:co quan|don vi))?\s+)?"
_LEADS = (
    r"(?:chu tri|dau moi|(?<=co quan )thuong truc|(?<=don vi )thuong truc|thuong truc(?=\s*:)"
    r"|chiu trach nhiem(?: chinh)?|phu trach)"
    r"(?:\s+(?:thuc hien|tham muu|chinh))*"
)
_HELPS = r"(?:phoi hop|tham gia)(?:\s+(?:thuc hien|chinh))*(?:\s+(?:voi|cung))?"
_LABEL = re.compile(
    rf"(?<![^\W_])(?:(?P<lead>{_OFFICE}{_LEADS}|ct(?=\s*[:)]))"
    rf"|(?P<help>{_OFFICE}{_HELPS}|ph(?=\s*[:)])))(?![^\W_])(?P<colon>\s*[:\-]|)"
)


@dataclass(frozen=True, slots=True)
class Roles:
    """Who leads and who supports; ``labelled``: whether the cell says which is which."""

    leads: Named
    supporting: Named
    labelled: bool


@dataclass(frozen=True, slots=True)
class _Label:
    """'Chủ trì' or 'Phối hợp' in a text; ``before``: it stands before the bodies it is said of."""

    leads: bool
    start: int
    end: int
    before: bool


def read_roles(text: str, lexicon: Lexicon) -> Roles:
    """Who leads and who supports; without labels everyone named is among the leads."""
    words = composed(text)
    labels = _labels(words) if len(words) <= LONGEST else []
    if not labels:
        return Roles(read_bodies(words, lexicon), Named((), ()), False)
    leads, supporting = _parts(words, labels)
    lead, helps = read_bodies("\n".join(leads), lexicon), _all(supporting, lexicon)
    known = {match.code for match in lead.matches}
    others = tuple(match for match in helps.matches if match.code not in known)
    return Roles(lead, Named(others, helps.unknown, helps.doubts), True)


def _all(texts: list[str], lexicon: Lexicon) -> Named:
    return read_bodies("\n".join(texts), lexicon)


def _labels(words: str) -> list[_Label]:
    return [
        _Label(
            match["lead"] is not None,
            *match.span(),
            _stands_before(words, *match.span(), bool(match["colon"])),
        )
        for match in _LABEL.finditer(fold(words))
    ]


def _stands_before(words: str, start: int, end: int, colon: bool) -> bool:
    """Whether a label is followed by its bodies, as in 'Chủ trì: A', not 'A chủ trì'."""
    ahead, behind = words[end:].strip(), words[:start].rstrip(" \t-")
    if colon or (ahead and words[end:].lstrip(" ")[0] == "\n" and behind[-1:] in ("", "\n")):
        return True
    if not ahead or re.match(r"[,;.)\n]", words[end:].lstrip(" ")):
        return False
    return (
        not behind
        or behind[-1] in ".;,(\n"
        or fold(words[start:end]).endswith((" voi", " cung"))
        or fold(words[start:end]).startswith(("phoi hop", "tham gia"))
    )


def _parts(words: str, labels: list[_Label]) -> tuple[list[str], list[str]]:
    """The texts of those who lead and of those who support."""
    leads: list[str] = []
    supporting: list[str] = []
    at, open_label = 0, None
    for label in labels:
        piece = words[at : label.start]
        if label.before:
            # What stands before the first label and belongs to none leads: 'Sở A phối hợp với B'.
            _put(piece, open_label.leads if open_label else True, leads, supporting)
            open_label = label
        else:
            head, tail = _last_item(piece) if open_label else ("", piece)
            if head:
                assert open_label
                _put(head, open_label.leads, leads, supporting)
            _put(tail, label.leads, leads, supporting)
            open_label = None
        at = label.end
    _put(words[at:], open_label.leads if open_label else False, leads, supporting)
    return leads, supporting


def _last_item(piece: str) -> tuple[str, str]:
    """A list, and its last line or sentence, of which a label that follows is said."""
    cut = max(piece.rfind(sign) for sign in (";", "\n", ". "))
    return (piece[: cut + 1], piece[cut + 1 :]) if cut >= 0 else ("", piece)


def _put(piece: str, leads: bool, lead_texts: list[str], other_texts: list[str]) -> None:
    kept = piece.strip(" \t\n.,;:()-")
    if kept.count("(") != kept.count(")"):
        kept = piece.strip(" \t\n.,;:-").removesuffix("(").rstrip(" ,;")
        kept = kept.removeprefix(")").lstrip(" ,;.\n")
    if re.search(r"\w", kept):
        (lead_texts if leads else other_texts).append(kept)
