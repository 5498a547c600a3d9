. "$ASKING"

ask '{"model": "gemini-2.5-flash", "input": "Tell me a tale of a mermaid.", "generation_config": {"max_output_tokens": 6}}' |
    grep -q '"status": *"incomplete"'
