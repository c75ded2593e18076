"""Where a table of tasks ends: recipients, a signature, remarks and sums are none of its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from plans.drafting.folding import fold
from plans.drafting.grid import flat
from plans.drafting.rows import SAYING, Row, Style

SIGNED = re.compile(
    r"(noi nhan|luu ?:|- ?luu ?:|nguoi lap|thu truong|t/?m\.|k/?t\.|t/?l\.|xac nhan cua)"
    r"|(chu tich|pho chu tich|giam doc|pho giam doc|chanh van phong|truong ban|bi thu|bo truong)$"
    r"|[^,]{2,30}, ngay [ .…\d]{0,8}thang"
)
"""How what stands below a table begins: recipients, the signature, place and date."""
REMARK = re.compile(r"(ghi chu|chu thich|luu y|\(\*+\)|\*+)\s*[:.)]?|tong (cong|so)\b")

SUM = re.compile(r"(tong|tong cong|tong so|cong)( \([^)]*\))?[:.]?")


def is_remark(row: Row) -> bool:
    """Whether a row only bears a remark or a sum."""
    own = [one for one in row.pieces if not one.inherited]
    if row.number or not own:
        return False
    said = fold(flat(own[0].text))
    return bool(SUM.fullmatch(said) or (len(own) <= 2 and REMARK.match(said)))


def _is_signed(row: Row) -> bool:
    texts = [fold(flat(one.text)) for one in row.pieces if not one.inherited]
    return not row.number and any(map(SIGNED.match, texts))


def end_of(rows: Sequence[Row]) -> int:
    """How many rows the table has: recipients, signature and remarks below it do not count."""
    end = len(rows)
    for n in reversed(range(len(rows))):
        row = rows[n]
        if _is_signed(row) or is_remark(row):
            end = n
        elif row.content and row.style not in (Style.PLAIN, Style.BULLET) and row.own(*SAYING):
            break
    return end
