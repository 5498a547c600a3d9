"""Can an operator stop creating, see what is stopped and go on, with the database alone?"""

import re

import pytest

from longwatch.domain.shares import Limits
from longwatch.store import admission
from longwatch.store.engine import Engine
from tests.support.cli import longwatch_on
from tests.support.store import a_job, job_row

pytestmark = pytest.mark.anyio

AGENT = "deep-research-preview-04-2026"


async def test_what_is_paused_is_not_let_in_until_it_is_resumed(engine: Engine, database_url: str) -> None:
    job = await a_job(engine)
    paused = longwatch_on(database_url, "pause")
    assert (paused.returncode, paused.stdout) == (0, "creating is paused: the whole installation\n")
    async with engine.begin() as tx:
        assert await admission.admit(tx, Limits(total=10)) == 0
    assert longwatch_on(database_url, "resume").stdout == "creating goes on: the whole installation\n"
    async with engine.begin() as tx:
        assert await admission.admit(tx, Limits(total=10)) == 1
    assert (await job_row(engine, job))["admitted_at"] is not None


async def test_pauses_are_listed_and_each_is_resumed_by_its_own_options(engine: Engine, database_url: str) -> None:
    await a_job(engine)
    assert longwatch_on(database_url, "pauses").stdout == "nothing is paused\n"
    longwatch_on(database_url, "pause", "--project", "reports", "--agent", AGENT)
    longwatch_on(database_url, "pause", "--upstream-key", "second")
    again = longwatch_on(database_url, "pause", "--upstream-key", "second").stdout
    assert again == "creating is paused already: upstream key 'second', the whole installation\n"
    listed = longwatch_on(database_url, "pauses").stdout.splitlines()
    assert [re.split(" {2,}", line) for line in listed] == [
        ["PROJECT", "AGENT", "UPSTREAM KEY"],
        ["(all)", "(all)", "second"],
        ["reports", AGENT, "(all)"],
    ]
    wrong = longwatch_on(database_url, "resume")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("there is no such pause: the whole installation\nPROJECT")
    done = longwatch_on(database_url, "resume", "--upstream-key", "second").stdout.splitlines()
    assert done[:2] == ["creating goes on: upstream key 'second', the whole installation", "still paused:"]
    assert len(done) == 4


async def test_a_name_that_no_job_has_is_paused_and_asked_about(engine: Engine, database_url: str) -> None:
    await a_job(engine, agent=AGENT)
    assert longwatch_on(database_url, "pause", "--agent", AGENT).stderr == ""
    wrong = longwatch_on(database_url, "pause", "--agent", "deep-reserch")
    assert (wrong.returncode, "are the names right?" in wrong.stderr) == (0, True)
    assert "'deep-reserch'" in wrong.stdout
