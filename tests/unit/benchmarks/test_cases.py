import pytest

from benchmarks.cases.catalogue import CASES


@pytest.mark.parametrize("name", CASES)
def test_every_case_names_its_columns_and_plots_one_of_them(name: str) -> None:
    case = CASES[name]
    assert case.plotted in case.columns
    assert case.rounds >= 3
    assert case.runners


def test_a_case_may_be_put_to_some_of_its_runners() -> None:
    case = CASES["mixed"]
    assert [runner.name for runner in case.among(["Longwatch", "arq"]).runners] == ["Longwatch", "arq"]
    assert case.among([]).runners == case.runners
