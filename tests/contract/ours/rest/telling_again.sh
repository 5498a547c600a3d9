. "$ASKING"

ask '{
  "model": "gemini-2.5-flash",
  "store": false,
  "input": [
    {"type": "user_input", "content": [{"type": "text", "text": "Hello, my name is Cuthbert."}]},
    {"type": "model_output", "content": [{"type": "text", "text": "Good day to you."}]},
    {"type": "user_input", "content": [{"type": "text", "text": "What is my name?"}]}
  ]
}' | grep -q Cuthbert
