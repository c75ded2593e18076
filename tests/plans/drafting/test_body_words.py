"""Bodies as offices write them, and which of ``departments.yaml`` is meant."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.declaration import Department, Departments, Title
from plans.drafting.body_words import Lexicon, read_bodies, read_roles
from plans.drafting.folding import fold
from tests.plans.drafting.lexicon import catalogue_departments, lexicon


def codes(text: str, on: date = date(2026, 1, 10)) -> str:
    return " ".join(one.code for one in read_bodies(text, lexicon(on)).matches)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Sở GD&ĐT", "so-gddt"),
        ("Sở GDĐT", "so-gddt"),
        ("Sở GD-ĐT", "so-gddt"),
        ("Sở Giáo dục Đào tạo", "so-gddt"),
        ("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", "so-nnmt"),
        ("So Van hoa, The thao va Du lich", "so-vhttdl"),
        ("Sở VH, TT & DL", "so-vhttdl"),
        ("Sở Khoa học\nvà Công nghệ", "so-khcn"),
        ("SYT, SNV; STC", "so-y-te so-nv so-tc"),
        ("Sở TP", "so-tp"),
        ("CA tỉnh", "cong-an-tinh"),
        ("Công an thành phố", "cong-an-tinh"),
        ("Công an, Bộ CHQS tỉnh", "cong-an-tinh bch-qs-tinh"),
        ("UBMTTQVN tỉnh", "ubmttq"),
        ("Ủy ban MTTQ Việt Nam tỉnh", "ubmttq"),
        ("MTTQ", "ubmttq"),
        ("VP UBND tỉnh", "vp-ubnd-tinh"),
        ("Hội LHPN", "hoi-lhpn"),
        ("Tỉnh Đoàn/Đoàn TNCSHCM", "tinh-doan"),
        ("Thành Đoàn", "tinh-doan"),
        ("TAND tỉnh; Viện KSND tỉnh", "toa-an vien-ks"),
        ("UBND tỉnh Sóc Trăng", "ubnd-tinh"),
        ("Báo và Phát thanh, Truyền hình tỉnh", "bao-pttth"),
        ("Ban TG&DV Tỉnh ủy", "ban-tgdv"),
        ("Sở: Y tế, Nội vụ, Tài chính", "so-y-te so-nv so-tc"),
        ("các Sở Y tế, Giáo dục và Đào tạo, Tài chính", "so-y-te so-gddt so-tc"),
        ("Các Bộ: Y tế, Công an", "bo-y-te bo-cong-an"),
        ("Các sở, ngành: Y tế, Nội vụ, Công an tỉnh", "so-y-te so-nv cong-an-tinh"),
        ("- Sở Y tế\n- Sở Nội vụ", "so-y-te so-nv"),
        ("1. Sở Y tế 2. Công an tỉnh", "so-y-te cong-an-tinh"),
        ("Sở Y tế và Sở Giáo dục và Đào tạo", "so-y-te so-gddt"),
        ("các sở, ban, ngành", "so-nganh"),
        ("Các sở, ban ngành, đoàn thể tỉnh", "so-nganh"),
        ("UBND các xã, phường, đặc khu", "ubnd-xa"),
        ("UBND cấp xã", "ubnd-xa"),
        ("UBND 103 xã, phường", "ubnd-xa"),
        ("Chủ tịch UBND các xã, phường", "ubnd-xa"),
        ("UBND các tỉnh, thành phố trực thuộc trung ương", "ubnd-tinh-tp"),
    ],
)
def test_who_is_named_plainly(text: str, wanted: str) -> None:
    found = read_bodies(text, lexicon())
    assert codes(text) == wanted
    assert found.unknown == ()
    assert all(one.confidence == 1 and one.doubt == "" for one in found.matches)
    assert codes(unicodedata.normalize("NFD", text)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted", "why"),
    [
        ("Sở Nông ngiệp và Môi trường", "so-nnmt", "spelled otherwise"),
        ("Hội Phụ nữ tỉnh", "hoi-lhpn", "a part of its name"),
        ("Sở Y tế (Chi cục Dân số)", "so-y-te", "Chi cục Dân số"),
        ("các sở, ngành liên quan", "so-nganh", "only those concerned"),
        ("Sở LĐTBXH", "so-ldtbxh", "ended on 2025-02-28"),
        ("các huyện, thị xã, thành phố", "ubnd-huyen", "ended on 2025-06-30"),
        ("Sở Tài chính: bố trí kinh phí", "so-tc", "bố trí kinh phí"),
        ("Phòng Bảo trợ xã hội Sở Y tế", "so-y-te", "a part of it"),
    ],
)
def test_who_is_named_with_a_doubt(text: str, wanted: str, why: str) -> None:
    (only,) = read_bodies(text, lexicon()).matches
    assert only.code == wanted
    assert why in only.doubt
    assert 0 < only.confidence < 1


@pytest.mark.parametrize(
    "text",
    [
        "Công an xã",
        "Công an các xã, phường",
        "UBND xã Long Phú",
        "Bộ Tư pháp",
        "Trường Chính trị tỉnh",
        "BHXH khu vực",
        "các cơ quan, đơn vị liên quan",
        "các tổ chức chính trị - xã hội",
        "Các cấp, các ngành",
        "Văn phòng Đoàn ĐBQH và HĐND tỉnh",
        "Như trên",
    ],
)
def test_who_is_not_declared_stays_words(text: str) -> None:
    found = read_bodies(text, lexicon())
    assert found.matches == ()
    assert found.unknown == (text,)


def test_bodies_that_look_alike_are_told_apart() -> None:
    for one, other in (
        ("Sở Nội vụ", "Sở Ngoại vụ"),
        ("Sở Tài chính", "Sở Tài nguyên và Môi trường"),
        ("Bộ Y tế", "Sở Y tế"),
        ("Hội Bảo vệ quyền trẻ em tỉnh", "Hội Bảo vệ quyền trẻ em Việt Nam"),
    ):
        assert len(codes(f"{one}; {other}").split()) == 2
    unsure = read_bodies("Hội Bảo vệ quyền trẻ em", lexicon())
    assert [one.code for one in unsure.matches] == ["hoi-bvqte"]
    assert "Hội Bảo vệ quyền trẻ em Việt Nam" in unsure.matches[0].doubt


def test_of_bodies_with_one_name_the_one_that_exists_is_meant() -> None:
    assert codes("Sở Nông nghiệp", date(2024, 5, 1)) == "so-nnptnt"
    assert codes("Sở Nông nghiệp", date(2026, 5, 1)) == "so-nnmt"


def test_who_leads_and_who_supports() -> None:
    def roles(text: str) -> tuple[str, str, bool]:
        found = read_roles(text, lexicon())
        leads, supporting = found.leads.matches, found.supporting.matches
        return (
            " ".join(one.code for one in leads),
            " ".join(one.code for one in supporting),
            found.labelled,
        )

    both = ("so-y-te", "cong-an-tinh so-nganh", True)
    assert roles("Chủ trì: Sở Y tế. Phối hợp: Công an tỉnh; các sở, ngành") == both
    assert roles("CT: Sở Y tế; PH: Công an tỉnh, các sở, ngành") == both
    assert roles("Sở Y tế chủ trì, phối hợp với Công an tỉnh, các sở, ngành") == both
    assert roles("Sở Y tế (chủ trì), Công an tỉnh; các sở, ngành (phối hợp)") == both
    assert roles("Đơn vị chủ trì\nSở Y tế\nĐơn vị phối hợp\nCông an tỉnh, các sở, ngành") == both
    assert roles("Sở Y tế phối hợp Công an tỉnh và các sở, ngành") == both
    assert roles("Sở Y tế, Công an tỉnh") == ("so-y-te cong-an-tinh", "", False)


def test_another_offices_departments_need_no_aliases() -> None:
    def body(code: str, name: str) -> Department:
        return Department(code=code, name=Title(vi=name, en=name), abbr=code.upper(), kind="so")

    some = (
        body("a1", "Sở Giáo dục và Đào tạo"),
        body("a2", "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh"),
        body("a3", "Phòng Văn hóa - Xã hội"),
    )
    other = Lexicon.of(Departments(functions={}, departments=some), None)
    found = read_bodies("Sở GD&ĐT; UBMTTQ tỉnh; Phòng VH-XH; các sở, ban, ngành", other)
    assert [one.code for one in found.matches] == ["a1", "a2", "a3"]
    assert found.unknown == ("các sở, ban, ngành",)


NAMES = [body.name.vi for body in catalogue_departments().departments if not body.is_class]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True), st.data())
def test_any_list_of_names_is_found_again(names: list[str], data: st.DataObject) -> None:
    between = data.draw(st.sampled_from(["; ", ", ", "\n", "\n- ", " và "]))
    wanted = {one.code for one in catalogue_departments().departments if one.name.vi in names}
    for text in (between.join(names), fold(between.join(names))):
        found = read_bodies(text, lexicon(None))
        assert {one.code for one in found.matches} == wanted
        assert found.unknown == ()


OTHERS = ["Bưu điện tỉnh", "VNPT", "Kho bạc Nhà nước khu vực XV", "các địa phương", "Trạm Y tế"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([*NAMES, *OTHERS]), min_size=1, max_size=8, unique=True), st.data())
def test_no_word_is_dropped(names: list[str], data: st.DataObject) -> None:
    between = data.draw(st.sampled_from(["; ", ", ", "\n", "\n- ", ";\n"]))
    found = read_bodies(between.join(names), lexicon(None))
    said = [*found.unknown, *(one.said for one in found.matches)]
    for one in names:
        assert any(one in words for words in said) or one in NAMES
