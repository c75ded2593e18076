"""Word: an annex of the departments, then one whose title says that the communes lead."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Rows, Table, Want, document

PROVINCE: Rows = [
    ["STT", "Tên nhiệm vụ", "Đơn vị chủ trì thực hiện", "Đơn vị phối hợp thực hiện", "TG hoàn thành"],
    ["1", "Ban hành quy chế phối hợp liên ngành xử lý vụ việc xâm hại trẻ em", "Công an tỉnh", "Sở Y tế, Sở Tư pháp, Viện kiểm sát nhân dân tỉnh, Tòa án nhân dân tỉnh", "30/4/2026"],
    ["2", "Thành lập phòng điều tra thân thiện với trẻ em", "Công an tỉnh", "Sở Tài chính", "Năm 2026"],
    ["3", "Xây dựng trường học an toàn, không bạo lực", "SGDĐT", "CA tỉnh, SYT", "Năm học 2026-2027"],
    ["4", "Bồi dưỡng giáo viên tư vấn tâm lý học đường", "SGDĐT", "Trường Đại học Sư phạm", "Tháng 8/2026"],
    ["5", "Quản lý thông tin, trò chơi trực tuyến có hại cho trẻ em", "Sở Khoa học và Công nghệ\nCông an tỉnh", "Sở Văn hóa, Thể thao và Du lịch", "Thường xuyên"],
    ["6", "Phổ biến Luật Tư pháp người chưa thành niên", "Sở Tư pháp", "Ban Tuyên giáo và Dân vận Tỉnh ủy; MTTQ và các đoàn thể", "Quý II - Quý III/2026"],
    ["7", "Kiểm tra cơ sở lưu trú, cơ sở kinh doanh sử dụng lao động trẻ em", "Sở Nội vụ", "Sở Công Thương, LĐLĐ tỉnh", "30/9/2026"],
    ["8", "Tham mưu HĐND tỉnh ban hành nghị quyết về chính sách hỗ trợ cộng tác viên trẻ em", "Sở Y tế", "Sở Tài chính, Sở Tư pháp, VP UBND tỉnh", "Kỳ họp giữa năm 2026 (tháng 7/2026)"],
]  # fmt: skip

COMMUNES: Rows = [
    ["STT", "Tên nhiệm vụ", "Đơn vị phối hợp", "TG hoàn thành"],
    ["1", "Bố trí công chức phụ trách công tác trẻ em", "Sở Nội vụ", "31/3/2026"],
    ["2", "Công khai số Tổng đài 111 tại trụ sở, nhà văn hóa, trường học", "", "31/3/2026"],
    ["3", "Can thiệp, hỗ trợ trẻ em bị xâm hại ngay khi nhận thông báo", "Công an tỉnh, Trung tâm Công tác xã hội tỉnh", "Thường xuyên"],
    ["4", "Tổ chức diễn đàn trẻ em cấp xã", "Tỉnh Đoàn", "Tháng 7/2026"],
    ["5", "Báo cáo kết quả bảo vệ trẻ em", "", "Hằng quý"],
]  # fmt: skip

ANNEX = Annex(
    file="21-cap-tinh-cap-xa.docx",
    about="two annexes, the leads of the second in its title",
    make=lambda: document(
        "Phụ lục I",
        "NHIỆM VỤ CỦA CÁC SỞ, NGÀNH CẤP TỈNH",
        "(Kèm theo Kế hoạch số 77/KH-UBND ngày 02/3/2026 của UBND tỉnh)",
        Table(PROVINCE),
        "Phụ lục II",
        "NHIỆM VỤ GIAO UBND CÁC XÃ, PHƯỜNG CHỦ TRÌ THỰC HIỆN",
        "(Kèm theo Kế hoạch số 77/KH-UBND ngày 02/3/2026 của UBND tỉnh)",
        Table(COMMUNES),
    ),
    issued=date(2026, 3, 2),
    wanted=(
        Want("Ban hành quy chế", "cong-an-tinh", "so-y-te so-tp vien-ks toa-an", "by 2026-04-30"),
        Want("Thành lập phòng", "cong-an-tinh", "so-tc", "within 2026"),
        Want("Xây dựng trường học", "so-gddt", "cong-an-tinh so-y-te"),
        Want("Bồi dưỡng giáo viên", "so-gddt", "", "within 2026-08"),
        Want("Quản lý thông tin", "so-khcn cong-an-tinh", "so-vhttdl", "ongoing half_year"),
        Want("Phổ biến Luật", "so-tp", "ban-tgdv ubmttq", "within 2026-Q3"),
        Want("Kiểm tra cơ sở", "so-nv", "so-ct ldld", "by 2026-09-30"),
        Want("Tham mưu HĐND", "so-y-te", "so-tc so-tp vp-ubnd-tinh", "within 2026-07"),
        Want("Bố trí công chức", "ubnd-xa", "so-nv", "by 2026-03-31"),
        Want("Công khai số", "ubnd-xa", "", "by 2026-03-31"),
        Want("Can thiệp, hỗ trợ", "ubnd-xa", "cong-an-tinh tt-btxh", "ongoing half_year"),
        Want("Tổ chức diễn đàn", "ubnd-xa", "tinh-doan", "within 2026-07"),
        Want("Báo cáo kết quả", "ubnd-xa", "", "every quarter"),
    ),
)
