"""How is a picture made from the words of a prompt?"""

import random
import struct
import zlib

_RATIOS = {"512": 512, "1K": 1024, "2K": 2048, "4K": 4096}
_TILES = 16
_COLOURS = 12


def picture_size(*, aspect_ratio: str | None, image_size: str | None) -> tuple[int, int]:
    """Return width and height in pixels; the longer side is the size asked for, 512 if none was."""
    longest = _RATIOS.get(image_size or "512", 512)
    wide, high = (int(part) for part in (aspect_ratio or "1:1").split(":"))
    scale = longest / max(wide, high)
    return max(1, round(wide * scale)), max(1, round(high * scale))


def drawn(size: tuple[int, int], rng: random.Random) -> bytes:
    """Return a PNG of coloured tiles, the same for the same generator."""
    width, height = size
    palette = bytes(rng.randrange(256) for _ in range(3 * _COLOURS))
    rows = [_row(width, rng) for _ in range(_TILES)]
    raw = b"".join(b"\0" + rows[y * _TILES // height] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _row(width: int, rng: random.Random) -> bytes:
    tiles = [rng.randrange(_COLOURS) for _ in range(_TILES)]
    return bytes(tiles[x * _TILES // width] for x in range(width))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
