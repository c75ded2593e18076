"""The tasks of a paper under their headings become a plan's groups."""

from __future__ import annotations

from collections.abc import Sequence

from plans.declaration import SolutionGroup, Title
from plans.drafting.composing import Place, compose
from plans.drafting.desk import Desk
from plans.drafting.grid import flat
from plans.drafting.outlines import Heading, Item, Outline
from plans.drafting.texts import MOST, Notes, fitted, public

Comments = dict[str, dict[str, list[str]]]
"""The paper's own words, by task and field."""


def groups_of(into: Outline, desk: Desk, title: str) -> tuple[list[SolutionGroup], Comments]:
    """The groups with their tasks, and the paper's own words beside them."""
    order: dict[int, tuple[Heading | None, list[Item]]] = {}
    for item in into.items:
        order.setdefault(id(item.heading), (item.heading, []))[1].append(item)
    found, comments = list[SolutionGroup](), Comments()
    for n, (heading, items) in enumerate(order.values(), 1):
        group, words = _group(n, heading, items, desk, title)
        found.append(group)
        comments |= words
    return found, comments


def _group(
    n: int, heading: Heading | None, items: list[Item], desk: Desk, title: str
) -> tuple[SolutionGroup, Comments]:
    key, notes = desk.ids.unique(f"g{n}"), Notes(at=heading.at or None if heading else None)
    ordinal = _ordinal(heading)
    made = [
        compose(item, desk, Place(f"g{n}", ordinal or f"nhóm {n}", position))
        for item, position in zip(items, _positions(items), strict=True)
    ]
    name = fitted(public(heading.title) if heading else title, notes, "Nhóm") or title
    for one in heading.path()[:-1] if heading else ():
        notes.add("Thuộc", f"{one.number} {public(one.title)}".strip())
    for one in heading.path() if heading else ():
        for piece in one.extras:
            notes.add(piece.header, public(piece.text))
    note, asked = notes.settled()
    group = SolutionGroup(
        id=key,
        title=Title(vi=name, en=name),
        ordinal=ordinal,
        tasks=tuple(one.task for one in made),
        note=note,
        questions=tuple(asked),
    )
    return group, {key: words for one in made for key, words in one.comments.items()}


def _ordinal(heading: Heading | None) -> str | None:
    """A heading's number, with those above it where it does not say them itself."""
    if heading is None:
        return None
    own = heading.number.strip(".()[]/: ")
    outer = _ordinal(heading.outer)
    if not own:
        return outer
    return own if not outer or own.startswith(f"{outer}.") else f"{outer}.{own}"


def _positions(items: Sequence[Item]) -> list[str]:
    """Each task's number as the table has it, with that of the task it stands under; else its
    place among them."""
    found = []
    for n, item in enumerate(items, 1):
        own = flat(item.number).strip(".()[]/: ") if item.number.strip("-+*•–● ") else ""
        outer = item.owner.number.strip(".()[]/: ") if item.owner else ""
        if outer and not own.startswith(f"{outer}."):
            own = f"{outer}.{own}" if own else ""
        found.append((own or str(n))[:MOST])
    return found
