"""Rules that no shape of ours expresses: about references, labels, releases, files and the ontology.

One line of words for each id that a check gives its results; the ids are stable, because pages, SARIF
reports and settings of other people's pipelines name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pathways_ld.report import Severity

SKOS_REFERENCE: Final = "https://www.w3.org/TR/skos-reference/"
COOL_URIS: Final = "https://www.w3.org/TR/cooluris/"
OWL_SEMANTICS: Final = "https://www.w3.org/TR/owl2-direct-semantics/"


@dataclass(frozen=True)
class Check:
    """The words of one rule; `severity` is the worst that a breach can be."""

    id: str
    title: str
    severity: Severity
    why: str
    fix: str
    group: str
    see_also: tuple[str, ...] = ()


INTEGRITY: Final = (
    Check(
        "S56",
        "A label resource has its plain label",
        "must fix",
        "SKOS-XL S55 to S57: a label given as a resource is a label of the concept too. Software that does"
        " not know SKOS-XL sees the plain label only.",
        "Add the plain label with the text of the label resource: skos:altLabel.",
        "Labels",
        (f"{SKOS_REFERENCE}#S56",),
    ),
    Check(
        "shared-label",
        "No two terms have a label in common",
        "should fix",
        "A reader who looks for the label finds two terms and cannot tell which is meant. That is right only"
        " where somebody really calls both by it, and then a source says who. Upper and lower case count as"
        " the same.",
        "Give one of the two another label, merge them, or record who uses it so: a skosxl:altLabel with a"
        " dct:source.",
        "Labels",
        (f"{SKOS_REFERENCE}#labels",),
    ),
    Check(
        "foreign-term",
        "Only terms of this vocabulary are described",
        "must fix",
        "What a term means is for those to say who published it. A description elsewhere is out of date"
        " sooner or later, and whoever merges the two gets both.",
        "Remove the statements about the foreign term; say how a term of this vocabulary relates to it by a"
        " mapping, such as skos:closeMatch.",
        "Identifiers",
        (COOL_URIS,),
    ),
    Check(
        "dangling-reference",
        "References lead to terms that are described",
        "must fix",
        "An IRI under this vocabulary's own base that nothing describes is a slip of the pen, or a page that"
        " is missing.",
        "Correct the IRI, or describe the term.",
        "Identifiers",
    ),
    Check(
        "unknown-property",
        "Properties of this vocabulary are described",
        "must fix",
        "A property that the ontology does not have is most often one that is spelt wrongly.",
        "Correct its spelling, or describe it in the ontology.",
        "Identifiers",
    ),
    Check(
        "mapping-without-source",
        "Every mapping says who made it",
        "must fix",
        "A mapping is a judgement. A reader must be able to see whose it is.",
        "Add an rdf:Statement with rdf:subject, rdf:predicate, rdf:object and dct:source.",
        "Mappings",
    ),
    Check(
        "statement-without-mapping",
        "A recorded mapping is there",
        "must fix",
        "An rdf:Statement only speaks about a mapping; it does not make it.",
        "Add the mapping itself, or remove the statement.",
        "Mappings",
    ),
)

POLICY: Final = (
    Check(
        "published-term-vanished",
        "Published IRIs never vanish",
        "must fix",
        "Others have stored and cited the IRI; it must go on answering.",
        "Describe the term again: deprecated (owl:deprecated true and dct:isReplacedBy), or withdrawn"
        " (adms:status <http://purl.org/adms/status/Withdrawn>).",
        "Releases",
        (COOL_URIS,),
    ),
    Check(
        "withdrawn-term-returned",
        "A withdrawn IRI is not given to something else",
        "should fix",
        "Whoever stored the IRI meant the thing that it stood for then.",
        "Choose a new IRI, unless this is the same thing.",
        "Releases",
        (COOL_URIS,),
    ),
    Check(
        "deprecated-without-replacement",
        "A deprecated term says what to use instead",
        "must fix",
        "Who meets a deprecated term wants to know what to do.",
        "Add dct:isReplacedBy, or a skos:changeNote that says why there is nothing.",
        "Releases",
    ),
    Check(
        "slug",
        "Local names are slugs",
        "must fix",
        "Slugs can be read aloud, typed, and used in any address and file name without escapes.",
        "Write small letters a to z and digits, joined by single hyphens.",
        "Identifiers",
        (COOL_URIS,),
    ),
    Check(
        "reserved-path",
        "No term has the address of something else",
        "must fix",
        "The server answers itself at some addresses, such as /sparql; a term there could not be shown.",
        "Give the term another IRI, or choose a longer base with --base.",
        "Identifiers",
    ),
    Check(
        "canonical-form",
        "Turtle files are in canonical form",
        "must fix",
        "Written in one way only, every change is a readable difference. Comments are not statements and are"
        " not kept: put remarks into skos:editorialNote or rdfs:comment.",
        'Run "pathways-ld format" on the file.',
        "Files",
    ),
    Check(
        "context-changed",
        "The last JSON-LD context is the one that the ontology needs",
        "should fix",
        "Published versions of the context never change; what the ontology needs now is another one.",
        'Write the next version with "pathways-ld context --write", and publish it with the ontology.',
        "Files",
    ),
    Check(
        "removed-statement-missing",
        "Accepted changes still fit the sources",
        "should fix",
        "An accepted change removed a statement that the source files no longer have.",
        "Nothing, if the sources were edited on purpose.",
        "Releases",
    ),
)

ONTOLOGY: Final = (
    Check(
        "inconsistent-ontology",
        "The ontology does not contradict itself",
        "must fix",
        "From a contradiction everything follows: no reasoner can use such an ontology.",
        'Run "pathways-ld reason --explain": it names the statements that contradict each other. Take one of'
        " them back.",
        "Ontology",
        (OWL_SEMANTICS,),
    ),
    Check(
        "unsatisfiable-class",
        "Every class can have members",
        "must fix",
        "A class that is below two disjoint classes can have no members, so something said about it is"
        " wrong.",
        'Run "pathways-ld reason --explain": it names the statements from which that follows. Take one of'
        " them back.",
        "Ontology",
        (OWL_SEMANTICS,),
    ),
)

DOCUMENT: Final = (
    Check(
        "syntax",
        "The document is well-formed",
        "must fix",
        "What cannot be read cannot be checked.",
        "Correct the line that the message names.",
        "Files",
    ),
    Check(
        "no-statements",
        "The document says something",
        "must fix",
        "An empty file, or one whose contents are all comments or lost, breaks no rule, for it says nothing.",
        "Send the statements; see whether the right file was chosen.",
        "Files",
    ),
    Check(
        "unmapped-key",
        "Every JSON-LD key has a meaning",
        "must fix",
        "JSON-LD leaves a key aside that its context does not define, with all it says and without a word.",
        "Define the key in the @context, or write the IRI of the property.",
        "Files",
        ("https://www.w3.org/TR/json-ld11/#terms",),
    ),
    Check(
        "unsafe-iri",
        "No IRI runs code or names a local file",
        "must fix",
        "Pages make links of IRIs. javascript: and data: addresses act in the name of the page; file:"
        " addresses lead nowhere on another computer.",
        "Write a web address that starts with https:// or http://.",
        "Identifiers",
        ("https://www.rfc-editor.org/rfc/rfc3986#section-7",),
    ),
    Check(
        "unexpanded-prefix",
        "Prefixes are expanded",
        "must fix",
        "Where a prefix is not declared, JSON-LD, RDF/XML and N-Triples take skos:prefLabel for a whole IRI,"
        " which is another property than the one meant.",
        "Declare the prefix, or write the whole IRI.",
        "Identifiers",
        ("https://www.w3.org/TR/json-ld11/#compact-iris",),
    ),
    Check(
        "namespace-variant",
        "Well-known namespaces are spelt as published",
        "must fix",
        "RDF compares IRIs letter by letter: https instead of http, or / instead of #, is another term, which"
        " nobody has described.",
        "Write the namespace as its vocabulary does.",
        "Identifiers",
        ("https://www.w3.org/TR/rdf11-concepts/#section-IRIs",),
    ),
    Check(
        "language-tag",
        "Language tags are registered",
        "should fix",
        "Software looks for texts by the tags of the registry (BCP 47); it does not find those with another.",
        "Use the tag of the registry, the shortest there is: en, es, en-GB.",
        "Clean text",
        ("https://www.rfc-editor.org/info/bcp47",),
    ),
    Check(
        "text-normalization",
        "Letters with accents are single characters",
        "should fix",
        "An accented letter can be one character or two. They look the same and are different texts; the form"
        " of one character (NFC) is the usual one.",
        "Write the text in the normal form NFC.",
        "Clean text",
        ("https://www.w3.org/TR/charmod-norm/",),
    ),
    Check(
        "text-spaces",
        "Texts have no spaces at their ends",
        "tip",
        "Spaces at the ends are left over from copying; nobody sees them, but the text is another one.",
        "Remove them.",
        "Clean text",
    ),
    Check(
        "text-too-large",
        "A text is not a document",
        "must fix",
        "A whole document in one literal makes every page and query that meets it slow.",
        "Link to the document instead.",
        "Sizes",
    ),
)

VALIDATION: Final = (
    Check(
        "nothing-targeted",
        "Something was checked",
        "should fix",
        "Shapes look for their terms by type or property. Data in which they find none breaks no rule, for no"
        " rule was applied.",
        "Look at the types: a term says what it is by rdf:type (in Turtle: a), for example a skos:Concept.",
        "Files",
        ("https://www.w3.org/TR/shacl/#targets",),
    ),
    Check(
        "ignored-feature",
        "Shapes use what is carried out",
        "tip",
        "Shapes of others run in a mode without imports, rules, functions, scripts and other servers, so that"
        " nothing they say can do harm.",
        "Write the constraint in core SHACL or as a SPARQL constraint, or run the shapes in your own SHACL"
        " engine.",
        "Files",
        ("https://www.w3.org/TR/shacl/",),
    ),
)

CHECKS: Final = (*INTEGRITY, *POLICY, *ONTOLOGY, *DOCUMENT, *VALIDATION)
"""All of them."""
