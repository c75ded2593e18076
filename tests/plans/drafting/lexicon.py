"""The shipped ``departments.yaml``, read once for the tests of drafting."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from plans.declaration import Departments
from plans.drafting.body_words import Lexicon

CATALOGUE = Path(__file__).parents[3] / "plans" / "catalogue" / "departments.yaml"


@cache
def catalogue_departments() -> Departments:
    """Every body that the shipped plans name."""
    text = CATALOGUE.read_text(encoding="utf-8")
    return Departments.model_validate_json(json.dumps(YAML(typ="safe").load(text), default=str))


@cache
def lexicon(on: date | None = date(2026, 1, 10)) -> Lexicon:
    """Their names on a day."""
    return Lexicon.of(catalogue_departments(), on)
