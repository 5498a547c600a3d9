"""What can be made to go wrong with a stream that has begun?"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _StreamFault(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cut(_StreamFault):
    """End the stream after simulated *after_seconds* or *after_events*: closed, with a bare JSON 503, or broken off."""

    kind: Literal["cut"]
    after_seconds: float = Field(default=600, ge=0)
    after_events: int | None = Field(default=None, ge=0)
    ending: Literal["close", "array", "abort"] = "close"


class Hang(_StreamFault):
    """Say nothing more after *after_events*."""

    kind: Literal["hang"]
    after_events: int = Field(default=2, ge=0)


class ErrorEvent(_StreamFault):
    """Send an error event after *after_events*, then end the stream."""

    kind: Literal["error_event"]
    after_events: int = Field(default=2, ge=0)
    code: str = "deadline_exceeded"
    message: str = ""


class NoDone(_StreamFault):
    """End the stream without [DONE]."""

    kind: Literal["no_done"]


class NoUsage(_StreamFault):
    """Leave the usage out of the last event."""

    kind: Literal["no_usage"]


class JsonInstead(_StreamFault):
    """Answer with the interaction as JSON instead of a stream."""

    kind: Literal["json_instead"]


StreamFault = Cut | Hang | ErrorEvent | NoDone | NoUsage | JsonInstead
