#!/usr/bin/env python3
"""config/example/hcmc/districts.py — draws districts.geojson: a schematic map of the 22 districts of 2021-2025.

Hand-placed centres inside a hand-placed outline become the cells of a power diagram, whose weights are moved until
each cell has about the district's share of the whole.  A cartogram: right neighbours and sizes, no true borders.
Basins and streets are there for `ioc simulate`, which names its devices after them.

    ./districts.py > districts.geojson
"""
import json
import math

# code, name, longitude, latitude, km² (rounded), drainage basin, streets
DISTRICTS = [
    ("q1", "Quận 1", 106.700, 10.775, 8, "Bến Nghé", "Lê Lợi, Nguyễn Huệ, Đồng Khởi, Hàm Nghi, Calmette, Cô Giang"),
    ("q3", "Quận 3", 106.683, 10.784, 5, "Nhiêu Lộc – Thị Nghè", "Võ Văn Tần, Nam Kỳ Khởi Nghĩa, Kỳ Đồng, Bà Huyện Thanh Quan"),
    ("q4", "Quận 4", 106.707, 10.758, 4, "Kênh Tẻ", "Khánh Hội, Tôn Đản, Đoàn Văn Bơ, Bến Vân Đồn, Xóm Chiếu"),
    ("q5", "Quận 5", 106.668, 10.755, 4, "Bến Nghé", "Châu Văn Liêm, Trần Hưng Đạo, Nguyễn Trãi, An Dương Vương"),
    ("q6", "Quận 6", 106.636, 10.747, 7, "Tân Hóa – Lò Gốm", "Hậu Giang, Bình Phú, Minh Phụng, Bãi Sậy, Phạm Văn Chí"),
    ("q7", "Quận 7", 106.727, 10.735, 36, "Kênh Tẻ", "Huỳnh Tấn Phát, Trần Xuân Soạn, Lê Văn Lương, Nguyễn Thị Thập"),
    ("q8", "Quận 8", 106.640, 10.725, 19, "Kênh Đôi", "Phạm Thế Hiển, Bến Mễ Cốc, Lương Định Của, Tạ Quang Bửu"),
    ("q10", "Quận 10", 106.667, 10.773, 6, "Nhiêu Lộc – Thị Nghè", "Sư Vạn Hạnh, Lý Thái Tổ, Tô Hiến Thành, Thành Thái"),
    ("q11", "Quận 11", 106.646, 10.764, 5, "Tân Hóa – Lò Gốm", "Lạc Long Quân, Lãnh Binh Thăng, Hòa Bình, Ông Ích Khiêm"),
    ("q12", "Quận 12", 106.655, 10.872, 53, "Tham Lương", "Tô Ngọc Vân, Hà Huy Giáp, Lê Văn Khương, Trường Chinh"),
    ("binh-tan", "Quận Bình Tân", 106.598, 10.760, 52, "Tham Lương", "Kinh Dương Vương, Hồ Học Lãm, An Dương Vương, Mã Lò, Tân Kỳ"),
    ("binh-thanh", "Quận Bình Thạnh", 106.711, 10.808, 21, "Nhiêu Lộc – Thị Nghè",
     "Nguyễn Hữu Cảnh, Ung Văn Khiêm, Xô Viết Nghệ Tĩnh, Bình Quới, Đinh Bộ Lĩnh"),
    ("go-vap", "Quận Gò Vấp", 106.669, 10.840, 20, "Tham Lương", "Quang Trung, Lê Đức Thọ, Phan Huy Ích, Phạm Văn Chiêu, Cây Trâm"),
    ("phu-nhuan", "Quận Phú Nhuận", 106.680, 10.800, 5, "Nhiêu Lộc – Thị Nghè", "Phan Đình Phùng, Phan Xích Long, Cù Lao, Trường Sa"),
    ("tan-binh", "Quận Tân Bình", 106.651, 10.807, 22, "Nhiêu Lộc – Thị Nghè", "Cộng Hòa, Út Tịch, Ba Vân, Trương Công Định, Bàu Cát"),
    ("tan-phu", "Quận Tân Phú", 106.624, 10.791, 16, "Tân Hóa – Lò Gốm", "Phan Anh, Lũy Bán Bích, Tân Sơn Nhì, Hòa Bình, Gò Dầu"),
    ("thu-duc", "Thành phố Thủ Đức", 106.795, 10.823, 212, "Sài Gòn",
     "Võ Văn Ngân, Dương Văn Cam, Quốc Hương, Thảo Điền, Đỗ Xuân Hợp, Kha Vạn Cân, Đặng Thị Rành"),
    ("binh-chanh", "Huyện Bình Chánh", 106.540, 10.728, 253, "Bến Lức", "Nguyễn Văn Linh, Trịnh Như Khuê, Vĩnh Lộc, Đoàn Nguyễn Tuấn"),
    ("can-gio", "Huyện Cần Giờ", 106.870, 10.510, 640, "Soài Rạp", "Rừng Sác, Duyên Hải, Tắc Xuất, Lương Văn Nho"),
    ("cu-chi", "Huyện Củ Chi", 106.500, 11.010, 435, "Sài Gòn", "Tỉnh lộ 8, Tỉnh lộ 15, Nguyễn Thị Rành, Hương lộ 2"),
    ("hoc-mon", "Huyện Hóc Môn", 106.585, 10.885, 109, "Tham Lương", "Lý Nam Đế, Nguyễn Ảnh Thủ, Bà Điểm, Đặng Công Bỉnh"),
    ("nha-be", "Huyện Nhà Bè", 106.730, 10.675, 100, "Soài Rạp", "Lê Văn Lương, Nguyễn Hữu Thọ, Đào Sư Tích, Nguyễn Văn Tạo"),
]
OUTLINE = [
    (106.36, 11.09), (106.44, 10.95), (106.49, 10.88), (106.44, 10.81), (106.45, 10.73), (106.51, 10.65), (106.60, 10.63),
    (106.68, 10.61), (106.70, 10.55), (106.74, 10.43), (106.85, 10.38), (106.97, 10.42), (107.02, 10.52), (106.97, 10.62),
    (106.84, 10.64), (106.79, 10.67), (106.82, 10.74), (106.88, 10.78), (106.88, 10.87), (106.80, 10.91), (106.71, 10.91),
    (106.64, 10.98), (106.55, 11.10), (106.43, 11.16),
]
KM_NORTH = 110.6
KM_EAST = 111.3 * math.cos(math.radians(10.8))


def flatten(point):
    return point[0] * KM_EAST, point[1] * KM_NORTH


def cut(polygon, a, b, c):
    """What of the polygon lies where a·x + b·y <= c."""
    kept = []
    for i, (x, y) in enumerate(polygon):
        before = polygon[i - 1]
        here, there = a * x + b * y - c, a * before[0] + b * before[1] - c
        if (here <= 0) != (there <= 0):
            part = there / (there - here)
            kept.append((before[0] + part * (x - before[0]), before[1] + part * (y - before[1])))
        if here <= 0:
            kept.append((x, y))
    return kept


def size(polygon):
    return abs(sum(polygon[i - 1][0] * y - x * polygon[i - 1][1] for i, (x, y) in enumerate(polygon))) / 2


def cell(outline, centres, weights, own):
    polygon = outline
    x, y = centres[own]
    for other, (u, v) in enumerate(centres):
        if other != own and polygon:
            border = (u * u + v * v - x * x - y * y + weights[own] - weights[other]) / 2
            polygon = cut(polygon, u - x, v - y, border)
    return polygon


def draw():
    outline = [flatten(point) for point in OUTLINE]
    centres = [flatten((lon, lat)) for _, _, lon, lat, *_ in DISTRICTS]
    whole, stated = size(outline), sum(district[4] for district in DISTRICTS)
    weights = [district[4] / math.pi for district in DISTRICTS]
    for _ in range(600):
        cells = [cell(outline, centres, weights, i) for i in range(len(centres))]
        for i, district in enumerate(DISTRICTS):
            weights[i] += 0.15 * (district[4] * whole / stated - size(cells[i]))
    return [[(round(x / KM_EAST, 4), round(y / KM_NORTH, 4)) for x, y in polygon] for polygon in cells]


def main():
    features = []
    for (code, name, _, _, _, basin, streets), ring in zip(DISTRICTS, draw()):
        ring = [point for i, point in enumerate(ring) if point != ring[i - 1]]
        area = sum(ring[i - 1][0] * y - x * ring[i - 1][1] for i, (x, y) in enumerate(ring))
        ring = ring if area > 0 else ring[::-1]
        features.append(json.dumps({"type": "Feature",
                                    "properties": {"code": code, "name": name, "basin": basin, "streets": streets.split(", ")},
                                    "geometry": {"type": "Polygon", "coordinates": [ring + ring[:1]]}}, ensure_ascii=False))
    print('{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}")


main()
