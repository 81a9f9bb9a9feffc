"""What an address tells: this machine, or one customer's network. Knows nothing of requests."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# What a provider gives to a customer at the least; within it whoever asks may choose among 2^64 addresses.
_CUSTOMER_PREFIX = 64


def network_of(address: str) -> str:
    """Return what one customer of a network has: an IPv4 address, or the /64 around an IPv6 address.

    An IPv4 address in the clothes of IPv6 counts as itself; text that is no address gives an empty text.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        mapped: IPv4Address | None = parsed.ipv4_mapped
        return str(mapped or IPv6Network((int(parsed), _CUSTOMER_PREFIX), strict=False))
    return str(parsed)


def is_loopback(host: str) -> bool:
    """Tell whether `host` names this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
