"""Labels and identifiers looked up in bulk: as a library and at ``/lookup``."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

import increments
from conftest import SYNTHETIC_BASE, MakeVocabulary, Vocabulary, build_vocabulary
from looked_up import BASE, WORK
from pathways_ld.embedding.identifiers import identifiers_of
from pathways_ld.embedding.lookup import Row, look_up
from pathways_ld.vocabulary import Languages, Reader
from pathways_ld.web import lookup, lookup_sent
from problems import assert_problem

ENGLISH, SPANISH = Languages(("en",)), Languages(("es",))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    folder = tmp_path_factory.mktemp("work")
    (folder / "work.ttl").write_text(WORK, encoding="utf-8")
    return build_vocabulary(folder / "var", [folder / "work.ttl"], canonical_base=BASE)


@pytest.fixture(scope="module")
def source(work: Vocabulary) -> Iterator[Reader]:
    reader = Reader(work.folder)
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def page(work: Vocabulary) -> FlaskClient:
    return work.app().test_client()


def one(source: Reader, value: str, languages: Languages = ENGLISH, kind: str = "") -> Row:
    (row,) = look_up(source, [value], languages=languages, kind=kind)
    return row


def found(row: Row) -> list[str]:
    return [each.iri.removeprefix(BASE) for each in row.candidates]


# identifiers


@pytest.mark.parametrize(
    "value",
    [
        f"{BASE}apprenticeship",
        f"<{BASE}apprenticeship>",
        f"  {BASE}apprenticeship ",
        "http://example.org/work/apprenticeship",
        f"{BASE}apprenticeship/",
        f"{BASE}apprenticeship.html",
        f"{BASE}apprenticeship.jsonld",
        "HTTPS://example.org/work/apprenticeship".replace("HTTPS", "https"),
        "apprenticeship",
    ],
)
def test_an_identifier_is_found_however_it_was_copied(source: Reader, value: str) -> None:
    row = one(source, value)
    assert (row.value, row.status, found(row)) == (value, "found", ["apprenticeship"])
    (candidate,) = row.candidates
    assert (candidate.label, candidate.lang, candidate.kind) == ("Registered apprenticeship", "en", "concept")
    assert (candidate.score, candidate.match, candidate.deprecated, candidate.replaces) == (
        100.0,
        True,
        False,
        "",
    )
    assert candidate.matched == f"{BASE}apprenticeship"


@pytest.mark.parametrize(
    ("value", "local_id"),
    [("topic/credential", "topic/credential"), ("/topic/credential", "topic/credential"), ("topic:credential", "topic/credential"),
     ("credential", "topic/credential"), ("pw:Initiative", "ns#Initiative"), ("https://w3id.org/pathways-ld/ns#Initiative", "ns#Initiative")],
)  # fmt: skip
def test_identifiers_of_our_own_vocabulary(own: Vocabulary, value: str, local_id: str) -> None:
    reader = Reader(own.folder)
    row = one(reader, value)
    assert row.status == "found"
    assert [each.iri for each in row.candidates] == [f"{own.manifest.base}{local_id}"]
    reader.close()


@pytest.mark.parametrize(
    "value", [f"{SYNTHETIC_BASE}caf%C3%A9", f"{SYNTHETIC_BASE}café", f"{SYNTHETIC_BASE}颜色", "颜色"]
)
def test_identifiers_in_every_script_and_spelling(synthetic: Vocabulary, value: str) -> None:
    reader = Reader(synthetic.folder)
    assert one(reader, value).status == "found"
    reader.close()


def test_an_identifier_that_was_invented_gets_the_nearest_and_is_not_found(source: Reader) -> None:
    row = one(source, f"{BASE}registred-aprenticeship")
    assert (row.status, found(row)[0]) == ("unknown", "apprenticeship")
    assert not any(each.match for each in row.candidates)


def test_a_vocabulary_whose_terms_are_fragments(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        "@prefix : <https://example.org/onto#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
        ' :a a skos:Concept ; skos:prefLabel "Alpha"@en . :b a skos:Concept ; skos:prefLabel "Beta"@en .'
    )
    reader = Reader(made.folder)
    for value in ("https://example.org/onto#a", "a", "ALPHA"):
        assert [each.iri for each in one(reader, value).candidates] == ["https://example.org/onto#a"]
    reader.close()


# labels


@pytest.mark.parametrize(
    ("value", "iri", "score", "matched"),
    [
        ("Registered apprenticeship", "apprenticeship", 100.0, "Registered apprenticeship"),
        ("registered-APPRENTICESHIP ", "apprenticeship", 100.0, "Registered apprenticeship"),
        ("aprendizaje registrado", "apprenticeship", 100.0, "Aprendizaje registrado"),
        ("earn and learn", "apprenticeship", 95.0, "Earn and learn"),
        ("Aprentiship", "apprenticeship", 90.0, "aprentiship"),
        ("A-1", "apprenticeship", 98.0, "A-1"),
        ("año de prácticas", "year", 100.0, "Año de prácticas"),
    ],
)
def test_a_whole_label_is_found_by_how_good_it_is(
    source: Reader, value: str, iri: str, score: float, matched: str
) -> None:
    row = one(source, value)
    assert (row.status, found(row)) == ("found", [iri])
    assert (row.candidates[0].score, row.candidates[0].matched, row.candidates[0].match) == (
        score,
        matched,
        True,
    )


def test_labels_are_in_the_readers_language(source: Reader) -> None:
    assert one(source, "earn and learn", SPANISH).candidates[0].label == "Aprendizaje registrado"
    assert one(source, "año de prácticas").candidates[0].lang == "es"
    assert one(source, "nameless").candidates[0].label


def test_a_name_of_several_terms_is_ambiguous_and_whoever_prefers_it_comes_first(source: Reader) -> None:
    row = one(source, "placement")
    assert (row.status, found(row)) == ("ambiguous", ["guided", "internship"])
    assert [(each.score, each.match) for each in row.candidates] == [(100.0, False), (95.0, False)]


def test_a_slip_that_two_terms_share_is_ambiguous_however_few_are_wanted(source: Reader) -> None:
    (row,) = look_up(source, ["shared slip"], languages=ENGLISH, limit=1)
    assert (row.status, len(row.candidates), row.candidates[0].match) == ("ambiguous", 1, False)


def test_a_kind_decides_between_namesakes(source: Reader) -> None:
    assert (
        found(one(source, "Internship")) == ["internship", "guild"]
        or one(source, "Internship").status == "ambiguous"
    )
    row = one(source, "Internship", kind="organization")
    assert (row.status, found(row)) == ("found", ["guild"])
    assert one(source, "Registered apprenticeship", kind="organization").status == "unknown"
    assert one(source, f"{BASE}apprenticeship", kind="organization").status == "unknown"


def test_a_title_of_evidence_is_found_too(own: Vocabulary) -> None:
    reader = Reader(own.folder)
    title = next(iter(reader.listing("source", limit=1)[0].link["title"].values()))
    assert one(reader, title).status == "found"
    assert one(reader, title, kind="source").candidates[0].kind == "source"
    reader.close()


# what is deprecated


def test_a_deprecated_term_answers_what_replaces_it_over_several_steps(source: Reader) -> None:
    for value in ("Indenture", "indenture", f"{BASE}indenture"):
        row = one(source, value)
        assert (row.status, found(row)) == ("deprecated", ["apprenticeship"])
        (candidate,) = row.candidates
        assert (candidate.replaces, candidate.match, candidate.deprecated) == (
            f"{BASE}indenture",
            True,
            False,
        )


def test_what_was_split_is_not_taken_without_a_look(source: Reader) -> None:
    row = one(source, "Traineeship")
    assert (row.status, sorted(found(row))) == ("deprecated", ["apprenticeship", "internship"])
    assert not any(each.match for each in row.candidates)


def test_what_replaces_a_term_may_lie_elsewhere(source: Reader) -> None:
    (candidate,) = one(source, "Gone elsewhere").candidates
    assert (candidate.iri, candidate.kind, candidate.replaces) == (
        "https://example.com/new",
        "",
        f"{BASE}gone",
    )


@pytest.mark.parametrize("value", ["Ended", "Loop", f"{BASE}withdrawn"])
def test_what_has_no_successor_is_given_itself_marked(source: Reader, value: str) -> None:
    row = one(source, value)
    assert row.status == "deprecated"
    assert [(each.deprecated, each.match) for each in row.candidates] == [(True, False)]


# what is near


@pytest.mark.parametrize(
    ("value", "iri"),
    [
        ("regstered aprenticeship", "apprenticeship"),
        ("registered apprenticeships", "apprenticeship"),
        ("registered apprenticeship program for welders", "apprenticeship"),
        ("apprenticeship, registered", "apprenticeship"),
        ("ano de practicas", "year"),
        ("learning at their work", "learning"),
    ],
)
def test_the_nearest_is_offered_and_never_taken(source: Reader, value: str, iri: str) -> None:
    row = one(source, value)
    assert row.status == "unknown"
    assert found(row)[0] == iri
    assert all(not each.match and each.score < 90 for each in row.candidates)
    assert [each.score for each in row.candidates] == sorted(
        (each.score for each in row.candidates), reverse=True
    )


@pytest.mark.parametrize(
    "value",
    ["", "   ", "zzzz qqqq", "???", "\x00", "C++", "x" * 100_000, '"; DROP TABLE term', "a OR b AND NOT*"],
)
def test_nothing_is_made_of_nothing(source: Reader, value: str) -> None:
    row = one(source, value)
    assert (row.value, row.status) == (value, "unknown")
    assert not any(each.match for each in row.candidates)


def test_rows_are_in_the_order_of_the_values_and_repeated_ones_are_too(source: Reader) -> None:
    values = ["Internship ", "nothing like it", "Internship ", "Bond", "", "Earn"]
    rows = look_up(source, values, languages=ENGLISH)
    assert [row.value for row in rows] == values
    assert rows[0] == rows[2]
    assert all(len(row.candidates) <= 1 for row in look_up(source, values, languages=ENGLISH, limit=1))


def test_where_the_time_is_up_it_says_so_and_what_costs_little_is_found(source: Reader) -> None:
    rows = look_up(source, ["Bond", "regstered aprenticeship"], languages=ENGLISH, seconds=0.0)
    assert [(row.status, row.searched) for row in rows] == [("deprecated", True), ("unknown", False)]


@given(st.text(max_size=60))
def test_no_text_breaks_it(source: Reader, value: str) -> None:
    assert one(source, value).value == value
    identifiers_of(value, source)


def test_many_labels_are_found_at_once(own: Vocabulary) -> None:
    reader = Reader(own.folder)
    titles = {
        hit.link["iri"]: next(iter(hit.link["title"].values()))
        for kind in reader.manifest.kinds
        for hit in reader.listing(kind.name, limit=10_000)
    }
    rows = look_up(reader, [*titles.values()], languages=ENGLISH)
    missed = [
        (iri, row)
        for row, iri in zip(rows, titles, strict=True)
        if iri not in {each.iri for each in row.candidates}
    ]
    # Two pages on the web with one title, or one titled like a term, are no ambiguity of the vocabulary.
    assert all(
        titles[iri] == row.value and iri.startswith(f"{reader.manifest.base}source/") for iri, row in missed
    )
    assert {row.status for row in rows} <= {"found", "ambiguous"}
    reader.close()


def test_a_snapshot_made_by_a_change_gives_the_same(tmp_path: Path) -> None:
    chance = Random(5)  # noqa: S311 - which change it is does not matter
    said = increments.vocabulary(chance)
    delta = increments.change(chance, said)
    before = increments.written(tmp_path / "before", said)
    changed = Reader(increments.changed(before, tmp_path / "changed", delta, 1))
    whole = Reader(increments.written(tmp_path / "whole", increments.applied(said, delta), 1))
    values = [
        *increments.WORDS,
        "Alpha",
        "beta",
        "Gamma delta",
        *(f"{increments.BASE}c{n}" for n in range(6)),
        "c3",
        "alfa",
    ]
    for kind in ("", *(each.name for each in whole.manifest.kinds)):
        expected = look_up(whole, values, languages=ENGLISH, kind=kind)
        assert look_up(changed, values, languages=ENGLISH, kind=kind) == expected
    assert any(row.status != "unknown" for row in look_up(whole, values, languages=ENGLISH))
    for name in (each.name for each in whole.manifest.kinds):
        views = [[view["iri"] for view in each.bulk.of_kind(name)] for each in (changed, whole)]
        assert views[0] == views[1]
    changed.close()
    whole.close()


# over HTTP


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_values_in_the_address(page: FlaskClient) -> None:
    response = page.get("/lookup?value=Earn+and+learn&value=Placement&value=nothing")
    assert response.mimetype == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    answer = response.get_json()
    assert answer["counts"] == {"found": 1, "ambiguous": 1, "deprecated": 0, "unknown": 1}
    assert [row["value"] for row in answer["rows"]] == ["Earn and learn", "Placement", "nothing"]
    assert answer["rows"][0] == {
        "value": "Earn and learn",
        "status": "found",
        "candidates": [
            {
                "iri": f"{BASE}apprenticeship",
                "label": "Registered apprenticeship",
                "lang": "en",
                "kind": "concept",
                "score": 95.0,
                "matched": "Earn and learn",
                "match": True,
            }
        ],
    }
    assert (
        page.get(
            "/lookup?value=Placement",
            headers={"If-None-Match": page.get("/lookup?value=Placement").headers["ETag"]},
        ).status_code
        == 304
    )


def test_csv_in_gives_csv_out(page: FlaskClient) -> None:
    sent = "label\r\nIndenture\r\nPlacement\r\nregstered aprenticeship\r\n\r\n=1+1\r\nFormula\r\n"
    response = page.post("/lookup", data=sent.encode(), content_type="text/csv")
    assert response.mimetype == "text/csv"
    rows = table(response.data)
    assert [(row["value"], row["status"], row["iri"]) for row in rows] == [
        ("Indenture", "deprecated", f"{BASE}apprenticeship"),
        ("Placement", "ambiguous", ""),
        ("regstered aprenticeship", "unknown", ""),
        ("'=1+1", "unknown", ""),
        ("Formula", "unknown", "")
        if rows[-1]["status"] == "unknown"
        else ("Formula", "found", f"{BASE}formula"),
    ]
    assert rows[0]["replaces"] == f"{BASE}indenture"
    assert rows[1]["candidates"] == f"Placement <{BASE}guided> | Internship <{BASE}internship>"
    assert rows[2]["candidates"].startswith(f"Registered apprenticeship <{BASE}apprenticeship>")


def test_no_cell_is_taken_for_a_formula(page: FlaskClient) -> None:
    response = page.post("/lookup", data=f"{BASE}formula\n@cmd\n".encode(), content_type="text/csv")
    cells = [cell for row in csv.reader(io.StringIO(response.data.decode(), newline="")) for cell in row]
    assert '\'=HYPERLINK("x")' in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_with_a_column_the_table_comes_back_with_more_columns(page: FlaskClient) -> None:
    sent = 'id;subject\r\n1;"Earn and learn"\r\n2;Placement\r\n'
    response = page.post("/lookup?column=subject", data=sent.encode(), content_type="text/csv")
    lines = response.data.decode().split("\r\n")
    assert lines[0] == "id;subject;subject_iri;subject_label;subject_status;subject_candidates"
    assert lines[1] == f'1;"Earn and learn";{BASE}apprenticeship;Registered apprenticeship;found;'
    assert lines[2].startswith("2;Placement;;;ambiguous;Placement <")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('["Bond"]', "application/json"),
        ('{"values": ["Bond"], "limit": 3, "kind": "concept", "lang": "es"}', "application/json"),
        ("Bond\n", "text/plain"),
        ("Bond", "text/csv"),
        ("text=Bond%0D%0A", "application/x-www-form-urlencoded"),
        ("value=Bond", "application/x-www-form-urlencoded"),
    ],
)
def test_every_way_to_send_values_means_the_same(page: FlaskClient, body: str, content_type: str) -> None:
    response = page.post(
        "/lookup", data=body.encode(), content_type=content_type, headers={"Accept": "application/json"}
    )
    (row,) = response.get_json()["rows"]
    assert (row["status"], row["candidates"][0]["replaces"]) == ("deprecated", f"{BASE}bond")
    assert response.headers["Cache-Control"] == "no-store"


def test_addresses_of_this_server_stand_for_terms(page: FlaskClient) -> None:
    (row,) = page.get("/lookup", query_string={"value": "http://localhost/apprenticeship.html"}).get_json()[
        "rows"
    ]
    assert (row["value"], row["status"], row["candidates"][0]["iri"]) == (
        "http://localhost/apprenticeship.html",
        "found",
        f"{BASE}apprenticeship",
    )


@pytest.mark.parametrize(
    ("body", "content_type", "status", "words"),
    [
        ('["a",\n  b]', "application/json", 400, ["line 2", "column 3"]),
        ("[" * 100_000, "application/json", 400, ["nested too deeply"]),
        ('{"values": "a"}', "application/json", 400, ['["label", "IRI"]']),
        ('["a", 1]', "application/json", 400, ["values[1]"]),
        ('{"valeus": []}', "application/json", 400, ['"valeus"', "values"]),
        ('{"values": ["a"], "limit": 0}', "application/json", 400, ['"limit"', "1 to 20"]),
        ('{"values": ["a"], "kind": "x"}', "application/json", 400, ['"kind" is "x"', "concept"]),
        ("[]", "application/json", 400, ["no value"]),
        ("\xff", "application/json", 400, []),
        ('"a', "text/csv", 400, ["Line 1", "double quotes"]),
        ("a\0b", "text/csv", 400, ["NUL"]),
        ("a", "application/xml", 415, ["text/csv", "application/json"]),
        ("valeu=a", "application/x-www-form-urlencoded", 400, ['"valeu"', "value"]),
        ("value=a&format=pdf", "application/x-www-form-urlencoded", 400, ["json, csv, html"]),
        ("value=a&column=x&format=json", "application/x-www-form-urlencoded", 200, []),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    page: FlaskClient, body: str, content_type: str, status: int, words: list[str]
) -> None:
    response = page.post(
        "/lookup",
        data=body.encode("latin-1"),
        content_type=content_type,
        headers={"Accept": "application/json"},
    )
    if status == 200:
        assert response.status_code == 200
    else:
        assert_problem(response, status, *words)


@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "text/plain"])
def test_more_values_than_allowed_are_refused_with_the_limit(page: FlaskClient, content_type: str) -> None:
    values = ["a"] * (lookup_sent.MAX_ROWS + 1)
    body = json.dumps(values) if content_type == "application/json" else "\n".join(values)
    response = page.post("/lookup", data=body.encode(), content_type=content_type)
    assert_problem(response, 413, "10,000")
    response = page.post("/lookup", data=b"x" * (lookup_sent.MAX_BYTES + 1), content_type=content_type)
    assert_problem(response, 413, "5,000,000")


def test_what_there_is_no_time_to_search_for_is_marked(
    page: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "SECONDS", 0.0)
    answer = page.post("/lookup", json=["Bond", "nothing"]).get_json()
    assert [row.get("searched", True) for row in answer["rows"]] == [True, False]
    (_, row) = table(page.post("/lookup?format=csv", json=["Bond", "nothing"]).data)
    assert row["candidates"].startswith("not searched")
    assert (
        b"not searched" in page.post("/lookup?column=1", data=b"x\nnothing\n", content_type="text/csv").data
    )


def test_the_page_works_without_scripts(page: FlaskClient) -> None:
    shown = page.get("/lookup", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert 'name="text"' in shown
    assert "http://localhost/reconcile" in shown
    sent = {"text": "Earn and learn\r\nPlacement\r\n<b>x</b>", "kind": "", "format": "html"}
    answered = page.post("/lookup", data=sent).get_data(as_text=True)
    assert 'href="/apprenticeship"' in answered
    assert "&lt;b&gt;x&lt;/b&gt;" in answered
    assert "<b>x</b>" not in answered
    again = re.search(r'<textarea name="text" hidden>([^<]*)</textarea>', answered)
    assert again is not None
    downloaded = page.post("/lookup", data={"text": again[1], "format": "csv"})
    assert [row["value"] for row in table(downloaded.data)][:2] == ["Earn and learn", "Placement"]


def test_a_file_can_be_uploaded(page: FlaskClient) -> None:
    sent: dict[str, Any] = {"file": (io.BytesIO(b"n,w\n1,Bond\n"), "x.csv"), "column": "w", "format": "csv"}
    response = page.post("/lookup", data=sent, content_type="multipart/form-data")
    assert (
        response.data.decode().splitlines()[1]
        == f"1,Bond,{BASE}apprenticeship,Registered apprenticeship,deprecated,"
    )


def test_the_letters_of_a_table_stay_as_they_are_encoded(page: FlaskClient) -> None:
    response = page.post("/lookup?column=w", data="w\ncaf\xe9\n".encode("cp1252"), content_type="text/csv")
    assert response.headers["Content-Type"] == "text/csv; charset=windows-1252"
    assert response.data.decode("cp1252").splitlines()[1].startswith(f"caf\xe9,{BASE}caf")


# tables of kinds


@pytest.mark.parametrize("name", ["topic", "organization", "initiative", "source"])
def test_a_kind_comes_as_one_table(client: FlaskClient, own: Vocabulary, name: str) -> None:
    response = client.get(f"/{name}.csv")
    rows = table(response.data)
    assert len(rows) == own.manifest.counts[name] == int(response.headers["X-Total-Count"])
    assert len({row["iri"] for row in rows}) == len(rows)
    plural = client.get(f"/{name}s.csv")
    assert plural.data == response.data
    assert plural.headers["Content-Location"] == f"/{name}.csv"
    assert client.get(f"/{name}.csv", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    head = client.head(f"/{name}.csv")
    assert (head.status_code, head.headers["ETag"], head.data) == (200, response.headers["ETag"], b"")


def test_the_columns_of_a_table(page: FlaskClient) -> None:
    rows = {row["iri"].removeprefix(BASE): row for row in table(page.get("/concepts.csv").data)}
    assert rows["apprenticeship"] == {
        "iri": f"{BASE}apprenticeship",
        "pref_label_en": "Registered apprenticeship",
        "pref_label_es": "Aprendizaje registrado",
        "alt_labels_en": "Earn and learn",
        "definition_en": "Paid work with instruction.",
        "definition_es": "",
        "notation": "A-1",
        "broader": f"{BASE}learning",
        "status": "",
        "deprecated": "false",
        "replaced_by": "",
    }
    assert rows["split"]["deprecated"] == "true"
    assert rows["split"]["replaced_by"].split(" | ") == [f"{BASE}apprenticeship", f"{BASE}internship"]
    assert rows["formula"]["pref_label_en"] == '\'=HYPERLINK("x")'
    assert "withdrawn" not in rows
    assert rows["learning"]["definition_es"] == "Aprender mientras se trabaja."


def test_texts_without_a_language_are_in_the_table_too(client: FlaskClient, own: Vocabulary) -> None:
    for name in ("topic", "organization", "initiative", "source"):
        for row in table(client.get(f"/{name}.csv").data):
            assert any(row[column] for column in row if column.startswith("pref_label")), row["iri"]


def test_a_listing_leads_to_its_table(client: FlaskClient) -> None:
    response = client.get("/topic", headers={"Accept": "text/html"})
    assert 'href="/topic.csv"' in response.get_data(as_text=True)
    assert '</topic.csv>; rel="alternate describedby"; type="text/csv"' in response.headers["Link"]


def test_the_columns_are_described(page: FlaskClient) -> None:
    response = page.get("/concepts.csv")
    said = re.search(r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"', response.headers["Link"])
    assert said is not None
    described = page.get(said[1])
    assert described.mimetype == "application/csvm+json"
    about = json.loads(described.data)
    header = next(csv.reader(io.StringIO(response.data.decode(), newline="")))
    assert [each["titles"] for each in about["tableSchema"]["columns"]] == header
    assert about["url"] == "http://localhost/concept.csv"
    names = [each["name"] for each in about["tableSchema"]["columns"]]
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_]*", name) for name in names)


def test_a_long_table_is_written_to_a_file_first(
    synthetic_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = synthetic_client.get("/concept.csv")
    monkeypatch.setattr("pathways_ld.web.listing_tables._PIECE", 100)
    synthetic_client.application.extensions.pop("pathways_ld_tables")
    monkeypatch.setattr("pathways_ld.snapshot.bulk._PAGE", 7)
    pieces = synthetic_client.get("/concept.csv")
    assert pieces.data == whole.data
    assert pieces.headers["Content-Length"] == str(len(whole.data))


def test_a_term_keeps_an_address_that_looks_like_a_table(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        "@prefix : <https://example.org/t/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
        ' <https://example.org/t/concepts.csv> a skos:Concept ; skos:prefLabel "A file"@en .'
        ' :b a skos:Concept ; skos:prefLabel "B"@en .',
        canonical_base="https://example.org/t/",
    )
    client = made.app().test_client()
    assert b"A file" in client.get("/concepts.csv", headers={"Accept": "text/turtle"}).data
    assert client.get("/concept.csv").mimetype == "text/csv"
