import base64
from pathlib import Path

from google import genai

client = genai.Client()
data = base64.b64encode(Path("harbour.mp4").read_bytes()).decode()
answer = client.interactions.create(
    model="gemini-2.5-flash",
    input=[{"type": "video", "data": data, "mime_type": "video/mp4"}, {"type": "text", "text": "How long is it?"}],
)
assert "11" in (answer.output_text or "")
