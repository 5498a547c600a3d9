# What every script of ours needs: a question asked, an interaction read, an id picked out.
set -eu
ask() { curl -sS -X POST "$BASE_URL/v1/interactions" -H "Content-Type: application/json" -H "x-goog-api-key: $GEMINI_API_KEY" -d "$1"; }
read_back() { curl -sS "$BASE_URL/v1/interactions/$1" -H "x-goog-api-key: $GEMINI_API_KEY"; }
id_of() { python3 -c "import json, sys; print(json.load(sys.stdin)[\"id\"])"; }
