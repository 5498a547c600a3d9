from statistics import median

from benchmarks.fake.answers import interaction
from benchmarks.fake.life import Plan, World
from longwatch.upstream.derive import derive
from longwatch.upstream.reader import peek


def a_world(**plan: float) -> World:
    return World.planned(Plan(**plan))


def test_a_run_is_over_once_its_time_has_passed() -> None:
    world = a_world()
    world.create(7, now=100.0)
    ends_at = world.runs[7].ends_at
    assert not world.poll(7, now=ends_at - 0.01)
    assert world.poll(7, now=ends_at)


def test_durations_depend_on_the_seed_and_the_number_only() -> None:
    one, other = a_world(), a_world()
    one.create(1, now=0)
    one.create(2, now=0)
    other.create(2, now=50)
    assert one.runs[2].lasts == other.runs[2].lasts != one.runs[1].lasts


def test_half_of_the_runs_last_less_than_the_median() -> None:
    world = a_world(median=8.0)
    for number in range(2_000):
        world.create(number, now=0)
    assert 7.5 < median(run.lasts for run in world.runs.values()) < 8.5


def test_a_run_that_nobody_created_lasts_for_ever() -> None:
    assert not a_world().poll(1, now=1e9)


def test_lags_run_from_the_end_and_from_the_poll_that_saw_it() -> None:
    world = a_world()
    world.create(1, now=0)
    ends_at = world.runs[1].ends_at
    world.poll(1, now=ends_at + 1)
    world.hear(1, now=ends_at + 1.5)
    world.hear(1, now=ends_at + 9)
    tally = world.tally()
    assert [round(lag, 6) for lag in tally["lags"] + tally["added"]] == [1.5, 0.5]
    assert (tally["polls"], tally["webhooks"], tally["heard"]) == (1, 2, 1)


def test_so_many_answers_are_slow() -> None:
    world = a_world(slow_share=0.01, slow_seconds=20)
    delays = [world.delay() for _ in range(20_000)]
    assert set(delays) == {0.0, 20.0}
    assert 140 < delays.count(20.0) < 260


def test_its_answers_are_what_our_reader_takes_for_a_run_and_for_a_report() -> None:
    assert (peek(interaction(5, over=False)).id, peek(interaction(5, over=False)).status) == ("run-5", "in_progress")
    derived = derive(interaction(5, over=True), structured=False, schema=None, earlier=[])
    assert derived.usage is not None
    assert len(derived.text or "") == 8_000
