"""Word: every header shortened (CQ chủ trì, CQ phối hợp), a hyphen where nobody supports."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Rows, Table, Want, document

ROWS: Rows = [
    ["STT", "Nội dung, nhiệm vụ", "CQ chủ trì", "CQ phối hợp", "Thời gian hoàn thành", "Sản phẩm"],
    ["I", "CÔNG TÁC CHỈ ĐẠO, ĐIỀU HÀNH"],
    ["1", "Ban hành kế hoạch phòng, chống đuối nước trẻ em năm 2026 của ngành", "Sở Y tế", "Các sở, ngành liên quan", "28/02/2026", "Kế hoạch"],
    ["2", "Kiện toàn Ban Bảo vệ trẻ em cấp xã sau sắp xếp", "UBND các xã, phường", "Sở Nội vụ", "Quý I/2026", "Quyết định"],
    ["3", "Rà soát, cắm biển cảnh báo tại ao, hồ, sông, suối, hố công trình có nguy cơ đuối nước", "UBND các xã, phường", "Sở Xây dựng, Sở Nông nghiệp và Môi trường", "Trước 15/5/2026", "Biển báo, rào chắn"],
    ["II", "TRUYỀN THÔNG, GIÁO DỤC"],
    ["4", "Xây dựng chuyên mục về phòng, chống tai nạn thương tích trẻ em trên sóng phát thanh, truyền hình", "Báo và Phát thanh, Truyền hình tỉnh", "Sở Y tế, SGDĐT", "Thường xuyên", "Tin, bài, phóng sự"],
    ["5", "Truyền thông trực tiếp kỹ năng giám sát trẻ em cho cha mẹ, người chăm sóc trẻ", "Hội Liên hiệp Phụ nữ tỉnh", "Hội Nông dân tỉnh, Tỉnh Đoàn", "Tháng 5 - 8/2026", "Các buổi truyền thông"],
    ["6", "In ấn, cấp phát tờ rơi, áp phích", "CDC tỉnh", "Trạm Y tế các xã, phường", "Quý II/2026", "10.000 tờ rơi"],
    ["III", "DẠY BƠI, KỸ NĂNG AN TOÀN"],
    ["7", "Tổ chức dạy bơi an toàn cho trẻ em từ 6 đến dưới 16 tuổi", "Sở Văn hóa, Thể thao và Du lịch", "Sở Giáo dục và Đào tạo; Tỉnh Đoàn; UBND các xã, phường", "Tháng 6-8/2026", "200 lớp"],
    ["8", "Đưa kỹ năng an toàn trong môi trường nước vào hoạt động ngoại khóa", "Sở Giáo dục và Đào tạo", "Sở VH,TT&DL", "Trước ngày 05/9/2026 (khai giảng năm học 2026-2027)", "Văn bản hướng dẫn"],
    ["9", "Tập huấn kỹ năng cứu hộ, cứu đuối cho lực lượng xung kích", "Công an tỉnh", "Hội Chữ thập đỏ tỉnh, Bộ Chỉ huy Quân sự tỉnh", "30/6/2026", "04 lớp"],
    ["10", "Kiểm tra điều kiện an toàn bến khách ngang sông, phương tiện đưa đón học sinh", "Sở Xây dựng", "Ban An toàn giao thông tỉnh, CA tỉnh", "Định kỳ 6 tháng", "Biên bản"],
    ["IV", "GIÁM SÁT, ĐÁNH GIÁ"],
    ["11", "Kiểm tra liên ngành việc thực hiện Kế hoạch", "Sở Y tế", "Thanh tra tỉnh; Công an tỉnh; UBMTTQ Việt Nam tỉnh", "Quý III/2026", "Kết luận kiểm tra"],
    ["12", "Báo cáo số liệu trẻ em tử vong do đuối nước", "UBND các xã, phường", "-", "Trước ngày 25 hằng tháng", "Báo cáo"],
    ["13", "Tổng kết, đánh giá kết quả thực hiện Kế hoạch", "Sở Y tế", "Các cơ quan, đơn vị liên quan", "Trước ngày 15/12/2026", "Báo cáo"],
]  # fmt: skip

ANNEX = Annex(
    file="20-chu-viet-tat.docx",
    about="shortened headers, hyphens for nobody",
    make=lambda: document(
        "PHỤ LỤC",
        "PHÂN CÔNG NHIỆM VỤ PHÒNG, CHỐNG ĐUỐI NƯỚC TRẺ EM NĂM 2026",
        "(Kèm theo Kế hoạch số 38/KH-UBND ngày 10/02/2026 của UBND tỉnh)",
        Table(ROWS, merged=[(row, 1, row, 5) for row in (1, 5, 9, 14)], repeat=True),
    ),
    issued=date(2026, 2, 10),
    wanted=(
        Want("Ban hành kế hoạch", "so-y-te", "so-nganh", "by 2026-02-28"),
        Want("Kiện toàn Ban Bảo vệ", "ubnd-xa", "so-nv", "within 2026-Q1"),
        Want("Rà soát, cắm biển", "ubnd-xa", "so-xd so-nnmt", "before 2026-05-15"),
        Want("Xây dựng chuyên mục", "bao-pttth", "so-y-te so-gddt", "ongoing half_year"),
        Want("Truyền thông trực tiếp", "hoi-lhpn", "hoi-nd tinh-doan", "within 2026-08"),
        Want("In ấn, cấp phát", "cdc", "", "within 2026-Q2"),
        Want("Tổ chức dạy bơi", "so-vhttdl", "so-gddt tinh-doan ubnd-xa", "within 2026-08"),
        Want("Đưa kỹ năng an toàn", "so-gddt", "so-vhttdl", "before 2026-09-05"),
        Want("Tập huấn kỹ năng", "cong-an-tinh", "hoi-ctd bch-qs-tinh", "by 2026-06-30"),
        Want("Kiểm tra điều kiện", "so-xd", "ban-atgt cong-an-tinh", "every half_year"),
        Want(
            "Kiểm tra liên ngành", "so-y-te", "thanh-tra-tinh cong-an-tinh ubmttq", "within 2026-Q3"
        ),
        Want("Báo cáo số liệu", "ubnd-xa", "", "every month"),
        Want("Tổng kết, đánh giá", "so-y-te", "", "before 2026-12-15"),
    ),
)
