import json
import re
import subprocess

import pytest
import yaml

from tests.support.pages import ROOT, Snippet, anchors, links, page, pages, snippets

RELATIVE = [(path, link) for path in pages() for link in links(path) if "://" not in link]
PROOF = re.compile(r"\[`(test_\w+)`\]\(\.\./([^)]+)\)")


@pytest.mark.parametrize(("path", "link"), RELATIVE)
def test_a_link_leads_somewhere(path: str, link: str) -> None:
    target, _, anchor = link.partition("#")
    place = ((ROOT / path).parent / target).resolve() if target else ROOT / path
    assert place.exists(), link
    if anchor:
        assert anchor in anchors(str(place.relative_to(ROOT)))


@pytest.mark.parametrize("path", [path for path in pages() if path.startswith("docs/")])
def test_a_page_can_be_reached_from_the_readme(path: str) -> None:
    if path.startswith("docs/decisions/"):
        assert "docs/decisions/" in links("README.md")
        return
    linked = {(other, link.partition("#")[0]) for other, link in RELATIVE if other != path}
    assert any((ROOT / other).parent.joinpath(link).resolve() == ROOT / path for other, link in linked)


@pytest.mark.parametrize("snippet", snippets("sh"), ids=lambda snippet: snippet.page)
def test_a_shell_snippet_parses(snippet: Snippet) -> None:
    text = snippet.text.replace("…", "x")
    checked = subprocess.run(["/bin/sh", "-n"], input=text, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("snippet", snippets("python"), ids=lambda snippet: snippet.page)
def test_a_python_snippet_compiles(snippet: Snippet) -> None:
    compile(snippet.text, snippet.page, "exec")


@pytest.mark.parametrize("snippet", snippets("json"), ids=lambda snippet: snippet.page)
def test_a_json_snippet_is_json(snippet: Snippet) -> None:
    json.loads(snippet.text)


@pytest.mark.parametrize("snippet", snippets("yaml"), ids=lambda snippet: snippet.page)
def test_a_yaml_snippet_is_yaml(snippet: Snippet) -> None:
    yaml.safe_load(snippet.text)


def test_every_snippet_says_its_language() -> None:
    known = {"sh", "python", "json", "yaml", "sql", "js", "http", "text"}
    fences = [line for path in pages() for line in page(path).splitlines() if line.startswith("```")]
    assert {line.removeprefix("```") for line in fences} <= known | {""}
    assert sum(line == "```" for line in fences) * 2 == len(fences)


@pytest.mark.parametrize(("name", "path"), PROOF.findall(page("docs/guarantees.md")))
def test_a_guarantee_is_proved_by_a_test_that_exists(name: str, path: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)


def test_every_promise_names_its_proof() -> None:
    promises = page("docs/guarantees.md").partition("## Promises")[2].partition("## Limits")[0]
    told = [part for part in promises.split("\n\n") if part.strip()]
    assert [part for part in told if not PROOF.search(part)] == []


@pytest.mark.parametrize("path", [path for path in pages() if path.startswith("docs/decisions/")])
def test_a_decision_fits_on_a_page(path: str) -> None:
    text = page(path)
    assert len(text.splitlines()) <= 40
    for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
        assert part in text


def test_decisions_are_numbered_without_gap() -> None:
    found = [path for path in pages() if path.startswith("docs/decisions/")]
    assert [int(path.rpartition("/")[2][:4]) for path in found] == list(range(1, len(found) + 1))


def test_no_page_speaks_of_the_machine_that_it_was_written_on() -> None:
    assert [path for path in pages() if re.search(r"/work/|/root/|\.\./shared", page(path))] == []
