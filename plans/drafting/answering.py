"""A draft's questions answered: its text with the answers in it, and every other line as it was.

found = answer(text, departments, {key: Answer(value="Sở Y tế"), other: Answer(accept=True)})
found.text, found.left, found.errors
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plans.declaration import Departments, Plan
from plans.drafting.asking import Open
from plans.drafting.asking import open_questions as asked_by
from plans.drafting.body_words import Lexicon
from plans.drafting.revising import Answer, Revising, issued_of
from plans.drafting.splicing import Revision, revised
from plans.errors import InvalidCatalogue, InvalidInput
from plans.source import Read, Source, read_text, validate

__all__ = ["Answer", "Answered", "answer", "open_questions", "read_draft"]

NAME = "declaration"
"""Under which a draft's problems are told."""
NOT_ASKED = "there is no such question here, or it is settled already"


@dataclass(frozen=True, slots=True)
class Answered:
    """A draft's text with the answers; ``left``: what is open; ``errors``: by question's key."""

    text: str
    plan: Plan
    left: tuple[Open, ...]
    errors: Mapping[str, str]
    settled: int


def read_draft(text: str) -> Read[Plan]:
    """A draft by its text; ``InvalidCatalogue`` with every problem of it."""
    source = read_text(NAME, text.encode())
    plan, wrong = validate(source, Plan)
    if plan is None:
        raise InvalidCatalogue([*source.problems, *wrong])
    return Read(source, plan)


def open_questions(plan: Plan, departments: Departments) -> list[Open]:
    """Every question of a draft, in the order of its text."""
    return asked_by(plan, Lexicon.of(departments, issued_of(plan)))


def answer(text: str, departments: Departments, answers: Mapping[str, Answer]) -> Answered:
    """Put answers, by the questions' keys, into a draft. What is wrong stays open, with an error.

    Raises:
        InvalidCatalogue: the text is no plan.
        InvalidInput: it does not stand in lines, so that nothing can be put between them.
    """
    source, plan = read_draft(text)
    asked = open_questions(plan, departments)
    desk = Revising(plan, departments)
    errors = {key: NOT_ASKED for key in answers if key not in {one.key for one in asked}}
    for one, given in _spread(asked, answers):
        try:
            desk.take(one, given)
        except InvalidInput as error:
            errors[one.key] = str(error)
    revision = desk.revision()
    if revision.is_nothing:
        return Answered(text, plan, tuple(asked), errors, 0)
    return _verified(text, source, desk, revision, errors)


def _verified(
    text: str, source: Source, desk: Revising, revision: Revision, errors: Mapping[str, str]
) -> Answered:
    found = revised(text, source, dict(desk.before), revision)
    try:
        plan = read_draft(found).declared
    except InvalidCatalogue as error:
        told = error.problems[0].message
        raise InvalidInput(f"the answers do not fit into this draft: {told}") from None
    left = tuple(open_questions(plan, desk.departments))
    return Answered(found, plan, left, errors, sum(map(len, desk.settled.values())))


def _spread(asked: Sequence[Open], answers: Mapping[str, Answer]) -> list[tuple[Open, Answer]]:
    """The answers that are given, each also to those alike without one, in the text's order."""
    given = {key: one for key, one in answers.items() if one.choices}
    shared = {one.likeness: given[one.key] for one in reversed(asked)
              if one.key in given and given[one.key].alike}  # fmt: skip
    own = [(one, given.get(one.key) or shared.get(one.likeness)) for one in asked]
    return [(one, answer) for one, answer in own if answer]
