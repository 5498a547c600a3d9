"""How large is an image, and is it whole?"""

import struct
import zlib

from simulator.media.boxes import boxes, find_box
from simulator.media.finding import DamagedError, Finding, need, pixels

_PNG_COLOURS = {0: "greyscale", 2: "RGB", 3: "palette", 4: "greyscale with alpha", 6: "RGB with alpha"}
_NO_SIZE = {0xC4, 0xC8, 0xCC}


def png(data: bytes) -> Finding:
    """Read a PNG, every checksum of it."""
    position, kinds, header = 8, [], b""
    while position < len(data):
        need(position + 12 <= len(data), "a PNG chunk is cut off")
        length, kind = struct.unpack_from(">I4s", data, position)
        need(position + 12 + length <= len(data), "a PNG chunk is cut off")
        body = data[position + 8 : position + 8 + length]
        need(zlib.crc32(kind + body) == struct.unpack_from(">I", data, position + 8 + length)[0], "a checksum is wrong")
        header = header or body
        kinds.append(kind)
        position += 12 + length
        if kind == b"IEND":
            break
    need(kinds[:1] == [b"IHDR"] and kinds[-1] == b"IEND" and len(header) == 13, "PNG header or end is missing")
    width, height, depth, colour = struct.unpack_from(">IIBB", header)
    return Finding("image/png", (pixels(width, height), f"{depth} bits {_PNG_COLOURS.get(colour, 'of colour')}"))


def jpeg(data: bytes) -> Finding:
    """Read a JPEG's frame header."""
    need(data.rstrip(b"\0").rfind(b"\xff\xd9") > len(data) // 2, "the JPEG ends early")
    position = 2
    while position + 9 <= len(data):
        need(data[position] == 0xFF, "a JPEG marker is missing")
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        length = struct.unpack_from(">H", data, position + 2)[0]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_SIZE:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return Finding("image/jpeg", (pixels(width, height),))
        position += 2 + length
    raise DamagedError("the JPEG has no frame")


def gif(data: bytes) -> Finding:
    """Read a GIF's screen size."""
    need(len(data) > 13 and data.rstrip(b"\0").endswith(b";"), "the GIF ends early")
    return Finding("image/gif", (pixels(*struct.unpack_from("<HH", data, 6)),))


def bmp(data: bytes) -> Finding:
    """Read a BMP's header."""
    need(len(data) >= 26 and struct.unpack_from("<I", data, 2)[0] <= len(data), "the BMP is cut off")
    width, height = struct.unpack_from("<ii", data, 18)
    return Finding("image/bmp", (pixels(width, abs(height)),))


def tiff(data: bytes) -> Finding:
    """Read width and height from a TIFF's first directory."""
    order = "<" if data[:2] == b"II" else ">"
    start = struct.unpack_from(order + "I", data, 4)[0]
    need(start + 2 <= len(data), "the TIFF is cut off")
    count = struct.unpack_from(order + "H", data, start)[0]
    need(start + 2 + 12 * count <= len(data), "the TIFF is cut off")
    tags = dict(_tiff_tag(data, order, start + 2 + 12 * number) for number in range(count))
    return Finding("image/tiff", (pixels(tags.get(256, 0), tags.get(257, 0)),))


def _tiff_tag(data: bytes, order: str, position: int) -> tuple[int, int]:
    tag, kind = struct.unpack_from(order + "HH", data, position)
    value = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, position + 8)[0]
    return tag, value


def webp(data: bytes) -> Finding:
    """Read the size of any of WEBP's three forms."""
    need(struct.unpack_from("<I", data, 4)[0] + 8 <= len(data), "the WEBP is cut off")
    need(len(data) >= 30, "the WEBP is cut off")
    match data[12:16]:
        case b"VP8X":
            size = (int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)
        case b"VP8L":
            packed = struct.unpack_from("<I", data, 21)[0]
            size = ((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
        case _:
            width, height = struct.unpack_from("<HH", data, 26)
            size = (width & 0x3FFF, height & 0x3FFF)
    return Finding("image/webp", (pixels(*size),))


def heif(data: bytes) -> Finding:
    """Read the size of a HEIC or HEIF image."""
    mime_type = "image/heic" if data[8:12] in {b"heic", b"heix", b"hevc"} else "image/heif"
    need(list(boxes(data)), "it has no boxes")
    extents = find_box(data, b"meta", b"iprp", b"ipco", b"ispe")
    if extents is None:
        return Finding(mime_type)
    return Finding(mime_type, (pixels(*struct.unpack_from(">II", extents, 4)),))
