"""Which settings does Longwatch have? Read once at a process's edge (`load`) and passed on."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from longwatch.domain.polling import Exponential
from longwatch.domain.shares import Limits

OnUnknownSubmit = Literal["hold", "resubmit", "fail"]
PushMode = Literal["static", "dynamic", "off"]
PUSH_PATH = "/hooks/gemini"


def _seconds(value: object) -> object:
    return float(value) if isinstance(value, str) and value.replace(".", "", 1).isdigit() else value


Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
"""A duration: a number of seconds, or ISO 8601 (`PT90M`)."""

Retention = Annotated[timedelta, BeforeValidator(_seconds), Field(ge=timedelta(hours=1))]
"""How long something is kept: an hour at least."""

_SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{16,}={0,2}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,}")
GEMINI_URL = "https://generativelanguage.googleapis.com"


def default_data_dir() -> Path:
    """Return `$XDG_DATA_HOME/longwatch`, or `~/.local/share/longwatch`."""
    return Path(_Edge().xdg_data_home or Path.home() / ".local" / "share") / "longwatch"


class _Edge(BaseSettings):
    xdg_data_home: Path | None = None


class Settings(BaseSettings):
    """Every setting; in the environment each is named LONGWATCH_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="LONGWATCH_", populate_by_name=True, frozen=True)

    database_url: str | None = Field(None, description="PostgreSQL URL; without it a private server is started")
    broker_url: str | None = Field(None, description="Redis or Valkey URL; without it a private server is started")
    data_dir: Path = Field(default_factory=default_data_dir, description="where private servers and keys live")

    upstream_url: str = Field(GEMINI_URL, description="base URL of the Interactions API")
    upstream_version: Literal["v1beta", "v1"] = Field("v1beta", description="path prefix of the Interactions API")
    upstream_keys: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="JSON object of name -> API key; GEMINI_API_KEY is the one named `default`",
    )
    gemini_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("GEMINI_API_KEY", "gemini_api_key"),
        description="the upstream key named `default`; read from GEMINI_API_KEY",
    )

    api_key: SecretStr | None = Field(None, description="the first Longwatch key: any non-empty text")
    webhook_secret: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="whsec_… secrets that sign deliveries, separated by spaces or commas; several while rotating",
    )
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Fernet keys, separated by spaces or commas; the first encrypts, all decrypt",
    )
    webhook_allow: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        description="networks that webhooks may reach besides the public internet",
    )

    public_url: str | None = Field(None, description="where the upstream reaches this API, as https://host")
    push: PushMode | None = Field(
        None,
        description="static, dynamic or off: dynamic once public_url is set, else off",
    )
    push_token: SecretStr | None = Field(
        None, description="the last part of the path that the upstream's webhooks take"
    )
    push_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="whsec_… secrets of static endpoints upstream; several while rotating",
    )
    push_safety: Seconds = Field(timedelta(minutes=5), description="delay between polls while push keeps its word")

    max_running: int = Field(20, ge=1, description="how many interactions may run upstream at once")
    max_running_per_key: dict[str, PositiveInt] = Field(
        default_factory=dict,
        description="JSON object of upstream key -> how many of its interactions may run; `*` is each other one",
    )
    max_running_per_agent: dict[str, PositiveInt] = Field(
        default_factory=dict,
        description="JSON object of agent or model -> how many of its interactions may run; `*` is each other one",
    )
    max_running_per_project: dict[str, PositiveInt] = Field(
        default_factory=dict,
        description="JSON object of project -> how many of its interactions may run; `*` is each other one",
    )
    max_body_bytes: int = Field(25_000_000, ge=1024, description="largest request body that the API accepts")
    on_unknown_submit: OnUnknownSubmit = Field("hold", description="what an unknown create ends in if nobody decides")
    unknown_hold: Seconds = Field(timedelta(hours=24), description="how long an unknown create is held for a person")
    create_503: Literal["refused", "unknown"] = Field(
        "refused",
        description="whether a 503 with the API's own error body proves that nothing was created",
    )
    deadline: Seconds = Field(timedelta(minutes=90), description="a run's time from the create's answer")
    queued_deadline: Seconds = Field(timedelta(hours=24), description="how long the upstream may say `queued`")
    action_deadline: Seconds = Field(timedelta(days=7), description="how long a person or tool may take to answer")

    upstream_retention: Seconds = Field(timedelta(days=1), description="how long the upstream keeps a run")
    retain_results: Retention | None = Field(None, description="how long after its end a job's result is kept")
    retain_events: Retention | None = Field(None, description="how long after its end a job's events are kept")
    retain_deliveries: Retention | None = Field(None, description="how long a delivery is kept after its last attempt")

    default_revision: Literal["steps", "legacy"] = Field(
        "steps",
        description="the wire revision in which the Interactions door answers /v1beta when nothing tells which",
    )
    dedupe_seconds: float = Field(
        10,
        ge=0,
        description="how long the Interactions door takes an equal create for the same one; 0 is off",
    )
    foreground_timeout: Seconds = Field(
        timedelta(minutes=10),
        description="how long the Interactions door waits for a call that does not run in the background",
    )

    lease: Seconds = Field(timedelta(seconds=30), description="how long a claim holds before others may take it")
    poll_policy: Literal["learned", "exponential"] = Field(
        "learned",
        description="whether past runs plan when a run is read, once there are enough of its agent, or never",
    )
    polls_per_second: dict[str, PositiveFloat] = Field(
        default_factory=dict,
        description="JSON object of upstream key -> how many reads a second it may make; `*` is each other one",
    )
    polls_per_job: float = Field(12, ge=3, le=1000, description="reads that the learned policy spends on a run")
    poll_first: Seconds = Field(timedelta(seconds=5), description="delay before the first poll")
    poll_factor: float = Field(1.5, ge=1, description="growth of the delay from poll to poll")
    poll_cap: Seconds = Field(timedelta(seconds=60), description="longest delay between polls")
    poll_jitter: float = Field(0.2, ge=0, le=0.9, description="share by which each delay is spread")
    missing_grace: Seconds = Field(
        timedelta(seconds=120),
        description="how long after a create 403 and 404 mean `not visible yet`",
    )

    deaf_after: Seconds = Field(
        timedelta(seconds=60),
        ge=timedelta(seconds=1),
        description="how long a worker may hear nothing of what is sent to it before it is started again",
    )

    simulator_speed: float = Field(20.0, gt=0, description="how much faster than life `longwatch up` simulates")
    flower_show_prompts: bool = Field(default=False, description="show the head of each prompt in Flower")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least severe line logged")
    log_format: Literal["console", "json"] = Field("console", description="how log lines are written")

    @field_validator("webhook_secret", "encryption_keys", "webhook_allow", "push_secrets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator(
        "gemini_api_key",
        "database_url",
        "broker_url",
        "public_url",
        "push",
        "push_token",
        "retain_results",
        "retain_events",
        "retain_deliveries",
        mode="before",
    )
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        return value or None

    @field_validator("api_key")
    @classmethod
    def _not_blank(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().strip():
            raise ValueError("LONGWATCH_API_KEY is blank: give it any text, or leave it out to have one made")
        return value

    @field_validator("public_url")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith(("https://", "http://")) and value.partition("://")[2]):
            raise ValueError("LONGWATCH_PUBLIC_URL begins with https:// and names the host that the upstream reaches")
        return value

    @field_validator("push_secrets")
    @classmethod
    def _signing(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(_SECRET.fullmatch(secret.get_secret_value()) for secret in value):
            raise ValueError("LONGWATCH_PUSH_SECRETS holds whsec_… secrets, as `longwatch hooks register` shows them")
        return value

    @field_validator("push_token")
    @classmethod
    def _one_segment(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("LONGWATCH_PUSH_TOKEN is 16 or more letters, digits, - or _: `openssl rand -hex 24`")
        return value

    @model_validator(mode="after")
    def _push_has_an_address(self) -> Self:
        if self.push == "dynamic" and self.public_url is None:
            raise ValueError("LONGWATCH_PUSH=dynamic needs LONGWATCH_PUBLIC_URL, where the upstream reaches this API")
        return self

    @property
    def push_mode(self) -> PushMode:
        """Return how the upstream tells us of an end: as set, else dynamic once there is a public URL."""
        return self.push or ("dynamic" if self.public_url else "off")

    @property
    def push_problem(self) -> str | None:
        """Return why the upstream's webhooks could not be taken, for whoever takes them or asks for them."""
        if self.push_mode == "off" or self.push_token is not None:
            return None
        return (
            "Push is on (LONGWATCH_PUBLIC_URL or LONGWATCH_PUSH is set), so LONGWATCH_PUSH_TOKEN must be too, the same "
            "for api and workers: `openssl rand -hex 24` makes one. `longwatch up` makes and keeps its own."
        )

    @property
    def push_url(self) -> str | None:
        """Return the address that the upstream's webhooks go to; None without a public URL or a token."""
        if self.public_url is None or self.push_token is None:
            return None
        return f"{self.public_url.rstrip('/')}{PUSH_PATH}/{self.push_token.get_secret_value()}"

    @property
    def keys(self) -> dict[str, str]:
        """Return every upstream key by name."""
        found = {name: self.key(name) for name in (*self.upstream_keys, "default")}
        return {name: key for name, key in found.items() if key is not None}

    def key(self, name: str) -> str | None:
        """Return the upstream key of this name; None if there is none. GEMINI_API_KEY is `default`."""
        own = self.gemini_api_key if name == "default" else None
        found = own or self.upstream_keys.get(name)
        return None if found is None else found.get_secret_value()

    @property
    def limits(self) -> Limits:
        """Return how many interactions may run at once, by whatever name."""
        return Limits(
            total=self.max_running,
            keys=self.max_running_per_key,
            agents=self.max_running_per_agent,
            projects=self.max_running_per_project,
        )

    @property
    def plain_pace(self) -> Exponential:
        """Return the poll policy that needs no past runs."""
        return Exponential(first=self.poll_first, factor=self.poll_factor, cap=self.poll_cap, jitter=self.poll_jitter)


def load() -> Settings:
    """Read the settings from the environment; raise pydantic's ValidationError naming what is wrong."""
    return Settings()
