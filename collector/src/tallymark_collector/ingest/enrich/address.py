"""Network addresses, as much of them as may be kept."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal

Keeping = Literal["full", "truncate", "none"]
"""How much of an address an event wants kept (`ctx.ip`)."""

_V4_BITS: Final = 24
_V6_BITS: Final = 48


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address as the network sees it, None for what is none.

    An IPv4 address inside IPv6 is an IPv4 address; zones (`fe80::1%eth0`) are left out.
    """
    try:
        address = ip_address(text.strip().split("%", 1)[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def truncated(address: IPv4Address | IPv6Address) -> str:
    """Return an address without the part that tells one subscriber from the next.

    What remains is /24 of IPv4 and /48 of IPv6.
    """
    bits = _V4_BITS if address.version == 4 else _V6_BITS  # noqa: PLR2004 - versions
    return str(ip_network((address, bits), strict=False).network_address)


def kept(address: IPv4Address | IPv6Address, keeping: Keeping) -> str | None:
    """Return what of an address is stored."""
    match keeping:
        case "full":
            return str(address)
        case "truncate":
            return truncated(address)
        case "none":
            return None
