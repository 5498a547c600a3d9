"""What does a schema's $ref stand for?"""

from typing import Any
from urllib.parse import unquote

Schema = Any


def resolved(schema: Schema, root: Schema) -> Schema:
    """Return *schema* with its $ref followed; what stands beside the $ref holds too."""
    seen = set()
    while isinstance(schema, dict) and isinstance(reference := _reference(schema), str):
        if reference in seen:
            raise ValueError(f"the reference {reference!r} goes round")
        seen.add(reference)
        beside = {key: value for key, value in schema.items() if key not in {"$ref", "$dynamicRef"}}
        target = _target(reference, root)
        annotations = {"description", "title", "default", "examples", "$defs", "definitions", "$comment"}
        if not isinstance(target, dict) or not beside.keys() - annotations:
            schema = target | beside if isinstance(target, dict) and beside else target
        else:
            return {"allOf": [target, beside]}
    return schema


def _reference(schema: dict[str, Any]) -> Any:
    return schema.get("$ref", schema.get("$dynamicRef"))


def _target(reference: str, root: Schema) -> Schema:
    pointer = reference.partition("#")[2]
    if pointer and not pointer.startswith("/"):
        return _anchored(root, pointer)
    found = root
    for part in pointer.split("/")[1:]:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ValueError(f"the reference {reference!r} leads nowhere") from error
    return found


def _anchored(schema: Schema, name: str) -> Schema:
    nodes = [schema]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            if name in {node.get("$anchor"), node.get("$dynamicAnchor")}:
                return node
            nodes += node.values()
        elif isinstance(node, list):
            nodes += node
    raise ValueError(f"the anchor {name!r} is nowhere")
