"""Which paths are the door's? Those of the upstream, under both of its version prefixes."""

import re
from collections.abc import Callable
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.door import files, interactions, webhooks

PREFIXES: Final = ("/v1", "/v1beta")
_OURS: Final = re.compile(r"/(?:v1beta|upload)(?:/|$)|/v1/(?:interactions|files|webhooks|models|operations)(?:[/:]|$)")


def include_door(app: FastAPI) -> None:
    """Add the door's routes to *app*."""
    for prefix in PREFIXES:
        named = _named(prefix)
        for routes in (interactions.router, files.router, webhooks.router):
            app.include_router(routes, prefix=prefix, generate_unique_id_function=named)
        for routes in (files.uploads, files.pieces):
            app.include_router(routes, prefix=f"/upload{prefix}", generate_unique_id_function=named)


def is_door(path: str) -> bool:
    """Return whether *path* is the door's, with or without a route at it."""
    return _OURS.match(path) is not None


def _named(prefix: str) -> Callable[[APIRoute], str]:
    return lambda route: f"{route.name}_{prefix.removeprefix('/')}"
