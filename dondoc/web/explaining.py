"""Errors of use cases in the visitor's words: what stands beside a form's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import ValidationError

from dondoc.web.words import PageWords
from plans.errors import DondocError, InvalidInput

Fault = DondocError | ValidationError


def explain(words: PageWords, error: Fault) -> dict[str, str]:
    """What is wrong with which field; under "" what is wrong with the whole."""
    if isinstance(error, ValidationError):
        found = {".".join(map(str, one["loc"])): one["msg"] for one in error.errors()}
    elif isinstance(error, InvalidInput) and error.fields:
        found = dict(error.fields)
    else:
        found = {"": str(error)}
    return {name: _in_words(words, text) for name, text in found.items()}


_KNOWN: Mapping[str, Callable[[PageWords], str]] = {}


def _in_words(words: PageWords, text: str) -> str:
    known = _KNOWN.get(text)
    return known(words) if known else text
