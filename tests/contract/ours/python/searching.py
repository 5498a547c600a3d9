from google import genai

client = genai.Client()
answer = client.interactions.create(
    model="gemini-2.5-flash", input="Who designed the Bell Rock lighthouse?", tools=[{"type": "google_search"}]
)
kinds = [step.type for step in answer.steps or []]
assert kinds.index("google_search_call") < kinds.index("google_search_result")
assert "Bell Rock" in (answer.output_text or "")
