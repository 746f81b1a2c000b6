"""The Reconciliation Service API 0.2 as OpenRefine and others use it.

The shapes of answers are held against the JSON Schemas of `OPERATIONS`, which are those of the specification: its
own files (https://reconciliation-api.github.io/specs/0.2/#json-schemas) are in no package of a registry.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
import requests
from flask.testing import FlaskClient

import documented
from conftest import SYNTHETIC_BASE, Vocabulary, build_vocabulary
from looked_up import BASE, WORK
from pathways_ld.embedding import reconciliation_queries
from pathways_ld.web import reconcile_operations as shapes
from pathways_ld.web.reconcile import BATCH_SIZE
from problems import assert_problem
from servers import running

CONCEPT = "http://www.w3.org/2004/02/skos/core#Concept"
ORGANIZATION = "http://www.w3.org/ns/org#Organization"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    folder = tmp_path_factory.mktemp("work")
    (folder / "work.ttl").write_text(WORK, encoding="utf-8")
    return build_vocabulary(folder / "var", [folder / "work.ttl"], canonical_base=BASE)


@pytest.fixture(scope="module")
def service(work: Vocabulary) -> FlaskClient:
    return work.app().test_client()


def valid(answer: Any, schema: Any) -> Any:
    jsonschema.validate(answer, schema, jsonschema.Draft202012Validator)
    return answer


def asked(client: FlaskClient, **queries: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Send a batch as OpenRefine does."""
    sent = json.dumps(queries)
    valid(queries, shapes.QUERIES)
    response = client.post("/reconcile", data={"queries": sent})
    assert response.status_code == 200, response.data
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    answer = valid(response.get_json(), shapes.RESULTS)
    assert list(answer) == list(queries)
    by_get = client.get("/reconcile", query_string={"queries": sent})
    assert by_get.get_json() == answer
    for key, each in answer.items():
        scores = [candidate["score"] for candidate in each["result"]]
        assert scores == sorted(scores, reverse=True), key
    return {key: each["result"] for key, each in answer.items()}


def ids(result: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in result]


def features(candidate: dict[str, Any]) -> dict[str, Any]:
    return {each["id"]: each["value"] for each in candidate["features"]}


# the manifest


@pytest.mark.parametrize("client_name", ["client", "synthetic_client"])
def test_the_manifest_has_all_that_is_required(client_name: str, request: pytest.FixtureRequest) -> None:
    client: FlaskClient = request.getfixturevalue(client_name)
    about = valid(client.get("/reconcile").get_json(), shapes.MANIFEST)
    assert about["identifierSpace"] in ("https://w3id.org/pathways-ld/", SYNTHETIC_BASE)
    assert about["batchSize"] == reconciliation_queries.BATCH
    assert CONCEPT in [each["id"] for each in about["defaultTypes"]]


def test_every_address_of_the_manifest_answers(service: FlaskClient) -> None:
    about = service.get("/reconcile").get_json()
    for name, shape in (
        ("entity", shapes.SUGGESTED),
        ("property", shapes.SUGGESTED),
        ("type", shapes.SUGGESTED),
    ):
        address = about["suggest"][name]["service_url"] + about["suggest"][name]["service_path"]
        valid(service.get(f"{address}?prefix=a&cursor=0").get_json(), shape)
    proposing = about["extend"]["propose_properties"]
    address = proposing["service_url"] + proposing["service_path"]
    valid(service.get(f"{address}?type={quote(CONCEPT)}&limit=3").get_json(), shapes.PROPOSED)
    for template, status in ((about["view"]["url"], 302), (about["preview"]["url"], 200)):
        assert service.get(template.replace("{{id}}", "apprenticeship")).status_code == status
    assert service.get(about["logo"]).status_code == 200
    shown = service.get(about["documentation"], headers={"Accept": "text/html"}).get_data(as_text=True)
    feature = about["feature_view"]["url"].replace("{{id}}", "replacedDeprecated").partition("#")[2]
    assert f'id="{feature}"' in shown


def test_pages_elsewhere_may_ask(service: FlaskClient) -> None:
    preflight = service.options(
        "/reconcile", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    for path in (
        "",
        "/suggest/entity?prefix=a",
        "/preview?id=apprenticeship",
        "/view?id=apprenticeship",
        "/preview?id=nothing",
    ):
        assert service.get(f"/reconcile{path}").headers["Access-Control-Allow-Origin"] == "*"


# queries


def test_an_exact_name_gives_its_entity_for_sure(service: FlaskClient) -> None:
    (candidate,) = asked(service, q0={"query": "Registered apprenticeship"})["q0"]
    assert candidate == {
        "id": "apprenticeship",
        "name": "Registered apprenticeship",
        "score": 100.0,
        "match": True,
        "type": [{"id": CONCEPT, "name": "Concept"}],
        "features": [{"id": "name", "value": 100.0}],
        "description": "Paid work with instruction.",
    }


def test_every_identifier_gives_its_entity(own: Vocabulary, client: FlaskClient) -> None:
    """Identifiers match themselves, and with the identifier space before them they are IRIs."""
    iris = [hit["id"] for kind in own.manifest.kinds for hit in _listed(client, kind.name)]
    local = [iri.removeprefix(own.manifest.base) for iri in iris]
    for start in range(0, len(local), 300):
        queries = {name: {"query": name, "limit": 1} for name in local[start : start + 300]}
        answer = valid(
            client.post("/reconcile", data={"queries": json.dumps(queries)}).get_json(), shapes.RESULTS
        )
        for name, each in answer.items():
            assert [(one["id"], one["match"]) for one in each["result"]] == [(name, True)]
    some = {iri: {"query": iri} for iri in iris[:50]}
    for iri, result in asked(client, **some).items():
        assert own.manifest.base + result[0]["id"] == iri


def _listed(client: FlaskClient, kind: str) -> list[dict[str, Any]]:
    lines = client.get(f"/{kind}.csv").get_data(as_text=True)
    return [{"id": iri} for iri in re.findall(r"^(https://[^,]+),", lines, re.M)]


def test_ids_of_what_has_an_odd_iri(synthetic_client: FlaskClient) -> None:
    names = [
        "caf%C3%A9",
        "颜色",
        "a%2Fb",
        "what?now=1&x=2",
        "a(b)+c;d=e,f:g@h!i'j*k~l",
        "deep/er/one",
        "config.json",
    ]
    answer = asked(synthetic_client, **{name: {"query": SYNTHETIC_BASE + name} for name in names})
    for name, result in answer.items():
        assert ids(result) == [name]
        for path in ("preview", "view"):
            assert synthetic_client.get(f"/reconcile/{path}?id={quote(name, safe='')}").status_code in (
                200,
                302,
            )
    extended = synthetic_client.post(
        "/reconcile", data={"extend": json.dumps({"ids": names, "properties": [{"id": "skos:prefLabel"}]})}
    ).get_json()
    assert all(extended["rows"][name]["skos:prefLabel"] for name in names)


def test_several_meanings_are_all_given_and_none_is_sure(service: FlaskClient) -> None:
    result = asked(service, q={"query": "placement"})["q"]
    assert [(each["id"], each["score"], each["match"]) for each in result] == [
        ("guided", 100.0, False),
        ("internship", 95.0, False),
    ]


def test_what_is_deprecated_answers_its_replacement_first_and_marked(service: FlaskClient) -> None:
    for query in ("Indenture", "indenture", f"{BASE}indenture"):
        first, second = asked(service, q={"query": query})["q"]
        assert (first["id"], first["match"], features(first)["replacedDeprecated"]) == (
            "apprenticeship",
            True,
            True,
        )
        assert (second["id"], second["match"], features(second)["deprecated"]) == ("indenture", False, True)
        assert first["score"] > second["score"]
        assert "indenture" in first["description"]
    split = asked(service, q={"query": "Traineeship"})["q"]
    assert sorted(ids(split)) == ["apprenticeship", "internship", "split"]
    assert not any(each["match"] for each in split)
    assert ids(asked(service, q={"query": "Gone elsewhere"})["q"]) == ["https://example.com/new", "gone"]


def test_what_is_only_like_a_name_is_never_sure(service: FlaskClient) -> None:
    result = asked(service, q={"query": "regstered aprenticeship for welders"})["q"]
    assert ids(result)[0] == "apprenticeship"
    assert not any(each["match"] for each in result)
    assert asked(service, q={"query": "zzz"})["q"] == []


def test_names_are_in_the_language_that_is_asked_for(service: FlaskClient) -> None:
    response = service.post(
        "/reconcile",
        data={"queries": '{"q": {"query": "Learning at work"}}'},
        headers={"Accept-Language": "es"},
    )
    (candidate,) = response.get_json()["q"]["result"]
    assert (candidate["name"], candidate["description"]) == (
        "Aprender trabajando",
        "Aprender mientras se trabaja.",
    )


# types


@pytest.mark.parametrize(
    "type_id", [ORGANIZATION, "org:Organization", "organization", [ORGANIZATION], [{"id": ORGANIZATION}]]
)
def test_a_type_narrows_down(service: FlaskClient, type_id: Any) -> None:
    sent = {"q": {"query": "Internship", "type": type_id}}
    answer = service.post("/reconcile", data={"queries": json.dumps(sent)}).get_json()
    assert [(each["id"], each["match"]) for each in answer["q"]["result"]] == [("guild", True)]


def test_how_strict_a_type_is(service: FlaskClient) -> None:
    answer = asked(
        service,
        none={"query": "Registered apprenticeship", "type": ORGANIZATION},
        unknown={"query": "Registered apprenticeship", "type": "https://example.org/Other"},
        should={"query": "Registered apprenticeship", "type": ORGANIZATION, "type_strict": "should"},
        namesakes={"query": "Internship", "type": ORGANIZATION, "type_strict": "should"},
        both={"query": "Internship", "type": [ORGANIZATION, CONCEPT], "type_strict": "any"},
    )
    assert answer["none"] == answer["unknown"] == []
    (candidate,) = answer["should"]
    assert (candidate["id"], candidate["score"], candidate["match"]) == ("apprenticeship", 80.0, False)
    assert [(each["id"], each["match"]) for each in answer["namesakes"]] == [
        ("guild", True),
        ("internship", False),
    ]
    assert sorted(ids(answer["both"])) == ["guild", "internship"]
    assert not any(each["match"] for each in answer["both"])


# properties


def test_properties_decide_between_namesakes(service: FlaskClient) -> None:
    wished = {"pid": "skos:broader", "v": {"id": "internship", "name": "Internship"}}
    result = asked(service, q={"query": "Placement", "properties": [wished]})["q"]
    assert [(each["id"], each["match"], features(each)["properties"]) for each in result] == [
        ("guided", True, 100.0),
        ("internship", False, 0.0),
    ]
    (other, first) = asked(
        service, q={"query": "Placement", "properties": [{"pid": "skos:broader", "v": "Learning at work"}]}
    )["q"]
    assert (other["id"], other["match"], first["match"]) == ("internship", True, False)


def test_a_property_that_does_not_fit_speaks_against_a_name(service: FlaskClient) -> None:
    wished = [{"pid": "skos:notation", "v": "B-2"}, {"pid": "skos:broader", "v": "learning"}]
    (candidate,) = asked(service, q={"query": "Registered apprenticeship", "properties": wished})["q"]
    assert (candidate["score"], candidate["match"], features(candidate)["properties"]) == (80.0, False, 50.0)


@pytest.mark.parametrize(
    ("pid", "value", "first"),
    [
        ("skos:notation", "A-1", "apprenticeship"),
        ("skos:exactMatch", "https://example.com/apprenticeship", None),
        ("skos:broader", {"id": "learning"}, "apprenticeship"),
        ("http://www.w3.org/2004/02/skos/core#broader", [{"id": f"{BASE}learning"}, "x"], "apprenticeship"),
        ("skos:prefLabel@es", "Aprendizaje registrado", "apprenticeship"),
        ("dct:subject", {"id": "apprenticeship"}, "guild"),
        ("no such thing", "x", None),
        ("skos:notation", [], None),
        ("skos:notation", 3.5, None),
        ("owl:deprecated", True, None),
    ],
)
def test_properties_without_a_name(service: FlaskClient, pid: str, value: Any, first: str | None) -> None:
    result = asked(service, q={"properties": [{"pid": pid, "v": value}]})["q"]
    if first is None:
        assert result == []
    else:
        assert first in ids(result)
        # Only what alone has them all is sure.
        assert [each["match"] for each in result] == [len(result) == 1] * len(result)
        assert all(features(each)["properties"] == 100.0 for each in result)


# bounds and mistakes


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ("{", 400, ["line 1", "column 2"]),
        ('{"q0": {"query": "a"},\n "q1": {query: "b"}}', 400, ["line 2", "column 9"]),
        ("[" * 50_000, 400, ["nested too deeply"]),
        ('{"q": {"query": NaN}}', 400, []),
        ("[]", 400, ["a list", '{"q0"']),
        ('{"q": "apprenticeship"}', 400, ['"queries.q" is a text']),
        ('{"q": {}}', 400, ['neither "query" nor "properties"']),
        ('{"q": {"query": "  "}}', 400, ['neither "query" nor "properties"']),
        ('{"q": {"query": 7}}', 400, ["a number"]),
        ('{"q": {"query": "a", "tpye": "x"}}', 400, ['"tpye"', "type_strict"]),
        ('{"q": {"query": "a", "type": 3}}', 400, ["queries.q.type"]),
        ('{"q": {"query": "a", "type_strict": "maybe"}}', 400, ["any, all, should"]),
        ('{"q": {"query": "a", "limit": -1}}', 400, ["queries.q.limit"]),
        ('{"q": {"query": "a", "limit": true}}', 400, ["queries.q.limit"]),
        ('{"q": {"query": "a", "properties": {}}}', 400, ["an object", "a list"]),
        ('{"q": {"query": "a", "properties": [{"pid": "x"}]}}', 400, ["properties[0]", '"v"']),
        ('{"q": {"query": "a", "properties": [{"pid": "x", "v": {"name": "y"}}]}}', 400, ["properties[0].v"]),
    ],
)  # fmt: skip
def test_queries_that_cannot_be_understood(
    service: FlaskClient, sent: str, status: int, words: list[str]
) -> None:
    assert_problem(service.post("/reconcile", data={"queries": sent}), status, *words)


def test_larger_batches_than_announced_are_refused_with_the_limit(service: FlaskClient) -> None:
    size = service.get("/reconcile").get_json()["batchSize"]
    queries = {f"q{number}": {"query": "a"} for number in range(size + 1)}
    assert_problem(service.post("/reconcile", data={"queries": json.dumps(queries)}), 413, "1,000")
    del queries["q0"]
    assert service.post("/reconcile", data={"queries": json.dumps(queries)}).status_code == 200
    many = {"ids": ["a"] * (reconciliation_queries.MAX_IDS + 1), "properties": []}
    assert_problem(service.post("/reconcile", data={"extend": json.dumps(many)}), 413, "1,000")
    response = service.post(
        "/reconcile", data=b"x" * (3 * BATCH_SIZE + 1), content_type="application/x-www-form-urlencoded"
    )
    assert_problem(response, 413, f"{3 * BATCH_SIZE:,}")


def test_other_bodies_are_refused(service: FlaskClient) -> None:
    assert_problem(service.post("/reconcile", json={"queries": {}}), 415, "x-www-form-urlencoded", "queries")
    assert_problem(service.post("/reconcile", data={"query": "x"}), 400, '"queries"')
    assert_problem(service.post("/reconcile", data={"queries": "{}", "extend": "{}"}), 400, "both")
    assert asked(service) == {}


def test_a_batch_of_a_thousand_labels_is_answered_within_a_second(client: FlaskClient) -> None:
    """Measured by the processor, and generously: the machine may be busy."""
    labels = [
        iri.rpartition("/")[2].replace("-", " ") for each in _listed(client, "topic") for iri in [each["id"]]
    ]
    queries = {f"q{number}": {"query": labels[number % len(labels)], "limit": 3} for number in range(1_000)}
    client.get("/reconcile/suggest/property?prefix=a")
    began = time.process_time()
    answer = client.post("/reconcile", data={"queries": json.dumps(queries)}).get_json()
    assert time.process_time() - began < 3
    assert len(answer) == 1_000


# suggestions


def suggested(client: FlaskClient, what: str, prefix: str, **parameters: object) -> list[str]:
    response = client.get(f"/reconcile/suggest/{what}", query_string={"prefix": prefix, **parameters})
    return ids(valid(response.get_json(), shapes.SUGGESTED)["result"])


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("Regis", "apprenticeship"),
        ("registered app", "apprenticeship"),
        ("apprenticeship", "apprenticeship"),
        (f"{BASE}apprenticeship", "apprenticeship"),
        ("earn and", "apprenticeship"),
        ("regstered", "apprenticeship"),
        ("Internship", "guild"),
    ],
)
def test_entities_are_suggested_by_name_and_identifier(
    service: FlaskClient, prefix: str, expected: str
) -> None:
    assert expected in suggested(service, "entity", prefix)


def test_identifiers_are_suggested_while_they_are_typed(client: FlaskClient) -> None:
    assert "topic/registered-apprenticeship" in suggested(client, "entity", "topic/registered-app")
    assert (
        suggested(client, "entity", "topic/registered-apprenticeship")[0] == "topic/registered-apprenticeship"
    )


def test_suggestions_go_on(synthetic_client: FlaskClient) -> None:
    seen: list[str] = []
    while page := suggested(synthetic_client, "entity", "n", cursor=len(seen)):
        assert not set(page) & set(seen)
        seen += page
        if len(seen) > 50:
            break
    assert len(seen) > 30


def test_types_and_properties_are_suggested(service: FlaskClient) -> None:
    assert set(suggested(service, "type", "")) >= {CONCEPT, ORGANIZATION}
    assert suggested(service, "type", "org") == [ORGANIZATION]
    assert suggested(service, "type", "http://www.w3.org/2004/02/skos/core#Con")[0] == CONCEPT
    assert suggested(service, "property", "broad") == ["skos:broader"]
    assert suggested(service, "property", "skos:nota") == ["skos:notation"]
    assert "skos:prefLabel@es" in suggested(service, "property", "preferred")
    assert suggested(service, "property", "http://www.w3.org/2004/02/skos/core#notation") == ["skos:notation"]
    assert suggested(service, "property", "zzz") == suggested(service, "entity", "") == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("prefix=a&cursor=x", ['"cursor"', "from 0"]),
        ("cursor=-1", ['"cursor"']),
        ("prefix=" + "a" * 201, ["at most 200"]),
    ],
)
def test_suggestions_are_bounded(service: FlaskClient, query: str, words: list[str]) -> None:
    for what in ("entity", "property", "type"):
        assert_problem(service.get(f"/reconcile/suggest/{what}?{query}"), 400, *words)


# data extension


def extended(client: FlaskClient, **sent: Any) -> dict[str, Any]:
    valid(sent, shapes.EXTENSION)
    response = client.post("/reconcile", data={"extend": json.dumps(sent)})
    answer: dict[str, Any] = valid(response.get_json(), shapes.EXTENDED)
    assert client.get("/reconcile", query_string={"extend": json.dumps(sent)}).get_json() == answer
    return answer


def test_values_of_properties_are_fetched(service: FlaskClient) -> None:
    properties = ["skos:prefLabel", "skos:prefLabel@es", "skos:broader", "skos:exactMatch", "skos:notation", "dct:isReplacedBy", "skos:altLabel"]  # fmt: skip
    answer = extended(
        service, ids=["apprenticeship", "split"], properties=[{"id": each} for each in properties]
    )
    assert [each["id"] for each in answer["meta"]] == properties
    assert answer["meta"][1]["name"] == "Preferred label (es)"
    assert answer["rows"]["apprenticeship"] == {
        "skos:prefLabel": [{"str": "Registered apprenticeship"}],
        "skos:prefLabel@es": [{"str": "Aprendizaje registrado"}],
        "skos:broader": [{"id": "learning", "name": "Learning at work"}],
        "skos:exactMatch": [{"str": "https://example.com/apprenticeship"}],
        "skos:notation": [{"str": "A-1"}],
        "dct:isReplacedBy": [],
        "skos:altLabel": [{"str": "Earn and learn"}],
    }
    assert [each["id"] for each in answer["rows"]["split"]["dct:isReplacedBy"]] == [
        "apprenticeship",
        "internship",
    ]


def test_rows_have_the_names_by_which_they_were_asked_for(service: FlaskClient) -> None:
    asked_for = ["apprenticeship", f"{BASE}apprenticeship", "nothing", "", "Indenture"]
    answer = extended(service, ids=asked_for, properties=[{"id": "skos:notation"}, {"id": "?"}])
    assert list(answer["rows"]) == asked_for
    assert answer["rows"][f"{BASE}apprenticeship"] == {"skos:notation": [{"str": "A-1"}], "?": []}
    assert answer["rows"]["nothing"] == {"skos:notation": [], "?": []}


def test_long_groups_are_fetched_whole_or_as_far_as_wanted(synthetic_client: FlaskClient) -> None:
    whole = extended(synthetic_client, ids=["hub"], properties=[{"id": "skos:narrower"}])
    assert len(whole["rows"]["hub"]["skos:narrower"]) > 130
    some = extended(
        synthetic_client, ids=["hub"], properties=[{"id": "skos:narrower", "settings": {"limit": "2"}}]
    )
    assert some["rows"]["hub"]["skos:narrower"] == whole["rows"]["hub"]["skos:narrower"][:2]


def test_every_property_that_is_proposed_has_values(service: FlaskClient) -> None:
    proposed = valid(
        service.get(f"/reconcile/extend/propose?type={quote(CONCEPT)}").get_json(), shapes.PROPOSED
    )
    assert proposed["type"] == {"id": CONCEPT, "name": "Concept"}
    assert len({each["id"] for each in proposed["properties"]}) == len(proposed["properties"])
    listed = [each["id"].removeprefix(BASE) for each in _listed(service, "concept")]
    answer = extended(service, ids=listed, properties=[{"id": each["id"]} for each in proposed["properties"]])
    for each in proposed["properties"]:
        assert any(row[each["id"]] for row in answer["rows"].values()), each
    limited = service.get("/reconcile/extend/propose?type=concept&limit=2").get_json()
    assert limited["properties"] == proposed["properties"][:2]
    assert service.get("/reconcile/extend/propose?type=x").get_json()["properties"] == []
    assert service.get("/reconcile/extend/propose").get_json()["properties"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("[]", ["a list", '"ids"']),
        ('{"ids": "a", "properties": []}', ["extend.ids", "a text"]),
        ('{"ids": []}', ["extend.properties", "missing"]),
        ('{"ids": [], "properties": ["x"]}', ["extend.properties[0]"]),
        ('{"ids": [], "properties": [{"id": "x", "settings": {"limit": "many"}}]}', ["settings.limit"]),
        ('{"ids": [], "properties": [{"id": "x", "settings": 1}]}', ["settings"]),
    ],
)
def test_extensions_that_cannot_be_understood(service: FlaskClient, sent: str, words: list[str]) -> None:
    assert_problem(service.post("/reconcile", data={"extend": sent}), 400, *words)


# pages


def test_a_preview_may_be_framed_by_anybody_and_does_nothing_else(service: FlaskClient) -> None:
    response = service.get("/reconcile/preview?id=apprenticeship")
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    shown = response.get_data(as_text=True)
    assert "<script" not in shown
    assert "Paid work with instruction." in shown
    assert "Earn and learn" in shown
    assert "aprentiship" not in shown
    assert (
        "frame-ancestors 'none'"
        in service.get("/lookup", headers={"Accept": "text/html"}).headers["Content-Security-Policy"]
    )


def test_hostile_texts_stay_texts(synthetic_client: FlaskClient) -> None:
    shown = synthetic_client.get("/reconcile/preview?id=hostile").get_data(as_text=True)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "javascript:" not in shown


def test_what_is_deprecated_says_so_in_its_preview(service: FlaskClient) -> None:
    shown = service.get("/reconcile/preview?id=split").get_data(as_text=True)
    assert 'href="/apprenticeship"' in shown
    assert 'href="/internship"' in shown


def test_an_entity_has_a_page(service: FlaskClient) -> None:
    response = service.get("/reconcile/view?id=apprenticeship")
    assert response.headers["Location"] == "/apprenticeship"
    for path in ("view", "preview"):
        for identifier in ("nothing", "", "https://elsewhere.example/x", "//elsewhere.example"):
            assert_problem(
                service.get(f"/reconcile/{path}", query_string={"id": identifier}), 404, "no entity"
            )


# through the real server


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder)) as (address, _):
        yield address


@pytest.mark.server
def test_documented(server: str, tmp_path: Path) -> None:
    documented.check("docs/reconciliation.md", server, tmp_path)


@pytest.mark.server
def test_a_batch_comes_through_the_real_server(server: str) -> None:
    queries = {f"q{number}": {"query": "credential", "limit": 1} for number in range(1_000)}
    response = requests.post(f"{server}/reconcile", data={"queries": json.dumps(queries)}, timeout=60)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert {each["result"][0]["id"] for each in response.json().values()} == {"topic/credential"}
    about = requests.get(f"{server}/reconcile", timeout=10).json()
    view = about["view"]["url"].replace("{{id}}", quote("topic/credential", safe=""))
    assert requests.get(view, timeout=10).url == f"{server}/topic/credential"
