import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from pydantic.fields import FieldInfo

from api import problems
from api.job_view import QueueReason
from longwatch.domain.attention import AttentionCode
from longwatch.domain.errors import LongwatchError
from longwatch.domain.events import DEFAULT_WEBHOOKS, WEBHOOKS, EventType
from longwatch.domain.states import TERMINAL
from longwatch.settings import Settings
from longwatch.store.claims import DueDelivery, Held
from longwatch.webhooks.attempt import HEAD_BYTES, TIME_LIMIT
from longwatch.webhooks.schedule import SCHEDULE
from tests.support.compose import made_secrets, read_compose
from tests.support.pages import ROOT, named, page, rows
from worker.delivering import body_of

SETTINGS, EVENTS, ERRORS = (f"docs/reference/{name}.md" for name in ("settings", "events", "errors"))
PROCESSES = ("migrate", "api", "scheduler", "worker", "follow", "flower")


def variable_of(setting: str) -> str:
    return setting.upper() if setting == "gemini_api_key" else f"LONGWATCH_{setting.upper()}"


def default_of(field: FieldInfo) -> str:
    match field.default:
        case timedelta() as duration:
            return f"`{duration.total_seconds():g}`"
        case bool() as switch:
            return f"`{str(switch).lower()}`"
        case int() | float() as number:
            return f"`{number}`".replace(".0`", "`")
        case str() as text:
            return f"`{text}`"
    return ""


def test_every_setting_is_documented_and_nothing_else() -> None:
    settings = {variable_of(name) for name in Settings.model_fields}
    assert sorted(named(SETTINGS, header="setting")) == sorted(settings | {"FLOWER_BASIC_AUTH"})


@pytest.mark.parametrize(("name", "field"), Settings.model_fields.items(), ids=Settings.model_fields)
def test_a_settings_default_is_the_real_one(name: str, field: FieldInfo) -> None:
    [row] = [row for row in rows(SETTINGS, header="setting") if row[0] == f"`{variable_of(name)}`"]
    assert row[1] == default_of(field)


def test_a_settings_readers_are_those_that_production_gives_it_to() -> None:
    every = {variable_of(name): "given" for name in Settings.model_fields}
    services = read_compose(made_secrets() | every)
    for setting, _, readers, *_ in rows(SETTINGS, header="setting"):
        given = [name for name in PROCESSES if setting.strip("`") in services[name].environment]
        assert readers == ", ".join(given), setting


def test_every_event_is_documented_in_its_order_and_nothing_else() -> None:
    assert named(EVENTS, header="type") == [event.value for event in EventType]


@pytest.mark.parametrize("event", EventType)
def test_a_page_says_which_events_are_webhooks(event: EventType) -> None:
    [row] = [row for row in rows(EVENTS, header="type") if row[0] == f"`{event}`"]
    expected = "yes" if event in DEFAULT_WEBHOOKS else "asked" if event in WEBHOOKS else "no"
    assert row[1] == expected


def error_types(kind: type[LongwatchError] = LongwatchError) -> Iterator[type[LongwatchError]]:
    for child in kind.__subclasses__():
        yield child
        yield from error_types(child)


def test_every_error_type_is_documented_with_its_status_and_nothing_else() -> None:
    assert problems.MalformedBodyError in set(error_types())
    real = {(f"`/problems/{error.type}`", str(error.status)) for error in error_types()}
    assert {(row[0], row[1]) for row in rows(ERRORS, header="type")} == real


def test_every_reason_to_wait_is_documented_and_nothing_else() -> None:
    assert sorted(named(ERRORS, header="reason")) == sorted(get_args(QueueReason))


@pytest.mark.parametrize("row", rows(ERRORS, header="code"), ids=lambda row: row[0])
def test_a_documented_error_code_of_ours_exists(row: list[str]) -> None:
    code, status = row[0].strip("`"), row[1].strip("`")
    written = "".join(path.read_text() for folder in ("longwatch", "worker") for path in (ROOT / folder).rglob("*.py"))
    assert f'"{code}"' in written
    assert status in TERMINAL


def test_every_mark_has_its_remedy_in_operations_and_nothing_else_has() -> None:
    assert named("docs/operations.md", header="code") == [code.value for code in AttentionCode]


def test_the_retry_schedule_is_the_real_one() -> None:
    assert f"{', '.join(map(words, SCHEDULE))}, each up to a tenth longer" in page("docs/how-to/webhooks.md")


def words(wait: timedelta) -> str:
    for unit, seconds in (("h", 3600), ("min", 60), ("s", 1)):
        if wait.total_seconds() >= seconds:
            return f"{wait.total_seconds() / seconds:g} {unit}"
    raise AssertionError(wait)


@pytest.mark.parametrize("fact", [f"within {TIME_LIMIT.total_seconds():g} seconds", f"first {HEAD_BYTES:,} characters"])
def test_the_webhook_page_gives_the_real_limits(fact: str) -> None:
    assert fact in page("docs/how-to/webhooks.md")


def test_the_fields_of_every_webhook_are_documented_and_nothing_else() -> None:
    documented = {name.strip("` ") for row in rows(EVENTS, header="field") for name in row[0].split(",")}
    delivery = DueDelivery(
        held=Held(table="delivery", id=UUID(int=1), claim=1, wake=0),
        job_id=UUID(int=2),
        sequence=3,
        url="https://example.com",
        attempts=0,
        type="job.attention",
        at=datetime(2026, 11, 22, tzinfo=UTC),
        interaction_id=None,
        data={},
        metadata={},
    )
    assert documented == set(json.loads(body_of(delivery))["data"])
