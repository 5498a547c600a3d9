"""Small files that are really what they say: images, sound, video and documents with known measures."""

import io
import struct
import wave
import zlib

_ONE_BIT_CODES = bytes([1] + [0] * 15) + b"\0"


def png(width: int, height: int) -> bytes:
    """Return a grey PNG of this size."""
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def jpeg(width: int, height: int) -> bytes:
    """Return a baseline JPEG of one grey: every block is two bits, no change and the end."""
    blocks = -(-width // 8) * -(-height // 8)
    frame = struct.pack(">BHHB3B", 8, height, width, 1, 1, 0x11, 0)
    segments = [
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        (0xDB, b"\0" + b"\1" * 64),
        (0xC0, frame),
        (0xC4, b"\x00" + _ONE_BIT_CODES),
        (0xC4, b"\x10" + _ONE_BIT_CODES),
        (0xDA, b"\1\1\0\0\x3f\0"),
    ]
    body = b"".join(struct.pack(">BBH", 0xFF, mark, len(part) + 2) + part for mark, part in segments)
    return b"\xff\xd8" + body + b"\0" * -(-blocks * 2 // 8) + b"\xff\xd9"


def wav(seconds: float, *, rate: int = 8000) -> bytes:
    """Return silence of this length, mono, 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\0\0" * int(seconds * rate))
    return file.getvalue()


def mp4(seconds: int, *, width: int, height: int) -> bytes:
    """Return the boxes of a video of this length and size, without a picture in it."""
    movie = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(80)
    track = (
        struct.pack(">IIIIII", 7, 0, 0, 1, 0, seconds * 1000)
        + bytes(52)
        + struct.pack(">II", width << 16, height << 16)
    )
    tracks = _box(b"trak", _box(b"tkhd", track))
    return (
        _box(b"ftyp", b"isom\0\0\2\0isommp42") + _box(b"moov", _box(b"mvhd", movie) + tracks) + _box(b"mdat", bytes(16))
    )


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def pdf(pages: int) -> bytes:
    """Return a PDF of this many empty pages."""
    kids = " ".join(f"{number + 3} 0 R" for number in range(pages))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>"]
    objects += ["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"] * pages
    out, starts = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        starts.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    size = len(objects) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()
