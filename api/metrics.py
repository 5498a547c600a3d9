"""What does a chart show? Gauges read from the database, so that any process may answer, and what this one took in."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.context import Here
from api.errors_documented import Responses, errors
from api.push_metrics import inbox_counters, push_gauges
from longwatch.store import canaries, hazards, health, processes
from longwatch.store import unread as store_unread
from longwatch.store.hazards import Lesson
from longwatch.store.health import Counts, Overdue
from longwatch.store.processes import Present
from longwatch.store.unread import Unread

router = APIRouter(tags=["health"])
_TEXT: Responses = {200: {"description": "Prometheus text.", "content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.get("/metrics", response_class=Response, summary="Read metrics", responses={**_TEXT, **errors(503)})
async def metrics(here: Here) -> Response:
    """Return metrics in Prometheus' text format; numbers of jobs are counted up to 100,000."""
    async with here.engine.connect() as connection:
        counts, overdue = await health.counts(connection), await health.overdue(connection)
        unread = await store_unread.unread(connection, retention=here.settings.upstream_retention)
        present, unheard = await processes.present(connection), await canaries.unheard(connection)
        lessons, pushed = await hazards.lessons(connection), await push_gauges(connection)
    learned = _learned(lessons, in_use=here.settings.poll_policy == "learned")
    registry = CollectorRegistry()
    work = [*_counted(counts), _limit(here.settings.max_running), _late(overdue), *_unread(unread)]
    registry.register(
        _Read([*work, *_present(present), _unheard(unheard), *learned, *pushed, *inbox_counters(here.inbox)])
    )
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Read(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _counted(counts: Counts) -> Iterable[Metric]:
    jobs = GaugeMetricFamily("longwatch_jobs", f"Jobs by status, up to {health.COUNTED_UP_TO}", labels=["status"])
    for status, number in counts.jobs.items():
        jobs.add_metric([status.value], number)
    yield jobs
    yield GaugeMetricFamily("longwatch_running", "Interactions that count as running upstream", counts.running)
    yield GaugeMetricFamily("longwatch_unknown_creates", "Jobs held on a lost answer", counts.unknown_creates)
    pauses = GaugeMetricFamily("longwatch_pauses", "Pauses of creating that people have set", labels=["reach"])
    pauses.add_metric(["installation"], counts.installation_pauses)
    pauses.add_metric(["project"], counts.project_pauses)
    yield pauses
    yield GaugeMetricFamily("longwatch_lanes_stopped", "Lanes whose upstream key is rejected", counts.lanes_stopped)
    yield GaugeMetricFamily("longwatch_lanes_slowed", "Lanes that wait after a 429", counts.lanes_slowed)
    yield GaugeMetricFamily("longwatch_lanes_miscounted", "Lanes whose count was wrong", counts.lanes_miscounted)
    attention = GaugeMetricFamily("longwatch_attention", "Jobs at work that want a person, by mark", labels=["code"])
    for code, number in counts.attention.items():
        attention.add_metric([code.value], number)
    yield attention
    deliveries = GaugeMetricFamily("longwatch_deliveries", "Webhooks that have not arrived", labels=["status"])
    deliveries.add_metric(["pending"], counts.deliveries_pending)
    deliveries.add_metric(["exhausted"], counts.deliveries_exhausted)
    yield deliveries


def _limit(max_running: int) -> Metric:
    return GaugeMetricFamily("longwatch_running_limit", "LONGWATCH_MAX_RUNNING", max_running)


def _late(overdue: Iterable[Overdue]) -> Metric:
    labels = ["queue", "project", "upstream_key", "agent"]
    late = GaugeMetricFamily("longwatch_overdue_seconds", "Age of the oldest due, unclaimed row", labels=labels)
    for row in overdue:
        late.add_metric([row.queue, row.project or "", row.upstream_key or "", row.agent or ""], row.seconds)
    return late


def _unread(lanes: Iterable[Unread]) -> Iterable[Metric]:
    labels = ["project", "upstream_key", "agent"]
    runs = GaugeMetricFamily("longwatch_unread_runs", "Runs that may have ended upstream unread", labels=labels)
    left = GaugeMetricFamily(
        "longwatch_upstream_retention_seconds", "Least time until the upstream forgets one of them", labels=labels
    )
    for lane in lanes:
        runs.add_metric([lane.project, lane.upstream_key, lane.agent], lane.runs)
        left.add_metric([lane.project, lane.upstream_key, lane.agent], lane.left.total_seconds())
    yield from (runs, left)


def _present(present: Present) -> Iterable[Metric]:
    lives = GaugeMetricFamily("longwatch_processes", "Processes seen within the last minute", labels=["kind"])
    lives.add_metric(["worker"], present.workers)
    lives.add_metric(["scheduler"], present.schedulers)
    yield lives
    yield GaugeMetricFamily("longwatch_workers_deaf", "Workers that ended as deaf within the last hour", present.deaf)


def _unheard(queues: Mapping[str, timedelta]) -> Metric:
    unheard = GaugeMetricFamily("longwatch_canary_unheard_seconds", "How long no canary came through", labels=["queue"])
    for queue, since in queues.items():
        unheard.add_metric([queue.removeprefix("longwatch.")], since.total_seconds())
    return unheard


def _learned(lessons: Mapping[str, Lesson], *, in_use: bool) -> Iterable[Metric]:
    used = GaugeMetricFamily("longwatch_polls_learned", "1 if past runs plan an agent's reads", labels=["agent"])
    ends = GaugeMetricFamily("longwatch_polls_learned_ends", "Ends that were learned from", labels=["agent"])
    age = GaugeMetricFamily("longwatch_polls_learned_age_seconds", "Since it was last learned", labels=["agent"])
    for agent, lesson in lessons.items():
        used.add_metric([agent], in_use and lesson.usable)
        ends.add_metric([agent], lesson.ends)
        age.add_metric([agent], lesson.ago.total_seconds())
    yield from (used, ends, age)
