"""What may a create body hold? The Interactions API's request fields (google-genai 3.4.0), as tables."""

from collections.abc import Mapping
from typing import Final

from longwatch.upstream.checks import (
    Check,
    anything,
    boolean,
    by_shape,
    fields,
    integer,
    list_of,
    map_of,
    number,
    text,
    variants,
)


def _typed(known: Mapping[str, Check], *required: str) -> Check:
    return fields({"type": text} | dict(known), required=required)


_texts: Final = list_of(text)
_media: Final[dict[str, Check]] = {"data": text, "uri": text, "mime_type": text}
_allowed_tools: Final = fields({"mode": text, "tools": _texts})

CONTENT: Final[dict[str, Check]] = {
    "text": _typed({"text": text, "annotations": list_of(anything)}, "text"),
    "image": _typed(_media | {"resolution": text}),
    "audio": _typed(_media | {"channels": integer, "sample_rate": integer, "processing": anything}),
    "document": _typed(_media | {"resolution": text, "processing": anything}),
    "video": _typed(_media | {"resolution": text, "name": text, "processing": anything}),
}
_contents: Final = list_of(variants(CONTENT))


def _call(*required: str, **more: Check) -> Check:
    return _typed({"id": text, "arguments": map_of(anything), "signature": text} | more, "id", *required)


def _result(*required: str, **more: Check) -> Check:
    known = {"call_id": text, "result": anything, "is_error": boolean, "signature": text}
    return _typed(known | more, "call_id", *required)


STEPS: Final[dict[str, Check]] = {
    "user_input": _typed({"content": _contents}, "content"),
    "model_output": _typed({"content": _contents, "error": anything}),
    "thought": _typed({"signature": text, "summary": list_of(anything)}),
    "function_call": _call("name", "arguments", name=text),
    "function_result": _result("result", name=text),
    "code_execution_call": _call("arguments"),
    "code_execution_result": _result("result"),
    "url_context_call": _call("arguments"),
    "url_context_result": _result("result"),
    "google_search_call": _call("arguments", search_type=text),
    "google_search_result": _result("result"),
    "google_maps_call": _call(),
    "google_maps_result": _result("result"),
    "file_search_call": _call(),
    "file_search_result": _result(),
    "mcp_server_tool_call": _call("name", "server_name", "arguments", name=text, server_name=text),
    "mcp_server_tool_result": _result("result", name=text, server_name=text),
    "retrieval_call": _call("arguments", retrieval_type=text),
    "retrieval_result": _result(),
    "processing_call": _call(),
    "processing_result": _result(),
    "tool_search_call": _call("arguments"),
    "tool_search_result": _result(),
}

TOOLS: Final[dict[str, Check]] = {
    "function": _typed(
        {
            "name": text,
            "description": text,
            "parameters": anything,
            "defer_loading": boolean,
            "short_description": text,
        },
        "name",
    ),
    "google_search": _typed({"search_types": _texts}),
    "code_execution": _typed({}),
    "url_context": _typed({}),
    "computer_use": _typed(
        {
            "environment": text,
            "excluded_predefined_functions": _texts,
            "disabled_safety_policies": _texts,
            "enable_prompt_injection_detection": boolean,
        },
    ),
    "mcp_server": _typed(
        {"name": text, "url": text, "headers": map_of(text), "allowed_tools": list_of(_allowed_tools)},
        "url",
    ),
    "file_search": _typed({"file_search_store_names": _texts, "top_k": integer, "metadata_filter": text}),
    "google_maps": _typed({"latitude": number, "longitude": number, "enable_widget": boolean}),
    "retrieval": _typed(
        {
            "retrieval_types": _texts,
            "vertex_ai_search_config": anything,
            "rag_store_config": anything,
            "exa_ai_search_config": anything,
            "parallel_ai_search_config": anything,
        },
    ),
    "tool_search": _typed({"name": text, "description": text, "parameters": anything, "execution": text}),
}

AGENT_CONFIGS: Final[dict[str, Check]] = {
    "deep-research": _typed(
        {
            "thinking_summaries": text,
            "visualization": text,
            "collaborative_planning": boolean,
            "enable_bigquery_tool": boolean,
        },
    ),
    "dynamic": map_of(anything),
    "antigravity": _typed({"max_total_tokens": integer, "model": text}),
    "code-mender": _typed(
        {
            "model": text,
            "session_id": text,
            "find_request": anything,
            "fix_request": anything,
            "session_config": fields({"max_rounds": integer}),
        },
    ),
}

_generation_config: Final = fields(
    {
        "temperature": number,
        "top_p": number,
        "seed": integer,
        "stop_sequences": _texts,
        "max_output_tokens": integer,
        "thinking_level": text,
        "thinking_summaries": text,
        "tool_choice": by_shape(
            {str: text, dict: fields({"allowed_tools": _allowed_tools})},
            wanted="a string or an object with `allowed_tools`",
        ),
        "speech_config": anything,
        "image_config": map_of(anything),
        "video_config": map_of(anything),
        "transcription_config": map_of(anything),
    },
)

_picture: Final[dict[str, Check]] = {"aspect_ratio": text, "delivery": text}
RESPONSE_FORMATS: Final[dict[str, Check]] = {
    "text": _typed({"mime_type": text, "schema": anything}),
    "image": _typed(_picture | {"mime_type": text, "image_size": text}),
    "audio": _typed({"mime_type": text, "sample_rate": integer, "bit_rate": integer, "delivery": text}),
    "video": _typed(_picture | {"duration": text, "resolution": text, "gcs_uri": text}),
}
_response_format: Final = variants(RESPONSE_FORMATS)

_environment: Final = fields(
    {
        "type": text,
        "environment_id": text,
        "sources": list_of(map_of(anything)),
        "network": anything,
        "env": map_of(anything),
    },
)

REQUEST: Final[dict[str, Check]] = {
    "model": text,
    "agent": text,
    "input": by_shape(
        {str: text, dict: variants(CONTENT), list: list_of(variants(CONTENT | STEPS))},
        wanted="a string, a content object, or an array of contents or steps",
    ),
    "background": boolean,
    "store": boolean,
    "stream": boolean,
    "previous_interaction_id": text,
    "system_instruction": text,
    "tools": list_of(variants(TOOLS)),
    "agent_config": variants(AGENT_CONFIGS),
    "generation_config": _generation_config,
    "response_format": by_shape(
        {dict: _response_format, list: list_of(_response_format)},
        wanted="an object with a `type`, or an array of them",
    ),
    "response_mime_type": text,
    "response_modalities": _texts,
    "service_tier": text,
    "webhook_config": fields({"uris": _texts, "user_metadata": map_of(anything)}),
    "environment": by_shape({str: text, dict: _environment}, wanted="`remote`, an environment's id, or an object"),
    "labels": map_of(text),
    "safety_settings": list_of(_typed({"threshold": text, "method": text}, "type", "threshold")),
    "cached_content": text,
    "continuation_token": text,
}
