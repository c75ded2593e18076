"""Word: beginning and end in columns of their own, a plan of three years, merged groups."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Table, Want, document

ROWS = [
    ["TT", "Hoạt động", "Thời gian", "", "Tổ chức thực hiện", "", "Kinh phí (triệu đồng)"],
    ["", "", "Bắt đầu", "Kết thúc", "Đơn vị chủ trì", "Đơn vị phối hợp", ""],
    ["A", "Truyền thông", "", "", "", "", ""],
    ["1", "Phát động toàn dân tập luyện môn bơi", "4/2026", "5/2026", "Sở Văn hóa, Thể thao và Du lịch", "Sở GD&ĐT, Tỉnh đoàn", "120"],
    ["2", "Cắm biển cảnh báo tại khu vực nước sâu nguy hiểm", "01/3/2026", "30/6/2026", "UBND các xã, phường", "Sở Xây dựng", "350"],
    ["B", "Can thiệp tại cộng đồng", "", "", "", "", ""],
    ["3", "Mô hình ngôi nhà an toàn cho trẻ dưới 6 tuổi", "Quý II/2026", "Quý IV/2027", "Sở Y tế", "Hội LHPN tỉnh; Hội Nông dân tỉnh", "500"],
    ["4", "Cứu hộ tại bãi tắm, hồ bơi công cộng", "2026", "2028", "Sở VH, TT & DL", "Công an tỉnh", "1.200"],
    ["5", "Thống kê tử vong do đuối nước theo nhóm tuổi", "Hằng quý", "Hằng quý", "Sở Y tế", "Sở Tư pháp, Thống kê tỉnh", ""],
]  # fmt: skip

ANNEX = Annex(
    file="12-duoi-nuoc.docx",
    about="beginning and end in columns of their own, money",
    make=lambda: document(
        "PHỤ LỤC HOẠT ĐỘNG",
        Table(
            ROWS,
            merged=(
                (0, 0, 1, 0),
                (0, 1, 1, 1),
                (0, 2, 0, 3),
                (0, 4, 0, 5),
                (0, 6, 1, 6),
                (2, 1, 2, 6),
                (5, 1, 5, 6),
            ),
        ),
    ),
    wanted=(
        Want("Phát động toàn dân", "so-vhttdl", "so-gddt tinh-doan", "within 2026-05"),
        Want("Cắm biển cảnh báo", "ubnd-xa", "so-xd", "by 2026-06-30"),
        Want("Mô hình ngôi nhà an toàn", "so-y-te", "hoi-lhpn hoi-nd", "within 2027-Q4"),
        Want("Cứu hộ tại bãi tắm", "so-vhttdl", "cong-an-tinh", "within 2028"),
        Want("Thống kê tử vong", "so-y-te", "so-tp thong-ke-tinh", "every quarter"),
    ),
)
