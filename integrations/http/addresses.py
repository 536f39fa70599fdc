"""Where a host leads: which addresses it has, which of them are internal, and what an operator allowed."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Resolver = Callable[[str, int], Sequence[str]]
Address = IPv4Address | IPv6Address

# Python's `is_global` differs between patch releases, so what it has ever missed is listed here.
INTERNAL_4: Final = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and metadata of Alibaba Cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform, which only Azure's machines reach
        "169.254.0.0/16",  # link-local, and metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and metadata of Oracle Cloud
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
GLOBAL_6: Final = IPv6Network("2000::/3")  # the rest is loopback, local, multicast, IPv4-compatible or reserved
INTERNAL_6: Final = tuple(
    IPv6Network(each)
    for each in (
        "2001::/23",  # Teredo and other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
NAT64: Final = IPv6Network("64:ff9b::/96")


def system_resolver(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order in which the system would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def is_internal(address: Address) -> bool:
    """Return whether an address isn't on the public internet. An IPv4 address inside an IPv6 one counts as itself."""
    address = reached(address)
    if isinstance(address, IPv4Address):
        return not address.is_global or any(address in each for each in INTERNAL_4)
    return not address.is_global or address not in GLOBAL_6 or any(address in each for each in INTERNAL_6)


def reached(address: Address) -> Address:
    """Return the IPv4 address to which a mapped or translated IPv6 address leads, else the address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


@lru_cache
def allowed(entries: tuple[str, ...]) -> tuple[tuple[IPv4Network | IPv6Network, ...], frozenset[str]]:
    """Sort what an operator allowed into networks and host names."""
    networks: list[IPv4Network | IPv6Network] = []
    names = set()
    for entry in entries:
        try:
            networks.append(ip_network(entry, strict=False))
        except ValueError:
            names.add(entry.lower().rstrip("."))
    return tuple(networks), frozenset(names)
