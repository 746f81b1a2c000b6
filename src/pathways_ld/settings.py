"""The settings registry: every setting has a name, a type, a default and a sentence of help.

Values come, later over earlier, from the defaults, a TOML file (``--config`` or ``PATHWAYS_LD_CONFIG``),
the environment (``PATHWAYS_LD_`` and the name in capitals) and the command line.
An unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_type_hints

from pathways_ld.errors import SettingsError
from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT_PREFIX: Final = "PATHWAYS_LD_"
CANONICAL_BASE: Final = "https://w3id.org/pathways-ld/"


@dataclass(frozen=True)
class Kind:
    """A kind of term: its name is the path segment, its class decides what belongs to it."""

    name: str
    class_iri: str
    singular: str
    plural: str


OUR_KINDS: Final = (
    Kind("topic", PREFIXES["skos"] + "Concept", "Topic", "Topics"),
    Kind("organization", PREFIXES["org"] + "Organization", "Organization", "Organizations"),
    Kind("initiative", CANONICAL_BASE + "ns#Initiative", "Initiative", "Initiatives"),
    Kind("source", PREFIXES["bibo"] + "Document", "Source", "Sources"),
)
"""The kinds of our own vocabulary."""

GENERAL_KINDS: Final = (
    Kind("concept", PREFIXES["skos"] + "Concept", "Concept", "Concepts"),
    Kind("collection", PREFIXES["skos"] + "Collection", "Collection", "Collections"),
    Kind("scheme", PREFIXES["skos"] + "ConceptScheme", "Concept scheme", "Concept schemes"),
    Kind("organization", PREFIXES["org"] + "Organization", "Organization", "Organizations"),
)
"""The kinds of any other SKOS vocabulary."""


def _setting(default: Any, help_text: str, *, least: float = 0, most: float = math.inf) -> Any:
    return field(default=default, metadata={"help": help_text, "least": least, "most": most})


@dataclass(frozen=True)
class Settings:
    """All settings; immutable, made by :func:`load_settings`."""

    canonical_base: str = _setting(
        CANONICAL_BASE, "The base of the published IRIs. RDF carries it whatever host serves the pages."
    )
    state_dir: Path = _setting(Path("var"), "Where snapshots are kept.")
    identity: Literal["direct", "redirect"] = _setting(
        "direct",
        "direct: the term path answers 200 (for a host behind w3id). redirect: it answers 303 to the"
        " suffix URL (for a host whose own addresses are the canonical IRIs).",
    )
    default_language: str = _setting("en", "The language shown where the reader's languages have no text.")
    page_size: int = _setting(50, "How many neighbours or terms one page lists.", least=1)
    mappings_graph: str = _setting(
        "graph/mappings", "Local id of the named graph that holds the statements of mappings.ttl."
    )
    host: str = _setting("127.0.0.1", "The address to listen on.")
    port: int = _setting(8000, "The port to listen on.", least=1, most=65_535)
    workers: int = _setting(2, "How many web processes serve the snapshot.", least=1)
    threads: int = _setting(4, "How many requests one web process answers at a time.", least=1)
    representation_cache: int = _setting(
        32_000_000, "Bytes of rendered representations that each web process keeps."
    )
    sparql_workers: int = _setting(2, "How many SPARQL processes each web process may start.", least=1)
    sparql_deadline: float = _setting(20.0, "Seconds after which a SPARQL query is stopped.")
    sparql_memory: int = _setting(2_000_000_000, "Bytes of memory one SPARQL process may use.")
    sparql_query_size: int = _setting(262_144, "Bytes of the longest SPARQL query that is read.")
    sparql_buffer: int = _setting(
        1_000_000, "Bytes of an answer that are collected before the first is sent, so errors keep a status."
    )
    sparql_answer_size: int = _setting(
        1_000_000_000, "Bytes of the longest SPARQL answer; it is complete on disk before any of it is sent."
    )
    sparql_queue: int = _setting(16, "How many SPARQL queries may wait for a process.")
    source_size: int = _setting(2_000_000_000, "Bytes of the largest source file that a build reads.")


SETTINGS: Final = dataclasses.fields(Settings)
_TYPES: Final = get_type_hints(Settings)


def source_root() -> Path:
    """Give the folder of `ontology/`, `data/`, `shapes/` and `examples/`: the checkout, else the package."""
    package = Path(__file__).resolve().parent
    checkout = package.parents[1]
    return checkout if (checkout / "ontology").is_dir() else package / "_sources"


def load_settings(
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    **overrides: object,
) -> Settings:
    """Collect the settings; `overrides` that are None count as not given.

    Raises :class:`SettingsError` for an unknown key or a value of the wrong type.
    """
    variables = os.environ if environment is None else environment
    given: dict[str, object] = {}
    path = config or (Path(variables["PATHWAYS_LD_CONFIG"]) if variables.get("PATHWAYS_LD_CONFIG") else None)
    if path is not None:
        for key, value in _table(path).items():
            known = _known(key, str(path))
            given[known] = _converted(known, value, str(path))
    for name, text in variables.items():
        if name.startswith(ENVIRONMENT_PREFIX) and name != "PATHWAYS_LD_CONFIG":
            where = f"environment variable {name}"
            key = _known(name.removeprefix(ENVIRONMENT_PREFIX).lower(), where)
            given[key] = _from_text(key, text, where)
    for key, value in overrides.items():
        if value is not None:
            known = _known(key, "argument")
            given[known] = _converted(known, value, "argument")
    return Settings(**given)  # type: ignore[arg-type]


def _table(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} is not TOML: {error}.") from None


def _known(key: str, where: str) -> str:
    if key in _TYPES:
        return key
    near = difflib.get_close_matches(key, _TYPES, n=1)
    advice = f'did you mean "{near[0]}"?' if near else f"known settings are {', '.join(_TYPES)}."
    raise SettingsError(f'Unknown setting "{key}" ({where}); {advice}')


def _from_text(key: str, text: str, where: str) -> object:
    kind = _TYPES[key]
    if kind in (int, float):
        try:
            return _converted(key, kind(text), where)
        except ValueError:
            raise _impossible(key, text, _EXPECTED[kind], where) from None
    return _converted(key, text, where)


_EXPECTED: Final = {int: "a whole number", float: "a number", str: "a text", Path: "a path"}


def _converted(key: str, value: object, where: str) -> object:
    kind = _TYPES[key]
    if kind in (int, float):
        numbers = (int,) if kind is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, numbers):
            raise _impossible(key, value, _EXPECTED[kind], where)
        return _bounded(key, kind(value), where)
    if not isinstance(value, (str, Path) if kind is Path else str):
        raise _impossible(key, value, _EXPECTED.get(kind, "a text"), where)
    allowed = getattr(kind, "__args__", ())
    if allowed and value not in allowed:
        raise _impossible(key, value, f"one of {', '.join(allowed)}", where)
    if key == "canonical_base" and not (is_absolute_iri(str(value)) and str(value).endswith(("/", "#"))):
        raise _impossible(key, value, 'an IRI that ends in "/" or "#"', where)
    return Path(value) if kind is Path else value


def _bounded(key: str, number: float, where: str) -> float:
    metadata = next(setting.metadata for setting in SETTINGS if setting.name == key)
    least, most = metadata["least"], metadata["most"]
    if not least <= number <= most:  # which "not a number" is not either
        upper = f" and at most {most:g}" if most < math.inf else ""
        raise _impossible(key, number, f"a number of at least {least:g}{upper}", where)
    return number


def _impossible(key: str, value: object, expected: str, where: str) -> SettingsError:
    return SettingsError(f'Setting "{key}" is {value!r}; expected {expected}. ({where})')
