"""What do searches find: on the web, on maps, in files and in stores?"""

import random
from typing import Any
from urllib.parse import quote

from simulator.tools.use import Note, Use, call_and_result
from simulator.words import key_phrases

Tool = dict[str, Any]


def google_search(tool: Tool, question: str, rng: random.Random, number: int) -> Use:
    """Search the invented web for the question's phrases."""
    queries = list(key_phrases(question)[:2])
    kinds = tool.get("search_types") or []
    links = "".join(f'<a href="https://www.example.org/search?q={quote(query)}">{query}</a>' for query in queries)
    call: dict[str, Any] = {"arguments": {"queries": queries}} | ({"search_type": kinds[0]} if kinds else {})
    result = {"result": [{"search_suggestions": f'<div class="suggestions">{links}</div>'}]}
    share = rng.randint(11, 89)
    source = {"type": "url_citation", "url": f"https://www.example.org/{quote(queries[0].lower().replace(' ', '-'))}"}
    note = Note(
        f"A simulated search for {queries[0]} puts it at {share} percent of what was found.",
        source | {"title": f"{queries[0]}: search result"},
    )
    return Use(call_and_result("google_search", number, call=call, result=result), (note,))


def google_maps(tool: Tool, question: str, rng: random.Random, number: int) -> Use:
    """Find an invented place near the tool's position."""
    query = key_phrases(question)[0]
    name, place_id = f"{query} Place", f"place_{rng.randrange(10**8):08}"
    url = f"https://maps.example.org/{place_id}"
    review = {"title": f"About {name}", "url": f"{url}/reviews/1", "review_id": f"{place_id}_1"}
    place = {"place_id": place_id, "name": name, "url": url, "review_snippets": [review]}
    widget = {"widget_context_token": f"widget_{place_id}"} if tool.get("enable_widget") else {}
    where = f" near {tool['latitude']}, {tool['longitude']}" if "latitude" in tool and "longitude" in tool else ""
    steps = call_and_result(
        "google_maps",
        number,
        call={"arguments": {"queries": [query]}},
        result={"result": [{"places": [place], **widget}]},
    )
    note = Note(
        f"The simulated map shows {name}{where}.",
        {"type": "place_citation", "place_id": place_id, "name": name, "url": url},
    )
    return Use(steps, (note,))


def file_search(tool: Tool, question: str, rng: random.Random, number: int) -> Use:
    """Find an invented passage in each store that the tool names."""
    query = key_phrases(question)[0]
    stores = tool.get("file_search_store_names") or ["fileSearchStores/unnamed"]
    found = [_passage(store, query, rng) for store in stores[: tool.get("top_k") or 3]]
    notes = [Note(f"{one['title']} says: {one['text']}", _file_citation(one)) for one in found]
    return Use(call_and_result("file_search", number, call={}, result={"result": found}), tuple(notes))


def _passage(store: str, query: str, rng: random.Random) -> dict[str, str]:
    text = f"a simulated passage on {query}, figure {rng.randint(1, 99)}."
    return {"file_search_store": store, "title": f"{query.replace(' ', '-').lower()}.pdf", "text": text}


def _file_citation(found: dict[str, str]) -> dict[str, Any]:
    document = f"{found['file_search_store']}/documents/{found['title']}"
    return {"type": "file_citation", "document_uri": document, "file_name": found["title"], "source": found["text"]}


def retrieval(tool: Tool, question: str, _: random.Random, number: int) -> Use:
    """Ask an invented store."""
    query = key_phrases(question)[0]
    kinds = tool.get("retrieval_types") or []
    call: dict[str, Any] = {"arguments": {"queries": [query]}} | ({"retrieval_type": kinds[0]} if kinds else {})
    note = Note(f"The simulated store knows {query}.")
    return Use(call_and_result("retrieval", number, call=call, result={"is_error": False}), (note,))
