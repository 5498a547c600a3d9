"""Whether each official SDK's background interactions live as they should."""

from typing import Any

import pytest

from tests.contract.support import shapes
from tests.contract.support.clients import Client
from tests.contract.support.sdks import SdkError
from tests.support.waiting import eventually

AGENT = "deep-research-preview-04-2026"
RESEARCH: Any = {"agent": AGENT, "input": "Compare the tidal power stations of Sihwa and La Rance.", "background": True}


def ended(client: Client, interaction_id: str) -> Any:
    """Return the interaction once it has ended, with the simulated time moved on."""
    client.endpoint.simulator.advance(1300)

    def is_over() -> Any:
        found = client.get(interaction_id)
        return found if found["status"] != "in_progress" else None

    return eventually(is_over, within=30)


def test_a_research_is_returned_at_once_and_completed_later(client: Client) -> None:
    created = client.create(**RESEARCH)
    assert created["status"] == "in_progress"
    assert not shapes.text(created)
    done = ended(client, created["id"])
    assert done["status"] == "completed"
    assert done["agent"] == AGENT
    assert "Sihwa" in shapes.text(done)
    assert done["usage"]["total_tokens"] > 0


def test_reading_twice_gives_the_same(client: Client) -> None:
    done = ended(client, client.create(**RESEARCH)["id"])
    assert client.get(done["id"]) == done


def test_a_background_model_is_completed_too(client: Client) -> None:
    created = client.create(model="gemini-2.5-flash", input="Name an estuary.", background=True)
    assert created["status"] == "in_progress"
    assert "estuary" in shapes.text(ended(client, created["id"]))


def test_a_run_is_cancelled(client: Client) -> None:
    created = client.create(**RESEARCH)
    client.cancel(created["id"])
    assert ended(client, created["id"])["status"] == "cancelled"


def test_a_deleted_interaction_is_not_found(client: Client) -> None:
    done = ended(client, client.create(**RESEARCH)["id"])
    client.delete(done["id"])
    with pytest.raises(SdkError) as refused:
        client.get(done["id"])
    assert refused.value.status == 404


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"background": False}, 400),
        ({"store": False}, 400),
        ({"system_instruction": "Answer as a pirate."}, 400),
    ],
    ids=["foreground", "unstored", "instruction"],
)
def test_what_cannot_run_is_refused(client: Client, wrong: dict[str, object], status: int) -> None:
    with pytest.raises(SdkError) as refused:
        client.create(**RESEARCH | wrong)
    assert refused.value.status == status


def test_going_on_from_what_never_was_is_refused_or_fails(client: Client) -> None:
    try:
        created = client.create(**RESEARCH, previous_interaction_id="v1_bm9uZQ")
    except SdkError as refused:
        assert refused.status in {400, 404}  # noqa: PT017 - to be accepted and to fail is as good
    else:
        assert ended(client, created["id"])["status"] == "failed"


def test_an_agent_given_as_model_is_refused_with_the_remedy(client: Client) -> None:
    with pytest.raises(SdkError, match="agent") as refused:
        client.create(model=AGENT, input="Anything.", background=True)
    assert refused.value.status == 400


def test_an_unknown_id_is_not_found(client: Client) -> None:
    with pytest.raises(SdkError) as refused:
        client.get("v1_bm90aGluZw")
    assert refused.value.status == 404


def test_a_failed_run_says_why(client: Client) -> None:
    client.endpoint.simulator.life(run_seconds=240, ending="failed", error_code="safety")
    assert ended(client, client.create(**RESEARCH)["id"])["status"] == "failed"
