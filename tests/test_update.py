"""``/update`` and ``/graphs`` as maintainers use them: validated like a release, published whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from maintenance import BASE, VOCABULARY, Site
from pathways_ld import releases
from pathways_ld.errors import TooManyRequests
from pathways_ld.ledger import Ledger, Tokens
from pathways_ld.releases import Maintenance
from pathways_ld.web import bearer, create_app
from problems import assert_problem

INSERT = """
PREFIX : <https://example.org/voc/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
INSERT DATA { :three a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Three"@en ; skos:broader :one ;
    skos:definition "The third."@en ; skos:notation "003"^^<https://example.org/code> }
"""
PREFIXES = f"PREFIX : <{BASE}> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(bearer, "_FAILURES", bearer.Failures())
    made = Site(tmp_path)
    yield made
    made.close()


def accepted(response: TestResponse) -> dict[str, object]:
    assert response.status_code in (200, 201), response.get_data(as_text=True)
    assert response.headers["Cache-Control"] == "no-store"
    answer = response.json
    assert isinstance(answer, dict)
    return answer


# an update


def test_an_update_is_published_at_once_everywhere(site: Site) -> None:
    before = site.snapshots.current()
    answer = accepted(site.update(INSERT))
    assert (answer["change"], answer["added"], answer["removed"]) == (1, 6, 0)
    assert site.snapshots.current().name == answer["snapshot"] != before.name
    page = site.client.get("/three.ttl")
    assert page.status_code == 200
    assert '"003"^^<https://example.org/code>' in page.get_data(as_text=True)
    assert site.ask(":three skos:prefLabel 'Three'@en . :one skos:narrower :three")
    assert b"Three" in site.client.get("/search?q=three").data
    (change,) = site.ledger.changes()
    assert (change.author, change.action, change.published) == ("Ann", "update", True)
    assert len(change.delta.added) == 6


def test_a_form_does_the_same(site: Site) -> None:
    response = site.client.post("/update/", data={"update": INSERT}, headers=site.headers())
    assert accepted(response)["added"] == 6


def test_exact_literals_survive_an_update_of_something_else(site: Site) -> None:
    before = set(site.statements())
    accepted(site.update(INSERT))
    after = set(site.statements())
    assert before < after
    assert any(each.object == '"Zwei"@DE-ch' for each in after)
    assert any(each.object == '"01"^^<https://example.org/code>' for each in after)


def test_delete_where_sees_what_is_asserted_not_what_is_derived(site: Site) -> None:
    assert site.ask(":one skos:narrower :two")
    answer = accepted(
        site.update(PREFIXES + "DELETE { :one skos:narrower ?n } WHERE { :one skos:narrower ?n }")
    )
    assert (answer["change"], answer["added"], answer["removed"]) == (0, 0, 0)
    assert accepted(site.update(PREFIXES + "DELETE WHERE { :two skos:broader ?b }"))["removed"] == 1
    assert not site.ask(":one skos:narrower :two")


def test_an_update_that_changes_nothing_makes_no_snapshot(site: Site) -> None:
    current = site.snapshots.current()
    answer = accepted(site.update(PREFIXES + "INSERT DATA { :two skos:broader :one }"))
    assert (answer["change"], answer["snapshot"]) == (0, current.name)
    assert site.snapshots.current() == current
    assert site.ledger.head() == 0


INVALID = {
    "two labels in one language": 'INSERT DATA { :one skos:prefLabel "Uno"@en }',
    "a cycle through related": "INSERT DATA { :two skos:related :one }",
    "a term that vanishes": "DELETE WHERE { :two ?p ?o }",
    "everything gone": "CLEAR DEFAULT",
}


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID)
def test_no_invalid_data_gets_in(site: Site, text: str) -> None:
    current, statements = site.snapshots.current(), site.statements()
    problem = assert_problem(site.update(PREFIXES + text), 422)
    assert problem["findings"]
    assert all(finding["message"] for finding in problem["findings"])
    assert site.snapshots.current() == current
    assert site.statements() == statements
    assert site.ledger.head() == 0


def test_remarks_are_about_what_changes_only(site: Site) -> None:
    accepted(site.update(f'{PREFIXES} INSERT DATA {{ :four a skos:Concept ; skos:prefLabel "Four"@en }}'))
    text = (
        PREFIXES + 'INSERT DATA { :five a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Five"@en }'
    )
    answer = accepted(site.update(text))
    assert answer["remarks"]
    assert all("five" in remark for remark in answer["remarks"])  # type: ignore[attr-defined]
    problem = assert_problem(site.update(PREFIXES + 'INSERT DATA { :one skos:prefLabel "Uno"@en }'), 422)
    assert {finding["focus"] for finding in problem["findings"]} == {f"{BASE}one"}


def test_of_several_operations_all_or_none(site: Site) -> None:
    text = INSERT + "; INSERT DATA { :one skos:prefLabel 'Uno'@en }"
    assert_problem(site.update(text), 422)
    assert site.client.get("/three").status_code == 404


REFUSED = {
    "LOAD": "LOAD <http://10.0.0.1/>",
    "LOAD SILENT": "LOAD SILENT <file:///etc/passwd>",
    "LOAD later": "INSERT DATA { <urn:x-a> <urn:x-b> 1 } ; LOAD <http://10.0.0.1/>",
    "SERVICE": "INSERT { ?a ?b ?c } WHERE { SERVICE <http://10.0.0.1/> { ?a ?b ?c } }",
    "CLEAR ALL": "CLEAR ALL",
    "DROP SILENT ALL": "DROP SILENT ALL",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_maintainers_may_not_do_either(site: Site, text: str) -> None:
    assert_problem(site.update(text), 403)
    assert site.ledger.head() == 0


def test_a_mistake_is_shown_with_its_place(site: Site) -> None:
    problem = assert_problem(site.update("INSERT DATA {\n  <urn:x-a> skos:prefLabel 'x' }"), 400, "skos:")
    assert (problem["line"], problem["column"]) == (2, 13)
    assert_problem(site.update("SELECT * { ?s ?p ?o }"), 400, "query")


def test_the_graphs_that_an_update_uses_can_be_named_in_the_request(site: Site) -> None:
    accepted(site.update(f"{PREFIXES} INSERT DATA {{ GRAPH <urn:x-g> {{ :one :seen :there }} }}"))
    copied = f"{PREFIXES} INSERT {{ ?s :copied ?o }} WHERE {{ ?s :seen ?o }}"
    assert accepted(site.update(copied))["added"] == 0
    assert accepted(site.update(copied, **{"using-graph-uri": "urn:x-g"}))["added"] == 1
    assert_problem(site.update(copied, **{"using-graph-uri": "no iri"}), 400, "absolute IRI")


# who may


def test_without_a_token_there_is_a_challenge(site: Site) -> None:
    response = site.client.post("/update", data=INSERT, content_type="application/sparql-update")
    assert_problem(response, 401, "maintainers")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="pathways-ld"'
    put = site.client.put("/graphs?default", data="", content_type="text/turtle")
    assert_problem(put, 401)


def test_a_wrong_token_is_refused_and_then_has_to_wait(site: Site) -> None:
    for _ in range(bearer.FAILURES):
        response = site.update(INSERT, "pwld_000000000000_" + "A" * 43)
        assert_problem(response, 401, "not valid")
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    response = site.update(INSERT, "pwld_000000000000_" + "A" * 43)
    assert_problem(response, 429, "wrong tokens")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert_problem(site.update(INSERT), 429)


def test_wrong_tokens_are_forgiven_in_time() -> None:
    now = [0.0]
    failures = bearer.Failures(lambda: now[0])
    for _ in range(bearer.FAILURES):
        failures.check("a")
        failures.add("a")
    with pytest.raises(TooManyRequests) as caught:
        failures.check("a")
    failures.check("b")
    now[0] += caught.value.retry_after
    failures.check("a")


def test_a_token_in_the_address_or_with_another_scheme_does_not_count(site: Site) -> None:
    response = site.client.post(
        f"/update?access_token={site.token}", data=INSERT, content_type="application/sparql-update"
    )
    assert_problem(response, 401)
    basic = {"Authorization": f"Basic {site.token}", "Content-Type": "application/sparql-update"}
    assert_problem(site.client.post("/update", data=INSERT, headers=basic), 401)


def test_a_token_is_for_its_scope_and_its_graphs(site: Site) -> None:
    graphs_only = site.issue("graphs")
    assert_problem(site.update(INSERT, graphs_only), 403, "update")
    narrow = site.issue("update", graphs=["urn:x-mine"])
    mine = f"{PREFIXES} INSERT DATA {{ GRAPH <urn:x-mine> {{ :one :note 'a' }} }}"
    assert accepted(site.update(mine, narrow))["added"] == 1
    both = mine.replace("'a'", "'b'") + " ; INSERT DATA { GRAPH <urn:x-theirs> { :one :note 'b' } }"
    for text in (
        INSERT,
        both,
        f"{PREFIXES} WITH <urn:x-theirs> INSERT {{ ?s :x 1 }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    ):
        assert_problem(site.update(text, narrow), 403, "may not change")
    assert site.ledger.head() == 1


def test_a_revoked_token_ends_at_once(site: Site) -> None:
    Tokens(site.settings.state_dir).revoke(site.token.split("_")[1])
    assert_problem(site.update(INSERT), 401)


def test_the_inferred_graph_cannot_be_written(site: Site) -> None:
    text = f"{PREFIXES} INSERT DATA {{ GRAPH :graph\\/inferred {{ :one skos:broaderTransitive :two }} }}"
    assert_problem(site.update(text), 403, "inferred")


def test_no_cookie_is_set_and_another_site_may_not_send_credentials(site: Site) -> None:
    response = site.update(INSERT)
    assert "Set-Cookie" not in response.headers
    assert "Access-Control-Allow-Credentials" not in response.headers


# the request


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_for_updates(site: Site, method: str) -> None:
    response = site.client.open("/update", method=method, headers=site.headers())
    assert_problem(response, 405)
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"CLEAR DEFAULT", 415),
        ("application/x-www-form-urlencoded", b"update=CLEAR%20DEFAULT&update=CLEAR%20DEFAULT", 400),
        ("application/x-www-form-urlencoded", b"query=ASK%7B%7D", 400),
        ("application/x-www-form-urlencoded", b"", 400),
        ("application/sparql-update; charset=UTF-16", "CLEAR DEFAULT".encode("utf-16"), 415),
        ("application/sparql-update", b"INSERT DATA { <urn:x-a> <urn:x-b> 'caf\xe9' }", 400),
    ],
)
def test_requests_that_are_no_update(site: Site, kind: str, body: bytes, status: int) -> None:
    response = site.client.post("/update", data=body, headers={**site.headers(), "Content-Type": kind})
    assert_problem(response, status)


def test_a_fixed_snapshot_cannot_be_changed(site: Site) -> None:
    app = create_app(site.settings, site.snapshots.current())
    response = app.test_client().post(
        "/update", data=INSERT, headers={**site.headers(), "Content-Type": "application/sparql-update"}
    )
    assert_problem(response, 403, "fixed snapshot")


# time passes


def test_updates_at_the_same_time_are_made_one_after_the_other(site: Site) -> None:
    answers: list[int] = []

    def insert(number: int) -> None:
        text = INSERT.replace(":three", f":t{number}").replace("Three", f"T{number}")
        client = site.app.test_client()
        headers = {**site.headers(), "Content-Type": "application/sparql-update"}
        answers.append(client.post("/update", data=text.encode(), headers=headers).status_code)

    threads = [threading.Thread(target=insert, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert [change.number for change in site.ledger.changes()] == [1, 2, 3, 4]
    assert all(site.client.get(f"/t{number}").status_code == 200 for number in range(4))


def test_a_build_from_the_sources_keeps_the_changes(site: Site) -> None:
    accepted(site.update(INSERT))
    accepted(site.update(PREFIXES + "DELETE WHERE { :two skos:broader ?b }"))
    changed = site.statements()
    site.source.write_text(VOCABULARY + ':one skos:note "More."@en .', encoding="utf-8")
    report = releases.build([site.source], site.settings)
    assert report.manifest.change == 2
    assert set(site.statements()) == {*changed, *report_only(site)}
    accepted(site.update(PREFIXES + "INSERT DATA { :two skos:broader :one }"))
    assert site.ask(":one skos:narrower :two , :three ; skos:note ?more")


def report_only(site: Site) -> list[object]:
    return [each for each in site.statements() if each.object == '"More."@en']


def test_a_build_says_when_a_removed_statement_is_not_in_the_sources(site: Site) -> None:
    accepted(site.update(PREFIXES + "DELETE WHERE { :two skos:broader ?b }"))
    site.source.write_text(VOCABULARY.replace("skos:broader :one ;", ""), encoding="utf-8")
    report = releases.build([site.source], site.settings)
    assert [finding.rule for finding in report.findings if "accepted changes" in finding.message] == [
        "removed-statement-missing"
    ]


def test_a_change_that_was_cut_short_before_the_switch_is_completed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = site.snapshots.current()

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathways_ld.snapshot.folder.SnapshotFolder.make_current", cut)
        with pytest.raises(KeyboardInterrupt):
            site.update(INSERT)
    assert site.snapshots.current() == before
    pending = site.ledger.pending()
    assert pending is not None
    assert Maintenance(site.settings).recover()
    assert site.snapshots.current().name == pending.snapshot
    assert not Maintenance(site.settings).recover()
    assert site.client.get("/three").status_code == 200


def test_the_next_update_completes_the_one_that_was_cut_short(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathways_ld.snapshot.folder.SnapshotFolder.make_current", cut)
        with pytest.raises(KeyboardInterrupt):
            site.update(INSERT)
    assert accepted(site.update(PREFIXES + "DELETE WHERE { :two skos:broader ?b }"))["change"] == 2
    assert site.client.get("/three").status_code == 200


def test_a_snapshot_that_lags_behind_the_ledger_takes_no_change(site: Site) -> None:
    first = site.snapshots.current()
    accepted(site.update(INSERT))
    site.snapshots.make_current(first.name)
    assert_problem(site.update(PREFIXES + "DELETE WHERE { :two skos:broader ?b }"), 503, "pathways-ld build")
    releases.build([site.source], site.settings)
    assert site.client.get("/three").status_code == 200


# graphs


def test_a_graph_is_put_read_extended_and_removed(site: Site) -> None:
    address = "/graphs?graph=urn:x-notes"
    body = f"<{BASE}one> <urn:x-note> 'one'@EN-gb , \"007\"^^<http://www.w3.org/2001/XMLSchema#integer> ."
    kind = {**site.headers(), "Content-Type": "text/turtle"}
    assert site.client.get(address).status_code == 404
    assert site.client.put(address, data=body, headers=kind).status_code == 201
    assert site.client.put(address, data=body, headers=kind).status_code == 200
    shown = site.client.get(address, headers={"Accept": "application/n-triples"})
    assert sorted(shown.get_data(as_text=True).splitlines()) == [
        f'<{BASE}one> <urn:x-note> "007"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        f'<{BASE}one> <urn:x-note> "one"@EN-gb .',
    ]
    unchanged = {"Accept": "application/n-triples", "If-None-Match": shown.headers["ETag"]}
    assert site.client.get(address, headers=unchanged).status_code == 304
    more = site.client.post(address, data=f"<{BASE}two> <urn:x-note> 'two' .", headers=kind)
    assert accepted(more)["added"] == 1
    assert site.ask(f"GRAPH <urn:x-notes> {{ <{BASE}two> <urn:x-note> 'two' }}")
    assert site.client.delete(address, headers=site.headers()).status_code == 200
    assert site.client.get(address).status_code == 404
    assert_problem(site.client.delete(address, headers=site.headers()), 404)


def test_what_is_read_from_the_default_graph_can_be_written_back(site: Site) -> None:
    shown = site.client.get("/graphs?default", headers={"Accept": "text/turtle"})
    assert "skos:narrower" not in shown.get_data(as_text=True)
    back = site.client.put(
        "/graphs?default", data=shown.data, headers={**site.headers(), "Content-Type": "text/turtle"}
    )
    assert accepted(back)["change"] == 0


def test_invalid_rdf_and_invalid_data_are_refused_in_graphs_too(site: Site) -> None:
    kind = {**site.headers(), "Content-Type": "text/turtle"}
    assert_problem(site.client.put("/graphs?default", data="<a> <b> .", headers=kind), 400)
    assert_problem(site.client.put("/graphs?default", data="", headers=kind), 422)
    labels = f"<{BASE}one> <http://www.w3.org/2004/02/skos/core#prefLabel> 'Uno'@en ."
    assert_problem(site.client.post("/graphs?default", data=labels, headers=kind), 422)
    assert_problem(
        site.client.post("/graphs?default", data="x", headers={**kind, "Content-Type": "text/csv"}), 415
    )
    assert_problem(
        site.client.put(
            "/graphs?default", data="x", headers={**kind, "Content-Type": "text/turtle; charset=ebcdic"}
        ),
        415,
    )
    assert site.ledger.head() == 0


@pytest.mark.parametrize(
    "query", ["", "?graph=urn:x-a&graph=urn:x-b", "?default&graph=urn:x-a", "?graph=relative"]
)
def test_one_graph_has_to_be_named(site: Site, query: str) -> None:
    assert_problem(site.client.get(f"/graphs{query}"), 400)


def test_a_lost_update_is_prevented_by_conditions(site: Site) -> None:
    address = "/graphs?graph=urn:x-notes"
    kind = {**site.headers(), "Content-Type": "text/turtle"}
    put = {**kind, "If-None-Match": "*"}
    assert site.client.put(address, data="<urn:x-a> <urn:x-b> 1 .", headers=put).status_code == 201
    assert_problem(site.client.put(address, data="<urn:x-a> <urn:x-b> 2 .", headers=put), 412)
    etag = site.client.get(address).headers["ETag"]
    accepted(site.client.put(address, data="<urn:x-a> <urn:x-b> 3 .", headers={**kind, "If-Match": etag}))
    assert_problem(
        site.client.put(address, data="<urn:x-a> <urn:x-b> 4 .", headers={**kind, "If-Match": etag}), 412
    )


def test_blank_nodes_of_graphs_stay_apart(site: Site) -> None:
    kind = {**site.headers(), "Content-Type": "text/turtle"}
    for graph in ("urn:x-a", "urn:x-b"):
        body = "_:x <urn:x-p> _:y . _:y <urn:x-p> _:x ."
        assert site.client.put(f"/graphs?graph={graph}", data=body, headers=kind).status_code == 201
    subjects = [each.subject for each in site.statements() if each.subject.startswith("_:")]
    assert len(set(subjects)) == 4


def test_a_graph_without_statements_is_a_graph(site: Site) -> None:
    kind = {**site.headers(), "Content-Type": "text/turtle"}
    assert site.client.put("/graphs/empty", data="", headers=kind).status_code == 201
    assert site.client.get("/graphs/empty").status_code == 200
    assert Ledger(site.settings.state_dir).head() == 1
    releases.build([site.source], site.settings)
    assert site.client.get("/graphs/empty").status_code == 200
    assert site.client.delete("/graphs/empty", headers=site.headers()).status_code == 200
    assert site.client.get("/graphs/empty").status_code == 404


def test_writing_needs_the_scope_for_graphs(site: Site) -> None:
    kind = {**site.headers(site.issue("update")), "Content-Type": "text/turtle"}
    assert_problem(site.client.put("/graphs/x", data="", headers=kind), 403, "graphs")


def test_a_graph_that_is_too_large_is_refused(site: Site) -> None:
    app = create_app(
        type(site.settings)(**{**vars(site.settings), "graph_size": 1_000})  # the same, but smaller
    )
    kind = {**site.headers(), "Content-Type": "text/turtle"}
    response = app.test_client().put("/graphs/x", data="#" * 1_001, headers=kind)
    assert_problem(response, 413)
