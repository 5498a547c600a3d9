"""What should each sample of the guide achieve? One check for each of its sections, in their order."""

import json
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.contract.support import shapes
from tests.contract.support.samples import Ran

Check = Callable[[Ran], None]


def mentions(*words: str) -> Check:
    """Return a check that the answer speaks of every one of *words*."""

    def check(ran: Ran) -> None:
        missing = [word for word in words if word.lower() not in ran.said.lower()]
        assert not missing, f"{missing} not in: {ran.said}"

    return check


def measures(*numbers: str) -> Check:
    """Return a check that the answer gives every one of *numbers*, true of the bytes sent."""

    def check(ran: Ran) -> None:
        missing = [number for number in numbers if not re.search(rf"(?<![\d.]){re.escape(number)}0*(?!\d)", ran.said)]
        assert not missing, f"{missing} not in: {ran.said}"

    return check


def remembers_the_name(ran: Ran) -> None:
    assert "Phil" in ran.said.splitlines()[-1] or "Phil" in ran.said.rpartition("Model:")[2]
    assert "Phil" not in json.dumps(ran.requests[-1])
    assert ran.requests[-1]["previous_interaction_id"] == ran.answers[0]["id"]


def shows_the_interaction(ran: Ran) -> None:
    assert ran.answers[0]["id"] in ran.said
    assert "completed" in ran.said


def goes_on_with_the_history(ran: Ran) -> None:
    turns = ran.requests[-1]["input"]
    assert [turn["role"] for turn in turns] == ["user", "model", "user"]
    told = turns[1]["content"]
    cities = re.findall(
        r"(\w+),? (?:and )?", (told if isinstance(told, str) else told[-1]["text"]).partition(" are ")[2]
    )
    mentions(cities[1])(replace(ran, said=ran.said.rpartition("Model:")[2] or ran.said))


def draws_a_picture(ran: Ran) -> None:
    written = (ran.folder / "generated_city.png").read_bytes()
    assert written.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", written[16:24])
    start = written.index(b"IDAT")
    (length,) = struct.unpack(">I", written[start - 4 : start])
    pixels = zlib.decompress(written[start + 4 : start + 4 + length])
    assert len(pixels) % height == 0
    assert len(pixels) >= width * height // 8


def reports_the_research(ran: Ran) -> None:
    mentions("TPU")(ran)
    assert ran.answers[0]["status"] == "in_progress"
    assert ran.answers[-1]["status"] == "completed"
    assert len(shapes.text(ran.answers[-1])) > 1000


def calls_the_weather_function(ran: Ran) -> None:
    (call,) = shapes.of_type(ran.answers[0], "function_call")
    assert ran.answers[0]["status"] == "requires_action"
    assert call["name"] == "get_weather"
    assert "Paris" in call["arguments"]["location"]
    assert "sunny" in ran.said.rpartition("Response:")[2]


def schedules_the_meeting(ran: Ran) -> None:
    (call,) = shapes.of_type(ran.answers[0], "function_call")
    arguments = call["arguments"]
    assert call["name"] == "schedule_meeting"
    assert {"Peter", "Amir"} <= set(arguments["attendees"])
    assert "2025-11-01" in arguments["date"]
    assert arguments["time"].startswith("10")
    assert "Next Gen API" in arguments["topic"]
    assert "scheduled" in ran.said.rpartition("Final response:")[2]


def searches(ran: Ran) -> None:
    mentions("Super Bowl")(ran)
    answer = ran.answers[-1]
    assert "Super Bowl" in " ".join(shapes.of_type(answer, "google_search_call")[0]["arguments"]["queries"])
    assert shapes.of_type(answer, "google_search_result")


def computes(ran: Ran) -> None:
    mentions("12586269025")(ran)
    answer = ran.answers[-1]
    assert shapes.of_type(answer, "code_execution_call")[0]["arguments"]["code"]
    assert "12586269025" in shapes.of_type(answer, "code_execution_result")[0]["result"]


def reads_the_page(ran: Ran) -> None:
    mentions("wikipedia")(ran)
    answer = ran.answers[-1]
    assert shapes.of_type(answer, "url_context_call")[0]["arguments"]["urls"] == ["https://www.wikipedia.org/"]
    assert shapes.of_type(answer, "url_context_result")


def asks_the_mcp_server(ran: Ran) -> None:
    mentions("New York")(ran)
    answer = ran.answers[-1]
    assert shapes.of_type(answer, "mcp_server_tool_call")[0]["server_name"] == "weather_service"
    assert shapes.of_type(answer, "mcp_server_tool_result")


def moderates(ran: Ran) -> None:
    decision = json.loads(_last_text(ran))["decision"]
    assert set(decision) in ({"reason", "spam_type"}, {"summary", "is_safe"})
    kinds = {"phishing", "scam", "unsolicited promotion", "other"}
    asked = json.dumps(ran.requests[-1]["response_format"])
    assert "spam_type" not in decision or "phishing" not in asked or decision["spam_type"] in kinds


def answers_with_tools_as_asked(ran: Ran) -> None:
    tool = ran.requests[-1]["tools"][0]["type"]
    assert shapes.of_type(ran.answers[-1], f"{tool}_call")
    answer = json.loads(_last_text(ran))
    asked = ran.requests[-1]["response_format"]["properties"]
    assert set(answer) <= set(asked)
    assert answer
    if "decision" in asked:
        moderates(ran)


def _last_text(ran: Ran) -> Any:
    return shapes.of_type(ran.answers[-1], "text")[-1]["text"]


def streams(ran: Ran) -> None:
    mentions("entanglement")(ran)
    kinds = [event["event_type"] for event in ran.events]
    assert sum(kind in {"content.delta", "step.delta"} for kind in kinds) > 1
    total = ran.events[-1]["interaction"]["usage"]["total_tokens"]
    assert total > 0
    assert "Total Tokens:" not in ran.said or f"Total Tokens: {total}" in ran.said


def keeps_to_the_limit(ran: Ran) -> None:
    mentions("knight")(ran)
    assert 0 < ran.answers[-1]["usage"]["total_output_tokens"] <= 500


CHECKS: dict[int, Check] = {
    1: mentions("programming"),
    2: mentions("programming"),
    3: remembers_the_name,
    4: shows_the_interaction,
    5: goes_on_with_the_history,
    6: measures("57", "31"),
    7: measures("2.5"),
    8: measures("7"),
    9: measures("3"),
    10: draws_a_picture,
    11: reports_the_research,
    12: calls_the_weather_function,
    13: schedules_the_meeting,
    14: searches,
    15: computes,
    16: reads_the_page,
    17: asks_the_mcp_server,
    18: moderates,
    19: answers_with_tools_as_asked,
    20: streams,
    21: keeps_to_the_limit,
    22: measures("83", "45"),
    23: measures("83", "45"),
}
