"""Rules for what a contribution does to published terms, which needs both to be seen.

What a contribution *says* is for the shapes in ``contribution.ttl``; these are about what it changes.
"""

from __future__ import annotations

from typing import Final

from pathways_ld.validation.checks import COOL_URIS, Check

CONTRIBUTION: Final = (
    Check(
        "contribution-vanished",
        "A contribution lets no published term vanish",
        "must fix",
        "Others have stored and cited the IRI; it must go on answering.",
        "Deprecate the term instead (owl:deprecated true), and say what replaces it (dct:isReplacedBy).",
        "Releases",
        (COOL_URIS,),
    ),
    Check(
        "contribution-retired",
        "A deprecated or withdrawn term keeps its names",
        "must fix",
        "An IRI is never given to something else: whoever stored it meant what it was then.",
        "Propose a new term for the new thing.",
        "Releases",
        (COOL_URIS,),
    ),
    Check(
        "contribution-meaning",
        "A term stays what it is",
        "should fix",
        "Data elsewhere points to the term as it was understood. Where every name and every definition is"
        " another, it is likely another thing.",
        "Propose a new term, and deprecate this one with the new one as its replacement.",
        "Releases",
        (COOL_URIS,),
    ),
    Check(
        "contribution-kind",
        "A term is of a kind that there is, and stays of that kind",
        "must fix",
        "Pages, forms and rules go by the kind of a term; it is in the IRI too.",
        "Say what a new term is by rdf:type, with an IRI of that kind; for something of another kind, propose"
        " a new term.",
        "Kinds",
    ),
    Check(
        "contribution-source",
        "A term keeps a source",
        "must fix",
        "People rely on the vocabulary because each term says where its facts come from.",
        "Add the source (dct:source); to a source itself, the address where it is found (foaf:page).",
        "Sources",
    ),
    Check(
        "contribution-namespace",
        "A contribution describes terms of this vocabulary only",
        "must fix",
        "Whoever owns a name says what it means, and some addresses here belong to the server.",
        "Describe terms of this vocabulary; to link to those of others, use a mapping such as"
        " skos:closeMatch.",
        "Identifiers",
        (COOL_URIS,),
    ),
    Check(
        "contribution-near-iri",
        "IRIs differ by more than capitals and hyphens",
        "must fix",
        "People type IRIs and take one for the other.",
        "Edit the term that there is; where they are two things, choose an IRI that tells them apart.",
        "Identifiers",
        (COOL_URIS,),
    ),
    Check(
        "contribution-part",
        "A part belongs to a term that is described",
        "must fix",
        "A part, an IRI with “#”, is shown on the page of its term; without one nobody finds it.",
        "Describe the term too.",
        "Identifiers",
    ),
    Check(
        "contribution-loose-part",
        "What has no name hangs on a term",
        "must fix",
        "A blank node is found only through the term that it is a part of.",
        "Add or remove it together with the statement that it belongs to.",
        "Data model",
    ),
    Check(
        "contribution-graph",
        "A contribution leaves the graph to the vocabulary",
        "must fix",
        "Which graph a statement is in follows from what it says.",
        "Leave the graph out: send Turtle, not TriG.",
        "Data model",
    ),
    Check(
        "contribution-text",
        "A text can be written in every format",
        "must fix",
        "A control character in one text is enough that a term cannot be had as RDF/XML any more.",
        "Type the text again, or remove the character; write a usual language tag.",
        "Clean text",
        ("https://www.w3.org/TR/xml/#charsets",),
    ),
    Check(
        "contribution-history",
        "History is written down, not contributed",
        "must fix",
        "Who changed what and when is recorded when a contribution is accepted, so that it can be trusted.",
        "Leave these statements out; your name goes with the contribution.",
        "Data model",
        ("https://www.w3.org/TR/prov-o/",),
    ),
    Check(
        "contribution-ontology",
        "A contribution leaves the ontology as it is",
        "must fix",
        "Classes and properties are what programs of others are written for; they change with a release.",
        "Leave it out, and write to the maintainers what you miss.",
        "Data model",
    ),
)
