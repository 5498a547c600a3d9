"""Does an api process answer, and can it serve?"""

from collections.abc import AsyncIterator

import httpx

from longwatch.doctor.finding import Finding, strange, well, wrong
from longwatch.doctor.place import Place

PATIENCE_SECONDS = 10


async def api(place: Place) -> AsyncIterator[Finding]:
    """Ask one api process whether it is ready."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
            answer = await client.get(f"{place.api_url.rstrip('/')}/readyz")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield _away(place, str(error) or type(error).__name__)
        return
    if answer.is_success:
        yield well("api", f"{place.api_url} is ready")
    else:
        yield wrong("api", f"{place.api_url} answers {answer.status_code}: {_detail(answer)}", "See what it logs.")


def _away(place: Place, trouble: str) -> Finding:
    words = f"nothing answers at {place.api_url}: {trouble}"
    if place.up:
        return wrong("api", words, "See DATA_DIR/logs/api.log.")
    return strange("api", words, "Say where it is: `longwatch doctor --api URL`; start one with `uvicorn api.app:app`.")


def _detail(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return answer.reason_phrase
    return str(told.get("detail", answer.reason_phrase)) if isinstance(told, dict) else answer.reason_phrase
