"""What is said of a term as Skosmos writes it in JSON: JSON-LD, compacted with its own context.

Literals are objects with ``lang`` and ``value``, a single value stands alone, types are compact IRIs: clients
rely on all of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pathways_ld.namespaces import PREFIXES, RDF, XSD, split_iri
from pathways_ld.rdfio import Statement, is_iri, literal_parts

_PREFIXES: Final = {
    "skos": PREFIXES["skos"],
    "isothes": "http://purl.org/iso25964/skos-thes#",
    "rdfs": PREFIXES["rdfs"],
    "owl": PREFIXES["owl"],
    "dct": PREFIXES["dct"],
    "dc11": PREFIXES["dc"],
}
_NAMES: Final = (
    *("prefLabel", "altLabel", "hiddenLabel", "broader", "narrower", "related", "inScheme"),
    *("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"),
)
CONTEXT: Final[dict[str, str]] = {
    **_PREFIXES,
    "uri": "@id",
    "type": "@type",
    "lang": "@language",
    "value": "@value",
    "graph": "@graph",
    "label": "rdfs:label",
    **{name: f"skos:{name}" for name in _NAMES},
}
_TERMS: Final = {PREFIXES["rdfs"] + "label": "label"} | {PREFIXES["skos"] + name: name for name in _NAMES}
_PREFIX_OF: Final = {namespace: prefix for prefix, namespace in _PREFIXES.items()}
_TYPE: Final = RDF.type


def graph(statements: Iterable[Statement]) -> dict[str, Any]:
    """Write statements as one document, a node for each subject in the order in which they come."""
    nodes: dict[str, dict[str, Any]] = {}
    # Of a statement that several graphs make, one is enough.
    for subject, predicate, term in dict.fromkeys(each[:3] for each in statements):
        node = nodes.setdefault(subject, {"uri": _name(subject)})
        iri = predicate[1:-1]
        if iri == _TYPE and is_iri(term):
            _add(node, "type", _compact(term[1:-1]))
        else:
            _add(node, _TERMS.get(iri) or _compact(iri), _value(term))
    return {"@context": CONTEXT, "graph": [*nodes.values()]}


def _add(node: dict[str, Any], key: str, value: Any) -> None:
    if key not in node:
        node[key] = value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]


def _value(term: str) -> Any:
    if not term.startswith('"'):
        return {"uri": _name(term)}
    text, lang, datatype = literal_parts(term)
    if lang:
        return {"lang": lang, "value": text}
    return {"type": datatype, "value": text} if datatype and datatype != XSD.string else text


def _name(term: str) -> str:
    return term[1:-1] if is_iri(term) else term


def _compact(iri: str) -> str:
    namespace, local = split_iri(iri)
    prefix = _PREFIX_OF.get(namespace)
    return f"{prefix}:{local}" if prefix and local else iri
