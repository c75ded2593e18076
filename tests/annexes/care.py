"""Excel: title lines, a header of two rows with merged cells, Roman groups, a signature below."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Page, Rows, Want, workbook

ROWS: Rows = [
    ["ỦY BAN NHÂN DÂN TỈNH", None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
    [None, None, None, None, "Độc lập - Tự do - Hạnh phúc"],
    ["PHỤ LỤC"],
    ["PHÂN CÔNG NHIỆM VỤ THỰC HIỆN CÔNG TÁC TRẺ EM NĂM 2026"],
    ["(Kèm theo Kế hoạch số 12/KH-UBND ngày 20/01/2026 của UBND tỉnh Sóc Trăng)"],
    [],
    ["STT", "Nội dung nhiệm vụ", "Cơ quan thực hiện", None, "Thời gian hoàn thành", "Sản phẩm", "Ghi chú"],
    [None, None, "Chủ trì", "Phối hợp"],
    ["I", "Công tác lãnh đạo, chỉ đạo"],
    [1, "Ban hành kế hoạch bảo vệ, chăm sóc trẻ em năm 2026", "Sở Y tế", "Sở Tư pháp; Sở Tài chính", "Tháng 2/2026", "Kế hoạch của UBND tỉnh"],
    [2, "Kiện toàn Ban Chỉ đạo bảo vệ, chăm sóc trẻ em các cấp", "Sở Nội vụ", "Sở Y tế,\nUBND các xã, phường", "Quý I/2026", "Quyết định kiện toàn"],
    ["II", "Truyền thông, nâng cao nhận thức"],
    [3, "Tổ chức Tháng hành động vì trẻ em", "Sở Y tế", "Tỉnh đoàn, Hội LHPN tỉnh, Báo và Phát thanh, Truyền hình tỉnh", "Tháng 6/2026", "Lễ phát động, báo cáo kết quả"],
    [4, "Truyền thông phòng, chống bạo lực học đường", "Sở GD&ĐT", "Công an tỉnh và Tỉnh đoàn", "Thường xuyên", "Tin, bài; buổi truyền thông", "Báo cáo lồng ghép"],
    ["III", "Phát triển dịch vụ bảo vệ trẻ em"],
    [5, "Rà soát trẻ em có hoàn cảnh đặc biệt và lập danh sách can thiệp", "UBND cấp xã", "Sở Y tế", "Trước 30/4/2026", "Danh sách (chỉ số liệu tổng hợp)"],
    [6, "Vận hành đường dây tiếp nhận tin báo xâm hại trẻ em", "Công an tỉnh", "Sở Y tế, các sở, ngành liên quan", "Hằng quý", "Báo cáo quý"],
    [7, "Tổng kết công tác trẻ em năm 2026", "Sở Y tế", "Các sở, ban, ngành; UBND các xã, phường", "Trước ngày 10/12/2026", "Báo cáo tổng kết"],
    [],
    [None, None, None, None, "TM. ỦY BAN NHÂN DÂN"],
    [None, None, None, None, "KT. CHỦ TỊCH"],
    [None, None, None, None, "PHÓ CHỦ TỊCH"],
]  # fmt: skip
MERGED = ("A3:G3", "A4:G4", "A5:G5", "A7:A8", "B7:B8", "C7:D7", "E7:E8", "F7:F8", "G7:G8")

ANNEX = Annex(
    file="01-tre-em-2026.xlsx",
    about="two header rows, Roman groups, signature",
    make=lambda: workbook(Page("Phụ lục", ROWS, MERGED)),
    wanted=(
        Want("Ban hành kế hoạch bảo vệ", "so-y-te", "so-tp so-tc", "within 2026-02"),
        Want("Kiện toàn Ban Chỉ đạo", "so-nv", "so-y-te ubnd-xa", "within 2026-Q1"),
        Want(
            "Tổ chức Tháng hành động", "so-y-te", "tinh-doan hoi-lhpn bao-pttth", "within 2026-06"
        ),
        Want("Truyền thông phòng, chống", "so-gddt", "cong-an-tinh tinh-doan", "ongoing half_year"),
        Want("Rà soát trẻ em", "ubnd-xa", "so-y-te", "before 2026-04-30"),
        Want("Vận hành đường dây", "cong-an-tinh", "so-y-te so-nganh", "every quarter"),
        Want("Tổng kết công tác", "so-y-te", "so-nganh ubnd-xa", "before 2026-12-10"),
    ),
)
