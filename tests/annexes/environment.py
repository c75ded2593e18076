"""Excel: columns in an unusual order, codes of tasks, real dates, one with its month first."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["BẢNG THEO DÕI NHIỆM VỤ BẢO VỆ MÔI TRƯỜNG"],
    ["Mã NV", "Thời hạn", "Đơn vị chủ trì", "Tên nhiệm vụ", "Đơn vị phối hợp", "Kết quả đầu ra"],
    ["A", None, None, "Quản lý chất thải"],
    ["MT-01", date(2026, 3, 31), "Sở NN&MT", "Xây dựng phương án phân loại chất thải rắn sinh hoạt tại nguồn", "Sở Xây dựng; UBND các xã, phường", "Phương án được phê duyệt"],
    ["MT-02", date(2026, 6, 5), "Sở Nông nghiệp và Môi trường", "Tổ chức hưởng ứng Ngày Môi trường thế giới", "Tỉnh Đoàn, Hội Nông dân tỉnh", "Chuỗi hoạt động"],
    ["MT-03", date(2026, 9, 4), "UBND các xã, phường", "Bố trí điểm tập kết rác thải nhựa tại chợ, trường học", "Sở NN&MT, Sở GD&ĐT", "Điểm tập kết"],
    ["B", None, None, "Kiểm soát ô nhiễm"],
    ["MT-04", date(2026, 12, 15), "Sở Nông nghiệp và Môi trường", "Quan trắc chất lượng nước sông Hậu phục vụ sinh hoạt", "Sở Y tế", "Báo cáo quan trắc"],
    ["MT-05", "Hằng năm (trước ngày 15/12)", "Công an tỉnh", "Đấu tranh, xử lý vi phạm pháp luật về môi trường", "Sở NN&MT; Thanh tra tỉnh", "Số vụ được xử lý"],
    ["MT-06", "Quý IV/2026", "Sở Công Thương", "Di dời cơ sở sản xuất gây ô nhiễm ra khỏi khu dân cư", "Sở NN&MT, Sở Xây dựng, Sở Tài chính", "Danh mục cơ sở di dời"],
]  # fmt: skip
DAY, US = "dd/mm/yyyy", "mm-dd-yy"

ANNEX = Annex(
    file="03-moi-truong.xlsx",
    about="columns in another order, codes, real dates",
    make=lambda: workbook(
        Page("NV môi trường", ROWS, ("A1:F1",), {"B4": DAY, "B5": DAY, "B6": US, "B8": DAY})
    ),
    wanted=(
        Want("Xây dựng phương án phân loại", "so-nnmt", "so-xd ubnd-xa", "by 2026-03-31"),
        Want("Tổ chức hưởng ứng Ngày", "so-nnmt", "tinh-doan hoi-nd", "by 2026-06-05"),
        Want("Bố trí điểm tập kết", "ubnd-xa", "so-nnmt so-gddt", "by 2026-09-04"),
        Want("Quan trắc chất lượng nước", "so-nnmt", "so-y-te", "by 2026-12-15"),
        Want(
            "Đấu tranh, xử lý vi phạm",
            "cong-an-tinh",
            "so-nnmt thanh-tra-tinh",
            "year before 12-15",
        ),
        Want("Di dời cơ sở sản xuất", "so-ct", "so-nnmt so-xd so-tc", "within 2026-Q4"),
    ),
)
