"""Procrastinate: the create is a job, the watching another that a retry strategy brings back until the run is over."""

import json

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from benchmarks.peers.work import DATABASE, RHYTHM, client, create, poll, tell

app = App(connector=PsycopgConnector(conninfo=DATABASE))
http = client()
TABLE = "CREATE TABLE report (number bigint PRIMARY KEY, run jsonb NOT NULL)"
_KEEP = "INSERT INTO report VALUES (%(number)s, %(run)s) ON CONFLICT DO NOTHING"


class StillRunningError(Exception):
    """The run is not over: not a failure, but how a retry is asked for."""


class Polling(BaseRetryStrategy):
    """Come back in the rhythm that all runners keep."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to poll again; None for a real failure."""
        if not isinstance(exception, StillRunningError):
            return None
        return RetryDecision(retry_in={"seconds": RHYTHM.delay(job.attempts + 1)})


@app.task
async def research(number: int) -> None:
    """Begin the run and have it watched."""
    run_id = await create(http, number)
    await watch.configure(schedule_in={"seconds": RHYTHM.delay(0)}).defer_async(number=number, run_id=run_id)


@app.task(retry=Polling())
async def watch(number: int, run_id: str) -> None:
    """Poll once; keep the result in a table of ours."""
    run = await poll(http, run_id)
    if run is None:
        raise StillRunningError
    await app.connector.execute_query_async(_KEEP, number=number, run=json.dumps(run))
    await tell(http, number, run)
