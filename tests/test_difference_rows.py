"""What pages show of a label with a source, and of a mapping: what it is, not how RDF puts it together."""

from __future__ import annotations

from pathways_ld.contributions import Difference
from pathways_ld.namespaces import DCT, RDF, SKOS, SKOSXL
from pathways_ld.rdfio import Statement
from pathways_ld.web.differences import rows

ONE, LABEL, MAPPING = (f"<https://example.org/{name}>" for name in ("one", "one#label-uno", "one#mapping-1"))


def difference(heading: str, subject: str, predicate: str, value: str, text: str) -> Difference:
    return Difference("+", heading, text, "", Statement(subject, f"<{predicate}>", value))


def test_a_label_with_a_source_is_shown_with_its_name_and_its_source() -> None:
    differences = [
        difference("Type", LABEL, RDF.type, f"<{SKOSXL.Label}>", "Label"),
        difference("Alternative label", ONE, SKOS.altLabel, '"Uno"@es', "Uno"),
        difference("Sources", LABEL, DCT.source, "<https://example.org/book>", "A book"),
        difference("Sources", ONE, DCT.source, "<https://example.org/page>", "A page"),
        difference("altLabel", ONE, SKOSXL.altLabel, LABEL, "one#label-uno"),
        difference("literalForm", LABEL, SKOSXL.literalForm, '"Uno"@es', "Uno"),
    ]
    shown = {row.heading: [each.text for each in row.added] for row in rows(differences)}
    assert shown == {"Alternative label": ["Uno"], "“Uno”: Sources": ["A book"], "Sources": ["A page"]}


def test_a_mapping_is_shown_by_what_it_leads_to() -> None:
    there = "<https://example.net/there>"
    differences = [
        difference("Nearly the same", ONE, SKOS.closeMatch, there, "there"),
        difference("Type", MAPPING, RDF.type, f"<{RDF.Statement}>", "Statement"),
        difference("subject", MAPPING, RDF.subject, ONE, "One"),
        difference("predicate", MAPPING, RDF.predicate, f"<{SKOS.closeMatch}>", "Nearly the same"),
        difference("object", MAPPING, RDF.object, there, "there"),
        difference("Notes", MAPPING, SKOS.note, '"The same words."@en', "The same words."),
    ]
    shown = {row.heading: [each.text for each in row.added] for row in rows(differences)}
    assert shown == {"Nearly the same": ["there"], "there: Notes": ["The same words."]}


def test_a_part_whose_name_is_not_in_the_difference_is_shown_as_it_is() -> None:
    differences = [
        difference("Sources", LABEL, DCT.source, "<https://example.org/book>", "A book"),
        difference("literalForm", ONE, SKOSXL.literalForm, '"Uno"@es', "Uno"),
    ]
    assert [row.heading for row in rows(differences)] == ["Sources", "literalForm"]
