"""Excel: one sheet for each group, headers in capitals, a sheet of explanations among them."""
# ruff: noqa: E501 (rows stand as they do in the paper)

from __future__ import annotations

from tests.annexes.making import Annex, Page, Want, workbook

HEADER = [
    "SỐ TT",
    "NỘI DUNG",
    "CƠ QUAN CHỦ TRÌ THỰC HIỆN",
    "CƠ QUAN PHỐI HỢP THỰC HIỆN",
    "THỜI GIAN THỰC HIỆN",
]
NOTES = [
    ["HƯỚNG DẪN"],
    ["Mỗi nhóm nhiệm vụ là một trang. Đề nghị không sửa cột A."],
    ["Mọi vướng mắc gửi về Sở Y tế để tổng hợp."],
]
FIRST = [
    ["NHÓM 1: NÂNG CAO CHẤT LƯỢNG KHÁM, CHỮA BỆNH"],
    HEADER,
    ["01", "Triển khai bệnh án điện tử tại bệnh viện tuyến tỉnh", "Sở Y tế", "Sở KHCN, BHXH tỉnh", "Đến hết ngày 30/9/2026"],
    ["02", "Đầu tư trang thiết bị cho trạm y tế xã", "Sở Y tế", "Sở Tài chính; UBND các xã, phường, đặc khu", "Giai đoạn 2026 - 2028"],
    ["03", "Khám sức khỏe định kỳ, lập sổ sức khỏe điện tử cho học sinh", "Sở Y tế", "Sở Giáo dục và Đào tạo", "Hằng năm"],
]  # fmt: skip
SECOND = [
    ["NHÓM 2: PHÒNG BỆNH, DÂN SỐ"],
    HEADER,
    ["01", "Tổ chức chiến dịch tiêm chủng bổ sung vắc xin sởi", "TT Kiểm soát bệnh tật tỉnh", "Sở GD&ĐT, UBND cấp xã", "Quý I và Quý II/2026"],
    ["02", "Sàng lọc trước sinh và sơ sinh tại vùng đồng bào dân tộc", "Sở Y tế", "Sở Dân tộc và Tôn giáo, Hội Liên hiệp Phụ nữ tỉnh", "Thường xuyên"],
    ["03", "Giám sát, phòng chống sốt xuất huyết", "Sở Y tế", "Các sở, ngành, đoàn thể liên quan; UBND các xã, phường", "Từ tháng 5 đến tháng 10/2026"],
]  # fmt: skip

ANNEX = Annex(
    file="05-y-te-nhieu-trang.xlsx",
    about="a sheet for each group, capitals, a sheet without a table",
    make=lambda: workbook(
        Page("Huong dan", NOTES),
        Page("Nhom 1", FIRST, ("A1:E1",)),
        Page("Nhom 2", SECOND, ("A1:E1",)),
    ),
    wanted=(
        Want("Triển khai bệnh án", "so-y-te", "so-khcn bhxh", "by 2026-09-30"),
        Want("Đầu tư trang thiết bị", "so-y-te", "so-tc ubnd-xa", "within 2028"),
        Want("Khám sức khỏe định kỳ", "so-y-te", "so-gddt", "every year"),
        Want("Tổ chức chiến dịch", "cdc", "so-gddt ubnd-xa", "within 2026-Q1; within 2026-Q2"),
        Want("Sàng lọc trước sinh", "so-y-te", "so-dttg hoi-lhpn", "ongoing half_year"),
        Want("Giám sát, phòng chống", "so-y-te", "so-nganh ubnd-xa", "within 2026-10"),
    ),
)
