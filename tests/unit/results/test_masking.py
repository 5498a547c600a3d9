"""Is every secret of a request hidden in whatever repeats it, and nothing else changed?"""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.results.masking import CLOSED, OPEN, Mask, mask_of
from longwatch.store.vault import VaultError
from longwatch.upstream.document import parse_any
from longwatch.upstream.secrets import PLACEHOLDER, join_secrets, split_secrets

TOKEN = "t0ken-of-the-mcp-server"
MASK = mask_of({"/tools/0/headers/Authorization": f"Bearer {TOKEN}", "/tools/0/headers/X-Short": "no"})
TOOL = {"type": "mcp_server", "url": "https://mcp.example/", "headers": {"Authorization": f"Bearer {TOKEN}"}}


def test_a_secret_is_hidden_whole_and_without_its_scheme() -> None:
    said = MASK.text(f"I sent Bearer {TOKEN}, that is {TOKEN}.")
    assert TOKEN not in said
    assert said.startswith("I sent [secret]***")


def test_what_is_hidden_keeps_its_length_so_that_places_in_a_text_stay_right() -> None:
    text = f"Tide {TOKEN} and sources."
    assert len(MASK.text(text).encode()) == len(text.encode())
    assert MASK.text(text).index("and sources") == text.index("and sources")


def test_a_short_secret_is_hidden_where_it_stands_and_not_in_texts() -> None:
    tool = {"type": "mcp_server", "headers": {"X-Short": "no"}}
    shown = json.loads(MASK.raw(json.dumps({"tools": [tool], "text": "no secret"}).encode()))
    assert shown == {"tools": [{"type": "mcp_server", "headers": {"X-Short": PLACEHOLDER}}], "text": "no secret"}


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps({"tools": [TOOL]}),
        json.dumps({"interaction": {"tools": [TOOL]}, "event_type": "interaction.created"}),
        json.dumps([{"error": {"message": f"wrong header Bearer {TOKEN}"}}]),
        json.dumps({"steps": [{"content": [{"text": f"…{TOKEN}…"}]}]}),
        '{"text": "' + "".join(f"\\u{ord(letter):04x}" for letter in TOKEN) + '"}',
        json.dumps({TOKEN: 1}),
        f"<html>{TOKEN}</html>",
        f'{{"half": "{TOKEN}',
        "[" * 5000 + f'"{TOKEN}"' + "]" * 5000,
        f"\ufeff{{}} {TOKEN}\x00",
    ],
)
def test_no_bytes_bring_it_through(raw: str) -> None:
    shown = MASK.raw(raw.encode())
    assert TOKEN not in shown.decode()
    assert TOKEN not in str(parse_any(shown))


def test_bytes_without_a_secret_stay_as_they_are() -> None:
    raw = b'{ "a":1, "text": "plain \\u00fc", "a": 2 }'
    assert MASK.raw(raw) is raw
    assert OPEN.raw(b"{") == b"{"


def test_a_file_that_holds_it_keeps_its_size() -> None:
    notes = f"I used {TOKEN}.".encode()
    item = {"type": "document", "mime_type": "text/plain", "data": base64.b64encode(notes).decode()}
    picture = {"type": "image", "data": base64.b64encode(bytes(range(256))).decode()}
    shown = json.loads(MASK.raw(json.dumps({"steps": [item, picture, {"data": f"%{TOKEN}"}]}).encode()))["steps"]
    data = base64.b64decode(shown[0]["data"])
    assert (len(data), TOKEN.encode() in data, data[:15]) == (len(notes), False, b"I used [secret]")
    assert shown[1] == picture
    assert TOKEN not in shown[2]["data"]


PUSH_TOKEN = "0a1b2c3d4e5f6a7b-of_our_own"
ADDRESS = f"https://longwatch.example/hooks/gemini/{PUSH_TOKEN}"


@pytest.mark.parametrize("mask", [OPEN, MASK])
@pytest.mark.parametrize(
    "raw",
    [
        json.dumps({"webhook_config": {"uris": ["https://a.example/", ADDRESS]}}),
        json.dumps({"text": f"{TOKEN} {ADDRESS}."}).replace("/", "\\/"),
        json.dumps({ADDRESS: ADDRESS}).replace("/", "\\u002F"),
        f"<html>{ADDRESS}?then=https%3A%2F%2Fx{ADDRESS.replace('/', '%2F')}",
        json.dumps({"data": base64.b64encode(ADDRESS.encode()).decode(), "uri": ADDRESS}),
    ],
)
def test_the_token_of_our_push_address_is_hidden_whatever_else_is_secret(mask: Mask, raw: str) -> None:
    assert mask.tells(raw.encode())
    shown = mask.raw(raw.encode()).decode()
    assert PUSH_TOKEN not in shown
    assert base64.b64encode(ADDRESS.encode()).decode() not in shown
    assert "[secret]***" in shown


def test_an_address_without_a_token_of_ours_is_none() -> None:
    raw = b'{"uris": ["https://a.example/hooks/gemini/", "https://a.example/hooks/gemini/short", "/hooks/other"]}'
    assert not OPEN.tells(raw)
    assert OPEN.raw(raw) is raw


def test_a_mask_that_could_not_be_made_shows_nothing() -> None:
    assert CLOSED.text(f"maybe {TOKEN}") == PLACEHOLDER
    with pytest.raises(VaultError, match="LONGWATCH_ENCRYPTION_KEYS"):
        CLOSED.raw(b"{}")


def test_a_mask_does_not_tell_its_words() -> None:
    assert TOKEN not in repr(MASK)


WORDS = st.text("abcdefgh .é", min_size=9, max_size=20)
DOCUMENTS = st.recursive(st.text(max_size=30), lambda inner: st.lists(inner, max_size=3), max_leaves=8)


@given(WORDS, DOCUMENTS)
def test_whatever_a_document_holds_its_secret_is_not_in_what_is_shown(word: str, rest: Any) -> None:
    document = {"tools": [{"headers": {"X": word}}], "text": f"it is {word}!", "rest": rest}
    shown = mask_of({"": word}).raw(json.dumps(document).encode())
    assert word not in json.loads(shown)["text"]


URLS = ["https://user:pass@mcp.example/", "https://mcp.example/mcp?apiKey=hush", "https://[broken"]


@pytest.mark.parametrize("url", URLS)
def test_an_address_that_may_let_its_holder_in_is_a_secret(url: str) -> None:
    body = {"tools": [{"type": "mcp_server", "name": "tides", "url": url}]}
    public, secrets = split_secrets(body)
    assert (public["tools"][0]["url"], secrets) == (PLACEHOLDER, {"/tools/0/url": url})
    assert join_secrets(public, secrets) == body


def test_a_plain_address_is_none() -> None:
    body = {"tools": [{"type": "mcp_server", "url": "https://mcp.example/mcp"}]}
    assert split_secrets(body) == (body, {})
