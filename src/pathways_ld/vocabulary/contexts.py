"""The JSON-LD context of a vocabulary: short names for others' data, and for our own documents.

It holds what our documents can use, the classes and properties that the vocabulary describes, and terms of
others that go with them. It is strict: without ``@vocab``, what it does not name means nothing, instead of
something guessed. A published version never changes; what changes makes the next version
(https://www.w3.org/TR/json-ld11/#the-context).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pathways_ld.errors import InputError
from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import OWL, PREFIXES, RDF, RDFS, XSD, split_iri
from pathways_ld.rdfio import Context, Statement, is_iri

FOLDER: Final = "contexts"
"""The folder beside sources that holds the published versions."""
MOST_NAMES: Final = 1_000
"""Classes and properties of the vocabulary that get a short name."""
LARGEST: Final = 1_000_000
"""Bytes of the largest published context that is read."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
_FILE: Final = re.compile(r"v[1-9][0-9]*\.jsonld")
_DELIMITERS: Final = (":", "/", "?", "#", "[", "]", "@")
_TYPE: Final = f"<{RDF.type}>"
_RANGE: Final = f"<{RDFS.range}>"
_CLASSES: Final = frozenset({f"<{OWL.Class}>", f"<{RDFS.Class}>"})
_OBJECT: Final = f"<{OWL.ObjectProperty}>"
_DATATYPE: Final = f"<{OWL.DatatypeProperty}>"
_PROPERTIES: Final = frozenset(
    {_OBJECT, _DATATYPE, f"<{OWL.AnnotationProperty}>", f"<{RDF.Property}>", f"<{OWL.FunctionalProperty}>"}
)
_TEXTS: Final = frozenset({XSD.string, RDFS.Literal})
_IRI: Final = {"@type": "@id"}
_LANGUAGES: Final = {"@container": "@language"}

_OTHERS: Final[dict[str, tuple[str, Mapping[str, str]]]] = {
    "Activity": ("prov:Activity", {}),
    "Dataset": ("dcat:Dataset", {}),
    "Document": ("bibo:Document", {}),
    "Organization": ("org:Organization", {}),
    "about": ("schema:about", _IRI),
    "created": ("dct:created", {"@type": XSD.date}),
    "creator": ("dct:creator", _IRI),
    "deprecated": ("owl:deprecated", {"@type": XSD.boolean}),
    "issued": ("dct:issued", {"@type": XSD.date}),
    "keyword": ("dcat:keyword", _LANGUAGES),
    "modified": ("dct:modified", {"@type": XSD.date}),
    "name": ("foaf:name", _LANGUAGES),
    "publisher": ("dct:publisher", _IRI),
    "sameAs": ("owl:sameAs", _IRI),
    "status": ("adms:status", _IRI),
    "teaches": ("schema:teaches", _IRI),
    "theme": ("dcat:theme", _IRI),
    "wasAttributedTo": ("prov:wasAttributedTo", _IRI),
    "wasDerivedFrom": ("prov:wasDerivedFrom", _IRI),
}
"""Terms of others with which people point at ours, and say where data is from."""


def make_context(
    statements: Iterable[Statement], prefixes: Mapping[str, str], base: str
) -> dict[str, object]:
    """Make the context of a vocabulary from what its statements say of classes and properties.

    Of two that share a local name, the one under `base` gets the short name; of two there, neither does.
    """
    usable = {
        prefix: iri
        for prefix, iri in prefixes.items()
        if is_absolute_iri(iri) and not prefix.startswith("@") and ":" not in prefix
    }
    compacting = Context(usable)
    found = compacting.definitions()
    for prefix, iri in compacting.prefixes.items():
        if not iri.endswith(_DELIMITERS):  # such a name is a prefix only where that is said
            found[prefix] = {"@id": iri, "@prefix": True}
    for name, (short, extra) in _OTHERS.items():
        if name not in found and compacting.prefixes.get(short.partition(":")[0]) in PREFIXES.values():
            found[name] = _definition(short, extra, compacting)
    for name, (iri, extra) in _own(statements, base).items():
        if name not in found:
            short, _ = compacting.compact(iri)
            found[name] = _definition(short, extra, compacting)
    first = {"@version": 1.1, "id": found.pop("id"), "type": found.pop("type")}
    return {**first, **dict(sorted(found.items()))}


def _definition(short: str, extra: Mapping[str, str], compacting: Context) -> object:
    if not extra:
        return short
    return {"@id": short, **{key: compacting.compact(value)[0] for key, value in extra.items()}}


def _own(statements: Iterable[Statement], base: str) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Give the short names of the described classes and properties, each with its IRI and its values."""
    types: dict[str, set[str]] = defaultdict(set)
    ranges: dict[str, set[str]] = defaultdict(set)
    for each in statements:
        if each.predicate == _TYPE and (each.object in _CLASSES or each.object in _PROPERTIES):
            types[each.subject].add(each.object)
        elif each.predicate == _RANGE:
            ranges[each.subject].add(each.object)
    named: dict[str, list[str]] = defaultdict(list)
    for subject in sorted(filter(is_iri, types)):
        local = split_iri(subject[1:-1])[1]
        if _NAME.fullmatch(local):
            named[local].append(subject)
    found = {}
    for local, subjects in sorted(named.items())[:MOST_NAMES]:
        own = [each for each in subjects if each.startswith(f"<{base}")] or subjects
        if len(own) == 1:
            found[local] = own[0][1:-1], _values(types[own[0]], ranges[own[0]])
    return found


def _values(types: set[str], ranges: set[str]) -> Mapping[str, str]:
    """Say how the values of a property are written: as IRIs, as texts by language, with a datatype."""
    if types & _CLASSES:
        return {}
    ends = {each[1:-1] for each in ranges if is_iri(each)}
    literal = {each for each in ends if each in _TEXTS or each.startswith((XSD.iri, RDF.iri))}
    if _OBJECT in types or (ends and not literal):
        return _IRI if _DATATYPE not in types and not literal else {}
    if len(ends) != 1 or ends & _TEXTS:
        return {}
    (end,) = ends
    if end == RDF.langString:
        return _LANGUAGES
    return {"@type": end}


def is_published_context(path: Path) -> bool:
    """Tell whether a file among the sources is a published context, which says nothing of the vocabulary."""
    return path.parent.name == FOLDER and _FILE.fullmatch(path.name) is not None


def as_document(context: Mapping[str, object]) -> str:
    """Write a context as the document that is published: always the same bytes for the same context."""
    return json.dumps({"@context": context}, ensure_ascii=False, indent=1) + "\n"


def definitions_of(document: str) -> dict[str, Any]:
    """Read the definitions of a published context."""
    found: dict[str, Any] = json.loads(document)["@context"]
    return found


def extend(published: Sequence[str], context: Mapping[str, object]) -> tuple[str, ...]:
    """Give all versions, version 1 first, of which the last is `context`; a new one only if it differs."""
    if published and definitions_of(published[-1]) == context:
        return tuple(published)
    return (*published, as_document(context))


def continued(committed: Sequence[str], served: Sequence[str]) -> tuple[str, ...]:
    """Choose between the versions beside the sources and those of the snapshot before.

    Those beside the sources count, unless the snapshot has the same ones and further ones.
    """
    texts = tuple(committed)
    return tuple(served) if tuple(served[: len(texts)]) == texts else texts


def read_versions(folders: Iterable[Path]) -> tuple[str, ...]:
    """Read the contexts ``v1.jsonld``, ``v2.jsonld`` and so on of the first folder that has any.

    Raises :class:`InputError` for a file that is no context.
    """
    for folder in folders:
        found: list[str] = []
        while (path := folder / f"v{len(found) + 1}.jsonld").is_file():
            found.append(_read(path))
        if found:
            return tuple(found)
    return ()


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"The context {path} is larger than {LARGEST:,} bytes.")
        text = path.read_text(encoding="utf-8")
        if isinstance(definitions_of(text), dict):
            return text
    except OSError as error:
        raise InputError(f"The context {path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError):
        pass
    raise InputError(
        f'{path} is not a JSON-LD context: expected a JSON object with a "@context" that is an object.'
        " Published contexts never change; put the file back as it was."
    )
