"""How is a sound made from the words of a prompt?"""

import math
import random
import struct

_RATE = 8000
_NOTE_SECONDS = 0.1


def played(words: int, rng: random.Random, *, rate: int = _RATE) -> bytes:
    """Return a WAV with one tone a word, at most 50, the same for the same generator."""
    notes = [220.0 * 2 ** (rng.randrange(24) / 12) for _ in range(min(max(words, 1), 50))]
    samples = [_sample(note, number, rate) for note in notes for number in range(int(rate * _NOTE_SECONDS))]
    data = struct.pack(f"<{len(samples)}h", *samples)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _sample(note: float, number: int, rate: int) -> int:
    return int(12000 * math.sin(2 * math.pi * note * number / rate))
