"""Snippets in JSON: CTDL, schema.org, Open Badges, our own context, and the description of a column.

They can be put into a ``<script>`` element as they are: no character in them can end it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pathways_ld.embedding.snippets_subject import Subject
from pathways_ld.model import Text
from pathways_ld.namespaces import DCT, SKOS

Object = dict[str, Any]

PLACE: Final = "https://example.edu/"
"""Where what readers replace by their own is."""
# What could end a script element or an entity, line ends of JavaScript, and what turns the direction of text.
_ESCAPED: Final = {
    ord(each): f"\\u{ord(each):04x}"
    for each in "<>&\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
}


def to_json(content: object) -> str:
    """Write JSON that stays what it is inside HTML."""
    return harmless(json.dumps(content, ensure_ascii=False, indent=2)) + "\n"


def harmless(document: str) -> str:
    """Escape, in the strings of JSON, what means something to HTML and to those who read code."""
    return document.translate(_ESCAPED)


def ctdl(subject: Subject) -> str:
    """Write a learning program whose subject is the term: a CredentialAlignmentObject (CTDL)."""
    alignment: Object = {"@type": "ceterms:CredentialAlignmentObject"}
    if subject.vocabulary.iri:
        alignment["ceterms:framework"] = subject.vocabulary.iri
    alignment |= {
        "ceterms:frameworkName": _map(subject.vocabulary.title),
        "ceterms:targetNode": subject.iri,
        "ceterms:targetNodeName": _map(subject.name),
    }
    if subject.description["text"]:
        alignment["ceterms:targetNodeDescription"] = _map(subject.description)
    if subject.notation:
        alignment["ceterms:codedNotation"] = subject.notation
    return to_json(
        {
            "@context": "https://credreg.net/ctdl/schema/context/json",
            "@type": "ceterms:LearningProgram",
            "@id": f"{PLACE}programs/your-program",
            "ceterms:name": {"en": "Your program"},
            "ceterms:subject": [alignment],
        }
    )


def _map(text: Text) -> object:
    """Write a text by its language; one without a language stands alone."""
    return {text["lang"]: text["text"]} if text["lang"] else text["text"]


def defined_term(subject: Subject) -> Object:
    """Describe a term as schema.org does, in a word more than its IRI and name."""
    described: Object = {
        "@type": subject.schema_type,
        "@id": subject.iri,
        "name": subject.name["text"],
        "url": subject.iri,
    }
    if subject.description["text"]:
        described["description"] = subject.description["text"]
    if subject.schema_type == "DefinedTerm":
        if subject.notation:
            described["termCode"] = subject.notation
        if subject.vocabulary.iri:
            described["inDefinedTermSet"] = {
                "@type": "DefinedTermSet",
                "@id": subject.vocabulary.iri,
                "name": subject.vocabulary.title["text"],
            }
    return described


def schema(subject: Subject) -> str:
    """Write the term by itself."""
    return _schema(defined_term(subject))


def schema_program(subject: Subject) -> str:
    """Write a program of the kind that the term names."""
    return _schema(
        {
            "@type": "EducationalOccupationalProgram",
            "name": "Your program",
            "url": f"{PLACE}programs/your-program",
            "provider": {"@type": "CollegeOrUniversity", "name": "Your college"},
            "programType": defined_term(subject),
        }
    )


def schema_course(subject: Subject) -> str:
    """Write a course about the term."""
    return _schema(
        {
            "@type": "Course",
            "name": "Your course",
            "description": "What your course is about.",
            "url": f"{PLACE}courses/your-course",
            "provider": {"@type": "Organization", "name": "Your college"},
            "about": defined_term(subject),
        }
    )


def schema_job(subject: Subject) -> str:
    """Write a job posting that asks for experience with what the term names."""
    return _schema(
        {
            "@type": "JobPosting",
            "title": "Your job title",
            "description": "What the job is.",
            "hiringOrganization": {"@type": "Organization", "name": "Your organization"},
            "skills": defined_term(subject),
        }
    )


def _schema(content: Mapping[str, object]) -> str:
    return to_json({"@context": "https://schema.org", **content})


def in_script(document: str) -> str:
    """Put JSON-LD into the element that web pages have for it."""
    return f'<script type="application/ld+json">\n{document}</script>\n'


def badge(subject: Subject) -> str:
    """Write the alignment of an achievement (https://www.imsglobal.org/spec/ob/v3p0/#alignment).

    There ``targetUrl`` is a literal: in RDF a badge does not link to the term.
    """
    alignment: Object = {
        "type": ["Alignment"],
        "targetName": subject.name["text"],
        "targetUrl": subject.iri,
        "targetFramework": subject.vocabulary.title["text"],
        "targetCode": subject.code,
        "targetType": "ext:SkosConcept",
    }
    if subject.description["text"]:
        alignment["targetDescription"] = subject.description["text"]
    return to_json({"alignment": [alignment]})


def with_context(subject: Subject) -> str:
    """Write a record about the term, with the context of the vocabulary."""
    lang = subject.name["lang"] or "@none"
    return to_json(
        {
            "@context": subject.context,
            "id": f"{PLACE}records/your-record",
            "title": {"en": "Your record"},
            "subject": {"id": subject.iri, "prefLabel": {lang: subject.name["text"]}},
        }
    )


def csvw(subject: Subject) -> str:
    """Describe a table with a column of terms (https://www.w3.org/TR/tabular-metadata/)."""
    column = subject.column
    label: Object = {
        "name": f"{column}_label",
        "titles": f"{column}_label",
        "datatype": "string",
        "propertyUrl": SKOS.prefLabel,
        "aboutUrl": f"{{+{column}_iri}}",
    }
    if subject.name["lang"]:
        label["lang"] = subject.name["lang"]
    return to_json(
        {
            "@context": "http://www.w3.org/ns/csvw",
            "url": "your-table.csv",
            "tableSchema": {
                "aboutUrl": "#row-{_row}",
                "columns": [
                    {
                        "name": f"{column}_iri",
                        "titles": f"{column}_iri",
                        "datatype": "anyURI",
                        "propertyUrl": DCT.subject,
                        "valueUrl": f"{{+{column}_iri}}",
                    },
                    label,
                ],
            },
        }
    )
