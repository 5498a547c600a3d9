from google import genai

client = genai.Client()
page = "https://example.com/tide-tables/2031"
answer = client.interactions.create(
    model="gemini-2.5-flash", input=f"What is on {page}?", tools=[{"type": "url_context"}]
)
(call,) = [step for step in answer.steps or [] if step.type == "url_context_call"]
assert call.arguments.urls == [page]
assert answer.output_text
