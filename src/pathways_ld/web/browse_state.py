"""What a browsing address asks for: a kind, a scheme, terms; and the addresses of what is next to it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request

from pathways_ld.errors import BadRequest, TermNotFound
from pathways_ld.settings import Kind
from pathways_ld.vocabulary import Reader, TermDocument


def chosen_kind(source: Reader) -> Kind:
    """Read ``?kind=``, by default the first there is. Raises :class:`BadRequest` for one that is not here."""
    kinds = filled_kinds(source)
    name = request.args.get("kind", "")
    if not kinds:
        raise TermNotFound("This vocabulary has no terms, so there is nothing to browse.")
    if not name:
        return kinds[0]
    found = next((each for each in kinds if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in kinds)
        raise BadRequest(f'"kind" is "{name[:60]}"; expected one of {known}.')
    return found


def filled_kinds(source: Reader) -> list[Kind]:
    """Give the kinds of which there are terms."""
    return [each for each in source.manifest.kinds if source.manifest.counts.get(each.name)]


def ident(source: Reader, iri: str) -> str:
    """Write an IRI for an address: what follows the base, else all of it."""
    return source.space.local_id(iri) or iri


def iri_of(source: Reader, text: str) -> str:
    """Read what :func:`ident` wrote."""
    return text if "://" in text or text.startswith("urn:") else source.space.iri(text)


def term(source: Reader, name: str, kind: Kind) -> TermDocument | None:
    """Read a parameter that names a term of a kind; None where it is absent.

    Raises :class:`TermNotFound`, also for a term that was withdrawn.
    """
    text = request.args.get(name, "")
    if not text:
        return None
    if len(text) > _LONGEST:
        raise BadRequest(f'"{name}" has {len(text)} characters; expected the last part of an IRI.')
    document = source.document(iri_of(source, text))
    if document.kind != kind.name or document.withdrawn:
        raise TermNotFound(f'"{text[:100]}" is no {kind.singular.lower()} of this vocabulary.')
    return document


def query(*parameters: tuple[str, str]) -> str:
    """Write a query string of the parameters that are not empty."""
    return urlencode([(name, value) for name, value in parameters if value], safe="/:")


_LONGEST = 2_000
