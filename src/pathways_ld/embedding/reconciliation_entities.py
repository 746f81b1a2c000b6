"""Entities, types and the manifest of the reconciliation service.

The identifier of an entity is its local id, ``topic/career-pathways``; with the identifier space before it,
it is the IRI. What lies elsewhere has its IRI. Its type is the class of its kind.
https://reconciliation-api.github.io/specs/0.2/#core-concepts
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pathways_ld.embedding.lookup import DEPRECATED, FOUND, look_up
from pathways_ld.embedding.properties import property_of
from pathways_ld.embedding.reconciliation_queries import BATCH
from pathways_ld.namespaces import SKOS

if TYPE_CHECKING:
    from pathways_ld.settings import Kind
    from pathways_ld.vocabulary import Languages, Reader

VERSION: Final = "0.2"
PREVIEW_WIDTH, PREVIEW_HEIGHT = 430, 300


def manifest(
    source: Reader, languages: Languages, endpoint: str, documentation: str, software: str
) -> dict[str, Any]:
    """Describe the service; `endpoint` is its address."""

    def service(path: str) -> dict[str, str]:
        return {"service_url": endpoint, "service_path": path}

    return {
        "versions": [VERSION],
        "name": languages.pick(source.title)[0] or source.manifest.base,
        "identifierSpace": source.manifest.base,
        "schemaSpace": SKOS.Concept,
        "documentation": documentation,
        "serviceVersion": software,
        "defaultTypes": [type_of(kind) for kind in kinds(source)],
        "view": {"url": f"{endpoint}/view?id={{{{id}}}}"},
        "feature_view": {"url": f"{documentation}#feature-{{{{id}}}}"},
        "preview": {
            "url": f"{endpoint}/preview?id={{{{id}}}}",
            "width": PREVIEW_WIDTH,
            "height": PREVIEW_HEIGHT,
        },
        "suggest": {name: service(f"/suggest/{name}") for name in ("entity", "property", "type")},
        "extend": {
            "propose_properties": service("/extend/propose"),
            "property_settings": [
                {
                    "name": "limit",
                    "label": "Limit",
                    "type": "number",
                    "default": 0,
                    "help_text": "How many values are fetched for a term; 0 fetches all.",
                }
            ],
        },
        "batchSize": BATCH,
    }


def kinds(source: Reader) -> list[Kind]:
    """Give the kinds of which there are terms."""
    return [kind for kind in source.manifest.kinds if source.manifest.counts.get(kind.name)]


def type_of(kind: Kind) -> dict[str, str]:
    """Describe a kind as a type."""
    return {"id": kind.class_iri, "name": kind.singular}


def kind_of(name: str, source: Reader) -> str:
    """Give the name of the kind that a type means: its class, abbreviated or not, or its own name."""
    wanted = property_of(name, source)
    named = (name, wanted.iri if wanted else name)
    found = (kind.name for kind in source.manifest.kinds if kind.name in named or kind.class_iri in named)
    return next(found, "")


def id_of(iri: str, source: Reader) -> str:
    """Give the identifier of an entity."""
    return source.space.local_id(iri) or iri


def iri_of(identifier: str, source: Reader, languages: Languages) -> str:
    """Give the IRI of what an identifier, an IRI, a CURIE or a slug means; empty where there is nothing."""
    exact = source.space.iri(identifier)
    if identifier and source.bulk.described([exact]):
        return exact
    row = look_up(source, [identifier], languages=languages, limit=1, seconds=0.0)[0]
    known = row.status in (FOUND, DEPRECATED) and bool(row.candidates)
    if not known:
        return ""
    first = row.candidates[0]
    return first.replaces or first.iri
