from google import genai

client = genai.Client()
parts = [{"type": "text", "text": "Tell me about samphire."}, {"type": "text", "text": "Be brief."}]
answer = client.interactions.create(model="gemini-2.5-flash-lite", input=parts)
assert "samphire" in (answer.output_text or "")
