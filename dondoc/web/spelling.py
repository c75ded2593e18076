"""Whole numbers below a million in words, as people say them in either language."""

from __future__ import annotations

from integrations.wording import Language

_VI = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
_EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(n: int, language: Language) -> str:
    """A number above -1,000,000 and below 1,000,000: "một nghìn sáu trăm bốn mươi sáu"."""
    if n < 0:
        return f"{'âm' if language == 'vi' else 'minus'} {spelled(-n, language)}"
    thousands, rest = divmod(n, 1000)
    below, unit = (_vietnamese, "nghìn") if language == "vi" else (_english, "thousand")
    parts = [f"{below(thousands, after=False)} {unit}"] if thousands else []
    if rest or not thousands:
        parts.append(below(rest, after=bool(thousands)))
    return " ".join(parts)


def _vietnamese(n: int, *, after: bool) -> str:
    """Below a thousand; ``after`` thousands the hundreds are said even where there are none."""
    hundreds, tens, ones = n // 100, n // 10 % 10, n % 10
    parts = [f"{_VI[hundreds]} trăm"] if hundreds or after else []
    if tens == 0:
        linked = f"linh {_VI[ones]}" if parts else _VI[ones]
        return " ".join([*parts, linked] if ones or not parts else parts)
    parts.append("mười" if tens == 1 else f"{_VI[tens]} mươi")
    changed = {5: "lăm"} if tens == 1 else {1: "mốt", 5: "lăm"}
    return " ".join([*parts, changed.get(ones, _VI[ones])] if ones else parts)


def _english(n: int, *, after: bool) -> str:
    hundreds, rest = divmod(n, 100)
    parts = [f"{_EN[hundreds]} hundred"] if hundreds else []
    if rest or not hundreds:
        parts += ["and"] if hundreds or after else []
        tens, ones = divmod(rest, 10)
        small = _EN[rest] if rest < 20 else _TENS[tens - 2] + (f"-{_EN[ones]}" if ones else "")
        parts.append(small)
    return " ".join(parts)
