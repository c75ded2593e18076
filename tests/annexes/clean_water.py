"""Word: a table for each group with its heading as a paragraph; unit names in full."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Table, Want, document

HEADER = ["TT", "Nội dung", "Sản phẩm/Kết quả", "Chủ trì", "Phối hợp", "Hoàn thành"]
FIRST = [
    HEADER,
    ["1", "Lập quy hoạch chi tiết cấp nước nông thôn", "Đồ án quy hoạch", "Sở Nông nghiệp và Môi trường", "Sở Xây dựng, Sở Tài chính, Ủy ban nhân dân các xã, phường", "Ngày 30 tháng 9 năm 2026"],
    ["2", "Nâng cấp trạm cấp nước tập trung tại xã bãi ngang", "10 trạm cấp nước", "Ban Quản lý dự án nông nghiệp tỉnh", "Sở Nông nghiệp và Môi trường", "Theo tiến độ dự án"],
]  # fmt: skip
SECOND = [
    HEADER,
    ["3", "Xét nghiệm chất lượng nước sinh hoạt", "Phiếu kết quả", "Trung tâm Kiểm soát bệnh tật tỉnh", "Các đơn vị cấp nước", "Mỗi quý 01 lần"],
    ["4", "Hỗ trợ bồn chứa nước cho hộ nghèo", "Danh sách hỗ trợ", "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh", "Hội Chữ thập đỏ; Sở Dân tộc và Tôn giáo", "Cuối năm 2026"],
    ["5", "Phổ biến cách trữ nước an toàn mùa khô", "Tờ rơi, phóng sự", "Sở Y tế", "Sở Văn hóa, Thể thao và Du lịch; Báo và Phát thanh, Truyền hình tỉnh", "Trong quý I hằng năm"],
]  # fmt: skip

ANNEX = Annex(
    file="14-nuoc-sach.docx",
    about="a table for each group, headings between the tables",
    make=lambda: document(
        "DANH MỤC CÔNG VIỆC",
        "I. ĐẦU TƯ HẠ TẦNG CẤP NƯỚC",
        Table(FIRST),
        "II. CHẤT LƯỢNG NƯỚC VÀ HỖ TRỢ NGƯỜI DÂN",
        Table(SECOND),
        "Nơi nhận:\n- Như trên;\n- Lưu: VT.",
    ),
    wanted=(
        Want("Lập quy hoạch chi tiết", "so-nnmt", "so-xd so-tc ubnd-xa", "by 2026-09-30"),
        Want("Nâng cấp trạm cấp nước", "", "so-nnmt", ""),
        Want("Xét nghiệm chất lượng", "cdc", "", "every quarter"),
        Want("Hỗ trợ bồn chứa nước", "ubmttq", "hoi-ctd so-dttg", "within 2026"),
        Want("Phổ biến cách trữ nước", "so-y-te", "so-vhttdl bao-pttth", "year by 03-31"),
    ),
)
