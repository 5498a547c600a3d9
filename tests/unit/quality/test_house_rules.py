"""Does the code keep the house rules that no linter knows?"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.quality import rules
from tests.unit.quality.rules import Rule

ROOT = Path(__file__).parents[3]
PRODUCT = ("longwatch", "api", "scheduler", "worker")
EVERYTHING = (*PRODUCT, "simulator", "chaos", "tests", "scripts", "benchmarks")
LONGEST_FILE = 400

CLOCKS = ("longwatch/domain/clock.py", "simulator/clock.py")
WAITING = ("tests/support/waiting.py",)
# Programs that stand for a user of the SDKs: a user does sleep between two looks.
SAMPLES = ("tests/contract/ours/python",)
MIGRATIONS = "longwatch/store/migrations"


def files(*folders: str, besides: tuple[str, ...] = ()) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not path.relative_to(ROOT).as_posix().startswith(besides or "\0"):
                yield path


def offences(rule: Rule, paths: Iterator[Path]) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{line}" for path in paths for line in rule(ast.parse(path.read_text()))]


@pytest.mark.parametrize("rule", [rules.wall_clock, rules.unseeded_random])
def test_only_the_clock_module_reads_the_wall_or_draws_unseeded(rule: Rule) -> None:
    assert offences(rule, files(*PRODUCT, "simulator", "chaos", besides=CLOCKS)) == []


def test_no_celery_task_is_a_coroutine() -> None:
    assert offences(rules.async_tasks, files(*PRODUCT)) == []


def test_no_test_sleeps() -> None:
    assert offences(rules.sleeps, files("tests", besides=(*WAITING, *SAMPLES))) == []


def test_nothing_is_mocked() -> None:
    assert offences(rules.mocks, files(*EVERYTHING)) == []


def test_every_function_fits_on_a_screen() -> None:
    assert offences(rules.long_functions, files(*EVERYTHING, besides=(MIGRATIONS,))) == []


def test_no_function_is_nested_deeper_than_three() -> None:
    assert offences(rules.deep_nesting, files(*PRODUCT, "simulator", "chaos", "scripts", besides=(MIGRATIONS,))) == []


def test_no_file_is_longer_than_a_few_screens() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): path.read_text().count("\n") for path in files(*EVERYTHING)}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_the_type_checker_is_never_silenced() -> None:
    silenced = "type" + ": ignore"
    assert [path for path in files(*EVERYTHING) if silenced in path.read_text()] == []


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (rules.wall_clock, "time.time()"),
        (rules.wall_clock, "datetime.now(UTC)"),
        (rules.wall_clock, "datetime.datetime.utcnow()"),
        (rules.wall_clock, "started = datetime.date.today()"),
        (rules.unseeded_random, "random.random()"),
        (rules.unseeded_random, "random.choice(hosts)"),
        (rules.unseeded_random, "random.Random()"),
        (rules.unseeded_random, "random.SystemRandom()"),
        (rules.sleeps, "time.sleep(1)"),
        (rules.sleeps, "async def f():\n    await asyncio.sleep(1)"),
        (rules.mocks, "import unittest.mock"),
        (rules.mocks, "from unittest import mock"),
        (rules.mocks, "from unittest.mock import patch"),
        (rules.async_tasks, "@app.task\nasync def poll(): ..."),
        (rules.async_tasks, "@app.task(name='poll')\nasync def poll(): ..."),
        (rules.async_tasks, "@shared_task\nasync def poll(): ..."),
        (rules.long_functions, "def f():\n" + "    x = 1\n" * 60),
        (rules.deep_nesting, "def f():\n if a:\n  for b in c:\n   with d:\n    if e: pass"),
        (
            rules.deep_nesting,
            "async def f():\n try:\n  while a:\n   async with b:\n    async for c in d: pass\n finally: pass",
        ),
    ],
)
def test_a_rule_sees_what_breaks_it(rule: Rule, source: str) -> None:
    assert len(list(rule(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (rules.wall_clock, "time.monotonic(); clock.now(); timedelta(days=1)"),
        (rules.unseeded_random, "random.Random(7).random(); rng.choice(hosts); secrets.token_bytes(32)"),
        (rules.sleeps, "stopped.wait(1)"),
        (rules.mocks, "import unittest\nfrom tests.support import receiver"),
        (rules.async_tasks, "@app.task\ndef poll(): ...\n\nasync def work(): ..."),
        (rules.async_tasks, "@router.get('/')\nasync def show(): ..."),
        (rules.long_functions, "def f():\n" + "    x = 1\n" * 59),
        (rules.deep_nesting, "def f():\n if a:\n  for b in c:\n   if d: pass\n   elif e: pass\n   elif f: pass"),
    ],
)
def test_a_rule_leaves_the_rest_alone(rule: Rule, source: str) -> None:
    assert list(rule(ast.parse(source))) == []
