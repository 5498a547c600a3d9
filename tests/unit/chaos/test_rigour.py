"""Does the checker refuse a run that was too easy, or whose unknown creates are nobody's doing?"""

from dataclasses import replace

import pytest

from chaos.__main__ import built, until_hard
from chaos.evidence import Evidence, StoredJob
from chaos.faults import KILLS_OF_CREATORS, Fault
from chaos.rigour import HARDNESS, RIGOUR, open_at_kills
from chaos.run import HouseNotReadyError
from tests.support.ledgers import HELD, LOST, claimed, created, harm, harms, hook, labels, well


def objections(evidence: Evidence) -> dict[str, list[str]]:
    """Return what each check objected to."""
    found = {check.__name__: list(check(evidence)) for check in RIGOUR.values()}
    return {name: words for name, words in found.items() if words}


def without(fault: Fault) -> tuple[Evidence, str]:
    """Return a run in which *fault* was done twice only, and the objection to it."""
    done = [harm for harm in harms() if harm.fault is not fault]
    return well(harms=(*done, harm(fault, opened=LOST), harm(fault, opened=LOST))), f"{fault}: 2 times"


def test_an_exacting_nemesis_meets_no_objection() -> None:
    assert objections(well()) == {}


def test_a_kind_of_harm_that_was_done_twice_only_is_named() -> None:
    for fault in Fault:
        evidence, objection = without(fault)
        assert objections(evidence) == {"rare_faults": [objection]}


def test_a_fault_that_met_hardly_a_call_is_named() -> None:
    spared = well(created=tuple(create for create in well().created if create.status != 429))
    assert objections(spared) == {"idle_faults": ["429 storm: 0 calls"]}
    assert objections(well(hooks=(hook(status=503), hook()))) == {"idle_faults": ["receivers fail for long: 1 calls"]}


def test_kills_at_which_hardly_a_create_was_open_prove_nothing() -> None:
    calm = tuple(replace(done, open_creates=frozenset()) for done in harms())
    stopped = harm(Fault.STOP_CHILD, opened=LOST)
    assert open_at_kills(well(harms=(*calm, stopped))) == 0
    assert "easy_kills" in objections(well(harms=(*calm, stopped)))


def test_a_run_in_which_nobody_had_to_take_over_proves_nothing() -> None:
    assert objections(well(claims=(claimed(1, -1), claimed(1, 8, held=False)))) == {"no_takeovers": ["none was"]}


def test_a_create_counts_once_however_many_kills_it_was_open_at() -> None:
    assert open_at_kills(well()) == 0.2


def test_unknown_creates_that_nothing_explains_are_objected_to() -> None:
    harmless = [done for done in harms() if done.fault not in KILLS_OF_CREATORS]
    other = [harm(fault, opened="int_9") for fault in KILLS_OF_CREATORS for _ in range(3)]
    objection = objections(well(harms=(*harmless, *other)))["unexplained"]
    assert HELD in objection[0]


def test_an_answer_that_the_upstream_dropped_or_spoilt_explains_an_unknown_create() -> None:
    other = tuple(replace(done, open_creates=frozenset({"int_9"} & done.open_creates)) for done in harms())
    for status in (None, 500):
        spoilt = created(upstream_id="up-2", labels=labels(HELD, LOST), status=status)
        plain, _, *others = well().created
        assert "unexplained" not in objections(well(created=(plain, spoilt, *others), harms=other))


def test_one_in_twenty_may_stay_unexplained() -> None:
    other = tuple(replace(done, open_creates=frozenset({"int_9"} & done.open_creates)) for done in harms())
    many = tuple(StoredJob(id=f"job_{number}", status="completed") for number in range(20))
    assert "unexplained" in objections(well(jobs=many[:19], harms=other))
    assert "unexplained" not in objections(well(jobs=many, harms=other))


EASY, BROKEN = next(iter(HARDNESS)), "Every accepted job is stored, and ended or shown as unknown."


@pytest.mark.parametrize(
    ("runs", "verdict"),
    [
        ([set()], set()),
        ([{EASY}, set()], set()),
        ([{EASY}, {EASY}, {EASY}], {EASY}),
        ([{EASY}, {BROKEN}], {BROKEN}),
        ([{BROKEN, EASY}], {BROKEN, EASY}),
    ],
)
def test_a_run_that_was_only_too_easy_is_repeated_and_a_broken_promise_never(
    runs: list[set[str]], verdict: set[str]
) -> None:
    left = iter(runs)
    assert until_hard(lambda: next(left)) == verdict
    assert not list(left)


def test_a_house_that_does_not_start_is_built_once_more_and_no_more() -> None:
    evidence, ports_taken = well(), [1, 0]

    def run_once() -> Evidence:
        if ports_taken.pop(0):
            raise HouseNotReadyError("a port was taken")
        return evidence

    assert built(run_once) is evidence
    ports_taken += [1, 1, 0]
    with pytest.raises(HouseNotReadyError):
        built(run_once)
    assert ports_taken == [0]
