"""Can this text be a webhook's address? Answered when it is registered, without asking DNS."""

import re
from collections.abc import Sequence

import httpx

from longwatch.domain.errors import FieldProblem
from longwatch.webhooks.addresses import Address, Network, literal, objection

LONGEST_URL = 2048
ALLOW_REMEDY = "Use a public address, or have the operator list its network in LONGWATCH_WEBHOOK_ALLOW."

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\.?$")
_LOCALHOST = ("127.0.0.1", "::1")


def check_url(url: str, *, field: str = "webhook_url", allow: Sequence[Network] = ()) -> FieldProblem | None:
    """Return what is wrong with *url* as a webhook's address, with a remedy; None if it may be tried."""
    parsed = _parsed(url)
    if parsed is None:
        return FieldProblem(field, "url_malformed", "This is not a URL.", "Give an absolute http or https URL.")
    return _shape_problem(parsed, field) or _host_problem(parsed.raw_host.decode("ascii"), field, allow)


def _parsed(url: str) -> httpx.URL | None:
    if len(url) > LONGEST_URL or _FORBIDDEN.search(url):
        return None
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return None


def _shape_problem(url: httpx.URL, field: str) -> FieldProblem | None:
    if url.scheme not in {"http", "https"}:
        return FieldProblem(field, "url_scheme", "Webhooks go over http and https only.", "Give an https URL.")
    if url.userinfo:
        remedy = "Take the user and password out; the signature proves who is calling."
        return FieldProblem(field, "url_userinfo", "The URL carries credentials.", remedy)
    if url.port is not None and not 0 < url.port < 65536:
        return FieldProblem(field, "url_port", "The port is out of range.", "Use a port from 1 to 65535.")
    return None


def _host_problem(host: str, field: str, allow: Sequence[Network]) -> FieldProblem | None:
    addresses = _spelled(host)
    if not addresses and not _is_name(host):
        return FieldProblem(field, "url_host", "The host is not a name or address.", "Give a host such as example.com.")
    objections = [objection(address, allow=allow) for address in addresses]
    if objections and all(objections):
        return FieldProblem(field, "url_address", f"The host is {objections[0]}.", ALLOW_REMEDY)
    return None


def _spelled(host: str) -> list[Address]:
    name = host.lower().removesuffix(".")
    texts = _LOCALHOST if name == "localhost" or name.endswith(".localhost") else (name,)
    return [address for address in map(literal, texts) if address]


def _is_name(host: str) -> bool:
    last_label = host.lower().removesuffix(".").rpartition(".")[2]
    return len(host) <= 253 and bool(_NAME.fullmatch(host.lower())) and not _NUMBER.fullmatch(last_label)
