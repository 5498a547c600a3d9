. "$ASKING"

made=$(ask '{"model": "gemini-2.5-flash", "input": "Describe a turnstone."}' | id_of)
read_back "$made?include_input=true" | grep -q '"user_input".*turnstone'
