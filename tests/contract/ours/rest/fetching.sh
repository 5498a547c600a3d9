. "$ASKING"

ask '{"model": "gemini-2.5-flash", "input": "Sum up https://example.com/wrecks/list", "tools": [{"type": "url_context"}]}' |
    grep -q '"url_context_call".*https://example.com/wrecks/list.*"url_context_result"'
