"""The upstream as a process: `python -m benchmarks.fake [--certificate PEM]`; its first line is its address."""

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
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(upstream), "127.0.0.1", 0, ssl=tls, backlog=2048)
    scheme, host = ("http", "127.0.0.1") if tls is None else ("https", "localhost")
    print(f"{scheme}://{host}:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=sys.modules[__name__].__doc__)
    parser.add_argument("--certificate", type=Path)
    gc.freeze()
    asyncio.run(serve(parser.parse_args().certificate))


if __name__ == "__main__":
    main()
