. "$ASKING"

ask '{"model": "gemini-2.5-pro", "input": "Why do eels go to sea?"}' | grep -q '"status": *"completed".*eels\|eels.*"status": *"completed"'
