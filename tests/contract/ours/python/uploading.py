import time

from google import genai

client = genai.Client()
file = client.files.upload(file="almanac.pdf", config={"display_name": "almanac"})
while client.files.get(name=file.name or "").state != "ACTIVE":
    time.sleep(0.1)
answer = client.interactions.create(
    model="gemini-2.5-flash",
    input=[
        {"type": "document", "uri": file.uri, "mime_type": "application/pdf"},
        {"type": "text", "text": "How many pages are there?"},
    ],
)
assert "13" in (answer.output_text or "")
client.files.delete(name=file.name or "")
