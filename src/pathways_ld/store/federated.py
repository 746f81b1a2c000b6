"""One question to another SPARQL endpoint, for SERVICE: bounded, and never to an address of our own network.

The endpoint is one that an operator allowed, but what its name resolves to may change, and its answers are
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
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from pathways_ld.errors import QueryRefused, ServiceFailed

if TYPE_CHECKING:
    from collections.abc import Collection
    from ipaddress import IPv4Network

    from pathways_ld.settings import Settings

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network

JSON: Final = "application/sparql-results+json"

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>/[!$&'()*+,;=:@%A-Za-z0-9/?_.~-]*)?",
    re.IGNORECASE | re.ASCII,
)
_PORTS: Final = {"http": 80, "https": 443}
# Addresses that stand for an IPv4 address: 6to4, NAT64.
_TRANSLATED: Final = (IPv6Network("2002::/16"), IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True)
class ServiceLimits:
    """What one call may use: seconds from its beginning to its end, bytes and rows of the answer.

    `networks` may be asked although they are not public.
    """

    seconds: float = 10.0
    size: int = 10_000_000
    rows: int = 10_000
    networks: tuple[Network, ...] = ()

    @classmethod
    def from_settings(cls, settings: Settings) -> ServiceLimits:
        """Take the limits an operator has set."""
        texts = (text.strip() for text in settings.federation_networks.split(","))
        return cls(
            settings.federation_timeout,
            settings.federation_size,
            settings.federation_rows,
            tuple(ip_network(text) for text in texts if text),
        )


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


def ask_service(endpoint: str, query: str, limits: ServiceLimits) -> bytes:
    """Send a query to an endpoint whose origin is allowed; give its answer, SPARQL results in JSON.

    Raises :class:`QueryRefused` where its name leads to an address that is not public, and
    :class:`ServiceFailed` for all that can go wrong there.
    """
    call = _Call(endpoint, query, limits)
    thread = threading.Thread(target=call.run, name="federation", daemon=True)
    thread.start()
    thread.join(limits.seconds)
    if not call.done.is_set():
        call.stop()
        raise ServiceFailed(f"<{endpoint}> did not answer within {limits.seconds:g} seconds.")
    if call.failure is not None:
        raise call.failure
    return call.answer


@dataclass
class _Call:
    """A call in a thread of its own, so that whoever waits can stop, whatever it waits for."""

    endpoint: str
    query: str
    limits: ServiceLimits
    answer: bytes = b""
    failure: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    _socket: socket.socket | None = None
    _stopped: bool = False

    def run(self) -> None:
        """Make the call."""
        try:
            self.answer = self._ask()
        except (QueryRefused, ServiceFailed) as error:
            self.failure = error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            self.failure = ServiceFailed(f"<{self.endpoint}> could not be asked: {reason}.")
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

    def _ask(self) -> bytes:
        match = _URL.fullmatch(self.endpoint)
        if match is None:
            raise ServiceFailed(f"<{self.endpoint}> is no address of an endpoint.")
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
            urlencode({"query": self.query}),
            {
                "Accept": JSON,
                "Accept-Encoding": "identity",
                "Content-Type": "application/x-www-form-urlencoded",
                "Host": host if port == _PORTS[scheme] else f"{host}:{port}",
                "User-Agent": "pathways-ld",
                "Connection": "close",
            },
        )
        with connection.getresponse() as response:
            return self._read(response)

    def _connected(self, name: str, port: int) -> socket.socket:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        for text in addresses:
            if not is_public(ip_address(text.partition("%")[0]), self.limits.networks):
                raise QueryRefused(
                    f"<{self.endpoint}> is at an address that is not public, so it is not asked. "
                    "Use the endpoint's public address."
                )
        failure: OSError = OSError("it has no address")
        for text in addresses:
            try:
                return socket.create_connection((text, port), timeout=self.limits.seconds)
            except OSError as error:
                failure = error
        raise failure

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        if 300 <= response.status < 400:
            raise ServiceFailed(f"<{self.endpoint}> redirects to another address, which is not followed.")
        if response.status != 200:
            raise ServiceFailed(f"<{self.endpoint}> answered with status {response.status}.")
        kind = response.headers.get_content_type()
        if kind not in (JSON, "application/json") or response.headers.get("Content-Encoding"):
            raise ServiceFailed(f'<{self.endpoint}> answered with "{kind[:80]}"; expected {JSON}.')
        body = response.read(self.limits.size + 1)
        if len(body) > self.limits.size:
            raise ServiceFailed(f"<{self.endpoint}> answered with more than {self.limits.size:,} bytes.")
        return body
