"""The main menu: which pages there are, for whom, and where one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrations.wording import marked
from plans.access import Action

if TYPE_CHECKING:
    from dondoc.web.visiting import Page


@dataclass(frozen=True, slots=True)
class Entry:
    """One page in the menu; ``label`` is a text to be translated."""

    path: str
    label: str
    action: Action

    def holds(self, path: str) -> bool:
        """Whether a page lies under this entry."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


ENTRIES = (
    Entry("/", marked("Overview"), Action.SEE_FIGURES),
    Entry("/plans", marked("Plans"), Action.SEE_FIGURES),
    Entry("/departments", marked("Departments"), Action.SEE_FIGURES),
    Entry("/assignments", marked("Assignments"), Action.SEE_ASSIGNMENT),
    Entry("/targets", marked("Targets"), Action.SEE_FIGURES),
    Entry("/review", marked("Review"), Action.REVIEW),
    Entry("/messages", marked("Messages"), Action.SEE_CONTACTS),
    Entry("/gathering", marked("Gathering"), Action.SEE_CONTACTS),
    Entry("/admin", marked("Administration"), Action.MANAGE_USERS),
)


def entries(page: Page) -> list[Entry]:
    """What the visitor may open; a message's link opens no pages but its own."""
    if page.by_link:
        return []
    return [one for one in ENTRIES if page.may(one.action)]
