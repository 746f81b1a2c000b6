"""JSON-LD for clients that read it as plain JSON: what stands where, and as what, is always the same.

The statements are those of the JSON-LD document, and so is the context. What differs is what SkoHub's
clients expect (https://skohub.io/): what a concept is connected with is an object with an ``id``, also where
it stands elsewhere in the document; ``narrower``, ``hasTopConcept`` and ``notation`` are lists of however few
values; labels and notes have one text for each language, and what else there is stands under the longer name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from pathways_ld.namespaces import SKOS, VANN
from pathways_ld.rdfio.jsonld import LANGUAGE_MAP, TERMS, Context, Node, Tree, append_value
from pathways_ld.rdfio.ntriples import Statement, is_iri, literal_parts

_LISTS: Final = frozenset({SKOS.narrower, SKOS.hasTopConcept, SKOS.notation})
_CONNECTED: Final = (
    SKOS.broader, SKOS.narrower, SKOS.hasTopConcept, SKOS.inScheme, SKOS.topConceptOf, SKOS.related,
)  # fmt: skip
"""Relations whose ends are told in full here, before others can tell them."""
_ONE_EACH: Final = frozenset({"description", "prefLabel", "scopeNote", "title"})
_NAMESPACE: Final = f"<{VANN.preferredNamespaceUri}>"


def write_plain_json(statements: Iterable[Statement], *, root: str, context: Context | None = None) -> bytes:
    """Write the document of a term (an IRI): one tree, as :func:`~pathways_ld.rdfio.write_jsonld` does."""
    said = list(statements)
    context = (context or Context()).fit(said)
    tree = _PlainTree(said, context, nested=True)
    document = tree.rooted(f"<{root}>")
    text = json.dumps({"@context": context.said(tree.context()), **document}, ensure_ascii=False, indent=1)
    return text.encode() + b"\n"


class _PlainTree(Tree):
    def rooted(self, root: str) -> Node:
        said = self._subjects[root]
        first = [f"<{iri}>" for iri in _CONNECTED if f"<{iri}>" in said]
        self._subjects[root] = {each: said[each] for each in dict.fromkeys((*first, *said))}
        return super().rooted(root)

    def _property(self, node: Node, predicate: str, terms: list[str]) -> None:
        iri = predicate[1:-1]
        key, kind = TERMS.get(iri, ("", ""))
        if predicate == _NAMESPACE and self._as_namespace(node, terms):
            return
        if iri in _CONNECTED and all(is_iri(term) for term in terms):
            for term in terms:
                self._define(key, predicate, kind)
                append_value(node, key, self._reference(term))
        elif key in _ONE_EACH and kind == LANGUAGE_MAP:
            self._texts(node, key, predicate, terms)
        else:
            super()._property(node, predicate, terms)
        if iri in _LISTS and key in node and not isinstance(node[key], list):
            node[key] = [node[key]]

    def _texts(self, node: Node, key: str, predicate: str, terms: list[str]) -> None:
        """Put one text of each language under the short name, and all others under the longer one."""
        for term in terms:
            lang = literal_parts(term)[1] if term.startswith('"') else ""
            if lang and lang not in node.get(key, {}):
                super()._property(node, predicate, [term])
            else:
                append_value(node, self._curie(predicate), self._value(term))

    def _as_namespace(self, node: Node, terms: list[str]) -> bool:
        """Write the namespace of a vocabulary as a text, whatever it is in RDF."""
        if len(terms) != 1:
            return False
        name, term = "preferredNamespaceUri", terms[0]
        defined: dict[str, str] = {"@id": self._curie(_NAMESPACE)}
        if term.startswith('"'):
            text, lang, datatype = literal_parts(term)
            if lang:
                defined["@language"] = lang
            elif datatype:
                defined["@type"] = self._curie(f"<{datatype}>")
        elif is_iri(term) and term not in self._subjects:
            text, defined["@type"] = term[1:-1], "@id"
        else:
            return False
        self._keys[name] = defined
        node[name] = text
        return True
