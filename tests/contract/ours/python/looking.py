import base64
from pathlib import Path

from google import genai

client = genai.Client()
data = base64.b64encode(Path("lightship.png").read_bytes()).decode()
answer = client.interactions.create(
    model="gemini-2.5-flash",
    input=[{"type": "image", "data": data, "mime_type": "image/png"}, {"type": "text", "text": "What does it show?"}],
)
assert "131" in (answer.output_text or "")
assert "77" in (answer.output_text or "")
