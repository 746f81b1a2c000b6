"""One question to another SPARQL endpoint, for SERVICE: bounded, and never to our own network."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from pathways_ld.errors import QueryRefused, ServiceFailed
from pathways_ld.store.outgoing import NoAddress, NotPublic, networks_of, post

if TYPE_CHECKING:
    from pathways_ld.settings import Settings
    from pathways_ld.store.outgoing import Network

JSON: Final = "application/sparql-results+json"


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
        return cls(
            settings.federation_timeout,
            settings.federation_size,
            settings.federation_rows,
            networks_of(settings.federation_networks),
        )


def ask_service(endpoint: str, query: str, limits: ServiceLimits) -> bytes:
    """Send a query to an endpoint whose origin is allowed; give its answer, SPARQL results in JSON.

    Raises :class:`QueryRefused` where its name leads to an address that is not public, and
    :class:`ServiceFailed` for all that can go wrong there.
    """

    def read(response: http.client.HTTPResponse) -> bytes:
        return _read(response, endpoint, limits.size)

    headers = {"Accept": JSON, "Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"query": query}).encode()
    try:
        return post(endpoint, body, headers, read, seconds=limits.seconds, networks=limits.networks)
    except NotPublic:
        raise QueryRefused(
            f"<{endpoint}> is at an address that is not public, so it is not asked. "
            "Use the endpoint's public address."
        ) from None
    except NoAddress:
        raise ServiceFailed(f"<{endpoint}> is no address of an endpoint.") from None
    except TimeoutError:
        raise ServiceFailed(f"<{endpoint}> did not answer within {limits.seconds:g} seconds.") from None
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ServiceFailed(f"<{endpoint}> could not be asked: {reason}.") from None


def _read(response: http.client.HTTPResponse, endpoint: str, size: int) -> bytes:
    if 300 <= response.status < 400:
        raise ServiceFailed(f"<{endpoint}> redirects to another address, which is not followed.")
    if response.status != 200:
        raise ServiceFailed(f"<{endpoint}> answered with status {response.status}.")
    kind = response.headers.get_content_type()
    if kind not in (JSON, "application/json") or response.headers.get("Content-Encoding"):
        raise ServiceFailed(f'<{endpoint}> answered with "{kind[:80]}"; expected {JSON}.')
    body = response.read(size + 1)
    if len(body) > size:
        raise ServiceFailed(f"<{endpoint}> answered with more than {size:,} bytes.")
    return body
