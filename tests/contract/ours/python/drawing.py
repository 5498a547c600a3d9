import base64

from google import genai

client = genai.Client()
answer = client.interactions.create(
    model="gemini-3-pro-image-preview",
    input="Paint a whelk in watercolour.",
    response_format={"type": "image", "mime_type": "image/png"},
)
assert answer.output_image is not None
assert base64.b64decode(answer.output_image.data or "").startswith(b"\x89PNG\r\n\x1a\n")
