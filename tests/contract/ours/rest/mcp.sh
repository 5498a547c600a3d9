. "$ASKING"

ask '{"model": "gemini-2.5-flash", "input": "How is the sea at Dunbar?", "tools": [{"type": "mcp_server", "name": "buoys", "url": "https://buoys.example.net/mcp"}]}' |
    grep -q '"mcp_server_tool_call".*"mcp_server_tool_result".*Dunbar'
