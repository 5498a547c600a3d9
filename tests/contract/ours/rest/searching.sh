. "$ASKING"

said=$(ask '{"model": "gemini-2.5-flash", "input": "When did the Longstone light go out?", "tools": [{"type": "google_search"}]}')
echo "$said" | grep -q '"google_search_call".*"google_search_result".*Longstone'
