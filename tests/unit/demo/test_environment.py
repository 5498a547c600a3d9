from hypothesis import given
from hypothesis import strategies as st

from longwatch.demo.environment import environment
from longwatch.settings import Settings

CALLERS = {
    "PATH": "/bin",
    "LC_ALL": "C",
    "GEMINI_API_KEY": "secret",
    "GOOGLE_API_KEY": "secret",
    "LONGWATCH_DATABASE_URL": "postgresql://theirs",
    "LONGWATCH_API_KEY": "theirs",
}


def test_a_demo_sees_no_key_and_no_setting_of_the_callers() -> None:
    seen = environment(CALLERS, real=False)
    assert seen["PATH"] == "/bin"
    assert seen["LC_ALL"] == "C"
    assert not {"GEMINI_API_KEY", "GOOGLE_API_KEY", "LONGWATCH_DATABASE_URL", "LONGWATCH_API_KEY"} & set(seen)


def test_a_real_demo_keeps_the_gemini_key_and_the_usual_pace() -> None:
    seen = environment(CALLERS, real=True)
    assert seen["GEMINI_API_KEY"] == "secret"
    assert "GOOGLE_API_KEY" not in seen
    assert not [name for name in seen if name.startswith("LONGWATCH_POLL")]


def test_its_webhooks_reach_loopback_and_nothing_else_that_is_private() -> None:
    for real in (True, False):
        assert environment({}, real=real)["LONGWATCH_WEBHOOK_ALLOW"] == "127.0.0.0/8"


def test_every_setting_that_it_makes_is_one_that_exists() -> None:
    made = {name for name in environment({}, real=False) if name.startswith("LONGWATCH_")}
    assert made <= {f"LONGWATCH_{name.upper()}" for name in Settings.model_fields}


@given(st.dictionaries(st.text(), st.text()))
def test_what_is_not_ours_is_passed_on_as_it_is(inherited: dict[str, str]) -> None:
    foreign = {name: value for name, value in inherited.items() if not name.startswith("LONGWATCH_")}
    seen = environment(foreign, real=True)
    assert {name: seen[name] for name in foreign if name != "GOOGLE_API_KEY"} == {
        name: value for name, value in foreign.items() if name != "GOOGLE_API_KEY"
    }
