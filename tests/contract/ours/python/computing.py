from google import genai

client = genai.Client()
answer = client.interactions.create(
    model="gemini-2.5-flash", input="Calculate 4821 * 173.", tools=[{"type": "code_execution"}]
)
(result,) = [step for step in answer.steps or [] if step.type == "code_execution_result"]
assert "834033" in str(result.result)
assert "834033" in (answer.output_text or "").replace(",", "")
