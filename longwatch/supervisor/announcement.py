"""What `longwatch up` tells a person, and the line that scripts wait for."""

from longwatch.supervisor.installation import Installation


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
    flower = [f"Flower's login: longwatch / {installation.keys.flower_password}"] if installation.flower_port else []
    return [
        f"data in {directory}, logs in {directory / 'logs'}",
        *([] if installation.settings.api_key else [f"the API key is in {directory / 'api-key'}"]),
        *flower,
        *_simulator_notice(installation),
    ]


def _simulator_notice(installation: Installation) -> list[str]:
    if installation.simulator_port is None:
        return []
    speed = installation.settings.simulator_speed
    return [
        "the upstream is a SIMULATOR: nothing is researched and nothing is paid",
        f"it runs {speed:g} times faster than life",
        "set GEMINI_API_KEY to use the real one",
    ]


def _console(installation: Installation) -> str:
    return f"{installation.api_url}/console"
