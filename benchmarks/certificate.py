"""Which certificate does the fake upstream speak TLS with? One for localhost, its own issuer, good for a day."""

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from longwatch.domain.clock import Clock

_NAME = "localhost"
_HOUR = timedelta(hours=1)


def certificate(folder: Path) -> Path:
    """Write a PEM file with a key and its certificate, and return its path: who trusts the file trusts the server."""
    key = ec.generate_private_key(ec.SECP256R1())
    file = folder / "certificate.pem"
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, *plain)
    file.write_bytes(private + _signed(key).public_bytes(serialization.Encoding.PEM))
    return file


def _signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    now = Clock().now()
    return (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _HOUR)
        .not_valid_after(now + 24 * _HOUR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
