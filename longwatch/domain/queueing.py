"""When may a waiting job expect to start? Pure: its place, its share of what may run, and how long runs take."""

from dataclasses import dataclass
from datetime import timedelta

from longwatch.domain.hazard import Hazard
from longwatch.domain.shares import EACH, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What a waiting job stands in: its position (1 is next in its project), and what its project has at work.

    `sharing`: how many projects have something at work, its own always among them.
    """

    position: int
    project: str
    upstream_key: str
    agent: str
    running: int
    sharing: int


def share(queue: Queue, limits: Limits) -> int:
    """Return how many runs the project may expect to have at work, 1 at least."""
    fair = max(queue.running, limits.total // queue.sharing)
    named = ((limits.keys, queue.upstream_key), (limits.agents, queue.agent), (limits.projects, queue.project))
    bounds = (limit.get(name, limit.get(EACH, fair)) for limit, name in named)
    return max(1, min(fair, *bounds))


def expected_wait(queue: Queue, limits: Limits, hazard: Hazard) -> timedelta:
    """Return how long until the job starts, if runs take as long as they did: places come free one by one."""
    return timedelta(seconds=queue.position * sum(hazard.working_time()) / share(queue, limits))
