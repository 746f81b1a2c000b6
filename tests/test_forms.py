"""Forms made from the shapes: what they show of a term, and exactly which statements come out of them."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import MakeVocabulary, Vocabulary
from contributing import NS, OURS, TOPIC, Site
from pathways_ld.errors import BadRequest, PayloadTooLarge
from pathways_ld.forms import MAX_PAIRS, Filled, Form, add_row, fill, load_forms, read_form
from pathways_ld.forms.parts import digest
from pathways_ld.namespaces import DCT, RDF, RDFS, SKOS, SKOSXL, SSSOM
from pathways_ld.rdfio import Statement, iri, literal
from pathways_ld.settings import GENERAL_KINDS, OUR_KINDS
from pathways_ld.tables import cells
from pathways_ld.web.edit_terms import PublishedTerms

CAREER_PATHWAYS = f"{TOPIC}career-pathways"
MAPPINGS = f"<{OURS}graph/mappings>"


@pytest.fixture(scope="module")
def site(own: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(own, tmp_path_factory.mktemp("forms"))
    yield made
    made.close()


@pytest.fixture
def terms(site: Site) -> Iterator[PublishedTerms]:
    with site.terms():
        yield PublishedTerms()


def pairs_of(filled: Filled) -> dict[str, str]:
    """Give what a browser would send that changes nothing, with the ends of lines that browsers write."""
    pairs: dict[str, str] = {}
    for field, row, part, cell in filled.controls():
        base = f"{field.name}.{row.number}"
        if row.was:
            pairs[f"{base}.was"] = row.was
        pairs[f"{base}.{part}.text"] = (
            cell.text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
        )
        if cell.field.kind == "text":
            pairs[f"{base}.{part}.lang"] = cell.lang
        if cell.iri and cell.field.kind == "reference":
            pairs[f"{base}.{part}.iri"] = cell.iri
            pairs[f"{base}.{part}.asked"] = cell.text
    return pairs


def opened(iri: str, terms: PublishedTerms, kind: str = "topic") -> tuple[Form, dict[str, str]]:
    form = terms.forms[kind]
    return form, pairs_of(fill(form, iri, terms))


def row_of(pairs: dict[str, str], field: str, text: str, part: str = "value") -> str:
    return next(
        name.removesuffix(f".{part}.text")
        for name, value in pairs.items()
        if name.startswith(f"{field}.") and name.endswith(f".{part}.text") and value == text
    )


def read(
    form: Form, iri: str, pairs: dict[str, str], terms: PublishedTerms, *, is_new: bool = False
) -> Filled:
    return read_form(form, iri, pairs.items(), terms, is_new=is_new)


def messages(filled: Filled) -> list[str]:
    return [f"{each.control}: {each.message}" for each in filled.problems]


def test_there_is_a_form_for_every_kind() -> None:
    assert load_forms(True).keys() == {each.name for each in OUR_KINDS}
    assert load_forms(False).keys() == {each.name for each in GENERAL_KINDS}


def test_a_form_says_what_the_shapes_say() -> None:
    form = load_forms(True)["topic"]
    assert [each.name for each in form.groups] == ["names", "meaning", "relations", "elsewhere", "evidence"]
    label = form.by_name["preferred-label"]
    assert (label.kind, label.path, label.least, label.most, label.unique_lang) == (
        "text", SKOS.prefLabel, 1, 0, True,
    )  # fmt: skip
    assert label.label == {"en": "Preferred label", "es": "Etiqueta preferida"}
    assert label.max_length == 200
    assert not label.untagged
    basis = form.by_name["basis"]
    assert (basis.kind, basis.least, basis.most) == ("choice", 1, 1)
    assert basis.choices[0].term == f"<{NS}PageExcerpt>"
    assert form.by_name["related"].kind == "reference"
    assert form.by_name["status"].default == f"<{NS}Candidate>"
    assert (RDF.type, f"<{SKOS.Concept}>") in form.constants


def test_general_forms_know_nothing_of_career_pathways() -> None:
    for form in load_forms(False).values():
        assert OURS not in repr(form)
        assert all(each.untagged for each in form.fields if each.kind == "text")


def test_a_form_that_is_sent_back_as_it_was_changes_nothing(terms: PublishedTerms) -> None:
    seen = 0
    for kind in terms.forms:
        for hit in terms.reader.listing(kind, limit=500):
            form, pairs = opened(hit.link["iri"], terms, kind)
            filled = read(form, hit.link["iri"], pairs, terms)
            assert messages(filled) == []
            assert (filled.delta.added, filled.delta.removed) == ((), ())
            seen += 1
    assert seen > 400


def test_what_is_shown_and_what_stays_are_all_that_is_asserted(terms: PublishedTerms) -> None:
    filled = fill(terms.forms["topic"], CAREER_PATHWAYS, terms)
    kept = {each.predicate for each in filled.kept}
    assert iri(f"{NS}hasFramework") in kept
    shown = {iri(field.path) for field, row, _, _ in filled.controls() if row.was}
    said = {each.predicate for each in terms.about(CAREER_PATHWAYS)}
    fixed = {iri(path) for path, _ in terms.forms["topic"].constants} | {iri(SKOS.topConceptOf)}
    mappings = {iri(SKOS[name]) for name in ("closeMatch", "broadMatch", "relatedMatch", "narrowMatch")}
    assert said <= shown | kept | fixed | mappings | {iri(RDFS.seeAlso)}


def test_one_changed_label_is_one_statement_less_and_one_more(terms: PublishedTerms) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    row = row_of(pairs, "alternative-label", "Connected credentials")
    sourced = row_of(pairs, "sourced-label", "Connected credentials", "text")
    pairs[f"{sourced}.remove"] = "1"
    pairs[f"{row}.value.text"] = "Connected credential"
    filled = read(form, CAREER_PATHWAYS, pairs, terms)
    about = iri(CAREER_PATHWAYS)
    assert messages(filled) == []
    assert filled.delta.added == (Statement(about, iri(SKOS.altLabel), '"Connected credential"@en'),)
    gone = set(filled.delta.removed)
    assert Statement(about, iri(SKOS.altLabel), '"Connected credentials"@en') in gone
    assert {each.subject for each in gone} == {about, f"<{CAREER_PATHWAYS}#label-connected-credentials>"}

    form, pairs = opened(f"{TOPIC}capstone", terms)
    pairs["alternative-label.0.value.text"] = "Practica"
    filled = read(form, f"{TOPIC}capstone", pairs, terms)
    assert len(filled.delta.added) == len(filled.delta.removed) == 1


def test_a_label_that_a_source_is_recorded_for_does_not_go_alone(terms: PublishedTerms) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    row = row_of(pairs, "alternative-label", "Connected credentials")
    pairs[f"{row}.remove"] = "1"
    filled = read(form, CAREER_PATHWAYS, pairs, terms)
    assert messages(filled) == [
        f'{row}.value: A source is recorded for this label under "Who calls it that". Remove it there too, or keep'
        " the label."
    ]


TEXTS = st.text(st.sampled_from(string.ascii_letters + " \n\r\t\"\\|<>&;'éß語\u202e\U0001f600"), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(TEXTS.filter(str.strip), st.sampled_from(["en", "EN-gb", "de-CH-1996", "zh-Hant"])),
        max_size=4,
    )
)
def test_whatever_is_asserted_stays_byte_for_byte(site: Site, labels: list[tuple[str, str]]) -> None:
    about = f"{TOPIC}capstone"
    said = [Statement(iri(about), iri(SKOS.note), literal(text, lang=lang)) for text, lang in labels]
    with site.terms():
        terms = PublishedTerms()
        terms._about[about] = sorted({*terms.about(about), *said})
        form, pairs = opened(about, terms)
        filled = read(form, about, pairs, terms)
        assert messages(filled) == []
        assert (filled.delta.added, filled.delta.removed) == ((), ())
        if said:
            row = next(
                name for name, value in pairs.items() if name.startswith("note.") and value == said[0].object
            )
            pairs[row.replace(".was", ".value.text")] += "x"
            filled = read(form, about, pairs, terms)
            assert filled.delta.removed == (said[0],)
            assert len(filled.delta.added) == 1


def test_a_row_that_was_not_sent_is_no_removal(terms: PublishedTerms) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    few = {
        name: value
        for name, value in pairs.items()
        if not name.startswith(("alternative-label", "source", "related"))
    }
    filled = read(form, CAREER_PATHWAYS, few, terms)
    assert filled.delta.removed == ()
    assert messages(filled) == []


def test_an_empty_field_and_the_box_both_remove(terms: PublishedTerms) -> None:
    about = f"{TOPIC}capstone"
    for name, value in (("alternative-label.0.value.text", ""), ("alternative-label.0.remove", "1")):
        form, pairs = opened(about, terms)
        filled = read(form, about, {**pairs, name: value}, terms)
        assert filled.delta.removed == (Statement(iri(about), iri(SKOS.altLabel), '"Practicum"@en'),)
        assert filled.delta.added == ()


def test_a_required_field_cannot_be_emptied(terms: PublishedTerms) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    pairs["preferred-label.0.value.text"] = "  "
    filled = read(form, CAREER_PATHWAYS, pairs, terms)
    assert messages(filled) == ["preferred-label.0.value: This has to be filled in."]


def test_two_labels_in_one_language(terms: PublishedTerms) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    pairs |= {"preferred-label.7.value.text": "Another", "preferred-label.7.value.lang": "EN"}
    assert messages(read(form, CAREER_PATHWAYS, pairs, terms)) == [
        "preferred-label.7.value: There is another one in this language, and one for each language is enough. Change"
        " the other, or choose another language."
    ]


@pytest.mark.parametrize(
    ("control", "text", "told"),
    [
        ("related.90.value.text", "No such topic at all, really", "There is nothing called"),
        ("preferred-label.0.value.text", "x" * 201, "at most 200 are taken"),
        ("preferred-label.0.value.text", "two\nlines", "line break"),
        ("note.90.value.text", "bell \x07", "U+0007"),
        ("basis.0.value.text", f"{NS}Stated", "not one of the choices"),
        ("basis.0.value.text", "javascript:alert(1)", "not one of the choices"),
        ("source.90.value.text", "ftp://example.org/a", "nothing called"),
        ("related.90.value.text", f"{OURS}organization/aacc", "nothing called"),
    ],
    ids=lambda value: None if len(value) > 40 else value[:30].replace("\x07", "").replace("\n", " "),
)
def test_what_cannot_be_used_is_told_at_its_control(
    terms: PublishedTerms, control: str, text: str, told: str
) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    pairs[control] = text
    if control.startswith("note"):
        pairs["note.90.value.lang"] = "en"
    filled = read(form, CAREER_PATHWAYS, pairs, terms)
    assert [each.control for each in filled.problems] == [control.removesuffix(".text")]
    assert told in filled.problems[0].message
    cell = next(
        cell
        for field, row, part, cell in filled.controls()
        if f"{field.name}.{row.number}.{part}.text" == control
    )
    assert cell.text == text
    assert not [each for each in filled.delta.removed if each.predicate == iri(SKOS.prefLabel)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Apprenticeship", "apprenticeship"),
        ("  aPPrenticeship ", "apprenticeship"),
        ("apprenticeship", "apprenticeship"),
        (f"{TOPIC}apprenticeship", "apprenticeship"),
        ("http://localhost/topic/apprenticeship?lang=de", "apprenticeship"),
        ("/topic/apprenticeship", "apprenticeship"),
        ("Practicum", "capstone"),
    ],
)
def test_a_reference_is_a_label_a_slug_or_an_address(terms: PublishedTerms, text: str, meant: str) -> None:
    about = f"{TOPIC}academic-advising"
    form, pairs = opened(about, terms)
    pairs["related.90.value.text"] = text
    filled = read(form, about, pairs, terms)
    assert messages(filled) == []
    here, there = iri(about), f"<{TOPIC}{meant}>"
    # Our shapes want it from both sides.
    assert set(filled.delta.added) == {
        Statement(here, iri(SKOS.related), there),
        Statement(there, iri(SKOS.related), here),
    }


def test_an_ambiguous_reference_offers_a_choice_that_holds_for_its_words_only(terms: PublishedTerms) -> None:
    about = f"{TOPIC}academic-advising"
    form, pairs = opened(about, terms)
    pairs["related.90.value.text"] = "career"
    filled = read(form, about, pairs, terms)
    (problem,) = filled.problems
    assert "Choose what you mean" in problem.message
    cell = next(row for row in filled.rows["related"] if row.number == 90).cell
    assert len(cell.options) > 2
    chosen = cell.options[1]["iri"]
    pairs |= {"related.90.value.asked": "career", "related.90.value.iri": chosen}
    filled = read(form, about, pairs, terms)
    assert messages(filled) == []
    assert {each.object for each in filled.delta.added if each.subject == iri(about)} == {f"<{chosen}>"}
    filled = read(form, about, {**pairs, "related.90.value.text": "capstone"}, terms)
    assert {each.object for each in filled.delta.added if each.subject == iri(about)} == {
        f"<{TOPIC}capstone>"
    }


def test_related_goes_in_both_directions(terms: PublishedTerms) -> None:
    form, pairs = opened(f"{TOPIC}accreditation", terms)
    row = row_of(pairs, "related", terms.name(f"{TOPIC}quality-assurance"))
    filled = read(form, f"{TOPIC}accreditation", {**pairs, f"{row}.remove": "1"}, terms)
    here, there = iri(f"{TOPIC}accreditation"), iri(f"{TOPIC}quality-assurance")
    assert set(filled.delta.removed) == {
        Statement(here, iri(SKOS.related), there),
        Statement(there, iri(SKOS.related), here),
    }


def test_a_first_broader_topic_takes_the_place_of_the_top(terms: PublishedTerms) -> None:
    about = f"{TOPIC}capstone"
    form, pairs = opened(about, terms)
    pairs |= {"broader.0.value.text": "Work-based learning", "hierarchy-basis.0.value.text": f"{NS}InName"}
    filled = read(form, about, pairs, terms)
    assert messages(filled) == []
    assert filled.delta.removed == (Statement(iri(about), iri(SKOS.topConceptOf), f"<{OURS}ns>"),)
    assert {each.predicate for each in filled.delta.added} == {iri(SKOS.broader), iri(f"{NS}hierarchyBasis")}


def test_a_source_that_is_not_here_yet_is_described(terms: PublishedTerms) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    pairs |= {
        "source.90.value.text": "https://www.example.org/Report/2026/",
        "source.90.value.title": "The report",
    }
    filled = read(form, CAREER_PATHWAYS, pairs, terms)
    assert messages(filled) == []
    subject = f"<{OURS}source/example-org-report-2026>"
    said = {each.predicate: each.object for each in filled.delta.added if each.subject == subject}
    assert said[iri("http://xmlns.com/foaf/0.1/page")] == "<https://www.example.org/Report/2026/>"
    assert said[iri(RDFS.label)] == '"www.example.org/Report/2026/"'
    assert said[iri(DCT.title)] == '"The report"@en'
    assert said[iri("http://www.w3.org/ns/adms#status")] == f"<{NS}Candidate>"
    assert Statement(iri(CAREER_PATHWAYS), iri(DCT.source), subject) in filled.delta.added


@pytest.mark.parametrize(
    "address", ["https://1edtech.org/program/tmc", "http://www.1edtech.org/program/tmc/"]
)
def test_a_source_that_is_here_is_found_by_its_address(terms: PublishedTerms, address: str) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    filled = read(form, CAREER_PATHWAYS, {**pairs, "source.90.value.text": address}, terms)
    assert filled.delta.added == (
        Statement(iri(CAREER_PATHWAYS), iri(DCT.source), f"<{OURS}source/1edtech-org-program-tmc>"),
    )


def test_a_mapping_is_a_statement_with_its_source(terms: PublishedTerms) -> None:
    about = f"{TOPIC}capstone"
    form, pairs = opened(about, terms)
    target, source = "https://example.com/concept/1", f"{OURS}source/1edtech-org-program-tmc"
    pairs |= {
        "mapping.0.relation.text": SKOS.closeMatch,
        "mapping.0.target.text": target,
        "mapping.0.source.text": source,
        "mapping.0.note.text": "Said so",
        "mapping.0.note.lang": "en",
    }
    filled = read(form, about, pairs, terms)
    assert messages(filled) == []
    part = f"<{about}#mapping-{digest(f'{SKOS.closeMatch} {target}')}>"
    assert {each.graph for each in filled.delta.added} == {MAPPINGS}
    assert {(each.subject, each.predicate, each.object) for each in filled.delta.added} == {
        (iri(about), iri(SKOS.closeMatch), iri(target)),
        (part, iri(RDF.type), iri(RDF.Statement)),
        (part, iri(RDF.type), iri(f"{NS}MappingStatement")),
        (part, iri(RDF.subject), iri(about)),
        (part, iri(RDF.predicate), iri(SKOS.closeMatch)),
        (part, iri(RDF.object), iri(target)),
        (part, iri(DCT.source), iri(source)),
        (part, iri(SKOS.note), '"Said so"@en'),
    }


def test_a_mapping_that_is_removed_leaves_nothing(terms: PublishedTerms) -> None:
    about = f"{TOPIC}academic-advising"
    form, pairs = opened(about, terms)
    filled = read(form, about, {**pairs, "mapping.0.remove": "1"}, terms)
    part = f"<{about}#mapping-ad340cfb>"
    gone = set(filled.delta.removed)
    assert {each for each in gone if each.subject == part} == set(terms.about(f"{about}#mapping-ad340cfb"))
    assert len([each for each in gone if each.subject == iri(about)]) == 1
    assert filled.delta.added == ()


def test_the_note_of_a_mapping_changes_alone(terms: PublishedTerms) -> None:
    about = f"{TOPIC}academic-advising"
    form, pairs = opened(about, terms)
    filled = read(form, about, {**pairs, "mapping.0.note.text": "Another note"}, terms)
    assert [each.predicate for each in (*filled.delta.added, *filled.delta.removed)] == [iri(SKOS.note)] * 2


def test_another_target_is_another_mapping(terms: PublishedTerms) -> None:
    about = f"{TOPIC}academic-advising"
    form, pairs = opened(about, terms)
    filled = read(form, about, {**pairs, "mapping.0.target.text": "https://example.com/other"}, terms)
    assert messages(filled) == []
    assert {each.subject for each in filled.delta.removed} == {iri(about), f"<{about}#mapping-ad340cfb>"}
    assert not {each.subject for each in filled.delta.added} & {f"<{about}#mapping-ad340cfb>"}
    # What the other target is called is not what this one was called.
    labels = [each for each in filled.delta.removed if each.predicate == iri(SSSOM.object_label)]
    assert len(labels) == 1
    assert len(filled.delta.added) == len(filled.delta.removed) - 1


def test_an_incomplete_mapping_says_what_is_missing(terms: PublishedTerms) -> None:
    form, pairs = opened(f"{TOPIC}capstone", terms)
    pairs |= {"mapping.0.target.text": "https://example.com/x", "mapping.0.relation.text": ""}
    filled = read(form, f"{TOPIC}capstone", pairs, terms)
    assert [each.control for each in filled.problems] == ["mapping.0.relation", "mapping.0.source"]


def test_a_sourced_label_brings_the_plain_one(terms: PublishedTerms) -> None:
    about = f"{TOPIC}capstone"
    form, pairs = opened(about, terms)
    source = f"{OURS}source/1edtech-org-program-tmc"
    pairs |= {
        "sourced-label.0.text.text": "Final Project",
        "sourced-label.0.text.lang": "en",
        "sourced-label.0.source.text": source,
    }
    filled = read(form, about, pairs, terms)
    part = f"<{about}#label-final-project>"
    assert set(filled.delta.added) == {
        Statement(iri(about), iri(SKOSXL.altLabel), part),
        Statement(iri(about), iri(SKOS.altLabel), '"Final Project"@en'),
        Statement(part, iri(RDF.type), iri(SKOSXL.Label)),
        Statement(part, iri(SKOSXL.literalForm), '"Final Project"@en'),
        Statement(part, iri(DCT.source), iri(source)),
    }


def test_a_second_source_of_a_label_joins_the_first(terms: PublishedTerms) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    source = f"{OURS}source/1edtech-org-program-tmc"
    pairs |= {
        "sourced-label.9.text.text": "Guided pathways",
        "sourced-label.9.text.lang": "en",
        "sourced-label.9.source.text": source,
    }
    filled = read(form, CAREER_PATHWAYS, pairs, terms)
    assert filled.delta.removed == ()
    assert filled.delta.added == (
        Statement(f"<{CAREER_PATHWAYS}#label-guided-pathways>", iri(DCT.source), iri(source)),
    )


def test_parts_get_the_iris_that_spreadsheets_give_them() -> None:
    assert digest("a b") == cells.digest("a b")


def test_a_new_term_states_what_every_term_of_its_kind_states(terms: PublishedTerms) -> None:
    form = terms.forms["topic"]
    about = f"{TOPIC}something-new"
    pairs = pairs_of(fill(form, about, terms, is_new=True))
    pairs["preferred-label.0.value.text"] = "Something new"
    pairs["source.0.value.text"] = "https://1edtech.org/program/tmc"
    pairs["basis.0.value.text"] = f"{NS}TitleOnly"
    filled = read(form, about, pairs, terms, is_new=True)
    assert messages(filled) == []
    said = {(each.predicate, each.object) for each in filled.delta.added}
    assert (iri(RDF.type), iri(SKOS.Concept)) in said
    assert (iri(SKOS.topConceptOf), f"<{OURS}ns>") in said
    assert (iri("http://www.w3.org/ns/adms#status"), f"<{NS}Candidate>") in said
    assert {each.subject for each in filled.delta.added} == {iri(about)}


@pytest.mark.parametrize(
    "name",
    [
        "title.0.value.text",
        "related.0.value.nothing",
        "related.0.other.text",
        "related.x.value.text",
        "related.0",
        "related.1000.value.text",
        "definition.0.was.text",
        "<script>.0.was",
        "related.0.value.text\r\nSet-Cookie",
    ],
)
def test_a_control_that_the_form_does_not_have_is_refused(terms: PublishedTerms, name: str) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    with pytest.raises(BadRequest, match="The form has no field"):
        read(form, CAREER_PATHWAYS, {**pairs, name: "x"}, terms)


def test_a_control_sent_twice_is_refused(terms: PublishedTerms) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    twice = [*pairs.items(), ("preferred-label.0.value.text", "Other")]
    with pytest.raises(BadRequest, match="sent twice"):
        read_form(form, CAREER_PATHWAYS, twice, terms)
    claimed = {
        **pairs,
        "alternative-label.77.was": pairs["alternative-label.0.was"],
        "alternative-label.77.value.text": "x",
    }
    with pytest.raises(BadRequest, match="sent twice"):
        read(form, CAREER_PATHWAYS, claimed, terms)


def test_too_many_controls_are_refused(terms: PublishedTerms) -> None:
    form = terms.forms["topic"]
    many = [(f"note.{number % 1000}.value.text{number}", "") for number in range(MAX_PAIRS + 1)]
    with pytest.raises(PayloadTooLarge, match="at most 4,000"):
        read_form(form, CAREER_PATHWAYS, many, terms)
    rows = [(f"note.{number}.value.text", "") for number in range(301)]
    with pytest.raises(PayloadTooLarge, match="301 rows"):
        read_form(form, CAREER_PATHWAYS, rows, terms)


@pytest.mark.parametrize(
    "was",
    [
        '"Practicum"@de',
        f"<{OURS}organization/aacc>",
        "<javascript:alert(1)>",
        "not an RDF term",
        '"',
        '"Practicum"@en .\n<https://example.org/x> <https://example.org/y> "z"',
    ],
)
def test_a_forged_old_value_removes_nothing(terms: PublishedTerms, was: str) -> None:
    about = f"{TOPIC}capstone"
    form, pairs = opened(about, terms)
    forged = {**pairs, "alternative-label.0.was": was, "alternative-label.0.value.text": "Forged"}
    filled = read(form, about, forged, terms)
    assert filled.changed
    assert filled.delta.removed == ()
    assert "changed or removed by somebody else" in filled.problems[0].message


def test_statements_are_only_about_the_term_its_parts_and_new_sources(terms: PublishedTerms) -> None:
    form, pairs = opened(CAREER_PATHWAYS, terms)
    pairs |= {
        "mapping.0.was": f"<{TOPIC}accreditation#mapping-6eebd84f> <{OURS}source/1edtech-org-program-tmc>",
        "mapping.0.remove": "1",
    }
    filled = read(form, CAREER_PATHWAYS, pairs, terms)
    subjects = {
        each.subject.partition("#")[0].rstrip(">") for each in (*filled.delta.added, *filled.delta.removed)
    }
    assert subjects <= {f"<{CAREER_PATHWAYS}"}


def test_what_others_changed_meanwhile_is_shown_and_nothing_of_it_is_lost(
    own: Vocabulary, tmp_path: Path
) -> None:
    about = f"{TOPIC}capstone"
    site = Site(own, tmp_path)
    old = Statement(iri(about), iri(SKOS.altLabel), '"Practicum"@en')
    new = Statement(iri(about), iri(SKOS.altLabel), '"Practical"@en')
    try:
        with site.terms():
            terms = PublishedTerms()
            form = terms.forms["topic"]
            before = fill(form, about, terms)
            pairs = pairs_of(before)
        site.change(added=[new], removed=[old])
        with site.terms():
            terms = PublishedTerms()
            untouched = read_form(form, about, pairs.items(), terms, base=before.base)
            assert untouched.changed
            assert untouched.delta.removed == untouched.delta.added == ()
            assert [row.cell.text for row in untouched.rows["alternative-label"]] == ["", "Practical"]
            assert untouched.rows["alternative-label"][1].note == "This is new since you opened the form."
            edited = {**pairs, "alternative-label.0.value.text": "Practicum year"}
            mine = read_form(form, about, edited.items(), terms, base=before.base)
            assert mine.changed
            assert [row.cell.text for row in mine.rows["alternative-label"]] == [
                "Practicum year",
                "",
                "Practical",
            ]
            assert mine.delta.removed == ()
            again = read_form(form, about, pairs_of(mine).items(), terms, base=mine.base)
            assert not again.changed
            assert messages(again) == []
            assert again.delta.added == (new._replace(object='"Practicum year"@en'),)
            assert again.delta.removed == ()
    finally:
        site.close()


def test_one_more_row(terms: PublishedTerms) -> None:
    filled = fill(terms.forms["topic"], CAREER_PATHWAYS, terms)
    before = len(filled.rows["note"])
    control = add_row(filled, "note", terms)
    assert len(filled.rows["note"]) == before + 1
    assert control == f"note.{before}.value"
    assert add_row(filled, "preferred-label", terms)
    assert filled.rows["preferred-label"][-1].cell.lang == ""
    with pytest.raises(BadRequest, match="no field"):
        add_row(filled, "nothing", terms)


HIERARCHY = """
@prefix : <https://example.org/voc/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; skos:prefLabel "A vocabulary"@en ; skos:hasTopConcept :animals .
:animals a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Animals" ; skos:narrower :cats ;
    skos:notation "A"^^<https://example.org/code> , "plain" ; skos:definition "one\\r\\ntwo"@en ;
    skos:exactMatch <https://example.com/animal> .
:cats a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Cats"@EN-gb , "貓"@zh-Hant .
"""


def test_the_form_of_any_other_vocabulary(make_vocabulary: MakeVocabulary, tmp_path: Path) -> None:
    base = "https://example.org/voc/"
    site = Site(make_vocabulary(HIERARCHY, canonical_base=base), tmp_path / "copy")
    try:
        with site.terms():
            terms = PublishedTerms()
            for name in ("animals", "cats"):
                form, pairs = opened(f"{base}{name}", terms, "concept")
                unchanged = read(form, f"{base}{name}", pairs, terms)
                assert messages(unchanged) == []
                assert unchanged.delta.added == unchanged.delta.removed == ()
            filled = fill(terms.forms["concept"], f"{base}cats", terms)
            assert [row.was for row in filled.rows["broader"] if row.was] == [f"<{base}animals>"]
            assert {row.was for row in filled.rows["preferred-label"]} == {'"Cats"@EN-gb', '"貓"@zh-Hant'}
            animals = fill(terms.forms["concept"], f"{base}animals", terms)
            assert {each.object for each in animals.kept} == {
                f"<{base}cats>",
                '"A"^^<https://example.org/code>',
            }
            form, pairs = opened(f"{base}cats", terms, "concept")
            row = row_of(pairs, "broader", "Animals")
            filled = read(form, f"{base}cats", {**pairs, f"{row}.remove": "1"}, terms)
            assert filled.delta.removed == (
                Statement(f"<{base}animals>", iri(SKOS.narrower), f"<{base}cats>"),
            )
            new = fill(terms.forms["concept"], f"{base}dogs", terms, is_new=True)
            assert new.rows["scheme-of"][0].cell.text == "A vocabulary"
            assert terms.space_of("concept") == base
    finally:
        site.close()
