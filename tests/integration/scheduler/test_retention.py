"""Does the scheduler purge what the settings say, all of it and beside its other work?"""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from longwatch.settings import Settings
from longwatch.store import purging
from longwatch.store.engine import Engine
from scheduler.retention import Retention, purges_of
from tests.integration.store.test_purging import (
    KEEP,
    LONGER,
    WITH_EVENTS,
    WITH_RESULTS,
    an_ended_job,
    kept_files,
    uploaded,
)
from tests.support.databases import TestServer
from tests.support.store import advance
from tests.support.telltale import filled

pytestmark = pytest.mark.anyio


def duty(engine: Engine, **kept: timedelta | str) -> Retention:
    return Retention(engine, purges_of(Settings.model_validate(kept)))


async def test_nothing_is_purged_unless_a_setting_says_so(engine: Engine) -> None:
    assert list(purges_of(Settings())) == ["keys", "files", "sightings"]
    await an_ended_job(engine)
    await advance(engine, timedelta(days=3650))
    retention = duty(engine)
    await retention.run_once()
    assert await filled(engine, WITH_RESULTS) == WITH_RESULTS


async def test_a_round_goes_on_until_nothing_is_left_and_says_how_much_it_was(engine: Engine) -> None:
    for _ in range(purging.JOBS + 2):
        await an_ended_job(engine)
    await advance(engine, LONGER)
    retention = duty(engine, retain_results=KEEP, retain_events=KEEP)
    with capture_logs() as logs:
        assert await retention.run_once() == 0
        assert await filled(engine, WITH_RESULTS | WITH_EVENTS) == set()
    told = [(line["what"], line["number"], line["total"]) for line in logs if line["event"] == "purged"]
    each = [purging.JOBS, 2]
    assert told == [
        (what, number, sum(each[: n + 1])) for what in ("results", "events") for n, number in enumerate(each)
    ]


async def test_expired_files_are_forgotten_whatever_the_settings_say(engine: Engine) -> None:
    await uploaded(engine, lives=timedelta(days=2), times=purging.ROWS + 1)
    await advance(engine, LONGER)
    await duty(engine).run_once()
    assert await kept_files(engine) == 0


async def test_a_database_that_is_away_only_delays_it(engine: Engine, database_url: str, pg_server: TestServer) -> None:
    await an_ended_job(engine)
    await advance(engine, LONGER)
    retention = duty(engine, retain_results=KEEP)
    with capture_logs() as logs, pg_server.away(database_url):
        await retention.run_once()
    assert [line["event"] for line in logs] == ["purging goes on later"]
    await retention.run_once()
    assert await filled(engine, WITH_RESULTS) == set()


@pytest.mark.parametrize("given", ["3599", "PT59M", "-1"])
def test_nothing_can_be_kept_for_less_than_an_hour(given: str) -> None:
    with pytest.raises(ValidationError, match="retain_events"):
        Settings.model_validate({"retain_events": given})


@pytest.mark.parametrize(("given", "kept"), [("", None), ("P30D", KEEP), ("2592000", KEEP)])
def test_how_long_is_a_number_of_seconds_or_iso_8601_and_empty_is_for_ever(given: str, kept: timedelta | None) -> None:
    assert Settings.model_validate({"retain_deliveries": given}).retain_deliveries == kept
