"""What a simulated model does with the tools it is given."""

import json
import subprocess
import sys
from typing import Any

import pytest

from simulator.tools.calling import Choice, choice_in, wanted_functions
from simulator.tools.computation import computed
from simulator.tools.pages import page_text, urls_in
from tests.support.live_simulator import LiveSimulator
from tests.support.mcp_server import mcp_server_running
from tests.support.served_pages import page_served

LEGACY = {"Api-Revision": "2026-05-07"}
TRAIN = {
    "type": "function",
    "name": "find_train",
    "description": "Finds a train connection between two stations.",
    "parameters": {
        "type": "object",
        "properties": {
            "origin": {"type": "string"},
            "destination": {"type": "string"},
            "date": {"type": "string", "format": "date"},
            "passengers": {"type": "integer", "minimum": 1, "maximum": 9},
            "comfort": {"type": "string", "enum": ["first", "second"]},
        },
        "required": ["origin", "destination", "date", "passengers"],
    },
}
HUMIDITY = {
    "type": "function",
    "name": "humidity",
    "description": "Measures the humidity of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
LIGHTS = {
    "type": "function",
    "name": "dim_lights",
    "description": "Dims the lights of a room.",
    "parameters": {"type": "object", "properties": {"brightness": {"type": "integer", "maximum": 100}}},
}


def asked(sim: LiveSimulator, given: Any, *tools: Any, **fields: Any) -> Any:
    body = {"model": "gemini-2.5-flash", "input": given, "tools": list(tools), **fields}
    return sim.post(body).raise_for_status().json()


def called(document: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(step["name"], step["arguments"]) for step in document["steps"] if step["type"] == "function_call"]


def kinds(document: Any) -> list[str]:
    return [step["type"] for step in document["steps"]]


def text(document: Any) -> str:
    return str(document["steps"][-1]["content"][-1]["text"])


def test_a_function_is_called_with_what_the_prompt_says(sim: LiveSimulator) -> None:
    answer = asked(sim, "Find a train from Graz to Linz on 2027-03-09 for 3 passengers in first comfort.", TRAIN)
    assert answer["status"] == "requires_action"
    assert called(answer) == [
        (
            "find_train",
            {"origin": "Graz", "destination": "Linz", "date": "2027-03-09", "passengers": 3, "comfort": "first"},
        )
    ]


def test_its_result_is_used_by_the_answer_that_follows(sim: LiveSimulator) -> None:
    first = asked(sim, "What is the humidity in Oslo?", HUMIDITY)
    call = first["steps"][-1]
    result = {"type": "function_result", "call_id": call["id"], "name": "humidity", "result": {"percent": 61.5}}
    last = asked(sim, [result], HUMIDITY, previous_interaction_id=first["id"])
    assert last["status"] == "completed"
    assert "61.5" in text(last)


def test_the_client_may_keep_the_state_of_a_call_in_either_revision(sim: LiveSimulator) -> None:
    said = {"type": "user_input", "content": [{"type": "text", "text": "What is the humidity in Oslo?"}]}
    first = asked(sim, [said], HUMIDITY)
    call = first["steps"][-1]
    result = {"type": "function_result", "call_id": call["id"], "result": [{"type": "text", "text": "61 percent"}]}
    assert "humidity answered: 61 percent" in text(asked(sim, [said, call, result], store=False))
    turns = [
        {"role": "user", "content": said["content"]},
        {"role": "model", "content": [call]},
        {"role": "user", "content": [result | {"result": {"items": ["61 percent"]}}]},
    ]
    legacy = sim.post({"model": "gemini-2.5-flash", "input": turns}, headers=LEGACY).json()
    assert "humidity answered: 61 percent" in legacy["outputs"][-1]["text"]


def test_a_result_without_its_call_is_refused(sim: LiveSimulator) -> None:
    result = {"type": "function_result", "call_id": "call_of_nobody", "result": "x"}
    assert sim.post({"model": "gemini-2.5-flash", "input": [result]}).status_code == 400


def test_a_failed_result_is_told_as_a_failure(sim: LiveSimulator) -> None:
    first = asked(sim, "What is the humidity in Oslo?", HUMIDITY)
    result = {"type": "function_result", "call_id": first["steps"][-1]["id"], "result": "no sensor", "is_error": True}
    assert "failed with: no sensor" in text(asked(sim, [result], previous_interaction_id=first["id"]))


def test_several_places_are_asked_for_in_parallel_with_ids_of_their_own(sim: LiveSimulator) -> None:
    answer = asked(sim, "How is the humidity in Oslo, Rome, and Lima?", HUMIDITY)
    assert [arguments["city"] for _, arguments in called(answer)] == ["Oslo", "Rome", "Lima"]
    assert len({step["id"] for step in answer["steps"]}) == 3


def test_several_functions_are_called_in_parallel(sim: LiveSimulator) -> None:
    answer = asked(sim, "Dim the lights to 20 and measure the humidity in Oslo.", LIGHTS, HUMIDITY)
    assert sorted(called(answer)) == [("dim_lights", {"brightness": 20}), ("humidity", {"city": "Oslo"})]


def test_a_prompt_that_needs_no_function_gets_an_answer(sim: LiveSimulator) -> None:
    assert kinds(asked(sim, "Good morning!", LIGHTS, HUMIDITY)) == ["model_output"]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("none", []),
        ("any", ["dim_lights"]),
        ({"allowed_tools": {"mode": "any", "tools": ["humidity"]}}, ["humidity"]),
        ({"allowed_tools": {"mode": "auto", "tools": ["dim_lights"]}}, ["dim_lights"]),
    ],
)
def test_the_tool_choice_decides(sim: LiveSimulator, choice: Any, names: list[str]) -> None:
    answer = asked(sim, "Dim the lights.", LIGHTS, HUMIDITY, generation_config={"tool_choice": choice})
    assert [name for name, _ in called(answer)] == names


def test_any_calls_something_even_when_nothing_fits() -> None:
    assert wanted_functions([HUMIDITY], "Good morning!", forced=True) == [HUMIDITY]
    assert wanted_functions([HUMIDITY], "Good morning!", forced=False) == []
    assert choice_in({}) == Choice()


def test_parameters_that_nothing_satisfies_are_refused(sim: LiveSimulator) -> None:
    function = HUMIDITY | {"parameters": {"type": "object", "properties": {"city": False}, "required": ["city"]}}
    body = {"model": "gemini-2.5-flash", "input": "humidity in Oslo", "tools": [function]}
    assert sim.post(body).status_code == 400


@pytest.mark.parametrize(
    ("question", "result"),
    [
        ("Calculate the 90th Fibonacci number.", "2880067194370816120"),
        ("What is 17 * 23 + 4?", "395"),
        ("What is (2 + 3) * 4 - 1?", "19"),
        ("How much is 15 percent of 240?", "36.0"),
        ("Compute the sum of the first 50 prime numbers", "5117"),
        ("List the first ten primes", "[2, 3, 5, 7, 11, 13, 17, 19, 23, 29]"),
        ("What is the 100th prime?", "541"),
        ("2 to the power of 64", "18446744073709551616"),
        ("factorial of 25", "15511210043330985984000000"),
        ("sum of all numbers from 1 to 1000", "500500"),
        ("greatest common divisor of 84 and 36", "12"),
        ("the first 8 fibonacci numbers", "[1, 1, 2, 3, 5, 8, 13, 21]"),
        ("square root of 169", "13.0"),
        ("1,250 divided by 4", "312.5"),
    ],
)
def test_code_is_really_computed_and_prints_what_the_result_says(question: str, result: str) -> None:
    found = computed(question)
    assert found is not None
    code, printed, sentence = found
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == printed == result
    assert result in sentence


@pytest.mark.parametrize("question", ["Tell me a joke", "on 2025-11-01", "9 ** 9 ** 9 ** 9", "1 / 0", "call (555)"])
def test_what_is_no_arithmetic_is_not_computed(question: str) -> None:
    assert computed(question) is None


def test_code_execution_leaves_call_and_result_before_the_answer(sim: LiveSimulator) -> None:
    answer = asked(sim, "Calculate 123 * 456", {"type": "code_execution"})
    assert kinds(answer) == ["code_execution_call", "code_execution_result", "model_output"]
    assert answer["steps"][1]["result"] == "56088\n"
    assert "56088" in text(answer)


def test_code_that_has_nothing_to_compute_counts_words(sim: LiveSimulator) -> None:
    answer = asked(sim, "run some code please", {"type": "code_execution"})
    assert answer["steps"][1]["result"] == "4\n"


def test_a_search_is_cited_in_the_bytes_of_the_answer(sim: LiveSimulator) -> None:
    answer = asked(sim, "Who discovered Übersee-Häfen?", {"type": "google_search"})
    assert kinds(answer) == ["google_search_call", "google_search_result", "model_output"]
    content = answer["steps"][-1]["content"][0]
    note = content["annotations"][0]
    assert note["type"] == "url_citation"
    cited = content["text"].encode()[note["start_index"] : note["end_index"]].decode()
    assert cited.startswith("A simulated search")
    assert answer["usage"]["grounding_tool_count"] == [{"type": "google_search", "count": 1}]


def test_a_page_on_this_machine_is_really_read(sim: LiveSimulator) -> None:
    html = (
        "<html><head><title>Harbour news</title></head><body><script>no</script><p>The crane is red.</p></body></html>"
    )
    with page_served(html.encode(), "text/html") as url:
        answer = asked(sim, f"Summarize {url}.", {"type": "url_context"})
    assert answer["steps"][1]["result"] == [{"url": url, "status": "success"}]
    assert "Harbour news" in text(answer)
    assert "The crane is red." in text(answer)


def test_a_page_that_is_not_there_is_an_error(sim: LiveSimulator) -> None:
    with page_served(b"", "text/html", status=404) as url:
        answer = asked(sim, f"Summarize {url}", {"type": "url_context"})
    assert answer["steps"][1]["result"] == [{"url": url, "status": "error"}]
    assert answer["steps"][1]["is_error"] is True


def test_a_page_elsewhere_is_not_read_and_the_answer_says_so(sim: LiveSimulator) -> None:
    answer = asked(sim, "Summarize https://docs.example.org/a-page.", {"type": "url_context"})
    assert answer["steps"][0]["arguments"] == {"urls": ["https://docs.example.org/a-page"]}
    assert "not really read" in text(answer)


def test_addresses_are_found_with_and_without_a_scheme() -> None:
    found = urls_in("See http://127.0.0.1:80/x, www.shop.com and (https://a.dev/b) but not e.g. this.")
    assert found == ["http://127.0.0.1:80/x", "https://www.shop.com", "https://a.dev/b"]
    assert page_text("plain  words") == ("", "plain words")


def test_stores_are_searched_and_cited(sim: LiveSimulator) -> None:
    tool = {"type": "file_search", "file_search_store_names": ["fileSearchStores/tides"]}
    answer = asked(sim, "What do our notes say about tides?", tool)
    assert kinds(answer) == ["file_search_call", "file_search_result", "model_output"]
    assert "result" not in answer["steps"][1]
    assert answer["steps"][-1]["content"][0]["annotations"][0]["type"] == "file_citation"
    legacy = sim.read(answer["id"], headers=LEGACY)["outputs"]
    assert legacy[0]["result"][0]["file_search_store"] == "fileSearchStores/tides"


@pytest.mark.parametrize(
    ("kind", "fields"), [("google_maps", {"latitude": 47.1, "longitude": 15.4}), ("retrieval", {})]
)
def test_other_tools_leave_call_and_result_too(sim: LiveSimulator, kind: str, fields: dict[str, Any]) -> None:
    answer = asked(sim, "Where is a good bakery?", {"type": kind, **fields})
    assert kinds(answer) == [f"{kind}_call", f"{kind}_result", "model_output"]


@pytest.mark.parametrize("as_events", [False, True])
def test_a_remote_mcp_server_on_this_machine_is_really_called(sim: LiveSimulator, *, as_events: bool) -> None:
    with mcp_server_running(as_events=as_events) as server:
        tool = {"type": "mcp_server", "name": "tides", "url": server.url, "headers": {"X-Token": "t"}}
        answer = asked(sim, "When is high tide in Bilbao harbour?", tool)
        assert server.called() == [{"name": "tide_table", "arguments": answer["steps"][0]["arguments"]}]
        assert all(headers["x-token"] == "t" for headers in server.headers)
        assert server.headers[-1]["mcp-session-id"] == "session-1"
        assert server.headers[-1]["mcp-protocol-version"] == "2025-06-18"
    assert kinds(answer) == ["mcp_server_tool_call", "mcp_server_tool_result", "model_output"]
    assert answer["steps"][0]["server_name"] == "tides"
    assert "High water at" in text(answer)


def test_only_allowed_tools_of_an_mcp_server_are_called(sim: LiveSimulator) -> None:
    with mcp_server_running() as server:
        tool = {
            "type": "mcp_server",
            "name": "t",
            "url": server.url,
            "allowed_tools": [{"mode": "auto", "tools": ["ferry"]}],
        }
        asked(sim, "When is high tide in Bilbao?", tool)
        assert [call["name"] for call in server.called()] == ["ferry"]


def test_an_mcp_server_that_is_not_there_is_refused_and_nothing_is_created(sim: LiveSimulator) -> None:
    tool = {"type": "mcp_server", "name": "gone", "url": "http://127.0.0.1:9/mcp"}
    answer = sim.post({"model": "gemini-2.5-flash", "input": "x", "tools": [tool]})
    assert answer.status_code == 400
    assert "gone" in answer.json()["error"]["message"]
    assert sim.ledger()["interactions"] == []


def test_an_mcp_server_elsewhere_is_not_called_and_the_answer_says_so(sim: LiveSimulator) -> None:
    tool = {"type": "mcp_server", "name": "far", "url": "https://mcp.example.org/mcp"}
    assert "was not called" in text(asked(sim, "When is high tide?", tool))


def test_a_research_agent_uses_its_extra_tools_before_its_report(sim: LiveSimulator) -> None:
    started = sim.started(tools=[{"type": "file_search", "file_search_store_names": ["fileSearchStores/a"]}])
    sim.advance(1300)
    assert "file_search_result" in kinds(sim.read(started))


def test_tools_and_structured_output_go_together(sim: LiveSimulator) -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
    form = {"type": "text", "mime_type": "application/json", "schema": schema}
    answer = asked(sim, "Calculate 6 * 7", {"type": "code_execution"}, response_format=form)
    assert kinds(answer)[:2] == ["code_execution_call", "code_execution_result"]
    assert set(json.loads(text(answer))) == {"answer"}


def test_calls_are_streamed_in_pieces_of_their_arguments(sim: LiveSimulator) -> None:
    body = {"model": "gemini-2.5-flash", "input": "What is the humidity in Oslo?", "tools": [HUMIDITY], "stream": True}
    events = [json.loads(line[6:]) for line in sim.post(body).text.splitlines() if line.startswith("data: {")]
    pieces = [event["delta"]["arguments"] for event in events if event["event_type"] == "step.delta"]
    assert json.loads("".join(pieces)) == {"city": "Oslo"}
    assert events[-2]["status"] == "requires_action"
