"""What does the API say of itself? One OpenAPI document, with problems where FastAPI would show its own errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import Problem

DESCRIPTION = """
Longwatch turns a Gemini Interactions API call into a durable job: created upstream once, watched until it ends,
its result kept in your database, your systems told by signed webhooks.

Errors are [problem+json](https://www.rfc-editor.org/rfc/rfc9457): `type` is stable, `detail` ends in what to do.
"""
TAGS = [
    {"name": "jobs", "description": "Post, list, read and change jobs."},
    {"name": "results", "description": "What a job brought."},
    {"name": "actions", "description": "Cancel, retry, decide, delete."},
    {"name": "events", "description": "What happens to a job, as it happens."},
    {"name": "webhooks", "description": "What became of a job's webhooks."},
    {"name": "lanes", "description": "Stop and start creating."},
    {"name": "interactions", "description": "The Interactions API's own calls, run durably: for its official SDKs."},
    {"name": "files", "description": "The Files API, passed through."},
    {"name": "health", "description": "For probes and charts; no key."},
]


class DocumentedApi(FastAPI):
    """FastAPI with our own document."""

    def openapi(self) -> dict[str, Any]:
        """Return the document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _document(self)
        return self.openapi_schema


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, tags=TAGS)
    schemas = document["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    _without_fastapis_errors(document)
    return document


def _without_fastapis_errors(document: dict[str, Any]) -> None:
    """Take out the 422 that FastAPI adds to every operation with a path parameter; ours are declared."""
    for operation in (operation for methods in document["paths"].values() for operation in methods.values()):
        media = operation["responses"].get("422", {}).get("content", {})
        if "application/json" in media:
            del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
