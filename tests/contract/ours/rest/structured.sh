. "$ASKING"

ask '{
  "model": "gemini-2.5-flash",
  "input": "Describe the trawler Provider.",
  "response_format": {"type": "text", "mime_type": "application/json", "schema": {
    "type": "object", "required": ["nets", "port"],
    "properties": {"nets": {"type": "integer", "minimum": 3, "maximum": 3}, "port": {"enum": ["Brixham"]}}}}
}' | python3 -c 'import json, sys
text = json.loads(json.load(sys.stdin)["steps"][-1]["content"][-1]["text"])
assert text == {"nets": 3, "port": "Brixham"}, text'
