"""Does `longwatch hooks` manage an endpoint whose webhooks the api then takes?"""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from longwatch.cli import main
from tests.support.live_api import live_api
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.pushes import TOKEN
from tests.support.waiting import eventually_async

Hooks = Callable[..., "Done"]
SECRET = re.compile(r"LONGWATCH_PUSH_SECRETS=(whsec_\S+)")
ADDRESS = f"https://jobs.example/hooks/gemini/{TOKEN}"


@pytest.fixture
def upstream() -> Iterator[LiveSimulator]:
    with simulator_running() as live:
        yield live


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Hooks:
    """Runs `longwatch hooks …` in this process, with these settings and no others."""

    def run(*arguments: str, url: str, **settings: str) -> Done:
        given = {
            "GEMINI_API_KEY": "a-key",
            "LONGWATCH_UPSTREAM_URL": url,
            "LONGWATCH_DATA_DIR": str(tmp_path),
            "LONGWATCH_PUBLIC_URL": "https://jobs.example",
            "LONGWATCH_PUSH_TOKEN": TOKEN,
        }
        for name in [name for name in os.environ if name.startswith(("LONGWATCH_", "GEMINI_"))]:
            monkeypatch.delenv(name)
        for name, value in (given | settings).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["longwatch", "hooks", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


def registered(upstream: LiveSimulator) -> list[dict[str, object]]:
    found: list[dict[str, object]] = upstream.http.get("/v1beta/webhooks").json()["webhooks"]
    return found


def test_an_endpoint_lives_from_register_over_rotate_to_remove(upstream: LiveSimulator, hooks: Hooks) -> None:
    made = hooks("register", url=upstream.url)
    assert made.returncode == 0, made.stderr
    [endpoint] = registered(upstream)
    assert endpoint["uri"] == ADDRESS
    assert "interaction.completed" in str(endpoint["subscribed_events"])
    assert "LONGWATCH_PUSH=static" in made.stdout
    first = SECRET.findall(made.stdout)

    listed = hooks("list", url=upstream.url)
    assert str(endpoint["id"]) in listed.stdout
    assert "(this installation)" in listed.stdout
    assert TOKEN not in listed.stdout
    assert first[0] not in listed.stdout

    rotated = hooks("rotate", str(endpoint["id"]), url=upstream.url)
    assert "within 24 hours" in rotated.stdout
    assert SECRET.findall(rotated.stdout) != first
    assert len(str(registered(upstream)[0]["signing_secrets"]).split("truncated_secret")) == 3

    assert hooks("remove", str(endpoint["id"]), url=upstream.url).returncode == 0
    assert registered(upstream) == []
    assert "nothing is registered" in hooks("list", url=upstream.url).stdout


def test_an_address_is_registered_once_and_the_second_try_says_what_to_do(
    upstream: LiveSimulator, hooks: Hooks
) -> None:
    assert hooks("register", url=upstream.url).returncode == 0
    again = hooks("register", url=upstream.url)
    assert again.returncode == 1
    assert f"longwatch hooks rotate {registered(upstream)[0]['id']}" in again.stderr
    assert len(registered(upstream)) == 1


def test_a_leaked_secret_ends_at_once(upstream: LiveSimulator, hooks: Hooks) -> None:
    hooks("register", url=upstream.url)
    endpoint = str(registered(upstream)[0]["id"])
    rotated = hooks("rotate", endpoint, "--at-once", url=upstream.url)
    assert SECRET.search(rotated.stdout)
    assert len(str(registered(upstream)[0]["signing_secrets"]).split("truncated_secret")) == 2


def test_the_token_that_up_has_kept_is_used(upstream: LiveSimulator, hooks: Hooks, tmp_path: Path) -> None:
    (tmp_path / "push-token").write_text("kept-in-the-data-directory\n")
    made = hooks("register", url=upstream.url, LONGWATCH_PUSH_TOKEN="")
    assert made.returncode == 0, made.stderr
    assert str(registered(upstream)[0]["uri"]).endswith("/hooks/gemini/kept-in-the-data-directory")


@pytest.mark.parametrize(
    ("arguments", "settings", "remedy"),
    [
        (["register"], {"LONGWATCH_PUBLIC_URL": ""}, "set LONGWATCH_PUBLIC_URL"),
        (["register"], {"LONGWATCH_PUSH_TOKEN": ""}, "openssl rand -hex 24"),
        (["list"], {"GEMINI_API_KEY": ""}, "set GEMINI_API_KEY"),
        (["list", "--upstream-key", "other"], {}, "no upstream key named 'other'"),
        (["list"], {"GEMINI_API_KEY": "bad-key"}, "Check the key"),
        (["remove", "wh_none"], {}, "longwatch hooks list"),
        (["list"], {"url": "http://127.0.0.1:1"}, "could not be reached"),
    ],
)
def test_what_goes_wrong_is_one_line_with_what_to_do(
    upstream: LiveSimulator, hooks: Hooks, arguments: list[str], settings: dict[str, str], remedy: str
) -> None:
    refused = hooks(*arguments, **{"url": upstream.url, **settings})
    assert refused.returncode == 1
    assert remedy in refused.stderr
    assert refused.stderr.startswith("longwatch: ")
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.anyio
async def test_what_the_registered_endpoint_is_told_is_taken_with_the_shown_secret_and_with_no_other(
    database_url: str, upstream: LiveSimulator, hooks: Hooks
) -> None:
    settings = {"push": "static", "push_token": TOKEN, "upstream_url": upstream.url}
    async with live_api(database_url, **settings) as closed:
        public = str(closed.client.base_url).rstrip("/")
        made = await asyncio.to_thread(hooks, "register", url=upstream.url, LONGWATCH_PUBLIC_URL=public)
        ping(upstream)
        await eventually_async(lambda: counted(closed.client, 'rejected_total{reason="signature"} 1.0'))
    secret = SECRET.findall(made.stdout)[0]
    async with live_api(database_url, push_secrets=secret, **settings) as api:
        upstream.http.patch(
            f"/v1beta/webhooks/{registered(upstream)[0]['id']}",
            json={"uri": f"{str(api.client.base_url).rstrip('/')}/hooks/gemini/{TOKEN}"},
        ).raise_for_status()
        ping(upstream)
        await eventually_async(lambda: counted(api.client, 'received_total{outcome="ignored"} 1.0'))


def ping(upstream: LiveSimulator) -> None:
    upstream.http.post(f"/v1beta/webhooks/{registered(upstream)[0]['id']}:ping", json={}).raise_for_status()


async def counted(client: httpx.AsyncClient, line: str) -> bool:
    return line in (await client.get("/metrics")).text
