"""What templates need: languages, links, headings, and the texts that surround the data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from flask import Flask, Response, current_app, render_template, request
from markupsafe import Markup, escape

from pathways_ld.formats import HTML, Format
from pathways_ld.model import Group, LanguageMap, Link, PageView, Part, Text
from pathways_ld.namespaces import SKOS
from pathways_ld.vocabulary import CLOSENESS, INCOMING, Languages, Reader
from pathways_ld.vocabulary.matches import Match
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import (
    SOURCE,
    content_language,
    direction,
    gettext,
    interface_language,
    say,
)
from pathways_ld.web.negotiation import Choice, parse_languages
from pathways_ld.web.responses import EXTENSION_KEY, VARY_PAGE, Representation, link, represent
from pathways_ld.wording import N_, Said

_LABEL_HEADINGS: Final = {
    SKOS.prefLabel: N_("Name"),
    SKOS.altLabel: N_("Also called"),
    SKOS.hiddenLabel: N_("Also found as"),
}


class Page:
    """The words and links of one page in one reader's languages."""

    def __init__(self, source: Reader, languages: Languages, root: str) -> None:
        self.reader = source
        self.languages = languages
        self.interface = interface_language()
        """The language of all that is not content."""
        self.root = root
        self.manifest = source.manifest

    def text(self, texts: LanguageMap, fallback: str = "") -> Markup:
        """Write the best text, marked with its language where it differs from the page's."""
        text, lang = self.languages.pick(texts)
        return self._marked(text or fallback, lang if text else "")

    def plain(self, texts: LanguageMap, fallback: str = "") -> str:
        """Give the best text without markup."""
        return self.languages.pick(texts)[0] or fallback

    def wording(self, texts: LanguageMap) -> Markup:
        """Write a text of the interface that data brings along, such as what a form says of its fields."""
        return self._marked(*self._wording(texts))

    def plain_wording(self, texts: LanguageMap) -> str:
        """Give such a text without markup."""
        return self._wording(texts)[0]

    def _wording(self, texts: LanguageMap) -> tuple[str, str]:
        return Languages((self.interface,), SOURCE).pick(texts)

    def message(self, message: str) -> Markup:
        """Write what is wrong: translated where it is made for that, else marked as the English it is."""
        return escape(say(message)) if isinstance(message, Said) else self._marked(message, SOURCE)

    def texts(self, texts: list[Text]) -> list[Markup]:
        """Write the texts of the best language there is."""
        return [self._marked(text["text"], text["lang"]) for text in self.languages.order(texts)]

    def value(self, text: Text) -> Markup:
        """Write one literal."""
        return self._marked(text["text"], text["lang"])

    def name(self, link: Link) -> Markup:
        """Write the name of what a link leads to, its short IRI where it has none."""
        return self.text(link["title"], self.reader.compact(link["iri"]))

    def href(self, link: Link) -> str:
        """Give the address a link leads to: our page, else the web address, else nothing.

        Only http and https addresses become links, whatever the data says.
        """
        if link["path"]:
            return self.root + link["path"]
        return link["iri"] if link["iri"].startswith(("http://", "https://")) else ""

    def heading(self, iri: str) -> str:
        """Give words for a property or class in the language of the interface, if there are any."""
        words = self.reader.headings.get(iri, {})
        source = words.get(SOURCE, "")
        own = words.get(self.interface, "") or gettext(source)
        # What has neither a name of its own nor a translation is named in the reader's other languages.
        named = own and (own != source or self.interface == SOURCE)
        return own if named else self.reader.heading(iri, self.languages)

    def closeness(self, iri: str) -> str:
        """Say what a kind of mapping means."""
        return gettext(CLOSENESS.get(iri, ""))

    def group_heading(self, group: Group) -> str:
        """Name a group of neighbours: by the relation, or by who relates to this term and how."""
        if not group["incoming"]:
            return self.heading(group["relation"])
        return f"{self.kind(group['kind'], plural=True)} {self.incoming(group)}".strip()

    def incoming(self, group: Group) -> str:
        """Say how others relate to this term; nothing where it goes without saying."""
        known = INCOMING.get(group["relation"])
        return f"({self.heading(group['relation']).lower()})" if known is None else gettext(known)

    def sections(self, parts: list[Part]) -> list[tuple[str, list[Part]]]:
        """Put parts that stand under one heading together, collections left out."""
        alone = [part for part in parts if not part["members"]]
        other = gettext("Parts")
        return [
            (heading, list(items))
            for heading, items in groupby(alone, key=lambda part: self.plain(part["section"], other))
        ]

    def url(self, path: str) -> str:
        """Give the local address of a path."""
        return self.root + path

    def compact(self, iri: str) -> str:
        """Write an IRI as a CURIE where a prefix is known."""
        return self.reader.compact(iri)

    def kind(self, name: str, *, plural: bool = False) -> str:
        """Name a kind."""
        kind = self.manifest.kind(name)
        return gettext(kind.plural if plural else kind.singular) if kind else ""

    def vocabulary_title(self) -> str:
        """Name the vocabulary."""
        return self.plain(self.reader.title, self.manifest.base)

    def marks(self, lang: str) -> Markup:
        """Write the attributes of an element whose text is in a language."""
        if not lang:
            return Markup()
        # Written from right to left, or from left to right within what is not.
        turned = Markup(' dir="{}"').format(direction(lang)) if self._turns(lang) else Markup()
        return Markup(' lang="{}"{}').format(lang, turned)

    def foreign(self, lang: str) -> Markup:
        """Write the same attributes only where the language is not that of the page."""
        return Markup() if lang.lower().split("-")[0] == self.interface else self.marks(lang)

    def matched(self, match: Match) -> Markup:
        """Write a text that was found, with the words that were looked for marked."""
        pieces = (
            Markup("<mark>{}</mark>").format(piece.text) if piece.is_match else escape(piece.text)
            for piece in match.pieces
        )
        return self._marked(Markup("").join(pieces), match.lang)

    def match_heading(self, match: Match) -> str:
        """Name what a text that was found is."""
        return gettext(_LABEL_HEADINGS.get(match.predicate, "")) or self.heading(match.predicate)

    def _turns(self, lang: str) -> bool:
        return direction(lang) != direction(self.interface)

    def _marked(self, text: str, lang: str) -> Markup:
        if not lang or lang.lower().split("-")[0] == self.interface:
            return escape(text)
        return Markup("<span{}>{}</span>").format(self.marks(lang), text)


def languages(wanted: str = "") -> Languages:
    """Give the languages of this request: `wanted`, else ``?lang=``, before what the reader prefers."""
    wanted = wanted or request.args.get("lang", "") or content_language()
    header = f"{wanted}," if wanted else ""
    ranges = parse_languages(header + request.headers.get("Accept-Language", ""))
    return Languages(ranges, reader().manifest.default_language)


def page() -> Page:
    """Give the page helper of this request."""
    return Page(reader(), languages(), request.script_root)


def render(template: str, **context: object) -> bytes:
    """Render a page."""
    helper = page()
    return render_template(template, page=helper, manifest=helper.manifest, **context).encode()


def fingerprint() -> str:
    """Name this version of the software and its templates."""
    found = current_app.extensions[EXTENSION_KEY].fingerprint
    return str(found)


def digest(body: bytes) -> str:
    """Name bytes for an ETag."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def represent_in_formats(path: str, choice: Choice, formats: Sequence[Format], body: bytes) -> Response:
    """Answer with what has an address with a suffix for each of its formats, and link to the others."""
    return represent(
        Representation(
            etag=digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            content_location=f"{request.script_root}{path}.{choice.format.suffix}",
            language=interface_language() if choice.format is HTML else "",
            links=[
                link(f"{request.script_root}{path}.{each.suffix}", "alternate", type=each.media_type)
                for each in formats
                if each is not choice.format
            ],
        )
    )


def json_ld_script(document: Mapping[str, Any]) -> Markup:
    """Write JSON-LD into a page so that no text in it can end the script element."""
    text = json.dumps(document, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
    return Markup(text)  # noqa: S704 - escaped above


def defined_term(view: PageView, helper: Page) -> dict[str, Any]:
    """Describe a term for search engines, with schema.org (https://schema.org/DefinedTerm)."""
    definition = [text["text"] for section in view["texts"][:1] for text in section["texts"]]
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _schema_type(view),
        "@id": view["iri"],
        "name": _name(view, helper),
        "url": view["iri"],
    }
    codes = [
        value["text"]
        for fact in view["facts"]
        if fact["property"] == SKOS.notation
        for value in fact["values"]
    ]
    if codes:
        document["termCode"] = codes[0] if len(codes) == 1 else codes
    terms = [
        link for group in view["groups"] if group["relation"] == SKOS.hasTopConcept for link in group["items"]
    ]
    if terms:
        document["hasDefinedTerm"] = [
            {"@type": "DefinedTerm", "@id": link["iri"], "name": helper.plain(link["title"], link["iri"])}
            for link in terms
        ]
    alternate = [label["text"] for label in view["labels"] if not label["hidden"]]
    if definition:
        document["description"] = definition[0]
    if alternate:
        document["alternateName"] = alternate
    same = [m["target"]["iri"] for m in view["mappings"] if m["relation"].endswith("exactMatch")]
    if same:
        document["sameAs"] = same
    if document["@type"] == "DefinedTerm" and helper.manifest.vocabulary_iri:
        vocabulary = helper.manifest.vocabulary_iri
        document["inDefinedTermSet"] = {
            "@type": "DefinedTermSet",
            "@id": vocabulary,
            "name": helper.vocabulary_title(),
            "url": vocabulary,
        }
    return document


def _name(view: PageView, helper: Page) -> object:
    """Give the name, in every language where there are several."""
    if len(view["title"]) > 1:
        return [
            {"@value": text, "@language": lang} if lang else text
            for lang, text in sorted(view["title"].items())
        ]
    return helper.plain(view["title"], view["iri"])


def _schema_type(view: PageView) -> str:
    iris = {link["iri"] for link in view["types"]}
    names = {
        "http://www.w3.org/2004/02/skos/core#ConceptScheme": "DefinedTermSet",
        "http://www.w3.org/2004/02/skos/core#Concept": "DefinedTerm",
        "https://schema.org/Organization": "Organization",
        "http://www.w3.org/ns/org#Organization": "Organization",
        "https://schema.org/CreativeWork": "CreativeWork",
        "http://purl.org/ontology/bibo/Document": "CreativeWork",
    }
    for iri, name in names.items():
        if iri in iris:
            return name
    # schema:Project is where web pages expect initiatives; in RDF they are a class of our own, because
    # schema.org makes every project an organization.
    return "Project" if view["kind"] == "initiative" else "Thing"


def alternates(path: str, formats: Iterable[Format]) -> list[tuple[Format, str]]:
    """Give each format with the address of that representation."""
    return [(each, f"{path}.{each.suffix}") for each in formats]


def register(app: Flask) -> None:
    """Give the templates their functions."""
    app.jinja_env.globals.update(json_ld_script=json_ld_script)
