"""What do the bytes of one piece of media turn out to be?"""

import struct
from collections.abc import Callable

from simulator.media import documents, images, sounds, videos
from simulator.media.finding import DamagedError, Finding

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"avif")
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/avi"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (8, b"AIFF", "audio/aiff"),
    (8, b"AIFC", "audio/aiff"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"FLV", "video/x-flv"),
    (0, b"\0\0\x01\xba", "video/mpeg"),
    (0, b"\0\0\x01\xb3", "video/mpeg"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "video/wmv"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
)
_READERS: dict[str, Callable[[bytes], Finding]] = {
    "image/png": images.png,
    "image/jpeg": images.jpeg,
    "image/gif": images.gif,
    "image/webp": images.webp,
    "image/bmp": images.bmp,
    "image/tiff": images.tiff,
    "image/heic": images.heif,
    "audio/wav": sounds.wav,
    "audio/mpeg": sounds.mp3,
    "audio/aac": sounds.aac,
    "audio/flac": sounds.flac,
    "audio/ogg": sounds.ogg,
    "audio/aiff": sounds.aiff,
    "audio/m4a": sounds.m4a,
    "video/mp4": videos.mp4,
    "video/webm": videos.webm,
    "video/avi": videos.avi,
    "video/x-flv": videos.flv,
    "video/mpeg": videos.mpeg,
    "video/wmv": videos.wmv,
    "application/pdf": documents.pdf,
}
# Types that one signature cannot tell apart, or that are one type under several names.
_SAME = (
    {"image/heic", "image/heif"},
    {"audio/mpeg", "audio/mp3"},
    {"audio/m4a", "audio/x-m4a", "audio/mp4", "audio/aac", "video/mp4", "video/mov", "video/quicktime", "video/3gpp"},
    {"audio/ogg", "audio/opus", "application/ogg"},
    {"audio/wav", "audio/x-wav", "audio/wave"},
    {"audio/webm", "video/webm"},
    {"video/mpeg", "video/mpg"},
    {"video/avi", "video/x-msvideo"},
    {"video/wmv", "video/x-ms-wmv"},
    {"image/jpeg", "image/jpg"},
)
_HEADERLESS = ("audio/l16", "audio/alaw", "audio/mulaw", "audio/pcm")
_TEXTUAL = ("application/json", "application/xml", "application/javascript", "application/rtf")


def inspected(data: bytes, declared: str | None) -> Finding:
    """Return what *data* is; DamagedError if it is damaged or not what it was *declared* to be."""
    if not data:
        raise DamagedError("it is empty")
    wanted = (declared or "").split(";")[0].strip().lower()
    if wanted in _HEADERLESS:
        return sounds.raw(wanted, data)
    found = _signature(data)
    if found in {None, "application/zip"}:
        return _unsigned(data, wanted, zipped=found is not None)
    if wanted and wanted != "application/octet-stream" and not _same(wanted, found or ""):
        raise DamagedError(f"the mime_type says {wanted} but the data is {found}")
    return _read(data, found or "", wanted)


def _read(data: bytes, found: str, wanted: str) -> Finding:
    reader = sounds.m4a if found == "video/mp4" and wanted.startswith("audio/") else _READERS[found]
    try:
        return reader(data)
    except (struct.error, IndexError) as error:
        raise DamagedError("it is cut off") from error


def _unsigned(data: bytes, wanted: str, *, zipped: bool) -> Finding:
    if zipped and wanted.startswith("application/") and wanted != "application/pdf":
        return documents.office(data, wanted)
    if wanted.startswith("text/") or wanted in _TEXTUAL:
        return documents.text(data, wanted)
    if not wanted and not zipped:
        return documents.text(data, "text/plain")
    if wanted.startswith("application/") and wanted not in _READERS:
        return Finding(wanted)
    raise DamagedError(f"the data is not {wanted or 'of a known type'}")


def _signature(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return "image/heic" if brand in _HEIF_BRANDS else "audio/m4a" if brand == b"M4A " else "video/mp4"
    if data[4:8] in {b"moov", b"mdat", b"wide", b"free"}:
        return "video/mp4"
    for offset, magic, mime_type in _SIGNATURES:
        if data[offset : offset + len(magic)] == magic:
            return mime_type
    if data[0] == 0xFF and len(data) > 1 and data[1] & 0xE0 == 0xE0:
        return "audio/aac" if data[1] & 0xF6 == 0xF0 else "audio/mpeg"
    return None


def _same(wanted: str, found: str) -> bool:
    return wanted == found or any(wanted in group and found in group for group in _SAME)
