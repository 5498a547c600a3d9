"""How long is a sound, and is it whole?"""

import struct

from simulator.media.boxes import movie_seconds
from simulator.media.finding import DamagedError, Finding, duration, need

_MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MP3_KILOBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KILOBITS_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


def _sound(mime_type: str, *, seconds: float | None, rate: int = 0, channels: int = 0) -> Finding:
    details = [duration(seconds)] if seconds is not None else []
    details += [f"{rate} Hz"] if rate else []
    details += [f"{channels} channel{'s' if channels > 1 else ''}"] if channels else []
    return Finding(mime_type, tuple(details), seconds=seconds)


def wav(data: bytes) -> Finding:
    """Read a WAV's format and the length of its data."""
    position, rate, channels, per_second, seconds = 12, 0, 0, 0, None
    while position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, position)
        if kind == b"fmt ":
            need(position + 20 <= len(data), "the WAV format is cut off")
            channels, rate, per_second = struct.unpack_from("<HII", data, position + 10)
        if kind == b"data":
            streamed = size in {0, 0xFFFFFFFF}
            need(streamed or position + 8 + size <= len(data), "the WAV data is cut off")
            seconds = (len(data) - position - 8 if streamed else size) / per_second if per_second else None
        position += 8 + size + size % 2
    need(rate and channels, "the WAV has no format")
    need(seconds is not None, "the WAV has no data")
    return _sound("audio/wav", seconds=seconds, rate=rate, channels=channels)


def mp3(data: bytes) -> Finding:
    """Read the first MPEG audio frame; the duration is reckoned from its bit rate."""
    start = 0
    if data[:3] == b"ID3":
        need(len(data) > 10, "the MP3 is cut off")
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    start = data.find(b"\xff", start)
    need(start >= 0 and start + 4 <= len(data) and data[start + 1] & 0xE0 == 0xE0, "the MP3 has no frame")
    version, index = data[start + 1] >> 3 & 3, data[start + 2] >> 4
    need(version in _MP3_RATES and 0 < index < 15 and data[start + 2] >> 2 & 3 < 3, "the MP3's frame is damaged")
    rate = _MP3_RATES[version][data[start + 2] >> 2 & 3]
    kilobits = (_MP3_KILOBITS if version == 3 else _MP3_KILOBITS_LOW)[index]
    channels = 1 if data[start + 3] >> 6 == 3 else 2
    return _sound("audio/mpeg", seconds=(len(data) - start) / (kilobits * 125), rate=rate, channels=channels)


def aac(data: bytes) -> Finding:
    """Read an ADTS header."""
    need(len(data) > 7 and data[2] >> 2 & 15 < len(_AAC_RATES), "the AAC header is damaged")
    return _sound("audio/aac", seconds=None, rate=_AAC_RATES[data[2] >> 2 & 15])


def flac(data: bytes) -> Finding:
    """Read a FLAC's stream information."""
    need(len(data) >= 42, "the FLAC is cut off")
    packed = int.from_bytes(data[18:26], "big")
    rate, channels, samples = packed >> 44, (packed >> 41 & 7) + 1, packed & (1 << 36) - 1
    need(rate, "the FLAC has no sample rate")
    return _sound("audio/flac", seconds=samples / rate, rate=rate, channels=channels)


def ogg(data: bytes) -> Finding:
    """Read an Ogg's codec and its last position."""
    last = data.rfind(b"OggS")
    need(len(data) >= last + 14, "the Ogg is cut off")
    samples = struct.unpack_from("<q", data, last + 6)[0]
    vorbis, opus = data.find(b"\x01vorbis"), data.find(b"OpusHead")
    if vorbis >= 0 and len(data) >= vorbis + 16:
        channels, rate = struct.unpack_from("<BI", data, vorbis + 11)
        return _sound("audio/ogg", seconds=samples / rate if rate else None, rate=rate, channels=channels)
    if opus >= 0 and len(data) >= opus + 10:
        return _sound("audio/ogg", seconds=samples / 48000, rate=48000, channels=data[opus + 9])
    return _sound("audio/ogg", seconds=None)


def aiff(data: bytes) -> Finding:
    """Read an AIFF's common chunk."""
    common = data.find(b"COMM")
    need(common >= 0 and len(data) >= common + 26, "the AIFF has no format")
    channels, frames = struct.unpack_from(">hI", data, common + 8)
    exponent, mantissa = struct.unpack_from(">HQ", data, common + 16)
    rate = int(mantissa * 2.0 ** (exponent - 16383 - 63))
    need(rate > 0, "the AIFF has no sample rate")
    return _sound("audio/aiff", seconds=frames / rate, rate=rate, channels=channels)


def m4a(data: bytes) -> Finding:
    """Read the duration of an M4A."""
    return _sound("audio/m4a", seconds=movie_seconds(data))


def raw(mime_type: str, data: bytes) -> Finding:
    """Take headerless samples as they are."""
    if not data:
        raise DamagedError("there are no samples")
    return _sound(mime_type, seconds=None)
