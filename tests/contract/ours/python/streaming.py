from google import genai

client = genai.Client()
pieces = []
for event in client.interactions.create(model="gemini-2.5-flash", input="Explain a rip current.", stream=True):
    if event.event_type == "step.delta" and event.delta.type == "text":
        pieces.append(event.delta.text or "")
    last = event
assert last.event_type == "interaction.completed"
assert last.interaction.usage.total_tokens
assert len(pieces) > 1
assert "rip current" in "".join(pieces)
