"""Which HTTP client sends webhooks? Stock httpx over the guarded network: no proxies, redirects or kept connections."""

import ssl
from collections.abc import Sequence

import httpcore
import httpx

from longwatch.webhooks.addresses import Network
from longwatch.webhooks.guard import CONNECT_SECONDS, GuardedBackend, Resolver, resolve

MOST_CONNECTIONS = 100
TIMEOUT = httpx.Timeout(20.0, connect=CONNECT_SECONDS)


def webhook_client(
    *,
    allow: Sequence[Network] = (),
    resolver: Resolver = resolve,
    tls: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """Return a client that reaches the public internet and *allow* only; close it with `aclose`."""
    transport = GuardedTransport(
        GuardedBackend(allow=allow, resolver=resolver),
        tls=tls or httpx.create_ssl_context(trust_env=False),
    )
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=TIMEOUT)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """Httpx's own transport over a pool whose connections all come from the guard."""

    def __init__(self, backend: GuardedBackend, *, tls: ssl.SSLContext) -> None:
        # No connection is kept, so that every attempt resolves and vets the name again.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=0,
            retries=0,
            network_backend=backend,
        )
