. "$ASKING"

ask '{"model": "gemini-2.5-flash-lite", "input": [{"type": "text", "text": "Tell me about thrift."}, {"type": "text", "text": "Be brief."}]}' | grep -q thrift
