"""Word: no numbers, groups merged down the first column, several deadlines in a cell."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Table, Want, document

ROWS = [
    ["Lĩnh vực", "Nội dung thực hiện", "Cơ quan, đơn vị chủ trì", "Cơ quan, đơn vị phối hợp", "Thời gian triển khai", "Kết quả cần đạt"],
    ["Bảo vệ trẻ em", "Củng cố mạng lưới cộng tác viên trẻ em ở khóm, ấp", "Sở Y tế (Phòng Bảo vệ chăm sóc trẻ em)", "Sở Nội vụ; UBND xã, phường", "Quý II-III/2026", "100% khóm, ấp có cộng tác viên"],
    ["", "Quản lý trường hợp trẻ em bị bạo lực, xâm hại theo quy trình", "UBND các xã, phường", "Công an tỉnh; Hội LHPN; TTCTXH", "Thường xuyên", "100% trường hợp được quản lý"],
    ["Chăm sóc sức khỏe", "Bổ sung vi chất dinh dưỡng cho trẻ 6 - 36 tháng tuổi", "TTKSBT tỉnh", "các cơ sở y tế", "Ngày 01 - 02/6 và ngày 01 - 02/12/2026", "98% trẻ được uống"],
    ["", "Khám sàng lọc khiếm thính cho trẻ sơ sinh tại bệnh viện", "Bệnh viện Sản - Nhi tỉnh", "Sở Y tế", "Hằng năm, từ 2026", "Báo cáo năm"],
    ["Giáo dục", "Dạy kỹ năng phòng, tránh tai nạn cho học sinh", "Sở GD & ĐT", "Sở Y tế, Công an tỉnh, Tỉnh Đoàn và các tổ chức có liên quan", "Trong năm học 2026 - 2027, hoàn thành trước ngày 25/5/2027", "Tài liệu, lớp học"],
    ["Tổ chức thực hiện", "Sơ kết, tổng kết Kế hoạch", "Sở Y tế", "Các sở, ban ngành, Mặt trận Tổ quốc, đoàn thể tỉnh", "Sơ kết: Quý II/2028; tổng kết: tháng 11/2030", "Báo cáo"],
]  # fmt: skip

ANNEX = Annex(
    file="18-khong-so.docx",
    about="no numbers, groups merged down the first column",
    make=lambda: document(
        "Phụ lục kèm theo Kế hoạch",
        Table(ROWS, merged=((1, 0, 2, 0), (3, 0, 4, 0))),
    ),
    wanted=(
        Want("Củng cố mạng lưới", "so-y-te", "so-nv ubnd-xa", "within 2026-Q3"),
        Want("Quản lý trường hợp", "ubnd-xa", "cong-an-tinh hoi-lhpn tt-btxh", "ongoing half_year"),
        Want("Bổ sung vi chất", "cdc", "", "by 2026-06-02; by 2026-12-02"),
        Want("Khám sàng lọc khiếm thính", "", "so-y-te", "every year"),
        Want("Dạy kỹ năng phòng", "so-gddt", "so-y-te cong-an-tinh tinh-doan", "before 2027-05-25"),
        Want("Sơ kết, tổng kết", "so-y-te", "so-nganh ubmttq", "within 2028-Q2; within 2030-11"),
    ),
)
