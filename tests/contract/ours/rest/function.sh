. "$ASKING"

tool='{"type": "function", "name": "raise_flag", "description": "Raises a signal flag.", "parameters": {"type": "object", "properties": {"flag": {"type": "string"}}, "required": ["flag"]}}'
asked=$(ask '{"model": "gemini-2.5-flash", "input": "Raise the flag Quebec.", "tools": ['"$tool"']}')
echo "$asked" | grep -q '"status": *"requires_action"'
call=$(echo "$asked" | python3 -c 'import json, sys; print(next(s["id"] for s in json.load(sys.stdin)["steps"] if s["type"] == "function_call" and "Quebec" in s["arguments"]["flag"]))')
result='{"type": "function_result", "call_id": "'"$call"'", "name": "raise_flag", "result": "It flies from mast 3."}'
ask '{"model": "gemini-2.5-flash", "previous_interaction_id": "'"$(echo "$asked" | id_of)"'", "input": ['"$result"'], "tools": ['"$tool"']}' | grep -q 'mast 3'
