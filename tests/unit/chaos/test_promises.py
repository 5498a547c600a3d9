"""Does the checker see each promise broken? Ledgers in which all is well, with one thing spoilt."""

from dataclasses import replace
from typing import Any

import pytest

from chaos.evidence import Evidence, StoredEvent, StoredJob, StoredResult, StoredRun, Transition
from chaos.faults import Fault
from chaos.promises import PROMISES, false_refusals
from chaos.report import findings, report
from tests.support.ledgers import JOB, LOST, RUN, UNKNOWN, claimed, created, harm, hook, labels, well


def broken(evidence: Evidence) -> set[str]:
    """Return the names of the checks that found something."""
    return {check.__name__ for check in PROMISES.values() if list(check(evidence))}


def job(**changed: Any) -> tuple[StoredJob, ...]:
    completed, *held = well().jobs
    return (replace(completed, **changed), *held)


def held(**changed: Any) -> tuple[StoredJob, ...]:
    completed, first, *others = well().jobs
    return (completed, replace(first, **changed), *others)


def more_events(*extra: StoredEvent) -> tuple[StoredEvent, ...]:
    return (*well().events, *extra)


ANOTHER = StoredEvent(job_id=JOB, sequence=4, type="job.failed")
SECOND = created(upstream_id="up-9", labels=labels(JOB, "int_9"))

SPOILT = {
    "an accepted job that is not stored": (well(accepted=(*well().accepted, "job_9")), {"lost_jobs"}),
    "a job that nobody moves": (well(jobs=held(attention=None)), {"lost_jobs"}),
    "a job of one post too many": (well(accepted=well().accepted[1:]), {"doubled_posts"}),
    "a job that has not ended in time": (well(settled_after=None), {"late_settling"}),
    "a create sent twice": (
        well(created=(*well().created, created(upstream_id="up-9"))),
        {"second_creates", "forgotten_runs"},
    ),
    "a second interaction that nobody decided": (
        well(
            created=(*well().created, SECOND),
            runs=(*well().runs, StoredRun(id="int_9", job_id=JOB, upstream_id="up-9")),
        ),
        {"undecided_repeats"},
    ),
    "a second interaction that was never stored": (
        well(created=(*well().created, SECOND)),
        {"undecided_repeats", "forgotten_runs"},
    ),
    "a run without our labels": (well(created=(*well().created, created(labels={}))), {"unlabelled_creates"}),
    "a run that nobody knows": (
        well(events=tuple(one for one in well().events if one.interaction_id != LOST), jobs=held(last_sequence=1)),
        {"forgotten_runs"},
    ),
    "other bytes": (well(bodies={"up-1": frozenset({"c"})}), {"differing_results"}),
    "bytes of no run": (well(results=(StoredResult(job_id=JOB, upstream_id=None, sha256="a"),)), {"differing_results"}),
    "no bytes": (well(results=()), {"differing_results"}),
    "an ending that nobody was told of": (well(hooks=()), {"untold_endings"}),
    "an ending that was only refused": (well(hooks=(hook(status=503),)), {"untold_endings"}),
    "an ending told as another": (well(hooks=(hook(type="job.failed"),)), {"untold_endings"}),
    "two endings": (well(events=more_events(ANOTHER), jobs=job(last_sequence=4)), {"doubled_endings"}),
    "an ending without its event": (
        well(
            events=tuple(event for event in well().events if event.type != "job.completed"), jobs=job(last_sequence=2)
        ),
        {"doubled_endings"},
    ),
    "an end that was undone": (
        well(transitions=(Transition(job_id=JOB, old="completed", new="in_progress"),)),
        {"illegal_transitions"},
    ),
    "a gap": (well(events=(*well().events[:1], *well().events[2:])), {"sequence_gaps"}),
    "a number that came twice": (well(events=more_events(well().events[1])), {"sequence_gaps"}),
    "an event that is missing at the end": (well(jobs=job(last_sequence=4)), {"sequence_gaps"}),
    "a second webhook-id": (well(hooks=(hook(), hook(webhook_id="msg_2"))), {"changing_webhooks"}),
    "a second body": (well(hooks=(hook(), hook(body_sha256="c"))), {"changing_webhooks"}),
    "one webhook-id for two events": (well(hooks=(hook(), hook(sequence=2))), {"changing_webhooks"}),
    "a bad signature": (well(hooks=(hook(), hook(status=401))), {"changing_webhooks"}),
    "a worker that was mourned too long": (
        well(claims=(claimed(1, 0), claimed(2, 75)), harms=(harm(Fault.KILL_CHILD, 5),)),
        {"slow_takeovers"},
    ),
}


def test_ledgers_in_which_all_is_well_break_nothing() -> None:
    assert [finding for finding in findings(well()) if finding.violations] == []


@pytest.mark.parametrize(("evidence", "names"), SPOILT.values(), ids=SPOILT)
def test_what_is_spoilt_is_seen_and_nothing_else(evidence: Evidence, names: set[str]) -> None:
    assert broken(evidence) == names


def test_every_promise_is_shown_to_break() -> None:
    assert {name for _, names in SPOILT.values() for name in names} == {check.__name__ for check in PROMISES.values()}


def test_a_repeat_that_was_decided_is_no_violation() -> None:
    decision = StoredEvent(job_id=JOB, sequence=4, type="job.resolved", data={"as": "resubmit"})
    run = StoredRun(id="int_9", job_id=JOB, upstream_id="up-9")
    evidence = well(
        created=(*well().created, SECOND),
        runs=(*well().runs, run),
        events=more_events(decision),
        jobs=job(last_sequence=4),
    )
    assert broken(evidence) == set()


def test_a_run_that_was_continued_is_no_violation() -> None:
    run = StoredRun(id="int_9", job_id=JOB, upstream_id="up-9")
    continued = (*well().transitions, Transition(job_id=JOB, old="in_progress", new="queued"))
    evidence = well(created=(*well().created, SECOND), runs=(*well().runs, run), transitions=continued)
    assert broken(evidence) == set()


def test_an_unknown_create_that_was_shown_once_may_be_known_to_nobody_else() -> None:
    shown = StoredEvent(job_id=JOB, sequence=4, type="job.attention", interaction_id=RUN, data=UNKNOWN)
    evidence = well(
        runs=(StoredRun(id=RUN, job_id=JOB, upstream_id=None), *well().runs[1:]),
        events=more_events(shown),
        jobs=job(last_sequence=4),
        bodies={"up-1": frozenset({"a"})},
    )
    assert broken(evidence) == set()


def test_the_hole_of_the_503_is_counted_apart() -> None:
    twice = created(upstream_id="up-9", status=503)
    evidence = well(created=(twice, *well().created))
    assert broken(evidence) == set()
    assert false_refusals(evidence) == [twice, *false_refusals(well())]
    assert "(the documented hole): 4 creates" in report(evidence, findings(evidence), title="seed 7")


def test_a_refusal_that_took_nothing_is_neither_a_second_create_nor_a_hole() -> None:
    refused = created(upstream_id=None, accepted=False, status=503)
    evidence = well(created=(refused, *well().created))
    assert broken(evidence) == set()
    assert false_refusals(evidence) == false_refusals(well())


def test_the_report_names_the_seed_what_was_done_and_what_was_broken() -> None:
    evidence = well(accepted=(*well().accepted, "job_9"))
    told = report(evidence, findings(evidence), title="seed 7")
    assert told.startswith("seed 7")
    assert "  3 x FLUSHALL" in told
    assert "FAILED  Every accepted job is stored, and ended or shown as unknown." in told
    assert "job_9 was accepted and is not stored" in told
    assert LOST not in told
