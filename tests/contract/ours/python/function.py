from google import genai

client = genai.Client()
tool = {
    "type": "function",
    "name": "berth_free",
    "description": "Tells whether a berth is free.",
    "parameters": {
        "type": "object",
        "properties": {"berth": {"type": "string"}, "length": {"type": "number", "minimum": 4, "maximum": 30}},
        "required": ["berth", "length"],
    },
}
asked = client.interactions.create(model="gemini-2.5-flash", input="Is berth Q7 free?", tools=[tool])
assert asked.status == "requires_action"
(call,) = [step for step in asked.steps or [] if step.type == "function_call"]
assert "Q7" in call.arguments["berth"]
assert 4 <= call.arguments["length"] <= 30
answer = client.interactions.create(
    model="gemini-2.5-flash",
    previous_interaction_id=asked.id,
    input=[{"type": "function_result", "call_id": call.id, "name": call.name, "result": {"free_from": "18:45"}}],
    tools=[tool],
)
assert "18:45" in (answer.output_text or "")
