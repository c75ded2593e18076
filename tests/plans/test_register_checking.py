"""``registers.yaml``: what is wrong with it, where, and what loading it changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from plans.declared import load_or_raise, read_catalogue
from plans.loading import load_catalogue
from plans.store import reading, registers, writing
from tests.offices import NOW
from tests.plans.test_checking import changed, found, made

SOUND = """\
registers:
  - id: dhis2-tinh
    type: dhis2
    name: {vi: DHIS2 của tỉnh, en: The province's DHIS2}
    url: https://dhis2.example.vn/dhis
    token_env: DHIS2_TOKEN
    owner: so-y-te
    org_unit: ImspTQPwCqd
    targets:
      - {id: x1, part: fbfJHSPpUQD, whole: cYeuwXTCPkU}
  - id: dan-cu
    type: json
    name: {vi: Dân cư, en: Population}
    url: https://dancu.example.vn/api
    every: week
    owner: so-y-te
    items: data.rows[?loai == 'chi-tieu']
    target: ma
    period: ky
    value: gia_tri
    targets:
      - {id: x1, named: X-01}
"""


def test_a_sound_file_is_loaded_once_and_taken_away_by_an_empty_one(
    engine: Engine, tmp_path: Path
) -> None:
    folder = made(tmp_path, registers=SOUND)
    assert [one for one in found(folder) if "registers.yaml" in one] == []

    def load(text: str | None) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        if text is None:
            (folder / "registers.yaml").unlink()
        else:
            (folder / "registers.yaml").write_text(text, encoding="utf-8")
        catalogue, _ = load_or_raise(None, folder)
        with writing(engine) as connection:
            changes = load_catalogue(connection, catalogue, NOW)
        return [
            (one.plan, one.added, one.dropped or one.changed)
            for one in changes
            if one.plan == "registers.yaml"
        ]

    def known() -> list[tuple[str, bool]]:
        with reading(engine) as connection:
            return [(row.id, bool(row.asked_at)) for row in registers.rows_of(connection)]

    assert load(SOUND) == [("registers.yaml", ("dhis2-tinh", "dan-cu"), ())]
    with writing(engine) as connection:
        registers.keep(connection, "dan-cu", registers.Answered(), NOW)
    assert load(SOUND) == []
    less = changed(SOUND, "every: week", "every: day")
    assert load(less) == [("registers.yaml", (), ("dan-cu",))]
    assert known() == [("dan-cu", True), ("dhis2-tinh", False)]
    assert load(None) == []  # nothing is said of them, so they stay
    assert len(known()) == 2
    assert load("registers: []\n") == [("registers.yaml", (), ("dan-cu", "dhis2-tinh"))]
    assert known() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("owner: so-y-te", "owner: so-yte", "7:12: unknown department 'so-yte'; did you mean"),
        ("id: x1, part", "id: x9, part", "10:14: unknown target 'x9'; "),
        ("id: dan-cu", "id: dhis2-tinh", "11:9: the register 'dhis2-tinh' is declared twice"),
        (
            "items: data.rows[?loai",
            "items: data.rows[[",
            "17:12: this is no expression of JMESPath",
        ),
        ("    value: gia_tri\n", "", "'targets': 'x1' lacks a 'value', or 'part' and 'whole'"),
        ("type: json", "type: xml", "12:11: 'type' is 'xml'; must be one of 'dhis2', 'json'"),
        ("token_env: DHIS2_TOKEN", "token_env: s3cret", "6:16: 'token_env' is 's3cret'; must be"),
        ("token_env: DHIS2_TOKEN", "user_env: A", "6:15: give both 'user_env' and 'password_env'"),
        ("org_unit: ImspTQPwCqd", "org_unit: x", "8:15: 'org_unit' is 'x'; must be an identifier"),
        ("org_unit: ImspTQPwCqd", "org_unit: a2345678901.b2345678901", "8:15: 'org_unit' is"),
        ("part: fbfJHSPpUQD", "part: fbfJHSPpUQD.RATE", "must be what DHIS2 calls an item of data"),
        ("part: fbfJHSPpUQD, ", "", "10:25: give 'value', or both 'part' and 'whole'"),
        ("named: X-01}", "named: X-01}\n      - {id: x1}", "the target 'x1' is named twice"),
        ("https://dhis2", "ftp://dhis2", "5:10: 'url' is 'ftp://dhis2.example.vn/dhis'; must be"),
        ("https://dhis2", "https://a:b@dhis2", "5:10: leave user and password out"),
        ("https://dancu", "https://a@dancu", "14:10: leave user and password out"),
        ("vn/dhis", "vn/dhis?x=1", "5:10: give the root alone"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    folder = made(tmp_path, registers=changed(SOUND, old, new))
    wrong = [one for one in found(folder) if one.startswith("registers.yaml")]
    assert any(said in one for one in wrong), wrong
    assert read_catalogue(None, folder)[0] is None


def test_a_share_needs_a_target_that_is_one(tmp_path: Path) -> None:
    folder = made(tmp_path, registers=SOUND)
    plan = (folder / "kh1.yaml").read_text(encoding="utf-8")
    (folder / "kh1.yaml").write_text(changed(plan, "unit: percent", "unit: count"), "utf-8")
    wrong = [one for one in found(folder) if one.startswith("registers.yaml")]
    assert wrong == [
        "registers.yaml:10:14: target 'x1' has the unit count, so it is no share; "
        "give a 'value' instead of 'part' and 'whole'"
    ]


def test_a_single_plan_leaves_the_registers_alone(tmp_path: Path) -> None:
    folder = made(tmp_path, registers=SOUND)
    catalogue, _ = read_catalogue([folder / "kh1.yaml"], folder)
    assert catalogue is not None and catalogue.registers is None


@pytest.mark.parametrize(
    "item",
    [
        "fbfJHSPpUQD",
        "fbfJHSPpUQD.pq2XI5kz2BY",
        "Uvn6LCg7dVU.*.j8vBiBqGf6O",
        "BfMAe6Itzgt.REPORTING_RATE",
        "BfMAe6Itzgt.EXPECTED_REPORTS",
    ],
)
def test_whatever_dhis2_calls_an_item_of_data_may_be_asked_for(tmp_path: Path, item: str) -> None:
    folder = made(tmp_path, registers=changed(SOUND, "part: fbfJHSPpUQD", f"part: {item}"))
    assert [one for one in found(folder) if "registers.yaml" in one] == []
