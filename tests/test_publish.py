"""Publishing a snapshot to a real store: what arrives, what a failure leaves, and what readers then get."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyoxigraph
import pytest
import requests

from conftest import SYNTHETIC_BASE, MakeVocabulary, Vocabulary, build_vocabulary
from core_fixtures import run
from graphs import exact, statements_of
from oxigraph_server import TOKEN, VARIABLE, OxigraphServer, running_oxigraph
from pathways_ld import releases
from pathways_ld.errors import SettingsError, SnapshotCorrupt, SnapshotMissing, StoreError
from pathways_ld.remotes import Remotes, RemoteSettings
from pathways_ld.settings import Settings, source_root
from pathways_ld.sparql.examples import read_examples
from pathways_ld.store.base import Limits, Query
from pathways_ld.store.embedded import EmbeddedStore
from pathways_ld.store.remote import RemoteStore, published_graphs
from pathways_ld.store.remote_writing import RemoteWriter
from servers import running
from sparql_fixtures import JSON
from virtuoso_server import ACCOUNT
from virtuoso_server import VARIABLE as VIRTUOSO_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from pathways_ld.store.base import QueryForm, Store
    from virtuoso_server import Virtuoso

QUERIES = source_root() / "examples" / "queries"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@dataclass
class Target:
    """A store to publish to."""

    name: str
    remotes: Remotes

    @property
    def remote(self) -> RemoteSettings:
        return self.remotes.named(self.name)

    def publish(self, vocabulary: Vocabulary, **options: Any) -> releases.PublishReport:
        return releases.publish(vocabulary.folder, self.remote, vocabulary.settings, **options)

    def open(self, vocabulary: Vocabulary) -> RemoteStore:
        manifest = vocabulary.manifest
        graphs = published_graphs(self.remote, manifest.base, manifest.graph_counts)
        return RemoteStore.from_settings(self.remote, vocabulary.settings, graphs)

    def all_graphs(self, prefix: str) -> dict[str, int]:
        """Count the statements of every graph that begins so, published or not."""
        remote = replace(self.remote, dataset="endpoint", engine="generic")
        text = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
        if self.name == "oxigraph":
            return self._oxigraph_graphs(prefix)
        with RemoteStore.from_settings(remote, Settings(), None) as store:
            found = rows(store, text)
        return {row["g"]: int(row["n"]) for row in found if row["g"].startswith(prefix)}

    def _oxigraph_graphs(self, prefix: str) -> dict[str, int]:
        store = SERVERS[self.remote.query_url].store
        names = [
            str(graph.value) for graph in store.named_graphs() if isinstance(graph, pyoxigraph.NamedNode)
        ]
        counts = {
            name: sum(1 for _ in store.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(name)))
            for name in names
        }
        return {name: count for name, count in counts.items() if name.startswith(prefix) and count}


SERVERS: dict[str, OxigraphServer] = {}


@pytest.fixture
def oxigraph(monkeypatch: pytest.MonkeyPatch) -> Iterator[OxigraphServer]:
    monkeypatch.setenv(VARIABLE, TOKEN)
    with running_oxigraph() as server:
        SERVERS[f"{server.url}/query"] = server
        yield server


@pytest.fixture(
    params=[
        "oxigraph",
        "oxigraph by updates",
        pytest.param("virtuoso", marks=pytest.mark.virtuoso),
    ]
)
def target(request: pytest.FixtureRequest) -> Target:
    if request.param == "virtuoso":
        return Target("virtuoso", request.getfixturevalue("virtuoso").remotes)
    server = request.getfixturevalue("oxigraph")
    return Target(
        "oxigraph", server.remotes(graphs_url="") if "updates" in request.param else server.remotes()
    )


@pytest.fixture(params=["oxigraph", pytest.param("virtuoso", marks=pytest.mark.virtuoso)])
def small_target(request: pytest.FixtureRequest) -> Target:
    if request.param == "virtuoso":
        return Target("virtuoso", request.getfixturevalue("virtuoso").remotes)
    return Target("oxigraph", request.getfixturevalue("oxigraph").remotes())


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Vocabulary]:
    """Build a small vocabulary of its own base; `numbers` are its concepts."""

    def make(*numbers: int, mapped: bool = True) -> Vocabulary:
        base = f"https://example.org/{tmp_path.name}/"
        folder = tmp_path / f"{numbers[0]}-{len(numbers)}-{mapped}"
        folder.mkdir(exist_ok=True)
        head = f"@prefix : <{base}> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        main, mappings = folder / "main.ttl", folder / "mappings.ttl"
        main.write_text(
            head
            + "".join(f':c{number} a skos:Concept ; skos:prefLabel "{number}"@en .\n' for number in numbers)
        )
        mappings.write_text(head + ":c1 skos:exactMatch <https://example.com/1> .\n")
        sources = [main, mappings] if mapped else [main]
        return build_vocabulary(folder / "var", sources, canonical_base=base)

    return make


def rows(store: Store, text: str, **rest: Any) -> list[dict[str, str]]:
    with store.query(Query(text, "SELECT", JSON, **rest), Limits(deadline=60)) as answer:
        found = json.loads(b"".join(answer))["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


def number(store: Store, text: str = COUNT, **rest: Any) -> int:
    return int(rows(store, text, **rest)[0]["n"])


def labels(store: Store) -> set[str]:
    text = "SELECT ?l { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?l }"
    return {row["l"] for row in rows(store, text)}


# what arrives


def test_our_own_vocabulary_arrives_and_answers_as_the_embedded_store_does(
    own: Vocabulary, target: Target
) -> None:
    seen: list[str] = []
    report = target.publish(own, progress=lambda stage, _: seen.append(stage))
    assert list(dict.fromkeys(seen)) == ["Clearing", "Loading", "Verifying", "Switching"]
    counts = own.manifest.graph_counts
    sent = {graph.iri: graph.statements for graph in report.graphs}
    prefix = f"{own.manifest.base}store/"
    assert sent.pop(f"{prefix}default") == counts[""]
    if target.name == "virtuoso":
        assert sent.pop(f"{prefix}union") <= sum(counts.values())
    assert sent == {name: count for name, count in counts.items() if name}
    index = own.folder / "sparql"
    with target.open(own) as remote, EmbeddedStore(index, Limits(deadline=60)) as embedded:
        for text in (COUNT, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"):
            assert exact_rows(remote, text) == exact_rows(embedded, text)
        for graph, count in counts.items():
            if graph:
                assert number(remote, default_graphs=(graph,), dataset_given=True) == count


EXAMPLES = {
    example.name: example
    for folder in (QUERIES, QUERIES / "general")
    for example in read_examples(folder)
    if example.form == "SELECT"
}
DEVIATIONS = {
    "guided-pathways-synonym-or-concept": "Virtuoso 7.2.5 finds nothing where VALUES is joined with UNION",
    "terms-without-definition": "Virtuoso writes the truth of an expression as 0 or 1",
}
"""Examples that Virtuoso answers otherwise, and why; each must fail."""


@pytest.fixture(scope="module")
def published(own: Vocabulary, virtuoso: Virtuoso) -> Iterator[Target]:
    """Our own vocabulary in Virtuoso."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VIRTUOSO_VARIABLE, ACCOUNT)
        target = Target("virtuoso", virtuoso.remotes)
        target.publish(own)
        yield target


@pytest.mark.virtuoso
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=[pytest.mark.xfail(reason=DEVIATIONS[name], strict=True)] if name in DEVIATIONS else [],
        )
        for name in EXAMPLES
    ],
)
def test_the_examples_have_the_same_answers(
    own: Vocabulary, own_embedded: EmbeddedStore, published: Target, name: str
) -> None:
    # With LIMIT and no order, any choice would be right.
    text = re.sub(r"LIMIT \d+", "LIMIT 100000", EXAMPLES[name].query)
    with published.open(own) as remote:
        assert exact_rows(remote, text) == exact_rows(own_embedded, text)


@pytest.fixture(scope="module")
def own_embedded(own: Vocabulary) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(own.folder / "sparql", Limits(deadline=60)) as store:
        yield store


def exact_rows(store: Store, text: str) -> list[list[tuple[str, str]]]:
    """Give the solutions in an order; of what GROUP_CONCAT has put together, SPARQL leaves the order open."""

    def settled(value: str) -> str:
        return ", ".join(sorted(value.split(", ")))

    return sorted(sorted((name, settled(value)) for name, value in row.items()) for row in rows(store, text))


def test_odd_terms_arrive_as_the_store_can_keep_them(synthetic: Vocabulary, target: Target) -> None:
    report = target.publish(synthetic)
    fewer = {
        graph.iri: graph.statements - graph.stored
        for graph in report.graphs
        if graph.stored < graph.statements
    }
    # Both engines keep values, not spellings: "1" and "01" are one.
    assert set(fewer) <= {f"{SYNTHETIC_BASE}store/default", f"{SYNTHETIC_BASE}store/union"}
    with target.open(synthetic) as store:
        blank = f"SELECT ?x {{ <{SYNTHETIC_BASE}blank> <https://example.org/terms#shared> ?b ; <https://example.org/terms#also> ?b . ?b <https://example.org/terms#text> ?x }}"
        assert rows(store, blank) == [{"x": "shared"}]
        listed = f"SELECT (COUNT(?x) AS ?n) {{ <{SYNTHETIC_BASE}blank> <https://example.org/terms#list>/<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest>/<http://www.w3.org/1999/02/22-rdf-syntax-ns#first> ?x }}"
        assert number(store, listed) == 1
        texts = f"SELECT ?x {{ <{SYNTHETIC_BASE}exact> <https://example.org/terms#value> ?x FILTER(DATATYPE(?x) = <http://www.w3.org/2001/XMLSchema#string>) }}"
        found = {row["x"] for row in rows(store, texts)}
        assert {
            "",
            " ",
            "a\tb\nc\r\nd\re",
            'quote " backslash \\ apostrophe \' three """',
            "😀",
            "]]> -->",
        } <= found
        chinese = f"SELECT ?x {{ <{SYNTHETIC_BASE}颜色> <http://www.w3.org/2004/02/skos/core#prefLabel> ?x }}"
        assert rows(store, chinese) == [{"x": "Chinese letters"}]


def test_blank_nodes_hang_together_whatever_the_size_of_a_request(
    small_target: Target, make_vocabulary: MakeVocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = "".join(f'_:b{at} :next _:b{at + 1} . _:b{at} :label "{"x" * 50}" .\n' for at in range(60))
    made = make_vocabulary(
        "@prefix : <https://example.org/chain/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        f':c a skos:Concept ; skos:prefLabel "C"@en ; :first _:b0 .\n{chain}',
        canonical_base="https://example.org/chain/",
    )
    monkeypatch.setattr("pathways_ld.store.remote_writing._GRAPH_CHUNK", 300)
    small_target.publish(made)
    base = "https://example.org/chain/"
    with small_target.open(made) as store:
        assert number(store, f"SELECT (COUNT(*) AS ?n) {{ <{base}c> <{base}first>/<{base}next>* ?x }}") == 61


# switching


def test_a_new_snapshot_takes_the_place_of_the_old_one(
    small: Callable[..., Vocabulary], target: Target
) -> None:
    first, second = small(1, 2), small(1, 3, mapped=False)
    prefix = first.manifest.base
    target.publish(first)
    before = target.all_graphs(prefix)
    assert f"{prefix}graph/mappings" in before
    target.publish(second)
    with target.open(second) as store:
        assert labels(store) == {"1", "3"}
    after = target.all_graphs(prefix)
    assert f"{prefix}graph/mappings" not in after
    assert not any("/staging" in graph for graph in after)
    target.publish(second)
    assert target.all_graphs(prefix) == after


class Interrupted(Exception):
    """A run that ends early."""


@pytest.mark.parametrize("stage", ["Loading", "Verifying", "Switching"])
def test_an_interrupted_run_leaves_the_published_state_and_can_be_repeated(
    small: Callable[..., Vocabulary], small_target: Target, stage: str
) -> None:
    first, second = small(1, 2), small(*range(3, 1_500))
    small_target.publish(first)
    prefix = first.manifest.base
    before = {
        name: count for name, count in small_target.all_graphs(prefix).items() if "/store/s" not in name
    }

    def stop(reached: str, share: float) -> None:
        if reached == stage and share < 1:
            raise Interrupted

    with pytest.raises(Interrupted):
        small_target.publish(second, progress=stop)
    now = {name: count for name, count in small_target.all_graphs(prefix).items() if "/store/s" not in name}
    assert now == before
    with small_target.open(first) as store:
        assert labels(store) == {"1", "2"}
    small_target.publish(first)
    assert not any("/staging" in graph for graph in small_target.all_graphs(prefix))
    small_target.publish(second)
    with small_target.open(second) as store:
        assert len(labels(store)) == 1_497


def test_what_a_store_has_lost_is_noticed_before_the_switch(
    small: Callable[..., Vocabulary], small_target: Target
) -> None:
    first, second = small(1, 2), small(1, 4, 5)
    small_target.publish(first)
    base = first.manifest.base

    def lose(stage: str, _: float) -> None:
        if stage == "Verifying":
            with RemoteWriter(small_target.remote) as writer:
                writer.update(f"DELETE WHERE {{ GRAPH <{base}store/staging/1> {{ <{base}c4> a ?x }} }}")

    with pytest.raises(
        StoreError, match=rf"of the graph <{base}store/default> where .* unchanged; try again"
    ):
        small_target.publish(second, progress=lose)
    with small_target.open(first) as store:
        assert labels(store) == {"1", "2"}


# refusals


def test_a_snapshot_that_was_harmed_is_not_published(
    small: Callable[..., Vocabulary], oxigraph: OxigraphServer
) -> None:
    target = Target("oxigraph", oxigraph.remotes())
    made = small(1)
    dump = made.folder / "dumps" / "vocabulary.nq"
    dump.write_bytes(dump.read_bytes().replace(b'"1"', b'"2"'))
    with pytest.raises(SnapshotCorrupt, match="not as it was written"):
        target.publish(made)
    shutil.rmtree(made.folder)
    with pytest.raises(SnapshotMissing):
        target.publish(made)
    assert oxigraph.changes == []


def test_a_store_that_is_not_ours_to_write_is_not_written(
    small: Callable[..., Vocabulary], oxigraph: OxigraphServer
) -> None:
    with pytest.raises(SettingsError, match="not ours to write"):
        Target("oxigraph", oxigraph.remotes(dataset="endpoint")).publish(small(1))


def test_graphs_of_others_stay(small: Callable[..., Vocabulary], small_target: Target) -> None:
    made = small(1)
    other = f"{made.manifest.base}of-others"
    with RemoteWriter(small_target.remote) as writer:
        writer.add(other, b"<http://e/s> <http://e/p> <http://e/o> .\n")
    small_target.publish(made)
    assert small_target.all_graphs(other) == {other: 1}
    with small_target.open(made) as store:
        assert number(store, "SELECT (COUNT(*) AS ?n) { <http://e/s> ?p ?o }") == 0
        assert number(store, COUNT, default_graphs=(other,), dataset_given=True) == 0


# the command


def settings_file(folder: Path, server: OxigraphServer) -> Path:
    config = folder / "settings.toml"
    remote = server.remotes().named("oxigraph")
    config.write_text(
        "[stores.main]\n"
        + "".join(
            f'{key} = "{getattr(remote, key)}"\n'
            for key in ("engine", "query_url", "update_url", "graphs_url", "auth", "secret_env")
        )
    )
    return config


def test_the_command_says_what_it_did(
    small: Callable[..., Vocabulary], oxigraph: OxigraphServer, tmp_path: Path
) -> None:
    made = small(1, 2)
    config = settings_file(tmp_path, oxigraph)
    ran = run("publish", "--to", "main", "--config", config, "--out", made.settings.state_dir)
    assert ran.code == 0
    assert (
        ran.out
        == f"Snapshot {made.manifest.id} published to main: 2 graphs, {made.manifest.statements} statements.\n"
    )
    assert [line.split()[0] for line in ran.err.splitlines()] == [
        "Clearing",
        "Loading",
        "Verifying",
        "Switching",
    ]
    again = run("publish", "--to", "main", "--config", config, "--snapshot", made.folder)
    assert (again.code, again.out) == (0, ran.out)


def test_the_command_says_what_is_wrong(
    small: Callable[..., Vocabulary],
    oxigraph: OxigraphServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = settings_file(tmp_path, oxigraph)
    state = small(1).settings.state_dir
    ran = run("publish", "--to", "mian", "--config", config, "--out", state)
    assert (ran.code, ran.out) == (2, "")
    assert 'There is no store "mian"; the settings name: main.' in ran.err
    ran = run("publish", "--to", "main", "--config", config, "--out", tmp_path / "nowhere")
    assert ran.code == 2
    assert "no current snapshot" in ran.err
    monkeypatch.setenv(VARIABLE, "wrong")
    ran = run("publish", "--to", "main", "--config", config, "--out", state)
    assert ran.code == 2
    assert "refused the credentials (401)" in ran.err
    assert "wrong" not in ran.err
    assert len(oxigraph.store) == 0


def test_a_store_that_keeps_values_only_is_told_of(
    synthetic: Vocabulary, oxigraph: OxigraphServer, tmp_path: Path
) -> None:
    ran = run(
        "publish",
        "--to",
        "main",
        "--config",
        settings_file(tmp_path, oxigraph),
        "--snapshot",
        synthetic.folder,
    )
    assert ran.code == 0
    assert f"<{SYNTHETIC_BASE}store/default>: " in ran.out
    assert "takes the other literals for equal" in ran.out


# serving from it

QUERY = "/sparql"


@pytest.fixture(scope="module")
def remote_app(own: Vocabulary, published: Target) -> Flask:
    """Our pages with Virtuoso behind the endpoint."""
    return own.app(store="virtuoso", stores=published.remotes)


@pytest.fixture
def remote_client(remote_app: Flask) -> FlaskClient:
    return remote_app.test_client()


TOPIC = "https://w3id.org/pathways-ld/topic/career-pathways"


@pytest.mark.virtuoso
@pytest.mark.parametrize(
    ("form", "query", "accept"),
    [
        ("SELECT", "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> SELECT ?l { <topic/career-pathways> skos:prefLabel ?l }", JSON),
        ("SELECT", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv"),
        ("ASK", f"ASK {{ <{TOPIC}> ?p ?o }}", "application/sparql-results+xml"),
        ("CONSTRUCT", f"CONSTRUCT WHERE {{ <{TOPIC}> ?p ?o }}", "text/turtle"),
        ("DESCRIBE", f"DESCRIBE <{TOPIC}>", "application/rdf+xml"),
    ],
)  # fmt: skip
def test_the_endpoint_answers_the_same_with_a_remote_store(
    remote_client: FlaskClient, client: FlaskClient, form: QueryForm, query: str, accept: str
) -> None:
    for send in ("get", "post"):
        found = getattr(remote_client, send)(
            QUERY,
            **{"query_string" if send == "get" else "data": {"query": query}},
            headers={"Accept": accept},
        )
        expected = client.get(QUERY, query_string={"query": query}, headers={"Accept": accept})
        assert (found.status_code, found.content_type) == (200, expected.content_type)
        if form in ("SELECT", "ASK"):
            assert found.data == expected.data
        else:
            assert exact(statements_of(found.data, accept)) == exact(statements_of(expected.data, accept))


@pytest.mark.virtuoso
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("SELECT * {\n ?s ?p }", 400),
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", 403),
        ("SELECT (<http://example.org/f>(1) AS ?x) {}", 400),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", 400),
    ],
)
def test_the_endpoint_refuses_the_same_with_a_remote_store(
    remote_client: FlaskClient, query: str, status: int
) -> None:
    response = remote_client.get(QUERY, query_string={"query": query})
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    if status == 400 and "?s ?p }" in query:
        assert json.loads(response.data)["line"] == 2


@pytest.mark.virtuoso
def test_a_remote_store_that_takes_too_long_is_a_503(own: Vocabulary, virtuoso: Virtuoso) -> None:
    app = own.app(store="virtuoso", stores=virtuoso.remotes, sparql_deadline=1.0)
    heavy = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    response = app.test_client().get(QUERY, query_string={"query": heavy})
    assert response.status_code == 503
    assert "Retry-After" not in response.headers


@pytest.mark.server
def test_the_real_server_asks_the_store_that_its_settings_name(
    small: Callable[..., Vocabulary], oxigraph: OxigraphServer
) -> None:
    made = small(1, 2)
    target = Target("oxigraph", oxigraph.remotes())
    target.publish(made)
    asked = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}
    with running(
        "--snapshot",
        str(made.folder),
        state_dir=made.settings.state_dir,
        canonical_base=made.settings.canonical_base,
        workers=1,
        store="oxigraph",
        stores=target.remotes,
    ) as (address, _):
        answer = requests.get(f"{address}/sparql", params=asked, headers={"Accept": "text/csv"}, timeout=20)
        assert answer.text.split() == ["n", str(sum(made.manifest.graph_counts.values()))]


def test_a_remote_store_that_is_gone_takes_no_page_down(own: Vocabulary, oxigraph: OxigraphServer) -> None:
    remotes = oxigraph.remotes(query_url="http://127.0.0.1:1/")
    client = own.app(store="oxigraph", stores=remotes).test_client()
    response = client.get(QUERY, query_string={"query": "ASK {}"})
    assert response.status_code == 503
    assert "did not answer" in response.get_data(as_text=True)
    assert client.get("/topic/career-pathways", headers={"Accept": "text/turtle"}).status_code == 200
