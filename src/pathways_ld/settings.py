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
import re
import tomllib
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_type_hints

from pathways_ld.errors import SettingsError
from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import PREFIXES
from pathways_ld.remotes import EMBEDDED, Remotes, RemoteSettings, read_remotes
from pathways_ld.webhooks import Webhooks, read_webhooks
from pathways_ld.wording import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CANONICAL_BASE",
    "ENVIRONMENT_PREFIX",
    "GENERAL_KINDS",
    "OUR_KINDS",
    "SETTINGS",
    "Kind",
    "RemoteSettings",
    "Remotes",
    "Settings",
    "load_settings",
    "source_root",
]

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
    Kind("topic", PREFIXES["skos"] + "Concept", N_("Topic"), N_("Topics")),
    Kind("organization", PREFIXES["org"] + "Organization", N_("Organization"), N_("Organizations")),
    Kind("initiative", CANONICAL_BASE + "ns#Initiative", N_("Initiative"), N_("Initiatives")),
    Kind("source", PREFIXES["bibo"] + "Document", N_("Source"), N_("Sources")),
)
"""The kinds of our own vocabulary."""

GENERAL_KINDS: Final = (
    Kind("concept", PREFIXES["skos"] + "Concept", N_("Concept"), N_("Concepts")),
    Kind("collection", PREFIXES["skos"] + "Collection", N_("Collection"), N_("Collections")),
    Kind("scheme", PREFIXES["skos"] + "ConceptScheme", N_("Concept scheme"), N_("Concept schemes")),
    Kind("organization", PREFIXES["org"] + "Organization", N_("Organization"), N_("Organizations")),
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
    context: Literal["inline", "link"] = _setting(
        "inline", "JSON-LD documents carry their context inline, or link to the one published at the base."
    )
    default_language: str = _setting("en", "The language shown where the reader's languages have no text.")
    page_size: int = _setting(50, "How many neighbours or terms one page lists.", least=1)
    mappings_graph: str = _setting(
        "graph/mappings", "Local id of the named graph that holds the statements of mappings.ttl."
    )
    host: str = _setting("127.0.0.1", "The address to listen on.")
    port: int = _setting(8000, "The port to listen on.", least=1, most=65_535)
    workers: int = _setting(2, "How many web processes serve the snapshot.", least=1)
    threads: int = _setting(
        24, "How many requests that may take long (SPARQL, changes) one web process works on.", least=1
    )
    request_queue: int = _setting(32, "How many requests that may take long wait for a thread.")
    connections: int = _setting(2000, "How many connections one web process holds.", least=1)
    request_size: int = _setting(
        64_000_000, "Bytes of the largest request body that is read; some addresses take less."
    )
    body_deadline: float = _setting(30.0, "Seconds within which the body of a request has to come.", least=1)
    write_deadline: float = _setting(
        30.0, "Seconds after which a client that takes nothing of its answer is dropped.", least=1
    )
    access_log: str = _setting(
        "", "File for the log of requests, a JSON object a line; - is standard error. Empty: no log."
    )
    access_log_size: int = _setting(
        100_000_000, "Bytes of the access log, after which it is renamed; one older file is kept.", least=1
    )
    access_log_key: str = _setting(
        "", "Key of the names that clients have in the access log. Empty: a new one at each start."
    )
    log_queries: Literal["off", "on"] = _setting(
        "off", "on: the access log holds the text of SPARQL queries, not only its digest."
    )
    metrics_token: str = _setting(
        "",
        "Bearer token for /metrics. Empty: only clients on the same machine, without a proxy, may read it.",
    )
    representation_cache: int = _setting(
        32_000_000, "Bytes of rendered representations that each web process keeps."
    )
    module_terms: int = _setting(1_000, "How many terms one slim module may be asked for.", least=1)
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
    sparql_queue: int = _setting(32, "How many SPARQL queries may wait for a process.")
    sparql_cache: int = _setting(
        64_000_000, "Bytes of SPARQL answers that each web process keeps; 0 keeps none."
    )
    sparql_failure_memory: float = _setting(
        300.0,
        "Seconds for which a SPARQL query that took too long or needed too much memory is answered with the"
        " same failure at once; 0 tries it anew each time.",
    )
    sparql_client_time: float = _setting(
        60.0,
        "Seconds of SPARQL evaluation that one client may use in a minute, up to twice as many after a pause;"
        " queries certain to be quick do not count. Large modules and the tools of assistants are taken from"
        " it as well. 0: no bound.",
    )
    sparql_client_errors: float = _setting(
        30.0, "Failed SPARQL queries of one client in a minute, up to twice as many at once. 0: no bound."
    )
    sparql_client_queries: int = _setting(
        4,
        "SPARQL queries of one client that are evaluated at once; those certain to be quick do not count."
        " 0: no bound.",
    )
    trusted_proxies: str = _setting(
        "",
        "Addresses or networks of reverse proxies, separated by commas. Only what they say of a client's"
        " address is believed.",
    )
    forwarded_header: Literal["X-Forwarded-For", "Forwarded"] = _setting(
        "X-Forwarded-For", "The header in which the trusted proxies name the client; not both are read."
    )
    federation: str = _setting(
        "",
        "Origins (such as https://example.org), separated by commas, that SERVICE in a SPARQL query may ask."
        " Empty: SERVICE is refused.",
    )
    federation_networks: str = _setting(
        "",
        "Networks (such as 10.0.0.0/8), separated by commas, whose addresses SERVICE may ask although they"
        " are not public.",
    )
    federation_timeout: float = _setting(10.0, "Seconds that one call for SERVICE may take.", least=0.1)
    federation_size: int = _setting(10_000_000, "Bytes of the longest answer that is read for SERVICE.")
    federation_rows: int = _setting(
        10_000, "Solutions of one SERVICE that are joined; more are refused, not cut.", least=1
    )
    consolidate_after: float = _setting(
        60.0,
        "Seconds after the last change, at most ten times as many after the first, when the server starts to"
        " write everything anew in the background, downloads too. 0: never.",
    )
    update_size: int = _setting(1_048_576, "Bytes of the longest SPARQL update that is read.")
    graph_size: int = _setting(50_000_000, "Bytes of the largest graph that is read at /graphs.")
    validation_workers: int = _setting(
        2, "How many validation processes each web process may start.", least=1
    )
    validation_queue: int = _setting(16, "How many validations may wait for a process.")
    validation_deadline: float = _setting(20.0, "Seconds after which a validation is stopped.", least=0.1)
    validation_memory: int = _setting(
        2_000_000_000, "Bytes of memory one validation process may use.", least=100_000_000
    )
    validation_statements: int = _setting(
        1_000_000, "Statements of the largest document that is validated for a client."
    )
    validation_size: int = _setting(
        10_000_000, "Bytes of the largest document that /validate reads.", least=1_000
    )
    validation_shapes_size: int = _setting(1_000_000, "Bytes of the shapes that a client may send along.")
    validation_client_time: float = _setting(
        60.0,
        "Seconds of validation that one client may use in a minute, up to twice as many after a pause."
        " 0: no bound.",
    )
    validation_client_runs: int = _setting(
        4,
        "How many documents of one client are validated at the same time; one process stays free for others."
        " 0: no bound.",
    )
    contributions: Literal["open", "named", "tokens", "off"] = _setting(
        "open",
        "Who may contribute. open: anybody. named: who gives a name, an ORCID iD or an e-mail address."
        " tokens: who has an account or a token. off: nobody.",
    )
    contribution_size: int = _setting(
        2_000_000, "Bytes of the largest document that is contributed.", least=1_000
    )
    contribution_statements: int = _setting(
        2_000, "Statements that one contribution may add and remove.", least=1
    )
    contributions_per_hour: int = _setting(
        20, "Contributions of one client in an hour; accounts and tokens have no bound. 0: no bound."
    )
    contributions_per_day: int = _setting(
        60, "Contributions of one client in a day; accounts and tokens have no bound. 0: no bound."
    )
    contributions_open: int = _setting(
        1_000, "Contributions that may wait for a decision; more are not taken.", least=1
    )
    four_eyes: Literal["off", "on"] = _setting(
        "off",
        "on: one reviewer approves a contribution and another accepts it, and neither of them made it.",
    )
    session_idle: float = _setting(
        7_200.0, "Seconds without a request after which a reviewer has to sign in again.", least=60
    )
    session_lifetime: float = _setting(
        43_200.0, "Seconds after which a reviewer has to sign in again in any case.", least=60
    )
    form_lifetime: float = _setting(
        43_200.0, "Seconds after which a form that was shown cannot be sent any more.", least=60
    )
    source_size: int = _setting(2_000_000_000, "Bytes of the largest source file that a build reads.")
    store: str = _setting(EMBEDDED, "Which store answers SPARQL queries: embedded, or the name of another.")
    stores: Remotes = _setting(
        Remotes(), "SPARQL servers elsewhere: tables [stores.NAME] of the settings file."
    )
    reviewer_names: Literal["off", "on"] = _setting(
        "off", "on: a published change says who accepted it, by the display name of the account."
    )
    webhooks: Webhooks = _setting(
        Webhooks(),
        "Who is told of contributions and changes: tables [webhooks.NAME] of the settings file, with url,"
        " secret_env and events.",
    )
    webhook_networks: str = _setting(
        "",
        "Networks (such as 10.0.0.0/8), separated by commas, where webhooks may be although they are not"
        " public.",
    )


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
    settings = Settings(**given)  # type: ignore[arg-type]
    if settings.store != EMBEDDED:
        settings.stores.named(settings.store)
    return settings


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
    if kind is Remotes:
        return read_remotes(value, where)
    if kind is Webhooks:
        return read_webhooks(value, where)
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
    if key in ("trusted_proxies", "federation_networks", "webhook_networks"):
        _check_networks(key, str(value), where)
    if key == "federation" and not _ORIGINS.fullmatch(str(value)):
        raise _impossible(key, value, "origins such as https://example.org, separated by commas", where)
    if key == "canonical_base" and not (is_absolute_iri(str(value)) and str(value).endswith(("/", "#"))):
        raise _impossible(key, value, 'an IRI that ends in "/" or "#"', where)
    return Path(value) if kind is Path else value


_ORIGINS: Final = re.compile(
    r"(?:\s*(?:https?://(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?\s*)?(?:,|$))*", re.ASCII
)


def _check_networks(key: str, text: str, where: str) -> None:
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            ip_network(part)
        except ValueError:
            expected = "addresses or networks such as 10.0.0.0/8, separated by commas"
            raise _impossible(key, text, expected, where) from None


def _bounded(key: str, number: float, where: str) -> float:
    metadata = next(setting.metadata for setting in SETTINGS if setting.name == key)
    least, most = metadata["least"], metadata["most"]
    if not least <= number <= most:  # which "not a number" is not either
        upper = f" and at most {most:g}" if most < math.inf else ""
        raise _impossible(key, number, f"a number of at least {least:g}{upper}", where)
    return number


def _impossible(key: str, value: object, expected: str, where: str) -> SettingsError:
    return SettingsError(f'Setting "{key}" is {value!r}; expected {expected}. ({where})')
