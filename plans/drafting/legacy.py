"""Text of old fonts (TCVN3, VNI), in which other letters stand for the Vietnamese ones."""

from __future__ import annotations

import re

from plans.drafting.grid import Grid, Paper
from plans.errors import InvalidInput

_SIGNS = "¸¶¨ª¬®¾¼½Ö×ØÞßåæçëîïñøö÷ûüþäËÏÜ"
FOREIGN = re.compile(f"[a-zA-Z][{_SIGNS}]|[{_SIGNS}][a-z]")
"""Signs inside words that no Vietnamese word has, and that those fonts show as its letters."""
FEWEST, SHARE = 3, 0.05


def check_code(paper: Paper) -> None:
    """Refuse a paper of which more than a few words stand in an old font's code.

    ``InvalidInput``: nothing of it could be understood, and nobody could read the draft.
    """
    words = [word for text in _texts(paper) for word in text.split()]
    odd = [word for word in words if FOREIGN.search(word)]
    if len(odd) >= FEWEST and len(odd) >= SHARE * len(words):
        raise InvalidInput(
            "the text stands in the code of an old font (TCVN3, VNI), such as "
            f"'{odd[0][:20]}': convert it to Unicode, and draft it again"
        )


def _texts(paper: Paper) -> list[str]:
    found = []
    for one in paper.parts:
        found += [cell.text for cell in one.cells.values()] if isinstance(one, Grid) else [one.text]
    return found
