from google import genai

client = genai.Client()
answer = client.interactions.create(model="gemini-2.5-pro", input="Why do seals like sandbanks?")
assert answer.status == "completed"
assert "seals" in (answer.output_text or "")
