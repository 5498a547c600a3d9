"""Which fields of a create body go together? The upstream's rules and the runner's own, one function each."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from longwatch.domain.errors import FieldProblem

Body = Mapping[str, Any]
Rule = Callable[[Body], Iterator[FieldProblem]]

OUR_LABELS = "longwatch_"
# The upstream answers 400 only after the create was sent; the names are those of its documentation.
_AGENT_FAMILIES = ("deep-research", "antigravity-", "code-mender")
_JSON_SCHEMA_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_STEP_FORM = '[{"type": "user_input", "content": [{"type": "text", "text": "…"}]}]'


def is_deep_research(body: Body) -> bool:
    """Return whether *body* asks for one of the Deep Research agents."""
    return str(body.get("agent", "")).startswith("deep-research")


def _who(body: Body) -> Iterator[FieldProblem]:
    model, agent = body.get("model"), body.get("agent")
    if "model" in body and "agent" in body:
        yield _problem("agent", "conflict", "cannot stand beside `model`", "keep either `model` or `agent`")
    elif "model" not in body and "agent" not in body:
        yield _problem("agent", "missing", "nobody is asked", "add `agent` or `model`")
    elif model == "" or agent == "":
        yield _problem("agent" if agent == "" else "model", "empty", "is empty", "name an agent or a model")


def _agent_as_model(body: Body) -> Iterator[FieldProblem]:
    model = body.get("model")
    if isinstance(model, str) and model.startswith(_AGENT_FAMILIES):
        yield _problem("model", "agent_as_model", f"`{model}` is an agent", f'send "agent": "{model}" instead')


def _something_to_do(body: Body) -> Iterator[FieldProblem]:
    asked = body.get("input")
    if "input" not in body and "continuation_token" not in body:
        yield _problem("input", "missing", "is required", "add the prompt")
    elif asked in ([], {}) or (isinstance(asked, str) and not asked.strip()):
        yield _problem("input", "empty", "is empty, and would be paid for all the same", "write the prompt")


def _one_kind_of_input(body: Body) -> Iterator[FieldProblem]:
    kinds = {str(item.get("type")) for _, item in _listed(body.get("input"))}
    contents = kinds & {"text", "image", "audio", "document", "video"}
    if contents and kinds - contents:
        remedy = f"put the contents into a step: {_STEP_FORM}"
        yield _problem("input", "mixed", "mixes contents with steps", remedy)


def _background(body: Body) -> Iterator[FieldProblem]:
    if body.get("background") is False:
        message = "every job runs in the background upstream, so that it survives us"
        yield _problem("background", "unsupported", message, "leave it out, or send true")


def _stored(body: Body) -> Iterator[FieldProblem]:
    if body.get("store") is False:
        message = "a background interaction must be stored upstream, or it could not be read"
        yield _problem("store", "conflict", message, "leave it out; DELETE the job when it has ended")


def _streamed(body: Body) -> Iterator[FieldProblem]:
    if body.get("stream") is True:
        remedy = 'leave it out; send "watch": "stream" beside `request` and read GET /v1/jobs/{id}/events'
        yield _problem("stream", "unsupported", "a job's answer does not depend on an open connection", remedy)


def _agent_only(body: Body) -> Iterator[FieldProblem]:
    if "agent_config" in body and "agent" not in body:
        yield _problem("agent_config", "conflict", "is for agents", "remove it, or ask an `agent`")


def _model_only(body: Body) -> Iterator[FieldProblem]:
    for name in ("generation_config", "cached_content"):
        if name in body and "agent" in body:
            yield _problem(name, "conflict", "is for models", "remove it; an agent takes `agent_config`")


def _deep_research(body: Body) -> Iterator[FieldProblem]:
    if not is_deep_research(body):
        return
    remedies = {
        "system_instruction": "put the instructions into `input`",
        "response_format": "ask for the form in `input`, or give the report to a model in a second job",
    }
    for name, remedy in remedies.items():
        if name in body:
            yield _problem(name, "unsupported", "Deep Research does not take it", remedy)
    for index, tool in _listed(body.get("tools")):
        if tool.get("type") == "function":
            remedy = "remove it; Deep Research can call an `mcp_server`"
            yield _problem(f"tools[{index}]", "unsupported", "Deep Research cannot call functions", remedy)


def _labels(body: Body) -> Iterator[FieldProblem]:
    labels = body.get("labels")
    for name in labels if isinstance(labels, dict) else ():
        if name.startswith(OUR_LABELS):
            remedy = f"choose a name that does not begin with `{OUR_LABELS}`"
            yield _problem(f"labels.{name}", "reserved", "is how the runner finds its own runs", remedy)


RULES: tuple[Rule, ...] = (
    _who,
    _agent_as_model,
    _something_to_do,
    _one_kind_of_input,
    _background,
    _stored,
    _streamed,
    _agent_only,
    _model_only,
    _deep_research,
    _labels,
)


def legacy_turns(body: Body) -> Iterator[FieldProblem]:
    """Refuse turns: the upstream takes them with 200 and drops their text."""
    for index, item in _listed(body.get("input")):
        if "role" in item and "type" not in item:
            message = "is a turn of the old schema, whose text the upstream silently drops"
            yield _problem(f"input[{index}]", "legacy", message, f"send steps: {_STEP_FORM}")


def legacy_format(body: Body) -> Iterator[FieldProblem]:
    """Refuse a bare JSON schema and its MIME type: they are written as a typed format now."""
    form = body.get("response_format")
    remedy = 'send "response_format": {"type": "text", "mime_type": "application/json", "schema": {…}}'
    if isinstance(form, dict) and _is_schema(form):
        yield _problem("response_format", "legacy", "is a bare JSON schema, as in the old schema", remedy)
    if "response_mime_type" in body:
        yield _problem("response_mime_type", "legacy", "belongs to the old schema", remedy)


def _is_schema(form: Mapping[str, Any]) -> bool:
    kind = form.get("type")
    return kind in _JSON_SCHEMA_TYPES if isinstance(kind, str) else bool({"properties", "$ref", "anyOf"} & form.keys())


def _listed(value: Any) -> list[tuple[int, Mapping[str, Any]]]:
    items = value if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, dict)]


def _problem(name: str, code: str, message: str, remedy: str) -> FieldProblem:
    return FieldProblem(f"request.{name}", code, message, remedy)
