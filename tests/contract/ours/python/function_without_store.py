from google import genai

client = genai.Client()
tool = {
    "type": "function",
    "name": "order_ice",
    "description": "Orders ice for a boat.",
    "parameters": {
        "type": "object",
        "properties": {"boat": {"type": "string"}, "boxes": {"type": "integer"}},
        "required": ["boat", "boxes"],
    },
}
history = [
    {"type": "user_input", "content": [{"type": "text", "text": "Order 12 boxes of ice for the boat Marigold."}]}
]
asked = client.interactions.create(model="gemini-2.5-flash", input=history, tools=[tool], store=False)
history += [step.to_dict() for step in asked.steps or []]
(call,) = [step for step in asked.steps or [] if step.type == "function_call"]
assert "Marigold" in call.arguments["boat"]
assert call.arguments["boxes"] == 12
history += [{"type": "function_result", "call_id": call.id, "name": call.name, "result": "Comes at 5 on pier 2."}]
answer = client.interactions.create(model="gemini-2.5-flash", input=history, tools=[tool], store=False)
assert "pier 2" in (answer.output_text or "")
