"""What a stream brings, how it is taken up again, and how it breaks."""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import types

from tests.support.event_streams import Received, rebuilt_steps, received
from tests.support.live_simulator import PROMPT, RESEARCHER, LiveSimulator
from tests.support.waiting import eventually

MODEL = {"model": "gemini-2.5-flash", "input": "Explain tidal energy in simple terms.", "stream": True}
RESEARCH = {"agent": RESEARCHER, "background": True, "input": PROMPT, "stream": True}
LEGACY = {"Api-Revision": "2026-05-07"}


def created(sim: LiveSimulator, body: dict[str, Any], **options: Any) -> list[Received]:
    with sim.http.stream("POST", "/v1/interactions", json=body, **options) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return list(received(answer.iter_lines()))


def followed(sim: LiveSimulator, interaction_id: str, query: str = "", **options: Any) -> list[Received]:
    with sim.http.stream("GET", f"/v1/interactions/{interaction_id}?stream=true{query}", **options) as answer:
        assert answer.status_code == 200
        return list(received(answer.iter_lines()))


def id_in(events: list[Received]) -> str:
    return str(events[0].data["interaction"]["id"])


def names(events: list[Received]) -> list[str]:
    return [name for name, _ in itertools.groupby(event.name for event in events)]


def finished(sim: LiveSimulator, **fields: Any) -> str:
    started = sim.started(**fields)
    sim.advance(1300)
    return started


def test_a_model_answers_in_events_from_created_to_done(sim: LiveSimulator) -> None:
    events = created(sim, MODEL)
    assert names(events) == [
        "interaction.created",
        "interaction.status_update",
        "step.start",
        "step.delta",
        "step.stop",
        "interaction.completed",
        "done",
    ]
    assert events[-1].data == "[DONE]"
    assert all(event.data["event_type"] == event.name for event in events[:-1])


def test_the_last_event_has_the_usage_and_no_steps(sim: LiveSimulator) -> None:
    ended = created(sim, MODEL)[-2].data["interaction"]
    assert ended["status"] == "completed"
    assert ended["usage"]["total_tokens"] > 0
    assert "steps" not in ended


def test_a_legacy_stream_has_the_events_of_then(sim: LiveSimulator) -> None:
    events = created(sim, MODEL, headers=LEGACY)
    assert names(events) == [
        "interaction.start",
        "interaction.status_update",
        "content.start",
        "content.delta",
        "content.stop",
        "interaction.complete",
        "done",
    ]
    assert events[-2].data["interaction"]["usage"]["total_tokens"] > 0
    text = "".join(event.data["delta"]["text"] for event in events if event.name == "content.delta")
    assert text == sim.read(id_in(events), headers=LEGACY)["outputs"][-1]["text"]


def test_a_replayed_research_gives_the_steps_of_its_document(sim: LiveSimulator) -> None:
    started = finished(sim)
    assert rebuilt_steps(followed(sim, started)) == sim.read(started)["steps"][1:]


def test_a_replay_is_the_same_each_time(sim: LiveSimulator) -> None:
    started = finished(sim)
    assert followed(sim, started) == followed(sim, started)


@pytest.mark.parametrize("headers", [{}, LEGACY])
def test_every_resumption_goes_on_exactly_after_its_event(sim: LiveSimulator, headers: dict[str, str]) -> None:
    started = finished(sim)
    whole = followed(sim, started, headers=headers)
    for place in range(0, len(whole) - 1, 9):
        rest = followed(sim, started, f"&last_event_id={whole[place].id}", headers=headers)
        assert rest == whole[place + 1 :]


def test_event_ids_differ(sim: LiveSimulator) -> None:
    ids = [event.id for event in followed(sim, finished(sim))[:-1]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("event_id", ["v1_nonsense", "%ff", "v1_MF94Xzk5OTk5"])
def test_an_event_id_that_was_never_given_is_refused(sim: LiveSimulator, event_id: str) -> None:
    answer = sim.get(finished(sim), f"?stream=true&last_event_id={event_id}")
    assert answer.status_code == 400


def test_the_stream_of_an_unknown_interaction_is_404(sim: LiveSimulator) -> None:
    assert sim.get("v1_nothing", "?stream=true").status_code == 404


def test_a_running_research_streams_thoughts_as_they_come_and_then_its_report(sim: LiveSimulator) -> None:
    sim.life(run_seconds=600, thoughts=3)
    with sim.http.stream("POST", "/v1/interactions", json=RESEARCH) as answer:
        events = received(answer.iter_lines())
        seen = [next(events), next(events)]
        assert seen[1].data["status"] == "in_progress"
        sim.advance(160)
        seen += list(itertools.islice(events, 4))
        assert seen[-1].name == "step.stop"
        assert sim.read(id_in(seen))["status"] == "in_progress"
        sim.advance(500)
        seen += list(events)
    assert seen[-1].data == "[DONE]"
    assert rebuilt_steps(seen) == sim.read(id_in(seen))["steps"][1:]


def test_a_caller_that_leaves_ends_nothing_and_takes_it_up_again(sim: LiveSimulator) -> None:
    sim.life(run_seconds=600, thoughts=3)
    with sim.http.stream("POST", "/v1/interactions", json=RESEARCH) as answer:
        events = received(answer.iter_lines())
        first = [next(events), next(events)]
    sim.advance(601)
    rest = followed(sim, id_in(first), f"&last_event_id={first[-1].id}")
    assert rebuilt_steps(first + rest) == sim.read(id_in(first))["steps"][1:]


@pytest.mark.parametrize("ending", ["failed", "incomplete", "budget_exceeded", "requires_action", "cancelled"])
def test_every_ending_is_told_by_status_and_last_event(sim: LiveSimulator, ending: str) -> None:
    sim.life(run_seconds=10, ending=ending)
    started = finished(sim)
    status, last = followed(sim, started)[-3:-1]
    assert (status.name, status.data["status"]) == ("interaction.status_update", ending)
    assert (last.name, last.data["interaction"]["status"]) == ("interaction.completed", ending)


def test_a_queued_run_says_so_first(sim: LiveSimulator) -> None:
    sim.life(queued_seconds=60, run_seconds=10)
    statuses = [event.data["status"] for event in followed(sim, finished(sim)) if "status_update" in event.name]
    assert statuses == ["queued", "in_progress"]


def test_a_cancel_ends_the_stream(sim: LiveSimulator) -> None:
    sim.life(run_seconds=600)
    with sim.http.stream("POST", "/v1/interactions", json=RESEARCH) as answer:
        events = received(answer.iter_lines())
        seen = [next(events)]
        sim.cancel(id_in(seen))
        seen += list(events)
    assert seen[-2].data["interaction"]["status"] == "cancelled"


def test_a_streaming_create_is_in_the_ledger_as_answered(sim: LiveSimulator) -> None:
    events = created(sim, MODEL)
    entry = sim.entries("create")[0]
    assert (entry["accepted"], entry["answered"], entry["status"]) == (True, True, 200)
    assert entry["id"] == id_in(events)


def test_an_unstored_stream_has_no_id_to_come_back_to(sim: LiveSimulator) -> None:
    assert id_in(created(sim, MODEL | {"store": False})) == ""


def test_a_cut_ends_the_stream_without_a_last_event(sim: LiveSimulator) -> None:
    sim.script({"life": {"run_seconds": 2000}}, {"op": "stream", "fault": {"kind": "cut"}})
    with sim.http.stream("POST", "/v1/interactions", json=RESEARCH) as answer:
        lines = answer.iter_lines()
        first = next(received(lines))
        sim.advance(601)
        rest = list(received(lines))
    assert "interaction.completed" not in names(rest)
    assert sim.read(id_in([first]))["status"] == "in_progress"


def test_a_cut_may_leave_a_bare_json_array_behind(sim: LiveSimulator) -> None:
    started = finished(sim)
    sim.fault("stream", "cut", after_events=3, ending="array")
    raw = sim.get(started, "?stream=true").text
    assert raw.endswith('"status":"UNAVAILABLE"}}]')
    assert len(list(received(raw.splitlines()))) == 3


def test_a_stream_may_break_off_in_the_middle_of_an_event(sim: LiveSimulator) -> None:
    started = finished(sim)
    sim.fault("stream", "cut", after_events=3, ending="abort")
    with pytest.raises(httpx.RemoteProtocolError):
        followed(sim, started)


def test_a_stream_may_hang_after_two_events(sim: LiveSimulator) -> None:
    started = finished(sim)
    sim.fault("stream", "hang")
    seen: list[Received] = []
    url = f"/v1/interactions/{started}?stream=true"
    with sim.http.stream("GET", url, timeout=0.3) as answer, pytest.raises(httpx.ReadTimeout):
        seen.extend(received(answer.iter_lines()))
    assert sim.read(started)["status"] == "completed"


def test_a_stream_may_tell_an_error_and_end(sim: LiveSimulator) -> None:
    started = finished(sim)
    sim.fault("stream", "error_event", after_events=1)
    last = followed(sim, started)[-1]
    assert last.data == {"event_type": "error", "error": {"code": "deadline_exceeded", "message": ""}}


def test_a_stream_may_lack_its_done_or_its_usage(sim: LiveSimulator) -> None:
    started = finished(sim)
    sim.fault("stream", "no_done")
    assert followed(sim, started)[-1].name == "interaction.completed"
    sim.fault("stream", "no_usage")
    assert "usage" not in followed(sim, started)[-2].data["interaction"]


def test_a_stream_may_be_answered_with_json(sim: LiveSimulator) -> None:
    started = finished(sim)
    sim.fault("stream", "json_instead")
    assert sim.get(started, "?stream=true").json()["id"] == started


def test_other_faults_strike_a_stream_before_it_begins(sim: LiveSimulator) -> None:
    started = finished(sim)
    sim.fault("stream", "status", status=503, body="html")
    assert sim.get(started, "?stream=true").status_code == 503


@pytest.fixture
def client(sim: LiveSimulator) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=sim.url, retry_options=types.HttpRetryOptions(attempts=1))
    with genai.Client(api_key="a-key", http_options=options) as client:
        yield client


def test_the_sdk_types_every_event_of_a_research(sim: LiveSimulator, client: genai.Client) -> None:
    stream: Any = client.interactions.get(finished(sim), stream=True)
    kinds = {type(getattr(event, "data", event)).__name__ for event in stream}
    assert not {kind for kind in kinds if kind.startswith("Unknown")}


def test_the_sdk_streams_an_answer_and_resumes_it(client: genai.Client) -> None:
    request: Any = MODEL
    started: list[Any] = []
    for event in client.interactions.create(**request):
        started.append(event)
        if event.event_type == "step.delta":
            break
    interaction_id = started[0].interaction.id
    rest: Any = client.interactions.get(interaction_id, stream=True, last_event_id=started[-1].event_id)
    texts = [
        event.delta.text
        for event in [*started, *rest]
        if event.event_type == "step.delta" and event.delta.type == "text"
    ]
    whole = eventually(lambda: client.interactions.get(interaction_id).output_text)
    assert "".join(texts) == whole
