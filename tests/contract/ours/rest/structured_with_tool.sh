. "$ASKING"

ask '{
  "model": "gemini-2.5-flash",
  "input": "Which lifeboat was first to the Forfarshire?",
  "tools": [{"type": "google_search"}],
  "response_format": {"type": "text", "mime_type": "application/json", "schema": {
    "type": "object", "required": ["lifeboat"], "properties": {"lifeboat": {"type": "string"}}}}
}' | python3 -c 'import json, sys
steps = json.load(sys.stdin)["steps"]
assert "google_search_call" in [step["type"] for step in steps]
(output,) = [step for step in steps if step["type"] == "model_output"]
assert isinstance(json.loads(output["content"][-1]["text"])["lifeboat"], str)'
