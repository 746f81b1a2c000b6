"""IRIs and paths, the table of formats, the registry of settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_fixtures import QUICK, E
from pathways_ld import formats
from pathways_ld.errors import SettingsError
from pathways_ld.formats import (
    DUMP_FORMATS,
    GRAPH_RESULT_FORMATS,
    HTML,
    JSON,
    JSONLD,
    RDF_FORMATS,
    RDFXML,
    RESULTS_JSON,
    SOLUTION_FORMATS,
    TERM_FORMATS,
    TURTLE,
    Format,
)
from pathways_ld.iris import SLUG, IriSpace, document_of, fragment_of, is_absolute_iri, slugify
from pathways_ld.namespaces import PREFIXES, SKOS, compact, split_iri
from pathways_ld.settings import CANONICAL_BASE, SETTINGS, Settings, load_settings, source_root

# IRIs

LOCAL_IDS = st.text(
    st.one_of(
        st.sampled_from("abcXYZ019-._~!$&'()*+,;=:@/?%"),
        st.characters(min_codepoint=0xA1, max_codepoint=0x1FFFD, categories=["L", "N"]),
    ),
    min_size=1,
    max_size=12,
).filter(lambda text: not text.startswith("/"))


@pytest.mark.parametrize("base", ["https://example.org/v/", "https://example.org/v#"])
@QUICK
@given(local_id=LOCAL_IDS)
def test_every_iri_has_a_path_and_every_path_its_iri(base: str, local_id: str) -> None:
    space = IriSpace(base)
    iri = space.iri(local_id)
    path = space.path(iri)
    assert path is not None
    assert space.iri_of_path(path) == iri
    assert space.local_id(iri) == local_id
    assert path.isascii()
    assert urlsplit(f"http://host{path}").path == path


@pytest.mark.parametrize(
    ("local_id", "path"),
    [
        ("topic/a", "/topic/a"),
        ("a b", "/a%20b"),
        ("caf%C3%A9", "/caf%25C3%25A9"),
        ("café", "/caf%C3%A9"),
        ("a#b", "/a#b"),
        ("a#é", "/a#%C3%A9"),
        ("a?b=c", "/a%3Fb=c"),
        ("it's(1)", "/it's(1)"),
        ("100%", "/100%25"),
        ("", "/"),
    ],
)
def test_paths_are_percent_encoded_where_they_must_be(local_id: str, path: str) -> None:
    assert IriSpace(E).path(E + local_id) == path


def test_what_lies_outside_the_base_has_no_path() -> None:
    space = IriSpace("https://example.org/v/")
    for iri in ("https://example.org/", "https://example.org/vv/a", "http://example.org/v/a", "urn:x", ""):
        assert space.local_id(iri) is None
        assert space.path(iri) is None


def test_the_document_at_the_base_has_the_root_path() -> None:
    for base in ("https://example.org/v/", "https://example.org/v#"):
        space = IriSpace(base)
        assert space.local_id("https://example.org/v") == ""
        assert space.path("https://example.org/v") == "/"
        assert space.is_hash == base.endswith("#")


@pytest.mark.parametrize("local_id", ["/evil.example/x", "//evil.example", "/x"])
def test_no_path_leads_to_another_host(local_id: str) -> None:
    space = IriSpace(E)
    path = space.path(E + local_id)
    assert path is not None
    assert not path.startswith("//")
    assert space.iri_of_path(path) == E + local_id


def test_documents_and_fragments() -> None:
    assert (document_of("http://e/a#b#c"), fragment_of("http://e/a#b#c")) == ("http://e/a", "b#c")
    assert (document_of("http://e/a"), fragment_of("http://e/a")) == ("http://e/a", "")


@pytest.mark.parametrize(
    "iri", ["http://e", "urn:x:y", "http://e/é", "mailto:a@e", "a+b.c-1:x", "http://e/%20", "tag:e,2026:x"]
)
def test_absolute_iris(iri: str) -> None:
    assert is_absolute_iri(iri)


@pytest.mark.parametrize(
    "text", ["", "a", "/a", "a b:c", "http://e/a b", "http://e/<", 'http://e/"', "http://e/\n", "1a:x", ":x", "é:x",
             "http://e/{a}", "http://e/a|b", "http://e/a\\b", "http://e/^", "http://e/`", "http:", "http://e\x00"]
)  # fmt: skip
def test_texts_that_are_no_absolute_iris(text: str) -> None:
    assert not is_absolute_iri(text)


@QUICK
@given(st.text(max_size=200))
def test_slugs_are_well_formed_or_empty(text: str) -> None:
    slug = slugify(text)
    assert len(slug) <= 80
    assert slug == "" or SLUG.fullmatch(slug)
    assert slugify(slug) == slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Career Pathways", "career-pathways"), ("  A & B  ", "a-b"), ("C++", "c"), ("Été", "t"), ("--", ""),
     ("a" * 79 + "-b", "a" * 79)],
)  # fmt: skip
def test_slugs(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_slugs_have_a_limit() -> None:
    assert slugify("ab cd ef", limit=6) == "ab-cd"


def test_iris_are_split_and_shortened() -> None:
    assert split_iri("http://e/a#b") == ("http://e/a#", "b")
    assert split_iri("http://e/a/b") == ("http://e/a/", "b")
    assert split_iri("urn:x") == ("", "urn:x")
    assert compact(SKOS.prefLabel) == "skos:prefLabel"
    assert compact("http://e/x", {"e": "http://e/"}) == "e:x"
    for iri in ("http://e/x", SKOS.iri, "urn:x"):
        assert compact(iri) == iri


def test_namespaces_are_iris_and_ctdl_is_https() -> None:
    assert all(iri.endswith(("/", "#")) and is_absolute_iri(iri) for iri in PREFIXES.values())
    assert len(set(PREFIXES.values())) == len(PREFIXES)
    assert PREFIXES["ceterms"].startswith("https://")
    with pytest.raises(AttributeError):
        SKOS.__wrapped__  # noqa: B018 - the look-up is the test


# formats

TABLES = {
    name: table
    for name, table in vars(formats).items()
    if isinstance(table, tuple) and all(isinstance(each, Format) for each in table)
}


@pytest.mark.parametrize("name", TABLES)
def test_in_a_table_every_suffix_and_media_type_means_one_format(name: str) -> None:
    table = TABLES[name]
    suffixes = [suffix for each in table for suffix in each.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    types = [kind for each in table for kind in (each.media_type, *each.labels, *each.aliases)]
    assert len(set(types)) == len(types)
    for each in table:
        assert each.suffix == each.suffixes[0]
        for suffix in each.suffixes:
            assert formats.by_suffix(suffix, table) is each
        for kind in (each.media_type, *each.labels, *each.aliases):
            assert formats.by_media_type(kind, table) is each
            assert formats.by_media_type(f" {kind.upper()} ; charset=UTF-8", table) is each


def test_the_tables_hold_what_the_service_promises() -> None:
    assert {"TERM_FORMATS", "RDF_FORMATS", "SOLUTION_FORMATS", "DUMP_FORMATS"} <= set(TABLES)
    assert [each.suffix for each in TERM_FORMATS] == ["html", "ttl", "jsonld", "rdf", "nt", "json"]
    assert set(GRAPH_RESULT_FORMATS) == set(RDF_FORMATS)
    assert set(DUMP_FORMATS) < set(RDF_FORMATS)


@pytest.mark.parametrize(
    ("name", "table", "expected"),
    [
        ("turtle", TERM_FORMATS, TURTLE),
        ("ttl", TERM_FORMATS, TURTLE),
        (".ttl", TERM_FORMATS, TURTLE),
        ("text/turtle", TERM_FORMATS, TURTLE),
        ("json", TERM_FORMATS, JSON),
        ("json", SOLUTION_FORMATS, RESULTS_JSON),
        ("application/json", SOLUTION_FORMATS, RESULTS_JSON),
        ("json-ld", RDF_FORMATS, JSONLD),
        ("owl", RDF_FORMATS, RDFXML),
        ("application/xhtml+xml", TERM_FORMATS, HTML),
        ("html", RDF_FORMATS, None),
        ("", TERM_FORMATS, None),
        ("*/*", TERM_FORMATS, None),
    ],
)
def test_a_format_is_found_by_any_of_its_names(
    name: str, table: tuple[Format, ...], expected: Format | None
) -> None:
    assert formats.by_name(name, table) is expected


def test_a_charset_is_said_of_text_types_only() -> None:
    assert TURTLE.content_type() == "text/turtle; charset=utf-8"
    assert TURTLE.content_type("text/n3") == "text/n3; charset=utf-8"
    assert JSONLD.content_type() == "application/ld+json"


# settings


def test_defaults_hold_without_any_source() -> None:
    assert load_settings(environment={}) == Settings()
    assert Settings().canonical_base == CANONICAL_BASE


def test_every_setting_has_a_sentence_of_help() -> None:
    for setting in SETTINGS:
        assert re.fullmatch(r"\S.*[.]", setting.metadata["help"]), setting.name


def test_later_sources_win(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('page_size = 5\nport = 1\nhost = "a"\n', encoding="utf-8")
    environment = {"PATHWAYS_LD_PORT": "2", "PATHWAYS_LD_HOST": "b", "OTHER": "x"}
    found = load_settings(config, environment, host="c", workers=None)
    assert (found.page_size, found.port, found.host, found.workers) == (5, 2, "c", Settings().workers)


def test_the_settings_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("page_size = 7\n", encoding="utf-8")
    assert load_settings(environment={"PATHWAYS_LD_CONFIG": str(config)}).page_size == 7
    other = tmp_path / "other.toml"
    other.write_text("page_size = 8\n", encoding="utf-8")
    assert load_settings(other, {"PATHWAYS_LD_CONFIG": str(config)}).page_size == 8
    assert load_settings(environment={"PATHWAYS_LD_CONFIG": ""}) == Settings()


def test_values_get_their_types() -> None:
    environment = {
        "PATHWAYS_LD_STATE_DIR": "/x",
        "PATHWAYS_LD_SPARQL_DEADLINE": "1.5",
        "PATHWAYS_LD_WORKERS": "3",
        "PATHWAYS_LD_IDENTITY": "redirect",
    }
    found = load_settings(environment=environment)
    assert (found.state_dir, found.sparql_deadline, found.workers, found.identity) == (
        Path("/x"),
        1.5,
        3,
        "redirect",
    )


WRONG = [
    ({"PATHWAYS_LD_WROKERS": "2"}, 'Unknown setting "wrokers" (environment variable PATHWAYS_LD_WROKERS);'
     ' did you mean "workers"?'),
    ({"PATHWAYS_LD_ZZZZ": "2"}, 'Unknown setting "zzzz"'),
    ({"PATHWAYS_LD_PORT": "many"}, "Setting \"port\" is 'many'; expected a whole number."),
    ({"PATHWAYS_LD_PORT": "1.5"}, "Setting \"port\" is '1.5'; expected a whole number."),
    ({"PATHWAYS_LD_PORT": "-1"}, 'Setting "port" is'),
    ({"PATHWAYS_LD_PORT": "70000"}, 'Setting "port" is'),
    ({"PATHWAYS_LD_PORT": ""}, 'Setting "port" is'),
    ({"PATHWAYS_LD_WORKERS": "0"}, 'Setting "workers" is'),
    ({"PATHWAYS_LD_THREADS": "0"}, 'Setting "threads" is'),
    ({"PATHWAYS_LD_PAGE_SIZE": "0"}, 'Setting "page_size" is'),
    ({"PATHWAYS_LD_SPARQL_DEADLINE": "soon"}, "Setting \"sparql_deadline\" is 'soon'; expected a number."),
    ({"PATHWAYS_LD_SPARQL_DEADLINE": "nan"}, 'Setting "sparql_deadline" is'),
    ({"PATHWAYS_LD_IDENTITY": "both"}, "Setting \"identity\" is 'both'; expected one of direct, redirect."),
    ({"PATHWAYS_LD_CANONICAL_BASE": "https://e/x"}, 'expected an IRI that ends in "/" or "#".'),
    ({"PATHWAYS_LD_CANONICAL_BASE": "nonsense/"}, 'Setting "canonical_base" is'),
    ({"PATHWAYS_LD_CANONICAL_BASE": "https://e/a b/"}, 'Setting "canonical_base" is'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "said"), WRONG, ids=lambda each: "" if isinstance(each, str) else str(each)
)
def test_an_unknown_or_impossible_setting_is_an_error_in_words(
    environment: Mapping[str, str], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment=environment)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", 'Unknown setting "prot" ({path}); did you mean "port"?'),
        ("port = ", "The settings file {path} is not TOML"),
        ('port = "x"', "Setting \"port\" is 'x'"),
        ("port = [1]", 'Setting "port" is [1]'),
        ("port = 80.5", 'Setting "port" is 80.5'),
        ("port = true", 'Setting "port" is True'),
        ("host = 5", 'Setting "host" is 5'),
        ("[sparql]\ndeadline = 1", 'Unknown setting "sparql" ({path})'),
    ],
)
def test_mistakes_in_the_settings_file_name_the_file(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(path, {})
    assert said.format(path=path) in caught.value.message


def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml cannot be read: No such file or directory\."):
        load_settings(tmp_path / "gone.toml", {})
    (tmp_path / "latin.toml").write_bytes(b'host = "\xe9"')
    with pytest.raises(SettingsError, match=r"latin\.toml is not TOML"):
        load_settings(tmp_path / "latin.toml", {})


def test_an_unknown_argument_is_an_error_too() -> None:
    with pytest.raises(SettingsError, match=r'Unknown setting "prot" \(argument\)'):
        load_settings(environment={}, prot=1)


def test_the_sources_that_come_with_the_software_are_found() -> None:
    for folder in ("ontology", "data", "shapes"):
        assert list((source_root() / folder).glob("*.ttl"))
