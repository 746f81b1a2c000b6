"""One request to a server elsewhere: bounded, and never to an address of our own network.

The address is one that an operator allowed, but what its name resolves to may change, and its answers are
anybody's. So every address is looked at before a connection, the connection goes to the address that was
looked at, redirects are not followed, and there is one deadline for all of it.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from ipaddress import IPv4Network

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network

Answer = TypeVar("Answer")

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>/[!$&'()*+,;=:@%A-Za-z0-9/?_.~-]*)?",
    re.IGNORECASE | re.ASCII,
)
_PORTS: Final = {"http": 80, "https": 443}
# Addresses that stand for an IPv4 address: 6to4, NAT64.
_TRANSLATED: Final = (IPv6Network("2002::/16"), IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class NotPublic(OSError):
    """The name leads to an address that is not public."""


class NoAddress(OSError):
    """The text is no address that is understood in one way only."""


def origin_of(url: str) -> str | None:
    """Give scheme, host and port of a URL, or None where it is not a plain http(s) URL.

    Whatever two readers might read differently is none: user names, backslashes, white space, escapes in the
    host, fragments.
    """
    match = _URL.fullmatch(url)
    if match is None:
        return None
    scheme = match["scheme"].lower()
    port = int(match["port"] or _PORTS[scheme])
    return f"{scheme}://{match['host'].lower()}:{port}" if 0 < port < 65_536 else None


def origins_of(text: str) -> frozenset[str]:
    """Read origins that are separated by commas; what is none is left out."""
    return frozenset(filter(None, (origin_of(part.strip()) for part in text.split(","))))


def networks_of(text: str) -> tuple[Network, ...]:
    """Read networks that are separated by commas."""
    return tuple(ip_network(part) for part in map(str.strip, text.split(",")) if part)


def is_public(address: Address, exceptions: Collection[Network] = ()) -> bool:
    """Tell whether an address is one of the public Internet, or among the exceptions."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if mapped is not None:
        return is_public(mapped, exceptions)
    if any(address.version == network.version and address in network for network in exceptions):
        return True
    if isinstance(address, IPv6Address) and any(address in network for network in _TRANSLATED):
        return False
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    read: Callable[[http.client.HTTPResponse], Answer],
    *,
    seconds: float,
    networks: Collection[Network] = (),
) -> Answer:
    """Send a POST request, and give what `read` makes of the answer.

    `networks` may be asked although they are not public. Raises :class:`NoAddress`, :class:`NotPublic`,
    :class:`TimeoutError` after `seconds` from beginning to end, any other :class:`OSError`,
    :class:`http.client.HTTPException`, and what `read` raises.
    """
    call = _Call(url, body, headers, read, seconds, networks)
    thread = threading.Thread(target=call.run, name="outgoing", daemon=True)
    thread.start()
    thread.join(seconds)
    if not call.done.is_set():
        call.stop()
        raise TimeoutError(f"no answer within {seconds:g} seconds")
    if call.failure is not None:
        raise call.failure
    return call.answer[0]


@dataclass
class _Call(Generic[Answer]):
    """A request in a thread of its own, so that whoever waits can stop, whatever it waits for."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    read: Callable[[http.client.HTTPResponse], Answer]
    seconds: float
    networks: Collection[Network]
    answer: list[Answer] = field(default_factory=list)
    failure: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    _socket: socket.socket | None = None
    _stopped: bool = False

    def run(self) -> None:
        """Make the request."""
        try:
            self.answer.append(self._ask())
        except Exception as error:
            self.failure = error
        finally:
            self.done.set()
            self._close()

    def stop(self) -> None:
        """Give up: the connection is closed, and the thread ends."""
        self._stopped = True
        self._close()

    def _close(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _ask(self) -> Answer:
        match = _URL.fullmatch(self.url)
        if match is None:
            raise NoAddress("it is no address of a server")
        scheme, host = match["scheme"].lower(), match["host"].lower()
        name = host.strip("[]")
        port = int(match["port"] or _PORTS[scheme])
        self._socket = self._connected(name, port)
        if scheme == "https":
            secured = ssl.create_default_context().wrap_socket(
                self._socket, server_hostname=name, do_handshake_on_connect=False
            )
            self._socket = secured
            secured.do_handshake()
        if self._stopped:
            raise TimeoutError
        connection = http.client.HTTPConnection(name, port)
        connection.sock = self._socket
        connection.request(
            "POST",
            match["target"] or "/",
            self.body,
            {
                **self.headers,
                "Accept-Encoding": "identity",
                "Host": host if port == _PORTS[scheme] else f"{host}:{port}",
                "User-Agent": "pathways-ld",
                "Connection": "close",
            },
        )
        with connection.getresponse() as response:
            return self.read(response)

    def _connected(self, name: str, port: int) -> socket.socket:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        for text in addresses:
            if not is_public(ip_address(text.partition("%")[0]), self.networks):
                raise NotPublic(f"{text} is not public")
        failure: OSError = OSError("it has no address")
        for text in addresses:
            try:
                return socket.create_connection((text, port), timeout=self.seconds)
            except OSError as error:
                failure = error
        raise failure
