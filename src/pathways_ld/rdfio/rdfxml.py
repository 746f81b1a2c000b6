"""RDF/XML: the oldest syntax, and the only one that some ontology tools ask for.

Written here because the engine's serialiser lower-cases language tags
(https://www.w3.org/TR/rdf-syntax-grammar/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from pathways_ld.errors import InputError
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio.ntriples import Statement, is_blank, is_iri, literal_parts

_NCNAME_END: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*$")
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RDF: Final = PREFIXES["rdf"]


def write_rdfxml(statements: Iterable[Statement], prefixes: Mapping[str, str]) -> str:
    """Write statements grouped by subject in the order in which they come.

    Raises :class:`InputError` for a predicate that no XML name can stand for.
    """
    names = _Names(prefixes)
    body: list[str] = []
    for subject, group in groupby(statements, key=lambda each: each.subject):
        body.append(f"  <rdf:Description {_reference('about', subject)}>")
        body.extend(f"    {_property(each, names)}" for each in group)
        body.append("  </rdf:Description>")
    spaces = "".join(f" xmlns:{prefix}={quoteattr(iri)}" for prefix, iri in sorted(names.used.items()))
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>'
    return "\n".join([head, *body, "</rdf:RDF>", ""])


class _Names:
    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = {iri: prefix for prefix, iri in prefixes.items() if prefix} | {_RDF: "rdf"}
        self.used = {"rdf": _RDF}
        self._known: dict[str, str] = {}

    def name(self, predicate: str) -> str:
        found = self._known.get(predicate)
        if found is None:
            found = self._known[predicate] = self._work_out(predicate)
        return found

    def _work_out(self, predicate: str) -> str:
        value = predicate[1:-1]
        match = _NCNAME_END.search(value)
        if match is None or match.start() == 0:
            raise InputError(f"RDF/XML cannot name the property <{value}>; ask for Turtle or N-Triples.")
        namespace, local = value[: match.start()], match[0]
        # The longest declared namespace may end later than the first possible cut.
        for iri in self._prefixes:
            if (
                value.startswith(iri)
                and len(iri) > len(namespace)
                and _NCNAME_END.fullmatch(value[len(iri) :])
            ):
                namespace, local = iri, value[len(iri) :]
        prefix = self._prefixes.setdefault(namespace, f"ns{len(self._prefixes)}")
        self.used[prefix] = namespace
        return f"{prefix}:{local}"


def _reference(attribute: str, term: str) -> str:
    if is_blank(term):
        return f'rdf:nodeID="{term[2:]}"'
    return f"rdf:{attribute}={quoteattr(term[1:-1])}"


def _property(each: Statement, names: _Names) -> str:
    name = names.name(each.predicate)
    if is_iri(each.object) or is_blank(each.object):
        return f"<{name} {_reference('resource', each.object)}/>"
    text, lang, datatype = literal_parts(each.object)
    attribute = f' xml:lang="{lang}"' if lang else ""
    if datatype:
        attribute = f" rdf:datatype={quoteattr(datatype)}"
    if _NO_XML.search(text):
        raise InputError("RDF/XML cannot hold the control characters of a text; ask for Turtle or N-Triples.")
    text = escape(text)
    if "\r" in text:  # which any XML parser would read as a line feed
        text = text.replace("\r", "&#13;")
    return f"<{name}{attribute}>{text}</{name}>"
