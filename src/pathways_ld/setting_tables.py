"""Settings that are tables of their own, one for each name: ``[stores.NAME]``, ``[webhooks.NAME]``."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pathways_ld.errors import SettingsError


def read_tables(setting: str, value: object, where: str) -> Mapping[str, Mapping[str, object]]:
    """Read the tables by name, or the JSON text in which a process hands them to another.

    Raises :class:`SettingsError`, which says `where` they are from.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else {}
        except (ValueError, RecursionError):
            raise SettingsError(
                f'Setting "{setting}" is no JSON; expected an object of {setting}. ({where})'
            ) from None
    if not isinstance(value, Mapping) or not all(isinstance(each, Mapping) for each in value.values()):
        raise SettingsError(f'Setting "{setting}" is not as expected: tables [{setting}.NAME]. ({where})')
    return value
