"""RDF/XML: the oldest syntax, and the only one that some ontology tools ask for.

Written here because the engine's serialiser lower-cases language tags
(https://www.w3.org/TR/rdf-syntax-grammar/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import count, groupby
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from pathways_ld.errors import InputError
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio.ntriples import Statement, is_blank, is_iri, literal_parts

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NCNAME: Final = re.compile(f"[{_START}][{_START}0-9.\u00b7\u0300-\u036f\u203f\u2040-]*")
_NCNAME_END: Final = re.compile(rf"{_NCNAME.pattern}\Z")
_PLAIN_LABEL: Final = re.compile(r"(?!hex-)[A-Za-z_][A-Za-z0-9_.-]*")
_SYNTAX: Final = frozenset(
    f"{PREFIXES['rdf']}{name}"
    for name in (
        "RDF", "ID", "about", "bagID", "parseType", "resource", "nodeID", "datatype", "Description", "li",
        "aboutEach", "aboutEachPrefix",
    )
)  # fmt: skip
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
        self._prefixes = {
            iri: prefix
            for prefix, iri in prefixes.items()
            if _NCNAME.fullmatch(prefix) and prefix != "rdf" and not prefix.lower().startswith("xml")
        } | {_RDF: "rdf"}
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
        if match is None or match.start() == 0 or value in _SYNTAX:
            raise InputError(f"RDF/XML cannot name the property <{value}>; ask for Turtle or N-Triples.")
        namespace, local = value[: match.start()], match[0]
        # The longest declared namespace may end later than the first possible cut.
        for iri in self._prefixes:
            if value.startswith(iri) and len(iri) > len(namespace) and _NCNAME.fullmatch(value, len(iri)):
                namespace, local = iri, value[len(iri) :]
        prefix = self._prefixes.setdefault(namespace, self._free_prefix())
        self.used[prefix] = namespace
        return f"{prefix}:{local}"

    def _free_prefix(self) -> str:
        taken = set(self._prefixes.values())
        return next(name for number in count(1) if (name := f"ns{number}") not in taken)


def _reference(attribute: str, term: str) -> str:
    if is_blank(term):
        label = term[2:]
        if not _PLAIN_LABEL.fullmatch(label):  # XML allows fewer names than Turtle does
            label = f"hex-{label.encode().hex()}"
        return f'rdf:nodeID="{label}"'
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
