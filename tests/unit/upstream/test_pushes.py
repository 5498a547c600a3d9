"""Is a webhook taken for the upstream's only if it is?"""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.pushes import (
    Envelope,
    NotValidError,
    by_key,
    by_secret,
    needs_key,
    opened,
    public_keys,
    read_event,
)
from tests.support import pushes
from tests.support.pushes import NOBODYS, OURS, SECRET, Signed, a_push

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SENT = int(NOW.timestamp())
BODY = a_push("v1_abc")
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes......").decode()
KEYS = public_keys(json.dumps(OURS.key_set()).encode())


def envelope(push: Signed, *, body: bytes | None = None) -> Envelope:
    return opened(push.headers, push.body if body is None else body, now=NOW)


def fault(headers: dict[str, str], *, now: datetime = NOW) -> str:
    with pytest.raises(NotValidError) as caught:
        opened(headers, BODY, now=now)
    return caught.value.fault


def test_a_static_endpoints_secret_proves_it_and_no_other_does() -> None:
    push = envelope(pushes.by_secret(BODY, sent_at=SENT))
    assert by_secret(push, [SECRET])
    assert not by_secret(push, [OTHER])
    assert not by_secret(push, [])
    assert not needs_key(push)


def test_while_rotating_either_of_two_secrets_proves_it_on_either_side() -> None:
    assert by_secret(envelope(pushes.by_secret(BODY, OTHER, SECRET, sent_at=SENT)), [SECRET])
    assert by_secret(envelope(pushes.by_secret(BODY, SECRET, sent_at=SENT)), [OTHER, SECRET])


def test_any_key_of_the_set_proves_it_and_a_key_of_nobody_does_not() -> None:
    signed = [envelope(pushes.by_key(BODY, webhook_id=f"msg_{n}", sent_at=SENT)) for n in range(20)]
    assert len(KEYS) == 3
    assert all(by_key(push, KEYS) and needs_key(push) for push in signed)
    assert not all(by_key(push, KEYS[:1]) for push in signed)
    assert not by_key(envelope(pushes.by_key(BODY, NOBODYS, sent_at=SENT)), KEYS)


@given(st.integers(min_value=0, max_value=len(BODY) - 1), st.integers(min_value=1, max_value=255))
def test_one_changed_byte_breaks_both_kinds_of_signature(place: int, by: int) -> None:
    changed = bytearray(BODY)
    changed[place] ^= by
    assert not by_secret(envelope(pushes.by_secret(BODY, sent_at=SENT), body=bytes(changed)), [SECRET])
    assert not by_key(envelope(pushes.by_key(BODY, sent_at=SENT), body=bytes(changed)), KEYS)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_the_headers_are_signed_too(name: str) -> None:
    push = pushes.by_key(BODY, sent_at=SENT)
    other = {"webhook-id": "msg_2", "webhook-timestamp": str(SENT + 1)}[name]
    assert not by_key(opened(push.headers | {name: other}, BODY, now=NOW), KEYS)


@pytest.mark.parametrize("apart", [-301, 301, -86_400, 10_000_000_000])
def test_what_is_more_than_five_minutes_from_now_is_stale(apart: int) -> None:
    headers = pushes.by_key(BODY, sent_at=SENT).headers
    assert fault(headers | {"webhook-timestamp": str(SENT + apart)}) == "stale"


@pytest.mark.parametrize("apart", [-300, 300])
def test_what_is_five_minutes_from_now_is_fresh(apart: int) -> None:
    assert opened(pushes.by_key(BODY, sent_at=SENT).headers, BODY, now=NOW + timedelta(seconds=apart))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", " ", "-", "é", "1.5"])
def test_a_header_that_is_missing_or_no_such_thing_makes_it_unsigned(name: str, value: str) -> None:
    if (name, value) in {("webhook-id", "-"), ("webhook-id", "1.5")}:
        return
    assert fault(pushes.by_key(BODY, sent_at=SENT).headers | {name: value}) == "unsigned"


def test_a_jwt_is_no_signature() -> None:
    jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJnb29nbGUifQ.c2lnbmF0dXJl"
    for written in (jwt, f"Bearer {jwt}"):
        assert fault(pushes.by_key(BODY, sent_at=SENT).headers | {"webhook-signature": written}) == "jwt"


def test_a_secret_that_cannot_be_read_proves_nothing() -> None:
    signed = pushes.by_secret(BODY, "whsec_", sent_at=SENT)
    assert not by_secret(envelope(signed), ["whsec_", "whsec_!!!"])


@given(st.binary(max_size=300))
def test_no_key_set_makes_it_raise(raw: bytes) -> None:
    assert public_keys(raw) == []


@pytest.mark.parametrize(
    "item", [None, 1, {}, {"kty": "RSA"}, {"kty": "OKP", "crv": "Ed25519"}, {"kty": "OKP", "crv": "Ed25519", "x": "AA"}]
)
def test_what_is_no_ed25519_key_is_passed_over(item: object) -> None:
    good = OURS.key_set()["keys"]
    assert len(public_keys(json.dumps({"keys": [item, *good]}).encode())) == 3


def test_an_event_names_the_run_and_gives_back_the_metadata_of_its_create() -> None:
    event = read_event(a_push("v1_abc", user_metadata={"longwatch_interaction": "int_1", "n": 4}))
    assert event is not None
    assert (event.type, event.upstream_id) == ("interaction.completed", "v1_abc")
    assert event.metadata == {"longwatch_interaction": "int_1"}


@pytest.mark.parametrize(
    "body",
    [
        {"type": "ping", "data": {}},
        {"type": "batch.succeeded", "data": {"id": "b"}},
        {"type": "interaction.completed"},
        {"type": "interaction.completed", "data": {"id": "../x y"}},
        {"type": ["interaction.completed"], "data": {"id": "v1_a"}},
    ],
)
def test_what_speaks_of_no_run_is_no_event(body: object) -> None:
    assert read_event(json.dumps(body).encode()) is None


@pytest.mark.parametrize("body", [b"", b"{", b"3", b"\xff"])
def test_what_is_no_json_object_is_told_apart(body: bytes) -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        read_event(body)
