"""Groups: schemes, collections and what else sorts the terms of a kind, as ways into its listing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from flask import request

from pathways_ld.errors import BadRequest, TermNotFound
from pathways_ld.model import LanguageMap, Link
from pathways_ld.namespaces import ADMS, DCT, ORG, SKOS, split_iri
from pathways_ld.settings import Kind
from pathways_ld.snapshot.browsing import ListedTerm
from pathways_ld.vocabulary import Reader
from pathways_ld.web.browse_state import ident, iri_of, query
from pathways_ld.web.interface_language import gettext
from pathways_ld.web.pages import Page
from pathways_ld.wording import N_

PATH: Final = "/browse/groups"
SHOWN: Final = 100
"""Groups that are listed of each property, the largest ones."""
_NAMES: Final = {
    ORG.classification: "type",
    DCT.type: "type",
    SKOS.inScheme: "scheme",
    SKOS.member: "collection",
    ADMS.status: "status",
}
# What the status of a record is comes after all that tells of the thing itself.
_ORDER: Final = {each: rank for rank, each in enumerate(_NAMES)} | {ADMS.status: 99}
_HEADINGS: Final = {
    SKOS.inScheme: N_("Concept schemes"),
    SKOS.member: N_("Collections"),
    ADMS.status: N_("Status of the record"),
}


@dataclass(frozen=True)
class Group:
    """The terms of a kind that a property sorts under one value."""

    link: Link
    count: int
    url: str


@dataclass(frozen=True)
class Chosen:
    """One group, as a listing is narrowed to it; `parameter` is its name in addresses, `value` its own."""

    parameter: str
    value: str
    property: str
    link: Link
    total: int


class Groups:
    """The groups of one kind; a property has one short name in addresses."""

    def __init__(self, source: Reader, kind: Kind) -> None:
        self.source, self.kind = source, kind
        self.found: Mapping[str, Mapping[str, int]] = source.browser.categories(kind.name)
        self.names: dict[str, str] = {}
        for each in sorted(self.found, key=lambda each: (_ORDER.get(each, len(_ORDER)), each)):
            name = _NAMES.get(each) or split_iri(each)[1].lower()
            self.names[each] = each if name in self.names.values() or name in _TAKEN else name

    def sections(self, page: Page) -> list[tuple[str, list[Group], int]]:
        """Give, for each property, a heading, its largest groups and the number of all."""
        return [
            (gettext(_HEADINGS.get(each, "")) or page.heading(each), groups, total)
            for each, groups, total in self._ordered(page)
        ]

    def _ordered(self, page: Page) -> list[tuple[str, list[Group], int]]:
        ordered = []
        for each, name in self.names.items():
            values = sorted(self.found[each].items(), key=lambda pair: (-pair[1], pair[0]))
            groups = [Group(self.link(iri), count, self.url(name, iri)) for iri, count in values[:SHOWN]]
            if len(values) == 1 and values[0][1] == self.source.manifest.counts.get(self.kind.name):
                continue  # everything is in it: that is no way in
            groups.sort(key=lambda group: (-group.count, page.name(group.link).casefold()))
            ordered.append((each, groups, len(values)))
        return ordered

    def url(self, name: str, iri: str) -> str:
        """Give the address of the listing of a group."""
        return f"{request.script_root}/{self.kind.name}?{query((name, ident(self.source, iri)))}"

    def chosen(self) -> Chosen | None:
        """Read which group a listing is narrowed to; None where it is not.

        Raises :class:`BadRequest` for more than one, :class:`TermNotFound` for one that is not there.
        """
        asked = [(each, name) for each, name in self.names.items() if request.args.get(name)]
        if not asked:
            known = [name for name in _NAMES.values() if request.args.get(name)]
            if known:
                raise TermNotFound(f'{self.kind.plural} have no groups by "{known[0]}" in this vocabulary.')
            return None
        if len(asked) > 1:
            names = " and ".join(f'"{name}"' for _, name in asked[:5])
            raise BadRequest(f"{names} are given; expected one of them: /search has filters that add up.")
        each, name = asked[0]
        text = request.args[name]
        iri = self._value(self.found[each], text)
        if not iri:
            known_values = ", ".join(ident(self.source, value) for value in list(self.found[each])[:20])
            raise TermNotFound(
                f'No {self.kind.plural.lower()} have the {name} "{text[:100]}"; there is {known_values}.'
            )
        return Chosen(name, ident(self.source, iri), each, self.link(iri), self.found[each][iri])

    def _value(self, values: Mapping[str, int], text: str) -> str:
        iri = iri_of(self.source, text[:2_000])
        if iri in values:
            return iri
        # The last part alone will do where it is the only one: type=association.
        found = [value for value in values if split_iri(value)[1].lower() == text.lower()]
        return found[0] if len(found) == 1 else ""

    def members(self, chosen: Chosen, *, limit: int, offset: int) -> list[ListedTerm]:
        """List a page of a group."""
        iri = iri_of(self.source, chosen.value)
        return self.source.browser.members(self.kind.name, chosen.property, iri, limit=limit, offset=offset)

    def document(self, page: Page) -> list[dict[str, object]]:
        """Give the groups for programs."""
        host = request.url_root.rstrip("/").removesuffix(request.script_root)
        return [
            {
                "kind": self.kind.name,
                # Not in the language of the interface, which is for pages.
                "heading": _HEADINGS.get(each) or self.source.heading(each, page.languages),
                "total": total,
                "groups": [
                    {
                        "iri": group.link["iri"],
                        "prefLabel": group.link["title"],
                        "count": group.count,
                        "listing": host + group.url,
                    }
                    for group in groups
                ],
            }
            for each, groups, total in self._ordered(page)
        ]

    def link(self, iri: str) -> Link:
        """Name a group: a document of its own, or a part of one; each is looked up once."""
        known = _links.setdefault(self.source, {})
        if iri not in known:
            if len(known) >= _MOST_LINKS:
                known.clear()
            known[iri] = self._look_up(iri)
        return known[iri]

    def _look_up(self, iri: str) -> Link:
        source = self.source
        try:
            view = source.document(iri).view
        except TermNotFound:
            return self._part(iri)
        return Link(iri=iri, path=view["path"], title=view["title"])

    def _part(self, iri: str) -> Link:
        title: LanguageMap = {}
        path = ""
        document, _, fragment = iri.partition("#")
        if fragment:
            try:
                parts = self.source.document(document).view["parts"]
            except TermNotFound:
                parts = []
            waiting = list(parts)
            while waiting and not title:
                part = waiting.pop()
                waiting.extend(part["members"])
                if part["iri"] == iri:
                    title, path = part["title"], self.source.space.path(iri) or ""
        return Link(iri=iri, path=path, title=title)


_links: WeakKeyDictionary[Reader, dict[str, Link]] = WeakKeyDictionary()
_MOST_LINKS: Final = 5_000
_TAKEN: Final = frozenset({"page", "kind", "lang", "view", "q", "_mediatype", "_profile"})
