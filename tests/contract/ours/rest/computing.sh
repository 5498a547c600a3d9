. "$ASKING"

ask '{"model": "gemini-2.5-flash", "input": "What is the factorial of 13?", "tools": [{"type": "code_execution"}]}' |
    grep -q '"code_execution_result".*6227020800'
