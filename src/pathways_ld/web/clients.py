"""Who asks: the address that a client is counted by.

An IPv4 client is its address, an IPv6 client its /64 network, which is what one customer gets. Behind a
reverse proxy the peer is the proxy; what it says of the client is believed where the operator says so
(settings `trusted_proxies` and `forwarded_header`) and not otherwise, because anybody can send these headers.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathways_ld.settings import Settings

_Address = IPv4Address | IPv6Address

UNKNOWN: Final = "unknown"
_LONGEST: Final = 4_096
_HOPS: Final = 20


class ClientNames:
    """Tells clients apart by their addresses."""

    def __init__(self, trusted_proxies: str = "", header: str = "X-Forwarded-For") -> None:
        self.header = header
        self._proxies: tuple[IPv4Network | IPv6Network, ...] = tuple(
            ip_network(part.strip()) for part in trusted_proxies.split(",") if part.strip()
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> ClientNames:
        """Trust the proxies an operator has named."""
        return cls(settings.trusted_proxies, settings.forwarded_header)

    def name(self, peer: str | None, forwarded: str | None) -> str:
        """Name the client: the nearest address that is no trusted proxy's.

        `forwarded` is the value of `header`, read from its end: each proxy appends, so what is further to
        the front may be made up.
        """
        address = _read(peer or "")
        if address is None:
            return UNKNOWN
        if self._proxies and forwarded:
            for hop in self._hops(forwarded):
                if not any(address in network for network in self._proxies):
                    break
                before = _read(hop)
                if before is None:
                    break
                address = before
        return str(address if isinstance(address, IPv4Address) else ip_network((address, 64), strict=False))

    def scheme(self, peer: str | None, scheme: str, forwarded: str | None) -> str:
        """Tell whether the client speaks http or https: `scheme` is how the peer speaks to us.

        `forwarded` is the value of X-Forwarded-Proto, or of Forwarded where that is `header`; of several
        hops the last counts, which is what the nearest proxy said.
        """
        address = _read(peer or "")
        if not forwarded or address is None or not any(address in network for network in self._proxies):
            return scheme
        last = forwarded[-_LONGEST:].rpartition(",")[2].strip()
        if self.header == "Forwarded":
            last = _named_in_forwarded(last, "proto")
        return last.lower() if last.lower() in ("http", "https") else scheme

    def _hops(self, forwarded: str) -> Iterable[str]:
        entries = forwarded[-_LONGEST:].split(",")[: -_HOPS - 1 : -1]
        return map(_named_in_forwarded, entries) if self.header == "Forwarded" else entries


def _named_in_forwarded(entry: str, wanted: str = "for") -> str:
    """Give the value of a parameter (RFC 7239, 4)."""
    for pair in entry.split(";"):
        name, _, value = pair.partition("=")
        if name.strip().lower() == wanted:
            return value.strip().strip('"')
    return ""


def _read(text: str) -> _Address | None:
    """Read an address, which may have brackets and a port."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
