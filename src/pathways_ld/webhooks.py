"""The ``[webhooks.NAME]`` tables of the settings: who is told of contributions and changes.

A secret never stands in the settings: they name the environment variable that holds it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final
from urllib.parse import urlsplit

from pathways_ld.errors import SettingsError
from pathways_ld.setting_tables import read_tables

EVENTS: Final = (
    "contribution.received",
    "contribution.accepted",
    "contribution.rejected",
    "change.published",
)
"""What a webhook can be told of."""

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - says what it is
"""How a secret begins (Standard Webhooks); the rest is base64 of 24 to 64 random bytes."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Webhook:
    """One of those who are told of `events`; the variable `secret_env` holds the secret."""

    name: str
    url: str
    secret_env: str
    events: tuple[str, ...] = EVENTS


@dataclass(frozen=True)
class Webhooks:
    """All webhooks; its text is JSON, from which it can be read again."""

    hooks: tuple[Webhook, ...] = ()

    def __str__(self) -> str:
        names = [each.name for each in fields(Webhook) if each.name != "name"]
        tables = {each.name: {key: getattr(each, key) for key in names} for each in self.hooks}
        return json.dumps(tables, ensure_ascii=False)


def read_webhooks(value: object, where: str) -> Webhooks:
    """Read the tables, or JSON text of them; `where` they are from is said in errors."""
    if isinstance(value, Webhooks):
        return value
    tables = read_tables("webhooks", value, where)
    return Webhooks(tuple(_read(name, table, where) for name, table in tables.items()))


def _read(name: str, table: Mapping[str, object], where: str) -> Webhook:
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f'A webhook cannot be named "{name[:80]}"; expected letters, digits, "-" and "_". ({where})'
        )
    path = f"webhooks.{name}"
    known = ("url", "secret_env", "events")
    unknown = sorted(table.keys() - set(known))
    if unknown:
        raise SettingsError(f'Unknown setting "{path}.{unknown[0]}" ({where}); known are {", ".join(known)}.')
    url, variable, events = (table.get(key, "") for key in known)
    if not isinstance(url, str) or not _is_address(url):
        # The address is not shown: what is wrong with it may be that it holds a password.
        raise SettingsError(
            f'Setting "{path}.url" is not as expected: https:// (or http://), a host, and no user or password'
            f" in it. ({where})"
        )
    if (
        not isinstance(variable, str)
        or not _VARIABLE.fullmatch(variable)
        or variable.startswith("PATHWAYS_LD_")
    ):
        raise SettingsError(
            f'Setting "{path}.secret_env" is not as expected: the name of an environment variable that does'
            f" not begin with PATHWAYS_LD_, and that holds the secret. ({where})"
        )
    if events == "":
        return Webhook(name, url, variable)
    if not isinstance(events, (list, tuple)) or not events or not set(events) <= set(EVENTS):
        raise SettingsError(
            f'Setting "{path}.events" is {events!r}; expected a list of {", ".join(EVENTS)}. ({where})'
        )
    return Webhook(name, url, variable, tuple(events))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def read_secret(hook: Webhook, environment: Mapping[str, str]) -> bytes:
    """Give the key that a webhook's messages are signed with. Raises :class:`SettingsError`."""
    text = environment.get(hook.secret_env, "")
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(SECRET_PREFIX) or not 24 <= len(key) <= 64:
        raise SettingsError(
            f'The environment variable {hook.secret_env} does not hold the secret of "{hook.name}": expected'
            f' {SECRET_PREFIX} and base64 of 24 to 64 bytes, as "pathways-ld notify --new-secret" makes it.'
        )
    return key
