"""`longwatch hooks`: the endpoint that is registered upstream for static push."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from longwatch.cli.place import DataDir, settings_at
from longwatch.domain.clock import Clock
from longwatch.embedded.keys import with_push_token
from longwatch.settings import PUSH_PATH, Settings
from longwatch.upstream.hooks import Hooks, HooksError

T = TypeVar("T")
KeyName = Annotated[str, typer.Option("--upstream-key", help="The name of the upstream key whose project it is.")]

hooks = typer.Typer(no_args_is_help=True, help="Manage the endpoint that the upstream tells of ends (static push).")


@hooks.command()
def register(
    *,
    upstream_key: KeyName = "default",
    name: Annotated[str, typer.Option(help="What the upstream calls it.")] = "longwatch",
    data_dir: DataDir = None,
) -> None:
    """Register this installation's address upstream, and show the secret: the upstream tells it only now."""
    settings = settings_at(data_dir)
    uri = _address(settings)

    async def act(upstream: Hooks) -> None:
        if known := [endpoint.id for endpoint in await upstream.all() if endpoint.uri == uri]:
            raise HooksError(
                f"This address is registered already, as {known[0]}. `longwatch hooks rotate {known[0]}` gives it a "
                "new secret, if the one that it was given is lost."
            )
        made = await upstream.register(uri, name=name)
        typer.echo(f"registered as {made.endpoint.id}. Set for the api, then restart it:")
        _show(made.secret, also="LONGWATCH_PUSH=static, for api and workers")

    _run(act, settings, upstream_key)


@hooks.command("list")
def list_all(*, upstream_key: KeyName = "default", data_dir: DataDir = None) -> None:
    """List the endpoints that are registered upstream; ours is marked."""
    settings = settings_at(data_dir)

    async def act(upstream: Hooks) -> None:
        endpoints = await upstream.all()
        for endpoint in endpoints:
            ours = " (this installation)" if endpoint.uri == settings.push_url else ""
            typer.echo(f"{endpoint.id}  {endpoint.state}  {_without_token(endpoint.uri)}{ours}")
            typer.echo(f"    events: {', '.join(endpoint.events)}; secrets: {', '.join(endpoint.secrets)}")
        if not endpoints:
            typer.echo("nothing is registered; `longwatch hooks register` does it")

    _run(act, settings, upstream_key)


@hooks.command()
def remove(endpoint_id: str, *, upstream_key: KeyName = "default", data_dir: DataDir = None) -> None:
    """Remove an endpoint upstream, by the id that `list` shows; runs are read as without push from then on."""

    async def act(upstream: Hooks) -> None:
        await upstream.remove(endpoint_id)
        typer.echo(f"removed {endpoint_id}")

    _run(act, settings_at(data_dir), upstream_key)


@hooks.command()
def rotate(
    endpoint_id: str,
    *,
    upstream_key: KeyName = "default",
    at_once: Annotated[bool, typer.Option("--at-once", help="End the old secrets now, not in 24 hours.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Give an endpoint a new secret and show it; the old one signs beside it for 24 hours."""

    async def act(upstream: Hooks) -> None:
        secret = await upstream.rotate(endpoint_id, at_once=at_once)
        typer.echo(
            "Set for the api, then restart it:" if at_once else "Add for the api within 24 hours, then restart it:"
        )
        _show(secret, also=None if at_once else "separated by a space from the old one, which goes out after a day")

    _run(act, settings_at(data_dir), upstream_key)


def _show(secret: str, *, also: str | None) -> None:
    typer.echo(f"  LONGWATCH_PUSH_SECRETS={secret}")
    if also:
        typer.echo(f"  {also}")


def _address(settings: Settings) -> str:
    """Return where the upstream is to send its webhooks; the token of a running `up` stands in its data directory."""
    address = with_push_token(settings).push_url
    if address is None:
        raise HooksError(
            "An endpoint needs an address: set LONGWATCH_PUBLIC_URL, where the upstream reaches the API, and "
            "LONGWATCH_PUSH_TOKEN as api and workers have it (`openssl rand -hex 24` makes one)."
        )
    return address


def _without_token(uri: str) -> str:
    head, path, token = uri.partition(f"{PUSH_PATH}/")
    return f"{head}{path}{token[:4]}…" if path else uri


def _run(act: Callable[[Hooks], Awaitable[T]], settings: Settings, key_name: str) -> T:
    key = settings.key(key_name)
    if key is None:
        raise HooksError(
            f"There is no upstream key named {key_name!r}: set GEMINI_API_KEY, or add it to LONGWATCH_UPSTREAM_KEYS."
        )

    async def run() -> T:
        made = Hooks(settings.upstream_url, prefix=settings.upstream_version, key=key, now=Clock().now())
        async with made as upstream:
            return await act(upstream)

    return asyncio.run(run())
