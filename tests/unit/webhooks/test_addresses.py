"""Are only public addresses, and those the operator lists, open to webhooks?"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.webhooks.addresses import literal, objection

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.32.0.1",
    "100.128.0.1",
    "198.20.0.1",
    "2606:4700::1111",
    "2a00::1",
]
REFUSED = {
    "127.0.0.1": "a loopback address",
    "127.255.255.254": "a loopback address",
    "::1": "a loopback address",
    "0.0.0.0": "an unspecified address",  # noqa: S104
    "0.1.2.3": "an unspecified address",
    "::": "an unspecified address",
    "10.0.0.1": "a private address",
    "172.16.0.1": "a private address",
    "172.31.255.255": "a private address",
    "192.168.1.1": "a private address",
    "fc00::1": "a private address",
    "fd12:3456::1": "a private address",
    "fec0::1": "a private address",
    "169.254.169.254": "a link-local address",
    "fe80::1": "a link-local address",
    "100.64.0.1": "a carrier-grade NAT address",
    "100.127.255.255": "a carrier-grade NAT address",
    "224.0.0.1": "a multicast address",
    "239.255.255.255": "a multicast address",
    "ff02::1": "a multicast address",
    "::ffff:127.0.0.1": "an IPv4-mapped address",
    "::ffff:8.8.8.8": "an IPv4-mapped address",
    "64:ff9b::7f00:1": "a NAT64 address",
    "64:ff9b:1::1": "a NAT64 address",
    "2001:0:53aa::1": "a Teredo address",
    "2002:7f00:1::": "a 6to4 address",
    "192.88.99.1": "a 6to4 address",
    "198.18.0.1": "a benchmarking address",
    "198.19.255.255": "a benchmarking address",
    "192.0.2.1": "a documentation address",
    "203.0.113.9": "a documentation address",
    "2001:db8::1": "a documentation address",
    "3fff::1": "a documentation address",
    "192.0.0.8": "a reserved address",
    "240.0.0.1": "a reserved address",
    "255.255.255.255": "a reserved address",
    "2001:10::1": "a reserved address",
    "::127.0.0.1": "not a global unicast address",
    "5f00::1": "not a global unicast address",
    "100::1": "not a global unicast address",
    "4000::1": "not a global unicast address",
    "2606:4700::1111%eth0": "an address with a zone",
    "fe80::1%eth0": "an address with a zone",
}


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_may_be_reached(text: str) -> None:
    assert objection(ip_address(text)) is None


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_an_address_that_is_not_public_is_refused_with_the_reason(text: str, reason: str) -> None:
    assert objection(ip_address(text)) == reason


@pytest.mark.parametrize("text", ["127.0.0.1", "127.8.9.10", "::1"])
def test_loopback_is_open_once_it_is_listed(text: str) -> None:
    assert objection(ip_address(text), allow=LOOPBACK) is None


@pytest.mark.parametrize("text", ["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::1%lo"])
def test_a_listed_network_opens_nothing_besides_itself(text: str) -> None:
    assert objection(ip_address(text), allow=LOOPBACK) is not None


@given(st.ip_addresses(v=4))
def test_what_python_calls_not_global_is_never_reached(address: IPv4Address) -> None:
    assert address.is_global or objection(address) is not None


@given(st.ip_addresses(v=6))
def test_nothing_outside_global_unicast_is_ever_reached(address: IPv6Address) -> None:
    assert address in ip_network("2000::/3") or objection(address) is not None


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_of_an_ipv4_address_is_ever_reached(address: IPv4Address) -> None:
    number = int(address)
    forms = [0xFFFF << 32 | number, number, 0x64_FF9B << 96 | number, 0x2002 << 112 | number << 80]
    assert all(objection(IPv6Address(form)) for form in forms)


@pytest.mark.parametrize(
    "spelling",
    ["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0X7F.0.0.1"],
)
def test_every_spelling_of_an_ipv4_address_is_known(spelling: str) -> None:
    assert literal(spelling) == IPv4Address("127.0.0.1")


@pytest.mark.parametrize("name", ["example.com", "localhost", "", "1.2.3.4.5", "127.0.0.one", "0x1ffffffff", "a:b"])
def test_a_name_is_not_an_address(name: str) -> None:
    assert literal(name) is None
