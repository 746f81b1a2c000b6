"""The ``[stores.NAME]`` tables of the settings: the SPARQL servers that can be asked and published to.

A secret never stands in the settings: they name the environment variable that holds it.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args, get_type_hints
from urllib.parse import urlsplit

from pathways_ld.errors import SettingsError
from pathways_ld.iris import is_absolute_iri
from pathways_ld.setting_tables import read_tables

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
EMBEDDED: Final = "embedded"
"""The name of the store that comes with the software."""


def _key(default: Any, help_text: str) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True)
class RemoteSettings:
    """One store elsewhere."""

    name: str
    query_url: str = _key("", "The address for queries (SPARQL 1.1 Protocol).")
    update_url: str = _key("", "The address for updates; needed to publish.")
    graphs_url: str = _key("", "The address of the Graph Store Protocol; without it, updates carry the data.")
    engine: Literal[
        "generic", "blazegraph", "fuseki", "graphdb", "neptune", "oxigraph", "qlever", "rdf4j", "virtuoso"
    ] = _key("generic", "Which engine it is; generic for any that keeps to SPARQL 1.1.")
    auth: Literal["none", "basic", "digest", "bearer"] = _key("none", "How it is told who asks.")
    user: str = _key("", "The user name, for basic and digest.")
    secret_env: str = _key("", "The environment variable that holds the password or token.")
    ca_file: str = _key("", "A file with the certificates to trust instead of the usual ones.")
    graph_prefix: str = _key(
        "", "Where the IRIs of the graphs begin that have no IRI of their own; empty: the base and store/."
    )
    dataset: Literal["published", "endpoint"] = _key(
        "published",
        "published: the graphs that publish wrote. endpoint: whatever its default dataset is; for another"
        " server of this vocabulary.",
    )
    timeout: float = _key(0.0, "Seconds for a query; 0: the setting sparql_deadline.")
    write_timeout: float = _key(600.0, "Seconds that each request of publish may take.")
    connections: int = _key(8, "Queries that one web process sends at a time.")


_KEYS: Final = {each.name: each for each in dataclasses.fields(RemoteSettings) if each.name != "name"}
_TYPES: Final = get_type_hints(RemoteSettings)


@dataclass(frozen=True)
class Remotes:
    """All named stores; its text is JSON, from which it can be read again."""

    stores: tuple[RemoteSettings, ...] = ()

    def names(self) -> list[str]:
        """List the names."""
        return [each.name for each in self.stores]

    def named(self, name: str) -> RemoteSettings:
        """Find a store; raises :class:`SettingsError`."""
        for each in self.stores:
            if each.name == name:
                return each
        known = ", ".join(self.names()) or "none"
        raise SettingsError(
            f'There is no store "{name[:80]}"; the settings name: {known}. Add [stores.NAME] with a query_url'
            " to the settings file."
        )

    def __str__(self) -> str:
        tables = {each.name: _changed(each) for each in self.stores}
        return json.dumps(tables, ensure_ascii=False)


def _changed(remote: RemoteSettings) -> dict[str, object]:
    return {key: getattr(remote, key) for key, each in _KEYS.items() if getattr(remote, key) != each.default}


def read_remotes(value: object, where: str) -> Remotes:
    """Read the tables, or JSON text of them; `where` they are from is said in errors."""
    if isinstance(value, Remotes):
        return value
    tables = read_tables("stores", value, where)
    return Remotes(tuple(_read(name, table, where) for name, table in tables.items()))


def _read(name: str, table: Mapping[str, object], where: str) -> RemoteSettings:
    if not _NAME.fullmatch(name) or name == EMBEDDED:
        raise SettingsError(
            f'A store cannot be named "{name[:80]}"; expected letters, digits, "-" and "_", and not'
            f' "{EMBEDDED}". ({where})'
        )
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            advice = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(_KEYS)}."
            raise SettingsError(f'Unknown setting "stores.{name}.{key}" ({where}); {advice}')
        given[key] = _value(f"stores.{name}.{key}", key, value, where)
    remote = RemoteSettings(name, **given)
    _check(remote, where)
    return remote


def _value(path: str, key: str, value: object, where: str) -> object:
    kind = _TYPES[key]
    if kind in (int, float):
        numbers = (int,) if kind is int else (int, float)
        least = 1 if kind is int else 0
        if isinstance(value, bool) or not isinstance(value, numbers) or not least <= value < 1_000_000:
            raise _impossible(path, value, f"a number of at least {least}", where)
        return kind(value)
    allowed = get_args(kind)
    if allowed and value not in allowed:
        raise _impossible(path, value, f"one of {', '.join(allowed)}", where)
    if not isinstance(value, str):
        raise _impossible(path, value, "a text", where)
    return value


def _check(remote: RemoteSettings, where: str) -> None:
    path = f"stores.{remote.name}"
    if not remote.query_url:
        raise SettingsError(f'Setting "{path}.query_url" is missing. ({where})')
    for key in ("query_url", "update_url", "graphs_url"):
        url = getattr(remote, key)
        if url and not _is_address(url):
            # The address is not shown: what is wrong with it may be that it holds a password.
            raise SettingsError(
                f'Setting "{path}.{key}" is not as expected: http:// or https://, a host, and no user or'
                f" password in it; use auth, user and secret_env. ({where})"
            )
    if remote.graph_prefix and not is_absolute_iri(remote.graph_prefix):
        raise _impossible(f"{path}.graph_prefix", remote.graph_prefix, "the beginning of an IRI", where)
    if remote.auth != "none" and (
        not _VARIABLE.fullmatch(remote.secret_env) or remote.secret_env.startswith("PATHWAYS_LD_")
    ):
        raise _impossible(
            f"{path}.secret_env",
            remote.secret_env,
            "the name of an environment variable that does not begin with PATHWAYS_LD_",
            where,
        )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not parts.fragment
        and is_absolute_iri(url)
    )


def _impossible(path: str, value: object, expected: str, where: str) -> SettingsError:
    return SettingsError(f'Setting "{path}" is {value!r}; expected {expected}. ({where})')
