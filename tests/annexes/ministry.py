"""Word, a ministry's annex: ministries lead, provinces as a class, level and time of submission."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Table, Want, document

ROWS = [
    ["TT", "Nhiệm vụ", "Cơ quan chủ trì", "Cơ quan phối hợp", "Cấp trình/ phê duyệt", "Thời gian trình", "Hình thức văn bản"],
    ["I", "NHIỆM VỤ HOÀN THIỆN THỂ CHẾ", "", "", "", "", ""],
    ["1", "Nghị định sửa đổi quy định về trợ giúp trẻ em khuyết tật", "Bộ Y tế", "Các Bộ: Tài chính, Tư pháp, Nội vụ", "Chính phủ", "Tháng 10/2026", "Nghị định"],
    ["2", "Thông tư hướng dẫn quy trình can thiệp trẻ em bị xâm hại", "Bộ Y tế", "Bộ Công an, Tòa án nhân dân tối cao", "Bộ trưởng", "Quý IV/2026", "Thông tư"],
    ["II", "NHIỆM VỤ TỔ CHỨC THỰC HIỆN", "", "", "", "", ""],
    ["3", "Vận hành Tổng đài điện thoại quốc gia bảo vệ trẻ em", "Cục Bà mẹ và Trẻ em", "Bộ Khoa học và Công nghệ", "", "Hằng năm", "Báo cáo"],
    ["4", "Bảo vệ trẻ em trên môi trường mạng", "Bộ Công an", "Bộ VH,TT&DL; Bộ KH&CN; Bộ GD&ĐT", "", "Thường xuyên", ""],
    ["5", "Bố trí kinh phí thực hiện Chương trình ở địa phương", "UBND các tỉnh, thành phố trực thuộc trung ương", "Bộ Tài chính", "HĐND cấp tỉnh", "Trước 31/12 hằng năm", "Nghị quyết"],
    ["6", "Đánh giá cuối kỳ Chương trình", "Bộ Y tế", "Các bộ, ngành; UBND các tỉnh, thành phố", "Thủ tướng Chính phủ", "Năm 2030", "Báo cáo"],
]  # fmt: skip

ANNEX = Annex(
    file="07-bo-y-te.docx",
    about="ministry style: ministries, provinces, level of approval, form of document",
    make=lambda: document(
        "PHỤ LỤC",
        "(Ban hành kèm theo Quyết định số 45/QĐ-BYT ngày 10 tháng 3 năm 2026)",
        Table(ROWS, merged=((1, 1, 1, 6), (4, 1, 4, 6))),
    ),
    issued=date(2026, 3, 10),
    wanted=(
        Want("Nghị định sửa đổi", "bo-y-te", "bo-tc bo-nv", "within 2026-10"),
        Want("Thông tư hướng dẫn", "bo-y-te", "bo-cong-an tand-tc", "within 2026-Q4"),
        Want("Vận hành Tổng đài", "cuc-bmte", "bo-khcn", "every year"),
        Want("Bảo vệ trẻ em trên", "bo-cong-an", "bo-vhttdl bo-khcn bo-gddt", "ongoing half_year"),
        Want("Bố trí kinh phí", "ubnd-tinh-tp", "bo-tc", "year before 12-31"),
        Want("Đánh giá cuối kỳ", "bo-y-te", "ubnd-tinh-tp", "within 2030"),
    ),
)
