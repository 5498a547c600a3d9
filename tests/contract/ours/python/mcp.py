from google import genai

client = genai.Client()
server = {"type": "mcp_server", "name": "lockkeeper", "url": "https://locks.example.net/mcp"}
answer = client.interactions.create(model="gemini-2.5-flash", input="Is the lock at Goole open?", tools=[server])
(call,) = [step for step in answer.steps or [] if step.type == "mcp_server_tool_call"]
assert call.server_name == "lockkeeper"
assert "Goole" in (answer.output_text or "")
