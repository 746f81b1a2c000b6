"""Where in a JSON-LD document a statement stands, and the keys of it that say nothing.

The engine reads JSON-LD whole and tells no places, so the JSON is read once more here, with the line and
column of every key and text. What a key or a text stands for is worked out from the contexts inside the
document, all of them taken together: enough to find a place, not to read the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from pathways_ld.namespaces import RDF
from pathways_ld.rdfio.ntriples import is_iri, is_literal, literal_parts

MAX_ROUNDS: Final = 5
MAX_BYTES: Final = 50_000_000
MAX_UNNAMED: Final = 1000

_TOKEN: Final = re.compile(r'"((?:[^"\\]++|\\.)*+)"|[\[\]{}:,]|[^\s\[\]{}:,"]+', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_NAMED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_MAPS: Final = {"@language", "@index", "@id", "@type", "@graph"}

Place = tuple[int, int]


@dataclass
class JsonNode:
    """A JSON value: an object has `members`, an array `items`, a text or anything else `text`."""

    line: int
    column: int
    kind: str
    text: str = ""
    members: list[tuple[str, Place, JsonNode]] = field(default_factory=list)
    items: list[JsonNode] = field(default_factory=list)

    def get(self, key: str) -> JsonNode | None:
        """Give the value of a key."""
        return next((value for name, _, value in self.members if name == key), None)


def read_json(text: str) -> JsonNode | None:
    """Read JSON that is known to be well-formed and not too deep; None for what is not."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.finditer(text)
        self._text = text
        self._line, self._line_start, self._seen = 1, 0, 0

    def read(self) -> JsonNode | None:
        root: JsonNode | None = None
        stack: list[JsonNode] = []
        key: tuple[str, Place] | None = None
        for match in self._tokens:
            piece = match[0]
            if piece in "]}":
                if stack:
                    stack.pop()
                continue
            if piece in ":,":
                continue
            place = self._place(match.start())
            inside = stack[-1] if stack else None
            if inside is not None and inside.kind == "object" and key is None and match[1] is not None:
                key = (_unescaped(match[1]), place)
                continue
            node = JsonNode(*place, _kind(piece), _unescaped(match[1]) if match[1] is not None else piece)
            if inside is None:
                if root is not None:
                    return root
                root = node
            elif inside.kind == "object" and key is not None:
                inside.members.append((*key, node))
                key = None
            else:
                inside.items.append(node)
            if piece in "[{":
                stack.append(node)
        return root

    def _place(self, offset: int) -> Place:
        count = self._text.count("\n", self._seen, offset)
        if count:
            self._line += count
            self._line_start = self._text.rfind("\n", 0, offset) + 1
        self._seen = offset
        return self._line, offset - self._line_start + 1


def _kind(piece: str) -> str:
    return {"{": "object", "[": "array", '"': "text"}.get(piece[0], "other")


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    joined = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _NAMED.get(m[2], m[2]), text)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Contexts:
    """The short names that the contexts inside a document give, all of them taken together."""

    def __init__(self, root: JsonNode | None, base_iri: str | None = None) -> None:
        self.terms: dict[str, str] = {}
        self.dropped: set[str] = set()
        self.maps: set[str] = set()
        self.json: set[str] = set()
        self.vocabulary: str | None = None
        self.base = base_iri or ""
        for each in _objects(root):
            context = each.get("@context")
            if context is not None:
                self._collect(context)
        self._aliases = {"@id": {"@id"}, "@type": {"@type"}, "@value": {"@value"}, "@graph": {"@graph"}}
        for term, meaning in self.terms.items():
            if meaning.startswith("@"):
                self._aliases.setdefault(meaning, {meaning}).add(term)

    def _collect(self, context: JsonNode) -> None:
        for each in context.items or [context]:
            for key, _, value in each.members:
                if key == "@vocab" and value.kind == "text":
                    self.vocabulary = value.text
                elif key == "@base" and value.kind == "text":
                    self.base = urljoin(self.base, value.text)
                elif not key.startswith("@"):
                    self._define(key, value)

    def _define(self, term: str, value: JsonNode) -> None:
        if value.kind == "text":
            self.terms[term] = value.text
        elif value.kind == "other":
            self.dropped.add(term)
        elif value.kind == "object":
            name = value.get("@id") or value.get("@reverse")
            self.terms[term] = name.text if name is not None and name.kind == "text" else term
            if name is not None and name.kind == "other":
                self.dropped.add(term)
            container = value.get("@container")
            if container is not None and _MAPS & {each.text for each in [container, *container.items]}:
                self.maps.add(term)
            kind = value.get("@type")
            if kind is not None and kind.text == "@json":
                self.json.add(term)
            nested = value.get("@context")
            if nested is not None:
                self._collect(nested)

    def aliases(self, keyword: str) -> set[str]:
        """Give the keys that mean a keyword, with the keyword itself."""
        return self._aliases.get(keyword, {keyword})

    def is_keyword(self, key: str) -> bool:
        """Tell whether a key is a keyword or stands for one."""
        return key.startswith("@") or self.terms.get(key, "").startswith("@")

    def expand(self, name: str, *, key: bool = False) -> str:
        """Work out the IRI that a key, or else the text of an identifier, stands for."""
        if key and name in self.terms:
            return self._defined(name)
        prefix, colon, rest = name.partition(":")
        if colon and prefix in self.terms and not rest.startswith("//"):
            return self._defined(prefix) + rest
        if _ABSOLUTE.match(name):
            return name
        if key:
            return f"{self.vocabulary}{name}" if self.vocabulary is not None else ""
        return urljoin(self.base, name)

    def _defined(self, name: str, rounds: int = MAX_ROUNDS) -> str:
        meaning = self.terms.get(name, name)
        if not rounds or meaning == name or meaning.startswith("@"):
            return meaning
        prefix, colon, rest = meaning.partition(":")
        if colon and prefix in self.terms and not rest.startswith("//"):
            return self._defined(prefix, rounds - 1) + rest
        if not colon and meaning in self.terms:
            return self._defined(meaning, rounds - 1)
        return f"{self.vocabulary}{meaning}" if not colon and self.vocabulary is not None else meaning


def _objects(root: JsonNode | None) -> Iterator[JsonNode]:
    stack = [root] if root is not None else []
    while stack:
        node = stack.pop()
        if node.kind == "object":
            yield node
        stack.extend(reversed(node.items))
        stack.extend(value for _, _, value in reversed(node.members))


class JsonPlaces:
    """Finds the places of statements in one JSON-LD document; in one of more than MAX_BYTES, none."""

    def __init__(self, content: bytes, base_iri: str | None = None) -> None:
        root = read_json(content.decode("utf-8", "replace")) if len(content) <= MAX_BYTES else None
        self.contexts = Contexts(root, base_iri)
        self._root = root
        self._nodes: dict[str, list[JsonNode]] = {}
        ids = self.contexts.aliases("@id")
        self._unnamed: list[JsonNode] = []
        for each in _objects(root):
            name = next(
                (value for key, _, value in each.members if key in ids and value.kind == "text"), None
            )
            if name is None and len(self._unnamed) < MAX_UNNAMED:
                self._unnamed.append(each)
            elif name is not None:
                known = self._nodes.setdefault(self.contexts.expand(name.text), [])
                if not known or len(each.members) > 1:  # one that says something, not only refers to it
                    known.append(each)

    def find(self, subject: str, predicate: str = "", value: str = "") -> Place | None:
        """Give line and column of the value, else of the key, else of the node's own name."""
        nodes = self._nodes.get(subject[1:-1], []) if is_iri(subject) else self._unnamed
        wanted = predicate[1:-1]
        for with_value in (True, False) if value else (False,):
            for node in nodes:
                place = self._within(node, wanted, value if with_value else "") if wanted else None
                if place is not None:
                    return place
        if not is_iri(subject) or not nodes:
            return None
        ids = self.contexts.aliases("@id")
        # The node that says most, not one that is only referred to.
        node = max(nodes, key=lambda each: len(each.members))
        return next(((each.line, each.column) for key, _, each in node.members if key in ids), None)

    def _within(self, node: JsonNode, predicate: str, value: str) -> Place | None:
        types = self.contexts.aliases("@type")
        for key, place, inner in node.members:
            is_type = key in types and predicate == RDF.type
            if not is_type and (
                self.contexts.is_keyword(key) or self.contexts.expand(key, key=True) != predicate
            ):
                continue
            if not value:
                return place
            for each in _texts(inner):
                if self._means(each, value, is_type=is_type):
                    return each.line, each.column
        return None

    def _means(self, node: JsonNode, value: str, *, is_type: bool) -> bool:
        if is_literal(value):
            return node.text == literal_parts(value)[0]
        wanted = value[1:-1]
        return wanted in (self.contexts.expand(node.text), self.contexts.expand(node.text, key=True))

    def unmapped_keys(self) -> list[tuple[str, Place]]:
        """Give the keys that no context defines, so that what they say is lost; in document order."""
        return sorted(self._unmapped(), key=lambda each: each[1])

    def _unmapped(self) -> Iterator[tuple[str, Place]]:
        if self._root is None or self.contexts.vocabulary is not None:
            return
        stack: list[tuple[JsonNode, bool]] = [(self._root, False)]
        while stack:
            node, is_map = stack.pop()
            stack.extend((each, is_map) for each in reversed(node.items))
            for key, place, value in node.members:
                if self._says_nothing(key) and not is_map:
                    yield key, place
                elif not self._is_opaque(key):
                    stack.append((value, key in self.contexts.maps))

    def _says_nothing(self, key: str) -> bool:
        contexts = self.contexts
        known = key in contexts.terms or key in contexts.dropped
        return not known and not key.startswith("@") and ":" not in key

    def _is_opaque(self, key: str) -> bool:
        """Tell whether what is inside a key is not for JSON-LD to read."""
        return key in ("@context", "@value") or key in self.contexts.json or key in self.contexts.dropped


def _texts(node: JsonNode) -> Iterator[JsonNode]:
    """Give all that may be the value of a key: texts and numbers, not those of nodes further down."""
    if node.kind in ("text", "other"):
        yield node
    for each in node.items:
        yield from _texts(each)
    for key, _, value in node.members:
        if value.kind in ("text", "other") and key != "@language":
            yield value
        elif value.kind == "array" and not key.startswith("@context"):
            yield from (each for each in value.items if each.kind in ("text", "other"))
