import base64
from pathlib import Path

from google import genai

client = genai.Client()
data = base64.b64encode(Path("foghorn.wav").read_bytes()).decode()
answer = client.interactions.create(
    model="gemini-2.5-flash",
    input=[
        {"type": "audio", "data": data, "mime_type": "audio/wav"},
        {"type": "text", "text": "How long does it sound?"},
    ],
)
assert "3.5" in (answer.output_text or "")
