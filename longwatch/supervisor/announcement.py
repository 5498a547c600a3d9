"""What `longwatch up` tells a person, and the line that scripts wait for."""

from shlex import quote

from longwatch.supervisor.installation import Installation

_EXAMPLE = (
    '-H "Content-Type: application/json" -d \'{"request": {"agent": "deep-research-preview-04-2026", '
    '"background": true, "input": "Research the history of the Google TPUs."}}\''
)


def ready_line(installation: Installation) -> str:
    """Return `ready api=URL console=URL flower=URL upstream=URL|simulator`; no flower where it does not run."""
    flower = [f"flower={installation.flower_url}"] if installation.flower_url else []
    upstream = installation.upstream_url if installation.simulator_port is None else "simulator"
    return " ".join(
        ["ready", f"api={installation.api_url}", f"console={_console(installation)}", *flower, f"upstream={upstream}"]
    )


def urls_of(installation: Installation) -> dict[str, str]:
    """Return the URL of everything that other commands may want to reach, passwords included."""
    flower = {"flower": installation.flower_url} if installation.flower_url else {}
    return {
        "api": installation.api_url,
        "console": _console(installation),
        "upstream": installation.upstream_url,
        "database": installation.database_url,
        "broker": installation.broker_url,
        **flower,
    }


def notice_of(installation: Installation) -> list[str]:
    """Return what a person should know before the parts start."""
    directory = installation.data_dir
    return [f"data in {directory}, logs in {directory / 'logs'}", *_simulator_notice(installation)]


def hints_of(installation: Installation) -> list[str]:
    """Return how a person uses what is ready: a request to copy, and the logins."""
    flower = f"Flower: {installation.flower_url}  login longwatch / {installation.keys.flower_password}"
    return [
        *([] if installation.settings.api_key else [f"the API key is in {installation.data_dir / 'api-key'}"]),
        "to post a job:",
        f'  curl {installation.api_url}/v1/jobs -H "Authorization: Bearer {_key(installation)}" {_EXAMPLE}',
        *([flower] if installation.flower_port else []),
        "Ctrl-C stops everything; jobs that run go on when it is started again",
    ]


def _key(installation: Installation) -> str:
    if installation.settings.api_key:
        return "$LONGWATCH_API_KEY"
    return f"$(cat {quote(str(installation.data_dir / 'api-key'))})"


def _simulator_notice(installation: Installation) -> list[str]:
    if installation.simulator_port is None:
        return []
    speed = installation.settings.simulator_speed
    return [
        f"the upstream is a SIMULATOR, {speed:g} times faster than life: nothing is researched and nothing is paid",
        "set GEMINI_API_KEY to use the real one",
    ]


def _console(installation: Installation) -> str:
    return f"{installation.api_url}/console"
