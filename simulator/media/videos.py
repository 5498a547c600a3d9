"""How long and how large is a video, and is it whole?"""

import struct

from simulator.media.boxes import boxes, movie_seconds, picture_sizes
from simulator.media.finding import Finding, duration, need, pixels


def mp4(data: bytes) -> Finding:
    """Read duration and picture size of an MP4, MOV or 3GP."""
    need(len(list(boxes(data))) >= 1, "it has no boxes")
    seconds = movie_seconds(data)
    details = [duration(seconds)] if seconds is not None else ["without a movie header"]
    details += [pixels(*size) for size in picture_sizes(data)[:1]]
    brand = data[8:12]
    mime_type = "video/mov" if brand == b"qt  " else "video/3gpp" if brand[:2] == b"3g" else "video/mp4"
    return Finding(mime_type, tuple(details), seconds=seconds)


def webm(data: bytes) -> Finding:
    """Tell WEBM from other Matroska."""
    need(b"webm" in data[:64] or b"matroska" in data[:64], "the WEBM header is damaged")
    return Finding("video/webm")


def avi(data: bytes) -> Finding:
    """Read an AVI's main header."""
    need(struct.unpack_from("<I", data, 4)[0] + 8 <= len(data), "the AVI is cut off")
    header = data.find(b"avih")
    need(header >= 0 and len(data) >= header + 48, "the AVI has no header")
    per_frame, frames = struct.unpack_from("<I", data, header + 8)[0], struct.unpack_from("<I", data, header + 24)[0]
    width, height = struct.unpack_from("<II", data, header + 40)
    seconds = per_frame * frames / 1e6
    return Finding("video/avi", (duration(seconds), pixels(width, height)), seconds=seconds)


def flv(data: bytes) -> Finding:
    """Read an FLV's header."""
    need(len(data) >= 9, "the FLV is cut off")
    return Finding("video/x-flv")


def mpeg(_: bytes) -> Finding:
    """Take an MPEG program stream."""
    return Finding("video/mpeg")


def wmv(data: bytes) -> Finding:
    """Read an ASF header."""
    need(len(data) >= 30, "the WMV is cut off")
    return Finding("video/wmv")
