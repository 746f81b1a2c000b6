"""What a route offers to machines, said once beside the view: `OPERATIONS` of each module of ``web``.

The description at ``/openapi.json`` and the page at ``/openapi`` are made from these, and from nothing
else. Bounds are the constants that the views check, so that a description cannot promise what a view
refuses. A JSON Schema is written as Python has it (https://json-schema.org/draft/2020-12); the ones that
several modules need are in `schemas`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

Schema = Mapping[str, Any]
"""A JSON Schema 2020-12, as OpenAPI 3.1 takes it. ``{}`` is anything; text that is not JSON is `TEXT`."""
Place = Literal["query", "path", "header"]
Method = Literal["GET", "POST", "PUT", "DELETE", "PATCH"]

TEXT: Final[Schema] = {"type": "string"}
"""The schema of bodies that are no JSON: RDF, CSV, XML, HTML."""


class Sample(Enum):
    """An example that is taken from the vocabulary that is served, so that it works wherever it is copied."""

    KIND = "the name of a kind"
    NAME = "what follows the kind in the IRI of a term"
    TERM = "what follows the base in the IRI of a term"
    IRI = "the IRI of a term"
    LABEL = "the label of a term"
    QUERY = "a query for some labels"
    WORD = "a word of a label"
    VOCABULARY = "the id of the vocabulary at /rest/v1/"
    SCHEME = "the IRI of the vocabulary"


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query, a path or a header; those of a path are always required.

    `example` can be sent as it stands; it may be a `Sample`.
    """

    name: str
    place: Place
    description: str
    schema: Schema
    required: bool = False
    example: object = None


@dataclass(frozen=True)
class Body:
    """What a request carries: a schema for each media type that is read, best first."""

    contents: Mapping[str, Schema]
    description: str = ""
    required: bool = True
    examples: Mapping[str, object] = field(default_factory=dict)
    """For a media type, something that can be sent as it stands; there may be a `Sample` anywhere in it."""


@dataclass(frozen=True)
class Answer:
    """One answer: a schema for each media type that it comes in; none where it has no body."""

    status: int
    description: str
    contents: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One method of one address.

    `path` is as OpenAPI writes it: ``/label/{label}`` for Flask's ``/label/<path:label>``. `id` is unique and
    never changes, because clients are generated with it. Problems (RFC 9457) that every route can answer need
    no `Answer`: they are added. `security` names what may be sent: ``token`` (a bearer token); with ``""``
    beside it, it need not be.
    """

    method: Method
    path: str
    id: str
    summary: str
    tag: str
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    description: str = ""
    security: tuple[str, ...] = ()
