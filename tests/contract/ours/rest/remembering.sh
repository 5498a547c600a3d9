. "$ASKING"

first=$(ask '{"model": "gemini-2.5-flash", "input": "Hello, my name is Theodosia."}' | id_of)
ask '{"model": "gemini-2.5-flash", "input": "What is my name?", "previous_interaction_id": "'"$first"'"}' | grep -q Theodosia
