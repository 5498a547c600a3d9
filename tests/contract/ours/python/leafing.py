import base64
from pathlib import Path

from google import genai

client = genai.Client()
data = base64.b64encode(Path("almanac.pdf").read_bytes()).decode()
answer = client.interactions.create(
    model="gemini-2.5-flash",
    input=[
        {"type": "document", "data": data, "mime_type": "application/pdf"},
        {"type": "text", "text": "How many pages are there?"},
    ],
)
assert "13" in (answer.output_text or "")
