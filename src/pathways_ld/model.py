"""The frozen shapes that travel between the layers, and the page view that a snapshot stores.

A :class:`PageView` is what a term's web page needs, computed at build time and stored as JSON, so that
showing a page is one read. Texts are kept in every language the data has: ``{"en": "..."}``; the page
picks the reader's.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

LanguageMap = dict[str, str]
"""Language tag (``""`` where there is none) to one text."""


class Text(TypedDict):
    """A literal: its text and its language tag, empty where there is none."""

    text: str
    lang: str


class Link(TypedDict):
    """A reference to a term; `path` is local, empty for what lies outside this vocabulary.

    Of a document on the web, `site` is the host it is found at, `modified` when it was last updated, and
    `version` and `dated` the version that was read.
    """

    iri: str
    path: str
    title: LanguageMap
    deprecated: NotRequired[bool]
    site: NotRequired[str]
    modified: NotRequired[str]
    version: NotRequired[str]
    dated: NotRequired[str]


class Group(TypedDict):
    """Neighbours of a term by one relation; `items` holds the first page of `total`."""

    key: str
    relation: str
    incoming: bool
    kind: str
    total: int
    items: list[Link]


class TextSection(TypedDict):
    """The literals of one property."""

    property: str
    texts: list[Text]


class Fact(TypedDict):
    """A property whose values are shown in a line: links, or plain values with their datatype."""

    property: str
    links: list[Link]
    values: list[Text]


class LabelStatement(TypedDict):
    """An alternative label and the sources that use it (none where nobody is recorded)."""

    text: str
    lang: str
    hidden: bool
    sources: list[Link]


class Part(TypedDict):
    """A resource described on its parent's page: an ordered collection, a class, an observation.

    `section` names the heading it stands under.
    """

    iri: str
    fragment: str
    section: LanguageMap
    types: list[Link]
    title: LanguageMap
    texts: list[TextSection]
    facts: list[Fact]
    members: list[Part]


class Mapping(TypedDict):
    """A statement that a concept corresponds to one elsewhere, which has the title it was found under."""

    relation: str
    target: Link
    note: list[Text]
    sources: list[Link]


class HistoryEntry(TypedDict):
    """One change, as those tell it who made it: what, when (ISO 8601, in UTC), why, and who as they agreed.

    `contribution` is the number of the contribution it came from, 0 where none did; `agents` are the IRIs
    of contributors who have one elsewhere; `undoes` is the number of the change that this one undid, or 0.
    """

    change: Link
    number: int
    at: str
    what: list[Text]
    why: list[Text]
    contributors: list[Text]
    reviewers: list[Text]
    agents: list[Link]
    contribution: int
    undoes: int


class PageView(TypedDict):
    """What the web page of a term shows.

    `see_also` are links with a record of their own, which says what they lead to and who says so; absent
    where there are none. `history` holds the newest of `changes` changes, newest first; both are absent where
    there is none. Of a change's own document `history` is that change, and `undone_by` lists the changes that
    undid it.
    """

    iri: str
    path: str
    kind: str
    types: list[Link]
    title: LanguageMap
    labels: list[LabelStatement]
    texts: list[TextSection]
    facts: list[Fact]
    parts: list[Part]
    groups: list[Group]
    mappings: list[Mapping]
    sources: list[Link]
    status: list[Link]
    deprecated: bool
    replaced_by: list[Link]
    breadcrumbs: list[list[Link]]
    see_also: NotRequired[list[Mapping]]
    history: NotRequired[list[HistoryEntry]]
    changes: NotRequired[int]
    undone_by: NotRequired[list[Link]]
