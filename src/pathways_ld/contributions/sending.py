"""Send a contribution to a server elsewhere, as any program may: ``POST /contributions``.

The address is given by whoever runs the command, on their own computer; a server never sends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

import requests

from pathways_ld.errors import InputError, InvalidDataError, StorageError

_PATH: Final = "/contributions"
_WAIT: Final = (10.0, 120.0)
"""Seconds until there is a connection, and between two packets."""
_LARGEST_ANSWER: Final = 20_000_000
_PIECE: Final = 65_536
_SHOWN: Final = 500


def send(
    server: str, content: bytes, media_type: str, parameters: Iterable[tuple[str, str]], token: str = ""
) -> dict[str, Any]:
    """Send a document; gives the JSON of the answer, which is described at ``GET /contributions``.

    `server` is the address of the site, such as ``https://vocabulary.example.org``. Raises
    :class:`InputError` for an address that is none, and for what the server refuses;
    :class:`InvalidDataError` where the document breaks rules, with the report in its details; and
    :class:`StorageError` where there is no answer.
    """
    address = _address(server, token)
    headers = {"Content-Type": media_type, "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with requests.Session() as session:
            session.trust_env = False  # a password in ~/.netrc would take the place of the token
            session.proxies.update(getproxies())
            with session.post(
                address,
                params=[each for each in parameters if each[1]],
                data=content,
                headers=headers,
                timeout=_WAIT,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response)
    except (requests.RequestException, UnicodeError) as error:
        raise StorageError(f"{address} did not answer as expected ({_reason(error)}). Try again.") from None
    if response.status_code in (200, 202):
        return body
    raise _failure(address, response, body)


def _address(server: str, token: str) -> str:
    wrong = InputError(f"{server[:_SHOWN]} is not the address of a server; expected https://...")
    try:
        parts = urlsplit(server)
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise wrong
    if token and parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise InputError("The token would be sent for all to read; expected an address with https://.")
    return server.rstrip("/").removesuffix(_PATH) + _PATH


def _read(response: requests.Response) -> dict[str, Any]:
    """Read JSON; empty for anything else."""
    found = bytearray()
    for piece in response.iter_content(_PIECE):
        found += piece
        if len(found) > _LARGEST_ANSWER:
            raise StorageError(f"{response.url} answered with more than {_LARGEST_ANSWER:,} bytes.")
    try:
        body = json.loads(bytes(found))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _failure(address: str, response: requests.Response, body: dict[str, Any]) -> Exception:
    status, detail = response.status_code, str(body.get("detail") or body.get("title") or "")
    if status == requests.codes.unprocessable_entity:
        error = InvalidDataError(detail or f"{address} found that the document breaks rules.", [])
        error.details = body
        return error
    if 300 <= status < 400:
        place = str(response.headers.get("Location", "nowhere"))
        return InputError(f"{address} has moved to {place[:_SHOWN]}; give that address.")
    if not detail:
        return StorageError(f"{address} answered {status} without saying why: is it the right server?")
    after = str(response.headers.get("Retry-After", ""))
    wait = f" Try again after {after[:20]} seconds." if after else ""
    return InputError(f"{address} answered {status}: {detail[:5_000]}{wait}")


def _reason(error: Exception) -> str:
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return str(error)[:_SHOWN] or type(error).__name__
