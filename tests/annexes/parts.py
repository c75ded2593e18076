"""Word: several bodies lead parts of one task, in one cell or in rows below it."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Table, Want, document

ROWS = [
    ["Số TT", "Nhiệm vụ cụ thể", "Phân công thực hiện", "", "Thời gian", "Sản phẩm dự kiến"],
    ["", "", "Chủ trì", "Phối hợp", "", ""],
    ["1", "Nâng cao chất lượng dân số vùng ven biển", "Sở Y tế", "Bộ Chỉ huy Quân sự tỉnh", "Năm 2026", "Báo cáo chuyên đề"],
    ["2", "Xây dựng cơ sở vật chất cho trẻ em vui chơi:", "", "", "Quý III/2026", "Danh mục công trình"],
    ["", "a) Nhà văn hóa thiếu nhi", "Tỉnh đoàn", "Sở Xây dựng", "", ""],
    ["", "b) Sân chơi tại xã, phường", "UBND các xã, phường", "Sở Tài chính", "", ""],
    ["3", "Tổ chức chuỗi hoạt động hè 2026 cho thiếu nhi", "Tỉnh đoàn; Sở Văn hóa, Thể thao và Du lịch", "Sở GD&ĐT, Hội LHPN", "Tháng 6, 7, 8/2026", "Chuỗi hoạt động"],
    ["4", "Dạy bơi an toàn cho học sinh tiểu học", "Sở VHTT&DL", "Sở Giáo dục & Đào tạo; Tỉnh Đoàn", "Hoàn thành trước tháng 9/2026", "Số học sinh biết bơi"],
    ["5", "Hỗ trợ pháp lý cho trẻ em vi phạm pháp luật", "Sở Tư pháp", "TAND tỉnh, VKSND tỉnh, Công an tỉnh", "Thường xuyên; báo cáo 6 tháng, năm", "Vụ việc trợ giúp"],
]  # fmt: skip

ANNEX = Annex(
    file="09-dan-so-tre-em.docx",
    about="parts of a task with their own leads, several leads in one cell",
    make=lambda: document(
        "PHỤ LỤC PHÂN CÔNG",
        Table(
            ROWS,
            merged=((0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 1, 4), (0, 5, 1, 5)),
        ),
    ),
    wanted=(
        Want("Nâng cao chất lượng dân số", "so-y-te", "bch-qs-tinh", "within 2026"),
        Want("Xây dựng cơ sở vật chất", "tinh-doan ubnd-xa", "so-xd so-tc", "within 2026-Q3"),
        Want("Tổ chức chuỗi hoạt động hè", "tinh-doan so-vhttdl", "so-gddt hoi-lhpn", "within 2026-06; within 2026-07; within 2026-08"),
        Want("Dạy bơi an toàn", "so-vhttdl", "so-gddt tinh-doan", "before 2026-09-01"),
        Want("Hỗ trợ pháp lý", "so-tp", "toa-an vien-ks cong-an-tinh", "ongoing half_year"),
    ),
)  # fmt: skip
