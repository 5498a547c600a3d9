import time

from google import genai

client = genai.Client()
run = client.interactions.create(
    agent="deep-research-max-preview-04-2026",
    input="Report on the herring fishery of Great Yarmouth.",
    background=True,
    labels={"fleet": "drifters"},
)
while run.status in {"queued", "in_progress"}:
    time.sleep(1)
    run = client.interactions.get(run.id)
text = "".join(
    part.text or "" for step in run.steps or [] if step.type == "model_output" for part in step.content or []
)
assert run.status == "completed"
assert "herring" in text
assert (run.labels or {})["fleet"] == "drifters"
assert run.usage is not None
assert run.usage.total_tokens
