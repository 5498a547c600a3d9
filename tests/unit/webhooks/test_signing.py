"""Does every Standard Webhooks receiver accept what we sign, also while secrets rotate?"""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from longwatch.domain.clock import Clock
from longwatch.webhooks.signing import SecretError, check_secret, generate_secret, sign

OLD, NEW, OTHER = generate_secret(), generate_secret(), generate_secret()
BODY = '{"type":"job.completed","data":{"text":"张量处理器"}}'.encode()


def signed(body: bytes = BODY, *, secrets: tuple[str, ...] = (NEW,), sent_at: datetime | None = None) -> dict[str, str]:
    return sign(body, webhook_id="evt_1", sent_at=sent_at or Clock().now(), secrets=secrets)


def test_the_reference_library_verifies_a_signature() -> None:
    assert Webhook(NEW).verify(BODY, signed()) == json.loads(BODY)


@pytest.mark.parametrize("secret", [OLD, NEW], ids=["old", "new"])
def test_while_secrets_rotate_receivers_with_either_secret_accept(secret: str) -> None:
    Webhook(secret).verify(BODY, signed(secrets=(NEW, OLD)))


def test_one_signature_is_sent_for_each_secret_in_their_order() -> None:
    at = Clock().now()
    both = signed(secrets=(NEW, OLD), sent_at=at)["webhook-signature"].split(" ")
    assert both == [signed(secrets=(secret,), sent_at=at)["webhook-signature"] for secret in (NEW, OLD)]


def test_a_receiver_with_another_secret_refuses() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(BODY, signed(secrets=(NEW, OLD)))


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY + b" ", signed())


def test_the_timestamp_is_the_instant_whatever_its_zone() -> None:
    utc = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    shanghai = utc.astimezone(timezone(timedelta(hours=8)))
    assert signed(sent_at=shanghai) == signed(sent_at=utc)
    assert signed(sent_at=utc)["webhook-timestamp"] == str(int(utc.timestamp()))


def test_fractions_of_a_second_do_not_spoil_the_signature() -> None:
    Webhook(NEW).verify(BODY, signed(sent_at=Clock().now().replace(microsecond=999_999)))


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_verifies(text: str) -> None:
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    assert Webhook(NEW).verify(body, signed(body)) == {"text": text}


def test_generated_secrets_are_usable_and_differ() -> None:
    secrets = {generate_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        check_secret(secret)


@given(st.binary(min_size=24, max_size=64))
def test_every_secret_the_specification_allows_is_taken(raw: bytes) -> None:
    check_secret("whsec_" + base64.b64encode(raw).decode())


def test_a_secret_without_its_padding_is_taken() -> None:
    check_secret(NEW.rstrip("="))
    Webhook(NEW).verify(BODY, signed(secrets=(NEW.rstrip("="),)))


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "begins with 'whsec_'"),
        ("hunter2", "begins with 'whsec_'"),
        ("whsec_", "holds 0"),
        ("whsec_c2hvcnQ=", "holds 5"),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), "holds 65"),
        ("whsec_not base64 at all!", "base64"),
        ("whsec_ünïcode", "base64"),
        ("whsec_A", "base64"),
    ],
)
def test_a_malformed_secret_is_refused_with_the_reason(secret: str, words: str) -> None:
    with pytest.raises(SecretError, match=words):
        check_secret(secret)


def test_a_refusal_does_not_repeat_the_secret() -> None:
    with pytest.raises(SecretError) as refusal:
        sign(BODY, webhook_id="evt_1", sent_at=Clock().now(), secrets=["hunter2-hunter2"])
    assert "hunter2" not in str(refusal.value)


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(SecretError, match="at least one"):
        signed(secrets=())
