"""May a job go from here to there? The whole table, pair by pair."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.events import DEFAULT_WEBHOOKS, ENDINGS, WEBHOOKS, EventType
from longwatch.domain.states import ALIVE, TERMINAL, TRANSITIONS, Status, legal, sources

LEGAL = {
    ("queued", "submitting"),
    ("queued", "in_progress"),
    ("queued", "failed"),
    ("queued", "cancelled"),
    ("queued", "expired"),
    ("waiting", "queued"),
    ("waiting", "failed"),
    ("waiting", "cancelled"),
    ("waiting", "expired"),
    ("submitting", "queued"),
    ("submitting", "in_progress"),
    ("submitting", "failed"),
    ("submitting", "cancelled"),
    ("in_progress", "queued"),
    ("in_progress", "requires_action"),
    ("in_progress", "completed"),
    ("in_progress", "failed"),
    ("in_progress", "cancelled"),
    ("in_progress", "incomplete"),
    ("in_progress", "budget_exceeded"),
    ("in_progress", "expired"),
    ("requires_action", "queued"),
    ("requires_action", "failed"),
    ("requires_action", "cancelled"),
    ("requires_action", "expired"),
}
STATUSES = st.sampled_from(list(Status))


@pytest.mark.parametrize("target", Status)
@pytest.mark.parametrize("source", Status)
def test_every_pair_is_legal_or_illegal_as_the_lifecycle_says(source: Status, target: Status) -> None:
    assert legal(source, target) == ((source.value, target.value) in LEGAL)


@pytest.mark.parametrize("status", Status)
def test_every_state_is_in_the_table_and_says_who_moves_it(status: Status) -> None:
    assert status in TRANSITIONS


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_terminal_state_is_final_and_has_an_event(status: Status) -> None:
    assert not TRANSITIONS[status]
    assert ENDINGS[status].value == f"job.{status.value}"


@pytest.mark.parametrize("status", sorted(ALIVE))
def test_every_living_state_can_be_cancelled(status: Status) -> None:
    assert legal(status, Status.CANCELLED)


@given(STATUSES, STATUSES)
def test_sources_are_the_table_read_backwards(source: Status, target: Status) -> None:
    assert (source in sources(target)) == legal(source, target)


@given(st.lists(STATUSES, min_size=1, max_size=30))
def test_a_walk_along_legal_steps_ends_at_its_first_terminal_state(wishes: list[Status]) -> None:
    walk = [Status.QUEUED]
    for wish in wishes:
        if legal(walk[-1], wish):
            walk.append(wish)
    assert all(status in ALIVE for status in walk[:-1])


@pytest.mark.parametrize("status", sorted(ALIVE))
def test_an_end_can_be_reached_from_every_living_state(status: Status) -> None:
    reached, frontier = set[Status](), {status}
    while frontier:
        reached |= frontier
        frontier = {target for source in frontier for target in TRANSITIONS[source]} - reached
    assert reached & TERMINAL


def test_every_ending_is_told_by_default_and_a_start_only_to_those_who_ask() -> None:
    assert set(ENDINGS) == TERMINAL
    assert set(ENDINGS.values()) < DEFAULT_WEBHOOKS
    assert {EventType.STARTED} == WEBHOOKS - DEFAULT_WEBHOOKS


def test_our_own_bookkeeping_never_leaves_as_a_webhook() -> None:
    private = {EventType.CREATED, EventType.PROGRESS, EventType.CANCEL_REQUESTED, EventType.RESOLVED}
    assert set(EventType) - WEBHOOKS == private
