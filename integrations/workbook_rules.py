"""What a workbook's cells take, with the alert for what they do not; and its colours.

Colours follow the present day: a workbook that lies for a week shows what has become overdue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.wording import Wording
from integrations.workbook_words import ACTS, KINDS, sentence

LONGEST = {"result": 10_000, "obstacles": 10_000, "proposals": 10_000, "number": 300, "title": 300}
RED, ORANGE, PURPLE, AMBER = "F8CBAD", "FCE4D6", "E4DFEC", "FFD966"


def add_rules(
    sheet: Any, words: Wording, columns: Mapping[str, int], first: int, last: int
) -> None:
    """Validation of every column that one writes in."""
    link = f"{_letter(columns['url'])}{first}"
    rules: dict[str, tuple[dict[str, Any], str]] = {
        "percent": (
            {"type": "whole", "operator": "between", "formula1": "0", "formula2": "100"},
            words.gettext("A whole number from 0 to 100, without the percent sign."),
        ),
        "act": (
            _list(words, ACTS),
            words.gettext(
                "Choose one of the list: keep it as a draft, hand it in, or nothing to report."
            ),
        ),
        "date": (
            {
                "type": "date",
                "operator": "between",
                "formula1": "DATE(1945,9,2)",
                "formula2": "TODAY()",
            },
            words.gettext("The document’s day as dd/mm/yyyy, today or earlier."),
        ),
        "url": (
            {
                "type": "custom",
                "formula1": f'OR(LEFT({link},7)="http://",LEFT({link},8)="https://")',
            },
            words.gettext("A link begins with http:// or https://."),
        ),
        "kind": (_list(words, KINDS), words.gettext("Choose a kind of document of the list.")),
    }
    for name, most in LONGEST.items():
        rule = {"type": "textLength", "operator": "lessThanOrEqual", "formula1": str(most)}
        rules[name] = (rule, words.gettext("At most %(n)s signs.", n=words.number(most)))
    for name, (rule, said) in rules.items():
        _add(
            sheet,
            words,
            f"{_letter(columns[name])}{first}:{_letter(columns[name])}{last}",
            rule,
            said,
        )


def _list(words: Wording, known: Mapping[str, str]) -> dict[str, Any]:
    some = ",".join(sentence(words.gettext(text)) for text in known.values())
    return {"type": "list", "formula1": f'"{some}"'}


def _add(sheet: Any, words: Wording, where: str, rule: dict[str, Any], said: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    found = DataValidation(
        **rule,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="stop",
        errorTitle=words.gettext("This cannot stand here"),
        error=said,
        showInputMessage=rule["type"] != "textLength",
        prompt=said,
    )
    found.add(where)
    sheet.add_data_validation(found)


def add_colours(
    sheet: Any, words: Wording, columns: Mapping[str, int], first: int, last: int
) -> None:
    """Red: overdue; orange: due within three days; purple: came back; amber: evidence missing."""
    cell = {name: f"${_letter(n)}{first}" for name, n in columns.items()}
    due, flags = cell["due"], cell["dondoc.flags"]
    chosen = ACTS["submit"]
    hand_in = sentence(words.gettext(chosen))
    bare = "".join(f',{cell[name]}=""' for name in ("number", "title", "url"))
    missing = f'AND({cell["act"]}="{hand_in}",ISNUMBER(SEARCH("N",{flags})){bare})'
    shown = (
        (("place", "plan", "task"), f'ISNUMBER(SEARCH("R",{flags}))', PURPLE),
        (("due", "standing"), f"AND(ISNUMBER({due}),{due}<TODAY())", RED),
        (("due", "standing"), f"AND(ISNUMBER({due}),{due}<=TODAY()+3)", ORANGE),
        (("act", "number", "title", "url"), missing, AMBER),
    )
    for names, formula, colour in shown:
        for name in names:
            _colour(
                sheet,
                f"{_letter(columns[name])}{first}:{_letter(columns[name])}{last}",
                formula,
                colour,
            )


def _colour(sheet: Any, where: str, formula: str, colour: str) -> None:
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import PatternFill

    fill = PatternFill("solid", start_color=colour, end_color=colour)
    sheet.conditional_formatting.add(where, FormulaRule([formula], stopIfTrue=True, fill=fill))


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))
