"""Does the kit's receiver write down what came before it answers, and answer as it was told?"""

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from chaos.gathering import hooks_in
from chaos.receiver import MODE, Receiver
from longwatch.domain.clock import Clock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps({"type": "job.completed", "data": {"job_id": "job_1", "sequence": 3}})


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "received.jsonl"


@pytest.fixture
def sender(ledger: Path) -> Iterator[httpx.Client]:
    """A client of a receiver that runs."""
    with Receiver(0, ledger, SECRET) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{receiver.server_port}", trust_env=False) as client:
            yield client
        receiver.shutdown()
        thread.join()


def send(sender: httpx.Client, *, secret: str = SECRET) -> int:
    at = Clock().now()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, BODY),
    }
    return sender.post("/hook", content=BODY, headers=headers).status_code


def test_what_came_is_in_the_ledger_with_the_answer_that_it_got(sender: httpx.Client, ledger: Path) -> None:
    assert send(sender) == 204
    [hook] = hooks_in(ledger)
    assert (hook.webhook_id, hook.job_id, hook.sequence, hook.type) == ("msg_1", "job_1", 3, "job.completed")
    assert hook.body_sha256 == hashlib.sha256(BODY.encode()).hexdigest()
    assert hook.status == 204


def test_it_fails_for_as_long_as_it_is_told_to(sender: httpx.Client, ledger: Path) -> None:
    sender.put(MODE, content="503")
    assert send(sender) == 503
    sender.put(MODE, content="204")
    assert send(sender) == 204
    assert [hook.status for hook in hooks_in(ledger)] == [503, 204]


def test_a_signature_of_somebody_else_is_refused_and_noted(sender: httpx.Client, ledger: Path) -> None:
    assert send(sender, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") == 401
    assert [hook.status for hook in hooks_in(ledger)] == [401]


def test_before_anything_came_its_ledger_is_empty(tmp_path: Path) -> None:
    assert hooks_in(tmp_path / "none.jsonl") == ()
