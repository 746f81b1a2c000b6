"""``shapes/forms.ttl`` as forms: property shapes are fields (SHACL, 2.3; https://www.w3.org/TR/shacl/).

Read are sh:path, sh:name, sh:description, sh:group, sh:order (2.3.2), sh:datatype, sh:class, sh:nodeKind,
sh:in, sh:minCount, sh:maxCount, sh:maxLength, sh:pattern, sh:uniqueLang and sh:defaultValue. A shape with
sh:hasValue is no field: every term of the kind states that. A shape with sh:node is a row of fields that
together describe a resource of its own. A property shape inside a property shape, of the same path, says
that values state the same of the term. sh:xone of a path with sh:minCount 1 and a path with sh:hasValue says
what is stated where the first has no value.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Final

from pathways_ld.errors import SettingsError
from pathways_ld.forms.model import Choice, Field, FieldGroup, FieldKind, Form
from pathways_ld.model import LanguageMap
from pathways_ld.namespaces import RDF, RDFS, SH, XSD
from pathways_ld.rdfio import iri_value, is_iri, literal_parts, parse
from pathways_ld.settings import source_root

FILE: Final = "forms.ttl"
SPACE: Final = "https://w3id.org/pathways-ld/shapes/forms#"
_GENERAL: Final = "general-"
"""What the names of the forms for other vocabularies begin with."""
_NIL: Final = f"<{RDF.nil}>"
_DATES: Final = frozenset({XSD.date, XSD.gYear, XSD.gYearMonth})
_MAX_LIST: Final = 1_000


def load_forms(ours: bool) -> dict[str, Form]:
    """Give the forms by kind: those of our own vocabulary, or those of any other.

    Raises :class:`SettingsError` where the shapes make no sense.
    """
    return _load(source_root() / "shapes" / FILE, ours)


@cache
def _load(path: Path, ours: bool) -> dict[str, Form]:
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in parse(path).statements:
        said[each.subject][each.predicate[1:-1]].append(each.object)
    try:
        return _Shapes(said).forms(ours)
    except (KeyError, IndexError, ValueError) as error:
        raise SettingsError(f"The shapes of forms in {path} cannot be read: {error!r}.") from None


class _Shapes:
    def __init__(self, said: dict[str, dict[str, list[str]]]) -> None:
        self._said = said
        self._prefix = ""

    def forms(self, ours: bool) -> dict[str, Form]:
        """Find the node shapes that have a class: those are the kinds."""
        found = {}
        for subject, said in sorted(self._said.items()):
            name = subject[1:-1].removeprefix(SPACE)
            if f"<{SH.NodeShape}>" not in said[RDF.type] or not said[SH["class"]]:
                continue
            if name.startswith(_GENERAL) != ours:
                kind = name.removeprefix(_GENERAL)
                self._prefix = f"{name}-"
                found[kind] = self._form(kind, subject)
        return found

    def _form(self, kind: str, subject: str) -> Form:
        said = self._said[subject]
        fields = self._fields(subject)
        names = {each.group for each in fields}
        groups = sorted(
            (
                float(self._one(f"<{SPACE}{name}>", SH.order) or 0),
                name,
                self._texts(f"<{SPACE}{name}>", RDFS.label),
            )
            for name in names
        )
        return Form(
            kind=kind,
            class_iri=iri_value(said[SH["class"]][0]),
            label=self._texts(subject, RDFS.label),
            help=self._texts(subject, RDFS.comment),
            groups=tuple(
                FieldGroup(name, label, tuple(each for each in fields if each.group == name))
                for _, name, label in groups
            ),
            constants=self._constants(subject),
            instead=tuple(self._instead(each) for each in said[SH.xone]),
        )

    def _fields(self, subject: str) -> list[Field]:
        shapes = [each for each in self._said[subject][SH.property] if not self._said[each][SH.hasValue]]
        return sorted(map(self._field, shapes), key=lambda each: (each.order, each.name))

    def _constants(self, subject: str) -> tuple[tuple[str, str], ...]:
        return tuple(
            sorted(
                (self._path(shape), value)
                for shape in self._said[subject][SH.property]
                for value in self._said[shape][SH.hasValue]
            )
        )

    def _instead(self, alternatives: str) -> tuple[str, str, str]:
        first, second = self._list(alternatives)
        return self._path(first), self._path(second), self._said[second][SH.hasValue][0]

    def _field(self, shape: str) -> Field:
        nodes = self._said[shape][SH.node]
        group = self._said[shape][SH.group]
        datatypes = self._datatypes(shape)
        return Field(
            name=shape[1:-1].removeprefix(SPACE).removeprefix(self._prefix).removeprefix(_GENERAL),
            path=self._path(shape),
            kind=self._kind(shape, datatypes),
            label=self._texts(shape, SH.name),
            help=self._texts(shape, SH.description),
            group=iri_value(group[0]).removeprefix(SPACE) if group else "",
            order=float(self._one(shape, SH.order) or 0),
            datatypes=datatypes,
            class_iri=iri_value(self._said[shape][SH["class"]][0]) if self._said[shape][SH["class"]] else "",
            choices=tuple(
                Choice(each, {}) for listed in self._said[shape][SH["in"]] for each in self._list(listed)
            ),
            least=int(self._one(shape, SH.minCount) or 0),
            most=int(self._one(shape, SH.maxCount) or 0),
            max_length=int(self._one(shape, SH.maxLength) or 0),
            pattern=self._one(shape, SH.pattern),
            unique_lang=self._one(shape, SH.uniqueLang) == "true",
            default=next(iter(self._said[shape][SH.defaultValue]), ""),
            both_ways=self._path(shape) in map(self._path, self._said[shape][SH.property]),
            parts=tuple(self._fields(nodes[0])) if nodes else (),
            constants=self._constants(nodes[0]) if nodes else (),
        )

    def _kind(self, shape: str, datatypes: tuple[str, ...]) -> FieldKind:
        said = self._said[shape]
        if said[SH.node]:
            return "parts"
        if said[SH["in"]]:
            return "choice"
        if said[SH["class"]]:
            return "reference"
        if said[SH.nodeKind]:
            return "address"
        if _DATES.intersection(datatypes):
            return "date"
        return "text" if RDF.langString in datatypes else "plain"

    def _datatypes(self, shape: str) -> tuple[str, ...]:
        named = [*self._said[shape][SH.datatype]]
        for alternatives in self._said[shape][SH["or"]]:
            named += [each for one in self._list(alternatives) for each in self._said[one][SH.datatype]]
        return tuple(map(iri_value, named))

    def _path(self, shape: str) -> str:
        """Give the property; of an inverse path, with a ^ before it as in SPARQL."""
        path = self._said[shape][SH.path][0]
        if is_iri(path):
            return iri_value(path)
        return f"^{iri_value(self._said[path][SH.inversePath][0])}"

    def _list(self, head: str) -> list[str]:
        found: list[str] = []
        while head != _NIL and len(found) < _MAX_LIST:
            found.append(self._said[head][RDF.first][0])
            head = self._said[head][RDF.rest][0]
        return found

    def _one(self, subject: str, predicate: str) -> str:
        return next((literal_parts(each)[0] for each in self._said[subject][predicate]), "")

    def _texts(self, subject: str, predicate: str) -> LanguageMap:
        parts = [literal_parts(each) for each in sorted(self._said[subject][predicate])]
        return {lang: text for text, lang, _ in parts}
