"""How are the boxes of an ISO media file (MP4, MOV, M4A, HEIF) read?"""

import struct
from collections.abc import Iterator

from simulator.media.finding import need

_FULL = {b"meta"}


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the content of each box; DamagedError if one is cut off."""
    position = 0
    while position + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, position)
        head = 8
        if size == 1 and position + 16 <= len(data):
            size, head = struct.unpack_from(">Q", data, position + 8)[0], 16
        if size == 0:
            size = len(data) - position
        need(size >= head and position + size <= len(data), f"the box {name.decode('latin-1')!r} is cut off")
        yield name, data[position + head : position + size]
        position += size


def find_box(data: bytes, *path: bytes) -> bytes | None:
    """Return the content of the first box at *path*; None if there is none."""
    if not path:
        return data
    for name, content in boxes(data):
        inside = content[4:] if name in _FULL else content
        if name == path[0] and (found := find_box(inside, *path[1:])) is not None:
            return found
    return None


def movie_seconds(data: bytes) -> float | None:
    """Return the duration that the movie header states; None without one."""
    header = find_box(data, b"moov", b"mvhd")
    if header is None:
        return None
    need(len(header) >= 20, "the movie header is cut off")
    if header[0] == 1:
        need(len(header) >= 32, "the movie header is cut off")
        scale, length = struct.unpack_from(">IQ", header, 20)
    else:
        scale, length = struct.unpack_from(">II", header, 12)
    return float(length / scale) if scale else None


def picture_sizes(data: bytes) -> list[tuple[int, int]]:
    """Return width and height of each track that has a picture."""
    movie = find_box(data, b"moov") or b""
    headers = [find_box(content, b"tkhd") for name, content in boxes(movie) if name == b"trak"]
    sizes = [struct.unpack(">II", header[-8:]) for header in headers if header and len(header) >= 84]
    return [(width >> 16, height >> 16) for width, height in sizes if width and height]
