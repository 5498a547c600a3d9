"""Whose job starts next? Whoever has least at work, within every limit; then by priority, then by age."""

import heapq
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

EACH = "*"
"""In a limit's names: each one that is not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many interactions may be at work: in all, and by the name of an upstream key, an agent, a project."""

    total: int
    keys: Mapping[str, int] = field(default_factory=dict)
    agents: Mapping[str, int] = field(default_factory=dict)
    projects: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLoad:
    """A lane, how many interactions of it are at work or about to be, and how many may (None: as the limits say)."""

    id: int
    project: str
    upstream_key: str
    agent: str
    running: int
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A job that may start as far as its lane is concerned."""

    id: uuid.UUID
    lane: int
    priority: int
    due_at: datetime

    @property
    def rank(self) -> tuple[int, datetime, uuid.UUID]:
        """Return what sorts candidates of one project: the first to start is the least."""
        return (-self.priority, self.due_at, self.id)


def chosen(limits: Limits, lanes: Iterable[LaneLoad], candidates: Iterable[Candidate]) -> list[uuid.UUID]:
    """Return the jobs that start now, in their order.

    Each place goes to the project with least at work, so that ten thousand jobs of one tenant do not keep another's
    one waiting; among equals to the higher priority, then to the older job. A candidate of a lane that is not among
    *lanes*, as it came after they were read, waits for the next round.
    """
    by_id = {lane.id: lane for lane in lanes}
    room = _Room(limits, by_id.values())
    known = [candidate for candidate in candidates if candidate.lane in by_id]
    return [candidate.id for candidate in _in_turn(room, by_id, _queues(by_id, known))]


def _queues(lanes: Mapping[int, LaneLoad], candidates: Iterable[Candidate]) -> dict[str, list[Candidate]]:
    queues: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda candidate: candidate.rank, reverse=True):
        queues.setdefault(lanes[candidate.lane].project, []).append(candidate)
    return queues


def _in_turn(
    room: "_Room", lanes: Mapping[int, LaneLoad], queues: Mapping[str, list[Candidate]]
) -> Iterator[Candidate]:
    turns = [(room.projects[project], queue[-1].rank, project) for project, queue in queues.items()]
    heapq.heapify(turns)
    while turns and room.total > 0:
        *_, project = heapq.heappop(turns)
        candidate = queues[project].pop()
        if room.take(lanes[candidate.lane]):
            yield candidate
        if queues[project]:
            heapq.heappush(turns, (room.projects[project], queues[project][-1].rank, project))


class _Room:
    """What is at work, by every name that a limit may have; places that were once full stay so for the round."""

    def __init__(self, limits: Limits, lanes: Iterable[LaneLoad]) -> None:
        self._limits = limits
        self.keys, self.agents, self.projects = Counter[str](), Counter[str](), Counter[str]()
        self.lanes = Counter[int]()
        self.total = limits.total
        for lane in lanes:
            self._add(lane, lane.running)

    def take(self, lane: LaneLoad) -> bool:
        """Take a place for a job of *lane*; False if one of the limits has none."""
        counts = ((self._limits.keys, self.keys, lane.upstream_key), (self._limits.agents, self.agents, lane.agent))
        mine = (self._limits.projects, self.projects, lane.project)
        if lane.most is not None and self.lanes[lane.id] >= lane.most:
            return False
        if self.total <= 0 or any(_full(*count) for count in (*counts, mine)):
            return False
        self._add(lane, 1)
        return True

    def _add(self, lane: LaneLoad, number: int) -> None:
        self.total -= number
        self.lanes[lane.id] += number
        self.keys[lane.upstream_key] += number
        self.agents[lane.agent] += number
        self.projects[lane.project] += number


def _full(limits: Mapping[str, int], counts: Mapping[str, int], name: str) -> bool:
    limit = limits.get(name, limits.get(EACH))
    return limit is not None and counts[name] >= limit


def most_of_each(lanes: int) -> int:
    """Return how many candidates of each lane are looked at in one round: fewer, the more *lanes* there are."""
    return max(10, 2000 // max(1, lanes))
