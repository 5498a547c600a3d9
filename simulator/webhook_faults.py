"""What can be made to go wrong with a webhook on its way?"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _WebhookFault(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lose(_WebhookFault):
    """Never send it."""

    kind: Literal["lose"]


class Duplicate(_WebhookFault):
    """Send it *copies* times, with one webhook-id."""

    kind: Literal["duplicate"]
    copies: int = Field(default=2, ge=2)


class Delay(_WebhookFault):
    """Send it simulated *seconds* late."""

    kind: Literal["delay"]
    seconds: float = Field(default=60, ge=0)


class Reorder(_WebhookFault):
    """Hold it back until another one has been sent."""

    kind: Literal["reorder"]


class Forge(_WebhookFault):
    """Sign it with a key that is nobody's."""

    kind: Literal["forge"]


WebhookFault = Lose | Duplicate | Delay | Reorder | Forge
