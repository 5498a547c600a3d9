"""Does with google-genai what each line of JSON on stdin asks, and answers with one line of JSON.

Run by the Python of one SDK's environment, so it imports nothing of ours.
"""

import importlib.util
import itertools
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from google import genai
from google.genai import types
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

models: Any = importlib.import_module(
    "google.genai._gaos.types.interactions"
    if importlib.util.find_spec("google.genai._gaos")
    else "google.genai._interactions.types"
)
# `object` is on the wire of both revisions, and in the models of the older SDK only.
ALLOWED = {"Interaction": {"object"}, "InteractionSSEEventInteraction": {"object"}}
JUDGED: dict[str, Any] = {
    "interaction": TypeAdapter(models.Interaction),
    "event": TypeAdapter(models.InteractionSSEEvent),
    "file": TypeAdapter(types.File),
}


class Session:
    """One client, and what may be asked of it."""

    client: genai.Client

    def open(self, *, base_url: str, key: str, attempts: int | None = None, headers: dict[str, str]) -> None:
        retries = types.HttpRetryOptions(attempts=attempts) if attempts is not None else None
        options = types.HttpOptions(base_url=base_url, retry_options=retries, headers=headers)
        self.client = genai.Client(api_key=key, http_options=options)

    def create(self, **arguments: Any) -> Any:
        return shown(self.client.interactions.create(**arguments))

    def stream(self, take: int | None = None, **arguments: Any) -> list[Any]:
        return taken(self.client.interactions.create(stream=True, **arguments), take)

    def get(self, **arguments: Any) -> Any:
        return shown(self.client.interactions.get(**arguments))

    def follow(self, take: int | None = None, **arguments: Any) -> list[Any]:
        return taken(self.client.interactions.get(stream=True, **arguments), take)

    def cancel(self, **arguments: Any) -> Any:
        return shown(self.client.interactions.cancel(**arguments))

    def delete(self, **arguments: Any) -> Any:
        return shown(self.client.interactions.delete(**arguments))

    def upload(self, *, path: str, mime_type: str) -> Any:
        return shown(self.client.files.upload(file=path, config={"mime_type": mime_type}))

    def file(self, *, name: str) -> Any:
        return shown(self.client.files.get(name=name))

    def files(self) -> list[Any]:
        return [shown(file) for file in self.client.files.list()]

    def forget_file(self, *, name: str) -> None:
        self.client.files.delete(name=name)

    def judge(self, *, kind: str, document: Any) -> list[str]:
        """Return what the SDK's own models cannot take of *document*."""
        try:
            model = JUDGED[kind].validate_python(document)
        except ValidationError as wrong:
            return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong.errors()]
        return [*problems(model, kind), *ill_typed(model)]


def taken(stream: Any, take: int | None) -> list[Any]:
    """Read the events, or the first *take* of them and hang up."""
    events = [shown(event) for event in itertools.islice(stream, take)]
    if take is not None:
        stream.close()
    return events


def shown(value: Any) -> Any:
    if not isinstance(value, BaseModel):
        return value
    plain = value.model_dump(mode="json", exclude_none=True, by_alias=True)
    text = getattr(value, "output_text", None)
    return {**plain, "output_text": text} if text else plain


def problems(model: Any, at: str) -> Iterator[str]:
    """Yield every part that fits no type, has no field, or lacks what is mandatory."""
    if isinstance(model, dict):
        model = list(model.values())
    if isinstance(model, list | tuple):
        for number, item in enumerate(model):
            yield from problems(item, f"{at}[{number}]")
    elif isinstance(model, BaseModel):
        yield from misfits(model, at)
        for name, value in model:
            yield from problems(value, f"{at}.{name}")


def misfits(model: BaseModel, at: str) -> Iterator[str]:
    kind = type(model)
    if kind.__name__.startswith("Unknown"):
        yield f"{at}: {kind.__name__}"
    # A model without a field of its own stands for an object of any shape.
    extra = set(model.model_extra or {}) - ALLOWED.get(kind.__name__, set()) if kind.model_fields else set()
    yield from (f"{at}.{name}: no field of {kind.__name__}" for name in sorted(extra))
    required = {name for name, field in kind.model_fields.items() if field.is_required()}
    yield from (f"{at}.{name}: mandatory in {kind.__name__}" for name in sorted(required - model.model_fields_set))


def ill_typed(model: Any) -> list[str]:
    """Return what the SDK took without a check and cannot write back as its own type."""
    try:
        model.model_dump(mode="json", warnings="error")
    except PydanticSerializationError as wrong:
        return [str(wrong)]
    return []


def answer(done: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"value": done()}
    except Exception as error:  # noqa: BLE001 - whatever the SDK raises is what the test asks about
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        return {"error": {"type": type(error).__name__, "status": status, "message": str(error)}}


def main() -> None:
    warnings.simplefilter("ignore")
    session = Session()
    for line in sys.stdin:
        asked = json.loads(line)
        said = answer(partial(getattr(session, asked["do"]), **asked["with"]))
        sys.stdout.write(json.dumps(said, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
