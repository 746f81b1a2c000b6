"""IRI, path and local id: how the identifiers of one vocabulary and the addresses of its pages meet.

A *local id* is what follows the canonical base in an IRI, unescaped: ``topic/career-pathways``.
A *path* is the local id as it stands in a URL, percent-encoded, with a leading slash.
RDF compares IRIs character by character (RDF 1.1 Concepts, 3.2), so the graph holds one form only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What a slug we mint looks like."""

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
# RFC 3986: unreserved, sub-delims, ":" and "@" may stand in a path segment as they are.
_PATH_SAFE: Final = "/-._~!$&'()*+,;=:@"
_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9/_-]*")


RESERVED: Final = frozenset(
    {
        ".well-known", "account", "apple-touch-icon-precomposed.png", "apple-touch-icon.png", "browse",
        "changes", "changes.atom", "context", "context.jsonld", "contributions", "dumps", "embed",
        "favicon.ico", "graphs", "healthz", "jskos", "label", "labels", "language", "llms.txt", "lookup",
        "map", "mcp", "metrics", "oembed", "openapi", "openapi.json", "opensearch.xml", "problems",
        "propose", "readyz", "reconcile", "rest", "review", "robots.txt", "rules", "search", "shapes",
        "sign-in", "sign-out", "sitemap.xml", "sparql", "static", "suggest", "update", "validate",
    }
)  # fmt: skip
"""First path segments at which the server answers itself: no term can have its page there."""


def is_absolute_iri(text: str) -> bool:
    """Tell whether `text` is an absolute IRI without characters that RDF forbids."""
    return _ABSOLUTE.fullmatch(text) is not None


def document_of(iri: str) -> str:
    """Give the IRI of the document that describes `iri`: the IRI without its fragment."""
    return iri.partition("#")[0]


def fragment_of(iri: str) -> str:
    """Give the fragment of `iri`, or an empty string."""
    return iri.partition("#")[2]


_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"}
    | {"đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "\u0131": "i", "\u2019": "", "'": ""}
)
"""Letters that Unicode does not take apart, and what is not between words."""


def slugify(text: str, *, limit: int = 80) -> str:
    """Make a slug of any text: lower-case ASCII letters and digits joined by single hyphens."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return slug[:limit].rstrip("-")


def suggest_slug(name: str) -> str:
    """Make a slug for something new of its name: letters with marks become those without."""
    folded = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    return slugify("".join(each for each in folded if not unicodedata.combining(each)))


@dataclass(frozen=True)
class IriSpace:
    """The IRIs under one canonical base, which ends in ``/`` or ``#``."""

    base: str

    @property
    def is_hash(self) -> bool:
        """Whether terms are fragments of one document; each still gets a page of its own here."""
        return self.base.endswith("#")

    def local_id(self, iri: str) -> str | None:
        """Give the local id, or None for an IRI outside the base. A document at the base is ``""``."""
        if iri.startswith(self.base):
            return iri[len(self.base) :]
        if iri == self.base.rstrip("/#"):
            return ""
        return None

    def iri(self, local_id: str) -> str:
        """Give the canonical IRI of a local id."""
        return self.base + local_id

    def path(self, iri: str) -> str | None:
        """Give the local URL path of a term or document IRI, with its fragment, or None if foreign."""
        local_id = self.local_id(iri)
        if local_id is None:
            return None
        if _PLAIN_PATH.fullmatch(local_id) and not local_id.startswith("/"):
            return "/" + local_id
        document, _, fragment = local_id.partition("#")
        path = "/" + quote(document, safe=_PATH_SAFE)
        if path.startswith("//"):  # which a browser would take for the address of another host
            path = "/%2F" + path[2:]
        return f"{path}#{quote(fragment, safe=_PATH_SAFE)}" if fragment else path

    def iri_of_path(self, path: str) -> str:
        """Give the canonical IRI that a URL path (percent-encoded or not) stands for."""
        return self.base + unquote(path.removeprefix("/"))
