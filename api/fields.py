"""What may the fields of a request hold? Types that the input models share; every refusal carries its remedy."""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr
from pydantic_core import PydanticCustomError

from longwatch.domain.attention import AttentionCode
from longwatch.domain.events import WEBHOOKS, EventType
from longwatch.upstream.plain import check_plain

MAX_METADATA_BYTES: Final = 16_384
MAX_TAGS: Final = 20
_YEARS = range(2000, 2200)
_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")


class Input(BaseModel):
    """A request body: fields that it does not know are refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


def refusal(code: Literal["not_text", "value"], message: str, remedy: str) -> PydanticCustomError:
    """Return the error for a value that cannot be accepted."""
    return PydanticCustomError(code, "{message}", {"message": message, "remedy": remedy})


def _storable(value: Any) -> Any:
    problem = next(iter(check_plain("", value)), None)
    if problem is not None:
        raise refusal("not_text", f"{problem.field.lstrip('.')} {problem.message}".strip(), problem.remedy)
    return value


def _small(value: dict[str, Any]) -> dict[str, Any]:
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_METADATA_BYTES:
        message = f"It takes {size} bytes as JSON; {MAX_METADATA_BYTES} is the most."
        raise refusal("value", message, "Keep large things elsewhere and put a reference here.")
    return value


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _sane_instant(value: datetime) -> datetime:
    if value.year not in _YEARS:
        raise refusal("value", f"The year is not in {_YEARS.start}-{_YEARS.stop - 1}.", "Give a nearer instant.")
    return value.astimezone(UTC)


def _written_instant(value: object) -> object:
    if not isinstance(value, str):
        raise refusal("value", "An instant is text.", "Write it as RFC 3339: 2026-11-22T18:00:00Z.")
    return value


def _announced(value: EventType) -> EventType:
    if value not in WEBHOOKS:
        names = ", ".join(sorted(WEBHOOKS))
        raise refusal("value", f"{value} is an event, but no webhook.", f"Choose from: {names}.")
    return value


def _known_attention(value: str) -> str:
    known = ["true", *AttentionCode]
    if value not in known:
        raise refusal("value", "There is no such attention code.", f"Choose from: {', '.join(known)}.")
    return value


def _printable_key(value: str) -> str:
    if not _KEY.fullmatch(value):
        message = "A key is 1 to 255 printable ASCII characters, without a space at its ends."
        raise refusal("value", message, "Use a UUID, or the id of what the job is for.")
    return value


Text = Annotated[StrictStr, AfterValidator(_storable)]
Value = Annotated[Any, AfterValidator(_storable)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Tag = Annotated[Text, Field(min_length=1, max_length=64)]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS), AfterValidator(_distinct)]
Metadata = Annotated[dict[str, Any], AfterValidator(_storable), AfterValidator(_small)]
Priority = Annotated[StrictInt, Field(ge=0, le=9)]
DeadlineSeconds = Annotated[StrictInt, Field(ge=1, le=31_536_000)]
Instant = Annotated[AwareDatetime, BeforeValidator(_written_instant), AfterValidator(_sane_instant)]
QueryInstant = Annotated[AwareDatetime, AfterValidator(_sane_instant)]
AttentionFilter = Annotated[StrictStr, AfterValidator(_known_attention)]
WebhookEvents = Annotated[list[Annotated[EventType, AfterValidator(_announced)]], AfterValidator(_distinct)]
IdempotencyKey = Annotated[StrictStr, AfterValidator(_printable_key)]
OnUnknownSubmit = Literal["hold", "resubmit", "fail"]
