import os

from google import genai

client = genai.Client()
answer = client.interactions.create(
    model="gemini-2.5-flash",
    input=[{"type": "image", "uri": f"{os.environ['WEB']}/seal.jpg"}, {"type": "text", "text": "How large is it?"}],
)
assert "211" in (answer.output_text or "")
assert "97" in (answer.output_text or "")
