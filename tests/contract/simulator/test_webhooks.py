"""How webhooks are managed, signed, sent, and lost on the way."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google import genai
from google.genai import types
from standardwebhooks import Webhook, WebhookVerificationError

from simulator.config import SimulatorConfig
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.receiver import Answer, Received, Receiver
from tests.support.waiting import eventually

EVENTS = ["interaction.completed", "interaction.failed"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def registered(sim: LiveSimulator, uri: str, **fields: Any) -> Any:
    body = {"uri": uri, "subscribed_events": EVENTS, **fields}
    return sim.http.post("/v1/webhooks", json=body).raise_for_status().json()


def hooked(sim: LiveSimulator, receiver: Receiver, **fields: Any) -> str:
    config = {"uris": [receiver.url], "user_metadata": {"job": "7"}}
    return sim.started(webhook_config=config, **fields)


def arrived(receiver: Receiver, count: int = 1) -> list[Received]:
    eventually(lambda: len(receiver.ledger) >= count)
    return receiver.ledger


def signed_by_the_service(sim: LiveSimulator, received: Received) -> bool:
    kind, signature = received.headers["webhook-signature"].split(",")
    assert kind == "v1a"
    signed = f"{received.webhook_id}.{received.headers['webhook-timestamp']}.".encode() + received.body
    keys = sim.http.get("/.well-known/jwks.json").json()["keys"]
    assert {(key["kty"], key["crv"]) for key in keys} == {("OKP", "Ed25519")}
    return any(_verifies(key["x"], base64.b64decode(signature), signed) for key in keys)


def _verifies(x: str, signature: bytes, signed: bytes) -> bool:
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def verified_with(secret: str, received: Received) -> Any:
    return Webhook(secret).verify(received.body, received.headers)


def test_a_run_of_its_own_uris_is_told_by_a_thin_event_signed_by_the_service(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    started = hooked(sim, receiver)
    sim.advance(1300)
    received = arrived(receiver)[0]
    assert received.event["type"] == "interaction.completed"
    assert received.event["version"] == "v1"
    assert received.event["data"] == {"id": started, "user_metadata": {"job": "7"}}
    assert received.webhook_id.startswith("msg_")
    assert signed_by_the_service(sim, received)


def test_a_failure_is_told_with_its_reason(sim: LiveSimulator, receiver: Receiver) -> None:
    sim.life(run_seconds=1, ending="failed", error_code="safety")
    hooked(sim, receiver)
    sim.advance(2)
    assert arrived(receiver)[0].event["data"]["error_code"] == "safety"


def test_a_cancel_is_told_when_it_happens(sim: LiveSimulator, receiver: Receiver) -> None:
    sim.life(run_seconds=10_000)
    sim.cancel(hooked(sim, receiver))
    assert arrived(receiver)[0].event["type"] == "interaction.cancelled"


@pytest.mark.parametrize("ending", ["incomplete", "budget_exceeded"])
def test_some_endings_are_told_to_nobody(sim: LiveSimulator, receiver: Receiver, ending: str) -> None:
    sim.script(
        {"match": {"prompt": "silent"}, "life": {"run_seconds": 1, "ending": ending}},
        {"life": {"run_seconds": 2}},
    )
    hooked(sim, receiver, prompt="silent")
    told = hooked(sim, receiver)
    sim.advance(3)
    assert [one.event["data"]["id"] for one in arrived(receiver)] == [told]


def test_a_registered_webhook_gets_what_it_subscribed_to_signed_with_its_secret(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    webhook = registered(sim, receiver.url)
    assert webhook["new_signing_secret"].startswith("whsec_")
    sim.life(run_seconds=1)
    sim.started()
    sim.advance(2)
    received = arrived(receiver)[0]
    assert verified_with(webhook["new_signing_secret"], received)["type"] == "interaction.completed"


def test_own_uris_replace_registered_webhooks(sim: LiveSimulator, receiver: Receiver) -> None:
    with Receiver() as other:
        registered(sim, other.url)
        hooked(sim, receiver)
        sim.advance(1300)
        arrived(receiver)
        assert other.ledger == []


def test_a_webhook_that_is_not_taken_comes_again_with_its_id(sim: LiveSimulator) -> None:
    with Receiver(script=[Answer(500), Answer(503)]) as receiver:
        hooked(sim, receiver)
        sim.advance(1300)
        for count in (1, 2, 3):
            arrived(receiver, count)
            sim.advance(100)
        assert len({one.webhook_id for one in receiver.ledger}) == 1
        assert {one.status for one in receiver.ledger} == {500, 503, 204}


def test_after_a_day_of_failures_a_webhook_is_disabled(sim: LiveSimulator) -> None:
    with Receiver(otherwise=Answer(500)) as receiver:
        webhook = registered(sim, receiver.url)
        sim.life(run_seconds=1)
        sim.started()
        sim.advance(2)
        arrived(receiver)
        sim.advance(25 * 3600)
        eventually(lambda: sim.http.get(f"/v1/webhooks/{webhook['id']}").json()["state"] != "enabled")


def test_the_secret_of_a_webhook_is_shown_once(sim: LiveSimulator, receiver: Receiver) -> None:
    webhook = registered(sim, receiver.url, name="mine")
    shown = sim.http.get(f"/v1beta/webhooks/{webhook['id']}").json()
    assert "new_signing_secret" not in shown
    assert shown["name"] == "mine"
    truncated = shown["signing_secrets"][0]["truncated_secret"].rstrip(".")
    assert webhook["new_signing_secret"].startswith(truncated)
    assert len(truncated) < 12


@pytest.mark.parametrize(
    ("behavior", "good"),
    [("revoke_previous_secrets_after_h24", True), ("REVOKE_PREVIOUS_SECRETS_IMMEDIATELY", False)],
)
def test_a_rotated_secret_stays_good_for_a_day_or_not_at_all(
    sim: LiveSimulator, receiver: Receiver, behavior: str, *, good: bool
) -> None:
    webhook = registered(sim, receiver.url)
    path = f"/v1/webhooks/{webhook['id']}"
    rotated = sim.http.post(f"{path}:rotateSigningSecret", json={"revocation_behavior": behavior}).json()
    sim.http.post(f"{path}:ping").raise_for_status()
    received = arrived(receiver)[0]
    assert verified_with(rotated["secret"], received)["type"] == "ping"
    assert len(received.headers["webhook-signature"].split()) == (2 if good else 1)
    sim.advance(86_401)
    assert len(sim.http.get(path).json()["signing_secrets"]) == 1


def test_webhooks_are_listed_changed_and_deleted(sim: LiveSimulator, receiver: Receiver) -> None:
    ids = [registered(sim, receiver.url)["id"] for _ in range(3)]
    first = sim.http.get("/v1/webhooks?page_size=2").json()
    second = sim.http.get(f"/v1/webhooks?page_size=2&page_token={first['next_page_token']}").json()
    assert [one["id"] for one in first["webhooks"] + second["webhooks"]] == ids
    path = f"/v1/webhooks/{ids[0]}"
    changed = sim.http.patch(f"{path}?update_mask=state", json={"state": "disabled", "name": "left out"}).json()
    assert changed["state"] == "disabled"
    assert "name" not in changed
    assert sim.http.delete(path).json() == {}
    assert sim.http.get(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"uri": "ftp://x", "subscribed_events": EVENTS},
        {"uri": "http://x", "subscribed_events": ["interaction.born"]},
        {"uri": "http://x", "subscribed_events": EVENTS, "colour": 1},
    ],
)
def test_a_webhook_that_makes_no_sense_is_refused(sim: LiveSimulator, body: Any) -> None:
    assert sim.http.post("/v1/webhooks", json=body).status_code == 400


def test_webhooks_and_what_is_owed_survive_a_restart(tmp_path: Any, receiver: Receiver) -> None:
    config = SimulatorConfig(data_file=tmp_path / "simulator.jsonl")
    with simulator_running(config) as sim:
        webhook = registered(sim, receiver.url)
        sim.life(run_seconds=600)
        sim.started()
    with simulator_running(config) as sim:
        sim.advance(601)
        assert verified_with(webhook["new_signing_secret"], arrived(receiver)[0])
    with simulator_running(config) as sim:
        sim.http.post(f"/v1/webhooks/{webhook['id']}:ping")
        assert [one.event["type"] for one in arrived(receiver, 2)] == ["interaction.completed", "ping"]


def faulty(sim: LiveSimulator, receiver: Receiver, kind: str, **fields: Any) -> None:
    rule = {"op": "webhook", "match": {"prompt": "faulty"}, "fault": {"kind": kind, **fields}}
    sim.script(
        rule, {"op": "create", "match": {"prompt": "faulty"}, "life": {"run_seconds": 1}}, {"life": {"run_seconds": 5}}
    )
    hooked(sim, receiver, prompt="faulty", labels={"is": "faulty"})


def test_a_lost_webhook_never_comes(sim: LiveSimulator, receiver: Receiver) -> None:
    faulty(sim, receiver, "lose")
    other = hooked(sim, receiver)
    sim.advance(6)
    assert [one.event["data"]["id"] for one in arrived(receiver)] == [other]


def test_a_doubled_webhook_comes_twice_with_one_id(sim: LiveSimulator, receiver: Receiver) -> None:
    faulty(sim, receiver, "duplicate", copies=2)
    sim.advance(2)
    assert len({one.webhook_id for one in arrived(receiver, 2)}) == 1


def test_a_delayed_webhook_waits_for_its_time(sim: LiveSimulator, receiver: Receiver) -> None:
    faulty(sim, receiver, "delay", seconds=5000)
    hooked(sim, receiver)
    sim.advance(6)
    arrived(receiver)
    sim.advance(5001)
    assert len(arrived(receiver, 2)) == 2


def test_a_webhook_out_of_order_comes_after_a_later_one(sim: LiveSimulator, receiver: Receiver) -> None:
    faulty(sim, receiver, "reorder")
    later = hooked(sim, receiver)
    sim.advance(2)
    sim.advance(6)
    assert arrived(receiver, 2)[0].event["data"]["id"] == later


def test_a_forged_webhook_is_signed_by_nobody(sim: LiveSimulator, receiver: Receiver) -> None:
    faulty(sim, receiver, "forge")
    sim.advance(2)
    assert not signed_by_the_service(sim, arrived(receiver)[0])


def test_a_forged_static_webhook_does_not_verify(sim: LiveSimulator, receiver: Receiver) -> None:
    webhook = registered(sim, receiver.url)
    sim.script({"op": "webhook", "fault": {"kind": "forge"}}, {"life": {"run_seconds": 1}})
    sim.started()
    sim.advance(2)
    with pytest.raises(WebhookVerificationError):
        verified_with(webhook["new_signing_secret"], arrived(receiver)[0])


@pytest.fixture
def client(sim: LiveSimulator) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=sim.url, retry_options=types.HttpRetryOptions(attempts=1))
    with genai.Client(api_key="a-key", http_options=options) as client:
        yield client


def test_the_sdk_manages_webhooks(client: genai.Client, receiver: Receiver) -> None:
    webhooks: Any = client.webhooks
    made = webhooks.create(uri=receiver.url, subscribed_events=EVENTS, name="by the SDK")
    assert made.new_signing_secret
    assert webhooks.get(made.id).name == "by the SDK"
    assert [one.id for one in webhooks.list().webhooks] == [made.id]
    assert webhooks.update(made.id, state="disabled", update_mask="state").state == "disabled"
    rotate: Callable[..., Any] = webhooks.rotate_signing_secret
    assert rotate(made.id, revocation_behavior="revoke_previous_secrets_immediately").secret
    webhooks.ping(made.id)
    assert arrived(receiver)[0].event["type"] == "ping"
    webhooks.delete(made.id)
    assert not webhooks.list().webhooks
