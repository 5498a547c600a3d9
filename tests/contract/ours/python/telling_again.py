from google import genai

client = genai.Client()
history = [{"type": "user_input", "content": [{"type": "text", "text": "Hello, my name is Thorvald."}]}]
first = client.interactions.create(model="gemini-2.5-flash", input=history, store=False)
history += [step.to_dict() for step in first.steps or []]
history += [{"type": "user_input", "content": [{"type": "text", "text": "What is my name?"}]}]
second = client.interactions.create(model="gemini-2.5-flash", input=history, store=False)
assert "Thorvald" in (second.output_text or "")
