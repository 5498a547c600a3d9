"""The upstream as a process: `python -m benchmarks.fake [--certificate PEM]`; its first line says where to call.

First the upstream's address, then the receiver's: that one never speaks TLS, since webhooks trust public issuers only.
"""

import argparse
import asyncio
import gc
import ssl
import sys
from pathlib import Path

from benchmarks.fake.http import Connection, Upstream


async def serve(certificate: Path | None) -> None:
    """Serve on a free port of the loopback address until the process is ended."""
    tls = None
    if certificate is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
    upstream = Upstream()
    receiver = await _listening(upstream, None)
    server = receiver if tls is None else await _listening(upstream, tls)
    base = f"http://127.0.0.1:{_port(receiver)}"
    print(base if tls is None else f"https://localhost:{_port(server)}", base, flush=True)
    await server.serve_forever()


async def _listening(upstream: Upstream, tls: ssl.SSLContext | None) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Connection(upstream), "127.0.0.1", 0, ssl=tls, backlog=2048)


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=sys.modules[__name__].__doc__)
    parser.add_argument("--certificate", type=Path)
    gc.freeze()
    asyncio.run(serve(parser.parse_args().certificate))


if __name__ == "__main__":
    main()
