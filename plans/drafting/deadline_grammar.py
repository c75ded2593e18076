"""The words and forms of dates in which Vietnamese offices set deadlines, as patterns.

They match folded text (``folding.fold``); of those that match at a place the first counts.
"""
# ruff: noqa: E501 (a pattern is read as one line)

from __future__ import annotations

import re

from plans.drafting.deadline_cycles import CYCLES

_YEAR = r"20\d\d(?!\d)"
_TAIL = rf"(?:\s*[/.,-]?\s*(?:cua\s+)?(?:nam\s*)?({_YEAR})(?!\s*-\s*20\d\d))?"
_AND = r"\s*(?:,|;|\bva\b|&|\+|-|\bden\b|\btoi\b)\s*"
_QUARTER = r"(?:iv|i{1,3}|l{1,3}|1v|mot|hai|ba|bon|tu|[1-4])(?!\w)(?!\s*/\s*\d{1,2}(?!\d))"
_MONTH_WORD = (
    r"(?:(?:mot|gieng|hai|ba|bon|bay|tam|chin|muoi mot|muoi hai|muoi|chap)(?![^\W_])"
    r"|(?:sau|tu|nam)(?=\s*(?:/|nam\s)\s*20))"
)
"""'Tháng sau' is the next one, unless a year follows."""
_MONTH = (
    rf"(?:{_MONTH_WORD}|1[0-2]|0?[1-9])"
    r"(?!\d)(?!\s*[/.]\s*\d{1,2}(?!\d))(?!\s*thang\s+(?:dau|cuoi))"
)
_LIST_QUARTER = rf"{_QUARTER}(?:(?:{_AND}|\s*/\s*)(?:qu[yi]\s*)?{_QUARTER})*"
_LIST_MONTH = rf"{_MONTH}(?:{_AND}(?:thang\s*)?{_MONTH})*"
FULL_DAY = (
    r"(\d{1,2})\s*(?:/\s*(\d{1,2})\s*/|\.\s*(\d{1,2})\s*\.|-\s*(\d{1,2})\s*-|/(\d{1,2})[-.](?=20))"
    r"\s*(20\d\d|\d\d)(?!\d)(?!\s*[/-]\s*[a-z]{2})"
)
_DAY_WORDS = rf"(\d{{1,2}})\s*thang\s*(\d{{1,2}})(?!\d)(?!\s*(?:,|-|va\b)\s*\d{{1,2}}\s*(?:,|/|-|va\b|$))(?:\s*(?:/|[,/]?\s*nam)\s*({_YEAR}))?"
_PAPER = (
    r"(?:ke hoach|chuong trinh|quyet dinh|van ban|chi thi|de an|thong bao|cong van|huong dan"
    r"|nghi quyet)"
)
_ISSUE = (
    rf"(?:ngay\s+|khi\s+)*(?:{_PAPER}\s*"
    r"(?:nay\s*)?)?(?:duoc\s+|co\s+)*(?:ky\s*,?\s*)?(?:ban hanh|phe duyet|ky)"
    rf"(?:\s+{_PAPER}(?:\s+nay)?)?"
)
_FROM = r"\s*,?\s*(?:,?\s*(?:ke tu|tinh tu|tu|sau|bat dau tu))\s+"
_COUNT = r"(\d{1,4})(?:\s*\([^)]{0,20}\))?\s*(ngay (?:\(ngay )?lam viec|ngay|tuan|thang|nam)\)?(?!\s*(?:/|lan|dau|cuoi|\(?\d))"
_WITHIN = r"(?:(?:trong|sau|cham nhat|khong qua|toi da)\s+)?(?:(?:vong|thoi han|thoi gian)\s+)?"
_UNTIL_LIMIT = (
    r"(?=\s*(?:$|[,;()\n]|\b(?:truoc(?! khi)|cham nhat|hoan thanh|xong|den het|thuong xuyen)\b))"
)

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("school", rf"(?:(?:dau|cuoi|het|trong)\s+)?nam hoc(?:\s*{_YEAR}(?:\s*[-/]\s*{_YEAR})?)?"),
    ("document", rf"(?:so\s*:?\s*)?\d+(?:/20\d\d)?/(?!(?:nam|quy|thang|lan|tuan|ngay)\b)"
                 rf"[a-z][a-z0-9]+(?:-[a-z0-9]+)*(?:\s*,?\s*ngay\s+(?:{FULL_DAY}|{_DAY_WORDS}))?"),
    ("term", rf"{_WITHIN}{_COUNT}{_FROM}(?:ngay\s+)?(?:(?P<issue>{_ISSUE})(?=\s*(?:$|[,;.()\n]))|(?=(?:ngay\s+)?\d)"
             rf"(?:ngay\s+)?(?P<day>{FULL_DAY})|(?P<other>[^,;()\n]+))"),
    ("bare_term", rf"(?:trong|sau|khong qua|toi da)\s+(?:(?:vong|thoi han|thoi gian)\s+)?{_COUNT}"),
    ("fill", r"(?:(?:truoc|cham nhat(?: la)?|vao)\s+)?(?:ngay\s+)?\d{1,2}(?=\s+(?:cua\s+)?(?:moi|hang|tung)\s+(?:thang|quy|tuan)\b)"
             r"|(?:truoc|cham nhat|vao)\s+(?=ngay\s+\d{1,2}\s+(?:cua\s+)?thang (?:cuoi|dau))"),
    ("every", CYCLES),
    ("every", r"(?:ca\s+)?nam(?=\s*\(?\s*(?:truoc|cham nhat)\b)|(?:0?6|0?9)\s*thang(?=\s*\(?\s*(?:truoc|cham nhat)\b)"),
    ("later", r"(?:cac|nhung)\s+nam\s+(?:tiep theo|sau|tiep sau|ke tiep)(?:\s+do)?|tro di|tro ve sau|tam nhin\s+(?:den\s+)?(?:nam\s+)?20\d\d"),
    ("ongoing", r"(?:thuong|t\.?|th\.)\s?xuyen|t/?x(?![^\W_])|lien tuc|xuyen suot|trong suot"),
    ("depends", r"(?:ngay\s+)?(?:theo\b(?!\s+(?:dinh ky|tung\b|(?:quy|thang|nam)\b(?!\s+(?:dinh|che|trinh|hoach))))"
                r"|can cu\b|tuy\b|phu hop\b|(?:truoc|sau|den|ngay|tu)\s+khi\b|ngay sau\b|khi\s+(?=co|duoc|hoan|nhan|phat|trung))"
                r"[^,;()\n]*?" + _UNTIL_LIMIT),
    ("count", r"(?:tuan|dot|giai doan|lan)\s+(?:thu\s+)?\d{1,2}(?!\d)(?!\s*/)"),
    ("half", r"(?:(?:0?6|sau)\s*thang|nua)\s*(dau|cuoi)(?!\s+(?:cua\s+)?(?:thang|quy|tuan))(?:\s*(?:cua\s*)?nam)?" + _TAIL),
    ("nine", r"(?:0?9|chin)\s*thang\s*(?:dau\s*)?(?:cua\s*)?nam" + _TAIL),
    ("iso", r"(20\d\d)[-/](\d{1,2})[-/](\d{1,2})(?!\d)(?:[t\s]0{1,2}:00(?::00)?)?"),
    ("hour", r"(?:truoc\s+)?\d{1,2}\s*(?:gio|h|g)\s*(?:\d{2})?(?:\s*phut)?\s*,?\s*(?=ngay\s+\d)"),
    ("begun", r"(?:ngay\s+)?\d{1,2}\s*(?:-|den)\s*(?=(?:ngay\s+)?\d{1,2}/\d{1,2}(?!\d))"),
    ("blank", rf"(?:thang|quy|ngay)[\s.…_/]*nam\s*{_YEAR}"),
    ("day", r"(?:ngay\s*)?" + FULL_DAY),
    ("day_words", r"(?:ngay\s*)?" + _DAY_WORDS),
    ("months", rf"(?:thang|th\.?|t\.?)\s*({_LIST_MONTH}){_TAIL}"),
    ("quarters", rf"(?:qu[yi]|q)\s*[./]?\s*({_LIST_QUARTER}){_TAIL}"),
    ("month_year", rf"(\d{{1,2}})\s*[/.-]\s*({_YEAR})"),
    ("day_month", r"ngay\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})(?!\d)|(?<!\d)(\d{1,2})\s*/\s*(\d{1,2})(?!\d|\s*/)"),
    ("span", rf"(?:cac\s+nam\s+|nam\s*|giai doan\s*(?:nam\s*)?|thoi ky\s*)?({_YEAR})\s*(?:-|/|den)\s*(?:het\s+)?(?:nam\s*)?({_YEAR})"),
    ("years", rf"(?:(?:trong|ca|cac|cuoi)\s+)?(?:(?:0?[2-5]|hai|ba)\s+(?=nam))?(?:nam\s*)?({_YEAR}(?:\s*(?:,|va|&|;)\s*(?:nam\s*)?{_YEAR}(?!\s*[-/]))*)"),
    ("this_year", r"(?:cuoi|trong|ca|het)\s+nam\b(?!\s*(?:20|hoc|nay|sau|toi))"),
    ("limit", r"(?P<before>(?:hoan thanh\s+|xong\s+)?truoc(?!\s+(?:mat|khi))(?:\s+thoi (?:han|diem))?(?:\s+ngay(?=\s*\d))?)"
              r"|(?P<by>(?:cham nhat|muon nhat|khong qua|khong muon hon)(?:\s+(?:la|vao|den|het|trong))*(?:\s+ngay(?=\s*\d))?"
              r"|(?:cho\s+)?(?:den|toi)(?:\s+(?:het|cuoi))?(?:\s+ngay(?=\s*\d))?|(?:het|cuoi)(?:\s+ngay(?=\s*\d))?)"
              r"|(?P<from>(?:bat dau\s+|trien khai\s+)?(?:ke\s+)?tu(?:\s+ngay(?=\s*\d))?|bat dau)(?=\s)"
              r"|(?P<after>sau(?:\s+ngay(?=\s*\d))?)"),
    ("vague", r"(?:nua|nhung ngay|tuan|\d+ ngay) (?:dau|cuoi|sau)(?:\s+cua)?(?=\s+(?:thang|quy)\b)"
              r"|(?:dau|giua|trung tuan|thuong tuan|ha tuan|khoang|du kien|tam thoi)(?=\s)"),
    ("fill", r"hoan thanh|hoan tat|xong|trong|vao|thuc hien|trien khai|thoi (?:gian|han|diem)|han|tien do|"
             r"chia lam nhieu dot|dinh ky|bao cao(?=\s*(?:$|[,;()\n:]|truoc|hang|dinh|cham))|ngay(?=\s*\d)"),
    ("join", r"/(?=[a-z])|,|&|\+|va\b|cung\b"),
    ("range", r"-+>?|den\b|toi\b"),
    ("break", r";|\n|\.(?=\s|$)|/(?=\s)"),
    ("open", r"[(\[]"),
    ("close", r"[)\]]"),
    ("colon", r":"),
    ("word", r"[^\s,;:()\[\]]+"),
)  # fmt: skip
GRAMMAR = [(name, re.compile(pattern)) for name, pattern in _PATTERNS]
