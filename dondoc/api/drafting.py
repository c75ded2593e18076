"""An annex that was sent, as a draft, and its questions: what the calls and the pages share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dondoc.api.context import Context
from integrations.annex import read_annex
from plans import files
from plans.drafting.answering import Answer, answer
from plans.drafting.asking import Open
from plans.drafting.drafted import Drafted, Given, draft
from plans.drafting.findings import BETWEEN
from plans.drafting.terms import describe
from plans.drafts import missing
from plans.loading import read_directory
from plans.source import MAX_BYTES


def drawn_up(here: Context, raw: bytes, name: str, given: Given) -> Drafted:
    """A file as a draft, by the bodies of the record; the page's as well as a call's."""
    paper = read_annex(raw, files.clean_name(name))
    with here.reading() as connection:
        departments = read_directory(connection).declared
    return draft(paper, departments, given)


def held(one: Open) -> str:
    """What the field of a question holds that is asked about: codes, a deadline's or a text's
    words; "" for nothing and for a stand-in."""
    if one.codes:
        return ", ".join(one.meant or one.codes)
    if isinstance(one.value, tuple):
        return BETWEEN.join(map(describe, one.value))
    return str(getattr(one.value, "vi", one.value) or "")


class AnswerIn(BaseModel):
    """One of three: accept what was understood, leave the words out, or say what is right."""

    model_config = ConfigDict(extra="forbid")

    accept: bool = False
    leave_out: Annotated[
        bool, Field(description="The words name nothing known: they go into the task's note.")
    ] = False
    value: Annotated[
        str,
        Field(max_length=4000, description="Bodies, a deadline, a day or a text, in words."),
    ] = ""
    alike: Annotated[
        bool, Field(description="Holds for every question that asks the same of the same words.")
    ] = False

    @model_validator(mode="after")
    def _one_of_them(self) -> AnswerIn:
        if self.accept + self.leave_out + bool(self.value.strip()) != 1:
            raise ValueError("give exactly one of 'accept', 'leave_out' and 'value'")
        return self


class AnswersIn(BaseModel):
    """A draft and answers by the keys of its questions."""

    model_config = ConfigDict(extra="forbid")

    yaml: Annotated[str, Field(max_length=MAX_BYTES)]
    answers: Annotated[dict[str, AnswerIn], Field(max_length=20_000)] = {}


class QuestionOut(BaseModel):
    """An open question. ``holds``: what its field holds that it is about; ``effect``: what a
    written value does to that; ``blocks``: the plan cannot be loaded before."""

    question: str
    kind: str
    field: str
    of: Annotated[str, Field(description="The id of the plan, group, task or part.")]
    at: str | None
    said: str
    why: str
    confidence: float
    holds: str
    choices: list[Literal["accept", "leave_out", "write"]]
    effect: Literal["fills", "adds", "replaces"]
    blocks: bool


class AnswersOut(BaseModel):
    """The draft with the answers. ``missing``: fields that must be filled before it is loaded."""

    yaml: str
    settled: int
    missing: int
    left: list[QuestionOut]
    errors: dict[str, str]


def answered(here: Context, body: AnswersIn) -> AnswersOut:
    """Answers put into a draft, by the bodies of the record."""
    with here.reading() as connection:
        departments = read_directory(connection).declared
    given = {key: Answer(**one.model_dump()) for key, one in body.answers.items()}
    found = answer(body.yaml, departments, given)
    return AnswersOut(
        yaml=found.text,
        settled=found.settled,
        missing=missing(found.plan),
        left=[_question(one) for one in found.left],
        errors=dict(found.errors),
    )


def _question(one: Open) -> QuestionOut:
    return QuestionOut(
        question=one.key,
        kind=one.kind.value,
        field=one.field,
        of=one.holder.id,
        at=one.asked.at,
        said=one.asked.said,
        why=one.asked.why,
        confidence=one.asked.confidence,
        holds="" if one.effect == "fills" else held(one),
        choices=[choice.value for choice in one.choices],
        effect=one.effect.value,
        blocks=one.blocks,
    )
