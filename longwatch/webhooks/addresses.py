"""Which network addresses may a webhook reach: the public internet, and what the operator lists."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")

# Written out because ipaddress.is_global differs between Python releases; source: IANA's special-purpose registries.
_NOT_PUBLIC = {
    "a loopback address": ("127.0.0.0/8", "::1/128"),
    "an unspecified address": ("0.0.0.0/8", "::/128"),
    "a private address": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    "a link-local address": ("169.254.0.0/16", "fe80::/10"),
    "a carrier-grade NAT address": ("100.64.0.0/10",),
    "a multicast address": ("224.0.0.0/4", "ff00::/8"),
    "an IPv4-mapped address": ("::ffff:0:0/96",),
    "a NAT64 address": ("64:ff9b::/96", "64:ff9b:1::/48"),
    "a Teredo address": ("2001::/32",),
    "a 6to4 address": ("2002::/16", "192.88.99.0/24"),
    "a benchmarking address": ("198.18.0.0/15",),
    "a documentation address": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    "a reserved address": ("192.0.0.0/24", "240.0.0.0/4", "2001::/23"),
}
_REASONS = [(ip_network(text), reason) for reason, texts in _NOT_PUBLIC.items() for text in texts]


def objection(address: Address, *, allow: Sequence[Network] = ()) -> str | None:
    """Return what makes *address* unfit for a webhook ("a loopback address"); None if it may be reached."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "an address with a zone"
    if any(address in network for network in allow):
        return None
    return _reason(address)


def literal(host: str) -> Address | None:
    """Return the address that *host* spells, in any form a resolver takes (`127.1`, `0x7f000001`); None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return _inet_aton(host)


def _inet_aton(host: str) -> IPv4Address | None:
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _reason(address: Address) -> str | None:
    for network, reason in _REASONS:
        if address in network:
            return reason
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST_V6:
        return "not a global unicast address"
    return None
