"""Word: a table of targets, which are no tasks, then tasks with parts and a lead merged over three."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from datetime import date

from tests.annexes.making import Annex, Rows, Table, Want, document

TARGETS: Rows = [
    ["STT", "Chỉ tiêu", "ĐVT", "TH 2025", "KH 2026", "Đơn vị theo dõi, tổng hợp"],
    ["1", "Tỷ lệ trẻ em dưới 1 tuổi được tiêm đầy đủ", "%", "94,1", "95", "Sở Y tế"],
    ["2", "Tỷ lệ huy động trẻ 5 tuổi ra lớp", "%", "99,5", "99,6", "Sở GD&ĐT"],
    ["3", "Tỷ lệ xã, phường đạt tiêu chuẩn phù hợp với trẻ em", "%", "71", "75", "Sở Y tế"],
]  # fmt: skip

ROWS: Rows = [
    ["STT", "Nhiệm vụ", "ĐV chủ trì", "ĐV phối hợp", "Thời hạn", "Kết quả"],
    ["A", "NHIỆM VỤ TRỌNG TÂM"],
    ["1", "Tổ chức Tháng hành động vì trẻ em năm 2026", "Sở Y tế", "Sở Tài chính", "Tháng 6/2026", "Kế hoạch, báo cáo"],
    ["a)", "Tổ chức Lễ phát động cấp tỉnh", "Tỉnh Đoàn"],
    ["b)", "Thăm, tặng quà trẻ em có hoàn cảnh khó khăn", "Quỹ Bảo trợ trẻ em tỉnh"],
    ["2", "Khám sàng lọc bệnh học đường cho học sinh", "Sở Y tế", "SGDĐT, UBND xã", "Tháng 10/2026", "Báo cáo"],
    ["3", "Bổ sung vi chất dinh dưỡng cho trẻ em dưới 5 tuổi, gồm:\na) Uống vitamin A đợt 1, đợt 2;\nb) Tẩy giun cho trẻ từ 24 đến 60 tháng", "CDC", "Hội LHPN tỉnh", "Tháng 6 và tháng 12/2026", "95% trẻ"],
    ["4", "Cấp cứu, điều trị trẻ em bị xâm hại, bạo lực", "Bệnh viện Sản - Nhi tỉnh", "Công an tỉnh", "Thường xuyên", "-"],
    ["B", "NHIỆM VỤ THƯỜNG XUYÊN"],
    ["5", "Duy trì hoạt động câu lạc bộ quyền tham gia của trẻ em", "Tỉnh Đoàn", "Sở Y tế", "Hằng năm", "Câu lạc bộ"],
    ["6", "Tổ chức trại hè thanh thiếu nhi", None, "Sở Văn hóa và Thể thao", "Tháng 7/2026", "Trại hè"],
    ["7", "Tuyên dương chỉ huy Đội giỏi, cháu ngoan Bác Hồ", None, "Sở Nội vụ, SGDĐT", "15/5/2026", "Lễ tuyên dương"],
    ["8", "Phòng, chống tảo hôn vùng đồng bào dân tộc thiểu số", "Sở Dân tộc và Tôn giáo", "Sở Tư pháp; Hội LHPN tỉnh; UBND các xã", "Quý IV/2026", "Báo cáo"],
    ["9", "Lồng ghép chỉ tiêu trẻ em vào kế hoạch phát triển kinh tế - xã hội năm 2027", "Sở Tài chính", "Sở Y tế và các sở, ban, ngành", "Trước ngày 20/7/2026", "Kế hoạch"],
]  # fmt: skip

ANNEX = Annex(
    file="22-chi-tieu-nhiem-vu.docx",
    about="targets in front of tasks, parts, a lead over three tasks",
    make=lambda: document(
        "PHỤ LỤC I",
        "CHỈ TIÊU VỀ TRẺ EM NĂM 2026",
        "(Kèm theo Kế hoạch số 12/KH-UBND ngày 15/01/2026)",
        Table(TARGETS),
        "PHỤ LỤC II",
        "DANH MỤC NHIỆM VỤ THỰC HIỆN CÔNG TÁC TRẺ EM NĂM 2026",
        "(Kèm theo Kế hoạch số 12/KH-UBND ngày 15/01/2026)",
        Table(ROWS, merged=[(1, 1, 1, 5), (8, 1, 8, 5), (2, 4, 4, 4), (9, 2, 11, 2)]),
    ),
    issued=date(2026, 1, 15),
    wanted=(
        Want("Tổ chức Tháng hành động", "so-y-te tinh-doan quy-btte", "so-tc", "within 2026-06"),
        Want("Khám sàng lọc", "so-y-te", "so-gddt ubnd-xa", "within 2026-10"),
        Want("Bổ sung vi chất", "cdc", "hoi-lhpn", "within 2026-06; within 2026-12"),
        Want("Cấp cứu, điều trị", "", "cong-an-tinh", "ongoing half_year"),
        Want("Duy trì hoạt động", "tinh-doan", "so-y-te", "every year"),
        Want("Tổ chức trại hè", "tinh-doan", "so-vhttdl", "within 2026-07"),
        Want("Tuyên dương", "tinh-doan", "so-nv so-gddt", "by 2026-05-15"),
        Want("Phòng, chống tảo hôn", "so-dttg", "so-tp hoi-lhpn ubnd-xa", "within 2026-Q4"),
        Want("Lồng ghép chỉ tiêu", "so-tc", "so-y-te so-nganh", "before 2026-07-20"),
    ),
)
