"""What is a piece of media, once it is a file?"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """The bytes of one image, sound, video or document of a result; *index* counts its media from 0."""

    index: int
    mime_type: str
    sha256: bytes
    data: bytes = field(repr=False)
