"""By which headers a file's columns of figures are known: Vietnamese or English, in any order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from plans.explaining import slug

Name = Literal[
    "target", "title", "unit", "period", "value", "part", "whole", "source", "note", "measured_at"
]
NUMBERS: Final = ("value", "part", "whole")
_KNOWN: Final[Mapping[Name, str]] = {
    "target": "ma-chi-tieu ma-so ma ky-hieu chi-tieu target target-id target-code id code",
    "title": "ten-chi-tieu noi-dung-chi-tieu ten noi-dung title target-title name target-name",
    "unit": "don-vi-tinh dvt don-vi unit",
    "period": "ky ky-bao-cao ky-so-lieu ky-do-luong thoi-ky period reporting-period",
    "value": "gia-tri so-lieu ket-qua thuc-hien ket-qua-thuc-hien so-lieu-thuc-hien so-thuc-hien "
    "value actual result figure",
    "part": "tu-so so-dat numerator part how-many",
    "whole": "mau-so tong-so denominator whole total of-how-many",
    "source": "nguon nguon-so-lieu so-van-ban van-ban so-ky-hieu-van-ban source document",
    "note": "ghi-chu note notes remark remarks",
    "measured_at": "thoi-diem thoi-diem-so-lieu ngay-so-lieu thoi-gian measured-at time as-of",
}
_FIELDS: Final[Mapping[str, Name]] = {
    word: name for name, words in _KNOWN.items() for word in words.split()
}
_ASIDE: Final = re.compile(r"\([^)]*\)")

VIETNAMESE: Final[Mapping[Name, str]] = {
    "target": "Mã chỉ tiêu",
    "title": "Tên chỉ tiêu",
    "unit": "Đơn vị tính",
    "period": "Kỳ số liệu",
    "value": "Giá trị",
    "part": "Tử số",
    "whole": "Mẫu số",
    "source": "Nguồn (số văn bản)",
    "note": "Ghi chú",
    "measured_at": "Thời điểm số liệu",
}
ENGLISH: Final[Mapping[Name, str]] = {
    "target": "Target id",
    "title": "Target title",
    "unit": "Unit",
    "period": "Period",
    "value": "Value",
    "part": "Numerator",
    "whole": "Denominator",
    "source": "Source (document number)",
    "note": "Note",
    "measured_at": "As of",
}


def field_of(header: str) -> Name | None:
    """What a column holds by its header; what stands in brackets does not count."""
    return _FIELDS.get(slug(_ASIDE.sub(" ", header[:200])))


def is_whole(names: set[Name]) -> bool:
    """Whether a row with these columns is the header of a table of figures."""
    figure = "value" in names or {"part", "whole"} <= names
    return bool({"target", "title"} & names) and "period" in names and figure
