"""Word, Party style: who drafts, who supports, when it is submitted, to which level."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Table, Want, document

ROWS = [
    ["STT", "Nội dung", "Cơ quan tham mưu", "Cơ quan phối hợp", "Cấp trình", "Thời gian trình"],
    ["1", "Chỉ thị về tăng cường sự lãnh đạo của Đảng đối với công tác chăm sóc, giáo dục trẻ em", "Ban Tuyên giáo và Dân vận Tỉnh ủy", "Đảng ủy UBND tỉnh, Văn phòng Tỉnh ủy", "Ban Thường vụ", "Tháng 3/2026"],
    ["2", "Kế hoạch học tập, quán triệt Nghị quyết của Trung ương về y tế cơ sở", "Ban Tuyên giáo và Dân vận Tỉnh ủy", "Các cấp ủy đảng trực thuộc", "Thường trực", "Trước ngày 15/02/2026"],
    ["3", "Chuyên đề giám sát việc lãnh đạo thực hiện chính sách đối với trẻ em mồ côi", "Ủy ban Kiểm tra Tỉnh ủy", "Ban Tổ chức Tỉnh ủy; UBMTTQ Việt Nam tỉnh", "Ban Thường vụ", "Quý III/2026"],
    ["4", "Sơ kết Chỉ thị sau 01 năm thực hiện", "Đảng ủy UBND tỉnh", "Ban TG&DV Tỉnh ủy", "Ban Chấp hành", "Quý I/2027"],
    ["5", "Theo dõi, nắm tình hình dư luận xã hội", "Ban Tuyên giáo và Dân vận Tỉnh ủy", "MTTQ và các tổ chức chính trị - xã hội", "Thường trực", "Thường xuyên, hằng quý"],
    ["6", "Đề án củng cố tổ chức Đội trong trường học", "Tỉnh đoàn", "Sở Giáo dục và Đào tạo", "Ban Thường vụ", "Kỳ họp tháng 9/2026"],
]  # fmt: skip

ANNEX = Annex(
    file="06-tinh-uy.docx",
    about="Party style: drafting body, level, time of submission",
    make=lambda: document(
        "DANH MỤC", "nội dung triển khai Chỉ thị của Ban Thường vụ Tỉnh ủy", "-----", Table(ROWS)
    ),
    wanted=(
        Want("Chỉ thị về tăng cường", "ban-tgdv", "dang-uy-ubnd vp-tinh-uy", "within 2026-03"),
        Want("Kế hoạch học tập", "ban-tgdv", "dang-uy-co-so", "before 2026-02-15"),
        Want("Chuyên đề giám sát", "ubkt-tu", "ban-to-chuc-tu ubmttq", "within 2026-Q3"),
        Want("Sơ kết Chỉ thị", "dang-uy-ubnd", "ban-tgdv", "within 2027-Q1"),
        Want("Theo dõi, nắm tình hình", "ban-tgdv", "ubmttq", "ongoing quarter"),
        Want("Đề án củng cố", "tinh-doan", "so-gddt", "within 2026-09"),
    ),
)
