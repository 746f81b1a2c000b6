"""Every rule says what, why and how bad; every shape passes its passing and finds its failing example."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyoxigraph
import pyshacl
import pytest
from pyshacl.rdfutil.stringify import stringify_blank_node
from rdflib import SH, Graph
from rdflib.term import Node

from pathways_ld.formats import TURTLE
from pathways_ld.iris import IriSpace
from pathways_ld.namespaces import PREFIXES, split_iri
from pathways_ld.rdfio import Statement, line, literal_parts, parse, write_turtle
from pathways_ld.reasoning import check_consistency
from pathways_ld.settings import CANONICAL_BASE
from pathways_ld.validation import check_integrity, check_policy, check_shapes, read_shapes, validate_shapes
from pathways_ld.validation.checks import DOCUMENT, VALIDATION
from pathways_ld.validation.contribution_checks import CONTRIBUTION
from pathways_ld.validation.lint import lint
from pathways_ld.validation.rules import FORMS, SHAPE_FILES, SHAPES_BASE, rule, rule_of_shape, rule_url, rules

ROOT = Path(__file__).parents[1]
SHAPES = ROOT / "shapes"
EXAMPLES = SHAPES / "examples"
WHOLE = Path(__file__).parent / "shape_examples"
SHAPE_RULES = sorted(each.id for each in rules().values() if each.shape)
SPARQL_RULES = sorted(each.id for each in rules().values() if each.file == "skos-sparql")
CHECK_RULES = sorted(each.id for each in rules().values() if not each.shape)
WITHOUT_EXAMPLES = {
    "canonical-form",
    "context-changed",
    "published-term-vanished",
    "removed-statement-missing",
    "reserved-path",
    "withdrawn-term-returned",
    *(each.id for each in CONTRIBUTION),
}
"""Rules about two releases, a change, a whole file, or the addresses of a server."""
LINT_RULES = {each.id for each in (*DOCUMENT, *VALIDATION)}

WORDS = ("identifier", "seeAlso", "name", "description", "severity", "group", "order")


def example(rule_id: str, verdict: str) -> list[Statement]:
    return parse(EXAMPLES / rule_id / f"{verdict}.ttl").statements


def graph(statements: list[Statement]) -> Graph:
    return Graph().parse(data="".join(map(line, statements)), format="nt")


@cache
def shapes_of(name: str) -> list[Statement]:
    return parse(SHAPES / f"{name}.ttl").statements


def closure(start: str, statements: list[Statement]) -> list[Statement]:
    waiting, chosen = [start], dict[Statement, None]()
    while waiting:
        subject = waiting.pop()
        for each in statements:
            if each.subject == subject and each not in chosen:
                chosen[each] = None
                waiting.append(each.object)
    return list(chosen)


def of_rule(rule_id: str) -> list[Statement]:
    """The statements of a rule's shape, with what they lead to."""
    return closure(f"<{rules()[rule_id].shape}>", shapes_of(rules()[rule_id].file))


def report(statements: list[Statement], shapes: list[Statement]) -> Graph:
    """Ask pyshacl itself, without anything of ours around it."""
    stringify_blank_node.dict_cache.clear()
    _, found, _ = pyshacl.validate(graph(statements), shacl_graph=graph(shapes), inference="none")
    assert isinstance(found, Graph)
    return found


def rules_found(statements: list[Statement], shapes: list[Statement]) -> set[str]:
    return {split_iri(str(shape))[1] for shape in report(statements, shapes).objects(None, SH.sourceShape)}


@pytest.mark.parametrize("rule_id", SHAPE_RULES)
def test_a_shape_finds_nothing_in_its_passing_example(rule_id: str) -> None:
    assert example(rule_id, "pass")
    assert rules_found(example(rule_id, "pass"), of_rule(rule_id)) == set()


@pytest.mark.parametrize("rule_id", SHAPE_RULES)
def test_a_shape_finds_its_failing_example(rule_id: str) -> None:
    assert rules_found(example(rule_id, "fail"), of_rule(rule_id)) == {rule_id}


@pytest.mark.parametrize("rule_id", sorted(set(CHECK_RULES) - WITHOUT_EXAMPLES - LINT_RULES))
def test_a_check_tells_its_examples_apart(rule_id: str) -> None:
    space = IriSpace(CANONICAL_BASE if "pathways-ld" in _text(rule_id) else "http://example.org/animals/")

    def found(verdict: str) -> set[str]:
        statements = example(rule_id, verdict)
        findings = check_integrity(statements, space=space, strict=True)
        findings += check_policy(statements, space=space, strict=True)
        if rules()[rule_id].group == "Ontology":
            findings += check_consistency(statements)
        return {finding.rule for finding in findings}

    assert rule_id not in found("pass")
    assert rule_id in found("fail")


@pytest.mark.parametrize("rule_id", sorted(each for each in LINT_RULES if (EXAMPLES / each).is_dir()))
def test_the_lint_tells_the_examples_of_its_rules_apart(rule_id: str) -> None:
    assert [each.rule for each in lint(example(rule_id, "pass"))] == []
    assert [each.rule for each in lint(example(rule_id, "fail"))] == [rule_id]


def _text(rule_id: str) -> str:
    return (EXAMPLES / rule_id / "fail.ttl").read_text()


def test_every_rule_has_examples_and_every_example_a_rule() -> None:
    folders = {path.name for path in EXAMPLES.iterdir()}
    assert folders <= set(rules())
    assert set(rules()) - folders <= WITHOUT_EXAMPLES | LINT_RULES


@pytest.mark.parametrize("rule_id", SPARQL_RULES)
def test_a_check_finds_what_the_shape_of_the_same_name_finds(rule_id: str) -> None:
    space = IriSpace("http://example.org/animals/")
    for verdict in ("pass", "fail"):
        statements = example(rule_id, verdict)
        found = check_integrity(statements, space=space, strict=False)
        found += check_policy(statements, space=space, strict=False)
        by_shape = {str(node) for node in report(statements, of_rule(rule_id)).objects(None, SH.focusNode)}
        # One finding names both ends of what is the same from either side; a shape reports each end.
        by_check = {finding.focus for finding in found if finding.rule == rule_id}
        assert by_check <= by_shape
        assert bool(by_check) == bool(by_shape) == (verdict == "fail")


@pytest.mark.parametrize("rule_id", SPARQL_RULES)
def test_a_constraint_without_a_focus_node_selects_all_violations(rule_id: str) -> None:
    shape = of_rule(rule_id)
    select = next(each.object for each in shape if each.predicate.endswith("#select>"))
    prefixes = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("skos", "skosxl", "dct"))
    for statements in (
        example(rule_id, "fail"),
        example(rule_id, "pass"),
        parse(WHOLE / "skos.ttl").statements,
    ):
        store = pyoxigraph.Store()
        store.load(input="".join(map(line, statements)).encode(), format=pyoxigraph.RdfFormat.N_TRIPLES)
        solutions = store.query(prefixes + literal_parts(select)[0])
        assert isinstance(solutions, pyoxigraph.QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        rows = {(_plain(row["this"]), _plain(row["value"]) if "value" in names else "") for row in solutions}
        results = report(statements, shape)
        assert rows == {
            (str(results.value(node, SH.focusNode)), _value(results, node, names))
            for node in results.objects(None, SH.result)
        }


def _plain(term: object) -> str:
    assert isinstance(term, pyoxigraph.NamedNode | pyoxigraph.Literal)
    return term.value


def _value(results: Graph, node: Node, names: list[str]) -> str:
    return str(results.value(node, SH.value)) if "value" in names else ""


@pytest.mark.parametrize("name", ["skos", "vocabulary", "contribution"])
def test_a_whole_example_satisfies_every_shape(name: str) -> None:
    files = ("skos", "vocabulary") if name == "vocabulary" else (name,)
    shapes = read_shapes([SHAPES / f"{each}.ttl" for each in files])
    found = validate_shapes(parse(WHOLE / f"{name}.ttl").statements, shapes)
    assert [str(each) for each in found] == []


def test_our_own_terms_could_have_been_contributed() -> None:
    files = [ROOT / "data" / f"{name}.ttl" for name in ("topics", "organizations", "initiatives", "sources")]
    statements = [each for path in files for each in parse(path).statements]
    found = validate_shapes(statements, read_shapes([SHAPES / "contribution.ttl"]))
    assert [str(finding) for finding in found] == []


@pytest.mark.parametrize("name", SHAPE_FILES)
def test_the_shapes_are_valid_and_canonical(name: str) -> None:
    assert check_shapes(shapes_of(name)) == []
    parsed = parse(SHAPES / f"{name}.ttl")
    assert (SHAPES / f"{name}.ttl").read_text() == write_turtle(parsed.statements, parsed.prefixes)


@pytest.mark.parametrize("rule_id", SHAPE_RULES)
def test_every_shape_says_what_why_where_and_how_bad(rule_id: str) -> None:
    shape = f"<{rules()[rule_id].shape}>"
    said = [split_iri(each.predicate[1:-1])[1] for each in of_rule(rule_id) if each.subject == shape]
    assert all(said.count(word) == 1 for word in WORDS if word != "seeAlso")
    assert "seeAlso" in said
    assert ("message" in said) != ("sparql" in said)


def test_every_rule_is_complete() -> None:
    for each in rules().values():
        assert all((each.title, each.why, each.fix, each.group)), each.id
        assert not each.title.endswith(".")
        assert "{" not in each.fix
        assert rule_url(each.id) == f"{CANONICAL_BASE}rules/{each.id}"
    titles = [each.title for each in rules().values()]
    assert len(titles) == len(set(titles))


def test_no_result_has_a_rule_that_is_not_in_the_catalogue() -> None:
    written = re.compile(r'\b(?:Draft|Finding|ValidationResult|self\._result)\(\s*(?:rule=)?"([^"]+)"')
    sources = (ROOT / "src" / "pathways_ld").rglob("*.py")
    used = {rule_id for path in sources for rule_id in written.findall(path.read_text())}
    assert len(used) > 15
    assert used <= set(rules())


def test_groups_have_names_and_an_order_within_them() -> None:
    for name in SHAPE_FILES:
        statements = shapes_of(name)
        groups = {each.object for each in statements if each.predicate.endswith("#group>")}
        for group in groups:
            said = {split_iri(each.predicate[1:-1])[1] for each in statements if each.subject == group}
            assert said == {"type", "label", "order"}
        placed = [(each.group, each.order) for each in rules().values() if each.file == name]
        assert len(placed) == len(set(placed))


def test_rules_are_found_by_id_and_by_shape() -> None:
    found = rule("S27")
    assert found is not None
    assert found.shape == f"{SHAPES_BASE}skos-sparql#S27"
    assert found.severity == "must fix"
    assert rule_of_shape(found.shape) is found
    assert rule_of_shape("http://example.org/shapes#S27") is None
    assert rule_of_shape(f"{SHAPES_BASE}skos#S27") is None
    assert rule("no-such-rule") is None
    assert rule_url("no-such-rule") == ""


def test_shapes_that_are_not_shacl_are_told() -> None:
    broken = b"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
        ex:shape a sh:PropertyShape ; sh:path ex:p ; sh:minCount "one" ."""
    assert any("minCount" in each for each in check_shapes(parse(broken, TURTLE).statements))


def test_what_skos_allows_is_never_a_must_fix() -> None:
    legal = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix ex: <http://example.org/> .
        ex:a a skos:Concept ; skos:prefLabel "untagged" ; skos:broader ex:b ; skos:related ex:elsewhere ;
            skos:definition [ skos:note "a definition may be a resource" ] ; skos:topConceptOf ex:s ;
            skos:exactMatch [] ; skos:notation "one"@en .
        ex:b a skos:Concept ; skos:broader ex:a ; skos:inScheme ex:s ; skos:altLabel "B", "b"@en-GB ."""
    found = validate_shapes(parse(legal.encode(), TURTLE).statements, shapes_of("skos"))
    assert found
    assert {finding.severity for finding in found} == {"should fix"}


def test_shapes_files_keep_their_blank_nodes_apart(tmp_path: Path) -> None:
    prefix = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .\n"
    for name in ("one", "two"):
        shape = f"ex:{name} a sh:NodeShape ; sh:targetNode ex:x ; sh:not [ sh:class ex:{name.title()} ] ."
        (tmp_path / f"{name}.ttl").write_text(prefix + shape)
    both = read_shapes([tmp_path / "one.ttl", tmp_path / "two.ttl"])
    typed = b"@prefix ex: <http://example.org/> . ex:x a ex:One ."
    found = validate_shapes(parse(typed, TURTLE).statements, both)
    assert {finding.focus for finding in found} == {"http://example.org/x"}
    assert len(found) == 1


FORM_KINDS = {
    "topic": "topic-properties",
    "organization": "organization-properties",
    "initiative": "initiative-properties",
    "source": "source-properties",
}


@pytest.mark.parametrize("kind", FORM_KINDS)
def test_the_fields_of_a_form_are_those_of_the_data_model(kind: str) -> None:
    everything = shapes_of(FORMS)
    subject = f"<{SHAPES_BASE}{FORMS}#{kind}>"
    shapes = [
        each.object for each in everything if (each.subject, each.predicate) == (subject, f"<{SH.property}>")
    ]
    said = {shape: [each for each in everything if each.subject == shape] for shape in shapes}
    allowed = {each.object for each in of_rule(FORM_KINDS[kind]) if each.predicate.endswith("#first>")}
    fields = 0
    for shape in shapes:
        words = [split_iri(each.predicate[1:-1])[1] for each in said[shape]]
        path = next(each.object for each in said[shape] if each.predicate == f"<{SH.path}>")
        assert path in allowed or "node" in words, path
        fixed = "hasValue" in words
        fields += not fixed
        wanted = ("path",) if fixed else ("path", "group", "order")
        assert all(words.count(word) == 1 for word in wanted)
        for word in ("name",) if fixed else ("name", "description"):
            texts = [each.object for each in said[shape] if each.predicate == f"<{SH[word]}>"]
            assert sorted(text.rpartition("@")[2] for text in texts) == ["en", "es"], (shape, word)
    assert fields > 4


def test_what_a_form_asks_for_is_what_our_terms_have() -> None:
    statements = [each for path in sorted((ROOT / "data").glob("*.ttl")) for each in parse(path).statements]
    statements += parse(ROOT / "ontology" / "pathways.ttl").statements
    form = [each for each in shapes_of(FORMS) if each.predicate != f"<{SH.property}>"]
    nodes = {each.subject for each in form if each.object == f"<{SH.NodeShape}>"}
    kinds = {
        each.subject: each.object
        for each in form
        if each.predicate == f"<{SH['class']}>" and each.subject in nodes
    }
    form += [
        Statement(each.object, f"<{SH.targetClass}>", kinds[each.subject])
        for each in shapes_of(FORMS)
        if each.predicate == f"<{SH.property}>" and each.subject in kinds
    ]
    found = validate_shapes(statements, form)
    # Deprecated terms and the like have more states than a form offers.
    assert [str(each) for each in found if not each.rule.endswith("-status")] == []


def test_forms_are_valid_canonical_and_check_nothing() -> None:
    assert check_shapes(shapes_of(FORMS)) == []
    parsed = parse(SHAPES / f"{FORMS}.ttl")
    assert (SHAPES / f"{FORMS}.ttl").read_text() == write_turtle(parsed.statements, parsed.prefixes)
    assert not any("#target" in each.predicate for each in parsed.statements)
