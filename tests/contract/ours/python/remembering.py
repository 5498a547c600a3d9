from google import genai

client = genai.Client()
first = client.interactions.create(model="gemini-2.5-flash", input="Hello, my name is Wilhelmina.")
second = client.interactions.create(
    model="gemini-2.5-flash", input="What is my name?", previous_interaction_id=first.id
)
assert "Wilhelmina" in (second.output_text or "")
