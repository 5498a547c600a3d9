"""What is said of images, sounds, videos and documents, and which are refused."""

import base64
import io
import random
import struct
import wave
import zlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.media.drawing import drawn, picture_size
from simulator.media.finding import DamagedError
from simulator.media.inspecting import inspected
from simulator.media.tones import played
from tests.support.live_simulator import LiveSimulator
from tests.support.served_pages import page_served


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def a_wav(seconds: float = 1.5) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(bytes(int(16_000 * seconds) * 4))
    return target.getvalue()


def an_mp4(seconds: int = 7) -> bytes:
    header = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000)
    track = bytes(76) + struct.pack(">II", 640 << 16, 360 << 16)
    movie = box(b"mvhd", header) + box(b"trak", box(b"tkhd", track))
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", movie) + box(b"mdat", bytes(40))


def a_pdf(pages: int = 3, *, packed: bool = False) -> bytes:
    objects = b"".join(b"%d 0 obj <</Type /Page /Parent 1 0 R>> endobj\n" % (n + 2) for n in range(pages))
    shown = b"<< >> stream\nBT (Minutes of the tide board) Tj ET\nendstream\n"
    if packed:
        stream = zlib.compress(objects)
        objects = b"9 0 obj <</Filter /FlateDecode>> stream\n" + stream + b"\nendstream endobj\n"
    return b"%PDF-1.7\n1 0 obj <</Type /Pages>> endobj\n" + objects + shown + b"trailer\n%%EOF\n"


def a_jpeg(width: int = 30, height: int = 20) -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\xe0\0\x04JF\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + bytes(20) + b"\xff\xd9"


def a_webp(kind: bytes, rest: bytes) -> bytes:
    body = b"WEBP" + kind + rest
    return b"RIFF" + struct.pack("<I", len(body)) + body


def a_flac(rate: int = 44_100, seconds: int = 2) -> bytes:
    packed = (rate << 44) | (1 << 41) | (15 << 36) | rate * seconds
    return b"fLaC\0\0\0\x22" + bytes(10) + packed.to_bytes(8, "big") + bytes(16)


def an_ogg() -> bytes:
    return (
        b"OggS" + bytes(24) + b"\x01vorbis" + struct.pack("<IBI", 0, 1, 8000) + b"OggS\0\0" + struct.pack("<q", 16_000)
    )


def an_aiff() -> bytes:
    common = struct.pack(">hIh", 1, 8000, 16) + struct.pack(">HQ", 16383 + 12, 8000 << 51)
    return b"FORM\0\0\0\0AIFFCOMM" + struct.pack(">I", 18) + common


def an_avi() -> bytes:
    header = bytearray(64)
    struct.pack_into("<I", header, 0, 40_000)
    struct.pack_into("<I", header, 16, 50)
    struct.pack_into("<II", header, 32, 320, 240)
    body = b"AVI LIST\0\0\0\0hdrlavih" + struct.pack("<I", 56) + bytes(header)
    return b"RIFF" + struct.pack("<I", len(body)) + body


PNG = drawn((64, 32), random.Random(1))
TIFF = b"II*\0" + struct.pack("<IHHHIIHHIII", 8, 2, 256, 3, 1, 50, 257, 3, 1, 40, 0)
HEIC = box(b"ftyp", b"heic\0\0\0\0") + box(
    b"meta", bytes(4) + box(b"iprp", box(b"ipco", box(b"ispe", struct.pack(">III", 0, 12, 9))))
)
MP3 = b"ID3\x03\0\0\0\0\0\0" + b"\xff\xfb\x90\0" + bytes(15_996)

WHOLE: dict[str, tuple[bytes, str, str]] = {
    "png": (PNG, "image/png", "64 x 32 pixels"),
    "jpeg": (a_jpeg(), "image/jpeg", "30 x 20 pixels"),
    "gif": (b"GIF89a" + struct.pack("<HH", 17, 5) + bytes(8) + b";", "image/gif", "17 x 5 pixels"),
    "bmp": (b"BM" + struct.pack("<I", 26) + bytes(12) + struct.pack("<ii", 8, -6), "image/bmp", "8 x 6 pixels"),
    "tiff": (TIFF, "image/tiff", "50 x 40 pixels"),
    "webp extended": (a_webp(b"VP8X", bytes(8) + b"\x09\0\0" + b"\x04\0\0"), "image/webp", "10 x 5 pixels"),
    "webp lossless": (
        a_webp(b"VP8L", bytes(5) + struct.pack("<I", 9 | 4 << 14) + bytes(8)),
        "image/webp",
        "10 x 5 pixels",
    ),
    "webp lossy": (a_webp(b"VP8 ", bytes(10) + struct.pack("<HH", 10, 5)), "image/webp", "10 x 5 pixels"),
    "heic": (HEIC, "image/heic", "12 x 9 pixels"),
    "wav": (a_wav(), "audio/wav", "1.50 seconds long, 16000 Hz, 2 channels"),
    "mp3": (MP3, "audio/mp3", "1.00 seconds long, 44100 Hz"),
    "aac": (b"\xff\xf1\x50\x80\0\x1f\xfc\0", "audio/aac", "44100 Hz"),
    "flac": (a_flac(), "audio/flac", "2.00 seconds long"),
    "ogg": (an_ogg(), "audio/ogg", "2.00 seconds long"),
    "aiff": (an_aiff(), "audio/aiff", "Hz"),
    "m4a": (an_mp4(), "audio/m4a", "7.00 seconds long"),
    "raw samples": (b"\0\1", "audio/l16", ""),
    "mp4": (an_mp4(), "video/mp4", "7.00 seconds long, 640 x 360 pixels"),
    "mov": (an_mp4().replace(b"isom", b"qt  "), "video/mov", "7.00 seconds long"),
    "avi": (an_avi(), "video/avi", "2.00 seconds long, 320 x 240 pixels"),
    "webm": (b"\x1aE\xdf\xa3" + b"\0webm", "video/webm", ""),
    "pdf": (a_pdf(), "application/pdf", "3 pages"),
    "packed pdf": (a_pdf(4, packed=True), "application/pdf", "4 pages"),
    "csv": (b"a,b\n1,2\n", "text/csv", "2 lines"),
    "json": (b'{"a": 1}', "application/json", "1 lines"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_something_true_is_said_of_whole_data(name: str) -> None:
    data, declared, details = WHOLE[name]
    assert details in ", ".join(inspected(data, declared).details)


@pytest.mark.parametrize("name", ["png", "jpeg", "gif", "webp lossy", "wav", "mp4", "pdf", "avi", "heic", "flac"])
def test_data_that_breaks_off_is_refused(name: str) -> None:
    data, declared, _ = WHOLE[name]
    with pytest.raises(DamagedError):
        inspected(data[: len(data) * 2 // 3], declared)


@pytest.mark.parametrize("name", ["png", "jpeg", "wav", "mp4", "pdf", "mp3", "gif"])
def test_mislabelled_data_is_refused_and_told_what_it_is(name: str) -> None:
    data, declared, _ = WHOLE[name]
    wrong = "image/webp" if declared != "image/webp" else "image/png"
    with pytest.raises(DamagedError, match=f"says {wrong} but the data is"):
        inspected(data, wrong)


def test_a_png_with_a_wrong_checksum_is_refused() -> None:
    with pytest.raises(DamagedError, match="checksum"):
        inspected(PNG.replace(b"PLTE", b"PLTF"), "image/png")


@given(st.binary(max_size=200), st.sampled_from([*(declared for _, declared, _ in WHOLE.values()), None]))
def test_no_bytes_at_all_break_the_reader(data: bytes, declared: str | None) -> None:
    with suppress(DamagedError):
        assert inspected(data, declared).mime_type


@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 400), st.integers(0, 255))
def test_no_damaged_byte_breaks_the_reader(name: str, place: int, value: int) -> None:
    data, declared, _ = WHOLE[name]
    damaged = bytearray(data)
    damaged[place % len(data)] = value
    with suppress(DamagedError):
        assert inspected(bytes(damaged), declared).mime_type


def described(sim: LiveSimulator, **content: Any) -> Any:
    given_input = [{"type": "text", "text": "What is this?"}, content]
    return sim.post({"model": "gemini-2.5-flash", "input": given_input})


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("kind", "name"), [("image", "png"), ("audio", "wav"), ("video", "mp4"), ("document", "pdf"), ("document", "csv")]
)
def test_inline_data_is_described_with_its_size(sim: LiveSimulator, kind: str, name: str) -> None:
    data, declared, details = WHOLE[name]
    answer = described(sim, type=kind, data=packed(data), mime_type=declared).json()
    text = answer["steps"][-1]["content"][0]["text"]
    assert f"{len(data)} bytes" in text
    assert details in text
    tokens = {one["modality"]: one["tokens"] for one in answer["usage"]["input_tokens_by_modality"]}
    assert tokens[kind] > 0


def test_a_documents_first_words_are_quoted(sim: LiveSimulator) -> None:
    answer = described(sim, type="document", data=packed(a_pdf()), mime_type="application/pdf")
    assert "Minutes of the tide board" in answer.text


@pytest.mark.parametrize(
    "content",
    [
        {"type": "image", "data": "!!", "mime_type": "image/png"},
        {"type": "image", "data": "", "mime_type": "image/png"},
        {"type": "image", "data": 7, "mime_type": "image/png"},
        {"type": "image", "data": packed(PNG[:-9]), "mime_type": "image/png"},
        {"type": "image", "data": packed(PNG), "mime_type": "image/jpeg"},
        {"type": "image", "data": packed(a_wav()), "mime_type": "audio/wav"},
        {"type": "audio", "data": packed(PNG)},
        {"type": "video", "mime_type": "video/mp4"},
    ],
)
def test_damaged_or_mislabelled_input_is_400_and_creates_nothing(sim: LiveSimulator, content: Any) -> None:
    answer = described(sim, **content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
    assert sim.ledger()["interactions"] == []


def test_a_file_at_an_address_on_this_machine_is_really_opened(sim: LiveSimulator) -> None:
    with page_served(PNG, "image/png") as url:
        assert "64 x 32 pixels" in described(sim, type="image", uri=url).text
    with page_served(PNG[:-9], "image/png") as url:
        assert described(sim, type="image", uri=url).status_code == 400
    with page_served(b"", "image/png", status=404) as url:
        assert "Cannot fetch" in described(sim, type="image", uri=url).text


def test_a_file_elsewhere_is_named_but_not_opened(sim: LiveSimulator) -> None:
    answer = described(sim, type="image", uri="https://pictures.example.org/boats.jpg")
    assert answer.status_code == 200
    assert "boats.jpg" in answer.text
    assert "not opened" in answer.text


def test_a_data_uri_is_read(sim: LiveSimulator) -> None:
    assert "64 x 32" in described(sim, type="image", uri=f"data:image/png;base64,{packed(PNG)}").text


def image_of(sim: LiveSimulator, **fields: Any) -> dict[str, Any]:
    body = {"model": "gemini-3-pro-image-preview", "input": "Draw a harbour at dawn.", **fields}
    content = sim.post(body).raise_for_status().json()["steps"][-1]["content"]
    return next(dict(item) for item in content if item["type"] == "image")


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"response_modalities": ["IMAGE"]}, "512 x 512"),
        ({"response_format": {"type": "image", "aspect_ratio": "16:9", "image_size": "1K"}}, "1024 x 576"),
        ({"generation_config": {"image_config": {"aspect_ratio": "1:4"}}}, "128 x 512"),
        ({}, "512 x 512"),
    ],
)
def test_a_picture_is_a_real_png_of_the_size_asked_for(sim: LiveSimulator, fields: Any, size: str) -> None:
    image = image_of(sim, **fields)
    assert image["mime_type"] == "image/png"
    assert f"{size} pixels" in inspected(base64.b64decode(image["data"]), "image/png").details


def test_only_what_was_asked_for_is_put_out(sim: LiveSimulator) -> None:
    body = {"model": "gemini-3-pro-image-preview", "input": "Draw a harbour."}

    def parts(**fields: Any) -> list[str]:
        return [item["type"] for item in sim.post(body | fields).json()["steps"][-1]["content"]]

    assert parts() == ["text", "image"]
    assert parts(response_modalities=["IMAGE"]) == ["image"]
    assert parts(response_modalities=["text"]) == ["text"]
    assert parts(response_modalities=["TEXT", "IMAGE", "AUDIO"]) == ["text", "image", "audio"]
    assert parts(response_format=[{"type": "text"}, {"type": "image"}]) == ["text", "image"]


def test_pictures_of_other_words_differ_and_of_the_same_do_not(sim: LiveSimulator) -> None:
    same = [image_of(sim)["data"] for _ in range(2)]
    assert same[0] == same[1] != image_of(sim, input="Draw a mountain.")["data"]


def test_a_sound_is_a_real_wav(sim: LiveSimulator) -> None:
    body = {"model": "gemini-2.5-flash-preview-tts", "input": "Say good evening."}
    item = sim.post(body).json()["steps"][-1]["content"][0]
    assert (item["type"], item["mime_type"]) == ("audio", "audio/wav")
    assert inspected(base64.b64decode(item["data"]), "audio/wav").seconds == pytest.approx(0.3)


def test_a_song_still_comes_as_outputs(sim: LiveSimulator) -> None:
    answer = sim.post({"model": "lyria-3-pro-preview", "input": "A shanty."}).json()
    assert [item["type"] for item in answer["outputs"]] == ["audio"]
    assert "steps" not in answer


@given(st.sampled_from(["1:1", "16:9", "9:16", "8:1", "21:9"]), st.sampled_from(["512", "1K", "2K", "4K", None]))
def test_a_pictures_longer_side_is_its_size(ratio: str, size: str | None) -> None:
    width, height = picture_size(aspect_ratio=ratio, image_size=size)
    wide, high = (int(part) for part in ratio.split(":"))
    assert max(width, height) in {512, 1024, 2048, 4096}
    assert width / height == pytest.approx(wide / high, rel=0.02)


def test_a_tune_has_one_tone_a_word_and_no_more_than_fifty() -> None:
    assert inspected(played(1000, random.Random(1)), "audio/wav").seconds == pytest.approx(5)
