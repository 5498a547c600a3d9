"""A PostgreSQL that lets nobody in: it answers each connection with the next of its refusals, the last one for ever."""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

STARTING = ("57P03", "the database system is starting up")
WRONG_PASSWORD = ("28P01", 'password authentication failed for user "longwatch"')
NO_ENTRY = ("28000", 'no pg_hba.conf entry for host "127.0.0.1", user "longwatch", no encryption')


@contextmanager
def refusing_postgres(refusals: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the URL of a server on loopback that refuses everybody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, refusals), daemon=True).start()
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        yield f"postgresql://longwatch:a-password@{host}/longwatch?sslmode=disable&gssencmode=disable"
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, refusals: Sequence[tuple[str, str]]) -> None:
    number = 0
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(_refusal(*refusals[min(number, len(refusals) - 1)]))
            number += 1


def _refusal(code: str, message: str) -> bytes:
    named = {"S": "FATAL", "V": "FATAL", "C": code, "M": message}
    fields = b"".join(f"{kind}{value}\0".encode() for kind, value in named.items())
    return b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0"
