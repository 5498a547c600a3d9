from google import genai
from pydantic import BaseModel


class Wreck(BaseModel):
    ship: str
    year: int


client = genai.Client()
answer = client.interactions.create(
    model="gemini-2.5-flash",
    input="Which ship was lost off Whitby?",
    tools=[{"type": "google_search"}],
    response_format={"type": "text", "mime_type": "application/json", "schema": Wreck.model_json_schema()},
)
assert Wreck.model_validate_json(answer.output_text or "").ship
assert "google_search_call" in [step.type for step in answer.steps or []]
