from google import genai

client = genai.Client()
made = client.interactions.create(model="gemini-2.5-flash", input="Describe a kittiwake.")
found = client.interactions.get(made.id, include_input=True)
assert found.output_text == made.output_text
assert "kittiwake" in str(found.input)
assert found.steps
assert found.steps[0].type == "user_input"
