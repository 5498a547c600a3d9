"""When is a worker deaf, and when does it only look so?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from longwatch.domain.hearing import Silence, silent

MINUTE = timedelta(minutes=1)
DEAF = Silence(missed=3, unheard_for=MINUTE, nothing_for=MINUTE, busy=False)


def test_a_worker_that_missed_what_was_sent_and_heard_nothing_else_is_silent() -> None:
    assert silent(DEAF, patience=MINUTE)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(replace(DEAF, unheard_for=None, missed=0), id="nothing was sent to it, or all came through"),
        pytest.param(replace(DEAF, missed=2), id="too few were sent to tell"),
        pytest.param(replace(DEAF, unheard_for=MINUTE / 2), id="they were sent just now"),
        pytest.param(replace(DEAF, nothing_for=MINUTE / 2), id="other messages came"),
        pytest.param(replace(DEAF, busy=True), id="it is at work and takes no more for now"),
    ],
)
def test_anything_else_is_not_deafness(found: Silence) -> None:
    assert not silent(found, patience=MINUTE)
