from enum import StrEnum

from google import genai
from pydantic import BaseModel, Field


class Rig(StrEnum):
    CUTTER = "cutter"
    LUGGER = "lugger"


class Boat(BaseModel):
    name: str
    rig: Rig
    draughts: list[float] = Field(min_length=2)
    skipper: str | None


client = genai.Client()
answer = client.interactions.create(
    model="gemini-2.5-flash",
    input="Describe the boat Amity.",
    response_format={"type": "text", "mime_type": "application/json", "schema": Boat.model_json_schema()},
)
assert len(Boat.model_validate_json(answer.output_text or "").draughts) >= 2
