"""Which text has a JSON Schema format?"""

import base64
import binascii
import datetime as dt
import ipaddress
import random
import re
import uuid
from collections.abc import Callable

_DAY = dt.date(2026, 1, 1)


def formatted(name: str, rng: random.Random) -> str | None:
    """Return a text of the format *name*; None if it is unknown."""
    maker = _MAKERS.get(name)
    return None if maker is None else maker(rng)


def fits_format(value: str, name: str) -> bool:
    """Return whether *value* has the format *name*; an unknown format holds nothing back."""
    checker = _CHECKERS.get(name)
    try:
        return checker is None or bool(checker(value))
    except (ValueError, binascii.Error):
        return False


def _date(rng: random.Random) -> str:
    return (_DAY + dt.timedelta(days=rng.randrange(365))).isoformat()


def _time(rng: random.Random) -> str:
    return f"{rng.randrange(24):02}:{rng.randrange(60):02}:00Z"


def _word(rng: random.Random) -> str:
    return "".join(rng.choice("bdfglmnprst") + rng.choice("aeiou") for _ in range(3))


def _identifier(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "date": _date,
    "time": _time,
    "date-time": lambda rng: f"{_date(rng)}T{_time(rng)}",
    "duration": lambda rng: f"PT{rng.randint(1, 59)}M",
    "email": lambda rng: f"{_word(rng)}@example.org",
    "idn-email": lambda rng: f"{_word(rng)}@example.org",
    "hostname": lambda rng: f"{_word(rng)}.example.org",
    "idn-hostname": lambda rng: f"{_word(rng)}.example.org",
    "ipv4": lambda rng: f"192.0.2.{rng.randrange(1, 255)}",
    "ipv6": lambda rng: f"2001:db8::{rng.randrange(1, 0xFFFF):x}",
    "uri": lambda rng: f"https://www.example.org/{_word(rng)}",
    "url": lambda rng: f"https://www.example.org/{_word(rng)}",
    "iri": lambda rng: f"https://www.example.org/{_word(rng)}",
    "uri-reference": lambda rng: f"/{_word(rng)}",
    "iri-reference": lambda rng: f"/{_word(rng)}",
    "uri-template": lambda rng: f"https://www.example.org/{{{_word(rng)}}}",
    "uuid": _identifier,
    "json-pointer": lambda rng: f"/{_word(rng)}",
    "relative-json-pointer": lambda rng: f"1/{_word(rng)}",
    "regex": lambda rng: f"^{_word(rng)}$",
    "byte": lambda rng: base64.b64encode(_word(rng).encode()).decode(),
}
_CHECKERS: dict[str, Callable[[str], object]] = {
    "date": lambda text: re.fullmatch(r"\d{4}-\d\d-\d\d", text) and dt.date.fromisoformat(text),
    "time": lambda text: re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text),
    "date-time": lambda text: (
        re.fullmatch(r"\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)", text) and dt.datetime.fromisoformat(text)
    ),
    "duration": lambda text: re.fullmatch(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?", text),
    "email": lambda text: re.fullmatch(r"[^@\s]+@[^@\s]+", text),
    "hostname": lambda text: re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text),
    "ipv4": ipaddress.IPv4Address,
    "ipv6": ipaddress.IPv6Address,
    "uri": lambda text: re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", text),
    "uuid": lambda text: re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text),
    "json-pointer": lambda text: re.fullmatch(r"(/[^/~]*(~[01][^/~]*)*)*", text),
    "regex": lambda text: re.compile(text) is not None,
}
