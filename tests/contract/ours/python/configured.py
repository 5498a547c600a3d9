from google import genai

client = genai.Client()
answer = client.interactions.create(
    model="gemini-2.5-flash",
    input="Tell me a tale of a drowned bell.",
    generation_config={"temperature": 0.1, "max_output_tokens": 9, "thinking_level": "minimal"},
)
assert answer.status == "incomplete"
assert answer.usage is not None
assert (answer.usage.total_output_tokens or 0) <= 9
